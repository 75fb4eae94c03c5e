//! The search against zones that the tests write down: one row a record, `name KIND data`.

use super::*;
use crate::entropy::Seed;
use crate::flow::{Reach, ResolveError, Transport};
use crate::journal::{RecordKind, Shown, Step, Verdict};
use crate::node::ResolveQuery;

/// The example of RFC 3263 §4.1.
const EXAMPLE: &str = "example.com NAPTR 50 50 s SIPS+D2T - _sips._tcp.example.com
    example.com NAPTR 90 50 s SIP+D2T - _sip._tcp.example.com
    example.com NAPTR 100 50 s SIP+D2U - _sip._udp.example.com
    _sip._tcp.example.com SRV 0 1 5060 server1.example.com
    _sip._tcp.example.com SRV 0 2 5060 server2.example.com
    _sips._tcp.example.com SRV 0 1 5061 server1.example.com
    _sip._udp.example.com SRV 0 1 5060 server2.example.com
    server1.example.com A 192.0.2.1
    server2.example.com A 192.0.2.2";

#[test]
fn naptr_of_the_lowest_order_that_we_can_serve_decides() {
    let without_tls = search(EXAMPLE, "example.com", reach("udp tcp"));
    assert_eq!(without_tls.transports(), "TCP TCP", "the example's own outcome");
    assert_eq!(without_tls.verdicts("NAPTR"), ["NoTransport", "Taken", "LaterOrder"]);
    assert_eq!(search(EXAMPLE, "example.com", reach("udp tcp tls")).list(), ["TLS 192.0.2.1:5061"]);
    assert_eq!(search(EXAMPLE, "example.com", reach("udp")).list(), ["UDP 192.0.2.2:5060"]);
}

#[test]
fn within_one_order_preference_decides_and_all_are_tried() {
    let zone = EXAMPLE.replace("NAPTR 90 50", "NAPTR 100 60");
    let found = search(&zone, "example.com", reach("udp tcp"));
    assert_eq!(found.transports(), "UDP TCP TCP");
}

#[test]
fn sips_takes_nothing_that_is_not_secure() {
    let sips = |zone: &str, reach| ask(zone, ResolveQuery { secure: true, ..query("example.com") }, reach);
    let found = sips(EXAMPLE, reach("udp tcp tls"));
    assert_eq!(found.list(), ["TLS 192.0.2.1:5061"]);
    assert_eq!(found.verdicts("NAPTR"), ["Taken", "NotSecure", "NotSecure"]);
    // Deleted records do not lead to plain text (§7).
    let bare = "example.com A 192.0.2.9";
    assert_eq!(sips(bare, reach("udp tcp tls")).list(), ["TLS 192.0.2.9:5061"]);
    let without = sips(bare, reach("udp tcp"));
    assert_eq!(without.error(), ResolveError::NoTransport);
    let no_secure = "example.com NAPTR 1 1 s SIP+D2U - _sip._udp.example.com\nexample.com A 192.0.2.9
        _sip._udp.example.com SRV 0 0 5060 example.com";
    assert_eq!(sips(no_secure, reach("udp tcp tls")).error(), ResolveError::NoTransport);
}

#[test]
fn naptr_that_is_not_meant_for_us_is_left_aside() {
    let zone = "example.com NAPTR 1 1 u E2U+sip !^.*$!sip:x@example.com! -
        example.com NAPTR 2 1 s SIP+D2U !^.*$!x! _sip._udp.wrong.test
        example.com NAPTR 3 1 a SIP+D2U - wrong.test
        example.com NAPTR 4 1 s SIP+D2S - _sip._sctp.example.com
        example.com NAPTR 5 1 S sip+d2t - _sip._tcp.school.test
        _sip._tcp.school.test SRV 0 0 5070 a.school.test
        a.school.test A 192.0.2.3";
    let found = search(zone, "example.com", reach("udp tcp"));
    assert_eq!(found.list(), ["TCP 192.0.2.3:5070"]);
    let verdicts = ["OtherService", "Expression", "OtherFlag", "NoTransport", "Taken"];
    assert_eq!(found.verdicts("NAPTR"), verdicts);
}

#[test]
fn websocket_is_found_by_naptr_only() {
    let zone = "example.com NAPTR 1 1 s SIPS+D2W - _sips._wss.example.com
        example.com NAPTR 1 2 s SIP+D2W - _sip._ws.example.com
        _sips._wss.example.com SRV 0 0 443 ws.example.com
        _sip._ws.example.com SRV 0 0 80 ws.example.com
        ws.example.com A 192.0.2.4";
    let found = search(zone, "example.com", reach("ws wss"));
    assert_eq!(found.list(), ["WSS 192.0.2.4:443", "WS 192.0.2.4:80"]);
    let named = ResolveQuery { transport: Some(Transport::Ws), secure: true, ..query("ws.example.com") };
    let found = ask(zone, named, reach("ws wss"));
    assert_eq!((found.list(), found.asked()), (vec!["WSS 192.0.2.4:443".into()], "A".into()));
}

