//! The two ends of a dialog whose addresses were translated on the way: in the user part of our Record-Route, so that
//! later requests return over the flows that the first one took (RFC 5626 §5.3, for the proxy at the edge).
//!
//! A phone behind a translator names an address in its Contact that only its own network knows. The proxy does not
//! rewrite the Contact, which is the phone's; it keeps the way instead. The mark of the dialog seals it, so nobody
//! else can have requests sent to addresses of his choice. The way over a stream is the connection that the phone
//! opened: when that is gone, nobody waits at the port from which it came.

use core::net::{IpAddr, SocketAddr};
use ringback_sip::flow::{ConnectionId, Flow, Transport};
use ringback_sip::syntax::Uri;

/// The way to one end: the address as the packets show it, and the connection of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Over which transport.
    pub transport: Transport,
    /// To which address.
    pub address: SocketAddr,
    /// On which connection, if it is a stream.
    pub connection: Option<ConnectionId>,
}

impl From<&Flow> for Way {
    fn from(flow: &Flow) -> Self {
        Way { transport: flow.transport, address: flow.remote, connection: flow.connection }
    }
}

/// The ways to both ends, where they differ from what the Contacts say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// To the caller.
    pub caller: Option<Way>,
    /// To the callee.
    pub callee: Option<Way>,
    /// A hash of the caller's tag, by which its requests are known.
    pub tag: u32,
}

impl Ends {
    /// The way of a request within the dialog; `tag` is the hash of its sender's tag.
    pub fn way(&self, tag: u32) -> Option<Way> {
        if tag == self.tag { self.callee } else { self.caller }
    }

    /// As the user part of a URI.
    pub fn write(&self) -> String {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(&self.tag.to_be_bytes());
        for end in [self.caller, self.callee] {
            let Some(Way { transport, address, connection }) = end else {
                bytes.push(0);
                continue;
            };
            let kind = TRANSPORTS.iter().position(|t| *t == transport).unwrap_or_default() as u8 + 1;
            let kind = kind | if connection.is_some() { HAS_CONNECTION } else { 0 };
            match address.ip() {
                IpAddr::V4(v4) => {
                    bytes.push(kind);
                    bytes.extend_from_slice(&v4.octets());
                }
                IpAddr::V6(v6) => {
                    bytes.push(kind | IS_V6);
                    bytes.extend_from_slice(&v6.octets());
                }
            }
            bytes.extend_from_slice(&address.port().to_be_bytes());
            bytes.extend(connection.iter().flat_map(|ConnectionId(id)| id.to_be_bytes()));
        }
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Reads what [`Ends::write`] wrote.
    pub fn read(text: &[u8]) -> Option<Self> {
        let digit = |b: u8| char::from(b).to_digit(16);
        if !text.len().is_multiple_of(2) || text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let bytes: Option<Vec<u8>> =
            text.chunks_exact(2).map(|two| Some((digit(two[0])? * 16 + digit(two[1])?) as u8)).collect();
        let bytes = bytes?;
        let (tag, mut rest) = bytes.split_first_chunk::<4>()?;
        let mut ends = Ends { tag: u32::from_be_bytes(*tag), ..Ends::default() };
        for end in [&mut ends.caller, &mut ends.callee] {
            let (kind, tail) = rest.split_first()?;
            rest = tail;
            if *kind == 0 {
                continue;
            }
            let transport = kind & !(IS_V6 | HAS_CONNECTION);
            let transport = *TRANSPORTS.get(usize::from(transport).checked_sub(1)?)?;
            let ip: IpAddr = if kind & IS_V6 == 0 {
                let (ip, tail) = rest.split_first_chunk::<4>()?;
                rest = tail;
                (*ip).into()
            } else {
                let (ip, tail) = rest.split_first_chunk::<16>()?;
                rest = tail;
                (*ip).into()
            };
            let (port, tail) = rest.split_first_chunk::<2>()?;
            rest = tail;
            let mut connection = None;
            if kind & HAS_CONNECTION != 0 {
                let (id, tail) = rest.split_first_chunk::<8>()?;
                rest = tail;
                connection = Some(ConnectionId(u64::from_be_bytes(*id)));
            }
            let address = SocketAddr::new(ip, u16::from_be_bytes(*port));
            *end = Some(Way { transport, address, connection });
        }
        rest.is_empty().then_some(ends)
    }
}

/// Whether a peer that is known by `flow` cannot be reached at its Contact: over a stream that it opened from another
/// address, or when the Contact's address means something inside one network only. A Contact that everybody can
/// reach is believed, except over a WebSocket, whose client nobody can call (RFC 7118 §5), and under TLS: who names an
/// address only has no certificate with which to be called there.
pub fn is_translated(contact: &Uri<'_>, flow: &Flow) -> bool {
    let ip = contact.host.ip();
    let differs = ip != Some(flow.remote_ip());
    let has_one_way = flow.transport.is_web_socket() || (flow.transport == Transport::Tls && ip.is_some());
    (flow.connection.is_some() && (differs || has_one_way)) || (differs && ip.is_some_and(is_private))
}

/// Whether an address means something inside one network only (RFC 1918, 6598, 3927, 4193, 4291).
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

const TRANSPORTS: [Transport; 5] =
    [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];
const IS_V6: u8 = 0x80;
const HAS_CONNECTION: u8 = 0x40;
/// Two IPv6 ends with connections.
const TEXT_BYTES_MAX: usize = 2 * (4 + 2 * 27);

#[cfg(test)]
mod tests {
    use super::*;

    fn way(transport: Transport, address: &str, connection: Option<ConnectionId>) -> Way {
        Way { transport, address: address.parse().unwrap(), connection }
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else_is() {
        let v4 = Some(way(Transport::Udp, "203.0.113.7:40001", None));
        let v6 = Some(way(Transport::Wss, "[2001:db8::7]:443", Some(ConnectionId(0x0102_0304_0506_0708))));
        for (caller, callee) in [(v4, None), (None, v6), (v6, v6), (v4, v6), (None, None)] {
            let ends = Ends { caller, callee, tag: 0x0102_0304 };
            let text = ends.write();
            assert!(text.len() <= TEXT_BYTES_MAX);
            assert_eq!(Ends::read(text.as_bytes()), Some(ends));
            assert_eq!(Ends::read(&text.as_bytes()[1..]), None);
            assert_eq!(Ends::read(&text.as_bytes()[..text.len() - 2]), None);
            assert_eq!(Ends::read(format!("{text}00").as_bytes()), None);
        }
        assert_eq!((Ends::read(b""), Ends::read(b"bob"), Ends::read(b"zz")), (None, None, None));
    }

    #[test]
    fn a_request_of_the_caller_goes_to_the_callee_and_any_other_to_the_caller() {
        let caller = Some(way(Transport::Udp, "192.0.2.1:1", None));
        let callee = Some(way(Transport::Tcp, "192.0.2.2:2", Some(ConnectionId(3))));
        let ends = Ends { caller, callee, tag: 7 };
        assert_eq!((ends.way(7), ends.way(8)), (callee, caller));
    }
}
