//! SRV records: the servers of a domain, by priority, then by chance in proportion to weight (RFC 2782).

use crate::entropy::Entropy;

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Srv {
    /// Lower ones go first.
    pub priority: u16,
    /// The share among those of one priority.
    pub weight: u16,
    /// The server's name, without a final dot; empty for the root, which means that there is no such service.
    pub target: Box<str>,
    /// The server's port.
    pub port: u16,
}

/// Puts the records into the order in which to try them. The order in which they came does not matter, so that the
/// same chance gives the same order whatever a name server shuffled.
pub fn order(records: &mut Vec<Srv>, entropy: &mut Entropy) {
    records.sort();
    // Equals in an order of chance: those of weight 0 share their small chance, whatever their names.
    for last in (1..records.len()).rev() {
        records.swap(last, entropy.below(last as u64 + 1) as usize);
    }
    // Weight 0 first within a priority, so that the running sum gives it that chance.
    records.sort_by_key(|srv| (srv.priority, srv.weight > 0));
    let mut rest = core::mem::take(records);
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|srv| srv.priority == first.priority).count();
        let total: u64 = rest[..same].iter().map(|srv| u64::from(srv.weight)).sum();
        let mut chance = entropy.below(total + 1);
        let chosen = rest[..same].iter().position(|srv| {
            let hit = chance <= u64::from(srv.weight);
            chance = chance.saturating_sub(u64::from(srv.weight));
            hit
        });
        records.push(rest.remove(chosen.unwrap_or(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seed;

    #[test]
    fn lower_priority_first_and_weights_decide_in_proportion() {
        let records = [srv(20, 0, "c"), srv(10, 10, "a"), srv(10, 30, "b")];
        let mut first_b = 0;
        for seed in 0..1000 {
            let ordered = ordered(&records, seed);
            assert_eq!(ordered[2], "c");
            first_b += usize::from(ordered[0] == "b");
        }
        assert!((690..790).contains(&first_b), "{first_b} of 1000, expected about 738");
    }

    #[test]
    fn first_places_follow_the_weights_over_all_seeds() {
        for weights in [[1, 1, 1, 1], [0, 1, 2, 7], [0, 0, 0, 0], [0, 0, 0, 90], [65535, 1, 65535, 1]] {
            let records: Vec<Srv> = (0..4).map(|i| srv(0, weights[i], ["a", "b", "c", "d"][i])).collect();
            let mut firsts = [0_u32; 4];
            for seed in 0..4000 {
                let name = ordered(&records, seed).remove(0);
                firsts[usize::from(name.as_bytes()[0] - b'a')] += 1;
            }
            let expected = expected_shares(&records);
            for (i, share) in expected.iter().enumerate() {
                let seen = f64::from(firsts[i]) / 4000.0;
                assert!((seen - share).abs() < 0.035, "{weights:?}: {firsts:?}, expected {expected:?}");
            }
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_change_the_choice() {
        let (a, b, c) = (srv(0, 5, "a"), srv(0, 5, "b"), srv(0, 0, "c"));
        for seed in 0..50 {
            let one = ordered(&[a.clone(), b.clone(), c.clone()], seed);
            assert_eq!(one, ordered(&[c.clone(), b.clone(), a.clone()], seed));
        }
    }

    /// The share of first places of each record by RFC 2782: as many of the numbers from 0 to the sum as its weight
    /// is; the one left over goes to who stands in front, which are those of weight 0 if there are any.
    fn expected_shares(records: &[Srv]) -> Vec<f64> {
        let total: f64 = records.iter().map(|r| f64::from(r.weight)).sum();
        let zeros = records.iter().filter(|r| r.weight == 0).count();
        let in_front = |r: &Srv| match (zeros, r.weight) {
            (0, _) => 1.0 / records.len() as f64,
            (_, 0) => 1.0 / zeros as f64,
            _ => 0.0,
        };
        records.iter().map(|r| (f64::from(r.weight) + in_front(r)) / (total + 1.0)).collect()
    }

    fn ordered(records: &[Srv], seed: u64) -> Vec<String> {
        let mut records = records.to_vec();
        order(&mut records, &mut Entropy::new(Seed::from_number(seed)));
        records.into_iter().map(|r| r.target.into()).collect()
    }

    fn srv(priority: u16, weight: u16, target: &str) -> Srv {
        Srv { priority, weight, port: 5060, target: target.into() }
    }
}
