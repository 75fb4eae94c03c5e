//! Next hops that are names (RFC 3263): what the name servers say, which server gets the request, and what happens when
//! it fails, with the journal telling every step.
#![allow(clippy::unwrap_used)]

use ringback_roles::access::AccessSettings;
use ringback_roles::location::{Domains, Policy};
use ringback_roles::server::ServerSettings;
use ringback_sim::check::{Answers, EveryInviteAnswered, Explained, WellFormed};
use ringback_sim::{
    Answer, Checker, HostId, House, MemoryStore, Network, Puppet, Request, Sight, Trouble, Weather, Zone,
    explore,
};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{ResolveError, Target, Transport};
use ringback_sip::journal::{Cause, Entry, Fact, RecordKind, Search, Shown, Step};
use ringback_sip::time::{Duration, Instant};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

/// Two servers of one domain, the first preferred.
const PAIR: &str =
    "_sip._udp.far.test SRV 10 0 5060 s1.far.test\n_sip._udp.far.test SRV 20 0 5070 s2.far.test
    s1.far.test A 203.0.113.1\ns2.far.test A 203.0.113.2";
const ONE: &str = "203.0.113.1:5060";
const TWO: &str = "203.0.113.2:5070";

#[test]
fn a_dead_primary_leads_to_the_secondary_and_is_tried_last_for_a_while() {
    for silent in [false, true] {
        let mut world = World::new(PAIR);
        // Nobody listens at the first address; or its machine has no power.
        if silent {
            let one = world.server(Transport::Udp, ONE, Answer::at_once(200));
            world.net.trouble(Duration::ZERO, Trouble::PowerOff(one));
        }
        let two = world.server(Transport::Udp, TWO, Answer::at_once(200));
        assert_eq!(world.call(), [200], "{silent}");
        let branches = world.branches();
        assert_eq!(branches.iter().map(|(peer, _)| peer.as_str()).collect::<Vec<_>>(), [ONE, TWO]);
        assert!(world.told().any(|fact| matches!(fact, Fact::Quarantined { target, .. } if is(target, ONE))));
        assert_eq!(world.heard(two), 1);
        // The next call does not wait for the dead one; once it was long enough, it is asked first again.
        world.forget();
        assert_eq!(world.call(), [200]);
        assert_eq!(world.branches(), [(TWO.to_owned(), 0)]);
        assert!(
            world.steps().iter().any(|s| matches!(s, Step::Quarantined { target, .. } if is(*target, ONE)))
        );
        world.net.run_for(Duration::from_secs(31));
        world.forget();
        world.call();
        assert_eq!(world.branches()[0].0, ONE);
    }
}

#[test]
fn a_503_with_retry_after_keeps_the_server_last_as_long_as_it_asks() {
    let mut world = World::new(PAIR);
    let one = world.server(Transport::Udp, ONE, Answer::at_once(503).with("Retry-After", "30 (lunch)"));
    let two = world.server(Transport::Udp, TWO, Answer::at_once(200));
    assert_eq!(world.call(), [200]);
    let first = world.net.now();
    assert_eq!((world.heard(one), world.heard(two)), (1, 1));
    while world.net.now().since(first) < Duration::from_secs(28) {
        assert_eq!(world.call(), [200]);
    }
    assert_eq!(world.heard(one), 1, "it is left alone");
    let calls = world.heard(two);
    world.net.run_for(Duration::from_secs(4));
    world.call();
    assert_eq!((world.heard(one), world.heard(two)), (2, calls + 1), "then it is asked first again");
}

#[test]
fn a_503_without_retry_after_moves_the_call_and_says_nothing_of_the_next_one() {
    let mut world = World::new(PAIR);
    let one = world.server(Transport::Udp, ONE, Answer::at_once(503));
    world.server(Transport::Udp, TWO, Answer::at_once(200));
    assert_eq!((world.call(), world.call()), (vec![200], vec![200]));
    assert_eq!(world.heard(one), 2);
    assert!(!world.told().any(|fact| matches!(fact, Fact::Quarantined { .. })));
}

