//! `ringback route URI`: what the server would do with a request, and why; nothing is sent.

mod json;
mod report;
mod text;
mod words;

use super::check;
use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::WishOptions;
use crate::settings::Settings;
use crate::site::Site;
use crate::terminal::Terminal;
use crate::web::model::{RouteQuery, RouteTrial};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use report::{End, Report};
use ringback_io::store::Reader;
use ringback_roles::access::Denial;
use ringback_roles::explain::Language;
use ringback_roles::location::{Aor, Binding, Bindings};
use ringback_roles::routing::plan::Question;
use ringback_roles::routing::{Disposition, Place};
use ringback_roles::server::{Outcome, cause_of, incomplete, judge, located, prefer};
use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::flow::Transport;
use ringback_sip::journal::{Cause, Shown, Unwanted};
use ringback_sip::registry::StatusCode;
use ringback_sip::syntax::{Message, Scheme, Uri};
use ringback_sip::time::Instant;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Say which route a request would take, and why
///
/// The rules of the configuration are tried as the server tries them, and registrations are looked up in its store
/// if there is one. Nothing is sent and nothing is changed. Every next hop counts as up.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whom the request is for
    #[arg(value_name = "URI")]
    uri: String,
    /// The server's configuration file; without it, that of a server that runs without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The URI in From; one of another domain is a stranger's [default: some user of the domains]
    #[arg(long, value_name = "URI")]
    from: Option<String>,
    /// The method
    #[arg(long, value_name = "METHOD", default_value = "INVITE")]
    method: String,
    /// The address that the request comes from
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    source: String,
    /// The transport that it comes over
    #[arg(long, value_name = "NAME", default_value = "udp")]
    transport: String,
    /// When: 2026-11-21T04:30 in the configured time zone, or with an offset or Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[command(flatten)]
    wishes: WishOptions,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let site = Site::of(&settings)?;
    let place = place(&site);
    let query = args.query();
    let question = match question(&query, &settings, &place) {
        Ok(question) => question,
        Err(fault) => {
            terminal.chatter(&format!("ringback route: {fault}"));
            return Ok(Exit::USAGE);
        }
    };
    let report = report(&settings, &site, &place, question, &args.wishes)?;
    let language = common.language();
    let told = match common.json {
        true => format!("{}\n", serde_json::json!(json::trial(&report, language))),
        false => text::write(&report, language, terminal),
    };
    terminal.result(&told)?;
    Ok(Exit::SUCCESS)
}

fn report<'a>(
    settings: &'a Settings,
    site: &Site,
    place: &Place,
    question: Question<'a>,
    wishes: &WishOptions,
) -> io::Result<Report<'a>> {
    let (mut tried, mut unwanted) = (Vec::new(), Vec::new());
    let was = &question.uri;
    // Strangers reach the domains only, whatever the plan says.
    let is_ours = was.scheme == Scheme::Tel || place.domains().main_of(&was.host).is_some();
    if !question.is_proven && !is_ours {
        let denial = Denial::new(StatusCode::FORBIDDEN, Cause::Relay(Shown::from(was.raw)));
        let target = String::from_utf8_lossy(was.raw).into_owned();
        let end = End::Answer(denial);
        return Ok(Report { question, tried, rule: None, target, user: None, unwanted, end });
    }
    let mut dice = Entropy::new(Seed::from_number(0));
    let tell = |rule, outcome| tried.push((rule, outcome));
    let verdict = judge(&settings.plan, place, &question, |_| true, &mut dice, tell);
    let target = String::from_utf8_lossy(&verdict.decision.target.uri(was)).into_owned();
    let (user, end) = match verdict.outcome {
        Outcome::Answer(denial) => (None, End::Answer(denial)),
        Outcome::Send(destinations) => (None, End::Send(destinations)),
        Outcome::User(aor) => {
            let found = find(settings, site, &aor, &question, wishes, &mut unwanted)?;
            let end = match (found, verdict.decision.incomplete) {
                (End::Answer(denial), Some(rule)) => End::Answer(incomplete(denial, cause_of(rule))),
                (end, _) => end,
            };
            (Some(aor), end)
        }
    };
    Ok(Report { rule: verdict.decision.rule, question, tried, target, user, unwanted, end })
}

/// Looks a user up, as the server would; `unwanted`: the phones that the caller does not want.
fn find(
    settings: &Settings,
    site: &Site,
    aor: &Aor,
    question: &Question<'_>,
    wishes: &WishOptions,
    unwanted: &mut Vec<(String, Unwanted)>,
) -> io::Result<End> {
    let Some(store) = Reader::open(&site.data).map_err(io::Error::other)? else { return Ok(End::Unknown) };
    let now = now();
    let is_user = store.is_user(aor).map_err(io::Error::other)?;
    let bindings = Bindings::new(store.bindings(aor, now).map_err(io::Error::other)?);
    let text = request(question, wishes);
    let Ok(message) = Message::parse(&text) else { return Err(io::ErrorKind::InvalidInput.into()) };
    let is_told = settings.redirect || (question.is_proven && Disposition::of(&message).redirect);
    let preferred = prefer(now, &message, is_told, bindings);
    let shown = |(binding, why): &(Binding, Unwanted)| (binding.contact().escape_ascii().to_string(), *why);
    unwanted.extend(preferred.unwanted.iter().map(shown));
    let told = is_told.then_some(&question.uri);
    let end = match located(now, aor, is_user, &preferred.bindings, told) {
        Err(denial) if !preferred.is_any => End::Answer(Denial { cause: Cause::Unwanted, ..denial }),
        Err(denial) => End::Answer(denial),
        Ok(destinations) => End::Send(destinations),
    };
    Ok(end)
}

