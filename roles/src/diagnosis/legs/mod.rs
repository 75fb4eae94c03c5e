//! Legs: calls with Call-IDs of their own that a back-to-back user agent made of one (RFC 7092 §3).
//!
//! A leg is tied to the one that it came from by an identifier that both carry, by the media that both ask for, or by
//! numbers, host and times. Where two calls would do equally well, none is chosen.

mod leg;
mod taking;
mod tie;

use super::facts::{Call, CallKind};
use core::borrow::Borrow;
use core::net::IpAddr;
use leg::{Key, Leg};
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};
pub use tie::{Sign, Tie};

/// Most legs of one call.
pub const LEGS_MAX: usize = 32;
/// Most calls with the same number, host or identifier that a leg is compared with, the latest ones.
const CANDIDATES_MAX: usize = 16;

/// A call with its legs; most have one.
#[derive(Clone, Debug)]
pub struct Legs<C> {
    /// The legs in the order in which they began: the first is where the call came from.
    pub calls: Vec<C>,
    /// What ties each leg but the first to one before it.
    pub ties: Vec<Tie>,
}

impl<C: Borrow<Call>> Legs<C> {
    /// A call of one leg.
    pub fn one(call: C) -> Self {
        Legs { calls: vec![call], ties: Vec::new() }
    }

    /// The leg where the call came from, and the others with their ties.
    pub fn iter(&self) -> impl Iterator<Item = (&Call, Option<Tie>)> {
        let ties = core::iter::once(None).chain(self.ties.iter().copied().map(Some));
        self.calls.iter().map(Borrow::borrow).zip(ties)
    }
}

/// Puts legs of one call together; the calls come out in the order in which they began.
pub fn legs_of<C: Borrow<Call>>(calls: Vec<C>) -> Vec<Legs<C>> {
    let mut calls = calls;
    calls.sort_by_key(|call| {
        let call: &Call = call.borrow();
        (call.began(), call.messages.first().map(|message| message.no))
    });
    let parents = parents(&calls.iter().map(Borrow::borrow).collect::<Vec<_>>());
    let mut groups: Vec<Legs<C>> = Vec::with_capacity(calls.len());
    // Where each call has gone.
    let mut places: Vec<usize> = Vec::with_capacity(calls.len());
    for (call, parent) in calls.into_iter().zip(parents) {
        let group = parent.map(|(parent, tie)| (places[parent], tie));
        match group.filter(|&(group, _)| groups[group].calls.len() < LEGS_MAX) {
            Some((group, tie)) => {
                groups[group].calls.push(call);
                groups[group].ties.push(tie);
                places.push(group);
            }
            None => {
                places.push(groups.len());
                groups.push(Legs::one(call));
            }
        }
    }
    groups
}

/// The leg from which each call came, by its place; the calls are in the order in which they began.
fn parents(calls: &[&Call]) -> Vec<Option<(usize, Tie)>> {
    let opening = |call: &Call| call.opening().map(|message| (message.src.ip(), message.dst.ip()));
    // Only a host that both takes and makes calls can have made a leg.
    let making: BTreeSet<IpAddr> =
        calls.iter().filter_map(|call| opening(call)).map(|(src, _)| src).collect();
    let mut legs: Vec<Option<Leg<'_>>> = Vec::with_capacity(calls.len());
    let mut known: BTreeMap<Key<'_>, SmallVec<[usize; 2]>> = BTreeMap::new();
    let mut parents = Vec::with_capacity(calls.len());
    for (place, call) in calls.iter().enumerate() {
        let leg = if call.kind == CallKind::Call { Leg::read(call) } else { None };
        let parent = leg.as_ref().and_then(|leg| {
            let places = leg.asks().filter_map(|key| known.get(&key)).flatten().copied();
            let candidates: BTreeSet<usize> = places.collect();
            best(candidates.into_iter().filter_map(|place| Some((place, legs[place].as_ref()?))), leg)
        });
        for key in leg.iter().flat_map(|leg| leg.offers(&making)) {
            let places = known.entry(key).or_default();
            if places.len() >= CANDIDATES_MAX {
                places.remove(0);
            }
            places.push(place);
        }
        parents.push(parent);
        legs.push(leg);
    }
    parents
}

/// The candidate that fits better than every other.
fn best<'a, 'b: 'a>(
    candidates: impl Iterator<Item = (usize, &'a Leg<'b>)>,
    leg: &Leg<'_>,
) -> Option<(usize, Tie)> {
    let mut best: Option<(u32, usize, Tie)> = None;
    let mut is_alone = true;
    for (place, candidate) in candidates {
        let Some((points, tie)) = tie::between(candidate, leg) else { continue };
        match best.as_ref().map_or(0, |(points, ..)| *points) {
            most if points > most => (best, is_alone) = (Some((points, place, tie)), true),
            most if points == most => is_alone = false,
            _ => {}
        }
    }
    best.filter(|_| is_alone).map(|(_, place, tie)| (place, tie))
}

#[cfg(test)]
mod tests;
