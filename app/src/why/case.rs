//! What is on record of a call or a user, gathered from the journal.

use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::{Account, Key, Record, UserAccount, What, account, account_of_user};
use ringback_sip::journal::Fact;
use ringback_sip::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::ControlFlow;

type CallId = Box<[u8]>;

/// A call with its account.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) call_id: CallId,
    pub(crate) records: Vec<Record>,
    pub(crate) account: Account,
}

impl Case {
    /// The call with this Call-ID, if there is one.
    pub(crate) fn read(reader: &RecordReader, call_id: &[u8]) -> io::Result<Option<Case>> {
        Ok(cases(reader, Instant::EPOCH, &[call_id.into()])?.pop())
    }
}

/// The calls with these Call-IDs, as far as they are recorded from then on, the first one first.
pub(crate) fn cases(reader: &RecordReader, since: Instant, calls: &[CallId]) -> io::Result<Vec<Case>> {
    let mut bindings = Bindings::default();
    let mut cases = Vec::new();
    for call_id in calls {
        let mut own = Vec::new();
        reader.read(since, Some(&Key::Call(call_id.clone())), &mut |record| own.push(record))?;
        own.sort_by_key(|record| record.at);
        if let Some(account) = account(&own, &bindings.of(reader, &own)?) {
            cases.push(Case { call_id: call_id.clone(), records: own, account });
        }
    }
    cases.sort_by_key(|case| case.account.begin);
    Ok(cases)
}

/// What became of users' phones, as it is read for one call after the other.
#[derive(Debug, Default)]
pub(crate) struct Bindings(BTreeMap<Box<[u8]>, Vec<Record>>);

impl Bindings {
    /// The history of the users of a call, which its account needs beside its own records.
    pub(crate) fn of(&mut self, reader: &RecordReader, call: &[Record]) -> io::Result<Vec<Record>> {
        let mut history = Vec::new();
        for key in call.iter().flat_map(Record::keys) {
            let Key::User(user) = key else { continue };
            if !self.0.contains_key(&user) {
                self.0.insert(user.clone(), bindings_of(reader, &user)?);
            }
            history.extend(self.0.get(&user).into_iter().flatten().cloned());
        }
        history.sort_by_key(|record| record.at);
        history.dedup();
        Ok(history)
    }
}

fn bindings_of(reader: &RecordReader, user: &[u8]) -> io::Result<Vec<Record>> {
    let mut found = Vec::new();
    reader.read(Instant::EPOCH, Some(&Key::Binding(user.into())), &mut |record| found.push(record))?;
    Ok(found)
}

/// A user with its history.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) account: UserAccount,
}

