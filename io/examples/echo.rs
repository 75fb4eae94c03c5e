//! `echo ADDRESS WORKERS`: answers every request with 200 and its own header fields. What the driver costs without
//! any SIP behind it; compare with a bare recvmmsg/sendmmsg loop.

use bytes::Bytes;
use ringback_io::clock::{Clock, seed_from_system};
use ringback_io::driver::{Driver, DriverSettings, Listener, NoStore, Station, Surroundings};
use ringback_sip::node::{Deadline, Input, Node, Output, Transmit};
use ringback_sip::time::Instant;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error;

#[derive(Default)]
struct Echo(VecDeque<Transmit>);

impl Node for Echo {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Infallible;
    type Event = Infallible;

    fn handle(&mut self, _: Instant, input: Input<'_, Infallible, Infallible>) {
        if let Input::Received { flow, bytes } = input {
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |i| i + 1);
            let mut answer = Vec::with_capacity(bytes.len() + 16);
            answer.extend_from_slice(b"SIP/2.0 200 OK\r\n");
            answer.extend_from_slice(&bytes[end..]);
            self.0.push_back(Transmit { flow, bytes: Bytes::from(answer) });
        }
    }

    fn poll(&mut self) -> Option<Output<Infallible, Infallible>> {
        self.0.pop_front().map(Output::Transmit)
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        None
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:5960".to_owned()).parse()?;
    let workers = arguments.next().unwrap_or_else(|| "2".to_owned()).parse()?;
    let settings = DriverSettings { workers, ..DriverSettings::new("echo", vec![Listener::both(address)]) };
    let surroundings = Surroundings {
        clock: Clock::start(),
        seed: seed_from_system()?,
        resolver: None,
        tls: None,
        journal: None,
        taps: Vec::new(),
    };
    let running = Driver::bind(settings)?.start(surroundings, |_| Station::new(Echo::default(), NoStore))?;
    while !running.has_ended() {
        std::thread::park_timeout(std::time::Duration::from_secs(3600));
    }
    Ok(running.stop()?)
}
