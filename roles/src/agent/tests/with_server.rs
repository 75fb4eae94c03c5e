//! Agents against the real server over a perfect network with a virtual clock.

use crate::access::Agreement;
use crate::agent::*;
use crate::location::{Aor, Domains, Effect, Location, Policy};
use crate::server::{Server, ServerSettings};
use crate::store::{Answer, Ask, Registered, Secrets};
use core::net::SocketAddr;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::{Input, Node, Output};
use ringback_sip::registry::StatusCode;
use ringback_sip::time::{Duration, Instant};
use std::collections::VecDeque;

#[test]
fn a_contact_is_bound_with_the_right_password_and_kept() {
    let mut world = World::new();
    world.order(0, Command::Register(Registering::Keep));
    assert!(matches!(&world.events[0][..], [Event::Registered { bindings, expires }]
        if bindings.len() == 1 && bindings[0].ours && *expires == Duration::from_secs(3600)));
    world.events[0].clear();
    world.run_for(Duration::from_secs(3600));
    assert!(!world.events[0].is_empty(), "it was refreshed before it ran out");
}

#[test]
fn a_wrong_password_is_tried_once_and_told() {
    let mut world = World::new();
    world.agents[0].settings.password = Some(Secret::new(*b"wrong"));
    world.order(0, Command::Register(Registering::Once));
    let [Event::RegistrationFailed { outcome, retry, .. }] = &world.events[0][..] else {
        panic!("{:?}", world.events[0])
    };
    assert_eq!((*outcome, *retry), (Outcome::Status(StatusCode::UNAUTHORIZED), None));
    assert_eq!(world.registers, 2, "once without credentials, once with");
}

#[test]
fn where_an_agreement_is_demanded_who_asks_for_one_registers_and_who_does_not_is_told() {
    let demand = |settings: &mut ServerSettings| {
        settings.access.agreement = Agreement { at: vec![server_address()], has_tls: true };
    };
    let mut world = World::with(demand);
    world.agents[0].settings.sec_agree = true;
    world.order(0, Command::Register(Registering::Once));
    assert!(matches!(world.events[0][..], [Event::Registered { .. }]), "{:?}", world.events[0]);
    assert_eq!(world.registers, 2, "the first one brings the list and the challenge");
    let text = Command::Message {
        request: RequestId(1),
        target: "sip:alice@example.test".to_owned(),
        call: None,
        text: "hello".to_owned(),
    };
    world.order(0, text);
    assert!(world.answered(0, StatusCode::OK), "{:?}", world.events[0]);
    // A list that was changed on its way is found out, and not agreed to.
    let mut world = World::with(demand);
    world.agents[0].settings.sec_agree = true;
    world.forged = true;
    world.order(0, Command::Register(Registering::Once));
    let failed = |world: &World, code| matches!(world.events[0][..], [Event::RegistrationFailed { outcome, .. }] if outcome == Outcome::Status(code));
    assert!(failed(&world, StatusCode::SECURITY_AGREEMENT_REQUIRED), "{:?}", world.events[0]);
    let mut world = World::with(demand);
    world.order(0, Command::Register(Registering::Once));
    assert!(failed(&world, StatusCode::EXTENSION_REQUIRED), "{:?}", world.events[0]);
}

#[test]
fn a_message_reaches_a_registered_user_and_nobody_else() {
    let mut world = World::new();
    world.order(1, Command::Register(Registering::Keep));
    let text = |target: &str| Command::Message {
        request: RequestId(1),
        target: target.to_owned(),
        call: None,
        text: "hallo".to_owned(),
    };
    world.order(0, text("sip:bob@example.test"));
    assert!(world.answered(0, StatusCode::OK));
    assert!(world.events[1].iter().any(|e| matches!(e, Event::Text { body, .. } if &body[..] == b"hallo")));
    world.order(0, text("sip:nobody@example.test"));
    assert!(world.answered(0, StatusCode::NOT_FOUND));
    world.order(1, Command::Register(Registering::Remove));
    world.order(0, text("sip:bob@example.test"));
    assert!(world.answered(0, StatusCode::TEMPORARILY_UNAVAILABLE));
}

#[test]
fn options_is_answered_by_the_server_and_silence_is_told_after_timer_f() {
    let mut world = World::new();
    let ping = |target: &str| Command::Options { request: RequestId(2), target: target.to_owned() };
    world.order(0, ping("sip:example.test"));
    assert!(world.answered(0, StatusCode::OK));
    world.agents[0].settings.proxy = None;
    world.order(0, ping("sip:192.0.2.200"));
    world.run_for(Duration::from_secs(33));
    assert!(
        world.events[0]
            .iter()
            .any(|e| matches!(e, Event::Answered { outcome: Outcome::Timeout(_), elapsed, .. }
        if *elapsed == Duration::from_secs(32)))
    );
}

const SERVER: &str = "192.0.2.1:5060";

