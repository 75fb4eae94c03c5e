//! Filing a message: into its call, its transaction, its dialog.

use super::book::{ANSWERS_MAX, CALLS_MAX, EVENTS_MAX, Facts, MESSAGES_PER_CALL_MAX, PEERS_MAX};
use super::call::{Call, CallKind};
use super::dialog::Dialog;
use super::message::{Message, SIGHTINGS_MAX, Seen, Sighting};
use super::transaction::Transaction;
use core::time::Duration;
use ringback_sip::registry::Method;
use ringback_sip::syntax::Message as Syntax;

impl Facts {
    /// Adds a message whose capturer gives it ends that can hardly be right.
    pub fn add_doubtful(&mut self, seen: &Seen<'_>) -> Option<u32> {
        let number = self.add_message(seen);
        self.loss.odd_ends += u64::from(number.is_some());
        if let Some(call) = call_id(seen.bytes).and_then(|id| self.calls.get_mut(id)) {
            call.has_odd_ends = true;
        }
        number
    }

    pub(super) fn file(&mut self, seen: &Seen<'_>) -> Option<u32> {
        let id = call_id(seen.bytes);
        self.note_watch(seen);
        let has_room = self.calls.len() < CALLS_MAX;
        let mut place = id.and_then(|id| self.calls.place(id));
        let mut call = place.and_then(|place| self.calls.at_mut(place));
        if let Some(known) = call.as_mut().and_then(|call| known(call, seen)) {
            let sighting = seen.capturer.filter(|by| known.seen_by(*by).is_none());
            let sighting = sighting.map(|by| Sighting { by, at: seen.at });
            known.sightings.extend(sighting.filter(|_| known.sightings.len() < SIGHTINGS_MAX));
            self.loss.copies += 1;
            return None;
        }
        let is_full = match &call {
            Some(call) => call.messages.len() >= MESSAGES_PER_CALL_MAX,
            None if id.is_some() => !has_room,
            None => self.strays.len() >= EVENTS_MAX,
        };
        if is_full {
            self.loss.messages += 1;
            call.iter_mut().for_each(|call| call.left_out += 1);
            return None;
        }
        let known = call.map(|call| call.id.clone());
        self.messages += 1;
        let (message, description) = Message::read(self.messages, seen);
        self.local.see(seen.src.ip(), seen.dst.ip());
        let Some(id) = id else {
            self.strays.push(message);
            return Some(self.messages);
        };
        self.bytes += message.weight();
        if message.status.is_some() {
            self.note_answer(&message);
        }
        let id = known.unwrap_or_else(|| id.into());
        if let Some(description) = &description {
            self.note_media(&id, description);
        }
        let place = *place.get_or_insert_with(|| self.calls.start(id));
        let Some(call) = self.calls.at_mut(place) else { return Some(self.messages) };
        call.file(message);
        // A set of what is rare: rules ask for it again and again.
        if call.kind == CallKind::Registration {
            self.registrations.insert(place);
        } else if !self.registrations.is_empty() {
            self.registrations.remove(&place);
        }
        Some(self.messages)
    }

    fn note_watch(&mut self, seen: &Seen<'_>) {
        let Some(by) = seen.capturer else { return };
        let key = (seen.src, seen.dst, by);
        if self.watched.len() < PEERS_MAX || self.watched.contains_key(&key) {
            let (first, last) = self.watched.entry(key).or_insert((seen.at, seen.at));
            (*first, *last) = ((*first).min(seen.at), (*last).max(seen.at));
        }
    }

    fn note_answer(&mut self, message: &Message) {
        if self.answers.len() >= PEERS_MAX && !self.answers.contains_key(&message.src) {
            return;
        }
        let answers = self.answers.entry(message.src).or_default();
        // One in a second is enough to know that the peer lived.
        if answers.back().is_some_and(|(at, _)| message.at.since(*at) < Duration::from_secs(1)) {
            return;
        }
        if answers.len() >= ANSWERS_MAX {
            answers.pop_front();
        }
        answers.push_back((message.at, message.no));
    }
}

impl Call {
    fn file(&mut self, message: Message) {
        let place = self.messages.len();
        let kind = match message.method {
            Some(Method::Invite) => CallKind::Call,
            Some(Method::Register) => CallKind::Registration,
            Some(Method::Subscribe) => CallKind::Subscription,
            _ => CallKind::Other,
        };
        if self.kind != CallKind::Call && kind != CallKind::Other {
            self.kind = kind;
        }
        self.file_in_transaction(place, &message);
        self.file_in_dialog(place, &message);
        self.messages.push(message);
    }

