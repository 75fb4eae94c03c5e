//! What the records of a call say at a glance, while they come: who calls whom, how far it is, how it ended.

use crate::phone::printable;
use ringback_roles::diagnosis::{Passage, Record, What, opens};
use ringback_sip::dialog::SessionExpires;
use ringback_sip::journal::Fact;
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};

/// A call, registration or other exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sketch {
    pub(crate) begin: Instant,
    /// When the last message came or went.
    pub(crate) last: Instant,
    /// The method that opened it.
    pub(crate) method: Option<Method>,
    pub(crate) from: Box<str>,
    pub(crate) to: Box<str>,
    /// When the caller heard the first sign of life of the other side.
    pub(crate) rang: Option<Instant>,
    /// The final code.
    pub(crate) status: Option<u16>,
    /// The word for its cause.
    pub(crate) cause: Option<&'static str>,
    /// When the final code went to the caller.
    pub(crate) end: Option<Instant>,
    /// When the call was answered.
    pub(crate) answered: Option<Instant>,
    /// The session interval that both sides agreed on.
    pub(crate) session: Option<Duration>,
    /// When somebody hung up.
    pub(crate) over: Option<Instant>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Trying,
    Ringing,
    Talking,
    Ended,
}

impl Sketch {
    /// The sketch of these records, in the order of time; `None` when nothing was asked and nothing answered.
    pub(crate) fn of(records: &[Record]) -> Option<Self> {
        let mut records = records.iter();
        let mut sketch = records.find_map(Sketch::begin)?;
        records.for_each(|record| sketch.note(record));
        Some(sketch)
    }

    /// The sketch that begins with this record: a request that opens something, or an answer to one.
    pub(crate) fn begin(record: &Record) -> Option<Self> {
        let mut sketch = Sketch { begin: record.at, last: record.at, ..Sketch::default() };
        match &record.what {
            What::Message(passage) => {
                let message = passage.opening()?;
                sketch.method = Some(message.method()?);
                let uri = |uri: &[u8]| printable(&uri[..uri.len().min(URI_BYTES_MAX)]).into_boxed_str();
                sketch.from = message.from().map(|from| uri(from.uri)).unwrap_or_default();
                sketch.to = message.to().map(|to| uri(to.uri)).unwrap_or_default();
            }
            What::Fact(Fact::Answered { method, .. } | Fact::Passed { method, .. }) => {
                sketch.method = Some((*method).filter(|method| opens(*method))?);
                sketch.note(record);
            }
            _ => return None,
        }
        Some(sketch)
    }

    /// Takes the next record of the same Call-ID.
    pub(crate) fn note(&mut self, record: &Record) {
        self.last = self.last.max(record.at);
        match &record.what {
            What::Message(passage) if passage.sent => self.note_sent(record.at, passage),
            What::Message(passage) => self.note_received(record.at, passage),
            What::Fact(Fact::Answered { method, status, cause, .. }) if *method == self.method => {
                self.note_status(record.at, *status);
                self.cause = status.is_final().then(|| cause.id());
            }
            What::Fact(Fact::Passed { method, status, .. }) if *method == self.method => {
                self.note_status(record.at, *status);
                self.cause = status.is_final().then_some("passed");
            }
            _ => {}
        }
    }

    fn note_sent(&mut self, at: Instant, passage: &Passage) {
        let Ok(message) = Message::parse(&passage.bytes) else { return };
        match message.status() {
            Some(status) if status.is_success() && self.answered.is_some() => self.agree(&message),
            Some(status) if message.cseq().is_ok_and(|cseq| cseq.method == self.method) => {
                self.note_status(at, status);
                self.agree(&message);
            }
            Some(_) => {}
            None if message.method() == Some(Method::Bye) => self.hang_up(at),
            None => {}
        }
    }

    /// Takes what an answer says of the length of the session.
    fn agree(&mut self, answer: &Message<'_>) {
        let said = SessionExpires::of(answer).map(|said| said.interval);
        self.session = said.or(self.session);
    }

