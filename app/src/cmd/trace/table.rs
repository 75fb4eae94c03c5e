//! The table of calls: a line and a verdict each.

use crate::terminal::Terminal;
use ringback_roles::diagnosis::{CallReport, padded, shortened};
use ringback_roles::explain::Explainer;

/// The names of the columns.
pub(in crate::cmd) fn head(explainer: &Explainer, terminal: &Terminal) -> String {
    let say = |id: &str| explainer.label(&format!("diagnosis-column-{id}")).to_owned();
    let head = [say("began"), say("from"), say("to"), say("code"), say("verdict")];
    format!("{}\n", terminal.bold(&row(&head)))
}

/// A call's line of the table, with its Call-ID below.
pub(in crate::cmd) fn line(report: &CallReport, terminal: &Terminal) -> String {
    let code = report.status.map(|status| status.to_string()).unwrap_or_else(|| "-".to_owned());
    let clock = report.began.get(11..23).unwrap_or(&report.began).to_owned();
    let sure = report.roots.first().map(|root| format!(" ({})", root.told.certainty)).unwrap_or_default();
    let verdict = format!("{}{sure}", report.verdict);
    let verdict = if report.judgement == "good" { verdict } else { terminal.bold(&verdict) };
    let (from, to) = (short_uri(&report.from), short_uri(&report.to));
    let row = row(&[clock, from, to, format!("{} {code}", report.method), verdict]);
    let legs = report.legs.iter().map(|leg| format!("             + {} ({})\n", leg.call_id, leg.told));
    format!("{row}\n             {}\n{}", report.call_id, legs.collect::<String>())
}

fn row([began, from, to, code, verdict]: &[String; 5]) -> String {
    let (from, to) = (padded(from, URI), padded(to, URI));
    format!("{began:<12} {from} {to} {code:<13} {verdict}")
}

/// The part of a URI that people know.
fn short_uri(uri: &str) -> String {
    let bare = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    let bare: String =
        bare.split([';', '?']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    shortened(&bare, URI)
}

/// Columns of a URI.
const URI: usize = 22;
