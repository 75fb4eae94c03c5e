//! One offer against one answer: which sections live, which codecs are common (RFC 3264 §5, §6).

use super::attribute::Attribute;
use super::codec::{CLOCK_RATE, Codec};
use super::crypto::{CryptoLine, KeySource, Keys, Suite};
use super::description::{Address, Connection, Description, Media, Origin, Timing};
use super::direction::Direction;
use super::error::{AnswerFault, OfferRefusal};
use core::net::{IpAddr, SocketAddr};
use smallvec::SmallVec;

/// What we can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Where we receive RTP; RTCP is at the next higher port.
    pub address: SocketAddr,
    /// The formats, best first.
    pub codecs: Vec<Codec>,
    /// Where our keys come from when audio is to be encrypted: then nothing else is offered or taken.
    pub srtp: Option<KeySource>,
}

impl Capabilities {
    /// Audio at `address`, not encrypted.
    pub fn new(address: SocketAddr, codecs: &[Codec]) -> Self {
        Capabilities { address, codecs: codecs.to_vec(), srtp: None }
    }

    /// The protocol that we speak (RFC 3551, RFC 3711 §12).
    fn protocol(&self) -> &'static str {
        if self.srtp.is_some() { "RTP/SAVP" } else { "RTP/AVP" }
    }
}

/// What both sides agreed on for the one audio stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Where we receive RTP.
    pub local: SocketAddr,
    /// Where to send RTP; means nothing when `direction` does not send.
    pub remote: SocketAddr,
    /// Where to send RTCP.
    pub remote_rtcp: SocketAddr,
    /// What we do: send, receive, both, nothing.
    pub direction: Direction,
    /// The codec to send with.
    pub codec: Codec,
    /// Its payload type in what we send.
    pub payload_type: u8,
    /// What may arrive: payload types and their codecs, events included.
    pub receive: SmallVec<[(u8, Codec); 4]>,
    /// Payload types of telephone events, when both sides have them.
    pub events: Option<EventPayload>,
    /// Milliseconds of sound in a packet that we send.
    pub ptime_millis: u64,
    /// The keys, when audio is encrypted.
    pub keys: Option<Keys>,
}

/// Payload types of telephone events (RFC 4733).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPayload {
    /// In what we send.
    pub send: u8,
    /// In what we receive.
    pub receive: u8,
}

/// Milliseconds of sound in a packet when nobody says otherwise (RFC 3551 §4.5).
const PTIME_MILLIS: u64 = 20;
/// Most milliseconds of sound in a packet that we send.
const PTIME_MILLIS_MAX: u64 = 60;

/// The address of who receives nothing.
const NOWHERE: Address = Address::Ip(IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED));

/// A list of payload types with their codecs, in order of preference.
pub(super) type Formats = SmallVec<[(u8, Codec); 4]>;

/// Our lines of keys in an offer, the preferred one first.
pub(super) fn offered_keys(own: &Capabilities) -> Vec<CryptoLine> {
    let lines = own.srtp.iter().flat_map(|source| {
        (1..).zip(Suite::OFFERED).map(|(tag, suite)| CryptoLine { tag, key: source.key(suite) })
    });
    lines.collect()
}

/// The line of an offer that we take, and our own with the same tag and suite (RFC 4568 §5.1.2).
fn chosen_keys(own: &Capabilities, media: &Media) -> Option<(CryptoLine, Keys)> {
    let source = own.srtp.as_ref()?;
    let theirs = CryptoLine::all(&media.attributes).next()?;
    let key = source.key(theirs.key.suite());
    Some((CryptoLine { key, ..theirs }, Keys { send: key, receive: theirs.key }))
}

/// The keys of an answer to our offer: it names one of our lines (RFC 4568 §5.1.3).
pub(super) fn answered_keys(own: &Capabilities, media: &Media) -> Option<Keys> {
    let theirs = CryptoLine::all(&media.attributes).next()?;
    let is_it = |ours: &CryptoLine| ours.tag == theirs.tag && ours.key.suite() == theirs.key.suite();
    let ours = offered_keys(own).into_iter().find(is_it)?;
    Some(Keys { send: ours.key, receive: theirs.key })
}

