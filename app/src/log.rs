//! The journal as lines on stderr: for people, or one JSON object a line.

use crate::settings::stream_word;
use crate::steps;
use ringback_io::driver::Line;
use ringback_sip::flow::{FlowError, HandshakeFault};
use ringback_sip::journal::{
    Binding, BranchEnd, Cause, Entry, Fact, HopState, Outvoted, Shown, Subscription, Unwanted,
};
use ringback_sip::registry::{EventPackage, Method, StatusCode};
use ringback_sip::time::Instant;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

impl Format {
    /// One line, without its end.
    pub(crate) fn write(self, line: &Line<'_>, now: Instant) -> String {
        match (self, line) {
            (Format::Human, Line::Entry(_, entry)) => human(entry),
            (Format::Json, Line::Entry(_, entry)) => object(entry).to_string(),
            (_, Line::Rest) => String::new(),
            (Format::Human, Line::Dropped(1)) => format!("{now} 1 entry was not written"),
            (Format::Human, Line::Dropped(count)) => format!("{now} {count} entries were not written"),
            (Format::Json, Line::Dropped(count)) => {
                json!({ "at": now.to_string(), "fact": "not-written", "count": count }).to_string()
            }
        }
    }

    /// A line of the server about itself.
    pub(crate) fn note(self, now: Instant, fact: &str, text: &str) -> String {
        match self {
            Format::Human => format!("{now} {text}"),
            Format::Json => json!({ "at": now.to_string(), "fact": fact, "text": text }).to_string(),
        }
    }
}

/// Writes a line to stderr; without a reader there is nobody to tell.
pub(crate) fn print(line: &str) {
    print_all(&format!("{line}\n"));
}

/// Writes lines that have their ends, at once; without a reader there is nobody to tell.
pub(crate) fn print_all(lines: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().lock().write_all(lines.as_bytes());
}

/// The line of an entry, for people.
pub(crate) fn human(entry: &Entry) -> String {
    let mut line = format!("{} ", entry.at);
    write_fact(&mut line, &entry.fact);
    line.push_str(&cause_text(&entry.fact));
    if !entry.call_id.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(line, " call-id={}", entry.call_id.escape_ascii());
    }
    line
}

/// The stable word of the fact's cause and what it says beside, behind a colon; empty without a cause.
pub(crate) fn cause_text(fact: &Fact) -> String {
    let Some(cause) = fact.cause() else { return String::new() };
    let detail = detail(cause).map(|detail| format!(" ({detail})")).unwrap_or_default();
    format!(": {}{detail}", cause.id())
}

fn write_fact(line: &mut String, fact: &Fact) {
    // Writing to a String cannot fail.
    let _ = match fact {
        Fact::Answered { method, status, peer, .. } => {
            write!(line, "answered {} to {} of {peer}", status_text(*status), method_name(*method))
        }
        Fact::Passed { method, status, branch } => {
            write!(
                line,
                "passed on {} to {} from branch {branch}",
                status_text(*status),
                method_name(*method)
            )
        }
        Fact::Hop { uri, state } => match state {
            HopState::Up => write!(line, "next hop {uri} is up"),
            HopState::Down => write!(line, "next hop {uri} is down"),
            HopState::Aside(until) => write!(line, "next hop {uri} asks for rest until {until}"),
        },
        Fact::Routed { rule, line: at, target } => {
            write!(line, "rule {rule} (line {at}) sends it to {target}")
        }
        Fact::Branch { branch, target, peer } => write!(line, "branch {branch} to {target} at {peer}"),
        Fact::BranchEnded { branch, end } => write!(line, "branch {branch} ended: {}", end_text(*end)),
        Fact::Chose { branch, status, outvoted } => write_choice(line, *branch, *status, outvoted),
        Fact::Cancelling { branch, .. } => write!(line, "cancelling branch {branch}"),
        Fact::TimerFired { timer, method } => {
            write!(line, "{} fired for {}", timer.as_str(), method_name(*method))
        }
        Fact::FlowFailed { flow, error } => {
            write!(
                line,
                "path to {} {} failed: {}",
                flow.transport.via_name(),
                flow.remote,
                error_text(*error)
            )
        }
        Fact::Banned { source, until, .. } => write!(line, "{source} is banned until {until}"),
        Fact::Dropped { peer, .. } => write!(line, "dropped a message of {peer}"),
        Fact::Binding { aor, contact, change } => write_binding(line, [aor, contact], change),
        Fact::Subscription { aor, package, watcher, change } => {
            write_subscription(line, *package, [aor, watcher], *change)
        }
        Fact::Located(search) => write!(line, "{}", steps::summary(search)),
        Fact::Quarantined { target, until, end } => {
            let target = steps::target_text(target);
            write!(line, "{target} is tried last until {until}: {}", end_text(*end))
        }
        Fact::Released { target } => {
            write!(line, "{} has answered and is tried in its turn again", steps::target_text(target))
        }
        Fact::StoreFailed { code } => write!(line, "the store could not write; its code is {code}"),
        Fact::Call { state, .. } => write!(line, "call is {state}"),
        other => write!(line, "{}", other.id()),
    };
}

