//! The typed record of what happened and why. Text is rendered from entries; an entry never holds prose.

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {}
