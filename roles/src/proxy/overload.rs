//! Overload control between neighbours (RFC 7339), with the loss algorithm, which every element has.
//!
//! [`Feedback`] is the server's half: to who announces `oc` in its Via, each response says which part of its requests it
//! shall keep to itself. [`Restraint`] is the client's half: it keeps back what a next hop asked for, new requests first.

use bytes::Bytes;
use core::net::SocketAddr;
use core::ops::Range;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::{Message, Via, push_decimal, split_commas};
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;

/// What we announce in the Via of a request to a next hop (§5.1).
pub(super) const ANNOUNCED: &[u8] = b";oc;oc-algo=\"loss\"";

/// Most servers whose wishes are remembered.
pub const RESTRAINED_MAX: usize = 1024;

/// What we ask of our neighbours: as long as there is strain, an ever larger part of what they would send, and a little
/// more again as soon as there is none. So what comes settles where the strain is short and seldom.
#[derive(Clone, Debug)]
pub struct Feedback {
    strained: bool,
    /// In millionths.
    loss: u64,
    at: Instant,
}

impl Default for Feedback {
    fn default() -> Self {
        Feedback { strained: false, loss: 0, at: Instant::EPOCH }
    }
}

impl Feedback {
    /// More waits than can be served in time, or no longer does.
    pub fn set_strained(&mut self, now: Instant, strained: bool) {
        self.advance(now);
        self.strained = strained;
    }

    /// The part moves a step in each stretch of time: up under strain, down without it.
    pub fn advance(&mut self, now: Instant) {
        let steps = now.since(self.at).as_micros() / STEP_EVERY.as_micros();
        if steps == 0 {
            return;
        }
        // Without a wish and after a long time the rest of the stretch is of no account.
        let is_long = steps > u128::from(STEPS_MAX);
        self.at = if is_long { now } else { self.at + STEP_EVERY * steps as u32 };
        let steps = steps.min(u128::from(STEPS_MAX)) as u64;
        if self.strained {
            let kept = (0..steps).fold(WHOLE_LOSS - self.loss, |kept, _| kept - kept / GIVEN_UP_PART);
            self.loss = (WHOLE_LOSS - kept).min(LOSS_MAX);
        } else {
            self.loss = self.loss.saturating_sub(steps * TAKEN_BACK);
        }
    }

    /// Whether there is strain, or was not long ago.
    pub fn is_asking(&mut self, now: Instant) -> bool {
        if self.loss > 0 {
            self.advance(now);
        }
        self.strained || self.loss > 0
    }

    /// Gives a response to who announces the loss algorithm our wish, and takes the wishes of others from it: one in a lower
    /// Via, or one that is not ours in the topmost, would make a neighbour of somebody else obey it (§5.4).
    pub fn stamp(&mut self, now: Instant, bytes: &mut Bytes) {
        let start = &bytes[..bytes.len().min(SEARCHED_BYTES)];
        if !bytes.starts_with(b"SIP/2.0 ") {
            return;
        }
        // Without an early end, many bytes are looked at in one step; few responses have such a pair.
        let pairs = start.iter().zip(start.iter().skip(1));
        if !pairs.fold(false, |found, (a, b)| found | ((*a == b';') & (b | 32 == b'o'))) {
            return;
        }
        let is_ours = |at: usize| start.get(at..at + 3).is_some_and(|w| w.eq_ignore_ascii_case(b";oc"));
        if !memchr::memchr_iter(b';', start).any(is_ours) {
            return;
        }
        self.advance(now);
        let (mut stamped, mut copied, mut is_top) = (Vec::with_capacity(bytes.len() + WISH_BYTES), 0, true);
        for row in rows(bytes) {
            let Some(value) = via_value(&bytes[row.clone()]) else { continue };
            stamped.extend_from_slice(&bytes[copied..row.start]);
            stamped.extend_from_slice(b"Via: ");
            for (place, via) in split_commas(value).enumerate() {
                stamped.extend_from_slice(if place > 0 { b", " } else { b"" });
                let is_told = core::mem::take(&mut is_top) && announces(via);
                push_without_wish(&mut stamped, via, is_told);
                if is_told {
                    self.push_wish(&mut stamped, now);
                }
            }
            stamped.extend_from_slice(b"\r\n");
            copied = row.end;
        }
        stamped.extend_from_slice(&bytes[copied..]);
        *bytes = stamped.into();
    }

