//! `ringback explain [WHAT]`: the encyclopaedia.

use crate::cli::Common;
use crate::exit::Exit;
use crate::terminal::Terminal;
use ringback_roles::explain::{self, Explainer, Found, SCHEMA, Topic};
use serde_json::json;

/// Explain a response code, cause, method, timer, header field or identifier
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to explain, such as 480, q850:34, REFER, timer-b, Via, call-id; without it, everything is listed
    what: Option<String>,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> std::io::Result<Exit> {
    let explainer = Explainer::new(common.language());
    let Some(word) = &args.what else {
        return list(common, terminal);
    };
    match Topic::find(word) {
        Found::Topic(topic) => {
            let entry = explainer.explain(topic);
            let text = if common.json {
                let lang = explainer.language().tag();
                format!("{}\n", json!({ "schema": SCHEMA, "lang": lang, "entry": entry }))
            } else {
                explain::write_text(&entry, terminal.columns(), &|line| terminal.bold(line))
            };
            terminal.result(&text)?;
            Ok(Exit::SUCCESS)
        }
        Found::Nearest(_) => {
            terminal.chatter(&format!("ringback explain: nothing is known by the name {word:?}"));
            Ok(Exit::USAGE)
        }
    }
}

fn list(common: &Common, terminal: &Terminal) -> std::io::Result<Exit> {
    let rows =
        Topic::all().map(|topic| json!({ "kind": topic.kind(), "id": topic.id(), "name": topic.name() }));
    let text = if common.json {
        format!("{}\n", json!({ "schema": SCHEMA, "topics": rows.collect::<Vec<_>>() }))
    } else {
        Topic::all().map(|topic| format!("{:<8} {}\n", topic.id(), topic.name())).collect()
    };
    terminal.result(&text)?;
    Ok(Exit::SUCCESS)
}
