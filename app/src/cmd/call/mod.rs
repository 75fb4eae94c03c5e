//! `ringback call TARGET`: a call with audio; `--transfer-to` sends the peer elsewhere.

mod args;
mod line;
mod moving;
mod ringing;
mod state;

pub(crate) use args::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    DigitsBy, News, Role, error_of_outcome, exit_of_outcome, sip_uri, with_phone, words_of_command_error,
    words_of_outcome,
};
use crate::terminal::Terminal;
use ringback_io::media::stream;
use ringback_roles::agent::{CallId, Command, Ending, Event, RequestId, Side, Transferring};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Agreed;
use serde_json::json;
use state::{CALL, Calling, Ended, GRACE, Moving, Step};
use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let source = match args.sound.source() {
        Ok(source) => source,
        Err(error) => {
            terminal.chatter(&format!("ringback call: {error}"));
            return Ok(Exit::USAGE);
        }
    };
    let codecs = args.sound.codecs();
    let role = Role::new(args.from.as_deref(), Some(&args.target));
    let role = Role {
        calls_max: if args.attended { 2 } else { 1 },
        follows: !args.no_follow,
        codecs: &codecs,
        reliable: args.session.reliable(),
        session: args.session.session(),
        srtp: args.sound.srtp,
        preconditions: args.session.preconditions(),
        transfers: args.session.transfers(),
        preferences: args.wishes.rows(),
        ..role
    };
    with_phone(&args.options, role, common, terminal, |phone, reporter| {
        phone.watch_signals()?;
        let target = sip_uri(&args.target).unwrap_or_else(|_| args.target.clone());
        let mut calling = Calling {
            args,
            phone,
            reporter,
            target,
            source,
            lines: BTreeMap::new(),
            parting: BTreeMap::new(),
            begun: 0,
            plan: Vec::new(),
            deadline: Some(Instant::now() + args.timeout + GRACE),
            moving: args.transfer_to.as_deref().map(Moving::new),
            ended: None,
            stood: false,
            interrupted: false,
            digits_failed: false,
        };
        calling.call(CALL, calling.target.clone(), args.duration)?;
        calling.run()
    })
}