#[test]
fn when_all_are_put_last_they_are_tried_all_the_same_and_an_answer_takes_one_back() {
    let mut world = World::new(PAIR);
    let one = world.server(Transport::Udp, ONE, Answer::at_once(503).with("Retry-After", "600"));
    world.server(Transport::Udp, TWO, Answer::at_once(503).with("Retry-After", "600"));
    assert_eq!(world.call(), [500], "a lone 503 speaks of the servers, not of us");
    world.puppet(one).answer = Answer::at_once(200);
    world.net.trouble(Duration::ZERO, Trouble::Crash(one));
    world.net.trouble(Duration::from_millis(1), Trouble::Boot(one, 0));
    world.net.run_for(Duration::from_secs(1));
    assert_eq!(world.call(), [200]);
    assert!(world.told().any(|fact| matches!(fact, Fact::Released { target } if is(target, ONE))));
}

#[test]
fn naptr_that_prefers_tcp_is_obeyed_and_what_we_have_not_is_passed_over() {
    let zone = format!(
        "far.test NAPTR 10 0 s SIPS+D2T - _sips._tcp.far.test\nfar.test NAPTR 20 0 s SIP+D2T - _sip._tcp.far.test
        far.test NAPTR 30 0 s SIP+D2U - _sip._udp.far.test\n_sip._tcp.far.test SRV 0 0 5080 s1.far.test\n{PAIR}"
    );
    let mut world = World::new(&zone);
    let tcp = world.server(Transport::Tcp, "203.0.113.1:5080", Answer::at_once(200));
    let udp = world.server(Transport::Udp, ONE, Answer::at_once(200));
    assert_eq!(world.call(), [200]);
    assert_eq!((world.heard(tcp), world.heard(udp)), (1, 0));
    let verdicts: Vec<_> = world
        .steps()
        .into_iter()
        .filter_map(|step| match step {
            Step::Naptr { service, verdict, .. } => Some(format!("{service} {}", verdict.id())),
            _ => None,
        })
        .collect();
    assert_eq!(verdicts, ["SIPS+D2T no-transport", "SIP+D2T taken", "SIP+D2U later-order"]);
}

#[test]
fn calls_are_spread_over_the_servers_by_their_weights_and_a_call_stays_with_its_server() {
    let zone = "_sip._udp.far.test SRV 0 30 5060 s1.far.test\n_sip._udp.far.test SRV 0 10 5070 s2.far.test
        s1.far.test A 203.0.113.1\ns2.far.test A 203.0.113.2";
    let mut world = World::new(zone);
    let one = world.server(Transport::Udp, ONE, Answer::at_once(486));
    let two = world.server(Transport::Udp, TWO, Answer::at_once(486));
    for _ in 0..200 {
        assert_eq!(world.call(), [486]);
    }
    let (one, two) = (world.heard(one), world.heard(two));
    assert_eq!(one + two, 200);
    assert!((120..180).contains(&one), "{one} of 200, expected about 148");
}

#[test]
fn cancel_and_ack_follow_their_invite_whatever_the_name_servers_say_meanwhile() {
    let mut world = World::new(PAIR);
    let one = world.server(Transport::Udp, ONE, Answer::at_once(503));
    let two = world.server(Transport::Udp, TWO, Answer::ringing());
    let request = Request { cancel_after: Some(Duration::from_secs(2)), ..world.request() };
    world.net.order::<Puppet>(world.alice, Duration::ZERO, request);
    world.net.run_for(Duration::from_secs(1));
    world.net.set_zone(Zone::new("far.test A 203.0.113.99"));
    world.net.settle(Duration::from_secs(200)).unwrap();
    let got = |world: &World, host, method| world.puppet_of(host).requests(method);
    assert_eq!((got(&world, two, "CANCEL"), got(&world, two, "ACK")), (1, 1), "487 is acknowledged there");
    assert_eq!((got(&world, one, "CANCEL"), got(&world, one, "ACK")), (0, 1), "503 is acknowledged here");
    assert_eq!(world.puppet_of(world.alice).statuses("INVITE").last(), Some(&487));
}

