//! The user agent as a person runs it: commands against a server, all over loopback on free ports.

mod office;

use office::*;
use serde_json::Value;
use std::io::{BufReader, Read as _};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

#[test]
fn a_call_through_the_server_carries_audio_and_digits_and_both_sides_tell_how_it_went() {
    let office = Office::open("call");
    let wav = |name: &str| office.folder.join(name).to_str().unwrap().to_owned();
    let mut bob = office.listen(&["--count", "1", "--tone", "660", "--wav-out", &wav("bob.wav")]);
    let call = ["call", "sip:bob@example.test", "--from", "sip:alice@example.test", "--json"];
    let sound = ["--tone", "440", "--wav-out", &wav("alice.wav"), "--duration", "1500ms", "--dtmf", "1#"];
    let output = office.run(&[&call[..], &sound].concat(), "alice");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let end = event(&output, "ended");
    assert!(end["audio"]["received"].as_u64().unwrap() > 40, "{end}");
    assert_eq!((&end["audio"]["lost"], &end["audio"]["digits_sent"]), (&0.into(), &2.into()), "{end}");
    assert!(end["audio"]["jitter_ms"].is_number() && end["audio"]["loss"] == 0.0, "{end}");
    let told = bob.rest();
    let digits = told.iter().filter(|row| row["event"] == "digit").map(|row| row["digit"].clone());
    assert_eq!(digits.collect::<Vec<_>>(), ["1", "#"]);
    let end = told.iter().find(|row| row["event"] == "ended").unwrap();
    assert!(end["audio"]["received"].as_u64().unwrap() > 40, "{end}");
    assert_eq!(bob.child.wait().unwrap().code(), Some(0), "--count ends it");
    assert!(share("alice.wav", &office, 660.0) > 0.8, "alice hears bob's tone");
    assert!(share("bob.wav", &office, 440.0) > 0.8, "bob hears alice's tone, digits aside");
}

#[test]
fn a_held_call_is_told_and_resumed_and_a_recording_ends_the_call() {
    let mut bob = Listener::start(&["--count", "1", "--tone", "660"], "");
    let folder = Folder::make("hold");
    let wav = folder.0.join("speech.wav").to_str().unwrap().to_owned();
    let mut recording = ringback_io::media::wav::Recording::create(wav.as_ref()).unwrap();
    for n in 0..90 {
        recording.write(&ringback_io::media::tone::Tone::sine(440.0).frame(n * 160)).unwrap();
    }
    recording.finish().unwrap();
    let target = bob.target();
    let output = ringback(&["call", &target, "--wav-in", &wav, "--hold", "500ms", "--json"], "").output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let end = event(&output, "ended");
    assert_eq!((&end["reason"], &end["bye_failed"]), (&"we hung up".into(), &Value::Null));
    let ways = |rows: &[Value]| -> Vec<Value> {
        rows.iter().filter(|row| row["event"] == "media").map(|row| row["direction"].clone()).collect()
    };
    assert_eq!(ways(&rows(&output)), ["sendonly", "sendrecv"]);
    assert_eq!(ways(&bob.rest()), ["sendrecv", "recvonly", "sendrecv"]);
}

#[test]
fn ctrl_c_hangs_up_or_cancels_and_the_peer_hears_it() {
    let mut bob = Listener::start(&["--count", "2"], "");
    let mut call = Listener::spawn(&["call", &bob.target(), "--json"], "");
    call.wait_for("established");
    call.interrupt();
    assert_eq!(call.wait_for("ended")["reason"], "we hung up");
    assert_eq!(call.child.wait().unwrap().code(), Some(0));
    assert_eq!(bob.wait_for("ended")["reason"], "the peer hung up");
    let mut call = Listener::spawn(&["call", &bob.target(), "--json"], "");
    call.wait_for("established");
    bob.interrupt();
    assert_eq!(call.wait_for("ended")["reason"], "the peer hung up");
    assert_eq!(bob.child.wait().unwrap().code(), Some(0));

    let mut bob = Listener::start(&["--answer-after", "1m", "--count", "1"], "");
    let mut call = Listener::spawn(&["call", &bob.target(), "--transport", "tcp", "--json"], "");
    call.wait_for("progress");
    call.interrupt();
    assert_eq!(call.wait_for("ended")["reason"], "we gave up before an answer");
    assert_eq!(call.child.wait().unwrap().code(), Some(130));
    assert_eq!(bob.wait_for("ended")["reason"], "the caller gave up");
}

