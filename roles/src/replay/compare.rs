//! Whether a replay did the same as the server had done.

use super::beside::Beside;
use super::player::Replayed;
use crate::diagnosis::{Passage, Record, What, masked};
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// The same messages on the same paths, byte for byte, in the same order.
    Same,
    /// Something else.
    Differs(Box<Difference>),
    /// It cannot be told: the call depended on what is not recorded.
    Beside(Beside),
}

/// The first message in which a replay and its record differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How many were the same before.
    pub same: usize,
    /// What the server had sent; `None`: nothing more.
    pub recorded: Option<(Instant, Passage)>,
    /// What the replay sent; `None`: nothing more.
    pub replayed: Option<(Instant, Passage)>,
}

/// Compares what a replay sent with what the server had sent.
pub fn compare(records: &[Record], replayed: &Replayed) -> Match {
    if !records.iter().any(|record| matches!(&record.what, What::Message(passage) if !passage.sent)) {
        return Match::Beside(Beside::NoMessages);
    }
    let recorded: Vec<_> = records.iter().filter_map(sent).collect();
    let again: Vec<_> = replayed.sent().map(|(at, passage)| (at, passage.clone())).collect();
    let same = recorded.iter().zip(&again).take_while(|(a, b)| a.1 == b.1).count();
    if same == recorded.len() && same == again.len() {
        return Match::Same;
    }
    if let Some(beside) = beside(records, replayed) {
        return Match::Beside(beside);
    }
    let difference =
        Difference { same, recorded: recorded.get(same).cloned(), replayed: again.get(same).cloned() };
    if difference.is_of_fallback() {
        return Match::Beside(Beside::Load(Cause::Md5Alone.id()));
    }
    Match::Differs(Box::new(difference))
}

impl Difference {
    /// Whether both are challenges that offer more or fewer algorithms: whoever gave up before is offered MD5 alone, and
    /// that belongs to no call.
    fn is_of_fallback(&self) -> bool {
        let offers = |side: &Option<(Instant, Passage)>| {
            let message = Message::parse(&side.as_ref()?.1.bytes).ok()?;
            let names = [HeaderName::WWW_AUTHENTICATE, HeaderName::PROXY_AUTHENTICATE];
            let offers = names.iter().map(|name| message.headers(*name).count()).sum::<usize>();
            message.status().filter(|_| offers > 0).map(|status| (status, offers))
        };
        match (offers(&self.recorded), offers(&self.replayed)) {
            (Some(a), Some(b)) => a.0 == b.0 && a.1 != b.1,
            _ => false,
        }
    }
}

/// A message that the server sent, without what is private.
fn sent(record: &Record) -> Option<(Instant, Passage)> {
    match &record.what {
        What::Message(passage) if passage.sent => {
            Some((record.at, Passage { bytes: masked(&passage.bytes).into(), ..passage.clone() }))
        }
        _ => None,
    }
}

fn beside(records: &[Record], replayed: &Replayed) -> Option<Beside> {
    let subscribes = |record: &Record| matches!(&record.what, What::Message(passage) if passage.bytes.starts_with(b"SUBSCRIBE "));
    let of_record = |record: &Record| match &record.what {
        What::Gap(_) => Some(Beside::Gap),
        // NOTIFYs of it may be among those that were only counted.
        What::Fanout(_) if records.iter().any(subscribes) => Some(Beside::Gap),
        What::Began(_) => Some(Beside::Configuration),
        What::Message(passage) if passage.bytes.len() >= CUT_BYTES => Some(Beside::Cut),
        What::Fact(fact) => of_fact(fact),
        _ => None,
    };
    replayed.beside.clone().or_else(|| records.iter().find_map(of_record))
}

fn of_fact(fact: &Fact) -> Option<Beside> {
    let (Fact::Answered { cause, .. } | Fact::Dropped { cause, .. }) = fact else { return None };
    let is_load = matches!(
        cause,
        Cause::Overload
            | Cause::TooOften
            | Cause::TooManyAttempts
            | Cause::Md5Alone
            | Cause::Draining
            | Cause::Limit(_)
            | Cause::NotDurable
            | Cause::StoreUnavailable
    );
    is_load.then(|| Beside::Load(cause.id()))
}

/// From this length on a message was recorded without its end.
const CUT_BYTES: usize = 8192;
