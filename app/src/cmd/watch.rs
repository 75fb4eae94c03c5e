//! `ringback watch EVENT URI`: the state of somebody, live (RFC 6665).

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    News, Options, Phone, Reporter, Role, duration, error_of_outcome, exit_of_outcome, printable, sip_uri,
    status_of_outcome, with_phone, words_of_outcome,
};
use crate::terminal::Terminal;
use ringback_roles::agent::{Command, Event, Notification, Subscribing, SubscriptionId, Unsubscribed};
use ringback_roles::event::{Reason, Standing};
use ringback_roles::presence::{ListMember, ListNews, Row, Sight, View};
use ringback_sip::registry::{EventPackage, StatusCode};
use serde_json::{Value, json};
use std::io;
use std::time::{Duration, Instant};

/// Show the state of somebody, and each change of it, until Ctrl-C (SUBSCRIBE)
#[derive(Debug, clap::Args)]
#[command(visible_alias = "subscribe")]
pub(crate) struct Args {
    /// What to watch: presence, dialog, message-summary, reg, or another event package
    event: String,
    /// Whose: sip:bob@example.test
    target: String,
    /// Watch in the name of this address
    #[arg(long, value_name = "URI")]
    from: Option<String>,
    /// Show the state once and end
    #[arg(long)]
    once: bool,
    /// Ask for documents of this type only
    #[arg(long, value_name = "TYPE")]
    accept: Option<String>,
    /// Ask for this long at a time; it is asked for again before
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration, conflicts_with = "once")]
    expires: Duration,
    /// Give up when nothing is told for this time
    #[arg(long, value_name = "TIME", default_value = "33s", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    options: Options,
}

/// The one subscription of the command.
const OURS: SubscriptionId = SubscriptionId(0);
/// How long whoever is watched may take to confirm the end.
const FAREWELL: Duration = Duration::from_secs(2);

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let role = Role::new(args.from.as_deref(), Some(&args.target));
    with_phone(&args.options, role, common, terminal, |phone, reporter| {
        phone.watch_signals()?;
        let target = sip_uri(&args.target).unwrap_or_else(|_| args.target.clone());
        let what = Subscribing {
            target: target.clone(),
            event: args.event.clone(),
            accept: args.accept.clone().unwrap_or_else(|| accept_of(&args.event)),
            takes_lists: args.accept.is_none() && is_presence(&args.event),
            expires: if args.once { Duration::ZERO } else { args.expires },
        };
        phone.order(Command::Subscribe { subscription: OURS, what: Box::new(what) });
        watch(args, &target, phone, reporter)
    })
}

fn watch(args: &Args, target: &str, phone: &Phone, reporter: &Reporter<'_>) -> io::Result<Exit> {
    let deadline = Instant::now() + args.timeout;
    let mut was_told = false;
    let mut view = View::default();
    while (was_told || Instant::now() < deadline) && !phone.is_broken() {
        match phone.next((!was_told).then_some(deadline)) {
            Some(News::Message(seen)) => reporter.message(&seen)?,
            Some(News::Event(Event::Subscribed { expires, .. })) => {
                let fields = json!({ "target": target, "expires_s": expires.as_secs() });
                let text = match expires.as_secs() {
                    0 => format!("{target}: asked once"),
                    secs => format!("{target}: watching for {secs} s at a time"),
                };
                reporter.progress("subscribed", &text, fields)?;
            }
            Some(News::Event(Event::Notified { notification, .. })) => {
                was_told = true;
                let (text, fields) = words_of(args, target, &notification, &mut view);
                reporter.result("notified", &text, fields)?;
            }
            Some(News::Event(Event::Unsubscribed { end, retry, response, .. })) => {
                let (words, status) = words_of_end(end);
                let fields = json!({
                    "target": target, "reason": words, "error": error_of_end(end),
                    "status": status.map(StatusCode::number),
                    "retry_s": retry.map(|wait| wait.as_secs()),
                });
                if let Some(wait) = retry {
                    let text = format!("{target}: {words}; watching again in {} s", wait.as_secs());
                    reporter.progress("interrupted", &text, fields)?;
                    continue;
                }
                if end == Unsubscribed::Done {
                    return Ok(Exit::SUCCESS);
                }
                let refusal = status.map(|status| (status, response.as_deref()));
                reporter.answer("ended", &format!("{target}: {words}"), fields, refusal)?;
                return Ok(exit_of_end(end));
            }
            Some(News::Interrupted) => {
                phone.order(Command::Unsubscribe(OURS));
                phone.wait_for(FAREWELL, |event| matches!(event, Event::Unsubscribed { .. }));
                return Ok(Exit::SUCCESS);
            }
            _ => {}
        }
    }
    reporter.result("timeout", &format!("{target}: nothing was told"), json!({ "target": target }))?;
    Ok(Exit::TIMEOUT)
}

