//! Who uses an agent.

use crate::host::{Orders, Start, Surroundings};
use ringback_roles::agent::{Agent, AgentSettings, Command, Event};
use ringback_sip::time::Instant;
use std::convert::Infallible;

/// The surroundings of an agent: somebody who hears its news and gives it orders. An agent asks no store.
pub trait AgentUser: 'static {
    /// What the agent starts with, at the first start and after each crash.
    fn settings(&self) -> &AgentSettings;

    /// Hears news.
    fn hear(&mut self, now: Instant, event: Event, orders: &mut Orders<Command>);
}

impl<U: AgentUser> Surroundings for U {
    type Node = Agent;

    fn boot(&mut self, start: Start) -> Agent {
        Agent::new(self.settings().clone(), start.seed)
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        match ask {}
    }

    fn hear(&mut self, now: Instant, event: Event, orders: &mut Orders<Command>) {
        AgentUser::hear(self, now, event, orders);
    }
}
