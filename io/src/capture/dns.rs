//! Questions to the domain name system and its answers, as far as the diagnosis needs them (RFC 1035 §4).

use super::link::be16;
use core::net::IpAddr;
use ringback_roles::diagnosis::Dns;
use ringback_sip::time::Instant;

/// Where name servers are asked.
pub(super) const PORT: u16 = 53;

/// Reads a question, or an answer with its code and the number of records of the type asked for. An answer that was cut off
/// says nothing: it is asked for again over TCP (RFC 2181 §9).
pub(super) fn read(at: Instant, frame: u64, ends: [IpAddr; 2], bytes: &[u8]) -> Option<Dns> {
    let flags = be16(bytes, 2)?;
    let (is_answer, is_cut_off) = (flags & 0x8000 != 0, flags & 0x0200 != 0);
    // Opcode 0, and one question, as everybody asks.
    if flags & 0x7800 != 0 || be16(bytes, 4)? != 1 || is_answer && is_cut_off {
        return None;
    }
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
    let answers = count(rest.get(4..)?, record, be16(bytes, 6)?);
    Some(Dns { at, frame, asker, name, record, code, answers })
}

/// Reads what a segment of TCP brings: messages, each behind its length (RFC 1035 §4.2.2). The last may go on in the next
/// segment, and some programs send the length in a segment of its own.
pub(super) fn read_segment(
    at: Instant,
    frame: u64,
    ends: [IpAddr; 2],
    segment: &[u8],
    give: &mut dyn FnMut(Dns),
) {
    // What stands in place of its number of questions when a length comes first are its flags, and those are not 1.
    if let Some(dns) = read(at, frame, ends, segment) {
        return give(dns);
    }
    let mut rest = segment;
    while let Some(length) = be16(rest, 0).map(usize::from) {
        let message = &rest[2..rest.len().min(2 + length)];
        let Some(dns) = read(at, frame, ends, message) else { return };
        give(dns);
        rest = rest.get(2 + length..).unwrap_or_default();
    }
}

/// How many of the `all` records have this type, not the aliases on the way (CNAME); what cannot be seen counts.
fn count(bytes: &[u8], record: u16, all: u16) -> u16 {
    let (mut rest, mut others) = (bytes, 0);
    for _ in 0..all {
        let Some((kind, after)) = next_record(rest) else { break };
        others += u16::from(kind != record);
        rest = after;
    }
    all - others
}

/// The type of the record that begins here, and what follows it.
fn next_record(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let mut rest = bytes;
    loop {
        let (&length, after) = rest.split_first()?;
        match length {
            0 => {
                rest = after;
                break;
            }
            // A pointer ends the name (RFC 1035 §4.1.4).
            0xc0.. => {
                rest = after.get(1..)?;
                break;
            }
            _ => rest = after.get(usize::from(length)..)?,
        }
    }
    // Type, class, time to live, and the data behind their length.
    Some((be16(rest, 0)?, rest.get(10 + usize::from(be16(rest, 8)?)..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv4Addr;

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
        for cut in 0..bytes.len() {
            assert!(read(Instant::EPOCH, 1, ends, &bytes[..cut]).is_none(), "{cut}");
        }
    }

    const ENDS: [IpAddr; 2] =
        [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53)), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))];

    /// An answer about x.test with these records: type and data.
    fn answer(record: u8, records: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = b"\x12\x34\x81\x80\0\x01\0\0\0\0\0\0\x01x\x04test\0\0\0\0\x01".to_vec();
        bytes[7] = records.len() as u8;
        bytes[21] = record;
        for (kind, data) in records {
            bytes.extend([0xc0, 12, 0, *kind, 0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
            bytes.extend_from_slice(data);
        }
        bytes
    }

    #[test]
    fn an_alias_that_leads_to_no_record_is_no_answer() {
        let count = |bytes: &[u8]| read(Instant::EPOCH, 1, ENDS, bytes).map(|told| told.answers);
        let alias: (u8, &[u8]) = (5, b"\x01y\xc0\x0e");
        let service: (u8, &[u8]) = (33, b"\0\x01\0\x01\x13\xc4\x01s\xc0\x0e");
        assert_eq!(count(&answer(1, &[alias])), Some(0));
        assert_eq!(count(&answer(1, &[alias, (1, &[192, 0, 2, 9])])), Some(1));
        assert_eq!(count(&answer(33, &[service, service])), Some(2));
        assert_eq!(count(&answer(35, &[(35, b"\0\x01\0\x01\x01s\x07SIP+D2U\0\0")])), Some(1));
        let whole = answer(33, &[alias, service]);
        assert_eq!(count(&whole[..whole.len() - 1]), Some(1), "what cannot be seen counts");
        let mut cut_off = whole;
        cut_off[2] |= 2;
        assert_eq!(count(&cut_off), None, "asked for again over TCP");
    }

    #[test]
    fn messages_over_tcp_are_read_with_their_length_before_or_alone() {
        let behind_length = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
        let told = |segment: &[u8]| {
            let mut told = Vec::new();
            read_segment(Instant::EPOCH, 1, ENDS, segment, &mut |dns| told.push((dns.record, dns.answers)));
            told
        };
        let (one, two) = (answer(1, &[(1, &[192, 0, 2, 9])]), answer(28, &[]));
        let both = [behind_length(&two), behind_length(&one)].concat();
        assert_eq!(told(&both), [(28, 0), (1, 1)]);
        assert_eq!(told(&both[..both.len() - 1]), [(28, 0), (1, 1)], "the rest comes with the next segment");
        assert_eq!(told(&both[..2]), []);
        assert_eq!(told(&one), [(1, 1)], "the length came by itself");
        assert_eq!(told(b"GET / HTTP/1.1\r\n\r\n"), []);
    }
}
