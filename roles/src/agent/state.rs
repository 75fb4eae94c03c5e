//! The agent and what all of its parts need.

use super::alarms::Alarms;
use super::call::{Accepting, Call, Change, Inbound, MergeKey, OurEnd, Refer, Referral};
use super::command::{CallId, PublicationId, RegId, SubscriptionId};
use super::event::{Ending, Event};
use super::exchange::{Exchange, ExchangeId, InboundId, Owner};
use super::publication::Publication;
use super::registered::Registration;
use super::settings::{AgentSettings, Reliable, Transfers};
use super::subscription::Subscription;
use crate::routing::Quarantine;
use bytes::Bytes;
use core::convert::Infallible;
use ringback_sip::dialog::{Dialog, DialogId};
use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::journal::{Cause, Entry, Fact};
use ringback_sip::node::{Output, Transmit};
use ringback_sip::registry::{OptionTag, StatusCode};
use ringback_sip::syntax::{NameAddr, Uri};
use ringback_sip::time::Instant;
use ringback_sip::transaction::Transactions;
use std::collections::{BTreeMap, VecDeque};

/// What the agent gives its driver.
pub(super) type Out = Output<Infallible, Event>;

/// A user agent (RFC 3261 §8, §10 to §15): one node behind `ringback call`, `listen`, `register`, `message`, `ping`.
#[derive(Debug)]
pub struct Agent {
    pub(super) settings: AgentSettings,
    pub(super) transactions: Transactions<Owner>,
    pub(super) entropy: Entropy,
    /// What the tags of our answers are made from.
    pub(super) key: Seed,
    pub(super) now: Instant,
    pub(super) outputs: VecDeque<Out>,
    pub(super) alarms: Alarms,
    pub(super) exchanges: BTreeMap<ExchangeId, Exchange>,
    pub(super) inbound: BTreeMap<InboundId, Inbound>,
    pub(super) ongoing: BTreeMap<MergeKey, InboundId>,
    pub(super) calls: BTreeMap<CallId, Call>,
    pub(super) ends: BTreeMap<OurEnd, CallId>,
    /// 2xx of ours that wait for their ACK, by call and CSeq.
    pub(super) accepting: BTreeMap<(CallId, u32), Accepting>,
    /// The transfers that we asked for, by the call whose peer is sent.
    pub(super) refers: BTreeMap<CallId, Refer>,
    /// The calls that peers asked for, by the call in which they did.
    pub(super) referrals: BTreeMap<CallId, Referral>,
    /// For which referral a call of ours is made.
    pub(super) referred: BTreeMap<CallId, CallId>,
    /// What is left of calls that have ended while a transfer is still told about: their dialogs.
    pub(super) remains: BTreeMap<CallId, Dialog>,
    /// The dialogs of the calls that ended last.
    pub(super) gone: VecDeque<DialogId>,
    /// The servers that failed lately.
    pub(super) quarantine: Quarantine,
    /// Without flows there is one; with them one for each.
    pub(super) registrations: BTreeMap<RegId, Registration>,
    /// The registrar, or who stands between, knows no flows.
    pub(super) flows_refused: bool,
    pub(super) subscriptions: BTreeMap<SubscriptionId, Subscription>,
    pub(super) publications: BTreeMap<PublicationId, Publication>,
    /// By what a NOTIFY is known by.
    pub(super) subscribed: BTreeMap<OurEnd, SubscriptionId>,
    pub(super) unavailable: Option<StatusCode>,
    numbers: u64,
    incoming: u64,
}

impl Agent {
    /// An agent that has done nothing yet.
    pub fn new(settings: AgentSettings, seed: Seed) -> Self {
        let transactions = Transactions::new(settings.timers, settings.limits, seed.derive(b"transactions"));
        Agent {
            settings,
            transactions,
            entropy: Entropy::new(seed.derive(b"agent")),
            key: seed.derive(b"tags"),
            now: Instant::EPOCH,
            outputs: VecDeque::new(),
            alarms: Alarms::default(),
            exchanges: BTreeMap::new(),
            inbound: BTreeMap::new(),
            ongoing: BTreeMap::new(),
            calls: BTreeMap::new(),
            ends: BTreeMap::new(),
            accepting: BTreeMap::new(),
            refers: BTreeMap::new(),
            referrals: BTreeMap::new(),
            referred: BTreeMap::new(),
            remains: BTreeMap::new(),
            gone: VecDeque::new(),
            quarantine: Quarantine::default(),
            registrations: BTreeMap::new(),
            flows_refused: false,
            subscriptions: BTreeMap::new(),
            publications: BTreeMap::new(),
            subscribed: BTreeMap::new(),
            unavailable: None,
            numbers: 0,
            incoming: CallId::INCOMING_MIN,
        }
    }

