//! What the user of an agent is told.

use super::command::RequestId;
use bytes::Bytes;
use ringback_sip::flow::FlowError;
use ringback_sip::journal::Shown;
use ringback_sip::node::ResolveError;
use ringback_sip::registry::{StatusCode, Timer};
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
    /// A text message came.
    Text {
        /// Whose.
        from: Shown,
        /// The text.
        body: Bytes,
    },
}
