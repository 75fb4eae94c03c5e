//! `ringback account`: who may sign in to the console.

use super::check;
use super::told::{Told, removed, say_of_keys, stored};
use crate::cli::Common;
use crate::exit::Exit;
use crate::password::Password;
use crate::site::Site;
use crate::terminal::Terminal;
use crate::web::{KeyFault, Keys};
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

/// Add, list and remove accounts of the console, or change their passwords
///
/// These are people who run the server; users with phones are those of `ringback user`. The first start of a server makes
/// the account admin, and shows its password once. A server that runs takes changes over at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// The server's configuration file; without it, the accounts of a server that runs without one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add an account; without --password-stdin a password is made and printed
    Add(Account),
    /// List the accounts
    List,
    /// Give an account another password; who is signed in with it is signed out
    Password(Account),
    /// Remove an account; who is signed in with it is signed out
    Remove {
        /// The account
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, clap::Args)]
struct Account {
    /// The account
    #[arg(value_name = "NAME")]
    name: String,
    /// Read the password from the first line of the standard input
    #[arg(long)]
    password_stdin: bool,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let folder = Site::of(&settings)?.data;
    let told = match &args.action {
        Action::Add(account) => set(&folder, account, true)?,
        Action::Password(account) => set(&folder, account, false)?,
        Action::Remove { name } => {
            Keys::change(&folder, |keys| keys.remove_account(name)).map(|()| removed(name))
        }
        Action::List => Ok(list(&Keys::read(&folder)?)),
    };
    say_of_keys("account", told, common, terminal)
}

fn set(folder: &Path, account: &Account, is_new: bool) -> io::Result<Result<Told, KeyFault>> {
    let Account { name, password_stdin } = account;
    let password = Password::wanted(*password_stdin)?;
    let done = Keys::change(folder, |keys| keys.set_password(name, password.expose(), is_new));
    Ok(done.map(|()| stored(name, &password, *password_stdin)))
}

fn list(keys: &Keys) -> Told {
    let names: Vec<&str> = keys.accounts.iter().map(|account| account.name.as_str()).collect();
    let text = if names.is_empty() { "no accounts".to_owned() } else { names.join("\n") };
    (text, json!({ "accounts": names }))
}
