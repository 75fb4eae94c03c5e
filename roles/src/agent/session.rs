//! Calls that stand: hanging up (RFC 3261 §15), changing the session (§14), ACKs to our 2xx (§13.3.1.4).

use super::alarms::Alarm;
use super::call::{Accepting, Call, Change, Up};
use super::caller::{cause_of, sdp_of};
use super::command::CallId;
use super::draft::Draft;
use super::event::{Ending, Event, Outcome, Side};
use super::exchange::{ExchangeId, Purpose};
use super::lifetime::seconds;
use super::state::{ALLOW, Agent, HUNG_UP, NO_ANSWER, PRODUCT};
use bytes::Bytes;
use ringback_sip::dialog::{DialogId, Failure, Fate, Role};
use ringback_sip::journal::Cause;
use ringback_sip::registry::{HeaderName, Method, StatusCode, Timer};
use ringback_sip::sdp::{Direction, Exchange as Turn, SDP_MEDIA_TYPE};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;
use ringback_sip::transaction::ServerId;

/// Most times that one change is tried again after 491 or 500.
const GLARES_MAX: u8 = 5;
/// Longest wait that a peer can ask for before a change is tried again.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(32);

impl Agent {
    /// Ends a call, whatever its state.
    pub(super) fn hang_up(&mut self, id: CallId) {
        match self.calls.get_mut(&id) {
            Some(Call::Calling(_)) => self.cancel(id, HUNG_UP),
            Some(Call::Offered(_)) => self.refuse(id, StatusCode::BUSY_HERE, None, Cause::User),
            Some(Call::Up(up)) => {
                if up.unconfirmed {
                    up.hang_up = true;
                } else {
                    self.bye(id, Ending::HungUp(Side::Us), Cause::User);
                }
            }
            None => {}
        }
    }

    /// Sends BYE and forgets the call.
    pub(super) fn bye(&mut self, id: CallId, ending: Ending, cause: Cause) {
        if let Some(Call::Up(up)) = self.calls.get_mut(&id) {
            let mut dialog = up.dialog.clone();
            self.send_bye(&mut dialog, (ending == Ending::HungUp(Side::Us)).then_some(id));
            if let Some(up) = self.up(id) {
                up.dialog = dialog;
            }
            self.end(id, ending, cause, None);
        }
    }

    /// Changes how media flow, now or when what is under way is done (RFC 3261 §14.1).
    pub(super) fn wish(&mut self, id: CallId, wish: Direction) {
        let Some(Call::Up(up)) = self.calls.get_mut(&id) else { return self.wish_early(id, wish) };
        up.wish = Some(wish);
        up.glares = 0;
        self.change(id);
    }

    /// Sends the INVITE of a change that is wished for, or the refresh that is due, if nothing is under way.
    pub(super) fn change(&mut self, id: CallId) {
        let (exchange, contact) = (self.new_exchange(), self.dialog_contact(false));
        let is_accepting = self.is_accepting(id);
        let Some(Call::Up(up)) = self.calls.get_mut(&id) else { return };
        if is_accepting || up.change != Change::None {
            return;
        }
        let wish = up.wish.take();
        let is_due = core::mem::take(&mut up.refresh_due);
        // A refresh that changes nothing goes by UPDATE without an offer where that is taken (RFC 4028 §7.4).
        let (method, purpose, offer) = match wish {
            None if !is_due => return,
            None if up.takes_update => (Method::Update, Purpose::Update(id), None),
            None => (Method::Invite, Purpose::Reinvite(id), up.audio.offer_again().ok()),
            Some(wish) => (Method::Invite, Purpose::Reinvite(id), up.audio.offer(wish).ok()),
        };
        if method == Method::Invite && offer.is_none() {
            up.wish = wish;
            return;
        }
        up.change = Change::Ours(exchange, wish);
        let mut draft = Draft::inside(up.dialog.request(method))
            .with(HeaderName::ALLOW, ALLOW)
            .with(HeaderName::USER_AGENT, PRODUCT);
        up.ask_timer(&mut draft);
        draft.contact = contact;
        draft.body = offer.map(|offer| (SDP_MEDIA_TYPE, offer.into()));
        up.rseq = None;
        self.alarms.set(self.now + self.settings.ring_max, Alarm::ChangeLimit(id));
        self.send(exchange, draft, purpose);
    }

