//! A town of phones around one server.

use ringback_roles::location::Aor;
use ringback_sim::{
    Answer, CommandOf, Dice, Heard, HostId, House, Mapping, Nat, NatId, Network, Orders, Puppet, Request,
    Start, Surroundings,
};
use ringback_sip::auth::{Answer as Proof, Challenge};
use ringback_sip::flow::Transport;
use ringback_sip::node::Deadline;
use ringback_sip::node::Node;
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;

pub(crate) const SERVER: HostId = House::HOST;

/// The world of one schedule.
pub(crate) struct Town {
    pub(crate) net: Network,
    pub(crate) phones: u8,
}

impl Town {
    /// A server with the accounts alice and bob; `locked`: who calls or registers must prove who they are.
    pub(crate) fn new(seed: u64, traced: bool, locked: bool) -> Self {
        let mut net = Network::new(seed, traced);
        House::found(&mut net, seed, locked);
        Town { net, phones: 0 }
    }

    /// A translator, in some schedules.
    pub(crate) fn nat(&mut self, dice: &mut Dice) -> Option<NatId> {
        let mapping = *dice.pick(&[Mapping::FullCone, Mapping::Restricted, Mapping::Symmetric]);
        let idle_max = Duration::from_secs(*dice.pick(&[30, 600]));
        (dice.below(2) == 0)
            .then(|| self.net.add_nat(Nat::new("203.0.113.7".parse().unwrap(), mapping, idle_max)))
    }

    /// A phone of `user`, at an address of its own. Who is called mallory does not know the password.
    pub(crate) fn phone(
        &mut self,
        user: &str,
        transport: Transport,
        answer: Answer,
        home: Option<NatId>,
    ) -> HostId {
        self.phones += 1;
        let net = if home.is_some() { "192.168.1" } else { "198.51.100" };
        let address: SocketAddr = format!("{net}.{}:5060", self.phones).parse().unwrap();
        let person = Person {
            puppet: Puppet::new(transport, address, answer),
            user: user.to_owned(),
            said: BTreeMap::new(),
            proofs: 0,
        };
        self.net.add(&format!("{user}{}", self.phones), person, &[(transport, address)], home)
    }

    /// The REGISTER of a phone for `user`.
    pub(crate) fn register(&self, phone: HostId, user: &str) -> Request {
        let puppet = &self.person(phone).puppet;
        let aor = format!("sip:{user}@example.test");
        let contact = format!("<sip:{user}@{};transport={}>", puppet.address, puppet.transport.uri_name());
        let request = Request::new("REGISTER", "sip:example.test", House::address());
        Request { from: aor.clone(), to: aor, ..request }.with("Contact", &contact)
    }

    pub(crate) fn person(&self, id: HostId) -> &Person {
        &self.net.machine::<Person>(id).around
    }
}

/// A request of bob, most often a call; of a call sometimes an early end.
pub(crate) fn rolled_request(dice: &mut Dice) -> Request {
    let method = *dice.pick(&["INVITE", "INVITE", "INVITE", "MESSAGE", "OPTIONS"]);
    let is_call = method == "INVITE";
    let some = |dice: &mut Dice| dice.between(Duration::ZERO, Duration::from_secs(9));
    Request {
        bye_after: (is_call && dice.below(2) == 0).then(|| some(dice)),
        cancel_after: (is_call && dice.below(3) == 0).then(|| some(dice)),
        ..request(method)
    }
}

/// A request of alice to bob.
pub(crate) fn request(method: &str) -> Request {
    let request = Request::new(method, "sip:bob@example.test", House::address());
    Request { from: "sip:alice@example.test".to_owned(), ..request }
}

/// Has a phone send something.
pub(crate) fn order(net: &mut Network, phone: HostId, after: Duration, request: Request) {
    net.machine_mut::<Person>(phone).around.said.insert(request.method.clone(), request.clone());
    net.order::<Person>(phone, after, request);
}

