//! The server at a glance.

use crate::web::Hub;
use crate::web::board::Minute;
use ringback_roles::explain::{Explainer, Topic};
use ringback_sip::registry::StatusCode;
use ringback_sip::time::{Duration, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How far back the overview looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) enum Window {
    /// An hour.
    #[default]
    #[serde(rename = "1h")]
    Hour,
    /// Six hours.
    #[serde(rename = "6h")]
    SixHours,
    /// A day.
    #[serde(rename = "24h")]
    Day,
}

/// The server at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Overview {
    /// Now.
    pub(crate) at: String,
    /// The version of the server.
    pub(crate) version: String,
    /// `ok`, `draining`, `failed`.
    pub(crate) state: String,
    /// The domains that it is responsible for.
    pub(crate) domains: Vec<String>,
    /// When it was started.
    pub(crate) started: String,
    /// How far back the figures of calls look.
    pub(crate) window: Window,
    /// Whether anything is recorded: without it there are no figures of calls.
    pub(crate) recorded: bool,
    /// Calls that ring or talk now.
    pub(crate) calls_now: u64,
    /// Users with an account.
    pub(crate) users: u64,
    /// Those of them with a phone that can be called.
    pub(crate) users_registered: u64,
    /// Phones that can be called.
    pub(crate) contacts: u64,
    /// Calls that ended or were answered.
    pub(crate) attempts: u64,
    /// Those of them that were answered.
    pub(crate) answered: u64,
    /// The share of them, from 0 to 1 (answer-seizure ratio).
    pub(crate) answer_ratio: Option<f64>,
    /// From the INVITE to the first ringing or answer: half of the calls waited less (RFC 6076 §4.3.1).
    pub(crate) post_dial_delay_millis: Option<u64>,
    /// The same wait: 95 of 100 calls waited no longer.
    pub(crate) post_dial_delay_p95_millis: Option<u64>,
    /// How long a bucket of `codes` and of `delays` is.
    pub(crate) bucket_seconds: u64,
    /// Final codes of calls over time, the oldest first; buckets without calls stand there too.
    pub(crate) codes: Vec<CodeBucket>,
    /// Post-dial delay over time, in buckets as those of `codes`.
    pub(crate) delays: Vec<DelayBucket>,
    /// Why calls failed, the most frequent first.
    pub(crate) causes: Vec<CauseCount>,
    /// Sources that are banned.
    pub(crate) bans: u64,
    /// Stream connections.
    pub(crate) connections: u64,
    /// Records that the journal could not keep since the start.
    pub(crate) records_lost: u64,
}

/// The final codes of a part of the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeBucket {
    /// When it begins.
    pub(crate) at: String,
    pub(crate) counts: Vec<CodeCount>,
}

/// How many calls ended with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeCount {
    pub(crate) code: u16,
    pub(crate) count: u64,
}

/// How long callers waited in a part of the time: nothing is known where no call rang.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DelayBucket {
    /// When it begins.
    pub(crate) at: String,
    /// How many calls were measured; of a busy minute the first 200.
    pub(crate) calls: u64,
    /// Half of them waited no longer.
    pub(crate) median_millis: Option<u64>,
    /// 95 of 100 of them waited no longer.
    pub(crate) p95_millis: Option<u64>,
}

/// How many calls failed for a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CauseCount {
    /// The code that the caller got.
    pub(crate) code: u16,
    /// The word for the cause.
    pub(crate) cause: String,
    /// What the code means, in a sentence.
    pub(crate) text: String,
    pub(crate) count: u64,
}

impl Window {
    fn length(self) -> Duration {
        Duration::from_secs(match self {
            Window::Hour => 3600,
            Window::SixHours => 6 * 3600,
            Window::Day => 24 * 3600,
        })
    }

    /// How long a bucket is: there are 60 of them, or 48 in a day.
    fn bucket_seconds(self) -> u64 {
        match self {
            Window::Hour => 60,
            Window::SixHours => 360,
            Window::Day => 1800,
        }
    }
}

impl Overview {
    /// The server as it is now.
    pub(crate) fn of(hub: &Hub, window: Window, explainer: &Explainer) -> Overview {
        let now = hub.clock.now();
        let seconds = window.bucket_seconds();
        let first = now.unix_secs() / seconds * seconds + seconds - window.length().as_secs();
        let minutes = hub.board.minutes(Instant::from_unix_secs(first));
        let users = hub.store.users_after(None);
        let contacts: Vec<u64> = users
            .iter()
            .map(|user| hub.store.bindings(user).live(now).count() as u64)
            .filter(|count| *count > 0)
            .collect();
        let ends = || minutes.iter().flat_map(|(_, minute)| minute.ends.iter().map(|(key, n)| (*key, *n)));
        let count = window.length().as_secs() / seconds;
        let waits = waits(&minutes);
        let attempts: u64 = ends().map(|(_, count)| count).sum();
        let answered: u64 = ends().filter(|((code, _), _)| (200..300).contains(code)).map(|(_, n)| n).sum();
        Overview {
            at: now.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            state: hub.sources.state().to_owned(),
            domains: hub.ground().site.names.clone(),
            started: hub.started.to_string(),
            window,
            recorded: hub.journal.is_some(),
            calls_now: hub.board.live(now),
            users: users.len() as u64,
            users_registered: contacts.len() as u64,
            contacts: contacts.iter().sum(),
            attempts,
            answered,
            answer_ratio: (attempts > 0).then(|| answered as f64 / attempts as f64),
            post_dial_delay_millis: percentile(&waits, 50),
            post_dial_delay_p95_millis: percentile(&waits, 95),
            bucket_seconds: seconds,
            codes: buckets(&minutes, first, seconds, count, code_bucket),
            delays: buckets(&minutes, first, seconds, count, delay_bucket),
            causes: causes(ends(), explainer),
            bans: hub.figure("bans"),
            connections: hub.figure("connections"),
            records_lost: hub.figure("records_lost"),
        }
    }
}

