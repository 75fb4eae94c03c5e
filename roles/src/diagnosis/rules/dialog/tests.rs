use super::super::super::testing::{Scene, any_verdict, rules_of, verdict};
use super::*;

const LADDER: [u64; 6] = [0, 500, 1500, 3500, 7500, 11_500];

/// A call that is answered and confirmed.
fn talking() -> Scene {
    let mut scene = Scene::new();
    scene.request(0, "a", "b", "INVITE", "call");
    scene.response(1000, "b", "a", "200 OK", "INVITE", "call");
    scene.number(1).request_in(1010, "a", "b", "ACK", "call", "");
    scene
}

fn hung_up(copies: usize) -> Scene {
    let mut scene = talking();
    for at in &LADDER[..copies] {
        scene.number(6).request_in(9000 + at, "a", "b", "BYE", "call", "");
    }
    scene
}

#[test]
fn d38_a_bye_that_nobody_answers_leaves_the_other_side_talking() {
    let mut scene = hung_up(6);
    assert_eq!(verdict(scene.end(90_000)), ("D38", "silent", Certainty::Certain));
    let diagnosis = scene.diagnosis("call");
    assert_eq!((diagnosis.roots.len(), diagnosis.symptoms[0].rule), (1, "D01"));
}

#[test]
fn d38_a_bye_that_is_refused_ends_nothing() {
    let mut scene = hung_up(1);
    scene.response(9050, "b", "a", "404 Not Found", "BYE", "call").end(90_000);
    assert_eq!(any_verdict(&scene, "call"), Some(("D38", "refused", Certainty::Certain)));
}

#[test]
fn d38_is_not_a_bye_that_is_answered_late_or_sent_again_with_a_password() {
    let mut scene = hung_up(3);
    scene.response(11_000, "b", "a", "200 OK", "BYE", "call").end(90_000);
    assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
    let mut scene = hung_up(1);
    scene.response(9050, "b", "a", "407 Proxy Authentication Required", "BYE", "call");
    scene.request_in(9100, "a", "b", "BYE", "call", "");
    scene.response(9150, "b", "a", "200 OK", "BYE", "call").end(90_000);
    assert!(!rules_of(&scene.diagnosis("call")).contains(&"D38"));
}

#[test]
fn d38_in_a_capture_that_ends_early_is_less_sure() {
    let mut scene = hung_up(4);
    assert_eq!(verdict(scene.end(13_000)), ("D38", "silent", Certainty::Likely));
}

const GONE: &str = "481 Call/Transaction Does Not Exist";

#[test]
fn d39_a_peer_that_lost_the_dialog_refuses_what_comes_in_it() {
    let mut scene = talking();
    scene.number(6).request_in(9000, "a", "b", "INVITE", "call", "");
    scene.response(9050, "b", "a", GONE, "INVITE", "call").end(90_000);
    assert_eq!(any_verdict(&scene, "call"), Some(("D39", "lost", Certainty::Likely)));
}

