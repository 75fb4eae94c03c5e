//! Presence through a server in all weathers: publishers and watchers, while packets are lost and doubled, and the
//! server crashes and comes back. After the storm each watcher that is still subscribed has the latest state, and who
//! is not subscribed any more is told nothing.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod town;

use ringback_roles::event::Resource;
use ringback_roles::location::Aor;
use ringback_sim::{Answer, Dice, Glance, HostId, House, Request, Trouble, Weather, explore};
use ringback_sip::flow::Transport;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use town::{SERVER, Town, order};

#[test]
fn watchers_have_the_latest_state_after_any_storm() {
    let (told, published) = (AtomicU64::new(0), AtomicU64::new(0));
    explore(SEEDS, |seed, traced| {
        let mut town = Town::new(seed, traced, false);
        let mut dice = town.net.split_dice();
        let devices: Vec<_> = (0..2).map(|_| phone(&mut town, "bob", &mut dice)).collect();
        let watchers: Vec<_> = (0..1 + dice.below(3)).map(|_| phone(&mut town, "alice", &mut dice)).collect();
        for watcher in &watchers {
            let expires = *dice.pick(&["0", "60", "3600", "3600", "3600"]);
            let request = request("SUBSCRIBE").with("Event", "presence").with("Expires", expires);
            order(&mut town.net, *watcher, dice.between(Duration::ZERO, SECOND * 8), request);
        }
        for device in &devices {
            for _ in 0..1 + dice.below(3) {
                let note = format!("note-{}", dice.below(1_000_000));
                order(
                    &mut town.net,
                    *device,
                    dice.between(Duration::ZERO, SECOND * 20),
                    publish(&note, &mut dice),
                );
            }
        }
        storm(&mut town, &mut dice);
        town.net.run_for(SECOND * 30);
        town.net.set_weather(Weather::calm());
        // What is told again after a failure, and what waits for its turn.
        town.net.run_for(SECOND * 300);
        town.net.settle(SECOND * 900).map_err(|e| town.net.with_trace(&e))?;
        town.net.verdict()?;
        for watcher in &watchers {
            let count = latest(&town, *watcher).map_err(|e| town.net.with_trace(&e))?;
            told.fetch_add(count, Ordering::Relaxed);
        }
        let house = &town.net.machine::<House>(SERVER).around;
        published.fetch_add(house.store.events.publications() as u64, Ordering::Relaxed);
        Ok(())
    });
    let (told, published) = (told.load(Ordering::Relaxed), published.load(Ordering::Relaxed));
    assert!(published > SEEDS, "{published} publications in {SEEDS} schedules");
    assert!(told * 2 > SEEDS, "{told} live subscriptions in {SEEDS} schedules");
}

/// Whether each live subscription of a watcher was told the state as it is, and no ended one anything; how many live.
fn latest(town: &Town, watcher: HostId) -> Result<u64, String> {
    let store = &town.net.machine::<House>(SERVER).around.store;
    let resource =
        Resource { aor: Aor::from_canonical(b"bob@example.test"), package: EventPackage::PRESENCE };
    let state = store.events.state(&resource);
    let notes: Vec<String> =
        state.publications.iter().map(|p| String::from_utf8_lossy(&p.body).into_owned()).collect();
    let heard = &town.person(watcher).puppet.heard;
    let mut last: BTreeMap<&str, (u32, &Glance, Instant)> = BTreeMap::new();
    for (at, notify) in heard.iter().filter(|(_, g)| g.request == "NOTIFY") {
        let number: u32 = notify.header("cseq").unwrap().split(' ').next().unwrap().parse().unwrap();
        let known = last.get(notify.call_id());
        if known.is_none_or(|(n, ..)| *n < number) {
            let is_over = |g: &Glance| g.header("subscription-state").unwrap().starts_with("terminated");
            if known.is_some_and(|(_, g, _)| is_over(g)) {
                return Err(format!("{} was told something after its end", notify.call_id()));
            }
            last.insert(notify.call_id(), (number, notify, *at));
        }
    }
    let kept = store.events.subscriptions().filter(|kept| kept.expires > town.net.now());
    let kept: Vec<_> = kept.map(|kept| String::from_utf8_lossy(&kept.id.call_id).into_owned()).collect();
    let mut live = 0;
    for (call_id, (_, notify, _)) in last.iter().filter(|(call_id, _)| kept.iter().any(|k| k == *call_id)) {
        live += 1;
        let body = String::from_utf8_lossy(&notify.body);
        let told = body.matches("<note").count();
        let fits = notes.iter().all(|text| body.contains(note_of(text))) && told == notes.len();
        if !fits {
            return Err(format!("{call_id} has {body}, and the state is {notes:?}"));
        }
    }
    let subscriptions = town.net.machine::<House>(SERVER).node().map_or(0, |server| server.subscriptions());
    if subscriptions != store.events.subscriptions().count() {
        return Err(format!("the server knows {subscriptions} subscriptions, and the store others"));
    }
    Ok(live)
}

fn note_of(body: &str) -> &str {
    body.split("<note>").nth(1).unwrap().split("</note>").next().unwrap()
}

fn publish(note: &str, dice: &mut Dice) -> Request {
    let body = format!(
        "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:bob@example.test'><note>{note}</note></presence>"
    );
    let expires = *dice.pick(&["60", "3600", "3600"]);
    let from = "sip:bob@example.test".to_owned();
    let request = Request { from, body, ..request("PUBLISH") };
    request.with("Event", "presence").with("Expires", expires).with("Content-Type", "application/pidf+xml")
}

fn request(method: &str) -> Request {
    town::request(method)
}

fn phone(town: &mut Town, user: &str, dice: &mut Dice) -> HostId {
    let transport = *dice.pick(&[Transport::Udp, Transport::Udp, Transport::Tcp]);
    town.phone(user, transport, Answer::silent(), None)
}

fn storm(town: &mut Town, dice: &mut Dice) {
    town.net.set_weather(Weather::rolled(dice));
    let at = dice.between(Duration::ZERO, SECOND * 25);
    let length = dice.between(SECOND / 100, SECOND * 10);
    match dice.below(6) {
        0..=2 => {
            let down = if dice.below(3) == 0 { Trouble::PowerOff(SERVER) } else { Trouble::Crash(SERVER) };
            town.net.trouble(at, down);
            town.net.trouble(at + length, Trouble::Boot(SERVER, 0));
        }
        3 => {
            town.net.trouble(at, Trouble::Partition(SERVER, HostId(3)));
            town.net.trouble(at + length, Trouble::Heal(SERVER, HostId(3)));
        }
        4 => town.net.trouble(at, Trouble::BreakStreams(SERVER)),
        _ => {}
    }
}

const SECOND: Duration = Duration::from_secs(1);
const SEEDS: u64 = 300;
