//! Flows that are registered, kept alive, and replaced when they die (RFC 5626 §4), towards raw edge proxies.

use super::net::*;
use super::raw::*;
use crate::agent::{AgentSettings, Command, Event, Outbound, Outcome, Registering};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Duration;
use ringback_sip::transport::{Stun, stun};

const EDGES: [usize; 2] = [7, 8];
const INSTANCE: &str = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
const PING: &str = "\r\n\r\n";

fn outbound(edges: &[usize]) -> impl Fn(&mut AgentSettings) {
    let proxies: Vec<String> = edges.iter().map(|edge| format!("sip:{};lr", address(*edge))).collect();
    move |settings| {
        settings.outbound = Some(Outbound { instance: INSTANCE.to_owned(), proxies: proxies.clone() });
    }
}

/// The answer of an edge proxy whose registrar knows flows.
fn bound(register: &Packet, rows: &str) -> String {
    let rows = format!("Contact: {}\r\n{rows}", register.header("Contact"));
    reply(register, "200 OK", "reg", &rows, "")
}

const FLOWS: &str = "Require: outbound\r\n";

/// Alice registers over these edges, and each says yes.
fn registered(transport: Transport, edges: &[usize], rows: &str) -> Net {
    let mut net = Net::seeded(1, transport, outbound(edges));
    net.order(ALICE, Command::Register(Registering::Keep));
    for register in net.sent(ALICE, "REGISTER") {
        let edge = *edges.iter().find(|edge| address(**edge) == register.to).unwrap();
        net.inject(edge, ALICE, &bound(&register, rows));
    }
    assert_eq!(net.events[ALICE].len(), edges.len());
    net.events[ALICE].clear();
    net.log.clear();
    net
}

fn lost(net: &mut Net) -> Vec<(u32, Outcome, Option<Duration>)> {
    let told = |event: Event| match event {
        Event::FlowLost { flow, outcome, retry } => Some((flow, outcome, retry)),
        _ => None,
    };
    net.events[ALICE].drain(..).filter_map(told).collect()
}

/// Runs until alice has sent something that starts so; how long that took.
fn run_to(net: &mut Net, start: &str) -> (Duration, Packet) {
    let begin = net.now;
    for _ in 0..40_000 {
        if let Some(packet) = net.sent(ALICE, start).pop() {
            return (net.now.since(begin), packet);
        }
        net.run_millis(100);
    }
    panic!("no {start}")
}

#[test]
fn each_proxy_gets_a_register_of_its_own_with_the_number_of_its_flow() {
    let mut net = Net::with(outbound(&EDGES));
    net.order(ALICE, Command::Register(Registering::Keep));
    let registers = net.sent(ALICE, "REGISTER");
    assert_eq!(registers.iter().map(|r| r.to).collect::<Vec<_>>(), EDGES.map(address));
    for (place, register) in registers.iter().enumerate() {
        let contact = register.header("Contact");
        let params = format!(";reg-id={};+sip.instance=\"<{INSTANCE}>\";expires=3600", place + 1);
        assert_eq!(contact, format!("<sip:alice@{}>{params}", address(ALICE)));
        assert!(
            register.text.contains("outbound, gruu\r\n") && register.text.contains("Supported: path\r\n")
        );
        assert_eq!(register.header("Route"), format!("<sip:{};lr>", address(EDGES[place])));
    }
    assert_ne!(registers[0].header("Call-ID"), registers[1].header("Call-ID"));
    // An agent without flows says nothing of them.
    let mut net = Net::new();
    net.order(ALICE, Command::Register(Registering::Keep));
    net.resolve(&[RAW]);
    let register = net.only(ALICE, "REGISTER");
    assert!(!register.text.contains("reg-id") && !register.text.contains("outbound"), "{}", register.text);
}

