//! The voicemail lamp (RFC 3842): whether messages wait for a user, and how many.
//!
//! Here nobody publishes that over SIP: a voicemail system tells the operator's command line, which puts the document
//! into the store as it goes to the phones.

use super::package::Source;
use crate::event::OPERATOR;
use ringback_sip::syntax::{Uri, parse_u32, trim};
use std::fmt::Write as _;

/// The media type (RFC 3842 §5).
pub(super) const MEDIA_TYPE: &str = "application/simple-message-summary";

/// What waits in a user's mailbox: voice messages (RFC 3842 §3.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// Messages that were not heard yet, urgent ones among them.
    pub new: u32,
    /// Those that were.
    pub old: u32,
    /// Urgent ones that were not heard yet.
    pub urgent_new: u32,
    /// Those that were.
    pub urgent_old: u32,
    /// Which URI to call to hear them.
    pub account: Option<Box<str>>,
}

impl Mailbox {
    /// The media type of what [`Mailbox::write`] writes.
    pub const MEDIA_TYPE: &'static str = MEDIA_TYPE;

    /// Whether this can be told: no more urgent messages than messages, and an account that is a URI.
    pub fn is_sound(&self) -> bool {
        let is_uri = |uri: &str| !uri.contains(['<', '>', '\r', '\n']) && Uri::parse(uri.as_bytes()).is_ok();
        self.urgent_new <= self.new
            && self.urgent_old <= self.old
            && self.account.as_deref().is_none_or(is_uri)
    }

    /// The document (RFC 3842 §5.2).
    pub fn write(&self) -> String {
        let waiting = if self.new > 0 { "yes" } else { "no" };
        let mut out = format!("Messages-Waiting: {waiting}\r\n");
        // Writing to a String cannot fail.
        if let Some(account) = &self.account {
            let _ = write!(out, "Message-Account: {account}\r\n");
        }
        let _ = write!(out, "Voice-Message: {}/{}", self.new, self.old);
        if self.urgent_new > 0 || self.urgent_old > 0 {
            let _ = write!(out, " ({}/{})", self.urgent_new, self.urgent_old);
        }
        out.push_str("\r\n");
        out
    }

    /// Reads a document that [`Mailbox::write`] wrote.
    pub fn parse(document: &[u8]) -> Option<Self> {
        let mut mailbox = Mailbox::default();
        for line in document.split(|b| *b == b'\n').map(trim).filter(|line| !line.is_empty()) {
            let colon = line.iter().position(|b| *b == b':')?;
            let (name, value) = (trim(&line[..colon]), trim(&line[colon + 1..]));
            if name.eq_ignore_ascii_case(b"Message-Account") {
                mailbox.account = Some(core::str::from_utf8(value).ok()?.into());
            } else if name.eq_ignore_ascii_case(b"Voice-Message") {
                let mut counts = value.split(|b| b"/( )".contains(b)).filter(|word| !word.is_empty());
                (mailbox.new, mailbox.old) = (parse_u32(counts.next()?)?, parse_u32(counts.next()?)?);
                if let Some(urgent) = counts.next() {
                    (mailbox.urgent_new, mailbox.urgent_old) =
                        (parse_u32(urgent)?, parse_u32(counts.next()?)?);
                }
            }
        }
        Some(mailbox)
    }
}

/// The document of a user: what the operator said of the mailbox last, or that nothing waits.
pub(super) fn compose(source: &Source<'_>) -> Vec<u8> {
    match source.state.publications.iter().find(|p| &*p.tag == OPERATOR) {
        Some(said) => said.body.to_vec(),
        None => b"Messages-Waiting: no\r\n".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(counts: [u32; 4], account: Option<&str>) -> Mailbox {
        let [new, old, urgent_new, urgent_old] = counts;
        Mailbox { new, old, urgent_new, urgent_old, account: account.map(Into::into) }
    }

    #[test]
    fn the_lamp_is_lit_by_new_messages_only_and_the_counts_are_read_as_written() {
        let rows = [
            (mailbox([2, 8, 0, 2], None), "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n"),
            (mailbox([0, 3, 0, 0], None), "Messages-Waiting: no\r\nVoice-Message: 0/3\r\n"),
            (
                mailbox([u32::MAX, 0, 1, 0], Some("sip:voicemail@example.test")),
                "Messages-Waiting: yes\r\nMessage-Account: sip:voicemail@example.test\r\n\
                 Voice-Message: 4294967295/0 (1/0)\r\n",
            ),
        ];
        for (mailbox, text) in rows {
            assert!(mailbox.is_sound());
            assert_eq!(mailbox.write(), text);
            assert_eq!(Mailbox::parse(text.as_bytes()), Some(mailbox));
        }
    }

    #[test]
    fn what_is_no_mailbox_is_not_told() {
        for wrong in [
            mailbox([1, 0, 2, 0], None),
            mailbox([0, 1, 0, 2], None),
            mailbox([1, 0, 0, 0], Some("voicemail")),
            mailbox([1, 0, 0, 0], Some("sip:a@b\r\nX: y")),
            mailbox([1, 0, 0, 0], Some("<sip:a@b>")),
        ] {
            assert!(!wrong.is_sound(), "{wrong:?}");
        }
        for wrong in ["x", "Voice-Message: 4294967296/0", "Voice-Message: 1", "Voice-Message: 1/2 (3)"] {
            assert_eq!(Mailbox::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
