//! A message as it may be shown: what proves a password is hidden, and no byte can command a terminal.

use ringback_roles::diagnosis::hide_secrets;

/// The text of `message` with its secrets hidden, each line ended by a line feed.
pub(crate) fn masked(message: &[u8]) -> String {
    let mut message = message.to_vec();
    hide_secrets(&mut message);
    let text = String::from_utf8_lossy(&message);
    let mut shown = String::with_capacity(text.len());
    for line in text.lines() {
        push_printable(&mut shown, line);
        shown.push('\n');
    }
    shown
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_peer_keeps_its_letters_and_loses_its_commands() {
        assert_eq!(printable("café\n\x1b[2J".as_bytes()), "café\\n\\u{1b}[2J");
    }

    #[test]
    fn a_shown_message_has_no_secret_and_commands_nothing() {
        let message =
            b"REGISTER sip:a SIP/2.0\r\nAuthorization: Digest nonce=\"n\", response=abc\r\n\r\n\x1b[31m";
        assert_eq!(
            masked(message),
            "REGISTER sip:a SIP/2.0\nAuthorization: Digest nonce=\"*\", response=***\n\n\\u{1b}[31m\n"
        );
    }
}
