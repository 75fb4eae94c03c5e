//! Registration: what became of a user's binding, and who says no for other reasons than a password.

use super::super::facts::{Call, Facts, Message, Point, TcpKind, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::super::timing::{LadderKind, fit};
use crate::routing::is_private;
use core::net::IpAddr;
use core::time::Duration;
use ringback_sip::flow::Transport;
use ringback_sip::journal::Cause;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::{Message as Syntax, Uri};

pub(super) const RULES: &[Rule] = &[
    Rule { id: "D16", level: Level::Root, explains: &["D22", "D24"], judge: Judge::Call(not_registered) },
    Rule { id: "D17", level: Level::Root, explains: &["D01", "D05"], judge: Judge::Call(nat_hole_closed) },
    Rule {
        id: "D20",
        level: Level::Root,
        explains: &["D01", "D17", "D36", "D38"],
        judge: Judge::Call(private_contact),
    },
    Rule { id: "D21", level: Level::Root, explains: &[], judge: Judge::Call(interval_rejected) },
];

/// A registration that was accepted.
pub(super) struct Held<'a> {
    pub(super) request: &'a Message,
    pub(super) answer: &'a Message,
    /// How long it holds from the answer on, as the answer says.
    granted: Duration,
    /// The hosts of the Contacts that were asked for, where they are addresses.
    contacts: Vec<IpAddr>,
}

impl<'a> Held<'a> {
    fn read(call: &'a Call, transaction: &Transaction) -> Option<Self> {
        let request = &call.messages[*transaction.copies.first()?];
        let mut finals = transaction.finals.iter().map(|&place| &call.messages[place]);
        let answer = finals.find(|answer| answer.status.is_some_and(|status| status.is_success()))?;
        let (sent, back) = (request.syntax()?, answer.syntax()?);
        let hosts = sent.contacts().flatten().filter_map(|row| Uri::parse(row.uri).ok()?.host.ip());
        let contacts = hosts.collect();
        let granted = back.contacts().flatten().filter_map(|row| seconds_of(&back, row.param(b"expires")));
        let granted = Duration::from_secs(granted.max().unwrap_or(0).into());
        Some(Held { request, answer, granted, contacts })
    }

    /// Whether it holds then.
    pub(super) fn holds(&self, call: &Call) -> bool {
        self.answer.at <= call.began() && call.began().since(self.answer.at) < self.granted
    }
}

/// An interval: the Contact's own, or else that of Expires.
fn seconds_of(message: &Syntax<'_>, own: Option<&[u8]>) -> Option<u32> {
    let own = own.and_then(|own| core::str::from_utf8(own).ok()?.parse().ok());
    own.or_else(|| message.number(HeaderName::EXPIRES, u32::MAX).ok().flatten())
}

/// The registrations that were accepted and may be meant, in the order of time. Reading one is work: what is cheap to
/// know of it comes first.
fn registrations(facts: &Facts, may_be: impl Fn(&Call, &Transaction) -> bool) -> Vec<Held<'_>> {
    let pairs = facts.registrations().flat_map(|call| call.of(Method::Register).map(move |one| (call, one)));
    let meant = pairs.filter(|(call, one)| may_be(call, one));
    let mut all: Vec<_> = meant.filter_map(|(call, one)| Held::read(call, one)).collect();
    all.sort_by_key(|held| held.answer.at);
    all
}

/// The last registration at the asked server of the user that a request wants.
pub(super) fn last_binding<'a>(
    facts: &'a Facts,
    transaction: &Transaction,
    request: &Message,
) -> Option<Held<'a>> {
    let syntax = request.syntax()?;
    let uri = syntax.uri()?;
    let wanted = uri.address_of_record();
    let is_same = |held: &Held<'_>| {
        let to = held.request.syntax().and_then(|syntax| syntax.to().ok().map(|to| to.uri.to_vec()));
        let to = to.as_deref().and_then(|to| Uri::parse(to).ok().map(|to| to.address_of_record()));
        to.as_deref() == Some(&wanted)
    };
    let known = registrations(facts, |call, one| {
        let first = call.messages.first().map(|message| &message.bytes[..]).unwrap_or_default();
        one.server.ip() == transaction.server.ip() && memchr::memmem::find(first, uri.user).is_some()
    });
    known.into_iter().rfind(|held| held.answer.at <= request.at && is_same(held))
}

