//! The search of a machine for the addresses of a name (RFC 3263), in the world's time.

use crate::network::{Happening, Network};
use crate::place::HostId;
use crate::search::Search;
use crate::zone::Reply;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Reach, ResolveError};
use ringback_sip::node::{ResolveQuery, Ticket};
use ringback_sip::time::Duration;
use ringback_sip::transport::locate::{Answer, Locate, Located};

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
        let lost = (0..ATTEMPTS).take_while(|_| self.dice.happens(self.weather.loss)).count() as u32;
        let (answer, delay) = match answer {
            _ if lost == ATTEMPTS => (Err(ResolveError::Timeout), ANSWER_TIME_MAX * ATTEMPTS),
            Err(ResolveError::Timeout) => (Err(ResolveError::Timeout), ANSWER_TIME_MAX * ATTEMPTS),
            answer => (answer, ANSWER_TIME_MAX * lost + late + self.answer_delay()),
        };
        if self.now + delay > search.until {
            // Whoever asked hears at the end of its patience.
            let delay = search.until - self.now;
            let Search { host, life, ticket, locate, .. } = *search;
            let located = locate.finish();
            return self.plan(delay, Happening::Resolved { host, life, ticket, located });
        }
        self.plan(delay, Happening::Answered { search, answer });
    }

    fn answer_delay(&mut self) -> Duration {
        self.dice.between(self.weather.delay_min, self.weather.delay_max) * 2
    }
}

/// How often a resolver asks one question.
const ATTEMPTS: u32 = 2;
/// How long it waits each time.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);
/// How long one search may take.
const SEARCH_TIME_MAX: Duration = Duration::from_secs(8);
