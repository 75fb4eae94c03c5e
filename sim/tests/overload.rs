//! Two servers, one behind the other: who has too much to do asks its neighbour for less, and gets less until it is over
//! (RFC 7339).
#![allow(clippy::unwrap_used)]

use ringback_roles::access::AccessSettings;
use ringback_roles::location::{Domains, Policy};
use ringback_roles::routing::plan::{
    Action, Conditions, HopGroup, HopTarget, Plan, Rewrite, Rule, UserPattern,
};
use ringback_roles::server::ServerSettings;
use ringback_sim::check::{Answers, Explained, WellFormed};
use ringback_sim::{Answer, Checker, HostId, House, MemoryStore, Network, Puppet, Request, Sight, Trouble};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Transport;
use ringback_sip::time::{Duration, Instant};
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

#[test]
fn an_overloaded_server_gets_fewer_calls_from_its_neighbour_until_it_has_recovered() {
    for seed in 0..20 {
        let mut world = World::new(seed);
        assert_eq!(world.call(CALLS), (CALLS, vec![480]), "nobody is there, but all are asked for");
        world.strain(true);
        // The wish grows as long as the strain lasts, to nine of ten.
        world.call(CALLS);
        let (came, told) = world.call(CALLS);
        assert!((1..=CALLS / 4).contains(&came), "seed {seed}: {came} came");
        // What it kept back is 503 of the first server; what the second one refuses is no 503 of the first (RFC 3261 §16.7).
        assert!(told.contains(&503) && told.iter().all(|code| [500, 503].contains(code)), "{told:?}");
        world.strain(false);
        world.net.run_for(SECOND * 20);
        assert_eq!(world.call(CALLS), (CALLS, vec![480]), "seed {seed}: the wish is over");
        world.net.verdict().unwrap();
    }
}

#[test]
fn what_an_obedient_neighbour_sends_settles_near_what_can_be_served_and_grows_again_when_more_can() {
    let mut world = World::new(1);
    let done = Rc::new(Cell::new([0, 0]));
    world.net.watch(Served { by: world.back, done: done.clone() });
    // Twice as much is offered as can be served; then less.
    world.offer(OFFERED * 14);
    let mut queue = Queue { done, ..Queue::default() };
    let first = world.work(&mut queue, CAPACITY, SECOND * 2);
    assert!(first.served + first.refused <= CAPACITY as usize * 7 / 2, "not all comes any more: {first:?}");
    let settled = world.work(&mut queue, CAPACITY, SECOND * 6);
    assert!(
        settled.served >= CAPACITY as usize * 6 * 9 / 10,
        "nine tenths of what can be served are: {settled:?}"
    );
    assert!(settled.refused <= settled.served / 10, "few come in vain: {settled:?}");
    let freed = world.work(&mut queue, OFFERED * 2, SECOND * 6);
    assert!(freed.served >= OFFERED as usize * 4, "it takes more soon after it can: {freed:?}");
    world.net.verdict().unwrap();
}

// ---------------------------------------------------------------------------------------------------------------

/// What the second server did with calls: served, and refused.
struct Served {
    by: HostId,
    done: Rc<Cell<[usize; 2]>>,
}

impl Checker for Served {
    fn see(&mut self, _: Instant, sight: &Sight) -> Result<(), String> {
        if let Sight::Sent(host, _, seen) = sight
            && *host == self.by
            && let Some(glance) = seen.glance()
            && glance.status >= 200
            && glance.method() == "INVITE"
        {
            let mut done = self.done.get();
            done[usize::from(glance.status == 503)] += 1;
            self.done.set(done);
        }
        Ok(())
    }
}

/// The work that the calls would be if it took time: what waits, as a part of a second.
#[derive(Default)]
struct Queue {
    done: Rc<Cell<[usize; 2]>>,
    waits: f64,
    strained: bool,
}

#[derive(Debug)]
struct Account {
    served: usize,
    refused: usize,
}

/// Calls that can be served in a second,
const CAPACITY: u32 = 60;
/// and calls in a second that are offered.
const OFFERED: u32 = 2 * CAPACITY;
/// What a refusal costs beside a call.
const REFUSAL: f64 = 0.2;
/// So much work is strain, and with so little it is over.
const MARKS: [f64; 2] = [0.05, 0.015];

const SECOND: Duration = Duration::from_secs(1);
/// How many calls are made in a row, five a second.
const CALLS: usize = 40;
const BACK: &str = "192.0.2.2:5060";

