//! What is compared of a leg.

use super::super::facts::{Call, Message};
use core::net::{IpAddr, SocketAddr};
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::{Message as Syntax, NameAddr, Uri};
use ringback_sip::time::Instant;
use smallvec::SmallVec;
use std::collections::BTreeSet;

/// A number or name of a user, as it is compared.
type Number = SmallVec<[u8; 16]>;

/// What is compared of a leg.
#[derive(Debug)]
pub(super) struct Leg<'a> {
    pub(super) call: &'a Call,
    /// The INVITE that opened it.
    pub(super) invite: &'a Message,
    /// From and to where its INVITE went, hop by hop.
    pub(super) hops: SmallVec<[(SocketAddr, SocketAddr); 2]>,
    pub(super) caller: Option<Number>,
    /// Whom it is to reach, and for whom it was before it was diverted.
    pub(super) called: SmallVec<[Number; 2]>,
    /// Identifiers that stay the same from leg to leg.
    identifiers: SmallVec<[&'a [u8]; 2]>,
    /// Where the first description asks for media.
    pub(super) media: Option<SocketAddr>,
    /// When and where the other side asked for media, whose INVITE had left the offer to it (RFC 3725 §4.1).
    pub(super) late_offer: Option<(Instant, SocketAddr)>,
    pub(super) end: End,
}

/// How a leg ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct End {
    /// When somebody hung up, or the last refusal came.
    pub(super) at: Option<Instant>,
    pub(super) is_answered: bool,
}

/// Under what a leg is looked up.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Identifier(&'a [u8]),
    Caller(IpAddr, Number),
    Called(IpAddr, Number),
    Media(SocketAddr),
}

impl<'a> Leg<'a> {
    /// Reads a call; `None` when its first INVITE was not seen.
    pub(super) fn read(call: &'a Call) -> Option<Self> {
        let invite =
            call.opening().filter(|message| message.is(Method::Invite) && message.to_tag.is_empty())?;
        let syntax = invite.syntax()?;
        let from = syntax.from().ok().and_then(|from| number(from.uri));
        let to = syntax.to().ok().and_then(|to| number(to.uri));
        let mut called: SmallVec<[Number; 2]> = number(syntax.request_uri()).into_iter().chain(to).collect();
        let diverted = DIVERTED.iter().flat_map(|name| syntax.headers_named(name)).take(IDENTIFIERS_MAX);
        let diverted = diverted.filter_map(|value| NameAddr::parse(HeaderName::CONTACT, value).ok());
        called.extend(diverted.filter_map(|address| number(address.uri)));
        called.dedup();
        let hops = call.of(Method::Invite).map(|transaction| (transaction.client, transaction.server));
        let media = media_of(invite);
        let mut answers = call.messages.iter().filter(|message| message.dst == invite.src);
        let late_offer = match invite.has_sdp() {
            false => answers.find_map(|answer| Some((answer.at, media_of(answer)?))),
            true => None,
        };
        Some(Leg {
            call,
            invite,
            hops: hops.take(HOPS_MAX).collect(),
            caller: from,
            called,
            identifiers: identifiers(&invite.bytes, &syntax),
            media,
            late_offer,
            end: End::read(call),
        })
    }

    /// The host that made it.
    pub(super) fn maker(&self) -> IpAddr {
        self.invite.src.ip()
    }

    /// Whether both carry an identifier, or this one names the Call-ID of the other.
    pub(super) fn shares_identifier(&self, other: &Leg<'_>) -> bool {
        self.identifiers.iter().any(|value| other.identifiers.contains(value) || **value == *other.call.id)
    }

    /// Under what the leg that it came from may stand.
    pub(super) fn asks(&self) -> impl Iterator<Item = Key<'_>> {
        let maker = self.maker();
        let identifiers = self.identifiers.iter().map(|value| Key::Identifier(value));
        let caller = self.caller.clone().map(|caller| Key::Caller(maker, caller));
        let called = self.called.iter().map(move |called| Key::Called(maker, called.clone()));
        identifiers.chain(caller).chain(called).chain(self.media.map(Key::Media))
    }

    /// Under what it is found by legs that came from it.
    pub(super) fn offers(&self, making: &BTreeSet<IpAddr>) -> Vec<Key<'a>> {
        let mut keys = vec![Key::Identifier(&self.call.id)];
        keys.extend(self.identifiers.iter().map(|value| Key::Identifier(value)));
        let mut hosts: SmallVec<[IpAddr; 2]> = self.hops.iter().map(|(_, server)| server.ip()).collect();
        hosts.retain(|host| making.contains(host));
        hosts.dedup();
        for host in &hosts {
            keys.extend(self.caller.clone().map(|caller| Key::Caller(*host, caller)));
            keys.extend(self.called.iter().map(|called| Key::Called(*host, called.clone())));
        }
        keys.extend(self.media.filter(|_| !hosts.is_empty()).map(Key::Media));
        keys.extend(self.late_offer.map(|(_, media)| Key::Media(media)));
        keys
    }
}

