//! From the cause that the server noted to the root: what the other facts of the request and the user's history add.

use super::super::finding::{Actor, Certainty, Value};
use super::super::record::{Record, What};
use super::branch::BranchAccount;
use ringback_sip::flow::FlowError;
use ringback_sip::journal::{Binding, BranchEnd, Cause, Fact, Shown};
use ringback_sip::registry::{StatusCode, Timer};
use ringback_sip::time::Instant;

/// Why it ended as it did.
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub(super) id: String,
    pub(super) certainty: Certainty,
    pub(super) actor: Actor,
    pub(super) values: Vec<Value>,
}

impl Root {
    pub(super) fn new(id: &str, certainty: Certainty, actor: Actor) -> Self {
        Root { id: id.to_owned(), certainty, actor, values: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

/// It went well.
pub(super) fn success(branches: &[BranchAccount]) -> Root {
    let root = Root::new("success", Certainty::Certain, Actor::Nobody);
    match branches.iter().find(|b| matches!(b.end, Some(BranchEnd::Response(s)) if s.is_success())) {
        Some(branch) => root.with("target", &branch.target),
        None => root,
    }
}

/// An answer of a phone or next hop was passed on.
pub(super) fn passed(
    status: StatusCode,
    branch: u32,
    branches: &[BranchAccount],
    records: &[Record],
) -> Root {
    let ended_here = given_up(records).filter(|_| status == StatusCode::REQUEST_TERMINATED);
    let root = ended_here.unwrap_or_else(|| Root::new("passed", Certainty::Certain, Actor::Callee));
    match branches.iter().find(|row| row.branch == branch) {
        Some(row) => {
            let root = root.with("target", &row.target);
            row.peers.last().map_or(root.clone(), |peer| root.with("peer", peer))
        }
        None => root,
    }
}

/// Why we gave a request up that we had sent, if we did.
fn given_up(records: &[Record]) -> Option<Root> {
    records.iter().find_map(|record| match &record.what {
        What::Fact(Fact::Cancelling { cause: Cause::Timer(Timer::C), .. }) => {
            Some(Root::new("ring-timeout", Certainty::Certain, Actor::Callee))
        }
        What::Fact(Fact::Cancelling { cause: cause @ (Cause::Cancelled | Cause::Draining), .. }) => {
            Some(plain(cause))
        }
        _ => None,
    })
}

/// An answer of our own.
pub(super) fn root(cause: &Cause, records: &[Record], history: &[&Record], at: Instant) -> Root {
    match cause {
        Cause::NoBinding(user) | Cause::UnknownUser(user) if is_known(history, user) => {
            no_binding(user, history, at)
        }
        Cause::NoBinding(user) => {
            Root::new("never-registered", Certainty::Likely, Actor::Callee).with("user", user)
        }
        Cause::FlowGone => flow_gone(records, history),
        Cause::Timer(Timer::C) => Root::new("ring-timeout", Certainty::Certain, Actor::Callee),
        // A phone that says nothing to our CANCEL either.
        Cause::Timer(_) if given_up(records).is_some() => given_up(records).unwrap_or_else(|| plain(cause)),
        // Its URI names what we do not speak, so that nobody was asked.
        Cause::Transport(FlowError::NoSocket) if with_target(plain(cause), records).values.len() == 1 => {
            Root::new("no-way", Certainty::Certain, Actor::Caller)
        }
        Cause::Limit(name) if name.to_string() == "TRANSACTIONS_MAX" => {
            Root::new("no-room", Certainty::Certain, Actor::Us).with("limit", name)
        }
        Cause::Timer(_)
        | Cause::Transport(_)
        | Cause::Dns { .. }
        | Cause::OnlyUnavailable
        | Cause::Overload => with_target(plain(cause), records),
        _ => plain(cause),
    }
}

/// A cause by itself.
pub(super) fn plain(cause: &Cause) -> Root {
    let mut root = Root::new(cause.id(), certainty_of(cause), actor_of(cause));
    root.values = values_of(cause);
    root
}

/// Whether a record tells of the root, beside the answer itself.
pub(super) fn tells(record: &Record, root: &Root) -> bool {
    let What::Fact(fact) = &record.what else { return false };
    match fact {
        Fact::Chose { .. } | Fact::Routed { .. } => true,
        Fact::BranchEnded { end, .. } => !matches!(end, BranchEnd::Response(s) if s.is_success()),
        Fact::Binding { change: Binding::FlowGone(_), .. } => root.id == "flow-gone",
        Fact::Located(search) => search.found.is_err(),
        Fact::FlowFailed { .. } | Fact::Quarantined { .. } => root.id == "transport",
        Fact::TimerFired { .. } => matches!(root.id.as_str(), "timer" | "ring-timeout"),
        Fact::Cancelling { .. } => matches!(root.id.as_str(), "cancelled" | "ring-timeout"),
        _ => false,
    }
}

/// Whether bindings of the user are on record.
fn is_known(history: &[&Record], user: &Shown) -> bool {
    bindings_of(history, user).next().is_some()
}

fn bindings_of<'r>(
    history: &'r [&Record],
    user: &'r Shown,
) -> impl Iterator<Item = (Instant, &'r Shown, Binding)> {
    history.iter().filter_map(move |record| match &record.what {
        What::Fact(Fact::Binding { aor, contact, change })
            if aor == user && !matches!(change, Binding::Unwanted(_)) =>
        {
            Some((record.at, contact, *change))
        }
        _ => None,
    })
}

/// The user had a phone once: what became of it.
fn no_binding(user: &Shown, history: &[&Record], at: Instant) -> Root {
    let Some((when, contact, change)) = bindings_of(history, user).last() else {
        return Root::new("never-registered", Certainty::Likely, Actor::Callee).with("user", user);
    };
    let (id, since) = match change {
        Binding::Removed => ("unregistered", when),
        Binding::Expired => ("expired", when),
        Binding::FlowGone(since) => ("flow-gone", since.unwrap_or(when)),
        // Nobody noted the end, which has passed.
        Binding::Added(until) | Binding::Refreshed(until) if until <= at => ("expired", until),
        Binding::Added(_) | Binding::Refreshed(_) | Binding::Unwanted(_) => ("no-binding", when),
    };
    let certainty = if id == "no-binding" { Certainty::Likely } else { Certainty::Certain };
    Root::new(id, certainty, Actor::Callee).with("user", user).with("contact", contact).with("since", since)
}

/// The connections of the phone are gone; since when, as far as that is seen from here.
fn flow_gone(records: &[Record], history: &[&Record]) -> Root {
    let root = Root::new("flow-gone", Certainty::Certain, Actor::Callee);
    let unbound = |record: &Record| match &record.what {
        What::Fact(Fact::Binding { contact, change: Binding::FlowGone(since), .. }) => {
            Some((contact.clone(), since.unwrap_or(record.at)))
        }
        _ => None,
    };
    let ended = records.iter().rev().find_map(|record| match record.fact()? {
        Fact::BranchEnded { branch, end } => Some((record.at, *branch, *end)),
        _ => None,
    });
    let broke = ended
        .filter(|(.., end)| matches!(end, BranchEnd::Transport(_)))
        .and_then(|(at, branch, _)| Some((target_of(records, branch)?.clone(), at)));
    let gone = records.iter().find_map(unbound).or(broke);
    let is_of_edge = matches!(ended, Some((.., BranchEnd::Response(StatusCode::FLOW_FAILED))));
    let before = || history.iter().rev().copied().find_map(unbound).filter(|_| !is_of_edge);
    match gone.or_else(before) {
        Some((contact, since)) => root.with("contact", contact).with("since", since),
        None => Root { id: "edge-flow-gone".to_owned(), ..root },
    }
}

/// Where the last branch with this number went.
fn target_of(records: &[Record], number: u32) -> Option<&Shown> {
    records.iter().rev().find_map(|record| match record.fact()? {
        Fact::Branch { branch, target, .. } if *branch == number => Some(target),
        _ => None,
    })
}

/// With the last address that was tried.
fn with_target(root: Root, records: &[Record]) -> Root {
    let tried = records.iter().rev().find_map(|record| match &record.what {
        What::Fact(Fact::Branch { target, peer, .. }) => Some((target, peer)),
        _ => None,
    });
    match tried {
        Some((target, peer)) => root.with("target", target).with("peer", peer),
        None => root,
    }
}

/// What the sentences about a cause name.
fn values_of(cause: &Cause) -> Vec<Value> {
    let one = |name, value: &dyn ToString| vec![(name, value.to_string())];
    match cause {
        Cause::Malformed { header, at } => {
            let header = header.map_or_else(|| "message".to_owned(), |header| header.to_string());
            vec![("header", header), ("at", at.to_string())]
        }
        Cause::Scheme(shown)
        | Cause::Extension(shown)
        | Cause::ExtensionNeeded(shown)
        | Cause::UnknownMethod(shown)
        | Cause::MethodNotAllowed(shown)
        | Cause::Relay(shown)
        | Cause::InfoPackage(shown)
        | Cause::MediaType(shown)
        | Cause::BadEvent(shown) => one("what", shown),
        Cause::UnknownUser(user)
        | Cause::NoBinding(user)
        | Cause::WrongCredentials(user)
        | Cause::NotOwner(user)
        | Cause::OwnName(user)
        | Cause::MayNotWatch(user) => one("user", user),
        Cause::IntervalTooBrief(least) => one("secs", &least.as_secs()),
        Cause::Limit(name) => one("limit", name),
        Cause::Dns { name, error } => vec![("name", name.to_string()), ("error", error.id().to_owned())],
        Cause::Transport(error) => one("error", &super::fact::error_text(*error)),
        Cause::Timer(timer) => one("timer", &timer.as_str()),
        Cause::Best(status) => one("best", status),
        Cause::Rule(rule, line) => vec![("rule", rule.to_string()), ("line", line.to_string())],
        Cause::UserState(user, line) => vec![("user", user.to_string()), ("line", line.to_string())],
        _ => Vec::new(),
    }
}

/// The server's own decisions are certain; what it heard of others may have another reason.
fn certainty_of(cause: &Cause) -> Certainty {
    match cause {
        Cause::Timer(_) | Cause::OnlyUnavailable | Cause::BadNonce => Certainty::Likely,
        _ => Certainty::Certain,
    }
}

/// Who must act for it to go well the next time.
fn actor_of(cause: &Cause) -> Actor {
    match cause {
        Cause::Done | Cause::Cancelled | Cause::Best(_) | Cause::KeptForLater | Cause::Merged => {
            Actor::Nobody
        }
        Cause::NoBinding(_)
        | Cause::FlowGone
        | Cause::User
        | Cause::NoCommonMedia
        | Cause::Precondition
        | Cause::OnlyUnavailable => Actor::Callee,
        Cause::Dns { .. } | Cause::Transport(_) | Cause::Timer(_) => Actor::Network,
        Cause::UnknownUser(_)
        | Cause::Relay(_)
        | Cause::Limit(_)
        | Cause::NotDurable
        | Cause::StoreUnavailable
        | Cause::Draining
        | Cause::Overload
        | Cause::Rule(..)
        | Cause::UserState(..)
        | Cause::Loop
        | Cause::MayNotWatch(_)
        | Cause::RedirectMode => Actor::Us,
        _ => Actor::Caller,
    }
}
