//! Security agreement (RFC 3329): at some of our addresses an unprotected request is served only when its sender has
//! chosen among our mechanisms, and shows that nobody shortened the list on its way.
//!
//! The list is the same for everybody: TLS, when we have it, before digest with each of our algorithms. Over TLS the list
//! need not be shown, but must be ours when it is. Digest protects the list by `d-ver`: a proof over it, beside the proof
//! of the request.

use super::{Access, Asker, Denial, Terms};
use bytes::Bytes;
use core::net::SocketAddr;
use ringback_sip::auth::{Credentials, Ha1, Hash};
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode};
use ringback_sip::syntax::{Edit, Message, Params, Uri};
use ringback_sip::time::Instant;
use std::sync::Arc;

/// Where an agreement is demanded, and what is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// The addresses of ours at which unprotected requests need one; empty: there is none.
    pub at: Vec<SocketAddr>,
    /// Whether we are to be reached over TLS.
    pub has_tls: bool,
}

impl Agreement {
    /// The mechanisms as Security-Server has them, each with a preference of its own (§2.2).
    fn list(&self, hashes: &[Hash]) -> String {
        let digests = hashes.iter().map(|hash| format!("digest;d-alg={};d-qop=auth", hash.as_str()));
        let all = self.has_tls.then(|| "tls".to_owned()).into_iter().chain(digests);
        let rows: Vec<String> =
            all.enumerate().map(|(n, mechanism)| format!("{mechanism};q=0.{}", 9 - n.min(8))).collect();
        rows.join(", ")
    }
}

impl Access {
    /// Judges a request by the agreement that its way needs. `Some`: the request without what was for us only.
    ///
    /// # Errors
    /// 494, 421 or 502 (§2.3.1, §2.3.2).
    pub fn agree(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: &Flow,
    ) -> Result<Option<Bytes>, Denial> {
        let agreement = &self.settings.agreement;
        if agreement.at.is_empty() || !message.is_request() {
            return Ok(None);
        }
        let is_protected = flow.transport.is_secure();
        let has_list = message.header(HeaderName::SECURITY_VERIFY).is_some();
        let exempt = matches!(message.method(), Some(Method::Ack | Method::Cancel));
        if exempt || (is_protected && !has_list) {
            return Ok(without_tag(message));
        }
        if !is_protected && !agreement.at.contains(&flow.local) {
            return Ok(None);
        }
        if !is_protected && message.vias().nth(1).is_some() {
            return Err(Denial::new(StatusCode::BAD_GATEWAY, Cause::NotFirstHop));
        }
        let asks = [HeaderName::REQUIRE, HeaderName::PROXY_REQUIRE, HeaderName::SUPPORTED];
        let tag = OptionTag::SEC_AGREE.as_str();
        if !asks.iter().any(|name| message.values(*name).any(|v| v.eq_ignore_ascii_case(tag.as_bytes()))) {
            let cause = Cause::ExtensionNeeded(Shown::from(tag));
            return Err(self.demand(now, message, flow, StatusCode::EXTENSION_REQUIRED, cause));
        }
        if has_list && !self.is_our_list(message) {
            return Err(self.demand_anew(now, message, flow));
        }
        let is_proof = has_list && self.may_prove(message);
        if !(is_protected || is_proof) {
            let status = StatusCode::SECURITY_AGREEMENT_REQUIRED;
            return Err(self.demand(now, message, flow, status, Cause::AgreementNeeded));
        }
        Ok(without_tag(message))
    }

    /// Whether the sender, whose secret this is, saw our list as we sent it. Only what came without protection by way of
    /// an agreement says so.
    pub(super) fn has_seen_list(
        &self,
        message: &Message<'_>,
        flow: &Flow,
        credentials: &Credentials<'_>,
        secret: &Ha1,
    ) -> bool {
        if flow.transport.is_secure() || !self.settings.agreement.at.contains(&flow.local) {
            return true;
        }
        let list = self.security_list();
        message
            .values(HeaderName::SECURITY_VERIFY)
            .filter_map(list_proof)
            .any(|proof| credentials.prove_list(secret, message.method_token(), list.as_bytes(), proof))
    }