#[test]
fn a_second_ctrl_c_leaves_at_once_though_the_peer_says_nothing() {
    let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = format!("sip:{}", deaf.local_addr().unwrap());
    let mut call = Listener::spawn(&["call", &target, "-v", "--json"], "");
    call.wait_for("message");
    call.interrupt();
    let begun = Instant::now();
    while call.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(4), "it does not leave");
        std::thread::sleep(Duration::from_millis(100));
        call.interrupt();
    }
    assert_eq!(call.child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_call_whose_peer_did_not_hear_that_we_hung_up_says_so_and_does_not_end_with_0() {
    for transport in ["udp", "tcp"] {
        let mut bob = Listener::start(&["--count", "1"], "");
        let mut call = Listener::spawn(&["call", &bob.target(), "--transport", transport, "--json"], "");
        call.wait_for("established");
        bob.child.kill().unwrap();
        bob.child.wait().unwrap();
        call.interrupt();
        let end = call.wait_for("ended");
        assert!(end["bye_failed"].as_str().unwrap().starts_with("cannot be reached"), "{transport}: {end}");
        assert!(
            end["reason"].as_str().unwrap().starts_with("we hung up, and the peer may not know"),
            "{end}"
        );
        assert_eq!(call.child.wait().unwrap().code(), Some(72), "{transport}");
    }
}

#[test]
fn who_stops_reading_ends_the_call_and_the_peer_hears_it() {
    let mut bob = Listener::start(&["--count", "1", "--dtmf", "0123456789"], "");
    let mut call = Listener::spawn(&["call", &bob.target(), "--json"], "");
    call.wait_for("digit");
    let Listener { child, stdout, .. } = &mut call;
    *stdout = BufReader::new(Box::new(std::io::empty()));
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
    assert_eq!(bob.wait_for("ended")["reason"], "the peer hung up");
}

#[test]
fn each_refusal_has_its_exit_code() {
    let office = Office::open("refusals");
    let mut bob = office.listen(&["--count", "1", "--code", "486"]);
    let call =
        |to: &str| office.run(&["call", to, "--from", "sip:alice@example.test"], "alice").status.code();
    assert_eq!(call("sip:bob@example.test"), Some(46));
    assert_eq!(bob.child.wait().unwrap().code(), Some(0));
    assert_eq!(call("sip:bob@example.test"), Some(40), "nobody is registered: 480");
    assert_eq!(call("sip:nobody@example.test"), Some(44));
    let register = |password| office.run(&["register", "sip:alice@example.test"], password).status.code();
    assert_eq!(register("wrong"), Some(41));
    assert_eq!(register("alice"), Some(0));
    let listen =
        ringback(&["listen", "--register", "sip:bob@example.test", "--proxy", &office.proxy], "wrong");
    assert_eq!({ listen }.output().unwrap().status.code(), Some(41), "a refused registration is final");
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let listen =
        ["listen", "--register", "sip:bob@example.test", "--proxy", &gone, "--timeout", "1s", "--json"];
    let output = ringback(&listen, "bob").output().unwrap();
    assert_eq!(output.status.code(), Some(72), "one that cannot be tried again in time is, too");
    assert!(event(&output, "failed")["retry_s"].as_f64().unwrap() > 1.0, "though the agent would try again");
}

#[test]
fn codecs_are_chosen_and_none_in_common_is_488_with_its_meaning_told() {
    let mut bob = Listener::start(&["--count", "2", "--codec", "pcma", "--local", "[::1]"], "");
    let call = |codec: &[&str]| {
        let call = ["call", &bob.target(), "--json", "--tone", "440", "--duration", "500ms"];
        ringback(&[&call[..], codec].concat(), "").output().unwrap()
    };
    let output = call(&["--codec", "pcmu", "--lang", "nl"]);
    assert_eq!(output.status.code(), Some(48), "{}", text(&output));
    let why = event(&output, "ended")["why"].clone();
    let explained = ringback(&["explain", "488", "--lang", "nl"], "").output().unwrap();
    let words = |text: &str| text.split_whitespace().take(6).map(str::to_owned).collect::<Vec<_>>().join(" ");
    let explained = text(&explained).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(explained.contains(&words(why["meaning"].as_str().unwrap())), "{why} in {explained}");
    let output = call(&[]);
    assert_eq!(event(&output, "established")["codec"], "PCMA");
    assert!(event(&output, "ended")["audio"]["received"].as_u64().unwrap() > 10);
    assert!(bob.wait_for("media")["codec"] == "PCMA");
}

#[test]
fn both_sides_prepare_before_it_rings_when_both_know_preconditions_and_only_then() {
    for theirs in ["mandatory", "never"] {
        let office = Office::open(&format!("precondition-{theirs}"));
        let args = ["--count", "1", "--answer-after", "300ms", "--precondition", theirs];
        let mut bob = office.listen(&args);
        let ours = if theirs == "never" { "optional" } else { "mandatory" };
        let call = ["call", "sip:bob@example.test", "--from", "sip:alice@example.test", "--json", "-v"];
        let output =
            office.run(&[&call[..], &["--precondition", ours, "--duration", "300ms"]].concat(), "alice");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let shown = text(&output);
        let at = |what: &str| shown.find(what);
        if theirs == "mandatory" {
            // The offer says what is needed, a 183 is acknowledged, an UPDATE confirms, and then the phone rings.
            let order = ["a=des:qos mandatory", "SIP/2.0 183", "PRACK sip:", "UPDATE sip:", "SIP/2.0 180"];
            let places: Vec<_> = order.iter().map(|what| at(what).expect(what)).collect();
            assert!(places.is_sorted(), "{places:?} {shown}");
        } else {
            assert!(at("UPDATE sip:").is_none() && at("SIP/2.0 180").is_some(), "{shown}");
        }
        let tone = event(&output, "ringback");
        assert_eq!(tone["tone"], "local", "nothing is heard before the answer: {tone}");
        assert_eq!(bob.wait_for("ended")["reason"], "the peer hung up", "{theirs}");
    }
}

#[test]
fn early_media_are_heard_before_the_answer_and_the_call_has_a_sound_of_its_own() {
    for certainty in ["never", "required"] {
        let office = Office::open(&format!("early-{certainty}"));
        let wav = office.folder.join("alice.wav").to_str().unwrap().to_owned();
        let sounds = ["--early-media", "425", "--answer-after", "1500ms", "--tone", "880"];
        let mut bob = office.listen(&[&sounds[..], &["--count", "1", "--100rel", certainty]].concat());
        let call = ["call", "sip:bob@example.test", "--from", "sip:alice@example.test", "--json", "-v"];
        let output = office.run(&[&call[..], &["--duration", "1500ms", "--wav-out", &wav]].concat(), "alice");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let progress = event(&output, "progress");
        assert_eq!((&progress["status"], &progress["early_media"]), (&183.into(), &true.into()));
        assert_eq!(event(&output, "ringback")["tone"], "peer", "the caller hears it, and says so");
        assert_eq!(text(&output).contains("PRACK sip:"), certainty == "required");
        let shares = [425.0, 880.0].map(|hertz| share("alice.wav", &office, hertz));
        assert!(shares.iter().all(|share| *share > 0.15), "about a quarter: {shares:?}");
        let told: Vec<Value> = bob.rest().into_iter().filter(|row| row["event"] == "media").collect();
        assert_eq!(told.iter().map(|row| &row["early"]).collect::<Vec<_>>(), [true, false], "{told:?}");
    }
}

#[test]
fn an_announcement_is_heard_before_a_refusal() {
    let mut bob = Listener::start(
        &["--early-media", "425", "--answer-after", "1s", "--code", "404", "--count", "1"],
        "",
    );
    let output = ringback(&["call", &bob.target(), "--json"], "").output().unwrap();
    assert_eq!(output.status.code(), Some(44), "{}", text(&output));
    assert_eq!(event(&output, "ringback")["tone"], "peer");
    assert_eq!(bob.child.wait().unwrap().code(), Some(0));
    let silent = ringback(&["listen", "--early-media", "425"], "").output().unwrap();
    assert_eq!(silent.status.code(), Some(2), "without --answer-after there is no time for it");
    let missing = ["listen", "--early-media", "/nowhere.wav", "--answer-after", "1s"];
    assert_eq!(ringback(&missing, "").output().unwrap().status.code(), Some(2));
}

#[test]
fn what_fails_without_a_response_has_words_for_people_and_a_name_for_programs() {
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let target = format!("sip:bob@{gone}");
    for command in ["ping", "call"] {
        let output = ringback(&[command, &target, "--json"], "").output().unwrap();
        assert_eq!(output.status.code(), Some(72), "{}", text(&output));
        let end = event(&output, if command == "ping" { "answered" } else { "ended" });
        assert_eq!((&end["error"], &end["status"]), (&"refused".into(), &Value::Null));
        assert_eq!(end["reason"], "cannot be reached: nobody listens there");
    }
    let output = ringback(&["call", &target, "--wav-out", "/nowhere/heard.wav"], "").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && told.contains("/nowhere/heard.wav: "), "{told}");
}

