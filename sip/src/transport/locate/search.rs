//! The search itself: which question comes next, and what an answer means.

use super::limits::{ADDRESSES_MAX, ALIASES_MAX, QUESTIONS_MAX, SERVICES_MAX, STEPS_MAX, TARGETS_MAX};
use super::naptr::{self, Naptr};
use super::query::{over, service_prefix};
use super::srv::{self, Srv};
use crate::entropy::{Entropy, Seed};
use crate::flow::{Reach, ResolveError, Target, Transport};
use crate::journal::{RecordKind, Search, Shown, Step, Verdict};
use crate::node::ResolveQuery;
use crate::syntax::Host;
use core::net::{IpAddr, SocketAddr};
use smallvec::SmallVec;
use std::collections::VecDeque;

/// What to ask the name servers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The name, without a final dot.
    pub name: Box<str>,
    /// The records.
    pub kind: RecordKind,
}

/// The records that a name has, and the other names that led to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The names that the name asked for stands for (CNAME), in the order in which they were followed.
    pub aliases: Vec<Box<str>>,
    /// The records.
    pub records: Records,
}

/// Records of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// NAPTR records.
    Naptr(Vec<Naptr>),
    /// SRV records.
    Srv(Vec<Srv>),
    /// The addresses of A and AAAA records.
    Address(Vec<IpAddr>),
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The addresses in the order in which to try them.
    pub found: Result<SmallVec<[Target; 2]>, ResolveError>,
    /// How they were found, or why not.
    pub steps: Box<[Step]>,
}

impl Located {
    /// The same for the journal.
    pub fn search(&self, host: &str) -> Search {
        let found = self.found.as_ref().map(|targets| targets.to_vec().into()).map_err(|error| *error);
        Search { host: Shown::from(host), steps: self.steps.clone(), found }
    }
}

/// A question that is still to be asked, and why.
#[derive(Debug)]
enum Errand {
    /// Over which transports the domain is served.
    Transports,
    /// The servers of the domain for a transport.
    Servers { transport: Transport, name: Box<str> },
    /// The addresses of a server.
    Addresses { transport: Transport, name: Box<str>, port: u16 },
}

/// One search.
#[derive(Debug)]
pub struct Locate {
    query: ResolveQuery,
    reach: Reach,
    entropy: Entropy,
    errands: VecDeque<Errand>,
    asked: usize,
    targets: SmallVec<[Target; 2]>,
    steps: Vec<Step>,
    /// Whether the host's own addresses may still be tried: no record says who serves the domain.
    may_fall_back: bool,
    /// The first failure that says more than that there is nothing.
    error: Option<ResolveError>,
}

impl Locate {
    /// A search with what `reach` can send. The order of equals follows from `seed`, the host and
    /// [`ResolveQuery::spread`].
    pub fn new(query: ResolveQuery, reach: Reach, seed: Seed) -> Self {
        let text = [query.host.as_bytes(), &query.spread.to_be_bytes()].concat();
        let mut locate = Locate {
            reach,
            entropy: Entropy::new(Seed::from_number(seed.hash(&text))),
            errands: VecDeque::new(),
            asked: 0,
            targets: SmallVec::new(),
            steps: Vec::new(),
            may_fall_back: false,
            error: None,
            query,
        };
        locate.begin();
        locate
    }

    /// The host that is looked for: the name that a secure peer must prove to have (RFC 5922 §4).
    pub fn host(&self) -> &str {
        &self.query.host
    }

    /// The question that is open, until the search has ended.
    pub fn poll(&mut self) -> Option<Question> {
        if self.errands.is_empty() {
            self.fall_back();
        }
        let (name, kind) = match self.errands.front()? {
            Errand::Transports => (self.query.host.clone(), RecordKind::Naptr),
            Errand::Servers { name, .. } => (name.clone(), RecordKind::Srv),
            Errand::Addresses { name, .. } => (name.clone(), RecordKind::Address),
        };
        if self.targets.len() < TARGETS_MAX && self.asked < QUESTIONS_MAX {
            return Some(Question { name, kind });
        }
        let limit = if self.asked >= QUESTIONS_MAX { "QUESTIONS_MAX" } else { "TARGETS_MAX" };
        self.errands.clear();
        self.may_fall_back = false;
        self.tell(Step::Limit(limit.into()));
        None
    }

