//! `ringback message TARGET TEXT`: a text message (RFC 3428).

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    News, Options, Role, duration, error_of_outcome, exit_of_outcome, sip_uri, status_of_outcome, with_phone,
    words_of_outcome,
};
use crate::terminal::Terminal;
use ringback_roles::agent::{Command, Event, RequestId};
use ringback_sip::registry::StatusCode;
use serde_json::json;
use std::io;
use std::time::{Duration, Instant};

/// Send a text message (MESSAGE)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// To whom: sip:bob@example.test
    target: String,
    /// The text
    text: String,
    /// Send it in the name of this address
    #[arg(long, value_name = "URI")]
    from: Option<String>,
    /// Give up after this time
    #[arg(long, value_name = "TIME", default_value = "32s", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    options: Options,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    with_phone(
        &args.options,
        Role::new(args.from.as_deref(), Some(&args.target)),
        common,
        terminal,
        |phone, reporter| {
            let target = sip_uri(&args.target).unwrap_or_else(|_| args.target.clone());
            let request = RequestId(0);
            let text = args.text.clone();
            phone.order(Command::Message { request, target: target.clone(), call: None, text });
            let deadline = Instant::now() + args.timeout;
            while Instant::now() < deadline && !phone.is_broken() {
                match phone.next(Some(deadline)) {
                    Some(News::Message(seen)) => reporter.message(&seen)?,
                    Some(News::Event(Event::Answered { outcome, response, .. })) => {
                        let words = words_of_outcome(outcome);
                        let status = status_of_outcome(outcome);
                        let number = status.map(StatusCode::number);
                        let fields = json!({
                            "target": target, "status": number, "reason": words,
                            "error": error_of_outcome(outcome),
                        });
                        let refusal = status.map(|status| (status, response.as_deref()));
                        reporter.answer("answered", &format!("{target}: {words}"), fields, refusal)?;
                        return Ok(exit_of_outcome(outcome));
                    }
                    _ => {}
                }
            }
            reporter.result(
                "timeout",
                &format!("{target}: no answer in time"),
                json!({ "target": target }),
            )?;
            Ok(Exit::TIMEOUT)
        },
    )
}
