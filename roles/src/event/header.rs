//! What SUBSCRIBE, NOTIFY and PUBLISH say in header fields of their own (RFC 6665 §8.2).

use ringback_sip::registry::{EventPackage, HeaderName};
use ringback_sip::syntax::{Message, Params, parse_u32, trim};
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
        let (name, params) = split(message.header(HeaderName::EVENT)?);
        (!name.is_empty()).then_some(Event { name, params })
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

/// How a subscription stands (RFC 6665 §4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has decided yet whether the watcher is told the state.
    Pending,
    /// The watcher is told the state.
    Active,
    /// It is over.
    Terminated(Reason),
}

/// Why a subscription is over (RFC 6665 §4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It moves: a new one may begin at once.
    Deactivated,
    /// Not now; later.
    Probation,
    /// The watcher may no longer watch.
    Rejected,
    /// It was not refreshed, or its watcher ended it.
    Timeout,
    /// Nobody decided in time whether the watcher may watch.
    GiveUp,
    /// What was watched is no more.
    NoResource,
    /// The state will not change any more.
    Invariant,
    /// The notifier does not say, or not in words that we know.
    Unknown,
}

impl Reason {
    const NAMED: [(Reason, &'static str); 7] = [
        (Reason::Deactivated, "deactivated"),
        (Reason::Probation, "probation"),
        (Reason::Rejected, "rejected"),
        (Reason::Timeout, "timeout"),
        (Reason::GiveUp, "giveup"),
        (Reason::NoResource, "noresource"),
        (Reason::Invariant, "invariant"),
    ];

    /// Its name on the wire; empty when there is none.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(reason, _)| *reason == self).map_or("", |(_, name)| name)
    }

    fn from_name(name: &[u8]) -> Self {
        let known = Self::NAMED.iter().find(|(_, known)| name.eq_ignore_ascii_case(known.as_bytes()));
        known.map_or(Reason::Unknown, |(reason, _)| *reason)
    }
}

/// The Subscription-State header field (RFC 6665 §8.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionState {
    /// How the subscription stands.
    pub standing: Standing,
    /// For how long still, when the notifier says so.
    pub expires: Option<Duration>,
    /// How long to wait before a new one.
    pub retry_after: Option<Duration>,
}

impl SubscriptionState {
    /// The Subscription-State of a NOTIFY; `None` when there is none, or none that we know.
    pub fn of(message: &Message<'_>) -> Option<Self> {
        let (name, params) = split(message.header(HeaderName::SUBSCRIPTION_STATE)?);
        let seconds = |name: &[u8]| {
            params.get(name).and_then(parse_u32).map(|secs| Duration::from_secs(u64::from(secs)))
        };
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        let standing = if is("active") {
            Standing::Active
        } else if is("pending") {
            Standing::Pending
        } else if is("terminated") {
            Standing::Terminated(params.get(b"reason").map_or(Reason::Unknown, Reason::from_name))
        } else {
            return None;
        };
        let is_over = matches!(standing, Standing::Terminated(_));
        Some(SubscriptionState {
            standing,
            expires: seconds(b"expires").filter(|_| !is_over),
            retry_after: seconds(b"retry-after").filter(|_| is_over),
        })
    }
}

/// A value and its parameters.
fn split(value: &[u8]) -> (&[u8], Params<'_>) {
    let value = trim(value);
    let end = value.iter().position(|b| *b == b';').unwrap_or(value.len());
    (trim(&value[..end]), Params::new(&value[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(value: &str) -> Option<SubscriptionState> {
        let text = format!("NOTIFY sip:a@x SIP/2.0\r\nSubscription-State: {value}\r\n\r\n");
        SubscriptionState::of(&Message::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_standing_has_a_duration_and_an_end_a_reason_and_a_wait() {
        let seconds = |n| Some(Duration::from_secs(n));
        for (value, standing, expires, retry_after) in [
            ("active;expires=60", Standing::Active, seconds(60), None),
            ("Pending ; expires = 7", Standing::Pending, seconds(7), None),
            ("active;retry-after=9;reason=rejected", Standing::Active, None, None),
            ("terminated", Standing::Terminated(Reason::Unknown), None, None),
            ("terminated;reason=sulking;expires=5", Standing::Terminated(Reason::Unknown), None, None),
            (
                "terminated;reason=probation;retry-after=3",
                Standing::Terminated(Reason::Probation),
                None,
                seconds(3),
            ),
            ("terminated;reason=NoResource", Standing::Terminated(Reason::NoResource), None, None),
        ] {
            assert_eq!(state(value), Some(SubscriptionState { standing, expires, retry_after }), "{value}");
        }
        assert_eq!((state("sleeping"), state("")), (None, None));
    }
}
