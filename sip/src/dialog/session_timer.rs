//! The session timer (RFC 4028): how long a session lasts without a refresh, and who refreshes it.

use crate::registry::{HeaderName, OptionTag};
use crate::syntax::{Message, parse_u32};
use crate::time::Duration;

/// No session interval is shorter (RFC 4028 §4).
pub const SESSION_INTERVAL_MIN: Duration = Duration::from_secs(90);
/// The other side hangs up this long before the end, or a third of the interval if that is less (RFC 4028 §10).
const MARGIN_MAX: Duration = Duration::from_secs(32);

/// Who refreshes, as seen from the request in whose transaction it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent that request.
    Uac,
    /// Who answered it.
    Uas,
}

/// The value of Session-Expires (RFC 4028 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// How long the session lasts.
    pub interval: Duration,
    /// Who refreshes it, when that is said.
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    /// What a message says; `None` also for what cannot be read.
    pub fn of(message: &Message<'_>) -> Option<Self> {
        Self::parse(message.header(HeaderName::SESSION_EXPIRES)?)
    }

    /// Reads the value of the header field.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let mut parts = value.split(|&b| b == b';').map(<[u8]>::trim_ascii);
        let interval = Duration::from_secs(parse_u32(parts.next()?)?.into());
        let refresher = parts.find_map(|part| {
            let (name, value) = part.split_at(part.iter().position(|&b| b == b'=')?);
            match value[1..].trim_ascii() {
                _ if !name.trim_ascii().eq_ignore_ascii_case(b"refresher") => None,
                who if who.eq_ignore_ascii_case(b"uac") => Some(Refresher::Uac),
                who if who.eq_ignore_ascii_case(b"uas") => Some(Refresher::Uas),
                _ => None,
            }
        });
        Some(SessionExpires { interval, refresher })
    }

    /// The value of the header field.
    pub fn write(&self) -> String {
        let who = match self.refresher {
            None => "",
            Some(Refresher::Uac) => ";refresher=uac",
            Some(Refresher::Uas) => ";refresher=uas",
        };
        format!("{}{who}", self.interval.as_secs())
    }
}

/// The Min-SE of a message, when it has one that can be read (RFC 4028 §5).
pub fn min_se(message: &Message<'_>) -> Option<Duration> {
    let value = message.header(HeaderName::MIN_SE)?;
    let number = value.split(|&b| b == b';').next().unwrap_or_default();
    Some(Duration::from_secs(parse_u32(number.trim_ascii())?.into()))
}

/// Whether the sender of a request has the extension (RFC 4028 §9).
pub fn speaks_timer(request: &Message<'_>) -> bool {
    let tag = OptionTag::TIMER.as_str().as_bytes();
    let mut tags = request.values(HeaderName::SUPPORTED).chain(request.values(HeaderName::REQUIRE));
    tags.any(|value| value.eq_ignore_ascii_case(tag))
}

/// The timer of a session, as one of its user agents sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimer {
    /// How long the session lasts after each refresh.
    pub interval: Duration,
    /// Whether we refresh it.
    pub is_ours: bool,
}

impl SessionTimer {
    /// How long after a refresh we send the next one (RFC 4028 §7.2).
    pub fn refresh_after(&self) -> Option<Duration> {
        self.is_ours.then_some(self.interval / 2)
    }

    /// How long after a refresh the session is over for us: the side that does not refresh leaves before the end,
    /// so that what stands between the two still lets its BYE pass (RFC 4028 §10).
    pub fn expires_after(&self) -> Duration {
        if self.is_ours { self.interval } else { self.interval - MARGIN_MAX.min(self.interval / 3) }
    }

    /// What a request of ours inside the session says: the interval stays, and so does who refreshes (RFC 4028 §7.4).
    pub fn ask(&self, min: Duration) -> SessionExpires {
        let refresher = Some(if self.is_ours { Refresher::Uac } else { Refresher::Uas });
        SessionExpires { interval: self.interval.max(min), refresher }
    }
}

