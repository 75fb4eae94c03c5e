//! One file a command: its arguments and what it does with them.

pub(crate) mod account;
pub(crate) mod bans;
pub(crate) mod call;
pub(crate) mod cert;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod listen;
pub(crate) mod listen_hep;
pub(crate) mod man;
pub(crate) mod message;
pub(crate) mod mwi;
pub(crate) mod parse;
pub(crate) mod phone;
pub(crate) mod ping;
pub(crate) mod publish;
pub(crate) mod register;
pub(crate) mod replay;
pub(crate) mod resolve;
pub(crate) mod route;
pub(crate) mod serve;
pub(crate) mod token;
mod told;
pub(crate) mod trace;
pub(crate) mod transfer;
pub(crate) mod tui;
pub(crate) mod user;
pub(crate) mod watch;
pub(crate) mod watchers;
pub(crate) mod why;

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command. `Err` is the failure of a stream or a file; every other outcome is an exit code.
pub(crate) fn run(cli: &Cli, terminal: &Terminal) -> std::io::Result<Exit> {
    match &cli.command {
        Command::Serve(args) => serve::run(args, &cli.common, terminal),
        Command::User(args) => user::run(args, &cli.common, terminal),
        Command::Account(args) => account::run(args, &cli.common, terminal),
        Command::Token(args) => token::run(args, &cli.common, terminal),
        Command::Why(args) => why::run(args, &cli.common, terminal),
        Command::Replay(args) => replay::run(args, &cli.common, terminal),
        Command::Diff(args) => diff::run(args, &cli.common, terminal),
        Command::Watchers(args) => watchers::run(args, &cli.common, terminal),
        Command::Bans(args) => bans::run(args, &cli.common, terminal),
        Command::Mwi(args) => mwi::run(args, &cli.common, terminal),
        Command::Check(args) => check::run(args, &cli.common, terminal),
        Command::Cert(args) => cert::run(args, &cli.common, terminal),
        Command::Route(args) => route::run(args, &cli.common, terminal),
        Command::Trace(args) => trace::run(args, &cli.common, terminal),
        Command::Tui(args) => tui::run(args, &cli.common, terminal),
        Command::Parse(args) => parse::run(args, &cli.common, terminal),
        Command::Explain(args) => explain::run(args, &cli.common, terminal),
        Command::Resolve(args) => resolve::run(args, &cli.common, terminal),
        Command::Ping(args) => ping::run(args, &cli.common, terminal),
        Command::Register(args) => register::run(args, &cli.common, terminal),
        Command::Call(args) => call::run(args, &cli.common, terminal),
        Command::ListenHep(args) => listen_hep::run(args, &cli.common, terminal),
        Command::Listen(args) => listen::run(args, &cli.common, terminal),
        Command::Transfer(args) => transfer::run(args, &cli.common, terminal),
        Command::Message(args) => message::run(args, &cli.common, terminal),
        Command::Watch(args) => watch::run(args, &cli.common, terminal),
        Command::Publish(args) => publish::run(args, &cli.common, terminal),
        Command::Phone(args) => phone::run(args, &cli.common, terminal),
        Command::Demo(args) => demo::run(args, &cli.common, terminal),
        Command::Completions(args) => completions::run(args, terminal),
        Command::Man(args) => man::run(args, terminal),
    }
}
