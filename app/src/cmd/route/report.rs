//! What is told, for both forms.

use ringback_roles::access::Denial;
use ringback_roles::location::Aor;
use ringback_roles::proxy::Destination;
use ringback_roles::routing::plan::{Missed, Question, Rule};
use ringback_sip::journal::Unwanted;

/// What is told.
pub(super) struct Report<'a> {
    pub(super) question: Question<'a>,
    pub(super) tried: Vec<(&'a Rule, Result<(), Missed>)>,
    pub(super) rule: Option<&'a Rule>,
    pub(super) target: String,
    /// The user whose phones were looked up.
    pub(super) user: Option<Aor>,
    /// The phones of the user that the caller does not want, and why.
    pub(super) unwanted: Vec<(String, Unwanted)>,
    pub(super) end: End,
}

/// What would happen.
pub(super) enum End {
    Answer(Denial),
    Send(Vec<Destination>),
    /// There is no store to look the user up in.
    Unknown,
}