#[test]
fn without_naptr_srv_of_each_transport_is_asked_for() {
    let zone = EXAMPLE.replace("NAPTR", "TXT");
    let found = search(&zone, "example.com", reach("udp tcp tls"));
    assert_eq!(found.transports(), "UDP TCP TCP");
    assert_eq!(found.asked(), "NAPTR SRV A SRV A A");
    let sips = ask(&zone, ResolveQuery { secure: true, ..query("example.com") }, reach("udp tls"));
    assert_eq!(sips.list(), ["TLS 192.0.2.1:5061"]);
}

#[test]
fn a_named_transport_asks_for_its_srv_and_no_naptr() {
    let tcp = ResolveQuery { transport: Some(Transport::Tcp), ..query("example.com") };
    let found = ask(EXAMPLE, tcp.clone(), reach("udp tcp tls"));
    assert_eq!((found.transports(), found.asked()), ("TCP TCP".into(), "SRV A A".into()));
    let sips = ask(EXAMPLE, ResolveQuery { secure: true, ..tcp.clone() }, reach("tcp tls"));
    assert_eq!(sips.list(), ["TLS 192.0.2.1:5061"], "TCP of a sips URI is TLS");
    let found = ask(EXAMPLE, tcp, reach("udp"));
    assert_eq!((found.error(), found.asked()), (ResolveError::NoTransport, String::new()));
    let udp = ResolveQuery { transport: Some(Transport::Udp), secure: true, ..query("example.com") };
    assert_eq!(ask(EXAMPLE, udp, reach("udp tls")).error(), ResolveError::NoTransport);
}

#[test]
fn a_named_port_asks_for_addresses_only() {
    let found =
        ask(EXAMPLE, ResolveQuery { port: Some(5060), ..query("server1.example.com") }, reach("udp tcp"));
    assert_eq!((found.list(), found.asked()), (vec!["UDP 192.0.2.1:5060".into()], "A".into()));
    let secure = ResolveQuery { port: Some(7000), secure: true, ..query("server1.example.com") };
    assert_eq!(ask(EXAMPLE, secure, reach("udp tls")).list(), ["TLS 192.0.2.1:7000"]);
}

#[test]
fn a_numeric_host_asks_nobody() {
    let found = search("", "192.0.2.77", reach("udp tcp"));
    assert_eq!((found.list(), found.asked()), (vec!["UDP 192.0.2.77:5060".into()], String::new()));
    assert_eq!(search("", "[2001:db8::1]", reach("udp tcp")).list(), ["UDP [2001:db8::1]:5060"]);
    let secure = ask("", ResolveQuery { secure: true, ..query("192.0.2.77") }, reach("udp tls"));
    assert_eq!(secure.list(), ["TLS 192.0.2.77:5061"]);
    assert_eq!(search("", "192.0.2.77", reach("tcp")).list(), ["TCP 192.0.2.77:5060"], "what we have");
}

#[test]
fn without_any_record_the_host_itself_is_used_with_the_default() {
    let zone = "example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9";
    let found = search(zone, "example.com", reach("udp tcp"));
    assert_eq!(found.list(), ["UDP 192.0.2.9:5060", "UDP [2001:db8::9]:5060"]);
    assert!(found.steps.contains(&Step::TransportAssumed(Transport::Udp)));
    // A NAPTR without SRV records decides the transport all the same (§4.2).
    let zone = format!("{zone}\nexample.com NAPTR 1 1 s SIP+D2T - _sip._tcp.example.com");
    assert_eq!(search(&zone, "example.com", reach("udp tcp")).transports(), "TCP TCP");
}

#[test]
fn the_root_as_target_means_that_nobody_serves() {
    let zone = "_sip._udp.example.com SRV 0 0 0 .\nexample.com A 192.0.2.9";
    let found = search(zone, "example.com", reach("udp tcp"));
    assert_eq!((found.error(), found.asked()), (ResolveError::NoAddress, "NAPTR SRV SRV".into()));
    assert_eq!(found.verdicts("SRV"), ["NotOffered"]);
}

