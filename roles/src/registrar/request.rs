//! What a REGISTER asks for (RFC 3261 §10.2).

use super::{Gruus, PathPolicy, RegistrarSettings};
use crate::access::Denial;
use crate::location::{
    Aor, BINDINGS_PER_AOR_MAX, Candidate, CandidateFault, Domains, Operation, Parts, Q, Register,
};
use crate::routing::Place;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Message, NameAddr, Scheme, Uri, parse_u32};
use ringback_sip::time::Duration;
use smallvec::SmallVec;

/// The extensions of a registrar: Path (RFC 3327), names of instances (RFC 5627), flows (RFC 5626).
const EXTENSIONS: [&str; 3] = ["path", "gruu", "outbound"];
/// Most contacts that one REGISTER may name: as many as can go plus as many as can come.
const CONTACTS_MAX: usize = 2 * BINDINGS_PER_AOR_MAX;

/// Refuses extensions that the request insists on and we do not have (§8.2.2.3): 420 with Unsupported.
pub(super) fn check_extensions(message: &Message<'_>) -> Result<(), Denial> {
    let mut missing = Vec::new();
    for tag in message.values(HeaderName::REQUIRE).filter(|tag| !is_supported(tag)) {
        if !missing.is_empty() {
            missing.extend_from_slice(b", ");
        }
        missing.extend_from_slice(tag);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let cause = Cause::Extension(Shown::from(&missing[..]));
    Err(Denial::new(StatusCode::BAD_EXTENSION, cause).with(HeaderName::UNSUPPORTED, missing))
}

/// Whether we have the extension with this option tag.
fn is_supported(tag: &[u8]) -> bool {
    EXTENSIONS.iter().any(|known| tag.eq_ignore_ascii_case(known.as_bytes()))
}

/// Reads requests, knowing what the registrar knows.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) settings: &'a RegistrarSettings,
    pub(super) gruus: &'a Gruus,
    /// Our addresses, as far as they are known.
    pub(super) place: Option<&'a Place>,
    pub(super) domains: &'a Domains,
}

impl Reader<'_> {
    /// Reads what the request asks of the location service (step 6, and the reading part of step 7).
    pub(super) fn register(&self, aor: Aor, message: &Message<'_>, flow: &Flow) -> Result<Register, Denial> {
        let refuse = |name| move |_| Denial::malformed(name, offset(message, name));
        let call_id = message.call_id().map_err(refuse(HeaderName::CALL_ID))?;
        let cseq = message.cseq().map_err(refuse(HeaderName::CSEQ))?.number;
        let header = message.header(HeaderName::EXPIRES).map(lifetime);
        let mut candidates = SmallVec::new();
        let mut star = false;
        let path = path(message, self.settings.path)?;
        let outbound = Outbound::of(message);
        let parts = Parts {
            call_id,
            path: &path,
            user_agent: message.header(HeaderName::USER_AGENT).unwrap_or_default(),
            ..Parts::default()
        };
        for contact in message.contacts() {
            let contact = contact.map_err(refuse(HeaderName::CONTACT))?;
            if star || (contact.is_star() && !candidates.is_empty()) {
                return Err(Denial::malformed(HeaderName::CONTACT, place(message, contact.uri)));
            }
            if contact.is_star() {
                star = true;
                continue;
            }
            if candidates.len() == CONTACTS_MAX {
                return Err(Denial::new(StatusCode::FORBIDDEN, Cause::Limit("CONTACTS_MAX".into())));
            }
            let (candidate, uri) = candidate(message, &contact, parts, *flow, cseq, header, outbound)?;
            if candidate.requested != Some(Duration::ZERO) {
                self.check_contact(&aor, &uri, candidate.binding.instance())?;
            }
            candidates.push(candidate);
        }
        let operation = match (star, candidates.is_empty()) {
            // The rule speaks of the header field's value 0; a value that cannot be read is not 0.
            (true, _) if message.number(HeaderName::EXPIRES, u32::MAX) == Ok(Some(0)) => {
                if call_id.len() > crate::location::CALL_ID_BYTES_MAX {
                    return Err(limit(CandidateFault::CallId));
                }
                Operation::RemoveAll { call_id: call_id.into(), cseq }
            }
            (true, _) => {
                return Err(Denial::malformed(HeaderName::EXPIRES, offset(message, HeaderName::EXPIRES)));
            }
            (false, true) => Operation::Query,
            (false, false) if is_mixed(&candidates) => {
                return Err(Denial::malformed(HeaderName::CONTACT, offset(message, HeaderName::CONTACT)));
            }
            (false, false) => Operation::Contacts(candidates),
        };
        Ok(Register { aor, operation })
    }

    /// Refuses a contact that would lead a request back here for the same user: the address of record itself and its
    /// own names; and for an instance, what is no sip URI (RFC 5627 §5.1).
    fn check_contact(&self, aor: &Aor, uri: &Uri<'_>, instance: &[u8]) -> Result<(), Denial> {
        let refuse = |cause| Err(Denial::new(StatusCode::FORBIDDEN, cause));
        if !uri.is_sip() {
            return if instance.is_empty() { Ok(()) } else { refuse(Cause::Scheme(Shown::from(uri.raw))) };
        }
        let is_here = match self.place {
            Some(place) => place.is_us(uri),
            None => uri.port.is_none_or(|port| port == 5060) && self.domains.main_of(&uri.host).is_some(),
        };
        // With header fields it is another URI (RFC 3261 §19.1.4).
        if !is_here || !uri.headers.is_empty() {
            return Ok(());
        }
        let named = if uri.params.has(b"gr") {
            self.gruus.read(self.domains, uri).map(|gruu| gruu.aor)
        } else {
            self.domains.aor_of(uri)
        };
        if named.as_ref() == Some(aor) { refuse(Cause::OwnName(Shown::from(uri.raw))) } else { Ok(()) }
    }
}

