//! What waits for an answer of the store, by ticket.

use ringback_sip::node::Ticket;
use std::collections::BTreeMap;

/// Most questions that one node may have open; more requests are refused (503).
pub const QUESTIONS_MAX: usize = 1 << 16;

/// The open questions of a node: each ticket with what is needed to go on when its answer comes.
#[derive(Debug)]
pub struct Waiting<T> {
    open: BTreeMap<u64, T>,
    next: u64,
    max: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Waiting::with_limit(QUESTIONS_MAX)
    }
}

impl<T> Waiting<T> {
    /// Nothing waits; at most `max` may.
    pub fn with_limit(max: usize) -> Self {
        Waiting { open: BTreeMap::new(), next: 0, max }
    }

    /// The same with tickets from another range, for a second asker in the same node.
    #[must_use]
    pub fn with_tickets_from(self, first: u64) -> Self {
        Waiting { next: first, ..self }
    }

    /// What waits for answers with this ticket, without an end: a standing question.
    pub fn get(&self, ticket: Ticket) -> Option<&T> {
        self.open.get(&ticket.0)
    }

    /// Keeps `rest` under a new ticket.
    ///
    /// # Errors
    /// Gives `rest` back when too much waits already.
    pub fn open(&mut self, rest: T) -> Result<Ticket, T> {
        let Some(ticket) = self.ticket() else { return Err(rest) };
        self.keep(ticket, rest);
        Ok(ticket)
    }

    /// A new ticket, for a question that may be answered at once; `None` when too much waits already.
    pub fn ticket(&mut self) -> Option<Ticket> {
        if self.open.len() >= self.max {
            return None;
        }
        self.next += 1;
        Some(Ticket(self.next))
    }

    /// Keeps `rest` until the answer with this ticket comes.
    pub fn keep(&mut self, ticket: Ticket, rest: T) {
        self.open.insert(ticket.0, rest);
    }

    /// Takes out what waited for the answer with this ticket; `None` for an answer to nothing.
    pub fn close(&mut self, ticket: Ticket) -> Option<T> {
        self.open.remove(&ticket.0)
    }

    /// How many questions are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether no question is open.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// How many questions may be open.
    pub fn limit(&self) -> usize {
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_is_closed_once_and_their_number_is_bounded() {
        let mut waiting = Waiting::with_limit(2);
        let (a, b) = (waiting.open("a").unwrap(), waiting.open("b").unwrap());
        assert_eq!(waiting.open("c"), Err("c"));
        assert_eq!((waiting.close(b), waiting.close(b), waiting.close(a)), (Some("b"), None, Some("a")));
        let c = waiting.open("c").unwrap();
        assert!(c != a && c != b, "a ticket is never used again");
        assert_eq!(waiting.len(), 1);
    }
}
