//! What no record holds.

/// What a call depended on that a replay does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Records are missing.
    Gap,
    /// No message of the call was recorded.
    NoMessages,
    /// A message was so long that only its beginning was recorded.
    Cut,
    /// How much there was to do for all, or how much somebody had sent before: the cause of an answer.
    Load(&'static str),
    /// The states to which somebody subscribes.
    Store,
    /// A document that was hidden, and is too short for another in its place.
    Hidden,
    /// The contacts before a registration.
    Contacts,
    /// Other settings were taken over while the call ran.
    Configuration,
    /// A next hop had asked to be left alone.
    HopAside,
    /// Nothing says with which settings and secrets the server ran.
    NoBeginning,
}

impl Beside {
    /// The stable name.
    pub fn id(&self) -> &'static str {
        match self {
            Beside::Gap => "gap",
            Beside::NoMessages => "no-messages",
            Beside::Cut => "cut",
            Beside::Load(_) => "load",
            Beside::Store => "store",
            Beside::Hidden => "hidden",
            Beside::Contacts => "contacts",
            Beside::Configuration => "configuration",
            Beside::HopAside => "hop-aside",
            Beside::NoBeginning => "no-beginning",
        }
    }
}
