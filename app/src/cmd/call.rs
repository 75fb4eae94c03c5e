//! `ringback call TARGET`: a call with audio.

use crate::cli::Common;
use crate::exit::Exit;
use crate::phone::{
    Audio, DigitsBy, News, Options, Phone, Reporter, Role, SessionOptions, SoundOptions, digits, duration,
    exit_of_ending, exit_of_outcome, sip_uri, status_of_ending, with_phone, words_of_command_error,
    words_of_ending, words_of_outcome,
};
use crate::terminal::Terminal;
use ringback_io::media::source::Source;
use ringback_io::media::stream;
use ringback_roles::agent::{CallId, Command, Ending, Event, Outgoing, RequestId, Side};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Agreed;
use serde_json::json;
use std::io;
use std::time::{Duration, Instant};

/// Make a call with audio
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whom to call: sip:bob@example.test
    target: String,
    /// Call in the name of this address
    #[arg(long, value_name = "URI")]
    from: Option<String>,
    /// Hang up after this time [default: at the end of --wav-in, else at Ctrl-C or when the peer does]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// Give up when nobody answers within this time
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = duration)]
    timeout: Duration,
    /// Send these digits once the call stands
    #[arg(long, value_name = "DIGITS", value_parser = digits)]
    dtmf: Option<String>,
    /// Put the peer on hold for this time, half a second into the call
    #[arg(long, value_name = "TIME", value_parser = duration)]
    hold: Option<Duration>,
    /// Let the peer make the offer of audio
    #[arg(long)]
    late_offer: bool,
    /// Do not go on to where a 3xx sends us; its exit code is 3x
    #[arg(long)]
    no_follow: bool,
    #[command(flatten)]
    session: SessionOptions,
    #[command(flatten)]
    sound: SoundOptions,
    #[command(flatten)]
    options: Options,
}

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
        follows: !args.no_follow,
        codecs: &codecs,
        reliable: args.session.reliable(),
        session: args.session.session(),
        srtp: args.sound.srtp,
        preconditions: args.session.preconditions(),
        ..role
    };
    with_phone(&args.options, role, common, terminal, |phone, reporter| {
        phone.watch_signals()?;
        let audio = Audio::start(phone, 0, Source::Silence, args.sound.recording(0))?;
        let target = sip_uri(&args.target).unwrap_or_else(|_| args.target.clone());
        let outgoing = Outgoing {
            target: target.clone(),
            audio: audio.capabilities(),
            late_offer: args.late_offer,
            patience: Some(args.timeout),
            duration: args.duration,
            referral: None,
        };
        phone.order(Command::Call { call: CALL, outgoing: Box::new(outgoing) });
        let deadline = Some(Instant::now() + args.timeout + GRACE);
        let calling = Calling {
            args,
            phone,
            reporter,
            target,
            audio,
            source: Some(source),
            plan: Vec::new(),
            deadline,
            stands: false,
            interrupted: false,
            digits_failed: false,
        };
        calling.run()
    })
}

struct Calling<'a> {
    args: &'a Args,
    phone: &'a Phone,
    reporter: &'a Reporter<'a>,
    target: String,
    audio: Audio,
    /// What sounds when the call stands: early media of the peer must not start it.
    source: Option<Source>,
    /// Orders for later, the next one last.
    plan: Vec<(Instant, Command)>,
    /// When it must stand, or be over.
    deadline: Option<Instant>,
    stands: bool,
    /// Whether the user wants an end.
    interrupted: bool,
    /// Whether the digits asked for could not be sent.
    digits_failed: bool,
}

