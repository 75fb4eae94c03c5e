//! From packets to lines.

use super::args::Args;
use super::counts::{Counts, Refused};
use super::teller::Teller;
use super::watch::Watch;
use crate::cli::Common;
use crate::named::unwritten;
use crate::terminal::Terminal;
use ringback_io::capture::{Capture, KeyLog, LinkType, PacketWriter};
use ringback_io::hep::{Arrival, Content, HepFault, HepPacket};
use ringback_roles::diagnosis::{FactsLimits, hide_secrets};
use ringback_sip::time;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where everything comes together.
pub(super) struct Desk<'a> {
    args: &'a Args,
    capture: Capture,
    watch: Watch,
    teller: Teller<'a>,
    packets: Option<PacketWriter<BufWriter<File>>>,
    counts: Counts,
    /// The moment of the last packet, by the capturers' clocks and by ours.
    last: Option<(time::Instant, Instant)>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(args: &'a Args, common: &Common, terminal: &'a Terminal) -> io::Result<Self> {
        let create = |file: &PathBuf| {
            File::create(file)
                .and_then(|made| PacketWriter::new(BufWriter::new(made)))
                .map_err(unwritten(file))
        };
        Ok(Desk {
            args,
            capture: Capture::new(FactsLimits::default()),
            watch: Watch::default(),
            teller: Teller::new(args, common, terminal),
            packets: args.pcap_out.as_ref().map(create).transpose()?,
            counts: Counts::default(),
            last: None,
        })
    }

    pub(super) fn greet(&self, label: &'static str, places: &[impl Display]) -> io::Result<()> {
        self.teller.greet(label, places)
    }

    /// What comes over TLS from now on is read with these secrets.
    pub(super) fn set_key_log(&mut self, key_log: KeyLog) {
        *self.capture.key_log_mut() = key_log;
    }

    /// Takes a packet of IP that passed here.
    pub(super) fn take_ip(&mut self, at: time::Instant, bytes: &[u8]) -> io::Result<()> {
        self.counts.packets += 1;
        self.capture.handle_packet(at, self.counts.packets, LinkType::RAW, bytes);
        self.last = Some((self.capture.facts().ended(), Instant::now()));
        self.put_away()
    }

    /// Takes what came; what cannot be taken is told of once for each reason.
    pub(super) fn take(&mut self, arrival: &Arrival) -> io::Result<()> {
        let packet = match &arrival.bytes {
            Ok(bytes) => HepPacket::parse(bytes),
            Err(fault) => Err(*fault),
        };
        let key = self.args.authenticate.as_deref().unwrap_or_default().as_bytes();
        let refused = match packet {
            Ok(packet) if key.is_empty() || *packet.key == *key => return self.take_packet(&packet),
            Ok(_) => Refused::WrongKey,
            // A sign of life.
            Err(HepFault::NoPayload) => return Ok(()),
            Err(fault) => Refused::Fault(fault),
        };
        let count = self.counts.refused.entry(refused).or_default();
        *count += 1;
        if *count == 1 {
            self.teller.refuse(arrival.from, refused);
        }
        Ok(())
    }

    fn take_packet(&mut self, packet: &HepPacket<'_>) -> io::Result<()> {
        self.counts.packets += 1;
        if self.counts.agents.len() < AGENTS_MAX || self.counts.agents.contains_key(&packet.agent) {
            *self.counts.agents.entry(packet.agent).or_default() += 1;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = packet.at.unwrap_or(time::Instant::from_unix_secs(now.as_secs()));
        self.capture.handle_hep(at, self.counts.packets, packet);
        self.last = Some((self.capture.facts().ended(), Instant::now()));
        if let Some(out) = &mut self.packets {
            let mut bytes = packet.payload.to_vec();
            match packet.content {
                Content::Sip => {
                    if !self.args.keep_secrets {
                        hide_secrets(&mut bytes);
                    }
                    out.write_message(at, packet.transport, packet.ends, &bytes)?;
                }
                Content::Rtp | Content::Rtcp => out.write(at, packet.ends[0], packet.ends[1], &bytes)?,
                Content::Other(_) => {}
            }
        }
        self.put_away()
    }

    /// When there is too much to keep, what was silent the longest is told as it stands.
    fn put_away(&mut self) -> io::Result<()> {
        let calls = self.capture.take_idle();
        if calls.is_empty() {
            return Ok(());
        }
        for legs in &calls {
            self.teller.tell(self.capture.facts(), legs)?;
            self.teller.forget(legs);
            self.watch.forget(legs);
        }
        self.capture.forget(&calls);
        Ok(())
    }

    /// Tells the calls that have become silent.
    pub(super) fn settle(&mut self, now: Instant) -> io::Result<()> {
        let Some((at, since)) = self.last else { return Ok(()) };
        // That nothing came since then is known as well.
        self.capture.facts_mut().touch(at + now.duration_since(since));
        self.capture.finish();
        let facts = self.capture.facts();
        self.watch.settle(facts, now).iter().try_for_each(|legs| self.teller.tell(facts, legs))
    }

    /// Tells the rest as it stands, and what it all came to.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.capture.finish();
        let facts = self.capture.facts();
        facts.legs().iter().try_for_each(|legs| self.teller.tell(facts, legs))?;
        if let Some(out) = self.packets.take() {
            out.finish()?;
        }
        self.teller.summarize(self.capture.facts(), &self.counts)
    }
}

/// Most capturers that are counted one by one.
const AGENTS_MAX: usize = 256;