/// Two agents and a server; what is sent arrives at once, and what goes elsewhere is lost.
struct World {
    now: Instant,
    server: Server,
    location: Location,
    agents: Vec<Agent>,
    events: Vec<Vec<Event>>,
    registers: usize,
    /// Whether somebody on the way takes TLS off the list of security mechanisms.
    forged: bool,
}

fn address(agent: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 10 + agent as u8], 5060))
}

fn server_address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5060))
}

impl World {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let mut settings = ServerSettings::new(Domains::new().with("example.test"));
        settings.addresses = vec![(Transport::Udp, server_address())];
        change(&mut settings);
        let agents = ["alice", "bob"].iter().enumerate().map(|(i, name)| {
            let local = Local { transport: Transport::Udp, address: address(i) };
            let mut settings = AgentSettings::new(&format!("sip:{name}@example.test"), local);
            settings.proxy = Some(format!("sip:{SERVER}"));
            settings.password = Some(Secret::new(*b"secret"));
            Agent::new(settings, Seed::from_number(10 + i as u64))
        });
        World {
            now: Instant::from_unix_secs(1_000_000),
            server: Server::new(settings, Seed::from_number(1), Seed::from_number(2)),
            location: Location::new(Seed::from_number(3), 100),
            agents: agents.collect(),
            events: vec![Vec::new(), Vec::new()],
            registers: 0,
            forged: false,
        }
    }

    fn order(&mut self, agent: usize, command: Command) {
        self.events[agent].clear();
        self.agents[agent].handle(self.now, Input::Command(command));
        self.settle();
    }

    fn answered(&self, agent: usize, status: StatusCode) -> bool {
        let wanted = Outcome::Status(status);
        self.events[agent].iter().any(|e| matches!(e, Event::Answered { outcome, .. } if *outcome == wanted))
    }

    /// Delivers until nothing moves any more.
    fn settle(&mut self) {
        let mut wire = VecDeque::new();
        loop {
            for (i, agent) in self.agents.iter_mut().enumerate() {
                while let Some(output) = agent.poll() {
                    match output {
                        Output::Transmit(transmit) => wire.push_back((address(i), transmit)),
                        Output::Deliver(event) => self.events[i].push(event),
                        _ => {}
                    }
                }
            }
            while let Some(output) = self.server.poll() {
                match output {
                    Output::Transmit(transmit) => wire.push_back((server_address(), transmit)),
                    Output::Ask { ticket, ask } => {
                        let answer = self.ask(ask);
                        self.server.handle(self.now, Input::Answered { ticket, answer });
                    }
                    _ => {}
                }
            }
            let Some((from, transmit)) = wire.pop_front() else { return };
            let to = transmit.flow.remote;
            self.registers += usize::from(transmit.bytes.starts_with(b"REGISTER"));
            let flow =
                Flow { transport: Transport::Udp, local: to, remote: from, connection: None, peer: None };
            let input = |bytes| Input::Received { flow, bytes };
            if to == server_address() {
                self.server.handle(self.now, input(&transmit.bytes));
            } else if let Some(i) = (0..2).find(|i| address(*i) == to) {
                let text = String::from_utf8_lossy(&transmit.bytes);
                let text = if self.forged { text.replace("tls;q=0.9, ", "") } else { text.into_owned() };
                let bytes = text.as_bytes();
                self.agents[i].handle(self.now, Input::Received { flow, bytes });
            }
        }
    }

    fn ask(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Register(register) => {
                let effect = self.location.register(register, self.now, &Policy::default());
                Answer::Registered(effect.map(|effect| match effect {
                    Effect::Done(bindings) => Registered { bindings, changes: Default::default() },
                    Effect::After(write) => {
                        self.location.commit(&write);
                        Registered { bindings: write.bindings, changes: write.changes }
                    }
                }))
            }
            Ask::Bindings(aor) => {
                Answer::Bindings { is_user: aor.user() != b"nobody", bindings: self.location.bindings(&aor) }
            }
            Ask::Secret { user, hash } => {
                let known = [&b"alice@example.test"[..], b"bob@example.test"].contains(&user.as_bytes());
                let user = Aor::from_canonical(user.as_bytes());
                Answer::Secret(known.then(|| Secrets::from_password(&user, b"secret").of(hash)))
            }
            Ask::Subscriptions(_) => Answer::Subscriptions(Vec::new()),
            other => panic!("{other:?} is not for here"),
        }
    }

    fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let next = self
                .agents
                .iter()
                .filter_map(Node::deadline)
                .chain(self.server.deadline())
                .map(|d| d.0)
                .min();
            let Some(at) = next.filter(|at| *at <= end) else { break };
            self.now = at.max(self.now);
            for agent in &mut self.agents {
                agent.handle(self.now, Input::Deadline);
            }
            self.server.handle(self.now, Input::Deadline);
            self.settle();
        }
        self.now = end;
    }
}
