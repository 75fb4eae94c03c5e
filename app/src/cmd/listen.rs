//! `ringback listen`: takes or refuses calls.

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    Audio, DigitsBy, FeatureOptions, FlowOptions, News, Options, Phone, Reporter, Role, SessionOptions,
    SoundOptions, digits, duration, error_of_ending, error_of_outcome, exit_of_outcome, follow, printable,
    secs, signal, status_of_ending, status_of_outcome, with_phone, words_of_command_error, words_of_ending,
    words_of_lost_flow, words_of_outcome,
};
use crate::terminal::Terminal;
use ringback_io::media::{source::Source, stream};
use ringback_roles::agent::{CallId, Command, Ending, Event, Outcome, Registering, RequestId};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::{Agreed, Capabilities};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

/// Take calls with audio, or refuse them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Register this address, and take the calls to it: sip:bob@example.test
    #[arg(long, value_name = "URI")]
    register: Option<String>,
    /// Give up when the registrar has not taken us within this time
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, requires = "register")]
    timeout: Duration,
    /// Let it ring so long before the answer
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    answer_after: Duration,
    /// Send this before the answer or refusal (early media): a tone of so many Hz, or a WAV file, again and again
    #[arg(long, value_name = "HZ|FILE", requires = "answer_after")]
    early_media: Option<String>,
    /// Refuse with this code, 300 to 699, after ringing as --answer-after says
    #[arg(long, value_name = "CODE", value_parser = refusal)]
    code: Option<StatusCode>,
    /// Where callers shall go instead, with --code 302; the proxy through which they shall come, with --code 305
    #[arg(long, value_name = "URI", requires = "code", required_if_eq("code", "305"))]
    contact: Option<String>,
    /// My formats are those of all my devices: who offers none of them hears 606 instead of 488
    #[arg(long)]
    formats_everywhere: bool,
    /// End after so many calls
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Most calls at a time; one more hears 486
    #[arg(long, value_name = "N", default_value_t = 1)]
    calls_max: u16,
    /// Hang up after this time
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// Send these digits when a call stands
    #[arg(long, value_name = "DIGITS", value_parser = digits)]
    dtmf: Option<String>,
    #[command(flatten)]
    flows: FlowOptions,
    #[command(flatten)]
    features: FeatureOptions,
    #[command(flatten)]
    session: SessionOptions,
    #[command(flatten)]
    sound: SoundOptions,
    #[command(flatten)]
    options: Options,
}

fn refusal(text: &str) -> Result<StatusCode, &'static str> {
    let code = text.parse().ok().filter(|code| (300..700).contains(code)).and_then(StatusCode::new);
    code.ok_or("not a code from 300 to 699")
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let early = args.early_media.as_deref().map(signal).transpose();
    let (source, early) = match args.sound.source().and_then(|source| Ok((source, early?))) {
        Ok(sources) => sources,
        Err(error) => {
            terminal.chatter(&format!("ringback listen: {error}"));
            return Ok(Exit::USAGE);
        }
    };
    let codecs = args.sound.codecs();
    let role = Role::new(args.register.as_deref(), None);
    let role = Role {
        calls_max: args.calls_max.into(),
        codecs: &codecs,
        reliable: args.session.reliable(),
        formats_everywhere: args.formats_everywhere,
        flows: Some(&args.flows),
        session: args.session.session(),
        srtp: args.sound.srtp,
        preconditions: args.session.preconditions(),
        transfers: args.session.transfers(),
        features: args.features.params(),
        ..role
    };
    with_phone(&args.options, role, common, terminal, |phone, reporter| {
        phone.watch_signals()?;
        let name = args.register.clone().unwrap_or_else(|| format!("sip:{}", phone.address));
        let mut listening = Listening {
            args,
            phone,
            reporter,
            name,
            source,
            early,
            calls: BTreeMap::new(),
            told: 0,
            begun: 0,
            ended: 0,
            is_registered: false,
            patience: Instant::now() + args.timeout,
            leaving: None,
        };
        let exit = listening.run();
        if exit.is_err() {
            // Whoever read what we say is gone; the peers still have to hear that we are.
            listening.leave_silently();
        }
        exit
    })
}

struct Listening<'a> {
    args: &'a Args,
    phone: &'a Phone,
    reporter: &'a Reporter<'a>,
    /// Under which address we are called.
    name: String,
    source: Source,
    /// What sounds before the answer.
    early: Option<Source>,
    calls: BTreeMap<CallId, Line>,
    /// Calls that were told of.
    told: u64,
    /// Calls that were let in.
    begun: u64,
    ended: u64,
    is_registered: bool,
    /// When the first registration must stand.
    patience: Instant,
    /// When all farewells must be over.
    leaving: Option<Instant>,
}

