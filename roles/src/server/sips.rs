//! What the scheme of a Request-URI lets a proxy do with the contacts of a user (RFC 5630 §5.3).

use crate::access::Denial;
use crate::proxy::Destination;
use crate::redirect;
use ringback_sip::syntax::is_sips;

/// The destinations that a request to `target` may go to.
///
/// - To a `sips` URI: only contacts that are `sips` too. When there are contacts, and none is, 480 with Warning 380.
/// - To a `sip` URI: a `sips` contact becomes `sip`, and is reached over TLS nevertheless.
pub(super) fn fit(target: &[u8], mut destinations: Vec<Destination>) -> Result<Vec<Destination>, Denial> {
    if is_sips(target) {
        let all = destinations.len();
        let fitting: Vec<Destination> = destinations.into_iter().filter_map(only_secure).collect();
        return if fitting.is_empty() && all > 0 { Err(redirect::unprotected()) } else { Ok(fitting) };
    }
    destinations.iter_mut().for_each(make_plain);
    Ok(destinations)
}

/// The destination with those of its ways that are secure.
fn only_secure(mut destination: Destination) -> Option<Destination> {
    let mut ways = std::mem::take(&mut destination.spare);
    ways.insert(0, destination);
    let mut ways = ways.into_iter().filter(|way| way.uri.as_deref().is_none_or(is_sips));
    let first = ways.next()?;
    Some(Destination { spare: ways.collect(), ..first })
}

fn make_plain(destination: &mut Destination) {
    destination.spare.iter_mut().for_each(make_plain);
    let Some(uri) = destination.uri.as_deref().filter(|uri| is_sips(uri)) else { return };
    let plain = [b"sip:", &uri[b"sips:".len()..]].concat();
    // The flow of a `sips` contact is secure, and is the only way that is known to be.
    destination.flow_only |= destination.flow.is_some_and(|flow| flow.transport.is_secure());
    destination.uri = Some(plain.into());
}
