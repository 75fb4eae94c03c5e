use super::super::testing::Scene;
use super::super::{Certainty, Diagnosis, diagnose_legs};
use super::*;

/// A leg between two parties that begins at `at`, rings, is answered and ends at `end`.
struct Plan<'a> {
    call: &'a str,
    ends: [&'static str; 2],
    numbers: [&'static str; 2],
    at: u64,
    /// When it is hung up, or refused.
    end: u64,
    refusal: Option<&'static str>,
    more: String,
}

impl<'a> Plan<'a> {
    fn new(call: &'a str, ends: [&'static str; 2], at: u64) -> Self {
        Plan { call, ends, numbers: ["100", "200"], at, end: 9000, refusal: None, more: String::new() }
    }

    fn play(&self, scene: &mut Scene) {
        let Plan { call, ends: [src, dst], numbers: [caller, called], at, end, .. } = *self;
        let text = |start: &str, tags: [&str; 2], number: u64, method: &str, more: &str| {
            let (fields, body) = more.split_once("\r\n\r\n").unwrap_or((more, ""));
            let fields = if fields.is_empty() { String::new() } else { format!("{fields}\r\n") };
            format!(
                "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{call}{number}\r\nMax-Forwards: 70\r\n\
                 From: <sip:{caller}@x.test>;tag={call}a{}\r\nTo: <sip:{called}@x.test>{}\r\nCall-ID: {call}\r\n\
                 CSeq: {number} {method}\r\n{fields}Content-Length: {}\r\n\r\n{body}",
                tags[0],
                tags[1],
                body.len()
            )
        };
        let to_tag = format!(";tag={call}b");
        let dialog = ["", to_tag.as_str()];
        let uri = |method: &str| format!("{method} sip:{called}@x.test SIP/2.0");
        scene.bytes(at, src, dst, text(&uri("INVITE"), ["", ""], 1, "INVITE", &self.more).as_bytes());
        if let Some(refusal) = self.refusal {
            scene.bytes(
                end,
                dst,
                src,
                text(&format!("SIP/2.0 {refusal}"), dialog, 1, "INVITE", "").as_bytes(),
            );
            scene.bytes(end + 1, src, dst, text(&uri("ACK"), dialog, 1, "ACK", "").as_bytes());
            return;
        }
        scene.bytes(at + 900, dst, src, text("SIP/2.0 200 OK", dialog, 1, "INVITE", "").as_bytes());
        scene.bytes(at + 910, src, dst, text(&uri("ACK"), dialog, 1, "ACK", "").as_bytes());
        scene.bytes(end, src, dst, text(&uri("BYE"), dialog, 2, "BYE", "").as_bytes());
        scene.bytes(end + 5, dst, src, text("SIP/2.0 200 OK", dialog, 2, "BYE", "").as_bytes());
    }
}

type ToldLegs = (Vec<String>, Option<(Certainty, Sign)>);

/// The legs of each call by their Call-IDs, with how sure the least sure one is.
fn legs(scene: &Scene) -> Vec<ToldLegs> {
    let all = scene.facts.legs();
    let told = all.iter().map(|legs| {
        let ties = legs.ties.iter().map(|tie| (tie.certainty, tie.sign));
        (legs.calls.iter().map(|call| call.name()).collect(), ties.min_by_key(|(certainty, _)| *certainty))
    });
    told.collect()
}

