//! One rule: when it holds, what it makes of the target, and what then happens.

use super::hours::Hours;
use super::pattern::UserPattern;
use super::template::Template;
use crate::access::Network;
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;

/// A rule of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which no other rule has.
    pub name: Box<str>,
    /// The line of the configuration on which it begins.
    pub line: u32,
    /// When it holds: all of them.
    pub when: Conditions,
    /// Whether it lets callers who did not prove to be one of our users out of our domains.
    pub is_open: bool,
    /// What becomes of the target.
    pub rewrite: Rewrite,
    /// What happens.
    pub action: Action,
}

/// When a rule holds. An empty list holds for everything; else one of its elements must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The method is one of these.
    pub methods: Vec<Box<str>>,
    /// The host of the target is one of these domains, or another name of the same domain of ours.
    pub domains: Vec<Box<str>>,
    /// The user part of the target, escapes resolved.
    pub users: Vec<UserPattern>,
    /// The host of From.
    pub caller_domains: Vec<Box<str>>,
    /// The user part of From, escapes resolved.
    pub caller_users: Vec<UserPattern>,
    /// The address that the request came from belongs to one of these networks.
    pub sources: Vec<Network>,
    /// The transport that the request came over is one of these.
    pub transports: Vec<Transport>,
    /// The local time of the request.
    pub hours: Hours,
}

impl Default for Conditions {
    fn default() -> Self {
        Conditions {
            methods: Vec::new(),
            domains: Vec::new(),
            users: Vec::new(),
            caller_domains: Vec::new(),
            caller_users: Vec::new(),
            sources: Vec::new(),
            transports: Vec::new(),
            hours: Hours::always(),
        }
    }
}

/// Which condition did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The method is another one.
    Method,
    /// The domain is another one.
    Domain,
    /// The user part is another one.
    User,
    /// The caller is of another domain.
    CallerDomain,
    /// The caller is another user.
    CallerUser,
    /// It came from another network.
    Source,
    /// It came over another transport.
    Transport,
    /// It is another day.
    Day,
    /// It is another time of the day.
    Time,
    /// The caller did not prove to be one of our users, and the rule leads out of our domains.
    Stranger,
}

impl Missed {
    /// The stable name.
    pub fn id(self) -> &'static str {
        match self {
            Missed::Method => "method",
            Missed::Domain => "domain",
            Missed::User => "user",
            Missed::CallerDomain => "caller-domain",
            Missed::CallerUser => "caller-user",
            Missed::Source => "source",
            Missed::Transport => "transport",
            Missed::Day => "day",
            Missed::Time => "time",
            Missed::Stranger => "stranger",
        }
    }
}

/// What becomes of the target: first its user part is replaced or cut, then something is put in front.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// How many bytes to take off the front of the user part.
    pub strip: usize,
    /// The user part becomes this.
    pub replace: Option<Template>,
    /// To put in front of the user part.
    pub prepend: Box<str>,
    /// The domain becomes this.
    pub domain: Option<Box<str>>,
}

impl Rewrite {
    /// Whether it changes nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Rewrite::default()
    }
}

/// What happens with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes to whom the target then names: the phones of a user of ours, or another domain.
    Forward,
    /// It goes to the group of next hops with this place in the plan.
    Hops(usize),
    /// The caller is told where to try (RFC 3261 §21.3).
    Redirect(Redirect),
    /// It is refused.
    Reject(Reject),
    /// The next rules decide, about the target as it now is.
    Continue,
}

/// Where a caller is told to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// 300, 301 or 302; 305 is for user agents only (RFC 3261 §21.3.4).
    pub status: StatusCode,
    /// Values of Contact, in the order of preference.
    pub contacts: Box<[Template]>,
}

/// How a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The code.
    pub status: StatusCode,
    /// The reason phrase, when it is not the usual one.
    pub phrase: Option<Box<str>>,
    /// When to try again.
    pub retry_after_secs: Option<u32>,
    /// The text of a Warning with code 399.
    pub warning: Option<Box<str>>,
}

/// Why a rule must not answer with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// Not of the classes 4xx to 6xx, or not registered.
    NotARefusal,
    /// The code must carry header fields that a rule does not know.
    Fields,
    /// The code says something about a transaction, a dialog or a route that a rule does not know to be true.
    Meaning,
    /// Retry-After means nothing with this code.
    RetryAfter,
}

impl Reject {
    /// Checks that a rule may answer so.
    ///
    /// # Errors
    /// See [`CodeFault`].
    pub fn check(status: StatusCode, has_retry_after: bool) -> Result<(), CodeFault> {
        use StatusCode as S;
        const FACTS: [StatusCode; 10] = [
            S::REQUEST_TIMEOUT,
            S::FLOW_FAILED,
            S::MAX_BREADTH_EXCEEDED,
            S::CALL_TRANSACTION_DOES_NOT_EXIST,
            S::LOOP_DETECTED,
            S::TOO_MANY_HOPS,
            S::REQUEST_TERMINATED,
            S::REQUEST_PENDING,
            S::UNDECIPHERABLE,
            S::LENGTH_REQUIRED,
        ];
        // RFC 3261 §20.33.
        const LATER: [StatusCode; 8] = [
            S::NOT_FOUND,
            S::REQUEST_ENTITY_TOO_LARGE,
            S::TEMPORARILY_UNAVAILABLE,
            S::BUSY_HERE,
            S::SERVER_INTERNAL_ERROR,
            S::SERVICE_UNAVAILABLE,
            S::BUSY_EVERYWHERE,
            S::DECLINE,
        ];
        if status.number() < 400 || !status.is_registered() {
            return Err(CodeFault::NotARefusal);
        }
        if !status.row().required.names().is_empty() {
            return Err(CodeFault::Fields);
        }
        if FACTS.contains(&status) {
            return Err(CodeFault::Meaning);
        }
        if has_retry_after && !LATER.contains(&status) { Err(CodeFault::RetryAfter) } else { Ok(()) }
    }
}
