//! The `ringback` command: SIP server, user agent and diagnosis in one binary.
mod cli;
mod cmd;
mod control;
#[cfg(test)]
mod docs;
mod exit;
mod faults;
mod http;
mod log;
mod named;
mod password;
mod phone;
mod script;
mod settings;
mod site;
mod steps;
mod terminal;
mod tui;
mod web;
mod why;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let cli = cli::Cli::parse();
    let terminal = terminal::Terminal::for_process();
    match cmd::run(&cli, &terminal) {
        Ok(exit) => exit.into(),
        Err(error) => terminal.fail(&error).into(),
    }
}
