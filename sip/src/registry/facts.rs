//! The kinds of fact that a row of the status codes states.

use super::HeaderName;

/// An element of a network, by its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    /// Whatever acts as a server.
    Anyone,
    /// A user agent: a telephone, a soft phone, an application.
    UserAgent,
    /// A proxy.
    Proxy,
    /// The first proxy of a client, which keeps the client's flow (RFC 5626).
    EdgeProxy,
    /// A registrar.
    Registrar,
    /// A redirect server.
    RedirectServer,
    /// A notifier or event state compositor (RFC 6665, RFC 3903).
    Notifier,
    /// A back-to-back user agent.
    B2bua,
    /// A gateway to the telephone network.
    Gateway,
    /// A verification service for signed caller identity (RFC 8224).
    Verifier,
    /// A service that relays to a list of recipients (RFC 5363).
    ListServer,
}

impl Element {
    /// Every element.
    pub const ALL: &'static [Element] = &[
        Element::Anyone,
        Element::UserAgent,
        Element::Proxy,
        Element::EdgeProxy,
        Element::Registrar,
        Element::RedirectServer,
        Element::Notifier,
        Element::B2bua,
        Element::Gateway,
        Element::Verifier,
        Element::ListServer,
    ];
}

/// The header fields without which a response of this code is of no use or not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// Each of these; an empty list asks for nothing.
    All(&'static [HeaderName]),
    /// At least one of these, whichever names the fault.
    Any(&'static [HeaderName]),
}

impl Fields {
    /// The names.
    pub const fn names(self) -> &'static [HeaderName] {
        match self {
            Fields::All(names) | Fields::Any(names) => names,
        }
    }

    /// Whether a message with these fields has what is asked for.
    pub fn are_met(self, mut has: impl FnMut(HeaderName) -> bool) -> bool {
        match self {
            Fields::All(names) => names.iter().all(|&name| has(name)),
            Fields::Any(names) => names.iter().any(|&name| has(name)),
        }
    }
}

/// What a final response to a request inside a dialog takes down (RFC 5057 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DialogEffect {
    /// It is no failure, or never comes inside a dialog.
    Nothing,
    /// The early dialog that its To tag names (RFC 6228).
    EarlyDialog,
    /// The transaction only: dialog and session stay as they were.
    Transaction,
    /// The usage (session or subscription) when it cannot live without the refused method, else the
    /// transaction only (RFC 5057 §5.1 note 3).
    UsageOfMethod,
    /// The usage in which the request was sent; the dialog when that was its last.
    Usage,
    /// The dialog with all its usages.
    Dialog,
}

/// The preference among the final responses of a fork: the least is the best (RFC 3261 §16.7 step 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ForkRank {
    /// Forwarded at once.
    Success,
    /// Ends the search; beats every other failure.
    Global,
    /// Tells the caller where else to try.
    Redirect,
    /// The caller can repair the request and send it again: worth more than other 4xx.
    Repairable,
    /// A verdict about the user or the resource; the number orders them.
    Verdict(u8),
    /// Says little about the user: about the path, or about this branch only.
    Weak,
    /// 5xx; the number orders them, 503 last because it is not forwarded (RFC 3261 §16.7 step 6).
    Server(u8),
    /// No final response.
    Provisional,
}
