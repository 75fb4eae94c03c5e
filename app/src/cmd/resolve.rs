//! `ringback resolve URI`: which servers a URI leads to, with every question to the name servers and what its answer
//! means (RFC 3263).

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::sip_uri;
use crate::steps;
use crate::terminal::Terminal;
use clap::ValueEnum;
use ringback_io::clock::seed_from_system;
use ringback_io::dns::{Resolver, ResolverSettings};
use ringback_sip::flow::{Reach, ResolveError, Transport};
use ringback_sip::syntax::Uri;
use ringback_sip::transport::locate::{Located, query_of};
use serde_json::{Value, json};
use std::io;
use std::net::{IpAddr, SocketAddr};

/// Find the servers of a URI as a call to it would, and say each step (NAPTR, SRV, A/AAAA)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The order among SRV records of one priority is left to chance in proportion to their weights, \
    anew for each call: --call gives the order of one."
)]
pub(crate) struct Args {
    /// What to find: example.test, sips:bob@example.test, "sip:example.test;transport=tcp"
    uri: String,
    /// Ask this name server [default: those of the system]
    #[arg(long, value_name = "IP[:PORT]", value_parser = name_server)]
    dns: Vec<SocketAddr>,
    /// The transports that we have, all of them in one list
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',', default_values = ["udp", "tcp", "tls"])]
    transports: Vec<Over>,
    /// Use IPv4 only
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    ipv4: bool,
    /// Use IPv6 only
    #[arg(short = '6', long)]
    ipv6: bool,
    /// The number of the call for which the choice is made
    #[arg(long, value_name = "NUMBER")]
    call: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Over {
    Udp,
    Tcp,
    Tls,
    Ws,
    Wss,
}

impl From<Over> for Transport {
    fn from(over: Over) -> Self {
        match over {
            Over::Udp => Transport::Udp,
            Over::Tcp => Transport::Tcp,
            Over::Tls => Transport::Tls,
            Over::Ws => Transport::Ws,
            Over::Wss => Transport::Wss,
        }
    }
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let uri = match sip_uri(&args.uri) {
        Ok(uri) => uri,
        Err(fault) => {
            terminal.chatter(&format!("ringback: {fault}"));
            return Ok(fault.exit());
        }
    };
    let Some(mut query) = Uri::parse(uri.as_bytes()).ok().and_then(|uri| query_of(&uri)) else {
        terminal.chatter(&format!("ringback: {uri} names a transport that cannot be used"));
        return Ok(Exit::USAGE);
    };
    let seed = seed_from_system()?;
    query.spread = args.call.unwrap_or_else(|| seed.hash(b"call"));
    // The same call finds the same order, whoever asks.
    let resolver = Resolver::start(
        ResolverSettings { servers: args.dns.clone(), ..ResolverSettings::default() },
        ringback_sip::entropy::Seed::from_number(0),
    )?;
    let located = resolver.locate(query.clone(), reach(args));
    let text =
        if common.json { format!("{}\n", object(&uri, &located)) } else { text(&uri, &located, terminal) };
    terminal.result(&text)?;
    Ok(if located.found.is_ok() { Exit::SUCCESS } else { Exit::DNS })
}

fn reach(args: &Args) -> Reach {
    args.transports.iter().fold(Reach::default(), |reach, over| {
        let families = [(true, !args.ipv6), (false, !args.ipv4)];
        families
            .into_iter()
            .filter(|(_, wanted)| *wanted)
            .fold(reach, |reach, (is_ipv4, _)| reach.with((*over).into(), is_ipv4))
    })
}

fn text(uri: &str, located: &Located, terminal: &Terminal) -> String {
    let mut lines = vec![terminal.bold(uri)];
    lines.extend(located.steps.iter().map(steps::words));
    match &located.found {
        Ok(targets) => {
            lines.push(terminal.bold("in this order:"));
            lines.extend(
                targets
                    .iter()
                    .enumerate()
                    .map(|(i, target)| format!("{:>3}. {}", i + 1, steps::target_text(target))),
            );
        }
        Err(error) => lines.push(terminal.bold(&format!("not found: {}", steps::error_text(*error)))),
    }
    lines.push(String::new());
    lines.join("\n")
}

fn object(uri: &str, located: &Located) -> Value {
    let targets = located.found.as_ref().map(|targets| targets.as_slice()).unwrap_or_default();
    json!({
        "schema": "ringback.resolve/1",
        "uri": uri,
        "steps": located.steps.iter().map(steps::object).collect::<Vec<_>>(),
        "targets": targets.iter().map(steps::target_object).collect::<Vec<_>>(),
        "error": located.found.as_ref().err().copied().map(ResolveError::id),
    })
}

fn name_server(text: &str) -> Result<SocketAddr, &'static str> {
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let address = text.parse::<SocketAddr>().or(bare.map(|ip| SocketAddr::new(ip, DNS_PORT)));
    address.map_err(|_| "not an address such as 192.0.2.53 or 127.0.0.1:5300")
}

/// The port of name servers (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;
