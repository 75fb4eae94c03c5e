//! Before the answer: what the caller hears, and more than one phone that answers.

use super::super::facts::{Call, Facts, Message, Stream, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::registry::Method;
use ringback_sip::sdp::{Description, Direction};

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D35", level: Level::Root, explains: &["D36"], judge: Judge::Call(early_trouble) }];

/// D35: early media that do not come, or a second phone that answered and is left alone (RFC 3960 §3, RFC 3261
/// §13.2.2.4).
fn early_trouble(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let Some(opening) = call
        .of(Method::Invite)
        .find(|one| call.request_of(one).is_some_and(|request| request.to_tag.is_empty()))
    else {
        return;
    };
    second_answer(call, opening, judgement);
    several_sounds(facts, call, opening, judgement);
    // The attempt that was answered; a challenged one came before it.
    let answered = call
        .of(Method::Invite)
        .find(|one| one.client == opening.client && call.final_of(one).is_some_and(Message::is_success));
    if let Some(answered) = answered {
        silent_preview(facts, call, answered, judgement);
    }
}

/// A preview promised sound, and none came until the answer.
fn silent_preview(facts: &Facts, call: &Call, transaction: &Transaction, judgement: &mut Judgement<'_>) {
    let (Some(request), Some(answer)) = (call.request_of(transaction), call.final_of(transaction)) else {
        return;
    };
    let Some(wants) = request.sdp().and_then(|offer| sound_at(&offer)) else { return };
    let heard = || transaction.provisionals.iter().map(|&place| &call.messages[place]);
    let promises = |message: &&Message| message.sdp().is_some_and(|sdp| sound_at(&sdp).is_some());
    let Some(preview) = heard().find(promises) else { return };
    // After a 180 without media the phone makes the tone itself.
    let rings_itself =
        heard().any(|later| later.code() == Some(180) && later.sdp().is_none() && later.at >= preview.at);
    let reaches = |stream: &&Stream| stream.key.dst == wants && stream.packets >= MANY;
    let mut streams = facts.streams_of(call).filter(reaches);
    // Sound that comes after the answer shows that it would have been seen before it.
    let Some(first) = streams.next().map(|stream| stream.first) else { return };
    let waited = answer.at.since(preview.at);
    if rings_itself || waited < LONG || first < answer.at || streams.next().is_some() {
        return judgement.rule_out("D35");
    }
    judgement.found(
        Finding::new("D35", Certainty::Likely, Actor::Callee)
            .case("silent")
            .hop(transaction.client, transaction.server)
            .basis("RFC 3960 §3.2")
            .value("seconds", waited.as_secs())
            .value("peer", transaction.server)
            .evidence(preview.no, "m=", "why-promised", vec![])
            .evidence(answer.no, "", "why-answer", vec![]),
    );
}

/// Several phones were asked, and more than one of them sends sound: before the answer both at a time, or one that did not
/// answer goes on after it (RFC 3960 §3.2, RFC 6228).
fn several_sounds(facts: &Facts, call: &Call, opening: &Transaction, judgement: &mut Judgement<'_>) {
    let Some(wants) = call.request_of(opening).and_then(|request| sound_at(&*request.sdp()?)) else { return };
    let answers = call.messages.iter().filter(|one| {
        one.method == Some(Method::Invite)
            && one.code().is_some_and(|code| code > 100 && code < 300)
            && one.dst == opening.client
            && !one.to_tag.is_empty()
    });
    // The first word of each phone about its sound, and the stream that comes from there.
    let mut phones: Vec<(&Message, &Stream)> = Vec::new();
    for message in answers.take(ANSWERS_LOOKED_AT) {
        let Some(from) = message.sdp().and_then(|sdp| sound_at(&sdp)) else { continue };
        let is_known =
            phones.iter().any(|(known, own)| known.to_tag == message.to_tag || own.key.src == from);
        let comes = |own: &&Stream| own.key.src == from && own.key.dst == wants && own.packets >= MANY;
        if let Some(own) = facts.streams_of(call).find(comes).filter(|_| !is_known) {
            phones.push((message, own));
        }
    }
    let answer = call.answer().filter(|answer| answer.method == Some(Method::Invite));
    let until = answer.map_or(facts.ended(), |answer| answer.at);
    for (place, (first, one)) in phones.iter().enumerate() {
        for (second, other) in &phones[place + 1..] {
            let together = one.last.min(other.last).min(until).since(one.first.max(other.first));
            let left = answer.and_then(|answer| {
                let of = |phone: &Message| phone.to_tag == answer.to_tag;
                let (loser, stream) = match (of(first), of(second)) {
                    (true, false) => (second, other),
                    (false, true) => (first, one),
                    _ => return None,
                };
                Some((loser, stream.last.since(answer.at)))
            });
            let (case, peer, time) = match left {
                Some((loser, time)) if time >= LINGERS => ("lingers", loser, time),
                _ if together >= TOGETHER => ("several", second, together),
                _ => continue,
            };
            return judgement.found(
                Finding::new("D35", Certainty::Likely, Actor::Callee)
                    .case(case)
                    .hop(opening.client, opening.server)
                    .basis("RFC 3960 §3.2")
                    .value("seconds", time.as_secs())
                    .value("peer", peer.src)
                    .value("one", one.key.src)
                    .value("other", other.key.src)
                    .evidence(first.no, "To", "why-promised", vec![])
                    .evidence(second.no, "To", "why-promised", vec![]),
            );
        }
    }
}

/// Where a description wants or sends sound, when it is switched on.
fn sound_at(description: &Description) -> Option<SocketAddr> {
    let sound = description.media.iter().find(|media| media.kind == "audio" && media.port != 0)?;
    let connection = description.connection_of(sound)?;
    let ip = connection.address.ip().filter(|_| !connection.address.is_blackhole())?;
    (description.direction_of(sound) != Direction::Inactive).then(|| SocketAddr::new(ip, sound.port))
}

/// Two phones answered, and one of them is neither confirmed nor hung up.
fn second_answer(call: &Call, opening: &Transaction, judgement: &mut Judgement<'_>) {
    let answers = call.messages.iter().filter(|answer| {
        answer.is_success()
            && answer.method == Some(Method::Invite)
            && answer.dst == opening.client
            && Some(answer.cseq) == call.answer().map(|first| first.cseq)
    });
    let mut answers: Vec<_> = answers.collect();
    answers.dedup_by(|later, first| later.to_tag == first.to_tag);
    let Some(first) = answers.first() else { return };
    let Some(second) = answers.iter().find(|answer| answer.to_tag != first.to_tag) else { return };
    let goes_to = |method: Method| {
        call.messages.iter().any(|request| {
            request.is(method) && [&request.to_tag, &request.from_tag].contains(&&second.to_tag)
        })
    };
    let case = match (goes_to(Method::Ack), goes_to(Method::Bye)) {
        (_, true) => return judgement.rule_out("D35"),
        (false, false) => "unconfirmed",
        (true, false) => "kept",
    };
    let finding = Finding::new("D35", Certainty::Certain, Actor::Caller)
        .case(case)
        .hop(opening.client, opening.server)
        .basis("RFC 3261 §13.2.2.4")
        .value("peer", second.src)
        .evidence(first.no, "To", "why-first", vec![])
        .evidence(second.no, "To", "why-second", vec![]);
    judgement.found_absence(finding, second.at);
}

/// Sounds that change from one phone to the next may meet for a moment, and last while the CANCEL is on its way.
const TOGETHER: Duration = Duration::from_secs(1);
const LINGERS: Duration = Duration::from_secs(2);
const ANSWERS_LOOKED_AT: usize = 64;
/// Callers wonder about silence of this length.
const LONG: Duration = Duration::from_secs(3);
/// Packets of a stream that works.
const MANY: u64 = 50;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::super::media::tests::stream;
    use super::*;

    fn body(ip: &str) -> String {
        format!(
            "Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio 4000 RTP/AVP 8\r\n"
        )
    }

    /// A call with a preview at once, that is answered then, and whose sound begins at 1.1 s.
    fn previewed(extra: &str, answered: u64) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", &body("198.51.100.1"));
        scene.response_with(10, "b", "a", "183 Session Progress", "INVITE", "call", &body("198.51.100.2"));
        if !extra.is_empty() {
            scene.response(20, "b", "a", extra, "INVITE", "call");
        }
        scene.response_with(answered, "b", "a", "200 OK", "INVITE", "call", &body("198.51.100.2"));
        scene.number(1).request_in(answered + 10, "a", "b", "ACK", "call", "");
        scene
    }

    #[test]
    fn d35_a_promise_of_sound_that_is_not_kept_leaves_the_caller_in_silence() {
        let mut scene = previewed("", 5000);
        sound(&mut scene, 5100);
        assert_eq!(any_verdict(&scene, "call"), Some(("D35", "silent", Certainty::Likely)));
    }

    /// Sound both ways from then on.
    fn sound(scene: &mut Scene, from: u64) {
        for (src, dst) in
            [("198.51.100.2:4000", "198.51.100.1:4000"), ("198.51.100.1:4000", "198.51.100.2:4000")]
        {
            stream(scene, src, dst, 400);
            let key = crate::diagnosis::StreamKey {
                src: src.parse().expect("src"),
                dst: dst.parse().expect("dst"),
                ssrc: 7,
            };
            let mut own = scene.facts.stream(&key).expect("the stream").clone();
            let moment = |millis: u64| ringback_sip::time::Instant::from_unix_micros(millis * 1000);
            (own.first, own.last) = (moment(from), moment(from + 8000));
            scene.facts.add_stream(own);
        }
    }

    #[test]
    fn d35_is_not_a_tone_that_comes_nor_a_phone_that_rings_itself() {
        for (extra, answered, from) in [("", 5000, 300), ("180 Ringing", 5000, 5100), ("", 2000, 2100)] {
            let mut scene = previewed(extra, answered);
            sound(&mut scene, from);
            let diagnosis = scene.diagnosis("call");
            assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D35"), "{extra} {answered} {from}");
        }
    }

    /// Two phones promise sound and send it from and to these moments; the first answers after 5 s, if one does.
    fn previews(spans: [(u64, u64); 2], is_answered: bool) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "p", "INVITE", "call", &body("198.51.100.1"));
        let respond = |scene: &mut Scene, at: u64, status: &str, tag: usize| {
            let more = body(&format!("198.51.100.{}", 2 + tag));
            let (fields, body) = more.split_once("\r\n\r\n").expect("a body");
            let text = format!(
                "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK2\r\nFrom: <sip:a@x.test>;tag=tag-a\r\n\
                 To: <sip:other@x.test>;tag=t{tag}\r\nCall-ID: call\r\nCSeq: 2 INVITE\r\n{fields}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            scene.bytes(at, "p", "a", text.as_bytes());
        };
        respond(&mut scene, 10, "183 Session Progress", 0);
        respond(&mut scene, 20, "183 Session Progress", 1);
        if is_answered {
            respond(&mut scene, 5000, "200 OK", 0);
            scene.number(2).request_in(5010, "a", "p", "ACK", "call", "");
        }
        for (tag, (from, to)) in spans.into_iter().enumerate() {
            let end = |ip: usize| format!("198.51.100.{ip}:4000").parse().expect("an address");
            let key = crate::diagnosis::StreamKey { src: end(2 + tag), dst: end(1), ssrc: tag as u32 };
            let moment = |millis: u64| ringback_sip::time::Instant::from_unix_micros(millis * 1000);
            let packets = (to - from) / 20;
            scene.facts.add_stream(Stream { last: moment(to), packets, ..Stream::new(key, moment(from)) });
        }
        scene.end(80_000);
        scene
    }

    #[test]
    fn d35_two_phones_that_send_sound_at_a_time_are_heard_both_or_the_wrong_one() {
        let told = |spans, is_answered| {
            let diagnosis = previews(spans, is_answered).diagnosis("call");
            diagnosis.roots.iter().find(|root| root.rule == "D35").map(|root| (root.case, root.certainty))
        };
        let together = [(100, 9000), (200, 4900)];
        assert_eq!(told(together, true), Some(("several", Certainty::Likely)));
        let lingers = [(5000, 20_000), (200, 20_000)];
        assert_eq!(told(lingers, true), Some(("lingers", Certainty::Likely)));
        // One after the other, and one that stops with the answer.
        assert_eq!(told([(5000, 20_000), (200, 5500)], true), None);
        assert_eq!(told([(100, 2100), (2200, 4900)], true), None);
        // The capture ends before the CANCEL can have arrived.
        assert_eq!(told([(5000, 5900), (200, 5900)], true), None);
        // Nobody has answered when the capture ends.
        assert_eq!(told([(100, 4000), (200, 4900)], false), Some(("several", Certainty::Likely)));
    }

    /// Two phones answer; the second gets these requests.
    fn forked(second: &[&str]) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "p", "INVITE", "call");
        for tag in ["one", "two"] {
            let text = format!(
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK2\r\nFrom: <sip:a@x.test>;tag=tag-a\r\n\
                 To: <sip:other@x.test>;tag={tag}\r\nCall-ID: call\r\nCSeq: 2 INVITE\r\nContent-Length: 0\r\n\r\n"
            );
            scene.bytes(1000, "p", "a", text.as_bytes());
        }
        let mut cseq = 2;
        for (tag, method) in [("one", "ACK")].into_iter().chain(second.iter().map(|&method| ("two", method)))
        {
            if method == "BYE" {
                cseq += 1;
            }
            let head = |start: &str| {
                format!(
                    "{start}\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK{tag}{method}\r\nMax-Forwards: 70\r\nFrom: <sip:a@x.test>;tag=tag-a\r\n\
                     To: <sip:other@x.test>;tag={tag}\r\nCall-ID: call\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n"
                )
            };
            scene.bytes(1100, "a", "p", head(&format!("{method} sip:{tag}@x.test SIP/2.0")).as_bytes());
            if method == "BYE" {
                scene.bytes(1150, "p", "a", head("SIP/2.0 200 OK").as_bytes());
            }
        }
        scene
    }

    #[test]
    fn d35_a_second_phone_that_answers_must_be_confirmed_and_hung_up() {
        for (second, case) in [(&[][..], "unconfirmed"), (&["ACK"][..], "kept")] {
            let mut scene = forked(second);
            let found = any_verdict(scene.end(90_000), "call");
            assert_eq!(found, Some(("D35", case, Certainty::Certain)));
        }
        let mut scene = forked(&["ACK", "BYE"]);
        assert!(scene.end(90_000).diagnosis("call").is_good());
    }

    #[test]
    fn d35_in_a_capture_that_ends_early_is_less_sure() {
        let mut scene = forked(&[]);
        assert_eq!(any_verdict(scene.end(2000), "call"), Some(("D35", "unconfirmed", Certainty::Likely)));
        let mut scene = previewed("", 5000);
        assert!(!rules_of(&scene.end(5100).diagnosis("call")).contains(&"D35"));
    }
}