/// What was told, in words and for machines.
fn words_of(args: &Args, target: &str, told: &Notification, view: &mut View) -> (String, Value) {
    let sight = sight_of(&told.kind.0, &told.body);
    let list = ListNews::read(&told.kind.0, &told.body);
    let rows = view.take(&told.kind.0, &told.body);
    let (standing, reason) = match told.standing {
        Standing::Pending => ("pending", None),
        Standing::Active => ("active", None),
        Standing::Terminated(reason) => ("terminated", Some(reason.name()).filter(|name| !name.is_empty())),
    };
    let told_rows = rows.as_ref().map(|rows| words_of_rows(&args.event, rows));
    let text = match (&sight, &list) {
        _ if told_rows.is_some() => format!("{target}: {}", told_rows.unwrap_or_default()),
        (Some(sight), _) => format!("{target}: {}", words_of_sight(sight)),
        (None, Some(list)) => {
            let lines: Vec<String> =
                list.members.iter().map(|m| format!("\n  {}", words_of_member(m))).collect();
            format!("{target}: {}{}", if list.is_full { "list" } else { "changed" }, lines.concat())
        }
        _ if !told.body.is_empty() => {
            let body = String::from_utf8_lossy(&told.body);
            let lines: Vec<_> =
                body.lines().map(|line| format!("  {}", printable(line.as_bytes()))).collect();
            format!("{target}: {}\n{}", told.kind, lines.join("\n"))
        }
        _ if told.standing == Standing::Pending => {
            format!("{target}: nobody has decided yet whether we may watch")
        }
        _ => format!("{target}: {standing}, no state"),
    };
    let list = list.map(|list| {
        let members: Vec<Value> = list.members.iter().map(fields_of_member).collect();
        json!({ "version": list.version, "full": list.is_full, "members": members })
    });
    let fields = json!({
        "target": target, "package": args.event, "notifier": told.notifier.to_string(), "standing": standing,
        "reason": reason, "expires_s": told.expires.as_secs(), "type": told.kind.to_string(),
        "body": String::from_utf8_lossy(&told.body), "presence": sight.as_ref().map(fields_of_sight), "list": list,
        "rows": rows.map(|rows| rows.iter().map(fields_of_row).collect::<Vec<_>>()),
    });
    (text, fields)
}

/// The contacts or calls of somebody.
fn words_of_rows(event: &str, rows: &[(String, Row)]) -> String {
    if rows.is_empty() {
        let none = if event == EventPackage::DIALOG.as_str() { "no call" } else { "not registered" };
        return none.to_owned();
    }
    let lines: Vec<String> = rows.iter().map(|(_, row)| format!("\n  {}", words_of_row(row))).collect();
    let what = if event == EventPackage::DIALOG.as_str() { "calls" } else { "contacts" };
    format!("{what}{}", lines.concat())
}

fn words_of_row(row: &Row) -> String {
    let plain = |text: &String| printable(text.as_bytes());
    let mut words = vec![plain(&row.state)];
    words.extend(row.event.as_ref().map(|event| format!("({})", plain(event))));
    words.extend(row.direction.as_deref().map(|d| if d == "initiator" { "to" } else { "from" }.to_owned()));
    words.extend(row.uri.as_ref().map(plain));
    words.extend(row.expires_secs.map(|secs| format!("for {secs} s")));
    words.join(" ")
}

fn fields_of_row((id, row): &(String, Row)) -> Value {
    json!({
        "id": id, "state": row.state, "event": row.event, "uri": row.uri, "direction": row.direction,
        "expires_s": row.expires_secs, "gruus": row.gruus,
    })
}

