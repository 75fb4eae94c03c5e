//! What is kept of a server's life: its facts and its messages, and the keys under which they are found.

use super::known::Told;
use core::net::{IpAddr, SocketAddr};
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::syntax::{Message, Uri};
use ringback_sip::time::Instant;
use serde::{Deserialize, Serialize};

/// One thing that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub at: Instant,
    /// The Call-ID; empty for what belongs to no call.
    pub call_id: Box<[u8]>,
    /// What.
    pub what: What,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A fact of the journal.
    Fact(Fact),
    /// A message that came or left.
    Message(Passage),
    /// An answer of the store to a question of the call.
    Told(Told),
    /// From now on the server ran so.
    Began(Began),
    /// So many records were not kept since the one before.
    Gap(u64),
    /// NOTIFYs that were too many to be kept one by one.
    Fanout(Fanout),
}

/// A change that many watch, told to them: what is not on record one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fanout {
    /// NOTIFYs that were sent, those included that were sent again.
    pub notified: u64,
    /// Answers that accept one.
    pub accepted: u64,
}

/// How a server runs: at its start, and again when it takes over other settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Began {
    /// The number of this start; with the server's secret it gives the seeds of its workers.
    pub start: u64,
    /// How many workers there are.
    pub workers: u16,
    /// Where they listen, in the order of the configuration.
    pub listeners: Box<[SocketAddr]>,
    /// The name of the configuration, whose copy is kept beside the journal; empty when there is no file.
    pub settings: Box<str>,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its path.
    pub flow: Flow,
    /// Whether the server sent it; else it came.
    pub sent: bool,
    /// The message, or its beginning.
    pub bytes: Box<[u8]>,
}

impl Passage {
    /// The request that came and opens something: it belongs to no dialog.
    pub fn opening(&self) -> Option<Message<'_>> {
        if self.sent {
            return None;
        }
        let message = Message::parse(&self.bytes).ok()?;
        let is_outside = message.to().is_ok_and(|to| to.tag().is_none());
        (is_outside && message.method().is_some_and(opens)).then_some(message)
    }
}

/// Whether requests of this method open something, outside of dialogs.
pub fn opens(method: Method) -> bool {
    !matches!(method, Method::Ack | Method::Cancel | Method::Prack | Method::Bye)
}

/// A name under which records are found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A call.
    Call(Box<[u8]>),
    /// A user, by the part of the address of record before the `@`.
    User(Box<[u8]>),
    /// A peer.
    Peer(IpAddr),
    /// A final code.
    Code(u16),
    /// Changes of a user's bindings, by the same part of its address of record.
    Binding(Box<[u8]>),
    /// The end of a path to there.
    Closed(SocketAddr),
    /// What opens something: a request that came outside of dialogs, or an answer to one.
    Opened,
    /// Final answers.
    Answered,
    /// Those of them that refuse; to ask for a password is no refusal.
    Refused,
}

impl Key {
    /// A number by which an index finds the key; others may have the same.
    pub fn hash(&self) -> u64 {
        let (kind, bytes): (u8, &[u8]) = match self {
            Key::Call(id) => (1, id),
            Key::User(user) => (2, user),
            Key::Peer(IpAddr::V4(ip)) => return fnv(3, &ip.octets()),
            Key::Peer(IpAddr::V6(ip)) => return fnv(4, &ip.octets()),
            Key::Code(code) => return fnv(5, &code.to_be_bytes()),
            Key::Binding(user) => (6, user),
            Key::Closed(address) => return fnv(7, address.to_string().as_bytes()),
            Key::Opened => (8, b""),
            Key::Answered => (9, b""),
            Key::Refused => (10, b""),
        };
        fnv(kind, bytes)
    }
}

/// FNV-1a with 64 bits, of `kind` and `bytes`.
fn fnv(kind: u8, bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(step(0xcbf2_9ce4_8422_2325, &kind), step)
}

impl Record {
    /// The fact that it is.
    pub fn fact(&self) -> Option<&Fact> {
        match &self.what {
            What::Fact(fact) => Some(fact),
            _ => None,
        }
    }

