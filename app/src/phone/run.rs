//! A command with its phone, from the start to the end.

use super::audio::KeyPath;
use super::device::Phone;
use super::options::{Options, Role};
use super::report::Reporter;
use crate::cli::Common;
use crate::exit::Exit;
use crate::terminal::Terminal;
use std::io;

/// Runs a command with a phone: what is wrong with its options is said, and ends it with the exit code for usage.
pub(crate) fn with_phone(
    options: &Options,
    role: Role<'_>,
    common: &Common,
    terminal: &Terminal,
    run: impl FnOnce(&Phone, &Reporter<'_>) -> io::Result<Exit>,
) -> io::Result<Exit> {
    if role.srtp == Some(KeyPath::Clear) {
        terminal
            .chatter("ringback: warning: the keys of the audio go where everybody on the way can read them");
    }
    let reporter = Reporter::new(common, options.verbose, terminal);
    let phone = match options.start(role) {
        Ok(phone) => phone,
        Err(fault) => {
            terminal.chatter(&format!("ringback: {fault}"));
            return Ok(fault.exit());
        }
    };
    let exit = run(&phone, &reporter);
    let stopped = phone.stop(|seen| reporter.message(seen));
    let exit = exit?;
    stopped.map(|()| exit)
}
