//! What the next hop did to a server, just before the server refused a request: a name that leads nowhere, TLS or TCP that is
//! refused, a connection of a device that is gone.

use super::super::facts::{Call, Dns, Facts, Message, TcpEvent, TcpKind, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::bindings::{Held, last_binding};
use super::shared::{is_named, names_place};
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::{Host, Uri};
use ringback_sip::time::Instant;

pub(super) const RULES: &[Rule] = &[
    Rule { id: "D03", level: Level::Root, explains: &["D24", "D32"], judge: Judge::Call(name_leads_nowhere) },
    Rule { id: "D04", level: Level::Root, explains: &["D24", "D32"], judge: Judge::Call(tls_refused) },
    Rule {
        id: "D08",
        level: Level::Root,
        explains: &["D02", "D16", "D24", "D32"],
        judge: Judge::Call(connection_gone),
    },
];

/// A request that a server refused by itself, as one does that cannot reach the next hop.
struct Refused<'a> {
    transaction: &'a Transaction,
    first: &'a Message,
    end: &'a Message,
}

impl<'a> Refused<'a> {
    /// Those of a call.
    fn all(call: &'a Call) -> impl Iterator<Item = Self> {
        call.transactions.iter().filter_map(move |transaction| {
            let (first, end) = (call.request_of(transaction)?, call.final_of(transaction)?);
            // 477 and 478 are how Kamailio says that it could not send.
            let is_of_way = matches!(end.code(), Some(408 | 430 | 477 | 478 | 480 | 500..=504));
            let mut heard = transaction.provisionals.iter().map(|&place| &call.messages[place]);
            let is_reached = heard.any(|heard| heard.code().is_some_and(|code| code > 100));
            (is_of_way && !is_reached).then_some(Refused { transaction, first, end })
        })
    }

    /// The address of the server.
    fn server(&self) -> IpAddr {
        self.transaction.server.ip()
    }

