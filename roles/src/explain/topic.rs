//! What can be explained.

use ringback_sip::registry::{
    BaseValue, Cause, EventPackage, HeaderName, Identifier, Method, OptionTag, StatusCode, Timer,
    UriParameter, WarnCode,
};

/// Something that can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A response code; also an unregistered one.
    Status(StatusCode),
    /// A method.
    Method(Method),
    /// A timer.
    Timer(Timer),
    /// A base value of the timers.
    Base(BaseValue),
    /// A value that identifies something.
    Identifier(Identifier),
    /// A header field.
    Header(HeaderName),
    /// A cause of the telephone network.
    Cause(Cause),
    /// An option tag.
    Option(OptionTag),
    /// An event package.
    Event(EventPackage),
    /// A code of the Warning header field.
    Warning(WarnCode),
    /// A parameter of a URI.
    UriParameter(UriParameter),
}

/// The kind of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Response codes.
    Code,
    /// Methods.
    Method,
    /// Timers and their base values.
    Timer,
    /// Identifiers.
    Identifier,
    /// Header fields.
    Header,
    /// Causes of the telephone network.
    Cause,
    /// Option tags.
    Option,
    /// Event packages.
    Event,
    /// Warn codes.
    Warning,
    /// URI parameters.
    UriParameter,
}

impl Kind {
    /// Every kind, in the order of listing.
    pub const ALL: &'static [Kind] = &[
        Kind::Code,
        Kind::Method,
        Kind::Timer,
        Kind::Identifier,
        Kind::Header,
        Kind::Cause,
        Kind::Option,
        Kind::Event,
        Kind::Warning,
        Kind::UriParameter,
    ];

    /// The stable key; also the prefix that tells topics of one name apart (`option:timer`).
    pub const fn key(self) -> &'static str {
        match self {
            Kind::Code => "code",
            Kind::Method => "method",
            Kind::Timer => "timer",
            Kind::Identifier => "id",
            Kind::Header => "header",
            Kind::Cause => "q850",
            Kind::Option => "option",
            Kind::Event => "event",
            Kind::Warning => "warn",
            Kind::UriParameter => "uri",
        }
    }
}

impl Topic {
    /// Every registered topic, in the order of listing.
    pub fn all() -> impl Iterator<Item = Topic> {
        let codes = StatusCode::ALL.iter().map(|&code| Topic::Status(code));
        let methods = Method::ALL.iter().map(|&method| Topic::Method(method));
        let timers = Timer::ALL.iter().map(|&timer| Topic::Timer(timer));
        let values = BaseValue::ALL.iter().map(|&value| Topic::Base(value));
        let identifiers = Identifier::ALL.iter().map(|&identifier| Topic::Identifier(identifier));
        let headers = HeaderName::ALL.iter().map(|&name| Topic::Header(name));
        let causes = Cause::ALL.iter().map(|&cause| Topic::Cause(cause));
        let options = OptionTag::ALL.iter().map(|&tag| Topic::Option(tag));
        let events = EventPackage::ALL.iter().map(|&event| Topic::Event(event));
        let warnings = WarnCode::ALL.iter().map(|&code| Topic::Warning(code));
        let parameters = UriParameter::ALL.iter().map(|&parameter| Topic::UriParameter(parameter));
        let of_sip = codes.chain(methods).chain(timers).chain(values).chain(identifiers).chain(headers);
        of_sip.chain(causes).chain(options).chain(events).chain(warnings).chain(parameters)
    }

    /// Its kind.
    pub fn kind(self) -> Kind {
        match self {
            Topic::Status(_) => Kind::Code,
            Topic::Method(_) => Kind::Method,
            Topic::Timer(_) | Topic::Base(_) => Kind::Timer,
            Topic::Identifier(_) => Kind::Identifier,
            Topic::Header(_) => Kind::Header,
            Topic::Cause(_) => Kind::Cause,
            Topic::Option(_) => Kind::Option,
            Topic::Event(_) => Kind::Event,
            Topic::Warning(_) => Kind::Warning,
            Topic::UriParameter(_) => Kind::UriParameter,
        }
    }

    /// The plain word, without a prefix: `480`, `REFER`, `timer-b`, `34`.
    pub fn word(self) -> String {
        match self {
            Topic::Status(code) => code.to_string(),
            Topic::Method(method) => method.to_string(),
            Topic::Timer(timer) => timer.id().to_owned(),
            Topic::Base(value) => value.as_str().to_owned(),
            Topic::Identifier(identifier) => identifier.id().to_owned(),
            Topic::Header(name) => name.to_string(),
            Topic::Cause(cause) => cause.to_string(),
            Topic::Option(tag) => tag.to_string(),
            Topic::Event(event) => event.to_string(),
            Topic::Warning(code) => code.to_string(),
            Topic::UriParameter(parameter) => parameter.to_string(),
        }
    }

    /// The word that finds exactly this topic: with a prefix where the plain word could mean another.
    pub fn id(self) -> String {
        match self {
            Topic::Cause(_)
            | Topic::Option(_)
            | Topic::Event(_)
            | Topic::Warning(_)
            | Topic::UriParameter(_) => {
                format!("{}:{}", self.kind().key(), self.word())
            }
            Topic::Header(name) if Identifier::ALL.iter().any(|i| same(i.id(), name.as_str())) => {
                format!("header:{name}")
            }
            _ => self.word(),
        }
    }

    /// Its name, as a title beside the id; empty when the id says it all, or nobody gave it one.
    pub fn name(self) -> &'static str {
        match self {
            // That of the code as which it is treated would be taken for its own.
            Topic::Status(code) if !code.is_registered() => "",
            Topic::Status(code) => code.phrase(),
            Topic::Timer(timer) => timer.as_str(),
            Topic::Identifier(identifier) => identifier.as_str(),
            Topic::Cause(cause) => cause.name().unwrap_or_default(),
            Topic::Warning(code) => code.text(),
            Topic::Method(_)
            | Topic::Base(_)
            | Topic::Header(_)
            | Topic::Option(_)
            | Topic::Event(_)
            | Topic::UriParameter(_) => "",
        }
    }

    /// The id of its message in the catalogue.
    pub(super) fn message(self) -> String {
        let word = self.word().to_ascii_lowercase().replace(['.', '['], "-").replace(']', "");
        match self {
            Topic::Status(code) => format!("code-{}", code.treated_as()),
            Topic::Timer(timer) if timer.id().starts_with("timer-") => word,
            Topic::Base(_) => format!("base-{word}"),
            Topic::Cause(_) => format!("cause-{word}"),
            _ => format!("{}-{word}", self.kind().key()),
        }
    }
}

/// Whether two words are the same but for case.
fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_and_messages_are_unique() {
        let count = Topic::all().count();
        assert_eq!(
            Topic::all().map(|topic| topic.id().to_ascii_lowercase()).collect::<BTreeSet<_>>().len(),
            count
        );
        assert_eq!(Topic::all().map(Topic::message).collect::<BTreeSet<_>>().len(), count);
    }
}