fn write_choice(
    line: &mut String,
    branch: u32,
    status: StatusCode,
    outvoted: &[Outvoted],
) -> std::fmt::Result {
    let others: Vec<_> = outvoted.iter().map(|o| format!("{} ({})", o.status, o.why.id())).collect();
    write!(line, "branch {branch} with {} speaks for all, not {}", status_text(status), others.join(", "))
}

/// The entry with stable names, schema `ringback.journal/1`.
pub(crate) fn object(entry: &Entry) -> Value {
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
    put("at", json!(entry.at.to_string()));
    put("fact", json!(entry.fact.id()));
    if !entry.call_id.is_empty() {
        put("call_id", json!(entry.call_id.escape_ascii().to_string()));
    }
    match &entry.fact {
        Fact::Answered { method, status, peer, .. } => {
            put("method", json!(method_name(*method)));
            put("status", json!(status.number()));
            put("peer", json!(peer.to_string()));
        }
        Fact::Passed { method, status, branch } => {
            put("method", json!(method_name(*method)));
            put("status", json!(status.number()));
            put("branch", json!(branch));
        }
        Fact::Branch { branch, target, peer } => {
            put("branch", json!(branch));
            put("target", json!(target.to_string()));
            put("peer", json!(peer.to_string()));
        }
        Fact::BranchEnded { branch, end } => {
            put("branch", json!(branch));
            put("end", json!(end_text(*end)));
        }
        Fact::Cancelling { branch, .. } => put("branch", json!(branch)),
        Fact::TimerFired { timer, method } => {
            put("timer", json!(timer.as_str()));
            put("method", json!(method_name(*method)));
        }
        Fact::FlowFailed { flow, error } => {
            put("transport", json!(stream_word(flow.transport)));
            put("peer", json!(flow.remote.to_string()));
            put("error", json!(error.id()));
        }
        Fact::Dropped { peer, .. } => put("peer", json!(peer.to_string())),
        Fact::Binding { aor, contact, change } => {
            let (change, until) = match change {
                Binding::Added(until) => ("added", Some(until)),
                Binding::Refreshed(until) => ("refreshed", Some(until)),
                Binding::Removed => ("removed", None),
                Binding::Expired => ("expired", None),
                Binding::Unwanted(why) => (why.id(), None),
                Binding::FlowGone(since) => {
                    put("since", json!(since.map(|since| since.to_string())));
                    ("flow gone", None)
                }
            };
            put("aor", json!(aor.to_string()));
            put("contact", json!(contact.to_string()));
            put("change", json!(change));
            put("until", json!(until.map(ToString::to_string)));
        }
        Fact::StoreFailed { code } => put("code", json!(code)),
        Fact::Call { state, .. } => put("state", json!(state)),
        fact => found_object(fact).into_iter().for_each(|(name, value)| put(&name, value)),
    }
    if let Some(cause) = entry.fact.cause() {
        put("cause", json!(cause.id()));
        if let Some(detail) = detail(cause) {
            put("detail", json!(detail));
        }
    }
    Value::Object(row)
}