    /// The names under which it is found.
    pub fn keys(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        if !self.call_id.is_empty() {
            keys.push(Key::Call(self.call_id.clone()));
        }
        keys.extend(self.users().iter().map(|user| Key::User(before_sign(user).into())));
        keys.extend(self.peer().map(|peer| Key::Peer(peer.ip())));
        keys.extend(self.code().map(|code| Key::Code(code.number())));
        match &self.what {
            What::Fact(Fact::Binding { aor, .. }) => {
                keys.push(Key::Binding(before_sign(&bare(&aor.0)).into()));
            }
            What::Fact(Fact::FlowFailed { flow, .. }) => keys.push(Key::Closed(flow.remote)),
            What::Fact(Fact::Answered { method, status, .. } | Fact::Passed { method, status, .. }) => {
                keys.extend(method.filter(|method| opens(*method)).map(|_| Key::Opened));
                keys.extend(status.is_final().then_some(Key::Answered));
                keys.extend((status.number() >= 300 && !status.is_challenge()).then_some(Key::Refused));
            }
            What::Message(passage) => keys.extend(passage.opening().map(|_| Key::Opened)),
            _ => {}
        }
        keys.sort();
        keys.dedup();
        keys
    }

    /// The users whom it is about, as `user@host` or `user`.
    pub fn users(&self) -> Vec<Box<[u8]>> {
        let mut users: Vec<Box<[u8]>> = match &self.what {
            What::Fact(fact) => users_of_fact(fact),
            What::Message(passage) => users_of_message(&passage.bytes),
            What::Told(_) | What::Began(_) | What::Gap(_) | What::Fanout(_) => Vec::new(),
        };
        users.retain(|user| !before_sign(user).is_empty());
        users.sort();
        users.dedup();
        users
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Option<SocketAddr> {
        match &self.what {
            What::Message(passage) => Some(passage.flow.remote),
            What::Fact(
                Fact::Answered { peer, .. } | Fact::Dropped { peer, .. } | Fact::Branch { peer, .. },
            ) => Some(*peer),
            What::Fact(Fact::FlowFailed { flow, .. }) => Some(flow.remote),
            What::Fact(Fact::Quarantined { target, .. } | Fact::Released { target }) => Some(target.address),
            _ => None,
        }
    }

    /// The final code that was given to somebody.
    pub fn code(&self) -> Option<StatusCode> {
        let code = match &self.what {
            What::Fact(Fact::Answered { status, .. } | Fact::Passed { status, .. }) => Some(*status),
            What::Message(passage) if passage.sent => status_of(&passage.bytes),
            _ => None,
        };
        code.filter(|code| code.is_final())
    }
}

/// The code of a response, also of one whose end is missing.
fn status_of(bytes: &[u8]) -> Option<StatusCode> {
    let digits = bytes.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    StatusCode::new(core::str::from_utf8(digits).ok()?.parse().ok()?)
}

fn users_of_fact(fact: &Fact) -> Vec<Box<[u8]>> {
    let mut users = Vec::new();
    match fact {
        Fact::Binding { aor, .. } => users.push(bare(&aor.0)),
        Fact::Subscription { aor, watcher, .. } => users.extend([bare(&aor.0), bare(&watcher.0)]),
        Fact::Branch { target, .. } | Fact::Routed { target, .. } => users.push(bare(&target.0)),
        _ => {}
    }
    match fact.cause() {
        Some(
            Cause::NoBinding(user)
            | Cause::UnknownUser(user)
            | Cause::WrongCredentials(user)
            | Cause::NotOwner(user)
            | Cause::OwnName(user)
            | Cause::MayNotWatch(user),
        ) => users.push(bare(&user.0)),
        Some(Cause::UserState(user, _)) => users.push(bare(&user.0)),
        _ => {}
    }
    users
}

fn users_of_message(bytes: &[u8]) -> Vec<Box<[u8]>> {
    let Ok(message) = Message::parse(bytes) else { return Vec::new() };
    let named =
        [message.from().ok(), message.to().ok()].into_iter().flatten().map(|address| bare(address.uri));
    let asked = message.status().is_none().then(|| bare(message.request_uri()));
    named.chain(asked).collect()
}

/// `user@host` of a URI or of an address of record.
fn bare(text: &[u8]) -> Box<[u8]> {
    match Uri::parse(text) {
        Ok(uri) => [uri.user, b"@", &uri.host.name().to_ascii_lowercase()].concat().into(),
        Err(_) => text.into(),
    }
}

/// The part before the `@`.
pub(super) fn before_sign(user: &[u8]) -> &[u8] {
    user.split(|b| *b == b'@').next().unwrap_or_default()
}
