//! Requests and their answers, on every machine by itself.

use crate::glance::Glance;
use crate::place::HostId;
use crate::sight::{Checker, Sight};
use ringback_sip::time::{Duration, Instant};
use std::collections::{BTreeMap, BTreeSet};

/// A server transaction as the wire shows it: machine, branch, sent-by, method.
type Transaction = (HostId, String, String, String);

fn transaction(host: HostId, glance: &Glance) -> Transaction {
    let (branch, sent_by) = glance.transaction();
    let method = if glance.status == 0 { glance.request.clone() } else { glance.method().to_owned() };
    (host, branch, sent_by, method)
}

/// No machine sends a response to a request that it did not get, and each request gets one final response: all
/// copies are the same, but for the 2xx to an INVITE, of which a forking proxy passes one for each callee
/// (RFC 3261 §16.7 step 5). After 64·T1 a server has forgotten the request, and a late copy is a new one.
#[derive(Debug, Default)]
pub struct Answers {
    asked: BTreeSet<Transaction>,
    finals: BTreeMap<Transaction, (Instant, Vec<(u16, String)>)>,
    /// Machines and Call-IDs for which a 2xx was received: they forward, they do not answer themselves.
    forwarded: BTreeSet<(HostId, String)>,
}

impl Answers {
    fn see_final(&mut self, at: Instant, key: Transaction, glance: &Glance) -> Result<(), String> {
        let answer = (glance.status, glance.tag("to").unwrap_or_default().to_owned());
        let (is_invite, is_success) = (key.3 == "INVITE", glance.status < 300);
        let forwards = self.forwarded.contains(&(key.0, glance.call_id().to_owned()));
        let (first, before) = self.finals.entry(key.clone()).or_insert((at, Vec::new()));
        if at.since(*first) >= MEMORY {
            (*first, *before) = (at, Vec::new());
        }
        if before.contains(&answer) {
            return Ok(());
        }
        let is_further_callee =
            is_invite && is_success && forwards && before.iter().all(|(status, _)| *status < 300);
        // The guard may close between two copies of a request of which the server kept nothing.
        let is_of_guard = |status: u16| matches!(status, 401 | 403 | 407);
        let is_lockout = is_of_guard(answer.0) && before.iter().all(|(status, _)| is_of_guard(*status));
        if !before.is_empty() && !is_further_callee && !is_lockout {
            return Err(format!(
                "a second final response {answer:?} after {before:?} to {} {}",
                key.3, key.1
            ));
        }
        before.push(answer);
        Ok(())
    }
}

