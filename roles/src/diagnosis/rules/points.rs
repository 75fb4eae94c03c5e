//! Two points on one way: what was rewritten between them (D43), and what the second should have seen (D49).

use super::super::facts::{Call, Facts, Message, SIGHTINGS_MAX};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::super::timing::PATIENCE;
use super::alg;
use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::registry::Method;
use ringback_sip::syntax::Message as Syntax;
use ringback_sip::time::Instant;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "D43",
        level: Level::Root,
        explains: &["D06", "D09", "D20", "D36", "D39", "D45", "D46"],
        judge: Judge::Call(rewritten),
    },
    Rule {
        id: "D49",
        level: Level::Root,
        explains: &["D01", "D05", "D17", "D36", "D38", "D45", "D46"],
        judge: Judge::Call(lost_between),
    },
];

/// D43: one message before and behind a router that changes more than the packet's addresses (SIP ALG). A proxy would
/// have added or taken a Via (RFC 3261 §16.6, §16.7).
fn rewritten(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for (place, behind) in call.messages.iter().enumerate().take(MESSAGES_LOOKED_AT) {
        let earlier = call.messages[..place].iter().rev().take(LOOKBACK);
        for before in earlier.take_while(|before| behind.at.since(before.at) < ON_THE_WAY) {
            let Some(change) = is_one(before, behind).then(|| change(before, behind)).flatten() else {
                continue;
            };
            judgement.found(
                Finding::new("D43", Certainty::Certain, Actor::Network)
                    .hop(before.src, behind.dst)
                    .basis("RFC 3261 §16.6")
                    .value("source", before.src)
                    .value("goal", behind.dst)
                    .value("message", behind.title())
                    .value("field", change.field)
                    .value("before", &change.before)
                    .value("behind", &change.behind)
                    .evidence(before.no, change.field, "why-before", vec![("before", change.before)])
                    .evidence(behind.no, change.field, "why-behind", vec![("behind", change.behind)]),
            );
            return;
        }
    }
    alg::one_sided(facts, call, judgement);
}

/// Whether both are one message, before and behind a NAT: one end has another address there.
fn is_one(before: &Message, behind: &Message) -> bool {
    fn key(message: &Message) -> impl PartialEq + '_ {
        let Message { status, method, cseq, branch, from_tag, to_tag, transport, .. } = message;
        (status, method, cseq, branch, from_tag, to_tag, transport)
    }
    let has_one_end = (before.src == behind.src) != (before.dst == behind.dst);
    has_one_end && !before.branch.is_empty() && key(before) == key(behind) && before.bytes != behind.bytes
}

/// What somebody changed on the way.
struct Change {
    field: &'static str,
    before: String,
    behind: String,
}

fn change(before: &Message, behind: &Message) -> Option<Change> {
    let (a, b) = (before.syntax()?, behind.syntax()?);
    if a.vias().count() != b.vias().count() {
        return None;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let contact = |one: &Syntax<'_>| one.contacts().flatten().next().map(|contact| text(contact.uri));
    let via = |one: &Syntax<'_>| {
        let via = one.top_via().ok()?;
        Some(via.port.map_or_else(|| text(via.host), |port| format!("{}:{port}", text(via.host))))
    };
    let media = |one: &Message| {
        let description = one.sdp()?;
        let media = description.media.iter().find(|media| media.port != 0)?;
        Some(format!("{}:{}", description.connection_of(media)?.address.ip()?, media.port))
    };
    let pairs = [
        ("Contact", contact(&a), contact(&b)),
        ("Via", via(&a), via(&b)),
        ("SDP", media(before), media(behind)),
    ];
    let differs = |(field, before, behind): (&'static str, Option<String>, Option<String>)| {
        Some(Change { field, before: before?, behind: behind? })
            .filter(|change| change.before != change.behind)
    };
    pairs.into_iter().find_map(differs)
}

/// D49: a server told of a message that another one, which saw what went the same way before and after, did not see:
/// it was lost between them.
fn lost_between(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let told = |message: &Message| (1..SIGHTINGS_MAX).contains(&message.sightings.len());
    let places = call.messages.iter().enumerate().take(MESSAGES_LOOKED_AT);
    for (place, first) in places.filter(|(_, message)| told(message)) {
        for (by, (began, ended)) in facts.watched(first.src, first.dst) {
            let is_watching = began < first.at && first.seen_by(by).is_none();
            let loss = is_watching.then(|| Loss::of(call, place, by)).flatten();
            let Some(loss) = loss.filter(|loss| loss.is_felt() && !loss.is_missed_before()) else { continue };
            let is_cut = ended < loss.last().at;
            // Who tells no more at all may have stopped.
            if is_cut && loss.after(Instant::NEVER).is_none() {
                continue;
            }
            report(facts, &loss, is_cut, judgement);
        }
    }
}

