//! An agent whose messages can be seen.

use super::news::{News, Seen};
use ringback_roles::agent::Agent;
use ringback_sip::flow::Flow;
use ringback_sip::node::{Deadline, Input, Node, Output};
use ringback_sip::time::Instant;
use std::sync::mpsc::SyncSender;

/// An agent that shows its messages to `ear`, if there is one.
#[derive(Debug)]
pub(super) struct Tapped {
    agent: Agent,
    ear: Option<SyncSender<News>>,
    now: Instant,
}

impl Tapped {
    pub(super) fn new(agent: Agent, ear: Option<SyncSender<News>>) -> Self {
        Tapped { agent, ear, now: Instant::EPOCH }
    }

    fn show(&self, sent: bool, flow: Flow, bytes: impl FnOnce() -> Box<[u8]>) {
        if let Some(ear) = &self.ear {
            let seen = Seen { at: self.now, sent, flow, bytes: bytes() };
            // Who does not keep up misses messages; the agent waits for nobody.
            let _ = ear.try_send(News::Message(seen));
        }
    }
}

impl Node for Tapped {
    type Ask = <Agent as Node>::Ask;
    type Answer = <Agent as Node>::Answer;
    type Command = <Agent as Node>::Command;
    type Event = <Agent as Node>::Event;

    fn handle(&mut self, now: Instant, input: Input<'_, Self::Answer, Self::Command>) {
        self.now = now;
        if let Input::Received { flow, bytes } = &input {
            self.show(false, *flow, || (*bytes).into());
        }
        self.agent.handle(now, input);
    }

    fn poll(&mut self) -> Option<Output<Self::Ask, Self::Event>> {
        let output = self.agent.poll();
        if let Some(Output::Transmit(transmit)) = &output {
            self.show(true, transmit.flow, || transmit.bytes.as_ref().into());
        }
        output
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        self.agent.deadline()
    }
}
