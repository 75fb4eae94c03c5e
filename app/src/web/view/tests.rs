//! What holds for every page, whatever it shows.

use super::*;
use crate::cmd::route;
use crate::web::assets;
use crate::web::model::parts::*;
use crate::web::model::*;
use ringback_roles::explain::{Explainer, Kind, Language};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What a peer may write into any field.
const HOSTILE: &str = "<script>alert(1)</script>\"'&</title>";

fn frame<'a>(explainer: &'a Explainer, place: Place) -> Frame<'a> {
    let notice = None;
    Frame { explainer, place, here: "/calls?user=\"><script>", name: "admin", csrf: "token", notice }
}

fn line(no: usize) -> CallLine {
    CallLine {
        call_id: format!("{no}{HOSTILE}"),
        begin: format!("2026-11-21T17:{:02}:07.123Z", no % 60),
        end: Some("2026-11-21T17:00:09.456Z".to_owned()),
        method: Some("INVITE".to_owned()),
        from: format!("sip:alice{HOSTILE}@example.test"),
        to: "sip:bob@example.test".to_owned(),
        status: Some(480),
        cause: "no-binding".to_owned(),
        verdict: format!("bob@example.test exists here and has no phone that can be reached. {HOSTILE}"),
        advice: "Look whether the user's phone is on and registers.".to_owned(),
        certainty: "certain".to_owned(),
        certainty_text: "certain".to_owned(),
        actor: "callee".to_owned(),
        actor_text: "the called side".to_owned(),
        others: vec![OtherRefusal(Some(HOSTILE.to_owned()), 404, "unknown-user".to_owned())],
        missing: 2,
        state: CallState::Ended,
        ..CallLine::default()
    }
}

fn bucket(no: u64) -> CodeBucket {
    let counts =
        [(200, no % 7), (302, no % 2), (480, no % 5), (486, no % 3), (503, no % 4 / 3), (603, no % 9 / 8)];
    let counts =
        counts.map(|(code, count)| CodeCount { code, count: if no.is_multiple_of(11) { 0 } else { count } });
    CodeBucket { at: format!("2026-11-21T17:{no:02}:00.000Z"), counts: counts.to_vec() }
}

fn delay(no: u64) -> DelayBucket {
    let is_quiet = no.is_multiple_of(11);
    DelayBucket {
        at: format!("2026-11-21T17:{no:02}:00.000Z"),
        calls: if is_quiet { 0 } else { 7 },
        median_millis: (!is_quiet).then_some(150 + no % 7 * 20),
        p95_millis: (!is_quiet).then_some(200 + no % 13 * 1000),
    }
}

fn glance() -> Overview {
    let cause = |code, cause: &str, count| CauseCount {
        code,
        cause: cause.to_owned(),
        text: format!("The user has no phone that can be reached. {HOSTILE}"),
        count,
    };
    Overview {
        at: "2026-11-21T18:00:00.000Z".to_owned(),
        version: "0.1.0".to_owned(),
        state: "ok".to_owned(),
        domains: vec!["example.test".to_owned()],
        started: "2026-11-20T08:00:00.000Z".to_owned(),
        window: Window::Hour,
        recorded: true,
        calls_now: 12,
        users: 240,
        users_registered: 231,
        contacts: 260,
        attempts: 412,
        answered: 301,
        answer_ratio: Some(0.73),
        post_dial_delay_millis: Some(182),
        post_dial_delay_p95_millis: Some(12_400),
        bucket_seconds: 60,
        codes: (0..60).map(bucket).collect(),
        delays: (0..60).map(delay).collect(),
        causes: vec![cause(480, "no-binding", 37), cause(486, "passed", 21), cause(503, "transport", 4)],
        bans: 2,
        connections: 18,
        records_lost: 3,
    }
}

fn contact() -> Contact {
    Contact {
        contact: "sip:bob@192.0.2.17:5061;transport=tls".to_owned(),
        peer: "192.0.2.17:40112".to_owned(),
        transport: "tls".to_owned(),
        user_agent: format!("Phone/1.2 {HOSTILE}"),
        q: "1".to_owned(),
        expires: "2026-11-21T19:00:00.000Z".to_owned(),
        expires_seconds: 2840,
        refreshed: Some("2026-11-21T17:50:00.000Z".to_owned()),
        age_seconds: Some(641),
    }
}