#[test]
fn d39_tags_that_differ_show_that_something_changed_them() {
    let mut scene = talking();
    let bye = |start: &str| {
        format!(
            "{start}\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK9\r\nFrom: <sip:a@x.test>;tag=tag-a\r\nTo: <sip:b@x.test>;tag=other\r\n\
             Call-ID: call\r\nCSeq: 9 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
    };
    scene.bytes(9000, "a", "b", bye("BYE sip:b@x.test SIP/2.0").as_bytes());
    scene.bytes(9050, "b", "a", bye(&format!("SIP/2.0 {GONE}")).as_bytes()).end(90_000);
    assert_eq!(any_verdict(&scene, "call"), Some(("D39", "changed", Certainty::Certain)));
}

#[test]
fn d39_is_not_two_sides_that_hang_up_at_once() {
    let mut scene = hung_up(1);
    scene.response(9050, "b", "a", "200 OK", "BYE", "call");
    scene.number(8).request_in(9010, "b", "a", "BYE", "call", "");
    scene.response(9060, "a", "b", GONE, "BYE", "call").end(90_000);
    let diagnosis = scene.diagnosis("call");
    assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D39"));
}

#[test]
fn d39_a_dialog_whose_beginning_was_not_seen_is_less_sure() {
    let mut scene = Scene::new();
    scene.request_in(9000, "a", "b", "BYE", "call", "");
    scene.response(9050, "b", "a", GONE, "BYE", "call").end(90_000);
    assert_eq!(any_verdict(&scene, "call"), Some(("D39", "lost", Certainty::Possible)));
}

/// A call that the caller changes at 9 s, which is refused so.
fn changed(status: &str) -> Scene {
    let mut scene = talking();
    scene.number(6).request_in(9000, "a", "b", "INVITE", "call", "");
    scene.response(9050, "b", "a", status, "INVITE", "call");
    scene
}

#[test]
fn d41_a_refused_change_must_leave_the_call_as_it_was() {
    let mut scene = changed("488 Not Acceptable Here");
    scene.request_in(9200, "a", "b", "BYE", "call", "").response(9250, "b", "a", "200 OK", "BYE", "call");
    assert!(rules_of(&scene.diagnosis("call")).contains(&"D41"));
    let mut scene = changed("488 Not Acceptable Here");
    scene.request_in(60_000, "a", "b", "BYE", "call", "").response(60_050, "b", "a", "200 OK", "BYE", "call");
    assert!(!rules_of(&scene.diagnosis("call")).contains(&"D41"));
}

#[test]
fn d41_whoever_chose_the_call_id_must_wait_after_a_491() {
    for (wait, expected) in [(50, Some(("D41", "glare", Certainty::Certain))), (3000, None)] {
        let mut scene = changed("491 Request Pending");
        scene.request_in(9050 + wait, "a", "b", "INVITE", "call", "");
        scene.response(9100 + wait, "b", "a", "491 Request Pending", "INVITE", "call").end(90_000);
        assert_eq!(any_verdict(&scene, "call"), expected);
    }
}

#[test]
fn d41_changes_that_met_and_that_nobody_repeats_are_lost() {
    let met = |more: &dyn Fn(&mut Scene), end| {
        let mut scene = changed("491 Request Pending");
        scene.number(7).request_in(9001, "b", "a", "INVITE", "call", "");
        scene.response(9051, "a", "b", "491 Request Pending", "INVITE", "call");
        more(&mut scene);
        any_verdict(scene.end(end), "call").map(|(rule, case, _)| (rule, case))
    };
    assert_eq!(met(&|_| {}, 90_000), Some(("D41", "unrepeated")));
    let again = |scene: &mut Scene| {
        scene.number(8).request_in(12_000, "a", "b", "INVITE", "call", "");
        scene.response(12_050, "b", "a", "200 OK", "INVITE", "call");
    };
    let over = |scene: &mut Scene| {
        scene.number(8).request_in(10_000, "a", "b", "BYE", "call", "");
        scene.response(10_050, "b", "a", "200 OK", "BYE", "call");
    };
    for (more, end) in [(&again as &dyn Fn(&mut Scene), 90_000), (&over, 90_000), (&|_| {}, 11_000)] {
        assert_ne!(met(more, end), Some(("D41", "unrepeated")));
    }
}

#[test]
fn d41_a_number_that_does_not_rise_and_a_change_before_the_last_one_ended_are_refused() {
    let mut scene = talking();
    scene.number(0).request_in(9000, "a", "b", "INVITE", "call", "");
    scene.response(9050, "b", "a", "500 Server Internal Error", "INVITE", "call").end(90_000);
    assert_eq!(any_verdict(&scene, "call"), Some(("D41", "order", Certainty::Certain)));
    let mut scene = talking();
    scene.number(6).request_in(9000, "a", "b", "INVITE", "call", "");
    scene.number(7).request_in(9010, "a", "b", "INVITE", "call", "");
    scene.response(9050, "b", "a", "500 Server Internal Error", "INVITE", "call").end(90_000);
    assert_eq!(any_verdict(&scene, "call"), Some(("D41", "overlap", Certainty::Certain)));
}

#[test]
fn d41_says_nothing_in_a_capture_that_ends_before_the_call_does() {
    assert!(!rules_of(&changed("488 Not Acceptable Here").diagnosis("call")).contains(&"D41"));
    assert!(!rules_of(&changed("491 Request Pending").diagnosis("call")).contains(&"D41"));
}
