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
use ringback_sim::{Answer, HostId, House, MemoryStore, Network, Puppet, Request, Trouble};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Transport;
use ringback_sip::time::Duration;
use std::net::SocketAddr;
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

// ---------------------------------------------------------------------------------------------------------------

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

    /// Alice makes calls in a row: how many came to the second server, and with which codes they ended.
    fn call(&mut self, count: usize) -> (usize, Vec<u16>) {
        let came = |net: &Network| {
            let text = net.with_trace("");
            text.lines().filter(|line| line.contains(" back <- ") && line.contains(" INVITE sip:")).count()
        };
        let before = came(&self.net);
        self.net.machine_mut::<Puppet>(self.alice).around.heard.clear();
        for n in 0..count {
            let request = Request::new("INVITE", "sip:0201234567@example.test", House::address());
            let request = Request { from: "sip:alice@example.test".to_owned(), ..request };
            self.net.order::<Puppet>(self.alice, SECOND / 5 * n as u32, request);
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
