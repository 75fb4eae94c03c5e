//! The registrar (RFC 3261 §10.3): who is reachable where.
//!
//! REGISTER is answered without a transaction. A retransmission is the same request again, and the location
//! service answers it as it answered the first: nothing changes twice. So a refresh costs one look at the index.
//!
//! The registrar is a part of the server: [`Registrar::handle`] takes a request as far as it goes without the
//! store; [`Registrar::resume`] takes it on with the store's answer. Between the two the server keeps the
//! request's bytes, its flow and the [`Stage`].

mod gruu;
mod request;
mod response;
mod settings;

pub use gruu::{Gruu, Gruus};
pub use response::Reply;
pub use settings::{PathPolicy, RegistrarSettings};

use crate::access::{Access, Asker, Begun, Denial};
use crate::location::Aor;
use crate::routing::Place;
use crate::store::{Answer, Ask};
use ringback_sip::entropy::{Seed, Token};
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Message, Uri};
use ringback_sip::time::Instant;
use std::sync::Arc;

/// What a REGISTER leads to.
#[derive(Debug)]
pub enum Step {
    /// It is answered.
    Respond(Reply),
    /// The store is asked; its answer goes to [`Registrar::resume`].
    Ask(Ask, Stage),
}

/// What the store was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The secret of the sender.
    Secret(Begun),
    /// The change of bindings; the request's name ([`Access::name_of`]).
    Bindings(u64),
}

/// Answers REGISTER requests.
#[derive(Debug)]
pub struct Registrar {
    settings: RegistrarSettings,
    /// Our addresses, as far as we know them.
    place: Option<Place>,
    gruus: Gruus,
    /// Makes the tags of answers.
    key: Seed,
    /// The Date header field of one second.
    date: (u64, String),
    /// Where a row is written before it goes out.
    row: Vec<u8>,
}

impl Registrar {
    /// A registrar with the usual settings that stands nowhere; `seed` makes the names of instances, and is the same for
    /// all workers.
    pub fn new(seed: Seed) -> Self {
        Registrar {
            settings: RegistrarSettings::default(),
            place: None,
            gruus: Gruus::new(seed),
            key: seed.derive(b"registrar"),
            date: (0, Instant::EPOCH.sip_date()),
            row: Vec::new(),
        }
    }

    /// The same with the names that `gruus` makes.
    #[must_use]
    pub fn with_gruus(self, gruus: Gruus) -> Self {
        Registrar { gruus, ..self }
    }

    /// Takes over other settings, and the place at which it stands.
    pub fn reconfigure(&mut self, settings: RegistrarSettings, place: Place) {
        self.settings = settings;
        self.place = Some(place);
    }

    /// Whether a REGISTER is for a domain of ours; one for another domain is a proxy's business
    /// (RFC 3261 §10.3 step 1).
    pub fn serves(access: &Access, message: &Message<'_>) -> bool {
        message.uri().is_some_and(|u| u.is_sip() && access.domains().main_of(&u.host).is_some())
    }

    /// Whether bytes are a REGISTER for a domain of ours. Its nonces, its bindings and all rates are shared by the workers,
    /// and it leaves no transaction: each worker may answer it.
    pub fn may_take(access: &Access, message: &[u8]) -> bool {
        let Some(rest) = message.strip_prefix(b"REGISTER ") else { return false };
        let uri = rest.split(|b| *b == b' ').next().and_then(|uri| Uri::parse(uri).ok());
        uri.is_some_and(|uri| uri.is_sip() && access.domains().main_of(&uri.host).is_some())
    }

    /// Takes a REGISTER that was found well-formed ([`Message::check`]) and for a domain of ours.
    pub fn handle(&mut self, now: Instant, access: &mut Access, message: &Message<'_>, flow: &Flow) -> Step {
        let name = access.name_of(message);
        match self.begin(now, access, (message, name), flow) {
            Ok((ask, stage)) => Step::Ask(ask, stage),
            Err(denial) => self.deny(&denial, message, name, flow),
        }
    }

