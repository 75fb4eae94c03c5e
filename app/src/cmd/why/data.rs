//! Accounts as JSON, schema `ringback.why/1`.

use super::case::{Case, History};
use super::ladder::title;
use crate::log;
use ringback_roles::diagnosis::{BranchAccount, HistoryEvent, What, tell_account, tell_state};
use ringback_roles::explain::Explainer;
use ringback_sip::journal::{Binding, Entry};
use serde_json::{Value, json};

/// A call with its evidence.
pub(super) fn call(case: &Case, explainer: &Explainer) -> Value {
    let mut value = row(case, explainer);
    let (mut facts, mut messages) = (Vec::new(), Vec::new());
    for (place, record) in case.records.iter().enumerate() {
        let tells = case.account.telling.contains(&place);
        match &record.what {
            What::Fact(fact) => {
                let mut object = log::object(&Entry::new(record.at, &record.call_id, fact.clone()));
                object["tells"] = json!(tells);
                facts.push(object);
            }
            What::Message(passage) => messages.push(json!({
                "at": record.at.to_string(),
                "sent": passage.sent,
                "peer": passage.flow.remote.to_string(),
                "transport": passage.flow.transport.uri_name(),
                "start": title(record),
                "message": String::from_utf8_lossy(&passage.bytes),
                "tells": tells,
            })),
            What::Told(_) | What::Began(_) | What::Gap(_) => {}
        }
    }
    value["branches"] = case.account.branches.iter().map(branch).collect();
    value["facts"] = facts.into();
    value["messages"] = messages.into();
    value
}

/// A call in short.
pub(super) fn row(case: &Case, explainer: &Explainer) -> Value {
    let account = &case.account;
    let told = tell_account(account, explainer);
    let values: serde_json::Map<_, _> =
        account.values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "call_id": case.call_id.escape_ascii().to_string(),
        "begin": account.begin.to_string(),
        "end": account.end.map(|end| end.to_string()),
        "method": account.method,
        "status": account.status,
        "cause": account.cause,
        "values": values,
        "certainty": account.certainty,
        "actor": account.actor,
        "verdict": told.verdict,
        "advice": told.advice,
        "others": account.others,
        "missing": account.missing,
    })
}

fn branch(branch: &BranchAccount) -> Value {
    let mut value = json!(branch);
    value["end"] = json!(branch.end.map(log::end_text));
    value
}

/// A user.
pub(super) fn user(user: &str, history: &History, explainer: &Explainer) -> Value {
    let account = &history.account;
    let told = tell_state(account, explainer);
    let events: Vec<Value> = account
        .events
        .iter()
        .map(|(at, event)| {
            let mut value = event_object(event, explainer);
            value["at"] = json!(at.to_string());
            value
        })
        .collect();
    json!({
        "user": user,
        "state": account.state,
        "certainty": account.certainty,
        "actor": account.actor,
        "verdict": told.verdict,
        "advice": told.advice,
        "history": events,
    })
}

fn event_object(event: &HistoryEvent, explainer: &Explainer) -> Value {
    match event {
        HistoryEvent::Binding { contact, peer, change } => {
            let (word, until) = match change {
                Binding::Added(until) => ("registered", Some(until)),
                Binding::Refreshed(until) => ("refreshed", Some(until)),
                Binding::Removed => ("unregistered", None),
                Binding::Expired => ("expired", None),
                Binding::FlowGone(_) => ("flow-gone", None),
                Binding::Unwanted(why) => (why.id(), None),
            };
            json!({
                "event": word,
                "contact": contact.to_string(),
                "peer": peer.map(|peer| peer.to_string()),
                "until": until.map(ToString::to_string),
            })
        }
        HistoryEvent::Closed { contact, peer, error } => json!({
            "event": "closed",
            "contact": contact.to_string(),
            "peer": peer.to_string(),
            "error": error.id(),
        }),
        HistoryEvent::Refused { call_id, account } => json!({
            "event": "refused",
            "call_id": call_id.escape_ascii().to_string(),
            "method": account.method,
            "status": account.status,
            "cause": account.cause,
            "verdict": tell_account(account, explainer).verdict,
        }),
    }
}
