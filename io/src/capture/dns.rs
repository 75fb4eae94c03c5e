//! Questions to the domain name system and its answers, as far as the diagnosis needs them (RFC 1035 §4).

use super::link::be16;
use core::net::IpAddr;
use ringback_roles::diagnosis::Dns;
use ringback_sip::time::Instant;

/// Reads a question, or an answer with its code and number of records.
pub(super) fn read(at: Instant, frame: u64, ends: [IpAddr; 2], bytes: &[u8]) -> Option<Dns> {
    let flags = be16(bytes, 2)?;
    // Opcode 0, and one question, as everybody asks.
    if flags & 0x7800 != 0 || be16(bytes, 4)? != 1 {
        return None;
    }
    let is_answer = flags & 0x8000 != 0;
    let [src, dst] = ends;
    let mut name = String::new();
    let mut rest = bytes.get(12..)?;
    loop {
        let (&length, after) = rest.split_first()?;
        if length == 0 {
            rest = after;
            break;
        }
        let label = after.get(..usize::from(length)).filter(|_| length < 64)?;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(label));
        if name.len() > 255 {
            return None;
        }
        rest = &after[usize::from(length)..];
    }
    let record = be16(rest, 0)?;
    let asker = if is_answer { dst } else { src };
    let code = is_answer.then_some((flags & 15) as u8);
    Some(Dns { at, frame, asker, name, record, code, answers: be16(bytes, 6)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_and_its_answer_tell_who_asks_and_for_what() {
        let ends: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 53].into()];
        let mut bytes =
            b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x04_sip\x04_udp\x01x\x04test\0\0\x21\0\x01".to_vec();
        let asked = read(Instant::EPOCH, 1, ends, &bytes).expect("a question");
        assert_eq!(
            (asked.asker, &*asked.name, asked.record, asked.code),
            (ends[0], "_sip._udp.x.test", 33, None)
        );
        (bytes[2], bytes[3]) = (0x81, 0x83);
        let told = read(Instant::EPOCH, 2, [ends[1], ends[0]], &bytes).expect("an answer");
        assert_eq!((told.asker, told.code, told.answers), (ends[0], Some(3), 0));
        for cut in 0..bytes.len() - 4 {
            assert!(read(Instant::EPOCH, 1, ends, &bytes[..cut]).is_none(), "{cut}");
        }
    }
}
