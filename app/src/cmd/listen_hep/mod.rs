//! `ringback listen-hep`: verdicts on what other servers tell by HEP3, while it happens.

mod args;
mod counts;
mod desk;
#[cfg(target_os = "linux")]
pub(in crate::cmd) mod live;
mod teller;
mod watch;

pub(crate) use args::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::terminal::Terminal;
use desk::Desk;
use ringback_io::hep::Collector;
use std::io;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen(args, common, terminal))
}

async fn listen(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut collector = match Collector::bind(&args.listen) {
        Ok(collector) => collector,
        Err(error) => {
            let places: Vec<_> = args.listen.iter().map(ToString::to_string).collect();
            terminal.chatter(&format!("ringback listen-hep: {}: {error}", places.join(", ")));
            return Ok(Exit::CONNECT);
        }
    };
    let mut desk = Desk::new(args, common, terminal)?;
    desk.greet("hep-listening", collector.places())?;
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            arrival = collector.next() => match arrival {
                Some(arrival) => desk.take(&arrival)?,
                None => break,
            },
            _ = beat.tick() => desk.settle(Instant::now())?,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    desk.finish()?;
    Ok(Exit::SUCCESS)
}

/// How often calls are looked at.
pub(in crate::cmd) const BEAT: Duration = Duration::from_secs(1);