fn write_binding(line: &mut String, [aor, contact]: [&Shown; 2], change: &Binding) -> std::fmt::Result {
    match change {
        Binding::Added(until) => write!(line, "{aor} is at {contact} until {until}"),
        Binding::Refreshed(until) => write!(line, "{aor} stays at {contact} until {until}"),
        Binding::Removed => write!(line, "{aor} is no longer at {contact}"),
        Binding::Expired => write!(line, "{aor} was not refreshed at {contact}"),
        Binding::FlowGone(Some(since)) => {
            write!(line, "{aor} is not tried at {contact}: its connection is gone since {since}")
        }
        Binding::FlowGone(None) => {
            write!(line, "{aor} is not tried at {contact}: its connection was gone before this start")
        }
        Binding::Unwanted(why) => {
            let why = match why {
                Unwanted::Rejected => "it has what the caller rejects",
                Unwanted::Lacking => "it lacks what the caller requires",
                Unwanted::Incapable => "it does not know this kind of request",
                Unwanted::NoFork => "the caller wants one phone only",
            };
            write!(line, "{aor} is not tried at {contact}: {why}")
        }
    }
}

fn write_subscription(
    line: &mut String,
    package: EventPackage,
    [aor, watcher]: [&Shown; 2],
    change: Subscription,
) -> std::fmt::Result {
    match change {
        Subscription::Began(until) => write!(line, "{watcher} watches {package} of {aor} until {until}"),
        Subscription::Refreshed(until) => {
            write!(line, "{watcher} goes on watching {package} of {aor} until {until}")
        }
        Subscription::Fetched => write!(line, "{watcher} asked once for {package} of {aor}"),
        Subscription::Ended => write!(line, "{watcher} watches {package} of {aor} no longer"),
        Subscription::Expired => write!(line, "{watcher} did not go on watching {package} of {aor}"),
        Subscription::Approved => write!(line, "{watcher} may watch {package} of {aor} from now on"),
        Subscription::Rejected => write!(line, "{watcher} may watch {package} of {aor} no longer"),
        Subscription::Deactivated => write!(line, "{watcher} must ask anew to watch {package} of {aor}"),
        Subscription::Lost(end) => {
            write!(line, "{watcher} cannot be told {package} of {aor}: {}", end_text(end))
        }
    }
}

/// The name of a change of a subscription, until when it holds, and how it was lost.
fn subscription_change(change: Subscription) -> (&'static str, Option<Instant>, Option<BranchEnd>) {
    match change {
        Subscription::Began(until) => ("began", Some(until), None),
        Subscription::Refreshed(until) => ("refreshed", Some(until), None),
        Subscription::Fetched => ("fetched", None, None),
        Subscription::Ended => ("ended", None, None),
        Subscription::Expired => ("expired", None, None),
        Subscription::Approved => ("approved", None, None),
        Subscription::Rejected => ("rejected", None, None),
        Subscription::Deactivated => ("deactivated", None, None),
        Subscription::Lost(end) => ("lost", None, Some(end)),
    }
}

