//! Two agents that do what comes to mind, over a wire that loses, doubles and reorders.

use super::net::*;
use crate::agent::call::Call;
use crate::agent::{CallId, Command, Event, Outgoing, Reliable, RequestId};
use core::cell::RefCell;
use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Direction;
use ringback_sip::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

/// How many stories are played, unless `RINGBACK_SEEDS` says otherwise; `RINGBACK_SEED` replays one.
const SEEDS: u64 = 500;
/// How long nothing new is ordered, so that everything comes to its end.
const QUIET: Duration = Duration::from_secs(400);

#[test]
fn both_sides_agree_on_every_call_whatever_is_lost_and_every_end_is_told_once() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("RINGBACK_SEED") {
        Story::play(seed);
        return;
    }
    let seeds = number("RINGBACK_SEEDS").unwrap_or(SEEDS);
    let stood: usize = (0..seeds).map(Story::play).sum();
    assert!(stood as u64 > seeds, "only {stood} calls stood");
}

struct Story {
    seed: u64,
    net: Net,
    dice: Entropy,
    /// How many calls each agent has begun, and the events told so far that were looked at.
    begun: [u64; 2],
    seen: [usize; 2],
    alive: [BTreeSet<CallId>; 2],
    ended: [BTreeSet<CallId>; 2],
    /// How each agent last wished audio to flow, unless it heard that this did not come about.
    wishes: [BTreeMap<CallId, Direction>; 2],
    stood: usize,
}

impl Story {
    fn play(seed: u64) -> usize {
        let mut dice = Entropy::new(Seed::from_number(seed).derive(b"story"));
        let transport = if dice.below(4) == 0 { Transport::Tcp } else { Transport::Udp };
        let ways = [Reliable::Never, Reliable::Supported, Reliable::Supported, Reliable::Required];
        let ways = [0, 1].map(|_| ways[dice.below(4) as usize]);
        let mut net = Net::seeded(seed, transport, |s| {
            s.reliable = ways[usize::from(s.aor.contains("bob"))];
            s.calls_max = 3;
            s.ring_max = Duration::from_secs(60);
        });
        let loss = if transport == Transport::Tcp { 0 } else { dice.below(25) };
        let jitter = 1 + dice.below(400);
        let wind = RefCell::new(Entropy::new(Seed::from_number(seed).derive(b"weather")));
        let is_stream = transport == Transport::Tcp;
        net.weather = Box::new(move |_| {
            let mut wind = wind.borrow_mut();
            let mut delay = || Duration::from_millis(if is_stream { 5 } else { 1 + wind.below(jitter) });
            let copies = [delay(), delay()];
            match wind.below(100) {
                n if n < loss => Vec::new(),
                n if n >= 95 && !is_stream => copies.to_vec(),
                _ => copies[..1].to_vec(),
            }
        });
        let (alive, ended, wishes) = Default::default();
        let mut story =
            Story { seed, net, dice, begun: [0; 2], seen: [0; 2], alive, ended, wishes, stood: 0 };
        for _ in 0..4 + story.dice.below(24) {
            let agent = story.dice.below(2) as usize;
            story.act(agent);
            let pause = [5, 100, 1_000, 10_000][story.dice.below(4) as usize];
            let pause = story.dice.below(pause);
            story.net.run_millis(pause);
            story.look();
        }
        story.net.run_for(QUIET);
        story.look();
        story.agree();
        story.finish();
        story.stood
    }

    fn act(&mut self, agent: usize) {
        let calls: Vec<CallId> = self.alive[agent].iter().copied().collect();
        let chosen = self.dice.below(calls.len().max(1) as u64) as usize;
        let call = calls.get(chosen).copied().filter(|_| self.dice.below(5) > 0);
        let Some(call) = call else { return self.begin(agent) };
        let command = match self.dice.below(10) {
            0 | 9 => Command::Ring { call, audio: (self.dice.below(2) == 0).then(|| audio(agent)) },
            1..=3 => Command::Answer {
                call,
                after: Duration::from_millis(self.dice.below(3) * 700),
                audio: audio(agent),
                duration: None,
            },
            4 => Command::Reject {
                call,
                after: Duration::from_millis(self.dice.below(3) * 700),
                status: StatusCode::BUSY_HERE,
                contact: None,
            },
            5 => Command::Hangup(call),
            6 => Command::Message {
                request: RequestId(0),
                target: String::new(),
                call: Some(call),
                text: "x".to_owned(),
            },
            7 => Command::Hold(call),
            _ => Command::Resume(call),
        };
        match command {
            Command::Hold(_) => drop(self.wishes[agent].insert(call, Direction::SendOnly)),
            Command::Resume(_) => drop(self.wishes[agent].insert(call, Direction::SendRecv)),
            _ => {}
        }
        self.net.order(agent, command);
    }

