//! The search of a machine for the addresses of a name (RFC 3263), in the world's time.

use crate::network::{Happening, Network};
use crate::place::HostId;
use crate::search::Search;
use crate::sight::{NamePacket, Sight};
use crate::zone::Reply;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Reach, ResolveError};
use ringback_sip::journal::RecordKind;
use ringback_sip::node::{ResolveQuery, Ticket};
use ringback_sip::time::Duration;
use ringback_sip::transport::locate::{Answer, Locate, Located, Question, Records};

impl Network {
    pub(crate) fn answer_name(&mut self, host: HostId, ticket: Ticket, query: ResolveQuery) {
        let life = self.slots[host.0].life;
        if let Some(targets) = self.names.get(&query.host.to_ascii_lowercase()) {
            let located = Located { found: Ok(targets.iter().copied().collect()), steps: Box::default() };
            let delay = self.answer_delay();
            return self.plan(delay, Happening::Resolved { host, life, ticket, located });
        }
        let reach = self.slots[host.0]
            .sockets
            .iter()
            .fold(Reach::default(), |reach, (transport, address)| reach.with(*transport, address.is_ipv4()));
        let locate = Locate::new(query, reach, Seed::from_number(host.0 as u64));
        let until = self.now + SEARCH_TIME_MAX;
        self.search(Box::new(Search { host, life, ticket, locate, until }));
    }

    pub(crate) fn go_on_searching(&mut self, mut search: Box<Search>, answer: Result<Answer, ResolveError>) {
        search.locate.handle(answer);
        self.search(search);
    }

    /// Asks the next question, or tells the machine what the search came to.
    fn search(&mut self, mut search: Box<Search>) {
        let question = search.locate.poll().filter(|_| self.now < search.until);
        let Some(question) = question else {
            let Search { host, life, ticket, locate, .. } = *search;
            let located = locate.finish();
            return self.plan(Duration::ZERO, Happening::Resolved { host, life, ticket, located });
        };
        let Reply { answer, late } = self.zone.reply(&question);
        let (host, life) = (search.host, search.life);
        let mut packets = self.packets(host, &question);
        let lost = (0..ATTEMPTS).take_while(|_| self.dice.happens(self.weather.loss)).count() as u32;
        let (answer, delay) = match answer {
            _ if lost == ATTEMPTS => (Err(ResolveError::Timeout), ANSWER_TIME_MAX * ATTEMPTS),
            Err(ResolveError::Timeout) => (Err(ResolveError::Timeout), ANSWER_TIME_MAX * ATTEMPTS),
            answer => (answer, ANSWER_TIME_MAX * lost + late + self.answer_delay()),
        };
        let asked = (delay.as_micros() / ANSWER_TIME_MAX.as_micros()).min(u128::from(ATTEMPTS) - 1) as u32;
        for attempt in 0..=asked {
            self.plan(ANSWER_TIME_MAX * attempt, Happening::Asked { host, life, packets: packets.clone() });
        }
        if self.now + delay > search.until {
            // Whoever asked hears at the end of its patience.
            let delay = search.until - self.now;
            let Search { host, life, ticket, locate, .. } = *search;
            let located = locate.finish();
            return self.plan(delay, Happening::Resolved { host, life, ticket, located });
        }
        if let Some(code) = code(&answer) {
            for packet in &mut packets {
                packet.code = Some(code);
                packet.answers = answer.as_ref().map_or(0, |answer| count(&answer.records, packet.record));
            }
            self.plan(delay, Happening::Asked { host, life, packets });
        }
        self.plan(delay, Happening::Answered { search, answer });
    }

    /// What a machine sends to ask this: a packet for each type of record.
    fn packets(&self, host: HostId, question: &Question) -> Vec<NamePacket> {
        let speaks = |is_ipv4| self.slots[host.0].sockets.iter().any(|(_, own)| own.is_ipv4() == is_ipv4);
        let records: &[(u16, bool)] = match question.kind {
            RecordKind::Naptr => &[(NAPTR, true)],
            RecordKind::Srv => &[(SRV, true)],
            RecordKind::Address => &[(A, speaks(true)), (AAAA, speaks(false))],
        };
        let asked = records.iter().filter(|(_, is_asked)| *is_asked);
        asked
            .map(|&(record, _)| NamePacket { name: question.name.clone(), record, code: None, answers: 0 })
            .collect()
    }

    /// Shows observers what a machine asked the name servers, or heard of them.
    pub(crate) fn show_names(&mut self, host: HostId, life: u32, packets: Vec<NamePacket>) {
        if self.slots[host.0].life == life && self.slots[host.0].host.is_up() {
            packets.into_iter().for_each(|packet| self.see(|_| Sight::Asked(host, packet)));
        }
    }

    fn answer_delay(&mut self) -> Duration {
        self.dice.between(self.weather.delay_min, self.weather.delay_max) * 2
    }
}

/// The response code; `None` when nobody answers (RFC 1035 §4.1.1).
fn code(answer: &Result<Answer, ResolveError>) -> Option<u8> {
    match answer {
        Ok(_) => Some(0),
        Err(ResolveError::NoSuchName) => Some(3),
        Err(ResolveError::Timeout) => None,
        Err(_) => Some(2),
    }
}

/// How many of the records are of this type.
fn count(records: &Records, record: u16) -> u16 {
    let count = match records {
        Records::Naptr(found) => found.len(),
        Records::Srv(found) => found.len(),
        Records::Address(found) => found.iter().filter(|ip| ip.is_ipv4() == (record == A)).count(),
    };
    count as u16
}

const A: u16 = 1;
const AAAA: u16 = 28;
const SRV: u16 = 33;
const NAPTR: u16 = 35;
/// How often a resolver asks one question.
const ATTEMPTS: u32 = 2;
/// How long it waits each time.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);
/// How long one search may take.
const SEARCH_TIME_MAX: Duration = Duration::from_secs(8);
