//! Diagnosis: from what was seen (a capture, a stream, the journal) to findings: what went wrong, how sure that is, who
//! must act, and which messages show it.
//!
//! [`Facts`] is built from packets, one at a time; [`diagnose`] runs the registered [`rules`] over one call and ranks what
//! they find. A rule reads facts only, so that it judges a capture of anybody's equipment as it judges the live server.
//! Findings are data; [`told`] turns them into sentences of a language.

mod account;
mod facts;
mod finding;
mod judgement;
mod known;
mod ladder;
mod legs;
mod mask;
mod media;
mod page;
mod record;
mod report;
mod rule;
pub mod rules;
#[cfg(test)]
mod testing;
mod timing;
mod told;
mod verdict;
mod width;

pub use account::{
    Account, BranchAccount, BranchFate, HistoryEvent, Registration, ToldAccount, UserAccount, account,
    account_of_user, tell_account, tell_end, tell_fact, tell_state, word_of,
};
pub use facts::{
    CALLS_MAX, CHECKS_MAX, Call, CallId, CallKind, Check, Checks, Dialog, Dns, EVENTS_MAX, Facts,
    FactsLimits, FactsLoss, Icmp, IcmpKind, MESSAGES_PER_CALL_MAX, Message, Point, SIGHTINGS_MAX, Seen,
    Sighting, Stage, Stream, StreamKey, TcpEvent, TcpKind, TlsAlert, Transaction, fixed_format,
};
pub use finding::{Actor, Certainty, Evidence, Finding, Hop, RuleId, Value};
pub use judgement::Judgement;
pub use known::{Known, KnownBinding, Told as StoreTold};
pub use ladder::{LadderLine, LadderView, PARTIES_MAX, Rung, escaped};
pub use legs::{LEGS_MAX, Legs, Sign, Tie, legs_of};
pub(crate) use mask::parameter;
pub use mask::{hide_body, hide_secrets, masked};
pub use media::{
    MediaEnd, MediaLine, MediaState, MediaStep, Protection, ReportedMedia, ToldMedia, media_of,
    media_of_records, tell_media,
};
pub use page::write_page;
pub use record::{Began, Fanout, Key, Passage, Record, What, opens};
pub use report::{CallReport, ReportedFinding, ReportedLeg, ReportedStream, report_whole};
pub use rule::{Judge, Level, Rule};
pub use rules::ending::{Ender, ended_by};
pub use timing::{Ladder, LadderKind, PATIENCE, fit};
pub use told::{Told, ToldEvidence, tell};
pub use verdict::{Diagnosis, diagnose, diagnose_legs, diagnose_whole};
pub use width::{columns, padded, shortened};
