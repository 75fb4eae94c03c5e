//! Presence: many watch one user (SUBSCRIBE, and the first NOTIFY), then each PUBLISH of that user is told to all of them.
//! One watcher answers no NOTIFY but its first: the others must not feel it.

use super::{DOMAIN, Progress, Scenario, answer};
use crate::outbox::{End, Outbox};
use crate::wire::{Id, Wire};
use std::io::Write;
use std::net::SocketAddr;

/// The watchers, and the one who publishes.
#[derive(Debug)]
pub(crate) struct Events {
    /// The operations before this one are subscriptions.
    watchers: u64,
    known: Vec<Watcher>,
    /// Those that were granted their subscription, and who answer.
    granted: u64,
    change: Option<Change>,
    /// The entity tag of what is published.
    tag: Vec<u8>,
    /// How often a watcher was not told a change in time.
    missed: u64,
}

/// The change under way.
#[derive(Clone, Copy, Debug)]
struct Change {
    id: Id,
    /// When it counts as not told, in nanoseconds.
    until: u64,
    /// Watchers that have not been told of it.
    left: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Watcher {
    granted: bool,
    notified: bool,
    /// The change that it was told last.
    told: u64,
}

impl Events {
    pub(crate) fn new(watchers: u64) -> Self {
        let known = vec![Watcher::default(); watchers as usize];
        Events { watchers, known, granted: 0, change: None, tag: Vec::new(), missed: 0 }
    }

    fn subscribe(&self, Id { slot, serial }: Id, out: &mut Outbox) {
        let (from, via) = (out.caller(serial), out.via());
        let run = &out.run;
        let mut text = Vec::with_capacity(512);
        let _ = write!(
            text,
            "SUBSCRIBE sip:u0@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/{via} {from};rport;branch=z9hG4bK{run}-{slot}-{serial}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:w{serial}@{DOMAIN}>;tag=watcher{serial}\r\nTo: <sip:u0@{DOMAIN}>\r\n\
             Call-ID: {run}-{slot}-{serial}\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:w{serial}@{from}>\r\n\
             Event: presence\r\nExpires: 3600\r\nAccept: application/pidf+xml\r\nContent-Length: 0\r\n\r\n"
        );
        out.send_until_settled(End::Caller, slot, from, text.into());
    }

    fn publish(&mut self, Id { slot, serial }: Id, out: &mut Outbox) {
        let (from, via) = (out.caller(serial), out.via());
        let run = &out.run;
        let body = format!(
            "<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:u0@{DOMAIN}\">\
             <tuple id=\"a\"><status><basic>open</basic></status><note>change {serial}</note></tuple></presence>"
        );
        let mut text = Vec::with_capacity(1024);
        let _ = write!(
            text,
            "PUBLISH sip:u0@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/{via} {from};rport;branch=z9hG4bK{run}-{slot}-{serial}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:u0@{DOMAIN}>;tag=publisher{serial}\r\nTo: <sip:u0@{DOMAIN}>\r\n\
             Call-ID: {run}-{slot}-{serial}\r\nCSeq: 1 PUBLISH\r\nEvent: presence\r\nExpires: 3600\r\n"
        );
        if !self.tag.is_empty() {
            text.extend_from_slice(&[b"SIP-If-Match: ", &self.tag[..], b"\r\n"].concat());
        }
        let _ = write!(
            text,
            "Content-Type: application/pidf+xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.change = Some(Change { id: Id { slot, serial }, until: out.now + TELLING, left: self.granted });
        out.send_until_settled(End::Caller, slot, from, text.into());
    }

    /// A watcher was granted its subscription, and told the state.
    fn progress(&self, watcher: u64) -> Progress {
        let watcher = self.known.get(watcher as usize).copied().unwrap_or_default();
        if watcher.granted && watcher.notified { Progress::Done } else { Progress::Ongoing }
    }

    /// A watcher was told a change: that under way, when the body has its number.
    fn told(&mut self, watcher: u64, wire: &Wire<'_>) -> Progress {
        let (known, Some(change)) = (&mut self.known[watcher as usize], &mut self.change) else {
            return Progress::Ongoing;
        };
        let is_new =
            known.granted && known.told != change.id.serial && wire.change() == Some(change.id.serial);
        if !is_new || watcher == MUTE {
            return Progress::Ongoing;
        }
        known.told = change.id.serial;
        change.left -= 1;
        if change.left > 0 {
            return Progress::Answered;
        }
        self.change = None;
        Progress::Done
    }
}

impl Scenario for Events {
    fn begin(&mut self, id: Id, out: &mut Outbox) {
        if id.serial < self.watchers { self.subscribe(id, out) } else { self.publish(id, out) }
    }

