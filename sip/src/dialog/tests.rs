//! Dialogs from messages, as both sides see them.

use super::*;
use crate::registry::Method;
use crate::syntax::Message;

const INVITE: &str = "INVITE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
    From: \"Alice\"\r\n <sip:alice@example.test>;tag=al\r\nTo: Bob <sip:bob@example.test>\r\nCall-ID: c1\r\n\
    CSeq: 7 INVITE\r\nContact: <sip:alice@192.0.2.1:5070;transport=udp>\r\n\
    Record-Route: <sip:p2.test;lr;odd=%41>, <sip:p1.test;lr>;x=y\r\n\r\n";

fn response(code: u16, tag: &str, contact: &str, routes: &str) -> String {
    let routes = if routes.is_empty() { String::new() } else { format!("Record-Route: {routes}\r\n") };
    let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    format!(
        "SIP/2.0 {code} X\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: \"Alice\" <sip:alice@example.test>;tag=al\r\n\
         To: Bob <sip:bob@example.test>{tag}\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n{contact}{routes}\r\n"
    )
}

fn caller(response: &str) -> Result<Dialog, DialogFault> {
    Dialog::of_response(
        &Message::parse(INVITE.as_bytes()).unwrap(),
        &Message::parse(response.as_bytes()).unwrap(),
    )
}

fn callee() -> Dialog {
    Dialog::of_request(&Message::parse(INVITE.as_bytes()).unwrap(), b"bo").unwrap()
}

fn hear(forks: &mut Forks, response: &str) -> Result<Heard, DialogFault> {
    forks.hear(&Message::parse(INVITE.as_bytes()).unwrap(), &Message::parse(response.as_bytes()).unwrap())
}

const CONTACT: &str = "Contact: <sip:bob@192.0.2.2:5060>\r\n";

fn text(request: &InDialog) -> String {
    String::from_utf8(request.write("SIP/2.0/UDP me;branch=z9hG4bKx").finish().to_vec()).unwrap()
}

