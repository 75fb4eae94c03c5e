//! The audio formats that we have (RFC 3551 §6, RFC 4733 §2).

use super::attribute::RtpMap;

/// An audio format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 with µ-law.
    Pcmu,
    /// G.711 with A-law.
    Pcma,
    /// Named telephone events: DTMF.
    TelephoneEvent,
}

impl Codec {
    /// Every format, best first.
    pub const ALL: [Codec; 3] = [Codec::Pcmu, Codec::Pcma, Codec::TelephoneEvent];

    /// The encoding name of an rtpmap.
    pub const fn encoding(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::TelephoneEvent => "telephone-event",
        }
    }

    /// The payload type that we use when we make the offer.
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::TelephoneEvent => 101,
        }
    }

    /// Whether it carries sound, and not only events beside it.
    pub const fn is_sound(self) -> bool {
        !matches!(self, Codec::TelephoneEvent)
    }

    /// The format of a payload type that the profile fixes and that needs no rtpmap (RFC 3551 §6).
    pub const fn from_static(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Codec::Pcmu),
            8 => Some(Codec::Pcma),
            _ => None,
        }
    }

    /// The format that an rtpmap names, when it is one of ours at 8000 Hz and one channel.
    pub fn from_rtpmap(map: &RtpMap<'_>) -> Option<Self> {
        let fits = map.clock_rate == CLOCK_RATE && map.channels.is_none_or(|n| n == 1);
        Codec::ALL.into_iter().find(|c| fits && c.encoding().eq_ignore_ascii_case(map.encoding))
    }
}

/// Samples in a second, of all our formats.
pub(super) const CLOCK_RATE: u32 = 8000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rtpmaps_are_matched_in_any_case_and_only_at_our_rate() {
        let map =
            |encoding, clock_rate, channels| RtpMap { payload_type: 96, encoding, clock_rate, channels };
        assert_eq!(Codec::from_rtpmap(&map("pcmu", 8000, None)), Some(Codec::Pcmu));
        assert_eq!(Codec::from_rtpmap(&map("PCMA", 8000, Some(1))), Some(Codec::Pcma));
        assert_eq!(Codec::from_rtpmap(&map("PCMA", 8000, Some(2))), None);
        assert_eq!(Codec::from_rtpmap(&map("PCMU", 16000, None)), None);
        assert_eq!(Codec::from_rtpmap(&map("telephone-event", 48000, None)), None);
    }
}
