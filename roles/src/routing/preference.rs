//! Caller preferences (RFC 3841): which contacts of a user a request may reach, and in what order; what the caller asks of
//! the proxy. The features of a contact are the parameters with which it was registered (RFC 3840).

use crate::location::Binding;
use ringback_sip::journal::Unwanted;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::{Message, Params, trim};
use smallvec::SmallVec;

/// What a request says about the features of whom it is for.
#[derive(Clone, Debug, Default)]
pub struct Preferences<'a> {
    accept: SmallVec<[Wish<'a>; 2]>,
    reject: SmallVec<[Wish<'a>; 1]>,
    /// Whether the caller said so, and the request does not by what it is.
    pub is_explicit: bool,
}

/// One value of Accept-Contact or Reject-Contact.
#[derive(Clone, Debug)]
struct Wish<'a> {
    features: SmallVec<[Feature<'a>; 4]>,
    is_required: bool,
    is_explicit: bool,
}

/// A feature: its name without `+`, and the values of which it has one.
#[derive(Clone, Debug)]
struct Feature<'a> {
    name: &'a [u8],
    values: &'a [u8],
}

impl<'a> Preferences<'a> {
    /// The preferences of a request: those that the caller gives, else those that its method and event package imply
    /// (RFC 3841 §7.2.1, §7.2.2). What goes beyond [`WISHES_MAX`] counts for nothing.
    pub fn of(message: &Message<'a>) -> Self {
        let all = |name| message.values(name).take(WISHES_MAX).map(Wish::read);
        let (accept, reject) = (all(HeaderName::ACCEPT_CONTACT), all(HeaderName::REJECT_CONTACT));
        let mut preferences =
            Preferences { accept: accept.collect(), reject: reject.collect(), is_explicit: true };
        if preferences.accept.is_empty() && preferences.reject.is_empty() {
            preferences.is_explicit = false;
            preferences.accept.push(Wish::implied_by(message));
        }
        preferences
    }

    /// Whether a request may say anything of whom it is for but by what it is.
    pub fn are_given(message: &Message<'_>) -> bool {
        [HeaderName::ACCEPT_CONTACT, HeaderName::REJECT_CONTACT]
            .iter()
            .any(|name| message.header(*name).is_some())
    }

    /// Judges a contact: its preference in millionths, or why it is none for this request (RFC 3841 §7.2.4).
    ///
    /// # Errors
    /// [`Unwanted`].
    pub fn judge(&self, binding: &Binding) -> Result<u32, Unwanted> {
        let mut features = features(binding.params());
        if !binding.instance().is_empty() {
            features.push(Feature { name: b"sip.instance", values: unquote(binding.instance()) });
        }
        self.judge_features(&features)
    }

    fn judge_features(&self, features: &[Feature<'_>]) -> Result<u32, Unwanted> {
        // Who says nothing of itself is immune.
        if features.is_empty() {
            return Ok(ONE);
        }
        let knows = |wish: &Wish<'_>| wish.score(features) == ONE;
        if self.reject.iter().any(|wish| knows(wish) && wish.matches(features)) {
            return Err(Unwanted::Rejected);
        }
        let (mut sum, mut count) = (0, 0);
        for wish in &self.accept {
            let (score, matches) = (wish.score(features), wish.matches(features));
            if wish.is_required && (!matches || (wish.is_explicit && score < ONE)) {
                return Err(if self.is_explicit { Unwanted::Lacking } else { Unwanted::Incapable });
            }
            if matches {
                sum += if wish.is_explicit && score < ONE { 0 } else { score };
                count += 1;
            }
        }
        Ok(sum.checked_div(count).unwrap_or(0))
    }
}

impl<'a> Wish<'a> {
    fn read(value: &'a [u8]) -> Self {
        let params = value.iter().position(|b| *b == b';').map_or(&b""[..], |at| &value[at..]);
        let is = |wanted: &[u8]| Params::new(params).has(wanted);
        Wish { features: features(params), is_required: is(b"require"), is_explicit: is(b"explicit") }
    }

    /// The one that a request makes by what it is.
    fn implied_by(message: &Message<'a>) -> Self {
        let mut features = SmallVec::new();
        if let Some(method) = message.method() {
            features.push(Feature { name: b"methods", values: method.as_str().as_bytes() });
        }
        if let Some(event) = message.header(HeaderName::EVENT)
            && message.method() == Some(Method::Subscribe)
        {
            let name = event.split(|b| *b == b';').next().unwrap_or_default();
            features.push(Feature { name: b"events", values: trim(name) });
        }
        Wish { features, is_required: true, is_explicit: false }
    }

