//! What the server's own work costs, without sockets: `cargo bench -p ringback-roles --bench server -- [OPERATION [COUNT]]`.
//!
//! For exact instructions: `valgrind --tool=callgrind --toggle-collect='*work*drive*' TARGET call 1000`, and again with 3000: a
//! 2000th of the difference leaves out the preparations.

#![allow(clippy::print_stdout)]

#[allow(dead_code)]
#[path = "../tests/work/mod.rs"]
mod work;

use std::time::Instant;
use work::{Operation, Work};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let wanted = arguments.next().unwrap_or_default();
    let count = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    for operation in Operation::ALL {
        if !format!("{operation:?}").to_lowercase().contains(&wanted) {
            continue;
        }
        let mut work = Work::new(operation);
        let begin = Instant::now();
        for _ in 0..count {
            work.run(operation);
        }
        let each = begin.elapsed() / count;
        println!("{operation:?}: {each:?}, the two ends included");
    }
}
