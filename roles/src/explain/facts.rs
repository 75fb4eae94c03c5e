//! What the registries state about a topic, in words.

use super::{Catalogue, Entry, Fact, Mapping, Topic};
use core::fmt::Debug;
use ringback_sip::registry::{
    Cause, Fields, HeaderName, HeaderParameter, Method, Outcome, OverReliable, Profile, Release, StatusCode,
    Timer, TimerLength, TimerValues, WarnCode, causes_that_become, outcome_from_release, release_from_status,
};

/// Fills the facts, the mappings and the references of the entry.
pub(super) fn fill(entry: &mut Entry, topic: Topic, texts: &Catalogue) {
    let mut facts = Facts { texts, rows: Vec::new() };
    let reference = match topic {
        Topic::Status(code) => {
            facts.of_status(code);
            entry.telephony = mappings_of_status(code);
            Some(code.row().reference)
        }
        Topic::Method(method) => {
            facts.of_method(method);
            Some(method.reference())
        }
        Topic::Timer(timer) => {
            facts.of_timer(timer);
            Some(timer.reference())
        }
        Topic::Base(value) => {
            let length = value.of(&TimerValues::default());
            facts.add("length", format!("{} ms", length.as_millis()));
            Some(value.reference())
        }
        Topic::Header(name) => {
            facts.of_header(name);
            name.reference()
        }
        Topic::Cause(cause) => {
            facts.of_cause(cause);
            entry.telephony = mappings_of_cause(cause);
            None
        }
        Topic::Identifier(identifier) => {
            facts.of_header(HeaderName::from_bytes(identifier.id().as_bytes()));
            Some(identifier.reference())
        }
        Topic::Option(tag) => Some(tag.reference()),
        Topic::Event(event) => Some(event.reference()),
        Topic::UriParameter(parameter) => Some(parameter.reference()),
        Topic::Warning(code) => {
            facts.of_warning(code);
            Some(code.reference())
        }
    };
    facts.of_mappings(topic, &entry.telephony);
    entry.facts = facts.rows;
    entry.references = match topic {
        Topic::Cause(cause) if cause.is_national() => vec!["ITU-T Q.931".to_owned()],
        Topic::Cause(_) => vec!["ITU-T Q.850".to_owned(), "RFC 3398 §7.2.4.1".to_owned()],
        Topic::Status(code) if !code.is_registered() => {
            let rule = "RFC 3261 §8.1.3.2".to_owned();
            [rule].into_iter().chain(reference.iter().map(|reference| reference.to_string())).collect()
        }
        _ => reference.iter().map(|reference| reference.to_string()).collect(),
    };
}

struct Facts<'a> {
    texts: &'a Catalogue,
    rows: Vec<Fact>,
}

impl Facts<'_> {
    fn add(&mut self, key: &'static str, value: String) {
        if !value.is_empty() {
            let label = self.texts.label(&format!("fact-{key}")).to_owned();
            self.rows.push(Fact { key, label, value });
        }
    }

    fn add_named(&mut self, key: &'static str, value: impl Debug) {
        let value = self.named(key, value);
        self.add(key, value);
    }

    /// The label of an enum's variant: `effect-Usage`.
    fn named(&self, group: &str, value: impl Debug) -> String {
        let variant = format!("{value:?}");
        let variant = variant.split('(').next().unwrap_or_default();
        self.texts.label(&format!("{group}-{variant}")).to_owned()
    }

    fn of_status(&mut self, code: StatusCode) {
        if !code.is_registered() {
            self.add("treated", code.treated_as().to_string());
        }
        let row = code.row();
        self.add_named("class", code.class());
        let elements: Vec<_> = row.emitters.iter().map(|element| self.named("element", element)).collect();
        self.add("element", elements.join(", "));
        match row.required {
            Fields::All(names) => self.add("required", joined(names)),
            Fields::Any(names) => self.add("required-any", joined(names)),
        }
        self.add("advised", joined(row.advised));
        if code.is_final() && !code.is_success() {
            self.add_named("effect", row.effect);
        }
        self.add_named("rank", row.rank);
    }

    fn of_method(&mut self, method: Method) {
        let has = [
            ("creates-dialog", method.creates_dialog()),
            ("refreshes-target", method.refreshes_target()),
            ("challenged", method.may_be_challenged()),
            ("cancelled", method.may_be_cancelled()),
        ];
        for (key, value) in has {
            let value = self.texts.label(if value { "yes" } else { "no" }).to_owned();
            self.add(key, value);
        }
    }

    fn of_timer(&mut self, timer: Timer) {
        let values = TimerValues::default();
        let formula = self.named("length", timer.length());
        let seconds = match timer.length() {
            TimerLength::T1Times64 => Some(values.t1_64()),
            TimerLength::T4 => Some(values.t4),
            TimerLength::TimerC => Some(values.timer_c),
            _ => None,
        };
        let value = seconds.map(|length| format!("{formula} ({} s)", length.as_secs())).unwrap_or(formula);
        self.add("length", value);
        self.add_named("owner", timer.owner());
        if timer.over_reliable() != OverReliable::Same {
            self.add_named("reliable", timer.over_reliable());
        }
    }

    fn of_header(&mut self, name: HeaderName) {
        self.add("compact", name.compact().unwrap_or_default().to_owned());
        let mut parameters: Vec<_> = HeaderParameter::of(name).map(|parameter| parameter.name).collect();
        parameters.dedup();
        self.add("parameters", parameters.join(", "));
        if name.is_deprecated() {
            let value = self.texts.label("yes").to_owned();
            self.add("deprecated", value);
        }
    }

    fn of_cause(&mut self, cause: Cause) {
        self.add_named("cause-class", cause.class());
        if cause.is_national() {
            let value = self.texts.label("yes").to_owned();
            self.add("national", value);
        }
    }

    fn of_warning(&mut self, code: WarnCode) {
        let status = StatusCode::NOT_ACCEPTABLE_HERE;
        let release = release_from_status(Profile::Rfc3398, status, Some(code));
        self.add("warning-cause", release.map(|release| cause_with_name(release.cause)).unwrap_or_default());
    }

    /// One line for each direction and for each value that profiles agree on.
    fn of_mappings(&mut self, topic: Topic, mappings: &[Mapping]) {
        let is_code = matches!(topic, Topic::Status(_));
        let (to, from) = if is_code { ("to-cause", "from-cause") } else { ("to-status", "from-status") };
        let named = |number: &u16| if is_code { named_cause(*number) } else { named_status(*number) };
        let becomes = |mapping: &Mapping| mapping.becomes.iter().map(named).collect::<Vec<_>>().join(", ");
        let comes = |mapping: &Mapping| mapping.comes_from.iter().map(named).collect::<Vec<_>>().join(", ");
        for (key, value) in grouped(mappings, becomes) {
            self.add(to, format!("{value} ({key})"));
        }
        for (key, value) in grouped(mappings, comes) {
            self.add(from, format!("{value} ({key})"));
        }
    }
}

