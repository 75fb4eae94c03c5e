//! The calls of a journal, each with its records and with what held when it began.

use super::standing::Standing;
use crate::diagnosis::{Record, What};
use ringback_sip::journal::Fact;
use ringback_sip::registry::Method;
use ringback_sip::syntax::Message;
use std::collections::BTreeMap;

/// One recorded call.
#[derive(Debug)]
pub struct Recorded<'a> {
    /// Its Call-ID.
    pub call_id: &'a [u8],
    /// The method of its first request.
    pub method: Option<Method>,
    /// Its records and those that concerned all calls while it ran, in their order.
    pub records: Vec<Record>,
    /// What held before.
    pub standing: &'a Standing,
}

/// Shows every call whose first message came from somebody else, in the order in which they began.
pub fn each_call(records: &[Record], mut take: impl FnMut(Recorded<'_>)) {
    let mut order: Vec<&Record> = records.iter().collect();
    order.sort_by_key(|record| record.at);
    let mut calls: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    let mut common = Vec::new();
    for (place, record) in order.iter().enumerate() {
        match &record.what {
            What::Began(_) | What::Gap(_) | What::Fanout(_) => common.push(place),
            What::Fact(Fact::FlowFailed { .. }) if record.call_id.is_empty() => common.push(place),
            _ if !record.call_id.is_empty() => calls.entry(&record.call_id).or_default().push(place),
            _ => {}
        }
    }
    let mut calls: Vec<_> = calls.into_iter().collect();
    calls.sort_by_key(|(_, places)| places.first().copied());
    let mut standing = Standing::default();
    let mut known = 0;
    for (call_id, mut places) in calls {
        let (Some(&first), Some(&last)) = (places.first(), places.last()) else { continue };
        order[known..first].iter().for_each(|record| standing.note(record));
        known = known.max(first);
        let began = common.partition_point(|place| *place < first);
        let ended = common.partition_point(|place| *place < last);
        places.extend(&common[began..ended]);
        places.sort_unstable();
        let records: Vec<Record> = places.iter().map(|place| order[*place].clone()).collect();
        let Some(method) = first_method(&records) else { continue };
        take(Recorded { call_id, method, records, standing: &standing });
    }
}

/// The method of the first request; `None` when the first message is not a request that came.
fn first_method(records: &[Record]) -> Option<Option<Method>> {
    let first = records.iter().find_map(|record| match &record.what {
        What::Message(passage) => Some(passage),
        _ => None,
    });
    let first = first.filter(|passage| !passage.sent)?;
    let message = Message::parse(&first.bytes).ok()?;
    message.is_request().then(|| message.method())
}
