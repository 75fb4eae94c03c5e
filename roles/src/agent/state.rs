//! The agent and what all of its parts need.

use super::event::Event;
use super::exchange::{Exchange, ExchangeId};
use super::registered::Registration;
use super::settings::AgentSettings;
use core::convert::Infallible;
use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::flow::Transport;
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::node::Output;
use ringback_sip::syntax::Uri;
use ringback_sip::time::Instant;
use ringback_sip::transaction::Transactions;
use std::collections::{BTreeMap, VecDeque};

/// What the agent gives its driver.
pub(super) type Out = Output<Infallible, Event>;

/// A user agent (RFC 3261 §8, §10, §11, RFC 3428): one node behind `ringback register`, `message` and `ping`.
#[derive(Debug)]
pub struct Agent {
    pub(super) settings: AgentSettings,
    pub(super) transactions: Transactions<ExchangeId>,
    pub(super) entropy: Entropy,
    pub(super) now: Instant,
    pub(super) outputs: VecDeque<Out>,
    pub(super) exchanges: BTreeMap<ExchangeId, Exchange>,
    pub(super) registration: Option<Registration>,
    /// When to register again.
    pub(super) register_at: Option<Instant>,
    numbers: u64,
}

impl Agent {
    /// An agent that has done nothing yet.
    pub fn new(settings: AgentSettings, seed: Seed) -> Self {
        let transactions = Transactions::new(settings.timers, settings.limits, seed.derive(b"transactions"));
        Agent {
            settings,
            transactions,
            entropy: Entropy::new(seed.derive(b"agent")),
            now: Instant::EPOCH,
            outputs: VecDeque::new(),
            exchanges: BTreeMap::new(),
            registration: None,
            register_at: None,
            numbers: 0,
        }
    }

    /// How many transactions and requests under way there are; zero when the agent is at rest.
    pub fn busy(&self) -> usize {
        self.transactions.len() + self.exchanges.len()
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn new_tag(&mut self) -> Box<[u8]> {
        self.entropy.token().as_bytes().into()
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Deliver(event));
    }

    pub(super) fn note(&mut self, call_id: &[u8], fact: Fact) {
        self.outputs.push_back(Output::Journal(Entry::new(self.now, call_id, fact)));
    }

    /// The user part of our address of record; also that of our Contact.
    pub(super) fn user(&self) -> String {
        Uri::parse(self.settings.aor.as_bytes())
            .map(|uri| String::from_utf8_lossy(uri.user).into_owned())
            .unwrap_or_default()
    }

    /// The value of From in a request outside a dialog.
    pub(super) fn our_from(&self, tag: &[u8]) -> Box<[u8]> {
        let tag = String::from_utf8_lossy(tag);
        let display = self.settings.display.replace('\\', "\\\\").replace('"', "\\\"");
        let display = if display.is_empty() { display } else { format!("\"{display}\" ") };
        format!("{display}<{}>;tag={tag}", self.settings.aor).into_bytes().into()
    }

    /// Whether we can take and send this kind of flow.
    pub(super) fn speaks(&self, transport: Transport) -> bool {
        self.settings.locals.iter().any(|l| l.transport == transport)
    }
}

/// The methods that we serve.
pub(super) const ALLOW: &str = "OPTIONS, MESSAGE";
/// Who we are, for User-Agent and Server.
pub(super) const PRODUCT: &str = concat!("Ringback/", env!("CARGO_PKG_VERSION"));
