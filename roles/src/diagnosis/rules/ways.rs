//! What D48 says of the way that media take before any passes: checks that open none, and keys that changed under way.

use super::super::facts::{Call, Checks, Facts, Message};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::offer::Exchange;
use super::shared::{bye_after, side};
use core::time::Duration;
use ringback_sip::sdp::{Attribute, Description};
use std::sync::Arc;

/// Checks of ICE that never opened a way, or opened one that nobody chose (RFC 8445 §7, §8).
pub(super) fn unopened(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let exchanges = Exchange::all(call);
    let is_asked = |description: &Description| attributes(description, "ice-ufrag").next().is_some();
    let Some(exchange) = exchanges.iter().find(|one| is_asked(&one.offered) && is_asked(&one.answered))
    else {
        return;
    };
    let (Some(first), Some(last)) =
        (call.checks.iter().map(|one| one.span.0).min(), call.checks.iter().map(|one| one.span.1).max())
    else {
        return;
    };
    let sum = |of: fn(&Checks) -> u32| call.checks.iter().map(of).sum::<u32>();
    let (requests, answers, conflicts) =
        (sum(|one| one.requests), sum(|one| one.answers), sum(|one| one.conflicts));
    let is_chosen = call.checks.iter().any(|one| one.answers > 0 && one.is_nominated);
    if facts.streams_of(call).next().is_some() || is_chosen {
        return;
    }
    let end = bye_after(call, exchange.answer).map_or(facts.ended(), |bye| bye.at);
    let case = match () {
        () if answers > 0 => "unchosen",
        () if conflicts > 1 => "conflict",
        () => "unopened",
    };
    let is_long = last.since(first) >= CHECKED_MIN || end.since(last) >= CHECKED_MIN;
    if requests < REQUESTS_MIN || !is_long {
        return;
    }
    let finding = Finding::new("D48", Certainty::Likely, Actor::Network)
        .case(case)
        .hop(exchange.transaction.client, exchange.transaction.server)
        .basis("RFC 8445 §7.2.5")
        .value("requests", requests)
        .value("pairs", call.checks.len())
        .value("answers", answers)
        .value("conflicts", conflicts)
        .evidence(exchange.offer.no, "a=ice-ufrag", "why-checked", vec![])
        .evidence(exchange.answer.no, "a=ice-ufrag", "why-checked", vec![]);
    // Who checks gives up by itself; until then an answer may come.
    judgement.found_absence(finding, last);
}

/// A side tells a new key while its stream goes on as before: the other side may not take it over (RFC 4568 §7.1.3,
/// RFC 8842 §5.1). Whether it does cannot be seen; that somebody hangs up soon is a hint.
pub(super) fn rekeyed(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let exchanges = Exchange::all(call);
    for pair in exchanges.windows(2) {
        let [before, after] = pair else { continue };
        for (message, description) in told(after) {
            let Some((_, old)) = told(before).into_iter().find(|(one, _)| one.src == message.src) else {
                continue;
            };
            let Some(field) = ["crypto", "fingerprint"].into_iter().find(|name| {
                let (old, new) = (key(&old, name), key(&description, name));
                old.is_some() && new.is_some() && old != new
            }) else {
                continue;
            };
            let goes_on = facts.streams_of(call).find(|stream| {
                stream.key.src.ip() == message.src.ip()
                    && stream.first < before.answer.at + SOON
                    && stream.last > after.answer.at + SOON
            });
            let bye = bye_after(call, after.answer).filter(|bye| bye.at.since(after.answer.at) < GIVEN_UP);
            let (Some(stream), Some(bye)) = (goes_on, bye) else { continue };
            return judgement.found(
                Finding::new("D48", Certainty::Possible, side(call, message.dst))
                    .case("rekeyed")
                    .hop(message.src, message.dst)
                    .basis(if field == "crypto" { "RFC 4568 §7.1.3" } else { "RFC 8842 §5.1" })
                    .value("party", message.src)
                    .value("from", stream.key.src)
                    .value("seconds", bye.at.since(after.answer.at).as_secs())
                    .evidence(message.no, "SDP", "why-key", vec![("field", format!("a={field}"))])
                    .evidence(bye.no, "", "why-bye", vec![]),
            );
        }
    }
}