    /// The share of its features of which a contact says something, in millionths.
    fn score(&self, features: &[Feature<'_>]) -> u32 {
        let has = |wish: &&Feature<'_>| features.iter().any(|f| f.name.eq_ignore_ascii_case(wish.name));
        match u32::try_from(self.features.len()).unwrap_or(u32::MAX) {
            0 => ONE,
            all => {
                let known = self.features.iter().filter(has).count();
                u32::try_from(known).unwrap_or(0) * (ONE / all)
                    + if known == all as usize { ONE % all } else { 0 }
            }
        }
    }

    /// Whether nothing that a contact says of itself contradicts.
    fn matches(&self, features: &[Feature<'_>]) -> bool {
        self.features.iter().all(|wish| {
            let said = features.iter().find(|f| f.name.eq_ignore_ascii_case(wish.name));
            said.is_none_or(|said| wish.meets(said))
        })
    }
}

impl Feature<'_> {
    /// Whether one value agrees with both (RFC 2533 §5).
    fn meets(&self, other: &Feature<'_>) -> bool {
        let values = |feature: &Feature<'_>| feature.values.split(|b| *b == b',').count();
        // The work is bounded: what has more values than that is taken to agree.
        if values(self).saturating_mul(values(other)) > COMPARISONS_MAX {
            return true;
        }
        let mut ours = split(self.values);
        ours.any(|one| split(other.values).any(|other| one.meets(&other)))
    }
}

/// A value of a feature (RFC 3840 §9).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value<'a> {
    Token(&'a [u8]),
    Text(&'a [u8]),
    Range(f64, f64),
}

/// A value, or all but that.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Filter<'a> {
    is_not: bool,
    value: Value<'a>,
}

impl Filter<'_> {
    fn meets(&self, other: &Filter<'_>) -> bool {
        match (self.is_not, other.is_not) {
            (false, false) => self.value.meets(&other.value),
            // Something else always agrees with both.
            (true, true) => true,
            (true, false) => !self.value.covers(&other.value),
            (false, true) => !other.value.covers(&self.value),
        }
    }
}

impl Value<'_> {
    fn meets(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Token(a), Value::Token(b)) => a.eq_ignore_ascii_case(b),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Range(a, b), Value::Range(c, d)) => a <= d && c <= b,
            _ => false,
        }
    }

    /// Whether it has all that the other has.
    fn covers(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Range(a, b), Value::Range(c, d)) => a <= c && d <= b,
            _ => self.meets(other),
        }
    }
}

/// The values of a list.
fn split(values: &[u8]) -> impl Iterator<Item = Filter<'_>> {
    let is_text = values.starts_with(b"<");
    values.split(move |b| *b == b',' && !is_text).map(|value| {
        let value = trim(value);
        let (is_not, value) = value.strip_prefix(b"!").map_or((false, value), |rest| (true, rest));
        Filter { is_not, value: read(value) }
    })
}

fn read(value: &[u8]) -> Value<'_> {
    if let Some(text) = value.strip_prefix(b"<") {
        return Value::Text(text.strip_suffix(b">").unwrap_or(text));
    }
    let number = |text: &[u8]| core::str::from_utf8(text).ok()?.trim().parse::<f64>().ok();
    let range = value.strip_prefix(b"#").and_then(|rest| {
        Some(if let Some(least) = rest.strip_prefix(b">=") {
            (number(least)?, f64::INFINITY)
        } else if let Some(most) = rest.strip_prefix(b"<=") {
            (f64::NEG_INFINITY, number(most)?)
        } else if let Some(at) = rest.iter().position(|b| *b == b':') {
            (number(&rest[..at])?, number(&rest[at + 1..])?)
        } else {
            let only = number(rest.strip_prefix(b"=").unwrap_or(rest))?;
            (only, only)
        })
    });
    range.map_or(Value::Token(value), |(least, most)| Value::Range(least, most))
}

/// The features among parameters (RFC 3841 §7.2.3), the first [`FEATURES_MAX`].
fn features(params: &[u8]) -> SmallVec<[Feature<'_>; 4]> {
    let of = |(name, value): (_, Option<_>)| {
        let name = feature_name(name)?;
        Some(Feature { name, values: value.map_or(&b"TRUE"[..], unquote) })
    };
    Params::new(params).iter().filter_map(of).take(FEATURES_MAX).collect()
}

