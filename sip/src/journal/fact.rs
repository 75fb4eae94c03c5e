//! What can happen.

use super::{Cause, Search, Shown};
use crate::flow::{Flow, FlowError, ResolveError, Target};
use crate::registry::{EventPackage, Method, StatusCode, Timer};
use crate::time::Instant;
use core::net::SocketAddr;
use serde::{Deserialize, Serialize};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fact {
    /// A response of our own was sent.
    Answered {
        /// To a request with this method; `None` for an unregistered one.
        method: Option<Method>,
        /// The code.
        status: StatusCode,
        /// Whom we answered.
        peer: SocketAddr,
        /// Why.
        cause: Cause,
    },
    /// A response that another element originated was passed on.
    Passed {
        /// To a request with this method.
        method: Option<Method>,
        /// The code.
        status: StatusCode,
        /// From the branch with this number.
        branch: u32,
    },
    /// A rule of the dial plan chose where a request goes.
    Routed {
        /// The rule's name.
        rule: Shown,
        /// The line of the configuration on which it begins.
        line: u32,
        /// Whom the request is for now.
        target: Shown,
    },
    /// A next hop of the dial plan is found to live, or not to.
    Hop {
        /// Its URI.
        uri: Shown,
        /// What was found.
        state: HopState,
    },
    /// A request was sent on a branch.
    Branch {
        /// The number of the branch within its request, from 0.
        branch: u32,
        /// The target URI.
        target: Shown,
        /// The address it was sent to.
        peer: SocketAddr,
    },
    /// A branch ended.
    BranchEnded {
        /// The number of the branch.
        branch: u32,
        /// How.
        end: BranchEnd,
    },
    /// Every branch has ended, and one of the answers was taken for all (RFC 3261 §16.7 step 6).
    Chose {
        /// The branch.
        branch: u32,
        /// The code for which it counted.
        status: StatusCode,
        /// The other branches that counted.
        outvoted: Box<[Outvoted]>,
    },
    /// A branch is being cancelled.
    Cancelling {
        /// The number of the branch.
        branch: u32,
        /// Why.
        cause: Cause,
    },
    /// A timer fired that ended something.
    TimerFired {
        /// Which.
        timer: Timer,
        /// Of a request with this method.
        method: Option<Method>,
    },
    /// A path failed.
    FlowFailed {
        /// The path.
        flow: Flow,
        /// Why.
        error: FlowError,
    },
    /// A message was dropped without an answer.
    Dropped {
        /// From whom.
        peer: SocketAddr,
        /// Why.
        cause: Cause,
    },
    /// A source is not served until then: nothing of it is read.
    Banned {
        /// The address, or the network of IPv6.
        source: Shown,
        /// Until when.
        until: Instant,
        /// What it did last.
        cause: Cause,
    },
    /// A binding of an address of record changed.
    Binding {
        /// The address of record.
        aor: Shown,
        /// The contact.
        contact: Shown,
        /// How.
        change: Binding,
    },
    /// A subscription to an event package changed.
    Subscription {
        /// Whose state is watched.
        aor: Shown,
        /// Which package.
        package: EventPackage,
        /// Who watches.
        watcher: Shown,
        /// How.
        change: Subscription,
    },
    /// The store could not make a group of changes durable.
    StoreFailed {
        /// The engine's own code; for SQLite its extended result code.
        code: i32,
    },
    /// A next hop was looked for by its name (RFC 3263).
    Located(Box<Search>),
    /// A server failed: until then it is tried last (RFC 3263 §4.3).
    Quarantined {
        /// The server.
        target: Target,
        /// Until when.
        until: Instant,
        /// How it failed.
        end: BranchEnd,
    },
    /// A server that was tried last has answered: it is tried in its turn again.
    Released {
        /// The server.
        target: Target,
    },
    /// A call of a user agent changed its state.
    Call {
        /// The state's name.
        state: Box<str>,
        /// Why.
        cause: Cause,
    },
}

/// How a next hop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopState {
    /// It answers.
    Up,
    /// It does not answer.
    Down,
    /// It said that it cannot serve until then.
    Aside(Instant),
}

/// Why a request does not try a contact (RFC 3841 §7.2.4, §9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unwanted {
    /// It has what the caller rejects.
    Rejected,
    /// It lacks what the caller requires.
    Lacking,
    /// It says that it does not know the method or the event package.
    Incapable,
    /// The caller wants one phone tried, and another goes before it.
    NoFork,
}