#[test]
fn encrypted_audio_is_heard_and_its_keys_are_shown_to_nobody() {
    let mut bob = Listener::start(&["--count", "1", "--tone", "660", "--srtp=clear"], "");
    let target = bob.target();
    let call = ["call", &target, "--json", "-v", "--srtp=clear", "--tone", "440", "--duration", "1500ms"];
    let output = ringback(&call, "").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(event(&output, "established")["srtp"], "AES_CM_128_HMAC_SHA1_80");
    let end = event(&output, "ended");
    assert!(end["audio"]["received"].as_u64().unwrap() > 40, "{end}");
    assert_eq!((&end["audio"]["undecryptable"], &end["audio"]["lost"]), (&0.into(), &0.into()), "{end}");
    let shown = text(&output);
    assert!(shown.contains("RTP/SAVP") && shown.contains("inline:***"), "{shown}");
    assert_eq!(shown.matches("inline:").count(), shown.matches("inline:***").count());
    assert!(shown.contains("warning: the keys"), "{shown}");
    let told = bob.rest();
    let end = told.iter().find(|row| row["event"] == "ended").unwrap();
    assert!(end["audio"]["received"].as_u64().unwrap() > 40, "{end}");
}

#[test]
fn who_encrypts_and_who_does_not_have_no_call() {
    let secure = ["--srtp=clear"];
    for (theirs, ours) in [(&secure[..], &[][..]), (&[], &secure)] {
        let bob = Listener::start(&[&["--count", "1"], theirs].concat(), "");
        let call = ["call", &bob.target(), "--json", "-v", "--duration", "1s"];
        let output = ringback(&[&call[..], ours].concat(), "").output().unwrap();
        assert_eq!(output.status.code(), Some(48), "{}", text(&output));
        assert!(text(&output).contains("Warning: 302 ringback"), "{}", text(&output));
    }
    let refused = ringback(&["call", "sip:bob@127.0.0.1", "--srtp"], "").output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "keys in the clear want a word: {}", text(&refused));
}

