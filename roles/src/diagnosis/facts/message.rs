//! One SIP message as it was seen.

use core::net::SocketAddr;
use ringback_sip::flow::Transport;
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::sdp::Description;
use ringback_sip::syntax::{Malformed, Message as Syntax};
use ringback_sip::time::Instant;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A message on the wire, before it is filed.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// When.
    pub at: Instant,
    /// The number of its packet in the capture, from 1; 0 when there are no packets.
    pub frame: u64,
    /// Who sent it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// Over what.
    pub transport: Transport,
    /// Whether it came in several fragments of IP.
    pub fragmented: bool,
    /// What tells copies of one packet apart that a mirror port made: any function of link addresses and hop limit.
    pub link: u64,
    /// The number of the server or interface that saw it, where there are several.
    pub capturer: Option<u32>,
    /// The whole message.
    pub bytes: &'a [u8],
}

/// That one of several capturers saw a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The number of the capturer.
    pub by: u32,
    /// When, by its clock.
    pub at: Instant,
}

/// Most capturers of one message that are remembered.
pub const SIGHTINGS_MAX: usize = 8;

/// A message with its place in the capture. What rules ask for most is read once; the rest with [`Message::syntax`].
#[derive(Clone, Debug)]
pub struct Message {
    /// Its number among all messages, from 1: what evidence points at.
    pub no: u32,
    /// The number of its packet in the capture.
    pub frame: u64,
    /// When it was seen.
    pub at: Instant,
    /// Who sent it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// Over what.
    pub transport: Transport,
    /// Whether it came in several fragments of IP.
    pub fragmented: bool,
    /// The code of a response.
    pub status: Option<StatusCode>,
    /// The method of the request, or of CSeq in a response, when it is registered.
    pub method: Option<Method>,
    /// The number in CSeq.
    pub cseq: u32,
    /// The branch of the topmost Via; empty when it has none.
    pub branch: Box<[u8]>,
    /// The tag of From.
    pub from_tag: Box<[u8]>,
    /// The tag of To; empty before there is a dialog.
    pub to_tag: Box<[u8]>,
    /// Why it is no message that can be answered, or the first rule of the grammar that it breaks.
    pub fault: Option<Malformed>,
    pub(super) link: u64,
    /// Which capturers saw it, where there may be several; the first one to tell comes first.
    pub sightings: Vec<Sighting>,
    /// Which header fields it has.
    rows: Rows,
    has_sdp: bool,
    memo: Memo,
    /// The bytes.
    pub bytes: Box<[u8]>,
}

impl Message {
    /// Reads what rules ask for most, and the session description.
    pub(super) fn read(no: u32, seen: &Seen<'_>) -> (Self, Option<Description>) {
        let mut message = Message {
            no,
            frame: seen.frame,
            at: seen.at,
            src: seen.src,
            dst: seen.dst,
            transport: seen.transport,
            fragmented: seen.fragmented,
            status: None,
            method: None,
            cseq: 0,
            branch: Box::default(),
            from_tag: Box::default(),
            to_tag: Box::default(),
            fault: None,
            link: seen.link,
            sightings: seen.capturer.map(|by| Sighting { by, at: seen.at }).into_iter().collect(),
            rows: Rows::default(),
            has_sdp: false,
            memo: Memo::default(),
            bytes: seen.bytes.into(),
        };
        let syntax = match Syntax::parse(seen.bytes) {
            Ok(syntax) => syntax,
            Err(fault) => {
                message.fault = Some(fault);
                return (message, None);
            }
        };
        let own = |part: Option<&[u8]>| part.unwrap_or_default().into();
        let cseq = syntax.cseq().ok();
        message.status = syntax.status();
        message.method =
            if syntax.is_request() { syntax.method() } else { cseq.and_then(|cseq| cseq.method) };
        message.cseq = cseq.map_or(0, |cseq| cseq.number);
        message.branch = own(syntax.top_via().ok().and_then(|via| via.branch()));
        message.from_tag = own(syntax.from().ok().and_then(|from| from.tag()));
        message.to_tag = own(syntax.to().ok().and_then(|to| to.tag()));
        message.fault = syntax.check().err();
        syntax.lines().iter().for_each(|line| message.rows.add(line.name));
        let description = description_of(&syntax);
        message.has_sdp = description.is_some();
        (message, description)
    }

