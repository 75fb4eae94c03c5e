//! A response of ours, before it is written.

use super::state::PRODUCT;
use bytes::Bytes;
use ringback_sip::flow::Flow;
use ringback_sip::journal::Cause;
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Malformed, Message, Response};

/// A response and why it is given.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) cause: Cause,
    pub(super) rows: Vec<(HeaderName, Vec<u8>)>,
    /// A reason phrase that says more than that of the code.
    pub(super) phrase: Option<String>,
    /// Its body, with the kind.
    pub(super) body: Option<(&'static str, String)>,
}

impl Reply {
    pub(super) fn of(status: StatusCode, cause: Cause) -> Self {
        Reply { status, cause, rows: Vec::new(), phrase: None, body: None }
    }

    /// The refusal of a request that breaks a rule of the grammar; its reason phrase names the rule
    /// (RFC 3261 §21.4.1).
    pub(super) fn of_fault(fault: Malformed) -> Self {
        let phrase = Some(fault.fault.to_string());
        Reply { phrase, ..Reply::of(fault.fault.status(), fault.into()) }
    }

    pub(super) fn with(mut self, name: HeaderName, value: impl Into<Vec<u8>>) -> Self {
        self.rows.push((name, value.into()));
        self
    }

    pub(super) fn write(&self, request: &Message<'_>, flow: &Flow, tag: &[u8]) -> Bytes {
        let phrase = self.phrase.as_deref().unwrap_or(self.status.phrase());
        let mut out = Response::with_phrase(request, flow, self.status, phrase.as_bytes(), Some(tag));
        for (name, value) in &self.rows {
            out = out.header(*name, value);
        }
        out = out.header(HeaderName::SERVER, PRODUCT);
        match &self.body {
            Some((kind, body)) => out.body(kind, body.as_bytes()),
            None => out.finish(),
        }
    }
}
