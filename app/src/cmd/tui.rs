//! `ringback tui`: calls, ladders, messages and reasons on the terminal, of the server's journal or of a capture.

mod capture;
mod journal;

use super::check;
use super::replay::Place;
use crate::cli::Common;
use crate::exit::Exit;
use crate::terminal::{Terminal, refuses_colour};
use crate::tui::{self, CallSheet, State};
use capture::CaptureSource;
use journal::JournalSource;
use ringback_io::capture::PacketWriter;
use ringback_roles::diagnosis::hide_secrets;
use ringback_roles::explain::Explainer;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;
use std::{process, thread};
use tokio::signal::unix::{SignalKind, signal};

/// Look at calls in the terminal: a list, and of each call why it ended so, its ladder and its messages
///
/// Without FILE it shows what the server records, live (docs/tui.md).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples: tui · tui --config ringback.toml · tui calls.pcap. F1 lists the keys.")]
pub(crate) struct Args {
    /// A capture (pcap, pcapng or a log with SIP messages) in place of what the server records
    #[arg(value_name = "FILE", conflicts_with_all = ["config", "data"])]
    file: Option<PathBuf>,
    /// A file with the secrets of connections over TLS, for the capture
    #[arg(long, value_name = "FILE", requires = "file")]
    keylog: Option<PathBuf>,
    /// The server's configuration file; without it, what a server records that runs without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder, instead of what the configuration says
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    if !terminal.is_screen() || common.json {
        terminal.chatter(
            "ringback tui: it needs a terminal; for files and pipes there are ringback why and ringback trace",
        );
        return Ok(Exit::USAGE);
    }
    let explainer = || Explainer::new(common.language());
    let is_live = args.file.is_none();
    let (sender, news) = channel();
    let source = match &args.file {
        Some(file) => {
            let source = match CaptureSource::open(file, args.keylog.as_deref(), explainer()) {
                Ok(source) => source,
                Err(error) => return refuse(file, &error, terminal),
            };
            spawn(move || source.read(&sender))?;
            file.display().to_string()
        }
        None => {
            let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
                return Ok(Exit::USAGE);
            };
            let Some(place) = Place::of(&settings, args.data.as_deref())? else {
                terminal.chatter("ringback tui: the configuration has [journal] enabled = false");
                return Ok(Exit::FAILURE);
            };
            let source = match JournalSource::open(&place.journal, explainer()) {
                Ok(source) => source,
                Err(error) => return refuse(&place.journal, &error, terminal),
            };
            spawn(move || source.follow(&sender))?;
            place.journal.display().to_string()
        }
    };
    let state = State::new(explainer(), source, is_live, !refuses_colour());
    let is_ended = end_of_process()?;
    tui::run(state, &news, &save, &is_ended)?;
    Ok(Exit::SUCCESS)
}

fn refuse(what: &Path, error: &io::Error, terminal: &Terminal) -> io::Result<Exit> {
    terminal.chatter(&format!("ringback tui: {}: {error}", what.display()));
    Ok(Exit::FAILURE)
}

/// Reads beside the screen; it ends when the screen does, with the process.
fn spawn(read: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("reader".to_owned()).spawn(read).map(drop)
}

/// Whether the process was told to end: a signal would leave the terminal as the screen has made it. A terminal that is
/// gone ends it too, and then without the screen, which waits for a key from it and hears nothing else.
fn end_of_process() -> io::Result<Arc<AtomicBool>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let [mut terminate, mut interrupt, mut hangup] = {
        let _inside = runtime.enter();
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let [terminate, interrupt, hangup] = kinds.map(signal);
        [terminate?, interrupt?, hangup?]
    };
    let is_ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_ended);
    spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hangup.recv() => {}
                () = end_of_terminal() => {}
            }
        });
        flag.store(true, Ordering::Relaxed);
        thread::sleep(LOOK);
        process::exit(Exit::SUCCESS.code());
    })?;
    Ok(is_ended)
}

async fn end_of_terminal() {
    while io::stdin().is_terminal() {
        tokio::time::sleep(LOOK).await;
    }
}

/// How often to look whether the terminal is still there, and how long the screen may take to end.
const LOOK: Duration = Duration::from_secs(1);

/// Writes the messages of the calls into a new file, in the order of time and without secrets.
fn save(file: &str, calls: &[Arc<CallSheet>]) -> io::Result<u64> {
    let mut messages: Vec<_> = calls.iter().flat_map(|call| &call.messages).collect();
    messages.sort_by_key(|message| message.at);
    let mut packets = PacketWriter::new(BufWriter::new(File::create_new(file)?))?;
    for message in &messages {
        let mut bytes = message.bytes.to_vec();
        hide_secrets(&mut bytes);
        packets.write_message(message.at, message.transport, [message.src, message.dst], &bytes)?;
    }
    packets.finish()?;
    Ok(messages.len() as u64)
}
