//! Offers and answers in their places: late offers, early media, answers that cannot be used
//! (RFC 3261 §13.2.1, §13.3.1, RFC 3264).

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Ending, Event, Reliable};
use ringback_sip::sdp::{AnswerFault, Capabilities, Codec, Direction, KeySource};
use ringback_sip::time::Duration;

fn established(net: &Net, agent: usize) -> Option<&ringback_sip::sdp::Agreed> {
    let found = net.events[agent].iter().find_map(|e| match e {
        Event::Established { agreed, .. } => Some(agreed.as_deref()),
        _ => None,
    });
    found.expect("the call stands")
}

#[test]
fn without_an_offer_in_the_invite_the_2xx_makes_it_and_the_ack_answers() {
    let mut net = Net::new();
    net.call_with(BOB, |o| o.late_offer = true);
    net.run_millis(20);
    net.answer(TAKEN);
    net.run_millis(50);
    let (invite, ok, ack) = (net.only(ALICE, "INVITE"), net.only(BOB, "SIP/2.0 200"), net.only(ALICE, "ACK"));
    assert_eq!(invite.header("Content-Length"), "0");
    assert!(ok.text.contains("m=audio 4000") && ack.text.contains("m=audio 4000"));
    assert_eq!(established(&net, ALICE).unwrap().remote, audio(BOB).address);
    assert_eq!(established(&net, BOB), None, "the answer is still to come");
    let told = net.events[BOB].iter().find_map(|e| match e {
        Event::Media { agreed, .. } => agreed.as_ref().map(|a| (a.remote, a.direction)),
        _ => None,
    });
    assert_eq!(told, Some((audio(ALICE).address, Direction::SendRecv)));
}

#[test]
fn an_ack_that_owes_an_answer_and_has_none_ends_the_call() {
    let mut net = Net::new();
    let mut raw = Caller::answered(&mut net, "");
    raw.send(&mut net, "ACK", 1, "", "");
    net.only(BOB, "BYE");
    assert!(matches!(net.events[BOB].last(), Some(Event::Ended { ending: Ending::BadAnswer(_), .. })));
    net.rest();
}

#[test]
fn a_change_without_offer_gets_one_in_the_2xx_and_is_glare_until_the_ack() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    let ok = raw.send(&mut net, "INVITE", 2, "", "");
    assert!(ok[0].is("SIP/2.0 200") && ok[0].text.contains("m=audio 4000"));
    assert!(raw.send(&mut net, "INVITE", 3, "", SDP)[0].is("SIP/2.0 491"), "our offer is open");
    raw.send(&mut net, "ACK", 2, "", &SDP.replace("a=rtpmap", "a=sendonly\r\na=rtpmap"));
    let told = net.events[BOB].iter().find_map(|e| match e {
        Event::Media { agreed, .. } => agreed.as_ref().map(|a| a.direction),
        _ => None,
    });
    assert_eq!(told, Some(Direction::RecvOnly));
    assert!(raw.send(&mut net, "INVITE", 4, "", SDP)[0].is("SIP/2.0 200"));
}

#[test]
fn early_media_of_183_are_said_again_in_the_2xx() {
    let mut net = Net::with(|s| s.reliable = Reliable::Never);
    net.call(BOB);
    net.run_millis(20);
    net.order(BOB, Command::Ring { call: TAKEN, audio: Some(audio(BOB)) });
    net.run_millis(20);
    assert!(matches!(&net.events[ALICE][..], [Event::Progress { agreed: Some(agreed), .. }]
        if agreed.remote == audio(BOB).address));
    net.answer(TAKEN);
    net.run_millis(50);
    let body = |p: Packet| p.text.split("\r\n\r\n").nth(1).unwrap().to_owned();
    let (early, last) = (body(net.only(BOB, "SIP/2.0 183")), body(net.only(BOB, "SIP/2.0 200")));
    assert!(early.contains("m=audio"));
    assert_eq!(early, last);
    assert_eq!(established(&net, ALICE).unwrap().remote, audio(BOB).address);
    assert_eq!(established(&net, BOB).unwrap().remote, audio(ALICE).address);
}