fn played(plans: &[Plan<'_>]) -> Scene {
    let mut scene = Scene::new();
    plans.iter().for_each(|plan| plan.play(&mut scene));
    scene.end(60_000);
    scene
}

fn names(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn diagnosis(scene: &Scene) -> Diagnosis {
    diagnose_legs(&scene.facts, &scene.facts.legs()[0])
}

const IN: [&str; 2] = ["a", "m"];
const OUT: [&str; 2] = ["m", "z"];

#[test]
fn legs_with_the_same_numbers_through_one_host_that_end_together_are_likely_one_call() {
    let scene = played(&[Plan::new("in", IN, 0), Plan::new("out", OUT, 40)]);
    assert_eq!(legs(&scene), [(names(&["in", "out"]), Some((Certainty::Likely, Sign::Numbers)))]);
}

#[test]
fn a_number_is_the_same_with_and_without_its_country() {
    let mut out = Plan::new("out", OUT, 40);
    out.numbers = ["+31201234567", "0031307654321"];
    let mut inbound = Plan::new("in", IN, 0);
    inbound.numbers = ["0201234567", "+31307654321"];
    assert_eq!(legs(&played(&[inbound, out])).len(), 1);
}

#[test]
fn two_calls_between_the_same_numbers_at_the_same_time_are_not_mixed_up() {
    let scene = played(&[
        Plan::new("in1", IN, 0),
        Plan::new("in2", IN, 10),
        Plan::new("out1", OUT, 40),
        Plan::new("out2", OUT, 50),
    ]);
    assert_eq!(legs(&scene).len(), 4, "nobody knows which is which");
    let mut plans = [
        Plan::new("in1", IN, 0),
        Plan::new("in2", IN, 10),
        Plan::new("out1", OUT, 40),
        Plan::new("out2", OUT, 50),
    ];
    (plans[0].end, plans[3].end) = (30_000, 30_020);
    let told: Vec<_> = legs(&played(&plans)).into_iter().map(|(names, _)| names).collect();
    assert_eq!(told, [names(&["in1", "out2"]), names(&["in2", "out1"])], "their ends tell");
}

#[test]
fn calls_of_one_phone_to_one_server_are_no_legs_of_each_other() {
    let scene = played(&[Plan::new("one", IN, 0), Plan::new("two", IN, 40)]);
    assert_eq!(legs(&scene).len(), 2);
    let mut other = Plan::new("out", OUT, 40);
    other.numbers = ["300", "400"];
    assert_eq!(legs(&played(&[Plan::new("in", IN, 0), other])).len(), 2, "other numbers");
    let mut later = Plan::new("out", OUT, 40);
    later.end = 40_000;
    assert_eq!(legs(&played(&[Plan::new("in", IN, 0), later])).len(), 2, "it outlives the other");
}

#[test]
fn an_identifier_ties_legs_for_certain_whatever_their_numbers() {
    for (first, second) in [
        ("", "X-Call-ID: in"),
        (
            "P-Charging-Vector: icid-value=\"abc-123\";orig-ioi=x.test",
            "P-Charging-Vector: orig-ioi=y.test;icid-value=abc-123",
        ),
        (
            "Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00",
            "Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=11",
        ),
        ("Cisco-Guid: 0123456789-4242", "Cisco-Guid: 0123456789-4242"),
    ] {
        let (mut one, mut two) = (Plan::new("inbound-leg", IN, 0), Plan::new("out", ["y", "z"], 20));
        (one.more, two.more) = (first.to_owned(), second.replace(": in", ": inbound-leg"));
        two.numbers = ["7", "8"];
        let told = legs(&played(&[one, two]));
        assert_eq!(told.len(), 1, "{second}");
        assert_eq!(told[0].1, Some((Certainty::Certain, Sign::Identifier)));
    }
    let zeros = "Session-ID: 00000000000000000000000000000000";
    let (mut one, mut two) = (Plan::new("one", IN, 0), Plan::new("two", ["y", "z"], 20));
    (one.more, two.more) = (zeros.to_owned(), zeros.to_owned());
    assert_eq!(legs(&played(&[one, two])).len(), 2, "a session without a name");
}

#[test]
fn the_same_media_and_numbers_are_certain_and_the_same_media_alone_likely() {
    let sdp = super::super::testing::sdp("m=audio 4000 RTP/AVP 8\r\n");
    let (mut one, mut two) = (Plan::new("in", IN, 0), Plan::new("out", OUT, 40));
    (one.more, two.more) = (sdp.clone(), sdp.clone());
    assert_eq!(legs(&played(&[one, two]))[0].1, Some((Certainty::Certain, Sign::Media)));
    let (mut one, mut two) = (Plan::new("in", IN, 0), Plan::new("out", OUT, 40));
    (one.more, two.more) = (sdp.clone(), sdp);
    two.numbers = ["7", "8"];
    assert_eq!(legs(&played(&[one, two]))[0].1, Some((Certainty::Likely, Sign::Media)));
}

#[test]
fn legs_whose_end_was_not_captured_are_less_sure() {
    let mut scene = played(&[Plan::new("in", IN, 0)]);
    scene.bytes(40, "m", "z", b"INVITE sip:200@z SIP/2.0\r\nVia: SIP/2.0/UDP m;branch=z9hG4bK9\r\nFrom: <sip:100@x.test>;tag=9\r\n\
        To: <sip:200@x.test>\r\nCall-ID: out\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(legs(&scene)[0].1, Some((Certainty::Possible, Sign::Numbers)));
}

#[test]
fn the_cause_is_in_the_leg_that_failed_first() {
    let (mut inbound, mut out) = (Plan::new("in", IN, 0), Plan::new("out", OUT, 40));
    (inbound.refusal, inbound.end) = (Some("480 Temporarily Unavailable"), 2010);
    (out.refusal, out.end) = (Some("503 Service Unavailable"), 2000);
    let scene = played(&[inbound, out]);
    let diagnosis = diagnosis(&scene);
    let verdict = diagnosis.verdict().expect("a finding");
    assert_eq!((verdict.call_id.as_str(), verdict.rule), ("out", "D32"));
    assert!(diagnosis.roots.iter().all(|root| root.call_id == "out"), "{:?}", diagnosis.roots);
    assert!(diagnosis.symptoms.iter().any(|symptom| symptom.call_id == "in"), "{:?}", diagnosis.symptoms);
}

#[test]
fn a_code_that_the_switch_made_of_the_cause_is_no_note() {
    let (mut inbound, mut out) = (Plan::new("in", IN, 0), Plan::new("out", OUT, 40));
    (inbound.refusal, inbound.end) = (Some("486 Busy Here"), 2010);
    (out.refusal, out.end) = (Some("503 Service Unavailable"), 2000);
    assert!(diagnosis(&played(&[inbound, out])).notes.is_empty());
    let (mut inbound, mut out) = (Plan::new("in", IN, 0), Plan::new("out", OUT, 40));
    (inbound.refusal, inbound.end) = (Some("486 Busy Here"), 2010);
    (out.refusal, out.end) = (Some("486 Busy Here"), 2000);
    assert_eq!(diagnosis(&played(&[inbound, out])).notes.len(), 1);
}

#[test]
fn a_leg_that_was_replaced_by_another_is_no_fault_of_the_call() {
    let (mut failed, mut second) = (Plan::new("out1", OUT, 40), Plan::new("out2", ["m", "y"], 540));
    (failed.refusal, failed.end) = (Some("503 Service Unavailable"), 500);
    second.end = 9020;
    let scene = played(&[Plan::new("in", IN, 0), failed, second]);
    assert_eq!(legs(&scene)[0].0, names(&["in", "out1", "out2"]));
    assert!(diagnosis(&scene).is_good());
}

#[test]
fn many_calls_between_the_same_numbers_cost_no_more_than_a_few_looks_each() {
    let mut scene = Scene::new();
    let names: Vec<String> = (0..2000).map(|n| format!("call-{n}")).collect();
    for (n, name) in names.iter().enumerate() {
        let ends = if n % 2 == 0 { IN } else { OUT };
        Plan::new(name, ends, n as u64).play(&mut scene);
    }
    assert!(scene.facts.legs().len() > 1990);
}

/// A third party calls two parties; the second is asked for media at this port, and the first named 4000 or nothing.
fn connected(port: u16, is_named: bool) -> Scene {
    let mut scene = Scene::new();
    let sdp = |port: u16| crate::diagnosis::testing::sdp(&format!("m=audio {port} RTP/AVP 0\r\n"));
    let answer = if is_named { sdp(4000) } else { String::new() };
    scene.request(0, "s", "a", "INVITE", "first");
    scene.response_with(900, "a", "s", "200 OK", "INVITE", "first", &answer);
    scene.number(1).request_with(950, "s", "b", "INVITE", "second", &sdp(port));
    scene.response(1500, "b", "s", "200 OK", "INVITE", "second");
    scene.number(2).request(9000, "s", "a", "BYE", "first");
    scene.number(3).request(9001, "s", "b", "BYE", "second");
    scene.end(60_000);
    scene
}

#[test]
fn a_third_party_that_passes_on_what_the_first_offered_makes_two_legs_of_one_call() {
    let tied = vec![(names(&["first", "second"]), Some((Certainty::Certain, Sign::Media)))];
    assert_eq!(legs(&connected(4000, true)), tied);
    assert_eq!(legs(&connected(4002, true)).len(), 2);
    assert_eq!(legs(&connected(4000, false)).len(), 2);
}