    /// Takes a REGISTER on with the store's answer.
    pub fn resume(
        &mut self,
        now: Instant,
        access: &mut Access,
        message: &Message<'_>,
        flow: &Flow,
        stage: Stage,
        answer: Answer,
    ) -> Step {
        let name = match &stage {
            Stage::Secret(begun) => begun.name(),
            Stage::Bindings(name) => *name,
        };
        let result = match (stage, answer) {
            (Stage::Secret(begun), Answer::Secret(secret)) => {
                Self::realm_of(access, message).and_then(|realm| {
                    let secret = (begun, secret);
                    let user = access.finish(now, message, flow, Asker::Server, &realm, secret)?;
                    self.bind(access, (message, name), flow, &realm, Some(&user))
                })
            }
            (Stage::Bindings(_), Answer::Registered(Ok(registered))) => {
                // The journal needs the address of record when something changed; so do the names of instances.
                let gruus = message.lists(HeaderName::SUPPORTED, b"gruu").then_some(&self.gruus);
                let needed = gruus.is_some() || !registered.changes.is_empty();
                let realm = needed.then(|| Self::realm_of(access, message).ok()).flatten();
                let aor = realm.and_then(|realm| Self::aor_of(access, message, &realm).ok());
                if self.date.0 != now.unix_secs() {
                    self.date = (now.unix_secs(), now.sip_date());
                }
                let grant = response::Grant {
                    now,
                    tag: self.tag(name),
                    date: &self.date.1,
                    settings: &self.settings,
                    gruus,
                    aor: aor.as_ref(),
                    registered: &registered,
                };
                return Step::Respond(grant.respond(message, flow, &mut self.row));
            }
            (Stage::Bindings(_), Answer::Registered(Err(refusal))) => Err(response::denial(refusal)),
            (_, answer) => {
                debug_assert!(false, "the store answered another question: {answer:?}");
                Err(Denial::new(StatusCode::SERVER_INTERNAL_ERROR, Cause::StoreUnavailable))
            }
        };
        match result {
            Ok((ask, stage)) => Step::Ask(ask, stage),
            Err(denial) => self.deny(&denial, message, name, flow),
        }
    }

    fn deny(&self, denial: &Denial, message: &Message<'_>, name: u64, flow: &Flow) -> Step {
        let bytes = denial.respond(message, flow, self.tag(name).as_bytes());
        let facts = smallvec::SmallVec::new();
        Step::Respond(Reply { status: denial.status, cause: denial.cause.clone(), bytes, facts })
    }

    /// Steps 1 to 3: the domain, the extensions, the sender.
    fn begin(
        &mut self,
        now: Instant,
        access: &mut Access,
        (message, name): (&Message<'_>, u64),
        flow: &Flow,
    ) -> Result<(Ask, Stage), Denial> {
        let realm = Self::realm_of(access, message)?;
        request::check_extensions(message)?;
        if access.is_required() {
            let (ask, begun) = access.begin(now, (message, name), flow, Asker::Server, &realm)?;
            return Ok((ask, Stage::Secret(begun)));
        }
        self.bind(access, (message, name), flow, &realm, None)
    }

    /// Steps 4 to 7: the address of record, its owner, and what the request asks for.
    fn bind(
        &self,
        access: &Access,
        (message, name): (&Message<'_>, u64),
        flow: &Flow,
        realm: &[u8],
        user: Option<&Aor>,
    ) -> Result<(Ask, Stage), Denial> {
        let aor = Self::aor_of(access, message, realm)?;
        if let Some(user) = user {
            access.check_owner(user, Some(&aor))?;
        }
        let register = self.reader(access).register(aor, message, flow)?;
        Ok((Ask::Register(register), Stage::Bindings(name)))
    }

    /// The To tag of the answer to the request of this name: the same for a retransmission, for no transaction remembers
    /// it (RFC 3261 §8.2.7).
    fn tag(&self, name: u64) -> Token {
        Token::from_u64(self.key.hash(&name.to_le_bytes()))
    }

    fn reader<'a>(&'a self, access: &'a Access) -> request::Reader<'a> {
        let (settings, gruus, place) = (&self.settings, &self.gruus, self.place.as_ref());
        request::Reader { settings, gruus, place, domains: access.domains() }
    }

    fn realm_of(access: &Access, message: &Message<'_>) -> Result<Arc<[u8]>, Denial> {
        let target = message.request_uri();
        let refuse = |status, cause| Err(Denial::new(status, cause));
        match message.uri() {
            Some(uri) if !uri.is_sip() => {
                refuse(StatusCode::UNSUPPORTED_URI_SCHEME, Cause::Scheme(Shown::from(target)))
            }
            Some(uri) => match access.domains().main_of(&uri.host) {
                Some(main) => Ok(Arc::clone(main)),
                None => refuse(StatusCode::NOT_FOUND, Cause::UnknownUser(Shown::from(target))),
            },
            None => refuse(StatusCode::BAD_REQUEST, Cause::Malformed { header: None, at: 0 }),
        }
    }

    /// The address of record in To (step 5). It must be of the domain in the Request-URI.
    fn aor_of(access: &Access, message: &Message<'_>, realm: &[u8]) -> Result<Aor, Denial> {
        let malformed = || Denial::malformed(HeaderName::TO, request::offset(message, HeaderName::TO));
        let to = message.to().map_err(|_| malformed())?;
        let uri = Uri::parse(to.uri).map_err(|_| malformed())?;
        if !uri.is_sip() {
            return Err(malformed());
        }
        let aor = access.domains().aor_of(&uri).filter(|aor| aor.domain() == realm);
        aor.ok_or_else(|| Denial::new(StatusCode::NOT_FOUND, Cause::UnknownUser(Shown::from(to.uri))))
    }
}

#[cfg(test)]
mod tests;
