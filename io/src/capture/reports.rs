//! What RTCP says about streams: as packets (RFC 3550 §6.4), and as servers write it down for HEP, in JSON.
//!
//! Asterisk (`res_hep_rtcp`), rtpengine (`homer`), captagent and others use the same names: `ssrc`, `type`,
//! `sender_information` with `packets`, and `report_blocks` with `source_ssrc`, `fraction_lost`, `packets_lost`, `ia_jitter`.

use crate::media::reception::Figures;
use crate::media::rtcp;
use serde_json::Value;

/// What one party reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Its own source.
    pub(super) ssrc: u32,
    /// How many packets it has sent, if it sends.
    pub(super) sent: Option<u32>,
    /// What it says about sources that it hears.
    pub(super) blocks: Vec<(u32, Figures)>,
}

/// Reads a datagram of RTCP, or an object of JSON.
pub(super) fn read(bytes: &[u8]) -> Option<Report> {
    if bytes.first() == Some(&b'{') { read_json(bytes) } else { read_packet(bytes) }
}

fn read_packet(bytes: &[u8]) -> Option<Report> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    let length = 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
    let body = rest.get(..length)?;
    let (sent, blocks_at) = match head[1] {
        rtcp::SENDER_REPORT => (Some(rtcp::word(body, 4).ok()?), 6),
        rtcp::RECEIVER_REPORT => (None, 1),
        _ => return None,
    };
    let blocks = (0..usize::from(head[0] & 0x1f)).map(|n| rtcp::parse_block(body, blocks_at + 6 * n));
    let blocks = blocks.map_while(Result::ok).map(|block| (block.ssrc, block.figures)).collect();
    Some(Report { ssrc: rtcp::word(body, 0).ok()?, sent, blocks })
}

fn read_json(bytes: &[u8]) -> Option<Report> {
    let report: Value = serde_json::from_slice(bytes).ok()?;
    let kind = number(&report["type"])?;
    if ![rtcp::SENDER_REPORT, rtcp::RECEIVER_REPORT].map(i64::from).contains(&kind) {
        return None;
    }
    let blocks = report["report_blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let block = |block: &Value| {
        let figure = |name: &str| number(&block[name]).unwrap_or(0);
        let figures = Figures {
            fraction_lost: figure("fraction_lost").clamp(0, 255) as u8,
            // 24 bits with a sign, which some write without one.
            lost: ((figure("packets_lost") as i32) << 8) >> 8,
            highest: figure("highest_seq_no") as u32,
            jitter: figure("ia_jitter") as u32,
        };
        Some((number(&block["source_ssrc"])? as u32, figures))
    };
    Some(Report {
        ssrc: number(&report["ssrc"])? as u32,
        sent: number(&report["sender_information"]["packets"]).map(|sent| sent as u32),
        blocks: blocks.iter().take(BLOCKS_MAX).filter_map(block).collect(),
    })
}

/// A number, however it was written; one of 32 bits may have got a sign.
fn number(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
        .or_else(|| value.as_str()?.parse().ok())
}

/// Most blocks of one report (RFC 3550 §6.4.1).
const BLOCKS_MAX: usize = 31;

#[cfg(test)]
mod tests {
    use super::*;

    /// As rtpengine's `daemon/rtcp.c` writes it.
    const RTPENGINE: &str = r#"{ "sender_information":{"ntp_timestamp_sec":3911,"ntp_timestamp_usec":2,"octets":24000,"rtp_timestamp":160,
        "packets":150},"ssrc":7,"type":200,"report_count":1,"report_blocks":[{"source_ssrc":4000000000,"highest_seq_no":66000,
        "fraction_lost":12,"ia_jitter":320,"packets_lost":16777214,"lsr":1,"dlsr":2}],"sdes_report_count":1,"sdes_information":[]}"#;
    /// As Asterisk's `main/rtp_engine.c` and `res_hep_rtcp.c` write it, sources above 2³¹ with a sign.
    const ASTERISK: &str = r#"{"ssrc":-294967296,"type":201,"report_count":1,"report_blocks":[{"source_ssrc":7,"fraction_lost":3,
        "packets_lost":20,"highest_seq_no":500,"ia_jitter":42,"lsr":0,"dlsr":0.5}]}"#;

    #[test]
    fn servers_that_write_json_are_understood() {
        let report = read(RTPENGINE.as_bytes()).unwrap();
        assert_eq!((report.ssrc, report.sent), (7, Some(150)));
        let figures = Figures { fraction_lost: 12, lost: -2, highest: 66_000, jitter: 320 };
        assert_eq!(report.blocks, [(4_000_000_000, figures)]);
        let report = read(ASTERISK.as_bytes()).unwrap();
        assert_eq!((report.ssrc, report.sent, report.blocks[0].1.lost), (4_000_000_000, None, 20));
        assert_eq!(read(br#"{"type":202,"ssrc":1}"#), None);
        assert_eq!(read(b"{\"type\":"), None);
    }

    #[test]
    fn a_packet_says_the_same_as_its_json() {
        let figures = Figures { fraction_lost: 3, lost: 20, highest: 500, jitter: 42 };
        let block = rtcp::Block { ssrc: 7, figures, last_report: 0, delay: 0 };
        let packet =
            rtcp::write(&rtcp::Report { ssrc: 4_000_000_000, sender: None, block: Some(block) }, "n", false);
        assert_eq!(read(&packet), read(ASTERISK.as_bytes()));
    }
}
