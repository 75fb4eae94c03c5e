//! The bindings of a user as targets (RFC 3261 §16.5, RFC 5626 §7, RFC 5627 §6.1).

use crate::location::{Aor, Binding, Bindings};
use crate::proxy::Destination;
use crate::registrar::Gruu;
use core::cmp::Reverse;
use ringback_sip::flow::Transport;
use ringback_sip::journal::Cause;
use ringback_sip::syntax::Uri;
use ringback_sip::time::Instant;
use smallvec::SmallVec;

/// Who shall get a request: every instance of a user, or one.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) aor: Aor,
    /// The name of the one instance.
    pub(super) gruu: Option<Gruu>,
    /// The rule of the dial plan that wants more digits, should nobody have this number.
    pub(super) incomplete: Option<Cause>,
    /// Whether the sender proved who it is, or nobody must.
    pub(super) is_proven: bool,
}

impl Wanted {
    pub(super) fn user(aor: Aor) -> Self {
        Wanted { aor, gruu: None, incomplete: None, is_proven: false }
    }
}

/// The bindings of a user as destinations.
pub fn destinations(now: Instant, bindings: &Bindings) -> Vec<Destination> {
    each_instance(bindings.live(now), false)
}

/// The bindings of one instance as destinations. `has_way`: a Route beyond us says where to go, so that no Path does
/// (RFC 5627 §6.1).
pub(super) fn ways_to_instance(
    now: Instant,
    bindings: &Bindings,
    is_it: impl Fn(&Binding) -> bool,
    has_way: bool,
) -> Vec<Destination> {
    each_instance(bindings.live(now).filter(|b| is_it(b)), has_way)
}

/// A destination for each instance of a user agent, with the other ways to the same one as spares.
fn each_instance<'b>(bindings: impl Iterator<Item = &'b Binding>, has_way: bool) -> Vec<Destination> {
    let bindings: SmallVec<[&Binding; 4]> = bindings.filter(|b| has_way || can_be_sent_to(b)).collect();
    let mut destinations = Vec::with_capacity(bindings.len());
    for (place, first) in bindings.iter().enumerate() {
        let is_same =
            |other: &&&Binding| !first.instance().is_empty() && other.instance() == first.instance();
        let (before, after) = (&bindings[..place], &bindings[place + 1..]);
        if before.iter().any(|other| is_same(&other)) {
            continue;
        }
        let mut group: SmallVec<[&Binding; 2]> = SmallVec::from_slice(&[*first]);
        group.extend(after.iter().filter(is_same).copied());
        group.sort_by_key(|b| Reverse((b.refreshed, b.expires)));
        let spare = group[1..].iter().map(|binding| destination(binding, has_way)).collect();
        destinations.push(Destination { spare, ..destination(group[0], has_way) });
    }
    destinations
}

/// Whether a request can be sent to a contact: any URI can be registered (RFC 3261 §10.2.1), and to a `mailto` one or a
/// telephone number only its own connection or a Path leads.
pub(super) fn can_be_sent_to(binding: &Binding) -> bool {
    let scheme = binding.contact().split(|byte| *byte == b':').next().unwrap_or_default();
    let is_sip = scheme.eq_ignore_ascii_case(b"sip") || scheme.eq_ignore_ascii_case(b"sips");
    is_sip || !binding.path().is_empty() || binding.is_outbound() || has_one_way(binding)
}

/// Whether a contact is reached over its own connection only: nobody can call a WebSocket client (RFC 7118 §5), and a
/// phone that is known by its address has no certificate for that, so that TLS towards it would prove nothing.
fn has_one_way(binding: &Binding) -> bool {
    let transport = binding.flow.transport;
    let is_numeric = || Uri::parse(binding.contact()).is_ok_and(|uri| uri.host.ip().is_some());
    transport.is_web_socket() || (transport == Transport::Tls && is_numeric())
}

/// A binding as a destination. Header fields in a contact's URI do not go into a Request-URI (RFC 3261 §19.1.1).
fn destination(binding: &Binding, has_way: bool) -> Destination {
    let contact = binding.contact();
    let headers = match contact.contains(&b'?') {
        true => Uri::parse(contact).map_or(0, |uri| uri.headers.len()),
        false => 0,
    };
    let end = if headers > 0 { contact.len() - headers - 1 } else { contact.len() };
    Destination {
        uri: Some(contact[..end].into()),
        path: if has_way { Box::default() } else { binding.path().into() },
        q: binding.q.thousandths(),
        // The first hop of a Path is reached as its URI says, whoever brought the REGISTER.
        flow: (binding.path().is_empty() && !has_way).then_some(binding.flow),
        flow_only: binding.is_outbound() || has_one_way(binding),
        hop: None,
        spare: Vec::new(),
    }
}
