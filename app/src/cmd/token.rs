//! `ringback token`: which programs may use the API.

use super::check;
use super::told::{Told, removed, say_of_keys};
use crate::cli::Common;
use crate::exit::Exit;
use crate::site::Site;
use crate::terminal::Terminal;
use crate::web::{Keys, Scope};
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;

/// Add, list and remove tokens of the API
///
/// A program sends its token in each request: `Authorization: Bearer TOKEN` (docs/api.md). A server that runs takes changes
/// over at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// The server's configuration file; without it, the tokens of a server that runs without one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a token and print it; it is shown only this once
    Add {
        /// What it is called, such as the program that uses it
        #[arg(value_name = "NAME")]
        name: String,
        /// What it may do: see; also lift bans and set message counts; also add and remove users
        #[arg(long, value_enum, default_value = "read")]
        scope: Scope,
    },
    /// List the tokens, by name and scope
    List,
    /// Remove a token: it opens nothing any more
    Remove {
        /// What it is called
        #[arg(value_name = "NAME")]
        name: String,
    },
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let folder = Site::of(&settings)?.data;
    let told = match &args.action {
        Action::Add { name, scope } => Keys::change(&folder, |keys| keys.add_token(name, *scope))
            .map(|token| (token.clone(), json!({ "name": name, "scope": scope.as_str(), "token": token }))),
        Action::Remove { name } => {
            Keys::change(&folder, |keys| keys.remove_token(name)).map(|()| removed(name))
        }
        Action::List => Ok(list(&Keys::read(&folder)?)),
    };
    say_of_keys("token", told, common, terminal)
}

fn list(keys: &Keys) -> Told {
    let rows: Vec<Value> =
        keys.tokens.iter().map(|token| json!({ "name": token.name, "scope": token.scope })).collect();
    let lines: Vec<String> =
        keys.tokens.iter().map(|token| format!("{}  {}", token.name, token.scope.as_str())).collect();
    let text = if lines.is_empty() { "no tokens".to_owned() } else { lines.join("\n") };
    (text, json!({ "tokens": rows }))
}
