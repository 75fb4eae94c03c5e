//! The second reading: the calls that were shown go into a capture of their own, in the order in which they came.

use crate::named::unwritten;
use ringback_io::capture::{Capture, CaptureFault, KeyLog, PacketWriter, read};
use ringback_roles::diagnosis::{Call, CallId, Facts, FactsLimits, hide_secrets};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter};
use std::net::SocketAddr;
use std::path::Path;

/// What belongs into it.
#[derive(Default)]
pub(super) struct Cut {
    calls: BTreeSet<CallId>,
    media: BTreeSet<[SocketAddr; 2]>,
}

impl Cut {
    pub(super) fn add(&mut self, facts: &Facts, call: &Call) {
        self.calls.insert(call.id.clone());
        for stream in facts.streams_of(call) {
            let ends = [stream.key.src, stream.key.dst];
            // Reports go either way, on the next port or on the same.
            let next = ends.map(|end| SocketAddr::new(end.ip(), end.port().saturating_add(1)));
            for [src, dst] in [ends, next] {
                self.media.extend([[src, dst], [dst, src]]);
            }
        }
    }

    /// Reads the capture again and writes what belongs to the calls, with secrets hidden or as it came.
    pub(super) fn write(
        self,
        from: &Path,
        to: &Path,
        keeps_secrets: bool,
        key_log: KeyLog,
    ) -> Result<(), CaptureFault> {
        let input = File::open(from).map_err(CaptureFault::Io)?;
        let mut failure = None;
        let mut packets = File::create(to)
            .and_then(|file| PacketWriter::new(BufWriter::new(file)))
            .map_err(unwritten(to))
            .map_err(CaptureFault::Io)?;
        // With no room for bytes, each message comes out at once.
        let mut capture = Capture::new(FactsLimits { bytes_max: 0 });
        *capture.key_log_mut() = key_log;
        capture.pass_media(self.media);
        read(input, &mut capture, &mut |capture| {
            let done = write_next(capture, &self.calls, keeps_secrets, &mut packets);
            failure = done.err().or(failure.take());
        })?;
        failure.map_or(Ok(()), Err).and_then(|()| packets.finish().map(drop)).map_err(CaptureFault::Io)
    }
}

fn write_next(
    capture: &mut Capture,
    wanted: &BTreeSet<CallId>,
    keeps_secrets: bool,
    packets: &mut PacketWriter<BufWriter<File>>,
) -> io::Result<()> {
    if let Some(media) = capture.take_media() {
        let [src, dst] = media.ends;
        packets.write(media.at, src, dst, &media.bytes)?;
    }
    let calls = capture.take_idle();
    if calls.is_empty() {
        return Ok(());
    }
    let messages = calls
        .iter()
        .flat_map(|legs| &legs.calls)
        .filter(|call| wanted.contains(&call.id))
        .flat_map(|call| &call.messages);
    for message in messages {
        let mut bytes = message.bytes.to_vec();
        if !keeps_secrets {
            hide_secrets(&mut bytes);
        }
        packets.write_message(message.at, message.transport, [message.src, message.dst], &bytes)?;
    }
    capture.forget(&calls);
    Ok(())
}