#[test]
fn each_failure_of_the_name_servers_has_its_code_and_the_journal_names_the_question() {
    let rows: [(&str, u16, ResolveError, RecordKind, &str); 5] = [
        ("* SILENT", 504, ResolveError::Timeout, RecordKind::Naptr, "far.test"),
        (
            "_sip._udp.far.test SILENT\nfar.test A 203.0.113.1",
            504,
            ResolveError::Timeout,
            RecordKind::Srv,
            "_sip._udp.far.test",
        ),
        ("* SERVFAIL", 500, ResolveError::Failed, RecordKind::Address, "far.test"),
        ("else.test A 203.0.113.1", 500, ResolveError::NoSuchName, RecordKind::Address, "far.test"),
        (
            "_sip._udp.far.test SRV 0 0 5060 gone.test",
            500,
            ResolveError::NoSuchName,
            RecordKind::Address,
            "gone.test",
        ),
    ];
    for (zone, status, error, kind, name) in rows {
        let mut world = World::new(zone);
        assert_eq!(world.call(), [status], "{zone}");
        let name = Shown::from(name);
        assert!(
            world.steps().iter().any(|step| matches!(step, Step::Asked { name: n, kind: k, answer: Err(_) }
                if *n == name && *k == kind)),
            "{zone}: {:?}",
            world.steps()
        );
        let cause = Cause::Dns { name: Shown::from("far.test"), error };
        assert!(world.told().any(|fact| fact.cause() == Some(&cause)), "{zone}: {cause:?}");
        // The same flow without the reason: the name leads to a server.
        world.net.set_zone(Zone::new("far.test A 203.0.113.1"));
        world.server(Transport::Udp, ONE, Answer::at_once(200));
        assert_eq!(world.call(), [200], "{zone}");
    }
}

#[test]
fn a_slow_name_server_delays_a_call_and_does_not_break_it() {
    let mut world = World::new(&format!("{PAIR}\n_sip._udp.far.test SLOW 1500"));
    world.server(Transport::Udp, ONE, Answer::at_once(200));
    assert_eq!(world.call(), [200]);
    let waited = world.elapsed_to_branch();
    assert!(waited >= Duration::from_millis(1500) && waited < Duration::from_secs(2), "{waited:?}");
}

#[test]
fn calls_by_name_end_in_any_weather() {
    explore(300, |seed, traced| {
        let mut world = World::seeded(seed, traced, PAIR);
        let mut dice = world.net.split_dice();
        for (address, prefer) in [(ONE, [503, 200]), (TWO, [200, 486])] {
            let answer = match dice.below(3) {
                0 => Answer::silent(),
                n => Answer::at_once(prefer[n as usize - 1]).with("Retry-After", "5"),
            };
            if dice.below(4) > 0 {
                world.server(Transport::Udp, address, answer);
            }
        }
        world.net.set_weather(Weather::rolled(&mut dice));
        for second in 0..3 {
            let mut request = world.request();
            request.cancel_after = (dice.below(3) == 0).then(|| dice.between(SECOND, SECOND * 50));
            world.net.order::<Puppet>(world.alice, SECOND * second * 20, request);
        }
        world.net.run_for(SECOND * 60);
        world.net.settle(SECOND * 900).map_err(|e| world.net.with_trace(&e))?;
        world.net.verdict()
    });
}

const SECOND: Duration = Duration::from_secs(1);
const SERVER: HostId = HostId(0);
const ADDRESS: &str = "192.0.2.1:5060";
const ALICE: &str = "198.51.100.1:5060";

/// A server, a phone of alice, name servers, and servers of another domain.
struct World {
    net: Network,
    alice: HostId,
    journal: Rc<RefCell<Vec<Entry>>>,
    begun: Instant,
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.net.verdict().unwrap();
        }
    }
}

/// Keeps what the server writes into its journal.
struct Reader(Rc<RefCell<Vec<Entry>>>);

impl Checker for Reader {
    fn see(&mut self, _: Instant, sight: &Sight) -> Result<(), String> {
        if let Sight::Journal(SERVER, entry) = sight {
            self.0.borrow_mut().push((**entry).clone());
        }
        Ok(())
    }
}

impl World {
    fn new(zone: &str) -> Self {
        Self::seeded(1, false, zone)
    }