impl History {
    /// The history of a user, named as `bob`, `bob@example.test` or a URI; `None` when nothing is on record.
    pub(crate) fn read(reader: &RecordReader, user: &str, now: Instant) -> io::Result<Option<History>> {
        let bare = user.trim_start_matches("sips:").trim_start_matches("sip:");
        let name = bare.split('@').next().unwrap_or_default();
        let key = Key::User(name.as_bytes().into());
        let is_meant = |record: &Record| {
            !bare.contains('@') || record.users().iter().any(|user| **user == *bare.as_bytes())
        };
        let mut records = bindings_of(reader, name.as_bytes())?;
        records.retain(is_meant);
        let mut calls: BTreeSet<CallId> = BTreeSet::new();
        for record in records.iter().rev().filter(|record| !record.call_id.is_empty()) {
            if calls.len() < HISTORY_CALLS_MAX {
                calls.insert(record.call_id.clone());
            }
        }
        let mut is_known = !records.is_empty();
        let mut others = 0;
        reader.newest(Instant::EPOCH, &key, &mut |record| {
            if is_meant(&record) {
                is_known = true;
                others += usize::from(!record.call_id.is_empty() && calls.insert(record.call_id));
            }
            if others < HISTORY_CALLS_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if !is_known {
            return Ok(None);
        }
        let mut peers = BTreeSet::new();
        for call_id in &calls {
            reader.read(Instant::EPOCH, Some(&Key::Call(call_id.clone())), &mut |record| {
                peers.extend(record.peer());
                if !matches!(record.what, What::Fact(Fact::Binding { .. })) {
                    records.push(record);
                }
            })?;
        }
        for peer in peers {
            reader.read(Instant::EPOCH, Some(&Key::Closed(peer)), &mut |record| {
                if !calls.contains(&record.call_id) {
                    records.push(record);
                }
            })?;
        }
        records.sort_by_key(|record| record.at);
        Ok(Some(History { account: account_of_user(bare, now, &records) }))
    }
}

/// The Call-ID of what was refused last; of the last call when nothing was.
pub(crate) fn last_call(reader: &RecordReader) -> io::Result<Option<CallId>> {
    let mut refused = newest(reader, Instant::EPOCH, &Key::Refused, 1)?;
    let first = refused.clone();
    // A challenge refuses when nobody answers it, or answers it wrongly.
    for code in [401, 407] {
        refused.extend(newest(reader, Instant::EPOCH, &Key::Code(code), CHALLENGED_MAX)?);
    }
    let mut cases = cases(reader, Instant::EPOCH, &refused)?;
    let is_challenged = |case: &Case| matches!(case.account.status, Some(401 | 407));
    cases.retain(|case| first.contains(&case.call_id) || is_challenged(case));
    match cases.pop() {
        Some(case) => Ok(Some(case.call_id)),
        None => Ok(newest(reader, Instant::EPOCH, &Key::Answered, 1)?.pop()),
    }
}

/// The Call-IDs of what was answered since then, with this code if one is named; of very many the last.
pub(crate) fn recorded_since(
    reader: &RecordReader,
    since: Instant,
    code: Option<u16>,
) -> io::Result<Vec<CallId>> {
    newest(reader, since, &code.map_or(Key::Answered, Key::Code), CALLS_MAX)
}

/// The Call-IDs of the newest facts and openings that have a key, `most` at most, the newest last.
pub(crate) fn newest(
    reader: &RecordReader,
    since: Instant,
    key: &Key,
    most: usize,
) -> io::Result<Vec<CallId>> {
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    reader.newest(since, key, &mut |record| {
        let is_one = *key == Key::Opened || record.fact().is_some();
        if is_one && !record.call_id.is_empty() && seen.insert(record.call_id.clone()) {
            order.push(record.call_id);
        }
        if order.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    order.reverse();
    Ok(order)
}

/// The Call-IDs on record that look most like this one.
pub(crate) fn nearest(reader: &RecordReader, call_id: &[u8]) -> io::Result<Vec<String>> {
    let wanted = String::from_utf8_lossy(call_id).into_owned();
    let known = newest(reader, Instant::EPOCH, &Key::Opened, CALLS_COMPARED_MAX)?;
    let likeness = |id: CallId| (strsim::jaro_winkler(&wanted, &id.escape_ascii().to_string()), id);
    let mut near: Vec<_> =
        known.into_iter().map(likeness).filter(|(likeness, _)| *likeness > LIKENESS_MIN).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(near.into_iter().take(NEAREST_MAX).map(|(_, id)| id.escape_ascii().to_string()).collect())
}

/// Among how many of the calls that were challenged last one is looked for that got no further.
const CHALLENGED_MAX: usize = 8;
/// Most calls in a table.
const CALLS_MAX: usize = 1000;
/// With how many Call-IDs an unknown one is compared at most.
const CALLS_COMPARED_MAX: usize = 20_000;
/// Of how many calls a history of a user tells at most: so many that changed its phones, and so many others.
const HISTORY_CALLS_MAX: usize = 1000;
/// How many are suggested.
const NEAREST_MAX: usize = 5;
/// From where on two Call-IDs look alike.
const LIKENESS_MIN: f64 = 0.7;