    /// What happened between request and refusal; events stand in the order of time.
    fn during<T>(&self, events: &'a [T], at: impl Fn(&T) -> Instant) -> &'a [T] {
        let from = events.partition_point(|event| at(event) < self.first.at);
        let to = events.partition_point(|event| at(event) <= self.end.at);
        events.get(from..to).unwrap_or_default()
    }

    /// Whether the server sent something on after this moment, so that it found a way.
    fn is_sent_on(&self, call: &Call, after: Instant) -> bool {
        call.messages.iter().any(|message| {
            message.is_request()
                && message.src.ip() == self.server()
                && message.branch != self.first.branch
                && (after..=self.end.at).contains(&message.at)
        })
    }

    fn finding(&self, rule: &'static str, certainty: Certainty, actor: Actor) -> Finding {
        Finding::new(rule, certainty, actor)
            .value("server", self.transaction.server)
            .evidence(self.first.no, "", "why-request", vec![])
            .evidence(self.end.no, "", "why-refused", vec![("code", self.end.title())])
    }
}

/// D03: the server asks for a name that leads to no address, or gets no answer, and refuses; or a client answers a challenge
/// late since it waits for a name (RFC 3263 §4).
fn name_leads_nowhere(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    if facts.dns().is_empty() {
        return;
    }
    for refused in Refused::all(call) {
        let asked = refused.during(facts.dns(), |dns| dns.at);
        let asked: Vec<_> = asked.iter().filter(|dns| dns.asker == refused.server()).collect();
        let found = asked.iter().find_map(|dns| {
            let case = failure(dns, &asked, refused.end.at)?;
            let is_own = names(refused.first, host_of(&dns.name));
            // A server that is busy asks for other names as well: only what comes just before tells.
            let within = if case == "silent" { JUST_SILENT } else { JUST };
            (is_own || refused.end.at.since(dns.at) <= within).then_some((*dns, case, is_own))
        });
        let Some((dns, case, is_own)) = found.filter(|(dns, ..)| !refused.is_sent_on(call, dns.at)) else {
            if !asked.is_empty() {
                judgement.rule_out("D03");
            }
            continue;
        };
        let certainty = if is_own { Certainty::Certain } else { Certainty::Likely };
        let actor = if matches!(case, "absent" | "empty") { Actor::Callee } else { Actor::Network };
        let finding = refused.finding("D03", certainty, actor).case(case);
        judgement.found(of_name(finding, dns).value("seconds", refused.end.at.since(dns.at).as_secs()));
    }
    if let Some(finding) = waited_for_name(facts, call) {
        judgement.found(finding);
    }
}

/// The client answers a challenge seconds late, and meanwhile asks for a name without an answer: worth knowing, while what the
/// server says of the credentials is judged by itself.
fn waited_for_name(facts: &Facts, call: &Call) -> Option<Finding> {
    call.transactions.iter().find_map(|transaction| {
        let challenge = call.final_of(transaction).filter(|end| matches!(end.code(), Some(401 | 407)))?;
        let is_next = |next: &&Message| {
            next.is_request()
                && next.src == transaction.client
                && next.method == transaction.method
                && next.at > challenge.at
                && next.branch != transaction.branch
        };
        let next = call.messages.iter().find(is_next)?;
        let waited = next.at.since(challenge.at);
        if waited < SLOW {
            return None;
        }
        let from = facts.dns().partition_point(|dns| dns.at < challenge.at);
        let meanwhile = facts.dns()[from..].iter().take_while(|dns| dns.at <= next.at);
        let asked: Vec<_> = meanwhile.filter(|dns| dns.asker == transaction.client.ip()).collect();
        let is_silent =
            |dns: &&&Dns| next.at.since(dns.at) >= SLOW && failure(dns, &asked, next.at) == Some("silent");
        let dns = asked.iter().find(is_silent)?;
        let finding = Finding::new("D03", Certainty::Likely, Actor::Network)
            .case("slow")
            .note_if(true)
            .value("server", transaction.client)
            .value("seconds", waited.as_secs())
            .evidence(challenge.no, "", "why-challenge", vec![])
            .evidence(next.no, "", "why-late", vec![]);
        Some(of_name(finding, dns))
    })
}

fn of_name(finding: Finding, dns: &Dns) -> Finding {
    let record = match dns.record {
        A => "A".to_owned(),
        AAAA => "AAAA".to_owned(),
        SRV => "SRV".to_owned(),
        NAPTR => "NAPTR".to_owned(),
        other => other.to_string(),
    };
    let finding = finding.basis("RFC 3263 §4").value("name", &dns.name).value("frame", dns.frame);
    finding
        .value("record", record)
        .value("rcode", dns.code.map_or_else(|| "-".to_owned(), |code| code.to_string()))
}

/// What is wrong with a name, as the question or answer shows; `None` when something led on.
fn failure(dns: &Dns, all: &[&Dns], end: Instant) -> Option<&'static str> {
    let host = host_of(&dns.name);
    let is_host = |other: &&&Dns| host_of(&other.name).eq_ignore_ascii_case(host);
    let mut same = all.iter().filter(is_host);
    if !matches!(dns.record, A | AAAA | SRV | NAPTR)
        || same.any(|other| other.code == Some(0) && other.answers > 0)
    {
        return None;
    }
    let is_answer = |other: &&&Dns| {
        other.code.is_some() && other.record == dns.record && other.name.eq_ignore_ascii_case(&dns.name)
    };
    match dns.code {
        // Without SRV the host itself may still have an address; without the host there is nothing.
        Some(3) if host.len() == dns.name.len() => Some("absent"),
        Some(0) if dns.record == A => Some("empty"),
        Some(2 | 5) => Some("failed"),
        None if end.since(dns.at) >= SILENT && !all.iter().any(|other| is_answer(&other)) => Some("silent"),
        _ => None,
    }
}

/// The name without the labels of a service, such as `_sip._udp` (RFC 2782).
fn host_of(name: &str) -> &str {
    let mut rest = name.trim_end_matches('.');
    while let Some((_, after)) = rest.split_once('.').filter(|(label, _)| label.starts_with('_')) {
        rest = after;
    }
    rest
}

/// Whether the request itself names this host as its way.
fn names(request: &Message, host: &str) -> bool {
    let Some(syntax) = request.syntax() else { return false };
    let is_it =
        |uri: &Uri<'_>| Host(uri.host.0.trim_ascii_end()).name().eq_ignore_ascii_case(host.as_bytes());
    let mut routes = syntax.routes().flatten().filter_map(|route| Uri::parse(route.uri).ok());
    syntax.uri().is_some_and(is_it) || routes.any(|route| is_it(&route))
}