    /// Our change was not answered for as long as a call may ring: it is taken back (RFC 3261 §9.1).
    pub(super) fn change_limit(&mut self, id: CallId) {
        if let Some(Call::Up(up)) = self.calls.get(&id)
            && let Change::Ours(exchange, _) = up.change
        {
            self.give_up(exchange, NO_ANSWER);
        }
    }

    /// Our change was accepted. When the call has ended meanwhile, the 2xx is acknowledged all the same.
    pub(super) fn reinvite_accepted(&mut self, id: CallId, exchange: ExchangeId, response: &Message<'_>) {
        let up = match self.calls.get_mut(&id) {
            Some(Call::Up(up)) if matches!(up.change, Change::Ours(ours, _) if ours == exchange) => up,
            _ => return self.acknowledge_as_sent(exchange),
        };
        self.alarms.stop(Alarm::ChangeLimit(id));
        up.change = Change::None;
        up.dialog.refresh_target(response);
        let agreed = up.audio.accept_answer(sdp_of(response).unwrap_or_default()).map(|a| a.cloned());
        let dialog = up.dialog.clone();
        self.acknowledge(exchange, &dialog, None);
        self.hear_timer(id, exchange, response);
        match agreed {
            Ok(agreed) => {
                self.tell(Event::Media { call: id, agreed: agreed.map(Box::new) });
                self.change(id);
            }
            Err(fault) => self.bye(id, Ending::BadAnswer(fault), Cause::NoCommonMedia),
        }
    }

    /// Our change failed: the session stays as it was, or the call is lost (RFC 3261 §14.1, RFC 5057).
    pub(super) fn reinvite_failed(
        &mut self,
        id: CallId,
        exchange: ExchangeId,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let wait = self.wait_after(id, outcome, response);
        let Some(Call::Up(up)) = self.calls.get_mut(&id) else { return };
        let Change::Ours(ours, wish) = up.change else { return };
        if ours != exchange {
            return;
        }
        self.alarms.stop(Alarm::ChangeLimit(id));
        up.change = Change::None;
        up.audio.withdraw();
        if let Some(wait) = wait.filter(|_| up.glares < GLARES_MAX) {
            up.glares += 1;
            up.change = Change::Waiting;
            up.wish = up.wish.or(wish);
            up.refresh_due |= wish.is_none();
            return self.alarms.set(self.now + wait, Alarm::Glare(id));
        }
        let failure = match outcome {
            Outcome::Status(status) => Failure::Status(status),
            Outcome::Timeout(_) => Failure::Timeout,
            _ => Failure::Transport,
        };
        match Fate::of(failure, Method::Invite) {
            Fate::Transaction => {
                match wish {
                    Some(_) => self.tell(Event::Unchanged { call: id, outcome }),
                    None => self.not_refreshed(id, outcome),
                }
                self.change(id);
            }
            // The session ends as any does (RFC 3261 §12.2.1.2, RFC 4028 §10).
            Fate::Usage => self.bye(id, Ending::Lost(outcome), cause_of(outcome)),
            Fate::Dialog => self.end(id, Ending::Lost(outcome), cause_of(outcome), None),
        }
    }

    /// How long to wait before a change is tried again: after 491 a random time that differs between the sides, so
    /// that they do not meet again (RFC 3261 §14.1); after 500 what the peer says (§14.2).
    pub(super) fn wait_after(
        &mut self,
        id: CallId,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) -> Option<Duration> {
        match outcome {
            Outcome::Status(StatusCode::REQUEST_PENDING) => {
                let is_owner = match self.calls.get(&id)? {
                    Call::Up(up) => up.dialog.role() == Role::Caller,
                    Call::Calling(_) => true,
                    Call::Offered(_) => false,
                };
                // In units of 10 ms: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other.
                let units = if is_owner { 210 + self.entropy.below(191) } else { self.entropy.below(201) };
                Some(Duration::from_millis(units * 10))
            }
            Outcome::Status(StatusCode::SERVER_INTERNAL_ERROR) => {
                let asked = seconds(response?.header(HeaderName::RETRY_AFTER))?;
                Some(asked).filter(|asked| *asked <= RETRY_AFTER_MAX)
            }
            _ => None,
        }
    }

    /// The wait after 491 is over.
    pub(super) fn glare_over(&mut self, id: CallId) {
        if let Some(Call::Up(up)) = self.calls.get_mut(&id) {
            up.change = Change::None;
            return self.change(id);
        }
        self.update_early(id);
    }

