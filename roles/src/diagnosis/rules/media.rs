//! Media: sound that is not heard.

use super::super::facts::{Call, Facts, Icmp, IcmpKind, Message, Point, Stream, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::shared::bye_after;
use crate::routing::is_private;
use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::flow::Transport;
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
        let (deaf, passed) = match (to_caller, to_callee) {
            (few, heard) if few.packets <= FEW && heard.flows() => (&exchange.caller, heard.as_heard()),
            (heard, few) if few.packets <= FEW && heard.flows() => (&exchange.callee, heard.as_heard()),
            (lost, _) if lost.flows() && lost.is_in_vain() => (&exchange.caller, lost),
            (_, lost) if lost.flows() && lost.is_in_vain() => (&exchange.callee, lost),
            (there, back) => {
                if there.flows() && back.flows() {
                    judgement.rule_out("D45");
                }
                continue;
            }
        };
        judgement.found(exchange.finding(facts, call, deaf, passed, is_moved));
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
    /// Whether the host that it goes to says all the time that nobody listens.
    is_refused: bool,
}

impl Passed {
    fn flows(self) -> bool {
        self.packets >= MANY && self.span >= SPAN_MIN
    }

    /// It passes here, and its receiver does not hear it.
    fn is_in_vain(self) -> bool {
        self.unheard >= REPORTS || self.is_refused
    }

    /// The question is about the other direction.
    fn as_heard(self) -> Self {
        Passed { unheard: 0, is_refused: false, ..self }
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
        let none = Passed { packets: 0, span: Duration::ZERO, unheard: 0, is_refused: false };
        streams.fold(none, |sum, stream| Passed {
            // What its receiver reports on comes to it, though it does not pass here.
            packets: sum.packets + if stream.is_only_told() { MANY } else { stream.packets },
            span: sum.span.max(stream.last.since(stream.first)),
            unheard: sum.unheard.max(stream.unheard),
            is_refused: sum.is_refused || self.is_refused(facts, call, stream, to),
        })
    }

    /// Whether the network says from one end of a stream to the other that nobody listens. A few words of that are of a
    /// port that opens late, and who hears the stream reports on it.
    fn is_refused(&self, facts: &Facts, call: &Call, stream: &Stream, to: &Side<'_>) -> bool {
        let of = || refusals(facts, call, to.wants).filter(|icmp| icmp.src == stream.key.src);
        let ends = of().next().zip(of().last());
        stream.report.is_none()
            && of().count() >= REFUSED
            && ends.is_some_and(|(first, last)| {
                last.at.since(first.at) >= SPAN_MIN && stream.last.since(last.at) < SPAN_MIN
            })
    }

