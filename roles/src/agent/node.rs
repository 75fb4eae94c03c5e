//! The agent as a node: inputs in, outputs out.

use super::alarms::Alarm;
use super::call::Decision;
use super::command::{Command, Registering};
use super::event::{Event, Transferring};
use super::exchange::Owner;
use super::state::{Agent, NO_ANSWER, Out};
use super::subscription::Subscription;
use core::convert::Infallible;
use ringback_sip::node::{Deadline, Input, Node, Output};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Direction;
use ringback_sip::time::Instant;
use ringback_sip::transaction::Event as News;

impl Node for Agent {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Command;
    type Event = Event;

    fn handle(&mut self, now: Instant, input: Input<'_, Infallible, Command>) {
        self.now = now;
        match input {
            Input::Received { flow, bytes } => self.receive(flow, bytes),
            Input::FlowFailed { flow, error } => {
                self.transactions.handle_flow_failure(now, &flow, error);
                self.drain();
                self.flow_failed(&flow, error);
            }
            Input::Deadline => {
                self.transactions.handle_deadline(now);
                self.drain();
                while let Some(alarm) = self.alarms.pop(now) {
                    self.ring_alarm(alarm);
                }
            }
            Input::Resolved { ticket, answer, .. } => self.resolved(ticket, answer),
            Input::Answered { answer, .. } => match answer {},
            Input::Command(command) => self.obey(command),
        }
        self.drain();
    }

    fn poll(&mut self) -> Option<Out> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        let own = self.alarms.next();
        self.transactions.deadline().into_iter().chain(own).min_by_key(|(at, _)| *at)
    }
}

impl Agent {
    /// Takes what the transactions have to say, until nothing is left.
    fn drain(&mut self) {
        loop {
            while let Some(transmit) = self.transactions.poll_transmit() {
                self.outputs.push_back(Output::Transmit(transmit));
            }
            while let Some(entry) = self.transactions.poll_entry() {
                self.outputs.push_back(Output::Journal(entry));
            }
            match self.transactions.poll_event() {
                Some(news) => self.hear_news(news),
                None => return,
            }
        }
    }

    fn hear_news(&mut self, news: News<Owner>) {
        match news {
            News::TimedOut(client, Owner::Exchange(id), timer) => self.timed_out(client, id, timer),
            News::TransportError(client, Owner::Exchange(id), error) => {
                self.failed_to_send(client, id, error);
            }
            News::ClientEnded(client, Owner::Exchange(id)) => self.client_ended(client, id),
            News::NoAck(_, Owner::Inbound(id))
            | News::Unanswered(_, Owner::Inbound(id))
            | News::ServerEnded(_, Owner::Inbound(id)) => self.server_ended(id),
            _ => {}
        }
    }

    fn ring_alarm(&mut self, alarm: Alarm) {
        match alarm {
            Alarm::AcceptLimit(call, cseq) => self.accept_limit(call, cseq),
            Alarm::AcceptAgain(call, cseq) => self.accept_again(call, cseq),
            Alarm::Decide(call) => self.carry_out(call),
            Alarm::RingAgain(call) => self.ring_again(call),
            Alarm::ProvisionalAgain(call) => self.provisional_again(call),
            Alarm::ProvisionalLimit(call) => self.provisional_limit(call),
            Alarm::RingLimit(call) => self.ring_limit(call),
            Alarm::InviteExpires(call) => self.invite_expired(call),
            Alarm::Patience(call) => self.cancel(call, NO_ANSWER),
            Alarm::Duration(call) => self.hang_up(call),
            Alarm::ChangeLimit(call) => self.change_limit(call),
            Alarm::Refresh(call) => self.refresh(call),
            Alarm::SessionExpires(call) => self.session_expired(call),
            Alarm::Glare(call) => self.glare_over(call),
            Alarm::ReferLimit(call) => self.refer_over(call, Transferring::Unknown),
            Alarm::ReferralLimit(call) => self.referral_limit(call),
            Alarm::Register(id) => self.register_over(id, Registering::Keep),
            Alarm::Sign(id) => self.give_sign(id),
            Alarm::Publish(id) => self.publish_due(id),
            Alarm::NotifyLimit(id, branch) => self.notify_limit(id, branch),
            Alarm::Resubscribe(id, branch) => self.subscription_due(id, branch),
        }
        self.drain();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Register(what) => self.register(what),
            Command::Options { request, target } => self.options(request, &target),
            Command::Message { request, target, call, text } => self.message(request, &target, call, text),
            Command::Info { request, call, package, body } => self.info(request, call, &package, body),
            Command::Digits { request, call, digits } => self.dial(request, call, &digits),
            Command::Subscribe { subscription, what } => self.subscribe(subscription, *what),
            Command::Unsubscribe(subscription) => self.unsubscribe(subscription),
            Command::Publish { publication, what } => self.publish(publication, *what),
            Command::Unpublish(publication) => self.unpublish(publication),
            Command::Call { call, outgoing } => self.call(call, &outgoing),
            Command::Ring { call, audio } => self.ring(call, audio),
            Command::Answer { call, after, audio, duration } => {
                self.decide(call, after, Decision::Answer { audio, duration });
            }
            Command::Reject { call, after, status, contact } => {
                self.decide(call, after, Decision::Reject { status: refusing(status), contact });
            }
            Command::Hangup(call) => self.hang_up(call),
            Command::Transfer { call, target } => self.transfer(call, &target),
            Command::Refer { call, who, target, is_silent } => {
                self.refer_outside(call, &who, &target, is_silent);
            }
            Command::Join { call, with } => self.join(call, with),
            Command::Hold(call) => self.wish(call, Direction::SendOnly),
            Command::Resume(call) => self.wish(call, Direction::SendRecv),
            Command::Unavailable(status) => self.unavailable = status.map(refusing),
        }
    }

    /// Whether no call stands and nothing is under way: no request, and no NOTIFY for a subscription of ours.
    pub fn is_at_rest(&self) -> bool {
        self.calls.is_empty() && self.busy() == 0 && self.subscriptions.values().all(Subscription::is_at_rest)
    }
}

/// A code that refuses: others make no sense as a refusal.
fn refusing(status: StatusCode) -> StatusCode {
    if status.number() >= 300 { status } else { StatusCode::TEMPORARILY_UNAVAILABLE }
}
