//! Who may do what: challenges, credentials, trust (RFC 3261 §22, RFC 8760).
//!
//! [`Access::passage`] says what a request needs before it is served: nothing, proof of who sends it, or that it
//! is refused. Proof goes in two steps, for the secret lies in the store: [`Access::begin`] reads the credentials
//! and says which secret to ask for, [`Access::finish`] compares. What is refused is a [`Denial`], which has its
//! code, its header fields and its cause.
//!
//! Too many wrong proofs from one source, or for one user, are answered with 403 until a window has passed, and
//! are not compared any more; a 403 has no Retry-After (RFC 3261 table 2). A wrong proof counts only with a nonce that
//! was sent to that source, so nobody can lock another out by forging addresses; and its copies count once, since
//! they try nothing new.
//!
//! Challenges and refusals leave no transaction: who is not known yet shall cost no memory (RFC 3261 §8.2.7, §26.1.5),
//! and nonces are signed instead of kept. A copy is judged anew and gets the same code, the same tag and a fresh nonce.

mod admission;
mod agreement;
mod denial;
mod fallback;
mod flow_token;
mod guard;
mod network;
mod passage;
mod rates;
mod seal;

pub use admission::{Admission, AdmissionSettings, BANS_MAX, Ban, Sending, Shared, Wrong};
pub use agreement::Agreement;
pub use denial::{Denial, Extra, Rows};
use fallback::is_known_to_give_up;
pub use fallback::{FALLBACKS_MAX, Fallback, Who};
pub use flow_token::FlowTokens;
pub use guard::{GUARD_ENTRIES_MAX, Guard, GuardLimits, Suspect};
pub use network::{Network, NetworkFault};
pub use passage::{Passage, Why};
pub use rates::{BUCKETS_MAX, Rate, Rates};
pub use seal::Seal;

use crate::location::{Aor, Domains};
use crate::store::Ask;
use ringback_sip::auth::{
    AuthFault, Challenge, Credentials, CredentialsPlace, GoodNonce, Ha1, Hash, LastRequest, NonceFault,
    Nonces, Param,
};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use smallvec::SmallVec;

/// In which role we ask for credentials (RFC 3261 §22.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// As the server that the request is meant for: 401, WWW-Authenticate, Authorization.
    Server,
    /// As a proxy on its way: 407, Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

impl Asker {
    /// The code of a challenge.
    pub fn status(self) -> StatusCode {
        match self {
            Asker::Server => StatusCode::UNAUTHORIZED,
            Asker::Proxy => StatusCode::PROXY_AUTHENTICATION_REQUIRED,
        }
    }

    /// The header field of a challenge.
    pub fn challenge(self) -> HeaderName {
        match self {
            Asker::Server => HeaderName::WWW_AUTHENTICATE,
            Asker::Proxy => HeaderName::PROXY_AUTHENTICATE,
        }
    }

    /// The header field of credentials.
    pub fn credentials(self) -> HeaderName {
        match self {
            Asker::Server => HeaderName::AUTHORIZATION,
            Asker::Proxy => HeaderName::PROXY_AUTHORIZATION,
        }
    }
}

/// How access is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessSettings {
    /// Whether anybody must prove anything; `false` makes a laboratory.
    pub required: bool,
    /// The algorithms asked for, the preferred one first; each at most once.
    pub hashes: Vec<Hash>,
    /// Whether who gives up when challenged with all of them is offered MD5 alone, when MD5 is one of them.
    pub md5_fallback: bool,
    /// Who is; all workers share it, and keep the one that they began with.
    pub fallback: Fallback,
    /// How long a nonce is good.
    pub nonce_age_max: Duration,
    /// How many wrong proofs are borne.
    pub limits: GuardLimits,
    /// Whether strangers are told the same of a user who does not exist and of one who is nowhere.
    pub conceal_users: bool,
    /// Where a security agreement is demanded.
    pub agreement: Agreement,
    /// How much of whom is served.
    pub admission: AdmissionSettings,
    /// Where that is counted; all workers share it, and keep the one that they began with.
    pub shared: Shared,
    /// The nonces that all workers share, so that a request is judged wherever it comes in; `None`: this one has its
    /// own. Those of the beginning stay.
    pub nonces: Option<Nonces>,
}

