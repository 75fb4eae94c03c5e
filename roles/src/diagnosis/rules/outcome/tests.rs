use super::super::super::testing::{Scene, rules_of, verdict};
use super::*;

/// An INVITE at 0, ringing at once if asked for, and what ends it.
fn ended(rings: bool, at: u64, status: &str, more: &str) -> Scene {
    let mut scene = Scene::new();
    scene.request(0, "a", "31201234567", "INVITE", "call");
    add_end(&mut scene, "call", rings, at, status, more);
    scene
}

fn add_end(scene: &mut Scene, call: &str, rings: bool, at: u64, status: &str, more: &str) {
    if rings {
        scene.response(100, "3", "a", "180 Ringing", "INVITE", call);
    }
    scene.response_with(at, "3", "a", status, "INVITE", call, more).end(60_000 + at);
}

/// A call that rings, is cancelled after so long, and ends with 487.
fn cancelled(call: &str, at: u64, more: &str) -> Scene {
    let mut scene = Scene::new();
    add_cancelled(&mut scene, call, at, more);
    scene
}

fn add_cancelled(scene: &mut Scene, call: &str, at: u64, more: &str) {
    scene.number(1).request(0, "a", "b", "INVITE", call).response(
        100,
        "b",
        "a",
        "180 Ringing",
        "INVITE",
        call,
    );
    scene.number(1).request_with(at, "a", "b", "CANCEL", call, more);
    scene.response(at + 10, "b", "a", "200 OK", "CANCEL", call);
    scene.number(2).response(at + 20, "b", "a", "487 Request Terminated", "INVITE", call).end(at + 60_000);
}

fn note(scene: &Scene) -> (&'static str, &'static str, Certainty) {
    let diagnosis = scene.diagnosis("call");
    assert!(diagnosis.is_good(), "{diagnosis:?}");
    let finding = diagnosis.notes.first().expect("a note");
    (finding.rule, finding.case, finding.certainty)
}

#[test]
fn d22_a_number_that_is_not_known_or_not_whole() {
    for (status, case, certainty) in [
        ("404 Not Found", "unknown", Certainty::Likely),
        ("410 Gone", "gone", Certainty::Certain),
        ("416 Unsupported URI Scheme", "scheme", Certainty::Certain),
        ("484 Address Incomplete", "incomplete", Certainty::Certain),
        ("485 Ambiguous", "ambiguous", Certainty::Certain),
        ("604 Does Not Exist Anywhere", "unknown", Certainty::Certain),
    ] {
        assert_eq!(verdict(&ended(false, 90, status, "")), ("D22", case, certainty));
    }
}

#[test]
fn d22_names_the_way_of_writing_the_number_that_was_answered() {
    let mut scene = ended(false, 90, "404 Not Found", "");
    scene.request(1000, "a", "0201234567", "INVITE", "other");
    scene.response(1100, "0", "a", "200 OK", "INVITE", "other");
    assert_eq!(verdict(&scene), ("D22", "variant", Certainty::Likely));
}

#[test]
fn d22_is_not_dialling_that_goes_on() {
    let mut scene = Scene::new();
    scene.request(0, "a", "3120", "INVITE", "call");
    scene.response(50, "3", "a", "484 Address Incomplete", "INVITE", "call");
    scene.request(1000, "a", "312012", "INVITE", "other");
    scene.response(1100, "3", "a", "200 OK", "INVITE", "other");
    assert!(scene.diagnosis("call").ruled_out.contains(&"D22"));
}

#[test]
fn d22_without_the_request_in_view_says_nothing() {
    let mut scene = Scene::new();
    scene.response(50, "b", "a", "404 Not Found", "INVITE", "call");
    assert!(scene.diagnosis("call").is_unknown);
}

#[test]
fn d24_tells_the_stories_of_480_apart() {
    let status = "480 Temporarily Unavailable";
    assert_eq!(verdict(&ended(true, 30_000, status, "")), ("D24", "rang", Certainty::Likely));
    assert_eq!(verdict(&ended(false, 90, status, "")), ("D24", "away", Certainty::Likely));
    assert_eq!(
        verdict(&ended(false, 90, status, "User-Agent: Phone 1")),
        ("D24", "phone", Certainty::Possible)
    );
}

#[test]
fn d24_is_not_a_call_that_another_phone_answers() {
    let mut scene = ended(false, 90, "480 Temporarily Unavailable", "");
    scene.number(2).response(200, "c", "a", "200 OK", "INVITE", "call");
    assert!(!rules_of(&scene.diagnosis("call")).contains(&"D24"));
}

#[test]
fn d24_without_the_request_in_view_says_nothing() {
    let mut scene = Scene::new();
    scene.response(50, "b", "a", "480 Temporarily Unavailable", "INVITE", "call");
    assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
}

#[test]
fn d25_a_server_or_a_timer_ends_the_ringing() {
    let scene = ended(true, 60_100, "408 Request Timeout", "");
    assert_eq!(verdict(&scene), ("D25", "server", Certainty::Certain));
    let scene = cancelled("call", 23_456, "Reason: Q.850;cause=102;text=\"timer\"");
    assert_eq!(verdict(&scene), ("D25", "told", Certainty::Certain));
    let mut scene = cancelled("call", 20_100, "");
    add_cancelled(&mut scene, "other", 20_180, "");
    assert_eq!(verdict(&scene), ("D25", "round", Certainty::Likely));
    let mut scene = Scene::new();
    scene.number(1).request_with(0, "a", "b", "INVITE", "call", "Expires: 42");
    scene.response(100, "b", "a", "180 Ringing", "INVITE", "call");
    scene.number(2).response(42_010, "b", "a", "487 Request Terminated", "INVITE", "call");
    assert_eq!(verdict(&scene), ("D25", "expires", Certainty::Likely));
}

