//! Which next hops of the dial plan live: what they say when asked, and what they said of themselves.

use super::plan::{Plan, Probe};
use super::quarantine::QUARANTINE_MAX;
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The health of all next hops, by their URIs.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    hops: BTreeMap<Arc<str>, Health>,
}

#[derive(Clone, Debug)]
struct Health {
    probe: Option<Probe>,
    is_down: bool,
    /// Answers in a row that speak against the present state.
    against: u32,
    /// Until when it asked to be left alone.
    aside: Instant,
    /// When it is asked next.
    due: Instant,
    /// Whether an answer is being waited for.
    is_asked: bool,
}

impl Watch {
    /// Takes over the hops of a plan; those that stay keep their health.
    pub fn configure(&mut self, plan: &Plan) {
        let mut before = core::mem::take(&mut self.hops);
        for group in &plan.hops {
            for target in &group.targets {
                let uri: Arc<str> = Arc::from(&*target.uri);
                let fresh = Health {
                    probe: None,
                    is_down: false,
                    against: 0,
                    aside: Instant::EPOCH,
                    due: Instant::EPOCH,
                    is_asked: false,
                };
                let kept = self.hops.remove(&uri);
                let in_two_groups = kept.as_ref().and_then(|health| health.probe);
                let health = kept.or_else(|| before.remove(&uri)).unwrap_or(fresh);
                // A hop of two groups is asked as the more curious one says.
                let probe = [in_two_groups, group.probe].into_iter().flatten().min_by_key(|p| p.period);
                // Who is not asked cannot come up again.
                let is_down = health.is_down && probe.is_some();
                self.hops.insert(uri, Health { probe, is_down, ..health });
            }
        }
    }

    /// Whether a hop is fit to be tried before others.
    pub fn is_up(&self, now: Instant, uri: &str) -> bool {
        self.hops.get(uri).is_none_or(|health| !health.is_down && health.aside <= now)
    }

    /// The next moment at which a hop is to be asked.
    pub fn deadline(&self) -> Option<Instant> {
        let asking = self.hops.values().filter(|health| health.probe.is_some() && !health.is_asked);
        asking.map(|health| health.due).min()
    }

    /// The hops that are to be asked now; the next question to each comes a period later.
    pub fn take_due(&mut self, now: Instant) -> Vec<Arc<str>> {
        let mut due = Vec::new();
        for (uri, health) in &mut self.hops {
            let Some(probe) = health.probe.filter(|_| health.due <= now && !health.is_asked) else {
                continue;
            };
            (health.due, health.is_asked) = (now + probe.period, true);
            due.push(Arc::clone(uri));
        }
        due
    }

    /// A hop was asked, and answered well or not, or could not be asked; `Some` when it is now up, or down.
    pub fn note_answer(&mut self, uri: &str, is_good: Option<bool>) -> Option<bool> {
        let health = self.hops.get_mut(uri)?;
        health.is_asked = false;
        let is_good = is_good?;
        let probe = health.probe?;
        if is_good != health.is_down {
            health.against = 0;
            return None;
        }
        health.against += 1;
        let enough = if is_good { probe.successes } else { probe.failures };
        if health.against < enough {
            return None;
        }
        (health.is_down, health.against) = (!is_good, 0);
        Some(is_good)
    }

    /// Another worker found that a hop is up, or down.
    pub fn set(&mut self, uri: &str, is_up: bool) {
        if let Some(health) = self.hops.get_mut(uri) {
            health.is_down = !is_up;
        }
    }

    /// A hop said that it cannot serve for this time, of which we believe an hour; gives the end.
    pub fn put_aside(&mut self, now: Instant, uri: &str, time: Duration) -> Option<Instant> {
        let health = self.hops.get_mut(uri)?;
        health.aside = now + time.min(QUARANTINE_MAX);
        Some(health.aside)
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::{HopGroup, HopTarget};
    use super::*;

    const NOW: Instant = Instant::from_unix_secs(1_700_000_000);

    fn plan(probe: Option<Probe>) -> Plan {
        let targets = ["sip:a", "sip:b"].map(|uri| HopTarget { uri: uri.into(), weight: 1, priority: 1 });
        let group = HopGroup { name: "g".into(), line: 1, targets: targets.into(), probe };
        Plan { hops: vec![group], ..Plan::default() }
    }

    fn watch() -> Watch {
        let mut watch = Watch::default();
        let probe = Probe { period: Duration::from_secs(30), failures: 3, successes: 2 };
        watch.configure(&plan(Some(probe)));
        watch
    }

    #[test]
    fn a_hop_goes_down_after_failures_in_a_row_and_up_after_successes_in_a_row() {
        let mut watch = watch();
        let answers = [false, false, true, false, false, false, false, true, false, true, true, true];
        let changes: Vec<_> = answers.map(|good| watch.note_answer("sip:a", Some(good))).into();
        let mut expected = vec![None; answers.len()];
        (expected[5], expected[10]) = (Some(false), Some(true));
        assert_eq!(changes, expected);
        assert!(watch.is_up(NOW, "sip:a"));
    }

    #[test]
    fn each_hop_is_asked_once_a_period_and_not_while_it_owes_an_answer() {
        let mut watch = watch();
        assert!(watch.deadline().is_some_and(|at| at <= NOW), "at once");
        assert_eq!(watch.take_due(NOW).len(), 2);
        assert!(watch.take_due(NOW).is_empty() && watch.deadline().is_none());
        watch.note_answer("sip:a", Some(true));
        assert_eq!(watch.deadline(), Some(NOW + Duration::from_secs(30)));
        assert_eq!(watch.take_due(NOW + Duration::from_secs(31)), ["sip:a".into()]);
    }

    #[test]
    fn a_hop_that_asks_for_rest_gets_it_and_no_more_than_an_hour() {
        let mut watch = watch();
        watch.put_aside(NOW, "sip:a", Duration::from_secs(60));
        assert!(!watch.is_up(NOW + Duration::from_secs(59), "sip:a") && watch.is_up(NOW, "sip:b"));
        assert!(watch.is_up(NOW + Duration::from_secs(60), "sip:a"));
        let until = watch.put_aside(NOW, "sip:a", Duration::from_secs(u64::from(u32::MAX)));
        assert_eq!(until, Some(NOW + QUARANTINE_MAX));
    }

    #[test]
    fn health_outlives_a_new_configuration_unless_nobody_asks_any_more() {
        let mut watch = watch();
        for _ in 0..3 {
            watch.note_answer("sip:a", Some(false));
        }
        let probe = Probe { period: Duration::from_secs(5), failures: 1, successes: 1 };
        watch.configure(&plan(Some(probe)));
        assert!(!watch.is_up(NOW, "sip:a"));
        watch.configure(&plan(None));
        assert!(watch.is_up(NOW, "sip:a"));
    }
}
