mod gruu;
mod outbound;
mod path;

use super::*;
use crate::access::AccessSettings;
use crate::location::{Domains, Effect, Location, Policy, Refusal, Register};
use crate::store::{Registered, Secrets};
use ringback_sip::auth::{self, Challenge};
use ringback_sip::flow::Transport;
use ringback_sip::journal::{self, Fact};
use ringback_sip::registry::Fields;
use ringback_sip::time::Duration;

const T0: Instant = Instant::from_unix_secs(1_289_690_940);

/// A registrar with its store in memory.
struct House {
    now: Instant,
    access: Access,
    registrar: Registrar,
    location: Location,
    policy: Policy,
    disk_fails: bool,
}

impl House {
    fn new(required: bool) -> Self {
        let domains = Domains::new().with("example.test").with_alias("192.0.2.9").with("second.test");
        let settings = AccessSettings { required, ..AccessSettings::default() };
        House {
            now: T0,
            access: Access::new(settings, domains, Seed::from_number(1), Seed::from_number(2)),
            registrar: Registrar::new(Seed::from_number(1)),
            location: Location::new(Seed::from_number(1), 1000),
            policy: Policy::default(),
            disk_fails: false,
        }
    }

    fn reconfigure(&mut self, settings: RegistrarSettings) {
        let listen = vec![(Transport::Udp, "192.0.2.9:5060".parse().unwrap())];
        self.registrar.reconfigure(settings, Place::new(listen, self.access.domains().clone()));
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Register(register) => Answer::Registered(self.register(register)),
            Ask::Secret { user, hash } => {
                let known =
                    [b"alice@example.test".as_slice(), b"bob@example.test"].contains(&user.as_bytes());
                Answer::Secret(known.then(|| Secrets::from_password(&user, b"sesame").of(hash)))
            }
            other => panic!("{other:?}: not asked by a registrar"),
        }
    }

    fn register(&mut self, register: Register) -> Result<Registered, Refusal> {
        match self.location.register(register, self.now, &self.policy)? {
            Effect::Done(bindings) => Ok(Registered { bindings, changes: Vec::new() }),
            Effect::After(write) if self.disk_fails => {
                self.location.roll_back(&write);
                Err(Refusal::NotDurable)
            }
            Effect::After(write) => {
                self.location.commit(&write);
                Ok(Registered { bindings: write.bindings, changes: write.changes })
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Reply {
        self.send_over(flow(), bytes)
    }

    fn send_over(&mut self, flow: Flow, bytes: &[u8]) -> Reply {
        let message = Message::parse(bytes).unwrap();
        message.check().unwrap();
        let mut step = self.registrar.handle(self.now, &mut self.access, &message, &flow);
        loop {
            match step {
                Step::Respond(reply) => return checked(bytes, reply),
                Step::Ask(ask, stage) => {
                    let answer = self.answer(ask);
                    step = self.registrar.resume(self.now, &mut self.access, &message, &flow, stage, answer);
                }
            }
        }
    }

    /// The contacts that a query is told, each as `uri;expires=n…`.
    fn bound(&mut self, user: &str) -> Vec<String> {
        let bytes = register(&format!("sip:{user}"), "q", 1, "");
        contacts(&self.send(&bytes))
    }
}

/// What holds for every answer of a registrar.
fn checked(request: &[u8], reply: Reply) -> Reply {
    let (request, response) = (Message::parse(request).unwrap(), Message::parse(&reply.bytes).unwrap());
    response.check().unwrap();
    assert_eq!(response.status(), Some(reply.status));
    assert!(!reply.bytes.starts_with(b"SIP/2.0 6"), "a registrar never answers 6xx");
    assert_eq!(response.headers(HeaderName::RECORD_ROUTE).count(), 0);
    assert_eq!(response.call_id(), request.call_id());
    assert!(response.to().unwrap().tag().is_some());
    if let Fields::All(names) = reply.status.row().required {
        let missing = names.iter().find(|name| response.header(**name).is_none());
        assert_eq!(missing, None, "in {}", reply.status);
    }
    reply
}

fn flow() -> Flow {
    Flow {
        transport: Transport::Udp,
        local: "192.0.2.9:5060".parse().unwrap(),
        remote: "198.51.100.7:5060".parse().unwrap(),
        connection: None,
        peer: None,
    }
}

fn register(to: &str, call_id: &str, cseq: u32, rows: &str) -> Vec<u8> {
    register_at("sip:example.test", to, call_id, cseq, rows)
}

fn register_at(uri: &str, to: &str, call_id: &str, cseq: u32, rows: &str) -> Vec<u8> {
    format!(
        "REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK{call_id}{cseq}\r\n\
         Max-Forwards: 70\r\nFrom: <{to}>;tag=1\r\nTo: <{to}>\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\n\
         {rows}Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

fn contacts(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, StatusCode::OK);
    let response = Message::parse(&reply.bytes).unwrap();
    response.headers(HeaderName::CONTACT).map(|v| String::from_utf8(v.to_vec()).unwrap()).collect()
}

const ALICE: &str = "sip:alice@example.test";

#[test]
fn a_registration_is_answered_with_all_bindings_and_the_date() {
    let mut h = House::new(false);
    let reply = h.send(&register(ALICE, "c", 1, "Contact: <sip:a@h1>;q=0.50\r\nExpires: 600\r\n"));
    assert_eq!(contacts(&reply), ["<sip:a@h1>;expires=600;q=0.5"]);
    let response = Message::parse(&reply.bytes).unwrap();
    assert_eq!(response.header(HeaderName::DATE), Some(&b"Sat, 13 Nov 2010 23:29:00 GMT"[..]));
    assert!(matches!(reply.facts[..], [Fact::Binding { change: journal::Binding::Added(_), .. }]));
    h.now += Duration::from_millis(100_500);
    let reply =
        h.send(&register(ALICE, "d", 9, "Contact: <sip:a@h2>;expires=300, sip:a@h3;expires=9999\r\n"));
    let all = ["<sip:a@h1>;expires=500;q=0.5", "<sip:a@h2>;expires=300", "<sip:a@h3>;expires=7200"];
    assert_eq!(contacts(&reply), all, "a parameter goes before the header field, long wishes are cut");
    assert_eq!(h.bound("alice@example.test"), all);
}

#[test]
fn what_a_contact_says_of_itself_is_kept_and_told_as_it_came() {
    let mut h = House::new(false);
    let told = ";+sip.instance=\"<urn:UUID:1>\";audio;methods=\"INVITE,BYE\";+sip.Foo=\"<a;b>\";unknown";
    let row = "Contact: <sip:a@h1>;Audio;EXPIRES=600 ; methods=\"INVITE,BYE\";+sip.Foo=\"<a;b>\";unknown\
        ;+sip.instance=\"<urn:UUID:1>\";pub-gruu=\"sip:x@y\"\r\n";
    let reply = h.send(&register(ALICE, "c", 1, row));
    let expected = format!("<sip:a@h1>;expires=600{}", told.replace("audio", "Audio"));
    assert_eq!(contacts(&reply), [&*expected]);
    assert_eq!(h.bound("alice@example.test"), [expected]);
    // The next REGISTER says what counts from then on.
    let reply = h.send(&register(ALICE, "c", 2, "Contact: <sip:a@h1>;video;expires=600\r\n"));
    assert_eq!(contacts(&reply), ["<sip:a@h1>;expires=600;video"]);
    let long = format!("Contact: <sip:a@h1>;x={}\r\n", "y".repeat(1100));
    let reply = h.send(&register(ALICE, "c", 3, &long));
    assert_eq!(
        (reply.status, reply.cause),
        (StatusCode::BAD_REQUEST, Cause::Limit("PARAMS_BYTES_MAX".into()))
    );
}

#[test]
fn a_contact_is_refreshed_removed_and_forgotten_when_its_time_is_over() {
    let mut h = House::new(false);
    h.send(&register(ALICE, "c", 1, "Contact: <sip:a@h1>;expires=600\r\nContact: <sip:a@h2>;expires=90\r\n"));
    h.now += Duration::from_secs(60);
    let reply = h.send(&register(ALICE, "c", 2, "Contact: <sip:a@h1>\r\nExpires: 600\r\n"));
    assert_eq!(contacts(&reply), ["<sip:a@h1>;expires=600", "<sip:a@h2>;expires=30"]);
    h.now += Duration::from_secs(30);
    assert_eq!(h.bound("alice@example.test"), ["<sip:a@h1>;expires=570"]);
    let reply = h.send(&register(ALICE, "c", 3, "Contact: <sip:a@h1>;expires=0\r\nExpires: 600\r\n"));
    assert_eq!(contacts(&reply), [""; 0]);
    assert!(matches!(reply.facts[..], [Fact::Binding { change: journal::Binding::Removed, .. }]));
}

#[test]
fn the_star_removes_all_and_only_alone_with_expires_zero() {
    let mut h = House::new(false);
    let all = "Contact: <sip:a@h1>, <sip:a@h2>;expires=600\r\n";
    h.send(&register(ALICE, "c", 1, all));
    let before = h.bound("alice@example.test");
    for rows in [
        "Contact: *\r\n",
        "Contact: *\r\nExpires: 600\r\n",
        "Contact: *\r\nExpires: zero\r\n",
        "Contact: *, <sip:a@h1>\r\nExpires: 0\r\n",
        "Contact: <sip:a@h1>\r\nContact: *\r\nExpires: 0\r\n",
        "Contact: *\r\nContact: *\r\nExpires: 0\r\n",
        "Contact: *;expires=0\r\n",
    ] {
        let reply = h.send(&register(ALICE, "c", 2, rows));
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{rows}");
        assert!(matches!(reply.cause, Cause::Malformed { header: Some(_), .. }));
    }
    assert_eq!(h.bound("alice@example.test"), before);
    let stale = h.send(&register(ALICE, "c", 1, "Contact: *\r\nExpires: 0\r\n"));
    assert_eq!((stale.status, stale.cause), (StatusCode::SERVER_INTERNAL_ERROR, Cause::StaleRegister));
    let reply = h.send(&register(ALICE, "c", 2, "Contact: *\r\nExpires: 0\r\n"));
    assert_eq!(contacts(&reply), [""; 0]);
}

#[test]
fn requests_out_of_order_fail_and_leave_the_binding() {
    let mut h = House::new(false);
    h.send(&register(ALICE, "c", 2, "Contact: <sip:a@h1>;expires=600\r\n"));
    let late = h.send(&register(ALICE, "c", 1, "Contact: <sip:a@h1>;expires=0\r\n"));
    assert_eq!((late.status, late.cause), (StatusCode::SERVER_INTERNAL_ERROR, Cause::StaleRegister));
    assert_eq!(h.bound("alice@example.test"), ["<sip:a@h1>;expires=600"]);
    let other = h.send(&register(ALICE, "rebooted", 1, "Contact: <sip:a@h1>;expires=300\r\n"));
    assert_eq!(contacts(&other), ["<sip:a@h1>;expires=300"]);
}

#[test]
fn a_retransmission_is_answered_as_the_first_time() {
    let mut h = House::new(false);
    let bytes = register(ALICE, "c", 1, "Contact: <sip:a@h1>;expires=600\r\n");
    let first = h.send(&bytes);
    let again = h.send(&bytes);
    assert_eq!(first.bytes, again.bytes, "the To tag too");
    assert!(again.facts.is_empty());
}

#[test]
fn a_copy_from_another_port_moves_the_way_and_one_from_another_address_must_prove_itself() {
    let mut h = House::new(true);
    let way = |h: &House| h.location.bindings(&Aor::of_user(b"alice", b"example.test")).all()[0].flow.remote;
    let from = |remote: &str| Flow { remote: remote.parse().unwrap(), ..flow() };
    let first = h.send(&register(ALICE, "c", 1, CONTACT));
    let proven = register(ALICE, "c", 2, &(CONTACT.to_owned() + &credentials(&first, "alice", "sesame")));
    let answer = h.send(&proven);
    let moved = from("198.51.100.7:40001");
    assert_eq!(h.send_over(moved, &proven).status, answer.status);
    assert_eq!(way(&h), moved.remote);
    let stolen = h.send_over(from("203.0.113.66:5060"), &proven);
    assert_eq!((stolen.status, &stolen.cause), (StatusCode::UNAUTHORIZED, &Cause::BadNonce));
    assert_eq!(way(&h), moved.remote, "who repeats what he heard draws no calls to himself");
}

#[test]
fn an_interval_below_the_minimum_is_423_with_min_expires_and_nothing_is_stored() {
    let mut h = House::new(false);
    let rows = "Contact: <sip:a@h1>;expires=600, <sip:a@h2>;expires=10\r\n";
    let reply = h.send(&register(ALICE, "c", 1, rows));
    assert_eq!(reply.status, StatusCode::INTERVAL_TOO_BRIEF);
    let response = Message::parse(&reply.bytes).unwrap();
    assert_eq!(response.header(HeaderName::MIN_EXPIRES), Some(&b"60"[..]));
    assert_eq!(h.bound("alice@example.test"), [""; 0]);
    let reply = h.send(&register(ALICE, "c", 2, "Contact: <sip:a@h1>;expires=60\r\n"));
    assert_eq!(contacts(&reply), ["<sip:a@h1>;expires=60"]);
    h.policy.expires_min = Duration::from_secs(7200);
    let reply = h.send(&register(ALICE, "c", 3, "Contact: <sip:a@h1>;expires=3600\r\n"));
    assert_eq!(contacts(&reply), ["<sip:a@h1>;expires=3600"], "one hour is never too brief");
}

#[test]
fn lifetimes_that_cannot_be_read_count_as_one_hour() {
    for rows in [
        "Contact: <sip:a@h>;expires=soon\r\n",
        "Contact: <sip:a@h>\r\nExpires: Sat, 13 Nov 2010 23:29:00 GMT\r\n",
        "Contact: <sip:a@h>\r\n",
    ] {
        let mut h = House::new(false);
        assert_eq!(contacts(&h.send(&register(ALICE, "c", 1, rows))), ["<sip:a@h>;expires=3600"], "{rows}");
    }
    let mut h = House::new(false);
    let reply = h.send(&register(ALICE, "c", 1, "Contact: <sip:a@h>;expires=99999999999\r\n"));
    assert_eq!(contacts(&reply), ["<sip:a@h>;expires=7200"]);
}

#[test]
fn one_bad_contact_refuses_the_whole_request() {
    let mut h = House::new(false);
    for bad in [
        "<nonsense>",
        "<sip:a@h2>;q=2",
        "sip:a@h2?Route=%3Csip:x%3E",
        "<sip:a@h2",
        "<sip:a@h1>, <sip:%61@h1>",
    ] {
        let reply = h.send(&register(ALICE, "c", 1, &format!("Contact: <sip:a@h0>, {bad}\r\n")));
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(matches!(reply.cause, Cause::Malformed { header: Some(HeaderName::CONTACT), .. }), "{bad}");
    }
    let long = "x".repeat(2000);
    let reply = h.send(&register(ALICE, "c", 1, &format!("Contact: <sip:{long}@h>\r\n")));
    assert_eq!(reply.cause, Cause::Limit("CONTACT_BYTES_MAX".into()));
    assert_eq!(h.bound("alice@example.test"), [""; 0]);
}

#[test]
fn a_contact_keeps_its_header_fields() {
    let mut h = House::new(false);
    let row = "Contact: <sip:a@h?Route=%3Csip:sip.example.com%3E>\r\n";
    let reply = h.send(&register(ALICE, "c", 1, row));
    assert_eq!(contacts(&reply), ["<sip:a@h?Route=%3Csip:sip.example.com%3E>;expires=3600"]);
}

#[test]
fn the_address_of_record_is_canonical() {
    let mut h = House::new(false);
    for (n, to) in ["sip:%61lice@example.test", "sips:alice@192.0.2.9:5061;x=1;user=phone"].iter().enumerate()
    {
        let contact = format!("Contact: <sip:a@h{n}>;expires=600\r\n");
        assert_eq!(h.send(&register(to, "c", n as u32 + 1, &contact)).status, StatusCode::OK);
    }
    assert_eq!(h.bound("alice@example.test").len(), 2);
    assert_eq!(h.bound("Alice@example.test").len(), 0, "the user part has case");
    let null = h.send(&register(
        "sip:null-%00-null@example.test",
        "c",
        1,
        "Contact: <sip:%00@h>,<sip:%00%00@h>\r\n",
    ));
    assert_eq!(contacts(&null).len(), 2, "an escaped NUL ends nothing (RFC 4475 §3.1.1.5)");
    assert_eq!(h.bound("null-@example.test").len(), 0);
}

#[test]
fn an_address_of_another_domain_is_not_found() {
    let mut h = House::new(false);
    for to in ["sip:alice@elsewhere.test", "sip:alice@second.test", "sip:example.test"] {
        let reply = h.send(&register(to, "c", 1, "Contact: <sip:a@h>\r\n"));
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{to}");
        assert_eq!(reply.cause, Cause::UnknownUser(journal::Shown::from(to)));
    }
    let second = register_at("sip:second.test", "sip:alice@second.test", "c", 1, "Contact: <sip:a@h>\r\n");
    assert_eq!(h.send(&second).status, StatusCode::OK);
    let tel = h.send(&register("tel:+31201234567", "c", 1, "Contact: <sip:a@h>\r\n"));
    assert_eq!(tel.status, StatusCode::BAD_REQUEST, "To must be sip or sips (RFC 4475 §3.3.7)");
    let message = register_at("sip:elsewhere.test", "sip:a@elsewhere.test", "c", 1, "");
    assert!(!Registrar::serves(&h.access, &Message::parse(&message).unwrap()));
}

#[test]
fn extensions_that_the_request_insists_on_are_refused_by_name() {
    let mut h = House::new(false);
    let reply =
        h.send(&register(ALICE, "c", 1, "Require: path, foo\r\nRequire: bar\r\nContact: <sip:a@h>\r\n"));
    assert_eq!(reply.status, StatusCode::BAD_EXTENSION);
    let response = Message::parse(&reply.bytes).unwrap();
    assert_eq!(response.header(HeaderName::UNSUPPORTED), Some(&b"foo, bar"[..]));
    let reply =
        h.send(&register(ALICE, "c", 2, "Supported: path\r\nProxy-Require: foo\r\nContact: <sip:a@h>\r\n"));
    assert_eq!(reply.status, StatusCode::OK, "Proxy-Require is for proxies");
}

#[test]
fn a_record_route_is_ignored() {
    let mut h = House::new(false);
    let reply = h.send(&register(ALICE, "c", 1, "Record-Route: <sip:p;lr>\r\nContact: <sip:a@h>\r\n"));
    assert_eq!(contacts(&reply), ["<sip:a@h>;expires=3600"]);
}

#[test]
fn what_is_not_durable_is_500_and_nothing_is_seen() {
    let mut h = House::new(false);
    h.disk_fails = true;
    let reply = h.send(&register(ALICE, "c", 1, "Contact: <sip:a@h>\r\n"));
    assert_eq!((reply.status, reply.cause), (StatusCode::SERVER_INTERNAL_ERROR, Cause::NotDurable));
    assert_eq!(h.bound("alice@example.test"), [""; 0]);
    h.disk_fails = false;
    let reply = h.send(&register(ALICE, "c", 2, "Contact: <sip:a@h>\r\n"));
    assert_eq!(contacts(&reply).len(), 1);
}

#[test]
fn a_full_store_is_503_with_retry_after_and_too_many_bindings_are_403() {
    let mut h = House::new(false);
    h.location = Location::new(Seed::from_number(1), 16);
    for n in 0..16 {
        let row = format!("Contact: <sip:a@h{n}>\r\n");
        assert_eq!(h.send(&register(ALICE, "c", n + 1, &row)).status, StatusCode::OK);
    }
    let many = h.send(&register(ALICE, "c", 99, "Contact: <sip:a@h99>\r\n"));
    assert_eq!(
        (many.status, many.cause),
        (StatusCode::FORBIDDEN, Cause::Limit("BINDINGS_PER_AOR_MAX".into()))
    );
    let full = h.send(&register("sip:bob@example.test", "c", 1, "Contact: <sip:b@h>\r\n"));
    assert_eq!(
        (full.status, full.cause),
        (StatusCode::SERVICE_UNAVAILABLE, Cause::Limit("BINDINGS_MAX".into()))
    );
    assert!(Message::parse(&full.bytes).unwrap().header(HeaderName::RETRY_AFTER).is_some());
    let flood = (0..33).map(|n| format!("Contact: <sip:f@h{n}>\r\n")).collect::<String>();
    let flood = h.send(&register("sip:bob@example.test", "c", 1, &flood));
    assert_eq!((flood.status, flood.cause), (StatusCode::FORBIDDEN, Cause::Limit("CONTACTS_MAX".into())));
}

#[test]
fn other_schemes_of_the_request_uri_are_416() {
    let mut h = House::new(false);
    let reply = h.send(&register_at("tel:+31201234567", ALICE, "c", 1, "Contact: <sip:a@h>\r\n"));
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_URI_SCHEME);
}

/// Repeats a request with credentials for the challenge in `reply`.
fn credentials(reply: &Reply, user: &str, password: &str) -> String {
    let response = Message::parse(&reply.bytes).unwrap();
    let chosen = Challenge::topmost(response.headers(HeaderName::WWW_AUTHENTICATE));
    let secret = chosen[0].secret_of(user.as_bytes(), password.as_bytes());
    let value = chosen[0].answer(&auth::Answer {
        user: user.as_bytes(),
        secret: &secret,
        method: b"REGISTER",
        uri: b"sip:example.test",
        body: b"",
        nonce_count: 1,
        cnonce: b"abc",
    });
    format!("Authorization: {}\r\n", String::from_utf8(value).unwrap())
}

const CONTACT: &str = "Contact: <sip:a@h1>;expires=600\r\n";

#[test]
fn a_phone_proves_who_it_is_and_is_registered() {
    let mut h = House::new(true);
    let first = h.send(&register(ALICE, "c", 1, CONTACT));
    assert_eq!((first.status, &first.cause), (StatusCode::UNAUTHORIZED, &Cause::NoCredentials));
    let rows = CONTACT.to_owned() + &credentials(&first, "alice", "sesame");
    let bytes = register(ALICE, "c", 2, &rows);
    let second = h.send(&bytes);
    assert_eq!(contacts(&second), ["<sip:a@h1>;expires=600"]);
    assert_eq!(h.send(&bytes).bytes, second.bytes, "its retransmission is no replay");
    let replay = h.send(&register(ALICE, "d", 3, &rows));
    assert_eq!((replay.status, replay.cause), (StatusCode::UNAUTHORIZED, Cause::BadNonce));
}

#[test]
fn a_wrong_password_is_401_and_a_stale_nonce_says_so() {
    let mut h = House::new(true);
    let first = h.send(&register(ALICE, "c", 1, CONTACT));
    let wrong = credentials(&first, "alice", "guess");
    let reply = h.send(&register(ALICE, "c", 2, &(CONTACT.to_owned() + &wrong)));
    assert_eq!(reply.cause, Cause::WrongCredentials(journal::Shown::from("alice")));
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    let right = credentials(&first, "alice", "sesame");
    h.now += Duration::from_secs(301);
    let reply = h.send(&register(ALICE, "c", 3, &(CONTACT.to_owned() + &right)));
    assert_eq!((reply.status, &reply.cause), (StatusCode::UNAUTHORIZED, &Cause::StaleNonce));
    let response = Message::parse(&reply.bytes).unwrap();
    let rows: Vec<_> = response.headers(HeaderName::WWW_AUTHENTICATE).collect();
    assert!(rows.iter().all(|row| Challenge::parse(row).unwrap().stale));
    let fresh = credentials(&reply, "alice", "sesame");
    assert_eq!(h.send(&register(ALICE, "c", 4, &(CONTACT.to_owned() + &fresh))).status, StatusCode::OK);
}

#[test]
fn five_copies_of_a_register_with_a_wrong_password_count_once() {
    let mut h = House::new(true);
    let first = h.send(&register(ALICE, "c", 1, CONTACT));
    let wrong = register(ALICE, "c", 2, &(CONTACT.to_owned() + &credentials(&first, "alice", "guess")));
    let tag = |reply: &Reply| Message::parse(&reply.bytes).unwrap().to().unwrap().tag().map(<[u8]>::to_vec);
    let answer = h.send(&wrong);
    for _ in 0..5 {
        let copy = h.send(&wrong);
        assert_eq!((copy.status, &copy.cause, tag(&copy)), (answer.status, &answer.cause, tag(&answer)));
    }
    let fresh = credentials(&answer, "alice", "sesame");
    let right = register(ALICE, "c", 3, &(CONTACT.to_owned() + &fresh));
    assert_eq!(h.send(&right).status, StatusCode::OK, "one wrong proof closes no door");
}

#[test]
fn a_user_registers_only_itself() {
    let mut h = House::new(true);
    let bob = "sip:bob@example.test";
    let first = h.send(&register(bob, "c", 1, CONTACT));
    let rows = CONTACT.to_owned() + &credentials(&first, "alice", "sesame");
    let reply = h.send(&register(bob, "c", 2, &rows));
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.cause, Cause::NotOwner(journal::Shown::from("bob@example.test")));
    let first = h.send(&register(bob, "e", 1, ""));
    let query = h.send(&register(bob, "e", 2, &credentials(&first, "bob", "sesame")));
    assert_eq!(contacts(&query), [""; 0], "bob has no binding");
}

#[test]
fn an_extension_is_refused_before_a_challenge_and_an_address_not_before_the_proof() {
    let mut h = House::new(true);
    let reply = h.send(&register(ALICE, "c", 1, "Require: foo\r\n"));
    assert_eq!(reply.status, StatusCode::BAD_EXTENSION);
    let reply = h.send(&register("sip:nobody@elsewhere.test", "c", 2, CONTACT));
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}

#[test]
fn an_unknown_scheme_of_credentials_is_challenged() {
    let mut h = House::new(true);
    let rows = "Authorization: NoOneKnowsThisScheme opaque-data=here\r\n";
    assert_eq!(h.send(&register(ALICE, "c", 1, rows)).status, StatusCode::UNAUTHORIZED);
    let mut lab = House::new(false);
    assert_eq!(lab.send(&register(ALICE, "c", 1, rows)).status, StatusCode::OK);
}