#[test]
fn a_stream_is_pinged_before_its_flow_timer_ends_and_each_time_after_another_silence() {
    let mut net = registered(Transport::Tcp, &[7], "Require: outbound\r\nFlow-Timer: 60\r\n");
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(run_to(&mut net, PING).0);
        net.log.clear();
        net.inject(7, ALICE, "\r\n");
    }
    let range = Duration::from_secs(48)..=Duration::from_millis(60_100);
    assert!(waits.iter().all(|wait| range.contains(wait)), "{waits:?}");
    assert!(waits.windows(2).any(|w| w[0] != w[1]), "{waits:?}");
    assert!(lost(&mut net).is_empty());
}

#[test]
fn datagrams_are_kept_open_by_stun_and_another_address_means_that_the_flow_is_gone() {
    let mut net = registered(Transport::Udp, &[7], FLOWS);
    let asked = |net: &mut Net| {
        let (wait, packet) = run_to(net, "\0\u{1}\0\0");
        net.log.clear();
        assert!((24.0..=29.2).contains(&wait.as_secs_f64()), "{wait:?}");
        packet
    };
    let answer = |packet: &Packet, from: &str| {
        let Stun::Answer(answer) = stun(&packet.bytes, from.parse().unwrap()) else { panic!() };
        answer
    };
    for _ in 0..2 {
        let packet = asked(&mut net);
        net.inject_bytes(7, ALICE, &answer(&packet, "198.51.100.1:5060"));
        assert!(lost(&mut net).is_empty());
    }
    let packet = asked(&mut net);
    net.inject_bytes(7, ALICE, &answer(&packet, "198.51.100.1:5061"));
    assert_eq!(lost(&mut net).len(), 1);
    net.run_millis(60);
    net.only(ALICE, "REGISTER");
}

#[test]
fn an_address_that_changed_after_the_registration_is_noticed_at_the_first_sign_of_life() {
    for (seen_at, losses) in [("198.51.100.1:5060", 0), ("198.51.100.1:5061", 1)] {
        let mut net = Net::seeded(1, Transport::Udp, outbound(&[7]));
        net.order(ALICE, Command::Register(Registering::Keep));
        let register = net.only(ALICE, "REGISTER");
        let answer = bound(&register, FLOWS).replace(";rport;", ";received=198.51.100.1;rport=5060;");
        net.inject(7, ALICE, &answer);
        net.events[ALICE].clear();
        let (_, packet) = run_to(&mut net, "\0\u{1}\0\0");
        let Stun::Answer(answer) = stun(&packet.bytes, seen_at.parse().unwrap()) else { panic!() };
        net.inject_bytes(7, ALICE, &answer);
        assert_eq!(lost(&mut net).len(), losses, "{seen_at}");
    }
}

#[test]
fn stun_that_nobody_answers_is_repeated_seven_times_and_then_the_flow_is_gone() {
    let mut net = registered(Transport::Udp, &[7], FLOWS);
    run_to(&mut net, "\0\u{1}\0\0");
    let begin = net.now;
    run_to(&mut net, "REGISTER");
    // 0.5 + 1 + 2 + 4 + 8 + 16 + 8 seconds, and then the back-off, since nothing was ever answered.
    assert_eq!(net.sent(ALICE, "\0\u{1}\0\0").len(), 7);
    let [(1, Outcome::Transport(_), Some(retry))] = lost(&mut net)[..] else { panic!() };
    let waited = net.now.since(begin);
    assert!((30.0..=60.0).contains(&retry.as_secs_f64()), "{retry:?}");
    assert!((waited.as_secs_f64() - 39.5 - retry.as_secs_f64()).abs() < 0.3, "{waited:?} {retry:?}");
}

