//! How requests and calls ended: as an exit code, and in words.

use super::report::secs;
use crate::exit::Exit;
use crate::{log, steps};
use ringback_io::media::dtmf::{DIGITS_MAX, Refusal};
use ringback_io::media::session::CommandError;
use ringback_roles::agent::{Ending, Outcome, Side};
use ringback_sip::flow::{FlowError, HandshakeFault};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::{AnswerFault, SdpError};
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
        Outcome::Transport(error) => format!("cannot be reached: {}", log::error_text(error)),
        Outcome::Dns(error) => steps::error_text(error).to_owned(),
        Outcome::Target => "this cannot be called".to_owned(),
        Outcome::Limit => "a limit was reached".to_owned(),
        Outcome::Package => "the peer does not take this package".to_owned(),
    }
}

/// The end of a request for machines, when it was no response.
pub(crate) fn error_of_outcome(outcome: Outcome) -> Option<String> {
    let name = match outcome {
        Outcome::Status(_) => return None,
        Outcome::Timeout(_) => "timeout",
        Outcome::Transport(error) => error.id(),
        Outcome::Dns(error) => return Some(format!("dns-{}", error.id())),
        Outcome::Target => "not-callable",
        Outcome::Limit => "limit",
        Outcome::Package => "package",
    };
    Some(name.to_owned())
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
    let fields = json!({
        "flow": flow, "reason": reason, "error": error_of_outcome(outcome),
        "status": status_of_outcome(outcome).map(StatusCode::number), "retry_s": retry.map(secs),
    });
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
        Ending::BadAnswer(fault) => {
            format!("the peer's answer about audio cannot be used: {}", words_of_answer(*fault))
        }
        Ending::Transferred => "the peer is with who it was sent to".to_owned(),
        Ending::Replaced => "another call has taken its place".to_owned(),
        Ending::NoDialog => "the peer's answer makes no dialog".to_owned(),
    }
}

/// What is wrong with an answer about audio, in words.
fn words_of_answer(fault: AnswerFault) -> &'static str {
    match fault {
        AnswerFault::Unreadable(SdpError::Empty) => "there is none",
        AnswerFault::Unreadable(SdpError::Version) => "its version is not 0",
        AnswerFault::Unreadable(SdpError::Media { .. }) => "a media line cannot be read",
        AnswerFault::Unreadable(
            SdpError::TooLong | SdpError::TooManyMedia | SdpError::TooManyFormats | SdpError::TooManyLines,
        ) => "it is longer than we read",
        AnswerFault::SectionCount => "it does not answer each part of the offer",
        AnswerFault::SectionMismatch => "a part of it answers something else than what was offered",
        AnswerFault::AudioRejected => "it rejects the audio",
        AnswerFault::NoCommonCodec => "it names no codec of those offered",
        AnswerFault::NoCommonKeys => "it names no key of those offered",
        AnswerFault::NoAddress => "it says no address to send audio to",
    }
}

/// The end of a call for machines, when something failed that no response says.
pub(crate) fn error_of_ending(ending: &Ending) -> Option<String> {
    match ending {
        Ending::Failed(outcome) | Ending::Lost(outcome) => error_of_outcome(*outcome),
        Ending::BadAnswer(fault) => Some(format!("answer-{}", fault.id())),
        Ending::NoAck => Some("no-ack".to_owned()),
        Ending::Expired => Some("session-expired".to_owned()),
        Ending::NoDialog => Some("no-dialog".to_owned()),
        Ending::HungUp(_)
        | Ending::Cancelled(_)
        | Ending::Refused(_)
        | Ending::Transferred
        | Ending::Replaced => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::flow::ResolveError;

    #[test]
    fn every_end_has_words_for_people_and_a_name_for_programs() {
        let ends = [
            (
                Ending::Failed(Outcome::Transport(FlowError::Refused)),
                "cannot be reached: nobody listens there",
                "refused",
            ),
            (
                Ending::Failed(Outcome::Dns(ResolveError::NoSuchName)),
                "the name does not exist",
                "dns-no-such-name",
            ),
            (
                Ending::Lost(Outcome::Dns(ResolveError::Timeout)),
                "the peer lost the call: the name servers did not answer in time",
                "dns-timeout",
            ),
            (
                Ending::BadAnswer(AnswerFault::Unreadable(SdpError::Empty)),
                "the peer's answer about audio cannot be used: there is none",
                "answer-missing",
            ),
            (
                Ending::BadAnswer(AnswerFault::NoCommonCodec),
                "the peer's answer about audio cannot be used: it names no codec of those offered",
                "answer-no-common-codec",
            ),
        ];
        for (ending, words, error) in ends {
            assert_eq!(
                (words_of_ending(&ending).as_str(), error_of_ending(&ending).as_deref()),
                (words, Some(error))
            );
        }
        let refused = Ending::Failed(Outcome::Status(StatusCode::BUSY_HERE));
        assert_eq!(error_of_ending(&refused), None, "a response is named by its status");
    }
}
