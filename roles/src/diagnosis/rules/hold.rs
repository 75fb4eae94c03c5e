//! Hold: a call that is put on hold and does not come back.

use super::super::facts::{Call, Facts, Message};
use super::super::finding::{Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::offer::Exchange;
use super::shared::{bye_after, side};
use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::registry::Method;
use ringback_sip::sdp::{Description, Direction};

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D47", level: Level::Root, explains: &["D45", "D46"], judge: Judge::Call(on_hold) }];

/// D47: hold that never ends: taking the call back is refused, or answered as if it were still held (RFC 3264 §8.4,
/// RFC 6337 §5.3).
fn on_hold(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let exchanges = Exchange::all(call);
    let is_open = |exchange: &&Exchange<'_>| wish(&exchange.offered) == Some(Direction::SendRecv);
    let Some(first) = exchanges.iter().position(|exchange| is_open(&exchange) && flows(exchange)) else {
        return;
    };
    // Who holds, and since which exchange.
    let mut held: Option<&Exchange<'_>> = None;
    for exchange in &exchanges[first..] {
        match held {
            _ if flows(exchange) => held = None,
            Some(hold) if is_open(&exchange) && exchange.offer.src == hold.offer.src => {
                // The other side may hold the call as well.
                let holds_too = exchanges[first..].iter().any(|other| {
                    other.offer.src == exchange.answer.src
                        && wish(&other.offered).is_some_and(|wish| !wish.receives())
                });
                let is_last = exchanges.last().is_some_and(|last| last.answer.no == exchange.answer.no);
                if !holds_too && is_last {
                    return judgement.found(finding(call, hold, exchange.offer, exchange.answer, "answered"));
                }
            }
            None if !is_open(&exchange) => held = Some(exchange),
            _ => {}
        }
    }
    let Some(hold) = held else { return judgement.rule_out("D47") };
    if let Some((request, refusal)) = refused_resumption(call, hold) {
        return judgement.found(finding(call, hold, request, refusal, "refused"));
    }
    let is_transferred = call.of(Method::Refer).next().is_some();
    let waited = |bye: &Message| bye.at.since(hold.answer.at);
    match bye_after(call, hold.answer) {
        Some(bye) if !is_transferred && bye.src == hold.answer.src && waited(bye) > PATIENT => {
            judgement.found(finding(call, hold, hold.offer, bye, "left").note_if(true));
        }
        _ => judgement.rule_out("D47"),
    }
}

/// Whether sound may pass in both directions.
fn flows(exchange: &Exchange<'_>) -> bool {
    [&exchange.offered, &exchange.answered].iter().all(|side| wish(side) == Some(Direction::SendRecv))
}

/// The direction of the sound; of an address that is no address, nothing comes (RFC 3264 §8.4).
fn wish(description: &Description) -> Option<Direction> {
    let sound = description.media.iter().find(|media| media.kind == "audio" && media.port != 0)?;
    let hole = description.connection_of(sound).is_some_and(|connection| connection.address.is_blackhole());
    let direction = description.direction_of(sound);
    Some(if hole { Direction::of(direction.sends(), false) } else { direction })
}

/// An offer of the holding side for both directions that was refused, and never made again.
fn refused_resumption<'a>(call: &'a Call, hold: &Exchange<'_>) -> Option<(&'a Message, &'a Message)> {
    let later = call.transactions.iter().filter(|one| {
        matches!(one.method, Some(Method::Invite | Method::Update)) && one.client == hold.offer.src
    });
    let tries = later.filter_map(|one| Some((call.request_of(one)?, call.final_of(one)?)));
    let mut tries = tries.filter(|(request, _)| request.at > hold.answer.at);
    tries.find(|(request, answer)| {
        let is_refused = answer.code().is_some_and(|code| code >= 300 && !matches!(code, 401 | 407));
        is_refused && request.sdp().is_some_and(|offer| wish(&offer) == Some(Direction::SendRecv))
    })
}

