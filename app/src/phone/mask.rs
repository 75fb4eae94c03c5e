//! A message as it may be shown: what proves a password is hidden, and no byte can command a terminal.

/// The text of `message` with the values of the digest's secrets replaced by `***`.
pub(super) fn masked(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let mut shown = String::with_capacity(text.len());
    let (mut is_secret, mut in_body) = (false, false);
    // Peers may end lines without CR; a secret is one nevertheless.
    for line in text.lines() {
        in_body |= line.is_empty();
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default().trim();
            is_secret = SECRET_HEADERS.iter().any(|secret| secret.eq_ignore_ascii_case(name));
        }
        if let Some((before, _)) = line.split_once(KEYS).filter(|_| in_body && line.starts_with("a=crypto:"))
        {
            push_printable(&mut shown, &format!("{before}{KEYS}***"));
        } else if is_secret && !in_body {
            push_printable(&mut shown, &masked_line(line));
        } else {
            push_printable(&mut shown, line);
        }
        shown.push('\n');
    }
    shown
}

fn masked_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('=') {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let value = value_length(after);
        let name =
            before[..at].rsplit([' ', '\t', ',', ':']).find(|word| !word.is_empty()).unwrap_or_default();
        if SECRETS.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
            out.push_str(&after[..after.len() - after.trim_start().len()]);
            out.push_str("***");
        } else {
            out.push_str(&after[..value]);
        }
        rest = &after[value..];
    }
    out.push_str(rest);
    out
}

/// Bytes of the value at the start of `text`: a quoted string or a token, with the space before it.
fn value_length(text: &str) -> usize {
    let space = text.len() - text.trim_start().len();
    let value = &text[space..];
    let Some(quoted) = value.strip_prefix('"') else {
        return space + value.find([',', ' ', '\t']).unwrap_or(value.len());
    };
    let mut escaped = false;
    for (i, byte) in quoted.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return space + i + 2,
            _ => {}
        }
    }
    text.len()
}

/// The text of a peer, on one line and without what could command a terminal.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    push_printable(&mut out, &String::from_utf8_lossy(bytes));
    out
}

fn push_printable(out: &mut String, line: &str) {
    for c in line.chars() {
        if c.is_control() && c != '\t' { out.extend(c.escape_default()) } else { out.push(c) }
    }
}

const SECRET_HEADERS: [&str; 5] =
    ["Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info"];
/// What stands before a key in a session description (RFC 4568 §6.1).
const KEYS: &str = "inline:";
/// Parameters from which a password could be guessed or a request repeated.
const SECRETS: [&str; 5] = ["response", "nonce", "cnonce", "nextnonce", "rspauth"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_peer_keeps_its_letters_and_loses_its_commands() {
        assert_eq!(printable("café\n\x1b[2J".as_bytes()), "café\\n\\u{1b}[2J");
    }

    #[test]
    fn keys_of_audio_are_hidden() {
        let shown = masked(
            b"INVITE sip:a SIP/2.0\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc|2^20\r\na=x",
        );
        assert!(shown.ends_with("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***\na=x\n"), "{shown}");
    }

    #[test]
    fn digests_are_hidden_wherever_they_stand_and_the_rest_is_shown() {
        let message = b"REGISTER sip:a SIP/2.0\r\nproxy-authorization: Digest username=\"al=ice\", nonce=\"n, \\\" o\",\r\n \
            response = \"abc\", cnonce=tok, qop=auth\r\nCSeq: 1 REGISTER\r\n\r\nnonce=shown\x1b[31m";
        let shown = masked(message);
        assert!(shown.contains("username=\"al=ice\", nonce=***,\n"), "{shown}");
        assert!(shown.contains("cnonce=***, qop=auth"), "{shown}");
        assert!(!shown.contains("abc") && !shown.contains("tok"), "{shown}");
        assert_eq!(
            masked(b"A\nAuthorization: Digest response=1\n\n"),
            "A\nAuthorization: Digest response=***\n\n"
        );
        assert!(shown.ends_with("nonce=shown\\u{1b}[31m\n"), "{shown}");
    }
}
