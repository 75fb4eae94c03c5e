//! The order in which the servers of a domain are tried: by priority, then by chance in proportion to weight
//! (RFC 2782).

use hickory_resolver::proto::rr::Name;
use ringback_sip::entropy::Entropy;

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) priority: u16,
    pub(super) weight: u16,
    pub(super) host: Name,
    pub(super) port: u16,
}

/// The SRV records of one name.
#[derive(Clone, Debug, Default)]
pub(super) struct Services(pub(super) Vec<Service>);

impl Services {
    /// The records in the order in which to try them. A single record for the root means that there is no
    /// such service.
    pub(super) fn order(mut self, entropy: &mut Entropy) -> Vec<Service> {
        self.0.retain(|service| !service.host.is_root());
        // Weight 0 first within a priority, so that the running sum gives it its small chance.
        self.0.sort_by_key(|service| (service.priority, service.weight));
        let mut ordered = Vec::with_capacity(self.0.len());
        while let Some(first) = self.0.first() {
            let same = self.0.iter().take_while(|service| service.priority == first.priority).count();
            let total: u64 = self.0[..same].iter().map(|service| u64::from(service.weight)).sum();
            let mut chance = entropy.below(total + 1);
            let chosen = self.0[..same].iter().position(|service| {
                let hit = chance <= u64::from(service.weight);
                chance = chance.saturating_sub(u64::from(service.weight));
                hit
            });
            ordered.push(self.0.remove(chosen.unwrap_or(0)));
        }
        ordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::entropy::Seed;
    use std::str::FromStr;

    #[test]
    fn lower_priority_first_and_weights_decide_in_proportion() {
        let mut entropy = Entropy::new(Seed::from_number(3));
        let services = Services(vec![service(20, 0, "c."), service(10, 10, "a."), service(10, 30, "b.")]);
        let mut first_b = 0;
        for _ in 0..1000 {
            let order = services.clone().order(&mut entropy);
            assert_eq!(order[2].host, Name::from_str("c.").unwrap());
            first_b += usize::from(order[0].host == Name::from_str("b.").unwrap());
        }
        assert!((680..800).contains(&first_b), "{first_b} of 1000, expected about 738");
    }

    #[test]
    fn the_root_as_target_means_no_service() {
        let mut entropy = Entropy::new(Seed::from_number(3));
        assert_eq!(Services(vec![service(0, 0, ".")]).order(&mut entropy), []);
    }

    fn service(priority: u16, weight: u16, host: &str) -> Service {
        Service { priority, weight, host: Name::from_str(host).unwrap(), port: 5060 }
    }
}