    fn note_received(&mut self, at: Instant, passage: &Passage) {
        let Ok(message) = Message::parse(&passage.bytes) else { return };
        if message.method() == Some(Method::Bye) {
            self.hang_up(at);
        } else if message.method() == self.method && passage.opening().is_some() && self.answered.is_none() {
            // Asked again: with a password, or at the next address.
            (self.status, self.cause, self.end) = (None, None, None);
        }
    }

    fn note_status(&mut self, at: Instant, status: StatusCode) {
        if status.number() > 100 && !status.is_challenge() {
            self.rang.get_or_insert(at);
        }
        if status.is_final() && self.answered.is_none() {
            self.status = Some(status.number());
            self.end.get_or_insert(at);
            self.answered = (status.is_success() && self.is_call()).then_some(at);
        }
    }

    fn hang_up(&mut self, at: Instant) {
        if self.is_call() && self.answered.is_some() {
            self.over.get_or_insert(at);
        }
    }

    /// Whether it is what people mean by a call.
    pub(crate) fn is_call(&self) -> bool {
        self.method == Some(Method::Invite)
    }

    /// How far it is. What nobody heard of for very long has ended, whatever became of it.
    pub(crate) fn stage(&self, now: Instant) -> Stage {
        let (age, silent) = (now.since(self.begin), now.since(self.last));
        match (self.end, self.answered) {
            (None, _) if age > RINGING_TIME_MAX => Stage::Ended,
            (None, _) if self.rang.is_some() => Stage::Ringing,
            (None, _) => Stage::Trying,
            (Some(_), Some(_)) if self.over.is_none() && silent < self.silence_max() => Stage::Talking,
            _ => Stage::Ended,
        }
    }

    /// How long nothing may be heard of it while people talk: until the session ends that they agreed on (RFC 4028 §10).
    fn silence_max(&self) -> Duration {
        self.session.unwrap_or(SILENCE_MAX)
    }

    /// Whether it was answered, and has ended without anybody having hung up.
    pub(crate) fn is_lost(&self, now: Instant) -> bool {
        self.answered.is_some() && self.over.is_none() && self.stage(now) == Stage::Ended
    }

    /// How long people talked, or talk so far.
    pub(crate) fn talked(&self, now: Instant) -> Option<Duration> {
        let answered = self.answered?;
        match self.stage(now) {
            Stage::Talking => Some(now.since(answered)),
            _ => self.over.map(|over| over.since(answered)),
        }
    }
}

