//! `ringback trace -i`: the same desk, with packets of an interface.

use super::BEAT;
use super::args::Args;
use super::desk::Desk;
use crate::cli::Common;
use crate::exit::Exit;
use crate::terminal::Terminal;
use ringback_io::capture::{Interface, KeyLog};
use std::io;
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

/// Listens to an interface until somebody ends it.
pub(in crate::cmd) fn run(
    name: &str,
    key_log: KeyLog,
    args: &Args,
    common: &Common,
    terminal: &Terminal,
) -> io::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen(name, key_log, args, common, terminal))
}

async fn listen(
    name: &str,
    key_log: KeyLog,
    args: &Args,
    common: &Common,
    terminal: &Terminal,
) -> io::Result<Exit> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut packets = match Interface::open(name) {
        Ok(packets) => packets,
        Err(error) => {
            let why = match error.kind() {
                io::ErrorKind::PermissionDenied => NOT_PERMITTED.to_owned(),
                io::ErrorKind::NotFound => "there is no such interface (see: ip link)".to_owned(),
                _ => error.to_string(),
            };
            terminal.chatter(&format!("ringback trace: {name}: {why}"));
            return Ok(Exit::CONNECT);
        }
    };
    let mut desk = Desk::new(args, common, terminal)?;
    desk.set_key_log(key_log);
    desk.greet("diagnosis-capturing", &[name])?;
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            packet = packets.next() => {
                let (at, bytes) = packet?;
                desk.take_ip(at, bytes)?;
            }
            _ = beat.tick() => desk.settle(Instant::now())?,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    desk.finish()?;
    Ok(Exit::SUCCESS)
}

const NOT_PERMITTED: &str = "no right to capture: run it with sudo, or give the right once: \
    sudo setcap cap_net_raw+ep \"$(command -v ringback)\"";
