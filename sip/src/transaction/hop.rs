//! Requests that a client transaction makes of its own request: the ACK to a failure (RFC 3261 §17.1.1.3), the
//! CANCEL (§9.1), and the part of an INVITE from which both can be made.

use crate::registry::HeaderName;
use crate::syntax::{Malformed, Message};
use bytes::Bytes;
use std::io::Write;

/// What the INVITE is turned into once no copy of it will be sent: the rows from which its ACK and CANCEL are built,
/// as they are. Every call that rings is turned so, hence without indexing the message.
pub(super) fn skeleton(invite: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(512);
    // The start line is kept, and the first Via row.
    let (mut at, mut keeps, mut has_via) = (0, true, false);
    while let Some(length) = memchr::memchr(b'\n', &invite[at..]) {
        let row = &invite[at..=at + length];
        match row[0] {
            b'\r' | b'\n' => break,
            // It continues the row before it.
            b' ' | b'\t' => {}
            _ if at == 0 => {}
            first => {
                keeps = SKELETON_INITIALS.contains(&first.to_ascii_lowercase())
                    && match name_of(row) {
                        HeaderName::VIA => !core::mem::replace(&mut has_via, true),
                        name => SKELETON.contains(&name),
                    };
            }
        }
        if keeps {
            out.extend_from_slice(row);
        }
        at += length + 1;
    }
    out.extend_from_slice(b"\r\n");
    Bytes::copy_from_slice(&out)
}

fn name_of(row: &[u8]) -> HeaderName {
    let end = row.iter().position(|&b| b == b':').unwrap_or_default();
    HeaderName::from_bytes(row[..end].trim_ascii_end())
}

/// What a skeleton keeps besides its start line and its Via.
const SKELETON: [HeaderName; 7] = [
    HeaderName::ROUTE,
    HeaderName::FROM,
    HeaderName::TO,
    HeaderName::CALL_ID,
    HeaderName::CSEQ,
    HeaderName::AUTHORIZATION,
    HeaderName::PROXY_AUTHORIZATION,
];
/// With what these names and their short forms begin.
const SKELETON_INITIALS: &[u8] = b"vrfticap";

/// The ACK to the failure `response`: To comes from the response, all else from the INVITE.
pub(super) fn ack(invite: &[u8], response: &Message<'_>) -> Result<Bytes, Malformed> {
    let invite = Message::parse(invite)?;
    let to = response.header(HeaderName::TO).or(invite.header(HeaderName::TO)).unwrap_or_default();
    let mut out = Vec::with_capacity(512);
    write_hop(&mut out, "ACK", &invite, to)?;
    write_credentials(&mut out, &invite);
    out.extend_from_slice(b"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n");
    Ok(out.into())
}

/// The CANCEL of an INVITE, with the value of a Reason header field (RFC 3326) if there is one.
pub(super) fn cancel(invite: &[u8], reason: Option<&[u8]>) -> Result<Bytes, Malformed> {
    let invite = Message::parse(invite)?;
    let to = invite.header(HeaderName::TO).unwrap_or_default();
    let mut out = Vec::with_capacity(512);
    write_hop(&mut out, "CANCEL", &invite, to)?;
    out.extend_from_slice(b"Max-Forwards: 70\r\n");
    if let Some(reason) = reason.filter(|r| !r.is_empty()) {
        write_row(&mut out, "Reason", reason);
    }
    out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    Ok(out.into())
}

/// Start line, the single Via, Route, From, To, Call-ID and CSeq.
fn write_hop(out: &mut Vec<u8>, method: &str, invite: &Message<'_>, to: &[u8]) -> Result<(), Malformed> {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{method} ");
    out.extend_from_slice(invite.request_uri());
    out.extend_from_slice(b" SIP/2.0\r\n");
    write_row(out, "Via", invite.top_via_value().unwrap_or_default());
    for route in invite.headers(HeaderName::ROUTE) {
        write_row(out, "Route", route);
    }
    write_row(out, "From", invite.header(HeaderName::FROM).unwrap_or_default());
    write_row(out, "To", to);
    write_row(out, "Call-ID", invite.call_id()?);
    let _ = write!(out, "CSeq: {} {method}\r\n", invite.cseq()?.number);
    Ok(())
}

/// The credentials of the INVITE, for its ACK (RFC 3261 §22.1).
fn write_credentials(out: &mut Vec<u8>, invite: &Message<'_>) {
    for (name, text) in CREDENTIALS {
        invite.headers(name).for_each(|row| write_row(out, text, row));
    }
}

