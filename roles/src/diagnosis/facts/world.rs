//! What happened beside SIP and media: the network's own messages, connections, names.

use core::net::{IpAddr, SocketAddr};
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;

/// An error message of the network about a packet (RFC 792, RFC 4443).
#[derive(Clone, Debug)]
pub struct Icmp {
    /// When.
    pub at: Instant,
    /// The number of its packet.
    pub frame: u64,
    /// Who reported it.
    pub from: IpAddr,
    /// What it says.
    pub kind: IcmpKind,
    /// Type and code as they came.
    pub code: (u8, u8),
    /// The transport of the packet that it is about.
    pub transport: Transport,
    /// Who had sent that packet.
    pub src: SocketAddr,
    /// Where it was going.
    pub dst: SocketAddr,
}

/// What an error message of the network says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IcmpKind {
    /// The host is there, nobody listens at the port.
    PortUnreachable,
    /// No way to the host or its network.
    HostUnreachable,
    /// A filter refused it.
    Prohibited,
    /// The packet is too big for a link on the way.
    TooBig,
    /// The hop limit was used up, or fragments did not come together in time.
    TimeExceeded,
    /// Anything else.
    Other,
}

/// Something that happened to a connection.
#[derive(Clone, Debug)]
pub struct TcpEvent {
    /// When.
    pub at: Instant,
    /// The number of its packet.
    pub frame: u64,
    /// Who did it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// What.
    pub kind: TcpKind,
}

/// What can happen to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TcpKind {
    /// Asked for (SYN).
    Opening,
    /// Accepted (SYN with ACK).
    Accepted,
    /// Closed (FIN).
    Closed,
    /// Torn down, or refused when it answers a SYN (RST).
    Reset,
    /// The same bytes were sent again.
    Retransmitted,
    /// Refused (RST that answers a SYN) at a port that is not SIP's by custom: of its kin only this is told.
    Refused,
}

/// An alert of TLS that could be read (RFC 8446 §6).
#[derive(Clone, Debug)]
pub struct TlsAlert {
    /// When.
    pub at: Instant,
    /// The number of its packet.
    pub frame: u64,
    /// Who sent it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// The description, such as 46.
    pub description: u8,
}

/// A question to the domain name system, or its answer.
#[derive(Clone, Debug)]
pub struct Dns {
    /// When.
    pub at: Instant,
    /// The number of its packet.
    pub frame: u64,
    /// Who asks, or is answered.
    pub asker: IpAddr,
    /// The name asked for.
    pub name: String,
    /// The type asked for: 1 A, 28 AAAA, 33 SRV, 35 NAPTR.
    pub record: u16,
    /// The response code, 3 when the name does not exist; `None` for a question.
    pub code: Option<u8>,
    /// How many records answer it.
    pub answers: u16,
}

/// Checks whether a way for media is open, from one address to another (RFC 8445 §7): requests of STUN that carry a name, as
/// those that look for an address do not.
#[derive(Clone, Debug)]
pub struct Checks {
    /// Who checks.
    pub client: SocketAddr,
    /// What is checked.
    pub server: SocketAddr,
    /// When the first and the last request was seen.
    pub span: (Instant, Instant),
    /// Requests, copies included.
    pub requests: u32,
    /// Answers that say that it is open.
    pub answers: u32,
    /// Answers that both want the same role (487).
    pub conflicts: u32,
    /// Whether the way was chosen.
    pub is_nominated: bool,
}

/// A message of STUN that belongs to checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check<'a> {
    /// A request with its name, which begins with that of the asked side in its session description.
    Request {
        /// What stands before the colon.
        name: &'a str,
        /// Whether it chooses the way.
        nominates: bool,
    },
    /// An answer that says yes.
    Open,
    /// A refusal, with its code.
    Refused(u16),
}