    fn push_wish(&self, via: &mut Vec<u8>, now: Instant) {
        let percent = self.loss / (WHOLE_LOSS / 100);
        let validity = if percent == 0 { Duration::ZERO } else { VALIDITY };
        via.extend_from_slice(b";oc=");
        push_decimal(via, percent);
        via.extend_from_slice(b";oc-algo=\"loss\";oc-validity=");
        push_decimal(via, validity.as_millis() as u64);
        via.extend_from_slice(b";oc-seq=");
        push_decimal(via, now.unix_secs());
        // A fraction of five digits.
        let first = via.len();
        push_decimal(via, FRACTION + now.unix_micros() % 1_000_000 * FRACTION / 1_000_000);
        via[first] = b'.';
    }
}

/// Where the rows of a message are, with their ends: what follows the first line, up to the empty one.
fn rows(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let ends = memchr::memchr_iter(b'\n', bytes).map(|at| at + 1);
    let folds = |end: &usize| matches!(bytes.get(*end), Some(b' ' | b'\t'));
    let mut begin = None;
    let rows = ends.filter(move |end| !folds(end)).map(move |end| (begin.replace(end), end));
    let is_empty = |row: &[u8]| matches!(row, b"\r\n" | b"\n");
    rows.filter_map(|(begin, end)| Some(begin?..end)).take_while(move |row| !is_empty(&bytes[row.clone()]))
}

/// The value of a row of Via.
fn via_value(row: &[u8]) -> Option<&[u8]> {
    let colon = match row {
        [b'V' | b'v', b'i' | b'I', b'a' | b'A', ..] => 3,
        [b'V' | b'v', ..] => 1,
        _ => return None,
    };
    let rest = row[colon..].trim_ascii_start().strip_prefix(b":")?;
    Some(rest.trim_ascii())
}

/// Whether a Via says that its sender knows the loss algorithm.
fn announces(via: &[u8]) -> bool {
    let Ok(via) = Via::parse(via) else { return false };
    let knows_loss = |list: &[u8]| {
        let mut names = list.split(|b| matches!(b, b'"' | b',' | b' '));
        names.any(|name| name.eq_ignore_ascii_case(b"loss"))
    };
    via.params.has(b"oc") && via.params.get(b"oc-algo").is_some_and(knows_loss)
}

/// A Via without the wish that it carries: what announces the control stays, unless our own takes its place.
fn push_without_wish(value: &mut Vec<u8>, via: &[u8], is_told: bool) {
    // A list in quotes has no semicolon.
    let mut parts = via.split(|b| *b == b';').map(<[u8]>::trim_ascii);
    value.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        let name = part.split(|b| matches!(b, b'=' | b' ' | b'\t')).next().unwrap_or_default();
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("oc-validity") || is("oc-seq") || (is_told && (is("oc") || is("oc-algo"))) {
            continue;
        }
        value.push(b';');
        value.extend_from_slice(if is("oc") { name } else { part });
    }
}

/// What one server asked for.
#[derive(Clone, Copy, Debug)]
struct Wish {
    loss: u64,
    until: Instant,
    sequence: (u64, u64),
    /// Hundredths of requests that should have been kept back and were not yet.
    owed: u64,
}

/// What we keep back from servers that asked for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Restraint {
    wishes: BTreeMap<SocketAddr, Wish>,
}

impl Restraint {
    /// Takes in what the response of a server says in the Via that we wrote (§5.4, §5.7).
    pub(super) fn learn(&mut self, now: Instant, server: SocketAddr, response: &Message<'_>) {
        let value = response.top_via_value().unwrap_or_default();
        let is_wish = |at: usize| value[at..].get(..4).is_some_and(|w| w.eq_ignore_ascii_case(b";oc="));
        if !memchr::memchr_iter(b';', value).any(is_wish) {
            return;
        }
        let Ok(via) = response.top_via() else { return };
        let number = |name: &[u8]| core::str::from_utf8(via.params.get(name)?).ok()?.parse::<u64>().ok();
        let Some(loss) = number(b"oc").filter(|loss| *loss <= 100) else { return };
        let sequence = via.params.get(b"oc-seq").and_then(sequence_of).unwrap_or_default();
        let known = self.wishes.get(&server);
        if known.is_some_and(|known| known.until > now && known.sequence >= sequence) {
            return;
        }
        let validity = number(b"oc-validity").map_or(VALIDITY_DEFAULT, Duration::from_millis);
        if validity == Duration::ZERO || loss == 0 {
            self.wishes.remove(&server);
            return;
        }
        let owed = known.map_or(0, |known| known.owed);
        self.wishes.retain(|_, wish| wish.until > now);
        if self.wishes.len() < RESTRAINED_MAX || self.wishes.contains_key(&server) {
            let until = now + validity.min(VALIDITY_MAX);
            self.wishes.insert(server, Wish { loss, until, sequence, owed });
        }
    }