/// D16: the registrar itself says at once that the user is not there (RFC 3261 §10.3, §21.4.18).
fn not_registered(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in call.of(Method::Invite) {
        let (Some(&first), Some(&end)) = (transaction.copies.first(), transaction.finals.first()) else {
            continue;
        };
        let (request, answer) = (&call.messages[first], &call.messages[end]);
        if !matches!(answer.status.map(|status| status.number()), Some(404 | 430 | 480)) {
            continue;
        }
        let is_passed_on = call.of(Method::Invite).any(|next| next.client.ip() == transaction.server.ip());
        let mut heard = transaction.provisionals.iter().map(|&place| &call.messages[place]);
        let rang = heard.any(|heard| heard.status.is_some_and(|status| status.number() > 100));
        let is_slow = answer.at.since(request.at) > AT_ONCE;
        match missing(facts, call, transaction, request, answer) {
            Some(finding) if !(is_passed_on || rang || is_slow) => judgement.found(finding),
            _ => judgement.rule_out("D16"),
        }
    }
}

fn missing(
    facts: &Facts,
    call: &Call,
    transaction: &Transaction,
    request: &Message,
    answer: &Message,
) -> Option<Finding> {
    let syntax = request.syntax()?;
    let uri = syntax.uri()?;
    let wanted = uri.address_of_record();
    let last = last_binding(facts, transaction, request);
    let is_journalled = facts
        .server_of(call)
        .any(|entry| matches!(entry.fact.cause(), Some(Cause::NoBinding(_) | Cause::UserState(..))));
    let is_registrar = || {
        let mut asked = facts.registrations().flat_map(|call| call.of(Method::Register));
        asked.any(|asked| asked.server.ip() == transaction.server.ip() && !asked.finals.is_empty())
    };
    let (case, certainty) = match &last {
        Some(last) if last.holds(call) && is_cut_off(facts, last, request) => ("closed", Certainty::Likely),
        Some(last) if last.holds(call) => return None,
        Some(last) if last.granted.is_zero() => ("removed", Certainty::Certain),
        Some(_) => ("expired", Certainty::Certain),
        None if is_journalled => ("unseen", Certainty::Certain),
        // An unknown number gives 404 as well.
        None if answer.answers(Method::Invite, 404) || !is_registrar() => return None,
        None => ("unseen", Certainty::Likely),
    };
    let past = last
        .as_ref()
        .map_or(Duration::ZERO, |last| request.at.since(last.answer.at).saturating_sub(last.granted));
    let mut finding = Finding::new("D16", certainty, Actor::Callee)
        .case(case)
        .hop(transaction.client, transaction.server)
        .basis("RFC 3261 §10.3")
        .value("user", String::from_utf8_lossy(&wanted))
        .value("code", answer.title())
        .value("seconds", past.as_secs())
        .evidence(request.no, "", "why-request", vec![])
        .evidence(answer.no, "", "why-refused", vec![("code", answer.title())]);
    if let Some(last) = last {
        let granted = last.granted.as_secs().to_string();
        finding = finding.evidence(last.answer.no, "Contact", "why-granted", vec![("granted", granted)]);
    }
    Some(finding)
}

/// Whether the connection by which the device registered ended before the call.
fn is_cut_off(facts: &Facts, held: &Held<'_>, call: &Message) -> bool {
    let (device, registrar) = (held.request.src, held.request.dst);
    facts.tcp().iter().any(|event| {
        matches!(event.kind, TcpKind::Closed | TcpKind::Reset)
            && ((event.src, event.dst) == (device, registrar)
                || (event.src, event.dst) == (registrar, device))
            && (held.answer.at..=call.at).contains(&event.at)
    })
}

