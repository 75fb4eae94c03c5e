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
        () if best.row().rank == other.row().rank || best == other => Lost::Later,
        () if cancelled && best == StatusCode::REQUEST_TERMINATED => Lost::Awaited,
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

    #[test]
    fn a_cancelled_request_gets_its_487() {
        assert_eq!(best(&[486, 487], true), Some(487));
        assert_eq!(best(&[401, 487], true), Some(487));
        assert_eq!(best(&[486, 487], false), Some(486));
        assert_eq!(best(&[603, 487], true), Some(603));
    }
}
