//! What a SUBSCRIBE or PUBLISH asks for.

use super::package::Package;
use super::settings::PresenceSettings;
use crate::access::Denial;
use crate::event::Event;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode};
use ringback_sip::syntax::{Message, trim};
use ringback_sip::time::Duration;

/// The package that a request is about, when it is served.
///
/// # Errors
/// 489 with the packages that are (RFC 6665 §8.3.2, RFC 3903 §6 step 2).
pub(super) fn package(
    settings: &PresenceSettings,
    message: &Message<'_>,
) -> Result<&'static Package, Denial> {
    let event = Event::of(message);
    let served = event.and_then(|e| e.package()).filter(|event| settings.packages.contains(event));
    served.and_then(Package::of).ok_or_else(|| {
        let shown = Shown::from(event.map_or(&b""[..], |e| e.name));
        Denial::new(StatusCode::BAD_EVENT, Cause::BadEvent(shown))
            .with(HeaderName::ALLOW_EVENTS, allow_events(settings))
    })
}

/// The packages that are served, as Allow-Events tells them.
pub(super) fn allow_events(settings: &PresenceSettings) -> String {
    let names: Vec<_> = settings.packages.iter().map(|event| event.as_str()).collect();
    names.join(", ")
}

/// For how long a request holds that asks for `Expires`; zero ends or fetches.
///
/// # Errors
/// 423 with Min-Expires for what is too short; an hour or more never is (RFC 6665 §4.2.1.1, RFC 3903 §6 step 4).
pub(super) fn expires(
    settings: &PresenceSettings,
    package: &Package,
    message: &Message<'_>,
) -> Result<Duration, Denial> {
    let asked = message.number(HeaderName::EXPIRES, u32::MAX)?;
    let asked = asked.map_or(package.expires, |secs| Duration::from_secs(secs.into()));
    if !asked.is_zero() && asked < settings.expires_min.min(HOUR) {
        let cause = Cause::IntervalTooBrief(settings.expires_min);
        return Err(Denial::new(StatusCode::INTERVAL_TOO_BRIEF, cause)
            .with(HeaderName::MIN_EXPIRES, settings.expires_min.as_secs().to_string()));
    }
    Ok(asked.min(settings.expires_max))
}

/// The first media type of a package that a subscriber takes; without Accept that is its first one.
///
/// # Errors
/// 406 with the types of the package.
pub(super) fn media_type(package: &Package, message: &Message<'_>) -> Result<&'static str, Denial> {
    if message.header(HeaderName::ACCEPT).is_none() {
        return Ok(package.types.first().copied().unwrap_or_default());
    }
    let takes = |wanted: &&'static str| {
        message.values(HeaderName::ACCEPT).any(|range| {
            let end = range.iter().position(|b| *b == b';').unwrap_or(range.len());
            let range = trim(&range[..end]).to_ascii_lowercase();
            let tree = wanted.split_once('/').map_or(*wanted, |(tree, _)| tree);
            range == wanted.as_bytes() || range == b"*/*" || range == [tree.as_bytes(), b"/*"].concat()
        })
    };
    package.types.iter().copied().find(takes).ok_or_else(|| {
        Denial::new(StatusCode::NOT_ACCEPTABLE, Cause::NotAcceptable)
            .with(HeaderName::ACCEPT, package.types.join(", "))
    })
}

/// Refuses extensions that a request insists on (RFC 3261 §8.2.2.3). What a SUBSCRIBE needs for lists is known here,
/// although insisting on it serves nothing (RFC 4662 §4.1).
///
/// # Errors
/// 420 with those that are not known.
pub(super) fn check_extensions(message: &Message<'_>) -> Result<(), Denial> {
    let is_known = |tag: &[u8]| {
        message.method() == Some(Method::Subscribe)
            && tag.eq_ignore_ascii_case(OptionTag::EVENTLIST.as_str().as_bytes())
    };
    let tags: Vec<_> = message.values(HeaderName::REQUIRE).filter(|tag| !is_known(tag)).collect();
    if tags.is_empty() {
        return Ok(());
    }
    let tags = tags.join(&b", "[..]);
    let denial = Denial::new(StatusCode::BAD_EXTENSION, Cause::Extension(Shown::from(&*tags)));
    Err(denial.with(HeaderName::UNSUPPORTED, tags))
}

/// What asks for as much is never too short.
const HOUR: Duration = Duration::from_secs(3600);
