//! Whether an address is free: the sockets that our workers share would also share it with another server of ours.

use super::{BindError, Listener};
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::SocketAddr;

/// Refuses an address on which somebody listens. All listeners are asked before the first is bound, since one on all
/// addresses may stand beside one on a single address.
pub(super) fn check(listener: &Listener) -> Result<(), BindError> {
    let address = listener.address;
    if address.port() == 0 {
        return Ok(());
    }
    let ask = |kind, udp| bind_alone(address, kind).map_err(|error| BindError { address, udp, error });
    if listener.udp {
        ask(Type::DGRAM, true)?;
    }
    if listener.stream.is_some() {
        ask(Type::STREAM, false)?;
    }
    Ok(())
}

/// Binds a socket that shares its address with nobody, and lets it go.
fn bind_alone(address: SocketAddr, kind: Type) -> io::Result<()> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    // Connections of a server that ended a moment ago are nobody who listens.
    socket.set_reuse_address(kind == Type::STREAM)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())
}