fn media_offer() -> MediaOffer {
    let side = |address: &str| MediaSide {
        address: format!("{address}{HOSTILE}"),
        direction: "sendrecv",
        holds: false,
        unreachable: true,
    };
    MediaOffer {
        at: "2026-11-21T17:12:00.123Z".to_owned(),
        answered: None,
        state: "agreed",
        text: "agreed, offered by the caller".to_owned(),
        status: None,
        by: "caller",
        offer: 0,
        answer: None,
        media: vec![Medium {
            kind: "audio".to_owned(),
            off: false,
            codec: Some(format!("PCMA/8000{HOSTILE}")),
            offered: vec![HOSTILE.to_owned()],
            answered: Vec::new(),
            way: "both",
            events: true,
            protection: "plain",
            ice: false,
            caller: Some(side("192.168.1.4:4000")),
            callee: Some(side("192.0.2.2:5000")),
            text: format!("audio PCMA/8000{HOSTILE}, both ways, not encrypted"),
            path: format!("caller 192.168.1.4:4000{HOSTILE} ↔ callee 192.0.2.2:5000"),
        }],
    }
}

fn call_page() -> CallPage {
    let message = |no: usize, sent: bool, start: &str| MessageLine {
        at: format!("2026-11-21T17:12:0{no}.123Z"),
        sent,
        peer: "192.0.2.7:5060".to_owned(),
        transport: "udp".to_owned(),
        start: start.to_owned(),
        message: format!(
            "{start}\r\nFrom: \"{HOSTILE}\" <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>\r\nCall-ID: x\r\n\r\n"
        ),
        tells: no == 2,
    };
    let fact = |tells: bool, text: &str| FactLine {
        at: "2026-11-21T17:12:01.456Z".to_owned(),
        fact: "answered".to_owned(),
        text: format!("{text} {HOSTILE}"),
        tells,
        more: serde_json::Map::new(),
    };
    let ladder = ringback_roles::diagnosis::LadderView {
        parties: ["192.0.2.7:5060", "server", "192.0.2.17:40112"].map(str::to_owned).to_vec(),
        rungs: [
            (0, 1, "INVITE sip:bob@example.test"),
            (1, 0, "100 Trying"),
            (1, 0, "480 Temporarily Unavailable"),
            (0, 1, "ACK"),
        ]
        .iter()
        .enumerate()
        .map(|(no, (from, to, title))| ringback_roles::diagnosis::Rung {
            at: ringback_sip::time::Instant::from_unix_secs(1_700_000_000 + no as u64),
            from: *from,
            to: *to,
            is_both_ways: false,
            title: format!("{title}{}", if no == 0 { HOSTILE } else { "" }),
            method: None,
            sentence: None,
            mark: (no == 2).then(|| format!("nobody is there {HOSTILE}")),
        })
        .collect(),
    };
    CallPage {
        line: line(1),
        branches: vec![Branch {
            branch: 0,
            target: format!("sip:bob@192.0.2.17:40112{HOSTILE}"),
            peers: vec!["192.0.2.17:40112".to_owned()],
            end: Some("408".to_owned()),
            end_text: "It did not answer in time.".to_owned(),
            fate: serde_json::Value::Null,
            fate_text: "It lost against 480.".to_owned(),
        }],
        facts: vec![fact(true, "Nobody was registered."), fact(false, "The server answered 480.")],
        messages: vec![
            message(0, false, "INVITE sip:bob@example.test"),
            message(1, true, "100 Trying"),
            message(2, true, "480 Temporarily Unavailable"),
            message(3, false, "ACK sip:bob@example.test"),
        ],
        ladder: LadderRows {
            parties: ladder.parties.clone(),
            rungs: Vec::new(),
            svg: ladder.write_linked_svg(MESSAGE_ANCHOR),
        },
        media: vec![media_offer()],
    }
}

fn trial() -> RouteTrial {
    let rule = |name: &str, line, text: Option<&str>| RuleTried {
        rule: name.to_owned(),
        line,
        holds: text.is_none(),
        missed: text.map(str::to_owned),
        text: text.map(str::to_owned),
    };
    let to = RouteDestination {
        uri: Some("sip:bob@192.0.2.17:5060".to_owned()),
        route: None,
        q: 1.0,
        hop: Some("carrier".to_owned()),
        address: None,
    };
    RouteTrial {
        schema: "ringback.route/1",
        lang: "en",
        request: RouteRequest {
            method: "INVITE".to_owned(),
            uri: HOSTILE.to_owned(),
            from: None,
            stranger: false,
            source: "127.0.0.1".to_owned(),
            transport: "udp",
            at: "2026-11-21T17:00:00.000Z".to_owned(),
        },
        tried: vec![rule("emergency", 12, Some("the user does not match")), rule(HOSTILE, 20, None)],
        rule: None,
        target: format!("sip:bob@example.test{HOSTILE}"),
        user: Some("bob@example.test".to_owned()),
        unwanted: Vec::new(),
        outcome: RouteOutcome { kind: "send", answer: None, to: vec![to] },
    }
}