#[test]
fn a_flow_that_does_not_answer_within_ten_seconds_is_replaced_under_its_own_number() {
    let mut net = registered(Transport::Tcp, &EDGES, FLOWS);
    let answer = |net: &mut Net, edges: &[usize]| {
        net.run_millis(500);
        edges.iter().for_each(|edge| net.inject(*edge, ALICE, "\r\n"));
    };
    // Both prove themselves; then the first one falls silent.
    (0..300).for_each(|_| answer(&mut net, &EDGES));
    assert!(net.sent(ALICE, "REGISTER").is_empty());
    while net.sent(ALICE, "REGISTER").is_empty() {
        answer(&mut net, &EDGES[1..]);
    }
    let ping = net.sent(ALICE, PING).into_iter().rfind(|ping| ping.to == address(7)).unwrap();
    assert_eq!(net.only(ALICE, "REGISTER").at.since(ping.at), Duration::from_millis(10_050));
    let register = net.only(ALICE, "REGISTER");
    assert_eq!(register.to, address(7));
    assert!(register.header("Contact").contains(";reg-id=1;"));
    assert!(matches!(lost(&mut net)[..], [(1, Outcome::Transport(_), Some(Duration::ZERO))]));
}

#[test]
fn a_flow_that_dies_again_and_again_is_tried_ever_more_seldom_and_later_when_another_one_lives() {
    for (edges, base) in [(&EDGES[..1], 30.0), (&EDGES[..], 90.0)] {
        let mut net = registered(Transport::Tcp, edges, FLOWS);
        net.fail(ALICE, Transport::Tcp, 7);
        for failures in 1..=7 {
            let retry = match failures {
                // It had not answered a sign of life: a failure like others.
                1 => lost(&mut net)[0].2.unwrap(),
                _ => {
                    net.fail(ALICE, Transport::Tcp, 7);
                    let last = net.events[ALICE].drain(..).next_back();
                    match last {
                        Some(Event::FlowLost { retry, .. } | Event::RegistrationFailed { retry, .. }) => {
                            retry.unwrap()
                        }
                        other => panic!("{other:?}"),
                    }
                }
            };
            let most = (base * f64::from(1 << failures)).min(1800.0);
            assert!((most / 2.0..=most).contains(&retry.as_secs_f64()), "{failures}: {retry:?} {most}");
            net.log.clear();
            let begin = net.now;
            while !net.sent(ALICE, "REGISTER").iter().any(|r| r.to == address(7)) {
                net.run_millis(100);
                for edge in &edges[1..] {
                    net.inject(*edge, ALICE, "\r\n");
                }
                for refresh in net.sent(ALICE, "REGISTER").iter().filter(|r| r.to == address(8)) {
                    net.inject(8, ALICE, &bound(refresh, FLOWS));
                }
            }
            assert!(net.now.since(begin) >= retry.saturating_sub(Duration::from_millis(100)));
        }
    }
}

#[test]
fn a_first_hop_that_knows_no_flows_gets_a_plain_registration() {
    let mut net = Net::with(outbound(&EDGES));
    net.order(ALICE, Command::Register(Registering::Keep));
    let registers = net.sent(ALICE, "REGISTER");
    net.log.clear();
    net.inject(7, ALICE, &reply(&registers[0], "439 First Hop Lacks Outbound Support", "r", "", ""));
    let plain = net.only(ALICE, "REGISTER");
    assert!(!plain.text.contains("reg-id") && !plain.text.contains("outbound"), "{}", plain.text);
    assert_eq!((plain.to, plain.header("CSeq")), (address(7), "2 REGISTER"));
    net.inject(7, ALICE, &bound(&plain, ""));
    assert!(matches!(net.events[ALICE].last(), Some(Event::Registered { .. })));
    // The late answer of the other one changes nothing, and nothing is kept alive.
    net.inject(8, ALICE, &bound(&registers[1], FLOWS));
    net.log.clear();
    net.run_for(Duration::from_secs(600));
    assert!(net.log.is_empty());
}

#[test]
fn a_registrar_that_knows_no_flows_keeps_one_registration() {
    let mut net = Net::with(outbound(&EDGES));
    net.order(ALICE, Command::Register(Registering::Keep));
    let registers = net.sent(ALICE, "REGISTER");
    net.inject(7, ALICE, &bound(&registers[0], ""));
    net.inject(8, ALICE, &bound(&registers[1], ""));
    net.log.clear();
    net.run_for(Duration::from_secs(3600));
    let refreshes = net.sent(ALICE, "REGISTER");
    assert!(!refreshes.is_empty() && refreshes.iter().all(|r| r.to == address(7)));
}