    /// Whether no server asked for anything.
    pub(super) fn is_empty(&self) -> bool {
        self.wishes.is_empty()
    }

    /// Whether a request may go to a server now. Of what is kept back, new requests bear the most; those of dialogs only
    /// when there are too few of the others, and calls in an emergency never (§5.5, §5.10.1).
    pub(super) fn admits(&mut self, now: Instant, server: SocketAddr, request: &Message<'_>) -> bool {
        let Some(wish) = self.wishes.get_mut(&server).filter(|wish| wish.until > now) else { return true };
        wish.owed += wish.loss;
        let worth = if is_emergency(request) {
            u64::MAX
        } else if is_new_work(request) {
            WHOLE
        } else {
            WHOLE * OWED_BEFORE_DIALOGS
        };
        let is_kept_back = wish.owed >= worth;
        wish.owed -= if is_kept_back { WHOLE } else { 0 };
        wish.owed = wish.owed.min(WHOLE * OWED_BEFORE_DIALOGS);
        !is_kept_back
    }
}

fn sequence_of(text: &[u8]) -> Option<(u64, u64)> {
    let (whole, part) = core::str::from_utf8(text).ok()?.split_once('.')?;
    // The part is a fraction: 0.5 is more than 0.45.
    Some((whole.parse().ok()?, format!("{part:0<5}").parse().ok()?))
}

fn is_new_work(request: &Message<'_>) -> bool {
    request.to().is_ok_and(|to| to.tag().is_none())
        && !matches!(request.method(), Some(Method::Register | Method::Options))
}

/// A call to the emergency services (RFC 5031), or one that a namespace of priorities marks (RFC 4412).
fn is_emergency(request: &Message<'_>) -> bool {
    let sos = request.request_uri().get(..15).is_some_and(|uri| uri.eq_ignore_ascii_case(b"urn:service:sos"));
    sos || request.header(HeaderName::RESOURCE_PRIORITY).is_some()
}

