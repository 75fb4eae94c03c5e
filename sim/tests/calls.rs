//! Calls through a server in all weathers: phones register, call, ring, refuse, cancel, fork and send messages,
//! while packets are lost and doubled, addresses are translated, and the server crashes and comes back.
#![allow(clippy::unwrap_used)]

mod town;

use ringback_sim::oracle::{BranchEnd, Fork, acceptable};
use ringback_sim::{Answer, Dice, HostId, NatId, Network, Request, Trouble, Weather, explore};
use ringback_sip::flow::Transport;
use ringback_sip::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering};
use town::{SERVER, Town, order, rolled_request, settled};

#[test]
fn calls_through_the_server_end_in_any_weather() {
    let answered = AtomicU64::new(0);
    explore(SEEDS, |seed, traced| {
        let mut town = Town::new(seed, traced, false);
        let mut dice = town.net.split_dice();
        let inner = town.nat(&mut dice);
        let callees = 1 + dice.below(3);
        let alice = town.phone("alice", transport(&mut dice), Answer::silent(), home(&mut dice, inner));
        for _ in 0..callees {
            let answer = rolled_answer(&mut dice);
            let bob = town.phone("bob", transport(&mut dice), answer, home(&mut dice, inner));
            let register = town.register(bob, "bob");
            order(&mut town.net, bob, dice.between(Duration::ZERO, SECOND * 2), register);
        }
        for _ in 0..1 + dice.below(3) {
            let request = rolled_request(&mut dice);
            order(&mut town.net, alice, dice.between(SECOND, SECOND * 12), request);
        }
        storm(&mut town.net, &mut dice, inner);
        settled(&mut town)?;
        if town.person(alice).puppet.statuses("INVITE").contains(&200) {
            answered.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    });
    enough(&answered, SEEDS);
}

#[test]
fn calls_of_phones_that_must_prove_who_they_are_end_in_any_weather() {
    let answered = AtomicU64::new(0);
    explore(SEEDS / 3, |seed, traced| {
        let mut town = Town::new(seed, traced, true);
        let mut dice = town.net.split_dice();
        let inner = town.nat(&mut dice);
        let alice = town.phone("alice", transport(&mut dice), Answer::silent(), home(&mut dice, inner));
        let answer = rolled_answer(&mut dice);
        let bob = town.phone("bob", transport(&mut dice), answer, home(&mut dice, inner));
        let mallory = town.phone("mallory", transport(&mut dice), Answer::at_once(200), None);
        let register = town.register(bob, "bob");
        order(&mut town.net, bob, dice.between(Duration::ZERO, SECOND * 2), register);
        let theft = town.register(mallory, "bob");
        order(&mut town.net, mallory, dice.between(Duration::ZERO, SECOND * 4), theft);
        let request = rolled_request(&mut dice);
        order(&mut town.net, alice, dice.between(SECOND, SECOND * 12), request);
        storm(&mut town.net, &mut dice, inner);
        settled(&mut town)?;
        let thief = &town.person(mallory).puppet;
        if thief.statuses("REGISTER").contains(&200) || thief.requests("INVITE") > 0 {
            return Err(town.net.with_trace("a binding was made without a password"));
        }
        if town.person(alice).puppet.statuses("INVITE").contains(&200) {
            answered.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    });
    enough(&answered, SEEDS / 3);
}

#[test]
fn under_strain_new_calls_are_refused_phones_stay_registered_and_calls_pass_again_afterwards() {
    explore(40, |seed, traced| {
        let mut town = Town::new(seed, traced, false);
        let mut dice = town.net.split_dice();
        if dice.below(2) == 0 {
            town.net.set_weather(Weather { loss: 100_000, duplication: 100_000, ..Weather::calm() });
        }
        let transport = *dice.pick(&[Transport::Udp, Transport::Tcp]);
        let alice = town.phone("alice", transport, Answer::silent(), None);
        let bob = town.phone("bob", transport, Answer::at_once(200), None);
        town.net.trouble(Duration::from_secs(1), Trouble::Strain(SERVER, true));
        let register = town.register(bob, "bob");
        order(&mut town.net, bob, Duration::from_secs(2), register);
        order(&mut town.net, alice, Duration::from_secs(40), town::request("INVITE"));
        town.net.run_for(Duration::from_secs(80));
        let refused = town.person(alice).puppet.statuses("INVITE");
        if !refused.contains(&503) || refused.contains(&200) || town.person(bob).puppet.requests("INVITE") > 0
        {
            return Err(town.net.with_trace(&format!("a strained server takes a call: {refused:?}")));
        }
        if !town.person(bob).puppet.statuses("REGISTER").contains(&200) {
            return Err(town.net.with_trace("a phone does not stay registered"));
        }
        town.net.trouble(Duration::from_secs(1), Trouble::Strain(SERVER, false));
        order(&mut town.net, alice, Duration::from_secs(2), town::request("INVITE"));
        town.net.run_for(Duration::from_secs(40));
        if !town.person(alice).puppet.statuses("INVITE").contains(&200) {
            return Err(town.net.with_trace("no call passes after the strain"));
        }
        settled(&mut town)
    });
}

#[test]
fn the_answer_of_a_random_fork_is_the_one_that_the_oracle_accepts() {
    explore(1500, |seed, traced| {
        let mut town = Town::new(seed, traced, false);
        let mut dice = town.net.split_dice();
        let mut plan: Vec<(u64, u16)> = Vec::new();
        for n in 0..1 + dice.below(6) {
            // Apart from each other, so that the order of arrival is the order of the plan.
            let (delay, code) = ((n + 1) * 400, *dice.pick(CODES));
            plan.push((delay, code));
            let answer = Answer::after(Duration::from_millis(delay), code);
            let bob = town.phone("bob", Transport::Udp, answer, None);
            let register = town.register(bob, "bob");
            order(&mut town.net, bob, Duration::ZERO, register);
        }
        let alice = town.phone("alice", Transport::Udp, Answer::silent(), None);
        order(&mut town.net, alice, SECOND * 3, town::request("INVITE"));
        settled(&mut town)?;
        let decided = plan.iter().position(|(_, code)| code / 100 == 2 || code / 100 == 6);
        let end = |n: usize, code: u16| if decided.is_some_and(|d| n > d) { 487 } else { code };
        let ends = plan.iter().enumerate().map(|(n, (_, code))| BranchEnd::Final(end(n, *code))).collect();
        let accepted = acceptable(&Fork { is_invite: true, is_cancelled: false, ends });
        let told = town.person(alice).puppet.statuses("INVITE");
        let last = told.last().copied().unwrap_or_default();
        if accepted.contains(&last) {
            return Ok(());
        }
        Err(town.net.with_trace(&format!("{plan:?} gave {last}, acceptable is {accepted:?}")))
    });
}

#[test]
fn a_call_is_answered_and_hung_up() {
    let call = Request { bye_after: Some(SECOND * 5), ..town::request("INVITE") };
    let (town, alice, bob) = calm(&[Answer::after(SECOND, 200)], call);
    assert_eq!(town.person(alice).puppet.statuses("INVITE"), [100, 180, 200]);
    let callee = &town.person(bob[0]).puppet;
    assert_eq!((callee.requests("INVITE"), callee.requests("ACK"), callee.requests("BYE")), (1, 1, 1));
    assert_eq!(town.person(alice).puppet.statuses("BYE"), [200]);
}

#[test]
fn a_busy_phone_is_told_to_the_caller() {
    let (town, alice, _) = calm(&[Answer::at_once(486)], town::request("INVITE"));
    assert_eq!(town.person(alice).puppet.statuses("INVITE"), [100, 486]);
}

#[test]
fn a_cancelled_call_ends_with_487_at_every_phone() {
    let call = Request { cancel_after: Some(SECOND * 3), ..town::request("INVITE") };
    let (town, alice, bobs) = calm(&[Answer::ringing(), Answer::ringing()], call);
    assert_eq!(town.person(alice).puppet.statuses("INVITE").last(), Some(&487));
    assert_eq!(town.person(alice).puppet.statuses("CANCEL"), [200]);
    assert!(bobs.iter().all(|b| town.person(*b).puppet.requests("CANCEL") == 1));
}

#[test]
fn an_unanswered_call_ends_with_408_whether_it_rings_or_not() {
    let (town, alice, _) = calm(&[Answer::silent()], town::request("INVITE"));
    assert_eq!(town.person(alice).puppet.statuses("INVITE"), [100, 408]);
    let stubborn = Answer { ignores_cancel: true, ..Answer::ringing() };
    let (town, alice, bob) = calm(&[stubborn], town::request("INVITE"));
    assert_eq!(town.person(alice).puppet.statuses("INVITE"), [100, 180, 408]);
    assert_eq!(town.person(bob[0]).puppet.requests("CANCEL"), 1);
}

#[test]
fn the_first_phone_of_a_fork_wins_and_the_other_is_cancelled() {
    let (town, alice, bobs) =
        calm(&[Answer::ringing(), Answer::after(SECOND * 2, 200)], town::request("INVITE"));
    assert_eq!(town.person(alice).puppet.statuses("INVITE").last(), Some(&200));
    assert_eq!(town.person(bobs[0]).puppet.requests("CANCEL"), 1);
    assert_eq!(town.person(bobs[1]).puppet.requests("CANCEL"), 0);
}

#[test]
fn a_message_arrives_once() {
    let (town, alice, bob) = calm(&[Answer::silent()], town::request("MESSAGE"));
    assert_eq!(town.person(alice).puppet.statuses("MESSAGE"), [200]);
    assert_eq!(town.person(bob[0]).puppet.requests("MESSAGE"), 1);
}

#[test]
fn a_phone_is_found_after_the_server_was_killed() {
    let mut town = Town::new(1, true, false);
    let alice = town.phone("alice", Transport::Udp, Answer::silent(), None);
    let bob = town.phone("bob", Transport::Udp, Answer::at_once(200), None);
    let register = town.register(bob, "bob");
    order(&mut town.net, bob, Duration::ZERO, register);
    town.net.trouble(SECOND, Trouble::Crash(SERVER));
    town.net.trouble(SECOND * 2, Trouble::Boot(SERVER, 0));
    order(&mut town.net, alice, SECOND * 3, town::request("INVITE"));
    settled(&mut town).unwrap();
    assert_eq!(town.person(alice).puppet.statuses("INVITE"), [100, 200]);
}

#[test]
fn a_phone_with_a_password_registers_and_calls() {
    let mut town = Town::new(1, true, true);
    let alice = town.phone("alice", Transport::Udp, Answer::silent(), None);
    let bob = town.phone("bob", Transport::Udp, Answer::at_once(200), None);
    let register = town.register(bob, "bob");
    order(&mut town.net, bob, Duration::ZERO, register);
    order(&mut town.net, alice, SECOND * 3, town::request("INVITE"));
    settled(&mut town).unwrap();
    assert_eq!(town.person(bob).puppet.statuses("REGISTER"), [401, 200]);
    assert_eq!(town.person(alice).puppet.statuses("INVITE"), [407, 100, 200]);
}

// ---------------------------------------------------------------------------------------------------------------

/// Schedules of the great storm.
const SEEDS: u64 = 6000;
const SECOND: Duration = Duration::from_secs(1);
/// What the phones of a random fork answer.
const CODES: &[u16] = &[200, 302, 401, 403, 404, 407, 410, 480, 484, 486, 488, 500, 501, 503, 600, 603, 604];

/// A call of alice to as many phones of bob as there are answers, in calm weather.
fn calm(answers: &[Answer], call: Request) -> (Town, HostId, Vec<HostId>) {
    let mut town = Town::new(1, true, false);
    let alice = town.phone("alice", Transport::Udp, Answer::silent(), None);
    let mut bobs = Vec::new();
    for answer in answers {
        let bob = town.phone("bob", Transport::Udp, answer.clone(), None);
        let register = town.register(bob, "bob");
        order(&mut town.net, bob, Duration::ZERO, register);
        bobs.push(bob);
    }
    order(&mut town.net, alice, SECOND, call);
    settled(&mut town).unwrap();
    (town, alice, bobs)
}

/// A world in which hardly a call comes about proves nothing.
fn enough(answered: &AtomicU64, of: u64) {
    let is_whole = std::env::var("RINGBACK_SEED").is_err() && std::env::var("RINGBACK_SEEDS").is_err();
    let answered = answered.load(Ordering::Relaxed);
    assert!(!is_whole || answered > of / 20, "only {answered} calls came about");
}

fn transport(dice: &mut Dice) -> Transport {
    if dice.below(3) == 0 { Transport::Tcp } else { Transport::Udp }
}

fn home(dice: &mut Dice, inner: Option<NatId>) -> Option<NatId> {
    inner.filter(|_| dice.below(2) == 0)
}

fn rolled_answer(dice: &mut Dice) -> Answer {
    let delay = *dice.pick(&[Duration::ZERO, SECOND / 10, SECOND * 2, SECOND * 8]);
    let code = *dice.pick(&[200, 200, 200, 302, 404, 480, 486, 503, 603]);
    match dice.below(12) {
        0 => Answer::silent(),
        1 => Answer::ringing(),
        2 => Answer { ignores_cancel: true, ..Answer::ringing() },
        3 => Answer { ignores_cancel: true, ..Answer::after(delay, code) },
        4 | 5 => Answer::at_once(code),
        _ => Answer::after(delay, code),
    }
}

/// Rolls weather and trouble.
fn storm(net: &mut Network, dice: &mut Dice, inner: Option<NatId>) {
    net.set_weather(Weather::rolled(dice));
    let at = dice.between(Duration::ZERO, SECOND * 15);
    let length = dice.between(SECOND / 100, SECOND * 10);
    match dice.below(8) {
        0..=2 => {
            let down = if dice.below(3) == 0 { Trouble::PowerOff(SERVER) } else { Trouble::Crash(SERVER) };
            net.trouble(at, down);
            net.trouble(at + length, Trouble::Boot(SERVER, dice.below(2_000_000) as i64 - 1_000_000));
        }
        3 => {
            net.trouble(at, Trouble::Partition(SERVER, HostId(1)));
            net.trouble(at + length, Trouble::Heal(SERVER, HostId(1)));
        }
        4 => net.trouble(at, Trouble::BreakStreams(SERVER)),
        5 => inner.into_iter().for_each(|nat| net.trouble(at, Trouble::NatRestart(nat))),
        _ => {}
    }
}
