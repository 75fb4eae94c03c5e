//! Every message of the call-flow RFCs parses, and is written back as it was read.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{Edit, Message, RequestBuilder, Uri};

/// One message of `data/flows`; see the README there.
struct Record {
    name: String,
    state: String,
    bytes: Vec<u8>,
}

#[test]
fn whole_messages_of_the_flows_keep_every_rule() {
    let mut broken = Vec::new();
    for record in records() {
        let message = Message::parse(&record.bytes);
        let faults =
            message.iter().flat_map(|m| m.faults().collect::<Vec<_>>()).map(|(_, e)| e.fault.to_string());
        let faults: Vec<_> = faults.collect();
        if message.is_err() || (record.state == "whole" && !faults.is_empty()) {
            broken.push(format!("{} {}: {faults:?} {:?}", record.name, record.state, message.err()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn edit_without_edits_changes_no_byte() {
    for record in records() {
        let message = Message::parse(&record.bytes).unwrap();
        assert_eq!(Edit::new(&message).finish(), record.bytes, "{}", record.name);
    }
}

#[test]
fn rewritten_messages_have_the_same_values() {
    for record in records().iter().filter(|r| r.state == "whole") {
        let read = Message::parse(&record.bytes).unwrap();
        if !read.is_request() {
            continue;
        }
        let method = core::str::from_utf8(read.method_token()).unwrap();
        let mut builder = RequestBuilder::new(method, read.request_uri());
        for line in read.lines().iter().filter(|l| l.name != HeaderName::CONTENT_LENGTH) {
            let name = String::from_utf8(read.name_of(line).to_vec()).unwrap();
            builder = builder.header_named(&name, read.value_of(line));
        }
        builder = builder.header_named("X-End", "");
        let bytes = if read.body().is_empty() { builder.finish() } else { builder.body("x/y", read.body()) };
        let written = Message::parse(&bytes).unwrap();
        assert_same(&read, &written, &record.name);
    }
}

fn assert_same(a: &Message<'_>, b: &Message<'_>, name: &str) {
    assert_eq!((a.method_token(), a.request_uri(), a.body()), (b.method_token(), b.request_uri(), b.body()));
    assert!(a.vias().eq(b.vias()) || spaced(a) == spaced(b), "{name}");
    let typed = |m: &Message<'_>| {
        let address = |a: ringback_sip::syntax::NameAddr<'_>| {
            (a.display.to_vec(), a.uri.to_vec(), a.tag().map(<[u8]>::to_vec))
        };
        let list: Vec<_> =
            m.routes().chain(m.record_routes()).chain(m.contacts()).map(|a| address(a.unwrap())).collect();
        let cseq = m.cseq().unwrap();
        (
            address(m.from().unwrap()),
            address(m.to().unwrap()),
            list,
            cseq.number,
            m.call_id().unwrap().to_vec(),
        )
    };
    assert_eq!(typed(a), typed(b), "{name}");
    let (a, b) = (Uri::parse(a.request_uri()), Uri::parse(b.request_uri()));
    assert!(a.unwrap().equals(&b.unwrap()), "{name}");
}

/// The Via values with each run of white space as one space: a writer unfolds.
fn spaced(m: &Message<'_>) -> Vec<Vec<u8>> {
    m.values(HeaderName::VIA)
        .map(|v| v.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(&b' '))
        .collect()
}

fn records() -> Vec<Record> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/flows");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut records = Vec::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "dat")) {
        let rfc = file.file_stem().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(file).unwrap();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let line = memchr::memchr(b'\n', rest).unwrap();
            let head = core::str::from_utf8(&rest[..line]).unwrap();
            let words: Vec<_> = head.split(' ').collect();
            let [_, flow, number, state, length] = words[..] else { panic!("{rfc}: {head}") };
            let end = line + 1 + length.parse::<usize>().unwrap();
            records.push(Record {
                name: format!("{rfc} {flow} {number}"),
                state: state.to_owned(),
                bytes: rest[line + 1..end].to_vec(),
            });
            rest = &rest[end + 1..];
        }
    }
    assert_eq!(records.len(), 445);
    records
}