    /// How many calls there are.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// How many transactions and requests under way there are; zero when the agent is at rest.
    pub fn busy(&self) -> usize {
        self.transactions.len()
            + self.exchanges.len()
            + self.inbound.len()
            + self.accepting.len()
            + self.refers.len()
            + self.referrals.len()
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn new_incoming(&mut self) -> CallId {
        self.incoming += 1;
        CallId(self.incoming)
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

    pub(super) fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.outputs.push_back(Output::Transmit(Transmit { flow, bytes }));
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

    /// Forgets a call and tells its end.
    pub(super) fn end(&mut self, id: CallId, ending: Ending, cause: Cause, response: Option<Bytes>) {
        let Some(call) = self.calls.remove(&id) else { return };
        self.alarms.stop_call(id);
        let end = call.our_end();
        if let Some(status) = ending.status() {
            self.report(id, status);
        }
        if let Call::Up(up) = &call {
            self.remember(id, &up.dialog);
        }
        if !self.is_accepting(id) && !self.remains.contains_key(&id) {
            self.ends.remove(&end);
        }
        if let Call::Up(up) = &call
            && let Change::Ours(exchange, _) = up.change
        {
            self.give_up(exchange, HUNG_UP);
        }
        let lasted = match call {
            Call::Up(up) => Some(self.now.since(up.since)),
            Call::Calling(_) | Call::Offered(_) => None,
        };
        self.note(&end.0, Fact::Call { state: "ended".into(), cause });
        self.tell(Event::Ended { call: id, ending, lasted, response });
    }

    /// Whether a 2xx of ours in this call waits for its ACK.
    pub(super) fn is_accepting(&self, id: CallId) -> bool {
        self.unacknowledged(id) > 0
    }

    /// How many 2xx of ours in this call wait for their ACK.
    pub(super) fn unacknowledged(&self, id: CallId) -> usize {
        self.accepting.range((id, 0)..=(id, u32::MAX)).count()
    }

    /// The extensions that we have.
    pub(super) fn extensions(&self) -> impl Iterator<Item = &'static str> {
        let reliable = OptionTag::RELIABLE_PROVISIONAL.as_str();
        let reliable = Some(reliable).filter(|_| self.settings.reliable != Reliable::Never);
        let precondition = self.settings.preconditions.map(|_| OptionTag::PRECONDITION.as_str());
        let always = [OptionTag::TIMER.as_str(), OptionTag::EARLY_DIALOG_TERMINATED.as_str()];
        let outbound = self.has_flows().then_some(OptionTag::OUTBOUND.as_str());
        let gruu = self.settings.outbound.as_ref().map(|_| OptionTag::GRUU.as_str());
        let transfers = [OptionTag::REPLACES, OptionTag::NOREFERSUB, OptionTag::NOSUB, OptionTag::TDIALOG];
        let transfers = transfers
            .into_iter()
            .map(OptionTag::as_str)
            .filter(|_| self.settings.transfers != Transfers::Refuse);
        let of_flows = outbound.into_iter().chain(gruu);
        reliable.into_iter().chain(always).chain(precondition).chain(transfers).chain(of_flows)
    }

    /// What Supported says (RFC 3261 §20.37).
    pub(super) fn supported(&self) -> String {
        self.extensions().collect::<Vec<_>>().join(", ")
    }

    /// Whether we can take and send this kind of flow.
    pub(super) fn speaks(&self, transport: Transport) -> bool {
        self.settings.locals.iter().any(|l| l.transport == transport)
    }
}

/// The tag in the value of From or To.
pub(super) fn tag_of(value: &[u8]) -> Box<[u8]> {
    let parsed = NameAddr::parse(ringback_sip::registry::HeaderName::TO, value);
    parsed.ok().and_then(|a| a.tag()).unwrap_or_default().into()
}

/// Why an INVITE is cancelled (RFC 3326): one of both sides ended the call before it stood,
pub(super) const HUNG_UP: &str = "SIP;cause=487;text=\"Hung up before the answer\"";
/// or our patience ended.
pub(super) const NO_ANSWER: &str = "SIP;cause=408;text=\"No answer in time\"";
/// The methods that we serve.
pub(super) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, PRACK, UPDATE, INFO, REFER, SUBSCRIBE, NOTIFY";
/// Who we are, for User-Agent and Server.
pub(super) const PRODUCT: &str = concat!("Ringback/", env!("CARGO_PKG_VERSION"));
