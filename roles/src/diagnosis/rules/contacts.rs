//! The contacts of a user: old ones that stay, and devices that push each other out.

use super::super::facts::{Call, CallKind, Facts, Message};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::Uri;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D19", level: Level::Root, explains: &[], judge: Judge::Call(crowded) }];

/// D19: a device is registered twice, or two devices push each other out (RFC 3261 §10.3, RFC 5626 §6).
fn crowded(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    if call.kind != CallKind::Registration {
        return;
    }
    let Some((request, answer)) = accepted(call).last() else { return };
    let listed = rows(answer);
    if let Some(twin) = twin(&listed) {
        return judgement.found(finding(request, answer, "instance", Certainty::Certain, &twin));
    }
    let known = history(facts, call, request);
    if let Some((earlier, contact)) = stale(&known, request, &listed) {
        let found = finding(request, answer, "stale", Certainty::Likely, &contact);
        return judgement
            .found_absence(found.evidence(earlier.no, "Contact", "why-earlier", vec![]), answer.at);
    }
    match fighting(&known) {
        Some(other) => {
            let found = finding(request, answer, "fighting", Certainty::Likely, &other.src.to_string());
            judgement.found(found.evidence(other.no, "Contact", "why-other", vec![]));
        }
        None if listed.len() > 1 => judgement.rule_out("D19"),
        None => {}
    }
}

fn finding(
    request: &Message,
    answer: &Message,
    case: &'static str,
    certainty: Certainty,
    other: &str,
) -> Finding {
    let actor = if case == "instance" { Actor::Callee } else { Actor::Caller };
    Finding::new("D19", certainty, actor)
        .case(case)
        .hop(request.src, request.dst)
        .basis("RFC 3261 §10.3")
        .value("device", request.src)
        .value("peer", request.dst)
        .value("other", other)
        .evidence(request.no, "Contact", "why-request", vec![])
        .evidence(answer.no, "Contact", "why-listed", vec![])
}

/// A contact: its URI without parameters, and what tells the device.
struct Row {
    uri: String,
    user: Vec<u8>,
    host: Vec<u8>,
    port: Option<u16>,
    /// Instance and flow (RFC 5626 §4.1).
    flow: Option<(Vec<u8>, Vec<u8>)>,
}

fn rows(message: &Message) -> Vec<Row> {
    let Some(syntax) = message.syntax() else { return Vec::new() };
    let contacts = syntax.contacts().flatten().filter(|row| row.param(b"expires") != Some(b"0"));
    let rows = contacts.filter_map(|row| {
        let uri = Uri::parse(row.uri).ok()?;
        let number = row.param(b"reg-id").unwrap_or_default().to_vec();
        Some(Row {
            uri: String::from_utf8_lossy(row.uri).split(';').next().unwrap_or_default().to_owned(),
            user: uri.user.to_vec(),
            host: uri.host.name().to_ascii_lowercase(),
            port: uri.port,
            flow: row.param(b"+sip.instance").map(|instance| (instance.to_vec(), number)),
        })
    });
    rows.collect()
}

/// The REGISTERs of a call that were accepted.
fn accepted(call: &Call) -> impl Iterator<Item = (&Message, &Message)> {
    let pairs =
        call.of(Method::Register).filter_map(|one| Some((call.request_of(one)?, call.final_of(one)?)));
    pairs.filter(|(_, answer)| answer.is_success())
}

/// A contact of an instance and flow that is listed before.
fn twin(listed: &[Row]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let twin = listed.iter().find(|row| row.flow.as_ref().is_some_and(|flow| !seen.insert(flow)));
    twin.map(|row| row.uri.clone())
}

/// The accepted REGISTERs for the same user at the same registrar, in the order of time.
fn history<'a>(facts: &'a Facts, call: &'a Call, request: &Message) -> Vec<(&'a Message, &'a Message)> {
    let user = |message: &Message| message.syntax()?.to().ok().map(|to| to.uri.to_vec());
    let own = user(request);
    let others = facts.calls().filter(|other| other.kind == CallKind::Registration && other.id != call.id);
    let all = others.take(CALLS_LOOKED_AT).chain([call]).flat_map(accepted);
    let mut all: Vec<_> = all.filter(|(other, _)| other.dst == request.dst && user(other) == own).collect();
    all.sort_by_key(|(other, _)| other.at);
    all
}

/// A contact that the same device registered before it got another port, and never renewed.
fn stale<'a>(
    known: &[(&'a Message, &'a Message)],
    request: &Message,
    listed: &[Row],
) -> Option<(&'a Message, String)> {
    let new = rows(request).into_iter().next()?;
    let agent = request.header(HeaderName::USER_AGENT);
    let begins = known.iter().find(|(other, _)| rows(other).iter().any(|row| row.uri == new.uri))?.0.at;
    listed.iter().find_map(|old| {
        let is_near = old.user == new.user && old.host == new.host && old.port != new.port;
        let names = |other: &Message| rows(other).iter().any(|row| row.uri == old.uri);
        let mut registered = known.iter().map(|(other, _)| *other).filter(|other| names(other));
        let earlier = registered.next_back().filter(|_| is_near)?;
        let is_same = earlier.src.ip() == request.src.ip()
            && earlier.header(HeaderName::USER_AGENT) == agent
            && earlier.at < begins;
        is_same.then(|| (earlier, old.uri.clone()))
    })
}

