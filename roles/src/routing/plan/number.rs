//! Telephone numbers as targets (RFC 3966), and as the user part of a SIP URI (RFC 3261 §19.1.6).

use super::template::escape_user;
use ringback_sip::syntax::Uri;

/// The name of the parameter that says where a local number is valid.
const CONTEXT: &[u8] = b"phone-context";

/// The domain in which a tel URI is valid; empty for a global number, and for a context that is itself a number.
pub(super) fn context(uri: &Uri<'_>) -> Vec<u8> {
    let context = uri.params.get(CONTEXT).unwrap_or_default();
    if context.starts_with(b"+") { Vec::new() } else { context.to_ascii_lowercase() }
}

/// A number as user part: without visual separators, and with what the tel URI says beside the number, in the order in
/// which such user parts can be compared. A new host takes the place of the context.
pub fn number_as_user(number: &[u8], uri: &Uri<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    escape_user(number, &mut text);
    let mut params: Vec<(Vec<u8>, Vec<u8>)> = uri
        .params
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.unwrap_or_default().to_ascii_lowercase()))
        .filter(|(name, _)| name != CONTEXT)
        .collect();
    params.sort_by_key(|(name, _)| {
        let place = [&b"isub"[..], b"postd"].iter().position(|first| first == name);
        (place.unwrap_or(usize::MAX), name.clone())
    });
    for (name, value) in params {
        text.push(b';');
        text.extend_from_slice(&name);
        if !value.is_empty() {
            text.push(b'=');
            text.extend_from_slice(&value);
        }
    }
    text
}

/// Whether a user part could be the beginning of a number.
pub(super) fn is_number(user: &[u8]) -> bool {
    let digits = user.strip_prefix(b"+").unwrap_or(user);
    !user.is_empty() && digits.iter().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_number_goes_into_the_user_part_in_a_fixed_order() {
        let uri =
            Uri::parse(b"tel:+1-212-555-0101;Zone=A;postd=pp22;Ext=9;phone-context=+1;isub=12").unwrap();
        let user = number_as_user(b"+12125550101", &uri);
        assert_eq!(user, b"+12125550101;isub=12;postd=pp22;ext=9;zone=a");
        let local = Uri::parse(b"tel:*21#;phone-context=Example.Test").unwrap();
        assert_eq!(
            (number_as_user(b"*21#", &local), context(&local)),
            (b"*21%23".to_vec(), b"example.test".to_vec())
        );
        assert!(context(&Uri::parse(b"tel:100;phone-context=+31").unwrap()).is_empty());
    }

    #[test]
    fn digits_may_be_the_beginning_of_a_number_and_names_may_not() {
        assert!(is_number(b"+31") && is_number(b"0") && is_number(b"*21#") && is_number(b"+"));
        assert!(!is_number(b"bob") && !is_number(b"") && !is_number(b"1+2"));
    }
}