    fn seeded(seed: u64, traced: bool, zone: &str) -> Self {
        let mut net = Network::new(seed, traced);
        let journal = Rc::default();
        net.watch(WellFormed);
        net.watch(Answers::default());
        net.watch(EveryInviteAnswered::by(&[SERVER]));
        net.watch(Explained::by(&[SERVER]));
        net.watch(Reader(Rc::clone(&journal)));
        net.set_zone(Zone::new(zone));
        let mut settings = ServerSettings::new(Domains::new().with("example.test"));
        settings.access = AccessSettings { required: false, ..AccessSettings::default() };
        let sockets = [Transport::Udp, Transport::Tcp].map(|t| (t, address(ADDRESS)));
        settings.addresses = sockets.to_vec();
        let store = MemoryStore::new(Policy::default(), Seed::from_number(seed))
            .with_user("alice@example.test", "secret");
        net.add("server", House { store, settings }, &sockets, None);
        let phone = Puppet::new(Transport::Udp, address(ALICE), Answer::silent());
        let alice = net.add("alice", phone, &[(Transport::Udp, address(ALICE))], None);
        let begun = net.now();
        World { net, alice, journal, begun }
    }

    /// A server of the other domain.
    fn server(&mut self, transport: Transport, at: &str, answer: Answer) -> HostId {
        let puppet = Puppet::new(transport, address(at), answer);
        self.net.add(at, puppet, &[(transport, address(at))], None)
    }

    fn request(&self) -> Request {
        let request = Request::new("INVITE", "sip:bob@far.test", address(ADDRESS));
        Request { from: "sip:alice@example.test".to_owned(), to: request.uri.clone(), ..request }
    }

    /// Alice calls once, until all is over but what a transaction remembers; the final codes that she heard.
    fn call(&mut self) -> Vec<u16> {
        self.begun = self.net.now();
        let before = self.puppet_of(self.alice).heard.len();
        let request = self.request();
        self.net.order::<Puppet>(self.alice, Duration::ZERO, request);
        for _ in 0..800 {
            self.net.run_for(Duration::from_millis(100));
            let heard = &self.puppet_of(self.alice).heard[before..];
            let finals: Vec<u16> = heard.iter().map(|(_, g)| g.status).filter(|s| *s >= 200).collect();
            if !finals.is_empty() {
                return finals;
            }
        }
        panic!("no answer: {:?}", self.journal.borrow());
    }

    /// How many INVITEs a server got, copies left out.
    fn heard(&self, host: HostId) -> usize {
        let heard = self.puppet_of(host).heard.iter().filter(|(_, g)| g.request == "INVITE");
        heard.map(|(_, g)| g.transaction()).collect::<std::collections::BTreeSet<_>>().len()
    }

    fn puppet_of(&self, host: HostId) -> &Puppet {
        &self.net.machine::<Puppet>(host).around
    }

    fn puppet(&mut self, host: HostId) -> &mut Puppet {
        &mut self.net.machine_mut::<Puppet>(host).around
    }

    fn forget(&mut self) {
        self.journal.borrow_mut().clear();
    }

    fn told(&self) -> impl Iterator<Item = Fact> {
        self.journal.borrow().iter().map(|entry| entry.fact.clone()).collect::<Vec<_>>().into_iter()
    }

    /// The branches in order: to which peer, and the number.
    fn branches(&self) -> Vec<(String, u32)> {
        let branch = |fact| match fact {
            Fact::Branch { branch, peer, .. } => Some((peer.to_string(), branch)),
            _ => None,
        };
        self.told().filter_map(branch).collect()
    }

    /// The steps of the last search.
    fn steps(&self) -> Vec<Step> {
        let search = |fact| match fact {
            Fact::Located(search) => Some(search),
            _ => None,
        };
        self.told()
            .filter_map(search)
            .last()
            .map(|search: Box<Search>| search.steps.to_vec())
            .unwrap_or_default()
    }

    /// How long after the call its first branch was sent.
    fn elapsed_to_branch(&self) -> Duration {
        let journal = self.journal.borrow();
        let entry = journal.iter().find(|entry| matches!(entry.fact, Fact::Branch { .. })).unwrap();
        entry.at.since(self.begun)
    }
}

fn is(target: Target, at: &str) -> bool {
    target.address == address(at)
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}
