//! `ringback ping TARGET`: OPTIONS, and how long the answer takes.

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    News, Options, Phone, Reporter, Role, duration, error_of_outcome, exit_of_outcome, millis, printable,
    sip_uri, status_of_outcome, with_phone, words_of_outcome,
};
use crate::terminal::Terminal;
use ringback_roles::agent::{Command, Event, RequestId};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::Message;
use serde_json::json;
use std::io;
use std::time::{Duration, Instant};

/// Ask a server or phone whether it is there (OPTIONS)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whom to ask: example.test, sip:bob@example.test, 192.0.2.1:5060
    target: String,
    /// Ask so often
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u32,
    /// Time between two questions
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration)]
    interval: Duration,
    /// Give up after this time
    #[arg(long, value_name = "TIME", default_value = "32s", value_parser = duration)]
    timeout: Duration,
    /// Ask in the name of this address
    #[arg(long, value_name = "URI")]
    from: Option<String>,
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
            let mut exit = Exit::SUCCESS;
            for number in 0..args.count.max(1) {
                if number > 0 {
                    std::thread::sleep(args.interval);
                }
                exit = ask(args, u64::from(number), phone, reporter)?;
            }
            Ok(exit)
        },
    )
}

fn ask(args: &Args, number: u64, phone: &Phone, reporter: &Reporter<'_>) -> io::Result<Exit> {
    let target = sip_uri(&args.target).unwrap_or_else(|_| args.target.clone());
    let request = RequestId(number);
    phone.order(Command::Options { request, target: target.clone() });
    let deadline = Instant::now() + args.timeout;
    while Instant::now() < deadline && !phone.is_broken() {
        match phone.next(Some(deadline)) {
            Some(News::Message(seen)) => reporter.message(&seen)?,
            Some(News::Event(Event::Answered { request: answered, outcome, elapsed, response }))
                if answered == request =>
            {
                let words = words_of_outcome(outcome);
                let parsed = response.as_deref().and_then(|bytes| Message::parse(bytes).ok());
                let field = |name| {
                    let value = parsed.as_ref().and_then(|message| message.header(name));
                    value.map(printable)
                };
                let product = field(HeaderName::SERVER).or_else(|| field(HeaderName::USER_AGENT));
                let about = product.as_ref().map_or_else(String::new, |product| format!(" ({product})"));
                let status = status_of_outcome(outcome);
                let fields = json!({
                    "target": target, "status": status.map(StatusCode::number), "reason": words,
                    "error": error_of_outcome(outcome), "elapsed_ms": millis(elapsed),
                    "server": product, "allow": field(HeaderName::ALLOW), "supported": field(HeaderName::SUPPORTED),
                });
                let text = format!("{target}: {words} after {:.1} ms{about}", millis(elapsed));
                let refusal = status.map(|status| (status, response.as_deref()));
                reporter.answer("answered", &text, fields, refusal)?;
                return Ok(exit_of_outcome(outcome));
            }
            _ => {}
        }
    }
    let words = format!("{target}: no answer within {:?}", args.timeout);
    reporter.result("timeout", &words, json!({ "target": target }))?;
    Ok(Exit::TIMEOUT)
}
