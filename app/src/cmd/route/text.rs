//! The report for a person.

use super::report::{End, Report};
use super::words::{Phrase, missed, unwanted};
use crate::terminal::Terminal;
use ringback_roles::access::Denial;
use ringback_roles::explain::Language;
use ringback_roles::proxy::Destination;
use ringback_sip::journal::Cause;
use std::fmt::Write as _;

/// Columns of the labels.
const LABEL: usize = 12;

pub(super) fn write(report: &Report<'_>, language: Language, terminal: &Terminal) -> String {
    let mut text = String::new();
    let say = |phrase: Phrase| phrase.text(language);
    let question = &report.question;
    let heading = format!(
        "{} {} ({} {}, {})",
        question.method.escape_ascii(),
        question.uri.raw.escape_ascii(),
        question.transport.via_name(),
        question.source,
        question.at
    );
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", terminal.bold(&heading));
    if let Some(caller) = question.caller {
        let who = if question.is_proven { String::new() } else { format!(", {}", say(Phrase::Stranger)) };
        row(&mut text, say(Phrase::Caller), &format!("{}{who}", caller.raw.escape_ascii()));
    }
    write_tried(&mut text, report, language);
    if report.target.as_bytes() != question.uri.raw {
        row(&mut text, say(Phrase::Target), &report.target);
    }
    if let Some(user) = &report.user {
        row(&mut text, say(Phrase::User), &user.to_string());
    }
    for (n, (contact, why)) in report.unwanted.iter().enumerate() {
        let label = if n == 0 { say(Phrase::NotTo) } else { "" };
        row(&mut text, label, &format!("{contact} ({})", unwanted(*why, language)));
    }
    match &report.end {
        End::Answer(denial) => write_answer(&mut text, denial, say(Phrase::Answer), say(Phrase::Line)),
        End::Send(destinations) => write_sends(&mut text, destinations, language),
        End::Unknown => row(&mut text, say(Phrase::Send), say(Phrase::Unknown)),
    }
    text
}

fn write_tried(text: &mut String, report: &Report<'_>, language: Language) {
    let say = |phrase: Phrase| phrase.text(language);
    let longest = report.tried.iter().map(|(rule, _)| rule.name.len()).max().unwrap_or_default();
    for (rule, outcome) in &report.tried {
        let verdict = match outcome {
            Ok(()) => say(Phrase::Holds),
            Err(because) => missed(*because, language),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:longest$}  {} {:<4}  {verdict}", rule.name, say(Phrase::Line), rule.line);
    }
    if report.rule.is_none() {
        let is_refused = matches!(&report.end, End::Answer(denial) if denial.cause.id() == "relay");
        let phrase = match report.tried.as_slice() {
            [] if is_refused => Phrase::BeforePlan,
            [] => Phrase::NoRules,
            _ => Phrase::NoneHolds,
        };
        let _ = writeln!(text, "  {}", say(phrase));
    }
}

fn write_answer(text: &mut String, denial: &Denial, label: &str, line: &str) {
    let extra = denial.extra.as_deref();
    let phrase = extra.and_then(|e| e.phrase.as_deref()).unwrap_or(denial.status.phrase());
    let because = match &denial.cause {
        Cause::UserState(user, at) => format!(" (user {user}, {line} {at})"),
        Cause::Rule(..) => String::new(),
        other => format!(" ({})", other.id()),
    };
    row(text, label, &format!("{} {phrase}{because}", denial.status));
    for (name, value) in denial.headers.iter() {
        row(text, "", &format!("{}: {}", name.as_str(), value.escape_ascii()));
    }
    if let Some((_, body)) = extra.and_then(|e| e.body.as_ref()) {
        for line in String::from_utf8_lossy(body).lines() {
            row(text, "", line);
        }
    }
}

fn write_sends(text: &mut String, destinations: &[Destination], language: Language) {
    let say = |phrase: Phrase| phrase.text(language);
    for (n, to) in destinations.iter().enumerate() {
        let mut line = match &to.uri {
            Some(uri) => uri.escape_ascii().to_string(),
            None => say(Phrase::Target).to_owned(),
        };
        if !to.path.is_empty() {
            let _ = write!(line, " {} {}", say(Phrase::Route), to.path.escape_ascii());
        }
        if let Some(flow) = to.flow {
            let _ = write!(line, " {} {} {}", say(Phrase::Route), flow.transport.via_name(), flow.remote);
        }
        if destinations.len() > 1 {
            let order = match n.checked_sub(1).map(|before| destinations[before].q == to.q) {
                None => say(Phrase::First),
                Some(true) => say(Phrase::Together),
                Some(false) => say(Phrase::Next),
            };
            line = format!("{order}: {line}");
        }
        row(text, if n == 0 { say(Phrase::Send) } else { "" }, &line);
    }
    if destinations.len() > 1 && destinations.iter().all(|to| to.hop.is_some()) {
        row(text, "", say(Phrase::OneByOne));
    }
}

fn row(text: &mut String, label: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {label:LABEL$}{value}");
}
