use super::super::*;
use super::support::*;
use crate::registry::StatusCode;
use crate::syntax::Message;
use bytes::Bytes;

#[test]
fn transactions_have_a_limit_and_a_typed_refusal() {
    let mut layer = Layer::with_limits(Limits { transactions_max: 2 });
    let first = request("INVITE", "1");
    let id = layer.start(&first, udp());
    layer.accept(udp(), &request("OPTIONS", "2"));
    let third = request("OPTIONS", "3");
    let accepted = layer.transactions.accept(START, udp(), &Message::parse(&third).unwrap(), 0);
    assert_eq!(accepted, Err(Refusal::TooMany));
    assert_eq!(Refusal::TooMany.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    let started = layer.transactions.start(START, Bytes::from(third), udp(), 0);
    assert_eq!((started, layer.transactions.len()), (Err(Refusal::TooMany), 2));
    assert_eq!(layer.transactions.counts().refused, 2);
    // Even then an INVITE can be given up.
    layer.receive(udp(), &response(&first, 180));
    assert!(layer.cancel(id));
    assert_eq!(layer.times("CANCEL"), [0]);
}

#[test]
fn the_last_eighth_is_kept_for_what_has_begun() {
    let mut layer = Layer::with_limits(Limits { transactions_max: 16 });
    let via = |branch: &str| format!("SIP/2.0/UDP client.example:5070;branch=z9hG4bK{branch}");
    let mut accept = |bytes: &[u8]| {
        let accepted = layer.transactions.accept(START, udp(), &Message::parse(bytes).unwrap(), 0);
        (accepted.map(|_| ()), layer.transactions.len())
    };
    for n in 0..14 {
        assert_eq!(accept(&request("INVITE", &n.to_string())), (Ok(()), n + 1));
    }
    for method in ["INVITE", "MESSAGE", "OPTIONS"] {
        assert_eq!(accept(&request(method, "new")), (Err(Refusal::TooMany), 14), "{method}");
    }
    assert_eq!(accept(&request("CANCEL", "nothing")), (Err(Refusal::TooMany), 14), "it names nothing");
    assert_eq!(accept(&request("CANCEL", "3")), (Ok(()), 15));
    assert_eq!(accept(&request_via("BYE", &via("bye"), ";tag=b2")), (Ok(()), 16));
    assert_eq!(accept(&request_via("BYE", &via("late"), ";tag=b2")), (Err(Refusal::TooMany), 16));
    assert_eq!(layer.transactions.counts().refused, 5);
}

#[test]
fn what_was_accepted_goes_on_where_nothing_new_may_begin() {
    let mut layer = Layer::with_limits(Limits { transactions_max: 16 });
    for n in 0..14 {
        layer.accept(udp(), &request("INVITE", &n.to_string()));
    }
    let mut start = |n: usize| {
        let bytes = Bytes::from(request("INVITE", &format!("on{n}")));
        layer.transactions.start(START, bytes, udp(), 0).map(|_| ())
    };
    assert_eq!([start(0), start(1), start(2)], [Ok(()), Ok(()), Err(Refusal::TooMany)]);
}

#[test]
fn no_transaction_is_made_twice_nor_for_an_ack_nor_without_an_identity() {
    let mut layer = Layer::new();
    let bytes = request("OPTIONS", "1");
    layer.accept(udp(), &bytes);
    layer.start(&bytes, udp());
    let mut accept = |bytes: &[u8]| {
        layer.transactions.accept(START, udp(), &Message::parse(bytes).unwrap(), 0).map(|_| ())
    };
    assert_eq!(accept(&bytes), Err(Refusal::Exists));
    assert_eq!(accept(&request("ACK", "2")), Err(Refusal::Ack));
    assert!(matches!(accept(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"), Err(Refusal::Malformed(_))));
    let mut start = |bytes: Vec<u8>| layer.transactions.start(START, bytes.into(), udp(), 0).map(|_| ());
    assert_eq!(start(bytes.clone()), Err(Refusal::Exists));
    assert_eq!(start(request("ACK", "3")), Err(Refusal::Ack));
    let without = request_via("OPTIONS", "SIP/2.0/UDP h", "");
    assert!(matches!(start(without), Err(Refusal::Malformed(_))));
}

#[test]
fn ringing_call_through_a_proxy_costs_less_than_4_kilobytes_with_its_messages() {
    let mut layer = Layer::new();
    let sdp = "v=0\r\n".repeat(120);
    let body = |bytes: Vec<u8>| [bytes, sdp.clone().into_bytes()].concat();
    let (upstream, downstream) = (body(request("INVITE", "1")), body(request("INVITE", "2")));
    assert!(upstream.len() > 850);
    let id = layer.accept(udp(), &upstream);
    layer.start(&downstream, udp());
    layer.receive(udp(), &response(&downstream, 180));
    layer.respond(id, udp(), &upstream, 180);
    layer.sent.clear();
    let (all, messages) = (layer.transactions.footprint(), upstream.len() + 2 * 350);
    assert!(all < 2_500, "{all} bytes");
    assert!(all - messages < 2 * 600, "{} bytes beyond the messages", all - messages);
}

#[test]
fn what_is_answered_costs_little() {
    let mut layer = Layer::new();
    for n in 0..100 {
        let bytes = request("INVITE", &n.to_string());
        let id = layer.accept(udp(), &bytes);
        layer.respond(id, udp(), &bytes, 200);
        layer.start(&bytes, udp());
        layer.receive(udp(), &response(&bytes, 200));
    }
    assert!(layer.transactions.footprint() / 100 < 1_000, "{}", layer.transactions.footprint() / 100);
}

#[test]
fn branches_are_new_and_follow_from_the_seed() {
    let new = |seed| {
        Transactions::<()>::new(
            TimerValues::default(),
            Limits::default(),
            crate::entropy::Seed::from_number(seed),
        )
    };
    let (mut a, mut b, mut c) = (new(1), new(1), new(2));
    let first = a.new_branch();
    assert!(first.as_str().starts_with("z9hG4bK") && first.as_str().len() == 20);
    assert_ne!(first, a.new_branch());
    assert_eq!(first, b.new_branch());
    assert_ne!(first, c.new_branch());
}

#[test]
fn a_branch_for_a_transaction_follows_from_it_alone_and_no_number_gives_it_twice() {
    let branches = |others: usize| {
        let mut layer = Layer::new();
        for n in 0..others {
            layer.accept(udp(), &request("INVITE", &format!("other{n}")));
            layer.transactions.new_branch();
        }
        let [first, second] = ["first", "second"].map(|name| layer.accept(udp(), &request("INVITE", name)));
        [(first, 1), (first, 2), (second, 1)]
            .map(|(id, number)| layer.transactions.new_branch_for(id, number))
    };
    let alone = branches(0);
    assert_eq!(alone, branches(5));
    assert!(alone[0] != alone[1] && alone[0] != alone[2] && alone[1] != alone[2]);
}