/// What a fact about subscriptions, bans, the servers of a name, next hops and routes says.
fn found_object(fact: &Fact) -> Map<String, Value> {
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
    match fact {
        Fact::Banned { source, until, .. } => {
            put("source", json!(source.to_string()));
            put("until", json!(until.to_string()));
        }
        Fact::Subscription { aor, package, watcher, change } => {
            let (change, until, end) = subscription_change(*change);
            put("aor", json!(aor.to_string()));
            put("package", json!(package.as_str()));
            put("watcher", json!(watcher.to_string()));
            put("change", json!(change));
            put("until", json!(until.map(|until| until.to_string())));
            put("end", json!(end.map(end_text)));
        }
        Fact::Hop { uri, state } => {
            put("hop", json!(uri.to_string()));
            let (state, until) = match state {
                HopState::Up => ("up", None),
                HopState::Down => ("down", None),
                HopState::Aside(until) => ("aside", Some(until)),
            };
            put("state", json!(state));
            put("until", json!(until.map(ToString::to_string)));
        }
        Fact::Routed { rule, line, target } => {
            put("rule", json!(rule.to_string()));
            put("line", json!(line));
            put("target", json!(target.to_string()));
        }
        Fact::Located(search) => {
            put("host", json!(search.host.to_string()));
            put("steps", search.steps.iter().map(steps::object).collect());
            match &search.found {
                Ok(targets) => put("targets", targets.iter().map(steps::target_object).collect()),
                Err(error) => put("error", json!(error.id())),
            }
        }
        Fact::Quarantined { target, until, end } => {
            put("target", steps::target_object(target));
            put("until", json!(until.to_string()));
            put("end", json!(end_text(*end)));
        }
        Fact::Released { target } => put("target", steps::target_object(target)),
        Fact::Chose { branch, status, outvoted } => {
            put("branch", json!(branch));
            put("status", json!(status.number()));
            let row =
                |o: &Outvoted| json!({ "branch": o.branch, "status": o.status.number(), "why": o.why.id() });
            put("outvoted", outvoted.iter().map(row).collect());
        }
        _ => {}
    }
    row
}

/// What a cause says beside its name.
fn detail(cause: &Cause) -> Option<String> {
    Some(match cause {
        Cause::Malformed { header: Some(header), at } => format!("{header} at byte {at}"),
        Cause::Malformed { header: None, at } => format!("at byte {at}"),
        Cause::Scheme(shown)
        | Cause::Extension(shown)
        | Cause::ExtensionNeeded(shown)
        | Cause::UnknownMethod(shown)
        | Cause::MethodNotAllowed(shown)
        | Cause::Relay(shown)
        | Cause::UnknownUser(shown)
        | Cause::NoBinding(shown)
        | Cause::WrongCredentials(shown)
        | Cause::NotOwner(shown)
        | Cause::OwnName(shown)
        | Cause::BadEvent(shown)
        | Cause::MayNotWatch(shown)
        | Cause::MediaType(shown) => shown.to_string(),
        Cause::Dns { name, error } => format!("{name}: {}", error.id()),
        Cause::IntervalTooBrief(time) => format!("less than {} s", time.as_secs()),
        Cause::Limit(name) => name.to_string(),
        Cause::Transport(error) => error_text(*error),
        Cause::Timer(timer) => timer.as_str().to_owned(),
        Cause::Best(status) => status_text(*status),
        Cause::Rule(name, line) | Cause::UserState(name, line) => format!("{name}, line {line}"),
        _ => return None,
    })
}

/// How a branch ended, in words.
pub(crate) fn end_text(end: BranchEnd) -> String {
    match end {
        BranchEnd::Response(status) => status_text(status),
        BranchEnd::KeptBack => "the next hop is overloaded and asked for less".to_owned(),
        BranchEnd::Unusable => "its answer breaks the grammar".to_owned(),
        BranchEnd::NoRoom => "there was no room for its transaction".to_owned(),
        BranchEnd::Timeout(timer) => format!("no answer in time, {}", timer.as_str()),
        BranchEnd::Transport(error) => error_text(error),
        BranchEnd::Dns(error) => format!("its name could not be resolved, {}", error.id()),
    }
}

/// Why nothing could be sent, in words.
pub(crate) fn error_text(error: FlowError) -> String {
    let words = match error {
        FlowError::Refused => "nobody listens there",
        FlowError::Unreachable => "the network does not lead there",
        FlowError::ConnectTimeout => "no connection came about in time",
        FlowError::Closed => "the peer closed the connection",
        FlowError::Reset => "the connection broke",
        FlowError::Backlog => "the peer does not read fast enough",
        FlowError::Framing => "the stream no longer shows where messages end",
        FlowError::TooLarge => "the message is too long for a datagram",
        FlowError::NoSocket => "no socket of ours has that transport and kind of address",
        FlowError::Handshake(fault) => return format!("no secure connection: {}", handshake_text(fault)),
    };
    words.to_owned()
}