#[test]
fn a_call_asks_for_the_way_back_over_its_flow_or_names_what_leads_to_it() {
    let invite = |rows: &str| {
        let mut net = Net::seeded(1, Transport::Tcp, outbound(&[7]));
        net.order(ALICE, Command::Register(Registering::Keep));
        let register = net.only(ALICE, "REGISTER");
        let gruu = format!(";expires=3600;pub-gruu=\"{rows}\"");
        let answer = bound(&register, FLOWS).replace(";expires=3600", &gruu);
        net.inject(7, ALICE, &answer);
        net.log.clear();
        net.call(7);
        net.only(ALICE, "INVITE")
    };
    let own = format!("sip:alice@{};transport=tcp", address(ALICE));
    let named = "sip:alice@example.test;gr=urn:uuid:1";
    // What is no name for a device is none.
    for no_gruu in ["", "sip:alice@example.test", "tel:1;gr"] {
        assert_eq!(invite(no_gruu).header("Contact"), format!("<{own};ob>"));
    }
    assert_eq!(invite(named).header("Contact"), format!("<{named}>"));
    assert!(invite(named).header("Supported").ends_with("outbound, gruu"));
    // Without flows nothing of it is said.
    let mut net = Net::with(|settings| settings.transport = Transport::Udp);
    net.call(BOB);
    let plain = net.only(ALICE, "INVITE");
    assert_eq!(plain.header("Contact"), format!("<sip:alice@{}>", address(ALICE)));
    assert!(!plain.header("Supported").contains("outbound"));
}

#[test]
fn requests_take_the_service_route_of_their_flow_and_no_proxy_twice() {
    let route = |service: &str| {
        let mut net = registered(Transport::Tcp, &[7], &format!("{FLOWS}{service}"));
        net.call(7);
        let invite = net.only(ALICE, "INVITE");
        let routes = invite.text.lines().filter_map(|line| line.strip_prefix("Route: ")).collect::<Vec<_>>();
        (invite.to, routes.join(", "))
    };
    let (edge, home) = (format!("<sip:{};lr>", address(7)), "<sip:home.example.test;lr>");
    assert_eq!(route(""), (address(7), edge.clone()));
    assert_eq!(route(&format!("Service-Route: {home}\r\n")), (address(7), format!("{edge}, {home}")));
    let both = format!("<sip:token@{};lr>, {home}", address(7));
    assert_eq!(route(&format!("Service-Route: {both}\r\n")), (address(7), both));
    assert_eq!(route("Service-Route: <tel:1>\r\n"), (address(7), edge));
}

#[test]
fn calls_leave_over_a_flow_that_lives() {
    let mut net = registered(Transport::Tcp, &EDGES, FLOWS);
    let route = |net: &mut Net, call: u64| {
        net.log.clear();
        let command = Command::Options {
            request: crate::agent::RequestId(call),
            target: "sip:bob@example.test".to_owned(),
        };
        net.order(ALICE, command);
        net.only(ALICE, "OPTIONS").to
    };
    assert_eq!(route(&mut net, 1), address(7));
    net.fail(ALICE, Transport::Tcp, 7);
    assert_eq!(route(&mut net, 2), address(8));
}

