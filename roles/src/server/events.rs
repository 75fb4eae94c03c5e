//! Subscriptions and publications: which requests the notifier takes, and what it wants done.

use super::letters::{Purpose, Telling, addressed};
use super::targets::Wanted;
use super::{Output, Server};
use crate::location::{Aor, Bindings};
use crate::presence::Wish;
use crate::proxy::{OwnId, refused};
use crate::store::Ask;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{BranchEnd, Cause, Entry, Fact};
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{Message, Uri};
use ringback_sip::time::Instant;
use ringback_sip::transaction::ServerId;

impl Server {
    /// Gives a request to the notifier. Its transaction begins now, so that its copies change nothing twice.
    pub(super) fn serve_event(&mut self, now: Instant, message: &Message<'_>, flow: Flow, aor: Option<Aor>) {
        if let Some(server) = self.accept(now, message, flow) {
            self.presence.handle(now, &self.access, server, flow, message, aor);
        }
    }

    /// Begins the transaction of a request that is answered here, or says why not.
    pub(super) fn accept(&mut self, now: Instant, message: &Message<'_>, flow: Flow) -> Option<ServerId> {
        match self.proxy.accept(now, flow, message) {
            Ok(server) => Some(server),
            Err(refusal) => {
                let call_id = message.call_id().unwrap_or_default();
                let fact = match refused(refusal) {
                    Some((status, cause)) => {
                        self.deny(now, message, &flow, &self.refusal(message, status, cause));
                        return None;
                    }
                    None => Fact::Dropped { peer: flow.remote, cause: Cause::TransactionState },
                };
                self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
                None
            }
        }
    }

    /// Does what the notifier wants, and tells it how its notifications ended; also the probes of next hops.
    pub(super) fn settle_events(&mut self, now: Instant) {
        self.presence.run(now);
        loop {
            if let Some(wish) = self.presence.poll() {
                self.fulfil(now, wish);
            } else if let Some(end) = self.proxy.poll_own() {
                match end.id {
                    OwnId::Notify(id) => self.presence.notified(now, id, end.end, end.retry_after),
                    OwnId::Message(number) => self.letter_ended(now, number, end.end),
                    OwnId::Probe(number) => {
                        if let Some(probed) = self.proxy.probed(number, end) {
                            self.note_probed(now, probed);
                        }
                    }
                }
            } else {
                return;
            }
        }
    }

    /// Sends a notification; one to the name of an instance of ours goes to where that is registered now
    /// (RFC 5627 §6.1).
    fn notify(&mut self, now: Instant, telling: Telling) {
        let message = Message::parse(&telling.request).ok();
        let direct = message.filter(|message| message.header(HeaderName::ROUTE).is_none());
        let uri = direct.and_then(|message| Uri::parse(message.request_uri()).ok());
        let Some(wanted) = uri.and_then(|uri| self.wanted(&uri)).filter(|wanted| wanted.gruu.is_some())
        else {
            return self.proxy.originate(now, OwnId::Notify(telling.id), telling.request, telling.to);
        };
        let aor = wanted.aor.clone();
        match self.relay.waiting.open(Purpose::Tell(telling, wanted)) {
            Ok(ticket) => self.outputs.push_back(Output::Ask { ticket, ask: Ask::Bindings(aor) }),
            Err(Purpose::Tell(telling, _)) => {
                self.presence.notified(now, telling.id, BranchEnd::Unusable, None);
            }
            Err(_) => {}
        }
    }

    /// The bindings of the user are known whose instance a notification is for. When that has none, the way of its
    /// SUBSCRIBE is left.
    pub(super) fn notify_instance(
        &mut self,
        now: Instant,
        telling: Telling,
        wanted: &Wanted,
        bindings: &Bindings,
    ) {
        let Telling { id, request, to } = telling;
        let (usable, _) = self.ended.sort(now, bindings);
        let way = self.destinations(now, false, wanted, &usable).into_iter().next();
        let found = way.and_then(|way| Some((addressed(&request, &way, None)?, way)));
        let (request, to) = found.unwrap_or((request, to));
        self.proxy.originate(now, OwnId::Notify(id), request, to);
    }

    fn fulfil(&mut self, now: Instant, wish: Wish) {
        match wish {
            Wish::Ask(ticket, ask) => self.outputs.push_back(Output::Ask { ticket, ask }),
            Wish::Respond(server, status, bytes) => {
                self.proxy.respond(now, server, status, bytes);
            }
            Wish::Notify(id, request, to) => self.notify(now, Telling { id, request, to }),
            Wish::Journal(entry) => self.outputs.push_back(Output::Journal(entry)),
        }
    }
}
