//! The paths that messages take: transports, addresses, connections, and why a path fails.

use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU32;
use serde::{Deserialize, Serialize};

/// How bytes travel (RFC 3261 §18, RFC 7118).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS.
    Tls,
    /// WebSocket frames.
    Ws,
    /// WebSocket frames under TLS.
    Wss,
}

impl Transport {
    /// Whether the transport itself repairs loss, so that the transactions do not (RFC 3261 §17).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// The name as a Via header field spells it.
    pub const fn via_name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// The name as a `transport` URI parameter spells it (TLS is TCP with a `sips` URI, RFC 3261 §26.2.2).
    pub const fn uri_name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Ws | Transport::Wss => "ws",
        }
    }

    /// Finds a transport by its Via or URI name, in any case.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        const ALL: [(&[u8], Transport); 5] = [
            (b"UDP", Transport::Udp),
            (b"TCP", Transport::Tcp),
            (b"TLS", Transport::Tls),
            (b"WS", Transport::Ws),
            (b"WSS", Transport::Wss),
        ];
        if name == b"UDP" {
            return Some(Transport::Udp);
        }
        ALL.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, t)| *t)
    }

    /// Whether the transport is encrypted, as a `sips` URI wants (RFC 5630 §3.1.3).
    pub const fn is_secure(self) -> bool {
        matches!(self, Transport::Tls | Transport::Wss)
    }

    /// Whether it carries WebSocket frames, so that its client can be reached on its own connection only
    /// (RFC 7118 §5).
    pub const fn is_web_socket(self) -> bool {
        matches!(self, Transport::Ws | Transport::Wss)
    }

    /// The port used when none is named (RFC 3261 §19.1.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }
}

/// A stream connection, numbered by the driver; a number is never used twice by one driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConnectionId(pub u64);

/// A name that the peer of a secure connection must prove to have (RFC 5922 §4), numbered by the driver when it
/// resolved the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PeerId(pub NonZeroU32);

/// The path of a message: between which addresses, over which transport, on which connection.
///
/// On input it says where the message came from. On output it says where to send it: datagrams leave from the
/// socket bound to `local`; stream messages use `connection` if it is named and alive. If it is named and gone, a
/// request fails ([`FlowError::Closed`]): its peer chose that connection, and nobody waits for another at the port
/// from which it came (RFC 5626 §5.3.1). A response, and what names no connection, uses one that is open to `remote`,
/// else a new one (RFC 3261 §18.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Flow {
    /// Which transport.
    pub transport: Transport,
    /// The address of ours: of the socket that received, or from which to send.
    pub local: SocketAddr,
    /// The peer's address as the packets show it.
    pub remote: SocketAddr,
    /// The connection, for a stream.
    pub connection: Option<ConnectionId>,
    /// The name that the peer of a secure connection has shown, or must show; without one, its address.
    pub peer: Option<PeerId>,
}

/// Why nothing can be sent on a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowError {
    /// The peer's machine says that nobody listens there (TCP reset at connect, ICMP port unreachable).
    Refused,
    /// The network says that the peer cannot be reached.
    Unreachable,
    /// No connection came about in time.
    ConnectTimeout,
    /// The peer closed the connection.
    Closed,
    /// The connection broke.
    Reset,
    /// The peer does not read fast enough; what waits to be sent has reached its limit.
    Backlog,
    /// The stream no longer shows where a message ends; the connection was closed.
    Framing,
    /// The datagram is larger than the path takes.
    TooLarge,
    /// We have no socket for this transport and address family.
    NoSocket,
    /// No secure connection came about, or the WebSocket was refused.
    Handshake(HandshakeFault),
}

