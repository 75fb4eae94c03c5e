//! Flow tokens: the way to a phone, sealed into the user part of a URI of ours, so that a request that brings it
//! back goes over that very flow (RFC 5626 §5.2). Nothing is kept, and nobody else can make one.

use core::net::{IpAddr, SocketAddr};
use ringback_sip::auth::Vault;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{ConnectionId, Flow, Transport};

/// Makes and reads flow tokens, the same for all workers and the next start.
#[derive(Clone, Copy, Debug)]
pub struct FlowTokens(Vault);

impl FlowTokens {
    /// Under the key that workers share.
    pub fn new(shared: Seed) -> Self {
        FlowTokens(Vault::new(shared, b"flow token"))
    }

    /// The user part of a URI that leads over `flow`.
    pub fn seal(&self, flow: &Flow) -> String {
        let transport = TRANSPORTS.iter().position(|t| *t == flow.transport).unwrap_or_default();
        let mut text = vec![transport as u8];
        for address in [flow.local, flow.remote] {
            match address.ip() {
                IpAddr::V4(ip) => text.extend_from_slice(&[&[4][..], &ip.octets()].concat()),
                IpAddr::V6(ip) => text.extend_from_slice(&[&[6][..], &ip.octets()].concat()),
            }
            text.extend_from_slice(&address.port().to_be_bytes());
        }
        if let Some(ConnectionId(id)) = flow.connection {
            text.extend_from_slice(&id.to_be_bytes());
        }
        // It is short enough.
        format!("{PREFIX}{}", self.0.seal(&text).unwrap_or_default())
    }

    /// What a user part leads to; `None` when it was not made here.
    pub fn open(&self, user: &[u8]) -> Option<Flow> {
        let text = self.0.open(user.strip_prefix(PREFIX.as_bytes())?)?;
        let (transport, rest) = text.split_first()?;
        let (local, rest) = read_address(rest)?;
        let (remote, rest) = read_address(rest)?;
        let connection = match rest {
            [] => None,
            id => Some(ConnectionId(u64::from_be_bytes(id.try_into().ok()?))),
        };
        let transport = *TRANSPORTS.get(usize::from(*transport))?;
        Some(Flow { transport, local, remote, connection, peer: None })
    }

    /// Whether a user part claims to be a token.
    pub fn is_claimed(user: &[u8]) -> bool {
        user.starts_with(PREFIX.as_bytes())
    }
}

fn read_address(text: &[u8]) -> Option<(SocketAddr, &[u8])> {
    let (family, rest) = text.split_first()?;
    let (ip, rest): (IpAddr, &[u8]) = match family {
        4 => rest.split_first_chunk::<4>().map(|(ip, rest)| ((*ip).into(), rest))?,
        6 => rest.split_first_chunk::<16>().map(|(ip, rest)| ((*ip).into(), rest))?,
        _ => return None,
    };
    let (port, rest) = rest.split_first_chunk::<2>()?;
    Some((SocketAddr::new(ip, u16::from_be_bytes(*port)), rest))
}

const PREFIX: &str = "flow.";
const TRANSPORTS: [Transport; 5] =
    [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens() -> FlowTokens {
        FlowTokens::new(Seed::from_number(1))
    }

    proptest! {
        #[test]
        fn every_flow_comes_back_and_a_changed_token_opens_nothing(
            transport in 0..5_usize,
            v6: bool,
            (ip, port, id) in (any::<u128>(), any::<u16>(), proptest::option::of(any::<u64>())),
            (at, to) in (any::<prop::sample::Index>(), any::<u8>()),
        ) {
            let address = |ip: u128| if v6 { IpAddr::from(ip.to_be_bytes()) } else { IpAddr::from((ip as u32).to_be_bytes()) };
            let flow = Flow {
                transport: TRANSPORTS[transport],
                local: SocketAddr::new(address(!ip), !port),
                remote: SocketAddr::new(address(ip), port),
                connection: id.map(ConnectionId),
                peer: None,
            };
            {
                let token = tokens().seal(&flow);
                prop_assert_eq!(tokens().open(token.as_bytes()), Some(flow));
                let mut forged = token.clone().into_bytes();
                let place = PREFIX.len() + at.index(forged.len() - PREFIX.len());
                forged[place] = to;
                prop_assert!(forged == token.as_bytes() || tokens().open(&forged).is_none());
                prop_assert_eq!(FlowTokens::new(Seed::from_number(2)).open(token.as_bytes()), None);
            }
        }
    }
}
