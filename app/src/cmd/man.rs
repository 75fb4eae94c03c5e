//! `ringback man DIR`: the man pages, one for each command.

use crate::cli::Cli;
use crate::exit::Exit;
use crate::named::unwritten;
use crate::terminal::Terminal;
use clap::CommandFactory as _;

/// Write the man pages, one for each command, into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder; made when it does not exist
    #[arg(value_name = "DIR")]
    folder: std::path::PathBuf,
}

pub(crate) fn run(args: &Args, terminal: &Terminal) -> std::io::Result<Exit> {
    std::fs::create_dir_all(&args.folder).map_err(unwritten(&args.folder))?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(unwritten(&args.folder))?;
    terminal.chatter(&format!("man pages written to {}", args.folder.display()));
    Ok(Exit::SUCCESS)
}
