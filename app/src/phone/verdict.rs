//! How requests and calls ended: as an exit code, and in words.

use crate::exit::Exit;
use ringback_io::media::dtmf::{DIGITS_MAX, Refusal};
use ringback_io::media::session::CommandError;
use ringback_roles::agent::{Ending, Outcome, Side};
use ringback_sip::flow::{FlowError, HandshakeFault};
use ringback_sip::registry::StatusCode;
use serde_json::json;
use std::time::Duration;

/// The exit code for the end of a request.
pub(crate) fn exit_of_outcome(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Status(status) => Exit::from_status(status),
        Outcome::Timeout(_) => Exit::TIMEOUT,
        Outcome::Transport(FlowError::Handshake(_)) => Exit::TLS,
        Outcome::Transport(_) => Exit::CONNECT,
        Outcome::Dns(_) => Exit::DNS,
        Outcome::Target => Exit::USAGE,
        Outcome::Limit | Outcome::Package => Exit::FAILURE,
    }
}

/// The end of a request in words.
pub(crate) fn words_of_outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Status(status) => format!("{status} {}", status.phrase()),
        Outcome::Timeout(timer) => format!("no answer in time (timer {})", timer.as_str()),
        Outcome::Transport(FlowError::Handshake(fault)) => words_of_handshake(fault).to_owned(),
        Outcome::Transport(error) => format!("cannot be reached ({error:?})"),
        Outcome::Dns(error) => format!("the name gives no address ({error:?})"),
        Outcome::Target => "this cannot be called".to_owned(),
        Outcome::Limit => "a limit was reached".to_owned(),
        Outcome::Package => "the peer does not take this package".to_owned(),
    }
}

/// A flow that carries us no more, in words and for machines.
pub(crate) fn words_of_lost_flow(
    flow: u32,
    outcome: Outcome,
    retry: Option<Duration>,
) -> (String, serde_json::Value) {
    let reason = words_of_outcome(outcome);
    let next = match retry {
        None => "not tried again".to_owned(),
        Some(Duration::ZERO) => "another one takes its place".to_owned(),
        Some(wait) => format!("trying again in {} s", wait.as_secs()),
    };
    let retry_s = retry.map(|wait| wait.as_secs_f64());
    let status = status_of_outcome(outcome).map(StatusCode::number);
    let fields = json!({ "flow": flow, "reason": reason, "status": status, "retry_s": retry_s });
    (format!("flow {flow}: {reason}; {next}"), fields)
}

/// Why no secure connection came about, in words.
fn words_of_handshake(fault: HandshakeFault) -> &'static str {
    match fault {
        HandshakeFault::Expired => "not secure: the server's certificate is over",
        HandshakeFault::NotYetValid => "not secure: the time of the server's certificate has not come",
        HandshakeFault::UnknownAuthority => {
            "not secure: no authority that we trust vouches for the server; see --ca"
        }
        HandshakeFault::WrongName => "not secure: the server's certificate names others",
        HandshakeFault::BadCertificate => "not secure: the server's certificate cannot be used",
        HandshakeFault::Refused => "the server wants a certificate of us, or another one",
        HandshakeFault::Protocol => "the server does not speak TLS as we do",
        HandshakeFault::Upgrade => "the server refused to speak SIP over a WebSocket",
        HandshakeFault::Timeout => "the server took too long to agree on keys",
    }
}

/// The exit code for the end of a call.
pub(crate) fn exit_of_ending(ending: &Ending) -> Exit {
    match ending {
        Ending::HungUp(_) | Ending::Refused(_) | Ending::Transferred | Ending::Replaced => Exit::SUCCESS,
        Ending::Cancelled(_) | Ending::NoAck | Ending::Expired => Exit::TIMEOUT,
        Ending::Failed(outcome) | Ending::Lost(outcome) => exit_of_outcome(*outcome),
        Ending::BadAnswer(_) => Exit::from_status(StatusCode::NOT_ACCEPTABLE_HERE),
        Ending::NoDialog => Exit::FAILURE,
    }
}

/// The end of a call in words.
pub(crate) fn words_of_ending(ending: &Ending) -> String {
    match ending {
        Ending::HungUp(Side::Us) => "we hung up".to_owned(),
        Ending::HungUp(Side::Peer) => "the peer hung up".to_owned(),
        Ending::Cancelled(Side::Us) => "we gave up before an answer".to_owned(),
        Ending::Cancelled(Side::Peer) => "the caller gave up".to_owned(),
        Ending::Failed(outcome) => words_of_outcome(*outcome),
        Ending::Refused(status) => format!("we refused with {status} {}", status.phrase()),
        Ending::NoAck => "the caller never acknowledged our answer".to_owned(),
        Ending::Expired => "the peer did not refresh the session in time".to_owned(),
        Ending::Lost(outcome) => format!("the peer lost the call: {}", words_of_outcome(*outcome)),
        Ending::BadAnswer(fault) => format!("the peer's answer about audio cannot be used ({fault:?})"),
        Ending::Transferred => "the peer is with who it was sent to".to_owned(),
        Ending::Replaced => "another call has taken its place".to_owned(),
        Ending::NoDialog => "the peer's answer makes no dialog".to_owned(),
    }
}

/// The status code in which a request ended, if it ended in one.
pub(crate) fn status_of_outcome(outcome: Outcome) -> Option<StatusCode> {
    if let Outcome::Status(status) = outcome { Some(status) } else { None }
}

/// The status code in which a call ended, if it ended in one.
pub(crate) fn status_of_ending(ending: &Ending) -> Option<StatusCode> {
    match ending {
        Ending::Failed(Outcome::Status(status)) | Ending::Refused(status) => Some(*status),
        _ => None,
    }
}

/// Why the audio of a call does not do what it was told, in words.
pub(crate) fn words_of_command_error(error: CommandError) -> String {
    match error {
        CommandError::Busy => "too many orders wait".to_owned(),
        CommandError::Ended => "the audio has ended".to_owned(),
        CommandError::Digits(Refusal::NotADigit(c)) => format!("{c:?} is no digit"),
        CommandError::Digits(Refusal::TooMany) => format!("more than {DIGITS_MAX} at a time"),
        CommandError::Digits(Refusal::NotNegotiated) => "the peer takes no telephone events".to_owned(),
    }
}
