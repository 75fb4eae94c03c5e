//! How a server was found by its name, as text and as JSON (RFC 3263).

use ringback_sip::flow::{ResolveError, Target};
use ringback_sip::journal::{RecordKind, Search, Step, Verdict};
use serde_json::{Value, json};

/// One line about a search: what it found, or at which question it failed.
pub(crate) fn summary(search: &Search) -> String {
    match &search.found {
        Ok(targets) => {
            let targets: Vec<_> = targets.iter().map(target_text).collect();
            format!("{} is served at {}", search.host, targets.join(", "))
        }
        Err(error) => {
            let failed = search.steps.iter().rev().find_map(|step| match step {
                Step::Asked { name, kind, answer: Err(error) } => {
                    Some(format!(": {} of {name}: {}", kind.as_str(), error_text(*error)))
                }
                Step::NothingUsable => Some(": nothing says a transport that we have".to_owned()),
                _ => None,
            });
            format!("{} is not to be found, {}{}", search.host, error.id(), failed.unwrap_or_default())
        }
    }
}

/// One step, in words.
pub(crate) fn words(step: &Step) -> String {
    match step {
        Step::Numeric(ip) => format!("{ip} is an address: no name server is asked"),
        Step::PortNamed(port) => format!("port {port} is named: no NAPTR, no SRV"),
        Step::TransportNamed(transport) => format!("{} is asked for: no NAPTR", transport.via_name()),
        Step::TransportAssumed(transport) => {
            format!(
                "nothing says which transport: {}, port {}",
                transport.via_name(),
                transport.default_port()
            )
        }
        Step::Asked { name, kind, answer } => {
            let answer = match answer {
                Ok(0) => "no such record".to_owned(),
                Ok(1) => "1 record".to_owned(),
                Ok(count) => format!("{count} records"),
                Err(ResolveError::NoAddress) => "no such record".to_owned(),
                Err(error) => error_text(*error).to_owned(),
            };
            format!("{} {name}: {answer}", kind.as_str())
        }
        Step::Alias { to } => format!("  stands for {to}"),
        Step::Naptr { order, preference, service, replacement, verdict } => {
            let what = verdict_text(*verdict, RecordKind::Naptr);
            format!("  order {order}, preference {preference}, {service} by {replacement}: {what}")
        }
        Step::Srv { priority, weight, port, target, verdict } => {
            let what = verdict_text(*verdict, RecordKind::Srv);
            let target = if target.0.is_empty() { ".".to_owned() } else { target.to_string() };
            format!("  priority {priority}, weight {weight}, {target} port {port}: {what}")
        }
        Step::Address { ip, verdict } => format!("  {ip}: {}", verdict_text(*verdict, RecordKind::Address)),
        Step::Quarantined { target, until } => {
            format!("{} failed lately: tried last until {until}", target_text(target))
        }
        Step::NothingUsable => "nothing says a transport that we have, and none is guessed".to_owned(),
        Step::GaveUp => "the search took too long and was given up".to_owned(),
        Step::Limit(name) => format!("cut at the limit {name}"),
    }
}

/// One step, with stable names.
pub(crate) fn object(step: &Step) -> Value {
    match step {
        Step::Numeric(ip) => json!({ "step": "numeric", "ip": ip.to_string() }),
        Step::PortNamed(port) => json!({ "step": "port-named", "port": port }),
        Step::TransportNamed(transport) => {
            json!({ "step": "transport-named", "transport": transport.via_name() })
        }
        Step::TransportAssumed(transport) => {
            json!({ "step": "transport-assumed", "transport": transport.via_name() })
        }
        Step::Asked { name, kind, answer } => json!({
            "step": "asked", "name": name.to_string(), "kind": kind.as_str(),
            "records": answer.ok(), "error": answer.err().map(ResolveError::id),
        }),
        Step::Alias { to } => json!({ "step": "alias", "to": to.to_string() }),
        Step::Naptr { order, preference, service, replacement, verdict } => json!({
            "step": "naptr", "order": order, "preference": preference, "service": service.to_string(),
            "replacement": replacement.to_string(), "verdict": verdict.id(),
        }),
        Step::Srv { priority, weight, port, target, verdict } => json!({
            "step": "srv", "priority": priority, "weight": weight, "port": port, "target": target.to_string(),
            "verdict": verdict.id(),
        }),
        Step::Address { ip, verdict } => {
            json!({ "step": "address", "ip": ip.to_string(), "verdict": verdict.id() })
        }
        Step::Quarantined { target, until } => {
            json!({ "step": "quarantined", "target": target_object(target), "until": until.to_string() })
        }
        Step::NothingUsable => json!({ "step": "nothing-usable" }),
        Step::GaveUp => json!({ "step": "gave-up" }),
        Step::Limit(name) => json!({ "step": "limit", "limit": name }),
    }
}

/// An address to try, in words.
pub(crate) fn target_text(target: &Target) -> String {
    format!("{} {}", target.transport.via_name(), target.address)
}

/// An address to try, with stable names.
pub(crate) fn target_object(target: &Target) -> Value {
    json!({ "transport": target.transport.via_name(), "address": target.address.to_string() })
}

/// Why a name gave no address.
pub(crate) fn error_text(error: ResolveError) -> &'static str {
    match error {
        ResolveError::NoSuchName => "the name does not exist",
        ResolveError::NoAddress => "the name has no address that we can use",
        ResolveError::NoTransport => "no transport that we have is offered",
        ResolveError::Timeout => "the name servers did not answer in time",
        ResolveError::Failed => "the name servers failed",
        ResolveError::Refused => "the name servers refuse to answer us",
        ResolveError::Unavailable => "there is no name server to ask",
    }
}

fn verdict_text(verdict: Verdict, kind: RecordKind) -> &'static str {
    match (verdict, kind) {
        (Verdict::Taken, RecordKind::Address) => "tried in this order",
        (Verdict::Taken, _) => "followed",
        (Verdict::OtherService, _) => "not about SIP",
        (Verdict::NoTransport, _) => "a transport that we have not",
        (Verdict::NotSecure, _) => "not secure, and the URI is sips",
        (Verdict::Expression, _) => "holds a regular expression, which means nothing here",
        (Verdict::OtherFlag, _) => "does not lead to SRV records",
        (Verdict::LaterOrder, _) => "of a later order than what is followed",
        (Verdict::NotOffered, _) => "says that the service is not offered",
        (Verdict::NoSocket, _) => "an address family without a socket of ours",
        (Verdict::Known, _) => "on the list already",
        (Verdict::OverLimit, _) => "more than are tried",
    }
}
