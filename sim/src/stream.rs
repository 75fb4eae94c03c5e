//! Connections: ordered, lossless, breakable.

use crate::place::HostId;
use bytes::Bytes;
use ringback_sip::flow::{ConnectionId, Flow, Transport};
use ringback_sip::time::Instant;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// The machine.
    pub host: HostId,
    /// Which start of the machine opened it; a restarted machine knows none of its connections.
    pub life: u32,
    /// The address of this end as the machine sees it.
    pub local: SocketAddr,
    /// The address of the other end as this machine sees it.
    pub remote: SocketAddr,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The first packet is on its way.
    Connecting,
    /// Both ends know of it.
    Open,
    /// One end closed; what it sent before still travels.
    Closing,
}

/// What travels on a stream.
#[derive(Clone, Debug)]
pub(crate) enum Segment {
    /// A whole message; the simulated network does not cut frames.
    Message(Bytes),
    /// The sender closed.
    Fin,
}

/// A connection with what travels on it; side 0 opened it.
#[derive(Debug)]
pub(crate) struct Stream {
    pub id: ConnectionId,
    pub transport: Transport,
    pub state: State,
    pub ends: [Option<End>; 2],
    pub queues: [VecDeque<Segment>; 2],
    /// When the last segment of each side arrives.
    pub arrival: [Instant; 2],
    /// Failed attempts to bring the head of each queue over; above 0 the side is stalled.
    pub attempts: [u32; 2],
}

impl Stream {
    pub(crate) fn new(id: ConnectionId, transport: Transport, opener: End) -> Self {
        Stream {
            id,
            transport,
            state: State::Connecting,
            ends: [Some(opener), None],
            queues: Default::default(),
            arrival: [Instant::EPOCH; 2],
            attempts: [0; 2],
        }
    }

    /// The flow of one side.
    pub(crate) fn flow(&self, side: usize) -> Option<Flow> {
        let end = self.ends[side]?;
        Some(Flow {
            transport: self.transport,
            local: end.local,
            remote: end.remote,
            connection: Some(self.id),
            peer: None,
        })
    }

    /// The side at which `host` stands, in the given life.
    pub(crate) fn side_of(&self, host: HostId, life: u32) -> Option<usize> {
        self.ends.iter().position(|e| e.is_some_and(|e| e.host == host && e.life == life))
    }
}

/// Attempts after which a stream that no packet passes is given up.
pub(crate) const ATTEMPTS_MAX: u32 = 8;
