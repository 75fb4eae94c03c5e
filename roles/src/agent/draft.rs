//! A request before it is known from where and with which branch it leaves (RFC 3261 §8.1.1).

use super::settings::Local;
use bytes::Bytes;
use ringback_sip::dialog::{InDialog, RouteSet, Way};
use ringback_sip::flow::Transport;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::{RequestBuilder, is_sips};

/// What Contact says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OurContact {
    /// There is none.
    Absent,
    /// Our address, with these parameters behind it.
    With(String),
    /// Our address, and that the way back to it is the flow of this request (RFC 5626 §4.3).
    OverFlow,
    /// A name of ours that is valid everywhere (RFC 5627 §4.2).
    Named(String),
    /// `*`
    Star,
}

impl OurContact {
    /// Its value in a message that leaves from `local`; `is_sips` when what it answers to was sips.
    pub(super) fn write(&self, local: Local, user: &str, is_sips: bool) -> String {
        match self {
            OurContact::Absent => String::new(),
            OurContact::Star => "*".to_owned(),
            OurContact::With(params) => format!("<{}>{params}", contact_uri(local, user, is_sips)),
            OurContact::OverFlow => format!("<{};ob>", contact_uri(local, user, is_sips)),
            OurContact::Named(name) => match name.strip_prefix("sip:").filter(|_| is_sips) {
                Some(rest) => format!("<sips:{rest}>"),
                None => format!("<{name}>"),
            },
        }
    }
}

/// A request that can be written any number of times, each with another Via.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) method: Method,
    pub(super) way: Way,
    pub(super) from: Box<[u8]>,
    pub(super) to: Box<[u8]>,
    pub(super) call_id: Box<[u8]>,
    pub(super) cseq: u32,
    pub(super) contact: OurContact,
    pub(super) rows: Vec<(HeaderName, Vec<u8>)>,
    pub(super) credentials: Vec<(HeaderName, Vec<u8>)>,
    pub(super) body: Option<(&'static str, Bytes)>,
}

impl Draft {
    /// A request outside a dialog, with the Route that it begins with.
    pub(super) fn outside(method: Method, target: &[u8], hops: &[String], who: Who) -> Self {
        let routes = RouteSet::preloaded(hops);
        Draft {
            method,
            way: routes.follow(target),
            from: who.from,
            to: who.to,
            call_id: who.call_id,
            cseq: who.cseq,
            contact: OurContact::Absent,
            rows: Vec::new(),
            credentials: Vec::new(),
            body: None,
        }
    }

    /// A request inside a dialog.
    pub(super) fn inside(request: InDialog) -> Self {
        Draft {
            method: request.method,
            way: request.way,
            from: request.from,
            to: request.to,
            call_id: request.call_id,
            cseq: request.cseq,
            contact: OurContact::Absent,
            rows: Vec::new(),
            credentials: Vec::new(),
            body: None,
        }
    }

    /// The ACK that goes where this INVITE went.
    pub(super) fn to_ack(&self) -> Self {
        Draft {
            method: Method::Ack,
            contact: OurContact::Absent,
            rows: Vec::new(),
            body: None,
            ..self.clone()
        }
    }

    /// The same request to another target (RFC 3261 §8.1.3.4), or over one more proxy (§21.3.4).
    pub(super) fn redirect(&mut self, target: &[u8], hops: &[String]) {
        self.way = RouteSet::preloaded(hops).follow(target);
        self.cseq += 1;
        self.credentials.clear();
    }

    /// The value of a header field that was put in.
    pub(super) fn row(&self, name: HeaderName) -> Option<&[u8]> {
        self.rows.iter().find(|(n, _)| *n == name).map(|(_, value)| &value[..])
    }

    /// Puts a header field in, in place of the one before.
    pub(super) fn set(&mut self, name: HeaderName, value: impl Into<Vec<u8>>) {
        self.rows.retain(|(n, _)| *n != name);
        self.rows.push((name, value.into()));
    }

    pub(super) fn with(mut self, name: HeaderName, value: impl Into<Vec<u8>>) -> Self {
        self.rows.push((name, value.into()));
        self
    }

    pub(super) fn with_all(mut self, rows: &[(HeaderName, String)]) -> Self {
        self.rows.extend(rows.iter().map(|(name, value)| (*name, value.clone().into_bytes())));
        self
    }

    /// The whole request as it leaves from `local`. Every one but ACK says which extensions we have (RFC 4028 §7.1).
    pub(super) fn write(&self, local: Local, branch: &str, user: &str, supported: &str) -> Bytes {
        let via = format!("SIP/2.0/{} {};rport;branch={branch}", local.transport.via_name(), local.address);
        let mut out = RequestBuilder::new(self.method.as_str(), &self.way.request_uri)
            .header(HeaderName::VIA, via)
            .header(HeaderName::MAX_FORWARDS, MAX_FORWARDS);
        for route in &self.way.routes {
            out = out.header(HeaderName::ROUTE, route);
        }
        out = out
            .header(HeaderName::FROM, &self.from)
            .header(HeaderName::TO, &self.to)
            .header(HeaderName::CALL_ID, &self.call_id)
            .header(HeaderName::CSEQ, format!("{} {}", self.cseq, self.method));
        match &self.contact {
            OurContact::Absent => {}
            contact => {
                // RFC 3261 §8.1.1.8; a registrar takes a sips contact only at a sips Request-URI (RFC 5630 §5.2).
                let top = self.way.routes.first().filter(|_| self.method != Method::Register);
                let is_sips = is_sips(&self.way.request_uri) || top.is_some_and(|route| is_sips(&route[1..]));
                out = out.header(HeaderName::CONTACT, contact.write(local, user, is_sips));
            }
        }
        if self.method != Method::Ack {
            out = out.header(HeaderName::SUPPORTED, supported);
        }
        for (name, value) in self.rows.iter().chain(&self.credentials) {
            out = out.header(*name, value);
        }
        match &self.body {
            Some((kind, body)) => out.body(kind, body),
            None => out.finish(),
        }
    }
}

/// Who speaks to whom in a request outside a dialog.
pub(super) struct Who {
    pub(super) from: Box<[u8]>,
    pub(super) to: Box<[u8]>,
    pub(super) call_id: Box<[u8]>,
    pub(super) cseq: u32,
}

/// The URI at which we can be reached over `local`, sips or not.
pub(super) fn contact_uri(local: Local, user: &str, is_sips: bool) -> String {
    let transport = match local.transport {
        Transport::Udp => "",
        Transport::Tls if is_sips => "",
        Transport::Tcp => ";transport=tcp",
        Transport::Tls => ";transport=tls",
        Transport::Ws | Transport::Wss => ";transport=ws",
    };
    let at = if user.is_empty() { "" } else { "@" };
    let scheme = if is_sips { "sips" } else { "sip" };
    format!("{scheme}:{user}{at}{}{transport}", local.address)
}

/// A proxy as a Route value. It is a loose router, whether its URI says so or not.
pub(super) fn loose(proxy: &str) -> String {
    let has_lr =
        proxy.split(';').skip(1).any(|p| p.split('=').next().is_some_and(|n| n.eq_ignore_ascii_case("lr")));
    if has_lr { format!("<{proxy}>") } else { format!("<{proxy};lr>") }
}

/// RFC 3261 §8.1.1.6.
const MAX_FORWARDS: &str = "70";
