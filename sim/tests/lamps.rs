//! Busy lamps and lists of contacts in all weathers: phones register, call and hang up through the real server, while
//! packets are lost and doubled and the server crashes. After the storm the watcher knows what the server knows.
#![allow(clippy::unwrap_used)]

use ringback_roles::agent::{
    AgentSettings, CallId, Command, Event, Local, Outgoing, Registering, Secret, Subscribing, SubscriptionId,
};
use ringback_roles::event::Resource;
use ringback_roles::location::Aor;
use ringback_roles::presence::{Row, View};
use ringback_sim::{AgentUser, HostId, House, Network, Orders, Trouble, Weather, explore};
use ringback_sip::flow::Transport;
use ringback_sip::registry::EventPackage;
use ringback_sip::sdp::{Capabilities, Codec};
use ringback_sip::time::{Duration, Instant};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn lamps_and_contacts_are_told_as_they_are_after_any_storm() {
    let (lit, bound) = (AtomicU64::new(0), AtomicU64::new(0));
    explore(SEEDS, |seed, traced| {
        let mut net = Network::new(seed, traced);
        House::found(&mut net, seed, true);
        let mut dice = net.split_dice();
        let phones = [phone(&mut net, "bob", 10), phone(&mut net, "bob", 11)];
        let caller = phone(&mut net, "alice", 12);
        let watcher = phone(&mut net, "bob", 13);
        net.set_weather(Weather::rolled(&mut dice));
        for number in 0..2 {
            net.order::<User>(watcher, dice.between(Duration::ZERO, SECOND * 8), subscribe(number));
        }
        for phone in phones {
            let at = dice.between(Duration::ZERO, SECOND * 10);
            net.order::<User>(phone, at, Command::Register(Registering::Keep));
            if dice.below(3) == 0 {
                net.order::<User>(phone, SECOND * 30, Command::Register(Registering::Remove));
            }
        }
        for number in 0..2 {
            let at = dice.between(SECOND * 8, SECOND * 30);
            let duration = (dice.below(3) > 0).then(|| SECOND * 10);
            net.order::<User>(caller, at, call(number, duration));
        }
        if dice.below(2) == 0 {
            let at = dice.between(SECOND, SECOND * 30);
            net.trouble(at, Trouble::Crash(House::HOST));
            net.trouble(at + SECOND * 3, Trouble::Boot(House::HOST, 0));
        }
        net.run_for(SECOND * 40);
        net.set_weather(Weather::calm());
        net.run_for(SECOND * 1200);
        net.verdict()?;
        let seen = &net.machine::<User>(watcher).around.seen;
        let store = &net.machine::<House>(House::HOST).around.store;
        let aor = Aor::from_canonical(b"bob@example.test");
        let bindings = store.bindings(&aor);
        let contacts: BTreeSet<_> =
            bindings.all().iter().map(|b| String::from_utf8_lossy(b.contact()).into_owned()).collect();
        let resource = Resource { aor, package: EventPackage::DIALOG };
        let calls = store.events.state(&resource).legs.len();
        let told: BTreeSet<_> = rows(seen, "reg").into_iter().filter_map(|row| row.uri).collect();
        let lamps = rows(seen, "dialog").len();
        lit.fetch_add(calls as u64, Ordering::Relaxed);
        bound.fetch_add(contacts.len() as u64, Ordering::Relaxed);
        if (&told, lamps) == (&contacts, calls) {
            return Ok(());
        }
        Err(net.with_trace(&format!(
            "told {told:?} and {lamps} calls, there are {contacts:?} and {calls} calls"
        )))
    });
    let (lit, bound) = (lit.load(Ordering::Relaxed), bound.load(Ordering::Relaxed));
    assert!(bound > SEEDS / 2 && lit > SEEDS / 20, "{bound} contacts, {lit} calls in {SEEDS} schedules");
}

fn rows(seen: &BTreeMap<u64, (View, Vec<Row>)>, event: &str) -> Vec<Row> {
    let latest = seen.iter().rev().find(|(number, _)| event_of(**number) == event);
    latest
        .map(|(_, (_, rows))| rows.iter().filter(|row| row.state != "terminated").cloned().collect())
        .unwrap_or_default()
}

fn event_of(number: u64) -> &'static str {
    if number.is_multiple_of(2) { "reg" } else { "dialog" }
}

fn subscribe(number: u64) -> Command {
    let what = Subscribing {
        target: "sip:bob@example.test".to_owned(),
        event: event_of(number).to_owned(),
        accept: String::new(),
        takes_lists: false,
        expires: SECOND * 600,
    };
    Command::Subscribe { subscription: SubscriptionId(number), what: Box::new(what) }
}

fn audio() -> Capabilities {
    Capabilities::new(SocketAddr::from(([198, 51, 100, 99], 4000)), &Codec::ALL)
}

fn call(number: u64, duration: Option<Duration>) -> Command {
    let outgoing = Outgoing {
        target: "sip:bob@example.test".to_owned(),
        audio: audio(),
        late_offer: false,
        patience: Some(SECOND * 20),
        duration,
        referral: None,
    };
    Command::Call { call: CallId(number), outgoing: Box::new(outgoing) }
}

fn phone(net: &mut Network, user: &str, last: u8) -> HostId {
    let address = SocketAddr::from(([198, 51, 100, last], 5060));
    let transport = Transport::Udp;
    let mut settings = AgentSettings::new(&format!("sip:{user}@example.test"), Local { transport, address });
    settings.proxy = Some(format!("sip:{}", House::address()));
    settings.password = Some(Secret::new(House::PASSWORD.as_bytes()));
    let person = User { settings, seen: BTreeMap::new(), subscriptions: 2 };
    net.add(user, person, &[(transport, address)], None)
}

/// Answers each call, keeps what each subscription was told, and watches again what could not be watched.
struct User {
    settings: AgentSettings,
    seen: BTreeMap<u64, (View, Vec<Row>)>,
    subscriptions: u64,
}

impl AgentUser for User {
    fn settings(&self) -> &AgentSettings {
        &self.settings
    }

    fn hear(&mut self, _: Instant, event: Event, orders: &mut Orders<Command>) {
        match event {
            Event::Incoming { call, .. } => {
                orders.give(SECOND / 10, Command::Ring { call, audio: None });
                let answer = Command::Answer { call, after: Duration::ZERO, audio: audio(), duration: None };
                orders.give(SECOND * 2, answer);
            }
            Event::Notified { subscription, notification } => {
                let (view, rows) = self.seen.entry(subscription.0).or_default();
                if let Some(told) = view.take(&notification.kind.0, &notification.body) {
                    *rows = told.into_iter().map(|(_, row)| row).collect();
                }
            }
            Event::Unsubscribed { subscription, retry: None, .. } => {
                let number = self.subscriptions + (subscription.0 + self.subscriptions) % 2;
                self.subscriptions = number + 1;
                orders.give(SECOND * 10, subscribe(number));
            }
            _ => {}
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const SEEDS: u64 = 200;