fn report(facts: &Facts, loss: &Loss<'_>, is_cut: bool, judgement: &mut Judgement<'_>) {
    let first = loss.first;
    let [from, by] = [loss.from, loss.by].map(|number| facts.capturer_name(number));
    let is_awake = loss.after(loss.last().at + PATIENCE).is_some();
    // The message of one server about it may have got lost as well, but hardly each of several.
    let is_sure = loss.missed.len() > 1 && is_awake && loss.arrived.is_none();
    let certainty = if is_sure { Certainty::Certain } else { Certainty::Likely };
    let case = if loss.arrived.is_some() { "once" } else { "" };
    let mut finding = Finding::new("D49", certainty, Actor::Network)
        .case(case)
        .note_if(loss.arrived.is_some())
        .hop(first.src, first.dst)
        .value("message", first.title())
        .value("from", &from)
        .value("by", &by)
        .value("source", first.src)
        .value("goal", first.dst)
        .value("copies", loss.missed.len())
        .evidence(first.no, "", "why-seen", vec![("from", from.clone())]);
    if loss.missed.len() > 1 {
        finding = finding.evidence(loss.last().no, "", "why-last", vec![("from", from)]);
    }
    if let Some(after) = loss.arrived.or(loss.after(Instant::NEVER)) {
        finding = finding.evidence(after.no, "", "why-after", vec![("by", by)]);
    }
    match (is_cut, loss.arrived) {
        (true, _) => {
            (finding.certainty, finding.is_cut_short) = (finding.certainty.lowered(), true);
            judgement.found(finding);
        }
        (false, None) => judgement.found_absence(finding, first.at),
        (false, Some(_)) => judgement.found(finding),
    }
}

/// A message that one capturer saw and another did not.
struct Loss<'a> {
    call: &'a Call,
    first: &'a Message,
    /// Who saw it, and who did not.
    from: u32,
    by: u32,
    /// It and its copies, as long as they were missed.
    missed: Vec<&'a Message>,
    /// The copy that was not.
    arrived: Option<&'a Message>,
}

impl<'a> Loss<'a> {
    /// The message at this place with its copies; `None` when it is a copy itself, or when the clocks are too far apart to say
    /// which of them both saw.
    fn of(call: &'a Call, place: usize, by: u32) -> Option<Self> {
        let first = &call.messages[place];
        let from = first.sightings.first()?.by;
        let is_copy =
            |one: &&Message| one.src == first.src && one.dst == first.dst && one.bytes == first.bytes;
        let is_unclear = |one: &&Message| one.seen_by(by).is_some() && one.seen_by(from).is_none();
        if call.messages[..place].iter().any(|one| is_copy(&one)) {
            return None;
        }
        let copies = || call.messages[place..].iter().filter(is_copy);
        if copies().any(|one| is_unclear(&one)) {
            return None;
        }
        let missed = copies().take_while(|one| one.seen_by(by).is_none()).collect();
        let arrived = copies().find(|one| one.seen_by(by).is_some());
        Some(Loss { call, first, from, by, missed, arrived })
    }

    fn last(&self) -> &'a Message {
        self.missed.last().copied().unwrap_or(self.first)
    }

    /// The first of the call that the second capturer saw after it, up to a moment.
    fn after(&self, until: Instant) -> Option<&'a Message> {
        let is_it =
            |one: &&Message| one.at > self.first.at && one.at <= until && one.seen_by(self.by).is_some();
        self.call.messages.iter().find(is_it)
    }

    /// Whether the parties behave as if it had not come: no answer, or the sender of what it answers asks again. Else only the
    /// capturer missed it.
    fn is_felt(&self) -> bool {
        let first = self.first;
        let until = self.arrived.map_or(Instant::NEVER, |arrived| arrived.at);
        let mut back = self.call.messages.iter().filter(|one| {
            one.src == first.dst && one.cseq == first.cseq && one.at > first.at && one.at <= until
        });
        let late = first.at + CROSSING;
        match (first.is_request(), first.method) {
            (true, Some(Method::Ack)) => {
                back.any(|one| one.method == Some(Method::Invite) && !one.is_request() && one.at > late)
            }
            (true, method) => !back.any(|one| !one.is_request() && one.method == method),
            (false, method) => {
                self.missed.len() > 1
                    || self.arrived.is_some()
                    || back.any(|one| one.is_request() && one.method == method && one.at > late)
            }
        }
    }

    /// Whether messages pass the second capturer first, as those tell that both saw in both directions: a message that the
    /// other saw later had passed it, so that it was missed and not lost.
    fn is_missed_before(&self) -> bool {
        let Message { src, dst, .. } = *self.first;
        match (self.delay(src, dst), self.delay(dst, src)) {
            (Some(there), Some(back)) => there < back,
            _ => false,
        }
    }

    /// The median of the time from the first capturer to the second, in microseconds; what their clocks differ is in it.
    fn delay(&self, src: SocketAddr, dst: SocketAddr) -> Option<i128> {
        let both = self.call.messages.iter().filter(|one| one.src == src && one.dst == dst);
        let mut delays: Vec<_> = both
            .filter_map(|one| {
                let (from, by) = (one.seen_by(self.from)?, one.seen_by(self.by)?);
                Some(by.since(from).as_micros().cast_signed() - from.since(by).as_micros().cast_signed())
            })
            .collect();
        delays.sort_unstable();
        delays.get(delays.len() / 2).copied()
    }
}

