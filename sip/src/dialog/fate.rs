//! What a failed request inside a dialog takes down (RFC 5057 §5).

use crate::registry::{DialogEffect, Method, StatusCode};

/// How a request inside a dialog failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// With this final response.
    Status(StatusCode),
    /// Without a final response in time; counts as a 408 (RFC 5057 §5.2).
    Timeout,
    /// It could not be sent; counts as a 503 (RFC 3261 §8.1.3.1).
    Transport,
}

/// What the failure takes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing but the request.
    Transaction,
    /// The use of the dialog to which the request belonged: the session, or one subscription.
    Usage,
    /// The dialog with all its uses.
    Dialog,
}

impl Fate {
    /// The fate of a dialog in which a request with `method` failed. MESSAGE, INFO and OPTIONS belong to no use, so
    /// a failure that would end "the use" ends nothing (RFC 5057 §5.3, RFC 6086 §4.2.1).
    pub fn of(failure: Failure, method: Method) -> Self {
        let of_a_use = !matches!(method, Method::Message | Method::Info | Method::Options);
        let effect = match failure {
            Failure::Status(status) => status.treated_as().row().effect,
            Failure::Timeout => StatusCode::REQUEST_TIMEOUT.row().effect,
            Failure::Transport => StatusCode::SERVICE_UNAVAILABLE.row().effect,
        };
        match effect {
            DialogEffect::Dialog if of_a_use => Fate::Dialog,
            DialogEffect::Usage | DialogEffect::UsageOfMethod if of_a_use => Fate::Usage,
            _ => Fate::Transaction,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes_with(fate: Fate, method: Method) -> Vec<u16> {
        let failing = StatusCode::ALL.iter().filter(|c| c.number() >= 300);
        failing.filter(|c| Fate::of(Failure::Status(**c), method) == fate).map(|c| c.number()).collect()
    }

    #[test]
    fn codes_take_down_what_rfc_5057_says() {
        assert_eq!(codes_with(Fate::Dialog, Method::Invite), [404, 410, 416, 482, 483, 484, 485, 502, 604]);
        assert_eq!(codes_with(Fate::Usage, Method::Invite), [405, 408, 480, 481, 489, 501]);
    }

    #[test]
    fn a_timeout_ends_the_use_and_an_unknown_code_only_the_request() {
        assert_eq!(Fate::of(Failure::Timeout, Method::Invite), Fate::Usage);
        let odd = StatusCode::new(499).unwrap();
        assert_eq!(Fate::of(Failure::Status(odd), Method::Invite), Fate::Transaction);
        assert_eq!(Fate::of(Failure::Transport, Method::Update), Fate::Transaction);
    }

    #[test]
    fn message_info_and_options_never_end_a_call() {
        for method in [Method::Message, Method::Info, Method::Options] {
            assert_eq!(codes_with(Fate::Dialog, method), [] as [u16; 0]);
            assert_eq!(codes_with(Fate::Usage, method), [] as [u16; 0]);
            assert_eq!(Fate::of(Failure::Timeout, method), Fate::Transaction);
        }
    }
}
