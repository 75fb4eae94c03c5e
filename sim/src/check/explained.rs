//! No answer without its reason.

use crate::place::HostId;
use crate::sight::{Checker, Sight};
use ringback_sip::journal::Fact;
use ringback_sip::time::Instant;
use std::collections::BTreeSet;

/// Each final response that a named machine sends stands in its journal: as an answer of its own with the
/// cause, or as one that it passed on.
#[derive(Debug)]
pub struct Explained {
    by: Vec<HostId>,
    sent: BTreeSet<(HostId, Vec<u8>, u16)>,
    told: BTreeSet<(HostId, Vec<u8>, u16)>,
}

impl Explained {
    /// Watches these machines.
    pub fn by(machines: &[HostId]) -> Self {
        Explained { by: machines.to_vec(), sent: BTreeSet::new(), told: BTreeSet::new() }
    }
}

impl Checker for Explained {
    fn see(&mut self, _: Instant, sight: &Sight) -> Result<(), String> {
        match sight {
            Sight::Sent(host, _, seen) if self.by.contains(host) => {
                if let Some(glance) = seen.glance().filter(|g| g.is_final()) {
                    self.sent.insert((*host, glance.call_id().as_bytes().to_vec(), glance.status));
                }
            }
            Sight::Journal(host, entry) => {
                if let Fact::Answered { status, .. } | Fact::Passed { status, .. } = &entry.fact {
                    self.told.insert((*host, entry.call_id.to_vec(), status.number()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        match self.sent.difference(&self.told).next() {
            Some((host, call, status)) => Err(format!(
                "{host:?} sent {status} to {} and its journal does not say why",
                call.escape_ascii()
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sight::Seen;
    use ringback_sip::flow::{Flow, Transport};
    use ringback_sip::journal::{Cause, Entry};
    use ringback_sip::registry::{Method, StatusCode};

    #[test]
    fn an_answer_that_the_journal_does_not_explain_is_found() {
        let address = "10.0.0.1:5060".parse().unwrap();
        let flow =
            Flow { transport: Transport::Udp, local: address, remote: address, connection: None, peer: None };
        let text = "SIP/2.0 486 Busy Here\r\nCall-ID: 7\r\nCSeq: 1 INVITE\r\n\r\n";
        let sent = Sight::Sent(HostId(0), flow, Seen::new(text.as_bytes().into()));
        let entry = |status| {
            let fact =
                Fact::Answered { method: Some(Method::Invite), status, peer: address, cause: Cause::User };
            Sight::Journal(HostId(0), Box::new(Entry::new(Instant::EPOCH, b"7", fact)))
        };
        let verdict = |sights: &[Sight]| {
            let mut checker = Explained::by(&[HostId(0)]);
            sights.iter().for_each(|s| checker.see(Instant::EPOCH, s).unwrap());
            checker.finish()
        };
        assert!(verdict(std::slice::from_ref(&sent)).is_err());
        assert!(verdict(&[sent.clone(), entry(StatusCode::NOT_FOUND)]).is_err());
        assert!(verdict(&[sent, entry(StatusCode::BUSY_HERE)]).is_ok());
    }
}
