//! `ringback diff`: which of the recorded calls another configuration would change.

use super::check;
use super::replay::ground::Ground;
use super::replay::words::{Report, change, json_of};
use super::replay::{Place, report};
use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::printable;
use crate::settings::parse_time;
use crate::terminal::Terminal;
use ringback_io::clock::Clock;
use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::What;
use ringback_roles::explain::Explainer;
use ringback_roles::replay::{Match, each_call};
use ringback_sip::time::{Duration, Instant};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

/// Say which of the recorded calls another configuration would change
///
/// Each recorded call is run again, first as it was and then with the other configuration. Exit code 80 when something
/// else would become of a call: another code, target, rule or cause.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: diff --config new.toml --since 1d --data /var/lib/ringback")]
pub(crate) struct Args {
    /// The other configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The calls of this time, such as 1h or 2d
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "1d")]
    since: Duration,
    /// The server's data folder, instead of what the configuration says
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

fn time(text: &str) -> Result<Duration, String> {
    parse_time(text).map_err(|_| "not a time such as 1h or 2d".to_owned())
}

/// What became of all calls.
#[derive(Default)]
struct Sum {
    calls: usize,
    /// How many could not be judged, by the word for why.
    unjudged: BTreeMap<&'static str, usize>,
    changed: Vec<Report>,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(Some(&args.config), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let Some(place) = Place::of(&settings, args.data.as_deref())? else {
        terminal.chatter(
            "ringback diff: the configuration has [journal] enabled = false; name the data with --data",
        );
        return Ok(Exit::FAILURE);
    };
    let now = Clock::start().now();
    let since = Instant::from_unix_micros(now.unix_micros().saturating_sub(args.since.as_micros() as u64));
    let ground = RecordReader::open(&place.journal).and_then(|reader| {
        Ground::read(&reader, &place.data, &place.journal, |record| {
            record.at >= since && matches!(record.what, What::Message(_) | What::Fact(_))
        })
    });
    let ground = match ground.and_then(Ground::with_accounts_of_now) {
        Ok(ground) => ground,
        Err(error) => {
            terminal.chatter(&format!("ringback diff: {}: {error}", place.journal.display()));
            return Ok(Exit::FAILURE);
        }
    };
    let mut sum = Sum::default();
    each_call(&ground.records, |call| {
        sum.calls += 1;
        let before = report(&ground, &call, None);
        match before.found {
            Match::Beside(beside) => *sum.unjudged.entry(beside.id()).or_default() += 1,
            Match::Differs(_) => *sum.unjudged.entry("differs").or_default() += 1,
            Match::Same => {
                let after = report(&ground, &call, Some(&settings));
                if after.is_changed() {
                    sum.changed.push(after);
                }
            }
        }
    });
    let text = if common.json { sum.json() } else { sum.text(&Explainer::new(common.language()), terminal) };
    terminal.result(&text)?;
    Ok(if sum.changed.is_empty() { Exit::SUCCESS } else { Exit::MISSED })
}

impl Sum {
    fn json(&self) -> String {
        let changed: Vec<_> = self.changed.iter().map(json_of).collect();
        let value = json!({
            "schema": SCHEMA,
            "calls": self.calls,
            "unjudged": self.unjudged,
            "changed": changed,
        });
        format!("{value}\n")
    }

    fn text(&self, explainer: &Explainer, terminal: &Terminal) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        for report in &self.changed {
            let head = format!("{} {} {}", report.begin, report.method, printable(&report.call_id));
            let _ = writeln!(out, "{}", terminal.bold(&head));
            out.extend(change(report, explainer).lines().map(|line| format!("  {line}\n")));
        }
        let calls = explainer.counted(self.calls as u64, "diff-calls");
        let _ = writeln!(out, "{calls}, {} {}", self.changed.len(), explainer.label("diff-changed"));
        for (why, count) in &self.unjudged {
            let id = format!("replay-beside-{why}");
            let _ = writeln!(out, "{count} {}: {}", explainer.label("diff-unjudged"), explainer.label(&id));
        }
        out
    }
}

/// Version of the JSON.
const SCHEMA: &str = "ringback.diff/1";
