//! Transfers (RFC 5589) as the commands show them: who may send us elsewhere, and how one of ours fares.

use super::device::Phone;
use super::report::Reporter;
use super::verdict::{error_of_outcome, exit_of_outcome, status_of_outcome, words_of_outcome};
use crate::exit::Exit;
use clap::ValueEnum;
use ringback_roles::agent::{CallId, Command, Outgoing, Transferring, Transfers};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Capabilities;
use serde_json::json;
use std::io;
use std::time::Duration;

/// Whose wish to call somebody is followed (REFER), and whose calls may take the place of ours (Replaces).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Consent {
    /// Nobody's
    #[default]
    Refuse,
    /// That of the peers of our calls
    Allow,
    /// Everybody's, also outside of calls
    Anybody,
}

impl From<Consent> for Transfers {
    fn from(consent: Consent) -> Self {
        match consent {
            Consent::Refuse => Transfers::Refuse,
            Consent::Allow => Transfers::InCalls,
            Consent::Anybody => Transfers::Anybody,
        }
    }
}

/// Makes the call `new` that the peer of `of` asks for; the agent tells that peer how it fares.
pub(crate) fn follow(
    phone: &Phone,
    (new, of): (CallId, CallId),
    target: String,
    audio: Capabilities,
    patience: Duration,
) {
    let outgoing = Outgoing {
        target,
        audio,
        late_offer: false,
        patience: Some(patience),
        duration: None,
        referral: Some(of),
    };
    phone.order(Command::Call { call: new, outgoing: Box::new(outgoing) });
}

/// Tells how a transfer to `target` fares; once nothing more is to come, what the command ends with.
pub(crate) fn tell_transfer(
    reporter: &Reporter<'_>,
    target: &str,
    news: Transferring,
) -> io::Result<Option<Exit>> {
    let (stage, words, status, exit) = match news {
        Transferring::Accepted => ("accepted", "accepted".to_owned(), None, None),
        Transferring::Progress(status) => {
            ("progress", format!("{status} {}", status.phrase()), Some(status), None)
        }
        Transferring::Done => ("done", "done".to_owned(), Some(StatusCode::OK), Some(Exit::SUCCESS)),
        Transferring::Failed(outcome) => {
            ("failed", words_of_outcome(outcome), status_of_outcome(outcome), Some(exit_of_outcome(outcome)))
        }
        Transferring::Unknown => {
            ("unknown", "the peer does not tell how it ended".to_owned(), None, Some(Exit::TIMEOUT))
        }
    };
    let text = format!("transfer to {target}: {words}");
    let number = status.map(StatusCode::number);
    let error = if let Transferring::Failed(outcome) = news { error_of_outcome(outcome) } else { None };
    let fields =
        json!({ "target": target, "stage": stage, "status": number, "reason": words, "error": error });
    match exit {
        None => reporter.progress("transfer", &text, fields)?,
        Some(_) => reporter.answer("transfer", &text, fields, status.map(|status| (status, None)))?,
    }
    Ok(exit)
}
