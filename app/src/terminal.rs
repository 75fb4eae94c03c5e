//! The two streams of the process: results to stdout, chatter to stderr, style only where a person looks.

use crate::exit::Exit;
use crate::named::is_of_input;
use std::io::{self, IsTerminal as _, Write as _};

/// Where a command writes.
pub(crate) struct Terminal {
    styled: bool,
}

impl Terminal {
    /// The streams of this process; no style when stdout is not a terminal or `NO_COLOR` is set.
    pub(crate) fn for_process() -> Self {
        Terminal { styled: io::stdout().is_terminal() && !refuses_colour() }
    }

    /// The same, whose texts have no style.
    pub(crate) fn plain() -> Self {
        Terminal { styled: false }
    }

    /// Whether results go to a person who looks at a screen.
    pub(crate) fn is_screen(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Writes a result to stdout.
    pub(crate) fn result(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes a line of chatter to stderr; a stderr that is closed is nobody's loss.
    pub(crate) fn chatter(&self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// The text in bold, for a person.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.styled { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Whether chatter may have style: stderr is a terminal and nobody refused.
    pub(crate) fn styles_chatter(&self) -> bool {
        io::stderr().is_terminal() && !refuses_colour()
    }

    /// Columns for running text.
    pub(crate) fn columns(&self) -> usize {
        COLUMNS
    }

    /// Columns of what has no natural width: those of the terminal, or what `COLUMNS` says; [`COLUMNS`] when nobody knows.
    pub(crate) fn width(&self) -> usize {
        let told = std::env::var("COLUMNS").ok().and_then(|told| told.trim().parse().ok());
        let seen = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
        let width = told.filter(|width| *width > 0).or_else(seen).unwrap_or(COLUMNS);
        width.clamp(COLUMNS_MIN, COLUMNS_MAX)
    }

    /// Ends the process after an error of a stream or a file. A reader that closed its end of a pipe
    /// (`ringback explain | head`) has what it wanted.
    pub(crate) fn fail(&self, error: &io::Error) -> Exit {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Exit::SUCCESS;
        }
        self.chatter(&format!("ringback: {error}"));
        if is_of_input(error) { Exit::USAGE } else { Exit::FAILURE }
    }
}

/// Whether the person wants no colour (no-color.org).
pub(crate) fn refuses_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Width of running text: what reads well, also on a wide screen.
const COLUMNS: usize = 88;
/// A ladder of fewer columns cannot be read, and one of more neither.
const COLUMNS_MIN: usize = 40;
const COLUMNS_MAX: usize = 400;
