//! `ringback user`: the accounts. A server that runs takes changes over within seconds.

use super::check;
use super::told::{Told, removed, say, stored};
use crate::cli::Common;
use crate::exit::Exit;
use crate::password::Password;
use crate::site::Site;
use crate::terminal::Terminal;
use ringback_io::store::{StoreError, Subscribers};
use ringback_roles::location::Aor;
use serde_json::json;
use std::io;
use std::path::PathBuf;

/// Add, list and remove accounts, or change their passwords
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
    /// Give an account another password; without --password-stdin one is made and printed
    Password(Account),
    /// Remove an account; its registrations end when they run out
    Remove {
        /// The account
        #[arg(value_name = "NAME@DOMAIN")]
        name: String,
    },
}

#[derive(Debug, clap::Args)]
struct Account {
    /// The account; without @DOMAIN it is in the server's first domain
    #[arg(value_name = "NAME@DOMAIN")]
    name: String,
    /// Read the password from the first line of the standard input
    #[arg(long)]
    password_stdin: bool,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let site = Site::of(&settings)?;
    let name = match &args.action {
        Action::Add(account) | Action::Password(account) => Some(&account.name),
        Action::Remove { name } => Some(name),
        Action::List => None,
    };
    let account = match name.map(|name| site.account(name)).transpose() {
        Ok(account) => account,
        Err(fault) => {
            terminal.chatter(&format!("ringback user: {fault}"));
            return Ok(Exit::USAGE);
        }
    };
    match Subscribers::open(&site.data).and_then(|accounts| act(&args.action, account.as_ref(), &accounts)) {
        Ok(told) => say("user", told, common, terminal),
        Err(error @ (StoreError::Exists | StoreError::NoSuchUser)) => {
            let name = account.map(|user| user.to_string()).unwrap_or_default();
            terminal.chatter(&format!("ringback user: {name}: {error}"));
            Ok(Exit::FAILURE)
        }
        Err(error) => Err(io::Error::other(error)),
    }
}

fn act(action: &Action, account: Option<&Aor>, accounts: &Subscribers) -> Result<Told, StoreError> {
    match (action, account) {
        (Action::Add(given), Some(user)) => {
            with_password(given, user, |password| accounts.add(user, password))
        }
        (Action::Password(given), Some(user)) => {
            with_password(given, user, |password| accounts.set_password(user, password))
        }
        (Action::Remove { .. }, Some(user)) => accounts.remove(user).map(|()| removed(&user.to_string())),
        _ => list(accounts),
    }
}

fn with_password(
    given: &Account,
    user: &Aor,
    store: impl FnOnce(&[u8]) -> Result<(), StoreError>,
) -> Result<Told, StoreError> {
    let password = Password::wanted(given.password_stdin)
        .map_err(|error| StoreError::File(PathBuf::from("password"), error))?;
    store(password.expose().as_bytes())?;
    Ok(stored(&user.to_string(), &password, given.password_stdin))
}

fn list(accounts: &Subscribers) -> Result<Told, StoreError> {
    let all = accounts.list()?;
    let rows: Vec<_> =
        all.iter().map(|row| json!({ "user": row.user.to_string(), "bindings": row.bindings })).collect();
    let lines: Vec<String> = all
        .iter()
        .map(|row| match row.bindings {
            0 => row.user.to_string(),
            1 => format!("{}  1 phone", row.user),
            n => format!("{}  {n} phones", row.user),
        })
        .collect();
    let text = if lines.is_empty() { "no accounts".to_owned() } else { lines.join("\n") };
    Ok((text, json!({ "users": rows })))
}
