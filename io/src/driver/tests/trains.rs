//! Datagrams that go through the kernel together. Both ways need Linux 5.0.

use super::super::udp::{ReceiveSlots, SendSlots};
use super::*;

#[test]
fn a_train_comes_whole_and_is_taken_apart_in_order() {
    let (mut from, mut to) = (port("127.0.0.1:0"), port("127.0.0.1:0"));
    // Runs of one length, a shorter one at the end of a run, a longer one, one too long for others, empty ones.
    let lengths = [400, 400, 400, 100, 100, 400, 900, 2000, 2000, 1, 1, 0, 0, 7];
    let texts: Vec<_> = lengths.iter().enumerate().map(|(n, len)| format!("{n:x}").repeat(*len)).collect();
    send(&mut from, to.local(), &texts);
    let came = receive_all(&mut to, texts.len());
    assert!(came.iter().all(|(flow, _)| (flow.remote, flow.local) == (from.local(), to.local())));
    assert_eq!(came.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), texts);
}

#[test]
fn a_train_counts_its_datagrams_and_costs_one_call() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = port("127.0.0.1:0");
    let mut texts: Vec<String> = (100..163).map(|n| options(&n.to_string())).collect();
    texts.push(options("9"));
    for _ in 0..10 {
        send(&mut client, bench.addresses[0], &texts);
        let came = receive_all(&mut client, texts.len());
        for ((_, answer), text) in came.iter().zip(&texts) {
            assert!(answer.contains(text.trim_end()), "{answer}");
        }
    }
    bench.wait_until_counted("datagrams_received", 640);
    bench.wait_until_counted("datagrams_sent", 640);
    // Each by itself would take 40 calls of 16; beside the ten trains there are some that find nothing.
    let calls = bench.counted("udp_receives");
    assert!((10..40).contains(&calls), "{calls} system calls");
}

#[test]
fn keepalives_and_stun_in_a_train_are_what_they_are_alone() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = port("127.0.0.1:0");
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], b"0123456789ab"].concat();
    let keepalive = b"\r\n\r\n".to_vec();
    let call = options("between").into_bytes();
    send(&mut client, bench.addresses[0], &[keepalive.clone(), keepalive.clone(), b"\r\n".to_vec()]);
    send(&mut client, bench.addresses[0], &[call.clone(), call.clone(), stun.clone()]);
    send(&mut client, bench.addresses[0], &[stun.clone(), stun, keepalive]);
    let came = receive_all(&mut client, 5);
    let told = came.iter().filter(|(_, answer)| answer.starts_with("\u{1}\u{1}")).count();
    let echoed = came.iter().filter(|(_, answer)| answer.contains("between")).count();
    assert_eq!((told, echoed), (3, 2));
    bench.wait_until_counted("keepalives", 7);
}

#[test]
fn each_datagram_of_a_train_knows_to_which_of_our_addresses_it_came() {
    for (any, own, client) in [("0.0.0.0:0", "127.0.0.2", "127.0.0.1:0"), ("[::]:0", "::1", "[::1]:0")] {
        let bench = Bench::one(any);
        let address = SocketAddr::new(own.parse().unwrap(), bench.addresses[0].port());
        let mut client = port(client);
        send(&mut client, address, &[options("one"), options("two"), options("3")]);
        let came = receive_all(&mut client, 3);
        for (flow, answer) in came {
            assert_eq!(flow.remote, address);
            assert!(answer.contains(&format!("to {address}\n")), "{answer}");
        }
    }
}

#[test]
fn the_calls_of_a_train_go_to_their_workers_and_keep_their_order() {
    let bench = Bench::start(2, &["127.0.0.1:0"], Limits::default());
    let mut client = port("127.0.0.1:0");
    let texts: Vec<_> = (100..160).map(|n| options(&format!("{n}\r\nCSeq: {}", n % 10))).collect();
    send(&mut client, bench.addresses[0], &texts);
    let came = receive_all(&mut client, texts.len());
    for worker in ["worker 0", "worker 1"] {
        let calls: Vec<_> = came
            .iter()
            .filter(|(_, answer)| answer.starts_with(worker))
            .map(|(_, answer)| answer.lines().find(|line| line.starts_with("Call-ID")).unwrap())
            .collect();
        assert!(!calls.is_empty() && calls.is_sorted(), "{worker}: {calls:?}");
    }
    assert!((1..60).contains(&bench.counted("handed_over")));
}

#[test]
fn what_waits_in_trains_is_counted_as_if_each_datagram_waited_alone() {
    let (mut from, mut to) = (port("127.0.0.1:0"), port("127.0.0.1:0"));
    let texts = vec!["x".repeat(400); 64];
    send(&mut from, to.local(), &texts);
    receive_all(&mut to, 64);
    assert_eq!(to.waiting().0, 0);
    send(&mut from, to.local(), &texts);
    let end = std::time::Instant::now() + PATIENCE;
    while to.waiting().0 < 64 * 1000 {
        assert!(std::time::Instant::now() < end, "{} bytes wait", to.waiting().0);
        std::thread::yield_now();
    }
}

pub(super) fn port(address: &str) -> UdpPort {
    UdpPort::bind(address.parse().unwrap(), 1 << 20).unwrap()
}

/// Sends all in as few trains as their lengths allow.
pub(super) fn send<T: AsRef<[u8]>>(port: &mut UdpPort, remote: SocketAddr, texts: &[T]) {
    let local = port.local();
    let flow = Flow { transport: Transport::Udp, local, remote, connection: None, peer: None };
    for text in texts {
        port.push(flow, Bytes::copy_from_slice(text.as_ref()));
    }
    let mut failures = Vec::new();
    let sent = port.flush(&mut SendSlots::new(), &mut failures);
    assert_eq!((sent.datagrams, failures), (texts.len() as u64, vec![]));
}

/// Waits for so many datagrams.
fn receive_all(port: &mut UdpPort, count: usize) -> Vec<(Flow, String)> {
    let (mut slots, mut came) = (ReceiveSlots::new(), Vec::new());
    let end = std::time::Instant::now() + PATIENCE;
    while came.len() < count {
        assert!(std::time::Instant::now() < end, "{} of {count} came", came.len());
        slots.receive(port);
        let texts = slots.datagrams().map(|(flow, text)| (flow, String::from_utf8_lossy(text).into_owned()));
        came.extend(texts);
        std::thread::yield_now();
    }
    came
}
