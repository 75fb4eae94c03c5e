//! Whether what was answered was heard, as far as the recorded messages tell: who did not hear it goes on.

use super::super::finding::{Actor, Certainty};
use super::super::record::{Passage, Record, What};
use super::cause::Root;
use core::time::Duration;
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;

/// Why an exchange that ended well with the record at `end` went wrong all the same.
pub(super) fn unheard(records: &[Record], method: Option<Method>, end: usize) -> Option<Root> {
    answer_unheard(records, method, end).or_else(|| ack_missing(records, method, end))
}

/// The client goes on asking after its answer.
fn answer_unheard(records: &[Record], method: Option<Method>, end: usize) -> Option<Root> {
    // A new request of the same kind is no copy.
    let branch_of = |record: &Record| branch(record, method);
    let own = records[..end].iter().rev().find_map(branch_of)?;
    let asked = records.iter().position(|record| branch_of(record).as_ref() == Some(&own))?;
    let is_answer = |record: &&Record| record.fact().is_some() && record.code().is_some();
    let after = records[asked..].iter().find(is_answer)?.at + CROSSING;
    let again = records.iter().filter(|record| record.at > after && branch_of(record).as_ref() == Some(&own));
    (again.count() >= COPIES_MIN).then(|| Root::new("answer-unheard", Certainty::Likely, Actor::Network))
}

/// The 2xx to an INVITE comes again and again, since its ACK does not arrive (RFC 3261 §13.3.1.4).
fn ack_missing(records: &[Record], method: Option<Method>, end: usize) -> Option<Root> {
    if method != Some(Method::Invite) {
        return None;
    }
    let answer = |record: &Record| {
        let (at, message) = came(record)?;
        let is_success = message.status()?.is_success();
        let is_own = is_success && message.cseq().ok()?.method == Some(Method::Invite);
        Some((at, message.to().ok()?.tag()?.to_vec())).filter(|_| is_own)
    };
    let copies: Vec<_> = records.iter().filter_map(answer).collect();
    let (first, tag) = copies.first()?;
    let same = copies.iter().filter(|(_, other)| other == tag);
    let is_long = same.clone().any(|(at, _)| at.since(*first) > PATIENCE);
    let is_here = *first <= records[end].at + CROSSING;
    (is_here && is_long && same.count() > COPIES_MIN)
        .then(|| Root::new("ack-missing", Certainty::Likely, Actor::Caller))
}

/// A refusal of our own that came back to us, since the request went round by ourselves, and its place. That of an edge whose
/// phone is gone comes back as the word of the phone's home about its user.
pub(super) fn own_round(records: &[Record], status: StatusCode) -> Option<(usize, Cause)> {
    records.iter().enumerate().rev().find_map(|(place, record)| match record.fact()? {
        Fact::Answered { status: own, cause: cause @ (Cause::Loop | Cause::HopLimit), .. }
            if *own == status =>
        {
            Some((place, cause.clone()))
        }
        Fact::Answered { status: StatusCode::FLOW_FAILED, cause: Cause::FlowGone, .. }
            if status == StatusCode::TEMPORARILY_UNAVAILABLE =>
        {
            Some((place, Cause::FlowGone))
        }
        _ => None,
    })
}

/// A message that came.
fn came(record: &Record) -> Option<(Instant, Message<'_>)> {
    match &record.what {
        What::Message(Passage { sent: false, bytes, .. }) => Some((record.at, Message::parse(bytes).ok()?)),
        _ => None,
    }
}

/// The branch of a request that came with this method.
fn branch(record: &Record, method: Option<Method>) -> Option<Vec<u8>> {
    let (_, message) = came(record)?;
    let is_asked = message.is_request() && message.method() == method;
    Some(message.top_via().ok()?.branch()?.to_vec()).filter(|_| is_asked)
}

/// What crosses an answer comes sooner than this.
const CROSSING: Duration = Duration::from_millis(100);
/// So many copies are no accident.
const COPIES_MIN: usize = 3;
/// A slow ACK comes sooner than this.
const PATIENCE: Duration = Duration::from_secs(3);
