//! How many blocks the server takes from the heap for one operation, its store's answers included.

#[allow(dead_code)]
mod work;

use work::{Operation, Work};

/// What each operation may take; a call is thirteen messages in and out, and a fan-out two and twice 64. Lower it when it becomes less.
const MOST: [(Operation, u64); 9] = [
    (Operation::Options, 4),
    (Operation::Register, 6),
    (Operation::Digest, 8),
    (Operation::Challenge, 5),
    (Operation::Message, 15),
    (Operation::Call, 38),
    (Operation::Lamp, 76),
    (Operation::Refusal, 3),
    (Operation::Fan, 1000),
];

#[test]
fn an_operation_takes_few_blocks_from_the_heap() {
    for (operation, most) in MOST {
        let mut work = Work::new(operation);
        (0..50).for_each(|_| work.run(operation));
        work.count_with(|drive| allocation_counter::measure(drive).count_total);
        (0..50).for_each(|_| work.run(operation));
        let each = work.counted().div_ceil(50);
        println!("{operation:?}: {each}");
        assert!(each <= most, "{operation:?}: {each} blocks");
    }
}