/// The Path, its rows joined (RFC 3327 §5.3). Each value is a Route for later, so it must be one: a sip URI in
/// brackets with `lr`.
fn path(message: &Message<'_>, policy: PathPolicy) -> Result<SmallVec<[u8; 64]>, Denial> {
    let mut path = SmallVec::new();
    for value in message.values(HeaderName::PATH) {
        let uri = NameAddr::parse(HeaderName::PATH, value).ok().and_then(|hop| Uri::parse(hop.uri).ok());
        if !uri.is_some_and(|uri| uri.is_sip() && uri.is_loose_router()) {
            return Err(Denial::malformed(HeaderName::PATH, place(message, value)));
        }
        if !path.is_empty() {
            path.extend_from_slice(b", ");
        }
        path.extend_from_slice(value);
    }
    if !path.is_empty() && policy == PathPolicy::Refuse && !message.lists(HeaderName::SUPPORTED, b"path") {
        let denial = Denial::new(StatusCode::BAD_EXTENSION, Cause::Extension(Shown::from(&b"path"[..])));
        return Err(denial.with(HeaderName::UNSUPPORTED, "path"));
    }
    Ok(path)
}

/// The way to a contact. A phone whose address was not translated takes requests at its contact's port, from
/// whichever port it registered: so a refresh from another port changes nothing.
fn way_to(contact: &Uri<'_>, mut flow: Flow) -> Flow {
    if !flow.transport.is_reliable() && contact.host.ip() == Some(flow.remote_ip()) {
        flow.remote.set_port(contact.port.unwrap_or(flow.transport.default_port()));
    }
    flow
}

fn candidate<'a>(
    message: &Message<'_>,
    contact: &NameAddr<'a>,
    parts: Parts<'_>,
    flow: Flow,
    cseq: u32,
    header: Option<Duration>,
    outbound: Outbound,
) -> Result<(Candidate, Uri<'a>), Denial> {
    let malformed = |part: &[u8]| Denial::malformed(HeaderName::CONTACT, place(message, part));
    let uri = Uri::parse(contact.uri).map_err(|_| malformed(contact.uri))?;
    // What is registered as protected must have come so (RFC 5630 §5.2).
    let is_protected = || message.uri().is_some_and(|uri| uri.scheme == Scheme::Sips);
    if uri.scheme == Scheme::Sips && !is_protected() {
        return Err(malformed(contact.uri));
    }
    // Without brackets a `?` would belong to nobody knows what (§20.10).
    if !contact.bracketed && contact.uri.contains(&b'?') {
        return Err(malformed(contact.uri));
    }
    let reg_id = outbound.reg_id(contact).map_err(|()| malformed(contact.uri))?;
    if reg_id.is_some() && outbound == Outbound::Lacking {
        let status = StatusCode::FIRST_HOP_LACKS_OUTBOUND_SUPPORT;
        return Err(Denial::new(status, Cause::Extension(Shown::from(&b"outbound"[..]))));
    }
    let reg_id = reg_id.filter(|_| outbound.applies());
    // What is registered as a flow is reached over that very flow (RFC 5626 §6).
    let flow = if reg_id.is_some() { flow } else { way_to(&uri, flow) };
    let requested = contact.param(b"expires").map(lifetime).or(header);
    let params = other_params(contact);
    let parts = Parts {
        contact: contact.uri,
        instance: contact.param(b"+sip.instance").unwrap_or_default(),
        params: &params,
        ..parts
    };
    let mut candidate = Candidate::new(parts, flow, cseq, requested).map_err(limit)?;
    candidate.binding.reg_id = reg_id.unwrap_or_default();
    if let Some(q) = contact.param(b"q") {
        candidate.binding.q = Q::parse(q).ok_or_else(|| malformed(q))?;
    }
    Ok((candidate, uri))
}

