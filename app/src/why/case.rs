//! What is on record of a call or a user, gathered from the journal.

use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::{Account, Key, Record, UserAccount, What, account, account_of_user};
use ringback_sip::journal::Fact;
use ringback_sip::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

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
    let mut records: BTreeMap<CallId, Vec<Record>> = BTreeMap::new();
    let wanted: BTreeSet<&CallId> = calls.iter().collect();
    let key = match calls {
        [one] => Some(Key::Call(one.clone())),
        _ => None,
    };
    reader.read(since, key.as_ref(), &mut |record| {
        if wanted.contains(&record.call_id) {
            records.entry(record.call_id.clone()).or_default().push(record);
        }
    })?;
    let mut bindings: BTreeMap<Key, Vec<Record>> = BTreeMap::new();
    let mut cases = Vec::new();
    for call_id in calls {
        let Some(mut own) = records.remove(call_id) else { continue };
        own.sort_by_key(|record| record.at);
        let mut history = Vec::new();
        for key in own.iter().flat_map(Record::keys).filter(|key| matches!(key, Key::User(_))) {
            if !bindings.contains_key(&key) {
                let of_user = bindings_of(reader, &key)?;
                bindings.insert(key.clone(), of_user);
            }
            history.extend(bindings.get(&key).into_iter().flatten().cloned());
        }
        history.sort_by_key(|record| record.at);
        history.dedup();
        if let Some(account) = account(&own, &history) {
            cases.push(Case { call_id: call_id.clone(), records: own, account });
        }
    }
    cases.sort_by_key(|case| case.account.begin);
    Ok(cases)
}

fn bindings_of(reader: &RecordReader, user: &Key) -> io::Result<Vec<Record>> {
    let mut found = Vec::new();
    reader.read(Instant::EPOCH, Some(user), &mut |record| {
        if matches!(record.what, What::Fact(Fact::Binding { .. })) {
            found.push(record);
        }
    })?;
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
        let mut calls: BTreeSet<CallId> = BTreeSet::new();
        let mut is_known = false;
        reader.read(Instant::EPOCH, Some(&key), &mut |record| {
            if is_meant(&record) {
                is_known = true;
                calls.insert(record.call_id);
            }
        })?;
        if !is_known {
            return Ok(None);
        }
        let mut records = Vec::new();
        reader.read(Instant::EPOCH, None, &mut |record| {
            let is_own = match &record.what {
                What::Fact(Fact::Binding { .. }) => record.keys().contains(&key) && is_meant(&record),
                What::Fact(Fact::FlowFailed { .. }) => true,
                _ => !record.call_id.is_empty() && calls.contains(&record.call_id),
            };
            if is_own {
                records.push(record);
            }
        })?;
        records.sort_by_key(|record| record.at);
        Ok(Some(History { account: account_of_user(bare, now, &records) }))
    }
}

/// The Call-ID of what was refused last; of the last call when nothing was.
pub(crate) fn last_call(reader: &RecordReader) -> io::Result<Option<CallId>> {
    let (mut refused, mut any) = (None, None);
    reader.read(Instant::EPOCH, None, &mut |record| {
        let What::Fact(fact) = &record.what else { return };
        let status = match fact {
            Fact::Answered { status, .. } | Fact::Passed { status, .. } => status.number(),
            _ => return,
        };
        if status >= 300 && ![401, 407].contains(&status) && !record.call_id.is_empty() {
            refused = Some(record.call_id);
        } else if !record.call_id.is_empty() {
            any = Some(record.call_id);
        }
    })?;
    Ok(refused.or(any))
}

/// The Call-IDs of what was answered since then, with this code if one is named; of very many the last.
pub(crate) fn recorded_since(
    reader: &RecordReader,
    since: Instant,
    code: Option<u16>,
) -> io::Result<Vec<CallId>> {
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    let key = code.map(Key::Code);
    reader.read(since, key.as_ref(), &mut |record| {
        let is_answer = matches!(record.what, What::Fact(Fact::Answered { .. } | Fact::Passed { .. }));
        if is_answer && record.code().is_some() && seen.insert(record.call_id.clone()) {
            order.push(record.call_id);
        }
    })?;
    Ok(order.split_off(order.len().saturating_sub(CALLS_MAX)))
}

/// The Call-IDs on record that look most like this one.
pub(crate) fn nearest(reader: &RecordReader, call_id: &[u8]) -> io::Result<Vec<String>> {
    let wanted = String::from_utf8_lossy(call_id).into_owned();
    let mut known: BTreeMap<CallId, f64> = BTreeMap::new();
    reader.read(Instant::EPOCH, None, &mut |record| {
        if !record.call_id.is_empty() && known.len() < CALLS_COMPARED_MAX {
            let likeness = |id: &CallId| strsim::jaro_winkler(&wanted, &id.escape_ascii().to_string());
            known.entry(record.call_id).or_insert_with_key(likeness);
        }
    })?;
    let mut near: Vec<_> = known.into_iter().filter(|(_, likeness)| *likeness > LIKENESS_MIN).collect();
    near.sort_by(|a, b| b.1.total_cmp(&a.1));
    Ok(near.into_iter().take(NEAREST_MAX).map(|(id, _)| id.escape_ascii().to_string()).collect())
}

/// Most calls in a table.
const CALLS_MAX: usize = 1000;
/// With how many Call-IDs an unknown one is compared at most.
const CALLS_COMPARED_MAX: usize = 100_000;
/// How many are suggested.
const NEAREST_MAX: usize = 5;
/// From where on two Call-IDs look alike.
const LIKENESS_MIN: f64 = 0.7;
