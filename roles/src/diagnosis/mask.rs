//! Hiding what is private in a message, in place: every byte stays where it was, so that a masked message is framed and
//! parsed as the one that came, and the offset of a fault still points at it.

use core::ops::Range;
use ringback_sip::registry::HeaderName;

/// A message without what is private, as a journal keeps it.
pub fn masked(message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    hide_secrets(&mut message);
    hide_body(&mut message);
    message
}

/// Hides what proves a password or opens protected audio: the secrets of digest authentication (RFC 3261 §22.4), a password
/// in a URI (RFC 3261 §19.1.1), and keys in a session description (RFC 4568, RFC 4567, RFC 8866 §5.12).
pub fn hide_secrets(message: &mut [u8]) {
    let body = body_of(message);
    let mut start = 0;
    while start < body.start {
        let field = start..field_end(&message[..body.start], start);
        start = field.end;
        let text = &message[field.clone()];
        let name = text.split(|b| *b == b':').next().unwrap_or_default().trim_ascii();
        let secrets = if SECRET_FIELDS.contains(&HeaderName::from_bytes(name)) {
            parameters(text, &SECRETS)
        } else {
            passwords(text)
        };
        for range in secrets {
            hide(&mut message[field.start + range.start..field.start + range.end]);
        }
    }
    hide_keys(&mut message[body]);
}

/// Hides the body, unless it is a session description or a part of a SIP message, which say how a call went and not what
/// was said.
pub fn hide_body(message: &mut [u8]) {
    let body = body_of(message);
    let (mut start, mut kind) = (0, Vec::new());
    while start < body.start {
        let end = field_end(&message[..body.start], start);
        if let Some((name, value)) = message[start..end].split_once_at(b':')
            && HeaderName::from_bytes(name.trim_ascii()) == HeaderName::CONTENT_TYPE
        {
            kind = value.trim_ascii().to_ascii_lowercase();
        }
        start = end;
    }
    if kind.starts_with(b"message/sipfrag") {
        hide_secrets(&mut message[body]);
    } else if !kind.starts_with(b"application/sdp") {
        hide(&mut message[body]);
    }
}

/// Where the body lies.
fn body_of(message: &[u8]) -> Range<usize> {
    let mut start = 0;
    while start < message.len() {
        let end = line_end(message, start);
        if message[start..end].trim_ascii().is_empty() && start > 0 {
            return end..message.len();
        }
        start = end;
    }
    message.len()..message.len()
}

/// Behind the line's end.
fn line_end(message: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &message[start..]).map_or(message.len(), |at| start + at + 1)
}

/// Behind the end of a header field with the lines that continue it (RFC 3261 §7.3.1).
fn field_end(message: &[u8], start: usize) -> usize {
    let mut end = line_end(message, start);
    while message.get(end).is_some_and(|b| matches!(b, b' ' | b'\t')) {
        end = line_end(message, end);
    }
    end
}

/// Where the value of a parameter stands in a field of credentials.
pub(crate) fn parameter(field: &[u8], name: &[u8]) -> Option<Range<usize>> {
    parameters(field, &[name]).pop()
}

/// The values of the parameters with these names.
fn parameters(field: &[u8], names: &[&[u8]]) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(sign) = memchr::memchr(b'=', &field[at..]) {
        let sign = at + sign;
        let name = field[at..sign].rsplit(|b| b.is_ascii_whitespace() || matches!(b, b',' | b':'));
        let name = name.into_iter().find(|word| !word.is_empty()).unwrap_or_default();
        let start = sign + 1 + (field[sign + 1..].len() - field[sign + 1..].trim_ascii_start().len());
        let (value, next) = value_at(field, start);
        if names.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
            found.push(value);
        }
        at = next;
    }
    found
}

/// The value at `start`, a quoted string without its quotes or a token, and where the rest begins.
fn value_at(field: &[u8], start: usize) -> (Range<usize>, usize) {
    let rest = &field[start..];
    if rest.first() != Some(&b'"') {
        let end = rest.iter().position(|b| *b == b',' || b.is_ascii_whitespace()).unwrap_or(rest.len());
        return (start..start + end, start + end);
    }
    let mut escaped = false;
    for (i, byte) in rest.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (start + 1..start + i, start + i + 1),
            _ => {}
        }
    }
    (start + 1..field.len(), field.len())
}

/// The passwords of URIs in a line: what stands between a colon and the `@` behind the scheme.
fn passwords(field: &[u8]) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(scheme) = field[at..].windows(3).position(|w| w.eq_ignore_ascii_case(b"sip")) {
        at += scheme + 3;
        let rest = &field[at..];
        let skip = usize::from(rest.first().is_some_and(|b| b.eq_ignore_ascii_case(&b's')));
        if rest.get(skip) != Some(&b':') {
            continue;
        }
        let user = at + skip + 1;
        let ends = |b: &u8| b"@<>\" \t\r\n".contains(b);
        let Some(sign) = field[user..].iter().position(ends).filter(|i| field[user + i] == b'@') else {
            continue;
        };
        if let Some(colon) = memchr::memchr(b':', &field[user..user + sign]) {
            found.push(user + colon + 1..user + sign);
        }
    }
    found
}