impl End {
    fn read(call: &Call) -> Self {
        let is_answered = call.answer().is_some_and(|answer| answer.method == Some(Method::Invite));
        let hung_up = call.messages.iter().find(|message| message.is(Method::Bye));
        let is_refusal = |message: &&Message| {
            let code = message.status.map_or(0, |status| status.number());
            message.method == Some(Method::Invite) && code >= 300 && !matches!(code, 401 | 407)
        };
        let refused = call.messages.iter().rev().find(is_refusal).filter(|_| !is_answered);
        End { at: hung_up.or(refused).map(|message| message.at), is_answered }
    }
}

/// Where the description of a message asks for media.
fn media_of(message: &Message) -> Option<SocketAddr> {
    let sdp = message.read_sdp()?;
    let media = sdp.media.iter().find(|media| media.port != 0)?;
    let place = SocketAddr::new(sdp.connection_of(media)?.address.ip()?, media.port);
    Some(place).filter(|place| !place.ip().is_unspecified())
}

/// The identifiers of an INVITE.
fn identifiers<'a>(bytes: &'a [u8], syntax: &Syntax<'_>) -> SmallVec<[&'a [u8]; 2]> {
    let mut found = SmallVec::new();
    for line in syntax.lines() {
        let name = syntax.name_of(line);
        let value = &bytes[line.value()];
        let value = match line.name {
            HeaderName::SESSION_ID => value.split(|byte| *byte == b';').next().unwrap_or_default(),
            HeaderName::P_CHARGING_VECTOR => charging_identity(value).unwrap_or_default(),
            _ if CARRIED.iter().any(|carried| name.eq_ignore_ascii_case(carried)) => value,
            _ => continue,
        };
        let value = value.trim_ascii();
        // A session that nobody has named yet is all zeros (RFC 7989 §4.1).
        let says_something = value.len() >= IDENTIFIER_BYTES_MIN && value.iter().any(|byte| *byte != b'0');
        if says_something && found.len() < IDENTIFIERS_MAX {
            found.push(value);
        }
    }
    found
}

/// The identity of charging (RFC 7315 §4.6.2).
fn charging_identity(value: &[u8]) -> Option<&[u8]> {
    value.split(|byte| *byte == b';').find_map(|part| {
        let part = part.trim_ascii();
        let (name, rest) = part.split_at_checked(b"icid-value=".len())?;
        name.eq_ignore_ascii_case(b"icid-value=").then(|| rest.trim_ascii_start())?;
        Some(rest.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(rest))
    })
}

/// The user of a URI: a telephone number by its last digits, whatever stands before them.
fn number(uri: &[u8]) -> Option<Number> {
    let uri = Uri::parse(uri).ok()?;
    let user = uri.user.split(|byte| *byte == b';').next().unwrap_or_default();
    let is_separator = |byte: &u8| matches!(byte, b'-' | b'.' | b'(' | b')' | b' ');
    let digits: Number = user.iter().copied().filter(|byte| !is_separator(byte) && *byte != b'+').collect();
    if digits.is_empty() || NAMELESS.iter().any(|name| user.eq_ignore_ascii_case(name)) {
        return None;
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return Some(SmallVec::from_slice(&user[..user.len().min(USER_BYTES_MAX)]));
    }
    Some(SmallVec::from_slice(&digits[digits.len().saturating_sub(DIGITS_MAX)..]))
}

/// Header fields in which back-to-back user agents carry an identifier on, or the Call-ID of the leg before.
const CARRIED: &[&[u8]] = &[
    b"x-call-id",
    b"x-cid",
    b"x-call-uuid",
    b"x-session-id",
    b"x-correlation-id",
    b"x-global-call-id",
    b"x-original-call-id",
    b"x-uniqueid",
    b"x-unique-id",
    b"cisco-guid",
    b"cisco-gucid",
];
/// Header fields that name for whom a call was before.
const DIVERTED: &[&[u8]] = &[b"diversion", b"history-info"];
/// Callers who do not say who they are (RFC 3323 §4.1.1.3).
const NAMELESS: &[&[u8]] = &[b"anonymous", b"unknown", b"restricted", b"unavailable"];
/// The digits by which a number is known, with or without country and way out.
const DIGITS_MAX: usize = 9;
const USER_BYTES_MAX: usize = 64;
const IDENTIFIER_BYTES_MIN: usize = 6;
const IDENTIFIERS_MAX: usize = 8;
const HOPS_MAX: usize = 8;
