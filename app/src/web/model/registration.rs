//! Users and their phones.

use serde::Serialize;
use utoipa::ToSchema;

/// The users of the server, in order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RegistrationList {
    pub(crate) users: Vec<RegistrationLine>,
    /// The cursor of the next page, when there is one.
    pub(crate) next: Option<String>,
}

/// A user and how it can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RegistrationLine {
    /// `bob@example.test`.
    pub(crate) user: String,
    /// Where calls to it go now.
    pub(crate) contacts: Vec<Contact>,
}

/// A phone of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Contact {
    /// Its URI.
    pub(crate) contact: String,
    /// From where it registered.
    pub(crate) peer: String,
    /// `udp`, `tcp`, `tls`, `ws`, `wss`.
    pub(crate) transport: String,
    /// What it calls itself.
    pub(crate) user_agent: String,
    /// Its preference from 0 to 1.
    pub(crate) q: String,
    /// Until when.
    pub(crate) expires: String,
    /// The same in seconds from now.
    pub(crate) expires_seconds: u64,
    /// When it registered last, when that is known.
    pub(crate) refreshed: Option<String>,
    /// The same in seconds before now: how old the news of its path is.
    pub(crate) age_seconds: Option<u64>,
}

/// A user with its history: why it cannot register, or not be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Registration {
    pub(crate) user: String,
    /// Whether it has an account.
    pub(crate) known: bool,
    /// Where calls to it go now.
    pub(crate) contacts: Vec<Contact>,
    /// The word for its state: `registered`, `expired`, `flow-gone`, `never-registered`, or why the last REGISTER was
    /// refused; `None` when nothing is recorded of it.
    pub(crate) state: Option<String>,
    /// The state and its reason in a sentence.
    pub(crate) verdict: String,
    /// What to do, in a sentence.
    pub(crate) advice: String,
    /// How sure that is.
    pub(crate) certainty: String,
    /// The same in the language asked for.
    pub(crate) certainty_text: String,
    /// Who must act.
    pub(crate) actor: String,
    /// The same in the language asked for.
    pub(crate) actor_text: String,
    /// What happened, in the order of time.
    pub(crate) history: Vec<HistoryLine>,
}

/// Something in the history of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HistoryLine {
    /// When.
    pub(crate) at: String,
    /// `registered`, `refreshed`, `unregistered`, `expired`, `flow-gone`, `closed`, `refused` …
    pub(crate) event: String,
    /// In a sentence.
    pub(crate) text: String,
    /// The phone.
    pub(crate) contact: Option<String>,
    /// From where.
    pub(crate) peer: Option<String>,
    /// Until when it was registered.
    pub(crate) until: Option<String>,
    /// How its connection ended.
    pub(crate) error: Option<String>,
    /// The call that was refused.
    pub(crate) call_id: Option<String>,
    /// Its method.
    pub(crate) method: Option<String>,
    /// Its code.
    pub(crate) status: Option<u16>,
    /// The word for the cause.
    pub(crate) cause: Option<String>,
    /// Why it was refused, in a sentence.
    pub(crate) verdict: Option<String>,
}
