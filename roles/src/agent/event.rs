//! What the user of an agent is told.

use super::command::{CallId, PublicationId, RequestId, SubscriptionId};
use crate::event::{Reason, Standing};
use bytes::Bytes;
use ringback_sip::flow::FlowError;
use ringback_sip::journal::Shown;
use ringback_sip::node::ResolveError;
use ringback_sip::registry::{StatusCode, Timer};
use ringback_sip::sdp::{Agreed, AnswerFault};
use ringback_sip::time::Duration;

/// How a request of ours ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this final response.
    Status(StatusCode),
    /// Without one in time.
    Timeout(Timer),
    /// It could not be sent.
    Transport(FlowError),
    /// The next hop could not be found.
    Dns(ResolveError),
    /// The target is no SIP URI that we can call.
    Target,
    /// A limit of ours was reached.
    Limit,
    /// The peer does not take this package of INFO (RFC 6086 §4.2.1).
    Package,
}

/// One of two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We did it.
    Us,
    /// The peer did it.
    Peer,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With BYE.
    HungUp(Side),
    /// The caller gave up before an answer.
    Cancelled(Side),
    /// Our call was not taken.
    Failed(Outcome),
    /// We did not take their call.
    Refused(StatusCode),
    /// They never acknowledged our answer (RFC 3261 §13.3.1.4).
    NoAck,
    /// A request inside the call showed that the peer has lost it (RFC 5057).
    Lost(Outcome),
    /// The session was not refreshed in time (RFC 4028 §10).
    Expired,
    /// Their session description cannot be used.
    BadAnswer(AnswerFault),
    /// Their answer makes no dialog.
    NoDialog,
    /// We sent the peer elsewhere, and it is there.
    Transferred,
    /// Another call has taken its place (RFC 3891).
    Replaced,
}

impl Ending {
    /// How the end of a call that nobody took is told to who asked for it (RFC 3515 §2.4.4).
    pub(super) fn status(&self) -> Option<StatusCode> {
        Some(match self {
            Ending::Failed(Outcome::Status(status)) => *status,
            Ending::Failed(Outcome::Timeout(_)) => StatusCode::REQUEST_TIMEOUT,
            Ending::Failed(_) | Ending::NoDialog => StatusCode::SERVICE_UNAVAILABLE,
            Ending::BadAnswer(_) => StatusCode::NOT_ACCEPTABLE_HERE,
            Ending::Cancelled(_) => StatusCode::REQUEST_TERMINATED,
            _ => return None,
        })
    }
}

/// How a transfer that we asked for fares (RFC 3515 §2.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transferring {
    /// The peer takes the request.
    Accepted,
    /// What its call hears.
    Progress(StatusCode),
    /// Its call stands; ours is hung up.
    Done,
    /// The peer did not want to, or its call was not taken; ours stays.
    Failed(Outcome),
    /// The peer tells no more.
    Unknown,
}

/// A contact that is bound to our address of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The contact.
    pub contact: Shown,
    /// For how long still, when the registrar says so.
    pub expires: Option<Duration>,
    /// Whether it is ours.
    pub ours: bool,
}

/// A NOTIFY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Who tells it: the value of From.
    pub notifier: Shown,
    /// How the subscription stands with who tells it.
    pub standing: Standing,
    /// For how long it still holds; zero when it is over.
    pub expires: Duration,
    /// The kind of the body, with its parameters when it has parts; empty without one.
    pub kind: Shown,
    /// The state.
    pub body: Bytes,
}

/// Why a subscription is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsubscribed {
    /// We ended it, or asked only once.
    Done,
    /// The notifier ended it, or it ran out.
    Terminated(Reason),
    /// A SUBSCRIBE failed so. With Timer N: no NOTIFY came (RFC 6665 §4.1.2.4).
    Failed(Outcome),
}

