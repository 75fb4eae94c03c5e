//! Follows a script: one step after the other, each with a time in which it must be done.

use super::heard::Heard;
use super::judge::{Failure, Taken, judge, late};
use super::player::{OURS, Player};
use super::step::{Action, Script, Step};
use crate::exit::Exit;
use crate::phone::{Reporter, secs, words_of_command_error};
use ringback_roles::agent::{CallId, Command, Publishing, Registering, RequestId, Subscribing};
use ringback_roles::presence::Sight;
use ringback_sip::registry::{EventPackage, StatusCode};
use serde_json::json;
use std::io;
use std::time::{Duration, Instant};

/// Follows the script to its end, or to the first step that fails; then nothing is left behind.
pub(crate) fn play(
    script: &Script,
    players: &mut [Player],
    patience: Duration,
    reporter: &Reporter<'_>,
) -> io::Result<Exit> {
    for player in players.iter() {
        let text = format!("{} is {} at {}", player.name, player.address, player.phone.address);
        reporter.progress("agent", &text, player.json())?;
    }
    let mut stage = Stage { players, patience, reporter };
    let exit = stage.follow(script);
    // Also when whoever read what we say is gone.
    stage.leave()?;
    exit
}

struct Stage<'a, 'r> {
    players: &'a mut [Player],
    patience: Duration,
    reporter: &'a Reporter<'r>,
}

impl Stage<'_, '_> {
    fn follow(&mut self, script: &Script) -> io::Result<Exit> {
        let begun = Instant::now();
        for step in &script.steps {
            let start = Instant::now();
            let taken = self.take(step)?;
            let elapsed_s = secs(start.elapsed());
            let agent = &self.players[step.agent].name;
            let place = format!("{:>4}  {}", step.line, step.text);
            let mut fields =
                json!({ "line": step.line, "agent": agent, "step": step.text, "elapsed_s": elapsed_s });
            match taken {
                Ok((words, more)) => {
                    let words = if words.is_empty() { String::new() } else { format!("  {words}") };
                    fields["passed"] = json!(true);
                    fields["detail"] = more;
                    self.reporter.result("step", &format!("{place}{words}"), fields)?;
                }
                Err(Failure { words, exit }) => {
                    fields["passed"] = json!(false);
                    fields["reason"] = json!(words);
                    fields["exit"] = json!(exit.code());
                    self.reporter.result("step", &format!("{place}  FAILED: {words}"), fields)?;
                    return Ok(exit);
                }
            }
        }
        let (count, elapsed) = (script.steps.len(), begun.elapsed());
        let fields = json!({ "steps": count, "elapsed_s": secs(elapsed) });
        self.reporter.result(
            "done",
            &format!(
                "{count} {} in {:.1} s",
                if count == 1 { "step" } else { "steps" },
                elapsed.as_secs_f64()
            ),
            fields,
        )?;
        Ok(Exit::SUCCESS)
    }

    fn take(&mut self, step: &Step) -> io::Result<Taken> {
        let wait = match step.action {
            Action::Wait(time) => time,
            _ => step.within.unwrap_or(self.patience),
        };
        let deadline = Instant::now() + wait;
        // What comes before the order is not its answer.
        let seen = self.players[step.agent].heard.len();
        let ordered = match order(&mut self.players[step.agent], step)? {
            Ok(ordered) => ordered,
            Err(failure) => return Ok(Err(failure)),
        };
        let from = if matches!(step.action, Action::Expect(_)) { 0 } else { seen };
        loop {
            if let Some(taken) = judge(&mut self.players[step.agent], step, ordered, from) {
                return Ok(taken);
            }
            if self.players.iter().any(|player| player.is_interrupted) {
                return Ok(Err(Failure::new("interrupted", Exit::INTERRUPTED)));
            }
            if self.players.iter().any(|player| player.phone.is_broken()) {
                return Ok(Err(Failure::new("the agent broke", Exit::FAILURE)));
            }
            if Instant::now() >= deadline {
                return Ok(late(&self.players[step.agent], step, wait));
            }
            self.listen(step.agent, deadline)?;
        }
    }

    /// Takes in news of all agents, and waits for some of one.
    fn listen(&mut self, agent: usize, deadline: Instant) -> io::Result<()> {
        let now = Instant::now();
        let mut is_news = false;
        for player in self.players.iter_mut() {
            while player.listen(now, self.reporter)? {
                is_news = true;
            }
        }
        if is_news {
            return Ok(());
        }
        let until = if self.players.len() > 1 { deadline.min(now + TICK) } else { deadline };
        self.players[agent].listen(until, self.reporter).map(drop)
    }

