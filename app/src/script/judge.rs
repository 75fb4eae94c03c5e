//! Whether a step is done, by what its agent has heard.

use super::heard::{Asked, Heard};
use super::player::Player;
use super::step::{Action, Step, Wanted};
use crate::exit::Exit;
use crate::phone::{exit_of_ending, exit_of_outcome, status_of_ending, status_of_outcome, words_of_outcome};
use ringback_roles::agent::{CallId, Outcome, Transferring};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Direction;
use serde_json::{Value, json};
use std::time::Duration;

/// How a step came out: what there is to say of it, and for programs.
pub(super) type Taken = Result<(String, Value), Failure>;

/// Why a step failed.
pub(super) struct Failure {
    pub(super) words: String,
    pub(super) exit: Exit,
}

impl Failure {
    pub(super) fn new(words: impl Into<String>, exit: Exit) -> Failure {
        Failure { words: words.into(), exit }
    }
}

/// Whether a step is done, by what was heard; `None`: not yet.
pub(super) fn judge(player: &mut Player, step: &Step, ours: Option<CallId>, from: usize) -> Option<Taken> {
    let is_ours = |call: &CallId| Some(*call) == ours;
    let answer = step.answer;
    let answered = |wanted: Asked| {
        move |heard: &Heard| match heard {
            Heard::Answer { asked, outcome } if *asked == wanted => Some(judge_outcome(*outcome, answer)),
            _ => None,
        }
    };
    match &step.action {
        Action::Register | Action::Unregister => find(player, from, answered(Asked::Register)),
        Action::Message { .. } => find(player, from, answered(Asked::Message)),
        Action::Publish { .. } | Action::Unpublish => find(player, from, answered(Asked::Publish)),
        Action::Watch { .. } => find(player, from, answered(Asked::Watch)),
        Action::Unwatch => find(player, from, answered(Asked::Unwatch)),
        Action::Call { .. } => match answer {
            None => Some(Ok(nothing())),
            Some(status) => find(player, from, |heard| judge_status(heard, status, is_ours)),
        },
        Action::Hangup | Action::Reject { .. } => find(player, from, |heard| match heard {
            Heard::Ended { call, words, audio, .. } if is_ours(call) => {
                Some(Ok((words.clone(), audio.clone())))
            }
            _ => None,
        }),
        Action::Hold => find(player, from, |heard| judge_way(heard, is_ours, is_held_by_us, answer)),
        Action::Resume => {
            find(player, from, |heard| judge_way(heard, is_ours, |way| !is_held_by_us(way), answer))
        }
        Action::Digits(_) => find(player, from, |heard| match heard {
            Heard::DigitsSent { call } if is_ours(call) => Some(Ok(nothing())),
            other => over(other, is_ours),
        }),
        Action::Transfer { .. } | Action::Join { .. } => match answer {
            None => Some(Ok(nothing())),
            Some(_) => find(player, from, |heard| judge_transfer(heard, is_ours, answer)),
        },
        Action::Answer(_) | Action::Follow | Action::Play(_) | Action::Record(_) => Some(Ok(nothing())),
        Action::Wait(_) => None,
        Action::Expect(wanted) => expected(player, step, wanted),
    }
}

/// Whether what is expected has come.
fn expected(player: &mut Player, step: &Step, wanted: &Wanted) -> Option<Taken> {
    let meant = player.meant(step.call.as_deref());
    let fits = |call: &CallId| Some(*call) == meant;
    let done = |words: String, fields: Value| Some(Ok((words, fields)));
    match wanted {
        Wanted::Status(status) => find(player, 0, |heard| judge_status(heard, *status, fits)),
        Wanted::Established => find(player, 0, |heard| match heard {
            Heard::Established { call } if fits(call) => Some(Ok(nothing())),
            other => over(other, fits),
        }),
        Wanted::Call => {
            let found = player.heard.iter().position(|heard| matches!(heard, Heard::Call { .. }))?;
            let Some(Heard::Call { call, from }) = player.heard.remove(found) else { return None };
            player.begin(call, step.name.as_deref());
            done(format!("from {from}"), json!({ "from": from }))
        }
        Wanted::Hangup => find(player, 0, |heard| match heard {
            Heard::Ended { call, words, audio, .. } if fits(call) => done(words.clone(), audio.clone()),
            _ => None,
        }),
        Wanted::Hold => find(player, 0, |heard| judge_way(heard, fits, is_held_by_peer, None)),
        Wanted::Resume => find(player, 0, |heard| judge_way(heard, fits, |way| !is_held_by_peer(way), None)),
        Wanted::Digits(digits) => {
            if player.take_digits(meant, digits) {
                return Some(Ok(nothing()));
            }
            player.heard.iter().find_map(|heard| over(heard, fits))
        }
        Wanted::Message(text) => find(player, 0, |heard| match heard {
            Heard::Message { from, text: body } if text.as_ref().is_none_or(|text| text == body) => {
                done(format!("from {from}: {body}"), json!({ "from": from, "text": body }))
            }
            _ => None,
        }),
        Wanted::Notify(told) => find(player, 0, |heard| match heard {
            Heard::Notify { standing, open, body } if told.fits(*standing, *open, body) => {
                done(String::new(), json!({ "open": open, "body": body }))
            }
            _ => None,
        }),
        Wanted::Transfer(status) => find(player, 0, |heard| judge_transfer(heard, fits, *status)),
        // It is kept for `follow`.
        Wanted::Refer => player.heard.iter().find_map(|heard| match heard {
            Heard::Refer { call, target } if fits(call) => {
                done(format!("to {target}"), json!({ "target": target }))
            }
            _ => None,
        }),
    }
}

