//! What streams themselves tell: keys that do not come through, encryption that is not set up, and quality.

use super::super::facts::{Call, Facts, Message, Stream};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::offer::Exchange;
use super::shared::side;
use super::ways;
use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::registry::Method;
use ringback_sip::sdp::{Description, Media};
use ringback_sip::time::Instant;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D48", level: Level::Root, explains: &[], judge: Judge::Call(streams) }];

/// D48: keys pressed twice or unasked, nobody or both to begin encryption, ways that do not open, loss, jitter and clocks
/// (RFC 4733 §2.5, RFC 5763 §5, RFC 8445 §7, RFC 3550 §6.4).
fn streams(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    if let Some(finding) = keys(facts, call) {
        judgement.found(finding);
    }
    if let Some(finding) = roles(call) {
        judgement.found(finding);
    }
    ways::unopened(facts, call, judgement);
    ways::rekeyed(facts, call, judgement);
    let is_long = |stream: &&Stream| stream.packets.max(stream.sent.into()) >= MANY;
    let long = || facts.streams_of(call).filter(is_long);
    match long().find_map(|stream| Some((stream, poor(call, stream)?))) {
        Some((stream, finding)) => {
            judgement.found(finding);
            if let Some(note) = priority(facts, call, stream) {
                judgement.found(note);
            }
        }
        None if long().next().is_some() => judgement.rule_out("D48"),
        None => {}
    }
}

/// Keys that were sent in two ways at once, or in a way that the other side did not ask for.
fn keys(facts: &Facts, call: &Call) -> Option<Finding> {
    for stream in facts.streams_of(call) {
        let Some(&(pressed, _)) = stream.digits.first() else { continue };
        let twice = call.messages.iter().find(|info| {
            let from_here = info.src.ip() == stream.key.src.ip();
            let near = |at: &(Instant, u8)| at.0.since(info.at).max(info.at.since(at.0)) < SAME_KEY;
            from_here && digit(info).is_some_and(|key| stream.digits.iter().any(|at| at.1 == key && near(at)))
        });
        if let Some(info) = twice {
            return Some(
                finding(call, stream, "twice", Certainty::Certain, info.src)
                    .value("keys", stream.digits.len())
                    .evidence(info.no, "", "why-info", vec![]),
            );
        }
        // What the receiver said last before a key was pressed.
        let asks = |message: &&Message| {
            message.at <= pressed && message.sdp().is_some_and(|sdp| line_at(&sdp, stream.key.dst).is_some())
        };
        let Some(asked) = call.messages.iter().rev().find(asks) else { continue };
        let takes = asked.sdp().is_some_and(|sdp| line_at(&sdp, stream.key.dst).is_some_and(takes_events));
        if !takes {
            return Some(
                finding(call, stream, "unasked", Certainty::Certain, stream.key.src)
                    .value("keys", stream.digits.len())
                    .evidence(asked.no, "m=", "why-asked", vec![]),
            );
        }
    }
    None
}

/// The line of a description that asks for media here.
fn line_at(description: &Description, address: SocketAddr) -> Option<&Media> {
    description.media.iter().find(|media| {
        let ip = description.connection_of(media).and_then(|connection| connection.address.ip());
        media.port == address.port() && ip == Some(address.ip())
    })
}

fn takes_events(media: &Media) -> bool {
    media.rtpmaps().any(|map| {
        map.encoding.eq_ignore_ascii_case("telephone-event")
            && media.formats.iter().any(|format| *format == map.payload_type.to_string())
    })
}

/// The key that an INFO tells, as telephone events number them.
fn digit(info: &Message) -> Option<u8> {
    if !info.is(Method::Info) {
        return None;
    }
    let syntax = info.syntax()?;
    let kind = syntax.content_type()?.to_ascii_lowercase();
    let body = String::from_utf8_lossy(syntax.body()).into_owned();
    let key = match &kind[..] {
        b"application/dtmf-relay" => {
            body.lines().find_map(|line| line.trim().strip_prefix("Signal="))?.to_owned()
        }
        b"application/dtmf" => body,
        _ => return None,
    };
    let key = key.trim().chars().next()?.to_ascii_uppercase();
    "0123456789*#ABCD".chars().position(|known| known == key).and_then(|place| u8::try_from(place).ok())
}

