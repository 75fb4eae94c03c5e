//! The calls of users as the server sees them pass, for `dialog` (RFC 4235): soft state, which lives in memory alone.

use crate::location::Aor;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most calls of one user that are told; a lamp is lit by one.
pub const LEGS_PER_USER_MAX: usize = 16;

/// How far a call is (RFC 4235 §3.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The INVITE is on its way.
    Trying,
    /// The other side rings, or says so.
    Early,
    /// The call was accepted.
    Confirmed,
}

/// A user's side of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// How far it is.
    pub phase: Phase,
    /// Whether the user calls, and is not called; `None` when that is not known any more.
    pub is_initiator: Option<bool>,
    /// The Call-ID.
    pub call_id: Arc<[u8]>,
    /// The user's tag; empty as long as there is none.
    pub local_tag: Arc<[u8]>,
    /// The other side's.
    pub remote_tag: Arc<[u8]>,
    /// Whom the other side says to be, or was called as: a URI.
    pub remote: Arc<[u8]>,
}

/// The calls of a user, each by its number.
pub type Legs = BTreeMap<u64, Leg>;

/// The calls of users. They lie beside the [`Board`](super::Board), so that a call that nobody watches passes it by.
#[derive(Debug, Default)]
pub struct Calls(BTreeMap<Aor, Arc<Legs>>);

impl Calls {
    /// Those of one user.
    pub fn of(&self, aor: &Aor) -> Option<Arc<Legs>> {
        self.0.get(aor).cloned()
    }

    /// A call of a user is so now, or is over; whether that changes anything.
    pub fn set(&mut self, aor: &Aor, id: u64, leg: Option<Leg>) -> bool {
        let Some(leg) = leg else {
            let Some(legs) = self.0.get_mut(aor).filter(|legs| legs.contains_key(&id)) else { return false };
            let legs = Arc::make_mut(legs);
            legs.remove(&id);
            if legs.is_empty() {
                self.0.remove(aor);
            }
            return true;
        };
        if !self.0.contains_key(aor) {
            self.0.insert(aor.clone(), Arc::default());
        }
        let Some(legs) = self.0.get_mut(aor) else { return false };
        let is_known = legs.contains_key(&id);
        if (!is_known && legs.len() >= LEGS_PER_USER_MAX) || legs.get(&id) == Some(&leg) {
            return false;
        }
        Arc::make_mut(legs).insert(id, leg);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(phase: Phase) -> Leg {
        let empty: Arc<[u8]> = Arc::from(&b""[..]);
        let (local_tag, remote_tag, remote) = (empty.clone(), empty.clone(), empty.clone());
        Leg { phase, is_initiator: Some(false), call_id: empty, local_tag, remote_tag, remote }
    }

    #[test]
    fn calls_come_change_and_go_and_their_number_is_bounded() {
        let (mut calls, bob) = (Calls::default(), Aor::from_canonical(b"bob@x"));
        for id in 0..20 {
            assert_eq!(calls.set(&bob, id, Some(leg(Phase::Trying))), id < LEGS_PER_USER_MAX as u64);
        }
        assert!(calls.set(&bob, 0, Some(leg(Phase::Early))));
        assert!(!calls.set(&bob, 0, Some(leg(Phase::Early))), "that is no change");
        assert_eq!(calls.of(&bob).map(|legs| legs.len()), Some(LEGS_PER_USER_MAX));
        for id in 0..20 {
            assert_eq!(calls.set(&bob, id, None), id < LEGS_PER_USER_MAX as u64);
        }
        assert!(calls.0.is_empty());
    }
}
