//! Random calls of the layer: it never panics, keeps its promises about time, and forgets everything.

use super::super::*;
use super::support::*;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Receive(usize, usize),
    Accept(usize, usize),
    Respond(usize, u16),
    Start(usize, usize),
    Answer(usize, u16),
    Cancel(usize),
    Fail,
    Undelivered(usize),
    Wait(u64),
}

const METHODS: [&str; 5] = ["INVITE", "ACK", "CANCEL", "OPTIONS", "FROB"];
const CODES: [u16; 7] = [100, 180, 200, 302, 408, 486, 603];

fn op() -> impl Strategy<Value = Op> {
    let code = prop::sample::select(CODES.to_vec());
    prop_oneof![
        3 => (0..METHODS.len(), 0..6usize).prop_map(|(m, b)| Op::Receive(m, b)),
        3 => (0..METHODS.len(), 0..6usize).prop_map(|(m, b)| Op::Accept(m, b)),
        4 => (any::<usize>(), code.clone()).prop_map(|(n, c)| Op::Respond(n, c)),
        3 => (0..METHODS.len(), 0..6usize).prop_map(|(m, b)| Op::Start(m, b)),
        4 => (any::<usize>(), code).prop_map(|(n, c)| Op::Answer(n, c)),
        2 => any::<usize>().prop_map(Op::Cancel),
        1 => Just(Op::Fail),
        1 => any::<usize>().prop_map(Op::Undelivered),
        4 => prop_oneof![0..1_000u64, 0..40_000u64].prop_map(Op::Wait),
    ]
}

/// Branches 4 and 5 are those of RFC 2543 peers.
fn bytes(method: usize, branch: usize) -> Vec<u8> {
    match branch {
        4 => request_via(METHODS[method], "SIP/2.0/UDP old.example;branch=1", ""),
        5 => request_via(METHODS[method], "SIP/2.0/UDP old.example;branch=1", ";tag=srv"),
        _ => request(METHODS[method], &branch.to_string()),
    }
}

struct World {
    layer: Layer,
    servers: Vec<(ServerId, Vec<u8>)>,
    clients: Vec<(ClientId, Vec<u8>)>,
    stream: bool,
}

impl World {
    fn flow(&self) -> crate::flow::Flow {
        if self.stream { tcp() } else { udp() }
    }

    fn step(&mut self, op: Op) {
        let (flow, now) = (self.flow(), self.layer.instant());
        match op {
            Op::Receive(method, branch) => {
                self.layer.receive(flow, &bytes(method, branch));
            }
            Op::Accept(method, branch) => {
                let bytes = bytes(method, branch);
                let message = crate::syntax::Message::parse(&bytes).unwrap();
                if let Ok(id) = self.layer.transactions.accept(now, flow, &message, 5) {
                    self.servers.push((id, bytes));
                }
            }
            Op::Respond(n, code) if !self.servers.is_empty() => {
                let (id, bytes) = self.servers[n % self.servers.len()].clone();
                self.layer.respond(id, flow, &bytes, code);
            }
            Op::Start(method, branch) => {
                let bytes = bytes(method, branch);
                if let Ok(id) = self.layer.transactions.start(now, bytes.clone().into(), flow, 9) {
                    self.clients.push((id, bytes));
                }
            }
            Op::Answer(n, code) if !self.clients.is_empty() => {
                let bytes = self.clients[n % self.clients.len()].1.clone();
                self.layer.receive(flow, &response(&bytes, code));
            }
            Op::Cancel(n) if !self.clients.is_empty() => {
                self.layer.cancel(self.clients[n % self.clients.len()].0);
            }
            Op::Fail => self.layer.fail(flow),
            Op::Undelivered(n) if !self.servers.is_empty() => {
                let id = self.servers[n % self.servers.len()].0;
                self.layer.transactions.handle_undelivered(now, id, crate::flow::FlowError::Reset);
            }
            Op::Wait(time) => self.layer.until(self.layer.now + time),
            _ => {}
        }
    }
}

fn run(ops: &[Op], stream: bool) -> World {
    let mut world = World { layer: Layer::new(), servers: Vec::new(), clients: Vec::new(), stream };
    for op in ops {
        world.step(*op);
    }
    world
}

proptest! {
    #[test]
    fn everything_ends_once_the_user_has_answered(
        ops in prop::collection::vec(op(), 1..80),
        stream in any::<bool>(),
    ) {
        let mut world = run(&ops, stream);
        for (id, bytes) in world.servers.clone() {
            let flow = world.flow();
            if world.layer.transactions.is_server_pending(id) {
                prop_assert!(world.layer.respond(id, flow, &bytes, 486));
            }
        }
        for (id, bytes) in world.clients.clone() {
            let flow = world.flow();
            if world.layer.transactions.is_client_pending(id) {
                world.layer.receive(flow, &response(&bytes, 486));
            }
        }
        world.layer.until(world.layer.now + 70_000);
        prop_assert!(world.layer.transactions.is_empty());
        prop_assert_eq!(world.layer.transactions.deadline(), None);
        prop_assert_eq!(world.layer.transactions.footprint(), 0);
    }

    #[test]
    fn same_inputs_give_the_same_outputs(ops in prop::collection::vec(op(), 1..60), stream in any::<bool>()) {
        let (a, b) = (run(&ops, stream).layer, run(&ops, stream).layer);
        prop_assert_eq!(a.sent, b.sent);
        prop_assert_eq!(a.events, b.events);
        prop_assert_eq!(a.entries, b.entries);
    }

    #[test]
    fn each_transaction_ends_at_most_once(ops in prop::collection::vec(op(), 1..80), stream in any::<bool>()) {
        let mut world = run(&ops, stream);
        world.layer.until(world.layer.now + 70_000);
        let mut ended = std::collections::BTreeSet::new();
        for (_, event) in &world.layer.events {
            let (side, name) = match event {
                Event::TimedOut(id, ..) | Event::TransportError(id, ..) | Event::ClientEnded(id, _) => {
                    ("client", format!("{id:?}"))
                }
                Event::NoAck(id, _) | Event::Unanswered(id, _) | Event::ServerEnded(id, _) => {
                    ("server", format!("{id:?}"))
                }
                Event::Undelivered(..) => continue,
            };
            prop_assert!(ended.insert((side, name)), "{:?} again", event);
        }
    }
}