/// Both sides wait for the other one to begin DTLS, or both begin.
fn roles(call: &Call) -> Option<Finding> {
    let role = |description: &Description, media: &Media| {
        let own = media.attributes.iter().chain(&description.attributes);
        own.filter(|attribute| attribute.name == "setup").find_map(|attribute| attribute.value.clone())
    };
    for exchange in Exchange::all(call) {
        let pairs = exchange.offered.media.iter().zip(&exchange.answered.media);
        for (offer, answer) in pairs.filter(|(offer, answer)| offer.port != 0 && answer.port != 0) {
            let roles = (role(&exchange.offered, offer), role(&exchange.answered, answer));
            let (Some(asked), Some(given)) = roles else { continue };
            if given == "actpass" || asked == given {
                return Some(
                    Finding::new("D48", Certainty::Certain, side(call, exchange.answer.src))
                        .case("roles")
                        .hop(exchange.transaction.client, exchange.transaction.server)
                        .basis("RFC 5763 §5")
                        .value("party", exchange.answer.src)
                        .value("asked", &asked)
                        .value("given", &given)
                        .evidence(exchange.offer.no, "a=setup", "why-setup", vec![("role", asked)])
                        .evidence(exchange.answer.no, "a=setup", "why-setup", vec![("role", given)]),
                );
            }
        }
    }
    None
}

/// Packets that got worse priority than they could have had: unmarked where the other side marks its own, or marked anew
/// on the way (RFC 2474 §3, RFC 8837 §5). It may be why they are lost or late.
fn priority(facts: &Facts, call: &Call, stream: &Stream) -> Option<Finding> {
    let own = stream.dscp?;
    let is_back = |back: &&Stream| back.key.dst.ip() == stream.key.src.ip() && back.dscp == Some(EXPEDITED);
    let (case, other) = match stream.dscp_elsewhere {
        Some(other) if other != own => ("remarked", other),
        _ if own == 0 && facts.streams_of(call).any(|back| is_back(&back)) => ("unmarked", EXPEDITED),
        _ => return None,
    };
    let finding = finding(call, stream, case, Certainty::Certain, stream.key.src).note_if(true);
    Some(finding.value("own", own).value("other", other))
}

/// Loss here, loss further on, packets that come unevenly, or faster or slower than their clock says.
fn poor(call: &Call, stream: &Stream) -> Option<Finding> {
    let share = |lost: i64, of: u64| lost.max(0) as f64 * 100.0 / (of as f64 + lost.max(0) as f64);
    let here = share(stream.lost, stream.packets);
    let reported = |of: u64| stream.report.map_or(0.0, |(_, lost, _)| share(lost.into(), of));
    let told = if stream.is_only_told() { reported(stream.sent.into()) } else { 0.0 };
    let behind = if stream.is_only_told() { 0.0 } else { reported(stream.packets) };
    let skew = stream.skew / 10_000.0;
    // More than half is another story: a capture with holes, or a stream that began anew.
    let is_loss = |percent: f64| (LOSS..50.0).contains(&percent);
    let (case, value) = match () {
        () if is_loss(here) => ("loss", here),
        () if here < LOSS / 2.0 && is_loss(behind) => ("behind", behind),
        () if is_loss(told) => ("told", told),
        () if stream.jitter > JITTER => ("jitter", stream.jitter),
        () if (SKEW..WRONG).contains(&skew) => ("fast", skew),
        () if (SKEW..WRONG).contains(&-skew) => ("slow", -skew),
        () => return None,
    };
    let shown = call
        .messages
        .iter()
        .find(|message| message.sdp().is_some_and(|sdp| line_at(&sdp, stream.key.dst).is_some()));
    let mut finding = finding(call, stream, case, Certainty::Likely, stream.key.dst)
        .value("figure", format!("{value:.1}"))
        .value("packets", stream.packets);
    finding.actor =
        if matches!(case, "fast" | "slow") { side_of(call, stream.key.src) } else { Actor::Network };
    Some(match shown {
        Some(shown) => finding.evidence(shown.no, "m=", "why-asked", vec![]),
        None => finding,
    })
}

fn finding(
    call: &Call,
    stream: &Stream,
    case: &'static str,
    certainty: Certainty,
    party: SocketAddr,
) -> Finding {
    Finding::new("D48", certainty, side_of(call, party))
        .case(case)
        .hop(stream.key.src, stream.key.dst)
        .basis(match case {
            "twice" | "unasked" => "RFC 4733 §2.5",
            "remarked" | "unmarked" => "RFC 8837 §5",
            _ => "RFC 3550 §6.4",
        })
        .value("from", stream.key.src)
        .value("to", stream.key.dst)
}

