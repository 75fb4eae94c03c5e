//! Reading a message allocates nothing.

mod proxy_needs;

use proxy_needs::{invite, read, worst_invite};
use ringback_sip::syntax::Message;

#[test]
fn reading_what_a_proxy_needs_allocates_nothing() {
    for bytes in [invite(), worst_invite()] {
        assert!((750..1300).contains(&bytes.len()), "{}", bytes.len());
        let (mut value, count) = (None, counted(|| read(&bytes).is_ok()));
        assert_eq!(count, 0);
        let count = counted(|| value = Message::parse(&bytes).ok().map(|m| m.check().is_ok()));
        assert_eq!((value, count), (Some(true), 0));
    }
}

#[test]
fn both_orders_say_the_same() {
    assert_eq!(read(&invite()), read(&worst_invite()));
    assert!(read(&invite()).is_ok_and(|n| n > 314_159));
}

fn counted<T>(work: impl FnOnce() -> T) -> u64 {
    allocation_counter::measure(|| drop(work())).count_total
}