impl Unwanted {
    /// A stable name.
    pub fn id(self) -> &'static str {
        match self {
            Unwanted::Rejected => "rejected",
            Unwanted::Lacking => "lacking",
            Unwanted::Incapable => "incapable",
            Unwanted::NoFork => "no-fork",
        }
    }
}

/// How a binding changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// It is new, until then.
    Added(Instant),
    /// It was refreshed, until then.
    Refreshed(Instant),
    /// Its owner removed it.
    Removed,
    /// Nobody refreshed it in time.
    Expired,
    /// It stands, and is not tried: the flow over which it was made is gone since then (RFC 5626 §7); `None`: since
    /// before this start.
    FlowGone(Option<Instant>),
    /// It stands, and one request does not try it, as its caller prefers (RFC 3841).
    Unwanted(Unwanted),
}

/// How a subscription changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subscription {
    /// It is new, until then.
    Began(Instant),
    /// It was refreshed, until then.
    Refreshed(Instant),
    /// The state was asked for once.
    Fetched,
    /// Its watcher ended it.
    Ended,
    /// Nobody refreshed it in time.
    Expired,
    /// The user who is watched allowed it (RFC 3857 §4.7.1).
    Approved,
    /// The user who is watched denied it.
    Rejected,
    /// The user who is watched wants to be asked first.
    Deactivated,
    /// A NOTIFY ended so, and the subscription with it (RFC 5057 §5.1).
    Lost(BranchEnd),
}

/// A branch whose answer the caller did not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outvoted {
    /// The number of the branch.
    pub branch: u32,
    /// The code for which it counted.
    pub status: StatusCode,
    /// Why it was not taken.
    pub why: Lost,
}

/// Why the answer of a branch was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lost {
    /// Another branch was answered with 6xx, which speaks for all.
    Global,
    /// The caller gave up, and waits for 487.
    Awaited,
    /// Another branch was answered with a code of a lower class.
    Class,
    /// Of the same class, another code tells the caller more.
    TellsLess,
    /// Another branch gave an answer of equal worth before.
    Later,
    /// A 408 to what is not an INVITE comes too late for anyone (RFC 4320 §4.2).
    TooLate,
}

impl Lost {
    /// The stable name.
    pub const fn id(self) -> &'static str {
        match self {
            Lost::Global => "global",
            Lost::Awaited => "awaited",
            Lost::Class => "class",
            Lost::TellsLess => "tells-less",
            Lost::Later => "later",
            Lost::TooLate => "too-late",
        }
    }
}

/// How a branch of a forked request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BranchEnd {
    /// With a final response.
    Response(StatusCode),
    /// Without an answer in time.
    Timeout(Timer),
    /// Its next hop could not be reached.
    Transport(FlowError),
    /// Its next hop could not be found.
    Dns(ResolveError),
    /// It was not begun: its next hop asked for less (RFC 7339 §5.5).
    KeptBack,
    /// With a final response that breaks the grammar, so that it cannot be passed on.
    Unusable,
    /// It was not begun: there was no room for its transaction.
    NoRoom,
}

impl Fact {
    /// The stable name.
    pub fn id(&self) -> &'static str {
        match self {
            Fact::Answered { .. } => "answered",
            Fact::Passed { .. } => "passed",
            Fact::Routed { .. } => "routed",
            Fact::Hop { .. } => "hop",
            Fact::Branch { .. } => "branch",
            Fact::BranchEnded { .. } => "branch-ended",
            Fact::Chose { .. } => "chose",
            Fact::Cancelling { .. } => "cancelling",
            Fact::TimerFired { .. } => "timer-fired",
            Fact::FlowFailed { .. } => "flow-failed",
            Fact::Dropped { .. } => "dropped",
            Fact::Banned { .. } => "banned",
            Fact::Binding { .. } => "binding",
            Fact::Subscription { .. } => "subscription",
            Fact::StoreFailed { .. } => "store-failed",
            Fact::Located(_) => "located",
            Fact::Quarantined { .. } => "quarantined",
            Fact::Released { .. } => "released",
            Fact::Call { .. } => "call",
        }
    }

    /// The cause, when the fact has one.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Fact::Answered { cause, .. }
            | Fact::Cancelling { cause, .. }
            | Fact::Dropped { cause, .. }
            | Fact::Banned { cause, .. }
            | Fact::Call { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