/// How long a message may take past a router.
const ON_THE_WAY: Duration = Duration::from_secs(2);
/// A copy may be on its way while what should stop it comes.
const CROSSING: Duration = Duration::from_millis(100);
const LOOKBACK: usize = 32;
const MESSAGES_LOOKED_AT: usize = 500;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of, sdp, verdict};
    use super::*;

    /// A server at each end sees what goes from `a` to `b`, or only the one at `a`.
    const THERE: &[(u32, u64)] = &[(1, 0), (2, 4)];
    const BACK: &[(u32, u64)] = &[(2, 0), (1, 4)];
    const LOST: &[(u32, u64)] = &[(1, 0)];

    /// A call that is answered, and whose ACK comes when the first one of these says; the 2xx goes on until then.
    fn acknowledged(acks: &[&[(u32, u64)]]) -> Scene {
        let mut scene = Scene::new();
        scene.points(THERE).request(0, "a", "b", "INVITE", "call");
        scene.points(BACK).response(20, "b", "a", "180 Ringing", "INVITE", "call");
        for (seen, at) in acks.iter().zip([1000, 1500, 2500, 4500, 8500]) {
            scene.points(BACK).number(2).response(at, "b", "a", "200 OK", "INVITE", "call");
            scene.points(seen).number(1).request_in(at + 20, "a", "b", "ACK", "call", "");
        }
        scene
    }

    #[test]
    fn an_ack_that_one_server_sends_and_the_other_never_sees_is_lost_between_them() {
        let mut scene = acknowledged(&[LOST; 5]);
        scene.points(THERE).request(9000, "a", "b", "OPTIONS", "other").end(60_000);
        assert_eq!(verdict(&scene), ("D49", "", Certainty::Certain));
    }

    #[test]
    fn a_request_is_lost_whose_way_other_calls_went_before_and_after() {
        let mut scene = Scene::new();
        scene.points(THERE).request(0, "a", "b", "OPTIONS", "other");
        for at in [1000, 1500, 2500, 4500, 8500] {
            scene.points(LOST).request(at, "a", "b", "INVITE", "call");
        }
        scene.points(THERE).request(9000, "a", "b", "OPTIONS", "another").end(60_000);
        assert_eq!(verdict(&scene), ("D49", "", Certainty::Likely));
    }

    #[test]
    fn a_copy_that_comes_through_makes_it_a_note_and_no_fault() {
        let diagnosis = acknowledged(&[LOST, THERE]).diagnosis("call");
        assert_eq!((&rules_of(&diagnosis)[..], diagnosis.notes.len()), (&[][..], 1));
        let note = &diagnosis.notes[0];
        assert_eq!((note.rule, note.case, note.certainty), ("D49", "once", Certainty::Likely));
    }

    #[test]
    fn who_sees_one_side_of_the_network_only_has_lost_nothing() {
        let mut scene = Scene::new();
        scene.points(&[(2, 0)]).request(0, "b", "c", "OPTIONS", "other");
        for at in [1000, 1500, 2500, 4500, 8500] {
            scene.points(LOST).request(at, "a", "b", "INVITE", "call");
        }
        scene.points(&[(2, 0)]).request(9000, "b", "c", "OPTIONS", "another").end(60_000);
        assert_eq!(any_verdict(&scene, "call").map(|told| told.0), Some("D01"));
    }

    #[test]
    fn what_is_answered_had_arrived_though_a_server_did_not_tell() {
        let mut scene = acknowledged(&[THERE]);
        scene.points(LOST).request(5000, "a", "b", "BYE", "call");
        scene.points(BACK).response(5020, "b", "a", "200 OK", "BYE", "call").end(60_000);
        assert!(!format!("{:?}", scene.diagnosis("call")).contains("D49"));
    }

    #[test]
    fn what_passes_the_other_server_first_was_only_missed_there() {
        let mut scene = Scene::new();
        scene.points(BACK).request(0, "a", "b", "INVITE", "call");
        scene.points(THERE).response(20, "b", "a", "180 Ringing", "INVITE", "call");
        for at in [1000, 1500, 2500, 4500] {
            scene.points(THERE).number(2).response(at, "b", "a", "200 OK", "INVITE", "call");
            scene.points(LOST).number(1).request_in(at + 20, "a", "b", "ACK", "call", "");
        }
        scene.points(BACK).request(9000, "a", "b", "OPTIONS", "other").end(60_000);
        assert!(!format!("{:?}", scene.diagnosis("call")).contains("D49"));
    }

    #[test]
    fn less_sure_when_the_second_server_tells_no_more_of_that_way() {
        let scene = acknowledged(&[LOST; 5]);
        let diagnosis = scene.diagnosis("call");
        let mut found = diagnosis.roots.iter().chain(&diagnosis.symptoms);
        let found = found.find(|found| found.rule == "D49").expect("a finding");
        assert_eq!((found.certainty, found.is_cut_short), (Certainty::Likely, true));
    }

    #[test]
    fn a_server_that_stopped_has_lost_nothing() {
        let mut scene = Scene::new();
        scene.points(THERE).request(0, "a", "b", "OPTIONS", "other");
        for at in [1000, 1500, 2500, 4500, 8500] {
            scene.points(LOST).request(at, "a", "b", "INVITE", "call");
        }
        scene.end(60_000);
        assert_eq!(any_verdict(&scene, "call").map(|told| told.0), Some("D01"));
    }

    const INSIDE: &str = "10.0.0.5:5060";
    const OUTSIDE: &str = "198.51.100.7:5060";

    /// An INVITE from this Contact, over these hops.
    fn invite(scene: &mut Scene, at: u64, from: &str, vias: &[&str], contact: &str) {
        let vias: String = vias.iter().map(|via| format!("Via: SIP/2.0/UDP {via}\r\n")).collect();
        let body = sdp("m=audio 4000 RTP/AVP 8\r\n");
        let (head, body) = body.split_once("\r\n\r\n").expect("a body");
        let text = format!(
            "INVITE sip:b@x.test SIP/2.0\r\n{vias}From: <sip:a@x.test>;tag=1\r\nTo: <sip:b@x.test>\r\n\
             Call-ID: call\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:a@{contact}>\r\n{head}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        scene.bytes(at, from, "b", text.as_bytes());
    }

    #[test]
    fn a_router_that_changes_the_contact_on_the_way_is_an_alg() {
        let mut scene = Scene::new();
        invite(&mut scene, 0, INSIDE, &["10.0.0.5;branch=z9hG4bK1"], INSIDE);
        invite(&mut scene, 2, OUTSIDE, &["10.0.0.5;branch=z9hG4bK1"], OUTSIDE);
        scene.end(60_000);
        let diagnosis = scene.diagnosis("call");
        let root = diagnosis.roots.iter().find(|root| root.rule == "D43").expect("a finding");
        assert_eq!((root.certainty, root.evidence[0].field), (Certainty::Certain, "Contact"));
    }

    #[test]
    fn a_nat_that_changes_only_packets_and_a_proxy_are_no_alg() {
        let mut scene = Scene::new();
        invite(&mut scene, 0, INSIDE, &["10.0.0.5;branch=z9hG4bK1"], INSIDE);
        invite(&mut scene, 2, OUTSIDE, &["10.0.0.5;branch=z9hG4bK1"], INSIDE);
        let proxied = ["198.51.100.7;branch=z9hG4bK2", "10.0.0.5;branch=z9hG4bK1"];
        invite(&mut scene, 4, OUTSIDE, &proxied, OUTSIDE);
        scene.end(60_000);
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D43"));
    }

    #[test]
    fn one_side_of_the_router_alone_does_not_show_an_alg() {
        let mut scene = Scene::new();
        invite(&mut scene, 2, OUTSIDE, &["10.0.0.5;branch=z9hG4bK1"], OUTSIDE);
        scene.end(60_000);
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D43"));
    }
}
