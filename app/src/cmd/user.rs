//! `ringback user`: the accounts. A server that runs takes changes over within seconds.

use super::check;
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
    let outcome = Subscribers::open(&site.data)
        .and_then(|accounts| act(&args.action, account.as_ref(), &accounts, common, terminal));
    match outcome {
        Ok(exit) => Ok(exit),
        Err(error) => Err(io::Error::other(error)),
    }
}

fn act(
    action: &Action,
    account: Option<&Aor>,
    accounts: &Subscribers,
    common: &Common,
    terminal: &Terminal,
) -> Result<Exit, StoreError> {
    let refused = |error: StoreError| match error {
        StoreError::Exists | StoreError::NoSuchUser => {
            let name = account.map(ToString::to_string).unwrap_or_default();
            terminal.chatter(&format!("ringback user: {name}: {error}"));
            Ok(Exit::FAILURE)
        }
        other => Err(other),
    };
    match (action, account) {
        (Action::Add(given), Some(user)) => {
            with_password(given, user, common, terminal, |password| accounts.add(user, password))
                .or_else(refused)
        }
        (Action::Password(given), Some(user)) => {
            with_password(given, user, common, terminal, |password| accounts.set_password(user, password))
                .or_else(refused)
        }
        (Action::Remove { .. }, Some(user)) => match accounts.remove(user) {
            Ok(()) => {
                tell(common, terminal, &format!("{user} removed"), json!({ "removed": user.to_string() }))
            }
            Err(error) => refused(error),
        },
        _ => list(accounts, common, terminal),
    }
}

fn with_password(
    given: &Account,
    user: &Aor,
    common: &Common,
    terminal: &Terminal,
    store: impl FnOnce(&[u8]) -> Result<(), StoreError>,
) -> Result<Exit, StoreError> {
    let file = |error| StoreError::File(PathBuf::from("password"), error);
    if given.password_stdin {
        store(Password::from_stdin().map_err(file)?.expose().as_bytes())?;
        return tell(common, terminal, &format!("{user} stored"), json!({ "stored": user.to_string() }));
    }
    let password = Password::generate().map_err(file)?;
    store(password.expose().as_bytes())?;
    let text = format!("{user} has the password {}", password.expose());
    tell(common, terminal, &text, json!({ "stored": user.to_string(), "password": password.expose() }))
}

fn list(accounts: &Subscribers, common: &Common, terminal: &Terminal) -> Result<Exit, StoreError> {
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
    tell(common, terminal, &text, json!({ "users": rows }))
}

fn tell(
    common: &Common,
    terminal: &Terminal,
    text: &str,
    mut object: serde_json::Value,
) -> Result<Exit, StoreError> {
    object["schema"] = json!("ringback.user/1");
    let line = if common.json { format!("{object}\n") } else { format!("{text}\n") };
    terminal.result(&line).map_err(|error| StoreError::File(PathBuf::from("stdout"), error))?;
    Ok(Exit::SUCCESS)
}