/// The part that is asked for moves so often:
const STEP_EVERY: Duration = Duration::from_millis(1);
/// under strain by this part of what still comes, a half of it in 140 ms; faster, and much more than needed would be
/// kept back, since what was on its way still strains us;
const GIVEN_UP_PART: u64 = 200;
/// without strain by so many millionths, a tenth of all in a second.
const TAKEN_BACK: u64 = 100;
/// After so many steps the end is reached in either direction.
const STEPS_MAX: u64 = 20_000;
/// All of what comes, in millionths;
const WHOLE_LOSS: u64 = 1_000_000;
/// but something must come, or nobody learns that it is over.
const LOSS_MAX: u64 = 900_000;
/// How fine the sequence of wishes is, in parts of a second.
const FRACTION: u64 = 100_000;
/// What our wish adds to a response.
const WISH_BYTES: usize = 64;
/// How long our wish holds.
const VALIDITY: Duration = Duration::from_millis(1000);
/// How long a wish without a length holds (§4.3).
const VALIDITY_DEFAULT: Duration = Duration::from_millis(500);
/// The longest time for which a server is believed.
const VALIDITY_MAX: Duration = Duration::from_secs(60);
/// In how many bytes of a response the topmost Via is looked for.
const SEARCHED_BYTES: usize = 2048;
/// One request, in hundredths.
const WHOLE: u64 = 100;
/// So many requests must be owed before those of dialogs are kept back.
const OWED_BEFORE_DIALOGS: u64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);
    const SERVER: &str = "192.0.2.41:5060";

    fn message(start: &str, via: &str, to: &str) -> Bytes {
        format!(
            "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa{via}\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>{to}\r\n\
             Call-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"
        )
        .into()
    }

    fn stamped(feedback: &mut Feedback, now: Instant, mut bytes: Bytes) -> Bytes {
        feedback.stamp(now, &mut bytes);
        bytes
    }

    fn wish(feedback: &mut Feedback, now: Instant, announced: &str) -> String {
        let bytes = stamped(feedback, now, message("SIP/2.0 200 OK", announced, ";tag=2"));
        String::from_utf8_lossy(&bytes)
            .lines()
            .nth(1)
            .unwrap()
            .replace("Via: SIP/2.0/UDP h;branch=z9hG4bKa", "")
    }

    #[test]
    fn who_announces_the_loss_algorithm_is_told_how_much_to_keep_back_and_nobody_else() {
        let mut feedback = Feedback::default();
        let announced = ";oc;oc-algo=\"loss,A\"";
        assert_eq!(
            wish(&mut feedback, T0, announced),
            ";oc=0;oc-algo=\"loss\";oc-validity=0;oc-seq=1700000000.00000"
        );
        feedback.set_strained(T0, true);
        let half = T0 + Duration::from_millis(139);
        assert_eq!(
            wish(&mut feedback, half, announced),
            ";oc=50;oc-algo=\"loss\";oc-validity=1000;oc-seq=1700000000.13900"
        );
        for other in ["", ";oc", ";oc;oc-algo=\"rate\"", ";ocean"] {
            assert_eq!(wish(&mut feedback, half, other), other);
        }
        let request = message("INVITE sip:b@x SIP/2.0", announced, "");
        assert_eq!(
            stamped(&mut feedback, half, request.clone()),
            request,
            "a request says what its sender can"
        );
        let later = half + Duration::from_secs(60);
        assert!(wish(&mut feedback, later, announced).starts_with(";oc=90;"), "something must come");
        feedback.set_strained(later, false);
        assert!(wish(&mut feedback, later + Duration::from_secs(1), announced).starts_with(";oc=80;"));
        assert!(wish(&mut feedback, later + Duration::from_secs(9), announced).starts_with(";oc=0;"));
    }

    #[test]
    fn the_wishes_of_others_go_no_further_and_what_announces_the_control_stays() {
        let mut feedback = Feedback::default();
        let lower =
            "SIP/2.0/TCP low;branch=z9hG4bKb;OC=90;oc-algo=\"loss\";oc-validity=60000;oc-seq=1.5;rport=1";
        let response = |top: &str| message("SIP/2.0 200 OK", &format!("{top}, {lower}"), ";tag=2");
        let via = |bytes: Bytes| String::from_utf8_lossy(&bytes).lines().nth(1).unwrap().to_owned();
        let rest = ", SIP/2.0/TCP low;branch=z9hG4bKb;OC;oc-algo=\"loss\";rport=1";
        let top = "Via: SIP/2.0/UDP h;branch=z9hG4bKa";
        assert_eq!(via(stamped(&mut feedback, T0, response(""))), format!("{top}{rest}"));
        let forged =
            via(stamped(&mut feedback, T0, response(";oc=90;oc-algo=\"loss\";oc-validity=60000;oc-seq=9.9")));
        let ours = ";oc=0;oc-algo=\"loss\";oc-validity=0;oc-seq=1700000000.00000";
        assert_eq!(forged, format!("{top}{ours}{rest}"));
        let bare = via(stamped(&mut feedback, T0, response(";oc=90;oc-seq=9.9")));
        assert_eq!(bare, format!("{top};oc{rest}"), "without the algorithm nothing was announced");
    }

    fn told(restraint: &mut Restraint, now: Instant, via: &str) {
        let bytes = message("SIP/2.0 200 OK", via, ";tag=2");
        restraint.learn(now, SERVER.parse().unwrap(), &Message::parse(&bytes).unwrap());
    }

    /// How many of a hundred requests go to the server.
    fn sent(restraint: &mut Restraint, now: Instant, start: &str, to: &str) -> usize {
        let bytes = message(start, "", to);
        let request = Message::parse(&bytes).unwrap();
        (0..100).filter(|_| restraint.admits(now, SERVER.parse().unwrap(), &request)).count()
    }

    const INVITE: &str = "INVITE sip:b@x SIP/2.0";

    #[test]
    fn a_server_gets_as_much_less_as_it_asks_for_until_its_wish_is_over() {
        let mut restraint = Restraint::default();
        assert_eq!(sent(&mut restraint, T0, INVITE, ""), 100);
        told(&mut restraint, T0, ";oc=30;oc-algo=\"loss\";oc-validity=1000;oc-seq=10.5");
        assert_eq!(sent(&mut restraint, T0, INVITE, ""), 70);
        told(&mut restraint, T0, ";oc=90;oc-algo=\"loss\";oc-validity=1000;oc-seq=10.45");
        assert_eq!(sent(&mut restraint, T0, INVITE, ""), 70, "an older wish came late");
        assert_eq!(sent(&mut restraint, T0 + Duration::from_secs(1), INVITE, ""), 100, "it is over");
        told(&mut restraint, T0, ";oc=50;oc-seq=11.0");
        assert_eq!(sent(&mut restraint, T0 + Duration::from_millis(499), INVITE, ""), 50);
        assert_eq!(sent(&mut restraint, T0 + Duration::from_millis(500), INVITE, ""), 100);
        told(&mut restraint, T0, ";oc=50;oc-validity=60000;oc-seq=12.0");
        told(&mut restraint, T0, ";oc=0;oc-validity=0;oc-seq=13.0");
        assert_eq!(sent(&mut restraint, T0, INVITE, ""), 100, "the server says that it is over");
        told(&mut restraint, T0, ";oc");
        assert_eq!(sent(&mut restraint, T0, INVITE, ""), 100, "what we announced, sent back as it was");
    }

    #[test]
    fn dialogs_and_emergencies_go_before_new_calls() {
        let mut restraint = Restraint::default();
        told(&mut restraint, T0, ";oc=50;oc-validity=60000;oc-seq=1.0");
        let (dialog, call) = (message("BYE sip:b@x SIP/2.0", "", ";tag=2"), message(INVITE, "", ""));
        let mut went = [0, 0];
        for _ in 0..100 {
            for (count, bytes) in went.iter_mut().zip([&dialog, &call]) {
                let request = Message::parse(bytes).unwrap();
                *count += usize::from(restraint.admits(T0, SERVER.parse().unwrap(), &request));
            }
        }
        assert_eq!(went, [100, 0], "half of all requests are kept back, and all of them are new");
        assert_eq!(sent(&mut restraint, T0, "INVITE urn:service:sos SIP/2.0", ""), 100);
        let mut alone = Restraint::default();
        told(&mut alone, T0, ";oc=50;oc-validity=60000;oc-seq=1.0");
        let of_dialogs = sent(&mut alone, T0, "BYE sip:b@x SIP/2.0", ";tag=2");
        assert!((50..=70).contains(&of_dialogs), "without new calls dialogs must bear it: {of_dialogs}");
    }

    #[test]
    fn what_one_of_us_asks_another_one_does() {
        let (mut feedback, mut restraint) = (Feedback::default(), Restraint::default());
        feedback.set_strained(T0, true);
        let now = T0 + Duration::from_millis(139);
        let announced = core::str::from_utf8(ANNOUNCED).unwrap();
        told(&mut restraint, now, &wish(&mut feedback, now, announced));
        assert_eq!(sent(&mut restraint, now, INVITE, ""), 50);
        feedback.set_strained(now, false);
        let later = now + Duration::from_secs(6);
        told(&mut restraint, later, &wish(&mut feedback, later, announced));
        assert_eq!(sent(&mut restraint, later, INVITE, ""), 100);
    }

    #[test]
    fn the_wishes_of_servers_are_bounded() {
        let mut restraint = Restraint::default();
        let bytes = message("SIP/2.0 200 OK", ";oc=50;oc-validity=60000;oc-seq=1.0", ";tag=2");
        let response = Message::parse(&bytes).unwrap();
        for n in 0..2 * RESTRAINED_MAX as u32 {
            restraint.learn(T0, SocketAddr::from((n.to_be_bytes(), 5060)), &response);
        }
        assert_eq!(restraint.wishes.len(), RESTRAINED_MAX);
    }
}
