//! Media: sound that is not heard.

use super::super::facts::{Call, Facts, Message, Point, Stream, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use crate::routing::is_private;
use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::registry::Method;
use ringback_sip::sdp::{Description, Direction};

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D45", level: Level::Root, explains: &[], judge: Judge::Call(one_way) }];

/// D45: media pass in one direction only, though both sides asked for both (RFC 3264 §5.1, §8.4).
fn one_way(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let exchanges: Vec<_> =
        call.of(Method::Invite).filter_map(|transaction| Exchange::read(call, transaction)).collect();
    // Media that were moved or held are another story: the last word counts, and it may be about another way.
    let is_moved = exchanges.iter().any(|exchange| exchange.is_later);
    for exchange in exchanges.iter().filter(|exchange| !exchange.is_later) {
        let to_caller = exchange.sum(facts, call, &exchange.callee, &exchange.caller);
        let to_callee = exchange.sum(facts, call, &exchange.caller, &exchange.callee);
        let (deaf, heard) = match (to_caller, to_callee) {
            (few, heard) if few.packets <= FEW && heard.flows() => (&exchange.caller, heard.as_heard()),
            (heard, few) if few.packets <= FEW && heard.flows() => (&exchange.callee, heard.as_heard()),
            (lost, _) if lost.flows() && lost.unheard >= REPORTS => (&exchange.caller, lost),
            (_, lost) if lost.flows() && lost.unheard >= REPORTS => (&exchange.callee, lost),
            (there, back) => {
                if there.flows() && back.flows() {
                    judgement.rule_out("D45");
                }
                continue;
            }
        };
        judgement.found(exchange.finding(facts, deaf, heard, is_moved));
    }
}

/// A side of an offer and answer.
struct Side<'a> {
    /// The message with its description.
    message: &'a Message,
    /// Where it wants its sound.
    wants: SocketAddr,
    is_caller: bool,
}

/// Offer and answer on one hop, both for sound in both directions.
struct Exchange<'a> {
    transaction: &'a Transaction,
    caller: Side<'a>,
    callee: Side<'a>,
    /// Whether it changes a call that was answered before.
    is_later: bool,
}

/// What passed in one direction.
#[derive(Clone, Copy)]
struct Passed {
    packets: u64,
    span: Duration,
    /// Reports of its receiver that do not speak of it.
    unheard: u32,
}

impl Passed {
    fn flows(self) -> bool {
        self.packets >= MANY && self.span >= SPAN_MIN
    }

    /// The question is about the other direction.
    fn as_heard(self) -> Self {
        Passed { unheard: 0, ..self }
    }
}

impl<'a> Exchange<'a> {
    fn read(call: &'a Call, transaction: &'a Transaction) -> Option<Self> {
        let request = &call.messages[*transaction.copies.first()?];
        let mut finals = transaction.finals.iter().map(|&place| &call.messages[place]);
        let answer = finals.find(|answer| answer.status.is_some_and(|status| status.is_success()))?;
        let caller = Side { message: request, wants: sound(&*request.sdp()?)?, is_caller: true };
        let callee = Side { message: answer, wants: sound(&*answer.sdp()?)?, is_caller: false };
        Some(Exchange { transaction, caller, callee, is_later: !request.to_tag.is_empty() })
    }

    /// Streams from one side to the other: to where that one wants them, or from where this one receives.
    fn sum(&self, facts: &Facts, call: &Call, from: &Side<'_>, to: &Side<'_>) -> Passed {
        let is_it = |stream: &&Stream| stream.key.dst == to.wants || stream.key.src == from.wants;
        let streams = facts.streams_of(call).filter(is_it);
        streams.fold(Passed { packets: 0, span: Duration::ZERO, unheard: 0 }, |sum, stream| Passed {
            // What its receiver reports on comes to it, though it does not pass here.
            packets: sum.packets + if stream.is_only_told() { MANY } else { stream.packets },
            span: sum.span.max(stream.last.since(stream.first)),
            unheard: sum.unheard.max(stream.unheard),
        })
    }

    fn finding(&self, facts: &Facts, deaf: &Side<'_>, heard: Passed, is_moved: bool) -> Finding {
        let other = if deaf.is_caller { &self.callee } else { &self.caller };
        let unreachable = facts.icmp().iter().find(|icmp| icmp.dst == deaf.wants);
        let is_inside = is_private(deaf.wants.ip()) && !is_private(deaf.message.src.ip());
        let (case, certainty) = match () {
            () if heard.unheard >= REPORTS && unreachable.is_none() => ("unheard", Certainty::Likely),
            () if unreachable.is_some() => ("refused", Certainty::Certain),
            // Only where the message arrived is its sender's address the one that the network sees.
            () if is_inside && facts.point(deaf.message) != Point::Sender => ("private", Certainty::Likely),
            // A side that is muted, or that sends nothing while it is silent, looks the same.
            () => ("silent", Certainty::Likely),
        };
        let certainty = if is_moved { Certainty::Possible } else { certainty };
        let actor = match (case, deaf.is_caller) {
            ("silent" | "unheard", _) => Actor::Network,
            (_, true) => Actor::Caller,
            (_, false) => Actor::Callee,
        };
        Finding::new("D45", certainty, actor)
            .case(case)
            .hop(self.transaction.client, self.transaction.server)
            .basis("RFC 3264 §5.1")
            .value("wants", deaf.wants)
            .value("party", deaf.message.src)
            .value("other", other.message.src)
            .value("packets", heard.packets)
            .evidence(deaf.message.no, "m=", "why-wants", vec![("wants", deaf.wants.to_string())])
            .evidence(other.message.no, "m=", "why-wants", vec![("wants", other.wants.to_string())])
    }
}

