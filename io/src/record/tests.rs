use super::*;
use ringback_roles::diagnosis::{Began, Key, Known};
use ringback_roles::location::Aor;
use ringback_sip::auth::{Ha1, Hash};
use ringback_sip::flow::{Flow, FlowError, Target, Transport};
use ringback_sip::journal::*;
use ringback_sip::registry::{EventPackage, HeaderName, Method, StatusCode, Timer};
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Mutex;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringback-record-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Folder(path)
    }

    fn segments(&self) -> Vec<PathBuf> {
        segments::list(&self.0).unwrap().into_iter().map(|(_, path)| path).collect()
    }

    fn all(&self) -> Vec<Record> {
        self.find(None)
    }

    fn find(&self, key: Option<&Key>) -> Vec<Record> {
        let mut found = Vec::new();
        let reader = RecordReader::open(&self.0).unwrap();
        reader.read(Instant::EPOCH, key, &mut |record| found.push(record)).unwrap();
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const LIMITS: RecordLimits =
    RecordLimits { bytes_max: 1 << 20, age_max: Duration::from_secs(3600), records_per_sec_max: 1 << 20 };

fn at(millis: u64) -> Instant {
    Instant::from_unix_secs(1_000_000) + Duration::from_millis(millis)
}

fn fact(millis: u64, call_id: &str, fact: Fact) -> Record {
    Record { at: at(millis), call_id: call_id.as_bytes().into(), what: What::Fact(fact) }
}

fn flow() -> Flow {
    let (local, remote) = ("127.0.0.1:5060".parse().unwrap(), "192.0.2.1:5070".parse().unwrap());
    Flow { transport: Transport::Udp, local, remote, connection: None, peer: None }
}

fn answered(millis: u64, call_id: &str, cause: Cause) -> Record {
    let (method, status, peer) = (Some(Method::Invite), StatusCode::TEMPORARILY_UNAVAILABLE, flow().remote);
    fact(millis, call_id, Fact::Answered { method, status, peer, cause })
}

fn many_facts() -> Vec<Record> {
    let shown = Shown::from(&b"b\xffb@example.test"[..]);
    let target = Target { transport: Transport::Tls, address: flow().remote, peer: None };
    let until = at(9);
    let (status, error) = (StatusCode::BUSY_HERE, ResolveError::Timeout);
    let steps = [Step::NothingUsable, Step::Limit("ADDRESSES_MAX".into()), Step::Alias { to: shown.clone() }];
    let facts = [
        Fact::Binding { aor: shown.clone(), contact: shown.clone(), change: Binding::FlowGone(Some(until)) },
        Fact::FlowFailed { flow: flow(), error: FlowError::Closed },
        Fact::TimerFired { timer: Timer::C, method: None },
        Fact::Located(Box::new(Search { host: shown.clone(), steps: steps.into(), found: Err(error) })),
        Fact::Quarantined { target, until, end: BranchEnd::Timeout(Timer::B) },
        Fact::Subscription {
            aor: shown.clone(),
            package: EventPackage::PRESENCE,
            watcher: shown.clone(),
            change: Subscription::Lost(BranchEnd::Response(status)),
        },
        Fact::Chose {
            branch: 1,
            status,
            outvoted: [Outvoted { branch: 0, status, why: Lost::TellsLess }].into(),
        },
        Fact::Call { state: "up".into(), cause: Cause::Rule(shown, 7) },
    ];
    let causes = [
        Cause::Malformed { header: Some(HeaderName::CSEQ), at: 3 },
        Cause::Limit("CONTACTS_MAX".into()),
        Cause::IntervalTooBrief(Duration::from_secs(60)),
    ];
    let facts = facts.into_iter().map(|f| fact(0, "a", f));
    facts.chain(causes.into_iter().map(|cause| answered(0, "a", cause))).collect()
}

use ringback_sip::flow::ResolveError;

#[test]
fn what_is_written_is_read_again() {
    let folder = Folder::new("again");
    let mut records = many_facts();
    records.push(Record {
        at: at(1),
        call_id: b"b".as_slice().into(),
        what: What::Message(Passage {
            flow: flow(),
            sent: true,
            bytes: b"SIP/2.0 200 OK\r\n\xff"[..].into(),
        }),
    });
    records.push(Record { at: at(2), call_id: Box::default(), what: What::Gap(7) });
    Segments::open(&folder.0, LIMITS).unwrap().append(at(2), &records).unwrap();
    assert_eq!(folder.all(), records);
}

#[test]
fn a_torn_tail_is_cut_off_and_the_segment_goes_on() {
    let folder = Folder::new("torn");
    let records: Vec<_> = (0..9).map(|n| answered(n, "a", Cause::FlowGone)).collect();
    Segments::open(&folder.0, LIMITS).unwrap().append(at(9), &records).unwrap();
    let path = folder.segments().pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let one = (whole.len() - 8) / 9;
    for cut in 0..=one {
        fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        assert_eq!(folder.all().len(), if cut == 0 { 9 } else { 8 }, "a reader stops at {cut}");
        Segments::open(&folder.0, LIMITS).unwrap().append(at(10), &[answered(10, "b", Cause::Loop)]).unwrap();
        let after = folder.all();
        assert_eq!(after.len(), if cut == 0 { 10 } else { 9 }, "cut by {cut}");
        assert_eq!(folder.find(Some(&Key::Call(b"b"[..].into()))).len(), 1);
    }
    let mut flipped = whole.clone();
    flipped[whole.len() - 3] ^= 1;
    fs::write(&path, &flipped).unwrap();
    assert_eq!(folder.all().len(), 8, "a frame whose checksum is wrong");
}

#[test]
fn the_room_is_kept_and_the_oldest_goes_first() {
    let folder = Folder::new("room");
    let limits = RecordLimits { bytes_max: 64 << 10, ..LIMITS };
    let mut segments = Segments::open(&folder.0, limits).unwrap();
    for n in 0..4000 {
        segments.append(at(n), &[answered(n, &format!("call-{n}"), Cause::FlowGone)]).unwrap();
    }
    let size: u64 = folder.segments().iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!((40 << 10..=64 << 10).contains(&size), "{size}");
    let all = folder.all();
    assert_eq!(all.last().unwrap().at, at(3999));
    assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
    let files = fs::read_dir(&folder.0).unwrap().count();
    assert_eq!(files, folder.segments().len() * 2 - 1, "an index for each full segment, and no other file");
}

#[test]
fn what_is_too_old_goes() {
    let folder = Folder::new("age");
    let mut segments = Segments::open(&folder.0, LIMITS).unwrap();
    for n in 0..100 {
        let millis = n * 60_000;
        segments.append(at(millis), &[answered(millis, "a", Cause::FlowGone)]).unwrap();
    }
    let kept = folder.all().len();
    assert!((60..=68).contains(&kept), "{kept} minutes, where an hour is kept");
}

#[test]
fn every_key_finds_its_records_with_an_index_and_without() {
    let folder = Folder::new("keys");
    let limits = RecordLimits { bytes_max: 512 << 10, ..LIMITS };
    let mut segments = Segments::open(&folder.0, limits).unwrap();
    for n in 0..2000 {
        let cause = Cause::NoBinding(Shown::from(&*format!("u{}@example.test", n % 10)));
        segments.append(at(n), &[answered(n, &format!("call-{}", n % 7), cause)]).unwrap();
    }
    assert!(folder.segments().len() > 3);
    let keys = [
        (Key::Call(b"call-3"[..].into()), 286),
        (Key::User(b"u4"[..].into()), 200),
        (Key::Peer("192.0.2.1".parse().unwrap()), 2000),
        (Key::Code(480), 2000),
        (Key::Code(404), 0),
    ];
    for (key, count) in &keys {
        assert_eq!(folder.find(Some(key)).len(), *count, "{key:?}");
    }
    let indexes: Vec<_> = folder.segments().iter().map(|path| index::path_of(path)).collect();
    let (_, full) = indexes.split_last().unwrap();
    let whole: Vec<_> = full.iter().map(|path| fs::read(path).unwrap()).collect();
    let damage: [fn(&mut Vec<u8>); 5] = [
        |index| index.truncate(7),
        |index| *index = b"RBindex1 and nothing that fits".to_vec(),
        |index| index[26] ^= 1,
        |index| *index.last_mut().unwrap() ^= 1,
        |index| index.truncate(index.len() - 1),
    ];
    for (place, damage) in damage.into_iter().enumerate() {
        for (path, whole) in full.iter().zip(&whole) {
            let mut bytes = whole.clone();
            damage(&mut bytes);
            fs::write(path, bytes).unwrap();
        }
        for (key, count) in &keys {
            assert_eq!(folder.find(Some(key)).len(), *count, "{key:?}, damage {place}");
        }
    }
    full.iter().for_each(|path| fs::remove_file(path).unwrap());
    for (key, count) in &keys {
        assert_eq!(folder.find(Some(key)).len(), *count, "{key:?} without an index");
    }
    for (path, whole) in full.iter().zip(&whole) {
        assert_eq!(&fs::read(path).unwrap(), whole, "it was made again");
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn the_newest_are_shown_first_and_nothing_else_is_read() {
    let folder = Folder::new("newest");
    let limits = RecordLimits { bytes_max: 512 << 10, ..LIMITS };
    let mut segments = Segments::open(&folder.0, limits).unwrap();
    for n in 0..2000 {
        segments.append(at(n), &[answered(n, &format!("call-{}", n / 2), Cause::FlowGone)]).unwrap();
    }
    // Whoever reads a frame that nobody asked for finds nothing there.
    for path in folder.segments() {
        let bytes = fs::read(&path).unwrap();
        let wanted = [&b"call-999"[..], b"call-998", b"call-17"];
        let mut damaged = bytes.clone();
        let (mut bodies, mut before) = (frame::Bodies::of(&bytes).unwrap(), 8);
        while let Some((offset, body)) = bodies.next() {
            assert_eq!(offset, before);
            before = bodies.end;
            let is_wanted = frame::parse(body).is_some_and(|record| wanted.contains(&&*record.call_id));
            if !is_wanted && index::path_of(&path).exists() {
                damaged[offset..bodies.end].fill(0xff);
            }
        }
        fs::write(&path, damaged).unwrap();
    }
    let reader = RecordReader::open(&folder.0).unwrap();
    let mut shown = Vec::new();
    let mut take = |record: Record| {
        shown.push(record.call_id);
        if shown.len() < 4 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    reader.newest(Instant::EPOCH, &Key::Answered, &mut take).unwrap();
    assert_eq!(shown, [&b"call-999"[..], b"call-999", b"call-998", b"call-998"].map(Box::from));
    assert_eq!(folder.find(Some(&Key::Call(b"call-17"[..].into()))).len(), 2);
    let opened = reader.count(Instant::EPOCH, &Key::Opened).unwrap();
    let twice = folder.segments().len() as u64;
    assert!((1000..1000 + twice).contains(&opened), "{opened}: each call once a segment");
    let late = reader.count(at(1990), &Key::Answered).unwrap();
    assert!((10..1000).contains(&late), "{late}: only segments of that time count");
}

#[test]
fn a_recorder_hides_what_is_private_and_says_what_it_lost() {
    let folder = Folder::new("masked");
    let limits = RecordLimits { records_per_sec_max: 3, ..LIMITS };
    let (recorder, tap) = Recorder::start(&folder.0, limits, RecordedMessages::Masked, || at(5)).unwrap();
    let text =
        b"MESSAGE sip:bob@example.test SIP/2.0\r\nCall-ID: a\r\nAuthorization: Digest response=\"feed\"\r\n\
        Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nsecret";
    let message = || (at(1), Taken::Message { flow: flow(), sent: false, bytes: text[..].into() });
    tap.feed.push(at(1), &mut vec![message(), message(), message(), message()], 2);
    recorder.finish();
    let records = folder.all();
    let What::Message(passage) = &records[0].what else { panic!("{records:?}") };
    assert_eq!(passage.bytes.len(), text.len());
    let shown = String::from_utf8_lossy(&passage.bytes);
    assert!(!shown.contains("secret") && !shown.contains("feed"), "{shown}");
    assert_eq!(&*records[0].call_id, b"a");
    assert_eq!(records.last().unwrap().what, What::Gap(3));
}

#[test]
fn a_disk_that_takes_nothing_costs_records_and_is_tried_again() {
    let folder = Folder::new("disk");
    let clock = Arc::new(Mutex::new(at(0)));
    let time = Arc::clone(&clock);
    let (recorder, tap) =
        Recorder::start(&folder.0, LIMITS, RecordedMessages::Off, move || *time.lock().unwrap()).unwrap();
    let figures = recorder.figures();
    fs::remove_dir_all(&folder.0).unwrap();
    let entry = |n| {
        let Record { at, what: What::Fact(fact), .. } = answered(n, "a", Cause::Loop) else { panic!() };
        (at, Taken::Entry(Entry::new(at, b"a", fact)))
    };
    let wait = |what: &dyn Fn() -> bool| {
        for _ in 0..3000 {
            if what() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("not within 30 s");
    };
    tap.feed.push(at(0), &mut vec![entry(0), entry(1)], 0);
    wait(&|| figures.lost() == 2);
    fs::create_dir_all(&folder.0).unwrap();
    *clock.lock().unwrap() = at(2000);
    tap.feed.push(at(2000), &mut vec![entry(2000)], 0);
    wait(&|| figures.kept() == 1);
    recorder.finish();
    let records = folder.all();
    assert_eq!(records.len(), 2, "{records:?}");
    assert_eq!(records[1].what, What::Gap(2));
}

#[test]
fn what_the_store_said_stands_under_the_call_that_asked_and_no_secret_is_on_the_disk() {
    let folder = Folder::new("told");
    let (recorder, tap) = Recorder::start(&folder.0, LIMITS, RecordedMessages::Masked, || at(5)).unwrap();
    let user = Aor::from_canonical(b"bob@example.test");
    let secret = Ha1::from_password(Hash::Sha256, b"bob", b"example.test", b"open sesame");
    let ask = Ask::Secret { user, hash: Hash::Sha256 };
    assert!((tap.asks)(&ask));
    let bytes = b"INVITE sip:bob@example.test SIP/2.0\r\nCall-ID: a\r\n\r\n"[..].into();
    let came = Taken::Message { flow: flow(), sent: false, bytes };
    let told = Taken::Told(ask, Answer::Secret(Some(secret)));
    tap.feed.push(at(1), &mut vec![(at(1), came), (at(1), told)], 0);
    recorder.finish();
    let records = folder.find(Some(&Key::Call(b"a"[..].into())));
    let What::Told(told) = &records[1].what else { panic!("{records:?}") };
    assert_eq!((&*told.about.0, &told.known), (&b"bob@example.test"[..], &Known::Secret(true)));
    for path in folder.segments() {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(8).any(|window| *window == secret.expose()[..8]));
    }
}

#[test]
fn after_more_answers_were_lost_than_questions_are_kept_the_next_ones_are_recorded() {
    let folder = Folder::new("open");
    let mut writer = Writer {
        segments: Segments::open(&folder.0, LIMITS).unwrap(),
        messages: RecordedMessages::Masked,
        records: Vec::new(),
        gap: 0,
        fanout: None,
        rest_until: Instant::EPOCH,
        came: b"a"[..].into(),
        open: BTreeMap::new(),
        figures: Arc::default(),
        watch: Watch::default(),
    };
    let ask = Ask::Bindings(Aor::from_canonical(b"bob@example.test"));
    let lost = OPEN_MAX as u64 + 2;
    for n in 0..lost {
        writer.take(&Line::Entry(at(n), &Taken::Asked((0, n), ask.clone())), at(n));
        assert!(writer.open.len() <= OPEN_MAX);
    }
    let answer = Answer::Bindings { is_user: true, bindings: ringback_roles::location::Bindings::default() };
    for n in [lost - 1, lost - 2] {
        writer.take(&Line::Entry(at(lost), &Taken::Answered((0, n), answer.clone())), at(lost));
    }
    writer.take(&Line::Rest, at(lost));
    let [first, second] = &folder.all()[..] else { panic!("{:?}", folder.all()) };
    assert!(matches!((&first.what, &second.what), (What::Told(_), What::Told(_))), "{first:?} {second:?}");
    assert_eq!(&*first.call_id, b"a");
}

#[test]
fn every_segment_says_how_the_server_runs() {
    let folder = Folder::new("began");
    let limits = RecordLimits { bytes_max: 64 << 10, ..LIMITS };
    let mut segments = Segments::open(&folder.0, limits).unwrap();
    let began = Began { start: 7, workers: 2, listeners: [flow().local].into(), settings: "x".into() };
    let began = Record { at: at(0), call_id: Box::default(), what: What::Began(began) };
    segments.append(at(0), std::slice::from_ref(&began)).unwrap();
    for n in 1..2000 {
        segments.append(at(n), &[answered(n, "a", Cause::FlowGone)]).unwrap();
    }
    let files = folder.segments();
    assert!(files.len() > 3, "the first ones are deleted");
    for file in files {
        let mut first = None;
        let reader = RecordReader::of_file(&file);
        reader.read(Instant::EPOCH, None, &mut |record| first = first.take().or(Some(record))).unwrap();
        assert_eq!(first.as_ref(), Some(&began));
    }
}

#[test]
fn copies_of_configurations_are_the_owners_only_and_few() {
    let folder = Folder::new("copies");
    fs::create_dir_all(&folder.0).unwrap();
    let name = keep_settings(&folder.0, "domains = []").unwrap();
    assert_eq!(keep_settings(&folder.0, "domains = []").unwrap(), name);
    let file = settings_file(&folder.0, &name);
    assert_eq!(fs::read_to_string(&file).unwrap(), "domains = []");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for n in 0..80 {
        keep_settings(&folder.0, &format!("workers = {n}")).unwrap();
    }
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 64);
}