#[test]
fn each_branch_has_early_media_of_its_own_and_the_2xx_decides() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    let at = |port: &str| SDP.replace("7000", port);
    net.inject(RAW, ALICE, &reply(&invite, "183 One", "r1", "", &at("7001")));
    net.inject(RAW, ALICE, &reply(&invite, "183 Two", "r2", "", &at("7002")));
    let ports: Vec<u16> = net.events[ALICE]
        .iter()
        .filter_map(|e| match e {
            Event::Progress { agreed, .. } => agreed.as_ref().map(|a| a.remote.port()),
            _ => None,
        })
        .collect();
    assert_eq!(ports, [7001, 7002]);
    // The 2xx of the first branch leaves out what its 183 said.
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", ""));
    assert_eq!(established(&net, ALICE).unwrap().remote.port(), 7001);
    // That of the second would have said something else again.
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "183 One", "r1", "", &at("7001")));
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r2", "", &at("7003")));
    assert_eq!(established(&net, ALICE).unwrap().remote.port(), 7003);
}

#[test]
fn an_answer_that_cannot_be_used_is_acknowledged_and_hung_up() {
    let video = SDP.replace("m=audio", "m=video");
    let cases = [
        ("", AnswerFault::Unreadable(ringback_sip::sdp::SdpError::Empty)),
        (&SDP.replace("7000", "0"), AnswerFault::AudioRejected),
        (&video, AnswerFault::SectionMismatch),
        (
            &SDP.replace("AVP 0", "AVP 9").replace("rtpmap:0 PCMU", "rtpmap:9 G722"),
            AnswerFault::NoCommonCodec,
        ),
    ];
    for (body, fault) in cases {
        let mut net = Net::new();
        net.call(RAW);
        let invite = net.only(ALICE, "INVITE");
        net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", body));
        net.only(ALICE, "ACK");
        net.only(ALICE, "BYE");
        let [Event::Ended { ending, .. }] = &net.events[ALICE][..] else { panic!("{:?}", net.events[ALICE]) };
        assert_eq!(ending, &Ending::BadAnswer(fault));
        net.rest();
    }
}

#[test]
fn a_late_offer_that_we_cannot_take_is_declined_in_the_ack() {
    let mut net = Net::new();
    net.call_with(RAW, |o| o.late_offer = true);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", &SDP.replace("m=audio", "m=video")));
    let ack = net.only(ALICE, "ACK");
    assert!(ack.text.contains("m=video 0 RTP/AVP 0"), "{}", ack.text);
    net.only(ALICE, "BYE");
    assert!(matches!(&net.events[ALICE][..], [Event::Ended { ending: Ending::BadAnswer(_), .. }]));
    // And the one of a branch that lost.
    let mut net = Net::new();
    net.call_with(RAW, |o| o.late_offer = true);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", SDP));
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r2", "", SDP));
    let acks = net.sent(ALICE, "ACK");
    assert!(acks[0].text.contains("m=audio 4000") && acks[1].text.contains("m=audio 0"), "{}", acks[1].text);
}

#[test]
fn what_nobody_could_accept_is_488_with_a_warning_before_anybody_rings() {
    let cases = [
        (SDP.replace("m=audio", "m=video"), "304"),
        (SDP.replace("AVP 0", "AVP 9").replace("rtpmap:0 PCMU", "rtpmap:9 G722"), "305"),
        (SDP.replace("c=IN IP4 192.0.2.17", "c=IN IP6 2001:db8::1"), "301"),
    ];
    for (offer, warning) in cases {
        let mut net = Net::new();
        let answer = Caller::new("c1").send(&mut net, "INVITE", 1, "", &offer);
        assert!(answer[0].is("SIP/2.0 488"), "{}", answer[0].text);
        let row = answer[0].header("Warning");
        assert!(row.starts_with(warning) && row.ends_with('"'), "{row}");
        assert!(net.events[BOB].is_empty());
    }
    let mut net = Net::new();
    assert!(Caller::new("c1").send(&mut net, "INVITE", 1, "", "v=1\r\n")[0].is("SIP/2.0 400"));
    assert!(Caller::new("c2").send(&mut net, "INVITE", 1, "", SDP).is_empty(), "a good offer rings");
}

#[test]
fn what_no_device_of_the_user_could_accept_is_606_with_a_warning() {
    let video = SDP.replace("m=audio", "m=video");
    for (everywhere, status) in [(true, "SIP/2.0 606"), (false, "SIP/2.0 488")] {
        let mut net = Net::with(|s| s.formats_everywhere = everywhere);
        let answer = Caller::new("c1").send(&mut net, "INVITE", 1, "", &video);
        assert!(
            answer[0].is(status) && answer[0].header("Warning").starts_with("304 "),
            "{}",
            answer[0].text
        );
        assert!(net.events[BOB].is_empty(), "nobody rings");
    }
    let mut net = Net::with(|s| s.formats_everywhere = true);
    assert!(Caller::new("c1").send(&mut net, "INVITE", 1, "", SDP).is_empty(), "a good offer rings");
}

