//! What a REGISTER asks for, and what a registrar grants.

use super::aor::Aor;
use super::binding::{Binding, Parts};
use ringback_sip::flow::Flow;
use ringback_sip::time::Duration;
use smallvec::SmallVec;

/// Most bindings that one address of record may have, unless the policy says less.
pub const BINDINGS_PER_AOR_MAX: usize = 16;
/// Longest contact URI that is kept.
pub const CONTACT_BYTES_MAX: usize = 1024;
/// Longest Call-ID of a REGISTER that is kept.
pub const CALL_ID_BYTES_MAX: usize = 512;
/// Longest Path that is kept.
pub const PATH_BYTES_MAX: usize = 2048;
/// How much of the User-Agent is kept.
pub const USER_AGENT_BYTES_MAX: usize = 64;
/// Longest instance identifier that is kept.
const INSTANCE_BYTES_MAX: usize = 256;
/// Longest other parameters of a contact, together.
const PARAMS_BYTES_MAX: usize = 1024;

/// What a REGISTER asks of the location service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Whose bindings.
    pub aor: Aor,
    /// What to do with them.
    pub operation: Operation,
}

/// The three kinds of REGISTER (RFC 3261 §10.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Without a Contact: tell what is bound.
    Query,
    /// `Contact: *`: remove every binding.
    RemoveAll {
        /// The Call-ID.
        call_id: Box<[u8]>,
        /// The CSeq number.
        cseq: u32,
    },
    /// Add, refresh or remove each of these.
    Contacts(SmallVec<[Candidate; 1]>),
}

/// A contact of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What would be stored, still without times.
    pub binding: Binding,
    /// The lifetime asked for: zero removes; `None` leaves it to the registrar.
    pub requested: Option<Duration>,
}

/// Which limit a contact breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateFault {
    /// [`CONTACT_BYTES_MAX`].
    Contact,
    /// [`CALL_ID_BYTES_MAX`].
    CallId,
    /// [`PATH_BYTES_MAX`].
    Path,
    /// The instance identifier is longer than 256 bytes.
    Instance,
    /// The other parameters of the contact are longer than 1,024 bytes together.
    Params,
}

impl CandidateFault {
    /// The limit's name.
    pub fn limit(self) -> &'static str {
        match self {
            CandidateFault::Contact => "CONTACT_BYTES_MAX",
            CandidateFault::CallId => "CALL_ID_BYTES_MAX",
            CandidateFault::Path => "PATH_BYTES_MAX",
            CandidateFault::Instance => "INSTANCE_BYTES_MAX",
            CandidateFault::Params => "PARAMS_BYTES_MAX",
        }
    }
}

impl Candidate {
    /// A contact with its texts.
    ///
    /// # Errors
    /// A text that is longer than its limit; the user agent is cut instead.
    pub fn new(
        mut parts: Parts<'_>,
        flow: Flow,
        cseq: u32,
        requested: Option<Duration>,
    ) -> Result<Self, CandidateFault> {
        parts.user_agent = &parts.user_agent[..parts.user_agent.len().min(USER_AGENT_BYTES_MAX)];
        let limits = [
            (parts.contact, CONTACT_BYTES_MAX, CandidateFault::Contact),
            (parts.call_id, CALL_ID_BYTES_MAX, CandidateFault::CallId),
            (parts.path, PATH_BYTES_MAX, CandidateFault::Path),
            (parts.instance, INSTANCE_BYTES_MAX, CandidateFault::Instance),
            (parts.params, PARAMS_BYTES_MAX, CandidateFault::Params),
        ];
        if let Some((.., fault)) = limits.iter().find(|(text, max, _)| text.len() > *max) {
            return Err(*fault);
        }
        let mut binding = Binding::new(parts, flow).ok_or(CandidateFault::Contact)?;
        binding.cseq = cseq;
        Ok(Candidate { binding, requested })
    }
}

/// What a registrar grants (RFC 3261 §10.3 step 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The lifetime of a contact that asks for none.
    pub expires_default: Duration,
    /// The shortest lifetime granted; above one hour it counts as one hour.
    pub expires_min: Duration,
    /// The longest lifetime granted; longer wishes are cut.
    pub expires_max: Duration,
    /// Most bindings of an address of record.
    pub bindings_per_aor_max: usize,
    /// How many times its lifetime a binding stays in the store, so that refreshes need not be written.
    pub lease_factor: u32,
    /// The longest that the store keeps a binding beyond its lifetime.
    pub lease_surplus_max: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            expires_default: Duration::from_secs(3600),
            expires_min: Duration::from_secs(60),
            expires_max: Duration::from_secs(7200),
            bindings_per_aor_max: BINDINGS_PER_AOR_MAX,
            lease_factor: 4,
            lease_surplus_max: Duration::from_secs(12 * 3600),
        }
    }
}

impl Policy {
    /// The lifetime for a wish, or the minimum that the wish falls below. Zero is never too brief, and neither is
    /// one hour.
    pub(super) fn grant(&self, requested: Option<Duration>) -> Result<Duration, Duration> {
        const HOUR: Duration = Duration::from_secs(3600);
        let min = self.expires_min.min(HOUR);
        match requested {
            Some(Duration::ZERO) => Ok(Duration::ZERO),
            Some(wish) if wish < min => Err(min),
            Some(wish) => Ok(wish.min(self.expires_max.max(min))),
            None => Ok(self.expires_default.clamp(min, self.expires_max.max(min))),
        }
    }

    /// How long the store keeps a binding that is granted `lifetime`.
    pub(super) fn lease(&self, lifetime: Duration) -> Duration {
        let surplus = lifetime.saturating_mul(self.lease_factor.saturating_sub(1));
        lifetime.saturating_add(surplus.min(self.lease_surplus_max))
    }
}
