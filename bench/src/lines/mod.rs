//! Many stream connections to one server, each from an address of its own, as many phones have them. Ringback's driver
//! is no use here: it keeps one connection to a far end.

mod line;

use crate::load::Load;
use crate::report::Report;
use line::{Line, Taken};
use mio::{Events, Poll, Token};
use ringback_io::clock::Clock;
use ringback_sip::flow::{Flow, FlowError, Transport};
use ringback_sip::node::{Input, Node, Output, Transmit};
use ringback_sip::time::Instant;
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

/// The connections, opened when something is first sent on them, and never a second time.
pub(crate) struct Lines {
    poll: Poll,
    transport: Transport,
    server: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    lines: Vec<Option<Line>>,
}

impl Lines {
    /// None yet. The server's certificate must be signed by the authority of that file.
    pub(crate) fn new(
        transport: Transport,
        server: SocketAddr,
        count: usize,
        authority: Option<&Path>,
    ) -> Result<Lines, Box<dyn Error>> {
        let tls = authority.map(trusting).transpose()?;
        if tls.is_none() && transport.is_secure() {
            return Err("TLS needs --authority".into());
        }
        let lines = std::iter::repeat_with(|| None).take(count).collect();
        Ok(Lines { poll: Poll::new()?, transport, server, tls: tls.map(Arc::new), lines })
    }

    /// Moves the messages of a load until it reports.
    pub(crate) fn run(&mut self, load: &mut Load, clock: Clock) -> io::Result<Report> {
        let mut events = Events::with_capacity(1024);
        load.handle(clock.now(), Input::Deadline);
        loop {
            if let Some(report) = self.drain(load, clock)? {
                return Ok(report);
            }
            let now = clock.now();
            let wait = load.deadline().map(|(due, _)| if due > now { due - now } else { Default::default() });
            self.poll.poll(&mut events, wait)?;
            for event in &events {
                self.read(load, clock.now(), event.token().0);
            }
            let now = clock.now();
            if load.deadline().is_some_and(|(due, _)| due <= now) {
                load.handle(now, Input::Deadline);
            }
        }
    }

    /// How many connections live.
    pub(crate) fn alive(&self) -> usize {
        self.lines.iter().flatten().filter(|line| line.is_alive()).count()
    }

    fn drain(&mut self, load: &mut Load, clock: Clock) -> io::Result<Option<Report>> {
        while let Some(output) = load.poll() {
            match output {
                Output::Transmit(transmit) => self.send(load, clock.now(), transmit)?,
                Output::Deliver(report) => return Ok(Some(report)),
                _ => {}
            }
        }
        Ok(None)
    }

    fn send(&mut self, load: &mut Load, now: Instant, transmit: Transmit) -> io::Result<()> {
        let Some(number) = number_of(transmit.flow.local) else { return Ok(()) };
        let Some(place) = self.lines.get_mut(number) else { return Ok(()) };
        if place.is_none() {
            let name = ServerName::try_from(crate::scenario::DOMAIN).map_err(io::Error::other)?;
            let session = match &self.tls {
                Some(config) => {
                    Some(rustls::ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?)
                }
                None => None,
            };
            let mut line = Line::open(address(number), self.server, session, self.transport)?;
            line.register(self.poll.registry(), Token(number))?;
            *place = Some(line);
        }
        let Some(line) = place else { return Ok(()) };
        if line.send(&transmit.bytes).is_err() {
            load.handle(now, Input::FlowFailed { flow: transmit.flow, error: FlowError::Closed });
        }
        Ok(())
    }

    fn read(&mut self, load: &mut Load, now: Instant, number: usize) {
        let Some(line) = self.lines.get_mut(number).and_then(Option::as_mut) else { return };
        let flow = Flow {
            transport: self.transport,
            local: address(number),
            remote: self.server,
            connection: None,
            peer: None,
        };
        let taken = line.take(&mut |bytes| load.handle(now, Input::Received { flow, bytes }));
        if taken == Taken::Ended {
            load.handle(now, Input::FlowFailed { flow, error: FlowError::Closed });
        }
    }
}

/// The address of a connection's own end: each has one, as phones have. Its port is what it shows, not what it uses.
pub(crate) fn address(number: usize) -> SocketAddr {
    let [_, a, b, c] = (number as u32 + 1).to_be_bytes();
    SocketAddr::new(Ipv4Addr::new(127, 16 + a, b, c).into(), 5060)
}

fn number_of(address: SocketAddr) -> Option<usize> {
    let SocketAddr::V4(address) = address else { return None };
    let [_, a, b, c] = address.ip().octets();
    (u32::from_be_bytes([0, a.checked_sub(16)?, b, c]) as usize).checked_sub(1)
}

fn trusting(authority: &Path) -> Result<ClientConfig, Box<dyn Error>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_has_an_address_of_its_own() {
        for number in [0, 254, 255, 65_535, 99_999] {
            assert_eq!(number_of(address(number)), Some(number));
            assert!(address(number).ip().is_loopback());
        }
    }
}
