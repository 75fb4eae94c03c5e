//! `ringback publish open|closed`: tells others whether we can be reached (RFC 3903, RFC 3863).

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    News, Options, Role, duration, error_of_outcome, exit_of_outcome, sip_uri, status_of_outcome, with_phone,
    words_of_outcome,
};
use crate::terminal::Terminal;
use ringback_roles::agent::{Command, Event, PublicationId, Publishing};
use ringback_roles::presence::Sight;
use ringback_sip::registry::{EventPackage, StatusCode};
use serde_json::json;
use std::io;
use std::time::{Duration, Instant};

/// Tell others whether you can be reached, until Ctrl-C (PUBLISH)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to tell
    #[arg(value_enum)]
    status: Status,
    /// Who you are: sip:alice@example.test
    #[arg(long, value_name = "URI")]
    from: String,
    /// Say this with it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Tell it once and end; it holds as long as --expires says
    #[arg(long)]
    once: bool,
    /// Ask for this long at a time; it is told again before
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    expires: Duration,
    /// Give up after this time
    #[arg(long, value_name = "TIME", default_value = "32s", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Status {
    Open,
    Closed,
}

/// The one publication of the command.
const OURS: PublicationId = PublicationId(0);
/// How long the server may take to forget it.
const FAREWELL: Duration = Duration::from_secs(2);

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let role = Role::new(Some(&args.from), None);
    with_phone(&args.options, role, common, terminal, |phone, reporter| {
        phone.watch_signals()?;
        let who = sip_uri(&args.from).unwrap_or_else(|_| args.from.clone());
        let what = Publishing {
            event: EventPackage::PRESENCE.as_str().to_owned(),
            kind: Sight::MEDIA_TYPE,
            body: Sight::write(&who, args.status == Status::Open, args.note.as_deref()),
            expires: args.expires,
        };
        phone.order(Command::Publish { publication: OURS, what: Box::new(what) });
        let deadline = Instant::now() + args.timeout;
        let mut is_told = false;
        while (is_told || Instant::now() < deadline) && !phone.is_broken() {
            match phone.next((!is_told).then_some(deadline)) {
                Some(News::Message(seen)) => reporter.message(&seen)?,
                Some(News::Event(Event::Published { expires, .. })) => {
                    let status = if args.status == Status::Open { "open" } else { "closed" };
                    let fields = json!({ "address": who, "status": status, "expires_s": expires.as_secs() });
                    let text = format!("{who}: {status} for {} s", expires.as_secs());
                    reporter.result("published", &text, fields)?;
                    if args.once {
                        return Ok(Exit::SUCCESS);
                    }
                    is_told = true;
                }
                Some(News::Event(Event::PublicationFailed { outcome, retry, response, .. })) => {
                    let words = words_of_outcome(outcome);
                    let status = status_of_outcome(outcome);
                    let retry = retry.filter(|_| is_told);
                    let fields = json!({
                        "address": who, "status": status.map(StatusCode::number), "reason": words,
                        "error": error_of_outcome(outcome), "retry_s": retry.map(|wait| wait.as_secs()),
                    });
                    if let Some(wait) = retry {
                        let text = format!("{who}: {words}; trying again in {} s", wait.as_secs());
                        reporter.progress("failed", &text, fields)?;
                        continue;
                    }
                    let refusal = status.map(|status| (status, response.as_deref()));
                    reporter.answer("failed", &format!("{who}: {words}"), fields, refusal)?;
                    return Ok(exit_of_outcome(outcome));
                }
                Some(News::Interrupted) => {
                    phone.order(Command::Unpublish(OURS));
                    phone.wait_for(FAREWELL, |event| {
                        matches!(event, Event::Published { .. } | Event::PublicationFailed { .. })
                    });
                    return Ok(Exit::SUCCESS);
                }
                _ => {}
            }
        }
        reporter.result("timeout", &format!("{who}: no answer in time"), json!({ "address": who }))?;
        Ok(Exit::TIMEOUT)
    })
}