/// Both messages of an exchange with their descriptions.
fn told<'a>(one: &Exchange<'a>) -> [(&'a Message, Arc<Description>); 2] {
    [(one.offer, one.offered.clone()), (one.answer, one.answered.clone())]
}

fn attributes<'a>(description: &'a Description, name: &'a str) -> impl Iterator<Item = &'a Attribute> {
    let of_media =
        description.media.iter().filter(|media| media.port != 0).flat_map(|media| &media.attributes);
    description.attributes.iter().chain(of_media).filter(move |own| own.name == name)
}

fn key<'a>(description: &'a Description, name: &'a str) -> Option<&'a str> {
    attributes(description, name).next()?.value.as_deref()
}

/// Fewer requests may have been on their way still.
const REQUESTS_MIN: u32 = 5;
/// A way that has not opened by then does not (39.5 s is the longest of RFC 8445 §14, but browsers give up sooner).
const CHECKED_MIN: Duration = Duration::from_secs(5);
/// Within this a stream begins after an answer, or ends after a change.
const SOON: Duration = Duration::from_secs(3);
/// Who hears nothing any more hangs up within this.
const GIVEN_UP: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of, sound};
    use super::super::super::{Check, Stream, StreamKey};
    use super::*;
    use core::net::SocketAddr;
    use ringback_sip::time::Instant;

    const CALLER: &str = "198.51.100.1:4000";
    const CALLEE: &str = "198.51.100.2:5000";

    fn body(at: &str, more: &str) -> String {
        sound(at, "RTP/SAVPF", more)
    }

    fn answered(asked: &str, given: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", &body(CALLER, asked));
        scene.response_with(1000, "b", "a", "200 OK", "INVITE", "call", &body(CALLEE, given));
        scene.number(2).request_in(1010, "a", "b", "ACK", "call", "");
        scene
    }

    fn moment(millis: u64) -> Instant {
        Instant::from_unix_micros(millis * 1000)
    }

    /// Checks of the caller each half second until then, and what comes back to each.
    fn checked(scene: &mut Scene, until: u64, back: Option<Check<'_>>, nominates: bool) {
        let [from, to]: [SocketAddr; 2] = [CALLER, CALLEE].map(|end| end.parse().expect("an address"));
        for at in (1100..until).step_by(500).map(moment) {
            scene.facts.add_check(at, [from, to], Check::Request { name: "yours", nominates });
            if let Some(back) = back {
                scene.facts.add_check(at, [to, from], back);
            }
        }
    }

    fn checks(back: Option<Check<'_>>, nominates: bool, until: u64) -> Scene {
        let mut scene = answered("a=ice-ufrag:mine\r\n", "a=ice-ufrag:yours\r\n");
        checked(&mut scene, until, back, nominates);
        scene.end(80_000);
        scene
    }

    #[test]
    fn d48_ways_that_nothing_answers_on_are_not_open() {
        let told = any_verdict(&checks(None, false, 20_000), "call");
        assert_eq!(told, Some(("D48", "unopened", Certainty::Likely)));
        let told = any_verdict(&checks(Some(Check::Refused(487)), false, 20_000), "call");
        assert_eq!(told, Some(("D48", "conflict", Certainty::Likely)));
        let told = any_verdict(&checks(Some(Check::Open), false, 20_000), "call");
        assert_eq!(told, Some(("D48", "unchosen", Certainty::Likely)));
    }

    #[test]
    fn d48_is_not_a_way_that_was_chosen_and_not_one_without_checks() {
        for scene in
            [checks(Some(Check::Open), true, 20_000), checks(None, false, 2000), checks(None, false, 0)]
        {
            assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
        }
    }

    #[test]
    fn d48_checks_may_still_be_answered_when_the_capture_ends() {
        let mut scene = answered("a=ice-ufrag:mine\r\n", "a=ice-ufrag:yours\r\n");
        checked(&mut scene, 9000, None, false);
        assert_eq!(any_verdict(&scene, "call"), Some(("D48", "unopened", Certainty::Possible)));
    }

    /// A call whose caller tells a second key after 10 s, talks on until then, and is hung up then.
    fn rekeyed(second: &str, talks: u64, ends: u64) -> Scene {
        let key = |key: &str| format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n");
        let mut scene = answered(&key("one"), &key("two"));
        scene.request_in(10_000, "a", "b", "INVITE", "call", &body(CALLER, &key(second)));
        scene.response_with(10_100, "b", "a", "200 OK", "INVITE", "call", &body(CALLEE, &key("two")));
        scene.number(3).request_in(10_110, "a", "b", "ACK", "call", "");
        for (src, dst) in [("192.0.2.1:4000", CALLEE), (CALLEE, CALLER)] {
            let key = StreamKey { src: src.parse().expect("src"), dst: dst.parse().expect("dst"), ssrc: 7 };
            let packets = (talks - 1100) / 20;
            scene.facts.add_stream(Stream { last: moment(talks), packets, ..Stream::new(key, moment(1100)) });
        }
        scene.number(7).request_in(ends, "a", "b", "BYE", "call", "");
        scene.response(ends + 20, "b", "a", "200 OK", "BYE", "call").end(ends + 60_000);
        scene
    }

    #[test]
    fn d48_a_new_key_for_a_stream_that_goes_on_may_be_why_somebody_hangs_up() {
        let told = any_verdict(&rekeyed("three", 20_000, 20_000), "call");
        assert_eq!(told, Some(("D48", "rekeyed", Certainty::Possible)));
    }

    #[test]
    fn d48_is_not_the_same_key_told_again_and_not_a_new_one_with_which_they_talk_on() {
        for scene in [rekeyed("one", 20_000, 20_000), rekeyed("three", 90_000, 90_000)] {
            assert!(!rules_of(&scene.diagnosis("call")).contains(&"D48"));
        }
    }

    #[test]
    fn d48_a_new_key_without_the_end_of_the_call_in_view_says_nothing() {
        let scene = rekeyed("three", 10_200, 20_000);
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D48"));
    }
}
