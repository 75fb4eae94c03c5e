//! A binding costs at most 600 bytes of memory, its entry in the index included.

#![allow(clippy::unwrap_used)]

use ringback_roles::location::{Aor, Candidate, Effect, Location, Operation, Parts, Policy, Register};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::time::Instant;

const BINDINGS: usize = 100_000;
/// What an allocator keeps beside each block, at most.
const OVERHEAD: i64 = 16;

fn fill(location: &mut Location) {
    let policy = Policy::default();
    for n in 0..BINDINGS {
        let aor = Aor::from_canonical(format!("u{n:07}@bench.test").as_bytes());
        let contact = format!("sip:u{n:07}@127.0.0.1:27100");
        let call_id = format!("reg-{n:07}-27100@127.0.0.1");
        let parts = Parts {
            contact: contact.as_bytes(),
            call_id: call_id.as_bytes(),
            user_agent: b"bench/1.0",
            ..Parts::default()
        };
        let flow = Flow {
            transport: Transport::Udp,
            local: "127.0.0.1:5060".parse().unwrap(),
            remote: "127.0.0.1:27100".parse().unwrap(),
            connection: None,
            peer: None,
        };
        let candidate = Candidate::new(parts, flow, 1, None).unwrap();
        let operation = Operation::Contacts([candidate].into_iter().collect());
        match location.register(Register { aor, operation }, Instant::from_unix_secs(1), &policy) {
            Ok(Effect::After(write)) => location.commit(&write),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_binding_costs_at_most_600_bytes() {
    let mut location = Location::new(Seed::from_number(1), BINDINGS);
    let used = allocation_counter::measure(|| fill(&mut location));
    assert_eq!(location.len(), BINDINGS);
    let each = (used.bytes_current + OVERHEAD * used.count_current) / BINDINGS as i64;
    println!("{each} bytes in {} blocks", used.count_current / BINDINGS as i64);
    assert!((100..=600).contains(&each), "{each} bytes a binding");
}