    fn finding(
        &self,
        facts: &Facts,
        call: &Call,
        deaf: &Side<'_>,
        passed: Passed,
        is_moved: bool,
    ) -> Finding {
        let other = if deaf.is_caller { &self.callee } else { &self.caller };
        let is_inside = is_private(deaf.wants.ip()) && !is_private(deaf.message.src.ip());
        let (case, certainty) = match () {
            () if passed.is_refused => ("closed", Certainty::Likely),
            () if passed.is_in_vain() => ("unheard", Certainty::Likely),
            () if refusals(facts, call, deaf.wants).next().is_some() => ("refused", Certainty::Certain),
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
            .value("packets", passed.packets)
            .evidence(deaf.message.no, "m=", "why-wants", vec![("wants", deaf.wants.to_string())])
            .evidence(other.message.no, "m=", "why-wants", vec![("wants", other.wants.to_string())])
    }
}

/// What the network says, while a call lasts, about media that do not get to where a side wants them.
pub(super) fn refusals<'a>(
    facts: &'a Facts,
    call: &'a Call,
    wants: SocketAddr,
) -> impl Iterator<Item = &'a Icmp> {
    // Who hung up closes the port while packets are on their way.
    let bye = call.answer().and_then(|answer| bye_after(call, answer));
    let until = bye.map_or(facts.ended(), |bye| bye.at);
    facts.icmp().iter().filter(move |icmp| {
        icmp.dst == wants
            && icmp.transport == Transport::Udp
            && (call.began()..=until).contains(&icmp.at)
            && matches!(
                icmp.kind,
                IcmpKind::PortUnreachable | IcmpKind::HostUnreachable | IcmpKind::Prohibited
            )
    })
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
/// Hosts say it once in a second at most.
pub(super) const REFUSED: usize = 4;
/// A stray packet or two is no sound.
const FEW: u64 = 2;
/// Packets of a direction that works.
const MANY: u64 = 50;
/// A shorter call may have ended before the other side spoke.
const SPAN_MIN: Duration = Duration::from_secs(3);

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::StreamKey;
    use super::super::super::testing::{Scene, rules_of, sound, verdict};
    use super::*;
    use ringback_sip::time::Instant;

    const CALLER: &str = "198.51.100.1:4000";
    const CALLEE: &str = "198.51.100.2:5000";

    fn body(at: &str, more: &str) -> String {
        sound(at, "RTP/AVP", more)
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
        refuse(&mut scene, CALLEE, CALLER, [2000].into_iter());
        assert_eq!(verdict(&scene), ("D45", "refused", Certainty::Certain));
    }

    /// Sound both ways, and so many reports, one a second, that it does not get to the caller.
    fn refused(times: u64, from: u64, packets: u64) -> Scene {
        let mut scene = answered(CALLER, "");
        stream(&mut scene, CALLER, CALLEE, packets);
        stream(&mut scene, CALLEE, CALLER, packets);
        refuse(&mut scene, CALLEE, CALLER, (0..times).map(|second| from + 1000 * second));
        scene
    }

    pub(in super::super) fn refuse(
        scene: &mut Scene,
        src: &str,
        dst: &str,
        moments: impl Iterator<Item = u64>,
    ) {
        let dst: SocketAddr = dst.parse().expect("an address");
        for at in moments {
            scene.facts.add_icmp(Icmp {
                at: Instant::from_unix_micros(at * 1000),
                frame: 9,
                from: dst.ip(),
                kind: IcmpKind::PortUnreachable,
                code: (3, 3),
                transport: Transport::Udp,
                src: src.parse().expect("an address"),
                dst,
            });
        }
    }

    #[test]
    fn d45_sound_that_passes_here_and_is_refused_as_long_as_it_comes_is_not_heard() {
        assert_eq!(verdict(&refused(7, 1500, 400)), ("D45", "closed", Certainty::Likely));
    }

    #[test]
    fn d45_is_not_a_port_that_opens_late_nor_one_that_closes_with_the_call() {
        let is_good = |scene: Scene| {
            let diagnosis = scene.diagnosis("call");
            diagnosis.is_good() && diagnosis.ruled_out.contains(&"D45")
        };
        assert!(is_good(refused(2, 1500, 400)));
        // Five seconds in which nobody listened, and five in which somebody did.
        assert!(is_good(refused(5, 1100, 500)));
        // Who hears it reports on it.
        let mut scene = refused(7, 1500, 400);
        let key = StreamKey { src: CALLEE.parse().expect("src"), dst: CALLER.parse().expect("dst"), ssrc: 7 };
        let known = scene.facts.stream(&key).expect("the stream").clone();
        scene.facts.add_stream(Stream { report: Some((0, 0, 8)), ..known });
        assert!(is_good(scene));
        // The other side goes on for a while when this one hung up.
        let mut scene = refused(7, 9200, 900);
        scene.number(9).request_in(9100, "a", "b", "BYE", "call", "");
        scene.response(9120, "b", "a", "200 OK", "BYE", "call").end(60_000);
        assert!(is_good(scene));
    }

    #[test]
    fn d45_refused_media_of_a_capture_that_ends_at_once_say_nothing() {
        assert_eq!(rules_of(&refused(7, 1100, 100).diagnosis("call")), [""; 0]);
    }

    #[test]
    fn d45_a_refusal_behind_the_end_of_the_call_does_not_make_it_certain() {
        let mut scene = answered(CALLER, "");
        stream(&mut scene, CALLER, CALLEE, 400);
        refuse(&mut scene, CALLEE, CALLER, [9200].into_iter());
        scene.number(9).request_in(9100, "a", "b", "BYE", "call", "");
        scene.response(9120, "b", "a", "200 OK", "BYE", "call").end(60_000);
        assert_eq!(verdict(&scene), ("D45", "silent", Certainty::Likely));
    }

    #[test]
    fn d45_unheard_in_a_call_of_moments_says_nothing() {
        assert_eq!(rules_of(&reported(5, 100).diagnosis("call")), [""; 0]);
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
