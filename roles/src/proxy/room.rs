//! No room for a transaction: what is answered then, and when to ask again.

use ringback_sip::entropy::Seed;
use ringback_sip::journal::Cause;
use ringback_sip::registry::StatusCode;
use ringback_sip::transaction::Refusal;

/// What to answer when no transaction can be made; `None` for nothing at all.
pub fn refused(refusal: Refusal) -> Option<(StatusCode, Cause)> {
    let status = refusal.status()?;
    let cause = match refusal {
        Refusal::Malformed(fault) => {
            Cause::Malformed { header: None, at: u32::try_from(fault.at).unwrap_or(u32::MAX) }
        }
        _ => no_room(),
    };
    Some((status, cause))
}

/// The layer of transactions is full.
pub(super) fn no_room() -> Cause {
    Cause::Limit("TRANSACTIONS_MAX".into())
}

/// After how many seconds to ask again. Callers shall not all come back at one time (RFC 3261 §21.5.4).
pub fn retry_after_secs(key: Seed, call_id: &[u8]) -> u64 {
    RETRY_AFTER_MIN_SECS + key.hash(call_id) % RETRY_AFTER_SPREAD_SECS
}

/// When to ask again after a refusal for lack of room or time: from here on,
const RETRY_AFTER_MIN_SECS: u64 = 2;
/// and this much later at most.
const RETRY_AFTER_SPREAD_SECS: u64 = 9;
