//! The document and section that define a row.

/// Where a thing is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The document, such as `RFC 3261`.
    pub document: &'static str,
    /// The section, such as `21.4.18`; empty when the whole document is meant.
    pub section: &'static str,
}

impl Reference {
    /// A section of a document.
    pub(super) const fn new(document: &'static str, section: &'static str) -> Self {
        Reference { document, section }
    }
}

impl core::fmt::Display for Reference {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.document)?;
        if self.section.is_empty() { Ok(()) } else { write!(f, " §{}", self.section) }
    }
}
