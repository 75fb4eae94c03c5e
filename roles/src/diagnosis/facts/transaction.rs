//! A transaction as it was seen on one hop.

use super::message::Message;
use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::registry::Method;
use ringback_sip::time::Instant;

/// A request with its copies and what came back, on one hop. Numbers are places in [`super::Call::messages`].
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The method; `None` when it is not registered.
    pub method: Option<Method>,
    /// The number in CSeq.
    pub cseq: u32,
    /// The branch of the topmost Via.
    pub branch: Box<[u8]>,
    /// Who sent the request.
    pub client: SocketAddr,
    /// Where it was sent.
    pub server: SocketAddr,
    /// The request with its retransmissions; empty when only responses were seen.
    pub copies: Vec<usize>,
    /// 1xx.
    pub provisionals: Vec<usize>,
    /// 2xx to 6xx with their retransmissions.
    pub finals: Vec<usize>,
    /// ACKs to a final response that is no success: they share the branch.
    pub acks: Vec<usize>,
}

impl Transaction {
    pub(super) fn new(message: &Message, client: SocketAddr, server: SocketAddr) -> Self {
        Transaction {
            method: message.method,
            cseq: message.cseq,
            branch: message.branch.clone(),
            client,
            server,
            copies: Vec::new(),
            provisionals: Vec::new(),
            finals: Vec::new(),
            acks: Vec::new(),
        }
    }

    /// Whether the message belongs to it, addresses aside.
    pub(super) fn has_key(&self, message: &Message) -> bool {
        let method = |method| if method == Some(Method::Ack) { Some(Method::Invite) } else { method };
        let same_method = self.method == message.method
            || (message.is(Method::Ack) && self.method == method(message.method) && !self.finals.is_empty());
        self.cseq == message.cseq && self.branch == message.branch && same_method
    }

    /// Whether nothing at all came back.
    pub fn is_unanswered(&self) -> bool {
        self.provisionals.is_empty() && self.finals.is_empty()
    }

    /// When each copy of the request was seen.
    pub fn copy_times(&self, messages: &[Message]) -> Vec<Instant> {
        self.copies.iter().map(|&place| messages[place].at).collect()
    }

    /// From the first copy to the first response of any kind.
    pub fn latency(&self, messages: &[Message]) -> Option<Duration> {
        let sent = messages[*self.copies.first()?].at;
        let answers = self.provisionals.first().into_iter().chain(self.finals.first());
        answers.map(|&place| messages[place].at).min().map(|at| at.since(sent))
    }
}
