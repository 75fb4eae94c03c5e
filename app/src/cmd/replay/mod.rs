//! `ringback replay`: recorded calls run again through the same code, without side effects.

pub(crate) mod ground;
pub(crate) mod words;

use super::check;
use super::why::text;
use crate::cli::Common;
use crate::exit::Exit;
use crate::settings::Settings;
use crate::site::Site;
use crate::terminal::Terminal;
use crate::why::{Bindings, Case};
use ground::Ground;
use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::{Record, account};
use ringback_roles::explain::Explainer;
use ringback_roles::replay::{Match, Outcome, Recorded, compare, each_call, replay};
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};
use words::{Report, json_of, text_of};

/// Run a recorded call again, and compare byte for byte; or see what another configuration would have done
///
/// Reads what the server recorded (docs/replay.md), whether it runs or not. Nothing is sent and nothing is changed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples: replay 3848276298220188511@alice --data /var/lib/ringback · replay CALL-ID --config new.toml"
)]
pub(crate) struct Args {
    /// The Call-ID of a call, or a file of a journal (*.records), whose calls are all run again
    #[arg(value_name = "CALL-ID|FILE")]
    which: String,
    /// Another configuration to run it with; without it, the one with which it was recorded
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The server's data folder, instead of what the configuration says
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// Where a journal is.
pub(crate) struct Place {
    pub(crate) data: PathBuf,
    pub(crate) journal: PathBuf,
}

impl Place {
    /// As the settings and the command line say; `None` when nothing is recorded.
    pub(crate) fn of(settings: &Settings, data: Option<&Path>) -> io::Result<Option<Place>> {
        if let Some(data) = data {
            let journal = data.join(ringback_io::record::FOLDER);
            return Ok(Some(Place { data: data.to_owned(), journal }));
        }
        let Some(journal) = &settings.journal else { return Ok(None) };
        let site = Site::of(settings)?;
        Ok(Some(Place { journal: site.journal(journal), data: site.data }))
    }
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let Some(place) = Place::of(&settings, args.data.as_deref())? else {
        terminal.chatter("ringback replay: the configuration has [journal] enabled = false");
        return Ok(Exit::FAILURE);
    };
    let file = Some(Path::new(&args.which)).filter(|path| path.is_file());
    let (ground, reader) = match read(args, &place, file) {
        Ok(read) => read,
        Err(error) => {
            terminal.chatter(&format!("ringback replay: {}: {error}", place.journal.display()));
            return Ok(Exit::FAILURE);
        }
    };
    let other = args.config.is_some().then_some(&settings);
    let mut reports = Vec::new();
    each_call(&ground.records, |call| reports.push(report(&ground, &call, other)));
    if reports.is_empty() {
        terminal.chatter(&format!("ringback replay: no call {:?} with messages is recorded", args.which));
        return Ok(Exit::USAGE);
    }
    show(&reports, file.is_none().then_some(&reader), common, terminal)?;
    Ok(exit(&reports))
}

/// What is to run again, and where it is on record.
fn read(args: &Args, place: &Place, file: Option<&Path>) -> io::Result<(Ground, RecordReader)> {
    let reader = match file {
        Some(file) => RecordReader::of_file(file),
        None => RecordReader::open(&place.journal)?,
    };
    let copies = file.map_or(&*place.journal, |file| file.parent().unwrap_or(Path::new("")));
    let is_it = |record: &Record| file.is_some() || *record.call_id == *args.which.as_bytes();
    let ground = Ground::read(&reader, &place.data, copies, is_it)?;
    Ok((if args.config.is_some() { ground.with_accounts_of_now()? } else { ground }, reader))
}

/// Runs a call again.
pub(crate) fn report(ground: &Ground, call: &Recorded<'_>, other: Option<&Settings>) -> Report {
    let was = Outcome::of(facts(&call.records));
    let mut report = Report::new(call, was);
    let setup = match other {
        None => ground.setup(call),
        Some(settings) => ground.with_settings(call, settings),
    };
    match setup {
        Ok(setup) => {
            let replayed = replay(&setup, &call.records, call.standing);
            report.found = compare(&call.records, &replayed);
            report.now = Outcome::of(replayed.facts()).after(&report.was);
            report.unknown = replayed.unknown;
            report.records = replayed.records;
        }
        Err(beside) => report.found = Match::Beside(beside),
    }
    report
}

fn facts(records: &[Record]) -> impl Iterator<Item = &ringback_sip::journal::Fact> {
    records.iter().filter(|record| !record.call_id.is_empty()).filter_map(Record::fact)
}

/// `journal` is where the histories of users are, when the accounts of the calls are told too.
fn show(
    reports: &[Report],
    journal: Option<&RecordReader>,
    common: &Common,
    terminal: &Terminal,
) -> io::Result<()> {
    if common.json {
        let calls: Vec<_> = reports.iter().map(json_of).collect();
        return terminal.result(&format!("{}\n", json!({ "schema": SCHEMA, "calls": calls })));
    }
    let explainer = Explainer::new(common.language());
    let mut out = String::new();
    for report in reports {
        out.push_str(&text_of(report, &explainer, terminal));
        let Some(journal) = journal else { continue };
        let history = Bindings::default().of(journal, &report.records)?;
        if let Some(account) = account(&report.records, &history) {
            let (call_id, records) = (report.call_id.clone(), report.records.clone());
            out.push('\n');
            out.push_str(&text::call(&Case { call_id, records, account }, &explainer, terminal));
        }
    }
    terminal.result(&out)
}

fn exit(reports: &[Report]) -> Exit {
    let is_same = |report: &Report| report.found == Match::Same;
    match reports.iter().find(|report| !is_same(report)) {
        None => Exit::SUCCESS,
        Some(_) if reports.iter().any(|report| matches!(report.found, Match::Differs(_))) => Exit::MISSED,
        Some(_) => Exit::FAILURE,
    }
}

/// Version of the JSON.
const SCHEMA: &str = "ringback.replay/1";
