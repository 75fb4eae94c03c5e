//! Retransmission schedules: which copies of a message follow RFC 3261's timers, and which do not.

use core::time::Duration;
use ringback_sip::time::Instant;

/// How long a party waits before it gives up: 64·T1 (RFC 3261 §17.1.1.2, §17.1.2.2), with a little for the way.
pub const PATIENCE: Duration = Duration::from_secs(33);

/// A schedule of copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LadderKind {
    /// Timer A: each gap doubles (INVITE, reliable provisional responses).
    Doubling,
    /// Timers E and G: each gap doubles up to T2.
    Capped,
}

/// Copies that follow a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// T1 as the first gap shows it.
    pub t1: Duration,
    /// Copies, the first message included.
    pub copies: usize,
    /// From the first to the last.
    pub span: Duration,
}

/// Fits the moments to the schedule; `None` with fewer than two, or when they follow none.
pub fn fit(times: &[Instant], kind: LadderKind) -> Option<Ladder> {
    let (&first, &last) = (times.first()?, times.last()?);
    let t1 = times.get(1)?.since(first);
    if !(T1_MIN..=T1_MAX).contains(&t1) {
        return None;
    }
    let cap = match kind {
        LadderKind::Doubling => Duration::MAX,
        LadderKind::Capped => T2.max(t1),
    };
    let mut expected = t1;
    for pair in times.windows(2) {
        let gap = pair[1].since(pair[0]);
        if gap.abs_diff(expected) > (expected / 5).max(SLACK) {
            return None;
        }
        expected = (expected * 2).min(cap);
    }
    Some(Ladder { t1, copies: times.len(), span: last.since(first) })
}

const T1_MIN: Duration = Duration::from_millis(100);
const T1_MAX: Duration = Duration::from_secs(2);
const T2: Duration = Duration::from_secs(4);
/// What a busy machine may be late.
const SLACK: Duration = Duration::from_millis(150);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: &[u64]) -> Vec<Instant> {
        millis.iter().map(|ms| Instant::from_unix_micros(ms * 1000)).collect()
    }

    #[test]
    fn invites_double_without_end_and_others_up_to_t2() {
        let doubling = at(&[0, 500, 1500, 3500, 7500, 15500, 31500]);
        let ladder = fit(&doubling, LadderKind::Doubling).expect("timer A");
        assert_eq!((ladder.t1, ladder.copies), (Duration::from_millis(500), 7));
        assert_eq!(fit(&doubling, LadderKind::Capped), None);
        let capped = at(&[0, 510, 1500, 3520, 7500, 11500, 15490]);
        assert_eq!(fit(&capped, LadderKind::Capped).map(|ladder| ladder.copies), Some(7));
        assert_eq!(fit(&capped, LadderKind::Doubling), None);
    }

    #[test]
    fn even_gaps_and_single_messages_follow_no_schedule() {
        assert_eq!(fit(&at(&[0, 1000, 2000, 3000]), LadderKind::Doubling), None);
        assert_eq!(fit(&at(&[0, 20]), LadderKind::Doubling), None);
        assert_eq!(fit(&at(&[0]), LadderKind::Doubling), None);
    }
}
