//! The bindings of a user as targets (RFC 3261 §16.5).

use crate::location::Bindings;
use crate::proxy::Destination;
use ringback_sip::syntax::Uri;
use ringback_sip::time::Instant;

/// The bindings of a user as destinations. Header fields in a contact's URI do not go into a Request-URI
/// (RFC 3261 §19.1.1).
pub fn destinations(now: Instant, bindings: &Bindings) -> Vec<Destination> {
    bindings
        .live(now)
        .map(|binding| {
            let contact = binding.contact();
            let headers = Uri::parse(contact).map_or(0, |uri| uri.headers.len());
            let end = if headers > 0 { contact.len() - headers - 1 } else { contact.len() };
            Destination {
                uri: Some(contact[..end].into()),
                path: binding.path().into(),
                q: binding.q.thousandths(),
                // The first hop of a Path is reached as its URI says, whoever brought the REGISTER.
                flow: binding.path().is_empty().then_some(binding.flow),
                hop: None,
            }
        })
        .collect()
}