/// Lets the world come to rest, and judges it: what the observers say, whether the server has forgotten all that is
/// over, and whether what it acknowledged is bound.
pub(crate) fn settled(town: &mut Town) -> Result<(), String> {
    town.net.settle(Duration::from_secs(900)).map_err(|e| town.net.with_trace(&e))?;
    town.net.verdict()?;
    forgotten(town).and_then(|()| bound(town)).map_err(|e| town.net.with_trace(&e))
}

fn forgotten(town: &Town) -> Result<(), String> {
    let machine = town.net.machine::<House>(SERVER);
    let Some(server) = machine.node() else { return Ok(()) };
    // A call that nobody ended is followed until its time has come.
    if let Some((_, deadline)) = server.deadline().filter(|(_, deadline)| *deadline != Deadline::Expiry) {
        return Err(format!("the server waits for {deadline:?}"));
    }
    match (server.len(), server.transactions()) {
        (0, 0) if server.is_empty() => Ok(()),
        (requests, transactions) => {
            Err(format!("the server still holds {requests} requests and {transactions} transactions"))
        }
    }
}

fn bound(town: &Town) -> Result<(), String> {
    let store = &town.net.machine::<House>(SERVER).around.store;
    let bindings = store.bindings(&Aor::from_canonical(b"bob@example.test"));
    for phone in (1..=usize::from(town.phones)).map(HostId) {
        let heard = &town.person(phone).puppet.heard;
        let granted = heard.iter().filter(|(_, g)| g.status == 200 && g.method() == "REGISTER");
        for row in granted.flat_map(|(_, g)| g.headers.get("contact").into_iter().flatten()) {
            let contact = row.split(['<', '>']).nth(1).unwrap();
            if !bindings.live(town.net.now()).any(|b| b.contact() == contact.as_bytes()) {
                return Err(format!("{contact} was acknowledged and is lost"));
            }
        }
    }
    Ok(())
}

/// A scripted phone whose user knows a password, and answers challenges with it.
pub(crate) struct Person {
    pub(crate) puppet: Puppet,
    user: String,
    /// The last request of each method, to be repeated with credentials.
    said: BTreeMap<String, Request>,
    proofs: u32,
}

impl Surroundings for Person {
    type Node = <Puppet as Surroundings>::Node;

    fn boot(&mut self, start: Start) -> Self::Node {
        self.puppet.boot(start)
    }

    fn ask(&mut self, now: Instant, ask: Infallible) -> Infallible {
        self.puppet.ask(now, ask)
    }

    fn hear(&mut self, now: Instant, heard: Heard, orders: &mut Orders<CommandOf<Self>>) {
        if let Heard::Message(_, glance) = &heard
            && let Some((header, answer)) = challenge(glance)
            && self.proofs < PROOFS_MAX
            && let Some(request) = self.said.get(glance.method())
        {
            self.proofs += 1;
            let challenge = Challenge::parse(answer.as_bytes()).unwrap();
            let known = if self.user == "mallory" { "a guess" } else { House::PASSWORD };
            let user = if self.user == "mallory" { "bob" } else { &self.user };
            let proof = challenge.answer(&Proof {
                user: user.as_bytes(),
                secret: &challenge.secret_of(user.as_bytes(), known.as_bytes()),
                method: request.method.as_bytes(),
                uri: request.uri.as_bytes(),
                body: b"",
                nonce_count: 1,
                cnonce: b"c",
            });
            let again = request.clone().with(header, std::str::from_utf8(&proof).unwrap());
            orders.give(Duration::from_millis(1), again);
        }
        self.puppet.hear(now, heard, orders);
    }
}

/// The header of credentials and the first challenge, when the server asks for proof.
fn challenge(glance: &ringback_sim::Glance) -> Option<(&'static str, &str)> {
    match glance.status {
        401 => Some(("Authorization", glance.header("www-authenticate")?)),
        407 => Some(("Proxy-Authorization", glance.header("proxy-authenticate")?)),
        _ => None,
    }
}

/// How often a user tries; a copy of a challenge counts.
const PROOFS_MAX: u32 = 4;