/// News.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The registrar did what was asked.
    Registered {
        /// All bindings of our address of record.
        bindings: Vec<Bound>,
        /// How long ours lasts; zero when it was removed or not asked for.
        expires: Duration,
    },
    /// The registrar did not do it.
    RegistrationFailed {
        /// Why.
        outcome: Outcome,
        /// When we try again.
        retry: Option<Duration>,
        /// The final response.
        response: Option<Bytes>,
    },
    /// A flow does not carry us any more, or could not be registered, while another one may (RFC 5626 §4.5).
    FlowLost {
        /// Its number, from 1.
        flow: u32,
        /// Why.
        outcome: Outcome,
        /// When it is tried again; at once for zero.
        retry: Option<Duration>,
    },
    /// A request outside a call ended.
    Answered {
        /// Which.
        request: RequestId,
        /// How.
        outcome: Outcome,
        /// How long it took.
        elapsed: Duration,
        /// The final response.
        response: Option<Bytes>,
    },
    /// Our wish to watch was accepted; news follows.
    Subscribed {
        /// Which.
        subscription: SubscriptionId,
        /// For how long; it is refreshed before.
        expires: Duration,
    },
    /// The state of who is watched.
    Notified {
        /// Which.
        subscription: SubscriptionId,
        /// The state.
        notification: Box<Notification>,
    },
    /// A subscription is over.
    Unsubscribed {
        /// Which.
        subscription: SubscriptionId,
        /// Why.
        end: Unsubscribed,
        /// When it begins anew; `None`: never.
        retry: Option<Duration>,
        /// The final response that refused it.
        response: Option<Bytes>,
    },
    /// What we say of ourselves was taken.
    Published {
        /// Which.
        publication: PublicationId,
        /// For how long; it is refreshed before. Zero: it is removed.
        expires: Duration,
    },
    /// What we say of ourselves was not taken.
    PublicationFailed {
        /// Which.
        publication: PublicationId,
        /// Why.
        outcome: Outcome,
        /// When it is tried again; `None`: never.
        retry: Option<Duration>,
        /// The final response.
        response: Option<Bytes>,
    },
    /// A text message came.
    Text {
        /// Whose.
        from: Shown,
        /// The text.
        body: Bytes,
    },
    /// An INFO of a package that we take came (RFC 6086).
    Info {
        /// Inside which call.
        call: CallId,
        /// The package.
        package: Shown,
        /// The kind of its body.
        kind: Shown,
        /// Its body.
        body: Bytes,
    },
    /// A digit came by INFO.
    Digit {
        /// Inside which call.
        call: CallId,
        /// The digit.
        digit: char,
    },
    /// Somebody calls. The user answers with Ring, Answer or Reject.
    Incoming {
        /// Its name from now on.
        call: CallId,
        /// Who calls: the value of From.
        from: Shown,
        /// Who is called: the Request-URI.
        to: Shown,
        /// Whether it cannot ring before audio is settled: Ring with audio begins that (RFC 3312, RFC 3262 §5).
        prepares: bool,
        /// The call whose place it takes when it is answered (RFC 3891).
        replaces: Option<CallId>,
        /// Who sent the caller, as the caller says (RFC 3892).
        referred_by: Option<Shown>,
    },
    /// Our call makes progress.
    Progress {
        /// Which.
        call: CallId,
        /// The provisional response.
        status: StatusCode,
        /// Early media, when it carries a session description.
        agreed: Option<Box<Agreed>>,
    },
    /// Our call goes elsewhere after a 3xx.
    Redirected {
        /// Which.
        call: CallId,
        /// The new target.
        target: Shown,
    },
    /// The call stands; audio can flow.
    Established {
        /// Which.
        call: CallId,
        /// What was agreed; `None` until the ACK brings the answer to our offer.
        agreed: Option<Box<Agreed>>,
    },
    /// The caller acknowledged our answer.
    Confirmed(CallId),
    /// What is agreed about audio has changed. Before the answer of a call that came: early media, that we may send.
    Media {
        /// Which call.
        call: CallId,
        /// What is agreed now; `None`: no audio.
        agreed: Option<Box<Agreed>>,
    },
    /// The change of the session that we asked for did not come about; the session is as before.
    Unchanged {
        /// Which call.
        call: CallId,
        /// Why.
        outcome: Outcome,
    },
    /// The peer wants us to call somebody, and was told that we do: the user makes a call with this `referral`.
    Referred {
        /// Whose peer; no call of ours when the wish came outside of one.
        call: CallId,
        /// Whom to call.
        target: String,
        /// Whether the new call takes the place of another.
        replaces: bool,
    },
    /// The transfer that we asked for goes on.
    Transfer {
        /// Whose peer is sent.
        call: CallId,
        /// How it fares.
        news: Transferring,
    },
    /// The call is over.
    Ended {
        /// Which.
        call: CallId,
        /// How.
        ending: Ending,
        /// How long it lasted, if it stood.
        lasted: Option<Duration>,
        /// The final response that refused it.
        response: Option<Bytes>,
    },
    /// What came of our BYE, after the end of a call that we hung up: whether the peer knows.
    HungUp {
        /// Which.
        call: CallId,
        /// What the peer said, or why it said nothing.
        outcome: Outcome,
    },
}