fn handshake_text(fault: HandshakeFault) -> &'static str {
    match fault {
        HandshakeFault::Expired => "the certificate is out of date",
        HandshakeFault::NotYetValid => "the certificate is not valid yet",
        HandshakeFault::UnknownAuthority => "no trusted authority signed the certificate",
        HandshakeFault::WrongName => "the certificate names somebody else",
        HandshakeFault::BadCertificate => "the certificate cannot be used",
        HandshakeFault::Refused => "the peer refused our certificate, or wants one",
        HandshakeFault::Protocol => "the peer speaks no TLS that we know",
        HandshakeFault::Upgrade => "the peer would not speak SIP over its WebSocket",
        HandshakeFault::Timeout => "it took too long",
    }
}

fn status_text(status: StatusCode) -> String {
    format!("{} {}", status.number(), status.phrase())
}

fn method_name(method: Option<Method>) -> &'static str {
    method.map_or("a request", Method::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::flow::{Flow, Target, Transport};

    #[test]
    fn an_answer_says_why_in_both_forms() {
        let entry = Entry::new(
            Instant::from_unix_secs(1_700_000_000),
            b"abc@\x1b[31m",
            Fact::Answered {
                method: Some(Method::Invite),
                status: StatusCode::NOT_FOUND,
                peer: "192.0.2.1:5060".parse().unwrap(),
                cause: Cause::UnknownUser(Shown::from("bob@example.test")),
            },
        );
        let line = Line::Entry(entry.at, &entry);
        assert_eq!(
            Format::Human.write(&line, entry.at),
            "2023-11-14T22:13:20.000Z answered 404 Not Found to INVITE of 192.0.2.1:5060: unknown-user \
             (bob@example.test) call-id=abc@\\x1b[31m"
        );
        let json: Value = serde_json::from_str(&Format::Json.write(&line, entry.at)).unwrap();
        assert_eq!(json["status"], 404);
        assert_eq!(json["cause"], "unknown-user");
        assert_eq!(json["detail"], "bob@example.test");
    }

    #[test]
    fn a_failed_path_is_told_in_words_to_people_and_by_its_name_to_programs() {
        let flow = Flow::to(
            "192.0.2.9:5060".parse().unwrap(),
            Target { transport: Transport::Udp, address: "192.0.2.1:5060".parse().unwrap(), peer: None },
        );
        for (fact, words) in [
            (
                Fact::FlowFailed { flow, error: FlowError::Refused },
                "path to UDP 192.0.2.1:5060 failed: nobody listens there",
            ),
            (
                Fact::BranchEnded {
                    branch: 0,
                    end: BranchEnd::Transport(FlowError::Handshake(HandshakeFault::WrongName)),
                },
                "branch 0 ended: no secure connection: the certificate names somebody else",
            ),
        ] {
            let entry = Entry::new(Instant::from_unix_secs(1), b"", fact);
            let line = Format::Human.write(&Line::Entry(entry.at, &entry), entry.at);
            assert!(line.ends_with(words), "{line}");
        }
        let entry = Entry::new(Instant::EPOCH, b"", Fact::FlowFailed { flow, error: FlowError::Refused });
        let line = Format::Json.write(&Line::Entry(entry.at, &entry), entry.at);
        assert!(line.contains("\"error\":\"refused\""), "{line}");
    }

    #[test]
    fn what_was_not_written_is_counted() {
        let now = Instant::from_unix_secs(1);
        assert!(Format::Human.write(&Line::Dropped(7), now).ends_with("7 entries were not written"));
        assert!(Format::Human.write(&Line::Dropped(1), now).ends_with(" 1 entry was not written"));
        let json: Value = serde_json::from_str(&Format::Json.write(&Line::Dropped(7), now)).unwrap();
        assert_eq!(json["count"], 7);
    }
}
