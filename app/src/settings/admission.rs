//! Rates and bans as a file wants them.

use ringback_roles::access::{AdmissionSettings, Rate};
use std::time::Duration;

/// Reads what the file says; `never`: whom it names.
pub(super) fn build(
    count: impl Fn(&str, &str) -> usize,
    time: impl Fn(&str, &str) -> Duration,
    never: &[String],
) -> AdmissionSettings {
    let count = |section, name| u32::try_from(count(section, name)).unwrap_or(u32::MAX);
    let rate = |name, secs: u32| {
        Rate::new(count("rates", name).saturating_mul(secs), Duration::from_secs(secs.into()))
    };
    AdmissionSettings {
        source: rate("source", 2),
        user: rate("user", 4),
        refusals: rate("refusals", 4),
        strikes: Rate::new(count("bans", "strikes"), time("bans", "window")),
        ban: time("bans", "length"),
        never: never.iter().filter_map(|text| text.parse().ok()).collect(),
    }
}
