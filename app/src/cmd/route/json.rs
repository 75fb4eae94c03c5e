//! The report for a program, schema `ringback.route/1`.

use super::report::{End, Report};
use super::words::{missed, unwanted};
use ringback_roles::access::Denial;
use ringback_roles::explain::Language;
use ringback_roles::proxy::Destination;
use ringback_roles::routing::plan::Rule;
use serde_json::{Value, json};

pub(super) fn write(report: &Report<'_>, language: Language) -> String {
    let question = &report.question;
    let tried: Vec<Value> = report
        .tried
        .iter()
        .map(|(rule, outcome)| {
            let because = outcome.err();
            json!({
                "rule": &*rule.name, "line": rule.line, "holds": outcome.is_ok(),
                "missed": because.map(|m| m.id()), "text": because.map(|m| missed(m, language)),
            })
        })
        .collect();
    let outcome = match &report.end {
        End::Answer(denial) => answer(denial),
        End::Send(destinations) => {
            json!({ "kind": "send", "to": destinations.iter().map(destination).collect::<Vec<_>>() })
        }
        End::Unknown => json!({ "kind": "unknown" }),
    };
    let left = report.unwanted.iter();
    let unwanted: Vec<Value> = left
        .map(|(contact, why)| json!({ "uri": contact, "why": why.id(), "text": unwanted(*why, language) }))
        .collect();
    let object = json!({
        "schema": "ringback.route/1",
        "lang": language.tag(),
        "request": {
            "method": text(question.method), "uri": text(question.uri.raw),
            "from": question.caller.map(|uri| text(uri.raw)), "stranger": !question.is_proven,
            "source": question.source.to_string(), "transport": question.transport.uri_name(),
            "at": question.at.to_string(),
        },
        "tried": tried,
        "rule": report.rule.map(name),
        "target": report.target,
        "user": report.user.as_ref().map(ToString::to_string),
        "unwanted": unwanted,
        "outcome": outcome,
    });
    format!("{object}\n")
}

fn name(rule: &Rule) -> Value {
    json!({ "name": &*rule.name, "line": rule.line })
}

fn answer(denial: &Denial) -> Value {
    let headers: Vec<Value> =
        denial.headers.iter().map(|(name, value)| json!([name.as_str(), text(value)])).collect();
    let extra = denial.extra.as_deref();
    json!({
        "kind": "answer",
        "status": denial.status.number(),
        "phrase": extra.and_then(|e| e.phrase.as_deref()).unwrap_or(denial.status.phrase()),
        "cause": denial.cause.id(),
        "headers": headers,
        "body": extra.and_then(|e| e.body.as_ref()).map(|(_, body)| text(body)),
    })
}

fn destination(to: &Destination) -> Value {
    json!({
        "uri": to.uri.as_deref().map(text),
        "route": (!to.path.is_empty()).then(|| text(&to.path)),
        "q": f64::from(to.q) / 1000.0,
        "hop": to.hop.as_deref(),
        "address": to.flow.map(|flow| flow.remote.to_string()),
    })
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
