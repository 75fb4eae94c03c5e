//! Offers against answers, as two sides see them.

use super::*;
use proptest::prelude::*;

fn own(address: &str, codecs: &[Codec]) -> Capabilities {
    Capabilities::new(address.parse().unwrap(), codecs)
}

fn alice() -> AudioSession {
    AudioSession::new(own("192.0.2.1:4000", &Codec::ALL), 4)
}

fn bob() -> AudioSession {
    AudioSession::new(own("192.0.2.2:5000", &Codec::ALL), 8)
}

fn exchange(offerer: &mut AudioSession, wish: Direction, answerer: &mut AudioSession) {
    let offer = offerer.offer(wish).unwrap();
    let answer = answerer.answer(offer.as_bytes()).unwrap().unwrap();
    offerer.accept_answer(answer.as_bytes()).unwrap();
}

fn offer_with(lines: &str) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n{lines}")
}

fn answer_to(lines: &str) -> Result<String, OfferRefusal> {
    bob().answer(offer_with(lines).as_bytes()).unwrap()
}

fn version(text: &str) -> u64 {
    Description::parse(text.as_bytes()).unwrap().origin.version
}

#[test]
fn an_offer_of_ours_is_written_in_full() {
    assert_eq!(
        alice().offer(Direction::SendRecv).unwrap(),
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
         a=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn both_sides_agree_on_each_others_address_and_the_first_common_codec() {
    let (mut a, mut b) = (alice(), bob());
    exchange(&mut a, Direction::SendRecv, &mut b);
    let (a, b) = (a.agreed().unwrap(), b.agreed().unwrap());
    assert_eq!((a.remote, b.remote), (b.local, a.local));
    assert_eq!((a.codec, b.codec), (Codec::Pcmu, Codec::Pcmu));
    assert_eq!(a.events, Some(EventPayload { send: 101, receive: 101 }));
    assert_eq!((a.remote_rtcp.port(), a.ptime_millis), (5001, 20));
}

#[test]
fn the_offerers_order_and_numbers_decide() {
    let answer = answer_to(
        "m=audio 9 RTP/AVP 18 97 8 96\r\na=rtpmap:97 telephone-event/8000\r\na=rtpmap:96 PCMU/8000\r\na=ptime:30\r\n",
    )
    .unwrap();
    let audio = &Description::parse(answer.as_bytes()).unwrap().media[0];
    assert_eq!(audio.formats, ["97", "8", "96"]);
    let mut b = bob();
    let offer = offer_with(
        "m=audio 9 RTP/AVP 96 8\r\na=rtpmap:96 PCMU/8000\r\na=ptime:35\r\na=maxptime:30\r\na=rtcp:77\r\n",
    );
    b.answer(offer.as_bytes()).unwrap().unwrap();
    let agreed = b.agreed().unwrap();
    assert_eq!((agreed.codec, agreed.payload_type, agreed.ptime_millis), (Codec::Pcmu, 96, 30));
    assert_eq!((agreed.remote_rtcp.port(), agreed.events), (77, None));
    // A later offer of ours keeps the meaning of the number (RFC 3264 §8.3.2).
    assert!(b.offer(Direction::SendRecv).unwrap().contains("a=rtpmap:96 PCMU/8000"));
}

#[test]
fn sections_that_we_cannot_take_are_rejected_with_port_0_in_their_place() {
    let answer = answer_to(
        "m=video 7 RTP/AVP 31\r\nm=audio 8 RTP/SAVP 0\r\nm=audio 9 RTP/AVP 8\r\nm=audio 10 RTP/AVP 0\r\n",
    )
    .unwrap();
    let answer = Description::parse(answer.as_bytes()).unwrap();
    let lines: Vec<String> = answer.media.iter().map(|m| m.to_string()).collect();
    assert_eq!(
        lines,
        ["video 0 RTP/AVP 31", "audio 0 RTP/SAVP 0", "audio 5000 RTP/AVP 8", "audio 0 RTP/AVP 0"]
    );
}

#[test]
fn offers_with_nothing_in_common_are_refused_with_the_reason() {
    assert_eq!(answer_to("m=video 7 RTP/AVP 31\r\n"), Err(OfferRefusal::NoAudio));
    assert_eq!(answer_to("m=audio 7 RTP/SAVP 0\r\n"), Err(OfferRefusal::Protocol));
    assert_eq!(answer_to("m=audio 7 RTP/AVP 18\r\n"), Err(OfferRefusal::NoCommonCodec));
    let events = "m=audio 7 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    assert_eq!(answer_to(events), Err(OfferRefusal::NoCommonCodec));
    assert_eq!(answer_to("m=audio 7 RTP/AVP 0\r\nc=IN IP6 ::1\r\n"), Err(OfferRefusal::NoAddress));
    assert_eq!(answer_to("m=audio 7 RTP/AVP 0\r\nc=IN IP4 host.test\r\n"), Err(OfferRefusal::NoAddress));
    assert_eq!(bob().answer(b"").unwrap(), Err(OfferRefusal::Unreadable(SdpError::Empty)));
}

#[test]
fn an_offer_without_living_sections_is_answered_without_media() {
    let mut b = bob();
    let answer = b.answer(offer_with("").as_bytes()).unwrap().unwrap();
    assert_eq!(Description::parse(answer.as_bytes()).unwrap().media, []);
    let answer = b.answer(offer_with("m=audio 0 RTP/AVP 0\r\n").as_bytes()).unwrap().unwrap();
    assert!(answer.contains("m=audio 0 RTP/AVP 0\r\n"));
    assert_eq!(b.agreed(), None);
}

#[test]
fn hold_and_resume_change_direction_and_version_on_both_sides() {
    let (mut a, mut b) = (alice(), bob());
    exchange(&mut a, Direction::SendRecv, &mut b);
    exchange(&mut a, Direction::SendOnly, &mut b);
    assert_eq!(a.agreed().unwrap().direction, Direction::SendOnly);
    assert_eq!(b.agreed().unwrap().direction, Direction::RecvOnly);
    // Both hold: nothing flows. When alice resumes, bob still holds.
    exchange(&mut b, Direction::SendOnly, &mut a);
    assert_eq!(a.agreed().unwrap().direction, Direction::Inactive);
    exchange(&mut a, Direction::SendRecv, &mut b);
    assert_eq!(a.agreed().unwrap().direction, Direction::RecvOnly);
    let last = b.offer(Direction::SendRecv).unwrap();
    let answer = a.answer(last.as_bytes()).unwrap().unwrap();
    b.accept_answer(answer.as_bytes()).unwrap();
    assert_eq!(b.agreed().unwrap().direction, Direction::SendRecv);
    assert!(version(&last) > 2);
}

#[test]
fn hold_by_the_unspecified_address_stops_our_sending_only() {
    for (connection, family) in [("IN IP4 0.0.0.0", "192.0.2.2:5000"), ("IN IP6 ::", "[::1]:5000")] {
        let mut b = AudioSession::new(own(family, &Codec::ALL), 8);
        let offer = offer_with(&format!("m=audio 7 RTP/AVP 0\r\nc={connection}\r\n"));
        let answer = b.answer(offer.as_bytes()).unwrap().unwrap();
        assert_eq!(b.agreed().unwrap().direction, Direction::RecvOnly);
        assert!(answer.contains("a=recvonly"), "{answer}");
    }
    let mut b = bob();
    let held = offer_with("m=audio 7 RTP/AVP 0\r\nc=IN IP4 x.invalid\r\na=inactive\r\n");
    b.answer(held.as_bytes()).unwrap().unwrap();
    assert_eq!(b.agreed().unwrap().direction, Direction::Inactive);
}

#[test]
fn version_stays_when_nothing_changed_and_grows_by_one_when_something_did() {
    let (mut a, mut b) = (alice(), bob());
    let mut offer = |wish| {
        let text = a.offer(wish).unwrap();
        let answer = b.answer(text.as_bytes()).unwrap().unwrap();
        a.accept_answer(answer.as_bytes()).unwrap();
        (version(&text), version(&answer))
    };
    assert_eq!(offer(Direction::SendRecv), (1, 1));
    assert_eq!(offer(Direction::SendRecv), (1, 1));
    assert_eq!(offer(Direction::SendOnly), (2, 2));
    assert_eq!(offer(Direction::SendOnly), (2, 2));
    assert_eq!(offer(Direction::SendRecv), (3, 3));
}

#[test]
fn a_refused_offer_leaves_the_session_as_it_was() {
    let (mut a, mut b) = (alice(), bob());
    exchange(&mut a, Direction::SendRecv, &mut b);
    let before = a.agreed().cloned();
    a.offer(Direction::Inactive).unwrap();
    assert_eq!(a.offer(Direction::SendRecv), Err(ExchangeError::OfferOpen));
    assert_eq!(a.answer(b"v=0\r\n"), Err(ExchangeError::OfferOpen));
    a.withdraw();
    assert_eq!((a.agreed().cloned(), a.wish()), (before, Direction::SendRecv));
    // The same as is in force: the version in force. Another: a version that was never used.
    assert_eq!(version(&a.offer(Direction::SendRecv).unwrap()), 1);
    a.withdraw();
    assert_eq!(version(&a.offer(Direction::SendOnly).unwrap()), 3);
}

#[test]
fn a_refusal_of_the_peers_offer_changes_nothing() {
    let (mut a, mut b) = (alice(), bob());
    exchange(&mut a, Direction::SendRecv, &mut b);
    let before = b.agreed().cloned();
    let refusal = b.answer(offer_with("m=audio 7 RTP/AVP 18\r\n").as_bytes()).unwrap();
    assert_eq!(refusal, Err(OfferRefusal::NoCommonCodec));
    assert_eq!(b.answer(offer_with("").as_bytes()).unwrap(), Err(OfferRefusal::FewerSections));
    assert_eq!(b.agreed().cloned(), before);
}

#[test]
fn our_later_offer_keeps_the_peers_sections_in_place() {
    let mut b = bob();
    let offer = offer_with("m=video 7 RTP/AVP 31\r\nm=audio 9 RTP/AVP 8\r\n");
    b.answer(offer.as_bytes()).unwrap().unwrap();
    let later = Description::parse(b.offer(Direction::SendOnly).unwrap().as_bytes()).unwrap();
    let lines: Vec<String> = later.media.iter().map(|m| m.to_string()).collect();
    assert_eq!(lines, ["video 0 RTP/AVP 31", "audio 5000 RTP/AVP 0 8 101"]);
}

#[test]
fn bad_answers_are_named_by_their_fault() {
    let fault = |lines: &str| {
        let mut a = alice();
        a.offer(Direction::SendRecv).unwrap();
        a.accept_answer(offer_with(lines).as_bytes()).map(|_| ()).unwrap_err()
    };
    assert_eq!(fault(""), AnswerFault::SectionCount);
    assert_eq!(fault("m=audio 1 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\n"), AnswerFault::SectionCount);
    assert_eq!(fault("m=video 1 RTP/AVP 0\r\n"), AnswerFault::SectionMismatch);
    assert_eq!(fault("m=audio 1 RTP/SAVP 0\r\n"), AnswerFault::SectionMismatch);
    assert_eq!(fault("m=audio 0 RTP/AVP 0\r\n"), AnswerFault::AudioRejected);
    assert_eq!(fault("m=audio 1 RTP/AVP 18\r\n"), AnswerFault::NoCommonCodec);
    assert_eq!(fault("m=audio 1 RTP/AVP 0\r\nc=IN IP6 ::1\r\n"), AnswerFault::NoAddress);
    let mut a = alice();
    a.offer(Direction::SendRecv).unwrap();
    assert_eq!(a.accept_answer(b"").unwrap_err(), AnswerFault::Unreadable(SdpError::Empty));
    assert_eq!(a.exchange(), Exchange::Offered);
}

#[test]
fn an_answer_may_number_events_its_own_way_or_leave_out_the_map() {
    let mut a = alice();
    a.offer(Direction::SendRecv).unwrap();
    let answer = offer_with("m=audio 6000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n");
    let agreed = a.accept_answer(answer.as_bytes()).unwrap().unwrap();
    assert_eq!((agreed.codec, agreed.events), (Codec::Pcma, Some(EventPayload { send: 101, receive: 101 })));
    let mut a = alice();
    a.offer(Direction::SendRecv).unwrap();
    let answer = offer_with("m=audio 6000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n");
    let agreed = a.accept_answer(answer.as_bytes()).unwrap().unwrap();
    assert_eq!(agreed.events, Some(EventPayload { send: 96, receive: 101 }));
}

#[test]
fn sessions_over_ipv6_name_their_family() {
    let mut a = AudioSession::new(own("[2001:db8::1]:4000", &[Codec::Pcma]), 4);
    let mut b = AudioSession::new(own("[2001:db8::2]:4000", &Codec::ALL), 4);
    let offer = a.offer(Direction::SendRecv).unwrap();
    assert!(offer.contains("c=IN IP6 2001:db8::1\r\n") && offer.contains("o=- 1 1 IN IP6 2001:db8::1\r\n"));
    let answer = b.answer(offer.as_bytes()).unwrap().unwrap();
    assert!(answer.contains("m=audio 4000 RTP/AVP 8\r\n"));
    assert_eq!(b.agreed().unwrap().remote, "[2001:db8::1]:4000".parse().unwrap());
}

#[test]
fn the_answer_repeats_the_timing_of_the_offer() {
    let offer =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=11 22\r\nm=audio 9 RTP/AVP 0\r\n";
    assert!(bob().answer(offer.as_bytes()).unwrap().unwrap().contains("t=11 22\r\n"));
}

proptest! {
    /// Whatever is offered, an answer mirrors its sections and never claims more than the offer allows.
    #[test]
    fn every_answer_fits_its_offer(
        sections in prop::collection::vec((0..3_usize, 0..3_usize, 0..4_usize, 0..4_usize), 0..6),
    ) {
        let mut lines = String::new();
        for (kind, port, formats, direction) in &sections {
            let kind = ["audio", "video", "text"][*kind];
            let port = [0, 9, 4000][*port];
            let formats = ["0", "8 101", "18", "101"][*formats];
            let direction = Direction::ALL[*direction].as_str();
            lines.push_str(&format!(
                "m={kind} {port} RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
            ));
        }
        let offer = Description::parse(offer_with(&lines).as_bytes()).unwrap();
        let mut b = bob();
        if let Ok(answer) = b.answer(offer.write().as_bytes()).unwrap() {
            let answer = Description::parse(answer.as_bytes()).unwrap();
            prop_assert_eq!(answer.deviations.len(), 0);
            prop_assert_eq!(answer.media.len(), offer.media.len());
            prop_assert!(answer.media.iter().filter(|m| m.port != 0).count() <= 1);
            for (asked, given) in offer.media.iter().zip(&answer.media) {
                prop_assert_eq!((&asked.kind, &asked.protocol), (&given.kind, &given.protocol));
                prop_assert!(asked.port != 0 || given.port == 0);
                prop_assert!(given.formats.iter().all(|f| asked.formats.contains(f)));
                if given.port != 0 {
                    let (theirs, ours) = (offer.direction_of(asked), answer.direction_of(given));
                    prop_assert!(!ours.sends() || theirs.receives());
                    prop_assert!(!ours.receives() || theirs.sends());
                }
            }
        }
    }

    #[test]
    fn any_bytes_as_offer_or_answer_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = bob().answer(&bytes).unwrap();
        let mut a = alice();
        a.offer(Direction::SendRecv).unwrap();
        let _ = a.accept_answer(&bytes);
        a.withdraw();
        prop_assert_eq!(a.exchange(), Exchange::Stable);
    }
}

#[test]
fn an_offer_is_declined_section_by_section() {
    let offer = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=5 9\r\nm=audio 4000 RTP/AVP 0 8\r\n\
        m=video 4002 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n";
    let answer = decline(offer.as_bytes()).unwrap();
    let lines: Vec<&str> = answer.lines().filter(|l| l.starts_with("m=") || l.starts_with("t=")).collect();
    assert_eq!(lines, ["t=5 9", "m=audio 0 RTP/AVP 0 8", "m=video 0 RTP/AVP 99"]);
    assert!(Description::parse(answer.as_bytes()).unwrap().deviations.is_empty(), "{answer}");
    assert_eq!(decline(b"v=1"), None);
}

#[test]
fn an_offer_once_more_is_what_was_said_last_with_its_version() {
    let (mut a, mut b) = (alice(), bob());
    let offer = a.offer(Direction::SendOnly).unwrap();
    let said = b.answer(offer.as_bytes()).unwrap().unwrap();
    a.accept_answer(said.as_bytes()).unwrap();
    let offer = b.offer_again().unwrap();
    assert_eq!((offer.as_str(), version(&offer)), (said.as_str(), 1));
    assert_eq!(b.offer_again(), Err(ExchangeError::OfferOpen));
    let answer = a.answer(offer.as_bytes()).unwrap().unwrap();
    assert_eq!(b.accept_answer(answer.as_bytes()).unwrap().unwrap().direction, Direction::RecvOnly);
    assert_eq!(b.wish(), Direction::SendRecv);
}

fn secure(address: &str, secret: u8) -> AudioSession {
    let own = Capabilities { srtp: Some(KeySource::new([secret; 32])), ..own(address, &Codec::ALL) };
    AudioSession::new(own, 4)
}

#[test]
fn keys_of_both_sides_cross_and_stay_through_a_hold() {
    let (mut a, mut b) = (secure("192.0.2.1:4000", 1), secure("192.0.2.2:5000", 2));
    let offer = a.offer(Direction::SendRecv).unwrap();
    assert!(offer.contains("m=audio 4000 RTP/SAVP 0 8 101\r\n"), "{offer}");
    assert_eq!(offer.matches("a=crypto:").count(), Suite::OFFERED.len());
    let answer = b.answer(offer.as_bytes()).unwrap().unwrap();
    assert_eq!(answer.matches("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:").count(), 1);
    a.accept_answer(answer.as_bytes()).unwrap();
    let keys = |session: &AudioSession| session.agreed().unwrap().keys.unwrap();
    let (ours, theirs) = (keys(&a), keys(&b));
    assert_eq!((ours.send, ours.receive), (theirs.receive, theirs.send));
    assert_ne!(ours.send, ours.receive);
    exchange(&mut b, Direction::SendOnly, &mut a);
    assert_eq!((keys(&a), keys(&b)), (ours, theirs));
}

#[test]
fn the_first_line_that_we_can_use_is_taken_with_its_tag() {
    let key = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    let lines = format!(
        "m=audio 9 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 {key}\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 {key}|1:4;{key}|2:4\r\n\
         a=crypto:7 AES_CM_128_HMAC_SHA1_32 {key}|2^20|1066:4\r\na=crypto:8 AES_CM_128_HMAC_SHA1_80 {key}\r\n"
    );
    let mut b = secure("192.0.2.2:5000", 2);
    let answer = b.answer(offer_with(&lines).as_bytes()).unwrap().unwrap();
    assert!(answer.contains("a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:"), "{answer}");
    let keys = b.agreed().unwrap().keys.unwrap();
    assert_eq!((keys.receive.suite(), keys.receive.lifetime()), (Suite::Aes128Tag32, 1 << 20));
    // Each side names its own key, or does not.
    assert!(keys.receive.mki().is_some_and(|mki| mki.names(&[0, 0, 4, 42])) && keys.send.mki().is_none());
    assert!(!answer.contains("|"), "{answer}");
}

#[test]
fn encrypted_and_plain_audio_never_meet() {
    let secure_answer =
        |lines: &str| secure("192.0.2.2:5000", 2).answer(offer_with(lines).as_bytes()).unwrap();
    assert_eq!(secure_answer("m=audio 9 RTP/AVP 0\r\n"), Err(OfferRefusal::Protocol));
    assert_eq!(answer_to("m=audio 9 RTP/SAVP 0\r\n"), Err(OfferRefusal::Protocol));
    assert_eq!(secure_answer("m=audio 9 RTP/SAVP 0\r\n"), Err(OfferRefusal::NoCommonKeys));
    let foreign = "m=audio 9 RTP/SAVP 0\r\na=crypto:1 X inline:x\r\n";
    assert_eq!(secure_answer(foreign), Err(OfferRefusal::NoCommonKeys));
    // Of two sections the one that fits is taken.
    let key = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    let both = format!(
        "m=audio 9 RTP/AVP 0\r\nm=audio 11 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {key}\r\n"
    );
    let answer = secure_answer(&both).unwrap();
    assert!(answer.contains("m=audio 0 RTP/AVP 0\r\nm=audio 5000 RTP/SAVP 0\r\n"), "{answer}");
}

#[test]
fn an_answer_must_name_one_of_our_keys() {
    let mut b = secure("192.0.2.2:5000", 2);
    for change in
        [|text: &str| text.replace("crypto:1 ", "crypto:9 "), |text: &str| text.replace("a=crypto", "a=x")]
    {
        let mut a = secure("192.0.2.1:4000", 1);
        let offer = a.offer(Direction::SendRecv).unwrap();
        let answer = b.answer(offer.as_bytes()).unwrap().unwrap();
        assert_eq!(a.accept_answer(change(&answer).as_bytes()), Err(AnswerFault::NoCommonKeys));
        assert!(a.accept_answer(answer.as_bytes()).is_ok());
    }
}