#[test]
fn d25_a_proxy_that_answers_408_and_cancels_its_branch_is_the_timer() {
    let mut scene = Scene::new();
    scene.number(0).request(0, "a", "p", "INVITE", "call").number(1).request(10, "p", "b", "INVITE", "call");
    scene.response(100, "b", "p", "180 Ringing", "INVITE", "call");
    scene.number(1).response(110, "p", "a", "180 Ringing", "INVITE", "call");
    scene.response(9900, "p", "a", "408 Request Timeout", "INVITE", "call");
    scene
        .number(1)
        .request(9901, "p", "b", "CANCEL", "call")
        .response(9910, "b", "p", "200 OK", "CANCEL", "call");
    scene.response(9920, "b", "p", "487 Request Terminated", "INVITE", "call").end(60_000);
    assert_eq!(verdict(&scene), ("D25", "server", Certainty::Certain));
}

#[test]
fn d25_is_not_a_caller_who_hangs_up() {
    // One call that rang for a round time may be chance.
    for at in [20_100, 17_300] {
        let diagnosis = cancelled("call", at, "").diagnosis("call");
        assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D25"), "{diagnosis:?}");
    }
}

#[test]
fn d25_and_d26_of_a_call_whose_end_was_not_captured_say_nothing() {
    let mut scene = Scene::new();
    scene.request(0, "a", "b", "INVITE", "call").response(100, "b", "a", "180 Ringing", "INVITE", "call");
    let diagnosis = scene.end(20_100).diagnosis("call");
    assert!(rules_of(&diagnosis).is_empty() && diagnosis.notes.is_empty());
}

#[test]
fn d26_a_487_is_read_by_the_reason_of_its_cancel() {
    assert_eq!(note(&cancelled("call", 5_300, "")), ("D26", "caller", Certainty::Likely));
    for (reason, case) in [
        ("SIP;cause=200;text=\"Call completed elsewhere\"", "elsewhere"),
        ("Q.850;cause=26, SIP;cause=600", "elsewhere"),
        ("SIP ;cause=603", "declined"),
        ("Q.850;cause=16", "caller"),
    ] {
        let scene = cancelled("call", 5_300, &format!("Reason: {reason}"));
        assert_eq!(note(&scene), ("D26", case, Certainty::Certain), "{reason}");
    }
    assert_eq!(note(&ended(true, 5_300, "487 Request Terminated", "")), ("D26", "unseen", Certainty::Likely));
}

#[test]
fn d26_says_nothing_of_a_call_that_was_answered_on_another_branch() {
    let mut scene = cancelled("call", 5_300, "Reason: SIP;cause=200");
    scene.number(2).response(5_290, "c", "a", "200 OK", "INVITE", "call");
    assert!(scene.diagnosis("call").notes.is_empty());
}

#[test]
fn d31_busy_and_declined_are_no_faults() {
    assert_eq!(note(&ended(false, 90, "486 Busy Here", "")), ("D31", "busy", Certainty::Certain));
    assert_eq!(note(&ended(true, 4_000, "486 Busy Here", "")), ("D31", "rejected", Certainty::Certain));
    assert_eq!(note(&ended(true, 4_000, "603 Decline", "")), ("D31", "everywhere", Certainty::Certain));
}

#[test]
fn d31_is_not_a_call_that_goes_to_voicemail_after_busy() {
    let mut scene = ended(false, 90, "486 Busy Here", "");
    scene.number(2).response(200, "c", "a", "200 OK", "INVITE", "call");
    assert!(scene.diagnosis("call").notes.is_empty());
}

#[test]
fn d31_without_the_request_in_view_says_nothing() {
    let mut scene = Scene::new();
    scene.response(50, "b", "a", "486 Busy Here", "INVITE", "call");
    assert!(scene.diagnosis("call").notes.is_empty());
}

#[test]
fn d32_a_server_that_cannot_serve_now() {
    for (status, more, case) in [
        ("503 Service Unavailable", "Retry-After: 30", "overload"),
        ("503 Service Unavailable", "", "down"),
        ("503 Service Unavailable", "Reason: Q.850;cause=34", "trunk"),
        ("500 Server Internal Error", "", "error"),
        ("502 Bad Gateway", "", "gateway"),
        ("504 Server Time-out", "", "timeout"),
    ] {
        assert_eq!(verdict(&ended(false, 90, status, more)), ("D32", case, Certainty::Certain), "{status}");
    }
}

#[test]
fn d32_is_not_a_failover_that_works() {
    let mut scene = ended(false, 90, "503 Service Unavailable", "");
    scene.request_with(200, "a", "c", "INVITE", "call", "Subject: again");
    scene.response(300, "c", "a", "200 OK", "INVITE", "call");
    let diagnosis = scene.diagnosis("call");
    assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D32"));
}

#[test]
fn d32_without_the_request_in_view_says_nothing() {
    let mut scene = Scene::new();
    scene.response(50, "b", "a", "503 Service Unavailable", "INVITE", "call");
    assert!(scene.diagnosis("call").is_unknown);
}