/// The side of a call that media of this host belong to.
fn side_of(call: &Call, party: SocketAddr) -> Actor {
    let of = call.messages.iter().find(|message| message.src.ip() == party.ip());
    of.map_or(Actor::Network, |of| side(call, of.src))
}

/// Packets of a stream that lasts long enough to be judged.
const MANY: u64 = 250;
/// Percent of packets lost that can be heard.
const LOSS: f64 = 2.0;
/// Milliseconds of jitter that common buffers do not take.
const JITTER: f64 = 30.0;
/// Percent by which a clock runs wrong so that each ten seconds a packet is too much or too little; crystals differ by less
/// than a tenth of that. What is more than the second figure has another cause.
const SKEW: f64 = 0.2;
const WRONG: f64 = 5.0;
/// The mark for speech (RFC 3246).
const EXPEDITED: u8 = 46;
/// The same key told in two ways comes within this.
const SAME_KEY: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::super::super::StreamKey;
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::super::media::tests::stream;
    use super::*;

    const HERE: &str = "198.51.100.1:4000";
    const THERE: &str = "198.51.100.2:5000";
    const EVENTS: &str = "m=audio PORT RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    const PLAIN: &str = "m=audio PORT RTP/AVP 8\r\n";

    fn body(at: &str, media: &str) -> String {
        let (ip, port) = at.split_once(':').expect("an address with a port");
        let media = media.replace("PORT", port);
        format!(
            "Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n{media}"
        )
    }

    fn talking(offer: &str, answer: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "198.51.100.1:5060", "198.51.100.2:5060", "INVITE", "call", &body(HERE, offer));
        scene.response_with(
            1000,
            "198.51.100.2:5060",
            "198.51.100.1:5060",
            "200 OK",
            "INVITE",
            "call",
            &body(THERE, answer),
        );
        scene
    }

    /// Streams both ways, of which the one from here is like this.
    fn heard(scene: &mut Scene, packets: u64, change: impl Fn(&mut Stream)) {
        stream(scene, THERE, HERE, packets);
        stream(scene, HERE, THERE, packets);
        let key = StreamKey { src: HERE.parse().expect("src"), dst: THERE.parse().expect("dst"), ssrc: 7 };
        let mut own = scene.facts.stream(&key).expect("the stream").clone();
        change(&mut own);
        scene.facts.add_stream(own);
    }

    fn pressed(stream: &mut Stream) {
        stream.digits.push((Instant::from_unix_micros(5_000_000), 5));
    }

    #[test]
    fn d48_a_key_that_is_told_in_two_ways_counts_twice() {
        let mut scene = talking(EVENTS, EVENTS);
        heard(&mut scene, 400, pressed);
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D48"));
        let relay = "Content-Type: application/dtmf-relay\r\n\r\nSignal=5\r\nDuration=160\r\n";
        scene.request_in(5100, "198.51.100.1:5060", "198.51.100.2:5060", "INFO", "call", relay);
        scene.response(5150, "198.51.100.2:5060", "198.51.100.1:5060", "200 OK", "INFO", "call");
        assert_eq!(any_verdict(&scene, "call"), Some(("D48", "twice", Certainty::Certain)));
    }

    #[test]
    fn d48_keys_that_the_other_side_did_not_ask_for_are_not_heard() {
        let mut scene = talking(EVENTS, PLAIN);
        heard(&mut scene, 400, pressed);
        assert_eq!(any_verdict(&scene, "call"), Some(("D48", "unasked", Certainty::Certain)));
    }

    #[test]
    fn d48_two_that_wait_for_each_other_never_encrypt() {
        let secure = |role: &str| format!("m=audio PORT UDP/TLS/RTP/SAVPF 8\r\na=setup:{role}\r\n");
        for (asked, given, expected) in
            [("passive", "passive", true), ("actpass", "actpass", true), ("actpass", "active", false)]
        {
            let scene = talking(&secure(asked), &secure(given));
            assert_eq!(rules_of(&scene.diagnosis("call")).contains(&"D48"), expected, "{asked} {given}");
        }
    }

    #[test]
    fn d48_loss_is_told_before_or_behind_the_capture_and_from_jitter() {
        type Change = fn(&mut Stream);
        let cases: [(Change, &str); 6] = [
            (|stream| stream.skew = 4000.0, "fast"),
            (|stream| stream.skew = -4000.0, "slow"),
            (|stream| (stream.packets, stream.sent, stream.report) = (0, 400, Some((20, 40, 90))), "told"),
            (|stream| stream.lost = 40, "loss"),
            (|stream| stream.report = Some((20, 40, 90)), "behind"),
            (|stream| stream.jitter = 45.0, "jitter"),
        ];
        for (change, case) in cases {
            let mut scene = talking(PLAIN, PLAIN);
            heard(&mut scene, 400, change);
            assert_eq!(any_verdict(&scene, "call"), Some(("D48", case, Certainty::Likely)));
        }
    }

    #[test]
    fn d48_is_not_a_crystal_a_wrong_clock_rate_nor_a_report_of_little_loss() {
        type Change = fn(&mut Stream);
        let cases: [Change; 5] = [
            |stream| stream.skew = 1000.0,
            |stream| stream.skew = -1000.0,
            |stream| stream.skew = 60_000.0,
            |stream| stream.skew = -60_000.0,
            |stream| (stream.packets, stream.sent, stream.report) = (0, 400, Some((2, 4, 90))),
        ];
        for (place, change) in cases.into_iter().enumerate() {
            let mut scene = talking(PLAIN, PLAIN);
            heard(&mut scene, 400, change);
            let diagnosis = scene.diagnosis("call");
            assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D48"), "{place}");
        }
    }

    #[test]
    fn d48_a_stream_cut_short_tells_neither_its_clock_nor_its_loss_nor_its_priority() {
        type Change = fn(&mut Stream);
        let cases: [Change; 5] = [
            |stream| stream.skew = 4000.0,
            |stream| stream.skew = -4000.0,
            |stream| (stream.packets, stream.sent, stream.report) = (0, 100, Some((20, 40, 90))),
            |stream| (stream.lost, stream.dscp) = (40, Some(0)),
            |stream| (stream.lost, stream.dscp, stream.dscp_elsewhere) = (40, Some(46), Some(0)),
        ];
        for (place, change) in cases.into_iter().enumerate() {
            let mut scene = talking(PLAIN, PLAIN);
            heard(&mut scene, 100, change);
            let diagnosis = scene.diagnosis("call");
            assert!(diagnosis.roots.is_empty() && diagnosis.notes.is_empty(), "{place}");
            assert!(!diagnosis.ruled_out.contains(&"D48"), "{place}");
        }
    }

    #[test]
    fn d48_packets_without_priority_are_worth_a_note_when_they_are_lost() {
        let note = |change: fn(&mut Stream)| {
            let mut scene = talking(PLAIN, PLAIN);
            heard(&mut scene, 400, change);
            let back =
                StreamKey { src: THERE.parse().expect("src"), dst: HERE.parse().expect("dst"), ssrc: 7 };
            let back = scene.facts.stream(&back).expect("the stream").clone();
            scene.facts.add_stream(Stream { dscp: Some(46), ..back });
            scene.diagnosis("call").notes.first().map(|note| note.case)
        };
        assert_eq!(note(|stream| (stream.lost, stream.dscp) = (40, Some(0))), Some("unmarked"));
        assert_eq!(note(|stream| (stream.lost, stream.dscp) = (40, Some(46))), None);
        assert_eq!(note(|stream| stream.dscp = Some(0)), None);
        let remarked = |stream: &mut Stream| {
            (stream.lost, stream.dscp, stream.dscp_elsewhere) = (40, Some(46), Some(0));
        };
        assert_eq!(note(remarked), Some("remarked"));
        let kept = |stream: &mut Stream| {
            (stream.lost, stream.dscp, stream.dscp_elsewhere) = (40, Some(46), Some(46));
        };
        assert_eq!(note(kept), None);
    }

    #[test]
    fn d48_is_not_a_stream_that_loses_a_packet_and_says_nothing_of_a_short_one() {
        let mut scene = talking(PLAIN, PLAIN);
        heard(&mut scene, 400, |stream| (stream.lost, stream.skew) = (3, 300.0));
        assert!(scene.diagnosis("call").is_good());
        let mut scene = talking(PLAIN, PLAIN);
        heard(&mut scene, 100, |stream| stream.lost = 40);
        assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
    }
}
