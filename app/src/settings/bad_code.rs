//! Codes that a route cannot answer with, and why.

/// Why a rule must not answer with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadCode {
    NotARedirection,
    UserAgentOnly,
    NotARefusal,
    Fields,
    Meaning,
    RetryAfter,
}

impl BadCode {
    /// What to do about it.
    pub(super) fn help(self) -> &'static str {
        match self {
            BadCode::NotARedirection => "choose 300, 301 or 302",
            BadCode::UserAgentOnly => {
                "only a user agent may send 305 (RFC 3261 §21.3.4); choose 300, 301 or 302, or action \"hop\""
            }
            BadCode::NotARefusal => "choose a registered code from 400 to 699; `ringback explain` knows them",
            BadCode::Fields => {
                "this code must carry header fields that only the server's own check of the request knows; choose 403 or \
                 another one"
            }
            BadCode::Meaning => {
                "this code says something of a transaction, a dialog or a route that need not be true here; choose 404, \
                 480, 503 or another one"
            }
            BadCode::RetryAfter => {
                "leave it out, or choose 404, 413, 480, 486, 500, 503, 600 or 603 (RFC 3261 §20.33)"
            }
        }
    }
}