fn hide_keys(body: &mut [u8]) {
    let mut start = 0;
    while start < body.len() {
        let end = line_end(body, start);
        let line = &body[start..end];
        let from = if line.starts_with(b"a=crypto:") {
            memchr::memmem::find(line, b"inline:").map(|at| at + b"inline:".len())
        } else {
            KEY_LINES.iter().find(|prefix| line.starts_with(prefix)).map(|prefix| prefix.len())
        };
        if let Some(from) = from {
            hide(&mut body[start + from..end]);
        }
        start = end;
    }
}

fn hide(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|b| !matches!(b, b'\r' | b'\n')) {
        *byte = HIDDEN;
    }
}

/// Whether a row of credentials has a proof that was hidden.
pub(crate) fn has_hidden(row: &[u8]) -> bool {
    row.windows(HIDDEN_PROOF.len()).any(|window| window == HIDDEN_PROOF)
}

/// A row of credentials, with a proof that was hidden as one of zeros: it is there, whatever it was.
pub(crate) fn legible(row: &[u8]) -> Vec<u8> {
    let is_masked = has_hidden(row);
    row.iter().map(|&byte| if is_masked && byte == HIDDEN { b'0' } else { byte }).collect()
}

const HIDDEN: u8 = b'*';
/// Proofs are longer (32 and 64 digits), and names are hardly so.
const HIDDEN_PROOF: [u8; 8] = [HIDDEN; 8];

/// [`str::split_once`] for bytes.
trait SplitOnce {
    fn split_once_at(&self, byte: u8) -> Option<(&[u8], &[u8])>;
}

impl SplitOnce for [u8] {
    fn split_once_at(&self, byte: u8) -> Option<(&[u8], &[u8])> {
        memchr::memchr(byte, self).map(|at| (&self[..at], &self[at + 1..]))
    }
}

const SECRET_FIELDS: [HeaderName; 5] = [
    HeaderName::AUTHORIZATION,
    HeaderName::PROXY_AUTHORIZATION,
    HeaderName::WWW_AUTHENTICATE,
    HeaderName::PROXY_AUTHENTICATE,
    HeaderName::AUTHENTICATION_INFO,
];
/// Parameters from which a password could be guessed or a request repeated.
const SECRETS: [&[u8]; 5] = [b"response", b"nonce", b"cnonce", b"nextnonce", b"rspauth"];
/// Lines of a session description that hold keys.
const KEY_LINES: [&[u8]; 2] = [b"a=key-mgmt:", b"k="];

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(message: &str) -> String {
        let mut bytes = message.as_bytes().to_vec();
        hide_secrets(&mut bytes);
        assert_eq!(bytes.len(), message.len());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn keys_of_audio_are_hidden() {
        let head = "INVITE sip:a SIP/2.0\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:";
        assert_eq!(masked(&format!("{head}abc|2^20\r\na=x")), format!("{head}********\r\na=x"));
        assert_eq!(masked("A\r\n\r\nk=clear:abc\r\n"), "A\r\n\r\nk=*********\r\n");
    }

    #[test]
    fn digests_are_hidden_wherever_they_stand_and_the_rest_stays() {
        let shown = masked(
            "REGISTER sip:a SIP/2.0\r\nproxy-authorization: Digest username=\"al=ice\", nonce=\"n, \\\" o\",\r\n \
             response =\r\n \"abc\", cnonce=tok, qop=auth\r\nCSeq: 1 REGISTER\r\n\r\nnonce=shown",
        );
        assert!(
            shown.contains(
                "username=\"al=ice\", nonce=\"*******\",\r\n response =\r\n \"***\", cnonce=***, qop"
            )
        );
        assert!(shown.ends_with("CSeq: 1 REGISTER\r\n\r\nnonce=shown"), "{shown}");
        assert_eq!(
            masked("A\nAuthorization: Digest response=1\n\n"),
            "A\nAuthorization: Digest response=*\n\n"
        );
    }

    #[test]
    fn passwords_of_uris_are_hidden() {
        let shown =
            masked("INVITE sip:a:b@c;x=1 SIP/2.0\r\nTo: <sips:d:e:f@g:5061>\r\nFrom: sip:h:5060\r\n\r\n");
        assert_eq!(
            shown,
            "INVITE sip:a:*@c;x=1 SIP/2.0\r\nTo: <sips:d:***@g:5061>\r\nFrom: sip:h:5060\r\n\r\n"
        );
    }

    #[test]
    fn what_people_say_is_hidden_and_how_a_call_goes_is_not() {
        let hidden = |kind: &str, body: &str| {
            let mut bytes = format!("MESSAGE sip:a SIP/2.0\r\nc: {kind}\r\n\r\n{body}").into_bytes();
            hide_body(&mut bytes);
            String::from_utf8(bytes).unwrap().ends_with(body)
        };
        assert!(!hidden("text/plain", "secret\r\n"));
        assert!(!hidden("multipart/mixed;boundary=x", "--x"));
        assert!(hidden("application/sdp", "v=0\r\n"));
        assert!(hidden("message/sipfrag;version=2.0", "SIP/2.0 200 OK\r\n"));
    }
}