/// The name of a feature as it is compared; `None` for a parameter that is none. A base feature is the same with and
/// without its prefix.
fn feature_name(name: &[u8]) -> Option<&[u8]> {
    match name.strip_prefix(b"+") {
        Some(rest) => Some(rest),
        None => BASE.iter().any(|base| name.eq_ignore_ascii_case(base.as_bytes())).then_some(name),
    }
}

fn unquote(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value)
}

/// What a caller asks of the proxy (RFC 3841 §9.1). `queue` asks for what this proxy does not have, and is left unsaid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disposition {
    /// To be told where the user is, instead of being connected.
    pub redirect: bool,
    /// That phones ring on when another has answered.
    pub no_cancel: bool,
    /// That one phone is tried, and no other.
    pub no_fork: bool,
    /// That redirections are not followed here.
    pub no_recurse: bool,
    /// That all phones ring at once, or one after the other.
    pub order: Option<Order>,
}

/// How several phones are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// All at once.
    Parallel,
    /// One after the other.
    Sequential,
}

impl Disposition {
    /// What a request asks; of what contradicts, the first.
    pub fn of(message: &Message<'_>) -> Self {
        let mut disposition = Disposition::default();
        if message.header(HeaderName::REQUEST_DISPOSITION).is_none() {
            return disposition;
        }
        let mut said = [false; 5];
        for word in message.values(HeaderName::REQUEST_DISPOSITION) {
            let word = word.to_ascii_lowercase();
            let Some(place) = OPPOSITES.iter().position(|pair| pair.contains(&&word[..])) else { continue };
            if core::mem::replace(&mut said[place], true) {
                continue;
            }
            match &word[..] {
                b"redirect" => disposition.redirect = true,
                b"no-cancel" => disposition.no_cancel = true,
                b"no-fork" => disposition.no_fork = true,
                b"no-recurse" => disposition.no_recurse = true,
                b"parallel" => disposition.order = Some(Order::Parallel),
                b"sequential" => disposition.order = Some(Order::Sequential),
                _ => {}
            }
        }
        disposition
    }
}

