//! What reading a message costs: `cargo bench -p ringback-sip --bench syntax`.

#[path = "../tests/proxy_needs/mod.rs"]
mod proxy_needs;

use divan::{Bencher, black_box};
use proxy_needs::{invite, read, worst_invite};
use ringback_sip::syntax::{Message, Uri};

fn main() {
    divan::main();
}

/// Only the index.
#[divan::bench]
fn index(bencher: Bencher<'_, '_>) {
    let bytes = invite();
    bencher.bench(|| Message::parse(black_box(&bytes)).is_ok());
}

/// The index and what a proxy needs.
#[divan::bench]
fn index_and_read_as_a_proxy(bencher: Bencher<'_, '_>) {
    let bytes = invite();
    bencher.bench(|| read(black_box(&bytes)).is_ok());
}

/// The same of a message whose rows stand in the worst order, folded and between unknown ones.
#[divan::bench]
fn index_and_read_the_worst_order(bencher: Bencher<'_, '_>) {
    let bytes = worst_invite();
    bencher.bench(|| read(black_box(&bytes)).is_ok());
}

/// The check of all that routing needs, on top of the index.
#[divan::bench]
fn index_and_check(bencher: Bencher<'_, '_>) {
    let bytes = invite();
    bencher.bench(|| Message::parse(black_box(&bytes)).is_ok_and(|m| m.check().is_ok()));
}

/// The parts of a URI.
#[divan::bench]
fn uri(bencher: Bencher<'_, '_>) {
    let raw = b"sip:alice@pc33.atlanta.example.com:5066;transport=udp";
    bencher.bench(|| Uri::parse(black_box(raw)).is_ok());
}
