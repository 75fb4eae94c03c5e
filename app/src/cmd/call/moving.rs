//! The transfer that the command line wants (RFC 5589): blind, or with a call to the target before.

use super::state::{CALL, Calling, Stage, Step};
use crate::exit::Exit;
use crate::phone::{exit_of_ending, tell_transfer};
use ringback_roles::agent::{CallId, Command, Ending, Transferring};
use serde_json::json;
use std::io;
use std::time::Duration;

impl Calling<'_> {
    /// The time of the transfer has come.
    pub(super) fn transfer(&mut self) -> io::Result<()> {
        let Some(moving) = &mut self.moving else { return Ok(()) };
        let target = moving.target.clone();
        if self.args.attended {
            moving.stage = Stage::Aside;
            // The peer waits meanwhile (RFC 5589 §7.1).
            self.phone.order(Command::Hold(CALL));
            return self.call(ASIDE, target, None);
        }
        self.ask(Command::Transfer { call: CALL, target })
    }

    /// The target has answered: the peer may have it.
    pub(super) fn connect(&mut self, call: CallId) -> io::Result<()> {
        let is_aside = self.moving.as_ref().is_some_and(|moving| moving.stage == Stage::Aside);
        if call != ASIDE || !is_aside {
            return Ok(());
        }
        self.ask(Command::Join { call: CALL, with: ASIDE })
    }

    fn ask(&mut self, order: Command) -> io::Result<()> {
        let Some(moving) = &mut self.moving else { return Ok(()) };
        moving.stage = Stage::Asked;
        let text = format!("asking the peer to call {}", moving.target);
        let fields = json!({ "target": moving.target, "stage": "asked" });
        self.phone.order(order);
        self.later(self.args.timeout, Step::GiveUp);
        self.reporter.progress("transfer", &text, fields)
    }

    /// How it fares.
    pub(super) fn hear_transfer(&mut self, news: Transferring) -> io::Result<()> {
        let Some(moving) = self.moving.as_mut().filter(|moving| moving.is_asked()) else { return Ok(()) };
        let Some(exit) = tell_transfer(self.reporter, &moving.target, news)? else { return Ok(()) };
        moving.stage = Stage::Over(exit);
        match news {
            // The target hangs up what was replaced; we do when it does not.
            Transferring::Done => self.later(FAREWELL, Step::HangUp),
            _ => self.hang_up(),
        }
        Ok(())
    }

    /// A call is over; when the transfer needed it, so is the transfer.
    pub(super) fn transfer_ends_with(&mut self, call: CallId, ending: &Ending) -> io::Result<()> {
        let Some(moving) = &mut self.moving else { return Ok(()) };
        let is_needed = match moving.stage {
            Stage::Wanted => call == CALL,
            Stage::Aside => call == CALL || call == ASIDE,
            Stage::Asked | Stage::Over(_) => false,
        };
        if !is_needed || self.interrupted {
            return Ok(());
        }
        let exit = match exit_of_ending(ending) {
            Exit::SUCCESS => Exit::FAILURE,
            exit => exit,
        };
        moving.stage = Stage::Over(exit);
        let text = format!("transfer to {}: the call it needs is over", moving.target);
        let fields = json!({ "target": moving.target, "stage": "failed", "status": null, "reason": "the call it needs is over" });
        self.hang_up();
        self.reporter.result("transfer", &text, fields)
    }
}

/// The call to the target of an attended transfer.
const ASIDE: CallId = CallId(2);
/// How long the target may take to hang up the call that was replaced.
const FAREWELL: Duration = Duration::from_secs(2);