    fn leave(&mut self) -> io::Result<()> {
        self.players.iter().for_each(Player::leave);
        let end = Instant::now() + FAREWELL;
        while Instant::now() < end && !self.players.iter().all(Player::has_left) {
            self.listen(0, Instant::now() + TICK)?;
        }
        Ok(())
    }
}

/// Gives the order of a step, if it has one, and says which call it is about.
fn order(player: &mut Player, step: &Step) -> io::Result<Result<Option<CallId>, Failure>> {
    let name = step.name.as_deref();
    match &step.action {
        Action::Wait(_) | Action::Expect(_) => {}
        Action::Call { target } => {
            return player.begin_call(target.clone(), None, name).map(|call| Ok(Some(call)));
        }
        Action::Follow => {
            let refer = player.heard.iter().position(|heard| matches!(heard, Heard::Refer { .. }));
            let Some(Heard::Refer { call, target }) = refer.and_then(|place| player.heard.remove(place))
            else {
                return Ok(Err(Failure::new("nobody sent us elsewhere", Exit::FAILURE)));
            };
            player.begin_call(target, Some(call), name)?;
        }
        Action::Play(sound) => player.play(sound, player.call(step.call.as_deref()))?,
        Action::Record(path) => player.record(path.clone()),
        Action::Unwatch => match player.watched() {
            Some(watch) => player.phone.order(Command::Unsubscribe(watch)),
            None => return Ok(Err(Failure::new("nobody is watched", Exit::FAILURE))),
        },
        action => {
            if let Some(order) = order_outside(player, action) {
                player.phone.order(order);
                return Ok(Ok(None));
            }
            let Some(call) = player.call(step.call.as_deref()) else {
                return Ok(Err(Failure::new("there is no call", Exit::FAILURE)));
            };
            return order_in_call(player, action, call).map(|ordered| ordered.map(|()| Some(call)));
        }
    }
    Ok(Ok(None))
}

/// Orders inside a call.
fn order_in_call(player: &mut Player, action: &Action, call: CallId) -> io::Result<Result<(), Failure>> {
    let order = match action {
        Action::Answer(StatusCode::RINGING) => Command::Ring { call, audio: None },
        Action::Answer(_) if !player.is_incoming(call) => {
            return Ok(Err(Failure::new("nobody calls", Exit::FAILURE)));
        }
        Action::Answer(StatusCode::OK) => {
            Command::Answer { call, after: Duration::ZERO, audio: player.sound(call)?, duration: None }
        }
        Action::Answer(_) => Command::Ring { call, audio: Some(player.sound(call)?) },
        Action::Reject { status, contact } => {
            Command::Reject { call, after: Duration::ZERO, status: *status, contact: contact.clone() }
        }
        Action::Hold => Command::Hold(call),
        Action::Resume => Command::Resume(call),
        Action::Digits(digits) => {
            let sent = player.audio(call).map(|audio| audio.send_digits(digits));
            return Ok(match sent {
                Some(Err(error)) => Err(Failure::new(words_of_command_error(error), Exit::FAILURE)),
                _ => Ok(()),
            });
        }
        Action::Transfer { target } => Command::Transfer { call, target: target.clone() },
        Action::Join { with } => match player.call(Some(with)) {
            Some(with) => Command::Join { call, with },
            None => return Ok(Err(Failure::new(format!("there is no call {with}"), Exit::FAILURE))),
        },
        _ => Command::Hangup(call),
    };
    player.phone.order(order);
    Ok(Ok(()))
}

/// Orders that are about no call; `None`: it is one about a call.
fn order_outside(player: &mut Player, action: &Action) -> Option<Command> {
    Some(match action {
        Action::Register => Command::Register(Registering::Keep),
        Action::Unregister => Command::Register(Registering::Remove),
        Action::Message { target, text } => {
            let request = RequestId(player.number());
            Command::Message { request, target: target.clone(), call: None, text: text.clone() }
        }
        Action::Publish { open, note } => {
            let what = Publishing {
                event: EventPackage::PRESENCE.as_str().to_owned(),
                kind: Sight::MEDIA_TYPE,
                body: Sight::write(&player.uri(), *open, note.as_deref()),
                expires: AN_HOUR,
            };
            Command::Publish { publication: OURS, what: Box::new(what) }
        }
        Action::Unpublish => Command::Unpublish(OURS),
        Action::Watch { package, target } => {
            let (event, target) = (package.clone(), target.clone());
            let what =
                Subscribing { target, event, accept: String::new(), expires: AN_HOUR, takes_lists: false };
            Command::Subscribe { subscription: player.watch(), what: Box::new(what) }
        }
        _ => return None,
    })
}

/// How long one agent is listened to while others may have news.
const TICK: Duration = Duration::from_millis(10);
/// How long the servers and peers may take to see us leave.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long subscriptions and publications are asked to last at a time.
const AN_HOUR: Duration = Duration::from_secs(3600);
