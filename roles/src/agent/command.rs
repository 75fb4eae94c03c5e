//! What the user of an agent can order.

use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Capabilities;
use ringback_sip::time::Duration;

/// Names a call. The user names its own calls with numbers below [`CallId::INCOMING_MIN`]; the agent names
/// incoming ones from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl CallId {
    /// The lowest number of an incoming call.
    pub const INCOMING_MIN: u64 = 1 << 32;
}

/// Names a request outside a call, so that its answer finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Names a subscription; the user chooses the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub u64);

/// Names something that we publish; the user chooses the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicationId(pub u64);

/// Names one subscription of those that a SUBSCRIBE made, from 1; [`FIRST`] is that SUBSCRIBE.
pub(super) type BranchId = u32;
/// The SUBSCRIBE outside a dialog.
pub(super) const FIRST: BranchId = 0;
/// Names a registration: the `reg-id` of its flow (RFC 5626 §4.2), or [`PLAIN`].
pub(super) type RegId = u32;
/// The registration without a flow of its own.
pub(super) const PLAIN: RegId = 0;

/// What the registrar is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registering {
    /// Bind our contact, and keep it bound.
    Keep,
    /// Bind our contact once.
    Once,
    /// Remove our contact.
    Remove,
    /// Remove every contact of the address of record (RFC 3261 §10.2.2).
    RemoveAll,
    /// Only tell the bindings (RFC 3261 §10.2.3).
    Query,
}

/// What to subscribe to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribing {
    /// Whose state.
    pub target: String,
    /// The event package, with its templates.
    pub event: String,
    /// The value of Accept; empty for what the package always allows.
    pub accept: String,
    /// Whether the state of a list is understood (RFC 4662 §4.1).
    pub takes_lists: bool,
    /// For how long at a time; zero asks for the state once (RFC 6665 §4.4.3).
    pub expires: Duration,
}

/// What to publish of ourselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publishing {
    /// The event package.
    pub event: String,
    /// The kind of the document.
    pub kind: &'static str,
    /// The document.
    pub body: String,
    /// For how long at a time.
    pub expires: Duration,
}

/// A call to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Whom to call.
    pub target: String,
    /// Where we receive audio.
    pub audio: Capabilities,
    /// Whether the INVITE carries no offer, so that the peer makes it (RFC 3261 §13.2.1).
    pub late_offer: bool,
    /// How long the peer may ring; said in Expires, and then given up (RFC 3261 §13.2.1).
    pub patience: Option<Duration>,
    /// How long the call lasts before we hang up.
    pub duration: Option<Duration>,
    /// The call whose peer asked for this one with REFER; it hears how this one fares.
    pub referral: Option<CallId>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Talk to the registrar of our domain.
    Register(Registering),
    /// Ask a server or peer what it can do.
    Options {
        /// Comes back with the answer.
        request: RequestId,
        /// Whom to ask.
        target: String,
    },
    /// Send a text message.
    Message {
        /// Comes back with the answer.
        request: RequestId,
        /// To whom; within the call when `call` is given.
        target: String,
        /// The call in whose dialog it is sent.
        call: Option<CallId>,
        /// The text.
        text: String,
    },
    /// Send an INFO of a package that the peer takes (RFC 6086).
    Info {
        /// Comes back with the answer.
        request: RequestId,
        /// Inside which call.
        call: CallId,
        /// The package.
        package: String,
        /// Its body, with the kind.
        body: Option<(&'static str, String)>,
    },
    /// Send digits by INFO, as `application/dtmf-relay`.
    Digits {
        /// Comes back when all are answered, or one is refused.
        request: RequestId,
        /// Inside which call.
        call: CallId,
        /// The digits.
        digits: String,
    },
    /// Watch the state of somebody (RFC 6665).
    Subscribe {
        /// Its name, not used before.
        subscription: SubscriptionId,
        /// What to watch.
        what: Box<Subscribing>,
    },
    /// Watch no more.
    Unsubscribe(SubscriptionId),
    /// Publish a document about ourselves, and keep it published (RFC 3903).
    Publish {
        /// Its name; the same name again changes the document.
        publication: PublicationId,
        /// The document.
        what: Box<Publishing>,
    },
    /// Publish it no more.
    Unpublish(PublicationId),
    /// Make a call.
    Call {
        /// Its name, not used before.
        call: CallId,
        /// The rest.
        outgoing: Box<Outgoing>,
    },
    /// Tell the caller that we ring (180), or, with audio, that there is something to hear (183).
    Ring {
        /// The call.
        call: CallId,
        /// Where early media come from.
        audio: Option<Capabilities>,
    },
    /// Answer a call.
    Answer {
        /// The call.
        call: CallId,
        /// How long to wait before.
        after: Duration,
        /// Where we receive audio.
        audio: Capabilities,
        /// How long the call lasts before we hang up.
        duration: Option<Duration>,
    },
    /// Refuse a call.
    Reject {
        /// The call.
        call: CallId,
        /// How long to wait before.
        after: Duration,
        /// With which code, 300 to 699.
        status: StatusCode,
        /// Where to go instead, for a 3xx.
        contact: Option<String>,
    },
    /// End a call, whatever its state: CANCEL, a refusal, or BYE.
    Hangup(CallId),
    /// Send the peer of a call elsewhere, and hang up once it is there (RFC 5589 §6).
    Transfer {
        /// Whose peer.
        call: CallId,
        /// The URI to call.
        target: String,
    },
    /// Ask somebody with whom there is no call to call somebody else (RFC 3515).
    Refer {
        /// Names it in [`super::Event::Transfer`]; no call has this name.
        call: CallId,
        /// Whom to ask.
        who: String,
        /// The URI to call.
        target: String,
        /// Whether the answer to the request is all that we want to hear (RFC 4488).
        is_silent: bool,
    },
    /// Connect the peers of two calls of ours (RFC 5589 §7).
    Join {
        /// Whose peer is sent.
        call: CallId,
        /// Whose place it takes.
        with: CallId,
    },
    /// Put the peer on hold.
    Hold(CallId),
    /// Take the peer from hold.
    Resume(CallId),
    /// From now on refuse every new call with this code; `None` takes calls again. OPTIONS says the same.
    Unavailable(Option<StatusCode>),
}
