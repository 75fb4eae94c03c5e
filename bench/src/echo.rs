//! The floor: what the system calls alone cost, for whoever answers datagrams.

use ringback_io::clock::Clock;
use ringback_io::driver::{Driver, DriverSettings, Listener, NoStore, Running, Station, Surroundings};
use ringback_sip::entropy::Seed;
use ringback_sip::node::{Deadline, Input, Node, Output, Transmit};
use ringback_sip::time::Instant;
use socket2::{Domain, Protocol, Socket, Type};
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, UdpSocket};

/// Sends every datagram back, one system call each way; never returns but with an error.
pub(crate) fn bare(address: SocketAddr, workers: usize) -> io::Result<Infallible> {
    let mut threads = Vec::new();
    for _ in 0..workers {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_port(true)?;
        socket.set_recv_buffer_size(BUFFER_BYTES)?;
        socket.bind(&address.into())?;
        let socket = UdpSocket::from(socket);
        threads.push(std::thread::spawn(move || reflect(&socket)));
    }
    let mut result = Err(io::ErrorKind::InvalidInput.into());
    for thread in threads {
        result = thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
    }
    result
}

fn reflect(socket: &UdpSocket) -> io::Result<Infallible> {
    let mut bytes = vec![0; 65_536];
    loop {
        let (length, from) = socket.recv_from(&mut bytes)?;
        socket.send_to(&bytes[..length], from)?;
    }
}

/// Sends every datagram back through Ringback's own driver, in batches.
pub(crate) fn batched(address: SocketAddr, workers: usize) -> io::Result<Running<Infallible, Infallible>> {
    let listeners = vec![Listener { address, udp: true, stream: None }];
    let settings = DriverSettings { workers, ..DriverSettings::new("echo", listeners) };
    let driver = Driver::bind(settings).map_err(|error| error.error)?;
    let seed = Seed::from_number(1);
    let surroundings = Surroundings {
        clock: Clock::start(),
        seed,
        resolver: None,
        tls: None,
        journal: None,
        taps: Vec::new(),
    };
    driver.start(surroundings, |_| Station::new(Echo { next: None }, NoStore))
}

/// Answers with what came.
struct Echo {
    next: Option<Transmit>,
}

impl Node for Echo {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Infallible;
    type Event = Infallible;

    fn handle(&mut self, _: Instant, input: Input<'_, Infallible, Infallible>) {
        if let Input::Received { flow, bytes } = input {
            self.next = Some(Transmit { flow, bytes: bytes.to_vec().into() });
        }
    }

    fn poll(&mut self) -> Option<Output<Infallible, Infallible>> {
        self.next.take().map(Output::Transmit)
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        None
    }
}

const BUFFER_BYTES: usize = 4 << 20;
