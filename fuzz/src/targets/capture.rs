//! Captures: files of packets, single packets, logs; and the judgement of what they hold.

use ringback_io::capture::{Capture, LinkType, read, read_log};
use ringback_io::hep::HepPacket;
use ringback_roles::diagnosis::{FactsLimits, diagnose, diagnose_whole};
use ringback_sip::time::Instant;

/// The same bytes as a file, as one packet on each kind of link, as a log, and as a packet of HEP.
pub fn capture(data: &[u8]) {
    let limits = FactsLimits { bytes_max: 1 << 16 };
    let mut file = Capture::new(limits);
    let first = read(data, &mut file, &mut take_out);
    judge(&file);
    let mut again = Capture::new(limits);
    let second = read(data, &mut again, &mut take_out);
    assert_eq!(first.ok(), second.ok(), "a file is read the same way each time");
    assert_eq!(file.facts().messages(), again.facts().messages());
    let mut packets = Capture::new(limits);
    for link in [LinkType::ETHERNET, LinkType::LINUX_SLL, LinkType::LINUX_SLL2, LinkType::NULL, LinkType::RAW]
    {
        packets.handle_packet(Instant::EPOCH, 1, link, data);
    }
    packets.finish();
    judge(&packets);
    let mut log = Capture::new(limits);
    let _ = read_log(data, &mut log, &mut |_| {});
    judge(&log);
    if let Ok(packet) = HepPacket::parse(data) {
        let mut hep = Capture::new(limits);
        hep.handle_hep(Instant::EPOCH, 1, &packet);
        hep.finish();
        judge(&hep);
        // Unpacked, it may be longer than a packet can be.
        if let Some(again) = packet.write() {
            assert_eq!(HepPacket::parse(&again).ok(), Some(packet), "what was read is written the same");
        }
    }
}

/// Takes out what is too much, as the command does.
fn take_out(capture: &mut Capture) {
    let calls = capture.take_idle();
    if !calls.is_empty() {
        capture.forget(&calls);
    }
}

fn judge(capture: &Capture) {
    let facts = capture.facts();
    let _ = diagnose_whole(facts);
    for call in facts.calls() {
        assert!(!call.messages.is_empty());
        let known: usize = call
            .transactions
            .iter()
            .map(|t| t.copies.len() + t.provisionals.len() + t.finals.len() + t.acks.len())
            .sum();
        assert_eq!(known, call.messages.len(), "each message belongs to one transaction");
        let _ = diagnose(facts, call);
    }
}
