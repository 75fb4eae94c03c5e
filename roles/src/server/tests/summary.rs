//! The voicemail lamp through the server (RFC 3842).

use super::world::{ALICE, World, flow, whats};
use crate::presence::Mailbox;
use ringback_sip::flow::Transport;
use ringback_sip::registry::EventPackage;

/// A SUBSCRIBE to the lamp of `whose` by `who`.
pub(super) fn subscribe(whose: &str, who: &str, call: &str, rows: &str) -> String {
    format!(
        "SUBSCRIBE sip:{whose}@example.test SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{call}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{who}@example.test>;tag={call}\r\nTo: <sip:{whose}@example.test>\r\n\
         Call-ID: {call}\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:{who}@192.0.2.1>\r\nEvent: message-summary\r\n\
         {rows}Content-Length: 0\r\n\r\n"
    )
}

pub(super) fn two_new() -> String {
    Mailbox { new: 2, old: 8, ..Mailbox::default() }.write()
}

#[test]
fn the_lamp_of_a_user_is_told_at_once_and_when_the_counts_change() {
    let mut world = World::new();
    let sent = world.receive(ALICE, &subscribe("alice", "alice", "w1", ""));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    assert_eq!((sent[0].row("Expires"), sent[1].row("Event")), ("3600".into(), "message-summary".into()));
    assert_eq!(sent[1].row("Content-Type"), "application/simple-message-summary");
    assert!(sent[1].text().ends_with("\r\n\r\nMessages-Waiting: no\r\n"), "{}", sent[1].text());
    world.answer(&sent[1], 200, "", "");
    assert!(world.say("alice", EventPackage::MESSAGE_SUMMARY, &two_new()).is_empty(), "one NOTIFY a second");
    let sent = world.run_secs(1);
    assert_eq!(whats(&sent), ["NOTIFY"]);
    assert!(sent[0].text().ends_with("\r\n\r\nMessages-Waiting: yes\r\nVoice-Message: 2/8\r\n"));
    world.answer(&sent[0], 200, "", "");
    world.run_secs(5);
    assert!(world.say("alice", EventPackage::MESSAGE_SUMMARY, &two_new()).is_empty(), "nothing is new");
    assert!(world.say("bob", EventPackage::MESSAGE_SUMMARY, &two_new()).is_empty(), "another's mailbox");
}

#[test]
fn the_mailbox_is_its_owners_secret_and_nobody_publishes_it() {
    let mut world = World::new();
    assert_eq!(whats(&world.receive(ALICE, &subscribe("bob", "alice", "w1", ""))), ["403"]);
    let accept = "Accept: text/plain\r\n";
    let sent = world.receive(ALICE, &subscribe("alice", "alice", "w2", accept));
    assert_eq!((whats(&sent), sent[0].row("Accept")), (vec!["406".into()], Mailbox::MEDIA_TYPE.into()));
    let publish = subscribe("alice", "alice", "w3", "").replace("SUBSCRIBE", "PUBLISH");
    let sent = world.receive(ALICE, &publish);
    assert_eq!(whats(&sent), ["489"]);
    assert!(sent[0].row("Allow-Events").contains("message-summary"), "it is only not published");
    assert_eq!(world.server.subscriptions(), 0);
}

#[test]
fn a_subscription_to_a_lamp_is_never_sent_on_so_that_it_cannot_come_back_in_a_loop() {
    let mut world = World::new();
    world.register("alice", "<sip:alice@192.0.2.1>", ALICE, Transport::Udp);
    let text = subscribe("alice", "alice", "w1", "");
    let sent = world.receive(ALICE, &text);
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "her phone gets no SUBSCRIBE");
    world.answer(&sent[1], 200, "", "");
    // Her phone sends the SUBSCRIBE back, as if it were for somebody else.
    let back = text
        .replace("Via: ", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKback\r\nVia: ")
        .replace("Max-Forwards: 70", "Max-Forwards: 69");
    let sent = world.receive_over(flow(Transport::Udp, ALICE), &back);
    assert!(sent.iter().all(|s| s.what() != "SUBSCRIBE"), "{:?}", whats(&sent));
    assert!(world.run_secs(120).iter().all(|s| s.what() == "NOTIFY"));
    assert!(world.server.subscriptions() <= 2);
}