/// D17: a request goes to the address that a device registered from behind a NAT, and nothing comes back (RFC 5626
/// §4.4).
fn nat_hole_closed(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in call.transactions.iter().filter(|one| one.copies.len() >= COPIES_MIN) {
        let (first, is_invite) =
            (&call.messages[transaction.copies[0]], transaction.method == Some(Method::Invite));
        let kind = if is_invite { LadderKind::Doubling } else { LadderKind::Capped };
        let is_silent = transaction.is_unanswered()
            && first.transport == Transport::Udp
            && fit(&transaction.copy_times(&call.messages), kind).is_some()
            && facts.icmp_about(transaction.client, transaction.server).next().is_none();
        if !is_silent || facts.point(first) == Point::Receiver {
            continue;
        }
        let (device, registrar) = (transaction.server, transaction.client.ip());
        let known =
            registrations(facts, |_, one| one.client.ip() == device.ip() && one.server.ip() == registrar);
        let of_device =
            |held: &&Held<'_>| !held.contacts.is_empty() && !held.contacts.contains(&held.request.src.ip());
        let of_hole = |held: &&Held<'_>| of_device(held) && held.request.src == device && held.holds(call);
        let Some(last) = known.iter().rfind(of_hole) else { continue };
        let moved = known.iter().filter(of_device).find(|next| {
            next.request.at > first.at && next.request.src != device && is_same_device(last, next)
        });
        let certainty = if moved.is_some() { Certainty::Certain } else { Certainty::Likely };
        let mut finding = Finding::new("D17", certainty, Actor::Network)
            .case(if moved.is_some() { "moved" } else { "silent" })
            .hop(transaction.client, device)
            .basis("RFC 5626 §4.4")
            .value("peer", device)
            .value("method", first.title())
            .value("seconds", first.at.since(last.answer.at).as_secs())
            .evidence(last.answer.no, "Contact", "why-granted", vec![])
            .evidence(first.no, "", "why-first", vec![]);
        match moved {
            Some(next) => {
                let port = vec![("next", next.request.src.to_string())];
                judgement.found(finding.evidence(next.request.no, "", "why-moved", port));
            }
            None => {
                let end = transaction.copies.last().map_or(first.no, |&place| call.messages[place].no);
                finding = finding.evidence(end, "", "why-last", vec![]);
                judgement.found_absence(finding, first.at);
            }
        }
    }
}

/// Whether two registrations name the same address of record.
fn is_same_device(one: &Held<'_>, other: &Held<'_>) -> bool {
    let to = |held: &Held<'_>| held.request.syntax()?.to().ok().map(|to| to.uri.to_vec());
    to(one) == to(other) && one.contacts == other.contacts
}

/// D20: a request leaves a public address for a private one that a Contact names (RFC 5626 §5.3, RFC 3261 §12.2.1.1).
fn private_contact(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in &call.transactions {
        let Some(first) = transaction.copies.first().map(|&place| &call.messages[place]) else { continue };
        let target = transaction.server.ip();
        let is_lost =
            transaction.is_unanswered() && is_private(target) && !is_private(transaction.client.ip());
        if !is_lost {
            continue;
        }
        let is_felt = !first.is(Method::Ack) || is_repeated(call, first);
        let namer = call.messages.iter().filter(|message| message.at <= first.at).find(|message| {
            message.src.ip() != target && !is_private(message.src.ip()) && names(message, target)
        });
        let is_open = first.to_tag.is_empty();
        let known = registrations(facts, |_, one| is_open && !is_private(one.client.ip()));
        let bound = known.iter().rfind(|held| held.answer.at <= first.at && held.contacts.contains(&target));
        let (case, named) = match (namer, bound) {
            (_, Some(held)) => ("registered", held.request),
            (Some(message), None) if !first.to_tag.is_empty() => ("dialog", message),
            _ => continue,
        };
        if !is_felt {
            judgement.rule_out("D20");
            continue;
        }
        let finding = Finding::new("D20", Certainty::Certain, Actor::Us)
            .case(case)
            .hop(transaction.client, transaction.server)
            .basis("RFC 5626 §5.3")
            .value("method", first.title())
            .value("contact", transaction.server)
            .value("source", named.src)
            .evidence(named.no, "Contact", "why-contact", vec![])
            .evidence(first.no, "", "why-sent", vec![]);
        judgement.found_absence(finding, first.at);
    }
}

/// Whether the answer that the ACK confirms came again after it.
fn is_repeated(call: &Call, ack: &Message) -> bool {
    let is_answer = |message: &&Message| {
        message.method == Some(Method::Invite)
            && message.cseq == ack.cseq
            && message.status.is_some_and(|status| status.is_success())
    };
    call.messages.iter().filter(is_answer).any(|answer| answer.at > ack.at)
}

/// Whether a Contact of the message has this address.
fn names(message: &Message, address: IpAddr) -> bool {
    let Some(syntax) = message.syntax() else { return false };
    let mut contacts = syntax.contacts().flatten().filter_map(|row| Uri::parse(row.uri).ok());
    contacts.any(|uri| uri.host.ip() == Some(address))
}

