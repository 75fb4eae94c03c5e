use super::super::testing::{Scene, answered, sdp};
use super::*;
use crate::explain::{Explainer, Language};

const OFFER: &str =
    "m=audio 4000 RTP/AVP 96 8 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n";
const ANSWER: &str = "m=audio 5000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

fn steps(scene: &Scene) -> Vec<MediaStep> {
    media_of(&scene.facts, scene.facts.call(b"call").unwrap())
}

fn told(scene: &Scene) -> Vec<String> {
    let explainer = Explainer::new(Language::English);
    let told = steps(scene).into_iter().map(|step| tell_media(&step, &explainer));
    told.flat_map(|told| [vec![told.heading], told.lines.concat()].concat()).collect()
}

#[test]
fn an_answer_chooses_the_codec_and_names_both_addresses() {
    let steps = steps(&answered(OFFER, ANSWER));
    assert_eq!((steps.len(), steps[0].state, steps[0].by_caller), (1, MediaState::Agreed, true));
    let line = &steps[0].lines[0];
    assert_eq!((line.codec.as_deref(), line.has_events), (Some("PCMA/8000"), true));
    assert_eq!(line.offered, ["opus/48000", "PCMA/8000", "telephone-event/8000"]);
    assert_eq!(line.caller.as_ref().unwrap().address, "192.0.2.9:4000");
    assert_eq!(line.callee.as_ref().unwrap().address, "192.0.2.9:5000");
    assert_eq!((line.way(), line.protection), ("both", Protection::None));
}

#[test]
fn an_offer_that_waits_has_no_codec_and_a_preview_is_early() {
    let mut scene = Scene::new();
    scene.request_with(0, "a", "b", "INVITE", "call", &sdp(OFFER));
    scene.response(10, "b", "a", "180 Ringing", "INVITE", "call");
    assert_eq!((steps(&scene)[0].state, &steps(&scene)[0].lines[0].codec), (MediaState::Offered, &None));
    scene.response_with(50, "b", "a", "183 Session Progress", "INVITE", "call", &sdp(ANSWER));
    assert_eq!(steps(&scene)[0].state, MediaState::Early);
    assert_eq!(steps(&scene)[0].lines[0].codec.as_deref(), Some("PCMA/8000"));
}

#[test]
fn hops_with_the_same_descriptions_count_once_and_changed_ones_apart() {
    let mut scene = Scene::new();
    scene.request_with(0, "a", "s", "INVITE", "call", &sdp(OFFER));
    scene.request_with(1, "s", "b", "INVITE", "call", &sdp(OFFER));
    let offers = steps(&scene);
    assert_eq!(offers.len(), 2, "requests of two authors are two offers: {offers:?}");
    let mut scene = answered(OFFER, ANSWER);
    let own = steps(&scene);
    scene.number(2).response_with(51, "b", "a", "200 OK", "INVITE", "call", &sdp(ANSWER));
    assert_eq!(steps(&scene), own);
}

#[test]
fn hold_is_a_step_of_its_own_and_says_who_holds() {
    let mut scene = answered(OFFER, ANSWER);
    let hold = sdp(&format!("{OFFER}a=sendonly\r\n")).replace("o=- 1 1", "o=- 1 2");
    scene.number(5).request_in(5000, "a", "b", "INVITE", "call", &hold);
    scene.response_with(5050, "b", "a", "200 OK", "INVITE", "call", &sdp(&format!("{ANSWER}a=recvonly\r\n")));
    let steps = steps(&scene);
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1].lines[0].way(), "to-callee");
    assert!(steps[1].lines[0].caller.as_ref().unwrap().holds);
    let text = told(&scene);
    assert!(text[3].starts_with("agreed, offered by the caller"), "{text:?}");
    assert!(text[4].contains("from caller to callee only, held by the caller"), "{text:?}");
}

#[test]
fn a_private_address_of_a_public_side_is_flagged_unless_ice_looks_for_a_way() {
    let inside = sdp(OFFER).replace("c=IN IP4 192.0.2.9", "c=IN IP4 192.168.1.9");
    let offer = |text: &str| {
        let mut scene = Scene::new();
        scene.request_with(0, "203.0.113.7:5060", "b", "INVITE", "call", text);
        steps(&scene)[0].lines[0].caller.as_ref().unwrap().is_unreachable
    };
    assert!(offer(&inside));
    assert!(!offer(&sdp(OFFER)));
    assert!(!offer(&format!("{inside}a=ice-ufrag:x\r\na=ice-pwd:y\r\n")));
    let mut scene = Scene::new();
    scene.request_with(0, "192.168.1.9:5060", "b", "INVITE", "call", &inside);
    assert!(!steps(&scene)[0].lines[0].caller.as_ref().unwrap().is_unreachable, "both are inside");
}

#[test]
fn a_refused_medium_is_off_and_keys_are_told() {
    let secure = "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n";
    let scene = answered(
        &format!("{secure}m=video 4002 RTP/AVP 34\r\n"),
        "m=audio 5000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:y\r\nm=video 0 RTP/AVP 34\r\n",
    );
    let lines = &steps(&scene)[0].lines;
    assert_eq!((lines[0].protection, lines[0].is_off), (Protection::Sdes, false));
    assert!(lines[1].is_off && lines[1].callee.is_none());
    let text = told(&scene);
    assert_eq!(text[1], "audio PCMA/8000, both ways, SRTP with keys in the messages");
    assert!(text[3].ends_with(", off"), "{text:?}");
}

#[test]
fn an_offer_in_the_answer_is_answered_by_the_ack() {
    let mut scene = Scene::new();
    scene.request(0, "a", "b", "INVITE", "call");
    scene.response_with(50, "b", "a", "200 OK", "INVITE", "call", &sdp(OFFER));
    assert_eq!((steps(&scene)[0].state, steps(&scene)[0].by_caller), (MediaState::Offered, false));
    scene.number(1).request_in(60, "a", "b", "ACK", "call", &sdp(ANSWER));
    let steps = steps(&scene);
    assert_eq!((steps[0].state, steps[0].by_caller), (MediaState::Agreed, false));
    assert_eq!(steps[0].lines[0].caller.as_ref().unwrap().address, "192.0.2.9:5000");
}

#[test]
fn an_attempt_without_password_is_no_step_and_a_refused_change_is() {
    let mut scene = Scene::new();
    scene.request_with(0, "a", "b", "INVITE", "call", &sdp(OFFER));
    scene.response(5, "b", "a", "407 Proxy Authentication Required", "INVITE", "call");
    assert_eq!((steps(&scene)[0].state, steps(&scene)[0].status), (MediaState::Refused, Some(407)));
    scene.number(2).request_with(10, "a", "b", "INVITE", "call", &sdp(OFFER));
    scene.response_with(50, "b", "a", "200 OK", "INVITE", "call", &sdp(ANSWER));
    assert_eq!(steps(&scene).iter().map(|step| step.state).collect::<Vec<_>>(), [MediaState::Agreed]);
    let change = sdp(OFFER).replace("m=audio 4000", "m=audio 4400");
    scene.number(7).request_in(5000, "a", "b", "INVITE", "call", &change);
    scene.response(5050, "b", "a", "488 Not Acceptable Here", "INVITE", "call");
    let states: Vec<_> = steps(&scene).iter().map(|step| (step.state, step.status)).collect();
    assert_eq!(states, [(MediaState::Agreed, None), (MediaState::Refused, Some(488))]);
}
