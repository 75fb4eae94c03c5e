//! Time of day and day of the week, in the zone of the operator.

use ringback_sip::time::Instant;

/// The offsets of a time zone: how far local time is ahead of UTC, and from when on.
///
/// It is a table, so that what a rule decides depends on the moment that it is given and on nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// The offset in seconds before the first change.
    first: i32,
    /// From this second since the epoch on: this offset. Ascending.
    changes: Box<[(i64, i32)]>,
}

impl Zone {
    /// A zone whose offset never changes.
    pub fn fixed(offset_secs: i32) -> Self {
        Zone { first: offset_secs, changes: Box::default() }
    }

    /// A zone that begins with an offset and changes it at these seconds since the epoch.
    pub fn new(first: i32, mut changes: Vec<(i64, i32)>) -> Self {
        changes.sort_unstable();
        Zone { first, changes: changes.into() }
    }

    /// The minute of the local week, 0 for Monday 00:00.
    pub fn minute_of_week(&self, at: Instant) -> u16 {
        let secs = i64::try_from(at.unix_secs()).unwrap_or(i64::MAX);
        let past = self.changes.partition_point(|(from, _)| *from <= secs);
        let offset = past.checked_sub(1).map_or(self.first, |last| self.changes[last].1);
        // The epoch was a Thursday.
        let minutes = secs.saturating_add(i64::from(offset)).div_euclid(60) + 3 * i64::from(DAY);
        u16::try_from(minutes.rem_euclid(i64::from(WEEK))).unwrap_or_default()
    }
}

/// The minutes of the week at which a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Whether each day counts, Monday first.
    days: [bool; 7],
    /// From and to, in minutes of a day; the second is the first that no longer belongs to it. One that ends
    /// before it begins ends on the next day. Empty for the whole day.
    ranges: Box<[(u16, u16)]>,
}

impl Hours {
    /// The whole week.
    pub fn always() -> Self {
        Hours { days: [true; 7], ranges: Box::default() }
    }

    /// These times of these days; a time that passes midnight belongs to the day on which it begins.
    pub fn new(days: [bool; 7], ranges: Vec<(u16, u16)>) -> Self {
        Hours { days, ranges: ranges.into() }
    }

    /// Whether the day is one, whatever the time.
    pub fn has_day(&self, minute: u16) -> bool {
        self.days[usize::from(minute / DAY) % 7]
    }

    /// Whether a minute of the week belongs to it.
    pub fn contains(&self, minute: u16) -> bool {
        let (day, time) = (usize::from(minute / DAY) % 7, minute % DAY);
        if self.ranges.is_empty() {
            return self.days[day];
        }
        self.ranges.iter().any(|&(from, to)| {
            if from < to {
                self.days[day] && (from..to).contains(&time)
            } else {
                (self.days[day] && time >= from) || (self.days[(day + 6) % 7] && time < to)
            }
        })
    }

    /// Whether it is the whole week.
    pub fn is_always(&self) -> bool {
        *self == Hours::always()
    }

    /// Whether every minute of `other` belongs to this too.
    pub(super) fn includes(&self, other: &Hours) -> bool {
        self.is_always() || (0..WEEK).all(|minute| self.contains(minute) || !other.contains(minute))
    }
}

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;
/// Minutes of a week.
const WEEK: u16 = 7 * DAY;

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: u64 = 1_763_337_600; // 2025-11-17T00:00:00Z

    #[test]
    fn local_time_follows_the_table_of_the_zone() {
        let amsterdam = Zone::new(3600, vec![(1_743_296_400, 7200), (1_761_440_400, 3600)]);
        let minute = |secs| amsterdam.minute_of_week(Instant::from_unix_secs(secs));
        assert_eq!(minute(MONDAY), 60);
        assert_eq!(minute(1_743_296_399), 6 * DAY + 119);
        assert_eq!(minute(1_743_296_400), 6 * DAY + 180, "the clock goes forward");
        assert_eq!(Zone::fixed(-3600).minute_of_week(Instant::from_unix_secs(MONDAY)), 6 * DAY + 23 * 60);
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let friday = [false, false, false, false, true, false, false];
        let night = Hours::new(friday, vec![(22 * 60, 6 * 60)]);
        assert!(night.contains(4 * DAY + 22 * 60) && night.contains(5 * DAY + 5 * 60 + 59));
        assert!(
            !night.contains(5 * DAY + 6 * 60)
                && !night.contains(4 * DAY)
                && !night.contains(5 * DAY + 23 * 60)
        );
        let sunday = [false, false, false, false, false, false, true];
        assert!(Hours::new(sunday, vec![(23 * 60, 60)]).contains(30), "and the week goes round");
    }

    #[test]
    fn hours_include_hours() {
        let workdays = [true, true, true, true, true, false, false];
        let day = Hours::new(workdays, vec![(540, 1020)]);
        let morning = Hours::new(workdays, vec![(540, 720)]);
        assert!(day.includes(&morning) && !morning.includes(&day));
        let split = Hours::new(workdays, vec![(540, 720), (720, 1020)]);
        assert!(split.includes(&day) && day.includes(&split) && Hours::always().includes(&day));
    }
}
