//! Why an answer is the answer that it is.

use super::Shown;
use crate::flow::{FlowError, ResolveError};
use crate::registry::{HeaderName, StatusCode, Timer};
use crate::time::Duration;
use serde::{Deserialize, Serialize};

/// The cause of a response that the system originates, or of a decision that shapes a call. One variant a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cause {
    /// The request is well and was done.
    Done,
    /// A header field, the start line or the body breaks a rule of the grammar, at this offset in bytes.
    Malformed {
        /// The header field, when the fault lies in one.
        header: Option<HeaderName>,
        /// Offset in the message.
        at: u32,
    },
    /// The version is not SIP/2.0.
    Version,
    /// The Request-URI has a scheme that is not served here.
    Scheme(Shown),
    /// Max-Forwards has reached 0.
    HopLimit,
    /// The request has been here before with the same target and routing headers (RFC 5393).
    Loop,
    /// The same request arrived on another way while the first is being served (RFC 3261 §8.2.2.2).
    Merged,
    /// More branches are needed than Max-Breadth allows (RFC 5393 §5.3.3).
    MaxBreadth,
    /// These option tags are not supported.
    Extension(Shown),
    /// This extension is needed here, and the user agent does not have it.
    ExtensionNeeded(Shown),
    /// The request came unprotected, where a security mechanism must be agreed on first (RFC 3329 §2.3).
    AgreementNeeded,
    /// The list of security mechanisms that the sender saw is not ours: somebody changed it (RFC 3329 §2.3.1).
    AgreementBroken,
    /// Security is agreed on with the first hop, and we are not it (RFC 3329 §2.3.2).
    NotFirstHop,
    /// A flow token was not made by us (RFC 5626 §5.3.1).
    FlowToken,
    /// The method is not known.
    UnknownMethod(Shown),
    /// The method is known and not allowed here.
    MethodNotAllowed(Shown),
    /// The domain is not ours and the sender may not relay through us.
    Relay(Shown),
    /// The user does not exist in our domain.
    UnknownUser(Shown),
    /// The user exists and has no binding that a request can be sent to.
    NoBinding(Shown),
    /// Every flow to the user's phones is gone (RFC 5626 §7).
    FlowGone,
    /// The caller wants none of the user's phones that are registered (RFC 3841 §7.2.4).
    Unwanted,
    /// No credentials were sent.
    NoCredentials,
    /// No credentials were sent; MD5 alone is offered, since better algorithms were given up before, or the program is
    /// known to give up.
    Md5Alone,
    /// The credentials are for an unknown user or have a wrong digest.
    WrongCredentials(Shown),
    /// The nonce is older than its life.
    StaleNonce,
    /// The nonce was not made by us, or its count was used before.
    BadNonce,
    /// Too many failed attempts from this source or for this user.
    TooManyAttempts,
    /// More requests or refusals within a time than this source or user is granted.
    TooOften,
    /// The authenticated user may not act for this address of record.
    NotOwner(Shown),
    /// A contact that is the address of record itself or a name of it: requests would run in a circle.
    OwnName(Shown),
    /// The requested expiry is below the minimum.
    IntervalTooBrief(Duration),
    /// The REGISTER is older than what is stored for this Call-ID.
    StaleRegister,
    /// A limit with a name has been reached.
    Limit(Box<str>),
    /// The store could not make the change durable.
    NotDurable,
    /// The store did not answer.
    StoreUnavailable,
    /// A name could not be resolved.
    Dns {
        /// The name.
        name: Shown,
        /// Why.
        error: ResolveError,
    },
    /// The peer could not be reached.
    Transport(FlowError),
    /// A timer ran out.
    Timer(Timer),
    /// The caller gave up.
    Cancelled,
    /// The dialog or transaction that the request belongs to does not exist.
    NoSuchDialog,
    /// A response that answers no request of ours (RFC 6026 §7.3).
    NoTransaction,
    /// A message that means nothing in the state of its transaction (RFC 3261 §17).
    TransactionState,
    /// Nobody agreed on this package of INFO in this dialog (RFC 6086 §4.2.2).
    InfoPackage(Shown),
    /// The sequence number is lower than the last one.
    CSeqOrder,
    /// Another change of the session is under way.
    Glare,
    /// The media type, encoding or language of the body is not supported.
    MediaType(Shown),
    /// No answer that we could give is acceptable to the sender.
    NotAcceptable,
    /// Something had to be reserved before the call may ring, and was not (RFC 3312).
    Precondition,
    /// No codec, address family or transport of the offer is supported.
    NoCommonMedia,
    /// The user or its settings decided so.
    User,
    /// The server is being stopped.
    Draining,
    /// More work arrives than can be done.
    Overload,
    /// The best of the answers of all branches; the code that was chosen.
    Best(StatusCode),
    /// The lone answer was 503, which says nothing about the user (RFC 3261 §16.7 step 6).
    OnlyUnavailable,
    /// The message is longer than we take.
    TooLarge,
    /// A rule of the dial plan says so: its name, and the line of the configuration on which it begins.
    Rule(Shown, u32),
    /// The operator says so of this user, on this line of the configuration: gone, moved, away.
    UserState(Shown, u32),
    /// The server tells where the user is instead of forwarding (RFC 3261 §8.3).
    RedirectMode,
    /// The request must be protected all the way, and some part of the way cannot be (RFC 5630 §5.3).
    Unprotected,
    /// The event package is not served here, or none is named (RFC 6665 §8.3.2).
    BadEvent(Shown),
    /// The sender may not watch this address of record (RFC 6665 §4.2.1.3).
    MayNotWatch(Shown),
    /// No publication has the entity tag that the request names (RFC 3903 §6).
    NoMatch,
    /// A document has a document type of its own: what that defines could grow without end (RFC 3470 §5.1).
    DocumentType,
    /// The message is kept until its receiver is there (RFC 3428 §7).
    KeptForLater,
}