impl Calling<'_> {
    fn run(mut self) -> io::Result<Exit> {
        let ended = match self.last() {
            Ok(ended) => ended,
            Err(error) => {
                // Whoever read what we say is gone; the peer still has to hear that we are.
                self.phone.order(Command::Hangup(CALL));
                self.phone.wait_for(GRACE, |event| matches!(event, Event::Ended { .. }));
                return Err(error);
            }
        };
        match ended {
            Some(ended) => self.finish(&ended),
            None if self.phone.is_broken() => Ok(Exit::FAILURE),
            None => {
                let text = format!("{}: no answer in time", self.target);
                self.reporter.result("timeout", &text, json!({ "target": self.target }))?;
                Ok(if self.interrupted && !self.stands { Exit::INTERRUPTED } else { Exit::TIMEOUT })
            }
        }
    }

    /// The end of the call; `None`: its deadline has passed.
    fn last(&mut self) -> io::Result<Option<Ended>> {
        while !self.phone.is_broken() {
            let now = Instant::now();
            while let Some((_, order)) = self.plan.pop_if(|(moment, _)| *moment <= now) {
                self.phone.order(order);
            }
            if self.deadline.is_some_and(|deadline| now >= deadline) {
                return Ok(None);
            }
            let until = [self.deadline, self.plan.last().map(|(moment, _)| *moment)];
            match self.phone.next(until.into_iter().flatten().min()) {
                Some(News::Message(seen)) => self.reporter.message(&seen)?,
                Some(News::Event(Event::Ended { ending, lasted, response, .. })) => {
                    return Ok(Some(Ended {
                        ending,
                        lasted,
                        response: response.map(|bytes| bytes.to_vec()),
                    }));
                }
                Some(News::Event(event)) => self.hear(event)?,
                Some(News::Audio(_, event)) => self.hear_audio(event)?,
                Some(News::Interrupted) => {
                    self.interrupted = true;
                    self.hang_up();
                }
                None => {}
            }
        }
        Ok(None)
    }

    fn hang_up(&mut self) {
        self.plan.clear();
        self.deadline = Some(Instant::now() + GRACE);
        self.phone.order(Command::Hangup(CALL));
    }

    fn hear(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Progress { status, agreed, .. } => {
                if let Some(agreed) = &agreed {
                    self.audio.agree(Some(agreed));
                }
                let text = format!("{status} {}", status.phrase());
                let fields = json!({ "status": status.number(), "early_media": agreed.is_some() });
                self.reporter.progress("progress", &text, fields)
            }
            Event::Redirected { target, .. } => {
                let text = format!("goes on to {target}");
                self.reporter.progress("redirected", &text, json!({ "target": target.to_string() }))
            }
            Event::Established { agreed, .. } => self.stand(agreed.as_deref()),
            Event::Media { agreed, .. } => {
                self.audio.agree(agreed.as_deref());
                let way = agreed.map_or("none", |agreed| agreed.direction.as_str());
                self.reporter.progress("media", &format!("audio is now {way}"), json!({ "direction": way }))
            }
            Event::Digit { digit, .. } => self.tell_digit(digit),
            Event::Answered { request: DIGITS, outcome, .. } if exit_of_outcome(outcome) != Exit::SUCCESS => {
                self.fail_digits(&words_of_outcome(outcome))
            }
            Event::Unchanged { outcome, .. } => {
                let words = words_of_outcome(outcome);
                let text = format!("audio stays as it was: {words}");
                self.reporter.progress("unchanged", &text, json!({ "reason": words }))
            }
            _ => Ok(()),
        }
    }

    /// The call stands: from here on the plan of the command line is followed.
    fn stand(&mut self, agreed: Option<&Agreed>) -> io::Result<()> {
        self.audio.agree(agreed);
        if let Some(source) = self.source.take() {
            self.audio.play(source);
        }
        self.stands = true;
        if !self.interrupted {
            self.deadline = None;
        }
        let codec = agreed.map_or("no audio", |agreed| agreed.codec.encoding());
        let remote = agreed.map(|agreed| agreed.remote.to_string());
        let suite = agreed.and_then(|agreed| agreed.keys).map(|keys| keys.send.suite().as_str());
        let fields = json!({ "codec": codec, "remote": remote, "srtp": suite });
        let locked = suite.map_or_else(String::new, |suite| format!(", encrypted ({suite})"));
        self.reporter.progress("established", &format!("call stands, {codec}{locked}"), fields)?;
        if let Some(hold) = self.args.hold {
            let start = Instant::now() + HOLD_AFTER;
            self.plan = vec![(start + hold, Command::Resume(CALL)), (start, Command::Hold(CALL))];
        }
        let Some(digits) = &self.args.dtmf else { return Ok(()) };
        if self.args.session.digits_by == DigitsBy::Info {
            let digits = digits.clone();
            self.phone.order(Command::Digits { request: DIGITS, call: CALL, digits });
            return Ok(());
        }
        match self.audio.send_digits(digits) {
            Ok(()) => Ok(()),
            Err(error) => self.fail_digits(&words_of_command_error(error)),
        }
    }

    fn fail_digits(&mut self, reason: &str) -> io::Result<()> {
        self.digits_failed = true;
        let text = format!("the digits cannot be sent: {reason}");
        self.reporter.progress("digits_failed", &text, json!({ "reason": reason }))
    }

    fn tell_digit(&self, symbol: char) -> io::Result<()> {
        let symbol = symbol.to_string();
        self.reporter.progress("digit", &format!("digit {symbol}"), json!({ "digit": symbol }))
    }

    fn hear_audio(&mut self, event: stream::Event) -> io::Result<()> {
        match event {
            stream::Event::Digit(digit) => self.tell_digit(digit.symbol),
            stream::Event::SourceEnded if self.args.duration.is_none() && self.args.sound.has_recording() => {
                self.hang_up();
                Ok(())
            }
            stream::Event::Silence(time) => {
                let secs = time.as_secs();
                let text = format!("nothing heard for {secs} s");
                self.reporter.progress("silence", &text, json!({ "seconds": secs }))
            }
            _ => Ok(()),
        }
    }

    fn finish(self, ended: &Ended) -> io::Result<Exit> {
        let Ended { ending, lasted, response } = ended;
        let heard = self.audio.stop();
        let words = words_of_ending(ending);
        let status = status_of_ending(ending);
        let mut text = format!("{}: {words}", self.target);
        if let Some(lasted) = lasted {
            text = format!("{text} after {:.1} s\n{}", lasted.as_secs_f64(), heard.text());
        }
        let fields = json!({
            "target": self.target, "reason": words, "status": status.map(StatusCode::number),
            "lasted_s": lasted.map(|time| time.as_secs_f64()), "audio": lasted.map(|_| heard.json()),
        });
        let refusal = status.map(|status| (status, response.as_deref()));
        self.reporter.answer("ended", &text, fields, refusal)?;
        let gave_up = self.interrupted && matches!(ending, Ending::Cancelled(Side::Us));
        Ok(match exit_of_ending(ending) {
            _ if gave_up => Exit::INTERRUPTED,
            Exit::SUCCESS if self.digits_failed => Exit::FAILURE,
            exit => exit,
        })
    }
}

/// How the call ended.
struct Ended {
    ending: Ending,
    /// How long it stood.
    lasted: Option<Duration>,
    /// The final response that refused it.
    response: Option<Vec<u8>>,
}

/// The one call of this command.
const CALL: CallId = CallId(1);
/// The digits of the command line, sent by INFO.
const DIGITS: RequestId = RequestId(1);
/// How long a CANCEL or BYE may take.
const GRACE: Duration = Duration::from_secs(5);
/// From the answer to the hold.
const HOLD_AFTER: Duration = Duration::from_millis(500);