/// The longest part of a URI that is kept.
const URI_BYTES_MAX: usize = 200;
/// From then on a call without a final code is over: longer than Timer C, twice.
const RINGING_TIME_MAX: Duration = Duration::from_secs(600);
/// After such a silence a call is over, though nobody was seen hanging up and no session timer was agreed on.
const SILENCE_MAX: Duration = Duration::from_secs(4 * 3600);

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::flow::{Flow, Transport};

    fn at(secs: u64) -> Instant {
        Instant::from_unix_secs(1_000_000 + secs)
    }

    fn message(secs: u64, sent: bool, start: &str, to_tag: &str, cseq: &str) -> Record {
        let flow = Flow {
            transport: Transport::Udp,
            local: "127.0.0.1:5060".parse().unwrap(),
            remote: "127.0.0.1:7001".parse().unwrap(),
            connection: None,
            peer: None,
        };
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@x.test>;tag=1\r\n\
             To: <sip:b@x.test>{to_tag}\r\nCall-ID: c\r\nCSeq: {cseq}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        let bytes = text.into_bytes().into();
        Record { at: at(secs), call_id: (*b"c").into(), what: What::Message(Passage { flow, sent, bytes }) }
    }

    #[test]
    fn a_call_rings_talks_and_is_over() {
        let invite = message(0, false, "INVITE sip:b@x.test SIP/2.0", "", "1 INVITE");
        let mut sketch = Sketch::begin(&invite).unwrap();
        assert_eq!((&*sketch.from, &*sketch.to), ("sip:a@x.test", "sip:b@x.test"));
        sketch.note(&message(0, true, "SIP/2.0 100 Trying", "", "1 INVITE"));
        assert_eq!(sketch.stage(at(1)), Stage::Trying);
        sketch.note(&message(2, true, "SIP/2.0 180 Ringing", ";tag=2", "1 INVITE"));
        assert_eq!((sketch.stage(at(3)), sketch.rang), (Stage::Ringing, Some(at(2))));
        sketch.note(&message(5, true, "SIP/2.0 200 OK", ";tag=2", "1 INVITE"));
        assert_eq!((sketch.stage(at(6)), sketch.status), (Stage::Talking, Some(200)));
        assert_eq!(sketch.talked(at(9)), Some(Duration::from_secs(4)));
        sketch.note(&message(15, false, "BYE sip:b@x.test SIP/2.0", ";tag=2", "2 BYE"));
        assert_eq!(
            (sketch.stage(at(16)), sketch.talked(at(99))),
            (Stage::Ended, Some(Duration::from_secs(10)))
        );
    }

    #[test]
    fn a_call_of_which_nothing_is_heard_for_long_is_lost_unless_it_is_refreshed() {
        let hour = 3600;
        let mut plain =
            Sketch::begin(&message(0, false, "INVITE sip:b@x.test SIP/2.0", "", "1 INVITE")).unwrap();
        plain.note(&message(1, true, "SIP/2.0 200 OK", ";tag=2", "1 INVITE"));
        let mut timed = plain.clone();
        assert_eq!((plain.stage(at(3 * hour)), plain.is_lost(at(3 * hour))), (Stage::Talking, false));
        plain.note(&message(3 * hour, false, "INVITE sip:b@x.test SIP/2.0", ";tag=2", "2 INVITE"));
        assert_eq!((plain.stage(at(6 * hour)), plain.is_lost(at(7 * hour + 1))), (Stage::Talking, true));
        assert_eq!(plain.talked(at(8 * hour)), None);

        let agreed = "SIP/2.0 200 OK\r\nSession-Expires: 1800;refresher=uac";
        timed.note(&message(2, true, agreed, ";tag=2", "2 INVITE"));
        assert_eq!((timed.stage(at(1801)), timed.stage(at(1802))), (Stage::Talking, Stage::Ended));
        timed.note(&message(1700, true, agreed, ";tag=2", "3 INVITE"));
        assert_eq!(timed.stage(at(3400)), Stage::Talking);
    }

    #[test]
    fn a_challenge_is_no_end_when_the_request_comes_again() {
        let mut sketch =
            Sketch::begin(&message(0, false, "INVITE sip:b@x.test SIP/2.0", "", "1 INVITE")).unwrap();
        sketch.note(&message(0, true, "SIP/2.0 407 Proxy Authentication Required", ";tag=2", "1 INVITE"));
        assert_eq!((sketch.stage(at(1)), sketch.rang), (Stage::Ended, None));
        sketch.note(&message(1, false, "INVITE sip:b@x.test SIP/2.0", "", "2 INVITE"));
        assert_eq!((sketch.stage(at(1)), sketch.status), (Stage::Trying, None));
        sketch.note(&message(2, true, "SIP/2.0 486 Busy Here", ";tag=2", "2 INVITE"));
        assert_eq!(
            (sketch.stage(at(3)), sketch.status, sketch.talked(at(3))),
            (Stage::Ended, Some(486), None)
        );
    }

    #[test]
    fn a_request_within_a_dialog_opens_nothing() {
        assert_eq!(Sketch::begin(&message(0, false, "BYE sip:b@x.test SIP/2.0", ";tag=2", "2 BYE")), None);
        assert_eq!(
            Sketch::begin(&message(0, false, "INVITE sip:b@x.test SIP/2.0", ";tag=2", "2 INVITE")),
            None
        );
        assert_eq!(Sketch::begin(&message(0, true, "SIP/2.0 200 OK", "", "2 INVITE")), None);
    }
}
