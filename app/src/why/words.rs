//! The sentences about branches and histories.

use crate::phone::printable;
use ringback_roles::diagnosis::{BranchFate, HistoryEvent, tell_account};
use ringback_roles::explain::Explainer;
use ringback_sip::journal::{Binding, Unwanted};
use ringback_sip::time::Instant;

/// The label of what became of a branch's answer.
pub(crate) fn fate_id(fate: BranchFate) -> &'static str {
    use ringback_sip::journal::Lost;
    match fate {
        BranchFate::Chosen => "why-fate-chosen",
        BranchFate::Lost(Lost::Global) => "why-fate-global",
        BranchFate::Lost(Lost::Awaited) => "why-fate-awaited",
        BranchFate::Lost(Lost::Class) => "why-fate-class",
        BranchFate::Lost(Lost::TellsLess) => "why-fate-tells-less",
        BranchFate::Lost(Lost::Later) => "why-fate-later",
        BranchFate::Lost(Lost::TooLate) => "why-fate-too-late",
        BranchFate::CalledOff => "why-fate-called-off",
        BranchFate::Replaced => "why-fate-replaced",
        BranchFate::Open => "why-fate-open",
    }
}

/// An event of a history, without its time.
pub(crate) fn event_text(event: &HistoryEvent, explainer: &Explainer) -> String {
    match event {
        HistoryEvent::Binding { contact, peer, change } => {
            let (id, until): (&str, Option<&Instant>) = match change {
                Binding::Added(until) => ("why-history-added", Some(until)),
                Binding::Refreshed(until) => ("why-history-refreshed", Some(until)),
                Binding::Removed => ("why-history-removed", None),
                Binding::Expired => ("why-history-expired", None),
                Binding::FlowGone(_) => ("why-history-flow-gone", None),
                Binding::Unwanted(Unwanted::Rejected) => ("why-history-rejected", None),
                Binding::Unwanted(Unwanted::Lacking) => ("why-history-lacking", None),
                Binding::Unwanted(Unwanted::Incapable) => ("why-history-incapable", None),
                Binding::Unwanted(Unwanted::NoFork) => ("why-history-no-fork", None),
            };
            let peer = peer.map(|peer| format!(" ({peer})")).unwrap_or_default();
            let word = explainer.label("why-history-until");
            let until = until.map(|until| format!(", {word} {until}")).unwrap_or_default();
            format!("{} {contact}{peer}{until}", explainer.label(id))
        }
        HistoryEvent::Closed { contact, peer, error } => {
            format!("{} {contact} ({peer}): {}", explainer.label("why-history-closed"), error.id())
        }
        HistoryEvent::Refused { call_id, account } => {
            let told = tell_account(account, explainer);
            let [method, id] = [account.method.unwrap_or("?").to_owned(), printable(call_id)];
            let status = account.status.unwrap_or_default();
            format!("{} {method} {status} ({id}): {}", explainer.label("why-history-refused"), told.verdict)
        }
    }
}