/// D04: the next hop is over TLS, and one side refused the handshake just before the request was refused (RFC 5922 §7).
fn tls_refused(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for refused in Refused::all(call) {
        let server = refused.server();
        let alerts = refused.during(facts.tls(), |alert| alert.at).iter();
        let mut own = alerts.filter(|alert| alert.src.ip() == server || alert.dst.ip() == server);
        let Some((alert, case)) = own.find_map(|alert| Some((alert, alert_case(alert.description)?))) else {
            judgement.rule_out("D04");
            continue;
        };
        // What the server says, it says of the certificate that the next hop showed.
        let peer = if alert.src.ip() == server { alert.dst } else { alert.src };
        judgement.found(
            refused
                .finding("D04", Certainty::Likely, Actor::Us)
                .case(case)
                .hop(refused.transaction.server, peer)
                .basis("RFC 5922 §7")
                .value("from", alert.src)
                .value("to", alert.dst)
                .value("peer", peer)
                .value("alert", alert.description),
        );
    }
}

/// What an alert is about (RFC 8446 §6.2).
fn alert_case(description: u8) -> Option<&'static str> {
    Some(match description {
        45 => "expired",
        42..=44 | 46 | 48 | 51 => "certificate",
        112 => "name",
        116 => "asked",
        40 | 47 | 70 | 71 | 86 | 109 | 120 => "common",
        _ => return None,
    })
}

/// D02 for connections: the server asks for one, is refused or gets no answer, and refuses the request (RFC 3261 §18.4).
pub(super) fn connection_refused(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for refused in Refused::all(call) {
        let events = refused.during(facts.tcp(), |event| event.at);
        let client = refused.transaction.client.ip();
        let is_own = |event: &&TcpEvent| {
            event.kind == TcpKind::Opening && event.src.ip() == refused.server() && event.dst.ip() != client
        };
        let mut opened = events.iter().filter(is_own);
        let is_accepted =
            events.iter().any(|event| event.kind == TcpKind::Accepted && event.dst.ip() == refused.server());
        let found = opened.find_map(|opening| {
            Some((opening.dst, opening.at, no_connection(opening, events, refused.end.at)?))
        });
        let binding = || last_binding(facts, refused.transaction, refused.first);
        // On a port that is not SIP's, a connection is meant for SIP when its place was named before.
        let is_meant = |event: &&TcpEvent| {
            event.kind == TcpKind::Refused
                && event.dst.ip() == refused.server()
                && event.src.ip() != client
                && (names_place(call, event.src, event.at)
                    || binding().is_some_and(|last| is_contact(&last, event.src)))
        };
        let elsewhere = || events.iter().find(is_meant).map(|event| (event.src, event.at, "connection"));
        let Some((peer, tried, case)) = found.or_else(elsewhere) else { continue };
        if is_accepted || refused.is_sent_on(call, tried) {
            judgement.rule_out("D02");
            continue;
        }
        let actor = if case == "connection" { Actor::Callee } else { Actor::Network };
        judgement.found(
            refused
                .finding("D02", Certainty::Likely, actor)
                .case(case)
                .hop(refused.transaction.server, peer)
                .basis("RFC 3261 §18.4")
                .value("peer", peer),
        );
    }
}

/// How an attempt at a connection failed.
fn no_connection(opening: &TcpEvent, events: &[TcpEvent], end: Instant) -> Option<&'static str> {
    let is_back =
        |event: &&TcpEvent| (event.src, event.dst) == (opening.dst, opening.src) && event.at >= opening.at;
    match events.iter().find(is_back) {
        Some(back) => (back.kind == TcpKind::Reset).then_some("connection"),
        None => {
            let is_again = |event: &&TcpEvent| event.kind == TcpKind::Opening && event.src == opening.src;
            let tries = events.iter().filter(is_again).filter(|event| event.dst == opening.dst).count();
            (tries > 1 && end.since(opening.at) >= SILENT).then_some("no-connection")
        }
    }
}

