//! Calls between two agents, from the first INVITE to the last answer (RFC 3261 §13, §15).

use super::net::*;
use crate::agent::{Command, Ending, Event, Outcome, Side};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Direction;
use ringback_sip::time::Duration;

#[test]
fn a_call_rings_is_answered_with_audio_both_ways_and_hung_up() {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(50);
    assert!(matches!(&net.events[BOB][..], [Event::Incoming { call: TAKEN, .. }]));
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    net.run_millis(50);
    net.answer(TAKEN);
    net.run_millis(50);
    net.order(ALICE, Command::Hangup(CALL));
    net.run_millis(50);
    assert_eq!(net.lines(), ["0 INVITE", "1 180 Ri", "1 200 OK", "0 ACK si", "0 BYE si", "1 200 OK"]);
    let [
        Event::Progress { status: StatusCode::RINGING, agreed: None, .. },
        Event::Established { agreed, .. },
        ended,
        Event::HungUp { call: CALL, outcome: Outcome::Status(StatusCode::OK) },
    ] = &net.events[ALICE][..]
    else {
        panic!("{:?}", net.events[ALICE])
    };
    let agreed = agreed.as_ref().unwrap();
    assert_eq!((agreed.remote, agreed.direction), (audio(BOB).address, Direction::SendRecv));
    assert!(matches!(
        ended,
        Event::Ended { call: CALL, ending: Ending::HungUp(Side::Us), lasted: Some(_), .. }
    ));
    let [_, Event::Established { agreed: Some(theirs), .. }, Event::Confirmed(TAKEN), over] =
        &net.events[BOB][..]
    else {
        panic!("{:?}", net.events[BOB])
    };
    assert_eq!(theirs.remote, audio(ALICE).address);
    assert!(matches!(over, Event::Ended { ending: Ending::HungUp(Side::Peer), .. }));
    net.rest();
}

#[test]
fn a_call_given_up_while_it_rings_is_cancelled_and_ends_with_487() {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(50);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    net.run_millis(50);
    net.order(ALICE, Command::Hangup(CALL));
    net.run_millis(50);
    assert_eq!(net.lines(), ["0 INVITE", "1 180 Ri", "0 CANCEL", "1 200 OK", "1 487 Re", "0 ACK si"]);
    let ended = |agent: usize, side| {
        let last = net.events[agent].last();
        matches!(last, Some(Event::Ended { ending: Ending::Cancelled(s), lasted: None, .. }) if *s == side)
    };
    assert!(ended(ALICE, Side::Us) && ended(BOB, Side::Peer), "{:?}", net.events);
    net.rest();
}

#[test]
fn a_refusal_reaches_the_caller_with_its_code() {
    for status in [
        StatusCode::BUSY_HERE,
        StatusCode::BUSY_EVERYWHERE,
        StatusCode::DECLINE,
        StatusCode::DOES_NOT_EXIST_ANYWHERE,
    ] {
        let mut net = Net::new();
        net.call(BOB);
        net.run_millis(50);
        net.reject(TAKEN, status, None);
        net.run_millis(50);
        let refusal = net.only(BOB, &format!("SIP/2.0 {status}"));
        let ack = net.only(ALICE, "ACK");
        assert_eq!(ack.header("To"), refusal.header("To"));
        assert_eq!(ack.header("Via"), net.only(ALICE, "INVITE").header("Via"), "the ACK is hop by hop");
        let Some(Event::Ended { ending: Ending::Failed(outcome), response: Some(response), .. }) =
            net.events[ALICE].last()
        else {
            panic!("{:?}", net.events[ALICE])
        };
        assert_eq!(*outcome, Outcome::Status(status));
        assert_eq!(&response[..], refusal.text.as_bytes());
        net.rest();
    }
}

#[test]
fn the_called_side_hangs_up_and_both_know() {
    let mut net = Net::established(|_| {});
    net.order(BOB, Command::Hangup(TAKEN));
    net.run_for(Duration::from_millis(50));
    assert_eq!(net.lines(), ["1 BYE si", "0 200 OK"]);
    assert!(matches!(&net.events[ALICE][..], [Event::Ended { ending: Ending::HungUp(Side::Peer), .. }]));
    assert!(matches!(
        &net.events[BOB][..],
        [Event::Ended { ending: Ending::HungUp(Side::Us), .. }, Event::HungUp { .. }]
    ));
    net.rest();
}