fn finding(
    call: &Call,
    hold: &Exchange<'_>,
    asked: &Message,
    answer: &Message,
    case: &'static str,
) -> Finding {
    let holder: SocketAddr = hold.offer.src;
    let actor = side(call, if case == "left" { holder } else { answer.src });
    let waited = answer.at.since(hold.answer.at).as_secs();
    let mut finding = Finding::new("D47", Certainty::Certain, actor)
        .case(case)
        .hop(hold.transaction.client, hold.transaction.server)
        .basis("RFC 3264 §8.4")
        .value("holder", holder)
        .value("party", answer.src)
        .value("seconds", waited)
        .value("code", answer.title())
        .evidence(hold.offer.no, "m=", "why-hold", vec![]);
    if case == "left" {
        return finding.evidence(answer.no, "", "why-left", vec![]);
    }
    finding = finding.evidence(asked.no, "m=", "why-back", vec![]);
    finding.evidence(answer.no, "m=", "why-not", vec![("code", answer.title())])
}

/// Somebody who hangs up this long after being put on hold was waiting.
const PATIENT: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::*;

    fn body(version: u32, direction: &str) -> String {
        format!(
            "Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 {version} IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\n\
             t=0 0\r\nm=audio 4000 RTP/AVP 8\r\na={direction}\r\n"
        )
    }

    /// A call that the caller holds at 5 s, and wants back at 9 s; that gets this answer.
    fn held(back: Option<(&str, &str)>) -> Scene {
        let mut scene = Scene::new();
        let mut change = |at: u64, version: u32, offer: &str, status: &str, answer: &str| {
            match version {
                1 => scene.request_with(at, "a", "b", "INVITE", "call", &body(1, offer)),
                _ => scene.request_in(at, "a", "b", "INVITE", "call", &body(version, offer)),
            };
            let answer = if answer.is_empty() { String::new() } else { body(version, answer) };
            scene.response_with(at + 50, "b", "a", status, "INVITE", "call", &answer);
        };
        change(0, 1, "sendrecv", "200 OK", "sendrecv");
        change(5000, 2, "sendonly", "200 OK", "recvonly");
        if let Some((status, answer)) = back {
            change(9000, 3, "sendrecv", status, answer);
        }
        scene
    }

    #[test]
    fn d47_a_call_that_is_taken_back_must_have_sound_both_ways_again() {
        let scene = held(Some(("200 OK", "recvonly")));
        assert_eq!(any_verdict(&scene, "call"), Some(("D47", "answered", Certainty::Certain)));
        let scene = held(Some(("488 Not Acceptable Here", "")));
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.roots.iter().any(|found| (found.rule, found.case) == ("D47", "refused")));
    }

    #[test]
    fn d47_somebody_who_hangs_up_after_a_long_wait_is_worth_a_note() {
        let mut scene = held(None);
        scene.number(9).request_in(60_000, "b", "a", "BYE", "call", "");
        scene.response(60_050, "a", "b", "200 OK", "BYE", "call");
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.is_good());
        assert_eq!(
            diagnosis.notes.iter().map(|note| (note.rule, note.case)).collect::<Vec<_>>(),
            [("D47", "left")]
        );
    }

    #[test]
    fn d47_is_not_a_call_that_comes_back_or_is_transferred() {
        let diagnosis = held(Some(("200 OK", "sendrecv"))).diagnosis("call");
        assert!(diagnosis.is_good() && diagnosis.notes.is_empty() && diagnosis.ruled_out.contains(&"D47"));
        let mut scene = held(None);
        scene.request_in(6000, "a", "b", "REFER", "call", "Refer-To: <sip:c@x.test>\r\nRefer-Sub: false");
        scene.response(6050, "b", "a", "202 Accepted", "REFER", "call");
        scene.number(9).request_in(60_000, "b", "a", "BYE", "call", "");
        scene.response(60_050, "a", "b", "200 OK", "BYE", "call");
        assert!(scene.diagnosis("call").notes.is_empty());
    }

    #[test]
    fn d47_in_a_capture_that_ends_while_the_call_is_held_says_nothing() {
        assert_eq!(rules_of(&held(None).diagnosis("call")), [""; 0]);
    }
}