/// Why a secure connection or a WebSocket did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandshakeFault {
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not come.
    NotYetValid,
    /// No authority that we trust signed the certificate.
    UnknownAuthority,
    /// The certificate names others than the one whom we called (RFC 5922 §7.3).
    WrongName,
    /// The certificate was revoked, or cannot be read or used.
    BadCertificate,
    /// The peer refused our certificate, or wanted one that we do not have.
    Refused,
    /// The peer speaks no TLS, or no version or cipher of ours.
    Protocol,
    /// The peer would not speak SIP over its WebSocket (RFC 7118 §4).
    Upgrade,
    /// It took too long.
    Timeout,
}

impl FlowError {
    /// The stable name.
    pub const fn id(self) -> &'static str {
        match self {
            FlowError::Refused => "refused",
            FlowError::Unreachable => "unreachable",
            FlowError::ConnectTimeout => "connect-timeout",
            FlowError::Closed => "closed",
            FlowError::Reset => "reset",
            FlowError::Backlog => "backlog",
            FlowError::Framing => "framing",
            FlowError::TooLarge => "too-large",
            FlowError::NoSocket => "no-socket",
            FlowError::Handshake(_) => "handshake",
        }
    }
}

/// Why a name gave no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolveError {
    /// The name does not exist (NXDOMAIN).
    NoSuchName,
    /// The name exists, without an address that we can use.
    NoAddress,
    /// The domain is served over transports only that we have not.
    NoTransport,
    /// The name servers did not answer in time.
    Timeout,
    /// The name servers failed (SERVFAIL or a broken answer).
    Failed,
    /// The name servers would not answer us (REFUSED).
    Refused,
    /// We have no name server, or too many questions are open.
    Unavailable,
}

impl ResolveError {
    /// The stable name.
    pub const fn id(self) -> &'static str {
        match self {
            ResolveError::NoSuchName => "no-such-name",
            ResolveError::NoAddress => "no-address",
            ResolveError::NoTransport => "no-transport",
            ResolveError::Timeout => "timeout",
            ResolveError::Failed => "failed",
            ResolveError::Refused => "refused",
            ResolveError::Unavailable => "unavailable",
        }
    }

    /// Whether another attempt, later, may find what this one did not.
    pub const fn is_temporary(self) -> bool {
        !matches!(self, ResolveError::NoSuchName | ResolveError::NoAddress | ResolveError::NoTransport)
    }
}

/// Over which transports, and in which address families, we can send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach(u16);

impl Reach {
    /// Over every transport, in both families.
    pub const ALL: Reach = Reach(0x3ff);

    /// The same, and `transport` towards IPv4 or IPv6 addresses.
    #[must_use]
    pub const fn with(self, transport: Transport, is_ipv4: bool) -> Self {
        Reach(self.0 | Self::bit(transport, is_ipv4))
    }

    /// Whether `transport` can be used at all.
    pub const fn has(self, transport: Transport) -> bool {
        self.0 & (Self::bit(transport, true) | Self::bit(transport, false)) != 0
    }

    /// Whether `address` can be reached over `transport`.
    pub const fn covers(self, transport: Transport, address: IpAddr) -> bool {
        self.0 & Self::bit(transport, address.is_ipv4()) != 0
    }

    const fn bit(transport: Transport, is_ipv4: bool) -> u16 {
        1 << (transport as u16 * 2 + is_ipv4 as u16)
    }
}

/// An address to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// With this transport.
    pub transport: Transport,
    /// At this address.
    pub address: SocketAddr,
    /// The name that was resolved to it, for a secure transport.
    pub peer: Option<PeerId>,
}

impl Flow {
    /// Whether `message` goes over the named connection or not at all.
    pub fn is_bound(&self, message: &[u8]) -> bool {
        self.connection.is_some() && !message.starts_with(b"SIP/2.0 ")
    }

    /// The same path for a datagram or a fresh connection to `target`.
    pub fn to(local: SocketAddr, target: Target) -> Self {
        Flow {
            transport: target.transport,
            local,
            remote: target.address,
            connection: None,
            peer: target.peer,
        }
    }

    /// The peer's address without its port.
    pub fn remote_ip(&self) -> IpAddr {
        self.remote.ip()
    }
}