    /// Takes the answer to the open question.
    pub fn handle(&mut self, answer: Result<Answer, ResolveError>) {
        let Some(question) = self.poll() else { return };
        let Some(errand) = self.errands.pop_front() else { return };
        self.asked += 1;
        self.tell(Step::Asked {
            name: Shown::from(&*question.name),
            kind: question.kind,
            answer: answer.as_ref().map(|answer| answer.records.len()).map_err(|error| *error),
        });
        let records = answer.map(|answer| {
            for alias in answer.aliases.into_iter().take(ALIASES_MAX) {
                self.tell(Step::Alias { to: Shown::from(&*alias) });
            }
            answer.records
        });
        match (errand, records) {
            (Errand::Transports, Ok(Records::Naptr(records))) => self.take_transports(records),
            // Without an answer the domain's SRV records say as much (§4.1); `sips` stays secure.
            (Errand::Transports, _) => self.ask_every_transport(),
            (Errand::Servers { transport, .. }, Ok(Records::Srv(records))) => {
                self.take_servers(transport, records);
            }
            (Errand::Addresses { transport, port, .. }, Ok(Records::Address(ips))) => {
                self.take_addresses(transport, port, ips);
            }
            (_, Err(error)) => self.note_failure(question.kind, error),
            (_, Ok(_)) => self.note_failure(question.kind, ResolveError::Failed),
        }
    }

    /// Ends the search, whether it has come to its end or not.
    pub fn finish(mut self) -> Located {
        if self.poll().is_some() {
            self.tell(Step::GaveUp);
            self.error.get_or_insert(ResolveError::Timeout);
        }
        let found = match (self.targets.is_empty(), self.error) {
            (false, _) => Ok(self.targets),
            (true, error) => Err(error.unwrap_or(ResolveError::NoAddress)),
        };
        Located { found, steps: self.steps.into() }
    }

    /// What the URI itself decides (§4.1, §4.2).
    fn begin(&mut self) {
        self.query.transport = self.query.transport.map(|named| over(named, self.query.secure));
        if let Some(transport) = self.query.transport {
            self.tell(Step::TransportNamed(transport));
            if !self.reach.has(transport) || (self.query.secure && transport == Transport::Udp) {
                return self.end_without_transport();
            }
        }
        if let Some(ip) = Host(self.query.host.as_bytes()).ip() {
            self.tell(Step::Numeric(ip));
            let Some(transport) = self.transport_or_assumed() else { return };
            let port = self.query.port.unwrap_or(transport.default_port());
            return self.take_addresses(transport, port, vec![ip]);
        }
        if let Some(port) = self.query.port {
            self.tell(Step::PortNamed(port));
            let Some(transport) = self.transport_or_assumed() else { return };
            let name = self.query.host.clone();
            return self.errands.push_back(Errand::Addresses { transport, name, port });
        }
        match self.query.transport {
            Some(transport) => {
                self.may_fall_back = true;
                self.ask_servers(transport);
            }
            None => self.errands.push_back(Errand::Transports),
        }
    }

    fn take_transports(&mut self, records: Vec<Naptr>) {
        let (reach, secure) = (self.reach, self.query.secure);
        let mut told = Vec::new();
        let chosen = naptr::choose(records, reach, secure, |step| told.push(step));
        told.into_iter().for_each(|step| self.tell(step));
        if chosen.services.is_empty() {
            self.ask_every_transport();
            // A domain that names its transports is not served over the one that we would guess.
            self.may_fall_back &= !chosen.speaks_of_sip;
            if chosen.speaks_of_sip {
                self.error = Some(ResolveError::NoTransport);
            }
            return;
        }
        // Should that domain have no SRV records, its addresses serve the transport that it prefers (§4.2).
        self.query.transport = chosen.services.first().map(|(transport, _)| *transport);
        for (transport, name) in chosen.services {
            self.errands.push_back(Errand::Servers { transport, name });
        }
        self.may_fall_back = true;
    }

    /// Without NAPTR: the SRV records of each transport that we have (§4.1).
    fn ask_every_transport(&mut self) {
        self.may_fall_back = true;
        let transports: &[_] =
            if self.query.secure { &[Transport::Tls] } else { &[Transport::Udp, Transport::Tcp] };
        for transport in transports {
            if self.reach.has(*transport) {
                self.ask_servers(*transport);
            }
        }
    }