impl Calling<'_> {
    fn run(mut self) -> io::Result<Exit> {
        let ended = match self.last() {
            Ok(ended) => ended,
            Err(error) => {
                // Whoever read what we say is gone; the peers still have to hear that we are.
                for &line in self.lines.keys() {
                    self.phone.order(Command::Hangup(line));
                    let is_it = |event: &Event| match event {
                        Event::Ended { call, ending, .. } => {
                            *call == line && *ending != Ending::HungUp(Side::Us)
                        }
                        Event::HungUp { call, .. } => *call == line,
                        _ => false,
                    };
                    self.phone.wait_for(GRACE, is_it);
                }
                return Err(error);
            }
        };
        match ended {
            Some(ended) => Ok(self.exit(&ended)),
            None if self.phone.is_broken() => Ok(Exit::FAILURE),
            None => {
                let text = format!("{}: no answer in time", self.target);
                self.reporter.result("timeout", &text, json!({ "target": self.target }))?;
                Ok(if self.interrupted && !self.stood { Exit::INTERRUPTED } else { Exit::TIMEOUT })
            }
        }
    }

    /// The end of the last call; `None`: the deadline has passed.
    fn last(&mut self) -> io::Result<Option<Ended>> {
        while !self.phone.is_broken() {
            let is_asked = self.moving.as_ref().is_some_and(Moving::is_asked);
            if self.lines.is_empty() && self.parting.is_empty() && (self.interrupted || !is_asked) {
                return Ok(self.ended.take());
            }
            let now = Instant::now();
            if let Some((_, step)) = self.plan.pop_if(|(moment, _)| *moment <= now) {
                self.take(step)?;
                continue;
            }
            let deadline = self.deadline.filter(|_| self.parting.is_empty());
            if deadline.is_some_and(|deadline| now >= deadline) {
                return Ok(None);
            }
            let until = [deadline, self.plan.last().map(|(moment, _)| *moment)];
            match self.phone.next(until.into_iter().flatten().min()) {
                Some(News::Message(seen)) => self.reporter.message(&seen)?,
                Some(News::Event(event)) => self.hear(event)?,
                Some(News::Audio(number, event)) => self.hear_audio(number, event)?,
                Some(News::Interrupted) => {
                    self.interrupted = true;
                    self.hang_up();
                }
                None => {}
            }
        }
        Ok(None)
    }

    fn later(&mut self, wait: Duration, step: Step) {
        self.plan.push((Instant::now() + wait, step));
        self.plan.sort_by_key(|(moment, _)| std::cmp::Reverse(*moment));
    }

    fn take(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Order(order) => self.phone.order(order),
            Step::Transfer => self.transfer()?,
            Step::GiveUp => self.hear_transfer(Transferring::Unknown)?,
            Step::HangUp => self.hang_up(),
            Step::Part(call) => self.part(call, None)?,
        }
        Ok(())
    }

    fn hang_up(&mut self) {
        self.plan.retain(|(_, step)| matches!(step, Step::Part(_)));
        self.deadline = Some(Instant::now() + GRACE);
        for call in self.lines.keys() {
            self.phone.order(Command::Hangup(*call));
        }
    }

    fn hear(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Progress { call, status, agreed } => {
                if let (Some(agreed), Some(line)) = (&agreed, self.lines.get(&call)) {
                    line.audio.agree(Some(agreed));
                }
                let text = self.about(call, &format!("{status} {}", status.phrase()));
                let early = agreed.is_some();
                let fields =
                    json!({ "call": self.number(call), "status": status.number(), "early_media": early });
                self.reporter.progress("progress", &text, fields)?;
                let line = self.lines.get_mut(&call).filter(|_| status == StatusCode::RINGING);
                let tone = line.and_then(|line| line.ringing.rings());
                self.tell_tone(call, tone)
            }
            Event::Redirected { call, target } => {
                let text = self.about(call, &format!("goes on to {target}"));
                let fields = json!({ "call": self.number(call), "target": target.to_string() });
                self.reporter.progress("redirected", &text, fields)
            }
            Event::Established { call, agreed } => self.stand(call, agreed.as_deref()),
            Event::Media { call, agreed } => {
                if let Some(line) = self.lines.get(&call) {
                    line.audio.agree(agreed.as_deref());
                }
                let way = agreed.map_or("none", |agreed| agreed.direction.as_str());
                let text = self.about(call, &format!("audio is now {way}"));
                let fields = json!({ "call": self.number(call), "direction": way });
                self.reporter.progress("media", &text, fields)
            }
            Event::Digit { call, digit } => self.tell_digit(self.number(call), digit),
            Event::Answered { request: DIGITS, outcome, .. } if exit_of_outcome(outcome) != Exit::SUCCESS => {
                self.fail_digits(&words_of_outcome(outcome))
            }
            Event::Unchanged { call, outcome } => {
                let words = words_of_outcome(outcome);
                let text = self.about(call, &format!("audio stays as it was: {words}"));
                let error = error_of_outcome(outcome);
                let fields = json!({ "call": self.number(call), "reason": words, "error": error });
                self.reporter.progress("unchanged", &text, fields)
            }
            Event::Incoming { call, from, replaces, .. } => self.ring(call, &from, replaces),
            Event::Referred { call, target, replaces } => self.follow(call, target, replaces),
            Event::Transfer { call: CALL, news } => self.hear_transfer(news),
            Event::Ended { call, ending, lasted, response } => {
                let response = response.map(|bytes| bytes.to_vec());
                self.end(call, Ended { ending, unheard: None, lasted, response })
            }
            Event::HungUp { call, outcome } => self.part(call, Some(outcome)),
            _ => Ok(()),
        }
    }

    /// A call stands: from the first one on the plan of the command line is followed.
    fn stand(&mut self, call: CallId, agreed: Option<&Agreed>) -> io::Result<()> {
        let Some(line) = self.lines.get_mut(&call) else { return Ok(()) };
        line.ringing.stands();
        line.audio.agree(agreed);
        self.sound(call);
        if !self.interrupted {
            self.deadline = None;
        }
        let codec = agreed.map_or("no audio", |agreed| agreed.codec.encoding());
        let remote = agreed.map(|agreed| agreed.remote.to_string());
        let suite = agreed.and_then(|agreed| agreed.keys).map(|keys| keys.send.suite().as_str());
        let fields = json!({ "call": self.number(call), "codec": codec, "remote": remote, "srtp": suite });
        let locked = suite.map_or_else(String::new, |suite| format!(", encrypted ({suite})"));
        let text = self.about(call, &format!("call stands, {codec}{locked}"));
        self.reporter.progress("established", &text, fields)?;
        if std::mem::replace(&mut self.stood, true) {
            return self.connect(call);
        }
        if let Some(hold) = self.args.hold {
            self.later(HOLD_AFTER, Step::Order(Command::Hold(call)));
            self.later(HOLD_AFTER + hold, Step::Order(Command::Resume(call)));
        }
        if self.moving.is_some() {
            self.later(self.args.transfer_after, Step::Transfer);
        }
        let Some(digits) = self.args.dtmf.clone() else { return Ok(()) };
        if self.args.session.digits_by == DigitsBy::Info {
            self.phone.order(Command::Digits { request: DIGITS, call, digits });
            return Ok(());
        }
        match self.lines.get(&call).map(|line| line.audio.send_digits(&digits)) {
            Some(Err(error)) => self.fail_digits(&words_of_command_error(error)),
            _ => Ok(()),
        }
    }

    fn fail_digits(&mut self, reason: &str) -> io::Result<()> {
        self.digits_failed = true;
        let text = format!("the digits cannot be sent: {reason}");
        self.reporter.progress("digits_failed", &text, json!({ "reason": reason }))
    }

    fn tell_digit(&self, call: Option<u64>, symbol: char) -> io::Result<()> {
        let symbol = symbol.to_string();
        let fields = json!({ "call": call, "digit": symbol });
        self.reporter.progress("digit", &format!("digit {symbol}"), fields)
    }

    /// Whether the call lasts as long as its recording.
    fn ends_with_recording(&self) -> bool {
        self.args.duration.is_none() && self.moving.is_none() && self.args.sound.has_recording()
    }

    /// Tells what the caller hears before the answer, when that is news.
    fn tell_tone(&self, call: CallId, tone: Option<&'static str>) -> io::Result<()> {
        let Some(tone) = tone else { return Ok(()) };
        let words =
            if tone == "local" { "it rings, a tone of ours" } else { "the peer is heard before the answer" };
        let fields = json!({ "call": self.number(call), "tone": tone });
        self.reporter.progress("ringback", &self.about(call, words), fields)
    }

    fn hear_audio(&mut self, number: u64, event: stream::Event) -> io::Result<()> {
        match event {
            stream::Event::FirstPacket(_) => {
                let line = self.lines.iter_mut().find(|(_, line)| line.number == number);
                let heard = line.map(|(call, line)| (*call, line.ringing.hears()));
                heard.map_or(Ok(()), |(call, tone)| self.tell_tone(call, tone))
            }
            stream::Event::Digit(digit) => self.tell_digit(Some(number), digit.symbol),
            stream::Event::SourceEnded if self.ends_with_recording() => {
                self.hang_up();
                Ok(())
            }
            stream::Event::Silence(time) => {
                let secs = time.as_secs();
                let text = format!("nothing heard for {secs} s");
                self.reporter.progress("silence", &text, json!({ "call": number, "seconds": secs }))
            }
            _ => Ok(()),
        }
    }
}

/// The digits of the command line, sent by INFO.
const DIGITS: RequestId = RequestId(1);
/// From the answer to the hold.
const HOLD_AFTER: Duration = Duration::from_millis(500);