#[test]
fn an_answer_with_other_codecs_than_checked_at_first_is_488_too() {
    let mut net = Net::new();
    Caller::new("c1").send(&mut net, "INVITE", 1, "", SDP);
    let mut own = audio(BOB);
    own.codecs = vec![Codec::Pcma];
    let answer =
        Command::Answer { call: TAKEN, after: core::time::Duration::ZERO, audio: own, duration: None };
    net.order(BOB, answer);
    net.only(BOB, "SIP/2.0 488");
    assert!(matches!(net.events[BOB].last(), Some(Event::Ended { ending: Ending::Refused(_), .. })));
}

#[test]
fn plain_audio_to_who_encrypts_is_488_with_a_warning_and_encrypted_audio_is_agreed() {
    let mut net = Net::with(|settings| settings.srtp = true);
    net.call(BOB);
    net.run_millis(50);
    let refusal = net.only(BOB, "SIP/2.0 488");
    assert!(refusal.header("Warning").starts_with("302 "), "{}", refusal.text);
    let mut net = Net::with(|settings| settings.srtp = true);
    let secure = |agent, secret| Capabilities { srtp: Some(KeySource::new([secret; 32])), ..audio(agent) };
    net.call_with(BOB, |outgoing| outgoing.audio = secure(ALICE, 1));
    net.run_millis(50);
    let answer =
        Command::Answer { call: TAKEN, after: Duration::ZERO, audio: secure(BOB, 2), duration: None };
    net.order(BOB, answer);
    net.run_millis(50);
    let keys = |agent| established(&net, agent).unwrap().keys.unwrap();
    assert_eq!((keys(ALICE).send, keys(ALICE).receive), (keys(BOB).receive, keys(BOB).send));
}

/// An offer of encrypted audio with these values of `a=crypto`.
fn keyed(version: u32, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("a=crypto:{line}\r\n")).collect();
    SDP.replace("=- 7 1", &format!("=- 7 {version}")).replace("RTP/AVP", "RTP/SAVP") + &lines
}

#[test]
fn a_new_key_in_a_re_invite_is_taken_and_ours_stays_and_several_are_refused_without_harm() {
    const FIRST: &str = "1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    const SECOND: &str = "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
    let mut net = Net::with(|settings| settings.srtp = true);
    let own = Capabilities { srtp: Some(KeySource::new([2; 32])), ..audio(BOB) };
    let several = format!("{FIRST}|1:4;{}|2:4", FIRST.rsplit(' ').next().unwrap());
    // Several keys for one stream are beyond us: such a call is refused as one without a key that fits.
    Caller::new("c0").send(&mut net, "INVITE", 1, "", &keyed(1, &[&several]));
    assert!(net.only(BOB, "SIP/2.0 488").header("Warning").starts_with("306 "));
    net.log.clear();
    net.events[BOB].clear();

    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "", &keyed(1, &[FIRST]));
    let Some(Event::Incoming { call, .. }) = net.events[BOB].pop() else { panic!("no call") };
    net.order(BOB, Command::Answer { call, after: Duration::ZERO, audio: own, duration: None });
    raw.learn(&net);
    raw.send(&mut net, "ACK", 1, "", "");
    let before = established(&net, BOB).unwrap().keys.unwrap();
    net.events[BOB].clear();

    let answer =
        raw.send(&mut net, "INVITE", 2, "", &keyed(2, &[&several, &format!("{SECOND}|1:4")])).remove(0);
    assert!(answer.is("SIP/2.0 200") && answer.text.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
    raw.send(&mut net, "ACK", 2, "", "");
    let Some(Event::Media { agreed: Some(agreed), .. }) = net.events[BOB].pop() else { panic!("no change") };
    let after = agreed.keys.unwrap();
    assert_eq!(after.send, before.send, "packets of ours go on under their key");
    assert_ne!(after.receive, before.receive);
    assert!(after.receive.mki().is_some() && after.send.mki().is_none(), "each side names its own key");

    let refusal = raw.send(&mut net, "INVITE", 3, "", &keyed(3, &[&several])).remove(0);
    assert!(refusal.is("SIP/2.0 488"), "{}", refusal.text);
    raw.send(&mut net, "ACK", 3, "", "");
    assert!(net.events[BOB].is_empty(), "the session stays as it was (RFC 3261 §14.2)");
}
