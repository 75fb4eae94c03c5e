//! Moments, lengths and codes as a page writes them.

use askama::filters::urlencode_strict;

/// `2026-11-21T04:30:00.123Z` as `11-21 04:30:00`: UTC without year and fractions.
pub(super) fn moment(at: &str) -> String {
    match (at.get(5..10), at.get(11..19)) {
        (Some(day), Some(time)) => format!("{day} {time}"),
        _ => at.to_owned(),
    }
}

/// A length of time in its two largest units: `3 d 4 h`, `12:05`, `4.2 s`.
pub(super) fn age(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return String::new();
    }
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    // Casts of floats saturate.
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{}:{:02} min", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3600),
    }
}

/// The value as part of a query.
pub(crate) fn encoded(value: &str) -> String {
    // Encoding cannot fail.
    urlencode_strict(value).map(|text| text.to_string()).unwrap_or_default()
}

/// The class of a badge for a call that ended with this code: what stands beside it is the code itself.
pub(super) fn badge(status: Option<u16>, actor: &str, cause: &str) -> &'static str {
    match status {
        None => "open",
        Some(200..300) => "good",
        Some(_) if cause == "unknown" => "unknown",
        Some(300..700) if actor != "nobody" => "fault",
        Some(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_two_units_at_most() {
        let told = [0.0, 9.94, 59.4, 61.0, 3725.0, 90_061.0].map(age);
        assert_eq!(told, ["0.0 s", "9.9 s", "59 s", "1:01 min", "1 h 02 min", "1 d 1 h"]);
        assert_eq!(age(f64::NAN), "");
    }

    #[test]
    fn moments_lose_year_and_fractions_and_what_is_no_moment_stays() {
        assert_eq!(moment("2026-11-21T04:30:09.123Z"), "11-21 04:30:09");
        assert_eq!(moment("<é>"), "<é>");
    }

    #[test]
    fn only_what_somebody_must_mend_is_shown_as_a_fault() {
        assert_eq!(badge(Some(480), "callee", "no-binding"), "fault");
        assert_eq!(badge(Some(487), "nobody", "cancelled"), "");
        assert_eq!(badge(Some(500), "us", "unknown"), "unknown");
        assert_eq!(badge(None, "nobody", "pending"), "open");
    }
}
