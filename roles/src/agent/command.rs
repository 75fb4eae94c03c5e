//! What the user of an agent can order.

/// Names a request outside a call, so that its answer finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What the registrar is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registering {
    /// Bind our contact, and keep it bound.
    Keep,
    /// Bind our contact once.
    Once,
    /// Remove our contact.
    Remove,
    /// Remove every contact of the address of record (RFC 3261 §10.2.2).
    RemoveAll,
    /// Only tell the bindings (RFC 3261 §10.2.3).
    Query,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Talk to the registrar of our domain.
    Register(Registering),
    /// Ask a server or peer what it can do.
    Options {
        /// Comes back with the answer.
        request: RequestId,
        /// Whom to ask.
        target: String,
    },
    /// Send a text message.
    Message {
        /// Comes back with the answer.
        request: RequestId,
        /// To whom.
        target: String,
        /// The text.
        text: String,
    },
}
