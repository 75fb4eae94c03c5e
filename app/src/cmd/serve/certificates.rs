//! How long our certificates are good, and when to say so.

use ringback_io::tls::Validity;
use ringback_sip::time::Instant;

/// Whole days until the first certificate is over, below 0 after it.
pub(super) fn days_left(validities: &[Validity], now: Instant) -> Option<i64> {
    validities.iter().map(|validity| days(validity, now)).min()
}

/// A line for each certificate that is over, or soon is.
pub(super) fn warnings(validities: &[Validity], now: Instant) -> Vec<String> {
    let soon = validities.iter().map(|validity| (validity, days(validity, now)));
    soon.filter(|(_, days)| *days < WARN_DAYS)
        .map(|(validity, days)| {
            let file = validity.file.display();
            match days {
                ..0 => format!("the certificate in {file} is over: nobody who checks it can connect"),
                0 => format!("the certificate in {file} is over within a day"),
                _ => format!("the certificate in {file} is over in {days} days"),
            }
        })
        .collect()
}

fn days(validity: &Validity, now: Instant) -> i64 {
    let left = i128::from(validity.ends_at_secs) - i128::from(now.unix_secs());
    i64::try_from(left.div_euclid(86_400)).unwrap_or(i64::MAX)
}

/// From so many days on the journal warns.
const WARN_DAYS: i64 = 21;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_near_its_end_is_told_of_and_the_first_end_counts() {
        let at =
            |days: u64| Validity { file: "c.pem".into(), domains: vec![], ends_at_secs: days * 86_400 + 5 };
        let now = Instant::from_unix_secs(100 * 86_400);
        assert_eq!(days_left(&[at(190), at(130)], now), Some(30));
        assert_eq!(days_left(&[], now), None);
        assert!(warnings(&[at(190), at(130)], now).is_empty());
        assert_eq!(warnings(&[at(105)], now), ["the certificate in c.pem is over in 5 days"]);
        assert!(warnings(&[at(99)], now)[0].contains("is over: nobody"));
        assert_eq!(days_left(&[at(99)], now), Some(-1));
    }
}