    /// When this capturer saw it.
    pub fn seen_by(&self, capturer: u32) -> Option<Instant> {
        self.sightings.iter().find(|sighting| sighting.by == capturer).map(|sighting| sighting.at)
    }

    /// What it costs in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        self.bytes.len() + size_of::<Message>() + 128
    }

    /// The message as the parser has it; `None` when it is none.
    pub fn syntax(&self) -> Option<Syntax<'_>> {
        Syntax::parse(&self.bytes).ok()
    }

    /// The code of a response, as a number.
    pub fn code(&self) -> Option<u16> {
        self.status.map(StatusCode::number)
    }

    /// Whether it is a response that says yes.
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(StatusCode::is_success)
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        self.status.is_none()
    }

    /// Whether it is a request of this method.
    pub fn is(&self, method: Method) -> bool {
        self.is_request() && self.method == Some(method)
    }

    /// Whether it is a response with this code to a request of this method.
    pub fn answers(&self, method: Method, code: u16) -> bool {
        self.method == Some(method) && self.status.is_some_and(|status| status.number() == code)
    }

    /// The first row's value of a header field, as text.
    pub fn header(&self, name: HeaderName) -> Option<String> {
        if !self.has(name) {
            return None;
        }
        self.syntax()?.header(name).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// Whether it has a row of this header field.
    pub fn has(&self, name: HeaderName) -> bool {
        self.rows.has(name)
    }

    /// Whether it carries a session description.
    pub fn has_sdp(&self) -> bool {
        self.has_sdp
    }

    /// The session description that it carries. It is read once for all rules, and kept until the call has been judged.
    pub fn sdp(&self) -> Option<Arc<Description>> {
        if !self.has_sdp {
            return None;
        }
        let mut memo = self.memo.lock();
        if memo.is_none() {
            *memo = self.read_sdp().map(Arc::new);
        }
        memo.clone()
    }

    /// The same, without keeping it.
    pub(in super::super) fn read_sdp(&self) -> Option<Description> {
        if self.has_sdp { description_of(&self.syntax()?) } else { None }
    }

    /// Keeps the session description no longer.
    pub(in super::super) fn forget_sdp(&self) {
        if self.has_sdp {
            *self.memo.lock() = None;
        }
    }

    /// What a list of messages shows: the method, or the code with its phrase.
    pub fn title(&self) -> String {
        match (self.status, self.method) {
            (Some(status), _) => format!("{status} {}", status.phrase()),
            (None, Some(method)) => method.as_str().to_owned(),
            (None, None) => {
                let token =
                    self.syntax().map(|syntax| String::from_utf8_lossy(syntax.method_token()).into_owned());
                token.unwrap_or_else(|| "?".to_owned())
            }
        }
    }
}

/// A session description that was read; no part of what was seen.
#[derive(Debug, Default)]
struct Memo(Mutex<Option<Arc<Description>>>);

impl Memo {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Description>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for Memo {
    fn clone(&self) -> Self {
        Memo::default()
    }
}

/// A set of names of header fields.
#[derive(Clone, Copy, Debug, Default)]
struct Rows([u64; 4]);

impl Rows {
    fn add(&mut self, name: HeaderName) {
        self.0[usize::from(name.number() >> 6)] |= 1 << (name.number() & 63);
    }

    fn has(&self, name: HeaderName) -> bool {
        self.0[usize::from(name.number() >> 6)] >> (name.number() & 63) & 1 == 1
    }
}

fn description_of(syntax: &Syntax<'_>) -> Option<Description> {
    let kind = syntax.content_type().unwrap_or(b"application/sdp");
    let body = syntax.body();
    if kind.eq_ignore_ascii_case(b"application/sdp") {
        return if body.is_empty() { None } else { Description::parse(body).ok() };
    }
    // In a body of several parts the description starts at its first line.
    let start = kind.starts_with(b"multipart/").then(|| memchr::memmem::find(body, b"v=0\r\n"))??;
    let end = memchr::memmem::find(&body[start..], b"\r\n--").map_or(body.len(), |end| start + end + 2);
    Description::parse(&body[start..end]).ok()
}
