//! REGISTER, first or refreshing, with a digest when the server asks for it (RFC 3261 §10.2, §22.4).

use super::{DOMAIN, PASSWORD, Progress, Scenario};
use crate::outbox::{End, Outbox};
use crate::wire::{Id, Wire};
use md5::{Digest, Md5};
use ringback_sip::flow::Transport;
use std::fmt::Write as _;
use std::io::Write;
use std::net::SocketAddr;

/// Registrations of the users in turn; each keeps its Call-ID, its port and its contact, as a phone does.
#[derive(Debug)]
pub(crate) struct Register {
    users: u64,
    /// CSeq starts here, beyond that of earlier runs.
    base: u64,
    /// Whether a nonce is used again with the next count, else every operation is challenged anew.
    keep_nonce: bool,
    phones: Vec<Phone>,
}

#[derive(Clone, Debug, Default)]
struct Phone {
    cseq: u64,
    challenge: Option<Challenge>,
    count: u32,
    /// Whether the request in flight showed a digest.
    showed: bool,
}

/// What a challenge says (RFC 8760 leaves MD5 to those who know nothing better).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
}

impl Register {
    pub(crate) fn new(users: u64, base: u64, keep_nonce: bool) -> Self {
        Register { users, base, keep_nonce, phones: vec![Phone::default(); users as usize] }
    }

    fn send(&mut self, id: Id, out: &mut Outbox) {
        let user = id.serial % self.users;
        let (from, contact) = (out.caller(user), out.callee(user));
        let parameter = match out.ports.transport {
            Transport::Udp => String::new(),
            stream => format!(";transport={}", stream.uri_name()),
        };
        let phone = &mut self.phones[user as usize];
        phone.cseq += 1;
        let cseq = self.base + phone.cseq;
        let credentials = phone.credentials(user);
        phone.showed = !credentials.is_empty();
        let Id { slot, serial } = id;
        let (run, via) = (&out.run, out.via());
        let mut text = Vec::with_capacity(768);
        let _ = write!(
            text,
            "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/{via} {from};rport;branch=z9hG4bK{run}-{slot}-{serial}-{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:u{user}@{DOMAIN}>;tag=phone{cseq}\r\nTo: <sip:u{user}@{DOMAIN}>\r\n\
             Call-ID: phone-{user}@{DOMAIN}\r\nCSeq: {cseq} REGISTER\r\nContact: <sip:u{user}@{contact}{parameter}>\r\n\
             Expires: 3600\r\n{credentials}Content-Length: 0\r\n\r\n",
        );
        out.send_until_settled(End::Caller, slot, from, text.into());
    }
}

impl Scenario for Register {
    fn begin(&mut self, id: Id, out: &mut Outbox) {
        if !self.keep_nonce {
            self.phones[(id.serial % self.users) as usize].challenge = None;
        }
        self.send(id, out);
    }

    fn response(&mut self, id: Id, status: u16, wire: &Wire<'_>, out: &mut Outbox) -> Progress {
        let phone = &mut self.phones[(id.serial % self.users) as usize];
        match status {
            ..200 => return Progress::Ongoing,
            200..300 => {
                out.settle(End::Caller, id.slot);
                return Progress::Done;
            }
            401 if !phone.showed => {}
            _ => return Progress::Failed(status),
        }
        let Some(challenge) = wire.challenges.iter().find_map(|text| Challenge::read(text)) else {
            return Progress::Failed(status);
        };
        phone.challenge = Some(challenge);
        phone.count = 0;
        self.send(id, out);
        Progress::Ongoing
    }

    fn request(&mut self, _: Option<Id>, _: SocketAddr, _: &Wire<'_>, _: &mut Outbox) -> Progress {
        Progress::Ongoing
    }
}

impl Phone {
    /// The Authorization row, or nothing before a challenge.
    fn credentials(&mut self, user: u64) -> String {
        let Some(Challenge { realm, nonce, opaque }) = &self.challenge else { return String::new() };
        self.count += 1;
        let count = self.count;
        let secret = hex(&format!("u{user}:{realm}:{PASSWORD}"));
        let request = hex(&format!("REGISTER:sip:{DOMAIN}"));
        let response = hex(&format!("{secret}:{nonce}:{count:08x}:bench:auth:{request}"));
        let opaque = opaque.as_ref().map(|value| format!(", opaque=\"{value}\"")).unwrap_or_default();
        format!(
            "Authorization: Digest username=\"u{user}\", realm=\"{realm}\", nonce=\"{nonce}\", \
             uri=\"sip:{DOMAIN}\", response=\"{response}\", algorithm=MD5, cnonce=\"bench\", qop=auth, \
             nc={count:08x}{opaque}\r\n"
        )
    }
}

impl Challenge {
    /// Reads an MD5 challenge; another algorithm gives nothing.
    fn read(text: &[u8]) -> Option<Challenge> {
        let text = std::str::from_utf8(text).ok()?;
        if parameter(text, "algorithm").is_some_and(|name| !name.eq_ignore_ascii_case("MD5")) {
            return None;
        }
        Some(Challenge {
            realm: parameter(text, "realm")?.to_owned(),
            nonce: parameter(text, "nonce")?.to_owned(),
            opaque: parameter(text, "opaque").map(str::to_owned),
        })
    }
}

/// The value of `name=value` or `name="value"` after a space or comma.
fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(at) = text[from..].find(name) {
        let at = from + at;
        from = at + name.len();
        let Some(value) = text[from..].strip_prefix('=') else { continue };
        if !text[..at].ends_with([' ', ',']) {
            continue;
        }
        return match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split([',', ' ']).next(),
        };
    }
    None
}

fn hex(text: &str) -> String {
    let mut hex = String::with_capacity(32);
    for byte in Md5::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_whatever_the_order_of_its_parameters() {
        let text = br#"Digest qop="auth", nonce="abc", algorithm=MD5, realm="bench.test""#;
        let challenge = Challenge { realm: "bench.test".to_owned(), nonce: "abc".to_owned(), opaque: None };
        assert_eq!(Challenge::read(text), Some(challenge));
    }

    #[test]
    fn a_challenge_for_another_algorithm_is_not_ours() {
        assert_eq!(Challenge::read(br#"Digest realm="r", nonce="n", algorithm=SHA-256"#), None);
    }
}