impl Default for AccessSettings {
    fn default() -> Self {
        AccessSettings {
            required: true,
            hashes: Hash::ALL.to_vec(),
            md5_fallback: true,
            fallback: Fallback::default(),
            nonce_age_max: Duration::from_secs(300),
            limits: GuardLimits::default(),
            conceal_users: true,
            agreement: Agreement::default(),
            admission: AdmissionSettings::default(),
            shared: Shared::default(),
            nonces: None,
        }
    }
}

/// Decides who may do what, for one worker.
#[derive(Debug)]
pub struct Access {
    settings: AccessSettings,
    domains: Domains,
    nonces: Nonces,
    guard: Guard,
    admission: Admission,
    fallback: Fallback,
    /// The key of what all workers share.
    shared: Seed,
    seal: Seal,
    key: Seed,
    last_request: LastRequest,
}

impl Access {
    /// Access to `domains`. `seed` is this worker's own; `shared` is the same for all workers that may see
    /// requests of one dialog, and for the next start, so that calls outlive a restart.
    pub fn new(settings: AccessSettings, domains: Domains, seed: Seed, shared: Seed) -> Self {
        let key = seed.derive(b"access");
        Access {
            nonces: settings.nonces.clone().unwrap_or_else(|| Nonces::new(key, settings.nonce_age_max, 1)),
            guard: Guard::new(key, settings.limits),
            admission: Admission::new(settings.admission.clone(), settings.shared.clone(), shared),
            fallback: settings.fallback.clone(),
            shared: shared.derive(b"fallback"),
            seal: Seal::new(shared),
            settings,
            domains,
            key,
            last_request: LastRequest::default(),
        }
    }

    /// Takes over other settings and domains; nonces and counts live on.
    pub fn reconfigure(&mut self, settings: AccessSettings, domains: Domains) {
        self.guard.set_limits(settings.limits);
        self.admission.reconfigure(settings.admission.clone());
        self.settings = settings;
        self.domains = domains;
    }

    /// Whether anybody must prove anything.
    pub fn is_required(&self) -> bool {
        self.settings.required
    }

    /// The code for a user of ours who does not exist. A stranger is told what he is told of a user who is nowhere.
    pub fn status_for_nobody(&self, is_proven: bool) -> StatusCode {
        if is_proven || !self.settings.conceal_users {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::TEMPORARILY_UNAVAILABLE
        }
    }

    /// How much of whom is served.
    pub fn admission(&mut self) -> &mut Admission {
        &mut self.admission
    }

    /// Lifts the ban of a source, and forgets what it got wrong, so that a right proof counts at once.
    pub fn lift(&mut self, source: &Network) {
        self.admission.lift(source);
        self.guard.forget(source);
    }

    /// The domains that are ours.
    pub fn domains(&self) -> &Domains {
        &self.domains
    }

    /// The mark that says that a dialog was let through here before.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// How many nonces and sources are remembered, for the check that all is bounded.
    pub fn sizes(&self) -> (usize, usize) {
        (self.nonces.len(), self.guard.len())
    }

