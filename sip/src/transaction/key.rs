//! What identifies a transaction (RFC 3261 §17.1.3, §17.2.3).
//!
//! A key is 128 bits of keyed hash over what the RFC compares, and the method: peers can neither aim at a
//! collision nor make the tables slow, and nothing of the message need be kept for the comparison.

use crate::entropy::{Keyed, Seed};
use crate::flow::Transport;
use crate::registry::{HeaderName, Method};
use crate::syntax::{CSeq, Fault, Malformed, Message, NameAddr, Via, split_host_port};
use core::hash::{Hash, Hasher};
use smallvec::SmallVec;
use std::collections::HashMap;

/// Finds a transaction by its key. Never iterated.
pub(super) type Table<V> = HashMap<Key, V, Keyed>;

/// The identity of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    base: [u64; 2],
    method: u64,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.base[0] ^ self.method.rotate_left(32));
    }
}

impl Key {
    pub(super) fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        for (part, word) in bytes.chunks_exact_mut(8).zip([self.base[0], self.base[1], self.method]) {
            part.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The same request with another method: the INVITE of an ACK or CANCEL.
    pub(super) fn with_method(self, method: Method) -> Key {
        Key { method: method as u64, ..self }
    }
}

/// Makes keys, under secrets of one node.
#[derive(Debug)]
pub(super) struct Keys {
    seeds: [Seed; 2],
}

/// The key of a request as its server sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerKey {
    pub(super) key: Key,
    /// For a request without the magic cookie: what its ACK will be found by, and the tag of To.
    pub(super) legacy: Option<Legacy>,
}

/// What matching by the rules of RFC 2543 needs besides the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Legacy {
    /// The key without the To tag, since the ACK carries the tag of the response.
    pub(super) ack: Key,
    /// The To tag of this request.
    pub(super) to_tag: Option<u64>,
}

type Text = SmallVec<[u8; 256]>;

impl Keys {
    pub(super) fn new(seed: Seed) -> Self {
        Keys { seeds: [seed.derive(b"transaction key 1"), seed.derive(b"transaction key 2")] }
    }

    fn key(&self, text: &[u8], method: u64) -> Key {
        Key { base: self.seeds[0].hash128(text), method }
    }

    /// The number of a method; unregistered ones are told apart by their hash.
    fn method(&self, method: Option<Method>, token: &[u8]) -> u64 {
        match method {
            Some(method) => method as u64,
            None => self.seeds[0].hash(token) | 1 << 63,
        }
    }

    /// A keyed hash of a tag.
    pub(super) fn tag(&self, tag: &[u8]) -> u64 {
        self.seeds[1].hash(tag)
    }

    /// A keyed hash of any text, for tables of other things than transactions.
    pub(super) fn hash(&self, text: &[u8]) -> Key {
        self.key(text, 0)
    }

    /// The key of a client transaction: branch and sent-by of our own Via, and the method, which a response
    /// shows in CSeq (RFC 3261 §17.1.3; sent-by: §18.1.2).
    pub(super) fn client(&self, own: &Identity<'_>) -> Key {
        own.via.key(self, self.method(own.method, own.token))
    }

    /// The key of a response.
    pub(super) fn response(&self, via: &Via<'_>, cseq: &CSeq<'_>) -> Option<Key> {
        let via = TopVia::of(via)?;
        Some(self.client(&Identity { method: cseq.method, token: cseq.method_token, via }))
    }

    /// The key of a request at its server.
    pub(super) fn server(&self, message: &Message<'_>, via: &Via<'_>) -> Result<ServerKey, Malformed> {
        let method = self.method(message.method(), message.method_token());
        if let Some(via) = TopVia::of(via).filter(|_| via.is_rfc3261()) {
            return Ok(ServerKey { key: via.key(self, method), legacy: None });
        }
        self.legacy(message, method)
    }

    /// The same from the top Via of a request with the magic cookie.
    pub(super) fn server_of(&self, via: &Via<'_>, method: Method) -> Option<Key> {
        Some(TopVia::of(via)?.key(self, method as u64))
    }