fn user() -> Registration {
    let event = |minute: u32, text: &str| HistoryLine {
        at: format!("2026-11-21T16:{minute:02}:00.000Z"),
        event: "registered".to_owned(),
        text: format!("{text} {HOSTILE}"),
        call_id: (minute == 40).then(|| "refused-1".to_owned()),
        ..HistoryLine::default()
    };
    Registration {
        known: true,
        contacts: Vec::new(),
        story: UserStory {
            user: "bob@example.test".to_owned(),
            state: Some("flow-gone".to_owned()),
            verdict: "The connection of the phone ended at 16:31, and there is no other way.".to_owned(),
            advice: "Let the phone keep its connection alive.".to_owned(),
            certainty_text: "certain".to_owned(),
            actor_text: "the called side".to_owned(),
            history: vec![event(1, "Registered."), event(31, "Closed."), event(40, "Refused with 480.")],
            ..UserStory::default()
        },
    }
}

/// A log with an INVITE that was refused.
fn judged(explainer: &Explainer) -> Captured {
    let codec = HOSTILE.replace('/', "");
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 96\r\n\
         a=rtpmap:96 {codec}/8000\r\n"
    );
    let common = format!(
        "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1\r\nFrom: \"{HOSTILE}\" <sip:alice{HOSTILE}@example.test>;tag=a\r\n\
         To: <sip:bob@example.test>\r\nCall-ID: {HOSTILE}\r\nCSeq: 1 INVITE\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    let log = format!(
        "2026/11/21 17:00:00.000000 192.0.2.7:5060 -> 192.0.2.1:5060\nINVITE sip:bob@example.test SIP/2.0\r\n{common}\n\
         2026/11/21 17:00:00.100000 192.0.2.1:5060 -> 192.0.2.7:5060\nSIP/2.0 486 Busy Here\r\n{common}\n"
    );
    let judged = Captured::judge(log.as_bytes(), explainer).unwrap();
    assert!(judged.calls[0].0.media[0].told.lines[0][0].contains(&codec), "{judged:?}");
    judged
}

/// Every page in a language, with its name.
fn pages(language: Language) -> Vec<(&'static str, String)> {
    let explainer = Explainer::new(language);
    let f = |place| frame(&explainer, place);
    let query = CallQuery {
        user: Some(HOSTILE.to_owned()),
        cursor: Some(HOSTILE.to_owned()),
        ..CallQuery::default()
    };
    let list =
        CallList { calls: (0..50).map(line).collect(), next: Some(HOSTILE.to_owned()), recorded: true };
    let users = RegistrationList {
        users: vec![
            RegistrationLine { user: "alice@example.test".to_owned(), contacts: vec![contact(), contact()] },
            RegistrationLine { user: HOSTILE.to_owned(), contacts: Vec::new() },
        ],
        next: Some("b".to_owned()),
    };
    let ban = |source: &str, why: &str| Ban {
        source: source.to_owned(),
        since: "2026-11-21T17:00:00.000Z".to_owned(),
        until: "2026-11-21T18:00:00.000Z".to_owned(),
        why: why.to_owned(),
    };
    let bans_known = BanList {
        bans: vec![
            ban("192.0.2.66/32", "too-many-attempts"),
            ban(HOSTILE, HOSTILE),
            ban("2001:db8::/64", "operator"),
        ],
    };
    let notice = Notice::Lifted(HOSTILE.to_owned());
    let asked =
        RouteQuery { uri: HOSTILE.to_owned(), from: Some(HOSTILE.to_owned()), ..RouteQuery::default() };
    let mut told = f(Place::Bans);
    told.notice = Some(&notice);
    vec![
        ("sign-in", sign_in(&f(Place::Elsewhere), HOSTILE, Some(HOSTILE))),
        ("overview", overview(&f(Place::Overview), &glance())),
        ("calls", calls(&f(Place::Calls), &query, &list)),
        ("call", call(&f(Place::Calls), &call_page())),
        ("registrations", registrations(&f(Place::Registrations), HOSTILE, &users)),
        ("registration", registration(&f(Place::Registrations), &user())),
        ("bans", bans(&told, &bans_known)),
        (
            "routes",
            routes(&f(Place::Routes), &asked, Some(&trial()), Some(&route::Fault::Uri(HOSTILE.to_owned()))),
        ),
        ("codes", codes(&f(Place::Codes), Kind::Code, "", &CodeList::found(Kind::Code, "", &explainer))),
        (
            "search",
            codes(&f(Place::Codes), Kind::Code, HOSTILE, &CodeList::found(Kind::Code, HOSTILE, &explainer)),
        ),
        ("code", code(&f(Place::Codes), &Code::of("480", &explainer).unwrap())),
        ("capture", capture(&f(Place::Capture), Some((HOSTILE, &judged(&explainer))))),
        ("fault", fault(&f(Place::Elsewhere), 404, &[("/call?id=x".to_owned(), HOSTILE.to_owned())])),
    ]
}

