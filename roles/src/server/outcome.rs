//! What becomes of a request that may pass: the dial plan, the states of users, and where its target leads.
//!
//! The server does what is said here; `ringback route` says it without doing it.

use super::targets::destinations;
use crate::access::{Denial, Extra};
use crate::location::{Aor, Bindings};
use crate::proxy::Destination;
use crate::redirect;
use crate::routing::Place;
use crate::routing::plan::{
    Action, Decision, HopGroup, HopTarget, Missed, Plan, PlanTarget, Question, Reject, Rule, number_as_user,
};
use core::fmt::Write as _;
use ringback_sip::entropy::Entropy;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Host, Scheme, Uri};
use ringback_sip::time::Instant;
use std::sync::Arc;

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is answered.
    Answer(Denial),
    /// It goes to the phones of this user.
    User(Aor),
    /// It goes to these, one group of equal preference after the other.
    Send(Vec<Destination>),
}

/// What the plan says of a request, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict<'p> {
    /// The rule that holds, and whom the request is for then.
    pub decision: Decision<'p>,
    /// What happens.
    pub outcome: Outcome,
}

/// Judges a request. `tell` hears of each rule that was tried; `is_up` knows which next hops live; `dice` choose among
/// equals.
pub fn judge<'p>(
    plan: &'p Plan,
    place: &Place,
    question: &Question<'_>,
    is_up: impl Fn(&HopTarget) -> bool,
    dice: &mut Entropy,
    tell: impl FnMut(&'p Rule, Result<(), Missed>),
) -> Verdict<'p> {
    let decision = plan.decide(place.domains(), question, tell);
    let outcome = match decision.rule {
        None => {
            match (deliver(plan, place, question, &decision.target, question.is_proven), decision.incomplete)
            {
                (Outcome::Answer(denial), Some(rule)) => Outcome::Answer(incomplete(denial, cause_of(rule))),
                (outcome, _) => outcome,
            }
        }
        Some(rule) => {
            let cause = cause_of(rule);
            match &rule.action {
                Action::Redirect(told) => {
                    let contacts = &decision.contacts;
                    Outcome::Answer(redirect::to_contacts(told.status, cause, contacts, &question.uri))
                }
                Action::Reject(reject) => Outcome::Answer(refusal(reject, cause, place)),
                Action::Hops(group) => match plan.hops.get(*group) {
                    Some(group) => to_hops(group, &question.uri, &decision.target, is_up, dice),
                    None => Outcome::Answer(Denial::new(StatusCode::SERVER_INTERNAL_ERROR, cause)),
                },
                Action::Forward | Action::Continue => {
                    deliver(plan, place, question, &decision.target, question.is_proven || rule.is_open)
                }
            }
        }
    };
    Verdict { decision, outcome }
}

/// What becomes of a request for a user whose bindings are known. `told`: the target of a request that is answered
/// with where the user is, instead of being forwarded.
///
/// # Errors
/// The answer: 3xx for `told`, 480 for a user who is nowhere, 404 for nobody.
pub fn located(
    now: Instant,
    aor: &Aor,
    is_user: bool,
    bindings: &Bindings,
    told: Option<&Uri<'_>>,
) -> Result<Vec<Destination>, Denial> {
    if let Some(denial) = told.and_then(|target| redirect::to_bindings(now, bindings, target)) {
        return Err(denial);
    }
    let destinations = destinations(now, bindings);
    if !destinations.is_empty() {
        return Ok(destinations);
    }
    let shown = Shown::from(aor.as_bytes());
    Err(if is_user {
        Denial::new(StatusCode::TEMPORARILY_UNAVAILABLE, Cause::NoBinding(shown))
    } else {
        Denial::new(StatusCode::NOT_FOUND, Cause::UnknownUser(shown))
    })
}

/// The answer, instead of 404 or 416, when nobody has a number which a rule would take if it were longer (RFC 3261 §21.4.22).
#[must_use]
pub fn incomplete(denial: Denial, rule: Cause) -> Denial {
    if !matches!(denial.status, StatusCode::NOT_FOUND | StatusCode::UNSUPPORTED_URI_SCHEME) {
        return denial;
    }
    let phrase = Some("Address Incomplete, More Digits Needed".into());
    let extra = Some(Box::new(Extra { phrase, body: None }));
    Denial { extra, ..Denial::new(StatusCode::ADDRESS_INCOMPLETE, rule) }
}

/// A rule, as the cause of what it brings about.
pub fn cause_of(rule: &Rule) -> Cause {
    Cause::Rule(Shown::from(&*rule.name), rule.line)
}

