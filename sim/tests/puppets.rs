//! The scripted peers behave as their scripts say, so that tests of the stack can lean on them.
#![allow(clippy::unwrap_used)]

use ringback_sim::check::{Answers, EveryInviteAnswered, WellFormed};
use ringback_sim::{Answer, HostId, Network, Puppet, Request, Weather, explore};
use ringback_sip::flow::Transport;
use ringback_sip::time::Duration;
use std::net::SocketAddr;

#[test]
fn a_call_is_answered_and_hung_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut net = pair(1, transport, Answer::after(Duration::from_secs(2), 200));
        let call = Request { bye_after: Some(Duration::from_secs(5)), ..invite() };
        net.order::<Puppet>(CALLER, Duration::ZERO, call);
        net.settle(Duration::from_secs(300)).unwrap();
        net.verdict().unwrap();
        assert_eq!(caller(&net).statuses("INVITE"), [180, 200]);
        assert_eq!(caller(&net).statuses("BYE"), [200]);
        assert_eq!(callee(&net).requests("ACK"), 1);
    }
}

#[test]
fn a_cancelled_call_ends_with_487() {
    let mut net = pair(2, Transport::Udp, Answer::ringing());
    net.order::<Puppet>(
        CALLER,
        Duration::ZERO,
        Request { cancel_after: Some(Duration::from_secs(3)), ..invite() },
    );
    net.settle(Duration::from_secs(300)).unwrap();
    net.verdict().unwrap();
    assert_eq!(caller(&net).statuses("INVITE"), [180, 487]);
    assert_eq!(caller(&net).statuses("CANCEL"), [200]);
}

#[test]
fn a_silent_callee_is_asked_seven_times() {
    let mut net = pair(3, Transport::Udp, Answer::silent());
    net.order::<Puppet>(
        CALLER,
        Duration::ZERO,
        Request { cancel_after: Some(Duration::from_secs(3)), ..invite() },
    );
    net.settle(Duration::from_secs(300)).unwrap();
    assert_eq!(callee(&net).requests("INVITE"), 7);
    assert_eq!(callee(&net).requests("CANCEL"), 0, "no CANCEL before a provisional response");
}

#[test]
fn calls_between_puppets_end_in_any_weather() {
    explore(1000, |seed, traced| {
        let transport = if seed % 3 == 0 { Transport::Tcp } else { Transport::Udp };
        let mut net = network(
            seed,
            transport,
            Answer::after(Duration::from_secs(seed % 4), [200, 486, 603][seed as usize % 3]),
            traced,
        );
        let mut dice = net.split_dice();
        net.set_weather(Weather { breaks: 0, ..Weather::rolled(&mut dice) });
        for n in 0..3 {
            let call = Request { bye_after: Some(Duration::from_secs(n)), ..invite() };
            net.order::<Puppet>(CALLER, Duration::from_secs(n), call);
        }
        net.settle(Duration::from_secs(600)).map_err(|e| net.with_trace(&e))?;
        net.verdict()
    });
}

// ---------------------------------------------------------------------------------------------------------------

const CALLER: HostId = HostId(0);
const CALLEE: HostId = HostId(1);

fn network(seed: u64, transport: Transport, answer: Answer, traced: bool) -> Network {
    let mut net = Network::new(seed, traced);
    net.watch(WellFormed);
    net.watch(Answers::default());
    net.watch(EveryInviteAnswered::by(&[CALLEE]));
    for (name, address, answer) in
        [("caller", "10.0.0.1:5060", Answer::silent()), ("callee", "10.0.0.2:5060", answer)]
    {
        let address: SocketAddr = address.parse().unwrap();
        net.add(name, Puppet::new(transport, address, answer), &[(transport, address)], None);
    }
    net
}

fn pair(seed: u64, transport: Transport, answer: Answer) -> Network {
    network(seed, transport, answer, true)
}

fn invite() -> Request {
    Request::new("INVITE", "sip:callee@10.0.0.2:5060", "10.0.0.2:5060".parse().unwrap())
}

fn caller(net: &Network) -> &Puppet {
    &net.machine::<Puppet>(CALLER).around
}

fn callee(net: &Network) -> &Puppet {
    &net.machine::<Puppet>(CALLEE).around
}
