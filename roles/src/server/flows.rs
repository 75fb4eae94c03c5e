//! The flows of phones: which of them have ended, so that what was registered over them is not tried
//! (RFC 5626 §7).

use crate::location::{Binding, Bindings};
use crate::routing::is_private;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{ConnectionId, Flow};
use ringback_sip::syntax::Uri;
use ringback_sip::time::Instant;
use std::collections::{HashMap, VecDeque};

/// Most ended connections that a node remembers; an older one is found out when a request is sent on it.
pub const ENDED_FLOWS_MAX: usize = 1 << 14;

/// Connections that have ended.
#[derive(Debug)]
pub(super) struct EndedFlows {
    since: HashMap<ConnectionId, Instant, Seed>,
    order: VecDeque<ConnectionId>,
    max: usize,
}

/// How a contact can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// As it was registered.
    Flow,
    /// At its own address only.
    Contact,
    /// No more, since then; `None`: since a time before this start.
    Gone(Option<Instant>),
}

impl EndedFlows {
    pub(super) fn new(key: Seed) -> Self {
        Self::with_limit(key, ENDED_FLOWS_MAX)
    }

    fn with_limit(key: Seed, max: usize) -> Self {
        EndedFlows { since: HashMap::with_hasher(key.derive(b"flows")), order: VecDeque::new(), max }
    }

    /// Notes that nothing can be sent on a flow any more.
    pub(super) fn note(&mut self, now: Instant, flow: &Flow) {
        let Some(id) = flow.connection else { return };
        if self.since.contains_key(&id) {
            return;
        }
        if self.order.len() >= self.max
            && let Some(oldest) = self.order.pop_front()
        {
            self.since.remove(&oldest);
        }
        self.order.push_back(id);
        self.since.insert(id, now);
    }

    /// The bindings that can be reached, and those that cannot, each with the time since when.
    pub(super) fn sort<'b>(
        &self,
        now: Instant,
        bindings: &'b Bindings,
    ) -> (Bindings, Vec<(&'b Binding, Option<Instant>)>) {
        let is_plain = |b: &Binding| !b.flow.transport.is_reliable() || !b.path().is_empty();
        if bindings.all().iter().all(is_plain) {
            return (bindings.clone(), Vec::new());
        }
        let (mut usable, mut gone) = (Vec::new(), Vec::new());
        for binding in bindings.live(now) {
            match self.reach(binding) {
                Reach::Flow => usable.push(binding.clone()),
                Reach::Contact => {
                    let mut binding = binding.clone();
                    binding.flow.connection = None;
                    usable.push(binding);
                }
                Reach::Gone(since) => gone.push((binding, since)),
            }
        }
        (Bindings::new(usable), gone)
    }

    /// A connection belongs to whoever opened it: when it has ended, a phone that only its own connection reaches
    /// must come back by itself. Nobody connects to the port from which a phone connected.
    fn reach(&self, binding: &Binding) -> Reach {
        if !binding.flow.transport.is_reliable() || !binding.path().is_empty() {
            return Reach::Flow;
        }
        let since = match binding.flow.connection.map(|id| self.since.get(&id)) {
            Some(None) => return Reach::Flow,
            Some(Some(since)) => Some(*since),
            None => None,
        };
        let host = Uri::parse(binding.contact()).ok().map(|uri| uri.host);
        let is_open = host.is_some_and(|host| match host.ip() {
            Some(ip) => !is_private(ip) || ip == binding.flow.remote_ip(),
            None => !host.0.to_ascii_lowercase().ends_with(b".invalid"),
        });
        if binding.is_outbound() || binding.flow.transport.is_web_socket() || !is_open {
            return Reach::Gone(since);
        }
        Reach::Contact
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Parts;
    use ringback_sip::flow::Transport;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn flow(transport: Transport, connection: Option<u64>) -> Flow {
        Flow {
            transport,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "198.51.100.7:40001".parse().unwrap(),
            connection: connection.map(ConnectionId),
            peer: None,
        }
    }

    fn reach(ended: &EndedFlows, contact: &str, transport: Transport, id: Option<u64>, reg_id: u32) -> Reach {
        let parts = Parts { contact: contact.as_bytes(), ..Parts::default() };
        let mut binding = Binding::new(parts, flow(transport, id)).unwrap();
        binding.reg_id = reg_id;
        ended.reach(&binding)
    }

    #[test]
    fn a_phone_whose_connection_has_ended_is_reached_at_its_contact_or_not_at_all() {
        let mut ended = EndedFlows::new(Seed::from_number(1));
        ended.note(T0, &flow(Transport::Tcp, Some(1)));
        let (open, closed) = ("sip:a@203.0.113.5", "sip:a@10.0.0.1");
        let gone = Reach::Gone(Some(T0));
        for (contact, transport, id, reg_id, expected) in [
            (closed, Transport::Udp, None, 1, Reach::Flow),
            (closed, Transport::Tcp, Some(2), 1, Reach::Flow),
            (open, Transport::Tcp, Some(1), 1, gone),
            (open, Transport::Tcp, None, 1, Reach::Gone(None)),
            (open, Transport::Tcp, Some(1), 0, Reach::Contact),
            (closed, Transport::Tcp, Some(1), 0, gone),
            ("sip:a@pc.example.net", Transport::Tcp, Some(1), 0, Reach::Contact),
            ("sip:a@x7.INVALID", Transport::Tcp, Some(1), 0, gone),
            (open, Transport::Wss, Some(1), 0, gone),
            ("sip:a@198.51.100.7", Transport::Tcp, None, 0, Reach::Contact),
        ] {
            assert_eq!(
                reach(&ended, contact, transport, id, reg_id),
                expected,
                "{contact} {transport:?} {id:?}"
            );
        }
    }

    #[test]
    fn the_memory_of_ended_flows_is_bounded_and_forgets_the_oldest() {
        let mut ended = EndedFlows::with_limit(Seed::from_number(1), 3);
        for id in [1, 2, 3, 3, 4] {
            ended.note(T0, &flow(Transport::Tcp, Some(id)));
        }
        ended.note(T0, &flow(Transport::Tcp, None));
        assert_eq!((ended.since.len(), ended.order.len()), (3, 3));
        assert_eq!(reach(&ended, "sip:a@10.0.0.1", Transport::Tcp, Some(1), 1), Reach::Flow);
        assert_eq!(reach(&ended, "sip:a@10.0.0.1", Transport::Tcp, Some(4), 1), Reach::Gone(Some(T0)));
    }
}
