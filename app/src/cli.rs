//! The command line as data: clap derives parsing, help, completions and man pages from these types.

use crate::cmd;
use clap::{Parser, Subcommand, ValueEnum};
use ringback_roles::explain::Language;

/// SIP in one binary that can say why: server, user agent, diagnosis.
#[derive(Debug, Parser)]
#[command(name = "ringback", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Results go to stdout, chatter to stderr. \
    Exit codes: 0 done, 2 usage, 3x redirected, 4x refused (41 credentials, 43 forbidden, 44 not found, 46 busy, \
    48 not acceptable), 5x server failure, 6x refused everywhere, 70 timeout, 71 DNS, 72 connection, 73 TLS, \
    80 a threshold was missed, 130 interrupted.")]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Options that every command takes.
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options that every command takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Common {
    /// Print results as JSON with a versioned schema
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of explanations [default: from LC_ALL, LC_MESSAGES or LANG, else en]
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    lang: Option<Lang>,
}

impl Common {
    /// The language asked for, else that of the environment, else English.
    pub(crate) fn language(&self) -> Language {
        let named = self.lang.map(|lang| match lang {
            Lang::En => Language::English,
            Lang::Nl => Language::Dutch,
        });
        named.unwrap_or_else(|| {
            // POSIX: the first of these that is set and not empty decides.
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
            Language::from_locale(locale.as_deref().unwrap_or_default())
        })
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lang {
    En,
    Nl,
}

/// The commands, one file each in `cmd/`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(cmd::serve::Args),
    User(cmd::user::Args),
    Account(cmd::account::Args),
    Token(cmd::token::Args),
    Watchers(cmd::watchers::Args),
    Why(cmd::why::Args),
    Replay(cmd::replay::Args),
    Diff(cmd::diff::Args),
    Bans(cmd::bans::Args),
    Mwi(cmd::mwi::Args),
    Check(cmd::check::Args),
    Cert(cmd::cert::Args),
    Route(cmd::route::Args),
    Trace(cmd::trace::Args),
    Tui(cmd::tui::Args),
    ListenHep(cmd::listen_hep::Args),
    Parse(cmd::parse::Args),
    Explain(cmd::explain::Args),
    Resolve(cmd::resolve::Args),
    Ping(cmd::ping::Args),
    Register(cmd::register::Args),
    Call(cmd::call::Args),
    Listen(cmd::listen::Args),
    Transfer(cmd::transfer::Args),
    Message(cmd::message::Args),
    Watch(cmd::watch::Args),
    Publish(cmd::publish::Args),
    Phone(cmd::phone::Args),
    Demo(cmd::demo::Args),
    Completions(cmd::completions::Args),
    Man(cmd::man::Args),
}
