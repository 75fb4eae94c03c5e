//! Cause values to final responses of an INVITE and back, by profile (RFC 3398 §7.2.4.1 and §8.2.6.1;
//! RFC 4497 §8.4.1 and §8.4.4; the defaults of Cisco IOS).

use super::{Cause, StatusClass, StatusCode, WarnCode};

/// Whose table is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// RFC 3398, for ISUP.
    #[default]
    Rfc3398,
    /// RFC 4497, for QSIG.
    Rfc4497,
    /// The defaults of Cisco IOS gateways, which many tables on the web repeat.
    CiscoIos,
}

impl Profile {
    /// Every profile.
    pub const ALL: &'static [Profile] = &[Profile::Rfc3398, Profile::Rfc4497, Profile::CiscoIos];

    /// Its name in configuration and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Profile::Rfc3398 => "rfc3398",
            Profile::Rfc4497 => "rfc4497",
            Profile::CiscoIos => "cisco-ios",
        }
    }
}

/// The end of a call on the telephone side, or how to report one there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// The cause.
    pub cause: Cause,
    /// Whether the location of the cause is the user, not the network.
    pub by_user: bool,
    /// Whether the diagnostic of cause 22 holds a usable new number.
    pub has_new_number: bool,
}

impl Release {
    /// A release by the network.
    pub const fn by_network(cause: Cause) -> Self {
        Release { cause, by_user: false, has_new_number: false }
    }

    /// A release by the user.
    pub const fn by_user(cause: Cause) -> Self {
        Release { cause, by_user: true, has_new_number: false }
    }
}

/// What a release before the answer becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This final response.
    Status(StatusCode),
    /// No response: the call is ended by BYE or CANCEL (cause 16).
    ByeOrCancel,
    /// Nothing yet: the gateway tries another circuit (cause 44).
    AnotherCircuit,
}

/// What a gateway tries before it releases the call (RFC 3398 §8.2.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Nothing.
    None,
    /// Its own credentials.
    Credentials,
    /// A request without what was refused.
    Request,
}

/// The response to an INVITE whose call the telephone network released before the answer.
pub fn outcome_from_release(profile: Profile, release: Release) -> Outcome {
    let row = match release.cause {
        Cause::NORMAL_CALL_CLEARING => return Outcome::ByeOrCancel,
        Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE => return Outcome::AnotherCircuit,
        Cause::CALL_REJECTED if release.by_user => [603, 603, 403],
        Cause::NUMBER_CHANGED if release.has_new_number => [301, 301, 410],
        cause => row_of(CAUSES, cause.number()).unwrap_or([500; 3]),
    };
    Outcome::Status(StatusCode::new(row[profile as usize]).unwrap_or(StatusCode::SERVER_INTERNAL_ERROR))
}

/// How a gateway releases the call on the telephone side after this final response to its INVITE; `None`
/// when there is nothing to release: 1xx, 2xx, and 487, which ends what was already released. A warn code
/// that speaks of the media tells what 488 and 606 are about.
pub fn release_from_status(
    profile: Profile,
    status: StatusCode,
    warning: Option<WarnCode>,
) -> Option<Release> {
    let by_user = status.class() == StatusClass::GlobalFailure;
    let value = match status.number() {
        ..=299 => return None,
        300..=399 => Cause::REDIRECTION_TO_NEW_DESTINATION.number(),
        487 if profile != Profile::CiscoIos => return None,
        488 | 606 if profile != Profile::CiscoIos => media_cause(warning).number(),
        number => match row_of(STATUSES, number) {
            Some(row) => row[profile as usize],
            None => Cause::NORMAL_UNSPECIFIED.number(),
        },
    };
    let cause = Cause::new(value).unwrap_or(Cause::NORMAL_UNSPECIFIED);
    Some(Release { cause, by_user, has_new_number: false })
}

/// What a gateway tries before it releases the call after this final response (RFC 3398 §8.2.6.1).
pub fn repair_before_release(status: StatusCode) -> Repair {
    match status.number() {
        401 | 407 => Repair::Credentials,
        406 | 413..=416 | 420 | 421 | 423 | 484 | 505 | 513 => Repair::Request,
        _ => Repair::None,
    }
}