    /// The first step of a proof: reads the credentials for `realm` and says which secret to ask the store for. `name`
    /// is the request's: [`Access::name_of`].
    ///
    /// # Errors
    /// A challenge when there are none or their nonce is no longer good; a refusal when they are broken, or when
    /// too many were wrong.
    pub fn begin(
        &mut self,
        now: Instant,
        (message, name): (&Message<'_>, u64),
        flow: &Flow,
        asker: Asker,
        realm: &[u8],
    ) -> Result<(Ask, Begun), Denial> {
        let credentials = match self.find(message, asker, realm) {
            Ok(credentials) => credentials,
            Err(Found::Nothing) => {
                return Err(self.ask(now, (message, name), flow, asker, realm));
            }
            Err(Found::Broken(at)) => return Err(Denial::malformed(asker.credentials(), at)),
        };
        let nonce = match self.nonces.check(now, &credentials.nonce, &bound(flow)) {
            Ok(nonce) => nonce,
            Err(fault) => return Err(self.renew(now, message, flow, asker, realm, fault)),
        };
        if self.falls_back() {
            self.fallback.answered(now, self.who(message, flow), credentials.algorithm.hash);
        }
        let suspect = self.guard.suspect(flow.remote_ip(), &credentials.username);
        if self.guard.is_closed(now, suspect) {
            self.admission.strike(now, flow, Wrong::Guesses, &credentials.username);
            return Err(Denial::new(StatusCode::FORBIDDEN, Cause::TooManyAttempts));
        }
        let begun = Begun { credentials: credentials.place_in(message.bytes()), nonce, name, suspect };
        let ask =
            Ask::Secret { user: user_of(&credentials.username, realm), hash: credentials.algorithm.hash };
        Ok((ask, begun))
    }

    /// The second step: compares the proof with the secret that the store knows, and gives the user who proved
    /// to be the sender.
    ///
    /// # Errors
    /// A challenge when the proof is wrong or its nonce count was used before; a refusal when the user sends too much.
    pub fn finish(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: &Flow,
        asker: Asker,
        realm: &[u8],
        (begun, secret): (Begun, Option<Ha1>),
    ) -> Result<Aor, Denial> {
        let known = begun.credentials.and_then(|place| place.read(message.bytes()));
        let Some(credentials) = known.or_else(|| self.find(message, asker, realm).ok()) else {
            return Err(self.ask(now, (message, begun.name), flow, asker, realm));
        };
        // A user who does not exist takes as long to refuse as a wrong password.
        let nobody = || Ha1::from_password(credentials.algorithm.hash, b"", realm, b"");
        let checked = secret.unwrap_or_else(nobody);
        let (method, body) = (message.method_token(), message.body());
        let proven = credentials.prove(&checked, method, body, &mut self.last_request);
        if !proven || secret.is_none() {
            if self.guard.failed(now, begun.suspect, self.proof_of(message, begun.name, asker)) {
                let wrong = if secret.is_none() { Wrong::UnknownUser } else { Wrong::Password };
                self.admission.strike(now, flow, wrong, &credentials.username);
            }
            let cause = Cause::WrongCredentials(Shown::from(&*credentials.username));
            return Err(self.challenge(
                now,
                flow,
                asker,
                realm,
                self.again(now, message, flow, cause, false),
            ));
        }
        if secret.is_some_and(|secret| !self.has_seen_list(message, flow, &credentials, &secret)) {
            return Err(self.demand_anew(now, message, flow));
        }
        if let Err(fault) = self.nonces.admit(now, begun.nonce, credentials.nonce_count, begun.name) {
            return Err(self.renew(now, message, flow, asker, realm, fault));
        }
        self.guard.succeeded(now, begun.suspect);
        self.admission.admit_user(now, flow, &credentials.username)?;
        Ok(user_of(&credentials.username, realm))
    }

    /// The credentials for our realm. Rows of other realms are for others.
    fn find<'m>(&self, message: &Message<'m>, asker: Asker, realm: &[u8]) -> Result<Credentials<'m>, Found> {
        let mut fault = Found::Nothing;
        for row in message.headers(asker.credentials()) {
            match Credentials::parse(row) {
                Ok(c) if *c.realm == *realm && self.settings.hashes.contains(&c.algorithm.hash) => {
                    return Ok(c);
                }
                Ok(_) => {}
                // What we cannot use or what answers no challenge yet is as good as nothing: we ask.
                Err(
                    AuthFault::Scheme
                    | AuthFault::UnknownAlgorithm
                    | AuthFault::UnknownQop
                    | AuthFault::HashedUsername
                    | AuthFault::Missing(Param::Response)
                    | AuthFault::Value(Param::Response),
                ) => {}
                Err(_) if Credentials::realm_of(row).is_none_or(|r| *r == *realm) => {
                    fault = Found::Broken(message.offset_of(row) as u32);
                }
                Err(_) => {}
            }
        }
        Err(fault)
    }

    /// Challenges who sent no credentials: with all algorithms, or with MD5 alone when those were given up.
    fn ask(
        &mut self,
        now: Instant,
        (message, name): (&Message<'_>, u64),
        flow: &Flow,
        asker: Asker,
        realm: &[u8],
    ) -> Denial {
        let alone = self.falls_back()
            && (is_known_to_give_up(message) || self.fallback.challenge(now, self.who(message, flow), name));
        let cause = if alone { Cause::Md5Alone } else { Cause::NoCredentials };
        self.challenge(now, flow, asker, realm, Terms { cause, stale: false, md5_alone: alone })
    }

    /// The challenge for who sent credentials with a nonce that is no longer good.
    fn renew(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: &Flow,
        asker: Asker,
        realm: &[u8],
        fault: NonceFault,
    ) -> Denial {
        let terms = self.again(now, message, flow, nonce_cause(fault), true);
        self.challenge(now, flow, asker, realm, terms)
    }

    /// The terms for who sent credentials that do not do.
    fn again(&self, now: Instant, message: &Message<'_>, flow: &Flow, cause: Cause, stale: bool) -> Terms {
        let md5_alone = self.falls_back()
            && (is_known_to_give_up(message) || self.fallback.is_fallen_back(now, self.who(message, flow)));
        Terms { cause, stale, md5_alone }
    }

    fn challenge(&mut self, now: Instant, flow: &Flow, asker: Asker, realm: &[u8], terms: Terms) -> Denial {
        let nonce = self.nonces.issue(now, &bound(flow));
        let mut denial = Denial::new(asker.status(), terms.cause);
        let hashes = self.settings.hashes.iter().copied();
        let hashes = hashes.filter(|hash| !terms.md5_alone || *hash == Hash::Md5);
        denial.headers = Rows::with_room(CHALLENGES_BYTES);
        Challenge::ours(realm, &nonce, Hash::Md5, terms.stale)
            .write_each(hashes, |row| denial.headers.push(asker.challenge(), row));
        denial
    }

    /// Whether there is something to fall back to, and from.
    fn falls_back(&self) -> bool {
        let hashes = &self.settings.hashes;
        self.settings.md5_fallback && hashes.len() > 1 && hashes.contains(&Hash::Md5)
    }

    /// Whom a request claims to come from, at its source.
    fn who(&self, message: &Message<'_>, flow: &Flow) -> Who {
        // By its bytes: a phone that writes its URI in two ways is learned twice.
        let from = message.from().map_or(&b""[..], |from| from.uri);
        Who::new(&self.shared, flow.remote_ip(), from)
    }

    /// A name of the proof that a request brings, which its copies share and nothing else does: who guesses brings
    /// another proof each time.
    fn proof_of(&self, message: &Message<'_>, name: u64, asker: Asker) -> u64 {
        let mut text = SmallVec::<[u8; 512]>::from_slice(&name.to_le_bytes());
        for row in message.headers(asker.credentials()) {
            text.extend_from_slice(row);
        }
        self.key.hash(&text)
    }

    /// A name of the request that its retransmissions share, at whichever worker, and nothing else does.
    pub fn name_of(&self, message: &Message<'_>) -> u64 {
        self.shared.hash_of([
            message.call_id().unwrap_or_default(),
            // The method is in it.
            message.header(HeaderName::CSEQ).unwrap_or_default(),
            message.branch_or_via(),
        ])
    }
}