/// D08: the called user registered over a connection, which is gone, and the server opens one to the device (RFC 5626 §5.3).
fn connection_gone(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for refused in Refused::all(call) {
        if refused.transaction.method == Some(Method::Register) || facts.tcp().is_empty() {
            continue;
        }
        let Some(last) = last_binding(facts, refused.transaction, refused.first) else { continue };
        let (device, registrar) = (last.request.src, last.request.dst);
        if !last.request.transport.is_reliable() || !last.holds(call) {
            continue;
        }
        let ends = [(device, registrar), (registrar, device)];
        let from = facts.tcp().partition_point(|event| event.at < last.answer.at);
        let until = facts.tcp()[from..].iter().take_while(|event| event.at <= refused.end.at);
        let is_end = |event: &&TcpEvent| {
            matches!(event.kind, TcpKind::Closed | TcpKind::Reset) && ends.contains(&(event.src, event.dst))
        };
        let closed = until.clone().find(is_end);
        let mut tried = until.filter(|event| event.at >= refused.first.at);
        let is_tried = tried.any(|event| {
            let (asks, asked) = match event.kind {
                TcpKind::Opening => (event.src, event.dst),
                TcpKind::Refused => (event.dst, event.src),
                _ => return false,
            };
            asks.ip() == registrar.ip() && (asked == device || is_contact(&last, asked))
        });
        // A connection that only ended is a binding that ended: D16.
        if !is_tried {
            judgement.rule_out("D08");
            continue;
        }
        let certainty = if closed.is_some() { Certainty::Certain } else { Certainty::Likely };
        let finding = refused.finding("D08", certainty, Actor::Callee);
        judgement.found(
            finding.hop(registrar, device).basis("RFC 5626 §5.3").value("device", device).evidence(
                last.answer.no,
                HeaderName::CONTACT.as_str(),
                "why-granted",
                vec![],
            ),
        );
    }
}

/// Whether the device registered this place of its own: where it would take connections.
fn is_contact(held: &Held<'_>, place: SocketAddr) -> bool {
    let named = held.request.header(HeaderName::CONTACT).unwrap_or_default();
    place.ip() == held.request.src.ip() && is_named(place, named.as_bytes())
}