/// Takes the first thing heard that decides, and forgets those of its kind before it.
fn find(player: &mut Player, from: usize, judge: impl Fn(&Heard) -> Option<Taken>) -> Option<Taken> {
    let found =
        player.heard.iter().enumerate().skip(from).find_map(|(place, heard)| Some((place, judge(heard)?)));
    let (place, taken) = found?;
    let kind = std::mem::discriminant(&player.heard[place]);
    let call = player.heard[place].call();
    let mut at = 0;
    player.heard.retain(|heard| {
        let is_old = at <= place && std::mem::discriminant(heard) == kind && heard.call() == call;
        at += 1;
        !is_old
    });
    Some(taken)
}

/// A request is good with a 2xx, or with the answer that was asked for.
fn judge_outcome(outcome: Outcome, wanted: Option<StatusCode>) -> Taken {
    let words = words_of_outcome(outcome);
    let exit = exit_of_outcome(outcome);
    let status = status_of_outcome(outcome);
    let is_good = wanted.map_or(exit == Exit::SUCCESS, |wanted| status == Some(wanted));
    if is_good {
        return Ok((words, json!({ "status": status.map(StatusCode::number) })));
    }
    Err(Failure::new(words, if exit == Exit::SUCCESS { Exit::FAILURE } else { exit }))
}

/// A response to a call: the wanted one, or the end without it.
fn judge_status(heard: &Heard, wanted: StatusCode, fits: impl Fn(&CallId) -> bool) -> Option<Taken> {
    let good = || Some(Ok((wanted.phrase().to_owned(), json!({ "status": wanted.number() }))));
    match heard {
        Heard::Status { call, status } if fits(call) && *status == wanted => good(),
        Heard::Ended { call, ending, .. } if fits(call) && status_of_ending(ending) == Some(wanted) => good(),
        other => over(other, fits),
    }
}

/// The end of a call that something was still expected of.
fn over(heard: &Heard, is_it: impl Fn(&CallId) -> bool) -> Option<Taken> {
    match heard {
        Heard::Ended { call, ending, words, .. } if is_it(call) => {
            let exit = exit_of_ending(ending);
            let exit = if exit == Exit::SUCCESS { Exit::FAILURE } else { exit };
            Some(Err(Failure::new(format!("the call is over: {words}"), exit)))
        }
        _ => None,
    }
}

fn judge_way(
    heard: &Heard,
    fits: impl Fn(&CallId) -> bool,
    is_wanted: impl Fn(Direction) -> bool,
    answer: Option<StatusCode>,
) -> Option<Taken> {
    match heard {
        Heard::Way { call, way } if fits(call) && is_wanted(*way) => Some(
            judge_outcome(Outcome::Status(StatusCode::OK), answer)
                .map(|_| (format!("audio {}", way.as_str()), json!({ "direction": way.as_str() }))),
        ),
        Heard::Unchanged { call, outcome } if fits(call) => Some(judge_outcome(*outcome, answer)),
        other => over(other, fits),
    }
}

fn judge_transfer(
    heard: &Heard,
    fits: impl Fn(&CallId) -> bool,
    answer: Option<StatusCode>,
) -> Option<Taken> {
    match heard {
        Heard::Transfer { call, news } if fits(call) => match news {
            Transferring::Accepted | Transferring::Progress(_) => None,
            Transferring::Done => Some(judge_outcome(Outcome::Status(StatusCode::OK), answer)),
            Transferring::Failed(outcome) => Some(judge_outcome(*outcome, answer)),
            Transferring::Unknown => Some(Err(Failure::new("the peer tells no more", Exit::FAILURE))),
        },
        _ => None,
    }
}

fn is_held_by_us(way: Direction) -> bool {
    matches!(way, Direction::SendOnly | Direction::Inactive)
}

fn is_held_by_peer(way: Direction) -> bool {
    matches!(way, Direction::RecvOnly | Direction::Inactive)
}

fn nothing() -> (String, Value) {
    (String::new(), Value::Null)
}

/// The time of a step is over: that is what `wait` wants, and nothing else does.
pub(super) fn late(player: &Player, step: &Step, wait: Duration) -> Taken {
    if matches!(step.action, Action::Wait(_)) {
        return Ok(nothing());
    }
    let digits = match step.action {
        Action::Expect(Wanted::Digits(_)) => format!("; heard so far: {:?}", player.digits()),
        _ => String::new(),
    };
    Err(Failure::new(format!("not within {:.1} s{digits}", wait.as_secs_f64()), Exit::TIMEOUT))
}
