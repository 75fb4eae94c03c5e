//! Packets of an interface as they pass: sockets of AF_PACKET, on Linux (packet(7)).
#![allow(unsafe_code)]

use ringback_sip::time::Instant;
use socket2::{Domain, SockAddr, SockAddrStorage, Socket, Type};
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::unix::AsyncFd;

/// An interface that is listened to.
#[derive(Debug)]
pub struct Interface {
    socket: AsyncFd<Socket>,
    buffer: Vec<u8>,
}

impl Interface {
    /// Begins to listen, in the runtime that calls it.
    ///
    /// # Errors
    /// `NotFound`: there is no such interface. `PermissionDenied`: the process lacks CAP_NET_RAW. Others are the system's.
    pub fn open(name: &str) -> io::Result<Self> {
        if name.is_empty() || name.contains('/') {
            return Err(io::ErrorKind::NotFound.into());
        }
        let index = std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex"))?;
        let index = index.trim().parse().map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
        // Without a protocol nothing comes before the socket is bound to the interface. Of each packet the kernel takes the link
        // layer off.
        let socket = Socket::new(Domain::PACKET, Type::DGRAM, None)?;
        socket.set_nonblocking(true)?;
        // What the system grants of it is enough.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
        socket.bind(&address_of(index))?;
        // SAFETY: the socket is moved into it, keeps its descriptor for as long, and closes it only when it is dropped.
        let socket = unsafe { AsyncFd::register(socket)? };
        Ok(Interface { socket, buffer: Vec::with_capacity(PACKET_BYTES_MAX) })
    }

    /// The next packet of IP, with the moment when it was taken. To stop waiting for it loses nothing.
    ///
    /// # Errors
    /// That of the interface, as when it goes away.
    pub async fn next(&mut self) -> io::Result<(Instant, &[u8])> {
        loop {
            let mut ready = self.socket.readable().await?;
            self.buffer.clear();
            let room = self.buffer.spare_capacity_mut();
            let Ok(received) = ready.try_io(|socket| socket.get_ref().recv_from(room)) else { continue };
            let (length, from) = received?;
            // SAFETY: the kernel wrote `length` bytes into the spare capacity, and never more than there is.
            unsafe { self.buffer.set_len(length) };
            if !is_second_look(&from) {
                break;
            }
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        Ok((Instant::from_unix_micros(micros), &self.buffer))
    }
}

/// The address of every protocol on the interface with this number.
fn address_of(index: i32) -> SockAddr {
    let mut storage = SockAddrStorage::zeroed();
    // SAFETY: `sockaddr_ll` is one of this platform's addresses, and all zeros is valid for it.
    let link = unsafe { storage.view_as::<libc::sockaddr_ll>() };
    link.sll_family = libc::AF_PACKET as libc::sa_family_t;
    link.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    link.sll_ifindex = index;
    // SAFETY: the storage holds an address of this family and of this length.
    unsafe { SockAddr::new(storage, size_of::<libc::sockaddr_ll>() as libc::socklen_t) }
}

/// Whether the packet goes out of a loopback, where it comes in again.
fn is_second_look(from: &SockAddr) -> bool {
    if from.family() != libc::AF_PACKET as libc::sa_family_t {
        return false;
    }
    // SAFETY: an address of this family is a `sockaddr_ll`; what the kernel left out of it is zero, and the storage behind the
    // pointer is larger and aligned for every address.
    let link = unsafe { &*from.as_ptr().cast::<libc::sockaddr_ll>() };
    link.sll_hatype == libc::ARPHRD_LOOPBACK && link.sll_pkttype == libc::PACKET_OUTGOING
}

/// The longest packet of IP, on a loopback too.
const PACKET_BYTES_MAX: usize = 1 << 17;
/// What the system may hold while we judge.
const RECEIVE_BUFFER_BYTES: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::time::Duration;

    #[test]
    fn what_passes_on_the_loopback_is_seen_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut interface = match Interface::open("lo") {
                Ok(interface) => interface,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
                    eprintln!("left out: no right to capture here");
                    return;
                }
            };
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
            let to = socket.local_addr().expect("an address");
            let (first, last) = (format!("first {to}"), format!("last {to}"));
            socket.send_to(first.as_bytes(), to).expect("sent");
            socket.send_to(last.as_bytes(), to).expect("sent");
            let mut seen = 0;
            loop {
                let packet = tokio::time::timeout(Duration::from_secs(60), interface.next()).await;
                let (_, packet) = packet.expect("a packet").expect("the interface stays");
                seen += usize::from(packet.ends_with(first.as_bytes()));
                if packet.ends_with(last.as_bytes()) {
                    assert_eq!(packet[0] >> 4, 4, "it begins with IP");
                    break;
                }
            }
            assert_eq!(seen, 1);
        });
    }

    #[test]
    fn an_interface_that_is_not_there_is_not_found() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _inside = runtime.enter();
        for name in ["", "none0", "../../../etc", "lo/../lo"] {
            assert_eq!(
                Interface::open(name).err().map(|error| error.kind()),
                Some(io::ErrorKind::NotFound),
                "{name}"
            );
        }
    }
}
