//! What a registrar is told.

/// The settings of a registrar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrarSettings {
    /// What becomes of a Path that the user agent does not know of.
    pub path: PathPolicy,
    /// The URIs that a user agent is told to send its requests through, the first hop first
    /// (RFC 3608 §6.3); empty for none.
    pub service_route: Vec<Box<str>>,
}

/// What becomes of a REGISTER with a Path whose user agent does not list `path` in Supported (RFC 3327 §5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathPolicy {
    /// It is refused with 420, so that the user agent learns that somebody put itself on the way.
    #[default]
    Refuse,
    /// The Path is kept all the same: for phones that do not know the extension, behind a proxy that is trusted.
    Accept,
}