const A: u16 = 1;
const AAAA: u16 = 28;
const SRV: u16 = 33;
const NAPTR: u16 = 35;
/// A name that failed at most this long before the refusal may be its cause.
const JUST: Duration = Duration::from_secs(1);
/// A question without an answer is asked again for about this long.
const JUST_SILENT: Duration = Duration::from_secs(20);
/// Answers that exist mostly come sooner.
const SILENT: Duration = Duration::from_secs(1);
/// A program answers a challenge much faster than this.
const SLOW: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::super::super::facts::TlsAlert;
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::*;
    use ringback_sip::flow::Transport;

    fn at(millis: u64) -> Instant {
        Instant::from_unix_micros(millis * 1000)
    }

    fn end(host: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, host], port))
    }

    /// Names that a server asks for between a call and its refusal: moment, name, record, code, records.
    fn resolved(asked: &[(u64, &str, u16, Option<u8>, u16)], until: u64, status: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(2, "b", "a", "100 Trying", "INVITE", "call");
        for &(moment, name, record, code, answers) in asked {
            let (at, name, asker) = (at(moment), name.to_owned(), end(2, 0).ip());
            scene.facts.add_dns(Dns { at, frame: 9, asker, name, record, code, answers });
        }
        if !status.is_empty() {
            scene.response(until, "b", "a", status, "INVITE", "call");
            scene.request(until + 1, "a", "b", "ACK", "call");
        }
        scene
    }

    const DOWN: &str = "503 Service Unavailable";

    #[test]
    fn d03_a_name_that_leads_nowhere_just_before_the_refusal_is_its_cause() {
        let told = |asked: &[_], until| any_verdict(resolved(asked, until, DOWN).end(60_000), "call");
        let none = [(10, "_sip._udp.x.test", SRV, Some(3), 0), (12, "x.test", A, Some(3), 0)];
        assert_eq!(told(&none, 20), Some(("D03", "absent", Certainty::Certain)));
        let empty = [(10, "x.test", AAAA, Some(0), 0), (12, "x.test", A, Some(0), 0)];
        assert_eq!(told(&empty, 20), Some(("D03", "empty", Certainty::Certain)));
        let failed = [(10, "trunk.test", A, Some(2), 0)];
        assert_eq!(told(&failed, 20), Some(("D03", "failed", Certainty::Likely)));
        let silent = [(10, "_sip._udp.x.test", SRV, None, 0), (5010, "_sip._udp.x.test", SRV, None, 0)];
        assert_eq!(told(&silent, 10_010), Some(("D03", "silent", Certainty::Certain)));
    }

    #[test]
    fn d03_is_neither_a_name_with_an_address_nor_another_asker_nor_a_call_that_goes_on() {
        let found = |scene: &mut Scene| rules_of(&scene.end(60_000).diagnosis("call")).contains(&"D03");
        let later = [(10, "x.test", NAPTR, Some(3), 0), (12, "x.test", A, Some(0), 1)];
        assert!(!found(&mut resolved(&later, 20, DOWN)), "it has an address");
        let service = [(10, "_sip._udp.x.test", SRV, Some(3), 0), (12, "x.test", AAAA, Some(0), 0)];
        assert!(!found(&mut resolved(&service, 20, DOWN)), "the address is known from before");
        let absent = [(10, "x.test", A, Some(3), 0)];
        assert!(!found(&mut resolved(&absent, 20, "486 Busy Here")), "refused for another reason");
        assert!(!found(&mut resolved(&[(10, "ntp.test", A, Some(3), 0)], 4000, DOWN)), "long before");
        let mut scene = resolved(&[], 20, "");
        let dns = resolved(&absent, 20, "").facts.dns()[0].clone();
        scene.facts.add_dns(Dns { asker: end(9, 0).ip(), ..dns });
        assert!(!found(scene.response(20, "b", "a", DOWN, "INVITE", "call")), "somebody else asked");
        let mut scene = resolved(&absent, 20, "");
        scene
            .request_with(14, "b", "c", "INVITE", "call", "User-Agent: next")
            .response(16, "c", "b", DOWN, "INVITE", "call");
        scene.number(2).response(20, "b", "a", DOWN, "INVITE", "call");
        assert!(!found(&mut scene), "the server found a way");
    }

    #[test]
    fn d03_needs_no_waiting_and_says_nothing_before_the_refusal_is_seen() {
        let absent = [(10, "x.test", A, Some(3), 0)];
        assert_eq!(
            any_verdict(resolved(&absent, 20, DOWN).end(22), "call"),
            Some(("D03", "absent", Certainty::Certain))
        );
        assert_ne!(any_verdict(resolved(&absent, 20, "").end(22), "call").map(|told| told.0), Some("D03"));
    }

    #[test]
    fn d03_a_client_that_waits_for_a_name_answers_a_challenge_late() {
        let late = |seconds: u64, code: Option<u8>| {
            let mut scene = Scene::new();
            scene.request(0, "a", "b", "INVITE", "call");
            scene.response(5, "b", "a", "407 Proxy Authentication Required", "INVITE", "call");
            let (asker, name) = (end(1, 0).ip(), "_sip._udp.x.test".to_owned());
            let mut dns = Dns { at: at(10), frame: 3, asker, name, record: SRV, code: None, answers: 0 };
            scene.facts.add_dns(dns.clone());
            (dns.at, dns.code) = (at(20), code);
            scene.facts.add_dns(dns);
            scene.request(seconds * 1000, "a", "b", "INVITE", "call").end(60_000);
            let diagnosis = scene.diagnosis("call");
            diagnosis
                .notes
                .iter()
                .find(|found| found.rule == "D03")
                .map(|found| (found.case, found.certainty))
        };
        assert_eq!(late(17, None), Some(("slow", Certainty::Likely)));
        assert_eq!(late(17, Some(3)), None, "it was answered: the user took his time");
        assert_eq!(late(1, None), None);
    }

    /// A call through a server that asks its next hop over TLS and gets this alert, and then refuses the call.
    fn alerted(description: u8, moment: u64, status: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(2, "b", "a", "100 Trying", "INVITE", "call");
        let (src, dst) = (end(2, 40_000), end(3, 5061));
        scene.facts.add_tls(TlsAlert { at: at(moment), frame: 3, src, dst, description });
        scene.response(60, "b", "a", status, "INVITE", "call");
        scene.request(61, "a", "b", "ACK", "call");
        scene
    }

    #[test]
    fn d04_an_alert_before_the_refusal_tells_what_was_wrong_with_the_next_hop() {
        let told = |description| {
            any_verdict(alerted(description, 40, "503 Service Unavailable").end(60_000), "call")
        };
        for (description, case) in
            [(45, "expired"), (48, "certificate"), (112, "name"), (116, "asked"), (70, "common")]
        {
            assert_eq!(told(description), Some(("D04", case, Certainty::Likely)), "{description}");
        }
    }

    #[test]
    fn d04_is_neither_an_alert_at_another_time_nor_a_call_that_gets_through() {
        for (at, status) in [(90, "503 Service Unavailable"), (40, "200 OK"), (40, "486 Busy Here")] {
            let found = rules_of(&alerted(45, at, status).end(60_000).diagnosis("call"));
            assert!(!found.contains(&"D04"), "{at} {status}");
        }
    }

    #[test]
    fn d04_needs_no_waiting_and_says_nothing_before_the_refusal_is_seen() {
        assert_eq!(
            any_verdict(alerted(45, 40, "503 Service Unavailable").end(70), "call").map(|told| told.0),
            Some("D04")
        );
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(2, "b", "a", "100 Trying", "INVITE", "call");
        let alert = alerted(45, 40, "503 Service Unavailable").facts.tls()[0].clone();
        scene.facts.add_tls(alert);
        assert_ne!(any_verdict(&scene, "call").map(|told| told.0), Some("D04"));
    }

    /// A server that asks its next hop for connections, as these events show, and then refuses the call.
    fn connected(events: &[(u64, TcpKind, bool)], until: u64, status: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(2, "b", "a", "100 Trying", "INVITE", "call");
        for &(moment, kind, is_back) in events {
            let (own, peer) = (end(2, 40_000), end(3, 5060));
            let (src, dst) = if is_back { (peer, own) } else { (own, peer) };
            scene.facts.add_tcp(TcpEvent { at: at(moment), frame: 3, src, dst, kind });
        }
        if !status.is_empty() {
            scene.response(until, "b", "a", status, "INVITE", "call");
            scene.request(until + 1, "a", "b", "ACK", "call");
        }
        scene
    }

    const REFUSED: [(u64, TcpKind, bool); 2] = [(10, TcpKind::Opening, false), (11, TcpKind::Reset, true)];

    #[test]
    fn d02_a_connection_that_is_refused_or_never_answered_comes_before_the_refusal() {
        let told = |events: &[_], until| any_verdict(connected(events, until, DOWN).end(60_000), "call");
        assert_eq!(told(&REFUSED, 20), Some(("D02", "connection", Certainty::Likely)));
        let silent = [(10, TcpKind::Opening, false), (1010, TcpKind::Opening, false)];
        assert_eq!(told(&silent, 3000), Some(("D02", "no-connection", Certainty::Likely)));
    }

    #[test]
    fn d02_is_no_connection_that_is_accepted_nor_a_call_refused_for_another_reason() {
        let found = |scene: &mut Scene| rules_of(&scene.end(60_000).diagnosis("call")).contains(&"D02");
        let torn = [(10, TcpKind::Opening, false), (11, TcpKind::Accepted, true), (12, TcpKind::Reset, true)];
        assert!(!found(&mut connected(&torn, 20, DOWN)));
        assert!(!found(&mut connected(&REFUSED, 20, "486 Busy Here")));
        assert!(!found(&mut connected(&REFUSED[..1], 20, DOWN)), "one try, too early to tell");
    }

    #[test]
    fn d02_a_refusal_on_a_port_that_is_not_sips_counts_when_a_message_named_the_place() {
        let told = |port| {
            let mut scene = Scene::new();
            scene.request_with(0, "a", "b", "INVITE", "call", "Route: <sip:192.0.2.3:5999;transport=tcp;lr>");
            let (src, dst) = (end(3, port), end(2, 40_000));
            scene.facts.add_tcp(TcpEvent { at: at(10), frame: 3, src, dst, kind: TcpKind::Refused });
            scene.response(20, "b", "a", DOWN, "INVITE", "call");
            any_verdict(scene.end(60_000), "call")
        };
        assert_eq!(told(5999), Some(("D02", "connection", Certainty::Likely)));
        assert!(told(599).is_none_or(|told| told.0 != "D02") && told(443).is_none_or(|told| told.0 != "D02"));
    }

    #[test]
    fn d02_of_a_connection_needs_no_waiting_and_says_nothing_before_the_refusal_is_seen() {
        let told = |status| any_verdict(connected(&REFUSED, 20, status).end(22), "call").map(|told| told.0);
        assert_eq!(told(DOWN), Some("D02"));
        assert_ne!(told(""), Some("D02"));
    }

    /// A device registers over a connection; what happens to it, and a call to the device.
    fn registered(events: &[(u64, TcpKind, bool)], status: &str) -> Scene {
        let mut scene = Scene::new();
        scene.transport = Transport::Tcp;
        let (device, server) = (end(7, 49_152), end(2, 5060));
        let contact = "Contact: <sip:b@192.0.2.7:49152;transport=tcp>;expires=600";
        let from = device.to_string();
        let register = format!(
            "REGISTER sip:x.test SIP/2.0\r\nVia: SIP/2.0/TCP {from};branch=z9hG4bKr\r\nFrom: <sip:b@x.test>;tag=r\r\n\
             To: <sip:b@x.test>\r\nCall-ID: reg\r\nCSeq: 1 REGISTER\r\n{contact}\r\nContent-Length: 0\r\n\r\n"
        );
        let (_, fields) = register.split_once("\r\n").expect("a start line");
        scene.bytes(0, &from, "b", register.as_bytes());
        scene.bytes(5, "b", &from, format!("SIP/2.0 200 OK\r\n{fields}").as_bytes());
        for &(moment, kind, is_back) in events {
            let (src, dst) = if is_back { (server, device) } else { (device, server) };
            // A connection that the server opens comes from a port of its own.
            let own = |address| if moment > 90_000 && address == server { end(2, 41_000) } else { address };
            let (src, dst) = (own(src), own(dst));
            scene.facts.add_tcp(TcpEvent { at: at(moment), frame: 3, src, dst, kind });
        }
        scene.transport = Transport::Udp;
        scene.request(90_000, "a", "b", "INVITE", "call");
        if !status.is_empty() {
            scene.response(90_020, "b", "a", status, "INVITE", "call");
            scene.request(90_021, "a", "b", "ACK", "call");
        }
        scene
    }

    const REFUSED_AGAIN: [(u64, TcpKind, bool); 1] = [(90_006, TcpKind::Refused, false)];
    const AWAY: &str = "480 Temporarily Unavailable";
    const GONE: [(u64, TcpKind, bool); 3] =
        [(60_000, TcpKind::Closed, false), (90_005, TcpKind::Opening, true), (90_006, TcpKind::Reset, false)];

    #[test]
    fn d08_a_device_whose_connection_is_gone_cannot_be_called() {
        let told = |events: &[_]| any_verdict(registered(events, AWAY).end(160_000), "call");
        assert_eq!(told(&GONE), Some(("D08", "", Certainty::Certain)));
        assert_eq!(told(&GONE[1..]), Some(("D08", "", Certainty::Likely)));
        assert_eq!(told(&REFUSED_AGAIN), Some(("D08", "", Certainty::Likely)));
    }

    #[test]
    fn d08_is_neither_a_connection_that_lives_nor_a_device_that_answers() {
        let found = |events: &[_], status| {
            rules_of(&registered(events, status).end(160_000).diagnosis("call")).contains(&"D08")
        };
        assert!(!found(&GONE[..1], AWAY), "nobody tries to open one: D16");
        assert!(!found(&[], AWAY) && !found(&[(60_000, TcpKind::Retransmitted, true)], AWAY));
        assert!(!found(&GONE, "486 Busy Here"));
        assert!(!found(&[(95_000, TcpKind::Closed, false)], AWAY), "closed after the call");
    }

    #[test]
    fn d08_needs_no_waiting_and_says_nothing_before_the_refusal_is_seen() {
        let told = |status| any_verdict(registered(&GONE, status).end(90_030), "call").map(|told| told.0);
        assert_eq!(told(AWAY), Some("D08"));
        assert_ne!(told(""), Some("D08"));
    }
}
