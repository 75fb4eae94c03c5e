//! The server as a machine: its store outlives it.

use crate::check::{Answers, EveryInviteAnswered, Explained, WellFormed};
use crate::host::{Orders, Start, Surroundings};
use crate::network::Network;
use crate::place::HostId;
use crate::store::MemoryStore;
use core::net::SocketAddr;
use ringback_roles::access::AccessSettings;
use ringback_roles::location::{Domains, Policy};
use ringback_roles::server::{Command, Event, Server, ServerSettings};
use ringback_roles::store::{Answer, Ask};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Transport;
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;

/// The surroundings of a server.
#[derive(Debug)]
pub struct House {
    /// Its disk.
    pub store: MemoryStore,
    /// What it starts with.
    pub settings: ServerSettings,
}

impl House {
    /// Adds the server of the usual town to an empty world, as its first machine, and has it watched: it serves
    /// `example.test` over UDP and TCP, and has accounts for alice, bob and carol. `required`: who calls or registers must
    /// prove who they are.
    pub fn found(net: &mut Network, seed: u64, required: bool) {
        net.watch(WellFormed);
        net.watch(Answers::default());
        net.watch(EveryInviteAnswered::by(&[House::HOST]));
        net.watch(Explained::by(&[House::HOST]));
        let store = MemoryStore::new(Policy::default(), Seed::from_number(seed))
            .with_user("alice@example.test", House::PASSWORD)
            .with_user("bob@example.test", House::PASSWORD)
            .with_user("carol@example.test", House::PASSWORD);
        let sockets = [Transport::Udp, Transport::Tcp].map(|transport| (transport, House::address()));
        let mut settings = ServerSettings::new(Domains::new().with("example.test"));
        settings.access = AccessSettings { required, ..AccessSettings::default() };
        settings.addresses = sockets.to_vec();
        net.add("server", House { store, settings }, &sockets, None);
    }

    /// The first machine.
    pub const HOST: HostId = HostId(0);
    /// The password of the accounts.
    pub const PASSWORD: &str = "open sesame";

    /// Where the server listens.
    pub fn address() -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], 5060))
    }
}

impl Surroundings for House {
    type Node = Server;

    fn boot(&mut self, start: Start) -> Server {
        if start.restarts > 0 {
            self.store.crash(start.now);
        }
        Server::new(self.settings.clone(), start.seed, Seed::from_number(1))
    }

    fn ask(&mut self, now: Instant, ask: Ask) -> Answer {
        self.store.ask(now, ask)
    }

    fn ask_with(&mut self, now: Instant, ticket: Ticket, ask: Ask) -> Option<Answer> {
        self.store.ask_with(now, ticket, ask)
    }

    fn news(&mut self, now: Instant) -> Vec<(Ticket, Answer)> {
        self.store.news(now)
    }

    fn news_at(&self) -> Option<Instant> {
        self.store.deadline()
    }

    fn hear(&mut self, _: Instant, _: Event, _: &mut Orders<Command>) {}
}
