//! The calls of one command: the one that was ordered, and those that transfers bring.

use super::ringing::Ringing;
use super::state::{CALL, Calling, Ended, GRACE, Line, Parting, Step};
use crate::exit::Exit;
use crate::phone::{
    Audio, error_of_ending, exit_of_ending, exit_of_outcome, follow, secs, status_of_ending, words_of_ending,
    words_of_outcome,
};
use ringback_io::media::source::Source;
use ringback_roles::agent::{CallId, Command, Ending, Outcome, Outgoing, Side};
use ringback_sip::journal::Shown;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Capabilities;
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

impl Calling<'_> {
    /// Calls `target`.
    pub(super) fn call(
        &mut self,
        call: CallId,
        target: String,
        duration: Option<Duration>,
    ) -> io::Result<()> {
        let audio = self.open(call, target.clone())?;
        let late_offer = self.args.late_offer && call == CALL;
        let patience = Some(self.args.timeout);
        let outgoing = Outgoing { target, audio, late_offer, patience, duration, referral: None };
        self.phone.order(Command::Call { call, outgoing: Box::new(outgoing) });
        Ok(())
    }

    /// The peer of `of` wants us to call somebody else.
    pub(super) fn follow(&mut self, of: CallId, target: String, replaces: bool) -> io::Result<()> {
        let new = CallId(CALL.0 + self.begun);
        let text = format!("the peer sends us to {target}");
        let fields = json!({ "call": self.number(of), "target": target, "replaces": replaces });
        self.reporter.progress("referred", &text, fields)?;
        let audio = self.open(new, target.clone())?;
        follow(self.phone, (new, of), target, audio, self.args.timeout);
        Ok(())
    }

    /// Somebody calls: taken when it takes the place of one of our calls.
    pub(super) fn ring(&mut self, call: CallId, from: &Shown, replaces: Option<CallId>) -> io::Result<()> {
        let Some(old) = replaces.filter(|old| self.lines.contains_key(old)) else {
            let (after, status) = (Duration::ZERO, StatusCode::BUSY_HERE);
            self.phone.order(Command::Reject { call, after, status, contact: None });
            return Ok(());
        };
        let text = format!("{from} takes the place of the peer");
        let old = self.number(old);
        let audio = self.open(call, from.to_string())?;
        let fields = json!({ "call": self.number(call), "from": from.to_string(), "replaces": old });
        self.phone.order(Command::Answer { call, after: Duration::ZERO, audio, duration: None });
        self.reporter.progress("incoming", &text, fields)
    }

    fn open(&mut self, call: CallId, peer: String) -> io::Result<Capabilities> {
        let number = self.begun;
        let audio = Audio::start(self.phone, number, Source::Silence, self.args.sound.recording(number))?;
        self.begun += 1;
        let capabilities = audio.capabilities();
        self.lines.insert(call, Line { number, peer, audio, ringing: Ringing::default() });
        Ok(capabilities)
    }

    /// The number of a call that is under way.
    pub(super) fn number(&self, call: CallId) -> Option<u64> {
        self.lines.get(&call).map(|line| line.number)
    }

    /// `text`, and whose call it is about when there are several.
    pub(super) fn about(&self, call: CallId, text: &str) -> String {
        match self.lines.get(&call).filter(|line| line.number > 0) {
            Some(line) => format!("{}: {text}", line.peer),
            None => text.to_owned(),
        }
    }

    /// Sound goes to and comes from the call that stands last.
    pub(super) fn sound(&mut self, call: CallId) {
        for (other, line) in &self.lines {
            let source = if *other == call { self.source.clone() } else { Source::Silence };
            line.audio.play(source);
        }
    }

    /// A call is over.
    pub(super) fn end(&mut self, call: CallId, ended: Ended) -> io::Result<()> {
        let Some(Line { number, peer, audio, .. }) = self.lines.remove(&call) else { return Ok(()) };
        let parting = Parting { number, peer, heard: audio.stop(), ended };
        if parting.ended.ending == Ending::HungUp(Side::Us) {
            self.parting.insert(call, parting);
            self.later(GRACE, Step::Part(call));
            return Ok(());
        }
        self.tell_end(call, parting)
    }

    /// The peer of a call that we hung up has answered; `None`: it has not, long enough.
    pub(super) fn part(&mut self, call: CallId, outcome: Option<Outcome>) -> io::Result<()> {
        let Some(mut parting) = self.parting.remove(&call) else { return Ok(()) };
        parting.ended.unheard = match outcome {
            None => Some((Exit::TIMEOUT, "no answer in time".to_owned())),
            Some(Outcome::Status(status)) if status.is_success() => None,
            // A peer that knows of no call is in none (RFC 3261 §15.1.1).
            Some(Outcome::Status(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST)) => None,
            Some(outcome) => Some((exit_of_outcome(outcome), words_of_outcome(outcome))),
        };
        self.tell_end(call, parting)
    }

    fn tell_end(&mut self, call: CallId, parting: Parting) -> io::Result<()> {
        let Parting { number, peer, heard, ended } = parting;
        let Ended { ending, unheard, lasted, response } = &ended;
        let unheard = unheard.as_ref().map(|(_, why)| why);
        let words = match unheard {
            Some(why) => format!("{}, and the peer may not know: {why}", words_of_ending(ending)),
            None => words_of_ending(ending),
        };
        let status = status_of_ending(ending);
        let mut text = format!("{peer}: {words}");
        if let Some(lasted) = lasted {
            text = format!("{text} after {:.1} s\n{}", lasted.as_secs_f64(), heard.text());
        }
        let fields = json!({
            "call": number, "target": peer, "reason": words, "error": error_of_ending(ending),
            "status": status.map(StatusCode::number), "lasted_s": lasted.map(secs),
            "audio": lasted.map_or(Value::Null, |_| heard.json()), "bye_failed": unheard,
        });
        let refusal = status.map(|status| (status, response.as_deref()));
        self.reporter.answer("ended", &text, fields, refusal)?;
        self.transfer_ends_with(call, &ended.ending)?;
        self.ended = Some(ended);
        Ok(())
    }

    /// What the command ends with, after its last call.
    pub(super) fn exit(&self, ended: &Ended) -> Exit {
        let gave_up = self.interrupted && matches!(ended.ending, Ending::Cancelled(Side::Us));
        match (&self.moving, exit_of_ending(&ended.ending)) {
            _ if gave_up => Exit::INTERRUPTED,
            (Some(moving), _) => moving.verdict().unwrap_or(Exit::INTERRUPTED),
            (None, Exit::SUCCESS) => match &ended.unheard {
                Some((exit, _)) => *exit,
                None if self.digits_failed => Exit::FAILURE,
                None => Exit::SUCCESS,
            },
            (None, exit) => exit,
        }
    }
}
