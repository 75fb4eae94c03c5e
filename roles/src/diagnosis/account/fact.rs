//! A fact of the journal in a sentence of a language. The text stands under `why-fact-ID`, for some with what became of it.

use super::super::finding::Value;
use super::super::told::filled;
use crate::explain::Explainer;
use ringback_sip::flow::{FlowError, HandshakeFault, Target};
use ringback_sip::journal::{Binding, BranchEnd, Fact, HopState, Outvoted, Search, Subscription};
use ringback_sip::registry::{Method, StatusCode};

/// Tells what happened, without its cause.
pub fn tell_fact(fact: &Fact, explainer: &Explainer) -> String {
    let (variant, values) = parts(fact, explainer);
    let id = match variant {
        "" => format!("why-fact-{}", fact.id()),
        variant => format!("why-fact-{}-{variant}", fact.id()),
    };
    filled(explainer.label(&id), &[&values])
}

/// Tells how a branch ended.
pub fn tell_end(end: BranchEnd, explainer: &Explainer) -> String {
    match end {
        BranchEnd::Response(status) => status_text(status),
        BranchEnd::KeptBack => explainer.label("why-end-kept-back").to_owned(),
        BranchEnd::Unusable => explainer.label("why-end-unusable").to_owned(),
        BranchEnd::NoRoom => explainer.label("why-end-no-room").to_owned(),
        BranchEnd::Timeout(timer) => {
            filled(explainer.label("why-end-timeout"), &[&[("timer", timer.as_str().to_owned())]])
        }
        BranchEnd::Transport(error) => tell_error(error, explainer),
        BranchEnd::Dns(error) => {
            filled(explainer.label("why-end-dns"), &[&[("error", error.id().to_owned())]])
        }
    }
}

fn tell_error(error: FlowError, explainer: &Explainer) -> String {
    match error {
        FlowError::Handshake(fault) => {
            let why = explainer.label(fault_id(fault)).to_owned();
            filled(explainer.label("why-error-handshake"), &[&[("error", why)]])
        }
        plain => explainer.label(&error_text(plain)).to_owned(),
    }
}

/// The text that says what an error of a path is.
pub(super) fn error_text(error: FlowError) -> String {
    match error {
        FlowError::Handshake(fault) => fault_id(fault).to_owned(),
        plain => format!("why-error-{}", plain.id()),
    }
}

fn fault_id(fault: HandshakeFault) -> &'static str {
    match fault {
        HandshakeFault::Expired => "why-tls-expired",
        HandshakeFault::NotYetValid => "why-tls-not-yet-valid",
        HandshakeFault::UnknownAuthority => "why-tls-unknown-authority",
        HandshakeFault::WrongName => "why-tls-wrong-name",
        HandshakeFault::BadCertificate => "why-tls-bad-certificate",
        HandshakeFault::Refused => "why-tls-refused",
        HandshakeFault::Protocol => "why-tls-protocol",
        HandshakeFault::Upgrade => "why-tls-upgrade",
        HandshakeFault::Timeout => "why-tls-timeout",
    }
}

