//! The dial plan at work: what it says of a request is done here.

use super::outcome::{Outcome, Verdict, cause_of, judge};
use super::targets::Wanted;
use super::{Output, Server};
use crate::routing::Routed;
use crate::routing::plan::{Action, HopTarget, Question, Rule, escape_user};
use ringback_sip::entropy::Entropy;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Entry, Fact, Shown};
use ringback_sip::syntax::{Message, Uri};
use ringback_sip::time::Instant;
use std::sync::Arc;

impl Server {
    /// Asks the plan where a request goes that may pass. `is_proven`: its sender is the user in From, or nobody
    /// must prove anything. Requests within dialogs, and those with a way of their own, follow that.
    pub(super) fn route(&mut self, now: Instant, routed: &Routed<'_>, flow: Flow, is_proven: bool) {
        if self.plan.rules.is_empty() && self.plan.users.is_empty() {
            return self.locate(now, routed, flow, is_proven);
        }
        let plan = Arc::clone(&self.plan);
        let message = routed.message;
        let in_dialog = message.to().is_ok_and(|to| to.tag().is_some());
        let is_open = |_: &Uri<'_>| !in_dialog && routed.next_route.is_none();
        let Some(uri) = routed.target.filter(is_open) else {
            return self.locate(now, routed, flow, is_proven);
        };
        let owner = self.owner_of_instance(&uri);
        let uri = owner.as_ref().and_then(|owner| Uri::parse(owner).ok()).unwrap_or(uri);
        let question = Question {
            method: message.method_token(),
            uri,
            caller: message.from().ok().and_then(|from| Uri::parse(from.uri).ok()),
            is_proven,
            source: flow.remote_ip(),
            transport: flow.transport,
            at: now,
        };
        let watch = &self.watch;
        let is_up = |hop: &HopTarget| watch.is_up(now, &hop.uri);
        // The requests of one call find one order of equal hops, whatever else this node does.
        let mut dice = Entropy::new(self.key.derive(message.call_id().unwrap_or_default()));
        let verdict = judge(&plan, self.proxy.place(), &question, is_up, &mut dice, |_, _| {});
        match verdict.outcome {
            // What names one instance is refused like its user, and forwarded to nobody else (RFC 5627 §6.1).
            Outcome::Answer(denial) if owner.is_some() && denial.status.number() >= 400 => {
                self.deny_once(now, message, flow, denial);
            }
            _ if owner.is_some() => self.locate(now, routed, flow, is_proven),
            _ => self.follow_verdict(now, routed, flow, &question, verdict),
        }
    }

    /// The URI of the user whose instance a target names.
    fn owner_of_instance(&self, target: &Uri<'_>) -> Option<Vec<u8>> {
        let aor = self.wanted(target).filter(|wanted| wanted.gruu.is_some())?.aor;
        let mut uri = b"sip:".to_vec();
        escape_user(aor.user(), &mut uri);
        uri.push(b'@');
        uri.extend_from_slice(aor.domain());
        Some(uri)
    }

    fn follow_verdict(
        &mut self,
        now: Instant,
        routed: &Routed<'_>,
        flow: Flow,
        question: &Question<'_>,
        verdict: Verdict<'_>,
    ) {
        let message = routed.message;
        let (was, is_proven) = (&question.uri, question.is_proven);
        let Verdict { decision, outcome } = verdict;
        if let Some(rule) =
            decision.rule.filter(|rule| matches!(rule.action, Action::Hops(_) | Action::Forward))
        {
            self.note_route(now, message, rule, &decision.target.uri(was));
        }
        match outcome {
            Outcome::Answer(denial) => self.deny_once(now, message, flow, denial),
            Outcome::User(aor) => {
                let incomplete = decision.incomplete.map(cause_of);
                let wanted = Wanted { incomplete, is_proven, ..Wanted::user(aor) };
                self.locate_wanted(now, message, flow, wanted);
            }
            Outcome::Send(destinations) if destinations.iter().all(|d| d.uri.is_none()) => {
                self.locate(now, routed, flow, is_proven);
            }
            Outcome::Send(destinations) => {
                self.forward(now, routed, flow, destinations);
            }
        }
    }

    /// Whether a request is answered with where its user is (RFC 3261 §8.3).
    pub(super) fn redirects(&self, message: &Message<'_>) -> bool {
        self.redirect && message.to().is_ok_and(|to| to.tag().is_none())
    }

    fn note_route(&mut self, now: Instant, message: &Message<'_>, rule: &Rule, target: &[u8]) {
        let (line, target) = (rule.line, Shown::from(target));
        let fact = Fact::Routed { rule: Shown::from(&*rule.name), line, target };
        let call_id = message.call_id().unwrap_or_default();
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
    }
}