/// To whom the target names: a user of ours, or another domain.
fn deliver(
    plan: &Plan,
    place: &Place,
    question: &Question<'_>,
    target: &PlanTarget,
    may_leave: bool,
) -> Outcome {
    let was = &question.uri;
    if was.scheme == Scheme::Tel && !target.is_rehosted(was) {
        let cause = Cause::Scheme(Shown::from(was.raw));
        return Outcome::Answer(Denial::new(StatusCode::UNSUPPORTED_URI_SCHEME, cause));
    }
    let is_ours = place.domains().main_of(&Host(&target.domain)).is_some();
    // Another port of our address is not us.
    if !target.is_changed && !place.is_us(was) {
        return elsewhere(None);
    }
    if !is_ours {
        let uri = target.uri(was);
        if !may_leave {
            return Outcome::Answer(Denial::new(StatusCode::FORBIDDEN, Cause::Relay(Shown::from(&*uri))));
        }
        return elsewhere(Some(uri.into()));
    }
    if target.user.is_empty() {
        let cause = Cause::UnknownUser(Shown::from(&*target.uri(was)));
        return Outcome::Answer(Denial::new(StatusCode::NOT_FOUND, cause));
    }
    let aor = Aor::from_canonical(&[&target.user, &b"@"[..], &target.domain].concat());
    match plan.users.get(&aor) {
        Some(state) => Outcome::Answer(redirect::to_state(&aor, state, was)),
        None => Outcome::User(aor),
    }
}

fn elsewhere(uri: Option<Box<[u8]>>) -> Outcome {
    Outcome::Send(vec![Destination { uri, ..Destination::as_it_is() }])
}

/// The next hops of a group, the first one first.
fn to_hops(
    group: &HopGroup,
    was: &Uri<'_>,
    target: &PlanTarget,
    is_up: impl Fn(&HopTarget) -> bool,
    dice: &mut Entropy,
) -> Outcome {
    let mut destinations = Vec::with_capacity(group.targets.len());
    for place in group.order(is_up, dice) {
        let hop: Arc<str> = Arc::from(&*group.targets[place].uri);
        let Ok(uri) = Uri::parse(hop.as_bytes()) else { continue };
        // A protected call stays protected (RFC 5630 §5.3).
        if was.scheme == Scheme::Sips && uri.scheme != Scheme::Sips {
            continue;
        }
        let q = 1000_u16.saturating_sub(destinations.len() as u16);
        let (uri, path) = way(&uri, was, target);
        let hop = Some(Arc::clone(&hop));
        destinations.push(Destination { uri: Some(uri), path, q, hop, ..Destination::as_it_is() });
    }
    if destinations.is_empty() {
        return Outcome::Answer(redirect::unprotected());
    }
    Outcome::Send(destinations)
}

/// The answer of a rule that refuses.
fn refusal(reject: &Reject, cause: Cause, place: &Place) -> Denial {
    let mut denial = Denial::new(reject.status, cause);
    if let Some(phrase) = &reject.phrase {
        denial.extra = Some(Box::new(Extra { phrase: Some(phrase.clone()), body: None }));
    }
    if let Some(secs) = reject.retry_after_secs {
        denial = denial.with(HeaderName::RETRY_AFTER, secs.to_string());
    }
    if let Some(text) = &reject.warning {
        let agent = place.domains().mains().next().unwrap_or(b"ringback");
        let mut value = format!("399 {} \"", String::from_utf8_lossy(agent));
        for c in text.chars() {
            // Writing to a String cannot fail.
            let _ = if matches!(c, '"' | '\\') { write!(value, "\\{c}") } else { write!(value, "{c}") };
        }
        value.push('"');
        denial = denial.with(HeaderName::WARNING, value);
    }
    denial
}

/// The Request-URI and the Route for a next hop: a loose router gets the target untouched and is named in a Route;
/// any other one becomes the host of the target.
fn way(hop: &Uri<'_>, was: &Uri<'_>, target: &PlanTarget) -> (Box<[u8]>, Box<[u8]>) {
    let uri = target.uri(was);
    if hop.is_loose_router() {
        return (uri.into(), [b"<", hop.raw, b">"].concat().into());
    }
    let here = Uri::parse(&uri).unwrap_or(*was);
    let at = hop.raw.iter().position(|&b| b == b':').map_or(0, |colon| colon + 1);
    let mut text = hop.raw[..at].to_vec();
    let number = (here.scheme == Scheme::Tel).then(|| number_as_user(&target.user, &here));
    let user = number.as_deref().unwrap_or(here.user);
    if !user.is_empty() {
        text.extend_from_slice(user);
        text.push(b'@');
    }
    let host = hop.raw[at..].iter().position(|&b| b == b'@').map_or(at, |sign| at + sign + 1);
    text.extend_from_slice(&hop.raw[host..]);
    if let Some(phone) = here.params.get(b"user").or(number.as_ref().map(|_| &b"phone"[..])) {
        text.extend_from_slice(b";user=");
        text.extend_from_slice(phone);
    }
    (text.into(), Box::default())
}
