//! The fuzz targets without a fuzzer: the committed seeds and a fixed set of their mutations, on every `cargo test`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use std::path::Path;

#[allow(unreachable_pub, clippy::print_stderr, reason = "a library of its own in fuzz/")]
#[path = "../../fuzz/src/mutate.rs"]
mod mutate;
#[allow(unreachable_pub, clippy::expect_used, reason = "a library of its own in fuzz/")]
#[path = "../../fuzz/src/targets/mod.rs"]
mod targets;

#[test]
fn no_message_breaks_the_parser_the_editor_or_the_writer() {
    mutate::run(&seeds("message"), DICTIONARY, 1, RUNS, targets::message);
}

#[test]
fn no_uri_breaks_comparison() {
    mutate::run(&seeds("uri"), DICTIONARY, 2, RUNS, targets::uri);
}

#[test]
fn no_session_description_breaks_its_canonical_form() {
    mutate::run(&seeds("sdp"), DICTIONARY, 3, RUNS, targets::sdp);
}

#[test]
fn no_cut_of_a_stream_changes_its_messages() {
    mutate::run(&seeds("framing"), DICTIONARY, 4, RUNS / 4, targets::framing);
}

#[test]
fn no_datagram_breaks_a_call() {
    mutate::run(&seeds("media"), DICTIONARY, 5, RUNS, targets::media);
}

#[test]
fn no_capture_breaks_its_reader_or_the_rules() {
    mutate::run(&seeds("capture"), DICTIONARY, 6, RUNS / 4, targets::capture);
}

/// Inputs of each target: a few seconds without optimisation.
const RUNS: usize = 20_000;

/// The committed seeds, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 2, "{target} has seeds");
    files.iter().map(|f| std::fs::read(f).unwrap()).collect()
}

const DICTIONARY: &[&[u8]] = &[
    b"SIP/2.0",
    b"\r\n",
    b"\r",
    b"\r\nNoColon\r\n x",
    b"\r\n ",
    b"\r\n\r\n",
    b"\n\n",
    b"Via: SIP/2.0/UDP h;branch=z9hG4bK1;rport;received=::1\r\n",
    b"v: ",
    b"Content-Length: 4294967296\r\n",
    b"l: 5\r\nl: 6\r\n",
    b"Content-Length: -1\r\n",
    b"Route: <sip:p;lr>, <sip:q;lr>\r\n",
    b"Contact: *\r\n",
    b"CSeq: 2147483648 INVITE\r\n",
    b"Max-Forwards: 256\r\n",
    b"sip:[::1]:65536",
    b"tel:+1-(2)",
    b"%00%4",
    b"\"\\\"",
    b"<>",
    b",,",
    b";;=",
    b"?a=b&A=B",
    b"\xff\xfe\x00",
    b"m=audio 0 RTP/AVP 0 8 101 999\r\n",
    b"a=rtpmap:101 telephone-event/8000\r\n",
    b"c=IN IP6 ::1\r\n",
    b"\x80\xc8\x00\x06",
    b"\x81\xca\x00\x02",
    b"\xbf\x65",
];
