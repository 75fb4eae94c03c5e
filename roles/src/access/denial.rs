//! A refusal, ready to be answered.

use bytes::Bytes;
use ringback_sip::flow::Flow;
use ringback_sip::journal::Cause;
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Fault, Malformed, Message, Response};
use smallvec::SmallVec;

/// Why a request is not served, and what to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The code.
    pub status: StatusCode,
    /// The cause.
    pub cause: Cause,
    /// What the answer must carry, a row each, in this order.
    pub headers: Rows,
    /// The broken rule, which the reason phrase then names (RFC 3261 §21.4.1).
    pub fault: Option<Fault>,
    /// What few answers have.
    pub extra: Option<Box<Extra>>,
}

/// Header rows, their values one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    values: Vec<u8>,
    /// The name of each, and where its value ends.
    ends: SmallVec<[(HeaderName, u32); 4]>,
}

impl Rows {
    /// None, and room for so many bytes of values.
    pub fn with_room(bytes: usize) -> Self {
        Rows { values: Vec::with_capacity(bytes), ..Rows::default() }
    }

    /// Adds one.
    pub fn push(&mut self, name: HeaderName, value: &[u8]) {
        self.values.extend_from_slice(value);
        self.ends.push((name, self.values.len() as u32));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each with its value.
    pub fn iter(&self) -> impl Iterator<Item = (HeaderName, &[u8])> {
        let begins = core::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        begins
            .zip(&self.ends)
            .map(|(begin, (name, end))| (*name, &self.values[begin as usize..*end as usize]))
    }
}

/// What few answers have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// A reason phrase of the operator's.
    pub phrase: Option<Box<str>>,
    /// The media type and the body.
    pub body: Option<(&'static str, Box<[u8]>)>,
}

/// The refusal of a request that breaks a rule of the grammar.
impl From<Malformed> for Denial {
    fn from(malformed: Malformed) -> Self {
        let fault = malformed.fault;
        Denial { fault: Some(fault), ..Denial::new(fault.status(), malformed.into()) }
    }
}

impl Denial {
    /// A refusal without header fields of its own.
    pub fn new(status: StatusCode, cause: Cause) -> Self {
        Denial { status, cause, headers: Rows::default(), fault: None, extra: None }
    }

    /// A header field that breaks its grammar at this offset: 400.
    pub fn malformed(header: HeaderName, at: u32) -> Self {
        Denial::new(StatusCode::BAD_REQUEST, Cause::Malformed { header: Some(header), at })
    }

    /// Adds a row.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        self.headers.push(name, value.as_ref());
        self
    }

    /// Writes the answer.
    pub fn respond(&self, request: &Message<'_>, flow: &Flow, tag: &[u8]) -> Bytes {
        let own = self.extra.as_ref().and_then(|extra| extra.phrase.as_deref());
        let phrase = self.fault.map(|fault| fault.to_string()).or(own.map(str::to_owned));
        let start = match phrase {
            Some(phrase) => Response::with_phrase(request, flow, self.status, phrase.as_bytes(), Some(tag)),
            None => Response::to(request, flow, self.status, Some(tag)),
        };
        let head = self.headers.iter().fold(start, |response, (name, value)| response.header(name, value));
        match self.extra.as_ref().and_then(|extra| extra.body.as_ref()) {
            Some((media_type, body)) => head.body(media_type, body),
            None => head.finish(),
        }
    }
}
