//! `ringback watchers`: who watches a user, and who may. A server that runs takes decisions over at once.

use super::check;
use crate::cli::Common;
use crate::exit::Exit;
use crate::site::Site;
use crate::terminal::Terminal;
use ringback_io::store::{StoreError, Watchers};
use ringback_roles::event::Permission;
use ringback_roles::location::Aor;
use ringback_sip::time::Instant;
use serde_json::json;
use std::io;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Show who watches a user, and decide who may
///
/// What is decided here goes before `watchers` in [events] of the configuration. A user may always watch himself.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The user who is watched
    #[arg(value_name = "NAME@DOMAIN")]
    user: String,
    #[command(subcommand)]
    action: Option<Action>,
    /// The server's configuration file; without it, the store of a server that runs without one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the watchers and the decisions
    List,
    /// Tell a watcher the state
    Allow(Whom),
    /// Tell a watcher nothing before it is allowed or denied
    Ask(Whom),
    /// Refuse a watcher
    Deny(Whom),
    /// Take a decision back: what the configuration says holds
    Forget(Whom),
}

#[derive(Debug, clap::Args)]
struct Whom {
    /// The watcher
    #[arg(value_name = "WATCHER@DOMAIN")]
    watcher: String,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let site = Site::of(&settings)?;
    let decision = match &args.action {
        None | Some(Action::List) => None,
        Some(Action::Allow(whom)) => Some((whom, Some(Permission::Allow))),
        Some(Action::Ask(whom)) => Some((whom, Some(Permission::Ask))),
        Some(Action::Deny(whom)) => Some((whom, Some(Permission::Deny))),
        Some(Action::Forget(whom)) => Some((whom, None)),
    };
    let watcher = decision.map(|(whom, _)| site.account(&whom.watcher)).transpose();
    let (user, watcher) = match (site.account(&args.user), watcher) {
        (Ok(user), Ok(watcher)) => (user, watcher),
        (Err(fault), _) | (_, Err(fault)) => {
            terminal.chatter(&format!("ringback watchers: {fault}"));
            return Ok(Exit::USAGE);
        }
    };
    let (text, object) = Watchers::open(&site.data)
        .and_then(|store| match (decision, watcher) {
            (Some((_, permission)), Some(watcher)) => decide(&store, &user, &watcher, permission),
            _ => list(&store, &user),
        })
        .map_err(io::Error::other)?;
    terminal.result(&if common.json { format!("{object}\n") } else { text })?;
    Ok(Exit::SUCCESS)
}

type Told = Result<(String, serde_json::Value), StoreError>;

fn decide(store: &Watchers, user: &Aor, watcher: &Aor, permission: Option<Permission>) -> Told {
    store.decide(user, watcher, permission)?;
    let text = match permission {
        Some(Permission::Allow) => format!("{watcher} may watch {user}\n"),
        Some(Permission::Ask) => format!("{watcher} must wait for a decision to watch {user}\n"),
        Some(Permission::Deny) => format!("{watcher} may not watch {user}\n"),
        None => format!("nothing is decided about {watcher} and {user}\n"),
    };
    let permission = permission.map(Permission::as_str);
    let object = json!({ "schema": SCHEMA, "user": user.to_string(), "watcher": watcher.to_string(),
        "decided": permission });
    Ok((text, object))
}

fn list(store: &Watchers, user: &Aor) -> Told {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (rows, rules) =
        (store.subscriptions(user, Instant::from_unix_secs(now.as_secs()))?, store.rules(user)?);
    let status = |is_pending| if is_pending { "pending" } else { "active" };
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let list = row.list.as_ref().map_or_else(String::new, |list| format!("  by the list {list}"));
            format!("{}  {}  {}{list}\n", row.watcher, row.package, status(row.is_pending))
        })
        .collect();
    lines.extend(rules.iter().map(|(watcher, permission)| format!("{watcher}  {}\n", permission.as_str())));
    if lines.is_empty() {
        lines.push(format!("nobody watches {user}, and nothing is decided\n"));
    }
    let watchers: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({ "watcher": row.watcher, "package": row.package, "status": status(row.is_pending),
                "list": row.list })
        })
        .collect();
    let decisions: Vec<_> = rules
        .iter()
        .map(
            |(watcher, permission)| json!({ "watcher": watcher.to_string(), "decided": permission.as_str() }),
        )
        .collect();
    let object = json!({ "schema": SCHEMA, "user": user.to_string(), "watchers": watchers,
        "decisions": decisions });
    Ok((lines.concat(), object))
}

const SCHEMA: &str = "ringback.watchers/1";
