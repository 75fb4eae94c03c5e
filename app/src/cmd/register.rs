//! `ringback register AOR`: binds, tells or removes contacts at the registrar.

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    FeatureOptions, FlowOptions, News, Options, Role, duration, error_of_outcome, exit_of_outcome, printable,
    status_of_outcome, with_phone, words_of_lost_flow, words_of_outcome,
};
use crate::terminal::Terminal;
use ringback_roles::agent::{Bound, Command, Event, Registering};
use ringback_sip::registry::StatusCode;
use serde_json::{Value, json};
use std::io;
use std::time::{Duration, Instant};

/// Register a phone, or show or remove what is registered
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address: sip:alice@example.test
    address: String,
    /// Only show what is registered
    #[arg(long, conflicts_with_all = ["remove_all", "keep"])]
    query: bool,
    /// Remove everything that is registered
    #[arg(long, conflicts_with = "keep")]
    remove_all: bool,
    /// Stay registered until Ctrl-C, and show the messages that come
    #[arg(long)]
    keep: bool,
    /// Give up after this time
    #[arg(long, value_name = "TIME", default_value = "32s", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    flows: FlowOptions,
    #[command(flatten)]
    features: FeatureOptions,
    #[command(flatten)]
    options: Options,
}

impl Args {
    fn order(&self) -> Registering {
        match (self.query, self.remove_all, self.keep) {
            (true, ..) => Registering::Query,
            (_, true, _) => Registering::RemoveAll,
            (_, _, true) => Registering::Keep,
            _ => Registering::Once,
        }
    }
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let role = Role::new(Some(&args.address), None);
    // What is not kept alive is no flow.
    let flows = Some(&args.flows).filter(|_| args.keep);
    let role = Role { flows, features: args.features.params(), ..role };
    with_phone(&args.options, role, common, terminal, |phone, reporter| {
        if args.keep {
            phone.watch_signals()?;
        }
        // Nobody is here to take a call.
        phone.order(Command::Unavailable(Some(StatusCode::TEMPORARILY_UNAVAILABLE)));
        phone.order(Command::Register(args.order()));
        let deadline = Instant::now() + args.timeout;
        let mut is_registered = false;
        while (is_registered || Instant::now() < deadline) && !phone.is_broken() {
            match phone.next((!is_registered).then_some(deadline)) {
                Some(News::Message(seen)) => reporter.message(&seen)?,
                Some(News::Event(Event::Registered { bindings, expires })) => {
                    let (text, fields) = words_of_bindings(&args.address, &bindings, expires);
                    reporter.result("registered", &text, fields)?;
                    if !args.keep {
                        return Ok(Exit::SUCCESS);
                    }
                    is_registered = true;
                }
                Some(News::Event(Event::RegistrationFailed { outcome, response, .. })) => {
                    let words = words_of_outcome(outcome);
                    let status = status_of_outcome(outcome);
                    let number = status.map(StatusCode::number);
                    let fields = json!({
                        "address": args.address, "status": number, "reason": words,
                        "error": error_of_outcome(outcome),
                    });
                    let refusal = status.map(|status| (status, response.as_deref()));
                    reporter.answer("failed", &format!("{}: {words}", args.address), fields, refusal)?;
                    if !is_registered {
                        return Ok(exit_of_outcome(outcome));
                    }
                }
                Some(News::Event(Event::FlowLost { flow, outcome, retry })) => {
                    let (text, fields) = words_of_lost_flow(flow, outcome, retry);
                    reporter.progress("flow_lost", &text, fields)?;
                }
                Some(News::Event(Event::Text { from, body })) => {
                    let body = printable(&body);
                    let fields = json!({ "from": from.to_string(), "text": body });
                    reporter.result("text", &format!("{from} writes: {body}"), fields)?;
                }
                Some(News::Interrupted) => {
                    phone.order(Command::Register(Registering::Remove));
                    phone.wait_for(FAREWELL, |event| {
                        matches!(event, Event::Registered { .. } | Event::RegistrationFailed { .. })
                    });
                    return Ok(Exit::SUCCESS);
                }
                _ => {}
            }
        }
        reporter.result(
            "timeout",
            &format!("{}: no answer in time", args.address),
            json!({ "address": args.address }),
        )?;
        Ok(Exit::TIMEOUT)
    })
}

/// How long the registrar may take to forget us.
const FAREWELL: Duration = Duration::from_secs(2);

/// What is registered, in words and for machines.
fn words_of_bindings(address: &str, bindings: &[Bound], expires: Duration) -> (String, Value) {
    let mut text = format!("{}: 200 OK, {} registered", address, bindings.len());
    for bound in bindings {
        let ours = if bound.ours { "  (this one)" } else { "" };
        let left = bound.expires.map_or_else(String::new, |t| format!(" for {} s", t.as_secs()));
        text.push_str(&format!("\n  {}{left}{ours}", bound.contact));
    }
    let rows: Vec<_> = bindings
        .iter()
        .map(|b| json!({ "contact": b.contact.to_string(), "expires_s": b.expires.map(|t| t.as_secs()), "ours": b.ours }))
        .collect();
    let fields = json!({ "address": address, "expires_s": expires.as_secs(), "bindings": rows });
    (text, fields)
}
