//! A server that is told to end, while calls begin.

use super::world::*;
use crate::server::{Command, Event};
use ringback_sip::flow::Transport;
use ringback_sip::node::{Input, Node};
use ringback_sip::time::Duration;

const PHONE: &str = "192.0.2.31:5060";

#[test]
fn a_call_that_is_answered_while_the_server_drains_gets_its_ack() {
    let mut world = World::with_bob(&["sip:bob@192.0.2.31"]);
    let invite = world.receive(ALICE, &invite("")).remove(1);
    world.server.handle(world.now, Input::Command(Command::Drain));
    let ok = world.answer(&invite, 200, "b", "Contact: <sip:bob@192.0.2.31>\r\n").remove(0);
    assert_eq!(ok.what(), "200");
    world.run_secs(4);
    assert_eq!(world.events, [], "the ACK is on its way");
    let ack = request("ACK", "sip:bob@192.0.2.31", &format!("Route: {}\r\n", ok.row("Record-Route")));
    let passed =
        world.receive(ALICE, &ack.replace("To: <sip:bob@example.test>", "To: <sip:bob@example.test>;tag=b"));
    assert_eq!(
        passed.iter().map(|sent| (sent.what(), sent.to())).collect::<Vec<_>>(),
        [("ACK".into(), PHONE.into())]
    );
    world.run_secs(1);
    assert_eq!(world.events, [Event::Drained]);
}

#[test]
fn the_ack_has_the_time_that_the_configuration_gives_a_message() {
    for t4 in [2, 9] {
        let mut world = World::with(|settings| settings.timers.t4 = Duration::from_secs(t4));
        world.register("bob", "sip:bob@192.0.2.31", PHONE, Transport::Udp);
        let invite = world.receive(ALICE, &invite("")).remove(1);
        world.server.handle(world.now, Input::Command(Command::Drain));
        world.answer(&invite, 200, "b", "Contact: <sip:bob@192.0.2.31>\r\n");
        world.run_secs(t4 - 1);
        assert_eq!(world.events, [], "T4 is {t4} s");
        world.run_secs(1);
        assert_eq!(world.events, [Event::Drained], "T4 is {t4} s");
    }
}

#[test]
fn a_server_without_calls_drains_at_once() {
    let mut world = World::with_bob(&["sip:bob@192.0.2.31"]);
    let options = world.receive(ALICE, &request("OPTIONS", BOB, "")).remove(0);
    world.answer(&options, 200, "b", "");
    world.server.handle(world.now, Input::Command(Command::Drain));
    world.run_secs(0);
    assert_eq!(world.events, [Event::Drained]);
}