    /// A 2xx of ours was sent in answer to an INVITE; it is repeated until its ACK, on every transport.
    pub(super) fn expect_ack(&mut self, id: CallId, cseq: u32, server: ServerId, bytes: Bytes) {
        let t1 = self.settings.timers.t1;
        let Some(Call::Up(up)) = self.calls.get(&id) else { return };
        let accepting = Accepting { dialog: up.dialog.id().clone(), server, bytes, interval: t1 };
        self.accepting.insert((id, cseq), accepting);
        self.alarms.set(self.now + t1, Alarm::AcceptAgain(id, cseq));
        self.alarms.set(self.now + self.settings.timers.t1_64(), Alarm::AcceptLimit(id, cseq));
    }

    /// Sends a 2xx again.
    pub(super) fn accept_again(&mut self, id: CallId, cseq: u32) {
        let Some(accepting) = self.accepting.get_mut(&(id, cseq)) else { return };
        accepting.interval = (accepting.interval * 2).min(self.settings.timers.t2);
        self.alarms.set(self.now + accepting.interval, Alarm::AcceptAgain(id, cseq));
        self.transactions.respond(self.now, accepting.server, StatusCode::OK, accepting.bytes.clone());
    }

    /// No ACK came: the call is hung up (RFC 3261 §13.3.1.4).
    pub(super) fn accept_limit(&mut self, id: CallId, cseq: u32) {
        self.stop_accepting(id, cseq);
        self.bye(id, Ending::NoAck, Cause::Timer(Timer::AcceptLimit));
    }

    fn stop_accepting(&mut self, id: CallId, cseq: u32) {
        self.alarms.stop(Alarm::AcceptAgain(id, cseq));
        self.alarms.stop(Alarm::AcceptLimit(id, cseq));
        let Some(accepting) = self.accepting.remove(&(id, cseq)) else { return };
        let is_left = self.calls.contains_key(&id) || self.remains.contains_key(&id);
        if !is_left && !self.is_accepting(id) {
            self.ends.remove(&(accepting.dialog.call_id, accepting.dialog.local_tag));
        }
    }

    /// An ACK that no transaction took: to a 2xx of ours.
    pub(super) fn hear_ack(&mut self, ack: &Message<'_>) {
        let (Ok(dialog), Ok(cseq)) = (DialogId::of_received(ack), ack.cseq()) else { return };
        let end = (dialog.call_id.clone(), dialog.local_tag.clone());
        let Some(&id) = self.ends.get(&end) else { return };
        if self.accepting.get(&(id, cseq.number)).is_none_or(|accepting| accepting.dialog != dialog) {
            return;
        }
        self.stop_accepting(id, cseq.number);
        let Some(Call::Up(up)) = self.calls.get_mut(&id) else { return };
        // An ACK to any 2xx shows that the peer has the dialog.
        if core::mem::take(&mut up.unconfirmed) {
            self.tell(Event::Confirmed(id));
        }
        self.learn(id, ack);
        self.acknowledged(id, ack);
    }

    fn acknowledged(&mut self, id: CallId, ack: &Message<'_>) {
        let Some(Call::Up(up)) = self.calls.get_mut(&id) else { return };
        if up.hang_up {
            return self.bye(id, Ending::HungUp(Side::Us), Cause::User);
        }
        let is_ours_open = up.audio.exchange() == Turn::Offered && up.change == Change::None;
        if is_ours_open {
            match up.audio.accept_answer(sdp_of(ack).unwrap_or_default()).map(|a| a.cloned()) {
                Ok(agreed) => self.tell(Event::Media { call: id, agreed: agreed.map(Box::new) }),
                Err(fault) => return self.bye(id, Ending::BadAnswer(fault), Cause::NoCommonMedia),
            }
        }
        self.change(id);
    }

    /// The peer hung up a call that stands.
    pub(super) fn hear_bye(&mut self, id: CallId) {
        self.end(id, Ending::HungUp(Side::Peer), Cause::Done, None);
    }

    /// Whether the call stands with its dialog, for a request of the peer.
    pub(super) fn up(&mut self, id: CallId) -> Option<&mut Up> {
        match self.calls.get_mut(&id) {
            Some(Call::Up(up)) => Some(up),
            _ => None,
        }
    }
}
