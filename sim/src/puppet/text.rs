//! Messages put together by hand.

use crate::glance::Glance;
use bytes::Bytes;
use ringback_sip::flow::Transport;
use std::fmt::Write;
use std::net::SocketAddr;

/// A request; `headers` stand between the mandatory ones and the body.
pub(super) struct RequestText<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    pub transport: Transport,
    pub sent_by: SocketAddr,
    pub branch: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub call_id: &'a str,
    pub cseq: u32,
    pub max_forwards: u32,
    pub headers: &'a [(String, String)],
    pub body: &'a str,
}

impl RequestText<'_> {
    pub(super) fn bytes(&self) -> Bytes {
        let mut out = String::new();
        let _ = write!(
            out,
            "{} {} SIP/2.0\r\nVia: SIP/2.0/{} {};branch={};rport\r\nMax-Forwards: {}\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: {} {}\r\n",
            self.method,
            self.uri,
            self.transport.via_name(),
            self.sent_by,
            self.branch,
            self.max_forwards,
            self.from,
            self.to,
            self.call_id,
            self.cseq,
            self.method,
        );
        finish(out, self.headers, self.body)
    }
}

/// A response to `request`.
pub(super) fn response(
    request: &Glance,
    status: u16,
    to_tag: &str,
    headers: &[(String, String)],
    body: &str,
) -> Bytes {
    let mut out = format!("SIP/2.0 {status} Said By A Puppet\r\n");
    for name in ["via", "from", "to", "call-id", "cseq", "record-route"] {
        for value in request.headers.get(name).into_iter().flatten() {
            let tag = if name == "to" && status > 100 && request.tag("to").is_none() {
                format!(";tag={to_tag}")
            } else {
                String::new()
            };
            let _ = write!(out, "{name}: {value}{tag}\r\n");
        }
    }
    finish(out, headers, body)
}

fn finish(mut out: String, headers: &[(String, String)], body: &str) -> Bytes {
    for (name, value) in headers {
        let _ = write!(out, "{name}: {value}\r\n");
    }
    if !body.is_empty() && !headers.iter().any(|(name, _)| name == "Content-Type") {
        out.push_str("Content-Type: application/sdp\r\n");
    }
    let _ = write!(out, "Content-Length: {}\r\n\r\n{body}", body.len());
    out.into_bytes().into()
}

/// The URI inside a header value: between angle brackets, or before the first parameter.
pub(super) fn uri_of(value: &str) -> &str {
    match value.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
        None => value.split(';').next().unwrap_or_default().trim(),
    }
}

/// The address in a URI that names one.
pub(super) fn address_of(uri: &str) -> Option<SocketAddr> {
    let rest = uri.split_once(':')?.1;
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split([';', '?']).next()?;
    host.parse().ok().or_else(|| Some(SocketAddr::new(host.trim_matches(['[', ']']).parse().ok()?, 5060)))
}

/// A header's values, commas split as far as no bracket encloses them.
pub(super) fn values(glance: &Glance, name: &str) -> Vec<String> {
    let rows = glance.headers.get(name).into_iter().flatten();
    rows.flat_map(|row| {
        row.split(", <").enumerate().map(|(n, v)| if n == 0 { v.to_owned() } else { format!("<{v}") })
    })
    .collect()
}