#[test]
fn an_alias_is_followed_and_told() {
    let zone = "_sip._udp.example.com CNAME _sip._udp.host.test\n_sip._udp.host.test SRV 0 0 5080 a.host.test
        a.host.test CNAME b.host.test\nb.host.test A 192.0.2.5";
    let found = search(zone, "example.com", reach("udp tcp"));
    assert_eq!(found.list(), ["UDP 192.0.2.5:5080"]);
    let aliases: Vec<_> = found.steps.iter().filter(|s| matches!(s, Step::Alias { .. })).collect();
    let told =
        [Step::Alias { to: Shown::from("_sip._udp.host.test") }, Step::Alias { to: "b.host.test".into() }];
    assert_eq!(aliases, told.iter().collect::<Vec<_>>());
}

#[test]
fn addresses_of_a_family_without_socket_are_passed_over() {
    let zone = "example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9";
    let v6 = Reach::default().with(Transport::Udp, false);
    let found = search(zone, "example.com", v6);
    assert_eq!(found.list(), ["UDP [2001:db8::9]:5060"]);
    assert_eq!(found.verdicts("A"), ["NoSocket", "Taken"]);
    assert_eq!(search("example.com A 192.0.2.9", "example.com", v6).error(), ResolveError::NoAddress);
}

#[test]
fn each_failure_has_its_own_reason() {
    assert_eq!(search("", "nowhere.test", reach("udp")).error(), ResolveError::NoSuchName);
    assert_eq!(search("example.com TXT x", "example.com", reach("udp")).error(), ResolveError::NoAddress);
    assert_eq!(search("* SERVFAIL", "example.com", reach("udp")).error(), ResolveError::Failed);
    assert_eq!(search("* SILENT", "example.com", reach("udp")).error(), ResolveError::Timeout);
}

#[test]
fn silence_about_srv_is_no_licence_to_guess_and_silence_about_naptr_is_no_obstacle() {
    let zone = "_sip._udp.example.com SILENT\nexample.com A 192.0.2.9";
    let found = search(zone, "example.com", reach("udp tcp"));
    assert_eq!((found.error(), found.asked()), (ResolveError::Timeout, "NAPTR SRV SRV".into()));
    let zone = format!("{zone}\n_sip._tcp.example.com SRV 0 0 5060 example.com");
    assert_eq!(search(&zone, "example.com", reach("udp tcp")).list(), ["TCP 192.0.2.9:5060"]);
    let mut locate = locate(query("example.com"), reach("udp"));
    locate.handle(Err(ResolveError::Timeout));
    assert_eq!(locate.poll().map(|q| q.name), Some("_sip._udp.example.com".into()));
}

#[test]
fn floods_of_records_are_cut_with_a_word() {
    let many = |n: usize, row: &dyn Fn(usize) -> String| (0..n).map(row).collect::<Vec<_>>().join("\n");
    let zone = many(100, &|i| format!("example.com A 192.0.2.{i}"));
    let found = search(&zone, "example.com", reach("udp"));
    assert_eq!(found.list().len(), ADDRESSES_MAX);
    assert!(found.steps.contains(&Step::Limit("ADDRESSES_MAX".into())));
    let zone =
        many(100, &|i| format!("_sip._udp.example.com SRV 0 0 5060 h{i}.test\nh{i}.test A 192.0.2.{i}"));
    let found = search(&zone, "example.com", reach("udp"));
    assert_eq!(found.list().len(), TARGETS_MAX);
    assert!(found.steps.contains(&Step::Limit("SERVICES_MAX".into())) && found.steps.len() <= STEPS_MAX);
    let zone = many(90, &|i| format!("example.com NAPTR 1 {i} s SIP+D2U - _sip._udp.n{i}.test"));
    let found = search(&zone, "example.com", reach("udp"));
    assert!(found.asked().split(' ').count() <= QUESTIONS_MAX);
    assert!(found.steps.contains(&Step::Limit("NAPTRS_MAX".into())));
}

#[test]
fn one_call_finds_one_order_and_calls_differ() {
    let zone = "_sip._udp.example.com SRV 0 0 5060 a.test\n_sip._udp.example.com SRV 0 0 5060 b.test
        a.test A 192.0.2.1\nb.test A 192.0.2.2";
    let of_call = |spread| ask(zone, ResolveQuery { spread, ..query("example.com") }, reach("udp")).list();
    assert!((0..20).all(|call| of_call(call) == of_call(call)));
    assert!((0..20).any(|call| of_call(call) != of_call(0)));
}

#[test]
fn who_stops_waiting_is_told_where() {
    let mut locate = locate(query("example.com"), reach("udp"));
    assert!(locate.poll().is_some());
    let located = locate.finish();
    assert_eq!(located.found, Err(ResolveError::Timeout));
    assert_eq!(located.steps.last(), Some(&Step::GaveUp));
}

