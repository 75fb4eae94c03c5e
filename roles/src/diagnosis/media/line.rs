//! One medium of an offer with its answer (RFC 3264 §6, RFC 8866 §5.14).

use super::super::facts::fixed_format;
use crate::routing::is_private;
use core::net::SocketAddr;
use ringback_sip::sdp::{Description, Direction, Media};
use serde::{Serialize, Serializer};

/// A medium as one offer and its answer leave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaLine {
    /// `audio`, `video` …
    pub kind: String,
    /// Whether it is off: refused by the answer, or ended by the offer (RFC 3264 §6, §8.2).
    #[serde(rename = "off")]
    pub is_off: bool,
    /// The first format that both have, such as `PCMA/8000`; `None` without an answer, or when nothing fits.
    pub codec: Option<String>,
    /// The formats of the offer.
    pub offered: Vec<String>,
    /// The formats of the answer.
    pub answered: Vec<String>,
    /// Whether both have telephone events (RFC 4733).
    #[serde(rename = "events")]
    pub has_events: bool,
    /// How it is protected, as far as both sides say.
    pub protection: Protection,
    /// Whether both sides look for a way with ICE (RFC 8839).
    #[serde(rename = "ice")]
    pub has_ice: bool,
    /// The side of the caller; `None` before it has said anything.
    pub caller: Option<MediaEnd>,
    /// The side of the callee.
    pub callee: Option<MediaEnd>,
}

/// One side of a medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaEnd {
    /// Where it wants the medium: an address with a port, or a name.
    pub address: String,
    /// Which way.
    #[serde(serialize_with = "name")]
    pub direction: Direction,
    /// Whether it holds the other: it wants to hear nothing (RFC 3264 §8.4).
    pub holds: bool,
    /// Whether the address means something in its own network only, while the side is seen to be outside.
    #[serde(rename = "unreachable")]
    pub is_unreachable: bool,
}

/// How a medium is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// Not at all.
    #[serde(rename = "plain")]
    None,
    /// SRTP with keys in the messages (RFC 4568).
    Sdes,
    /// SRTP with keys from DTLS (RFC 5763).
    Dtls,
}

fn name<S: Serializer>(direction: &Direction, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(direction.as_str())
}

impl MediaLine {
    /// Whether it passes from caller to callee, and back.
    pub fn ways(&self) -> [bool; 2] {
        let (Some(caller), Some(callee)) = (&self.caller, &self.callee) else { return [false; 2] };
        let passes = |from: &MediaEnd, to: &MediaEnd| {
            !self.is_off && from.direction.sends() && to.direction.receives() && !to.holds
        };
        [passes(caller, callee), passes(callee, caller)]
    }
}

/// The media of an offer and its answer. `is_outside` says of each whether its author is seen at a public address.
pub(super) fn read(
    (offered, answered): (&Description, Option<&Description>),
    is_outside: [bool; 2],
    by_caller: bool,
) -> Vec<MediaLine> {
    let line = |(place, offer): (usize, &Media)| {
        let answer = answered.and_then(|answered| Some((answered, answered.media.get(place)?)));
        let has_ice = has(offered, offer, "ice-ufrag")
            && answer.is_none_or(|(all, media)| has(all, media, "ice-ufrag"));
        let end = |all: &Description, media: &Media, is_outside: bool| {
            // With ICE the address of the line is one of many.
            (media.port != 0).then(|| MediaEnd::of(all, media, is_outside && !has_ice))
        };
        let asked = end(offered, offer, is_outside[0]);
        let given = answer.and_then(|(all, media)| end(all, media, is_outside[1]));
        let formats = answer.map(|(_, media)| formats(media)).unwrap_or_default();
        let protections =
            [Some(protection(offered, offer)), answer.map(|(all, media)| protection(all, media))];
        let (caller, callee) = if by_caller { (asked, given) } else { (given, asked) };
        MediaLine {
            kind: offer.kind.clone(),
            is_off: offer.port == 0 || answer.is_some_and(|(_, media)| media.port == 0),
            codec: chosen(&self::formats(offer), &formats),
            has_events: [Some(offer), answer.map(|(_, media)| media)].into_iter().flatten().all(has_events)
                && answer.is_some(),
            offered: self::formats(offer),
            answered: formats,
            protection: protections.into_iter().flatten().min().unwrap_or(Protection::None),
            has_ice,
            caller,
            callee,
        }
    };
    offered.media.iter().take(LINES_MAX).enumerate().map(line).collect()
}

impl MediaEnd {
    fn of(description: &Description, media: &Media, is_outside: bool) -> Self {
        let connection = description.connection_of(media).map(|connection| &connection.address);
        let ip = connection.and_then(|address| address.ip());
        let direction = description.direction_of(media);
        MediaEnd {
            address: match (ip, connection) {
                (Some(ip), _) => SocketAddr::new(ip, media.port).to_string(),
                (None, Some(ringback_sip::sdp::Address::Name(_, name))) => format!("{name}:{}", media.port),
                _ => format!("?:{}", media.port),
            },
            direction,
            holds: !direction.receives() || connection.is_some_and(|address| address.is_blackhole()),
            is_unreachable: is_outside && ip.is_some_and(|ip| is_private(ip) && !ip.is_unspecified()),
        }
    }
}

/// The names of the formats, with the clock; a format that nobody names keeps its number.
fn formats(media: &Media) -> Vec<String> {
    let named = |format: &String| {
        let map = media.rtpmaps().find(|map| map.payload_type.to_string() == *format);
        match (map, fixed_format(format.parse().unwrap_or(u8::MAX))) {
            (Some(map), _) => format!("{}/{}", map.encoding, map.clock_rate),
            (None, Some((_, name, clock))) if media.protocol.contains("RTP") => format!("{name}/{clock}"),
            (None, _) => format.clone(),
        }
    };
    media.formats.iter().take(FORMATS_MAX).map(named).collect()
}

/// The first format of the answer that was offered, and that is no companion of another.
fn chosen(offered: &[String], answered: &[String]) -> Option<String> {
    let is_offered = |name: &&String| offered.iter().any(|own| own.eq_ignore_ascii_case(name));
    let carries = |name: &&String| {
        let bare = name.split('/').next().unwrap_or_default();
        !COMPANIONS.iter().any(|companion| companion.eq_ignore_ascii_case(bare))
    };
    answered.iter().filter(carries).find(is_offered).cloned()
}

fn has_events(media: &Media) -> bool {
    media.rtpmaps().any(|map| map.encoding.eq_ignore_ascii_case("telephone-event"))
}

/// Whether a medium, or its description, has an attribute.
fn has(description: &Description, media: &Media, name: &str) -> bool {
    media.attribute(name).is_some() || description.attributes.iter().any(|attribute| attribute.name == name)
}

fn protection(description: &Description, media: &Media) -> Protection {
    // Some offer keys under the plain profile, and take them when the other side does, too.
    if media.protocol.contains("TLS") || has(description, media, "fingerprint") {
        Protection::Dtls
    } else if media.protocol.contains("SAVP") || has(description, media, "crypto") {
        Protection::Sdes
    } else {
        Protection::None
    }
}

/// Formats that go beside others.
const COMPANIONS: &[&str] = &["telephone-event", "CN", "red", "rtx", "ulpfec", "flexfec-03"];
/// Most media of a description that are told.
const LINES_MAX: usize = 16;
/// Most formats of a medium that are told.
const FORMATS_MAX: usize = 32;
