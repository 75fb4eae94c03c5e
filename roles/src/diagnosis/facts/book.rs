//! The book in which everything is kept.

use super::call::{Call, CallId};
use super::message::{Message, Seen};
use super::shelf::Shelf;
use super::stream::{Stream, StreamKey};
use super::world::{Dns, Icmp, TcpEvent, TlsAlert};
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use ringback_sip::journal;
use ringback_sip::time::Instant;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most calls that are kept at a time.
pub const CALLS_MAX: usize = 1 << 20;
/// Most messages of one Call-ID.
pub const MESSAGES_PER_CALL_MAX: usize = 10_000;
/// Most events of each kind beside SIP, and most messages without a Call-ID.
pub const EVENTS_MAX: usize = 100_000;
/// Most peers whose answers are remembered, and most answers of one of them.
pub(super) const PEERS_MAX: usize = 1 << 16;
pub(super) const ANSWERS_MAX: usize = 64;
/// Most places where media are expected.
pub(super) const MEDIA_MAX: usize = 1 << 18;
/// Most descriptions of a call that are looked at for its formats.
const DESCRIPTIONS_MAX: usize = 8;
/// Most capturers that have a name, and its longest.
const CAPTURERS_MAX: usize = 1024;
const CAPTURER_BYTES_MAX: usize = 64;
/// Most addresses that can be told to be those of the capturing host.
const LOCAL_MAX: usize = 256;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct FactsLimits {
    /// Bytes of messages; beyond it `take_quiet` gives out what has been quiet the longest.
    pub bytes_max: usize,
}

impl Default for FactsLimits {
    fn default() -> Self {
        FactsLimits { bytes_max: 256 << 20 }
    }
}

/// What was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactsLoss {
    /// Messages, since their call had too many or there were too many calls.
    pub messages: u64,
    /// Events of other kinds.
    pub events: u64,
    /// Copies of one packet that a mirror port made; nothing is lost with them.
    pub copies: u64,
    /// Messages with ends that can hardly be right, which were taken nevertheless.
    pub odd_ends: u64,
}

/// Where a message was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// At the host that sent it.
    Sender,
    /// At the host that received it.
    Receiver,
    /// At both: they are one host.
    Both,
    /// On the way between them, or nobody knows.
    Tap,
}

/// Everything that was seen.
#[derive(Debug, Default)]
pub struct Facts {
    pub(super) limits: FactsLimits,
    pub(super) calls: Shelf,
    /// The places of those that are registrations.
    pub(super) registrations: BTreeSet<u64>,
    /// Messages that have no Call-ID.
    pub(super) strays: Vec<Message>,
    pub(super) streams: BTreeMap<StreamKey, Stream>,
    /// Where session descriptions ask media to be sent, and the call that asked last.
    pub(super) media: BTreeMap<SocketAddr, CallId>,
    /// The names by which checks for its media call a call, and the ways that were checked.
    pub(super) check_names: BTreeMap<String, CallId>,
    pub(super) checked: BTreeMap<(SocketAddr, SocketAddr), CallId>,
    pub(super) answers: BTreeMap<SocketAddr, VecDeque<(Instant, u32)>>,
    /// From when to when a capturer saw messages from one address to another.
    pub(super) watched: BTreeMap<(SocketAddr, SocketAddr, u32), (Instant, Instant)>,
    /// The names of capturers that have one.
    capturers: BTreeMap<u32, String>,
    pub(super) icmp: Vec<Icmp>,
    pub(super) tcp: Vec<TcpEvent>,
    pub(super) tls: Vec<TlsAlert>,
    pub(super) dns: Vec<Dns>,
    pub(super) server: Vec<journal::Entry>,
    pub(super) local: Local,
    pub(super) first: Option<Instant>,
    pub(super) last: Instant,
    pub(super) messages: u32,
    pub(super) bytes: usize,
    pub(super) loss: FactsLoss,
}

/// The addresses of the capturing host.
#[derive(Debug, Default)]
pub(super) struct Local {
    /// As the user told them.
    told: SmallVec<[IpAddr; 4]>,
    /// Those that took part in every conversation so far.
    common: Option<SmallVec<[IpAddr; 2]>>,
}

impl Facts {
    /// Nothing seen yet.
    pub fn new(limits: FactsLimits) -> Self {
        Facts { limits, ..Facts::default() }
    }

    /// Says that an address is one of the capturing host.
    pub fn set_local(&mut self, address: IpAddr) {
        if self.local.told.len() < LOCAL_MAX {
            self.local.told.push(address);
        }
    }

    /// Says what a capturer is called, such as `eth0`; a name that is too long or one too many is left out.
    pub fn name_capturer(&mut self, number: u32, name: &str) {
        if self.capturers.len() < CAPTURERS_MAX && name.len() <= CAPTURER_BYTES_MAX {
            self.capturers.insert(number, name.to_owned());
        }
    }

    /// The name of a capturer, or its number.
    pub fn capturer_name(&self, number: u32) -> String {
        self.capturers.get(&number).cloned().unwrap_or_else(|| number.to_string())
    }

