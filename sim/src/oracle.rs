//! A reference model of a forking proxy's best response (RFC 3261 §16.7 steps 5 and 6, RFC 4320 §4.1): slow,
//! plain, and written without a look at the proxy, so that the two can be compared over random forks.

/// How one branch of a fork ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchEnd {
    /// With this final response.
    Final(u16),
    /// Without any: the client transaction timed out or its transport failed.
    Nothing,
}

/// A fork whose branches have all ended.
#[derive(Clone, Debug)]
pub struct Fork {
    /// Whether the request is an INVITE.
    pub is_invite: bool,
    /// Whether the caller cancelled it before a final response.
    pub is_cancelled: bool,
    /// The ends of the branches in the order in which they came.
    pub ends: Vec<BranchEnd>,
}

/// The codes that the proxy may send upstream; empty when it must send nothing.
pub fn acceptable(fork: &Fork) -> Vec<u16> {
    let codes = || fork.ends.iter().filter_map(|end| counted(*end, fork.is_invite));
    // The first 2xx is passed at once and ends the matter.
    if let Some(success) = codes().find(|c| (200..300).contains(c)) {
        return vec![success];
    }
    // A 6xx decides for all; the first one is the one whose verdict stopped the others.
    if let Some(global) = codes().find(|c| *c >= 600) {
        return vec![global];
    }
    let Some(best) = codes().map(|c| rank(c, fork.is_cancelled)).min() else {
        return if fork.is_invite { vec![408] } else { Vec::new() };
    };
    let mut chosen: Vec<u16> = codes().filter(|c| rank(*c, fork.is_cancelled) == best).collect();
    chosen.sort_unstable();
    chosen.dedup();
    // 503 speaks of one server, not of all behind the proxy.
    chosen.iter().map(|c| if *c == 503 { 500 } else { *c }).collect()
}

/// Why an answer of this code lost to the one that was chosen, by the stable name of the journal.
pub fn lost(fork: &Fork, chosen: u16, code: u16) -> &'static str {
    let (best, other) = (rank(chosen, fork.is_cancelled), rank(code, fork.is_cancelled));
    match (chosen, code) {
        (_, 408) if !fork.is_invite => "too-late",
        (600.., ..600) => "global",
        (487, 400..=486 | 488..=499) if fork.is_cancelled => "awaited",
        _ if best.0 != other.0 => "class",
        _ if best.1 != other.1 => "tells-less",
        _ => "later",
    }
}

/// The code for which a branch's end counts.
fn counted(end: BranchEnd, is_invite: bool) -> Option<u16> {
    match end {
        BranchEnd::Nothing if is_invite => Some(408),
        // A 408 to another request would come too late for anyone (RFC 4320 §4.2).
        BranchEnd::Final(408) if !is_invite => None,
        BranchEnd::Nothing => None,
        BranchEnd::Final(code) => Some(code),
    }
}

/// Lower is better: the class first, then how much the code tells the caller.
fn rank(code: u16, is_cancelled: bool) -> (u16, usize) {
    let inside = match code / 100 {
        4 if is_cancelled && code == 487 => 0,
        4 if REPAIRABLE.contains(&code) => 1,
        4 => VERDICTS.iter().position(|v| v.contains(&code)).map_or(100, |n| 2 + n),
        5 => FAILURES.iter().position(|c| *c == code).unwrap_or(FAILURES.len() - 2),
        _ => 0,
    };
    (code / 100, inside)
}

/// Codes after which the caller can do better.
const REPAIRABLE: &[u16] = &[
    401, 407, 413, 415, 416, 417, 420, 421, 422, 423, 424, 425, 428, 429, 433, 436, 437, 438, 470, 484, 494,
];
/// Verdicts about the user or the session, the clearest first; the rest says little.
const VERDICTS: &[&[u16]] = &[
    &[486],
    &[480],
    &[488],
    &[410],
    &[404],
    &[485],
    &[403],
    &[402],
    &[405, 406, 412, 414, 439, 469, 489, 491, 493],
];
/// Server failures, the most telling first.
const FAILURES: &[u16] = &[580, 501, 513, 505, 555, 500, 504, 502, 503];

#[cfg(test)]
mod tests {
    use super::BranchEnd::{Final, Nothing};
    use super::*;

    fn invite(ends: &[BranchEnd]) -> Vec<u16> {
        acceptable(&Fork { is_invite: true, is_cancelled: false, ends: ends.to_vec() })
    }

    #[test]
    fn the_example_of_the_rfc_gives_407() {
        assert_eq!(invite(&[Final(503), Final(407), Final(501), Final(404)]), [407]);
    }

    #[test]
    fn success_beats_all_and_6xx_beats_the_rest() {
        assert_eq!(invite(&[Final(603), Final(200)]), [200]);
        assert_eq!(invite(&[Final(302), Final(604), Final(600)]), [604]);
    }

    #[test]
    fn a_lone_503_becomes_500_and_silence_408() {
        assert_eq!(invite(&[Final(503), Final(503)]), [500]);
        assert_eq!(invite(&[Final(503), Final(502)]), [502]);
        assert_eq!(invite(&[Nothing, Final(500)]), [408]);
        assert_eq!(invite(&[]), [408]);
    }

    #[test]
    fn a_request_other_than_invite_never_gets_408() {
        let other = |ends: &[BranchEnd]| {
            acceptable(&Fork { is_invite: false, is_cancelled: false, ends: ends.to_vec() })
        };
        assert_eq!(other(&[Nothing, Nothing]), [] as [u16; 0]);
        assert_eq!(other(&[Nothing, Final(500)]), [500]);
    }

    #[test]
    fn after_a_cancel_487_is_preferred_to_other_4xx() {
        let fork = Fork { is_invite: true, is_cancelled: true, ends: vec![Final(486), Final(487)] };
        assert_eq!(acceptable(&fork), [487]);
        assert_eq!(invite(&[Final(486), Final(487)]), [486]);
    }
}
