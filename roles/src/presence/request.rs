//! What a SUBSCRIBE or PUBLISH asks for.

use super::package::Package;
use super::settings::PresenceSettings;
use crate::access::Denial;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{EventPackage, HeaderName, StatusCode};
use ringback_sip::syntax::{Message, Params, trim};
use ringback_sip::time::Duration;

/// The Event header field (RFC 6665 §8.2.1).
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The name of the package, with its templates.
    pub name: &'a [u8],
    params: Params<'a>,
}

impl<'a> Event<'a> {
    /// The Event of a request, when it has one.
    pub fn of(message: &Message<'a>) -> Option<Self> {
        let value = trim(message.header(HeaderName::EVENT)?);
        let end = value.iter().position(|b| *b == b';').unwrap_or(value.len());
        let name = trim(&value[..end]);
        (!name.is_empty()).then(|| Event { name, params: Params::new(&value[end..]) })
    }

    /// The registered package.
    pub fn package(&self) -> Option<EventPackage> {
        EventPackage::from_bytes(self.name)
    }

    /// The parameter that tells subscriptions of one dialog apart.
    pub fn id(&self) -> Option<&'a [u8]> {
        self.params.get(b"id")
    }

    /// The least time between two notifications that the subscriber wants (RFC 6446 §5.2): one second by the rate.
    pub fn gap(&self) -> Option<Duration> {
        let rate: f64 = core::str::from_utf8(self.params.get(b"max-rate")?).ok()?.parse().ok()?;
        (rate.is_finite() && rate > 0.0).then(|| Duration::from_millis((1000.0 / rate).min(1e8) as u64))
    }
}

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

/// Refuses extensions that a request insists on (RFC 3261 §8.2.2.3): there is none.
pub(super) fn check_extensions(message: &Message<'_>) -> Result<(), Denial> {
    let tags: Vec<_> = message.values(HeaderName::REQUIRE).collect();
    if tags.is_empty() {
        return Ok(());
    }
    let tags = tags.join(&b", "[..]);
    let denial = Denial::new(StatusCode::BAD_EXTENSION, Cause::Extension(Shown::from(&*tags)));
    Err(denial.with(HeaderName::UNSUPPORTED, tags))
}

/// What asks for as much is never too short.
const HOUR: Duration = Duration::from_secs(3600);
