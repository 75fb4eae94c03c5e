//! What the transaction layer costs a message, parsing excluded: `cargo bench -p ringback-sip`.

use bytes::Bytes;
use divan::{Bencher, black_box};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::registry::StatusCode;
use ringback_sip::syntax::{Message, Response};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::{Limits, Rank, TimerValues, Transactions, Wheel};

const NOW: Instant = Instant::from_unix_secs(1_790_000_000);
const BATCH: usize = 1000;

fn main() {
    divan::main();
}

fn flow() -> Flow {
    let address = |text: &str| text.parse().expect("an address");
    Flow {
        transport: Transport::Udp,
        local: address("192.0.2.1:5060"),
        remote: address("198.51.100.7:5060"),
        connection: None,
        peer: None,
    }
}

fn requests(method: &str) -> Vec<Vec<u8>> {
    let request = |n| {
        format!(
            "{method} sip:bob@biloxi.example.com SIP/2.0\r\n\
             Via: SIP/2.0/UDP pc33.atlanta.example.com:5066;branch=z9hG4bKnashds{n}x;rport\r\n\
             Max-Forwards: 70\r\nTo: Bob <sip:bob@biloxi.example.com>\r\n\
             From: Alice <sip:alice@atlanta.example.com>;tag=1928301774\r\n\
             Call-ID: a84b4c76e66710@pc33.atlanta.example.com\r\nCSeq: 314159 {method}\r\n\
             Contact: <sip:alice@pc33.atlanta.example.com>\r\nContent-Type: application/sdp\r\n\
             Content-Length: 600\r\n\r\n{}",
            "v".repeat(600)
        )
    };
    (0..BATCH).map(|n| request(n).into_bytes()).collect()
}

fn layer() -> Transactions<u64> {
    Transactions::new(TimerValues::default(), Limits::default(), Seed::from_number(1))
}

fn drain(layer: &mut Transactions<u64>) {
    while let Some(transmit) = layer.poll_transmit() {
        black_box(transmit);
    }
    while let Some(event) = layer.poll_event() {
        black_box(event);
    }
}

/// A new request: looked up, accepted, answered with 200; 1000 of them.
#[divan::bench(args = ["OPTIONS", "INVITE"])]
fn serve_1000(bencher: Bencher<'_, '_>, method: &str) {
    let requests = requests(method);
    let parsed: Vec<_> = requests.iter().map(|r| Message::parse(r).expect("a message")).collect();
    let answers: Vec<Bytes> =
        parsed.iter().map(|m| Response::to(m, &flow(), StatusCode::OK, Some(b"t")).finish()).collect();
    bencher.with_inputs(layer).bench_local_values(|mut layer| {
        for (message, answer) in parsed.iter().zip(&answers) {
            black_box(layer.receive(NOW, flow(), message));
            if let Ok(id) = layer.accept(NOW, flow(), message, 1) {
                layer.respond(NOW, id, StatusCode::OK, answer.clone());
            }
            drain(&mut layer);
        }
        layer
    });
}

/// A request sent and its answer matched; 1000 of them.
#[divan::bench(args = [("OPTIONS", 200), ("INVITE", 180), ("INVITE", 486)])]
fn call_1000(bencher: Bencher<'_, '_>, (method, status): (&str, u16)) {
    let requests: Vec<Bytes> = requests(method).into_iter().map(Bytes::from).collect();
    let status = StatusCode::new(status).expect("a code");
    let answers: Vec<Bytes> = requests
        .iter()
        .map(|r| Response::to(&Message::parse(r).expect("a message"), &flow(), status, Some(b"t")).finish())
        .collect();
    let parsed: Vec<_> = answers.iter().map(|r| Message::parse(r).expect("a message")).collect();
    bencher.with_inputs(layer).bench_local_values(|mut layer| {
        for (request, answer) in requests.iter().zip(&parsed) {
            black_box(layer.start(NOW, request.clone(), flow(), 1).is_ok());
            black_box(layer.receive(NOW, flow(), answer));
            drain(&mut layer);
        }
        layer
    });
}

/// A copy of a request that was answered; 1000 of them.
#[divan::bench]
fn absorb_1000(bencher: Bencher<'_, '_>) {
    let requests = requests("OPTIONS");
    let parsed: Vec<_> = requests.iter().map(|r| Message::parse(r).expect("a message")).collect();
    let mut layer = layer();
    for message in &parsed {
        if let Ok(id) = layer.accept(NOW, flow(), message, 1) {
            layer.respond(NOW, id, StatusCode::OK, Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n"));
        }
    }
    drain(&mut layer);
    bencher.bench_local(|| {
        for message in &parsed {
            black_box(layer.receive(NOW, flow(), message));
        }
        drain(&mut layer);
    });
}

/// A timer started and stopped among 100,000 others; 1000 of them.
#[divan::bench]
fn wheel_1000(bencher: Bencher<'_, '_>) {
    let mut wheel = Wheel::new();
    for n in 0..100_000u64 {
        let start = NOW + Duration::from_micros(n * 320);
        wheel.start(start, start + Duration::from_secs(32), Rank::First, n);
    }
    let now = NOW + Duration::from_secs(32);
    bencher.bench_local(|| {
        for n in 0..1000u64 {
            let id = wheel.start(now, now + Duration::from_millis(500), Rank::Second, n);
            black_box(wheel.stop(id));
        }
    });
}

/// For comparison: indexing the same request 1000 times.
#[divan::bench]
fn parse_1000(bencher: Bencher<'_, '_>) {
    let requests = requests("INVITE");
    bencher.bench_local(|| {
        for request in &requests {
            black_box(Message::parse(request).is_ok());
        }
    });
}