/// A call that is under way.
struct Line {
    /// How it is told: from 0.
    number: u64,
    /// None, when it is refused without a sound.
    audio: Option<Audio>,
    stands: bool,
}

impl Listening<'_> {
    fn run(&mut self) -> io::Result<Exit> {
        if self.args.register.is_some() {
            self.phone.order(Command::Register(Registering::Keep));
        } else {
            self.tell_ready(json!({}))?;
        }
        while !self.phone.is_broken() {
            let is_over = |end| Instant::now() >= end || (!self.is_registered && self.calls.is_empty());
            if self.leaving.is_some_and(is_over) {
                return Ok(Exit::SUCCESS);
            }
            let waits = self.args.register.is_some() && !self.is_registered && self.leaving.is_none();
            if waits && Instant::now() >= self.patience {
                let text = format!("{}: no answer in time", self.name);
                self.reporter.result("timeout", &text, json!({ "address": self.name }))?;
                return Ok(Exit::TIMEOUT);
            }
            let until = self.leaving.or(waits.then_some(self.patience));
            match self.phone.next(until) {
                Some(News::Message(seen)) => self.reporter.message(&seen)?,
                Some(News::Event(Event::RegistrationFailed { outcome, retry, response })) => {
                    if let Some(exit) = self.registration_failed(outcome, retry, response.as_deref())? {
                        return Ok(exit);
                    }
                }
                Some(News::Event(Event::Registered { .. })) if self.leaving.is_some() => {
                    self.is_registered = false;
                }
                Some(News::Event(event)) => self.hear(event)?,
                Some(News::Audio(call, stream::Event::Digit(digit))) => {
                    self.tell_digit(call, digit.symbol)?;
                }
                Some(News::Audio(call, stream::Event::SourceEnded)) => self.source_ended(call),
                Some(News::Interrupted) => self.leave(),
                Some(News::Audio(..)) | None => {}
            }
        }
        Ok(Exit::FAILURE)
    }

    fn tell_digit(&self, call: u64, symbol: char) -> io::Result<()> {
        let symbol = symbol.to_string();
        let fields = json!({ "call": call, "digit": symbol });
        self.reporter.progress("digit", &format!("call {call}: digit {symbol}"), fields)
    }

    fn fail_digits(&self, call: u64, reason: &str) -> io::Result<()> {
        let text = format!("call {call}: the digits cannot be sent: {reason}");
        self.reporter.progress("digits_failed", &text, json!({ "call": call, "reason": reason }))
    }

    fn tell_ready(&self, mut fields: Value) -> io::Result<()> {
        fields["address"] = json!(self.name);
        fields["local"] = json!(self.phone.address.to_string());
        self.reporter.progress("listening", &format!("listening as {}", self.name), fields)
    }

    /// A refused registration ends the command; one that may succeed later is tried again as long as we are
    /// patient, and for ever once it stood.
    fn registration_failed(
        &mut self,
        outcome: Outcome,
        retry: Option<Duration>,
        response: Option<&[u8]>,
    ) -> io::Result<Option<Exit>> {
        if self.leaving.is_some() {
            // The registrar forgets us by itself when the binding expires.
            self.is_registered = false;
            return Ok(None);
        }
        let words = words_of_outcome(outcome);
        let status = status_of_outcome(outcome);
        let number = status.map(StatusCode::number);
        let fields = json!({
            "address": self.name, "status": number, "reason": words, "error": error_of_outcome(outcome),
            "retry_s": retry.map(secs),
        });
        let is_final = match retry {
            None => true,
            Some(wait) => !self.is_registered && Instant::now() + wait >= self.patience,
        };
        if is_final {
            let refusal = status.map(|status| (status, response));
            self.reporter.answer("failed", &format!("{}: {words}", self.name), fields, refusal)?;
            return Ok(Some(exit_of_outcome(outcome)));
        }
        let secs = retry.unwrap_or_default().as_secs();
        let text = format!("{}: {words}; trying again in {secs} s", self.name);
        self.reporter.progress("failed", &text, fields)?;
        Ok(None)
    }

    fn hear(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Registered { expires, .. } => {
                // Told once: refreshes are nobody's news.
                if std::mem::replace(&mut self.is_registered, true) {
                    return Ok(());
                }
                self.tell_ready(json!({ "expires_s": expires.as_secs() }))
            }
            Event::FlowLost { flow, outcome, retry } => {
                let (text, fields) = words_of_lost_flow(flow, outcome, retry);
                self.reporter.progress("flow_lost", &text, fields)
            }
            Event::Incoming { call, from, prepares, replaces, .. } => {
                let number = self.told(call);
                let replaces = replaces.and_then(|old| self.number(old));
                let text = format!("call {number} from {from}");
                let fields = json!({ "call": number, "from": from.to_string(), "replaces": replaces });
                self.reporter.progress("incoming", &text, fields)?;
                self.ring(call, number, prepares, replaces.is_some())
            }
            Event::Referred { call, target, replaces } => self.follow(call, target, replaces),
            Event::Established { call, agreed } => {
                self.stand(call);
                self.agree(call, agreed.as_deref())?;
                let Some(Line { number, audio: Some(audio), .. }) = self.calls.get(&call) else {
                    return Ok(());
                };
                let Some(digits) = self.args.dtmf.as_ref().filter(|_| call >= INCOMING_MIN) else {
                    return Ok(());
                };
                if self.args.session.digits_by == DigitsBy::Info {
                    let request = RequestId(*number);
                    self.phone.order(Command::Digits { request, call, digits: digits.clone() });
                    return Ok(());
                }
                let Err(error) = audio.send_digits(digits) else { return Ok(()) };
                self.fail_digits(*number, &words_of_command_error(error))
            }
            Event::Digit { call, digit } => match self.number(call) {
                Some(number) => self.tell_digit(number, digit),
                None => Ok(()),
            },
            // Only digits are asked of a peer here.
            Event::Answered { request, outcome, .. } if exit_of_outcome(outcome) != Exit::SUCCESS => {
                self.fail_digits(request.0, &words_of_outcome(outcome))
            }
            Event::Media { call, agreed } => self.agree(call, agreed.as_deref()),
            Event::Text { from, body } => {
                let body = printable(&body);
                let fields = json!({ "from": from.to_string(), "text": body });
                self.reporter.result("text", &format!("{from}: {body}"), fields)
            }
            Event::Ended { call, ending, lasted, .. } => self.end(call, &ending, lasted),
            _ => Ok(()),
        }
    }

    /// The call was answered: from now on it sounds as such.
    fn stand(&mut self, call: CallId) {
        let Some(line) = self.calls.get_mut(&call) else { return };
        line.stands = true;
        if let Some(audio) = line.audio.as_ref().filter(|_| self.early.is_some()) {
            audio.play(self.source.clone());
        }
    }

    /// Audio flows as was agreed from now on; before the answer only where something is to sound then.
    fn agree(&self, call: CallId, agreed: Option<&Agreed>) -> io::Result<()> {
        let Some(Line { number, audio, stands }) = self.calls.get(&call) else { return Ok(()) };
        if !stands && self.early.is_none() {
            return Ok(());
        }
        if let Some(audio) = audio {
            audio.agree(agreed);
        }
        let way = agreed.map_or("none", |agreed| agreed.direction.as_str());
        let codec = agreed.map(|agreed| agreed.codec.encoding());
        let suite = agreed.and_then(|agreed| agreed.keys).map(|keys| keys.send.suite().as_str());
        let fields =
            json!({ "call": number, "direction": way, "codec": codec, "srtp": suite, "early": !stands });
        let early = if *stands { "" } else { " before the answer" };
        let text = format!("call {number}: audio {way}, {}{early}", codec.unwrap_or("no codec"));
        self.reporter.progress("media", &text, fields)
    }

    /// A call with a recording lasts as long as the recording, unless it has a time of its own.
    fn source_ended(&self, number: u64) {
        let call = self.calls.iter().find(|(_, line)| line.number == number);
        if let Some((call, _)) =
            call.filter(|_| self.args.duration.is_none() && self.args.sound.has_recording())
        {
            self.phone.order(Command::Hangup(*call));
        }
    }

    fn number(&self, call: CallId) -> Option<u64> {
        self.calls.get(&call).map(|line| line.number)
    }

    /// Gives a new call its number.
    fn told(&mut self, call: CallId) -> u64 {
        let number = self.told;
        self.told += 1;
        self.calls.insert(call, Line { number, audio: None, stands: false });
        number
    }

    /// The audio of a new call, unless the machine has none.
    fn open(&mut self, call: CallId, number: u64) -> io::Result<Option<Capabilities>> {
        let recording = self.args.sound.recording(self.begun);
        let source = self.early.as_ref().unwrap_or(&self.source).clone();
        match Audio::start(self.phone, number, source, recording) {
            Ok(audio) => {
                self.begun += 1;
                let capabilities = audio.capabilities();
                self.calls.insert(call, Line { number, audio: Some(audio), stands: false });
                Ok(Some(capabilities))
            }
            Err(error) => {
                let text = format!("call {number}: no audio: {error}");
                let fields = json!({ "call": number, "reason": error.to_string() });
                self.reporter.progress("audio_failed", &text, fields)?;
                Ok(None)
            }
        }
    }

    /// The peer of `of` wants us to call somebody else.
    fn follow(&mut self, of: CallId, target: String, replaces: bool) -> io::Result<()> {
        let new = CallId(self.told);
        let by = self.number(of);
        let number = self.told(new);
        let text = format!("call {number}: sent to {target}");
        let fields = json!({ "call": number, "by": by, "target": target, "replaces": replaces });
        self.reporter.progress("referred", &text, fields)?;
        let Some(audio) = self.open(new, number)? else {
            self.calls.remove(&new);
            return Ok(());
        };
        follow(self.phone, (new, of), target, audio, PATIENCE);
        Ok(())
    }

    fn ring(&mut self, call: CallId, number: u64, prepares: bool, replaces: bool) -> io::Result<()> {
        // Who takes the place of a peer was rung for already (RFC 3891 §3).
        let after = if replaces { Duration::ZERO } else { self.args.answer_after };
        let sounds = self.early.is_some() && !after.is_zero();
        if !after.is_zero() && !sounds {
            self.phone.order(Command::Ring { call, audio: None });
        }
        if let Some(status) = self.args.code {
            if sounds && let Some(audio) = self.open(call, number)? {
                self.phone.order(Command::Ring { call, audio: Some(audio) });
            }
            let contact = self.args.contact.clone();
            self.phone.order(Command::Reject { call, after, status, contact });
            return Ok(());
        }
        let Some(audio) = self.open(call, number)? else {
            let (after, status) = (Duration::ZERO, StatusCode::SERVER_INTERNAL_ERROR);
            self.phone.order(Command::Reject { call, after, status, contact: None });
            return Ok(());
        };
        if prepares || sounds {
            self.phone.order(Command::Ring { call, audio: Some(audio.clone()) });
        }
        let duration = self.args.duration;
        self.phone.order(Command::Answer { call, after, audio, duration });
        Ok(())
    }

    fn end(&mut self, call: CallId, ending: &Ending, lasted: Option<Duration>) -> io::Result<()> {
        let Some(Line { number, audio, stands }) = self.calls.remove(&call) else { return Ok(()) };
        let heard = audio.map(Audio::stop).filter(|_| stands);
        let words = words_of_ending(ending);
        let mut text = format!("call {number}: {words}");
        if let (Some(lasted), Some(heard)) = (lasted, &heard) {
            text = format!("{text} after {:.1} s\n{}", lasted.as_secs_f64(), heard.text());
        }
        let fields = json!({
            "call": number, "reason": words, "error": error_of_ending(ending),
            "status": status_of_ending(ending).map(StatusCode::number), "lasted_s": lasted.map(secs),
            "audio": heard.map(|heard| heard.json()),
        });
        self.reporter.result("ended", &text, fields)?;
        self.ended += 1;
        if self.args.count.is_some_and(|count| self.ended >= count) {
            self.leave();
        }
        Ok(())
    }

    /// Hangs up, and lets the registrar forget us.
    fn leave(&mut self) {
        if self.leaving.is_some() {
            return;
        }
        self.leaving = Some(Instant::now() + FAREWELL);
        for call in self.calls.keys() {
            self.phone.order(Command::Hangup(*call));
        }
        if self.args.register.is_some() {
            // A registration that is on its way must not outlive us either.
            self.is_registered = true;
            self.phone.order(Command::Register(Registering::Remove));
        }
    }

    /// The same without a word to anybody but the peers.
    fn leave_silently(&mut self) {
        self.leave();
        let end = self.leaving.unwrap_or_else(Instant::now);
        while Instant::now() < end && (self.is_registered || !self.calls.is_empty()) {
            match self.phone.next(Some(end)) {
                Some(News::Event(Event::Ended { call, .. })) => drop(self.calls.remove(&call)),
                Some(News::Event(Event::Registered { .. } | Event::RegistrationFailed { .. })) => {
                    self.is_registered = false;
                }
                _ => {}
            }
        }
    }
}

/// The lowest number of a call that we did not make.
const INCOMING_MIN: CallId = CallId(CallId::INCOMING_MIN);
/// How long somebody may ring to whom a peer sends us.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the registrar may take to forget us, and the peers to hear that we hang up.
const FAREWELL: Duration = Duration::from_secs(2);
