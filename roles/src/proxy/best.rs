//! The best of the final responses of a fork (RFC 3261 §16.7 step 6).

use ringback_sip::journal::Lost;
use ringback_sip::registry::{ForkRank, StatusCode};

/// Chooses among the final codes of all branches, given in the order in which they came: a 6xx if there is one
/// (the first, since its verdict stopped the others), else the lowest class, and inside it what tells the caller
/// most. After a CANCEL from the caller, 487 is the answer that it waits for. `None` when there is nothing.
pub fn best_response(codes: impl IntoIterator<Item = StatusCode>, cancelled: bool) -> Option<usize> {
    let awaited = |code| cancelled && code == StatusCode::REQUEST_TERMINATED;
    let rank = |code: StatusCode| {
        let rank = if awaited(code) { ForkRank::Repairable } else { code.row().rank };
        (rank, !awaited(code))
    };
    let finals = codes.into_iter().enumerate().filter(|(_, code)| code.is_final());
    // Of equals, the first is taken.
    finals.min_by_key(|&(_, code)| rank(code)).map(|(index, _)| index)
}

/// Why `other` was not taken where `best` was.
pub(super) fn why_lost(best: StatusCode, other: StatusCode, cancelled: bool) -> Lost {
    let class = |status: StatusCode| status.number() / 100;
    match () {
        () if class(best) != class(other) && class(best) >= 6 => Lost::Global,
        () if class(best) != class(other) => Lost::Class,
        () if best == other => Lost::Later,
        () if cancelled && best == StatusCode::REQUEST_TERMINATED => Lost::Awaited,
        () if best.row().rank == other.row().rank => Lost::Later,
        () => Lost::TellsLess,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(codes: &[u16], cancelled: bool) -> Option<u16> {
        let codes: Vec<_> = codes.iter().map(|&c| StatusCode::new(c).unwrap()).collect();
        best_response(codes.iter().copied(), cancelled).map(|i| codes[i].number())
    }

    #[test]
    fn global_failure_wins_then_the_lowest_class_then_what_tells_most() {
        assert_eq!(best(&[503, 407, 501, 404], false), Some(407));
        assert_eq!(best(&[486, 604, 600, 302], false), Some(604));
        assert_eq!(best(&[404, 302, 486], false), Some(302));
        assert_eq!(best(&[408, 480, 486, 404], false), Some(486));
        assert_eq!(best(&[503, 500], false), Some(500));
        assert_eq!(best(&[482, 404], false), Some(404));
        assert_eq!(best(&[], false), None);
    }

    /// Every fork of up to three branches over codes of all kinds: the reason for which a branch lost agrees with a plain
    /// reading of RFC 3261 §16.7 step 6.
    #[test]
    fn every_branch_that_lost_has_its_reason() {
        let codes = [301, 302, 401, 404, 407, 408, 480, 486, 487, 500, 501, 503, 600, 603];
        let code = |number| StatusCode::new(number).unwrap();
        let mut judged = 0;
        let count = codes.len();
        for n in 0..count.pow(3) * 2 {
            let pick = |place: u32| codes[n / 2 / count.pow(place) % count];
            let (fork, cancelled) = ([pick(0), pick(1), pick(2)], n % 2 == 1);
            for size in 2..=3 {
                let fork = &fork[..size];
                let best = best_response(fork.iter().map(|n| code(*n)), cancelled).unwrap();
                for (place, other) in fork.iter().enumerate().filter(|(place, _)| *place != best) {
                    let won = fork[best];
                    let why = why_lost(code(won), code(*other), cancelled);
                    let expected = match (won / 100, other / 100) {
                        (6, 3..=5) => Lost::Global,
                        (own, its) if own != its => Lost::Class,
                        _ if won == *other => Lost::Later,
                        _ if cancelled && won == 487 => Lost::Awaited,
                        _ if code(won).row().rank == code(*other).row().rank => Lost::Later,
                        _ => Lost::TellsLess,
                    };
                    assert_eq!(why, expected, "{fork:?} {cancelled}");
                    let same_class = won / 100 == other / 100;
                    assert!(why != Lost::Later || place > best, "an equal one that came before: {fork:?}");
                    assert!(same_class || won / 100 == 6 || won < *other, "the lowest class wins: {fork:?}");
                    judged += 1;
                }
            }
        }
        assert_eq!(judged, 14 * 14 * 14 * 2 * 3);
    }

    #[test]
    fn a_cancelled_request_gets_its_487() {
        assert_eq!(best(&[486, 487], true), Some(487));
        assert_eq!(best(&[401, 487], true), Some(487));
        assert_eq!(best(&[486, 487], false), Some(486));
        assert_eq!(best(&[603, 487], true), Some(603));
    }
}
