//! What a change that many watch puts on record: NOTIFYs beyond a number in a second are counted together, so that they
//! push nothing else out. Answers that refuse, and facts of watchers, have a number in a second of their own.

use ringback_roles::diagnosis::Fanout;
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::registry::Method;
use ringback_sip::time::{Duration, Instant};

/// What is to be done with something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is recorded by itself.
    Keep,
    /// It was counted among others of its kind.
    Count,
    /// It is one too many.
    Lose,
}

/// The NOTIFYs of one worker, on their way to a record.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    second: u64,
    sent: u32,
    accepted: u32,
    others: u32,
    /// As long as answers may come to NOTIFYs that were only counted.
    until: Instant,
    counted: Fanout,
}

impl Crowd {
    /// Judges a message.
    pub(super) fn message(&mut self, now: Instant, sent: bool, bytes: &[u8]) -> Verdict {
        if sent && bytes.starts_with(b"NOTIFY ") {
            self.turn(now);
            self.sent += 1;
            if self.sent <= NOTIFIES_PER_SEC_MAX {
                return Verdict::Keep;
            }
            (self.until, self.counted.notified) = (now + ANSWERS_TIME, self.counted.notified + 1);
            return Verdict::Count;
        }
        if sent || now > self.until {
            return Verdict::Keep;
        }
        match answer_to_notify(bytes) {
            Some(b'2') => {
                self.turn(now);
                self.accepted += 1;
                if self.accepted <= NOTIFIES_PER_SEC_MAX {
                    return Verdict::Keep;
                }
                self.counted.accepted += 1;
                Verdict::Count
            }
            Some(_) => self.other(now),
            None => Verdict::Keep,
        }
    }

    /// Judges a fact.
    pub(super) fn entry(&mut self, now: Instant, entry: &Entry) -> Verdict {
        match &entry.fact {
            Fact::Subscription { .. } | Fact::TimerFired { method: Some(Method::Notify), .. } => {
                self.other(now)
            }
            _ => Verdict::Keep,
        }
    }

    /// What was counted since it was asked last.
    pub(super) fn take(&mut self) -> Option<Fanout> {
        (self.counted != Fanout::default()).then(|| core::mem::take(&mut self.counted))
    }

    fn other(&mut self, now: Instant) -> Verdict {
        self.turn(now);
        self.others += 1;
        if self.others <= OTHERS_PER_SEC_MAX { Verdict::Keep } else { Verdict::Lose }
    }

    fn turn(&mut self, now: Instant) {
        if self.second != now.unix_secs() {
            self.second = now.unix_secs();
            (self.sent, self.accepted, self.others) = (0, 0, 0);
        }
    }
}

/// The first digit of a final answer to a NOTIFY.
fn answer_to_notify(bytes: &[u8]) -> Option<u8> {
    let class = *bytes.strip_prefix(b"SIP/2.0 ")?.first().filter(|class| **class != b'1')?;
    let head = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
    let mut ends = memchr::memmem::find_iter(head, b" NOTIFY\r\n");
    ends.any(|end| {
        let line = head[..end].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        line.len() >= 5 && line[..5].eq_ignore_ascii_case(b"cseq:")
    })
    .then_some(class)
}

/// Most NOTIFYs of a worker in a second, and most of their answers, that are recorded one by one.
const NOTIFIES_PER_SEC_MAX: u32 = 200;
/// Most answers in a second that refuse a NOTIFY, and facts of watchers: what is beyond is lost.
const OTHERS_PER_SEC_MAX: u32 = 500;
/// How long answers to a NOTIFY may come: Timer F (RFC 3261 §17.1.2.2).
const ANSWERS_TIME: Duration = Duration::from_secs(32);
/// How far behind the beginning of an answer its CSeq is looked for.
const HEAD_BYTES_MAX: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::journal::{Shown, Subscription};
    use ringback_sip::registry::EventPackage;

    const NOTIFY: &[u8] = b"NOTIFY sip:w@h SIP/2.0\r\n";

    fn answer(code: u16, cseq: &str) -> Vec<u8> {
        format!("SIP/2.0 {code} X\r\nCall-ID: a\r\n{cseq}\r\n\r\n").into_bytes()
    }

    #[test]
    fn beyond_their_number_notifies_and_what_accepts_them_are_counted_and_nothing_else() {
        let (mut crowd, now) = (Crowd::default(), Instant::from_unix_secs(5));
        let ok = answer(200, "CSeq: 1 NOTIFY");
        assert_eq!(crowd.message(now, false, &ok), Verdict::Keep);
        let mut kept = 0;
        for _ in 0..10_000 {
            kept += u32::from(crowd.message(now, true, NOTIFY) == Verdict::Keep);
        }
        for _ in 0..9_990 {
            kept += u32::from(crowd.message(now, false, &ok) == Verdict::Keep);
        }
        assert_eq!(kept, 2 * NOTIFIES_PER_SEC_MAX);
        for other in
            [answer(200, "CSeq: 1 INVITE"), answer(481, "CSeq: 1 NOTIFY"), b"INVITE sip:a@b".to_vec()]
        {
            assert_eq!(crowd.message(now, false, &other), Verdict::Keep);
        }
        let named = answer(200, "Subject: 1 NOTIFY\r\nCSeq: 1 INVITE");
        assert_eq!(crowd.message(now, false, &named), Verdict::Keep);
        assert_eq!(crowd.message(now, true, b"INVITE sip:a@b"), Verdict::Keep);
        let max = u64::from(NOTIFIES_PER_SEC_MAX);
        assert_eq!(crowd.take(), Some(Fanout { notified: 10_000 - max, accepted: 9_990 - max }));
        assert_eq!(crowd.take(), None);
        assert_eq!(
            crowd.message(now + Duration::from_secs(1), true, NOTIFY),
            Verdict::Keep,
            "the next second"
        );
    }

    #[test]
    fn refusals_and_facts_of_watchers_have_their_own_number() {
        let (mut crowd, now) = (Crowd::default(), Instant::from_unix_secs(5));
        for _ in 0..=NOTIFIES_PER_SEC_MAX {
            crowd.message(now, true, NOTIFY);
        }
        let (aor, watcher) = (Shown::from("bob@x"), Shown::from("eve@x"));
        let change = Subscription::Expired;
        let fact = Fact::Subscription { aor, package: EventPackage::PRESENCE, watcher, change };
        let lost = Entry::new(now, b"a", fact);
        let gone = answer(481, "CSeq: 1 NOTIFY");
        let mut kept = 0;
        for _ in 0..5_000 {
            kept += u32::from(crowd.message(now, false, &gone) == Verdict::Keep);
            kept += u32::from(crowd.entry(now, &lost) == Verdict::Keep);
        }
        assert_eq!(kept, OTHERS_PER_SEC_MAX);
        assert_eq!(crowd.message(now, false, &gone), Verdict::Lose);
        let call = Entry::new(
            now,
            b"b",
            Fact::Call { state: "up".into(), cause: ringback_sip::journal::Cause::Loop },
        );
        assert_eq!(crowd.entry(now, &call), Verdict::Keep);
    }
}