/// What a user agent, or a proxy, wants of session timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// The interval that we ask for, and the longest that we leave as it is; `None`: a timer runs only if somebody else
    /// asks for one.
    pub expires: Option<Duration>,
    /// The shortest that we take, 90 s or more.
    pub min: Duration,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        SessionPolicy { expires: None, min: SESSION_INTERVAL_MIN }
    }
}

/// What we answer to a request that refreshes a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The timer from now on.
    pub timer: SessionTimer,
    /// Whether the peer has the extension, so that the 2xx can require it.
    pub is_required: bool,
}

impl Granted {
    /// The value of Session-Expires in the 2xx.
    pub fn session_expires(&self) -> SessionExpires {
        let refresher = Some(if self.timer.is_ours { Refresher::Uas } else { Refresher::Uac });
        SessionExpires { interval: self.timer.interval, refresher }
    }
}

/// The interval that was asked for is too short: 422 with this as Min-SE (RFC 4028 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalTooSmall(pub Duration);

impl SessionPolicy {
    /// The shortest interval that we take.
    pub fn min(&self) -> Duration {
        self.min.max(SESSION_INTERVAL_MIN)
    }

    /// What we ask for in a first INVITE.
    pub fn ask(&self) -> Option<SessionExpires> {
        let interval = self.expires?.max(self.min());
        Some(SessionExpires { interval, refresher: None })
    }

    /// The answer to an INVITE or UPDATE of the peer (RFC 4028 §9); `None`: there is no timer.
    ///
    /// # Errors
    /// [`IntervalTooSmall`].
    pub fn answer(&self, request: &Message<'_>) -> Result<Option<Granted>, IntervalTooSmall> {
        let is_required = speaks_timer(request);
        let floor = min_se(request).unwrap_or_default().max(SESSION_INTERVAL_MIN);
        let ours = self.expires.map(|expires| expires.max(floor).max(self.min()));
        let (interval, refresher) = match SessionExpires::of(request) {
            Some(asked) if asked.interval < self.min() && is_required => {
                return Err(IntervalTooSmall(self.min()));
            }
            // Who cannot be told that it is too short gets no timer: we may not make it longer.
            Some(asked) if asked.interval < SESSION_INTERVAL_MIN => return Ok(None),
            Some(asked) => (ours.map_or(asked.interval, |ours| ours.min(asked.interval)), asked.refresher),
            None => match ours {
                Some(ours) => (ours, None),
                None => return Ok(None),
            },
        };
        // Table 2: a caller without the extension cannot refresh; the choice of one that has it counts.
        let is_ours = !is_required || refresher == Some(Refresher::Uas);
        Ok(Some(Granted { timer: SessionTimer { interval, is_ours }, is_required }))
    }

    /// The timer after a 2xx to our INVITE or UPDATE, that `asked` for this interval (RFC 4028 §7.2). A peer without
    /// the extension leaves us to refresh, if we want a timer.
    pub fn hear(&self, response: &Message<'_>, asked: Option<Duration>) -> Option<SessionTimer> {
        match SessionExpires::of(response) {
            Some(said) => Some(SessionTimer {
                interval: said.interval.max(SESSION_INTERVAL_MIN),
                is_ours: said.refresher != Some(Refresher::Uas),
            }),
            None => self.expires.and(asked).map(|interval| SessionTimer { interval, is_ours: true }),
        }
    }
}

/// What a proxy makes of a request that refreshes a session (RFC 4028 §8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passing {
    /// Session-Expires of the request that goes on, when it differs.
    pub session_expires: Option<SessionExpires>,
    /// Its Min-SE, when it differs.
    pub min_se: Option<Duration>,
    /// What the 2xx must say if nobody behind us has the extension: then the caller refreshes (RFC 4028 §8.2).
    pub owed: Option<SessionExpires>,
}

