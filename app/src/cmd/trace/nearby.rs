//! The calls of a capture whose Call-IDs are nearest to one that is not in it.

use crate::phone::printable;
use crate::terminal::Terminal;
use ringback_roles::explain::Explainer;

/// What is kept of the calls in case that none is the wanted one.
pub(super) struct Nearby<'a> {
    wanted: &'a str,
    calls: u64,
    /// The nearest first, each with how much it has in common.
    near: Vec<(usize, Box<[u8]>)>,
}

impl<'a> Nearby<'a> {
    pub(super) fn new(wanted: &'a str) -> Self {
        Nearby { wanted, calls: 0, near: Vec::new() }
    }

    /// Another call.
    pub(super) fn add(&mut self, id: &[u8]) {
        self.calls += 1;
        let wanted = self.wanted.as_bytes();
        let alike = id.iter().zip(wanted).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        let is_inside = !wanted.is_empty() && id.windows(wanted.len()).any(|part| part == wanted);
        let alike = if is_inside { wanted.len() } else { alike };
        if alike >= ALIKE_MIN || is_inside {
            let at = self.near.partition_point(|(other, _)| *other >= alike);
            self.near.insert(at, (alike, id.into()));
            self.near.truncate(NEAR_MAX);
        }
    }

    /// Says that the wanted call is not there, how many there are, and which come near.
    pub(super) fn tell(&self, explainer: &Explainer, terminal: &Terminal) {
        terminal.chatter(&format!(
            "ringback trace: {} \"{}\" ({})",
            explainer.label("diagnosis-no-such-call"),
            printable(self.wanted.as_bytes()),
            explainer.counted(self.calls, "hep-calls"),
        ));
        if !self.near.is_empty() {
            terminal.chatter(explainer.label("diagnosis-near-calls"));
        }
        self.near.iter().for_each(|(_, id)| terminal.chatter(&format!("  {}", printable(id))));
    }
}

/// Most Call-IDs that are shown.
const NEAR_MAX: usize = 3;
/// So many letters two Call-IDs must begin with in common.
const ALIKE_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_call_ids_are_kept_and_all_calls_counted() {
        let mut nearby = Nearby::new("abcd@x");
        for id in ["zz-abcd@x.test", "abz@x", "unlike", "ABCd@y", "abcd", "ab"] {
            nearby.add(id.as_bytes());
        }
        let near: Vec<_> = nearby.near.iter().map(|(_, id)| String::from_utf8_lossy(id)).collect();
        assert_eq!(nearby.calls, 6);
        assert_eq!(near, ["zz-abcd@x.test", "ABCd@y", "abcd"]);
        let mut nothing = Nearby::new("");
        nothing.add(b"");
        assert!(nothing.near.is_empty());
    }
}