/// The causes that become this status in the profile, ascending.
pub fn causes_that_become(profile: Profile, status: StatusCode) -> Vec<Cause> {
    let becomes = |release| outcome_from_release(profile, release) == Outcome::Status(status);
    let named = Cause::ALL.iter().copied();
    let listed = named.filter(|&cause| {
        let special = [Cause::CALL_REJECTED, Cause::NUMBER_CHANGED].contains(&cause);
        special || row_of(CAUSES, cause.number()).is_some()
    });
    listed
        .filter(|&cause| {
            let variants = [(false, false), (true, false), (false, true)];
            variants
                .iter()
                .any(|&(by_user, has_new_number)| becomes(Release { cause, by_user, has_new_number }))
        })
        .collect()
}

/// 65 when the refusal is about what the bearer must carry, else 31 (RFC 3398 §8.2.6.1 leaves the choice to
/// the text of the Warning).
fn media_cause(warning: Option<WarnCode>) -> Cause {
    match warning.map(WarnCode::number) {
        Some(300..=302 | 304 | 305 | 330 | 331) => Cause::BEARER_CAPABILITY_NOT_IMPLEMENTED,
        _ => Cause::NORMAL_UNSPECIFIED,
    }
}

fn row_of<K: Copy + Ord, V: Copy>(rows: &[(K, V)], key: K) -> Option<V> {
    rows.binary_search_by_key(&key, |row| row.0).ok().map(|i| rows[i].1)
}

/// Cause, and its status by RFC 3398, RFC 4497 and Cisco IOS. Causes that are not here become 500.
const CAUSES: &[(u8, [u16; 3])] = &[
    (1, [404, 404, 404]),
    (2, [404, 404, 404]),
    (3, [404, 404, 404]),
    (17, [486, 486, 486]),
    (18, [408, 408, 480]),
    (19, [480, 480, 480]),
    (20, [480, 480, 480]),
    (21, [403, 403, 403]),
    (22, [410, 410, 410]),
    (23, [410, 410, 500]),
    (26, [404, 500, 404]),
    (27, [502, 502, 404]),
    (28, [484, 484, 484]),
    (29, [501, 501, 501]),
    (31, [480, 480, 404]),
    (34, [503, 503, 503]),
    (38, [503, 503, 503]),
    (41, [503, 503, 503]),
    (42, [503, 503, 503]),
    (47, [503, 503, 503]),
    (55, [403, 403, 403]),
    (57, [403, 403, 403]),
    (58, [503, 503, 501]),
    (65, [488, 488, 501]),
    (69, [500, 501, 500]),
    (70, [488, 488, 500]),
    (79, [501, 501, 501]),
    (87, [403, 403, 503]),
    (88, [503, 503, 400]),
    (95, [500, 500, 400]),
    (102, [504, 504, 408]),
    (111, [500, 500, 400]),
    (127, [500, 500, 500]),
];