    fn file_in_transaction(&mut self, place: usize, message: &Message) {
        let is_response = message.status.is_some();
        let fits = |transaction: &Transaction| -> u8 {
            if !transaction.has_key(message) {
                return 0;
            }
            let (client, server) =
                if is_response { (message.dst, message.src) } else { (message.src, message.dst) };
            match (transaction.client == client, transaction.server == server) {
                (true, true) => 3,
                // A request between other addresses is another hop; a response may come from elsewhere.
                _ if !is_response => 0,
                (true, false) | (false, true) => 2,
                (false, false) => 1,
            }
        };
        let recent = self.transactions.iter_mut().rev().take(LOOKBACK);
        // The latest of the best.
        let mut best: Option<(u8, &mut Transaction)> = None;
        for transaction in recent {
            let fit = fits(transaction);
            if fit > best.as_ref().map_or(0, |(fit, _)| *fit) {
                best = Some((fit, transaction));
            }
        }
        let transaction = match best {
            Some((_, transaction)) => transaction,
            None => {
                let ends = if is_response { (message.dst, message.src) } else { (message.src, message.dst) };
                self.transactions.push(Transaction::new(message, ends.0, ends.1));
                let last = self.transactions.len() - 1;
                &mut self.transactions[last]
            }
        };
        let list = match message.status {
            Some(status) if status.is_provisional() => &mut transaction.provisionals,
            Some(_) => &mut transaction.finals,
            None if message.method == transaction.method => &mut transaction.copies,
            None => &mut transaction.acks,
        };
        list.push(place);
    }

    fn file_in_dialog(&mut self, place: usize, message: &Message) {
        if message.from_tag.is_empty() || message.to_tag.is_empty() {
            return;
        }
        let is_of = |dialog: &&mut Dialog| {
            (&dialog.caller_tag, &dialog.callee_tag) == (&message.from_tag, &message.to_tag)
                || (&dialog.callee_tag, &dialog.caller_tag) == (&message.from_tag, &message.to_tag)
        };
        let known = self.dialogs.iter_mut().rev().take(LOOKBACK).find(is_of);
        match (message.status, known) {
            (None, Some(dialog)) => dialog.requests.push(place),
            (Some(status), Some(dialog)) if status.is_success() => {
                let is_first =
                    message.method.is_some_and(Method::creates_dialog) && dialog.confirmed.is_none();
                if is_first && dialog.caller_tag == message.from_tag {
                    dialog.confirmed = Some(place);
                    dialog.learn(message);
                }
            }
            (Some(status), None)
                if !status.is_provisional() || status.number() > 100 && status.number() < 300 =>
            {
                let makes = message.method.is_some_and(Method::creates_dialog) && status.number() < 300;
                if makes {
                    self.dialogs.push(self.new_dialog(place, message));
                }
            }
            _ => {}
        }
    }

    fn new_dialog(&self, place: usize, message: &Message) -> Dialog {
        let asks = |request: &&Message| {
            request.is_request() && request.method == message.method && request.cseq == message.cseq
        };
        let request = self.messages.iter().rev().take(LOOKBACK).find(asks);
        let caller_target = request.and_then(Message::syntax).and_then(|syntax| contact(&syntax));
        let mut dialog = Dialog {
            caller_tag: message.from_tag.clone(),
            callee_tag: message.to_tag.clone(),
            began: place,
            confirmed: message.status.filter(|status| status.is_success()).map(|_| place),
            route_set: Vec::new(),
            caller_target,
            callee_target: None,
            requests: Vec::new(),
        };
        dialog.learn(message);
        dialog
    }
}

impl Dialog {
    /// Takes target and route set from a response.
    fn learn(&mut self, response: &Message) {
        let Some(syntax) = response.syntax() else { return };
        self.callee_target = contact(&syntax).or(self.callee_target.take());
        let mut routes: Vec<_> = syntax.record_routes().flatten().map(|route| text(route.uri)).collect();
        routes.reverse();
        self.route_set = routes;
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn contact(syntax: &Syntax<'_>) -> Option<String> {
    syntax.contacts().flatten().next().map(|contact| text(contact.uri))
}

/// The Call-ID, also of a message that the parser refuses.
fn call_id(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = &bytes[memchr::memchr(b'\n', bytes)? + 1..];
    while !matches!(rest, [] | [b'\n', ..] | [b'\r', b'\n', ..]) {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        // Other names begin with other letters.
        if matches!(line.trim_ascii_start(), [b'c' | b'C' | b'i' | b'I', ..])
            && let Some(colon) = memchr::memchr(b':', line)
        {
            let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
            let is_it = name.eq_ignore_ascii_case(b"call-id") || name.eq_ignore_ascii_case(b"i");
            if is_it && !value.is_empty() {
                return Some(value);
            }
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    None
}

/// The message of which this is a copy: the same bytes between the same ends within a moment, which a mirror port made on
/// another link or another capturer saw.
fn known<'a>(call: &'a mut Call, seen: &Seen<'_>) -> Option<&'a mut Message> {
    let recent = call.messages.iter_mut().rev().take_while(|message| seen.at.since(message.at) < COPY_WITHIN);
    recent.take(LOOKBACK).find(|message| {
        let is_elsewhere =
            message.link != seen.link || seen.capturer.is_some_and(|by| message.seen_by(by).is_none());
        is_elsewhere && message.src == seen.src && message.dst == seen.dst && *message.bytes == *seen.bytes
    })
}

/// Copies of a mirror port come closer together than any retransmission.
const COPY_WITHIN: Duration = Duration::from_millis(50);
/// How far back a message's transaction or dialog is looked for.
const LOOKBACK: usize = 64;
