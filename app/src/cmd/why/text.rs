//! Accounts as text: the verdict first, then the evidence, then the messages with the telling ones marked.

use crate::log;
use crate::phone::printable;
use crate::terminal::Terminal;
use crate::why::{Case, History, event_text, fate_id, ladder, media_text};
use ringback_roles::diagnosis::{
    BranchAccount, Passage, ReportedMedia, ToldAccount, What, media_of_records, tell_account, tell_end,
    tell_fact, tell_state,
};
use ringback_roles::explain::Explainer;
use ringback_sip::journal::Fact;
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;
use std::fmt::Write as _;

/// A call.
pub(crate) fn call(case: &Case, explainer: &Explainer, terminal: &Terminal) -> String {
    let mut out = account(case, explainer, terminal);
    write_messages(&mut out, case, explainer, terminal);
    write_others(&mut out, case, explainer);
    out
}

/// What became of a call and the evidence, without the messages.
pub(crate) fn account(case: &Case, explainer: &Explainer, terminal: &Terminal) -> String {
    let account = &case.account;
    let mut out = format!("{}\n", terminal.bold(&heading(case)));
    write_told(&mut out, &tell_account(account, explainer), explainer, terminal);
    let value = |name: &str| account.values.iter().find(|(own, _)| *own == name).map(|(_, value)| value);
    // Writing to a String cannot fail.
    if let (Some(rule), Some(line)) = (value("route"), value("route-line")) {
        let [routed, at] = ["routed", "line"].map(|word| explainer.label(heading_id(word)));
        let _ = writeln!(out, "{routed} {rule}, {at} {line}");
    }
    if account.missing > 0 {
        let _ = writeln!(out, "{} {}", account.missing, explainer.label("why-heading-missing"));
    }
    if !account.branches.is_empty() {
        let _ = writeln!(out, "\n{}", terminal.bold(explainer.label("why-heading-branches")));
        account.branches.iter().for_each(|branch| write_branch(&mut out, branch, explainer));
    }
    let _ = writeln!(out, "\n{}", terminal.bold(explainer.label("why-heading-evidence")));
    for (place, record) in case.records.iter().enumerate() {
        if let What::Fact(fact) = &record.what {
            let mark = if account.telling.contains(&place) { "*" } else { " " };
            let _ = writeln!(out, "{mark} {}", evidence(record.at, fact, explainer));
        }
    }
    out
}

/// What was agreed on its media, and that nobody here heard them.
pub(crate) fn media(case: &Case, explainer: &Explainer) -> String {
    let media = ReportedMedia::of(media_of_records(&case.records), explainer);
    media_text(&media, "", explainer.label("why-media-deaf"), explainer)
}

/// A user.
pub(super) fn user(user: &str, history: &History, explainer: &Explainer, terminal: &Terminal) -> String {
    let account = &history.account;
    let mut out = format!("{}\n", terminal.bold(&printable(user.as_bytes())));
    write_told(&mut out, &tell_state(account, explainer), explainer, terminal);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\n{}", terminal.bold(explainer.label("why-heading-history")));
    let start = account.events.len().saturating_sub(EVENTS_MAX);
    for (at, event) in &account.events[start..] {
        let _ = writeln!(out, "{at}  {}", event_text(event, explainer));
    }
    out
}

/// A line for each call.
pub(super) fn table(cases: &[Case], explainer: &Explainer) -> String {
    let mut out = String::new();
    for case in cases {
        let told = tell_account(&case.account, explainer);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}  {}\n    {}", case.account.begin, heading(case), told.verdict);
    }
    out
}

/// What was asked, what came of it, and under which Call-ID.
fn heading(case: &Case) -> String {
    let status = case.account.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let method = case.account.method.unwrap_or("?");
    let uri = case.records.iter().find_map(|record| match &record.what {
        What::Message(Passage { sent: false, bytes, .. }) => {
            let message = Message::parse(bytes).ok()?;
            message.status().is_none().then(|| printable(message.request_uri()))
        }
        _ => None,
    });
    format!("{status} {method} {}  {}", uri.unwrap_or_default(), printable(&case.call_id))
}

fn write_told(out: &mut String, told: &ToldAccount, explainer: &Explainer, terminal: &Terminal) {
    let [who, advice] = ["who", "advice"].map(|word| explainer.label(heading_id(word)));
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{} ({})\n{who}: {}\n{advice}: {}",
        terminal.bold(&told.verdict),
        told.certainty,
        told.actor,
        told.advice
    );
}

fn heading_id(word: &str) -> &'static str {
    match word {
        "who" => "why-heading-who",
        "advice" => "why-heading-advice",
        "routed" => "why-heading-routed",
        _ => "why-heading-line",
    }
}

fn write_branch(out: &mut String, branch: &BranchAccount, explainer: &Explainer) {
    let peers: Vec<String> = branch.peers.iter().map(ToString::to_string).collect();
    let end = branch.end.map_or_else(|| "-".to_owned(), |end| tell_end(end, explainer));
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "  {}  {} ({}): {end}; {}",
        branch.branch,
        branch.target,
        peers.join(", "),
        explainer.label(fate_id(branch.fate))
    );
}

/// A fact with its time and the word of its cause.
fn evidence(at: Instant, fact: &Fact, explainer: &Explainer) -> String {
    format!("{at} {}{}", tell_fact(fact, explainer), log::cause_text(fact))
}

fn write_messages(out: &mut String, case: &Case, explainer: &Explainer, terminal: &Terminal) {
    let ladder = ladder(case, explainer);
    if !ladder.rungs.is_empty() {
        let heading = terminal.bold(explainer.label("why-heading-messages"));
        let text = ladder.write_text(terminal.columns(), &|line| terminal.bold(line));
        // Writing to a String cannot fail.
        let _ = write!(out, "\n{heading}\n{text}");
    }
}

/// Other requests of the same Call-ID that were refused.
pub(crate) fn write_others(out: &mut String, case: &Case, explainer: &Explainer) {
    for (method, status, cause) in &case.account.others {
        let also = explainer.label("why-heading-also");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{also}: {} {status} ({cause})", method.unwrap_or("?"));
    }
}

/// How many of the last events are shown.
const EVENTS_MAX: usize = 50;