/// Our audio section with these formats and keys.
pub(super) fn audio_section(
    own: &Capabilities,
    formats: &[(u8, Codec)],
    keys: &[CryptoLine],
    direction: Direction,
) -> Media {
    let mut attributes: Vec<Attribute> = Vec::with_capacity(formats.len() + 3);
    for (payload_type, codec) in formats {
        let map = format!("{payload_type} {}/{CLOCK_RATE}", codec.encoding());
        attributes.push(Attribute::value("rtpmap", map));
        if *codec == Codec::TelephoneEvent {
            attributes.push(Attribute::value("fmtp", format!("{payload_type} 0-15")));
        }
    }
    attributes.extend(keys.iter().map(CryptoLine::attribute));
    attributes.push(Attribute::value("ptime", PTIME_MILLIS.to_string()));
    attributes.push(Attribute::flag(direction.as_str()));
    Media {
        kind: "audio".to_owned(),
        port: own.address.port(),
        protocol: own.protocol().to_owned(),
        formats: formats.iter().map(|(pt, _)| pt.to_string()).collect(),
        attributes,
        ..Media::default()
    }
}

/// A section that says no to an offered one: the same kind, protocol and formats at port 0 (RFC 3264 §6).
pub(super) fn rejected_section(offered: &Media) -> Media {
    Media {
        kind: offered.kind.clone(),
        protocol: offered.protocol.clone(),
        formats: offered.formats.clone(),
        ..Media::default()
    }
}

/// The answer that takes nothing of an offer: each section stands at port 0 (RFC 3264 §6). `None`: the offer cannot
/// be read.
pub fn decline(offer: &[u8]) -> Option<String> {
    decline_with(offer, |_| Vec::new())
}

/// The same, with these attributes for each section.
pub(super) fn decline_with(offer: &[u8], attributes: impl Fn(&Media) -> Vec<Attribute>) -> Option<String> {
    let offer = Description::parse(offer).ok()?;
    let connection = Some(Connection { address: NOWHERE, multicast: None });
    let origin = Origin { username: "-".to_owned(), session_id: 0, version: 0, address: NOWHERE };
    let refused = |media| Media { attributes: attributes(media), ..rejected_section(media) };
    let media = offer.media.iter().map(refused).collect();
    let timings = if offer.timings.is_empty() { vec![Timing::default()] } else { offer.timings };
    let answer =
        Description { origin, name: "-".to_owned(), connection, timings, media, ..Description::default() };
    Some(answer.write())
}

/// The section of an offer that we take, with the formats in common in the offer's order.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) section: usize,
    pub(super) formats: Formats,
    /// Our line of keys, and the keys of both ways.
    pub(super) keys: Option<(CryptoLine, Keys)>,
}

/// Chooses the audio section to take: that of before, if it is still good, else the first good one. `None`: the
/// offer has no living section, so there is nothing to take and nothing to refuse (RFC 3264 §5, §8.2).
pub(super) fn choose(
    own: &Capabilities,
    offer: &Description,
    before: Option<usize>,
) -> Result<Option<Chosen>, OfferRefusal> {
    let mut refusal = OfferRefusal::NoAudio;
    let order = before.into_iter().chain((0..offer.media.len()).filter(|i| Some(*i) != before));
    for section in order {
        let Some(media) = offer.media.get(section) else { continue };
        if media.port == 0 || media.kind != "audio" {
            continue;
        }
        if !media.protocol.eq_ignore_ascii_case(own.protocol()) {
            refusal = OfferRefusal::Protocol;
            continue;
        }
        let formats = common(own, media);
        let keys = chosen_keys(own, media);
        if !formats.iter().any(|(_, codec)| codec.is_sound()) {
            refusal = OfferRefusal::NoCommonCodec;
        } else if own.srtp.is_some() && keys.is_none() {
            refusal = OfferRefusal::NoCommonKeys;
        } else if remote_address(own, offer, media).is_none() {
            refusal = OfferRefusal::NoAddress;
        } else {
            return Ok(Some(Chosen { section, formats, keys }));
        }
    }
    if offer.media.iter().all(|m| m.port == 0) { Ok(None) } else { Err(refusal) }
}

