//! `ringback completions SHELL`: the completion script of a shell.

use crate::cli::Cli;
use crate::exit::Exit;
use crate::terminal::Terminal;
use clap::CommandFactory as _;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: &Args, terminal: &Terminal) -> std::io::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ringback", &mut script);
    terminal.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::SUCCESS)
}