fn is_presence(event: &str) -> bool {
    event == EventPackage::PRESENCE.as_str()
}

/// What is accepted unless the user says what: for presence the documents of lists too (RFC 4662 §4.3).
fn accept_of(event: &str) -> String {
    let both = || format!("{}, {}", Sight::MEDIA_TYPE, ListNews::ACCEPT);
    if is_presence(event) { both() } else { View::accept(event).unwrap_or_default().to_owned() }
}

fn sight_of(kind: &[u8], body: &[u8]) -> Option<Sight> {
    Sight::read(body).filter(|_| kind.eq_ignore_ascii_case(Sight::MEDIA_TYPE.as_bytes()))
}

/// A member of a list: who, and what is known.
fn words_of_member(member: &ListMember) -> String {
    let state = match (sight_of(member.kind.as_bytes(), &member.body), &*member.state, &member.reason) {
        (Some(sight), ..) => words_of_sight(&sight),
        (None, "", _) => "not known yet".to_owned(),
        (None, "pending", _) => "nobody has decided yet whether we may watch".to_owned(),
        (None, _, Some(reason)) if reason == Reason::Rejected.name() => "we may not watch".to_owned(),
        (None, _, Some(reason)) if reason == Reason::NoResource.name() => "there is no such user".to_owned(),
        (None, state, _) => printable(state.as_bytes()),
    };
    let uri = printable(member.uri.as_bytes());
    match &member.name {
        Some(name) => format!("{} ({uri}): {state}", printable(name.as_bytes())),
        None => format!("{uri}: {state}"),
    }
}

fn fields_of_member(member: &ListMember) -> Value {
    let sight = sight_of(member.kind.as_bytes(), &member.body);
    let state = Some(&member.state).filter(|state| !state.is_empty());
    json!({
        "uri": member.uri, "name": member.name, "state": state, "reason": member.reason,
        "presence": sight.as_ref().map(fields_of_sight),
    })
}

fn fields_of_sight(sight: &Sight) -> Value {
    json!({ "open": sight.is_open, "notes": sight.notes, "activities": sight.activities })
}

/// Open or closed, what the person does, and the notes.
fn words_of_sight(sight: &Sight) -> String {
    let basic = match sight.is_open {
        Some(true) => "open",
        Some(false) => "closed",
        None => "unknown",
    };
    let mut words = vec![basic.to_owned()];
    words.extend(sight.activities.iter().map(|activity| printable(activity.as_bytes())));
    words.extend(sight.notes.iter().map(|note| format!("\"{}\"", printable(note.as_bytes()))));
    words.join(", ")
}

fn words_of_end(end: Unsubscribed) -> (String, Option<StatusCode>) {
    match end {
        Unsubscribed::Done => ("done".to_owned(), None),
        Unsubscribed::Failed(outcome) => (words_of_outcome(outcome), status_of_outcome(outcome)),
        Unsubscribed::Terminated(reason) => {
            let words = match reason {
                Reason::Deactivated => "the subscription moves",
                Reason::Probation => "not now",
                Reason::Rejected => "we may not watch",
                Reason::Timeout => "the subscription ran out",
                Reason::GiveUp => "nobody decided whether we may watch",
                Reason::NoResource => "what was watched is no more",
                Reason::Invariant => "the state changes no more",
                Reason::Unknown => "the other side ended it",
            };
            (words.to_owned(), None)
        }
    }
}

fn error_of_end(end: Unsubscribed) -> Option<String> {
    if let Unsubscribed::Failed(outcome) = end { error_of_outcome(outcome) } else { None }
}

fn exit_of_end(end: Unsubscribed) -> Exit {
    match end {
        Unsubscribed::Done | Unsubscribed::Terminated(Reason::Invariant) => Exit::SUCCESS,
        Unsubscribed::Failed(outcome) => exit_of_outcome(outcome),
        Unsubscribed::Terminated(Reason::Rejected) => Exit::from_status(StatusCode::FORBIDDEN),
        Unsubscribed::Terminated(Reason::NoResource) => Exit::from_status(StatusCode::NOT_FOUND),
        Unsubscribed::Terminated(_) => Exit::FAILURE,
    }
}
