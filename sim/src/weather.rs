//! What the network between the machines does to messages.

use crate::dice::Dice;
use ringback_sip::time::Duration;

/// The behaviour of the network. Probabilities are millionths.
#[derive(Clone, Debug)]
pub struct Weather {
    /// The shortest way of a message.
    pub delay_min: Duration,
    /// The usual longest way of a message.
    pub delay_max: Duration,
    /// How often a datagram is lost.
    pub loss: u32,
    /// How often a datagram arrives twice.
    pub duplication: u32,
    /// How often a datagram is held back, so that later ones overtake it.
    pub reordering: u32,
    /// How long such a datagram is held back at most.
    pub held_back_max: Duration,
    /// How often a stream breaks when something is sent on it.
    pub breaks: u32,
    /// Whether a closed port answers with an ICMP error.
    pub icmp: bool,
    /// The largest datagram that passes; of a larger one the fragments are lost.
    pub datagram_max: usize,
}

impl Weather {
    /// Nothing happens to messages but a short delay.
    pub fn calm() -> Self {
        Weather {
            delay_min: Duration::from_millis(1),
            delay_max: Duration::from_millis(5),
            loss: 0,
            duplication: 0,
            reordering: 0,
            held_back_max: Duration::from_secs(2),
            breaks: 0,
            icmp: true,
            datagram_max: usize::MAX,
        }
    }

    /// Some weather of a schedule: each kind of trouble is absent, mild or strong.
    pub fn rolled(dice: &mut Dice) -> Self {
        const LEVELS: [u32; 4] = [0, 10_000, 80_000, 250_000];
        let calm = Weather::calm();
        Weather {
            delay_max: *dice.pick(&[5, 40, 400]) * Duration::from_millis(1),
            loss: *dice.pick(&LEVELS),
            duplication: *dice.pick(&LEVELS),
            reordering: *dice.pick(&LEVELS),
            // Below T4, the longest life of a message that the timers reckon with (RFC 3261 Table 4).
            held_back_max: *dice.pick(&[100, 1000, 4000]) * Duration::from_millis(1),
            breaks: *dice.pick(&[0, 0, 10_000]),
            icmp: dice.below(2) == 0,
            ..calm
        }
    }

    /// The way of one datagram: none, one or two copies, each after its delay.
    pub(crate) fn copies(&self, dice: &mut Dice) -> [Option<Duration>; 2] {
        let first = (!dice.happens(self.loss)).then(|| self.datagram_delay(dice));
        let second = dice.happens(self.duplication).then(|| self.datagram_delay(dice));
        [first, second]
    }

    /// The way of one segment of a stream; a lost one costs a retransmission.
    pub(crate) fn segment_delay(&self, dice: &mut Dice) -> Duration {
        let lost = if dice.happens(self.loss) { RETRANSMISSION } else { Duration::ZERO };
        lost + dice.between(self.delay_min, self.delay_max)
    }

    fn datagram_delay(&self, dice: &mut Dice) -> Duration {
        let held = if dice.happens(self.reordering) {
            dice.between(Duration::ZERO, self.held_back_max)
        } else {
            Duration::ZERO
        };
        held + dice.between(self.delay_min, self.delay_max)
    }
}

/// What a lost segment costs a stream.
const RETRANSMISSION: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calm_weather_loses_and_doubles_nothing() {
        let mut dice = Dice::new(3);
        for _ in 0..1000 {
            assert!(
                matches!(Weather::calm().copies(&mut dice), [Some(d), None] if d <= Duration::from_millis(5))
            );
        }
    }

    #[test]
    fn every_kind_of_trouble_is_rolled_sometimes() {
        let mut dice = Dice::new(4);
        let rolled: Vec<Weather> = (0..200).map(|_| Weather::rolled(&mut dice)).collect();
        assert!(rolled.iter().any(|w| w.loss > 0) && rolled.iter().any(|w| w.loss == 0));
        assert!(rolled.iter().any(|w| w.duplication > 0 && w.reordering > 0 && w.breaks > 0));
    }
}