    fn response(&mut self, id: Id, status: u16, wire: &Wire<'_>, out: &mut Outbox) -> Progress {
        match status {
            ..200 => Progress::Ongoing,
            200..300 => {
                out.settle(End::Caller, id.slot);
                if id.serial >= self.watchers {
                    self.tag = wire.etag.to_vec();
                    return Progress::Ongoing;
                }
                let known = &mut self.known[id.serial as usize];
                self.granted += u64::from(!known.granted && id.serial != MUTE);
                known.granted = true;
                self.progress(id.serial)
            }
            _ => {
                self.change = self.change.filter(|change| change.id != id);
                Progress::Failed(status)
            }
        }
    }

    /// A change that was not told to all in time.
    fn overdue(&mut self, out: &Outbox) -> Option<Id> {
        let change = self.change.filter(|change| change.until <= out.now)?;
        self.missed += change.left;
        self.change = None;
        Some(change.id)
    }

    fn missed(&self) -> u64 {
        self.missed
    }

    /// The change that a NOTIFY tells of, when its subscription is none that is being made.
    fn owner(&self) -> Option<Id> {
        self.change.map(|change| change.id)
    }

    fn request(&mut self, id: Option<Id>, local: SocketAddr, wire: &Wire<'_>, out: &mut Outbox) -> Progress {
        let Some(watcher) = wire.id_of_call(&out.run).map(|id| id.serial).filter(|w| *w < self.watchers)
        else {
            return Progress::Ongoing;
        };
        let is_first = !self.known[watcher as usize].notified;
        if watcher == MUTE && !is_first {
            return Progress::Ongoing;
        }
        out.send(local, answer(wire, "200 OK", None));
        self.known[watcher as usize].notified = true;
        match id {
            Some(id) if id.serial == watcher => {
                if is_first {
                    self.progress(watcher)
                } else {
                    Progress::Ongoing
                }
            }
            _ => self.told(watcher, wire),
        }
    }
}

/// The watcher that does not answer.
const MUTE: u64 = 0;
/// A change that was not told by then, in nanoseconds, is not told: as long as a NOTIFY is sent again (RFC 3261 §17.1.2.2).
const TELLING: u64 = 32_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Ports;
    use ringback_sip::flow::Transport;

    const AT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);

    fn bench(watchers: u64) -> (Events, Outbox) {
        let ports = Ports { server: AT, transport: Transport::Udp, callers: vec![AT], callees: vec![AT] };
        (Events::new(watchers), Outbox::new(ports, "r1".to_owned(), 8))
    }

    fn id(serial: u64) -> Id {
        Id { slot: 0, serial }
    }

    fn notify(events: &mut Events, out: &mut Outbox, of: Option<Id>, watcher: u64, body: &str) -> Progress {
        let text =
            format!("NOTIFY sip:w@h SIP/2.0\r\nCall-ID: r1-0-{watcher}\r\nTo: <sip:w@h>;tag=w\r\n\r\n{body}");
        events.request(of, AT, &Wire::read(text.as_bytes()), out)
    }

    fn subscribe(events: &mut Events, out: &mut Outbox, watcher: u64, status: u16) -> Progress {
        events.begin(id(watcher), out);
        let progress = events.response(id(watcher), status, &Wire::default(), out);
        if status < 300 { notify(events, out, Some(id(watcher)), watcher, "") } else { progress }
    }

    #[test]
    fn a_change_is_done_when_all_who_were_granted_and_answer_have_its_number() {
        let (mut events, mut out) = bench(4);
        for watcher in [0, 1, 2] {
            assert_eq!(subscribe(&mut events, &mut out, watcher, 200), Progress::Done);
        }
        assert_eq!(subscribe(&mut events, &mut out, 3, 503), Progress::Failed(503));
        events.begin(id(4), &mut out);
        let owner = events.owner();
        assert_eq!(notify(&mut events, &mut out, owner, 1, "<note>change 40</note>"), Progress::Ongoing);
        assert_eq!(notify(&mut events, &mut out, owner, 1, "<note>change 4</note>"), Progress::Answered);
        assert_eq!(
            notify(&mut events, &mut out, owner, 1, "<note>change 4</note>"),
            Progress::Ongoing,
            "again"
        );
        assert_eq!(notify(&mut events, &mut out, owner, MUTE, "<note>change 4</note>"), Progress::Ongoing);
        assert_eq!(notify(&mut events, &mut out, owner, 2, "<note>change 4</note>"), Progress::Done);
        assert_eq!((events.owner(), events.missed()), (None, 0));
    }

    #[test]
    fn a_change_that_does_not_arrive_has_failed_and_says_at_how_many() {
        let (mut events, mut out) = bench(3);
        for watcher in 0..3 {
            subscribe(&mut events, &mut out, watcher, 200);
        }
        events.begin(id(3), &mut out);
        out.now = TELLING - 1;
        assert_eq!(events.overdue(&out), None);
        let owner = events.owner();
        assert_eq!(notify(&mut events, &mut out, owner, 2, "<note>change 3</note>"), Progress::Answered);
        out.now = TELLING;
        assert_eq!((events.overdue(&out), events.missed()), (owner, 1));
        assert_eq!(events.overdue(&out), None);
    }
}
