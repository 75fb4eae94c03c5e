//! Groups of next hops: which is tried first, and which when that one cannot be reached (RFC 2782's rules).

use ringback_sip::entropy::Entropy;
use ringback_sip::time::Duration;

/// Next hops that lead to the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopGroup {
    /// Its name, which no other group has.
    pub name: Box<str>,
    /// The line of the configuration on which it begins.
    pub line: u32,
    /// The next hops.
    pub targets: Vec<HopTarget>,
    /// How it is found out whether they live.
    pub probe: Option<Probe>,
}

/// A next hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopTarget {
    /// Its URI. With `lr` it gets requests by a Route, with the target untouched; without, the target gets its host.
    pub uri: Box<str>,
    /// Its share among those of the same priority.
    pub weight: u16,
    /// Lower ones are tried first.
    pub priority: u16,
}

/// How often a next hop is asked with OPTIONS, and what its answers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// How long after one question the next one is asked.
    pub period: Duration,
    /// So many questions without a good answer in a row: down.
    pub failures: u32,
    /// So many good answers in a row: up again.
    pub successes: u32,
}

impl HopGroup {
    /// The places of the targets in the order in which to try them: by priority, and among equals at random by
    /// weight. Those that are down come last, since they are better than nothing.
    pub fn order(&self, is_up: impl Fn(&HopTarget) -> bool, dice: &mut Entropy) -> Vec<usize> {
        let mut left: Vec<usize> = (0..self.targets.len()).collect();
        let rank = |&place: &usize| {
            let target = &self.targets[place];
            (!is_up(target), target.priority)
        };
        left.sort_by_key(rank);
        let mut order = Vec::with_capacity(left.len());
        for equals in left.chunk_by(|a, b| rank(a) == rank(b)) {
            let mut equals = equals.to_vec();
            while !equals.is_empty() {
                let weights = equals.iter().map(|&place| u64::from(self.targets[place].weight));
                let mut number = dice.below(weights.clone().sum());
                let chosen = weights.clone().position(|weight| {
                    let is_here = number < weight;
                    number = number.saturating_sub(weight);
                    is_here
                });
                order.push(equals.remove(chosen.unwrap_or(0)));
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::entropy::Seed;

    fn group(targets: &[(u16, u16)]) -> HopGroup {
        let targets = targets.iter().enumerate().map(|(n, &(priority, weight))| HopTarget {
            uri: format!("sip:{n}").into(),
            weight,
            priority,
        });
        HopGroup { name: "g".into(), line: 1, targets: targets.collect(), probe: None }
    }

    #[test]
    fn lower_priority_comes_first_and_weight_shares_among_equals() {
        let group = group(&[(10, 3), (10, 1), (20, 1), (10, 0)]);
        let mut dice = Entropy::new(Seed::from_number(1));
        let orders: Vec<_> = (0..4000).map(|_| group.order(|_| true, &mut dice)).collect();
        assert!(orders.iter().all(|order| order[3] == 2 && order[2] == 3), "weight 0 only after the others");
        let first = orders.iter().filter(|order| order[0] == 0).count();
        assert!((2850..3150).contains(&first), "three of four: {first}");
    }

    #[test]
    fn a_hop_that_is_down_comes_after_all_that_are_up() {
        let group = group(&[(10, 1), (20, 1)]);
        let mut dice = Entropy::new(Seed::from_number(1));
        assert_eq!(group.order(|target| &*target.uri != "sip:0", &mut dice), [1, 0]);
        assert_eq!(group.order(|_| false, &mut dice), [0, 1], "all down: as if all were up");
    }
}