    /// Notes that something was captured at this moment, whatever it was.
    pub fn touch(&mut self, at: Instant) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = self.last.max(at);
    }

    /// Adds a message and says which number it got; `None` for a copy that a mirror port made, or beyond a limit.
    pub fn add_message(&mut self, seen: &Seen<'_>) -> Option<u32> {
        self.touch(seen.at);
        self.file(seen)
    }

    /// Adds what is known of a stream by now, in place of what was known of it before.
    pub fn add_stream(&mut self, stream: Stream) {
        let key = stream.key;
        if self.streams.len() >= EVENTS_MAX && !self.streams.contains_key(&key) {
            self.loss.events += 1;
            return;
        }
        // Another call may have got the port since: a stream stays with the call that it came to first.
        if let Some(known) = self.streams.get_mut(&key).filter(|known| known.is_claimed) {
            *known = Stream { is_claimed: true, ..stream };
            return;
        }
        let owner = self.media_owner(key.dst).or_else(|| self.media_owner(key.src));
        let place = owner.and_then(|owner| self.calls.place(owner));
        let call = place.and_then(|place| self.calls.at_mut(place));
        let is_claimed = call.is_some();
        if let Some(call) = call.filter(|call| !call.streams.contains(&key)) {
            call.streams.push(key);
        }
        self.streams.insert(key, Stream { is_claimed, ..stream });
    }

    /// Adds an error message of the network.
    pub fn add_icmp(&mut self, icmp: Icmp) {
        self.touch(icmp.at);
        push(&mut self.icmp, icmp, &mut self.loss);
    }

    /// Adds what happened to a connection.
    pub fn add_tcp(&mut self, event: TcpEvent) {
        self.touch(event.at);
        push(&mut self.tcp, event, &mut self.loss);
    }

    /// Adds an alert of TLS.
    pub fn add_tls(&mut self, alert: TlsAlert) {
        self.touch(alert.at);
        push(&mut self.tls, alert, &mut self.loss);
    }

    /// Adds a question to the domain name system, or its answer.
    pub fn add_dns(&mut self, dns: Dns) {
        self.touch(dns.at);
        push(&mut self.dns, dns, &mut self.loss);
    }

    /// Adds an entry of our own server's journal.
    pub fn add_server(&mut self, entry: journal::Entry) {
        self.touch(entry.at);
        push(&mut self.server, entry, &mut self.loss);
    }

    /// The call with this Call-ID.
    pub fn call(&self, id: &[u8]) -> Option<&Call> {
        self.calls.get(id)
    }

    /// Every call that is kept, in the order in which they came.
    pub fn calls(&self) -> impl ExactSizeIterator<Item = &Call> {
        self.calls.all()
    }

    /// The registrations among them, in the same order.
    pub fn registrations(&self) -> impl Iterator<Item = &Call> {
        self.registrations.iter().filter_map(|&place| self.calls.at(place))
    }

    /// Messages that have no Call-ID.
    pub fn strays(&self) -> &[Message] {
        &self.strays
    }

    /// A stream.
    pub fn stream(&self, key: &StreamKey) -> Option<&Stream> {
        self.streams.get(key)
    }

    /// Every stream.
    pub fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.streams.values()
    }

    /// The streams of a call.
    pub fn streams_of<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = &'a Stream> {
        call.streams.iter().filter_map(|key| self.streams.get(key))
    }

    /// The call whose session description asks media to be sent here.
    pub fn media_owner(&self, address: SocketAddr) -> Option<&CallId> {
        self.media.get(&address)
    }

    /// The formats of the media that are asked for here: payload type, name, clock in Hz.
    pub fn media_formats(&self, address: SocketAddr) -> Vec<(u8, String, u32)> {
        let owner = self.media_owner(address).and_then(|owner| self.calls.get(owner));
        let messages = owner.map(|call| call.messages.as_slice()).unwrap_or_default();
        // The latest word counts first.
        let descriptions = messages.iter().rev().filter_map(Message::read_sdp).take(DESCRIPTIONS_MAX);
        let mut formats = Vec::new();
        for media in descriptions.flat_map(|description| description.media) {
            let maps = media.rtpmaps().map(|map| (map.payload_type, map.encoding.to_owned(), map.clock_rate));
            let fixed = media.formats.iter().filter_map(|format| fixed_format(format.parse().ok()?));
            formats.extend(maps.chain(fixed));
        }
        formats
    }

    /// Error messages of the network.
    pub fn icmp(&self) -> &[Icmp] {
        &self.icmp
    }

    /// What happened to connections.
    pub fn tcp(&self) -> &[TcpEvent] {
        &self.tcp
    }

    /// Alerts of TLS.
    pub fn tls(&self) -> &[TlsAlert] {
        &self.tls
    }

    /// Questions to the domain name system and its answers.
    pub fn dns(&self) -> &[Dns] {
        &self.dns
    }

    /// The entries of our own server's journal about a call.
    pub fn server_of<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = &'a journal::Entry> {
        self.server.iter().filter(|entry| entry.call_id == call.id)
    }

    /// Error messages of the network about packets from `src` to `dst`.
    pub fn icmp_about(&self, src: SocketAddr, dst: SocketAddr) -> impl Iterator<Item = &Icmp> {
        self.icmp.iter().filter(move |icmp| icmp.src == src && icmp.dst == dst)
    }

    /// The moment and number of a response that came from `peer` at most `within` before or after `around`.
    pub fn answered(&self, peer: SocketAddr, around: Instant, within: Duration) -> Option<(Instant, u32)> {
        let near = |&&(at, _): &&(Instant, u32)| at.since(around).max(around.since(at)) <= within;
        self.answers.get(&peer)?.iter().find(near).copied()
    }

    /// The capturers that saw messages of any call from `src` to `dst`: the first and the last moment of each.
    pub fn watched(
        &self,
        src: SocketAddr,
        dst: SocketAddr,
    ) -> impl Iterator<Item = (u32, (Instant, Instant))> + '_ {
        self.watched.range((src, dst, 0)..=(src, dst, u32::MAX)).map(|((.., by), span)| (*by, *span))
    }

    /// When the first packet was captured.
    pub fn began(&self) -> Instant {
        self.first.unwrap_or(Instant::EPOCH)
    }

    /// When the last packet was captured.
    pub fn ended(&self) -> Instant {
        self.last
    }

    /// Where a message was seen: what the user told, else the one address that takes part in everything.
    pub fn point(&self, message: &Message) -> Point {
        let is_local = |address: SocketAddr| self.local.has(address.ip());
        match (is_local(message.src), is_local(message.dst)) {
            (true, true) => Point::Both,
            (true, false) => Point::Sender,
            (false, true) => Point::Receiver,
            (false, false) => Point::Tap,
        }
    }

    /// How many messages were seen.
    pub fn messages(&self) -> u32 {
        self.messages
    }

    /// What was left out.
    pub fn loss(&self) -> FactsLoss {
        self.loss
    }

    /// Whether there is so much that calls must be taken out.
    pub fn is_full(&self) -> bool {
        self.bytes > self.limits.bytes_max || self.calls.len() >= CALLS_MAX
    }

    /// When anything of a call was last seen, in signalling and in the media known so far.
    pub(in super::super) fn quiet_since(&self, call: &Call) -> Instant {
        let media = self.streams_of(call).map(|stream| stream.last).max();
        media.map_or(call.ended(), |media| media.max(call.ended()))
    }

    /// Whether half of the limit of bytes is free, and there are no more calls than these.
    pub(in super::super) fn has_room(&self, calls_max: usize) -> bool {
        self.bytes <= self.limits.bytes_max / 2 && self.calls.len() <= calls_max
    }

    /// Takes a call out. Its streams stay, until [`Facts::forget_streams`].
    pub(in super::super) fn take_out(&mut self, id: &CallId) -> Option<Call> {
        let (place, call) = self.calls.remove(id)?;
        self.registrations.remove(&place);
        self.bytes -= call.messages.iter().map(Message::weight).sum::<usize>();
        Some(call)
    }

    /// Forgets the streams of calls that were taken out, and where they wanted media.
    pub fn forget_streams<'a>(&mut self, calls: impl Iterator<Item = &'a Call>) {
        let mut gone = BTreeSet::new();
        for call in calls {
            call.streams.iter().for_each(|key| drop(self.streams.remove(key)));
            gone.insert(&call.id);
        }
        self.media.retain(|_, owner| !gone.contains(owner));
        self.check_names.retain(|_, owner| !gone.contains(owner));
        self.checked.retain(|_, owner| !gone.contains(owner));
    }
}

