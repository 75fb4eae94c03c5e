//! Words of the dial plan: names, patterns, networks, days, hours, zones, URIs.

use super::fault::FaultKind;
use super::keys::Kind;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringback_roles::routing::plan::{Network, NetworkFault, Template, UserPattern, Zone};
use ringback_sip::syntax::Uri;

/// Checks a text of one of the kinds of the dial plan.
pub(super) fn check(kind: &Kind, text: &str) -> Result<(), FaultKind> {
    match kind {
        Kind::Name => {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            let good = !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.chars().all(fits);
            if good { Ok(()) } else { Err(not(kind, text)) }
        }
        Kind::Text => {
            let good = !text.is_empty() && !text.chars().any(char::is_control);
            if good { Ok(()) } else { Err(not(kind, text)) }
        }
        Kind::Pattern => match UserPattern::expression(text) {
            Ok(_) => Ok(()),
            Err(fault) => Err(FaultKind::BadPattern { message: fault.message, at: fault.at }),
        },
        Kind::Network => match text.parse::<Network>() {
            Ok(_) => Ok(()),
            Err(NetworkFault::HostBits(meant)) => {
                Err(FaultKind::NotANetwork { text: text.to_owned(), meant: Some(meant.to_string()) })
            }
            Err(_) => Err(FaultKind::NotANetwork { text: text.to_owned(), meant: None }),
        },
        Kind::Days => days(text).map(|_| ()).ok_or_else(|| not(kind, text)),
        Kind::Hours => hours(text).map(|_| ()).ok_or_else(|| not(kind, text)),
        Kind::Zone => match zone_named(text) {
            Some(_) => Ok(()),
            None => Err(FaultKind::NotAZone { text: text.to_owned(), near: near_zone(text) }),
        },
        Kind::SipUri => match Uri::parse(text.as_bytes()) {
            Ok(uri) if uri.is_sip() && uri.headers.is_empty() => Ok(()),
            _ => Err(FaultKind::NotAUri { text: text.to_owned(), meant: meant_uri(text) }),
        },
        Kind::Uri => match Uri::parse(text.as_bytes()) {
            Ok(_) => Ok(()),
            Err(_) => Err(FaultKind::NotAUri { text: text.to_owned(), meant: meant_uri(text) }),
        },
        Kind::Template => match Template::parse(text) {
            Ok(_) if !text.is_empty() && !text.chars().any(char::is_control) => Ok(()),
            _ => Err(FaultKind::BadTemplate { text: text.to_owned() }),
        },
        _ => Ok(()),
    }
}

fn not(kind: &Kind, text: &str) -> FaultKind {
    FaultKind::NotOneOf { text: text.to_owned(), expected: kind.describe(), near: None }
}

/// The URI that somebody probably meant.
fn meant_uri(text: &str) -> Option<String> {
    let with_scheme = format!("sip:{text}");
    let good = !text.contains(':') && Uri::parse(with_scheme.as_bytes()).is_ok();
    good.then_some(with_scheme)
}

/// The days of `mon` or `fri-mon`, Monday first.
pub(super) fn days(text: &str) -> Option<[bool; 7]> {
    let day = |name: &str| DAYS.iter().position(|day| name.trim().eq_ignore_ascii_case(day));
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(text)?, day(text)?),
    };
    let mut days = [false; 7];
    let mut at = first;
    loop {
        days[at] = true;
        if at == last {
            return Some(days);
        }
        at = (at + 1) % 7;
    }
}

/// The minutes of `09:00-17:30`; the end may be `24:00`.
pub(super) fn hours(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(hour) || !digits(minute) {
            return None;
        }
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
    };
    let (from, to) = (minute(from)?, minute(to)?);
    (from != to && from < 24 * 60).then_some((from, to))
}

/// The offsets of a zone, or of the machine's own.
pub(super) fn zone(name: Option<&str>) -> Zone {
    let zone = match name {
        Some(name) => zone_named(name).unwrap_or(TimeZone::UTC),
        None => TimeZone::try_system().unwrap_or(TimeZone::UTC),
    };
    let start = Timestamp::UNIX_EPOCH;
    let changes =
        zone.following(start).map(|change| (change.timestamp().as_second(), change.offset().seconds()));
    let changes = changes.take_while(|(secs, _)| *secs < LAST_CHANGE_SECS).collect();
    Zone::new(zone.to_offset(start).seconds(), changes)
}

fn zone_named(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

fn near_zone(text: &str) -> Option<String> {
    let database = jiff::tz::TimeZoneDatabase::bundled();
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let wanted = city(&text.replace(' ', "_"));
    let names = database.available().map(|name| name.as_str().to_owned());
    let near = names.map(|name| (strsim::damerau_levenshtein(&city(&name), &wanted), name)).min()?;
    (near.0 <= 2).then_some(near.1)
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Longest name.
const NAME_BYTES_MAX: usize = 64;
/// 2100-01-01: what zones do later, nobody knows.
const LAST_CHANGE_SECS: i64 = 4_102_444_800;

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::time::Instant;

    #[test]
    fn days_and_hours_are_read() {
        assert_eq!(days("mon-fri"), Some([true, true, true, true, true, false, false]));
        assert_eq!(days("Sat-mon"), Some([true, false, false, false, false, true, true]));
        assert_eq!(days("sunday"), None);
        assert_eq!(hours("09:00-17:30"), Some((540, 1050)));
        assert_eq!(hours("22:00-06:00"), Some((1320, 360)));
        assert_eq!(hours("00:00-24:00"), Some((0, 1440)));
        for text in ["9:00-17:00", "09:00", "25:00-26:00", "09:60-10:00", "09:00-09:00", "24:00-01:00"] {
            assert_eq!(hours(text), None, "{text}");
        }
    }

    #[test]
    fn zones_know_their_summers() {
        let amsterdam = zone(Some("Europe/Amsterdam"));
        let hour = |secs| amsterdam.minute_of_week(Instant::from_unix_secs(secs)) % 1440 / 60;
        assert_eq!(hour(1_763_380_800), 13, "2025-11-17T12:00Z, winter");
        assert_eq!(hour(1_752_753_600), 14, "2025-07-17T12:00Z, summer");
        assert_eq!(near_zone("Amsterdam").as_deref(), Some("Europe/Amsterdam"));
        assert_eq!(near_zone("Europe/Amsterdm").as_deref(), Some("Europe/Amsterdam"));
        assert_eq!(near_zone("nowhere at all"), None);
    }
}
