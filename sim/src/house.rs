//! The server as a machine: its store outlives it.

use crate::host::{Orders, Start, Surroundings};
use crate::store::MemoryStore;
use ringback_roles::server::{Command, Event, Server, ServerSettings};
use ringback_roles::store::{Answer, Ask};
use ringback_sip::entropy::Seed;
use ringback_sip::time::Instant;

/// The surroundings of a server.
#[derive(Debug)]
pub struct House {
    /// Its disk.
    pub store: MemoryStore,
    /// What it starts with.
    pub settings: ServerSettings,
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

    fn hear(&mut self, _: Instant, _: Event, _: &mut Orders<Command>) {}
}