    fn begin(&mut self, agent: usize) {
        self.begun[agent] += 1;
        let call = CallId(self.begun[agent]);
        let name = if agent == ALICE { "bob" } else { "alice" };
        let outgoing = Box::new(Outgoing {
            target: format!("sip:{name}@{}", address(1 - agent)),
            audio: audio(agent),
            late_offer: self.dice.below(4) == 0,
            patience: Some(Duration::from_secs(1 + self.dice.below(40))),
            duration: None,
            referral: None,
        });
        self.alive[agent].insert(call);
        self.net.order(agent, Command::Call { call, outgoing });
    }

    /// Hears what the agents have said: nothing about a call after its end.
    fn look(&mut self) {
        for agent in [ALICE, BOB] {
            for event in &self.net.events[agent][self.seen[agent]..] {
                let about = match event {
                    Event::Incoming { call, .. } => {
                        self.alive[agent].insert(*call);
                        *call
                    }
                    Event::Ended { call, .. } => {
                        assert!(self.alive[agent].remove(call), "seed {}: {event:?}", self.seed);
                        assert!(self.ended[agent].insert(*call), "seed {}: {event:?}", self.seed);
                        continue;
                    }
                    Event::Established { call, .. } => {
                        self.stood += 1;
                        *call
                    }
                    Event::Progress { call, .. }
                    | Event::Redirected { call, .. }
                    | Event::Confirmed(call)
                    | Event::Media { call, .. } => *call,
                    Event::Unchanged { call, .. } => {
                        self.wishes[agent].remove(call);
                        *call
                    }
                    _ => continue,
                };
                assert!(self.alive[agent].contains(&about), "seed {}: {event:?}", self.seed);
            }
            self.seen[agent] = self.net.events[agent].len();
        }
    }

    /// At rest both sides have the same calls, and hear each other as the other speaks.
    fn agree(&self) {
        let halves: Vec<_> = [ALICE, BOB].iter().map(|agent| self.half(*agent)).collect();
        let mirrored: BTreeMap<_, _> = halves[BOB]
            .iter()
            .map(|((call, ours, theirs), (sends, receives))| {
                ((call.clone(), theirs.clone(), ours.clone()), (*receives, *sends))
            })
            .collect();
        assert_eq!(halves[ALICE], mirrored, "seed {}", self.seed);
        for agent in [ALICE, BOB] {
            assert_eq!(self.net.agents[agent].busy(), 0, "seed {}", self.seed);
            assert_eq!(self.net.agents[agent].calls(), self.alive[agent].len(), "seed {}", self.seed);
            for (call, wish) in &self.wishes[agent] {
                if let Some(Call::Up(up)) = self.net.agents[agent].calls.get(call) {
                    assert_eq!(
                        up.audio.wish(),
                        *wish,
                        "seed {}: the wish of {agent} about {call:?}",
                        self.seed
                    );
                }
            }
        }
    }

    #[expect(clippy::type_complexity, reason = "Call-ID, tags; whether we send and receive")]
    fn half(&self, agent: usize) -> BTreeMap<(Vec<u8>, Vec<u8>, Vec<u8>), (bool, bool)> {
        let dialogs = self.net.agents[agent].calls.values().map(|call| {
            let Call::Up(up) = call else { panic!("seed {}: {call:?}", self.seed) };
            let id = up.dialog.id();
            let direction = up.audio.agreed().map(|a| (a.direction.sends(), a.direction.receives()));
            let key = (id.call_id.to_vec(), id.local_tag.to_vec(), id.remote_tag.to_vec());
            (key, direction.unwrap_or_default())
        });
        dialogs.collect()
    }

    /// Everybody hangs up, and nothing is left.
    fn finish(&mut self) {
        for agent in [ALICE, BOB] {
            for call in self.alive[agent].clone() {
                self.net.order(agent, Command::Hangup(call));
            }
        }
        self.net.run_for(QUIET);
        self.look();
        assert!(self.alive.iter().all(BTreeSet::is_empty), "seed {}", self.seed);
        for agent in &self.net.agents {
            assert!(agent.is_at_rest() && agent.ends.is_empty(), "seed {}", self.seed);
            assert!(agent.ongoing.is_empty() && agent.alarms.next().is_none(), "seed {}", self.seed);
        }
    }
}
