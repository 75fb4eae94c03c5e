//! A machine of the simulated network: a node, the store and the user around it, and what of them outlives a crash.

use crate::dice::Dice;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, FlowError};
use ringback_sip::journal::Entry;
use ringback_sip::node::{Deadline, Input, Node, Output, ResolveQuery, Ticket, Transmit};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transport::locate::Located;
use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// What a node starts with.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The time on the machine's own clock.
    pub now: Instant,
    /// The node's secret; another one at each start.
    pub seed: Seed,
    /// How often the machine has started before.
    pub restarts: u32,
}

/// The store and the user of a node. This outlives a crash; the node does not.
pub trait Surroundings: 'static {
    /// The kind of node.
    type Node: Node;

    /// Builds the node, at the first start and after each crash.
    fn boot(&mut self, start: Start) -> Self::Node;

    /// Does what the node asks of its store. What this changes is durable; the answer may still be lost in a crash.
    fn ask(&mut self, now: Instant, ask: <Self::Node as Node>::Ask) -> <Self::Node as Node>::Answer;

    /// The same for a store that has standing questions, which it answers again and again: `None` for an order that
    /// nobody answers.
    fn ask_with(
        &mut self,
        now: Instant,
        _ticket: Ticket,
        ask: <Self::Node as Node>::Ask,
    ) -> Option<<Self::Node as Node>::Answer> {
        Some(self.ask(now, ask))
    }

    /// The answers to standing questions that have become due by `now`.
    fn news(&mut self, _now: Instant) -> Vec<(Ticket, <Self::Node as Node>::Answer)> {
        Vec::new()
    }

    /// When [`Surroundings::news`] shall be asked next, by the machine's own clock.
    fn news_at(&self) -> Option<Instant> {
        None
    }

    /// Hears what the node tells its user.
    fn hear(
        &mut self,
        now: Instant,
        event: <Self::Node as Node>::Event,
        orders: &mut Orders<CommandOf<Self>>,
    );

    /// The parts of the node that a peer can make grow, each with its size and limit.
    fn sizes(&self, _node: &Self::Node) -> Vec<(&'static str, usize, usize)> {
        Vec::new()
    }
}

/// The command of the node of `S`.
pub type CommandOf<S> = <<S as Surroundings>::Node as Node>::Command;
/// The answer to the node of `S`.
pub type AnswerOf<S> = <<S as Surroundings>::Node as Node>::Answer;
type AskOf<S> = <<S as Surroundings>::Node as Node>::Ask;

/// What the user decides to do, each after a while.
#[derive(Debug)]
pub struct Orders<C>(Vec<(Duration, C)>);

impl<C> Orders<C> {
    /// Gives `command` to the node `after` a while.
    pub fn give(&mut self, after: Duration, command: C) {
        self.0.push((after, command));
    }
}

/// The same moment on two clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The time of the simulated world.
    pub world: Instant,
    /// What the machine's own clock shows.
    pub local: Instant,
}

/// What a machine wants of the network.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Send a message.
    Transmit(Transmit),
    /// Find a host.
    Resolve(Ticket, ResolveQuery),
    /// Close a connection.
    Close(Flow),
    /// A fact for the journal.
    Journal(Entry),
}

/// What the network tells a machine.
#[derive(Debug)]
pub(crate) enum Stimulus<'a> {
    /// A message arrived.
    Received(Flow, &'a [u8]),
    /// A path failed.
    FlowFailed(Flow, FlowError),
    /// A host was found, or not.
    Resolved(Ticket, Located),
    /// There is more to do than can be done, or no longer is.
    Strained(bool),
}