impl Local {
    fn has(&self, address: IpAddr) -> bool {
        match (&self.told[..], &self.common) {
            ([], None) => false,
            ([], Some(common)) => common.len() == 1 && common[0] == address,
            (told, _) => told.contains(&address),
        }
    }

    /// Narrows down which address takes part in everything.
    pub(super) fn see(&mut self, src: IpAddr, dst: IpAddr) {
        match &mut self.common {
            None => {
                let mut both = SmallVec::from_slice(&[src, dst]);
                both.dedup();
                self.common = Some(both);
            }
            Some(common) => common.retain(|address| *address == src || *address == dst),
        }
    }
}

/// The formats whose payload type is fixed (RFC 3551 §6).
pub fn fixed_format(payload_type: u8) -> Option<(u8, String, u32)> {
    let (name, clock) = match payload_type {
        0 => ("PCMU", 8000),
        3 => ("GSM", 8000),
        4 => ("G723", 8000),
        8 => ("PCMA", 8000),
        9 => ("G722", 8000),
        13 => ("CN", 8000),
        15 => ("G728", 8000),
        18 => ("G729", 8000),
        31 => ("H261", 90_000),
        32 => ("MPV", 90_000),
        34 => ("H263", 90_000),
        _ => return None,
    };
    Some((payload_type, name.to_owned(), clock))
}

fn push<T>(events: &mut Vec<T>, event: T, loss: &mut FactsLoss) {
    if events.len() < EVENTS_MAX {
        events.push(event);
    } else {
        loss.events += 1;
    }
}
