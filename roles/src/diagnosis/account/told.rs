//! An account in the sentences of a language.

use super::super::finding::{Actor, Value};
use super::super::told::filled;
use super::call::Account;
use super::user::UserAccount;
use crate::explain::{Explainer, Topic};
use ringback_sip::registry::{Method, StatusCode};
use serde::Serialize;

/// An account as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToldAccount {
    /// What happened and why.
    pub verdict: String,
    /// How sure that is.
    pub certainty: String,
    /// Who must act.
    pub actor: String,
    /// What to do.
    pub advice: String,
}

/// Tells the account of a call.
pub fn tell_account(account: &Account, explainer: &Explainer) -> ToldAccount {
    let status = account.status.and_then(StatusCode::new);
    let gist = status.map(|status| explainer.gist(Topic::Status(status))).unwrap_or_default();
    let mut extra = vec![("gist", gist), ("method", account.method.unwrap_or("?").to_owned())];
    let error = account.values.iter().find(|(name, _)| *name == "error" && account.cause == "transport");
    extra.extend(error.map(|(name, text)| (*name, explainer.label(text).to_owned())));
    // Nobody calls with a REGISTER.
    let is_call = account.method.is_none_or(|method| method == Method::Invite.as_str());
    let actor = match account.actor {
        Actor::Caller if !is_call => "sender",
        Actor::Callee if !is_call => "receiver",
        actor => actor.as_str(),
    };
    let certainty = account.certainty.as_str();
    tell(&format!("why-{}", account.cause), [certainty, actor], &[&extra, &account.values], explainer)
}

/// Tells the state of a user.
pub fn tell_state(account: &UserAccount, explainer: &Explainer) -> ToldAccount {
    let [certainty, actor] = [account.certainty.as_str(), account.actor.as_str()];
    tell(&format!("why-{}", account.state), [certainty, actor], &[&account.values], explainer)
}

fn tell(id: &str, [certainty, actor]: [&str; 2], values: &[&[Value]], explainer: &Explainer) -> ToldAccount {
    let text = |id: &str, attribute| explainer.field(id, attribute).map(|text| filled(text, values));
    let advice = text(id, "advice").or_else(|| text(&format!("why-of-{actor}"), "advice"));
    ToldAccount {
        verdict: text(id, "verdict").or_else(|| text("why-unknown", "verdict")).unwrap_or_default(),
        certainty: explainer.label(&format!("diagnosis-{certainty}")).to_owned(),
        actor: explainer.label(&format!("diagnosis-{actor}")).to_owned(),
        advice: advice.unwrap_or_default(),
    }
}
