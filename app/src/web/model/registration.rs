//! Users and their phones.

use crate::settings::stream_word;
use crate::site::Site;
use crate::web::Hub;
use crate::why::{History, event_text};
use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::{HistoryEvent, tell_account, tell_state};
use ringback_roles::explain::Explainer;
use ringback_roles::location::{Aor, Binding as Bound};
use ringback_sip::journal::Binding;
use ringback_sip::time::Instant;
use serde::Serialize;
use std::io;
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

/// A user with its phones and its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Registration {
    #[serde(flatten)]
    pub(crate) story: UserStory,
    /// Whether it has an account.
    pub(crate) known: bool,
    /// Where calls to it go now.
    pub(crate) contacts: Vec<Contact>,
}

/// What is recorded of a user: why it cannot register, or not be called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UserStory {
    pub(crate) user: String,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<String>,
    /// From where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<String>,
    /// Until when it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    /// How its connection ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The call that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) call_id: Option<String>,
    /// Its method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The word for the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<String>,
    /// Why it was refused, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
}

impl RegistrationList {
    /// The users with these letters in their names, those behind `after`, `most` at most.
    pub(crate) fn of(hub: &Hub, letters: &str, after: Option<&str>, most: usize) -> RegistrationList {
        let after = after.filter(|text| !text.is_empty()).map(|text| Aor::from_canonical(text.as_bytes()));
        let letters = letters.to_ascii_lowercase();
        let mut users = hub.store.users_after(after.as_ref());
        users.retain(|user| user.to_string().to_ascii_lowercase().contains(&letters));
        let has_more = users.len() > most;
        users.truncate(most);
        let next = users.last().filter(|_| has_more).map(ToString::to_string);
        let line = |user: &Aor| RegistrationLine { user: user.to_string(), contacts: contacts(hub, user) };
        RegistrationList { users: users.iter().map(line).collect(), next }
    }
}

impl Registration {
    /// A user, named as `bob`, `bob@example.test` or a URI; `None` when it has no account and nothing is recorded of it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) fn of(hub: &Hub, user: &str, explainer: &Explainer) -> io::Result<Option<Registration>> {
        let aor = user_of(&hub.ground().site, user);
        let known = aor.as_ref().is_some_and(|aor| hub.store.is_user(aor));
        let history = match &hub.journal {
            Some(folder) => History::read(&RecordReader::open(folder)?, user, hub.clock.now())?,
            None => None,
        };
        let story = match (history, known) {
            (Some(history), _) => UserStory::new(user, &history, explainer),
            (None, true) => UserStory { user: user.to_owned(), ..UserStory::default() },
            (None, false) => return Ok(None),
        };
        Ok(Some(Registration {
            story,
            known,
            contacts: aor.iter().flat_map(|aor| contacts(hub, aor)).collect(),
        }))
    }
}

/// The account that a name means; `None` when the domain is not ours.
fn user_of(site: &Site, user: &str) -> Option<Aor> {
    site.account(user.trim_start_matches("sips:")).ok()
}

fn contacts(hub: &Hub, user: &Aor) -> Vec<Contact> {
    let now = hub.clock.now();
    hub.store.bindings(user).live(now).map(|bound| Contact::new(bound, now)).collect()
}

impl Contact {
    fn new(bound: &Bound, now: Instant) -> Self {
        let text = |bytes: &[u8]| crate::phone::printable(bytes);
        let refreshed = (bound.refreshed > Instant::EPOCH).then_some(bound.refreshed);
        Contact {
            contact: text(bound.contact()),
            peer: bound.flow.remote.to_string(),
            transport: stream_word(bound.flow.transport).to_owned(),
            user_agent: text(bound.user_agent()),
            q: bound.q.to_string(),
            expires: bound.expires.to_string(),
            expires_seconds: bound.expires.since(now).as_secs(),
            refreshed: refreshed.map(|at| at.to_string()),
            age_seconds: refreshed.map(|at| now.since(at).as_secs()),
        }
    }
}

impl UserStory {
    /// A user's history that was read from the journal.
    pub(crate) fn new(user: &str, history: &History, explainer: &Explainer) -> UserStory {
        let account = &history.account;
        let told = tell_state(account, explainer);
        let start = account.events.len().saturating_sub(EVENTS_MAX);
        let events = account.events[start..].iter();
        UserStory {
            user: user.to_owned(),
            state: Some(account.state.clone()),
            verdict: told.verdict,
            advice: told.advice,
            certainty: account.certainty.as_str().to_owned(),
            certainty_text: told.certainty,
            actor: account.actor.as_str().to_owned(),
            actor_text: told.actor,
            history: events.map(|(at, event)| HistoryLine::new(*at, event, explainer)).collect(),
        }
    }
}

impl HistoryLine {
    fn new(at: Instant, event: &HistoryEvent, explainer: &Explainer) -> Self {
        let line = HistoryLine { at: at.to_string(), text: event_text(event, explainer), ..Self::default() };
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
                HistoryLine {
                    event: word.to_owned(),
                    contact: Some(contact.to_string()),
                    peer: peer.map(|peer| peer.to_string()),
                    until: until.map(ToString::to_string),
                    ..line
                }
            }
            HistoryEvent::Closed { contact, peer, error } => HistoryLine {
                event: "closed".to_owned(),
                contact: Some(contact.to_string()),
                peer: Some(peer.to_string()),
                error: Some(error.id().to_owned()),
                ..line
            },
            HistoryEvent::Refused { call_id, account } => HistoryLine {
                event: "refused".to_owned(),
                call_id: Some(call_id.escape_ascii().to_string()),
                method: account.method.map(str::to_owned),
                status: account.status,
                cause: Some(account.cause.clone()),
                verdict: Some(tell_account(account, explainer).verdict),
                ..line
            },
        }
    }
}

/// How many of the last events are shown.
const EVENTS_MAX: usize = 1000;
