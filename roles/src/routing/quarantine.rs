//! Servers that failed, and for how long they are tried last (RFC 3263 §4.3, RFC 3261 §21.5.4).

use ringback_sip::flow::Target;
use ringback_sip::journal::Step;
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transport::locate::Located;
use std::collections::BTreeMap;

/// Most servers that are remembered as failed; when there are more, the one that comes back first is forgotten.
pub const QUARANTINED_MAX: usize = 1024;
/// The longest time that a server may ask to be left alone.
pub const QUARANTINE_MAX: Duration = Duration::from_secs(3600);
/// How long a server is tried last that did not answer, or could not be reached.
pub const QUARANTINE_DEFAULT: Duration = Duration::from_secs(30);

/// The servers that failed lately. They are tried last, and not never: all of them may have failed.
#[derive(Clone, Debug, Default)]
pub struct Quarantine {
    until: BTreeMap<Target, Instant>,
}

impl Quarantine {
    /// Puts a server last for a while; gives the end. A longer time that it asked for before stays.
    pub fn put(&mut self, now: Instant, target: Target, time: Duration) -> Instant {
        let until = now + time.min(QUARANTINE_MAX);
        let until = self.until.get(&target).map_or(until, |before| until.max(*before));
        if !self.until.contains_key(&target) && self.until.len() >= QUARANTINED_MAX {
            self.until.retain(|_, until| *until > now);
        }
        if !self.until.contains_key(&target)
            && self.until.len() >= QUARANTINED_MAX
            && let Some(first) = self.until.iter().min_by_key(|(_, until)| **until).map(|(target, _)| *target)
        {
            self.until.remove(&first);
        }
        self.until.insert(target, until);
        until
    }

    /// Takes a server back, because it answered; whether it was put last.
    pub fn release(&mut self, target: &Target) -> bool {
        !self.until.is_empty() && self.until.remove(target).is_some()
    }

    /// Until when a server is put last.
    pub fn until(&self, now: Instant, target: &Target) -> Option<Instant> {
        self.until.get(target).copied().filter(|until| *until > now)
    }

    /// Moves those that are put last behind the others, which keep their order, and tells of each.
    pub fn order(&mut self, now: Instant, located: &mut Located) {
        if self.until.is_empty() {
            return;
        }
        self.until.retain(|_, until| *until > now);
        let Ok(targets) = &mut located.found else { return };
        let mut steps = Vec::new();
        for target in targets.iter() {
            if let Some(until) = self.until.get(target) {
                steps.push(Step::Quarantined { target: *target, until: *until });
            }
        }
        if !steps.is_empty() {
            targets.sort_by_key(|target| self.until.contains_key(target));
            located.steps = located.steps.iter().cloned().chain(steps).collect();
        }
    }

    /// How many servers are put last.
    pub fn len(&self) -> usize {
        self.until.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.until.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::flow::Transport;

    const NOW: Instant = Instant::from_unix_secs(1_000_000);

    #[test]
    fn who_failed_is_tried_last_and_comes_back() {
        let mut quarantine = Quarantine::default();
        let until = quarantine.put(NOW, target(1), Duration::from_secs(30));
        let order = |quarantine: &mut Quarantine, secs| {
            let found = Ok((1..=3).map(target).collect());
            let mut located = Located { found, steps: Box::default() };
            quarantine.order(NOW + Duration::from_secs(secs), &mut located);
            (located.found.unwrap().to_vec(), located.steps.to_vec())
        };
        let told = vec![Step::Quarantined { target: target(1), until }];
        assert_eq!(order(&mut quarantine, 29), (vec![target(2), target(3), target(1)], told));
        assert_eq!(order(&mut quarantine, 30), (vec![target(1), target(2), target(3)], vec![]));
        assert!(quarantine.is_empty(), "what is over is forgotten");
    }

    #[test]
    fn who_answers_comes_back_at_once_and_who_asked_for_longer_does_not_come_earlier() {
        let mut quarantine = Quarantine::default();
        let until = quarantine.put(NOW, target(1), Duration::from_secs(300));
        assert_eq!(quarantine.put(NOW, target(1), Duration::from_secs(30)), until);
        assert!(quarantine.release(&target(1)) && !quarantine.release(&target(1)));
        assert_eq!(quarantine.until(NOW, &target(1)), None);
    }

    #[test]
    fn what_is_remembered_has_a_limit_in_number_and_time() {
        let mut quarantine = Quarantine::default();
        for number in 0..2 * QUARANTINED_MAX as u16 {
            quarantine.put(NOW, target(number), Duration::from_secs(60 + u64::from(number)));
        }
        assert_eq!(quarantine.len(), QUARANTINED_MAX);
        assert!(quarantine.until(NOW, &target(0)).is_none(), "the first to come back went");
        let until = quarantine.put(NOW, target(9), Duration::from_secs(1 << 40));
        assert_eq!(until, NOW + QUARANTINE_MAX);
    }

    fn target(number: u16) -> Target {
        Target { transport: Transport::Udp, address: ([192, 0, 2, 1], number).into(), peer: None }
    }
}
