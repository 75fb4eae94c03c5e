//! One agent of a script: its phone, its calls, and what it has heard.

use super::heard::{Asked, Heard};
use super::step::{AgentLine, Sound};
use crate::phone::{Audio, News, Phone, Reporter, printable, sip_uri, words_of_ending};
use ringback_io::media::source::Source;
use ringback_io::media::stream;
use ringback_io::media::tone::Tone;
use ringback_io::media::wav;
use ringback_roles::agent::{
    CallId, Command, Event, Outcome, Outgoing, PublicationId, Registering, SubscriptionId, Unsubscribed,
};
use ringback_roles::presence::Sight;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Capabilities;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

/// An agent at work.
pub(crate) struct Player {
    pub(super) name: String,
    pub(super) address: String,
    pub(crate) phone: Phone,
    pub(super) heard: VecDeque<Heard>,
    pub(super) is_interrupted: bool,
    lines: Vec<Line>,
    /// The call that the script began or expected last.
    current: Option<CallId>,
    /// Requests and calls of ours so far; the next one takes this number.
    begun: u64,
    /// What calls send from their start.
    source: Source,
    /// Where the next call is recorded.
    recording: Option<PathBuf>,
    is_registered: bool,
    is_published: bool,
    /// Whom it watches, if somebody.
    watch: Option<SubscriptionId>,
}

/// A call.
struct Line {
    call: CallId,
    name: Option<String>,
    /// Names its audio.
    number: u64,
    audio: Option<Audio>,
    /// What sounds when it stands: early media of the peer must not start it.
    source: Source,
    is_ours: bool,
    stands: bool,
    is_over: bool,
    /// Digits that came and nobody expected yet.
    digits: String,
}

impl Player {
    /// The agent of a line; its calls send `source`, and the first one is recorded.
    pub(crate) fn new(agent: &AgentLine, phone: Phone, source: Source, recording: Option<PathBuf>) -> Player {
        Player {
            name: agent.name.clone(),
            address: agent.address.clone(),
            phone,
            heard: VecDeque::new(),
            is_interrupted: false,
            lines: Vec::new(),
            current: None,
            begun: 0,
            source,
            recording,
            is_registered: false,
            is_published: false,
            watch: None,
        }
    }

