//! Agents that publish and watch through the real server, while packets are lost and doubled and the server crashes:
//! after the storm the watcher has seen what was published last.
#![allow(clippy::unwrap_used)]

use ringback_roles::agent::{
    AgentSettings, Command, Event, Local, PublicationId, Publishing, Secret, Subscribing, SubscriptionId,
};
use ringback_sim::{AgentUser, HostId, House, Network, Orders, Trouble, Weather, explore};
use ringback_sip::flow::Transport;
use ringback_sip::time::{Duration, Instant};
use std::net::SocketAddr;

#[test]
fn an_agent_that_watches_sees_what_another_published_last_after_any_storm() {
    explore(SEEDS, |seed, traced| {
        let mut net = Network::new(seed, traced);
        House::found(&mut net, seed, true);
        let mut dice = net.split_dice();
        let bob = agent(&mut net, "bob", 10);
        let alice = agent(&mut net, "alice", 11);
        net.set_weather(Weather::rolled(&mut dice));
        net.order::<User>(alice, dice.between(Duration::ZERO, SECOND * 8), subscribe(0));
        for number in 0..3 {
            let at = dice.between(SECOND * number * 10, SECOND * (number + 1) * 10);
            net.order::<User>(bob, at, publish(&format!("note-{number}")));
        }
        if dice.below(2) == 0 {
            let at = dice.between(SECOND, SECOND * 30);
            net.trouble(at, Trouble::Crash(House::HOST));
            net.trouble(at + SECOND * 3, Trouble::Boot(House::HOST, 0));
        }
        net.run_for(SECOND * 40);
        net.set_weather(Weather::calm());
        net.run_for(SECOND * 1500);
        net.verdict()?;
        let seen = &net.machine::<User>(alice).around.seen;
        if seen.contains("note-2") { Ok(()) } else { Err(net.with_trace(&format!("alice saw {seen:?}"))) }
    });
}

fn agent(net: &mut Network, user: &str, last: u8) -> HostId {
    let address = SocketAddr::from(([198, 51, 100, last], 5060));
    let transport = Transport::Udp;
    let mut settings = AgentSettings::new(&format!("sip:{user}@example.test"), Local { transport, address });
    settings.proxy = Some(format!("sip:{}", House::address()));
    settings.password = Some(Secret::new(House::PASSWORD.as_bytes()));
    let person = User { settings, seen: String::new(), subscriptions: 0 };
    net.add(user, person, &[(transport, address)], None)
}

fn subscribe(number: u64) -> Command {
    let what = Subscribing {
        target: "sip:bob@example.test".to_owned(),
        event: "presence".to_owned(),
        accept: String::new(),
        takes_lists: false,
        expires: SECOND * 600,
    };
    Command::Subscribe { subscription: SubscriptionId(number), what: Box::new(what) }
}

fn publish(note: &str) -> Command {
    let what = Publishing {
        event: "presence".to_owned(),
        kind: "application/pidf+xml",
        body: ringback_roles::presence::Sight::write("sip:bob@example.test", true, Some(note)),
        expires: SECOND * 600,
    };
    Command::Publish { publication: PublicationId(0), what: Box::new(what) }
}

/// Keeps what was told last, and watches again what could not be watched.
struct User {
    settings: AgentSettings,
    seen: String,
    subscriptions: u64,
}

impl AgentUser for User {
    fn settings(&self) -> &AgentSettings {
        &self.settings
    }

    fn hear(&mut self, _: Instant, event: Event, orders: &mut Orders<Command>) {
        match event {
            Event::Notified { notification, .. } if !notification.body.is_empty() => {
                self.seen = String::from_utf8_lossy(&notification.body).into_owned();
            }
            Event::Unsubscribed { retry: None, .. } => {
                self.subscriptions += 1;
                orders.give(SECOND * 10, subscribe(self.subscriptions));
            }
            _ => {}
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const SEEDS: u64 = 300;
