//! A new call that takes the place of one of ours (RFC 3891), or wants to join it (RFC 3911).

use super::call::Call;
use super::command::CallId;
use super::event::Ending;
use super::reply::Reply;
use super::settings::Transfers;
use super::state::Agent;
use ringback_sip::dialog::{DialogId, Replaces};
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Message, NameAddr, Uri};

impl Agent {
    /// The call whose place an INVITE takes, or why it may not (RFC 3891 §3). Who takes no transfers does not have the
    /// extension: what an INVITE says of it is not looked at, and it was refused when it requires it (RFC 3261 §8.2.2.3).
    pub(super) fn replaced_by(&self, request: &Message<'_>) -> Result<Option<CallId>, Reply> {
        if self.settings.transfers == Transfers::Refuse {
            return Ok(None);
        }
        let Some(replaces) = Replaces::of_request(request).map_err(Reply::of_fault)? else { return Ok(None) };
        let id = &replaces.dialog;
        if self.gone.contains(id) {
            return Err(Reply::of(StatusCode::DECLINE, Cause::User));
        }
        let none = || Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog);
        let call = *self.ends.get(&(id.call_id.clone(), id.local_tag.clone())).ok_or_else(none)?;
        let remote = match self.calls.get(&call).ok_or_else(none)? {
            Call::Up(up) if up.dialog.id() != id => return Err(none()),
            Call::Up(_) if replaces.early_only => {
                return Err(Reply::of(StatusCode::BUSY_HERE, Cause::TransactionState));
            }
            Call::Up(up) => up.dialog.remote(),
            Call::Calling(calling) => {
                let forks = self.exchanges.get(&calling.exchange).map(|exchange| &exchange.forks);
                forks.and_then(|forks| forks.get(&id.remote_tag)).ok_or_else(none)?.remote()
            }
            // What we did not begin cannot be taken over before it is answered.
            Call::Offered(_) => return Err(none()),
        };
        if self.settings.transfers == Transfers::Named {
            check_referrer(request, remote)?;
        }
        Ok(Some(call))
    }

    /// Why nobody joins a call: its sound is not mixed with that of others (RFC 3911 §4).
    pub(super) fn refusal_of_join(&self, request: &Message<'_>) -> Option<Reply> {
        let id = match DialogId::of_join(request).map_err(Reply::of_fault) {
            Ok(named) => named?,
            Err(reply) => return Some(reply),
        };
        if self.gone.contains(&id) {
            return Some(Reply::of(StatusCode::DECLINE, Cause::User));
        }
        let call = self.ends.get(&(id.call_id.clone(), id.local_tag.clone()));
        let is_known = match call.and_then(|call| self.calls.get(call)) {
            Some(Call::Up(up)) => *up.dialog.id() == id,
            Some(Call::Offered(offered)) => *offered.dialog.id() == id,
            Some(Call::Calling(calling)) => {
                let forks = self.exchanges.get(&calling.exchange).map(|exchange| &exchange.forks);
                forks.is_some_and(|forks| forks.get(&id.remote_tag).is_some())
            }
            None => false,
        };
        Some(match is_known {
            true => Reply::of(StatusCode::NOT_ACCEPTABLE_HERE, Cause::Extension(Shown::from("join")))
                .with(HeaderName::WARNING, "399 ringback \"Calls are not mixed here\""),
            false => Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog),
        })
    }

    /// Whether the call whose place this one takes has ended before it could be answered: then it is not wanted any
    /// more.
    pub(super) fn refusal_of_late_replacement(&self, id: CallId) -> Option<Reply> {
        let Some(Call::Offered(offered)) = self.calls.get(&id) else { return None };
        let is_gone = offered.replaces.is_some_and(|old| !self.calls.contains_key(&old));
        is_gone.then(|| Reply::of(StatusCode::DECLINE, Cause::NoSuchDialog))
    }

    /// Ends a call whose place another one has taken: BYE, or CANCEL before its answer.
    pub(super) fn make_way(&mut self, old: CallId) {
        match self.calls.get(&old) {
            Some(Call::Up(up)) if !up.unconfirmed => self.bye(old, Ending::Replaced, Cause::Done),
            _ => self.hang_up(old),
        }
    }
}

/// The peer of a call that is replaced must have asked for it (RFC 3892 §2.3, RFC 3891 §3).
fn check_referrer(request: &Message<'_>, remote: &[u8]) -> Result<(), Reply> {
    let Some(value) = request.header(HeaderName::REFERRED_BY) else {
        return Err(Reply::of(StatusCode::PROVIDE_REFERRER_IDENTITY, Cause::User));
    };
    let address = |value| NameAddr::parse(HeaderName::REFERRED_BY, value).map_err(Reply::of_fault);
    let (by, peer) = (address(value)?, address(remote)?);
    let is_same = match (Uri::parse(by.uri), Uri::parse(peer.uri)) {
        (Ok(by), Ok(peer)) => by.address_of_record() == peer.address_of_record(),
        _ => false,
    };
    if is_same { Ok(()) } else { Err(Reply::of(StatusCode::FORBIDDEN, Cause::NotOwner(Shown::from(by.uri)))) }
}