impl Cause {
    /// The stable name.
    pub fn id(&self) -> &'static str {
        match self {
            Cause::Done => "done",
            Cause::Malformed { .. } => "malformed",
            Cause::Version => "version",
            Cause::Scheme(_) => "scheme",
            Cause::HopLimit => "hop-limit",
            Cause::Loop => "loop",
            Cause::Merged => "merged",
            Cause::MaxBreadth => "max-breadth",
            Cause::Extension(_) => "extension",
            Cause::ExtensionNeeded(_) => "extension-needed",
            Cause::AgreementNeeded => "agreement-needed",
            Cause::AgreementBroken => "agreement-broken",
            Cause::NotFirstHop => "not-first-hop",
            Cause::FlowToken => "flow-token",
            Cause::UnknownMethod(_) => "unknown-method",
            Cause::MethodNotAllowed(_) => "method-not-allowed",
            Cause::Relay(_) => "relay",
            Cause::UnknownUser(_) => "unknown-user",
            Cause::NoBinding(_) => "no-binding",
            Cause::FlowGone => "flow-gone",
            Cause::Unwanted => "unwanted",
            Cause::NoCredentials => "no-credentials",
            Cause::Md5Alone => "md5-alone",
            Cause::WrongCredentials(_) => "wrong-credentials",
            Cause::StaleNonce => "stale-nonce",
            Cause::BadNonce => "bad-nonce",
            Cause::TooManyAttempts => "too-many-attempts",
            Cause::TooOften => "too-often",
            Cause::NotOwner(_) => "not-owner",
            Cause::OwnName(_) => "own-name",
            Cause::IntervalTooBrief(_) => "interval-too-brief",
            Cause::StaleRegister => "stale-register",
            Cause::Limit(_) => "limit",
            Cause::NotDurable => "not-durable",
            Cause::StoreUnavailable => "store-unavailable",
            Cause::Dns { .. } => "dns",
            Cause::Transport(_) => "transport",
            Cause::Timer(_) => "timer",
            Cause::Cancelled => "cancelled",
            Cause::NoSuchDialog => "no-such-dialog",
            Cause::NoTransaction => "no-transaction",
            Cause::TransactionState => "transaction-state",
            Cause::InfoPackage(_) => "info-package",
            Cause::CSeqOrder => "cseq-order",
            Cause::Glare => "glare",
            Cause::MediaType(_) => "media-type",
            Cause::NotAcceptable => "not-acceptable",
            Cause::Precondition => "precondition",
            Cause::NoCommonMedia => "no-common-media",
            Cause::User => "user",
            Cause::Draining => "draining",
            Cause::Overload => "overload",
            Cause::Best(_) => "best-response",
            Cause::OnlyUnavailable => "only-unavailable",
            Cause::TooLarge => "too-large",
            Cause::Rule(..) => "rule",
            Cause::UserState(..) => "user-state",
            Cause::RedirectMode => "redirect-mode",
            Cause::Unprotected => "unprotected",
            Cause::BadEvent(_) => "bad-event",
            Cause::MayNotWatch(_) => "may-not-watch",
            Cause::NoMatch => "no-match",
            Cause::DocumentType => "document-type",
            Cause::KeptForLater => "kept-for-later",
        }
    }
}