/// Writes one row; the line ends of a folded value become spaces.
fn write_row(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend(value.iter().map(|&b| if b == b'\r' || b == b'\n' { b' ' } else { b }));
    out.extend_from_slice(b"\r\n");
}

const CREDENTIALS: [(HeaderName, &str); 2] =
    [(HeaderName::AUTHORIZATION, "Authorization"), (HeaderName::PROXY_AUTHORIZATION, "Proxy-Authorization")];

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &[u8] = b"INVITE sip:bob@192.0.2.4 SIP/2.0\r\n\
        Via: SIP/2.0/UDP proxy.example:5060;branch=z9hG4bKp1, SIP/2.0/UDP pc33.example;branch=z9hG4bKc1\r\n\
        Via: SIP/2.0/UDP far.example;branch=z9hG4bKf1\r\nMax-Forwards: 12\r\n\
        Route: <sip:p2.example;lr>, <sip:p3.example;lr>\r\nRoute: <sip:p4.example;lr>\r\n\
        To: Bob <sip:bob@biloxi.example>\r\nFrom: \"Alice\"\r\n <sip:alice@atlanta.example>;tag=88sja8x\r\n\
        Call-ID: 987asjd97y7atg\r\nCSeq: 986759 INVITE\r\nRequire: 100rel\r\nContact: <sip:a@pc33>\r\n\
        Content-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n";
    const BUSY: &[u8] = b"SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP proxy.example;branch=z9hG4bKp1\r\n\
        To: Bob <sip:bob@biloxi.example>;tag=99sa0xk\r\nFrom: x\r\nCall-ID: other\r\nCSeq: 1 INVITE\r\n\r\n";

    fn hop(method: &str, to: &str, end: &str) -> String {
        format!(
            "{method} sip:bob@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/UDP proxy.example:5060;branch=z9hG4bKp1\r\n\
             Route: <sip:p2.example;lr>, <sip:p3.example;lr>\r\nRoute: <sip:p4.example;lr>\r\n\
             From: \"Alice\"   <sip:alice@atlanta.example>;tag=88sja8x\r\nTo: Bob <sip:bob@biloxi.example>{to}\r\n\
             Call-ID: 987asjd97y7atg\r\nCSeq: 986759 {method}\r\n{end}\r\n"
        )
    }

    fn text(bytes: &Bytes) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn ack_has_one_via_and_every_route_of_the_invite_and_the_to_of_the_response() {
        let busy = Message::parse(BUSY).unwrap();
        let expected = hop("ACK", ";tag=99sa0xk", "Max-Forwards: 70\r\nContent-Length: 0\r\n");
        assert_eq!(text(&ack(INVITE, &busy).unwrap()), expected);
    }

    #[test]
    fn cancel_has_one_via_and_every_route_and_the_to_of_the_invite_and_no_require() {
        let end = "Max-Forwards: 70\r\nContent-Length: 0\r\n";
        assert_eq!(text(&cancel(INVITE, None).unwrap()), hop("CANCEL", "", end));
        let end = "Max-Forwards: 70\r\nReason: SIP;cause=200\r\nContent-Length: 0\r\n";
        assert_eq!(text(&cancel(INVITE, Some(b"SIP;cause=200")).unwrap()), hop("CANCEL", "", end));
    }

    #[test]
    fn ack_has_the_credentials_of_the_invite_and_cancel_has_none() {
        let rows =
            "Authorization: Digest a\r\nProxy-Authorization: Digest b\r\nProxy-Authorization: Digest c\r\n";
        let text_of = |rows: &str| std::str::from_utf8(INVITE).unwrap().replace("Require: 100rel\r\n", rows);
        let (with, without) = (text_of(rows), text_of(""));
        let busy = Message::parse(BUSY).unwrap();
        let bones = skeleton(with.as_bytes());
        let expected =
            hop("ACK", ";tag=99sa0xk", &format!("{rows}Max-Forwards: 70\r\nContent-Length: 0\r\n"));
        assert_eq!(text(&ack(&bones, &busy).unwrap()), expected);
        assert_eq!(cancel(&bones, None), cancel(without.as_bytes(), None));
    }

    #[test]
    fn ack_and_cancel_of_the_skeleton_are_those_of_the_invite() {
        let busy = Message::parse(BUSY).unwrap();
        let bones = skeleton(INVITE);
        assert!(bones.len() + 100 < INVITE.len(), "what is not needed goes");
        assert_eq!(ack(&bones, &busy), ack(INVITE, &busy));
        assert_eq!(cancel(&bones, Some(b"Q.850;cause=16")), cancel(INVITE, Some(b"Q.850;cause=16")));
    }
}