/// Status, and its cause by RFC 3398, RFC 4497 and Cisco IOS. Statuses that are not here become 31. RFC 3398
/// prints the row of 505 with the number 504.
const STATUSES: &[(u16, [u8; 3])] = &[
    (400, [41, 41, 127]),
    (401, [21, 21, 57]),
    (402, [21, 21, 21]),
    (403, [21, 21, 57]),
    (404, [1, 1, 1]),
    (405, [63, 63, 127]),
    (406, [79, 79, 127]),
    (407, [21, 21, 21]),
    (408, [102, 102, 102]),
    (410, [22, 22, 1]),
    (411, [31, 31, 127]),
    (413, [127, 127, 127]),
    (414, [127, 127, 127]),
    (415, [79, 79, 79]),
    (416, [127, 127, 31]),
    (420, [127, 127, 127]),
    (421, [127, 127, 31]),
    (423, [127, 127, 31]),
    (480, [18, 18, 18]),
    (481, [41, 41, 127]),
    (482, [25, 25, 127]),
    (483, [25, 25, 127]),
    (484, [28, 28, 28]),
    (485, [1, 1, 1]),
    (486, [17, 17, 17]),
    (487, [31, 31, 127]),
    (488, [31, 31, 127]),
    (500, [41, 41, 41]),
    (501, [79, 79, 79]),
    (502, [38, 38, 38]),
    (503, [41, 41, 63]),
    (504, [102, 102, 102]),
    (505, [127, 127, 127]),
    (513, [127, 127, 31]),
    (580, [31, 31, 47]),
    (600, [17, 17, 17]),
    (603, [21, 21, 21]),
    (604, [1, 1, 1]),
    (606, [31, 31, 58]),
    (607, [21, 31, 31]),
    (608, [21, 31, 31]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejection_is_403_by_the_network_and_603_by_the_user() {
        let status = |profile, release| outcome_from_release(profile, release);
        let (network, user) =
            (Release::by_network(Cause::CALL_REJECTED), Release::by_user(Cause::CALL_REJECTED));
        assert_eq!(status(Profile::Rfc3398, network), Outcome::Status(StatusCode::FORBIDDEN));
        assert_eq!(status(Profile::Rfc3398, user), Outcome::Status(StatusCode::DECLINE));
        assert_eq!(status(Profile::CiscoIos, user), Outcome::Status(StatusCode::FORBIDDEN));
    }

    #[test]
    fn changed_number_redirects_only_when_the_new_one_is_known() {
        let release =
            |has_new_number| Release { cause: Cause::NUMBER_CHANGED, by_user: false, has_new_number };
        let status = |known| outcome_from_release(Profile::Rfc3398, release(known));
        assert_eq!(status(true), Outcome::Status(StatusCode::MOVED_PERMANENTLY));
        assert_eq!(status(false), Outcome::Status(StatusCode::GONE));
    }

    #[test]
    fn normal_clearing_and_a_taken_circuit_are_not_responses() {
        for &profile in Profile::ALL {
            let outcome = |cause| outcome_from_release(profile, Release::by_network(cause));
            assert_eq!(outcome(Cause::NORMAL_CALL_CLEARING), Outcome::ByeOrCancel);
            assert_eq!(outcome(Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE), Outcome::AnotherCircuit);
        }
    }

    #[test]
    fn every_cause_has_an_outcome_and_every_failure_a_cause() {
        for &profile in Profile::ALL {
            for cause in (1..=127).filter_map(Cause::new) {
                if let Outcome::Status(status) = outcome_from_release(profile, Release::by_network(cause)) {
                    assert!(status.is_registered() && status.number() >= 300, "{cause} {status}");
                }
            }
            for status in (300..700).filter_map(StatusCode::new).filter(|s| s.number() != 487) {
                let release = release_from_status(profile, status, None);
                assert!(release.is_some_and(|r| r.by_user == (status.number() >= 600)), "{status}");
            }
        }
    }

    #[test]
    fn refusal_of_media_follows_the_warning() {
        let cause = |warning| release_from_status(Profile::Rfc3398, StatusCode::NOT_ACCEPTABLE_HERE, warning);
        let expected = |cause| Some(Release::by_network(cause));
        let format = Some(WarnCode::INCOMPATIBLE_MEDIA_FORMAT);
        assert_eq!(cause(format), expected(Cause::BEARER_CAPABILITY_NOT_IMPLEMENTED));
        assert_eq!(cause(None), expected(Cause::NORMAL_UNSPECIFIED));
    }

    #[test]
    fn pairs_that_survive_the_round_trip_without_a_reason_field() {
        let round = |value| {
            let outcome = outcome_from_release(Profile::Rfc3398, Release::by_network(Cause::new(value)?));
            let Outcome::Status(status) = outcome else { return None };
            release_from_status(Profile::Rfc3398, status, None).map(|release| release.cause.number())
        };
        for value in [1, 17, 28, 102] {
            assert_eq!(round(value), Some(value));
        }
        for (value, back) in [(2, 1), (18, 102), (19, 18), (31, 18), (27, 38), (34, 41), (55, 21), (127, 41)]
        {
            assert_eq!(round(value), Some(back), "{value}");
        }
    }

    #[test]
    fn causes_behind_a_status_are_found() {
        let numbers = |profile, status| -> Vec<u8> {
            causes_that_become(profile, status).into_iter().map(Cause::number).collect()
        };
        assert_eq!(numbers(Profile::Rfc3398, StatusCode::TEMPORARILY_UNAVAILABLE), [19, 20, 31]);
        assert_eq!(numbers(Profile::CiscoIos, StatusCode::TEMPORARILY_UNAVAILABLE), [18, 19, 20]);
        assert_eq!(numbers(Profile::Rfc3398, StatusCode::DECLINE), [21]);
        assert_eq!(numbers(Profile::Rfc3398, StatusCode::MOVED_PERMANENTLY), [22]);
        assert_eq!(numbers(Profile::Rfc3398, StatusCode::BAD_REQUEST), []);
    }
}
