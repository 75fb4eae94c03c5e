//! A request of ours on its way: which addresses are left to try, and what its answer is for.

use super::command::{BranchId, CallId, PublicationId, RegId, RequestId, SubscriptionId};
use super::draft::Draft;
use super::wallet::Wallet;
use bytes::Bytes;
use ringback_sip::dialog::Forks;
use ringback_sip::flow::{Flow, Target};
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;
use ringback_sip::transaction::ClientId;
use std::collections::{BTreeMap, VecDeque};

/// Names an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ExchangeId(pub(super) u64);

/// Names a request that we serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct InboundId(pub(super) u64);

/// Who owns a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Exchange(ExchangeId),
    Inbound(InboundId),
}

/// What the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Register(RegId),
    /// OPTIONS or MESSAGE outside a call, or MESSAGE inside one.
    Ask(RequestId),
    /// A SUBSCRIBE, outside a dialog or inside one.
    Subscribe(SubscriptionId, BranchId),
    Publish(PublicationId),
    /// A digit inside a call.
    Digit(CallId),
    /// The INVITE that makes the call.
    Invite(CallId),
    /// An INVITE that changes it.
    Reinvite(CallId),
    /// The acknowledgement of a reliable provisional response of a call.
    Prack(CallId),
    /// An UPDATE that changes the session before the call is answered.
    Update(CallId),
    /// The wish that the peer calls somebody else.
    Refer(CallId),
    /// What we tell about the call that the peer of this one wished for.
    Notify(CallId),
    /// The end of it. Whose user wants to know whether the peer heard it.
    Bye(Option<CallId>),
    /// The ACK to a 2xx of the INVITE with this exchange.
    Ack(ExchangeId),
}

/// How far an exchange has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The name of its next hop is being looked up.
    Resolving(Ticket),
    /// It was sent.
    Sent(ClientId),
    /// It had a 2xx, and waits for further ones.
    Accepted(ClientId),
}

/// A request of ours on its way.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) draft: Draft,
    pub(super) purpose: Purpose,
    pub(super) stage: Stage,
    /// Where it went last.
    pub(super) target: Option<Target>,
    /// Over which flow its last response came.
    pub(super) flow: Option<Flow>,
    /// Addresses to try when that fails.
    pub(super) targets: VecDeque<Target>,
    pub(super) wallet: Wallet,
    pub(super) started: Instant,
    /// The bytes that were sent last, of an INVITE.
    pub(super) sent: Bytes,
    /// The dialogs that an INVITE made.
    pub(super) forks: Forks,
    /// The ACKs to the 2xx of an INVITE, by the peer's tag.
    pub(super) acks: BTreeMap<Box<[u8]>, (Flow, Bytes)>,
    /// How often a 422 made it ask for a longer session (RFC 4028 §7.3).
    pub(super) raised: u8,
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
            flow: None,
            targets: VecDeque::new(),
            wallet: Wallet::default(),
            started: now,
            sent: Bytes::new(),
            forks: Forks::default(),
            acks: BTreeMap::new(),
            raised: 0,
            heard: false,
        }
    }

    pub(super) fn client(&self) -> Option<ClientId> {
        match self.stage {
            Stage::Resolving(_) => None,
            Stage::Sent(id) | Stage::Accepted(id) => Some(id),
        }
    }
}