    /// The refusal of who shows another list than ours.
    pub(super) fn demand_anew(&mut self, now: Instant, message: &Message<'_>, flow: &Flow) -> Denial {
        let status = StatusCode::SECURITY_AGREEMENT_REQUIRED;
        self.demand(now, message, flow, status, Cause::AgreementBroken)
    }

    /// A refusal with our list, and with what is needed to begin with digest.
    fn demand(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: &Flow,
        status: StatusCode,
        cause: Cause,
    ) -> Denial {
        let is_register = message.method() == Some(Method::Register);
        let asker = if is_register { Asker::Server } else { Asker::Proxy };
        let terms = Terms { cause, stale: false, md5_alone: false };
        let ours = self.realm_of(message).or_else(|| self.domains.mains().next().map(Arc::from));
        let mut denial = match ours {
            Some(realm) => self.challenge(now, flow, asker, &realm, terms),
            None => Denial::new(status, terms.cause),
        };
        denial.status = status;
        denial
            .with(HeaderName::SECURITY_SERVER, self.security_list())
            .with(HeaderName::REQUIRE, OptionTag::SEC_AGREE.as_str())
    }

    fn security_list(&self) -> String {
        self.settings.agreement.list(&self.settings.hashes)
    }

    /// The realm of the domain in From, when it is ours.
    fn realm_of(&self, message: &Message<'_>) -> Option<Arc<[u8]>> {
        let uri = Uri::parse(message.from().ok()?.uri).ok()?;
        self.domains.main_of(&uri.host).cloned()
    }

    /// Whether a request brings credentials that will be looked at: it claims to come from us, or belongs to a dialog.
    fn may_prove(&self, message: &Message<'_>) -> bool {
        let in_dialog = message.to().is_ok_and(|to| to.tag().is_some());
        let rows = [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION];
        in_dialog
            || (self.realm_of(message).is_some() && rows.iter().any(|row| message.header(*row).is_some()))
    }

    /// Whether Security-Verify has our mechanisms in our order with our parameters; `d-ver` is the client's own.
    fn is_our_list(&self, message: &Message<'_>) -> bool {
        let ours = self.security_list();
        let ours = ours.as_bytes();
        let ours = ringback_sip::syntax::split_commas(ours);
        ours.map(mechanism).eq(message.values(HeaderName::SECURITY_VERIFY).map(mechanism))
    }
}

/// A mechanism and its parameters as they are compared: without spaces, in lower case, in the order of their names.
fn mechanism(value: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let plain: Vec<u8> =
        value.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    let mut parts = plain.split(|b| *b == b';').map(<[u8]>::to_vec);
    let name = parts.next().unwrap_or_default();
    let mut params: Vec<Vec<u8>> = parts.filter(|part| !part.starts_with(b"d-ver=")).collect();
    params.sort_unstable();
    (name, params)
}

/// The proof of a list that a mechanism carries.
fn list_proof(value: &[u8]) -> Option<&[u8]> {
    let start = value.iter().position(|b| *b == b';')?;
    let proof = Params::new(&value[start..]).get(b"d-ver")?;
    Some(proof.trim_ascii().strip_prefix(b"\"").and_then(|p| p.strip_suffix(b"\"")).unwrap_or(proof))
}

/// The request without `sec-agree` in Require and Proxy-Require, which was for us (§2.3.1); `None`: it has none.
fn without_tag(message: &Message<'_>) -> Option<Bytes> {
    let tag = OptionTag::SEC_AGREE.as_str().as_bytes();
    let names = [HeaderName::REQUIRE, HeaderName::PROXY_REQUIRE];
    if !names.iter().any(|name| message.values(*name).any(|v| v.eq_ignore_ascii_case(tag))) {
        return None;
    }
    let mut edit = Edit::new(message);
    for line in message.lines().iter().filter(|line| names.contains(&line.name)) {
        let row = ringback_sip::syntax::split_commas(message.value_of(line));
        let rest: Vec<&[u8]> = row.filter(|v| !v.eq_ignore_ascii_case(tag)).collect();
        match rest.is_empty() {
            true => edit.remove(*line),
            false => edit.replace(*line, rest.join(&b", "[..])),
        }
    }
    Some(edit.finish())
}