/// The request, as far as the choice among phones looks at it.
fn request(question: &Question<'_>, wishes: &WishOptions) -> Vec<u8> {
    let mut text = [question.method, b" ", question.uri.raw, b" SIP/2.0\r\n"].concat();
    for (name, value) in wishes.rows() {
        text.extend_from_slice(format!("{}: {value}\r\n", name.as_str()).as_bytes());
    }
    text.extend_from_slice(b"\r\n");
    text
}

impl Args {
    fn query(&self) -> RouteQuery {
        RouteQuery {
            uri: self.uri.clone(),
            from: self.from.clone(),
            method: Some(self.method.clone()),
            source: Some(self.source.clone()),
            transport: Some(self.transport.clone()),
            at: self.at.clone(),
        }
    }
}

/// What a server with these settings would do with a request.
///
/// # Errors
/// When the query makes no request, or the store cannot be read.
pub(crate) fn trial(
    settings: &Settings,
    site: &Site,
    query: &RouteQuery,
    language: Language,
) -> Result<RouteTrial, Fault> {
    let (place, wishes) = (place(site), WishOptions::default());
    let question = question(query, settings, &place)?;
    Ok(json::trial(&report(settings, site, &place, question, &wishes).map_err(Fault::Store)?, language))
}

fn question<'a>(query: &'a RouteQuery, settings: &Settings, place: &Place) -> Result<Question<'a>, Fault> {
    let parse = |text: &'a str| Uri::parse(text.as_bytes()).map_err(|_| Fault::Uri(text.to_owned()));
    let given = |field: &'a Option<String>| field.as_deref().filter(|text| !text.is_empty());
    let uri = parse(&query.uri)?;
    if !uri.is_sip() && uri.scheme != Scheme::Tel {
        return Err(Fault::Uri(query.uri.clone()));
    }
    let caller = given(&query.from).map(parse).transpose()?;
    let is_proven = caller.is_none_or(|uri| place.domains().main_of(&uri.host).is_some());
    let source = given(&query.source).unwrap_or("127.0.0.1");
    let transport = given(&query.transport).unwrap_or("udp");
    Ok(Question {
        method: given(&query.method).unwrap_or("INVITE").as_bytes(),
        uri,
        caller,
        is_proven,
        source: source.parse().map_err(|_| Fault::Source(source.to_owned()))?,
        transport: Transport::from_name(transport.as_bytes())
            .ok_or_else(|| Fault::Transport(transport.to_owned()))?,
        at: match given(&query.at) {
            None => now(),
            Some(text) => {
                moment(text, settings.timezone.as_deref()).ok_or_else(|| Fault::Time(text.to_owned()))?
            }
        },
    })
}

/// The addresses and domains of the server, had it been started.
fn place(site: &Site) -> Place {
    let mut addresses: Vec<(Transport, SocketAddr)> = Vec::new();
    for listen in &site.listeners {
        addresses.extend(listen.udp.then_some((Transport::Udp, listen.address)));
        addresses.extend(listen.stream.map(|transport| (transport, listen.address)));
    }
    Place::new(addresses, site.domains.clone())
}

fn now() -> Instant {
    instant(Timestamp::now())
}

fn instant(at: Timestamp) -> Instant {
    Instant::from_unix_secs(u64::try_from(at.as_second()).unwrap_or(0))
}

fn moment(text: &str, zone: Option<&str>) -> Option<Instant> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(instant(at));
    }
    let zone = match zone {
        Some(name) => TimeZone::get(name).ok()?,
        None => TimeZone::try_system().unwrap_or(TimeZone::UTC),
    };
    let civil: DateTime = text.parse().ok()?;
    Some(instant(zone.to_timestamp(civil).ok()?))
}

/// What is wrong with the request that is asked about.
#[derive(Debug)]
pub(crate) enum Fault {
    Uri(String),
    Source(String),
    Transport(String),
    Time(String),
    /// The store cannot be read.
    Store(io::Error),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Uri(text) => write!(f, "{text:?} is not a URI such as sip:bob@example.test"),
            Fault::Source(text) => write!(f, "the source {text:?} is not an IP address"),
            Fault::Transport(text) => {
                write!(f, "the transport {text:?} is none of udp, tcp, tls, ws and wss")
            }
            Fault::Store(error) => error.fmt(f),
            Fault::Time(text) => write!(f, "the time {text:?} is not a time such as 2026-11-21T04:30"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_configured_zone_unless_they_say_their_own() {
        let at = |text| moment(text, Some("Europe/Amsterdam")).map(|at| at.to_string());
        assert_eq!(at("2026-07-01T12:00").as_deref(), Some("2026-07-01T10:00:00.000Z"));
        assert_eq!(at("2026-12-01T12:00").as_deref(), Some("2026-12-01T11:00:00.000Z"));
        assert_eq!(at("2026-12-01T12:00Z").as_deref(), Some("2026-12-01T12:00:00.000Z"));
        assert_eq!(at("noon"), None);
    }
}