fn every_page() -> impl Iterator<Item = (String, String)> {
    let of = |language: Language| {
        pages(language).into_iter().map(move |(name, page)| (format!("{name} ({})", language.tag()), page))
    };
    Language::ALL.iter().copied().flat_map(of)
}

#[test]
fn what_a_peer_wrote_stays_text_on_every_page() {
    for (name, page) in every_page() {
        assert!(!page.contains("<script>"), "{name}");
        assert!(!page.contains("</script>\""), "{name}");
        assert_eq!(page.matches("</title>").count() - page.matches("<title>").count(), 0, "{name}");
        assert_eq!(page.matches("<script").count(), 1, "{name}: ours alone");
    }
}

#[test]
fn pages_keep_a_content_policy_without_inline_code_or_style() {
    for (name, page) in every_page() {
        // Inside tags only: a text may say what it likes.
        for tag in page.split('<').filter_map(|part| part.split_once('>').map(|(tag, _)| tag)) {
            let has_handler = tag
                .split_whitespace()
                .skip(1)
                .any(|word| word.strip_prefix("on").is_some_and(|rest| rest.contains("=\"")));
            assert!(!has_handler && !tag.contains(" style="), "{name}: <{tag}>");
        }
        assert!(!page.contains("<style") && !page.contains("javascript:"), "{name}");
    }
}

#[test]
fn every_page_has_its_landmarks_one_heading_and_ids_of_its_own() {
    for (name, page) in every_page() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        assert_eq!(page.matches("<main").count(), 1, "{name}");
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
        let distinct: BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}: {ids:?}");
        for (place, _) in page.match_indices("<th") {
            let tag = page.get(place..).and_then(|rest| rest.split('>').next()).unwrap_or_default();
            assert!(tag.contains("scope=") || tag == "<thead", "{name}: {tag}");
        }
    }
}

#[test]
fn every_field_has_a_label() {
    for (name, page) in every_page() {
        let tags = page.split('<').filter_map(|part| part.split('>').next());
        for tag in tags.filter(|tag| tag.starts_with("input ") || tag.starts_with("select ")) {
            let id = tag.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next());
            let is_named = tag.contains("type=\"hidden\"") || tag.contains("type=\"checkbox\"");
            let labelled = id.is_some_and(|id| page.contains(&format!("<label for=\"{id}\"")));
            assert!(is_named || labelled, "{name}: <{tag}>");
        }
    }
}

#[test]
fn every_word_that_a_page_says_is_a_text_and_every_text_is_said() {
    let explainer = Explainer::new(Language::English);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/view");
    let files = [folder.clone(), folder.join("pages")].map(|folder| fs::read_dir(folder).unwrap());
    let files = files.into_iter().flatten().flatten().map(|file| file.path());
    let files = files.filter(|path| path.is_file() && !path.ends_with("tests.rs"));
    let source: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let said = ["say(\"", "fill(\""].into_iter().flat_map(|call| source.split(call).skip(1));
    for word in said.filter_map(|rest| rest.split('"').next()) {
        let id = format!("console-{word}");
        assert_ne!(explainer.label(&id), id, "no such text");
    }
    let texts = include_str!("../../../../roles/src/explain/texts/en/console.ftl");
    let texts = texts.lines().filter_map(|line| line.split_once(" = ")?.0.strip_prefix("console-"));
    let is_made =
        |word: &str| ["class-", "fault-", "state-", "window-"].iter().any(|start| word.starts_with(start));
    let unsaid: Vec<_> =
        texts.filter(|word| !is_made(word) && !source.contains(&format!("\"{word}\""))).collect();
    assert_eq!(unsaid, Vec::<&str>::new(), "texts that no page says");
}

#[test]
fn a_page_with_all_that_it_loads_is_lighter_than_100_kilobytes() {
    let assets: usize = assets::ALL.iter().map(|asset| asset.content.len()).sum();
    for (name, page) in every_page() {
        assert!(page.len() + assets < 100_000, "{name}: {} and {assets}", page.len());
    }
}
