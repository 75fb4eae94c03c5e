//! What a caller keeps back because the server asked for it (RFC 7339), by the loss algorithm.

use crate::wire::Wire;
use memchr::memmem;

/// What such a caller writes into its Via (RFC 7339 §5.1).
pub(crate) const ANNOUNCED: &str = ";oc;oc-algo=\"loss\"";

/// The last wish of the one server. Only new operations are kept back, never what belongs to one that began.
#[derive(Debug, Default)]
pub(crate) struct Restraint {
    loss: u64,
    /// In nanoseconds.
    until: u64,
    /// Hundredths of operations that should have been kept back and were not yet.
    owed: u64,
}

impl Restraint {
    /// Takes in what the Via of a response says.
    pub(crate) fn learn(&mut self, now: u64, wire: &Wire<'_>) {
        let Some(via) = wire.vias.first() else { return };
        let Some(loss) = number(via, b";oc=") else { return };
        let validity = number(via, b";oc-validity=").unwrap_or(VALIDITY_DEFAULT_MILLIS);
        (self.loss, self.until) = (loss.min(100), now + validity * 1_000_000);
    }

    /// Whether an operation may begin now.
    pub(crate) fn admits(&mut self, now: u64) -> bool {
        if now >= self.until {
            return true;
        }
        self.owed += self.loss;
        let is_kept_back = self.owed >= 100;
        self.owed -= if is_kept_back { 100 } else { 0 };
        !is_kept_back
    }
}

fn number(via: &[u8], name: &[u8]) -> Option<u64> {
    let at = memmem::find(via, name)? + name.len();
    let digits = via[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    std::str::from_utf8(&via[at..at + digits]).ok()?.parse().ok()
}

/// How long a wish without a length holds (RFC 7339 §4.3).
const VALIDITY_DEFAULT_MILLIS: u64 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_keeps_back_what_the_server_asked_for_while_the_wish_holds() {
        let response =
            |wish: &str| format!("SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa{wish}\r\n\r\n");
        let mut restraint = Restraint::default();
        let mut went = |now: u64, wish: &str| {
            restraint.learn(now, &Wire::read(response(wish).as_bytes()));
            (0..100).filter(|_| restraint.admits(now + 400_000_000)).count()
        };
        assert_eq!(went(0, ";oc;oc-algo=\"loss\""), 100, "nothing was asked for");
        assert_eq!(went(0, ";oc=30;oc-algo=\"loss\";oc-validity=1000;oc-seq=1.5"), 70);
        assert_eq!(went(500_000_000, ""), 70, "it still holds");
        assert_eq!(went(600_000_000, ""), 100, "it is over");
        assert_eq!(went(600_000_000, ";oc=50"), 50);
        assert_eq!(went(600_000_000, ";oc=0;oc-algo=\"loss\";oc-validity=0"), 100, "the server says so");
    }
}
