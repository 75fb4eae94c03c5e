//! The account of one call, registration or other exchange.

use super::super::finding::{Actor, Certainty, Value};
use super::super::record::{Record, What};
use super::branch::{self, BranchAccount};
use super::{cause, heard};
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::{Method, StatusCode, Timer};
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;
use serde::Serialize;

/// What became of a call, registration or other exchange, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The word for the cause: that of a [`Cause`], or of what the facts together mean.
    pub cause: String,
    /// How sure that is.
    pub certainty: Certainty,
    /// Who must act.
    pub actor: Actor,
    /// What the sentences name.
    #[serde(skip)]
    pub values: Vec<Value>,
    /// The method of the request that it is about.
    pub method: Option<&'static str>,
    /// The final code that the caller got, if any.
    pub status: Option<u16>,
    /// When it began.
    #[serde(skip)]
    pub begin: Instant,
    /// When the final code went to the caller.
    #[serde(skip)]
    pub end: Option<Instant>,
    /// The phones and next hops that were asked.
    pub branches: Vec<BranchAccount>,
    /// Places of the records that tell.
    pub telling: Vec<usize>,
    /// Other requests of the same Call-ID that were refused: the method, the code, the word for the cause.
    pub others: Vec<(Option<&'static str>, u16, String)>,
    /// Records that are missing in between.
    pub missing: u64,
}

/// The account of the records of one Call-ID, in the order of time. `history`: what is recorded of the bindings of the
/// users concerned.
pub fn account(records: &[Record], history: &[Record]) -> Option<Account> {
    let begin = records.first()?.at;
    let method = main_method(records);
    let ends: Vec<usize> = (0..records.len()).filter(|i| is_end(&records[*i], method)).collect();
    let is_challenge = |i: &usize| end_of(&records[*i]).is_some_and(|(status, _)| status.is_challenge());
    let is_success = |i: &&usize| end_of(&records[**i]).is_some_and(|(status, _)| status.is_success());
    // What comes after an INVITE was answered changes the call, and does not make it.
    let answered = ends.iter().find(is_success).filter(|_| method == Some(Method::Invite)).copied();
    let decisive = answered.or(ends.iter().rfind(|i| !is_challenge(i)).or(ends.last()).copied());
    // Who answered a challenge is served now, and may have got nothing yet.
    let is_asked_again = |end: usize| is_challenge(&end) && records[end..].iter().any(is_asked);
    let mut account = match decisive {
        Some(end) if is_asked_again(end) => undecided(records, end + 1, method),
        Some(end) => decided(records, history, method, end, ends.last() == Some(&end)),
        None => undecided(records, 0, method),
    };
    account.begin = begin;
    account.method = method.map(Method::as_str);
    account.others = others(records, method, answered);
    account.missing = records.iter().map(|record| if let What::Gap(n) = record.what { n } else { 0 }).sum();
    if account.missing > 0 {
        account.certainty = account.certainty.lowered();
    }
    Some(account)
}

/// The account of an exchange that ended with the record at `end`.
fn decided(
    records: &[Record],
    history: &[Record],
    method: Option<Method>,
    end: usize,
    is_last: bool,
) -> Account {
    let start = start_of(records, method, end);
    let after = records[end + 1..].iter().position(is_asked);
    let stop = after.map_or(records.len(), |more| end + 1 + more);
    let status = end_of(&records[end]).map(|(status, _)| status);
    let branches = branch::of(&records[start..stop], status);
    let mut root = match (&records[end].what, status) {
        (_, Some(status)) if status.is_success() => {
            heard::unheard(records, method, end).unwrap_or_else(|| cause::success(&branches))
        }
        (What::Fact(Fact::Answered { cause, .. }), _) => {
            let history: Vec<&Record> = history.iter().filter(|r| r.at <= records[end].at).collect();
            cause::root(cause, &records[start..stop], &history, records[end].at)
        }
        (What::Fact(Fact::Passed { status, branch, .. }), _) => {
            match heard::own_round(&records[..end], *status) {
                Some((place, cause)) => {
                    cause::root(&cause, &records[start.min(place)..place], &[], records[place].at)
                }
                None => cause::passed(*status, *branch, &branches, &records[start..stop]),
            }
        }
        _ => cause::Root::new("unknown", Certainty::Possible, Actor::Us),
    };
    let is_open = matches!(root.id.as_str(), "no-credentials" | "md5-alone" | "passed");
    if status.is_some_and(StatusCode::is_challenge) && is_last && is_open {
        root = cause::Root::new("challenge-unanswered", Certainty::Certain, Actor::Caller);
    }
    let mut telling: Vec<usize> =
        (start..stop).filter(|i| *i == end || cause::tells(&records[*i], &root)).collect();
    // The answer as it left stands beside the fact.
    telling.extend((start..stop).filter(|i| records[*i].code() == status && status.is_some()));
    telling.sort_unstable();
    telling.dedup();
    let mut values = root.values;
    values.extend(status.map(|status| ("code", status.to_string())));
    if let Some((rule, line)) = routed_by(&records[start..stop]) {
        values.push(("route", rule));
        values.push(("route-line", line.to_string()));
    }
    Account {
        cause: root.id,
        certainty: root.certainty,
        actor: root.actor,
        values,
        method: None,
        status: status.map(StatusCode::number),
        begin: Instant::EPOCH,
        end: Some(records[end].at),
        branches,
        telling,
        others: Vec::new(),
        missing: 0,
    }
}

