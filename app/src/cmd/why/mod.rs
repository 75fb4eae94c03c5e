//! `ringback why`: what became of a call, or why a phone cannot register or be called, as the server itself recorded it.

pub(super) mod text;

use super::check;
use crate::cli::Common;
use crate::exit::Exit;
use crate::settings::parse_time;
use crate::site::Site;
use crate::terminal::Terminal;
use crate::web::model::{CallLine, CallPage, UserStory};
use crate::why::{Case, History, cases, last_call, nearest, recorded_since};
use ringback_io::clock::Clock;
use ringback_io::record::RecordReader;
use ringback_roles::explain::Explainer;
use ringback_sip::time::{Duration, Instant};
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

/// Say why a call ended as it did, or why a phone cannot register or be called
///
/// Reads what the server recorded (docs/why.md), whether it runs or not.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
#[command(
    after_help = "Examples: why 3848276298220188511@alice · why --user bob · why --last · why --since 1h --code 480"
)]
pub(crate) struct Args {
    /// The Call-ID of a call, registration or message
    #[arg(value_name = "CALL-ID", group = "which")]
    call_id: Option<String>,
    /// A user: its phones, and what was refused to it or for it
    #[arg(long, value_name = "USER", group = "which")]
    user: Option<String>,
    /// What was refused last; if nothing was, the last call
    #[arg(long, group = "which")]
    last: bool,
    /// A table of what happened in this time, such as 1h or 2d
    #[arg(long, value_name = "TIME", value_parser = time, group = "which")]
    since: Option<Duration>,
    /// In the table only what ended with this code
    #[arg(long, value_name = "CODE", requires = "since", value_parser = clap::value_parser!(u16).range(200..700))]
    code: Option<u16>,
    /// Also what the sides agreed on for their media, step by step
    #[arg(long, conflicts_with_all = ["user", "since"])]
    media: bool,
    /// The server's configuration file; without it, what a server recorded that runs without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder, instead of what the configuration says
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

fn time(text: &str) -> Result<Duration, String> {
    parse_time(text).map_err(|_| "not a time such as 1h or 2d".to_owned())
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let folder = match (&args.data, &settings.journal) {
        (Some(data), _) => data.join(ringback_io::record::FOLDER),
        (None, Some(journal)) => Site::of(&settings)?.journal(journal),
        (None, None) => {
            terminal.chatter(
                "ringback why: the configuration has [journal] enabled = false: nothing is recorded",
            );
            return Ok(Exit::FAILURE);
        }
    };
    let reader = match RecordReader::open(&folder) {
        Ok(reader) if reader.begin().is_some() => reader,
        Ok(_) => return nothing(&folder, "nothing is recorded there yet", terminal),
        Err(error) => return nothing(&folder, &error.to_string(), terminal),
    };
    let explainer = Explainer::new(common.language());
    let now = Clock::start().now();
    let show =
        Show { reader: &reader, explainer: &explainer, json: common.json, media: args.media, terminal, now };
    if let Some(user) = &args.user {
        return show.user(user);
    }
    if let Some(time) = args.since {
        let since = Instant::from_unix_micros(now.unix_micros().saturating_sub(time.as_micros() as u64));
        return show.table(since, args.code);
    }
    match &args.call_id {
        Some(call_id) => show.call(call_id.as_bytes()),
        None => match last_call(&reader)? {
            Some(call_id) => show.call(&call_id),
            None => nothing(&folder, "no call is recorded there", terminal),
        },
    }
}

fn nothing(folder: &Path, why: &str, terminal: &Terminal) -> io::Result<Exit> {
    terminal.chatter(&format!("ringback why: {}: {why}", folder.display()));
    Ok(Exit::FAILURE)
}

struct Show<'a> {
    reader: &'a RecordReader,
    explainer: &'a Explainer,
    json: bool,
    media: bool,
    terminal: &'a Terminal,
    now: Instant,
}

impl Show<'_> {
    fn call(&self, call_id: &[u8]) -> io::Result<Exit> {
        let Some(case) = Case::read(self.reader, call_id)? else {
            return self.unknown(&String::from_utf8_lossy(call_id), &nearest(self.reader, call_id)?);
        };
        let text = if self.json {
            line(json!({ "schema": SCHEMA, "call": CallPage::new(&case, self.explainer, self.now) }))
        } else {
            let media = if self.media { text::media(&case, self.explainer) } else { String::new() };
            text::call(&case, self.explainer, self.terminal) + &media
        };
        self.terminal.result(&text)?;
        Ok(Exit::SUCCESS)
    }

    fn user(&self, user: &str) -> io::Result<Exit> {
        let Some(history) = History::read(self.reader, user, self.now)? else {
            return self.unknown(user, &[]);
        };
        let text = if self.json {
            line(json!({ "schema": SCHEMA, "user": UserStory::new(user, &history, self.explainer) }))
        } else {
            text::user(user, &history, self.explainer, self.terminal)
        };
        self.terminal.result(&text)?;
        Ok(Exit::SUCCESS)
    }

    fn table(&self, since: Instant, code: Option<u16>) -> io::Result<Exit> {
        let calls = recorded_since(self.reader, since, code)?;
        let cases = cases(self.reader, Instant::EPOCH, &calls)?;
        let text = if self.json {
            let rows: Vec<_> =
                cases.iter().map(|case| CallLine::new(case, self.explainer, self.now)).collect();
            line(json!({ "schema": SCHEMA, "calls": rows }))
        } else {
            text::table(&cases, self.explainer)
        };
        self.terminal.result(&text)?;
        Ok(Exit::SUCCESS)
    }

    fn unknown(&self, what: &str, near: &[String]) -> io::Result<Exit> {
        if self.json {
            self.terminal.result(&line(json!({ "schema": SCHEMA, "unknown": what, "nearest": near })))?;
        } else {
            self.terminal.chatter(&format!("ringback why: nothing is recorded of {what:?}"));
            for id in near {
                self.terminal.chatter(&format!("  {id}"));
            }
        }
        Ok(Exit::USAGE)
    }
}

fn line(value: serde_json::Value) -> String {
    format!("{value}\n")
}

/// Version of the JSON.
const SCHEMA: &str = "ringback.why/1";