/// What a contact says beside what the registrar itself understands, such as the features of RFC 3840: kept and told
/// as it came (RFC 3261 §10.3 step 8).
fn other_params(contact: &NameAddr<'_>) -> SmallVec<[u8; 64]> {
    const OURS: [&[u8]; 6] = [b"expires", b"q", b"+sip.instance", b"reg-id", b"pub-gruu", b"temp-gruu"];
    let mut text = SmallVec::new();
    contact.params.write_if(
        |part| text.extend_from_slice(part),
        |name| !OURS.iter().any(|own| own.eq_ignore_ascii_case(name)),
    );
    text
}

/// Whether flows can be registered with a REGISTER (RFC 5626 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outbound {
    /// They are, and the user agent is told so.
    Asked,
    /// They are; the user agent does not list the extension.
    Unasked,
    /// The user agent wants it, and the first hop does not know the extension: 439.
    Lacking,
    /// What the Contact says of flows is ignored.
    Ignored,
}

impl Outbound {
    /// The first hop is this registrar, or the proxy that wrote the lowest value of Path and has marked it.
    pub(super) fn of(message: &Message<'_>) -> Self {
        let asked = message.lists(HeaderName::SUPPORTED, b"outbound");
        let first = || {
            let path = NameAddr::parse(HeaderName::PATH, message.values(HeaderName::PATH).last()?).ok()?;
            Some(Uri::parse(path.uri).ok()?.params.has(b"ob"))
        };
        let knows = !message.has_second_via() || first() == Some(true);
        match (knows, asked) {
            (true, true) => Outbound::Asked,
            (true, false) => Outbound::Unasked,
            (false, true) => Outbound::Lacking,
            (false, false) => Outbound::Ignored,
        }
    }

    /// Whether flows are registered.
    fn applies(self) -> bool {
        matches!(self, Outbound::Asked | Outbound::Unasked)
    }

    /// Whether the answer says that flows were registered.
    pub(super) fn is_told(message: &Message<'_>) -> bool {
        message.lists(HeaderName::SUPPORTED, b"outbound")
            && Outbound::of(message) == Outbound::Asked
            && message.contacts().flatten().any(|c| matches!(Outbound::Asked.reg_id(&c), Ok(Some(_))))
    }

    /// The registration identifier of a contact, which means nothing without an instance.
    fn reg_id(self, contact: &NameAddr<'_>) -> Result<Option<u32>, ()> {
        let (Some(id), Some(_)) = (contact.param(b"reg-id"), contact.param(b"+sip.instance")) else {
            return Ok(None);
        };
        if self == Outbound::Ignored {
            return Ok(None);
        }
        parse_u32(id).filter(|id| (1..=i32::MAX as u32).contains(id)).map(Some).ok_or(())
    }
}

/// Whether a flow is registered together with another contact: each has a REGISTER of its own (RFC 5626 §6).
fn is_mixed(candidates: &[Candidate]) -> bool {
    let lasting = || candidates.iter().filter(|c| c.requested != Some(Duration::ZERO));
    lasting().count() > 1 && lasting().any(|c| c.binding.is_outbound())
}

/// A lifetime in seconds. What cannot be read counts as one hour (§20.10); what is too large for the grammar is
/// as long as can be.
fn lifetime(text: &[u8]) -> Duration {
    const DEFAULT: u64 = 3600;
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let secs = parse_u32(text).map(u64::from).unwrap_or(if digits { u32::MAX.into() } else { DEFAULT });
    Duration::from_secs(secs)
}

fn limit(fault: CandidateFault) -> Denial {
    Denial::new(StatusCode::BAD_REQUEST, Cause::Limit(fault.limit().into()))
}

/// Where a header field's value begins in the message; 0 when it is not there.
pub(super) fn offset(message: &Message<'_>, name: HeaderName) -> u32 {
    message.header(name).map_or(0, |value| place(message, value))
}

fn place(message: &Message<'_>, part: &[u8]) -> u32 {
    message.offset_of(part) as u32
}
