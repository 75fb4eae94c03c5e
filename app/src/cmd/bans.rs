//! `ringback bans`: who is not served by a server that runs, and why.

use super::check;
use crate::cli::Common;
use crate::control::{self, Order};
use crate::exit::Exit;
use crate::settings::parse_time;
use crate::site::Site;
use crate::terminal::Terminal;
use ringback_roles::access::Network;
use serde_json::{Value, json};
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Show, lift and add bans of a server that runs on this machine
///
/// A source that goes on guessing passwords, or searching for users over a connection, is not served for a while. An
/// address of IPv6 stands for its /64. Bans end by themselves, and with the server.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// The server's configuration file; without it, the server that runs without one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum Action {
    /// Show the bans
    List,
    /// Lift a ban, and forget what it was for
    Lift {
        /// The address
        #[arg(value_name = "ADDRESS", value_parser = source)]
        address: Network,
    },
    /// Ban an address
    Add {
        /// The address
        #[arg(value_name = "ADDRESS")]
        address: IpAddr,
        /// For how long, such as 1h or 7d
        #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = length)]
        length: Duration,
    },
}

/// An address, or a source as the list shows it.
fn source(text: &str) -> Result<Network, String> {
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(Network::of_source(address)),
        Err(_) => text.parse().map_err(|_| "not an IP address".to_owned()),
    }
}

fn length(text: &str) -> Result<Duration, String> {
    parse_time(text).map_err(|_| "not a time such as 1h or 7d".to_owned())
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let order = match args.action.unwrap_or(Action::List) {
        Action::List => Order::Bans,
        Action::Lift { address } => Order::Lift(address),
        Action::Add { address, length } => Order::ban(address, length),
    };
    let folder = Site::of(&settings)?.data;
    let mut answer = match control::ask(&folder, order) {
        Ok(answer) => answer,
        Err(error) => {
            let text = format!("ringback bans: no server answers in {}: {error}", folder.display());
            terminal.chatter(&text);
            return Ok(Exit::FAILURE);
        }
    };
    if let Some(fault) = answer["error"].as_str() {
        terminal.chatter(&format!("ringback bans: {fault}"));
        return Ok(Exit::FAILURE);
    }
    answer["schema"] = json!("ringback.bans/1");
    terminal.result(&if common.json { format!("{answer}\n") } else { text(&answer) })?;
    Ok(Exit::SUCCESS)
}

fn text(answer: &Value) -> String {
    let field = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    if let Some(source) = answer["lifted"].as_str() {
        return format!("{source} is served again\n");
    }
    if let Some(source) = answer["banned"].as_str() {
        return format!("{source} is banned until {}\n", field(answer, "until"));
    }
    let rows = answer["bans"].as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        return "nobody is banned\n".to_owned();
    }
    let line = |row: &Value| {
        format!(
            "{}  since {}  until {}  {}\n",
            field(row, "source"),
            field(row, "since"),
            field(row, "until"),
            field(row, "why")
        )
    };
    rows.iter().map(line).collect()
}