    fn ask_servers(&mut self, transport: Transport) {
        if let Some(prefix) = service_prefix(transport) {
            let name = format!("{prefix}.{}", self.query.host).into();
            self.errands.push_back(Errand::Servers { transport, name });
        }
    }

    fn take_servers(&mut self, transport: Transport, mut records: Vec<Srv>) {
        if records.is_empty() {
            return;
        }
        self.may_fall_back = false;
        srv::order(&mut records, &mut self.entropy);
        let over = records.len() > SERVICES_MAX;
        records.truncate(SERVICES_MAX);
        let mut errands = Vec::with_capacity(records.len());
        for Srv { priority, weight, target, port } in records {
            let verdict = if target.is_empty() { Verdict::NotOffered } else { Verdict::Taken };
            self.tell(Step::Srv { priority, weight, port, target: Shown::from(&*target), verdict });
            if verdict == Verdict::Taken {
                errands.push(Errand::Addresses { transport, name: target, port });
            }
        }
        if over {
            self.tell(Step::Limit("SERVICES_MAX".into()));
        }
        for errand in errands.into_iter().rev() {
            self.errands.push_front(errand);
        }
    }

    /// IPv4 goes first, else the order of the answer counts.
    fn take_addresses(&mut self, transport: Transport, port: u16, mut ips: Vec<IpAddr>) {
        ips.sort_by_key(IpAddr::is_ipv6);
        let over = ips.len() > ADDRESSES_MAX;
        for ip in ips.into_iter().take(ADDRESSES_MAX) {
            let target = Target { transport, address: SocketAddr::new(ip, port), peer: None };
            let verdict = match () {
                () if !self.reach.covers(transport, ip) => Verdict::NoSocket,
                () if self.targets.contains(&target) => Verdict::Known,
                () if self.targets.len() >= TARGETS_MAX => Verdict::OverLimit,
                () => Verdict::Taken,
            };
            self.tell(Step::Address { ip, verdict });
            if verdict == Verdict::Taken {
                self.targets.push(target);
            }
        }
        if over {
            self.tell(Step::Limit("ADDRESSES_MAX".into()));
        }
    }

    /// No record says who serves the domain: its own addresses are tried, once (§4.2).
    fn fall_back(&mut self) {
        let falls = core::mem::take(&mut self.may_fall_back) && self.targets.is_empty();
        // Servers whose records are still on their way may exist: nobody else is bothered on a guess.
        if !falls || self.error == Some(ResolveError::Timeout) {
            return;
        }
        let Some(transport) = self.transport_or_assumed() else { return };
        let name = self.query.host.clone();
        self.errands.push_back(Errand::Addresses { transport, name, port: transport.default_port() });
    }

    /// The transport that is named; else UDP, TLS for `sips`, or TCP where we have no UDP (§4.1).
    fn transport_or_assumed(&mut self) -> Option<Transport> {
        if self.query.transport.is_some() {
            return self.query.transport;
        }
        let guesses: &[_] =
            if self.query.secure { &[Transport::Tls] } else { &[Transport::Udp, Transport::Tcp] };
        let Some(transport) = guesses.iter().find(|transport| self.reach.has(**transport)).copied() else {
            self.end_without_transport();
            return None;
        };
        self.tell(Step::TransportAssumed(transport));
        Some(transport)
    }

    fn end_without_transport(&mut self) {
        self.tell(Step::NothingUsable);
        self.error = Some(ResolveError::NoTransport);
    }

    /// That there is no SRV record is the common case; that the host has no address, or that nobody answers, is not.
    fn note_failure(&mut self, kind: RecordKind, error: ResolveError) {
        let tells = error.is_temporary() || kind == RecordKind::Address;
        if tells && self.error.is_none_or(|known| !known.is_temporary()) {
            self.error = Some(error);
        }
    }

    fn tell(&mut self, step: Step) {
        match self.steps.len() {
            n if n + 1 < STEPS_MAX => self.steps.push(step),
            n if n < STEPS_MAX => self.steps.push(Step::Limit("STEPS_MAX".into())),
            _ => {}
        }
    }
}

impl Records {
    fn len(&self) -> u16 {
        let len = match self {
            Records::Naptr(records) => records.len(),
            Records::Srv(records) => records.len(),
            Records::Address(ips) => ips.len(),
        };
        u16::try_from(len).unwrap_or(u16::MAX)
    }
}