/// Where the description wants sound, when it wants it in both directions.
fn sound(description: &Description) -> Option<SocketAddr> {
    let media = description.media.iter().find(|media| media.kind == "audio" && media.port != 0)?;
    let ip = description.connection_of(media)?.address.ip().filter(|ip| !ip.is_unspecified())?;
    let is_both = description.direction_of(media) == Direction::SendRecv;
    is_both.then(|| SocketAddr::new(ip, media.port))
}

/// One report may have crossed the first packets.
const REPORTS: u32 = 2;
/// A stray packet or two is no sound.
const FEW: u64 = 2;
/// Packets of a direction that works.
const MANY: u64 = 50;
/// A shorter call may have ended before the other side spoke.
const SPAN_MIN: Duration = Duration::from_secs(3);

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::testing::{Scene, rules_of, verdict};
    use super::super::super::{Icmp, IcmpKind, StreamKey};
    use super::*;
    use ringback_sip::flow::Transport;
    use ringback_sip::time::Instant;

    const CALLER: &str = "198.51.100.1:4000";
    const CALLEE: &str = "198.51.100.2:5000";

    fn body(at: &str, more: &str) -> String {
        let (ip, port) = at.split_once(':').expect("an address with a port");
        format!(
            "Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 8\r\n{more}"
        )
    }

    /// A call that is answered, whose caller wants its sound there.
    fn answered(caller: &str, more: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", &body(caller, more));
        scene.response_with(1000, "b", "a", "200 OK", "INVITE", "call", &body(CALLEE, ""));
        scene.number(1).request_in(1010, "a", "b", "ACK", "call", "");
        scene
    }

    pub(in super::super) fn stream(scene: &mut Scene, src: &str, dst: &str, packets: u64) {
        let key = StreamKey { src: src.parse().expect("src"), dst: dst.parse().expect("dst"), ssrc: 7 };
        let moment = |ms: u64| Instant::from_unix_micros(ms * 1000);
        scene.facts.add_stream(Stream {
            last: moment(1100 + 20 * packets),
            packets,
            bytes: 160 * packets,
            codec: "PCMA".to_owned(),
            gap_max: Duration::from_millis(20),
            ..Stream::new(key, moment(1100))
        });
    }

    #[test]
    fn d45_sound_passes_in_one_direction_only() {
        let mut scene = answered(CALLER, "");
        stream(&mut scene, CALLER, CALLEE, 400);
        assert_eq!(verdict(&scene), ("D45", "silent", Certainty::Likely));
    }

    #[test]
    fn d45_a_private_address_or_a_closed_port_tells_why() {
        let mut scene = answered("10.0.0.7:4000", "");
        stream(&mut scene, "198.51.100.1:4000", CALLEE, 400);
        assert_eq!(verdict(&scene), ("D45", "private", Certainty::Likely));
        let mut scene = answered(CALLER, "");
        stream(&mut scene, CALLER, CALLEE, 400);
        let dst: SocketAddr = CALLER.parse().expect("an address");
        scene.facts.add_icmp(Icmp {
            at: Instant::from_unix_micros(2_000_000),
            frame: 9,
            from: dst.ip(),
            kind: IcmpKind::PortUnreachable,
            code: (3, 3),
            transport: Transport::Udp,
            src: CALLEE.parse().expect("an address"),
            dst,
        });
        assert_eq!(verdict(&scene), ("D45", "refused", Certainty::Certain));
    }

    #[test]
    fn d45_is_not_sound_in_both_directions_nor_an_announcement_that_was_asked_for() {
        let mut scene = answered(CALLER, "");
        stream(&mut scene, CALLER, CALLEE, 400);
        stream(&mut scene, CALLEE, CALLER, 390);
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D45"));
        let mut scene = answered(CALLER, "a=recvonly\r\n");
        stream(&mut scene, CALLEE, CALLER, 400);
        assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
    }

    /// Sound both ways, whose callee reports so many times in a row without a word about that of the caller.
    fn reported(unheard: u32, packets: u64) -> Scene {
        let mut scene = answered(CALLER, "");
        stream(&mut scene, CALLER, CALLEE, packets);
        stream(&mut scene, CALLEE, CALLER, packets);
        let key = StreamKey { src: CALLER.parse().expect("src"), dst: CALLEE.parse().expect("dst"), ssrc: 7 };
        let known = scene.facts.stream(&key).expect("the stream").clone();
        scene.facts.add_stream(Stream { unheard, ..known });
        scene
    }

    #[test]
    fn d45_what_passes_here_and_the_receiver_does_not_report_on_is_not_heard() {
        assert_eq!(verdict(&reported(2, 400)), ("D45", "unheard", Certainty::Likely));
        assert!(reported(1, 400).diagnosis("call").is_good());
        assert!(reported(2, 40).diagnosis("call").is_good());
    }

    #[test]
    fn d45_is_not_sound_that_passes_elsewhere_and_is_reported_on() {
        let mut scene = answered(CALLER, "");
        stream(&mut scene, CALLER, CALLEE, 400);
        let key = StreamKey { src: CALLEE.parse().expect("src"), dst: CALLER.parse().expect("dst"), ssrc: 9 };
        let report = Some((0, 0, 8));
        scene.facts.add_stream(Stream { report, ..Stream::new(key, Instant::from_unix_micros(5_000_000)) });
        assert!(scene.diagnosis("call").is_good());
    }

    #[test]
    fn d45_a_capture_that_ends_early_or_has_no_media_says_nothing() {
        let mut scene = answered(CALLER, "");
        assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
        stream(&mut scene, CALLER, CALLEE, 40);
        assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
    }
}
