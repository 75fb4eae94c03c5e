//! The location service: which contacts serve an address of record, and until when (RFC 3261 §10).
//!
//! [`apply`] is the registrar's rule, pure: bindings before, a REGISTER, bindings after or a refusal.
//! [`Location`] is the index that a store keeps in memory: what is durable is what readers see; what waits for
//! its commit is kept beside it, so that REGISTERs of one address of record build on one another.

mod aor;
mod apply;
mod binding;
mod index;
mod policy;

pub use aor::{Aor, Domains};
pub use apply::{Change, Outcome, Refusal, apply};
pub use binding::{Binding, Bindings, Parts, Q};
pub use index::{Effect, Location, Write};
pub use policy::{
    BINDINGS_PER_AOR_MAX, CALL_ID_BYTES_MAX, CONTACT_BYTES_MAX, Candidate, CandidateFault, Operation,
    PATH_BYTES_MAX, Policy, Register, USER_AGENT_BYTES_MAX,
};