fn query(host: &str) -> ResolveQuery {
    ResolveQuery { host: host.into(), port: None, transport: None, secure: false, spread: 0 }
}

fn reach(transports: &str) -> Reach {
    transports.split(' ').fold(Reach::default(), |reach, name| {
        let transport = Transport::from_name(name.as_bytes()).unwrap();
        reach.with(transport, true).with(transport, false)
    })
}

fn locate(query: ResolveQuery, reach: Reach) -> Locate {
    Locate::new(query, reach, Seed::from_number(1))
}

fn search(zone: &str, host: &str, reach: Reach) -> Located {
    ask(zone, query(host), reach)
}

fn ask(zone: &str, query: ResolveQuery, reach: Reach) -> Located {
    let mut locate = locate(query, reach);
    let mut asked = 0;
    while let Some(question) = locate.poll() {
        asked += 1;
        assert!(asked <= QUESTIONS_MAX, "the search does not end");
        locate.handle(answer(zone, &question));
    }
    locate.finish()
}

fn answer(zone: &str, question: &Question) -> Result<Answer, ResolveError> {
    let rows: Vec<Vec<&str>> = zone.lines().map(|row| row.split_whitespace().collect()).collect();
    let (mut name, mut aliases) = (&*question.name, Vec::new());
    while let Some(row) = rows.iter().find(|row| row[0] == name && row[1] == "CNAME") {
        name = row[2];
        aliases.push(name.into());
    }
    let all: Vec<&Vec<&str>> =
        rows.iter().filter(|row| row.len() > 1 && [name, "*"].contains(&row[0])).collect();
    match all.first().map(|row| row[1]) {
        None => return Err(ResolveError::NoSuchName),
        Some("SERVFAIL") => return Err(ResolveError::Failed),
        Some("SILENT") => return Err(ResolveError::Timeout),
        Some(_) => {}
    }
    let of = |kinds: &[&str]| all.iter().filter(|row| kinds.contains(&row[1])).copied().collect::<Vec<_>>();
    let number = |text: &str| text.parse().unwrap();
    let bytes = |text: &str| text.trim_matches('-').as_bytes().into();
    let records = match question.kind {
        RecordKind::Naptr => Records::Naptr(
            of(&["NAPTR"])
                .into_iter()
                .map(|row| Naptr {
                    order: number(row[2]),
                    preference: number(row[3]),
                    flags: bytes(row[4]),
                    services: bytes(row[5]),
                    expression: bytes(row[6]),
                    replacement: row[7].trim_matches('-').into(),
                })
                .collect(),
        ),
        RecordKind::Srv => Records::Srv(
            of(&["SRV"])
                .into_iter()
                .map(|row| Srv {
                    priority: number(row[2]),
                    weight: number(row[3]),
                    port: number(row[4]),
                    target: row[5].trim_end_matches('.').into(),
                })
                .collect(),
        ),
        RecordKind::Address => {
            Records::Address(of(&["A", "AAAA"]).into_iter().map(|row| row[2].parse().unwrap()).collect())
        }
    };
    Ok(Answer { aliases, records })
}

impl Located {
    fn list(&self) -> Vec<String> {
        let targets = self.found.as_ref().unwrap();
        targets.iter().map(|t| format!("{} {}", t.transport.via_name(), t.address)).collect()
    }

    fn transports(&self) -> String {
        let names: Vec<_> = self.found.as_ref().unwrap().iter().map(|t| t.transport.via_name()).collect();
        names.join(" ")
    }

    fn error(&self) -> ResolveError {
        self.found.clone().unwrap_err()
    }

    /// The kinds of the questions, in order.
    fn asked(&self) -> String {
        let kinds = self.steps.iter().filter_map(|step| match step {
            Step::Asked { kind: RecordKind::Address, .. } => Some("A"),
            Step::Asked { kind, .. } => Some(kind.as_str()),
            _ => None,
        });
        kinds.collect::<Vec<_>>().join(" ")
    }

    /// What the records of a kind meant.
    fn verdicts(&self, kind: &str) -> Vec<String> {
        let verdict = |step: &Step| match step {
            Step::Naptr { verdict, .. } if kind == "NAPTR" => Some(*verdict),
            Step::Srv { verdict, .. } if kind == "SRV" => Some(*verdict),
            Step::Address { verdict, .. } if kind == "A" => Some(*verdict),
            _ => None,
        };
        self.steps.iter().filter_map(verdict).map(|v: Verdict| format!("{v:?}")).collect()
    }
}
