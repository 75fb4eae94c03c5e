//! `ringback explain [WHAT]`: the encyclopaedia.

use crate::cli::Common;
use crate::exit::Exit;
use crate::named::unwritten;
use crate::terminal::Terminal;
use ringback_roles::explain::{self, Explainer, Found, Kind, SCHEMA, Topic};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Explain a response code, cause, method, timer, header field or identifier
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples: explain 480 · explain q850:34 · explain REFER · explain timer-b · explain Via · \
    explain to-tag · explain option:timer · explain 'Q.850;cause=16' · explain --html sheet.html"
)]
pub(crate) struct Args {
    /// What to explain: a code, name or phrase, or kind:word; without it, everything is listed
    what: Vec<String>,
    /// Write one printable reference sheet with everything into a file (- for stdout)
    #[arg(long, value_name = "FILE", conflicts_with = "what")]
    html: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> std::io::Result<Exit> {
    let explainer = Explainer::new(common.language());
    if let Some(file) = &args.html {
        return write_sheet(&explainer, file, terminal);
    }
    if args.what.is_empty() {
        terminal.result(&list(&explainer, common.json, terminal))?;
        return Ok(Exit::SUCCESS);
    }
    let word = args.what.join(" ");
    match explain::find(&word) {
        Found::Topic(topic) => {
            let entry = explainer.explain(topic);
            let text = if common.json {
                json_line(json!({ "lang": explainer.language().tag(), "entry": entry }))
            } else {
                explain::write_text(&entry, terminal.columns(), &|line| terminal.bold(line))
            };
            terminal.result(&text)?;
            Ok(Exit::SUCCESS)
        }
        Found::Nearest(near) => {
            if common.json {
                let near: Vec<_> = near.iter().map(|&topic| row(topic)).collect();
                terminal.result(&json_line(json!({ "unknown": word, "nearest": near })))?;
            } else {
                suggest(&explainer, &word, &near, terminal);
            }
            Ok(Exit::USAGE)
        }
    }
}

fn write_sheet(explainer: &Explainer, file: &PathBuf, terminal: &Terminal) -> std::io::Result<Exit> {
    let sheet = explain::write_sheet(explainer);
    if file.as_os_str() == "-" {
        terminal.result(&sheet)?;
    } else {
        std::fs::write(file, sheet).map_err(unwritten(file))?;
        terminal.chatter(&format!("reference sheet written to {}", file.display()));
    }
    Ok(Exit::SUCCESS)
}

fn suggest(explainer: &Explainer, word: &str, near: &[Topic], terminal: &Terminal) {
    terminal.chatter(&format!("ringback explain: {} \"{word}\"", explainer.label("unknown")));
    if near.is_empty() {
        terminal.chatter(explainer.label("unknown-list"));
        return;
    }
    terminal.chatter(explainer.label("unknown-nearest"));
    for topic in near {
        terminal.chatter(format!("  {:<16} {}", topic.id(), topic.name()).trim_end());
    }
}

/// Everything that can be explained, by kind.
fn list(explainer: &Explainer, json: bool, terminal: &Terminal) -> String {
    if json {
        return json_line(json!({ "topics": Topic::all().map(row).collect::<Vec<_>>() }));
    }
    let mut text = String::new();
    for kind in Kind::ALL {
        let heading = terminal.bold(explainer.label(&format!("kind-{}", kind.key())));
        text.push_str(&format!("{heading}\n"));
        for topic in Topic::all().filter(|topic| topic.kind() == *kind) {
            let named = matches!(kind, Kind::Code | Kind::Cause | Kind::Warning);
            let name = if named { topic.name().to_owned() } else { explainer.gist(topic) };
            let line = format!("  {:<18} {name}", topic.id());
            text.push_str(&format!("{}\n", shortened(line.trim_end(), terminal.columns())));
        }
        text.push('\n');
    }
    text
}

fn shortened(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.to_owned();
    }
    let kept: String = line.chars().take(columns.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn row(topic: Topic) -> Value {
    json!({ "kind": topic.kind().key(), "id": topic.id(), "name": topic.name() })
}

/// The object with its schema, on one line.
fn json_line(mut object: Value) -> String {
    object["schema"] = json!(SCHEMA);
    format!("{object}\n")
}