#[test]
fn a_flow_that_is_refused_while_another_lives_is_tried_again_ever_more_seldom() {
    for refused_first in [false, true] {
        // The signs of life of a WebSocket are no business of the agent.
        let mut net = Net::seeded(1, Transport::Ws, outbound(&EDGES));
        net.order(ALICE, Command::Register(Registering::Keep));
        let registers = net.sent(ALICE, "REGISTER");
        if !refused_first {
            net.inject(7, ALICE, &bound(&registers[0], FLOWS));
        }
        net.events[ALICE].clear();
        net.inject(8, ALICE, &reply(&registers[1], "403 Forbidden", "r", "", ""));
        let told = lost(&mut net);
        assert!(
            matches!(told[..], [(2, Outcome::Status(StatusCode::FORBIDDEN), retry)] if retry.is_some() != refused_first)
        );
        if refused_first {
            net.inject(7, ALICE, &bound(&registers[0], FLOWS));
        }
        let mut waits = Vec::new();
        for _ in 0..3 {
            net.log.clear();
            let begin = net.now;
            let again = loop {
                net.run_millis(1000);
                let found = net.sent(ALICE, "REGISTER").into_iter().find(|r| r.to == address(8));
                net.log.retain(|packet| packet.to == address(8));
                if let Some(found) = found {
                    break found;
                }
                assert!(net.now.since(begin) < Duration::from_secs(1801));
            };
            waits.push(net.now.since(begin).as_secs());
            net.inject(8, ALICE, &reply(&again, "403 Forbidden", "r", "", ""));
        }
        let [first, second, third] = waits[..] else { panic!() };
        // From a half to the whole of twice 90 seconds, doubled each time.
        assert!((90..=181).contains(&first) && (180..=361).contains(&second), "{waits:?}");
        assert!((360..=721).contains(&third), "{waits:?}");
    }
    // Where no flow lives, nothing is asked again: the password is wrong, or the user is unknown.
    let mut net = Net::with(outbound(&EDGES));
    net.order(ALICE, Command::Register(Registering::Keep));
    for (edge, register) in EDGES.into_iter().zip(net.sent(ALICE, "REGISTER")) {
        net.inject(edge, ALICE, &reply(&register, "403 Forbidden", "r", "", ""));
    }
    net.log.clear();
    net.run_for(Duration::from_secs(7200));
    assert!(net.sent(ALICE, "REGISTER").is_empty());
}

#[test]
fn a_web_socket_needs_no_line_breaks_and_its_end_means_a_new_flow() {
    let mut net = registered(Transport::Ws, &EDGES[..1], FLOWS);
    net.run_for(Duration::from_secs(600));
    assert!(net.log.is_empty(), "the connection itself is pinged");
    net.fail(ALICE, Transport::Ws, 7);
    net.run_millis(100);
    let again = net.only(ALICE, "REGISTER");
    assert!(again.header("Contact").contains(";reg-id=1"));
    assert_eq!(lost(&mut net).len(), 1);
}

#[test]
fn whoever_leaves_removes_each_flow_and_gives_no_more_signs() {
    let mut net = registered(Transport::Tcp, &EDGES, FLOWS);
    net.order(ALICE, Command::Register(Registering::Remove));
    let registers = net.sent(ALICE, "REGISTER");
    assert!(registers.iter().all(|r| r.header("Contact").ends_with(";expires=0")));
    for (edge, register) in EDGES.into_iter().zip(&registers) {
        net.inject(edge, ALICE, &reply(register, "200 OK", "r", "", ""));
    }
    assert!(matches!(net.events[ALICE][..], [Event::Registered { .. }]), "told once, by the last");
    net.log.clear();
    net.run_for(Duration::from_secs(600));
    assert!(net.log.is_empty());
}

#[test]
fn a_registrar_that_wants_ever_more_time_is_not_asked_forever() {
    let mut net = Net::seeded(1, Transport::Tcp, outbound(&[EDGES[0]]));
    net.order(ALICE, Command::Register(Registering::Once));
    for asked in 0..4 {
        let sent = net.sent(ALICE, "REGISTER");
        assert_eq!(sent.len(), asked + 1);
        let rows = format!("Min-Expires: {}\r\n", 4000 + asked);
        net.inject(EDGES[0], ALICE, &reply(&sent[asked], "423 Interval Too Brief", "reg", &rows, ""));
    }
    assert_eq!(net.sent(ALICE, "REGISTER").len(), 4);
    let too_brief = Outcome::Status(StatusCode::INTERVAL_TOO_BRIEF);
    assert!(
        matches!(&net.events[ALICE][..], [Event::RegistrationFailed { outcome, .. }] if *outcome == too_brief)
    );
}
