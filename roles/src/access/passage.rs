//! What a request needs before it is served or passed on.

use super::{Access, Asker, Denial};
use crate::location::Aor;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::syntax::{Malformed, Message, Scheme, Uri};
use std::sync::Arc;

/// What a request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Nothing.
    Free(Why),
    /// Its sender proves to be a user of this realm, and owns the address of record in From.
    Prove {
        /// In which role to ask.
        asker: Asker,
        /// The realm: the main name of the domain.
        realm: Arc<[u8]>,
        /// The address of record that the sender claims; `None` when the claim names a domain without a user.
        claim: Option<Aor>,
    },
    /// It is not served, whatever its sender proves (403).
    Refused(Cause),
}

/// Why a request is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// ACK and CANCEL cannot be repeated with credentials, so they are never challenged (RFC 3261 §22.1).
    NeverChallenged,
    /// It belongs to a dialog that was let through.
    Dialog,
    /// It comes from outside for a user of ours.
    Inbound,
    /// It asks the server itself what it can do: the ping of trunks and of tools (RFC 3261 §11).
    Probe,
    /// Nobody must prove anything.
    Laboratory,
}

impl Access {
    /// What a request needs. `sealed`: its topmost Route is one of ours and carries the [`super::Seal`] of its
    /// call. REGISTER is asked for by the registrar itself, for the address of record in To.
    ///
    /// # Errors
    /// From or the Request-URI cannot be read.
    pub fn passage(&self, message: &Message<'_>, sealed: bool) -> Result<Passage, Malformed> {
        if matches!(message.method(), Some(Method::Ack | Method::Cancel)) {
            return Ok(Passage::Free(Why::NeverChallenged));
        }
        if sealed {
            return Ok(Passage::Free(Why::Dialog));
        }
        let target = message.uri().copied();
        // A number belongs to no domain; it is ours to find out whose it is.
        let is_ours =
            |uri: &Uri<'_>| uri.scheme == Scheme::Tel || self.domains().main_of(&uri.host).is_some();
        let to_us = target.filter(is_ours);
        if message.method() == Some(Method::Options) && to_us.is_some_and(|uri| uri.user.is_empty()) {
            return Ok(Passage::Free(Why::Probe));
        }
        let from = message.from()?;
        let claim = Uri::parse(from.uri).ok();
        let realm = claim.filter(Uri::is_sip).and_then(|uri| self.domains().main_of(&uri.host));
        if let (Some(realm), Some(uri)) = (realm, claim) {
            if !self.is_required() {
                return Ok(Passage::Free(Why::Laboratory));
            }
            let claim = self.domains().aor_of(&uri);
            return Ok(Passage::Prove { asker: Asker::Proxy, realm: Arc::clone(realm), claim });
        }
        Ok(match to_us {
            Some(_) => Passage::Free(Why::Inbound),
            None => Passage::Refused(Cause::Relay(Shown::from(message.request_uri()))),
        })
    }

    /// Checks that the user who proved to be the sender may act for the address of record that it claims.
    ///
    /// # Errors
    /// 403 (RFC 3261 §10.3 step 4).
    pub fn check_owner(&self, user: &Aor, claim: Option<&Aor>) -> Result<(), Denial> {
        match claim {
            Some(aor) if aor == user => Ok(()),
            _ => {
                let shown = Shown::from(claim.map_or(&b""[..], Aor::as_bytes));
                Err(Denial::new(StatusCode::FORBIDDEN, Cause::NotOwner(shown)))
            }
        }
    }
}