#[test]
fn the_caller_reverses_the_record_route_and_keeps_odd_parameters() {
    let routes = "<sip:p1.test;lr;odd=%41>;x=y, <sip:p2.test;lr>, <sip:p3.test;lr;z>";
    let mut dialog = caller(&response(200, "bo", CONTACT, routes)).unwrap();
    assert_eq!(
        text(&dialog.request(Method::Bye)),
        "BYE sip:bob@192.0.2.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP me;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n\
         Route: <sip:p3.test;lr;z>\r\nRoute: <sip:p2.test;lr>\r\nRoute: <sip:p1.test;lr;odd=%41>;x=y\r\n\
         From: \"Alice\"   <sip:alice@example.test>;tag=al\r\nTo: Bob <sip:bob@example.test>;tag=bo\r\n\
         Call-ID: c1\r\nCSeq: 8 BYE\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_2xx_without_what_a_dialog_needs_is_kept_to_be_ended_once() {
    let mut forks = Forks::default();
    assert_eq!(hear(&mut forks, &response(180, "early", CONTACT, "")), Ok(Heard::NewEarly));
    assert_eq!(hear(&mut forks, &response(200, "early", "", "")), Ok(Heard::Unfit(DialogFault::Contact)));
    assert_eq!(forks.get(b"early").unwrap().target(), b"sip:bob@192.0.2.2:5060");
    let poor = response(200, "poor", CONTACT, "<tel:1>");
    assert_eq!(hear(&mut forks, &poor), Ok(Heard::Unfit(DialogFault::Route)));
    assert_eq!(hear(&mut forks, &poor), Ok(Heard::AgainConfirmed));
    let bare = response(200, "bare", "", "<sip:p9.test;lr>");
    assert_eq!(hear(&mut forks, &bare), Ok(Heard::Unfit(DialogFault::Contact)));
    let bare = forks.get(b"bare").unwrap();
    assert_eq!((bare.target(), bare.routes().values().count()), (&b"sip:bob@example.test"[..], 1));
}

#[test]
fn the_callee_keeps_the_record_route_order() {
    let mut dialog = callee();
    assert_eq!((dialog.role(), dialog.state()), (Role::Callee, State::Early));
    assert_eq!(
        text(&dialog.request(Method::Bye)),
        "BYE sip:alice@192.0.2.1:5070;transport=udp SIP/2.0\r\nVia: SIP/2.0/UDP me;branch=z9hG4bKx\r\n\
         Max-Forwards: 70\r\nRoute: <sip:p2.test;lr;odd=%41>\r\nRoute: <sip:p1.test;lr>;x=y\r\n\
         From: Bob <sip:bob@example.test>;tag=bo\r\nTo: \"Alice\"   <sip:alice@example.test>;tag=al\r\n\
         Call-ID: c1\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(&*dialog.request(Method::Bye).way.next_hop, b"sip:p2.test;lr;odd=%41");
}

#[test]
fn a_strict_router_gets_the_request_uri_and_the_target_goes_last() {
    let routes = "<sip:p2.test;lr>, <sip:p1.test;method=INVITE;maddr=192.0.2.9?Subject=x>";
    let mut dialog = caller(&response(200, "bo", CONTACT, routes)).unwrap();
    let request = dialog.request(Method::Bye);
    assert_eq!(&*request.way.request_uri, b"sip:p1.test;maddr=192.0.2.9");
    assert_eq!(&*request.way.next_hop, b"sip:p1.test;maddr=192.0.2.9");
    let routes: Vec<_> = request.way.routes.iter().map(|r| std::str::from_utf8(r).unwrap()).collect();
    assert_eq!(routes, ["<sip:p2.test;lr>", "<sip:bob@192.0.2.2:5060>"]);
}

#[test]
fn without_routes_a_request_goes_to_the_target() {
    let mut dialog = caller(&response(200, "bo", CONTACT, "")).unwrap();
    let request = dialog.request(Method::Bye);
    assert_eq!((&*request.way.request_uri, &*request.way.next_hop), (dialog.target(), dialog.target()));
    assert!(dialog.routes().is_empty());
}

#[test]
fn a_request_is_written_at_once_as_it_would_be_in_two_steps() {
    for routes in ["", "<sip:p1.test;lr>, <sip:p2.test;lr>", "<sip:p2.test>"] {
        let mut dialog = caller(&response(200, "bo", CONTACT, routes)).unwrap();
        let at_once = dialog.clone().write_request(Method::Notify).finish();
        let request = dialog.request(Method::Notify);
        let steps = text(&request);
        assert_eq!(
            std::str::from_utf8(&at_once).unwrap(),
            steps.replace("Via: SIP/2.0/UDP me;branch=z9hG4bKx\r\n", "")
        );
        let next = dialog.write_request(Method::Notify).finish();
        assert!(
            std::str::from_utf8(&next)
                .unwrap()
                .contains(&format!("\r\nCSeq: {} NOTIFY\r\n", request.cseq + 1)),
            "each has its own number"
        );
    }
}

#[test]
fn the_2xx_replaces_the_route_set_and_target_of_the_early_dialog_and_nothing_later_does() {
    let mut dialog = caller(&response(180, "bo", CONTACT, "<sip:p1.test;lr>")).unwrap();
    assert_eq!(dialog.state(), State::Early);
    let ok = response(200, "bo", "Contact: <sip:bob@192.0.2.3>\r\n", "<sip:p2.test;lr>");
    dialog.confirm(&Message::parse(ok.as_bytes()).unwrap()).unwrap();
    assert_eq!((dialog.state(), dialog.target()), (State::Confirmed, &b"sip:bob@192.0.2.3"[..]));
    assert_eq!(dialog.routes().values().next(), Some(&b"<sip:p2.test;lr>"[..]));
    let again = response(200, "bo", CONTACT, "<sip:p9.test;lr>");
    dialog.confirm(&Message::parse(again.as_bytes()).unwrap()).unwrap();
    dialog.refresh_target(&Message::parse(again.as_bytes()).unwrap());
    assert_eq!(dialog.routes().values().next(), Some(&b"<sip:p2.test;lr>"[..]));
    assert_eq!(dialog.target(), b"sip:bob@192.0.2.2:5060");
    let bare = response(200, "bo", "", "");
    dialog.refresh_target(&Message::parse(bare.as_bytes()).unwrap());
    assert_eq!(dialog.target(), b"sip:bob@192.0.2.2:5060");
}

#[test]
fn the_ack_carries_the_number_of_its_invite_and_the_route_set() {
    let mut dialog = caller(&response(200, "bo", CONTACT, "<sip:p1.test;lr>")).unwrap();
    dialog.request(Method::Info);
    let ack = text(&dialog.ack(7));
    assert!(ack.contains("\r\nCSeq: 7 ACK\r\n") && ack.contains("\r\nRoute: <sip:p1.test;lr>\r\n"), "{ack}");
    assert_eq!(dialog.local_cseq(), 8);
    dialog.used_cseq(10);
    assert_eq!(dialog.request(Method::Bye).cseq, 11);
}

#[test]
fn numbers_of_the_peer_may_jump_up_and_never_down() {
    let request = |n: u32| {
        INVITE.replace("CSeq: 7 INVITE", &format!("CSeq: {n} INFO")).replace("INVITE sip", "INFO sip")
    };
    let mut dialog = callee();
    let mut receive = |n| dialog.receive(&Message::parse(request(n).as_bytes()).unwrap());
    assert_eq!(receive(107), Ok(()));
    assert_eq!(receive(106), Err(DialogFault::CSeqOrder));
    assert_eq!(receive(107), Err(DialogFault::CSeqOrder));
    assert_eq!(receive(108), Ok(()));
    // The first number that the other side uses may be anything: each way counts for itself.
    let mut dialog = caller(&response(200, "bo", CONTACT, "")).unwrap();
    assert_eq!(dialog.receive(&Message::parse(request(0).as_bytes()).unwrap()), Ok(()));
}

#[test]
fn a_dialog_needs_one_sip_contact() {
    let fault = |contact: &str| caller(&response(200, "bo", contact, "")).unwrap_err();
    assert_eq!(fault(""), DialogFault::Contact);
    assert_eq!(fault("Contact: <sip:a@x>, <sip:b@x>\r\n"), DialogFault::Contact);
    assert_eq!(fault("Contact: *\r\n"), DialogFault::Contact);
    assert_eq!(fault("Contact: <tel:+1>\r\n"), DialogFault::Contact);
    let many = vec!["<sip:p;lr>"; 65].join(",");
    assert_eq!(caller(&response(200, "bo", CONTACT, &many)).unwrap_err(), DialogFault::TooManyRoutes);
}

#[test]
fn a_message_is_of_the_dialog_that_its_tags_name() {
    let ok = response(200, "bo", CONTACT, "");
    let dialog = caller(&ok).unwrap();
    let bye = "BYE sip:a SIP/2.0\r\nFrom: <sip:b>;tag=bo\r\nTo: <sip:a>;tag=al\r\nCall-ID: c1\r\n\r\n";
    assert_eq!(&DialogId::of_received(&Message::parse(bye.as_bytes()).unwrap()).unwrap(), dialog.id());
    assert_eq!(&DialogId::of_received(&Message::parse(ok.as_bytes()).unwrap()).unwrap(), dialog.id());
}

#[test]
fn each_to_tag_makes_a_dialog_of_its_own() {
    let mut forks = Forks::default();
    assert_eq!(hear(&mut forks, &response(100, "x", CONTACT, "")), Ok(Heard::NoDialog));
    assert_eq!(hear(&mut forks, &response(180, "", CONTACT, "")), Ok(Heard::NoDialog));
    assert_eq!(hear(&mut forks, &response(180, "x", "", "")), Ok(Heard::NoDialog));
    assert_eq!(hear(&mut forks, &response(180, "one", CONTACT, "")), Ok(Heard::NewEarly));
    assert_eq!(hear(&mut forks, &response(183, "two", CONTACT, "")), Ok(Heard::NewEarly));
    assert_eq!(hear(&mut forks, &response(180, "two", CONTACT, "")), Ok(Heard::KnownEarly));
    assert_eq!(hear(&mut forks, &response(200, "two", CONTACT, "")), Ok(Heard::Confirmed));
    assert_eq!(hear(&mut forks, &response(200, "two", CONTACT, "")), Ok(Heard::AgainConfirmed));
    assert_eq!(hear(&mut forks, &response(200, "three", CONTACT, "")), Ok(Heard::Confirmed));
    assert_eq!(forks.len(), 3);
    forks.end_early();
    assert!(forks.get(b"one").is_none() && forks.get(b"two").is_some() && forks.get(b"three").is_some());
}

#[test]
fn a_199_ends_only_its_early_dialog() {
    let mut forks = Forks::default();
    hear(&mut forks, &response(180, "one", CONTACT, "")).unwrap();
    hear(&mut forks, &response(180, "two", CONTACT, "")).unwrap();
    assert_eq!(hear(&mut forks, &response(199, "one", "", "")), Ok(Heard::Ended));
    assert_eq!(hear(&mut forks, &response(199, "nobody", "", "")), Ok(Heard::NoDialog));
    assert_eq!(forks.iter().count(), 1);
    hear(&mut forks, &response(200, "two", CONTACT, "")).unwrap();
    assert_eq!(hear(&mut forks, &response(199, "two", "", "")), Ok(Heard::NoDialog));
}

#[test]
fn a_2xx_without_tag_of_an_old_peer_makes_a_dialog() {
    let mut forks = Forks::default();
    assert_eq!(hear(&mut forks, &response(200, "", CONTACT, "")), Ok(Heard::Confirmed));
    assert!(forks.get_mut(b"").is_some());
    assert_eq!(forks.take(b"").unwrap().id().remote_tag.len(), 0);
    assert!(forks.is_empty());
}

#[test]
fn dialogs_of_one_invite_are_limited() {
    let mut forks = Forks::default();
    for n in 0..EARLY_DIALOGS_MAX {
        hear(&mut forks, &response(180, &format!("t{n}"), CONTACT, "")).unwrap();
    }
    assert_eq!(hear(&mut forks, &response(180, "more", CONTACT, "")), Err(DialogFault::TooManyDialogs));
    assert_eq!(hear(&mut forks, &response(200, "t3", CONTACT, "")), Ok(Heard::Confirmed));
    // A 2xx is heard all the same: it must get its ACK.
    assert_eq!(hear(&mut forks, &response(200, "more", CONTACT, "")), Ok(Heard::Confirmed));
    assert_eq!((forks.len(), forks.get(b"t0")), (EARLY_DIALOGS_MAX, None));
}