/// Reads what the peer's section says once formats are settled. `sent` and `received` hold the payload types of
/// each way; `wish` is what we would like to do.
pub(super) fn agree(
    own: &Capabilities,
    theirs: &Description,
    section: usize,
    (sent, received): (&Formats, Formats),
    keys: Option<Keys>,
    wish: Direction,
) -> Option<Agreed> {
    let media = theirs.media.get(section)?;
    let (ip, direction) = remote_address(own, theirs, media)?;
    let (payload_type, codec) = *sent.iter().find(|(_, codec)| codec.is_sound())?;
    let event = |list: &Formats| list.iter().find(|(_, c)| *c == Codec::TelephoneEvent).map(|(pt, _)| *pt);
    let events = event(sent).zip(event(&received)).map(|(send, receive)| EventPayload { send, receive });
    Some(Agreed {
        local: own.address,
        remote: SocketAddr::new(ip, media.port),
        remote_rtcp: SocketAddr::new(ip, media.rtcp_port().unwrap_or(media.port.wrapping_add(1))),
        direction: wish.against(direction),
        codec,
        payload_type,
        receive: received,
        events,
        ptime_millis: ptime(media),
        keys,
    })
}

/// Checks an answer against the offer that it answers; gives the formats that it took, as the answer numbers
/// them (RFC 3264 §6).
pub(super) fn check_answer(
    offer: &Description,
    answer: &Description,
    section: usize,
) -> Result<Formats, AnswerFault> {
    if offer.media.len() != answer.media.len() {
        return Err(AnswerFault::SectionCount);
    }
    let pairs = offer.media.iter().zip(&answer.media);
    for (offered, answered) in pairs {
        if offered.kind != answered.kind || !offered.protocol.eq_ignore_ascii_case(&answered.protocol) {
            return Err(AnswerFault::SectionMismatch);
        }
    }
    let (offered, answered) = (&offer.media[section], &answer.media[section]);
    if answered.port == 0 {
        return Err(AnswerFault::AudioRejected);
    }
    let ours = offered.codecs();
    let mut taken: Formats = answered.codecs().into_iter().collect();
    // Some peers leave out the rtpmap of a number that we gave a meaning to.
    for (pt, codec) in &ours {
        let listed = answered.formats.iter().any(|f| *f == pt.to_string());
        if listed && answered.rtpmaps().all(|m| m.payload_type != *pt) && !taken.contains(&(*pt, *codec)) {
            taken.push((*pt, *codec));
        }
    }
    taken.retain(|(_, codec)| ours.iter().any(|(_, o)| o == codec));
    if taken.iter().any(|(_, codec)| codec.is_sound()) { Ok(taken) } else { Err(AnswerFault::NoCommonCodec) }
}

fn common(own: &Capabilities, media: &Media) -> Formats {
    let mut formats = Formats::new();
    for (pt, codec) in media.codecs() {
        if own.codecs.contains(&codec) && formats.iter().all(|(_, c)| *c != codec) {
            formats.push((pt, codec));
        }
    }
    formats
}

/// Where the peer wants media, and the direction that it really means: at the unspecified address nothing may
/// be sent to it, which is how RFC 2543 put a call on hold (RFC 3264 §8.4).
fn remote_address(own: &Capabilities, theirs: &Description, media: &Media) -> Option<(IpAddr, Direction)> {
    let Connection { address, .. } = theirs.connection_of(media)?;
    let said = theirs.direction_of(media);
    if address.is_blackhole() {
        let nowhere = IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED);
        return Some((address.ip().unwrap_or(nowhere), Direction::of(said.sends(), false)));
    }
    let ip = address.ip()?;
    (ip.is_ipv4() == own.address.is_ipv4()).then_some((ip, said))
}

fn ptime(media: &Media) -> u64 {
    let max = media.maxptime_millis().unwrap_or(PTIME_MILLIS_MAX).min(PTIME_MILLIS_MAX);
    let wanted = media.ptime_millis().unwrap_or(PTIME_MILLIS).min(max);
    // Whole tens of milliseconds: what every G.711 receiver expects.
    (wanted / 10 * 10).max(10)
}