/// D21: an interval is too short, and the client does not ask for a longer one (RFC 3261 §10.2.8, RFC 4028 §7.3).
fn interval_rejected(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in &call.transactions {
        let (Some(&first), Some(&end)) = (transaction.copies.first(), transaction.finals.first()) else {
            continue;
        };
        let (request, answer) = (&call.messages[first], &call.messages[end]);
        let field = match answer.status.map(|status| status.number()) {
            Some(423) => HeaderName::MIN_EXPIRES,
            Some(422) => HeaderName::MIN_SE,
            _ => continue,
        };
        let least = answer.header(field).and_then(|value| leading(&value));
        let next = call.messages.iter().find(|next| {
            next.is_request()
                && next.method == request.method
                && next.src.ip() == request.src.ip()
                && next.branch != request.branch
                && next.at >= answer.at
        });
        let asked = |message: &Message| asked_interval(message, field);
        let (case, actor) = match (least, next) {
            (None, _) => ("missing", Actor::Callee),
            (Some(_), None) => ("left", Actor::Caller),
            (Some(least), Some(next)) if asked(next).is_some_and(|asked| asked < least) => {
                ("again", Actor::Caller)
            }
            _ => {
                judgement.rule_out("D21");
                continue;
            }
        };
        let number = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let mut finding = Finding::new("D21", Certainty::Certain, actor)
            .case(case)
            .hop(transaction.client, transaction.server)
            .basis(if field == HeaderName::MIN_SE { "RFC 4028 §7.3" } else { "RFC 3261 §10.2.8" })
            .value("code", answer.title())
            .value("field", field.as_str())
            .value("least", number(least))
            .value("asked", number(asked(request)))
            .evidence(request.no, "", "why-asked", vec![])
            .evidence(answer.no, "", "why-refused", vec![]);
        match next {
            Some(next) => {
                finding = finding.evidence(next.no, "", "why-next", vec![]);
                judgement.found(finding);
            }
            None if case == "left" => judgement.found_absence(finding, answer.at),
            None => judgement.found(finding),
        }
    }
}

/// The interval that a request asks for: of a registration the shortest that is no removal, of a call its session's.
fn asked_interval(message: &Message, field: HeaderName) -> Option<u32> {
    if field == HeaderName::MIN_SE {
        return leading(&message.header(HeaderName::SESSION_EXPIRES)?);
    }
    let syntax = message.syntax()?;
    let own = syntax.contacts().flatten().filter_map(|row| seconds_of(&syntax, row.param(b"expires")));
    own.filter(|&seconds| seconds > 0).min().or_else(|| seconds_of(&syntax, None))
}

fn leading(value: &str) -> Option<u32> {
    let digits = value.trim_start();
    digits[..digits.bytes().take_while(u8::is_ascii_digit).count()].parse().ok()
}

