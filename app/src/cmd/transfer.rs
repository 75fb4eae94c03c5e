//! `ringback transfer WHO --to URI`: asks a phone to call somebody, without a call to it (RFC 3515).

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    News, Options, Phone, Reporter, Role, duration, parsed_uri, sip_uri, tell_transfer, with_phone,
};
use crate::terminal::Terminal;
use ringback_roles::agent::{CallId, Command, Event, Transferring};
use serde_json::json;
use std::io;
use std::time::{Duration, Instant};

/// Ask a phone to call somebody, and tell how that call fares (REFER)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whom to ask: sip:bob@example.test
    who: String,
    /// Whom it shall call: sip:carol@example.test
    #[arg(long, value_name = "URI", value_parser = parsed_uri)]
    to: String,
    /// Ask in the name of this address
    #[arg(long, value_name = "URI")]
    from: Option<String>,
    /// Be content with the answer: ask the phone to tell nothing about its call (RFC 4488)
    #[arg(long)]
    no_notify: bool,
    /// Give up when the call is not answered within this time
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    options: Options,
}

/// The one wish of the command.
const WISH: CallId = CallId(1);

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let role = Role::new(args.from.as_deref(), Some(&args.who));
    with_phone(&args.options, role, common, terminal, |phone, reporter| {
        phone.watch_signals()?;
        let who = sip_uri(&args.who).unwrap_or_else(|_| args.who.clone());
        let target = args.to.clone();
        phone.order(Command::Refer { call: WISH, who, target, is_silent: args.no_notify });
        wait(args, phone, reporter)
    })
}

fn wait(args: &Args, phone: &Phone, reporter: &Reporter<'_>) -> io::Result<Exit> {
    let deadline = Instant::now() + args.timeout;
    while Instant::now() < deadline && !phone.is_broken() {
        match phone.next(Some(deadline)) {
            Some(News::Message(seen)) => reporter.message(&seen)?,
            Some(News::Event(Event::Transfer { news, .. })) => {
                // Silence is what was asked for.
                let is_done = args.no_notify && news == Transferring::Accepted;
                if let Some(exit) = tell_transfer(reporter, &args.to, news)? {
                    return Ok(exit);
                }
                if is_done {
                    return Ok(Exit::SUCCESS);
                }
            }
            Some(News::Interrupted) => return Ok(Exit::INTERRUPTED),
            _ => {}
        }
    }
    let text = format!("{}: nothing told in time", args.who);
    reporter.result("timeout", &text, json!({ "target": args.to }))?;
    Ok(Exit::TIMEOUT)
}
