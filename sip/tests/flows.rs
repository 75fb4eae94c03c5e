//! Every message of the call-flow RFCs parses, and is written back as it was read.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Edit, Glimpse, Message, RequestBuilder, Response, Uri};

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

/// What a request shows at a glimpse is what it says, and so is the answer; with one byte cut or another as well.
#[test]
fn requests_say_at_a_glimpse_what_they_say_when_they_are_read() {
    let mut messages: Vec<Vec<u8>> = records().into_iter().map(|record| record.bytes).collect();
    for folder in ["rfc4475", "rfc5118"] {
        let folder = format!("{}/tests/data/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        messages.extend(files.iter().map(|file| std::fs::read(file).unwrap()));
    }
    let mut glimpsed = 0;
    for (number, bytes) in messages.iter().enumerate() {
        glimpsed += usize::from(is_seen_as_it_is_read(bytes));
        // A call that begins, where the flow has one that goes on.
        let text = String::from_utf8_lossy(bytes);
        let to = text.lines().find(|line| line.starts_with("To: ")).unwrap_or_default();
        let begun = text.replacen(to, to.split(";tag").next().unwrap_or_default(), 1);
        glimpsed += usize::from(is_seen_as_it_is_read(begun.as_bytes()));
        let head = memchr::memmem::find(bytes, b"\r\n\r\n").unwrap_or(bytes.len());
        for at in (number % 3..head).step_by(3) {
            let mut other = begun.clone().into_bytes();
            let Some(byte) = other.get_mut(at) else { break };
            match b" \t\r\n;,:\"<>=xT".get((at / 3 + number) % 14) {
                Some(new) => *byte = *new,
                None => drop(other.remove(at)),
            }
            is_seen_as_it_is_read(&other);
        }
    }
    assert!(glimpsed > 200, "{glimpsed}");
}

/// Whether it shows itself; what it shows is what is read, unless it is refused for itself.
fn is_seen_as_it_is_read(bytes: &[u8]) -> bool {
    let Some(seen) = Glimpse::read(bytes) else { return false };
    let shown = String::from_utf8_lossy(bytes);
    let read = Message::parse(bytes).unwrap();
    if read.check().is_err() {
        return false;
    }
    let (key, status) = (Seed::from_number(1), StatusCode::SERVICE_UNAVAILABLE);
    let tag = seen.tag(&key);
    assert_eq!(Some(seen.method), read.method(), "{shown}");
    assert_eq!((Ok(seen.via), Ok(seen.call_id)), (read.top_via().copied(), read.call_id()), "{shown}");
    assert_eq!(tag, Response::tag(&read, &key), "{shown}");
    if seen.method == Method::Ack {
        let says = read.to().unwrap().tag() == Some(tag.as_bytes());
        assert!(says || !seen.has_tag(tag), "{shown}");
    } else if !seen.may_be_in_dialog() {
        assert_eq!(read.to().unwrap().tag(), None, "{shown}");
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "192.0.2.201:4567".parse().unwrap(),
            connection: None,
            peer: None,
        };
        let answer = Response::to(&read, &flow, status, Some(tag.as_bytes())).finish();
        assert_eq!(seen.respond(&flow, status, tag).finish(), answer, "{shown}");
    }
    true
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