struct World {
    net: Network,
    alice: HostId,
    back: HostId,
}

impl World {
    /// Numbers that begin with 0 go from the first server to the second, where nobody is at home.
    fn new(seed: u64) -> Self {
        let mut net = Network::new(seed, true);
        net.watch(WellFormed);
        net.watch(Answers::default());
        let to_back = HopTarget { uri: format!("sip:{BACK}").as_str().into(), weight: 1, priority: 1 };
        let rule = Rule {
            name: "out".into(),
            line: 1,
            when: Conditions { users: vec![UserPattern::Prefix("0".into())], ..Conditions::default() },
            is_open: true,
            rewrite: Rewrite::default(),
            action: Action::Hops(0),
        };
        let group = HopGroup { name: "back".into(), line: 1, targets: vec![to_back], probe: None };
        let plan = Plan { rules: vec![rule], hops: vec![group], ..Plan::default() };
        let front = server(&mut net, "front", House::address(), plan);
        let back = server(&mut net, "back", BACK.parse().unwrap(), Plan::default());
        net.watch(Explained::by(&[front, back]));
        let address = SocketAddr::from(([198, 51, 100, 1], 5060));
        let phone = Puppet::new(Transport::Udp, address, Answer::silent());
        let alice = net.add("alice", phone, &[(Transport::Udp, address)], None);
        World { net, alice, back }
    }

    fn strain(&mut self, strained: bool) {
        self.net.trouble(Duration::ZERO, Trouble::Strain(self.back, strained));
        self.net.run_for(SECOND / 100);
    }

    /// Alice makes so many calls, each as soon as it is its turn.
    fn offer(&mut self, count: u32) {
        for n in 0..count {
            self.order(SECOND / OFFERED * n);
        }
    }

    /// Lets the second server work for a time; what is too much for it strains it.
    fn work(&mut self, queue: &mut Queue, capacity: u32, time: Duration) -> Account {
        let step = SECOND / 1000;
        let [served, refused] = queue.done.get();
        for _ in 0..(time.as_millis() / step.as_millis()) {
            let before = queue.done.get();
            self.net.run_for(step);
            let now = queue.done.get();
            let [calls, refusals] = [0, 1].map(|n| (now[n] - before[n]) as f64);
            queue.waits += (calls + refusals * REFUSAL) / f64::from(capacity);
            queue.waits = (queue.waits - 0.001).max(0.0);
            let strained = queue.waits > MARKS[usize::from(queue.strained)];
            if strained != queue.strained {
                self.net.trouble(Duration::ZERO, Trouble::Strain(self.back, strained));
                queue.strained = strained;
            }
        }
        let now = queue.done.get();
        Account { served: now[0] - served, refused: now[1] - refused }
    }

    fn order(&mut self, after: Duration) {
        let request = Request::new("INVITE", "sip:0201234567@example.test", House::address());
        let request = Request { from: "sip:alice@example.test".to_owned(), ..request };
        self.net.order::<Puppet>(self.alice, after, request);
    }

    /// Alice makes calls in a row: how many came to the second server, and with which codes they ended.
    fn call(&mut self, count: usize) -> (usize, Vec<u16>) {
        let came = |net: &Network| {
            let text = net.with_trace("");
            text.lines().filter(|line| line.contains(" back <- ") && line.contains(" INVITE sip:")).count()
        };
        let before = came(&self.net);
        self.net.machine_mut::<Puppet>(self.alice).around.heard.clear();
        for n in 0..count {
            self.order(SECOND / 5 * n as u32);
        }
        self.net.run_for(SECOND / 5 * count as u32);
        let mut codes = self.net.machine::<Puppet>(self.alice).around.statuses("INVITE");
        codes.retain(|code| *code >= 200);
        codes.dedup();
        (came(&self.net) - before, codes)
    }
}

fn server(net: &mut Network, name: &str, address: SocketAddr, plan: Plan) -> HostId {
    let sockets = [(Transport::Udp, address)];
    let mut settings =
        ServerSettings::new(Domains::new().with("example.test").with_alias(&address.ip().to_string()));
    settings.access = AccessSettings { required: false, ..AccessSettings::default() };
    settings.addresses = sockets.to_vec();
    settings.plan = Arc::new(plan);
    let store =
        MemoryStore::new(Policy::default(), Seed::from_number(7)).with_user("0201234567@example.test", "x");
    net.add(name, House { store, settings }, &sockets, None)
}
