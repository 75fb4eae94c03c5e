//! Checks whether a way for media is open: binding requests of STUN and their answers (RFC 8489 §5, RFC 8445 §7).

use super::link::be16;
use ringback_roles::diagnosis::Check;
use ringback_sip::transport::stun_attribute;

/// Reads a message of a check; other messages of STUN, such as those that ask for one's own address, are none.
pub(super) fn read(bytes: &[u8]) -> Option<Check<'_>> {
    if *bytes.get(4..8)? != COOKIE {
        return None;
    }
    let attributes = bytes.get(20..)?;
    match be16(bytes, 0)? {
        REQUEST => {
            let name = core::str::from_utf8(stun_attribute(attributes, USERNAME)?).ok()?;
            let (name, _) = name.split_once(':')?;
            Some(Check::Request { name, nominates: stun_attribute(attributes, USE_CANDIDATE).is_some() })
        }
        SUCCESS => Some(Check::Open),
        REFUSAL => match *stun_attribute(attributes, ERROR_CODE)? {
            [_, _, class, number, ..] => Some(Check::Refused(u16::from(class & 7) * 100 + u16::from(number))),
            _ => None,
        },
        _ => None,
    }
}

const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const REQUEST: u16 = 0x0001;
const SUCCESS: u16 = 0x0101;
const REFUSAL: u16 = 0x0111;
const USERNAME: u16 = 0x0006;
const ERROR_CODE: u16 = 0x0009;
const USE_CANDIDATE: u16 = 0x0025;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (number, value) in attributes {
            body.extend([number.to_be_bytes(), (value.len() as u16).to_be_bytes()].concat());
            body.extend_from_slice(value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        [&kind.to_be_bytes()[..], &(body.len() as u16).to_be_bytes(), &COOKIE, &[7; 12], &body].concat()
    }

    #[test]
    fn checks_are_read_and_questions_for_ones_own_address_left_alone() {
        let asked = message(REQUEST, &[(USERNAME, b"their:mine"), (USE_CANDIDATE, b"")]);
        assert_eq!(read(&asked), Some(Check::Request { name: "their", nominates: true }));
        let asked = message(REQUEST, &[(0x8022, b"agent"), (USERNAME, b"their:mine")]);
        assert_eq!(read(&asked), Some(Check::Request { name: "their", nominates: false }));
        assert_eq!(read(&message(SUCCESS, &[])), Some(Check::Open));
        assert_eq!(read(&message(REFUSAL, &[(ERROR_CODE, &[0, 0, 4, 87])])), Some(Check::Refused(487)));
        assert_eq!(read(&message(REQUEST, &[])), None);
        assert_eq!(read(&message(0x0003, &[(USERNAME, b"a:b")])), None);
        assert_eq!(read(&asked[..30]), None);
    }
}