impl Checker for Answers {
    fn see(&mut self, at: Instant, sight: &Sight) -> Result<(), String> {
        match sight {
            Sight::Received(host, _, seen) => {
                let Some(glance) = seen.glance() else { return Ok(()) };
                if glance.status == 0 {
                    self.asked.insert(transaction(*host, glance));
                } else if glance.is_final() && glance.status < 300 {
                    self.forwarded.insert((*host, glance.call_id().to_owned()));
                }
                Ok(())
            }
            Sight::Sent(host, _, seen) => {
                let Some(glance) = seen.glance().filter(|g| g.status > 0) else { return Ok(()) };
                let key = transaction(*host, glance);
                if !self.asked.contains(&key) {
                    return Err(format!(
                        "a response {} to a request that never came: {key:?}",
                        glance.status
                    ));
                }
                if glance.is_final() { self.see_final(at, key, glance) } else { Ok(()) }
            }
            Sight::Booted(host) => {
                // A machine that starts again knows nothing of what it answered before.
                self.finals.retain(|key, _| key.0 != *host);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// How long a server remembers a request that it answered: 64·T1 (RFC 3261 §17.2).
const MEMORY: Duration = Duration::from_secs(32);

/// At the end, each of the named machines has sent a final response to each INVITE that it got, unless it went down meanwhile.
/// (Other requests may stay without one: RFC 4320 forbids a late 408.)
#[derive(Debug, Default)]
pub struct EveryInviteAnswered {
    by: Vec<HostId>,
    open: BTreeSet<Transaction>,
    answered: BTreeSet<Transaction>,
}

impl EveryInviteAnswered {
    /// Watches these machines.
    pub fn by(machines: &[HostId]) -> Self {
        EveryInviteAnswered { by: machines.to_vec(), ..Self::default() }
    }
}

impl Checker for EveryInviteAnswered {
    fn see(&mut self, _: Instant, sight: &Sight) -> Result<(), String> {
        match sight {
            Sight::Received(host, _, seen) if self.by.contains(host) => {
                if let Some(glance) = seen.glance().filter(|g| g.request == "INVITE") {
                    let key = transaction(*host, glance);
                    if !self.answered.contains(&key) {
                        self.open.insert(key);
                    }
                }
            }
            Sight::Sent(host, _, seen) => {
                if let Some(glance) = seen.glance().filter(|g| g.is_final()) {
                    let key = transaction(*host, glance);
                    self.open.remove(&key);
                    self.answered.insert(key);
                }
            }
            Sight::Crashed(host) => {
                self.open.retain(|key| key.0 != *host);
                self.answered.retain(|key| key.0 != *host);
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        match self.open.first() {
            Some(key) => Err(format!("an INVITE never got a final response: {key:?}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sight::Seen;
    use bytes::Bytes;
    use ringback_sip::flow::{Flow, Transport};

    const PROXY: HostId = HostId(1);

    fn flow() -> Flow {
        let address = "10.0.0.1:5060".parse().unwrap();
        Flow { transport: Transport::Udp, local: address, remote: address, connection: None, peer: None }
    }

    fn message(first: &str, cseq: &str, tag: &str) -> Bytes {
        let text = format!(
            "{first}\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nTo: <sip:b@x>;tag={tag}\r\nCall-ID: 1\r\nCSeq: 1 {cseq}\r\n\r\n"
        );
        text.into_bytes().into()
    }

    fn received(first: &str, cseq: &str) -> Sight {
        Sight::Received(PROXY, flow(), Seen::new(message(first, cseq, "x")))
    }

    fn sent(first: &str, cseq: &str, tag: &str) -> Sight {
        Sight::Sent(PROXY, flow(), Seen::new(message(first, cseq, tag)))
    }

    fn see_all(checker: &mut impl Checker, sights: &[Sight]) -> Result<(), String> {
        sights.iter().try_for_each(|s| checker.see(Instant::EPOCH, s))
    }

    #[test]
    fn an_answer_to_nothing_is_found() {
        let lone = [sent("SIP/2.0 200 OK", "BYE", "a")];
        assert!(see_all(&mut Answers::default(), &lone).unwrap_err().contains("never came"));
        let cancel = [received("CANCEL sip:b SIP/2.0", "CANCEL"), sent("SIP/2.0 200 OK", "INVITE", "a")];
        assert!(see_all(&mut Answers::default(), &cancel).is_err());
    }

    #[test]
    fn a_second_final_response_is_found_and_a_repeated_one_is_not() {
        let ask = received("BYE sip:b SIP/2.0", "BYE");
        let first = sent("SIP/2.0 200 OK", "BYE", "a");
        let repeated = [ask.clone(), first.clone(), first.clone()];
        assert!(see_all(&mut Answers::default(), &repeated).is_ok());
        let other = [ask, first, sent("SIP/2.0 481 Gone", "BYE", "a")];
        assert!(see_all(&mut Answers::default(), &other).unwrap_err().contains("second final"));
    }

    #[test]
    fn a_fork_may_pass_a_2xx_of_each_callee_but_may_not_make_them_up() {
        let ask = received("INVITE sip:b SIP/2.0", "INVITE");
        let (a, b) = (sent("SIP/2.0 200 OK", "INVITE", "a"), sent("SIP/2.0 200 OK", "INVITE", "b"));
        assert!(see_all(&mut Answers::default(), &[ask.clone(), a.clone(), b.clone()]).is_err());
        let answered = received("SIP/2.0 200 OK", "INVITE");
        assert!(see_all(&mut Answers::default(), &[ask, answered, a, b]).is_ok());
    }

    #[test]
    fn an_invite_without_an_end_is_found() {
        let mut checker = EveryInviteAnswered::by(&[PROXY]);
        let ask = received("INVITE sip:b SIP/2.0", "INVITE");
        see_all(&mut checker, &[ask.clone(), sent("SIP/2.0 180 Ringing", "INVITE", "a")]).unwrap();
        assert!(checker.finish().is_err());
        see_all(&mut checker, &[sent("SIP/2.0 486 Busy", "INVITE", "a")]).unwrap();
        assert!(checker.finish().is_ok());
        see_all(&mut checker, std::slice::from_ref(&ask)).unwrap();
        assert!(checker.finish().is_ok(), "a late copy of an answered INVITE asks for nothing");
        see_all(&mut checker, &[Sight::Crashed(PROXY), ask, Sight::Crashed(PROXY)]).unwrap();
        assert!(checker.finish().is_ok());
    }
}