    /// Takes in the next news, if some comes until then.
    pub(super) fn listen(&mut self, until: Instant, reporter: &Reporter<'_>) -> io::Result<bool> {
        match self.phone.next(Some(until)) {
            Some(News::Message(seen)) => reporter.message(&seen)?,
            Some(News::Event(event)) => self.hear(event),
            Some(News::Audio(number, stream::Event::Digit(digit))) => {
                let line = self.lines.iter_mut().find(|line| line.number == number);
                line.into_iter().for_each(|line| line.digits.push(digit.symbol));
            }
            Some(News::Audio(number, stream::Event::DigitsSent)) => {
                let line = self.lines.iter().find(|line| line.number == number);
                self.heard.extend(line.map(|line| Heard::DigitsSent { call: line.call }));
            }
            Some(News::Audio(..)) => {}
            Some(News::Interrupted) => self.is_interrupted = true,
            None => return Ok(false),
        }
        Ok(true)
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Incoming { call, from, .. } => {
                let number = self.number();
                self.lines.push(Line::new(call, number, false));
                self.heard.push_back(Heard::Call { call, from: from.to_string() });
            }
            Event::Progress { call, status, agreed } => {
                if let (Some(agreed), Some(audio)) = (&agreed, self.audio(call)) {
                    audio.agree(Some(agreed));
                }
                self.heard.push_back(Heard::Status { call, status });
            }
            Event::Established { call, agreed } => {
                let Some(line) = self.line_mut(call) else { return };
                line.stands = true;
                if let Some(audio) = &line.audio {
                    audio.agree(agreed.as_deref());
                    audio.play(line.source.clone());
                }
                if line.is_ours {
                    self.heard.push_back(Heard::Status { call, status: StatusCode::OK });
                }
                self.heard.push_back(Heard::Established { call });
            }
            Event::Media { call, agreed } => {
                if let Some(audio) = self.audio(call) {
                    audio.agree(agreed.as_deref());
                }
                let way = agreed.map(|agreed| agreed.direction);
                self.heard.extend(way.map(|way| Heard::Way { call, way }));
            }
            Event::Digit { call, digit } => {
                self.line_mut(call).into_iter().for_each(|line| line.digits.push(digit));
            }
            Event::Unchanged { call, outcome } => self.heard.push_back(Heard::Unchanged { call, outcome }),
            Event::Referred { call, target, .. } => {
                self.heard.push_back(Heard::Refer { call, target: target.to_string() });
            }
            Event::Transfer { call, news } => self.heard.push_back(Heard::Transfer { call, news }),
            Event::Ended { call, ending, .. } => {
                let Some(line) = self.line_mut(call) else { return };
                line.is_over = true;
                let report = line.audio.take().map(Audio::stop);
                let words = words_of_ending(&ending);
                let audio = report.map_or(Value::Null, |report| report.json());
                self.heard.push_back(Heard::Ended { call, ending, words, audio });
            }
            other => self.hear_outside(other),
        }
    }

    /// News that are about no call.
    fn hear_outside(&mut self, event: Event) {
        let done = Outcome::Status(StatusCode::OK);
        let (asked, outcome) = match event {
            Event::Registered { expires, .. } => {
                self.is_registered = !expires.is_zero();
                (Asked::Register, done)
            }
            Event::RegistrationFailed { outcome, .. } => (Asked::Register, outcome),
            Event::Answered { outcome, .. } => (Asked::Message, outcome),
            Event::Published { expires, .. } => {
                self.is_published = !expires.is_zero();
                (Asked::Publish, done)
            }
            Event::PublicationFailed { outcome, .. } => (Asked::Publish, outcome),
            Event::Subscribed { .. } => (Asked::Watch, done),
            Event::Unsubscribed { end: Unsubscribed::Failed(outcome), .. } => {
                self.watch = None;
                (Asked::Watch, outcome)
            }
            Event::Unsubscribed { .. } => (Asked::Unwatch, done),
            Event::Text { from, body } => {
                let text = printable(&body);
                return self.heard.push_back(Heard::Message { from: from.to_string(), text });
            }
            Event::Notified { notification, .. } => {
                let is_presence = notification.kind.to_string().eq_ignore_ascii_case(Sight::MEDIA_TYPE);
                let sight = is_presence.then(|| Sight::read(&notification.body)).flatten();
                return self.heard.push_back(Heard::Notify {
                    standing: notification.standing,
                    open: sight.and_then(|sight| sight.is_open),
                    body: String::from_utf8_lossy(&notification.body).into_owned(),
                });
            }
            _ => return,
        };
        self.heard.push_back(Heard::Answer { asked, outcome });
    }

    pub(super) fn number(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }

    /// The call of this name; without one, that which the script began or expected last.
    pub(super) fn meant(&self, name: Option<&str>) -> Option<CallId> {
        let fits = |line: &&Line| line.name.as_deref() == name;
        if name.is_some() { self.lines.iter().rev().find(fits).map(|line| line.call) } else { self.current }
    }

    /// The same for steps that need a call which is not over.
    pub(super) fn call(&self, name: Option<&str>) -> Option<CallId> {
        let meant = self.meant(name);
        let lives = |line: &&Line| !line.is_over && (name.is_none() || Some(line.call) == meant);
        let first = self.lines.iter().find(|line| Some(line.call) == meant).filter(lives);
        first.or_else(|| self.lines.iter().rev().find(lives)).map(|line| line.call)
    }

    /// The script knows the call from now on.
    pub(super) fn begin(&mut self, call: CallId, name: Option<&str>) {
        self.current = Some(call);
        self.line_mut(call).into_iter().for_each(|line| line.name = name.map(str::to_owned));
    }

    /// Whether the call is one that rings here.
    pub(super) fn is_incoming(&self, call: CallId) -> bool {
        self.lines.iter().any(|line| line.call == call && !line.is_ours && !line.is_over)
    }

    /// Calls somebody.
    pub(super) fn begin_call(
        &mut self,
        target: String,
        referral: Option<CallId>,
        name: Option<&str>,
    ) -> io::Result<CallId> {
        let number = self.number();
        let call = CallId(number);
        self.lines.push(Line::new(call, number, true));
        self.begin(call, name);
        let audio = self.sound(call)?;
        let outgoing =
            Outgoing { target, audio, late_offer: false, patience: None, duration: None, referral };
        self.phone.order(Command::Call { call, outgoing: Box::new(outgoing) });
        Ok(call)
    }

    /// Where the audio of a call is received; opens it when that was not done yet.
    pub(super) fn sound(&mut self, call: CallId) -> io::Result<Capabilities> {
        let Some(place) = self.lines.iter().position(|line| line.call == call) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if let Some(audio) = &self.lines[place].audio {
            return Ok(audio.capabilities());
        }
        let number = self.lines[place].number;
        let audio = Audio::start(&self.phone, number, Source::Silence, self.recording.take())?;
        let capabilities = audio.capabilities();
        self.lines[place].audio = Some(audio);
        self.lines[place].source = self.source.clone();
        Ok(capabilities)
    }

    pub(super) fn audio(&self, call: CallId) -> Option<&Audio> {
        self.lines.iter().find(|line| line.call == call)?.audio.as_ref()
    }

    fn line_mut(&mut self, call: CallId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.call == call)
    }

    /// Sends another sound from now on: in the call, if there is one, and in those that begin later.
    pub(super) fn play(&mut self, sound: &Sound, call: Option<CallId>) -> io::Result<()> {
        let source = match sound {
            Sound::Silence => Source::Silence,
            Sound::Tone { hertz } => Source::Tone(Tone::sine(f64::from(*hertz))),
            Sound::File(path) => {
                let error =
                    |why| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()));
                Source::Samples { samples: wav::read(path).map_err(error)?, repeat: false }
            }
        };
        self.source = source.clone();
        if let Some(line) = call.and_then(|call| self.line_mut(call)) {
            line.source = source.clone();
            line.audio.iter().filter(|_| line.stands).for_each(|audio| audio.play(source.clone()));
        }
        Ok(())
    }

    /// Records the next call.
    pub(super) fn record(&mut self, path: PathBuf) {
        self.recording = Some(path);
    }

    /// Takes the digits from the front of those that came.
    pub(super) fn take_digits(&mut self, call: Option<CallId>, wanted: &str) -> bool {
        let lines = self.lines.iter_mut().filter(|line| call.is_none_or(|call| line.call == call));
        for line in lines {
            if let Some(rest) = line.digits.strip_prefix(wanted) {
                line.digits = rest.to_owned();
                return true;
            }
        }
        false
    }

    /// The digits that came and were not expected.
    pub(super) fn digits(&self) -> String {
        self.lines.iter().map(|line| line.digits.as_str()).collect()
    }

    pub(super) fn watch(&mut self) -> SubscriptionId {
        let id = SubscriptionId(self.number());
        self.watch = Some(id);
        id
    }

    pub(super) fn watched(&self) -> Option<SubscriptionId> {
        self.watch
    }

    /// Begins to leave nothing behind.
    pub(super) fn leave(&self) {
        for line in self.lines.iter().filter(|line| !line.is_over) {
            self.phone.order(Command::Hangup(line.call));
        }
        if let Some(watch) = self.watch {
            self.phone.order(Command::Unsubscribe(watch));
        }
        if self.is_published {
            self.phone.order(Command::Unpublish(OURS));
        }
        if self.is_registered {
            self.phone.order(Command::Register(Registering::Remove));
        }
    }

    /// Whether nothing is left behind.
    pub(super) fn has_left(&self) -> bool {
        !self.is_registered && !self.is_published && self.lines.iter().all(|line| line.is_over)
    }

    /// Our address as a SIP URI.
    pub(super) fn uri(&self) -> String {
        sip_uri(&self.address).unwrap_or_else(|_| self.address.clone())
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({ "agent": self.name, "address": self.address, "local": self.phone.address.to_string() })
    }
}

impl Line {
    fn new(call: CallId, number: u64, is_ours: bool) -> Line {
        let source = Source::Silence;
        Line {
            call,
            name: None,
            number,
            audio: None,
            source,
            is_ours,
            stands: false,
            is_over: false,
            digits: String::new(),
        }
    }
}

/// The one publication of an agent.
pub(super) const OURS: PublicationId = PublicationId(0);
