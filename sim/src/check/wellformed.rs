//! What every message that a node sends must have.

use crate::glance::Glance;
use crate::sight::{Checker, Sight};
use ringback_sip::flow::Flow;
use ringback_sip::time::Instant;

/// Every message sent can be read, has the header fields that are mandatory (RFC 3261 §8.1.1, §8.2.6), and a
/// Content-Length that is true (§20.14), which streams cannot do without.
#[derive(Debug, Default)]
pub struct WellFormed;

impl Checker for WellFormed {
    fn see(&mut self, _: Instant, sight: &Sight) -> Result<(), String> {
        match sight {
            Sight::Sent(_, _, seen) if seen.is_sign() => Ok(()),
            Sight::Sent(_, flow, seen) => {
                let text = || String::from_utf8_lossy(&seen.bytes);
                let glance =
                    seen.glance().ok_or_else(|| format!("an unreadable message was sent:\n{}", text()))?;
                judge(flow, glance).map_err(|e| format!("{e}:\n{}", text()))
            }
            _ => Ok(()),
        }
    }
}

fn judge(flow: &Flow, glance: &Glance) -> Result<(), String> {
    let always = ["via", "from", "to", "call-id", "cseq"];
    let of_requests = ["max-forwards"];
    let needed = always.iter().chain(of_requests.iter().filter(|_| glance.status == 0));
    for name in needed {
        if glance.header(name).is_none() {
            return Err(format!("a message without {name}"));
        }
    }
    if glance.tag("from").is_none() {
        return Err("a From without tag".to_owned());
    }
    if glance.status > 100 && glance.tag("to").is_none() {
        return Err("a response other than 100 without a To tag".to_owned());
    }
    if glance.status == 0 && glance.request != glance.method() {
        return Err("the method of CSeq is not that of the request".to_owned());
    }
    match glance.header("content-length") {
        Some(length) if length.parse() != Ok(glance.body.len()) => Err("a wrong Content-Length".to_owned()),
        None if flow.transport.is_reliable() => Err("no Content-Length on a stream".to_owned()),
        _ => Ok(()),
    }
}