/// Which of its texts a fact has, and the values in it.
fn parts(fact: &Fact, explainer: &Explainer) -> (&'static str, Vec<Value>) {
    let values = match fact {
        Fact::Answered { method, status, peer, .. } => {
            vec![("code", status_text(*status)), ("method", method_name(*method)), ("peer", peer.to_string())]
        }
        Fact::Passed { method, status, branch } => vec![
            ("code", status_text(*status)),
            ("method", method_name(*method)),
            ("branch", branch.to_string()),
        ],
        Fact::Routed { rule, line, target } => {
            vec![("rule", rule.to_string()), ("line", line.to_string()), ("target", target.to_string())]
        }
        Fact::Hop { uri, state } => return hop(uri.to_string(), *state),
        Fact::Branch { branch, target, peer } => {
            vec![("branch", branch.to_string()), ("target", target.to_string()), ("peer", peer.to_string())]
        }
        Fact::BranchEnded { branch, end } => {
            vec![("branch", branch.to_string()), ("end", tell_end(*end, explainer))]
        }
        Fact::Chose { branch, status, outvoted } => {
            let label = |o: &Outvoted| explainer.label(lost_id(o)).to_owned();
            let others: Vec<_> = outvoted.iter().map(|o| format!("{} ({})", o.status, label(o))).collect();
            vec![
                ("branch", branch.to_string()),
                ("code", status_text(*status)),
                ("others", others.join(", ")),
            ]
        }
        Fact::Cancelling { branch, .. } => vec![("branch", branch.to_string())],
        Fact::TimerFired { timer, method } => {
            vec![("timer", timer.as_str().to_owned()), ("method", method_name(*method))]
        }
        Fact::FlowFailed { flow, error } => {
            let path = format!("{} {}", flow.transport.via_name(), flow.remote);
            vec![("path", path), ("error", tell_error(*error, explainer))]
        }
        Fact::Dropped { peer, .. } => vec![("peer", peer.to_string())],
        Fact::Banned { source, until, .. } => {
            vec![("source", source.to_string()), ("until", until.to_string())]
        }
        Fact::Binding { aor, contact, change } => {
            return binding(vec![("user", aor.to_string()), ("contact", contact.to_string())], *change);
        }
        Fact::Subscription { aor, package, watcher, change } => {
            let (aor, watcher) = (aor.to_string(), watcher.to_string());
            let values = vec![("user", aor), ("package", package.to_string()), ("watcher", watcher)];
            return subscription(values, *change, explainer);
        }
        Fact::StoreFailed { code } => vec![("code", code.to_string())],
        Fact::Located(search) => return located(search),
        Fact::Quarantined { target, until, end } => vec![
            ("target", target_text(target)),
            ("until", until.to_string()),
            ("end", tell_end(*end, explainer)),
        ],
        Fact::Released { target } => vec![("target", target_text(target))],
        Fact::Call { state, .. } => vec![("state", state.to_string())],
        _ => Vec::new(),
    };
    ("", values)
}

fn hop(uri: String, state: HopState) -> (&'static str, Vec<Value>) {
    match state {
        HopState::Up => ("up", vec![("target", uri)]),
        HopState::Down => ("down", vec![("target", uri)]),
        HopState::Aside(until) => ("aside", vec![("target", uri), ("until", until.to_string())]),
    }
}

fn binding(mut values: Vec<Value>, change: Binding) -> (&'static str, Vec<Value>) {
    let (variant, at) = match change {
        Binding::Added(until) => ("added", Some(until)),
        Binding::Refreshed(until) => ("refreshed", Some(until)),
        Binding::Removed => ("removed", None),
        Binding::Expired => ("expired", None),
        Binding::FlowGone(None) => ("flow-gone-before", None),
        Binding::FlowGone(since) => ("flow-gone", since),
        Binding::Unwanted(why) => (why.id(), None),
    };
    values.extend(at.map(|at| ("time", at.to_string())));
    (variant, values)
}

fn subscription(
    mut values: Vec<Value>,
    change: Subscription,
    explainer: &Explainer,
) -> (&'static str, Vec<Value>) {
    let (variant, value) = match change {
        Subscription::Began(until) => ("began", Some(("until", until.to_string()))),
        Subscription::Refreshed(until) => ("refreshed", Some(("until", until.to_string()))),
        Subscription::Fetched => ("fetched", None),
        Subscription::Ended => ("ended", None),
        Subscription::Expired => ("expired", None),
        Subscription::Approved => ("approved", None),
        Subscription::Rejected => ("rejected", None),
        Subscription::Deactivated => ("deactivated", None),
        Subscription::Lost(end) => ("lost", Some(("end", tell_end(end, explainer)))),
    };
    values.extend(value);
    (variant, values)
}

fn located(search: &Search) -> (&'static str, Vec<Value>) {
    let host = ("host", search.host.to_string());
    match &search.found {
        Ok(targets) => {
            let targets: Vec<_> = targets.iter().map(target_text).collect();
            ("found", vec![host, ("targets", targets.join(", "))])
        }
        Err(error) => ("missing", vec![host, ("error", error.id().to_owned())]),
    }
}

fn lost_id(outvoted: &Outvoted) -> &'static str {
    use ringback_sip::journal::Lost;
    match outvoted.why {
        Lost::Global => "why-fate-global",
        Lost::Awaited => "why-fate-awaited",
        Lost::Class => "why-fate-class",
        Lost::TellsLess => "why-fate-tells-less",
        Lost::Later => "why-fate-later",
        Lost::TooLate => "why-fate-too-late",
    }
}

fn target_text(target: &Target) -> String {
    format!("{} {}", target.transport.via_name(), target.address)
}

fn status_text(status: StatusCode) -> String {
    format!("{} {}", status.number(), status.phrase())
}

fn method_name(method: Option<Method>) -> String {
    method.map_or("?", Method::as_str).to_owned()
}