impl SessionPolicy {
    /// What a proxy with this policy makes of a request.
    ///
    /// # Errors
    /// [`IntervalTooSmall`]: only for a caller with the extension, who can ask for more.
    pub fn pass(&self, request: &Message<'_>) -> Result<Passing, IntervalTooSmall> {
        let (has_timer, asked, said) = (speaks_timer(request), SessionExpires::of(request), min_se(request));
        let is_short = asked.is_some_and(|asked| asked.interval < self.min());
        if is_short && has_timer {
            return Err(IntervalTooSmall(self.min()));
        }
        // The Min-SE of a caller with the extension is its own business.
        let raised = is_short.then(|| self.min()).filter(|min| Some(*min) > said);
        let floor = raised.or(said).unwrap_or_default().max(SESSION_INTERVAL_MIN);
        let ours = self.expires.map(|expires| expires.max(self.min()).max(floor));
        let interval = match asked {
            Some(asked) => Some(ours.map_or(asked.interval, |ours| ours.min(asked.interval)).max(floor)),
            None => ours,
        };
        let refresher = asked.and_then(|asked| asked.refresher);
        let wanted = interval.map(|interval| SessionExpires { interval, refresher });
        let owed = wanted.filter(|_| has_timer);
        Ok(Passing {
            session_expires: wanted.filter(|_| interval != asked.map(|asked| asked.interval)),
            min_se: raised,
            owed: owed.map(|owed| SessionExpires { refresher: Some(Refresher::Uac), ..owed }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn message(line: &str, rows: &str) -> Vec<u8> {
        format!(
            "{line}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\n\
             CSeq: 1 INVITE\r\n{rows}Content-Length: 0\r\n\r\n"
        )
        .into_bytes()
    }

    fn answer(policy: SessionPolicy, rows: &str) -> Result<Option<String>, IntervalTooSmall> {
        let bytes = message("INVITE sip:b@x SIP/2.0", rows);
        let granted = policy.answer(&Message::parse(&bytes).unwrap())?;
        Ok(granted.map(|g| format!("{} {}", g.session_expires().write(), g.is_required)))
    }

    const TIMER: &str = "Supported: 100rel, Timer\r\n";

    #[test]
    fn the_answer_follows_table_2() {
        let none = SessionPolicy::default();
        for (supported, param, wanted) in [
            ("", "", "1800;refresher=uas false"),
            (TIMER, "", "1800;refresher=uac true"),
            (TIMER, ";refresher=uac", "1800;refresher=uac true"),
            (TIMER, ";x ; refresher = UAS", "1800;refresher=uas true"),
        ] {
            let rows = format!("{supported}x: 1800{param}\r\n");
            assert_eq!(answer(none, &rows).unwrap().as_deref(), Some(wanted), "{rows}");
        }
        assert_eq!(answer(none, TIMER), Ok(None));
    }

    #[test]
    fn the_answer_never_lengthens_nor_goes_below_min_se() {
        let policy = SessionPolicy { expires: Some(secs(600)), min: secs(300) };
        for (rows, wanted) in [
            ("Session-Expires: 1800\r\n", Ok(Some("600"))),
            ("Session-Expires: 400\r\n", Ok(Some("400"))),
            ("Session-Expires: 1800\r\nMin-SE: 900\r\n", Ok(Some("900"))),
            ("Session-Expires: 299\r\n", Err(IntervalTooSmall(secs(300)))),
            ("Min-SE: 700;x=1\r\n", Ok(Some("700"))),
            ("", Ok(Some("600"))),
        ] {
            let answer = answer(policy, &format!("{TIMER}{rows}"));
            let interval = answer.map(|a| a.map(|a| a.split(';').next().unwrap().to_owned()));
            assert_eq!(interval, wanted.map(|w| w.map(str::to_owned)), "{rows}");
        }
    }

    #[test]
    fn a_caller_without_the_extension_is_never_refused_for_its_interval() {
        let policy = SessionPolicy { expires: None, min: secs(600) };
        assert_eq!(
            answer(policy, "Session-Expires: 90\r\n").unwrap().as_deref(),
            Some("90;refresher=uas false")
        );
        assert_eq!(answer(policy, "Session-Expires: 89\r\n"), Ok(None));
        assert_eq!(answer(SessionPolicy::default(), "Session-Expires: 1x\r\n"), Ok(None));
    }

    #[test]
    fn no_interval_is_asked_for_or_required_below_90_seconds() {
        let policy = SessionPolicy { expires: Some(secs(20)), min: secs(10) };
        assert_eq!(policy.ask().unwrap().write(), "90");
        let short = format!("{TIMER}Session-Expires: 89\r\n");
        assert_eq!(answer(policy, &short), Err(IntervalTooSmall(secs(90))));
    }

    #[test]
    fn a_2xx_says_who_refreshes_and_without_it_only_who_wants_a_timer_has_one() {
        let hear = |policy: SessionPolicy, rows: &str| {
            let bytes = message("SIP/2.0 200 OK", rows);
            policy.hear(&Message::parse(&bytes).unwrap(), Some(secs(1800)))
        };
        let (wants, idle) = (SessionPolicy { expires: Some(secs(1800)), min: secs(90) }, Default::default());
        let timer = |interval, is_ours| Some(SessionTimer { interval: secs(interval), is_ours });
        assert_eq!(hear(idle, "Session-Expires: 600;refresher=uac\r\n"), timer(600, true));
        assert_eq!(hear(idle, "Session-Expires: 600;refresher=uas\r\n"), timer(600, false));
        assert_eq!(hear(idle, "Session-Expires: 5;refresher=uac\r\n"), timer(90, true));
        assert_eq!((hear(wants, ""), hear(idle, "")), (timer(1800, true), None));
    }

    #[test]
    fn a_proxy_asks_for_a_timer_or_shortens_it_but_not_below_what_the_caller_bears() {
        let policy = SessionPolicy { expires: Some(secs(1800)), min: secs(300) };
        for (rows, wanted) in [
            ("", Ok((Some("1800"), None))),
            (TIMER, Ok((Some("1800"), None))),
            ("Min-SE: 2000\r\n", Ok((Some("2000"), None))),
            ("Session-Expires: 3600;refresher=uas\r\n", Ok((Some("1800;refresher=uas"), None))),
            ("Session-Expires: 3600\r\nMin-SE: 2700\r\n", Ok((Some("2700"), None))),
            ("Session-Expires: 600\r\n", Ok((None, None))),
            ("Session-Expires: 100\r\n", Ok((Some("300"), Some(300)))),
            ("Session-Expires: 100\r\nMin-SE: 400\r\n", Ok((Some("400"), None))),
            ("Supported: timer\r\nSession-Expires: 299\r\n", Err(IntervalTooSmall(secs(300)))),
            ("Supported: timer\r\nSession-Expires: 350\r\nMin-SE: 400\r\n", Ok((Some("400"), None))),
        ] {
            let bytes = message("INVITE sip:b@x SIP/2.0", rows);
            let passed = policy.pass(&Message::parse(&bytes).unwrap());
            let shown =
                passed.map(|p| (p.session_expires.map(|s| s.write()), p.min_se.map(|min| min.as_secs())));
            assert_eq!(shown, wanted.map(|(s, min)| (s.map(str::to_owned), min)), "{rows}");
            if let Ok(passed) = passed {
                assert_eq!(passed.owed.is_some(), rows.to_lowercase().contains("timer"), "{rows}");
            }
        }
    }

    #[test]
    fn the_refresher_refreshes_at_half_time_and_the_other_leaves_a_little_before_the_end() {
        let of = |interval, is_ours| SessionTimer { interval: secs(interval), is_ours };
        assert_eq!((of(90, true).refresh_after(), of(90, true).expires_after()), (Some(secs(45)), secs(90)));
        assert_eq!((of(90, false).refresh_after(), of(90, false).expires_after()), (None, secs(60)));
        assert_eq!(of(1800, false).expires_after(), secs(1768));
        assert_eq!(of(600, false).ask(secs(900)).write(), "900;refresher=uas");
    }
}