    /// RFC 2543 peers: Request-URI, tags, Call-ID, CSeq number and the whole top Via identify the request.
    fn legacy(&self, message: &Message<'_>, method: u64) -> Result<ServerKey, Malformed> {
        let mut text = Text::new();
        let top_via = message.top_via_value().unwrap_or_default();
        let from_tag = message.from().ok().and_then(|from| from.tag()).unwrap_or_default();
        let cseq = message.cseq()?.number.to_le_bytes();
        for part in [message.request_uri(), from_tag, message.call_id()?, &cseq, top_via] {
            text.extend_from_slice(&(part.len() as u32).to_le_bytes());
            text.extend_from_slice(part);
        }
        let ack = self.key(&text, Method::Ack as u64);
        let tag = tag_of(message);
        text.push(b'T');
        text.extend_from_slice(tag.unwrap_or_default());
        let to_tag = tag.map(|t| self.tag(t));
        Ok(ServerKey { key: self.key(&text, method), legacy: Some(Legacy { ack, to_tag }) })
    }
}

/// The To tag of a message.
pub(super) fn tag_of<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    message.to().ok().and_then(|to: NameAddr<'a>| to.tag())
}

/// What a Via shows of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TopVia<'a> {
    branch: &'a [u8],
    host: &'a [u8],
    port: u16,
}

impl<'a> TopVia<'a> {
    fn of(via: &Via<'a>) -> Option<Self> {
        let port = via.port.or(via.transport.map(|t| t.default_port())).unwrap_or_default();
        Some(TopVia { branch: via.branch()?, host: via.host, port })
    }

    /// The same of a row in which a branch follows sent-by at once, as in those that the proxy writes.
    fn plain(row: &'a [u8]) -> Option<Self> {
        let rest = row.strip_prefix(b"SIP/2.0/")?;
        let space = rest.iter().position(|&b| b == b' ')?;
        let (transport, rest) = (Transport::from_name(&rest[..space])?, &rest[space + 1..]);
        let semicolon = memchr::memchr(b';', rest)?;
        let tail = rest[semicolon + 1..].strip_prefix(b"branch=")?;
        let is_branch = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        let branch = &tail[..tail.iter().take_while(is_branch).count()];
        let (host, port) = split_host_port(&rest[..semicolon])?;
        let is_end = matches!(tail[branch.len()..], [] | [b'\r' | b';' | b',', ..]);
        (is_end && !branch.is_empty()).then_some(TopVia {
            branch,
            host,
            port: port.unwrap_or(transport.default_port()),
        })
    }

    /// Both without regard to case (RFC 3261 §7.3.1), and sent-by with its default port (§20.42).
    fn key(&self, keys: &Keys, method: u64) -> Key {
        Key { base: keys.seeds[0].hash128_folded([self.branch, self.host], self.port), method }
    }
}

/// What identifies a request that is about to be sent: its responses show the same. Who has just written the request
/// knows it; else it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    method: Option<Method>,
    token: &'a [u8],
    via: TopVia<'a>,
}

impl<'a> Identity<'a> {
    /// The identity of a request with this method, its token, and this branch and sent-by, with its port, in its first
    /// Via; `None` for a sent-by without a port.
    pub fn new(method: Option<Method>, token: &'a [u8], branch: &'a [u8], sent_by: &'a [u8]) -> Option<Self> {
        let (host, port) = split_host_port(sent_by)?;
        Some(Identity { method, token, via: TopVia { branch, host, port: port? } })
    }

    /// Reads it without indexing all of the request: our own Via stands in the first Via row.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (method, token, via) = read_own(bytes)?;
        Ok(Identity { method, token, via })
    }

    pub(super) fn method(&self) -> Option<Method> {
        self.method
    }
}