/// A registrar that has nobody to ask answers faster than this.
const AT_ONCE: Duration = Duration::from_millis(200);
/// Fewer copies than this may be a slow answer.
const COPIES_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use super::super::super::facts::TcpEvent;
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::*;
    use ringback_sip::time::Instant;

    /// The user "other" registers for a minute, and somebody calls so many milliseconds later.
    fn called(asked: &str, granted: &str, later: u64) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "other", "REGISTER", "reg", asked);
        scene.response_with(20, "other", "a", "200 OK", "REGISTER", "reg", granted);
        scene.request(later, "b", "other", "INVITE", "call");
        scene.response(later + 30, "other", "b", "480 Temporarily Unavailable", "INVITE", "call");
        scene
    }

    const CONTACT: &str = "Contact: <sip:o@192.0.2.1>;expires=60";

    #[test]
    fn d16_a_registration_that_ran_out_before_the_call_is_told_with_its_age() {
        let scene = called("Contact: <sip:o@192.0.2.1>;expires=3600", CONTACT, 100_000);
        assert_eq!(any_verdict(&scene, "call"), Some(("D16", "expired", Certainty::Certain)));
        let diagnosis = scene.diagnosis("call");
        assert!(
            diagnosis.verdict().is_some_and(|found| found.values.contains(&("seconds", "39".to_owned())))
        );
        let scene = called("Contact: *\r\nExpires: 0", "", 1000);
        assert_eq!(any_verdict(&scene, "call"), Some(("D16", "removed", Certainty::Certain)));
    }

    #[test]
    fn d16_a_device_whose_connection_ended_before_the_call_is_not_there_any_more() {
        let scene = |end: u64| {
            let mut scene = called(CONTACT, CONTACT, 30_000);
            let first = scene.facts.registrations().next().and_then(|call| call.messages.first()).unwrap();
            let (src, dst) = (first.src, first.dst);
            let at = Instant::from_unix_micros(end * 1000);
            scene.facts.add_tcp(TcpEvent { at, frame: 0, src, dst, kind: TcpKind::Closed });
            any_verdict(&scene, "call")
        };
        assert_eq!(scene(20_000), Some(("D16", "closed", Certainty::Likely)));
        assert_ne!(scene(40_000).map(|found| found.0), Some("D16"), "it ended later");
    }

    #[test]
    fn d16_is_not_the_refusal_of_a_phone_that_is_registered() {
        let diagnosis = called(CONTACT, CONTACT, 30_000).diagnosis("call");
        assert!(!rules_of(&diagnosis).contains(&"D16"));
        assert!(diagnosis.ruled_out.contains(&"D16"));
    }

    #[test]
    fn d16_without_the_registration_in_view_is_likely_at_a_registrar_and_nothing_elsewhere() {
        let mut scene = Scene::new();
        scene.request(0, "c", "other", "REGISTER", "reg").response(
            9,
            "other",
            "c",
            "401 Unauthorized",
            "REGISTER",
            "reg",
        );
        scene.request(100, "b", "other", "INVITE", "call");
        scene.response(120, "other", "b", "480 Temporarily Unavailable", "INVITE", "call");
        assert_eq!(any_verdict(&scene, "call"), Some(("D16", "unseen", Certainty::Likely)));
        let mut scene = Scene::new();
        scene.request(100, "b", "other", "INVITE", "call");
        scene.response(120, "other", "b", "480 Temporarily Unavailable", "INVITE", "call");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D16"));
    }

    const HOLE: &str = "203.0.113.9:40000";
    const INSIDE: &str = "Contact: <sip:o@192.168.1.9:5060>;expires=600";

    /// A device behind a NAT registers, and a call to it gets copies up to this moment.
    fn silent(until: u64) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, HOLE, "b", "REGISTER", "reg", INSIDE);
        scene.response_with(20, "b", HOLE, "200 OK", "REGISTER", "reg", INSIDE);
        for at in [0, 500, 1500, 3500, 7500, 15_500, 31_500].into_iter().filter(|at| *at <= until) {
            scene.request(100_000 + at, "b", HOLE, "INVITE", "call");
        }
        scene.end(100_000 + until);
        scene
    }

    #[test]
    fn d17_a_device_that_comes_back_from_another_port_had_lost_its_hole() {
        let mut scene = silent(40_000);
        assert_eq!(any_verdict(&scene, "call"), Some(("D17", "silent", Certainty::Likely)));
        scene.request_with(150_000, "203.0.113.9:40777", "b", "REGISTER", "reg", INSIDE);
        scene.response_with(150_020, "b", "203.0.113.9:40777", "200 OK", "REGISTER", "reg", INSIDE);
        assert_eq!(any_verdict(&scene, "call"), Some(("D17", "moved", Certainty::Certain)));
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.symptoms.iter().any(|found| found.rule == "D01"), "the silence follows from it");
    }

    #[test]
    fn d17_is_not_a_device_without_a_nat_nor_one_that_answers() {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "REGISTER", "reg", "Contact: <sip:o@192.0.2.1>;expires=600");
        scene.response_with(
            9,
            "b",
            "a",
            "200 OK",
            "REGISTER",
            "reg",
            "Contact: <sip:o@192.0.2.1>;expires=600",
        );
        for at in [0, 500, 1500, 3500] {
            scene.request(10_000 + at, "b", "a", "INVITE", "call");
        }
        assert!(!rules_of(&scene.end(60_000).diagnosis("call")).contains(&"D17"));
        let mut scene = silent(3500);
        scene.response(103_600, HOLE, "b", "180 Ringing", "INVITE", "call").end(160_000);
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D17"));
    }

    #[test]
    fn d17_in_a_capture_that_was_cut_short_is_less_sure() {
        let diagnosis = silent(4000).diagnosis("call");
        let found = diagnosis.roots.iter().chain(&diagnosis.symptoms).find(|found| found.rule == "D17");
        assert_eq!(
            found.map(|found| (found.certainty, found.is_cut_short)),
            Some((Certainty::Possible, true))
        );
    }

    const LAN: &str = "192.168.1.9:5060";

    /// A call whose 200 names a private Contact; the ACK goes there.
    fn answered_from_inside(to: &str) -> Scene {
        let mut scene = Scene::new();
        let contact = "Contact: <sip:o@192.168.1.9:5060>";
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response_with(1000, "b", "a", "200 OK", "INVITE", "call", contact);
        scene.request_in(1010, "a", to, "ACK", "call", "");
        scene
    }

    #[test]
    fn d20_an_ack_that_goes_to_the_private_contact_is_lost() {
        let mut scene = answered_from_inside(LAN);
        let again = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK2\r\nFrom: <sip:a@x.test>;tag=tag-a\r\n\
                     To: <sip:other@x.test>;tag=tag-b\r\nCall-ID: call\r\nCSeq: 2 INVITE\r\nContent-Length: 0\r\n\r\n";
        // The ACK has the number of the INVITE.
        let ack = "ACK sip:o@192.168.1.9:5060 SIP/2.0\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bKack\r\n\
             From: <sip:a@x.test>;tag=tag-a\r\nTo: <sip:other@x.test>;tag=tag-b\r\nCall-ID: call\r\nCSeq: 2 ACK\r\n\
             Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
        scene.bytes(1020, "a", LAN, ack.as_bytes()).bytes(1500, "b", "a", again.as_bytes()).end(60_000);
        assert_eq!(any_verdict(&scene, "call"), Some(("D20", "dialog", Certainty::Certain)));
    }

    #[test]
    fn d20_a_call_to_a_registered_private_contact_is_lost_and_less_surely_in_a_short_capture() {
        let call = |end: u64| {
            let mut scene = Scene::new();
            scene.request_with(0, HOLE, "b", "REGISTER", "reg", INSIDE);
            scene.response_with(20, "b", HOLE, "200 OK", "REGISTER", "reg", INSIDE);
            scene.request(1000, "b", LAN, "INVITE", "call").request(1500, "b", LAN, "INVITE", "call");
            any_verdict(scene.end(end), "call")
        };
        assert_eq!(call(60_000), Some(("D20", "registered", Certainty::Certain)));
        assert_eq!(call(2000), Some(("D20", "registered", Certainty::Likely)));
    }

    #[test]
    fn d20_is_not_an_ack_that_reaches_the_peer() {
        let mut scene = answered_from_inside("b");
        assert!(!rules_of(&scene.end(60_000).diagnosis("call")).contains(&"D20"));
        let mut quiet = answered_from_inside(LAN);
        assert!(!rules_of(&quiet.end(60_000).diagnosis("call")).contains(&"D20"), "nobody asked again");
    }

    /// A registration for a minute that is refused; then more.
    fn too_brief(field: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "REGISTER", "reg", CONTACT);
        scene.response_with(20, "b", "a", "423 Interval Too Brief", "REGISTER", "reg", field);
        scene
    }

    #[test]
    fn d21_a_client_that_asks_again_for_too_little_is_at_fault_and_so_is_a_server_that_names_no_limit() {
        let mut scene = too_brief("Min-Expires: 300");
        scene.request_with(100, "a", "b", "REGISTER", "reg", &format!("{CONTACT}\r\nUser-Agent: again"));
        assert_eq!(any_verdict(scene.end(60_000), "reg"), Some(("D21", "again", Certainty::Certain)));
        assert_eq!(any_verdict(&too_brief(""), "reg"), Some(("D21", "missing", Certainty::Certain)));
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", "Session-Expires: 90;refresher=uac");
        scene.response_with(9, "b", "a", "422 Session Interval Too Small", "INVITE", "call", "Min-SE: 900");
        assert_eq!(any_verdict(scene.end(60_000), "call"), Some(("D21", "left", Certainty::Certain)));
    }

    #[test]
    fn d21_is_not_a_client_that_asks_for_more() {
        let mut scene = too_brief("Min-Expires: 300");
        scene.request_with(100, "a", "b", "REGISTER", "reg", "Contact: <sip:o@192.0.2.1>;expires=300");
        let diagnosis = scene.response(120, "b", "a", "200 OK", "REGISTER", "reg").diagnosis("reg");
        assert_eq!(rules_of(&diagnosis), [""; 0]);
    }

    #[test]
    fn d21_in_a_capture_that_was_cut_short_is_less_sure() {
        let mut scene = too_brief("Min-Expires: 300");
        assert_eq!(any_verdict(scene.end(3000), "reg"), Some(("D21", "left", Certainty::Likely)));
    }
}
