//! Whether an address is free: the sockets that our workers share would also share it with another server of ours.

use socket2::{Domain, Socket, Type};
use std::io;
use std::net::SocketAddr;

/// Binds a socket that shares its address with nobody, and lets it go.
pub(super) fn bind_alone(address: SocketAddr, kind: Type) -> io::Result<()> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    // Connections of a server that ended a moment ago are nobody who listens.
    socket.set_reuse_address(kind == Type::STREAM)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())
}
