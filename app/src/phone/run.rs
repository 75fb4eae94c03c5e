//! A command with its phone, from the start to the end.

use super::device::Phone;
use super::options::Options;
use super::report::Reporter;
use crate::cli::Common;
use crate::exit::Exit;
use crate::terminal::Terminal;
use std::io;

/// What a command wants of its phone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role<'a> {
    /// Our address of record; without one, a name for this machine.
    pub(crate) own: Option<&'a str>,
    /// Whom it will talk to first.
    pub(crate) target: Option<&'a str>,
    /// Whether calls go on to where a 3xx sends them.
    pub(crate) follows: bool,
    /// Most calls at a time.
    pub(crate) calls_max: usize,
}

impl<'a> Role<'a> {
    /// As `own`, towards `target`.
    pub(crate) fn new(own: Option<&'a str>, target: Option<&'a str>) -> Self {
        Role { own, target, follows: true, calls_max: 1 }
    }
}

/// Runs a command with a phone: what is wrong with its options is said, and ends it with the exit code for usage.
pub(crate) fn with_phone(
    options: &Options,
    role: Role<'_>,
    common: &Common,
    terminal: &Terminal,
    run: impl FnOnce(&Phone, &Reporter<'_>) -> io::Result<Exit>,
) -> io::Result<Exit> {
    let reporter = Reporter::new(common.json, options.verbose, terminal);
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
