//! A request of ours on its way: which addresses are left to try, and what its answer is for.

use super::command::RequestId;
use super::draft::Draft;
use super::wallet::Wallet;
use ringback_sip::flow::Target;
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;
use ringback_sip::transaction::ClientId;
use std::collections::VecDeque;

/// Names an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ExchangeId(pub(super) u64);

/// What the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Register,
    /// OPTIONS or MESSAGE.
    Ask(RequestId),
}

/// How far an exchange has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The name of its next hop is being looked up.
    Resolving(Ticket),
    /// It was sent.
    Sent(ClientId),
}

/// A request of ours on its way.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) draft: Draft,
    pub(super) purpose: Purpose,
    pub(super) stage: Stage,
    /// Where it went last.
    pub(super) target: Option<Target>,
    /// Addresses to try when that fails.
    pub(super) targets: VecDeque<Target>,
    pub(super) wallet: Wallet,
    pub(super) started: Instant,
    /// Whether any response came over the present target.
    pub(super) heard: bool,
}

impl Exchange {
    pub(super) fn new(draft: Draft, purpose: Purpose, ticket: Ticket, now: Instant) -> Self {
        Exchange {
            draft,
            purpose,
            stage: Stage::Resolving(ticket),
            target: None,
            targets: VecDeque::new(),
            wallet: Wallet::default(),
            started: now,
            heard: false,
        }
    }

    pub(super) fn client(&self) -> Option<ClientId> {
        match self.stage {
            Stage::Resolving(_) => None,
            Stage::Sent(id) => Some(id),
        }
    }
}