/// The words that contradict each other.
const OPPOSITES: [[&[u8]; 2]; 5] = [
    [b"proxy", b"redirect"],
    [b"cancel", b"no-cancel"],
    [b"fork", b"no-fork"],
    [b"recurse", b"no-recurse"],
    [b"parallel", b"sequential"],
];
/// The features whose names have no prefix (RFC 3840 §9).
const BASE: [&str; 20] = [
    "audio",
    "automata",
    "class",
    "duplex",
    "data",
    "control",
    "mobility",
    "description",
    "events",
    "priority",
    "methods",
    "schemes",
    "application",
    "video",
    "language",
    "type",
    "isfocus",
    "actor",
    "text",
    "extensions",
];
/// The best preference.
const ONE: u32 = 1_000_000;
/// Most values of Accept-Contact, and of Reject-Contact, that count.
pub const WISHES_MAX: usize = 16;
/// Most features of a contact or of one wish that count.
pub const FEATURES_MAX: usize = 32;
/// Most pairs of values of one feature that are compared.
const COMPARISONS_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(rows: &str) -> String {
        format!("INVITE sip:user@example.com SIP/2.0\r\n{rows}\r\n\r\n")
    }

    fn judge(rows: &str, contact: &str) -> Result<u32, Unwanted> {
        let text = message(rows);
        Preferences::of(&Message::parse(text.as_bytes()).unwrap())
            .judge_features(&features(contact.as_bytes()))
    }

    /// The contacts, the request and the outcome of the example in RFC 3841 §7.2.5.
    #[test]
    fn the_example_of_the_rfc_comes_out_as_it_says() {
        let rows = "Reject-Contact: *;actor=\"msg-taker\";video\r\nAccept-Contact: *;audio;require\r\n\
                    Accept-Contact: *;video;explicit\r\nAccept-Contact: *;methods=\"BYE\";class=\"business\";q=1.0";
        for (contact, outcome) in [
            (";audio;video;methods=\"INVITE,BYE\"", Ok(833_333)),
            (";audio=\"FALSE\";methods=\"INVITE\";actor=\"msg-taker\"", Err(Unwanted::Lacking)),
            (";audio;actor=\"msg-taker\";methods=\"INVITE\";video", Err(Unwanted::Rejected)),
            (";audio;methods=\"INVITE,OPTIONS\"", Ok(500_000)),
            ("", Ok(ONE)),
        ] {
            assert_eq!(judge(rows, contact), outcome, "{contact}");
        }
    }

    /// Values as in the mapping of RFC 3841 §8, and around it.
    #[test]
    fn values_agree_as_tokens_texts_numbers_and_their_opposites() {
        for (wish, contact, agrees) in [
            ("mobility=\"fixed\"", "mobility=\"Fixed,mobile\"", true),
            ("mobility=\"fixed\"", "mobility=\"mobile\"", false),
            ("events=\"!presence,message-summary\"", "events=\"presence\"", false),
            ("events=\"!presence,message-summary\"", "events=\"dialog\"", true),
            ("events=\"!presence\"", "events=\"!dialog\"", true),
            ("events=\"presence\"", "events=\"!presence\"", false),
            ("description=\"<PC>\"", "description=\"<PC>\"", true),
            ("description=\"<PC>\"", "description=\"<pc>\"", false),
            ("description=\"<a,b>\"", "description=\"<a,b>\"", true),
            ("+sip.newparam", "+sip.newparam=\"true\"", true),
            ("audio", "audio=\"FALSE\"", false),
            ("audio", "+AUDIO", true),
            ("+rangeparam=\"#-4:+5.125\"", "+rangeparam=\"#5\"", true),
            ("+rangeparam=\"#-4:+5.125\"", "+rangeparam=\"#>=6\"", false),
            ("+rangeparam=\"#-4:+5.125\"", "+rangeparam=\"#<=-4\"", true),
            ("+rangeparam=\"#=3\"", "+rangeparam=\"!#2:4\"", false),
            ("+rangeparam=\"#1:3\"", "+rangeparam=\"!#2:4\"", true),
            ("video", "audio", true),
        ] {
            let outcome = judge(&format!("Accept-Contact: *;{wish};require"), &format!(";{contact}"));
            assert_eq!(outcome.is_ok(), agrees, "{wish} and {contact}");
        }
        assert_eq!(judge("Accept-Contact: *;video;require;explicit", ";audio"), Err(Unwanted::Lacking));
        assert_eq!(judge("Accept-Contact: *;video;explicit", ";audio"), Ok(0));
        assert_eq!(judge("Reject-Contact: *;video;audio", ";video"), Ok(0), "it says nothing of audio");
        assert_eq!(judge("Accept-Contact: *", ";other=1;x"), Ok(ONE), "no features, immune");
    }

    #[test]
    fn without_wishes_the_method_and_the_event_imply_them() {
        assert_eq!(judge("X: y", ";methods=\"BYE,ACK\""), Err(Unwanted::Incapable));
        assert_eq!(judge("X: y", ";methods=\"INVITE\""), Ok(ONE));
        assert_eq!(judge("Event: dialog", ";events=\"presence\""), Ok(0), "it is no SUBSCRIBE");
        let text = "SUBSCRIBE sip:b@x SIP/2.0\r\nEvent: dialog;id=1\r\n\r\n";
        let wishes = Preferences::of(&Message::parse(text.as_bytes()).unwrap());
        assert_eq!(wishes.judge_features(&features(b";events=\"presence\"")), Err(Unwanted::Incapable));
        assert_eq!(wishes.judge_features(&features(b";events=\"presence,dialog\"")), Ok(500_000));
    }

    #[test]
    fn a_disposition_is_read_word_by_word_and_the_first_of_opposites_holds() {
        let of = |value: &str| {
            let text = message(&format!("Request-Disposition: {value}"));
            Disposition::of(&Message::parse(text.as_bytes()).unwrap())
        };
        let none = Disposition::default();
        assert_eq!(of("proxy, fork, cancel, recurse, queue, nonsense"), none);
        assert_eq!(of("Redirect, no-cancel"), Disposition { redirect: true, no_cancel: true, ..none });
        assert_eq!(of("no-fork, no-recurse"), Disposition { no_fork: true, no_recurse: true, ..none });
        assert_eq!(of("sequential, parallel").order, Some(Order::Sequential));
        assert_eq!(of("parallel").order, Some(Order::Parallel));
    }
}
