//! What ties two legs.

use super::super::finding::Certainty;
use super::leg::Leg;
use core::time::Duration;
use serde::Serialize;

/// What ties a leg to one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// How sure.
    pub certainty: Certainty,
    /// By what.
    pub sign: Sign,
}

/// By what two legs are known to be of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// Both carry the same identifier, or one names the Call-ID of the other.
    Identifier,
    /// Both ask for media at the same place, or a third party asks the second for it at the place that the first named.
    Media,
    /// The host that got one made the other, at that time and between the same numbers.
    Numbers,
}

impl Sign {
    /// Its name in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Sign::Identifier => "identifier",
            Sign::Media => "media",
            Sign::Numbers => "numbers",
        }
    }
}

/// Whether `leg` came from `from`, with how well it fits beside other candidates.
pub(super) fn between(from: &Leg<'_>, leg: &Leg<'_>) -> Option<(u32, Tie)> {
    let waited = leg.invite.at.since(from.invite.at);
    let is_over = from.end.at.is_some_and(|at| leg.invite.at.since(at) > TOGETHER);
    if is_over || from.invite.at > leg.invite.at {
        return None;
    }
    if leg.shares_identifier(from) {
        return Some((IDENTIFIER, Tie { certainty: Certainty::Certain, sign: Sign::Identifier }));
    }
    if was_passed_on(from, leg) {
        let certainty = if ends_together(from, leg)? { Certainty::Certain } else { Certainty::Likely };
        return Some((PASSED_ON, Tie { certainty, sign: Sign::Media }));
    }
    if waited > MADE_WITHIN || !was_made_by_receiver(from, leg) {
        return None;
    }
    let is_same_media = leg.media.is_some() && leg.media == from.media;
    let is_same_caller = leg.caller.is_some() && leg.caller == from.caller;
    let is_same_called = leg.called.iter().any(|called| from.called.contains(called));
    let are_together = ends_together(from, leg)?;
    let has_numbers = is_same_caller && is_same_called;
    let certainty = match (is_same_media, has_numbers, is_same_caller || is_same_called) {
        (true, true, _) => Certainty::Certain,
        (true, false, _) | (_, true, _) => Certainty::Likely,
        (_, _, true) if are_together && waited <= TOGETHER => Certainty::Possible,
        _ => return None,
    };
    let certainty = if are_together { certainty } else { certainty.lowered() };
    let points = |is: bool, points: u32| if is { points } else { 0 };
    let points = points(is_same_media, 8)
        + points(is_same_caller, 2)
        + points(is_same_called, 2)
        + points(are_together, 2);
    Some((points, Tie { certainty, sign: if is_same_media { Sign::Media } else { Sign::Numbers } }))
}

/// Whether the host that got one made the other, and sent it on.
fn was_made_by_receiver(from: &Leg<'_>, leg: &Leg<'_>) -> bool {
    let (src, dst) = (leg.invite.src, leg.invite.dst);
    from.hops.iter().any(|&(client, server)| {
        // Where everything has one address, ports tell hosts apart.
        let is_elsewhere = client.ip() != server.ip() || (dst != server && src != client);
        server.ip() == src.ip() && (client, server) != (src, dst) && is_elsewhere
    })
}

/// Whether a third party called both, and asks the second for media at the place that the first had named (RFC 3725 §4).
fn was_passed_on(from: &Leg<'_>, leg: &Leg<'_>) -> bool {
    from.late_offer.is_some_and(|(at, media)| {
        leg.media == Some(media)
            && leg.maker() == from.maker()
            && leg.invite.dst != from.invite.dst
            && leg.invite.at.since(at) <= MADE_WITHIN
            && leg.invite.at >= at
    })
}

/// Whether the ends of both were seen and belong together; `None` when they cannot.
fn ends_together(from: &Leg<'_>, leg: &Leg<'_>) -> Option<bool> {
    let (first, second) = (from.end, leg.end);
    match (first.at, second.at) {
        // A leg that failed may be followed by another, as long as the call lives.
        (Some(a), Some(b)) if !second.is_answered => (b.since(a) <= TOGETHER).then(|| a.since(b) <= TOGETHER),
        (Some(a), Some(b)) => (a.since(b).max(b.since(a)) <= TOGETHER).then_some(true),
        // It goes on although the call that it came from failed.
        (Some(_), None) if second.is_answered && !first.is_answered => None,
        _ => Some(false),
    }
}

/// A back-to-back user agent asks within this time, when it does not wait for anybody first.
const MADE_WITHIN: Duration = Duration::from_secs(10);
/// What follows from the other follows within this time.
const TOGETHER: Duration = Duration::from_secs(2);
/// More than numbers and times together.
const PASSED_ON: u32 = 50;
/// More than everything else together.
const IDENTIFIER: u32 = 100;