/// The method and the top Via of a request.
fn read_own(bytes: &[u8]) -> Result<(Option<Method>, &[u8], TopVia<'_>), Malformed> {
    let missing = Malformed::new(Fault::Missing(HeaderName::VIA), 0);
    let token = bytes.split(|&b| b == b' ').next().unwrap_or_default();
    let mut rest = bytes;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        rest = &rest[end + 1..];
        let value = match rest {
            [b'V' | b'v', b'i' | b'I', b'a' | b'A', b':', value @ ..] => value,
            [b'V' | b'v', b':', value @ ..] => value,
            [] | [b'\r' | b'\n', ..] => break,
            _ => continue,
        };
        let row = &value[..memchr::memchr(b'\n', value).unwrap_or(value.len())];
        if let Some(via) = row.strip_prefix(b" ").and_then(TopVia::plain) {
            return Ok((Method::from_token(token), token, via));
        }
        let first = crate::syntax::split_commas(crate::syntax::trim(row)).next().ok_or(missing)?;
        let via = TopVia::of(&Via::parse(first)?).ok_or(missing)?;
        return Ok((Method::from_token(token), token, via));
    }
    Err(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(Seed::from_number(1))
    }

    fn request(method: &str, via: &str, to: &str) -> Vec<u8> {
        format!(
            "{method} sip:b@x SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>{to}\r\n\
             Call-ID: c\r\nCSeq: 7 {method}\r\n\r\n"
        )
        .into_bytes()
    }

    fn key_of(keys: &Keys, bytes: &[u8]) -> ServerKey {
        let message = Message::parse(bytes).unwrap();
        keys.server(&message, message.top_via().unwrap()).unwrap()
    }

    fn modern(keys: &Keys, via: &str) -> Key {
        key_of(keys, &request("INVITE", via, "")).key
    }

    #[test]
    fn branch_and_sent_by_and_method_identify_a_request() {
        let keys = keys();
        let key = modern(&keys, "SIP/2.0/UDP h.example;branch=z9hG4bKa");
        assert_eq!(key, modern(&keys, "SIP/2.0/UDP h.example;rport;branch=z9hG4bKa;x=y"));
        assert_eq!(key, modern(&keys, "SIP/2.0/UDP H.Example:5060;branch=Z9HG4BKA"));
        assert_ne!(key, modern(&keys, "SIP/2.0/UDP h.example;branch=z9hG4bKb"));
        assert_ne!(key, modern(&keys, "SIP/2.0/UDP g.example;branch=z9hG4bKa"));
        assert_ne!(key, modern(&keys, "SIP/2.0/UDP h.example:5062;branch=z9hG4bKa"));
        let cancel = request("CANCEL", "SIP/2.0/UDP h.example;branch=z9hG4bKa", "");
        assert_ne!(key, key_of(&keys, &cancel).key);
        assert_eq!(key, key_of(&keys, &cancel).key.with_method(Method::Invite));
        let other = request("FOO", "SIP/2.0/UDP h.example;branch=z9hG4bKa", "");
        let third = request("BAR", "SIP/2.0/UDP h.example;branch=z9hG4bKa", "");
        assert_ne!(key_of(&keys, &other).key, key_of(&keys, &third).key);
    }

    #[test]
    fn without_the_cookie_the_request_identifies_itself() {
        let keys = keys();
        let invite = key_of(&keys, &request("INVITE", "SIP/2.0/UDP h;branch=1", ""));
        let ack = key_of(&keys, &request("ACK", "SIP/2.0/UDP h;branch=1", ";tag=2"));
        let legacy = invite.legacy.unwrap();
        assert_eq!(legacy.ack, ack.legacy.unwrap().ack);
        assert_eq!(ack.legacy.unwrap().to_tag, Some(keys.tag(b"2")));
        assert_ne!(invite.key, key_of(&keys, &request("INVITE", "SIP/2.0/UDP h;branch=1", ";tag=2")).key);
        assert_ne!(invite.key, key_of(&keys, &request("INVITE", "SIP/2.0/UDP h;branch=2", "")).key);
        assert!(key_of(&keys, &request("INVITE", "SIP/2.0/UDP h;branch=z9hG4bK", "")).legacy.is_some());
        assert!(key_of(&keys, &request("INVITE", "SIP/2.0/UDP h", "")).legacy.is_some());
    }

    #[test]
    fn own_via_is_found_without_an_index() {
        let bytes = request("BYE", "SIP/2.0/UDP h;branch=z9hG4bKa, SIP/2.0/UDP g;branch=z9hG4bKb", "");
        let (method, token, via) = read_own(&bytes).unwrap();
        assert_eq!((method, token), (Some(Method::Bye), &b"BYE"[..]));
        assert_eq!(via, TopVia { branch: b"z9hG4bKa", host: b"h", port: 5060 });
        for via in [
            "SIP/2.0/UDP h:5070;branch=z9hG4bKa.b",
            "SIP/2.0/TLS [2001:db8::1];branch=z9hG4bKa;alias",
            "SIP/2.0/WSS h;branch=z9hG4bKa,SIP/2.0/UDP g;branch=z9hG4bKb",
        ] {
            let first = crate::syntax::split_commas(via.as_bytes()).next().unwrap();
            let parsed = Via::parse(first).unwrap();
            assert_eq!(TopVia::plain(via.as_bytes()), TopVia::of(&parsed), "{via}");
        }
        for via in
            ["SIP/2.0/UDP h;rport;branch=z9hG4bKa", "SIP/2.0/UDP h;branch=a b", "SIP/2.0/UDP h;branch="]
        {
            assert_eq!(TopVia::plain(via.as_bytes()), None, "{via}");
        }
        assert!(read_own(b"BYE sip:b@x SIP/2.0\r\nTo: x\r\n\r\nVia: SIP/2.0/UDP h;branch=1\r\n").is_err());
        assert!(read_own(b"").is_err());
    }
}
