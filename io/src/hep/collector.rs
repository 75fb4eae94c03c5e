//! Taking HEP: datagrams and connections, bounded.

use super::address::HepAddress;
use super::packet::{HEAD_BYTES, HepFault, PACKET_BYTES_MAX, length};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

/// Takes HEP at some places.
#[derive(Debug)]
pub struct Collector {
    places: Vec<HepAddress>,
    arrivals: Receiver<Arrival>,
    /// Ends with it.
    _tasks: JoinSet<()>,
}

/// What came.
#[derive(Debug)]
pub struct Arrival {
    /// Who sent it.
    pub from: SocketAddr,
    /// The bytes of a packet; or why a connection carries none, which is closed then.
    pub bytes: Result<Vec<u8>, HepFault>,
}

impl Collector {
    /// Opens the places; runs in the runtime that calls it.
    ///
    /// # Errors
    /// When a place cannot be had.
    pub fn bind(places: &[HepAddress]) -> io::Result<Self> {
        let (tell, arrivals) = channel(WAITING_MAX);
        let mut tasks = JoinSet::new();
        let mut bound = Vec::new();
        for place in places {
            let address = (place.host.as_str(), place.port).to_socket_addrs()?.next();
            let address = address.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
            let socket = open(address, place.is_stream)?;
            let local = socket.local_addr()?.as_socket().unwrap_or(address);
            if place.is_stream {
                tasks.spawn(take_connections(TcpListener::from_std(socket.into())?, tell.clone()));
            } else {
                tasks.spawn(take_datagrams(UdpSocket::from_std(socket.into())?, tell.clone()));
            }
            let host = local.ip().to_string();
            bound.push(HepAddress { is_stream: place.is_stream, host, port: local.port() });
        }
        Ok(Collector { places: bound, arrivals, _tasks: tasks })
    }

    /// Where it takes packets.
    pub fn places(&self) -> &[HepAddress] {
        &self.places
    }

    /// The next arrival. To stop waiting for it loses nothing.
    pub async fn next(&mut self) -> Option<Arrival> {
        self.arrivals.recv().await
    }
}

fn open(address: SocketAddr, is_stream: bool) -> io::Result<Socket> {
    let (kind, protocol) =
        if is_stream { (Type::STREAM, Protocol::TCP) } else { (Type::DGRAM, Protocol::UDP) };
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if is_stream {
        socket.set_reuse_address(true)?;
    } else {
        // What the system grants of it is enough.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
    }
    socket.bind(&SockAddr::from(address))?;
    if is_stream {
        socket.listen(BACKLOG)?;
    }
    Ok(socket)
}

async fn take_datagrams(socket: UdpSocket, tell: Sender<Arrival>) {
    let mut buffer = vec![0; PACKET_BYTES_MAX];
    loop {
        // An error is that of one datagram.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
        let arrival = Arrival { from, bytes: Ok(buffer[..length].to_vec()) };
        if tell.send(arrival).await.is_err() {
            return;
        }
    }
}

async fn take_connections(listener: TcpListener, tell: Sender<Arrival>) {
    let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut tasks = JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, from)) => {
                let tell = tell.clone();
                tasks.spawn(async move {
                    take_stream(stream, from, &tell).await;
                    drop(seat);
                });
            }
            // No descriptor is left: others must end first.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Cuts packets out of a connection, until it ends or carries something else.
async fn take_stream(mut stream: TcpStream, from: SocketAddr, tell: &Sender<Arrival>) {
    loop {
        let mut packet = vec![0; HEAD_BYTES];
        if stream.read_exact(&mut packet).await.is_err() {
            return;
        }
        let fault = match length(&packet) {
            Ok(whole) => {
                packet.resize(whole, 0);
                if stream.read_exact(&mut packet[HEAD_BYTES..]).await.is_err() {
                    return;
                }
                None
            }
            Err(fault) => Some(fault),
        };
        let bytes = fault.map_or_else(|| Ok(packet), Err);
        if tell.send(Arrival { from, bytes }).await.is_err() || fault.is_some() {
            return;
        }
    }
}

/// Most packets that wait; the rest waits in the system.
const WAITING_MAX: usize = 1024;
/// Most connections at a time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 256;
const BACKLOG: i32 = 64;
/// What the system may hold of datagrams while we judge.
const RECEIVE_BUFFER_BYTES: usize = 4 << 20;
const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn packet(fill: u8, length: usize) -> Vec<u8> {
        let mut packet = vec![fill; length];
        packet[..4].copy_from_slice(b"HEP3");
        packet[4..6].copy_from_slice(&(length as u16).to_be_bytes());
        packet
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    fn bind(word: &str) -> (Collector, SocketAddr) {
        let place = HepAddress { is_stream: word == "tcp", host: "127.0.0.1".to_owned(), port: 0 };
        let collector = Collector::bind(&[place]).unwrap();
        let place = &collector.places()[0];
        let address = SocketAddr::new(place.host.parse().unwrap(), place.port);
        (collector, address)
    }

    #[test]
    fn packets_are_cut_out_of_a_stream_until_something_else_comes() {
        runtime().block_on(async {
            let (mut collector, address) = bind("tcp");
            let mut client = std::net::TcpStream::connect(address).unwrap();
            let (one, two) = (packet(1, 40), packet(2, 50_000));
            let bytes = [&one[..], &two, b"INVITE sip:"].concat();
            let writer = std::thread::spawn(move || {
                for part in bytes.chunks(7001) {
                    client.write_all(part).unwrap();
                }
                client
            });
            assert_eq!(collector.next().await.unwrap().bytes, Ok(one));
            assert_eq!(collector.next().await.unwrap().bytes, Ok(two));
            assert_eq!(collector.next().await.unwrap().bytes, Err(HepFault::NotHep));
            drop(writer.join().unwrap());
        });
    }

    #[test]
    fn datagrams_come_with_their_senders() {
        runtime().block_on(async {
            let (mut collector, address) = bind("udp");
            let client = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            client.send_to(&packet(1, 40), address).unwrap();
            let arrival = collector.next().await.unwrap();
            assert_eq!((arrival.from, arrival.bytes), (client.local_addr().unwrap(), Ok(packet(1, 40))));
        });
    }
}