/// A machine as the network sees it, whatever its node is.
pub(crate) trait Host: Any {
    /// Starts the node.
    fn boot(&mut self, now: Moment, seed: Seed);
    /// Ends the node at once; what it held in memory is gone.
    fn crash(&mut self);
    /// Whether the node runs.
    fn is_up(&self) -> bool;
    /// Whether the node wants a connection from this address.
    fn lets_in(&mut self, now: Moment, source: IpAddr) -> bool;
    /// Gives the node an input.
    fn handle(&mut self, now: Moment, stimulus: Stimulus<'_>);
    /// Does what is due: store, user and the node's deadline.
    fn wake(&mut self, now: Moment);
    /// When [`Host::wake`] is due for store or user, by the world's time.
    fn next_task(&self) -> Option<Instant>;
    /// The node's deadline, by the machine's own clock.
    fn deadline(&self) -> Option<(Instant, Deadline)>;
    /// The next thing for the network to do.
    fn effect(&mut self) -> Option<Effect>;
    /// The parts that a peer can make grow, each with its size and limit.
    fn sizes(&self) -> Vec<(&'static str, usize, usize)>;
}

enum Task<S: Surroundings> {
    Order(CommandOf<S>),
    Commit(Ticket, AskOf<S>),
    Answer(Ticket, AnswerOf<S>),
}

/// A node with its surroundings.
pub struct Machine<S: Surroundings> {
    /// The store and the user.
    pub around: S,
    node: Option<S::Node>,
    tasks: BTreeMap<(Instant, u64), Task<S>>,
    tasks_made: u64,
    restarts: u32,
    effects: VecDeque<Effect>,
    disk: Disk,
}

/// How long the store takes; answers keep the order of the questions.
#[derive(Debug)]
struct Disk {
    dice: Dice,
    slowest: Duration,
    committed: Instant,
    answered: Instant,
}

impl<S: Surroundings> Machine<S> {
    /// A machine that is off. Its store answers within `disk_delay_max`.
    pub fn new(around: S, mut dice: Dice, disk_delay_max: Duration) -> Self {
        let disk = Disk {
            dice: dice.split(),
            slowest: disk_delay_max,
            committed: Instant::EPOCH,
            answered: Instant::EPOCH,
        };
        Machine {
            around,
            node: None,
            tasks: BTreeMap::new(),
            tasks_made: 0,
            restarts: 0,
            effects: VecDeque::new(),
            disk,
        }
    }

    /// Gives the node a command at the world's time `at`; lost when the node is down then.
    pub fn order(&mut self, at: Instant, command: CommandOf<S>) {
        self.schedule(at, Task::Order(command));
    }

    /// The node, while it runs.
    pub fn node(&self) -> Option<&S::Node> {
        self.node.as_ref()
    }

    fn schedule(&mut self, at: Instant, task: Task<S>) {
        self.tasks_made += 1;
        self.tasks.insert((at, self.tasks_made), task);
    }

    fn input(&mut self, now: Moment, input: Input<'_, AnswerOf<S>, CommandOf<S>>) {
        let Some(node) = &mut self.node else { return };
        node.handle(now.local, input);
        self.drain(now);
    }

    fn drain(&mut self, now: Moment) {
        while let Some(output) = self.node.as_mut().and_then(Node::poll) {
            match output {
                Output::Transmit(transmit) => self.effects.push_back(Effect::Transmit(transmit)),
                Output::Resolve { ticket, query } => self.effects.push_back(Effect::Resolve(ticket, query)),
                Output::Close(flow) => self.effects.push_back(Effect::Close(flow)),
                Output::Journal(entry) => self.effects.push_back(Effect::Journal(entry)),
                Output::Ask { ticket, ask } => {
                    let at = self.disk.commit_time(now.world);
                    self.schedule(at, Task::Commit(ticket, ask));
                }
                Output::Deliver(event) => {
                    let mut orders = Orders(Vec::new());
                    self.around.hear(now.local, event, &mut orders);
                    for (after, command) in orders.0 {
                        self.schedule(now.world + after, Task::Order(command));
                    }
                }
            }
        }
    }

    /// Passes on what the store has to say beside.
    fn read_news(&mut self, now: Moment) {
        for (ticket, answer) in self.around.news(now.local) {
            let at = self.disk.answer_time(now.world);
            self.schedule(at, Task::Answer(ticket, answer));
        }
    }

    fn run(&mut self, now: Moment, task: Task<S>) {
        match task {
            Task::Order(command) => self.input(now, Input::Command(command)),
            Task::Answer(ticket, answer) => self.input(now, Input::Answered { ticket, answer }),
            Task::Commit(ticket, ask) => {
                if let Some(answer) = self.around.ask_with(now.local, ticket, ask) {
                    let at = self.disk.answer_time(now.world);
                    self.schedule(at, Task::Answer(ticket, answer));
                }
                self.read_news(now);
            }
        }
    }
}

impl Disk {
    fn commit_time(&mut self, now: Instant) -> Instant {
        let delay = self.dice.between(Duration::ZERO, self.slowest);
        self.committed = self.committed.max(now + delay);
        self.committed
    }

    fn answer_time(&mut self, now: Instant) -> Instant {
        let delay = self.dice.between(Duration::ZERO, self.slowest / 4);
        self.answered = self.answered.max(now + delay);
        self.answered
    }
}

impl<S: Surroundings> Host for Machine<S> {
    fn boot(&mut self, now: Moment, seed: Seed) {
        let start = Start { now: now.local, seed, restarts: self.restarts };
        self.node = Some(self.around.boot(start));
        self.restarts += 1;
        self.drain(now);
        // What is due at once does not wait for anything else to happen.
        self.wake(now);
    }

    fn crash(&mut self) {
        self.node = None;
        self.effects.clear();
        self.tasks.retain(|_, task| matches!(task, Task::Order(_)));
    }

    fn is_up(&self) -> bool {
        self.node.is_some()
    }

    fn lets_in(&mut self, now: Moment, source: IpAddr) -> bool {
        self.node.as_mut().is_none_or(|node| node.lets_in(now.local, source))
    }

    fn handle(&mut self, now: Moment, stimulus: Stimulus<'_>) {
        let input = match stimulus {
            Stimulus::Strained(strained) => {
                if let Some(node) = &mut self.node {
                    node.set_strained(now.local, strained);
                }
                return self.drain(now);
            }
            Stimulus::Received(flow, bytes) => Input::Received { flow, bytes },
            Stimulus::FlowFailed(flow, error) => Input::FlowFailed { flow, error },
            Stimulus::Resolved(ticket, Located { found, steps }) => {
                Input::Resolved { ticket, answer: found, steps }
            }
        };
        self.input(now, input);
    }

    fn wake(&mut self, now: Moment) {
        while let Some(entry) = self.tasks.first_entry() {
            if entry.key().0 > now.world {
                break;
            }
            let task = entry.remove();
            self.run(now, task);
        }
        if self.around.news_at().is_some_and(|at| at <= now.local) {
            self.read_news(now);
        }
        if self.node.as_ref().and_then(Node::deadline).is_some_and(|(at, _)| at <= now.local) {
            self.input(now, Input::Deadline);
        }
    }

    fn next_task(&self) -> Option<Instant> {
        self.tasks.keys().next().map(|(at, _)| *at)
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        let node = self.node.as_ref()?.deadline();
        let news = self.around.news_at().map(|at| (at, Deadline::Expiry));
        [node, news].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn sizes(&self) -> Vec<(&'static str, usize, usize)> {
        self.node.as_ref().map_or_else(Vec::new, |node| self.around.sizes(node))
    }
}
