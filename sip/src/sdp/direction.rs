//! Which way media flow (RFC 8866 §6.7, RFC 3264 §6.1).

/// The direction of a media section, as seen by the side whose description it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Direction {
    /// Both ways: the default.
    #[default]
    SendRecv,
    /// This side only sends: it has put the other on hold.
    SendOnly,
    /// This side only receives.
    RecvOnly,
    /// No media, either way.
    Inactive,
}

impl Direction {
    /// Every direction.
    pub const ALL: [Direction; 4] =
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];

    /// The direction made of its two halves.
    pub const fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether this side sends.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether this side receives.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same flow as the other side sees it.
    pub const fn reversed(self) -> Self {
        Direction::of(self.receives(), self.sends())
    }

    /// What this side may do when the other describes itself as `theirs` and we wish `self`
    /// (RFC 3264 §6.1: an answer never claims more than the offer allows).
    pub const fn against(self, theirs: Direction) -> Self {
        Direction::of(self.sends() && theirs.receives(), self.receives() && theirs.sends())
    }

    /// The name of the attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// Finds a direction by the name of its attribute.
    pub fn from_name(name: &str) -> Option<Self> {
        Direction::ALL.into_iter().find(|d| d.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    use super::*;

    #[test]
    fn answer_direction_table_of_rfc_3264() {
        // (what we wish, what the offer says, what the answer may say)
        let table = [
            (SendRecv, SendRecv, SendRecv),
            (SendRecv, SendOnly, RecvOnly),
            (SendRecv, RecvOnly, SendOnly),
            (SendRecv, Inactive, Inactive),
            (SendOnly, SendRecv, SendOnly),
            (SendOnly, SendOnly, Inactive),
            (RecvOnly, SendRecv, RecvOnly),
            (RecvOnly, RecvOnly, Inactive),
            (Inactive, SendRecv, Inactive),
        ];
        for (wish, offered, answer) in table {
            assert_eq!(wish.against(offered), answer, "{wish:?} against {offered:?}");
        }
    }

    #[test]
    fn reversing_twice_changes_nothing_and_names_are_found() {
        for direction in Direction::ALL {
            assert_eq!(direction.reversed().reversed(), direction);
            assert_eq!(Direction::from_name(direction.as_str()), Some(direction));
        }
    }
}
