//! The exit codes of the command, one row each (DESIGN.md, "Command line").

use ringback_sip::registry::StatusCode;

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit(u8);

impl Exit {
    /// It did what was asked.
    pub(crate) const SUCCESS: Exit = Exit(0);
    /// The machine failed it: a file could not be written, a stream was closed.
    pub(crate) const FAILURE: Exit = Exit(1);
    /// The command line or the configuration is wrong.
    pub(crate) const USAGE: Exit = Exit(2);
    /// No final response came in time.
    pub(crate) const TIMEOUT: Exit = Exit(70);
    /// The name could not be resolved.
    pub(crate) const DNS: Exit = Exit(71);
    /// The peer could not be reached.
    pub(crate) const CONNECT: Exit = Exit(72);
    /// No secure connection or WebSocket came about.
    pub(crate) const TLS: Exit = Exit(73);
    /// Something is not as it shall be: a threshold was missed, a call would change.
    pub(crate) const MISSED: Exit = Exit(80);
    /// The user ended it before it was done; what a shell gives after Ctrl-C.
    pub(crate) const INTERRUPTED: Exit = Exit(130);

    /// As the number that the process ends with.
    pub(crate) fn code(self) -> i32 {
        i32::from(self.0)
    }

    /// The exit code that stands for a final response: class as the tens digit, and the codes that scripts
    /// ask for told apart.
    pub(crate) fn from_status(status: StatusCode) -> Exit {
        let last = (status.number() % 100) as u8;
        let unit = if last < 10 { last } else { 0 };
        match status.number() {
            100..=299 => Exit::SUCCESS,
            300..=399 => Exit(30 + unit),
            401 | 407 => Exit(41),
            403 => Exit(43),
            404 => Exit(44),
            486 => Exit(46),
            488 => Exit(48),
            400..=499 => Exit(40),
            500..=599 => Exit(50 + unit),
            _ => Exit(60 + unit),
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_end_in_the_exit_code_of_their_class() {
        let exit = |n| StatusCode::new(n).map(|code| Exit::from_status(code).0);
        let rows = [(200, 0), (302, 32), (380, 30), (401, 41), (407, 41), (403, 43), (404, 44), (480, 40)];
        for (status, wanted) in
            rows.into_iter().chain([(486, 46), (488, 48), (503, 53), (580, 50), (603, 63)])
        {
            assert_eq!(exit(status), Some(wanted), "{status}");
        }
    }
}