/// The profiles that have one value, with that value; empty values are left out.
fn grouped(mappings: &[Mapping], value: impl Fn(&Mapping) -> String) -> Vec<(String, String)> {
    let mut groups: Vec<(String, String)> = Vec::new();
    for mapping in mappings {
        let value = value(mapping);
        match groups.iter_mut().find(|group| group.1 == value) {
            _ if value.is_empty() => {}
            Some(group) => {
                group.0.push_str(", ");
                group.0.push_str(mapping.profile);
            }
            None => groups.push((mapping.profile.to_owned(), value)),
        }
    }
    groups
}

fn mappings_of_status(code: StatusCode) -> Vec<Mapping> {
    let mapping = |&profile: &Profile| Mapping {
        profile: profile.as_str(),
        becomes: release_from_status(profile, code, None).iter().map(|r| r.cause.number().into()).collect(),
        comes_from: causes_that_become(profile, code).iter().map(|cause| cause.number().into()).collect(),
    };
    let mappings: Vec<_> = Profile::ALL.iter().map(mapping).collect();
    let says_something = |m: &Mapping| !m.becomes.is_empty() || !m.comes_from.is_empty();
    if mappings.iter().any(says_something) { mappings } else { Vec::new() }
}

fn mappings_of_cause(cause: Cause) -> Vec<Mapping> {
    let mapping = |&profile: &Profile| {
        let releases = [(false, false), (true, false), (false, true)];
        let mut becomes: Vec<u16> = releases
            .map(|(by_user, has_new_number)| Release { cause, by_user, has_new_number })
            .iter()
            .filter_map(|&release| match outcome_from_release(profile, release) {
                Outcome::Status(status) => Some(status.number()),
                Outcome::ByeOrCancel | Outcome::AnotherCircuit => None,
            })
            .collect();
        becomes.dedup();
        becomes.sort_unstable();
        becomes.dedup();
        let from = StatusCode::ALL.iter().filter(|&&status| {
            release_from_status(profile, status, None).is_some_and(|release| release.cause == cause)
        });
        // Whatever has no row of its own becomes 31: a list of those says nothing.
        let from = from.filter(|_| cause != Cause::NORMAL_UNSPECIFIED);
        Mapping {
            profile: profile.as_str(),
            becomes,
            comes_from: from.map(|status| status.number()).collect(),
        }
    };
    Profile::ALL.iter().map(mapping).collect()
}

fn named_cause(number: u16) -> String {
    u8::try_from(number).ok().and_then(Cause::new).map(cause_with_name).unwrap_or_default()
}

fn cause_with_name(cause: Cause) -> String {
    format!("{cause} {}", cause.name().unwrap_or_default())
}

fn named_status(number: u16) -> String {
    StatusCode::new(number).map(|status| format!("{status} {}", status.phrase())).unwrap_or_default()
}

fn joined(names: &[HeaderName]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}
