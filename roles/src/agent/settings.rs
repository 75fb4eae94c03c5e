//! What an agent is told when it is made.

use core::fmt;
use core::net::SocketAddr;
use ringback_sip::dialog::SessionPolicy;
use ringback_sip::flow::{Target, Transport};
use ringback_sip::registry::{HeaderName, TimerValues};
use ringback_sip::sdp::{Codec, Strength};
use ringback_sip::time::Duration;
use ringback_sip::transaction::Limits;

/// A password. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Wraps a password.
    pub fn new(password: impl Into<Box<[u8]>>) -> Self {
        Secret(password.into())
    }

    /// The password, for the digest alone.
    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// A socket of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// What it speaks.
    pub transport: Transport,
    /// Where it is bound; what Via and Contact show.
    pub address: SocketAddr,
}

/// What we do about provisional responses that arrive for certain (RFC 3262).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reliable {
    /// Nothing: whoever requires them is refused with 420.
    Never,
    /// We take them, and send them to callers that take them when they carry a description of the session.
    #[default]
    Supported,
    /// We insist on them, both as caller and as called side.
    Required,
}

/// How an agent registers flows (RFC 5626 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// The URN of this device, the same at each start: `urn:uuid:…`.
    pub instance: String,
    /// The proxies, for each of which one flow is kept; without any, there is one flow, to where requests go anyway.
    pub proxies: Vec<String>,
}

/// From whom we take the wish to call somebody (REFER), and calls that take the place of others (Replaces).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transfers {
    /// From nobody: 603.
    Refuse,
    /// From the peers of our calls; a call is replaced by whoever knows its names (RFC 3891 §8).
    #[default]
    InCalls,
    /// The same, and a call that takes another's place must name that one's peer in Referred-By: 429 without
    /// (RFC 3892 §5).
    Named,
    /// From everybody, also outside of calls.
    Anybody,
}

/// What an agent is told when it is made.
#[derive(Clone, Debug)]
pub struct AgentSettings {
    /// Our address of record: what From shows, such as `sip:alice@example.test`.
    pub aor: String,
    /// The display name in From; empty for none.
    pub display: String,
    /// Our sockets, preferred first.
    pub locals: Vec<Local>,
    /// The transport when a URI names none.
    pub transport: Transport,
    /// The outbound proxy: a SIP URI to which every request outside a dialog goes first (RFC 3261 §8.1.2).
    pub proxy: Option<String>,
    /// Whether we register flows and keep them alive (RFC 5626).
    pub outbound: Option<Outbound>,
    /// The user name of our credentials; the user of the address of record when empty.
    pub auth_user: String,
    /// The password of our credentials.
    pub password: Option<Secret>,
    /// Whether requests that nothing protects ask for a security agreement (RFC 3329).
    pub sec_agree: bool,
    /// Formats that we can do, best first.
    pub codecs: Vec<Codec>,
    /// Whether calls are taken only with encrypted audio.
    pub srtp: bool,
    /// Most calls at a time; one more is answered with 486.
    pub calls_max: usize,
    /// Whether what we can play is all that our user can play on any device: an offer that cannot be met is refused
    /// with 606 then, and nobody searches further (RFC 3261 §21.6.4).
    pub formats_everywhere: bool,
    /// How long an incoming call may ring before it is refused with 480.
    pub ring_max: Duration,
    /// Whether 3xx answers to our calls are followed.
    pub follow_redirects: bool,
    /// What we do about reliable provisional responses (RFC 3262).
    pub reliable: Reliable,
    /// How long sessions last without a refresh (RFC 4028).
    pub session: SessionPolicy,
    /// Whether calls wait for reservations, and how much ours matter (RFC 3312); `None`: the extension is not there.
    /// It needs reliable provisional responses.
    pub preconditions: Option<Strength>,
    /// The packages of INFO that we take (RFC 6086).
    pub info_packages: Vec<String>,
    /// From whom we take transfers.
    pub transfers: Transfers,
    /// What our calls say of whom they want (RFC 3841): Accept-Contact, Reject-Contact, Request-Disposition.
    pub preferences: Vec<(HeaderName, String)>,
    /// What we can do, as parameters of the contact that we register, each with its `;` (RFC 3840).
    pub features: String,
    /// How long a registration is asked to last.
    pub expires: Duration,
    /// Base values of the timers.
    pub timers: TimerValues,
    /// What the transactions may grow to.
    pub limits: Limits,
}

impl AgentSettings {
    /// Settings for the address of record `aor` with the socket `local`; all else is the default.
    pub fn new(aor: &str, local: Local) -> Self {
        AgentSettings {
            aor: aor.to_owned(),
            display: String::new(),
            locals: vec![local],
            transport: local.transport,
            proxy: None,
            outbound: None,
            auth_user: String::new(),
            password: None,
            sec_agree: false,
            codecs: Codec::ALL.to_vec(),
            srtp: false,
            calls_max: 1,
            formats_everywhere: false,
            ring_max: RING_MAX,
            follow_redirects: true,
            reliable: Reliable::Supported,
            session: SessionPolicy::default(),
            preconditions: None,
            info_packages: Vec::new(),
            transfers: Transfers::default(),
            preferences: Vec::new(),
            features: String::new(),
            expires: Duration::from_secs(3600),
            timers: TimerValues::default(),
            limits: Limits { transactions_max: TRANSACTIONS_MAX },
        }
    }

    /// The socket from which `target` can be reached.
    pub(super) fn local_for(&self, target: &Target) -> Option<Local> {
        let fits =
            |l: &&Local| l.transport == target.transport && l.address.is_ipv4() == target.address.is_ipv4();
        self.locals.iter().find(fits).copied()
    }
}

/// How long an incoming call may ring, unless the settings say otherwise.
const RING_MAX: Duration = Duration::from_secs(180);
/// Most transactions of an agent.
pub const TRANSACTIONS_MAX: usize = 65_536;
