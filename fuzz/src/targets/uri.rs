//! URIs: reading and comparison.

use ringback_sip::syntax::Uri;

/// Comparison and the form that a registrar keeps.
pub fn uri(data: &[u8]) {
    let (first, second) = match data.iter().position(|&b| b == b' ') {
        Some(space) => (&data[..space], &data[space + 1..]),
        None => (data, data),
    };
    let Ok(first) = Uri::parse(first) else { return };
    assert!(first.equals(&first), "equal to itself");
    let _ = (first.user_unescaped(), first.is_loose_router(), first.host.ip());
    let _ = first.address_of_record();
    if let Ok(second) = Uri::parse(second) {
        assert_eq!(first.equals(&second), second.equals(&first), "equality has no direction");
    }
}