/// How long callers waited in these minutes, the shortest first.
fn waits(minutes: &[(Instant, Minute)]) -> Vec<u64> {
    let mut waits: Vec<u64> = minutes.iter().flat_map(|(_, minute)| minute.delays.iter().copied()).collect();
    waits.sort_unstable();
    waits
}

/// The least of the sorted values that so many of a hundred do not exceed.
fn percentile(sorted: &[u64], of_hundred: usize) -> Option<u64> {
    let rank = (sorted.len() * of_hundred).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// The minutes in parts of the time, each made into a bucket.
fn buckets<T>(
    minutes: &[(Instant, Minute)],
    first: u64,
    seconds: u64,
    count: u64,
    bucket: impl Fn(String, &[(Instant, Minute)]) -> T,
) -> Vec<T> {
    let part = |n: u64| {
        let begin = first + n * seconds;
        let place = |secs: u64| minutes.partition_point(|(at, _)| at.unix_secs() < secs);
        let own = &minutes[place(begin)..place(begin + seconds)];
        bucket(Instant::from_unix_secs(begin).to_string(), own)
    };
    (0..count).map(part).collect()
}

fn code_bucket(at: String, minutes: &[(Instant, Minute)]) -> CodeBucket {
    let mut sums: BTreeMap<u16, u64> = BTreeMap::new();
    let ends = minutes.iter().flat_map(|(_, minute)| &minute.ends);
    ends.for_each(|((code, _), n)| *sums.entry(*code).or_default() += n);
    CodeBucket { at, counts: sums.into_iter().map(|(code, count)| CodeCount { code, count }).collect() }
}

fn delay_bucket(at: String, minutes: &[(Instant, Minute)]) -> DelayBucket {
    let waits = waits(minutes);
    let [median_millis, p95_millis] = [50, 95].map(|share| percentile(&waits, share));
    DelayBucket { at, calls: waits.len() as u64, median_millis, p95_millis }
}

fn causes(ends: impl Iterator<Item = ((u16, &'static str), u64)>, explainer: &Explainer) -> Vec<CauseCount> {
    let mut sums: BTreeMap<(u16, &'static str), u64> = BTreeMap::new();
    ends.filter(|((code, _), _)| *code >= 300)
        .for_each(|(key, count)| *sums.entry(key).or_default() += count);
    let mut causes: Vec<_> = sums.into_iter().collect();
    causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let told = |((code, cause), count): ((u16, &'static str), u64)| CauseCount {
        code,
        cause: cause.to_owned(),
        text: StatusCode::new(code).map(|code| explainer.gist(Topic::Status(code))).unwrap_or_default(),
        count,
    };
    causes.into_iter().take(CAUSES_MAX).map(told).collect()
}

/// How many causes are shown.
const CAUSES_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: u64, delays: &[u64]) -> (Instant, Minute) {
        (Instant::from_unix_secs(minute * 60), Minute { delays: delays.to_vec(), ..Minute::default() })
    }

    #[test]
    fn a_percentile_is_the_least_value_that_so_many_do_not_exceed() {
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!((percentile(&hundred, 50), percentile(&hundred, 95)), (Some(50), Some(95)));
        assert_eq!((percentile(&[7], 50), percentile(&[7], 95)), (Some(7), Some(7)));
        assert_eq!((percentile(&[1, 9], 50), percentile(&[1, 9], 95)), (Some(1), Some(9)));
        assert_eq!(percentile(&[], 95), None);
    }

    #[test]
    fn delays_are_gathered_in_their_buckets_and_a_bucket_without_calls_has_none() {
        let minutes = [minute(10, &[300]), minute(11, &[100, 200]), minute(14, &[900])];
        let delays = buckets(&minutes, 600, 120, 3, delay_bucket);
        let figures: Vec<_> = delays.iter().map(|d| (d.calls, d.median_millis, d.p95_millis)).collect();
        assert_eq!(figures, [(3, Some(200), Some(300)), (0, None, None), (1, Some(900), Some(900))]);
    }
}