#[test]
fn no_command_writes_colour_where_no_terminal_is_and_a_reader_who_leaves_is_no_failure() {
    let mut demo = ringback(&["demo"], "").spawn().unwrap();
    drop(demo.stdout.take());
    let mut stderr = String::new();
    demo.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((demo.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output =
        ringback(&["call", &format!("sip:{closed}"), "-v"], "").env("NO_COLOR", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(72), "{}", text(&output));
    assert!(!text(&output).contains('\x1b'), "{}", text(&output));
}

#[test]
fn a_redirection_is_followed_unless_the_user_says_no() {
    let mut bob = Listener::start(&["--count", "1"], "");
    let moved = Listener::start(&["--code", "302", "--contact", &bob.target()], "");
    let call = |more: &[&str]| {
        ringback(&[&["call", &moved.target(), "--duration", "200ms"], more].concat(), "").output().unwrap()
    };
    assert_eq!(call(&["--no-follow"]).status.code(), Some(32));
    let output = call(&["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(event(&output, "redirected")["target"], bob.target());
    assert_eq!(bob.wait_for("ended")["reason"], "the peer hung up");
}

#[test]
fn a_message_and_a_ping_are_answered_over_tcp_and_the_log_of_messages_has_no_secret() {
    let office = Office::open("tcp");
    let mut bob = office.listen(&[]);
    let message = ["message", "sip:bob@example.test", "good morning", "--from", "sip:alice@example.test"];
    let output = office.run(&[&message[..], &["--transport", "tcp", "-v"]].concat(), "alice");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let shown = text(&output);
    assert!(
        shown.contains("MESSAGE sip:bob@example.test SIP/2.0") && shown.contains("response=\"***"),
        "{shown}"
    );
    assert_eq!(bob.wait_for("text")["text"], "good morning");
    let output = ringback(&["ping", &office.proxy, "--json", "--transport", "tcp"], "").output().unwrap();
    assert_eq!(event(&output, "answered")["status"], 200);
}

#[test]
fn a_watcher_sees_presence_open_change_and_go_and_whoever_may_not_publish_is_told() {
    let office = Office::open("presence");
    let alice = ["watch", "presence", "sip:bob@example.test", "--from", "sip:alice@example.test"];
    let watch = [&alice[..], &["--json", "--proxy", &office.proxy]].concat();
    let mut watcher = Listener::spawn(&watch, "alice");
    assert_eq!(watcher.wait_for("notified")["standing"], "active");
    let bob = ["publish", "open", "--from", "sip:bob@example.test", "--note", "at <the> desk"];
    let mut publisher = Listener::spawn(&[&bob[..], &["--json", "--proxy", &office.proxy]].concat(), "bob");
    assert_eq!(publisher.wait_for("published")["status"], "open");
    let told = watcher.wait_for("notified");
    assert_eq!(
        (&told["presence"]["open"], &told["presence"]["notes"][0]),
        (&true.into(), &"at <the> desk".into())
    );
    let once = office.run(&[&alice[..], &["--once"]].concat(), "alice");
    assert_eq!(once.status.code(), Some(0), "{}", text(&once));
    assert!(text(&once).contains("sip:bob@example.test: open, \"at <the> desk\""), "{}", text(&once));
    publisher.interrupt();
    assert_eq!(publisher.child.wait().unwrap().code(), Some(0));
    assert_eq!(watcher.wait_for("notified")["presence"]["open"], false, "what is withdrawn is told");
    watcher.interrupt();
    assert_eq!(watcher.child.wait().unwrap().code(), Some(0));
    let list = ["watch", "presence", "sip:both@example.test", "--from", "sip:alice@example.test", "--once"];
    let told = office.run(&list, "alice");
    let lines = "list\n  sip:bob@example.test: closed\n  sip:nobody@example.test: there is no such user";
    assert!(text(&told).contains(lines), "{}", text(&told));
    let told = office.run(&[&list[..], &["--json"]].concat(), "alice");
    let told: Vec<Value> = text(&told).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let members = &told.iter().find(|line| line["event"] == "notified").unwrap()["list"]["members"];
    assert_eq!(
        (&members[0]["presence"]["open"], &members[1]["reason"]),
        (&false.into(), &"noresource".into())
    );
    let narrow = office.run(&[&list[..], &["--accept", "application/pidf+xml"]].concat(), "alice");
    assert_eq!(narrow.status.code(), Some(40), "421: {}", text(&narrow));
    let other = office
        .run(&["subscribe", "weather", "sip:bob@example.test", "--from", "sip:alice@example.test"], "alice");
    assert_eq!(other.status.code(), Some(40), "489: {}", text(&other));
    let wrong = office.run(&bob, "guess");
    assert_eq!(wrong.status.code(), Some(41), "{}", text(&wrong));
}

#[test]
fn a_phone_that_keeps_a_flow_is_reached_over_it_and_tells_when_it_is_lost() {
    let mut office = Office::open("flow");
    let bob = ["--outbound", "--transport", "tcp", "--count", "2"];
    let mut bob = office.listen(&bob);
    let call = ["call", "sip:bob@example.test", "--from", "sip:alice@example.test", "--duration", "200ms"];
    let output = office.run(&call, "alice");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let shown = office.run(&["register", "sip:bob@example.test", "--query"], "bob");
    assert!(text(&shown).contains(";transport=tcp"), "{}", text(&shown));
    office.server.kill().unwrap();
    let lost = bob.wait_for("flow_lost");
    assert_eq!(lost["flow"], 1);
    // Nothing was answered on it yet, so the first try comes after half a minute at least.
    assert!(lost["retry_s"].as_f64().unwrap() >= 30.0, "{lost}");
    let several = ["ping", "sip:a@127.0.0.1", "--proxy", "127.0.0.1", "--proxy", "127.0.0.2"];
    assert_eq!(
        ringback(&several, "").output().unwrap().status.code(),
        Some(2),
        "several proxies are for flows only"
    );
}

#[test]
fn silence_is_a_timeout_and_a_closed_port_is_not() {
    let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
    let ping = |port| {
        let target = format!("127.0.0.1:{port}");
        ringback(&["ping", &target, "--timeout", "1s"], "").output().unwrap().status.code()
    };
    assert_eq!(ping(deaf.local_addr().unwrap().port()), Some(70));
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(ping(gone), Some(72));
}

#[test]
fn the_demo_shows_a_call_with_audio_both_ways_and_explains_its_responses() {
    let output = ringback(&["demo", "--lang", "nl"], "").output().unwrap();
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    let words = [
        "180 Ringing (INVITE)",
        "200 OK (BYE)",
        "401 Unauthorized",
        "Er is opgenomen",
        "◀═",
        "beide richtingen",
    ];
    for word in words {
        assert!(shown.contains(word), "{word} in\n{shown}");
    }
}

#[test]
fn a_caller_is_connected_with_phones_as_it_prefers() {
    let office = Office::open("wishes");
    let _bob = office.listen(&["--feature", "audio;methods=INVITE,ACK,BYE,CANCEL", "--count", "1"]);
    let call = ["call", "sip:bob@example.test", "--from", "sip:alice@example.test", "--duration", "200ms"];
    let wants = |wishes: &[&str]| office.run(&[&call[..], wishes].concat(), "alice");
    for none in [["--prefer", "video;require;explicit"], ["--avoid", "audio"]] {
        let output = wants(&none);
        assert!(!output.status.success() && text(&output).contains("480"), "{none:?}: {}", text(&output));
    }
    let told = wants(&["--disposition", "redirect", "--no-follow"]);
    assert!(text(&told).contains("302"), "{}", text(&told));
    let output =
        wants(&["--prefer", "audio;require", "--avoid", "actor=\"msg-taker\"", "--disposition", "no-fork"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(wants(&["--prefer", "a b"]).status.code(), Some(2));
}

#[test]
fn the_operator_sees_and_decides_who_watches_a_user() {
    let office = Office::open("watchers");
    let config = office.folder.join("ringback.toml");
    let watchers = |args: &[&str]| {
        let all = [&["watchers", "bob"], args, &["--config", config.to_str().unwrap()]].concat();
        text(&ringback(&all, "").output().unwrap())
    };
    assert_eq!(watchers(&[]), "nobody watches bob@example.test, and nothing is decided\n");
    let watch = ["watch", "presence", "sip:bob@example.test", "--from", "sip:alice@example.test", "--json"];
    let mut watcher = Listener::spawn(&[&watch[..], &["--proxy", &office.proxy]].concat(), "alice");
    watcher.wait_for("notified");
    assert_eq!(watchers(&["list"]), "alice@example.test  presence  active\n");
    assert_eq!(watchers(&["deny", "alice"]), "alice@example.test may not watch bob@example.test\n");
    let told = watcher.wait_for("notified");
    assert_eq!((&told["standing"], &told["reason"]), (&"terminated".into(), &"rejected".into()));
    assert_eq!(watcher.child.wait().unwrap().code(), Some(43), "403");
    let shown: Value = serde_json::from_str(&watchers(&["--json"])).unwrap();
    assert_eq!(shown["decisions"][0]["decided"], "deny");
    assert!(watchers(&["forget", "alice"]).starts_with("nothing is decided"));
    let by_list =
        ["watch", "presence", "sip:both@example.test", "--from", "sip:alice@example.test", "--json"];
    let mut watcher = Listener::spawn(&[&by_list[..], &["--proxy", &office.proxy]].concat(), "alice");
    watcher.wait_for("notified");
    // Rows are on their way to the disk.
    let shows = |row: &str| assert!((0..500).any(|_| watchers(&[]) == row), "{}, not {row}", watchers(&[]));
    shows("alice@example.test  presence  active  by the list both@example.test\n");
    watcher.interrupt();
    watcher.child.wait().unwrap();
    shows("nobody watches bob@example.test, and nothing is decided\n");
    assert!(watchers(&["allow", "eve@elsewhere.test"]).contains("ringback watchers: "));
}
