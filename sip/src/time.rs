//! Time as the protocol sees it: an argument, never a source.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
pub use core::time::Duration;
use serde::{Deserialize, Serialize};

/// A moment: microseconds since the Unix epoch, on a clock that never goes back while a node lives.
///
/// The driver makes it from the wall clock at its start plus the monotonic time elapsed since, so that a
/// moment can be compared, waited for, printed as a date and kept on disk, all with one type. A step of the
/// wall clock is seen at the next start only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(u64);

impl Instant {
    /// The Unix epoch.
    pub const EPOCH: Instant = Instant(0);
    /// Later than every moment that can be reached.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// The moment `micros` microseconds after the Unix epoch.
    pub const fn from_unix_micros(micros: u64) -> Self {
        Instant(micros)
    }

    /// The moment `secs` seconds after the Unix epoch.
    pub const fn from_unix_secs(secs: u64) -> Self {
        Instant(secs * 1_000_000)
    }

    /// Microseconds since the Unix epoch.
    pub const fn unix_micros(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    pub const fn unix_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The time from `earlier` to this moment; zero when `earlier` is later.
    pub const fn since(self, earlier: Instant) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, rhs: Duration) -> Instant {
        Instant(self.0.saturating_add(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, rhs: Duration) {
        *self = *self + rhs;
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;
    fn sub(self, rhs: Instant) -> Duration {
        self.since(rhs)
    }
}

impl fmt::Display for Instant {
    /// Writes `2026-11-21T04:30:00.123Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second, .. } = self.civil();
        let millis = self.0 / 1000 % 1000;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// A moment in the proleptic Gregorian calendar, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, for example 2026.
    pub year: u64,
    /// Month, 1 to 12.
    pub month: u64,
    /// Day of the month, 1 to 31.
    pub day: u64,
    /// Hour, 0 to 23.
    pub hour: u64,
    /// Minute, 0 to 59.
    pub minute: u64,
    /// Second, 0 to 59.
    pub second: u64,
    /// Day of the week, 0 = Sunday.
    pub weekday: u64,
}

impl Instant {
    /// Splits the moment into calendar fields.
    pub fn civil(self) -> Civil {
        let secs = self.unix_secs();
        let days = secs / 86_400;
        // Days counted from 0000-03-01 in eras of 400 years, so that the leap day is the last day of a year.
        let shifted = days + 719_468;
        let era = shifted / 146_097;
        let day_of_era = shifted % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Civil {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: secs / 3600 % 24,
            minute: secs / 60 % 60,
            second: secs % 60,
            weekday: (days + 4) % 7,
        }
    }

    /// The moment that the value of a Date header field names (RFC 3261 §20.17); `None` for what is none.
    pub fn from_sip_date(value: &str) -> Option<Instant> {
        let number = |range: core::ops::Range<usize>| value.get(range)?.parse::<u64>().ok();
        let month = MONTHS.iter().position(|month| value.get(8..11) == Some(month))? as u64 + 1;
        let (day, year) = (number(5..7)?.checked_sub(1)?, number(12..16)?);
        let time = number(17..19)? * 3600 + number(20..22)? * 60 + number(23..25)?;
        // The years begin in March, as in [`Instant::civil`].
        let (year, shifted_month) =
            if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * shifted_month + 2) / 5 + day;
        Some(Instant::from_unix_secs(days.checked_sub(719_468)? * 86_400 + time))
    }

    /// The moment as the value of a Date header field (RFC 3261 §20.17): `Sat, 13 Nov 2010 23:29:00 GMT`.
    pub fn sip_date(self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        let c = self.civil();
        format!(
            "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
            DAYS[c.weekday as usize],
            c.day,
            MONTHS[c.month as usize - 1],
            c.year,
            c.hour,
            c.minute,
            c.second
        )
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_that_is_written_is_read() {
        for secs in [0, 951_782_400, 1_289_690_940, 1_709_251_199, 4_102_444_799] {
            let moment = Instant::from_unix_secs(secs);
            assert_eq!(Instant::from_sip_date(&moment.sip_date()), Some(moment));
        }
        for wrong in [
            "",
            "Sat, 13 Foo 2010 23:29:00 GMT",
            "Sat, 00 Nov 2010 23:29:00 GMT",
            "Sat, 13 Nov 1960 23:29:00 GMT",
        ] {
            assert_eq!(Instant::from_sip_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn date_of_a_known_moment() {
        assert_eq!(Instant::from_unix_secs(1_289_690_940).sip_date(), "Sat, 13 Nov 2010 23:29:00 GMT");
        assert_eq!(Instant::from_unix_secs(951_782_400).to_string(), "2000-02-29T00:00:00.000Z");
        assert_eq!(Instant::EPOCH.sip_date(), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Instant::NEVER + Duration::from_secs(1), Instant::NEVER);
        assert_eq!(Instant::EPOCH - Instant::from_unix_secs(5), Duration::ZERO);
    }
}
