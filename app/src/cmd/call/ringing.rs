//! What the caller hears before the answer (RFC 3960 §3.2).

/// What says whether it rings at the other end, and whether the peer's own sound comes already.
#[derive(Debug, Default)]
pub(super) struct Ringing {
    rings: bool,
    hears: bool,
    stands: bool,
    told: Option<&'static str>,
}

impl Ringing {
    /// A 180 came. `Some`: what is heard from now on.
    pub(super) fn rings(&mut self) -> Option<&'static str> {
        self.rings = true;
        self.changed()
    }

    /// The first packet of the peer came.
    pub(super) fn hears(&mut self) -> Option<&'static str> {
        self.hears = true;
        self.changed()
    }

    /// The call was answered: there is nothing to ring for.
    pub(super) fn stands(&mut self) {
        self.stands = true;
    }

    /// The tone is a phone's own business as long as the peer sends nothing, whatever the signalling promises.
    fn changed(&mut self) -> Option<&'static str> {
        let tone = match (self.rings, self.hears) {
            _ if self.stands => return None,
            (_, true) => "peer",
            (true, false) => "local",
            (false, false) => return None,
        };
        (self.told.replace(tone) != Some(tone)).then_some(tone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_rings_by_itself_from_a_180_until_the_peer_is_heard_and_never_without_one() {
        let mut ringing = Ringing::default();
        assert_eq!((ringing.rings(), ringing.rings()), (Some("local"), None), "told once");
        assert_eq!((ringing.hears(), ringing.rings()), (Some("peer"), None));
        let mut announced = Ringing::default();
        assert_eq!(
            (announced.hears(), announced.rings()),
            (Some("peer"), None),
            "a 180 brings no tone of ours"
        );
        let mut answered = Ringing::default();
        answered.stands();
        assert_eq!((answered.hears(), answered.rings()), (None, None));
    }
}