/// Where the request began that ended with the record at `end`: behind the final answer before it, or behind an earlier one when
/// that one was given to the same request, which came back to us on its way.
fn start_of(records: &[Record], method: Option<Method>, end: usize) -> usize {
    let mut starts =
        (0..end).rev().filter(|i| is_end(&records[*i], method)).map(|before| before + 1).chain([0]);
    let is_whole =
        |start: &usize| branch::of(&records[*start..=end], None).iter().all(|row| !row.peers.is_empty());
    let nearest = starts.clone().next().unwrap_or(0);
    starts.find(is_whole).unwrap_or(nearest)
}

/// Whether the record says that a phone or next hop was asked.
fn is_asked(record: &Record) -> bool {
    matches!(record.what, What::Fact(Fact::Branch { .. }))
}

/// The account of an exchange without a final code since the record at `start`.
fn undecided(records: &[Record], start: usize, main: Option<Method>) -> Account {
    let records = &records[start..];
    let is_silence = |record: &Record| matches!(record.what, What::Fact(Fact::TimerFired { timer: Timer::J, method }) if main.is_none() || method == main);
    let silence = records.iter().position(is_silence).filter(|_| records.iter().any(is_asked));
    let dropped = records.iter().enumerate().rev().find_map(|(i, record)| match &record.what {
        What::Fact(Fact::Dropped { cause, .. }) => Some((i, cause)),
        _ => None,
    });
    let (root, telling) = match (silence, dropped) {
        (Some(end), _) => {
            let root = cause::root(&Cause::Timer(Timer::F), records, &[], records[end].at);
            (root.clone(), (0..records.len()).filter(|i| cause::tells(&records[*i], &root)).collect())
        }
        (None, Some((i, cause))) => (cause::plain(cause), vec![i]),
        (None, None) => (cause::Root::new("pending", Certainty::Possible, Actor::Nobody), Vec::new()),
    };
    Account {
        cause: root.id,
        certainty: root.certainty,
        actor: root.actor,
        values: root.values,
        method: None,
        status: None,
        begin: Instant::EPOCH,
        end: None,
        branches: branch::of(records, None),
        telling: telling.into_iter().map(|place| start + place).collect(),
        others: Vec::new(),
        missing: 0,
    }
}

/// The method of the request that opened it: INVITE where there is one.
fn main_method(records: &[Record]) -> Option<Method> {
    let methods = || records.iter().filter_map(method_of);
    let opens = |method: &Method| !matches!(method, Method::Ack | Method::Cancel | Method::Prack);
    methods().find(|method| *method == Method::Invite).or_else(|| methods().find(opens))
}

/// The method of the request that a record is about.
fn method_of(record: &Record) -> Option<Method> {
    match &record.what {
        What::Fact(Fact::Answered { method, .. } | Fact::Passed { method, .. }) => *method,
        What::Message(passage) => Message::parse(&passage.bytes).ok()?.cseq().ok()?.method,
        _ => None,
    }
}

/// Whether the record says that a request with this method got its final code.
fn is_end(record: &Record, method: Option<Method>) -> bool {
    end_of(record).is_some_and(|(status, own)| status.is_final() && own == method)
}

fn end_of(record: &Record) -> Option<(StatusCode, Option<Method>)> {
    match &record.what {
        What::Fact(Fact::Answered { status, method, .. } | Fact::Passed { status, method, .. }) => {
            Some((*status, *method))
        }
        _ => None,
    }
}

/// The last rule of the dial plan that chose where it goes, and its line.
fn routed_by(records: &[Record]) -> Option<(String, u32)> {
    records.iter().rev().find_map(|record| match &record.what {
        What::Fact(Fact::Routed { rule, line, .. }) => Some((rule.to_string(), *line)),
        _ => None,
    })
}

/// The refusals of other requests than the main one, and of changes of a call after it was `answered`; not of those that met
/// one of the other side and were made later (RFC 3261 §14.1).
fn others(
    records: &[Record],
    main: Option<Method>,
    answered: Option<usize>,
) -> Vec<(Option<&'static str>, u16, String)> {
    let is_made_later = |place: usize, method| {
        let mut later = records[place..].iter().filter_map(end_of);
        later.any(|(status, own)| status.is_success() && own == method)
    };
    let refused = records.iter().enumerate().filter(|(place, record)| {
        let Some((status, method)) = end_of(record) else {
            return !matches!(record.what, What::Fact(Fact::TimerFired { method, .. }) if method == main);
        };
        let is_main = method == main && answered.is_none_or(|answered| *place < answered);
        !(is_main || status == StatusCode::REQUEST_PENDING && is_made_later(*place, method))
    });
    let refused = refused.filter_map(|(_, record)| match &record.what {
        What::Fact(Fact::Answered { method, status, cause, .. }) => {
            Some((*method, *status, cause.id().to_owned()))
        }
        What::Fact(Fact::Passed { method, status, .. }) => Some((*method, *status, "passed".to_owned())),
        // Nobody is told of it, and whoever asked takes silence for this code (RFC 3261 §8.1.3.1).
        What::Fact(Fact::TimerFired { timer: Timer::F, method }) => {
            Some((*method, StatusCode::REQUEST_TIMEOUT, "timer".to_owned()))
        }
        _ => None,
    });
    refused
        .filter(|(method, status, _)| {
            status.number() >= 300 && !status.is_challenge() && *method != Some(Method::Cancel)
        })
        .map(|(method, status, cause)| (method.map(Method::as_str), status.number(), cause))
        .collect()
}

/// The word for a cause in an account.
pub fn word_of(cause: &Cause) -> String {
    cause::plain(cause).id
}