/// Another device whose contact this registrar gives up for this one's, again and again.
fn fighting<'a>(known: &[(&'a Message, &'a Message)]) -> Option<&'a Message> {
    let [.., first, second, third, fourth] = known else { return None };
    let alone = |(request, answer): &(&Message, &Message)| {
        let (asked, listed) = (rows(request), rows(answer));
        match (&asked[..], &listed[..]) {
            ([asked], [listed]) if asked.uri == listed.uri => Some(asked.uri.clone()),
            _ => None,
        }
    };
    let uris = [first, second, third, fourth].map(alone);
    let is_taking_turns = uris[0].is_some()
        && uris[1].is_some()
        && uris[0] == uris[2]
        && uris[1] == uris[3]
        && uris[0] != uris[1]
        && first.0.src.ip() != second.0.src.ip();
    is_taking_turns.then_some(third.0)
}

const CALLS_LOOKED_AT: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::*;

    /// A REGISTER from here for this contact, and what the registrar lists then.
    fn register(scene: &mut Scene, at: u64, call: &str, from: &str, contact: &str, listed: &str) {
        let contact = format!("Contact: {contact}\r\n");
        let listed = format!("Contact: {listed}\r\n");
        let text = |start: &str, contact: &str| {
            format!(
                "{start}\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{at}\r\nMax-Forwards: 70\r\nFrom: <sip:u@x.test>;tag=1\r\n\
                 To: <sip:u@x.test>\r\nCall-ID: {call}\r\nCSeq: {at} REGISTER\r\n{contact}Content-Length: 0\r\n\r\n"
            )
        };
        scene.bytes(at, from, "r", text("REGISTER sip:x.test SIP/2.0", &contact).as_bytes());
        scene.bytes(at + 20, "r", from, text("SIP/2.0 200 OK", &listed).as_bytes());
    }

    const OLD: &str = "<sip:u@198.51.100.7:40000>";
    const NEW: &str = "<sip:u@198.51.100.7:50000>";

    #[test]
    fn d19_one_instance_must_not_be_listed_twice() {
        let mut scene = Scene::new();
        let mine =
            |contact: &str, flow: u8| format!("{contact};+sip.instance=\"<urn:uuid:1>\";reg-id={flow}");
        let twice = format!("{}, {}", mine(OLD, 1), mine(NEW, 1));
        register(&mut scene, 1000, "call", "a", &mine(NEW, 1), &twice);
        assert_eq!(any_verdict(&scene, "call"), Some(("D19", "instance", Certainty::Certain)));
        let mut scene = Scene::new();
        let flows = format!("{}, {}", mine(OLD, 1), mine(NEW, 2));
        register(&mut scene, 1000, "call", "a", &mine(NEW, 2), &flows);
        assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
    }

    /// A device that registers from one port, and later from another; the first stays.
    fn restarted(end: u64) -> Scene {
        let mut scene = Scene::new();
        register(&mut scene, 1000, "before", "a", OLD, OLD);
        register(&mut scene, 9000, "call", "a", NEW, &format!("{OLD}, {NEW}"));
        scene.end(end);
        scene
    }

    #[test]
    fn d19_a_device_that_starts_anew_leaves_its_old_contact_behind() {
        assert_eq!(any_verdict(&restarted(90_000), "call"), Some(("D19", "stale", Certainty::Likely)));
    }

    #[test]
    fn d19_is_not_two_devices_that_both_go_on_registering_nor_a_list_of_other_hosts() {
        let mut scene = restarted(20_000);
        register(&mut scene, 30_000, "before", "a", OLD, &format!("{OLD}, {NEW}"));
        assert!(!rules_of(&scene.end(90_000).diagnosis("call")).contains(&"D19"));
        let mut scene = Scene::new();
        register(&mut scene, 1000, "call", "a", NEW, &format!("<sip:u@203.0.113.5>, {NEW}"));
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D19"));
    }

    #[test]
    fn d19_two_devices_that_take_turns_push_each_other_out() {
        let mut scene = Scene::new();
        let other = "<sip:u@203.0.113.5:5060>";
        for (at, call, from, contact) in [
            (1000, "call", "a", NEW),
            (2000, "two", "b", other),
            (3000, "call", "a", NEW),
            (4000, "two", "b", other),
        ] {
            register(&mut scene, at, call, from, contact, contact);
        }
        assert_eq!(any_verdict(&scene, "call"), Some(("D19", "fighting", Certainty::Likely)));
    }

    #[test]
    fn d19_in_a_capture_that_ends_early_is_less_sure() {
        assert_eq!(any_verdict(&restarted(12_000), "call"), Some(("D19", "stale", Certainty::Possible)));
    }
}
