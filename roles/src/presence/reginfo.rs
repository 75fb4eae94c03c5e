//! Registration information documents (RFC 3680): the bindings of a user, with the names of his instances (RFC 5628).

use super::package::Source;
use crate::location::Binding;
use crate::xml::escape;
use ringback_sip::entropy::{Seed, Token};
use ringback_sip::syntax::Params;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The media type (RFC 3680 §6).
pub(super) const MEDIA_TYPE: &str = "application/reginfo+xml";

/// The document of a user: all contacts, or what changed since the document before.
pub(super) fn compose(source: &Source<'_>) -> Vec<u8> {
    let known = |bindings: &[Binding]| -> BTreeMap<u64, Binding> {
        bindings.iter().map(|binding| (id(binding), binding.clone())).collect()
    };
    let live: Vec<_> = source.state.bindings.live(source.now).cloned().collect();
    let (live, before) = (known(&live), source.before.map(|before| known(before.bindings.all())));
    let state = match (live.is_empty(), &before) {
        (false, _) => "active",
        (true, Some(before)) if !before.is_empty() => "terminated",
        (true, _) => "init",
    };
    let aor = String::from_utf8_lossy(source.aor.as_bytes());
    let mut out = String::with_capacity(1024);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<?xml version=\"1.0\"?>\r\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" \
         xmlns:gr=\"urn:ietf:params:xml:ns:gruuinfo\" version=\"{}\" state=\"{}\">\
         <registration aor=\"sip:{}\" id=\"{}\" state=\"{state}\">",
        source.version,
        if before.is_some() { "partial" } else { "full" },
        escape(&aor),
        Token::from_u64(hash(source.aor.as_bytes())).as_str(),
    );
    for (id, binding) in &live {
        let event = match before.as_ref().map(|before| before.get(id)) {
            None | Some(None) => "registered",
            Some(Some(known)) if known == binding => continue,
            Some(Some(known)) if binding.expires < known.expires => "shortened",
            Some(Some(_)) => "refreshed",
        };
        push(&mut out, source, *id, binding, event);
    }
    for (id, binding) in before.iter().flatten().filter(|(id, _)| !live.contains_key(id)) {
        let event = if binding.is_live(source.now) { "unregistered" } else { "expired" };
        let _ = write!(
            out,
            "<contact id=\"{}\" state=\"terminated\" event=\"{event}\"><uri>{}</uri></contact>",
            Token::from_u64(*id).as_str(),
            text(binding.contact())
        );
    }
    out.push_str("</registration></reginfo>\r\n");
    out.into_bytes()
}

/// What a contact is known by in all documents: its URI, and whose flow it is.
fn id(binding: &Binding) -> u64 {
    let flow = binding.reg_id.to_be_bytes();
    hash(&[binding.contact(), b"\n", binding.instance(), b"\n", &flow[..]].concat())
}

fn hash(text: &[u8]) -> u64 {
    Seed::from_number(0).hash(text)
}

fn push(out: &mut String, source: &Source<'_>, id: u64, binding: &Binding, event: &str) {
    let _ = write!(
        out,
        "<contact id=\"{}\" state=\"active\" event=\"{event}\" expires=\"{}\" q=\"{}\"",
        Token::from_u64(id).as_str(),
        binding.expires.since(source.now).as_secs(),
        binding.q
    );
    if source.is_owner {
        let _ = write!(out, " callid=\"{}\" cseq=\"{}\"", text(binding.call_id()), binding.cseq);
    }
    let _ = write!(out, "><uri>{}</uri>", text(binding.contact()));
    let mut param = |name: &[u8], value: &[u8]| {
        let _ = write!(out, "<unknown-param name=\"{}\">{}</unknown-param>", text(name), text(value));
    };
    if !binding.instance().is_empty() {
        param(b"+sip.instance", binding.instance());
    }
    if binding.is_outbound() {
        param(b"reg-id", binding.reg_id.to_string().as_bytes());
    }
    for (name, value) in Params::new(binding.params()).iter() {
        param(name, value.unwrap_or_default());
    }
    push_gruus(out, source, binding);
    out.push_str("</contact>");
}

/// The names of the contact's instance: the temporary one for who may register it (RFC 5628 §5).
fn push_gruus(out: &mut String, source: &Source<'_>, binding: &Binding) {
    if binding.instance().is_empty() {
        return;
    }
    if let Some(uri) = source.gruus.public(source.aor, binding) {
        let _ = write!(out, "<gr:pub-gruu uri=\"{}\"/>", text(&uri));
    }
    let siblings = source.state.bindings.live(source.now).filter(|b| b.instance() == binding.instance());
    let newest = siblings.max_by_key(|b| b.refreshed).unwrap_or(binding);
    if source.is_owner
        && let Some(uri) = source.gruus.temporary(source.aor, newest)
    {
        // The number of the first one is not kept. With that of the newest a phone forgets some that are still good,
        // and keeps none that is not.
        let _ = write!(out, "<gr:temp-gruu uri=\"{}\" first-cseq=\"{}\"/>", text(&uri), newest.cseq);
    }
}

fn text(bytes: &[u8]) -> String {
    escape(&String::from_utf8_lossy(bytes))
}