/// What the challenges for one request need, when the realm is not long.
const CHALLENGES_BYTES: usize = 384;

/// A proof whose secret is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Where the credentials stand; unless they must be read again.
    credentials: Option<CredentialsPlace>,
    nonce: GoodNonce,
    /// The request's: [`Access::name_of`].
    name: u64,
    suspect: Suspect,
}

impl Begun {
    /// The name of the request ([`Access::name_of`]).
    pub fn name(&self) -> u64 {
        self.name
    }
}

/// On which terms somebody is challenged.
struct Terms {
    cause: Cause,
    stale: bool,
    md5_alone: bool,
}

/// Why no credentials are at hand.
enum Found {
    Nothing,
    /// At this offset.
    Broken(u32),
}

/// The user whom credentials name. A name may carry the domain too, as many phones send it; the secret of such
/// a name is another one, so only the names of accounts prove anything.
fn user_of(username: &[u8], realm: &[u8]) -> Aor {
    Aor::of_user(username, realm)
}

/// What a nonce is bound to: the address that the request came from, without the port.
pub(crate) fn bound(flow: &Flow) -> [u8; 16] {
    network::octets_of(flow.remote_ip())
}

fn nonce_cause(fault: NonceFault) -> Cause {
    match fault {
        NonceFault::Stale => Cause::StaleNonce,
        NonceFault::Foreign | NonceFault::Replayed => Cause::BadNonce,
    }
}

#[cfg(test)]
mod tests;
