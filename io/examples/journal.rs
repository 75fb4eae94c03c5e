//! Writes a journal of many calls, and says what it takes to read it: all of it, the list of the newest calls, and what is
//! found by each kind of key. `cargo run --release -p ringback-io --example journal -- FOLDER [CALLS]`; a journal that is
//! there already is only read.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use ringback_io::driver::Taken;
use ringback_io::record::{RecordLimits, RecordReader, RecordedMessages, Recorder};
use ringback_roles::diagnosis::{Key, Record};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::journal::{Cause, Entry, Fact, Shown};
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::time::{Duration, Instant};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Instant as Monotonic, SystemTime};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap();
    let calls: u64 = arguments.next().map_or(200_000, |text| text.parse().unwrap());
    if !Path::new(&folder).exists() {
        write(Path::new(&folder), calls);
    }
    let open = || RecordReader::open(Path::new(&folder)).unwrap();
    let bytes: u64 = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum();
    println!("{} MB, index and all", bytes / 1_000_000);
    let all = |key: Option<Key>| {
        let mut count = 0;
        open().read(Instant::EPOCH, key.as_ref(), &mut |_| count += 1).unwrap();
        count
    };
    timed("every record", || all(None));
    let middle = Key::Call(format!("{}@caller", calls / 2).as_bytes().into());
    timed("one call", || all(Some(middle.clone())));
    timed("a user", || all(Some(Key::User((*b"user-77").into()))));
    timed("changes of a user's phones", || all(Some(Key::Binding((*b"user-77").into()))));
    timed("a peer", || all(Some(Key::Peer("192.0.2.77".parse().unwrap()))));
    timed("a code that is rare", || all(Some(Key::Code(500))));
    timed("50 newest calls, with their records", || newest(&open(), 50));
    timed("1000 newest calls, with their records", || newest(&open(), 1000));
}

fn newest(reader: &RecordReader, most: usize) -> usize {
    let mut calls: Vec<Box<[u8]>> = Vec::new();
    let mut take = |record: Record| {
        if !calls.contains(&record.call_id) {
            calls.push(record.call_id);
        }
        if calls.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    reader.newest(Instant::EPOCH, &Key::Opened, &mut take).unwrap();
    let mut count = 0;
    for call in calls {
        reader.read(Instant::EPOCH, Some(&Key::Call(call)), &mut |_| count += 1).unwrap();
    }
    count
}

fn timed(what: &str, mut run: impl FnMut() -> usize) {
    let mut times = Vec::new();
    let mut count = 0;
    for _ in 0..5 {
        let begin = Monotonic::now();
        count = run();
        times.push(begin.elapsed());
    }
    times.sort();
    println!("{what}: {count} records, {:.1} ms", times[2].as_secs_f64() * 1000.0);
}

fn write(folder: &Path, calls: u64) {
    let limits = RecordLimits {
        bytes_max: 4 << 30,
        age_max: Duration::from_secs(7 * 86_400),
        records_per_sec_max: u32::MAX,
    };
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let start = Instant::from_unix_secs(unix - 3600);
    let now = Instant::from_unix_secs(unix);
    let (recorder, tap) = Recorder::start(folder, limits, RecordedMessages::Masked, move || now).unwrap();
    let figures = recorder.figures();
    let mut given = 0;
    for number in 0..calls {
        let mut taken = call(number, start + Duration::from_micros(number * 3_600_000_000 / calls));
        given += taken.len() as u64;
        tap.feed.push(now, &mut taken, 0);
        // The queue takes 4096.
        while given - figures.kept() > 2000 {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
    recorder.finish();
    println!("{} records kept, {} lost", figures.kept(), figures.lost());
}

type Moment = (Instant, Taken<ringback_roles::store::Ask, ringback_roles::store::Answer>);

/// What is recorded of a call that is answered, or of one in fifty that is refused; a phone registers with one in ten.
fn call(number: u64, at: Instant) -> Vec<Moment> {
    let (caller, callee) = (number % 5000, (number * 7 + 1) % 5000);
    let id = format!("{number}@caller");
    let flow = |n: u64| Flow {
        transport: Transport::Udp,
        local: "192.0.2.250:5060".parse().unwrap(),
        remote: format!("192.0.2.{}:{}", n % 200, 1024 + n).parse().unwrap(),
        connection: None,
        peer: None,
    };
    let (from, to) = (flow(caller), flow(callee));
    let text = |start: &str, tag: &str, method: &str, body: &str| {
        format!(
            "{start}\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK-{number}-{method}\r\nMax-Forwards: 70\r\n\
             From: <sip:user-{caller}@example.test>;tag=from-{number}\r\nTo: <sip:user-{callee}@example.test>{tag}\r\n\
             Call-ID: {id}\r\nCSeq: 1 {method}\r\nContact: <sip:user-{caller}@{}>\r\nUser-Agent: bench\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            from.remote,
            from.remote,
            body.len()
        )
    };
    let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\n\
               a=rtpmap:101 telephone-event/8000\r\n";
    let uri = format!("sip:user-{callee}@example.test");
    let message = |millis: u64, flow: Flow, sent: bool, text: String| {
        (at + Duration::from_millis(millis), Taken::Message { flow, sent, bytes: text.into_bytes().into() })
    };
    let fact = |millis: u64, fact: Fact| {
        let at = at + Duration::from_millis(millis);
        (at, Taken::Entry(Entry::new(at, id.as_bytes(), fact)))
    };
    let invite = text(&format!("INVITE {uri} SIP/2.0"), "", "INVITE", sdp);
    if number.is_multiple_of(50) {
        let status = if number.is_multiple_of(5000) {
            StatusCode::SERVER_INTERNAL_ERROR
        } else {
            StatusCode::TEMPORARILY_UNAVAILABLE
        };
        let cause = Cause::NoBinding(Shown::from(&*format!("user-{callee}@example.test")));
        let answered = Fact::Answered { method: Some(Method::Invite), status, peer: from.remote, cause };
        let answer = text(&format!("SIP/2.0 {} Refused", status.number()), ";tag=own", "INVITE", "");
        return vec![message(0, from, false, invite), fact(1, answered), message(1, from, true, answer)];
    }
    let answer = text("SIP/2.0 200 OK", ";tag=callee", "INVITE", sdp);
    let bye = text(&format!("BYE {uri} SIP/2.0"), ";tag=callee", "BYE", "");
    let done = text("SIP/2.0 200 OK", ";tag=callee", "BYE", "");
    let method = Some(Method::Invite);
    let mut taken = vec![
        message(0, from, false, invite.clone()),
        message(0, from, true, text("SIP/2.0 100 Trying", "", "INVITE", "")),
        fact(1, Fact::Branch { branch: 0, target: Shown::from(&*uri), peer: to.remote }),
        message(1, to, true, invite),
        message(3, to, false, answer.clone()),
        fact(3, Fact::Passed { branch: 0, method, status: StatusCode::OK }),
        message(3, from, true, answer),
        message(2000, from, false, bye.clone()),
        message(2000, to, true, bye),
        message(2001, to, false, done.clone()),
        message(2001, from, true, done),
    ];
    if number.is_multiple_of(10) {
        let aor = Shown::from(&*format!("user-{caller}@example.test"));
        let change = ringback_sip::journal::Binding::Refreshed(at + Duration::from_secs(3600));
        taken.push(fact(2002, Fact::Binding { aor, contact: Shown::from("sip:phone"), change }));
    }
    taken
}
