//! How requests ended: as an exit code, and in words.

use crate::exit::Exit;
use ringback_roles::agent::Outcome;

/// The exit code for the end of a request.
pub(crate) fn exit_of_outcome(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Status(status) => Exit::from_status(status),
        Outcome::Timeout(_) => Exit::TIMEOUT,
        Outcome::Transport(_) => Exit::CONNECT,
        Outcome::Dns(_) => Exit::DNS,
        Outcome::Target => Exit::USAGE,
        Outcome::Limit => Exit::FAILURE,
    }
}

/// The end of a request in words.
pub(crate) fn words_of_outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Status(status) => format!("{status} {}", status.phrase()),
        Outcome::Timeout(timer) => format!("no answer in time (timer {})", timer.as_str()),
        Outcome::Transport(error) => format!("cannot be reached ({error:?})"),
        Outcome::Dns(error) => format!("the name gives no address ({error:?})"),
        Outcome::Target => "this cannot be called".to_owned(),
        Outcome::Limit => "a limit was reached".to_owned(),
    }
}
