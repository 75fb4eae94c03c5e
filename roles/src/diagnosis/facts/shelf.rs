//! The calls: found by Call-ID, and kept in the order in which they came.

use super::call::{Call, CallId};
use ringback_sip::entropy::Seed;
use std::collections::BTreeMap;

/// The calls that are kept. Call-IDs resemble each other for long, so they are compared by hashes, which do not.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    places: BTreeMap<[u64; 2], u64>,
    calls: BTreeMap<u64, Call>,
    next: u64,
}

impl Shelf {
    /// Where a call stands.
    pub(super) fn place(&self, id: &[u8]) -> Option<u64> {
        self.places.get(&hash(id)).copied()
    }

    /// The call that stands there.
    pub(super) fn at(&self, place: u64) -> Option<&Call> {
        self.calls.get(&place)
    }

    /// The call that stands there, to add to it.
    pub(super) fn at_mut(&mut self, place: u64) -> Option<&mut Call> {
        self.calls.get_mut(&place)
    }

    /// The call with this Call-ID.
    pub(super) fn get(&self, id: &[u8]) -> Option<&Call> {
        self.at(self.place(id)?)
    }

    /// The call with this Call-ID, to add to it.
    pub(super) fn get_mut(&mut self, id: &[u8]) -> Option<&mut Call> {
        self.at_mut(self.place(id)?)
    }

    /// Begins a call that nobody knew, and says where it stands.
    pub(super) fn start(&mut self, id: CallId) -> u64 {
        let place = self.next;
        self.next += 1;
        self.places.insert(hash(&id), place);
        self.calls.insert(place, Call::new(id));
        place
    }

    /// Takes a call out.
    pub(super) fn remove(&mut self, id: &[u8]) -> Option<(u64, Call)> {
        let place = self.places.remove(&hash(id))?;
        Some((place, self.calls.remove(&place)?))
    }

    /// Every call.
    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = &Call> {
        self.calls.values()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }
}

/// So long that nobody finds two Call-IDs with the same one.
fn hash(id: &[u8]) -> [u64; 2] {
    Seed([0, 0]).hash128(id)
}
