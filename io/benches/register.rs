//! What a REGISTER costs in process: registrar, access and location index, with a store in memory.
//! `cargo bench -p ringback-io --bench register`

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use ringback_roles::access::{Access, AccessSettings};
use ringback_roles::location::{Aor, Domains, Effect, Location, Policy};
use ringback_roles::registrar::{Registrar, Step};
use ringback_roles::store::{Answer, Ask, Registered, Secrets};
use ringback_sip::auth::{self, Challenge, Hash};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;
use std::time::Instant as Monotonic;

const USERS: u32 = 10_000;
const ROUNDS: u32 = 20;

struct House {
    access: Access,
    registrar: Registrar,
    location: Location,
    policy: Policy,
    secrets: Vec<Secrets>,
    now: Instant,
}

impl House {
    fn new(required: bool, hash: Hash) -> Self {
        let settings = AccessSettings { required, hashes: vec![hash], ..AccessSettings::default() };
        let domains = Domains::new().with("bench.test");
        let user = |n| Aor::from_canonical(format!("u{n:07}@bench.test").as_bytes());
        House {
            access: Access::new(settings, domains, Seed::from_number(1), Seed::from_number(2)),
            registrar: Registrar::new(Seed::from_number(1)),
            location: Location::new(Seed::from_number(1), 1 << 20),
            policy: Policy::default(),
            secrets: (0..USERS).map(|n| Secrets::from_password(&user(n), b"secret")).collect(),
            now: Instant::from_unix_secs(1_700_000_000),
        }
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Register(register) => {
                match self.location.register(register, self.now, &self.policy).unwrap() {
                    Effect::Done(bindings) => {
                        Answer::Registered(Ok(Registered { bindings, changes: Default::default() }))
                    }
                    Effect::After(write) => {
                        self.location.commit(&write);
                        Answer::Registered(Ok(Registered {
                            bindings: write.bindings,
                            changes: write.changes,
                        }))
                    }
                }
            }
            Ask::Secret { user, hash } => {
                let n: usize = std::str::from_utf8(&user.user()[1..]).unwrap().parse().unwrap();
                Answer::Secret(Some(self.secrets[n].of(hash)))
            }
            _ => unreachable!(),
        }
    }

    fn send(&mut self, bytes: &[u8]) -> ringback_roles::registrar::Reply {
        let flow = Flow {
            transport: Transport::Udp,
            local: "127.0.0.1:5060".parse().unwrap(),
            remote: "127.0.0.1:27100".parse().unwrap(),
            connection: None,
            peer: None,
        };
        let message = Message::parse(bytes).unwrap();
        message.check().unwrap();
        let mut step = self.registrar.handle(self.now, &mut self.access, &message, &flow);
        loop {
            match step {
                Step::Respond(reply) => return reply,
                Step::Ask(ask, stage) => {
                    let answer = self.answer(ask);
                    step = self.registrar.resume(self.now, &mut self.access, &message, &flow, stage, answer);
                }
            }
        }
    }
}

fn request(n: u32, cseq: u32, authorization: &str) -> Vec<u8> {
    format!(
        "REGISTER sip:bench.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:27100;branch=z9hG4bK-{n}-{cseq};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:u{n:07}@bench.test>;tag=t{n}\r\nTo: <sip:u{n:07}@bench.test>\r\n\
         Call-ID: reg-{n:07}@127.0.0.1\r\nCSeq: {cseq} REGISTER\r\nContact: <sip:u{n:07}@127.0.0.1:27100>\r\n\
         Expires: 3600\r\nUser-Agent: bench\r\n{authorization}Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

fn report(name: &str, started: Monotonic, count: u32) {
    println!("{name:<28} {:>8.0} ns", started.elapsed().as_nanos() as f64 / f64::from(count));
}

fn without_authentication() {
    let mut house = House::new(false, Hash::Md5);
    let rounds: Vec<Vec<_>> = (1..=ROUNDS).map(|r| (0..USERS).map(|n| request(n, r, "")).collect()).collect();
    let mut started = Monotonic::now();
    for (round, requests) in rounds.iter().enumerate() {
        requests.iter().for_each(|bytes| assert_eq!(house.send(bytes).status.number(), 200));
        if round == 0 {
            report("REGISTER, new", started, USERS);
            started = Monotonic::now();
        }
    }
    report("REGISTER, refresh", started, USERS * (ROUNDS - 1));
}

fn with_digest(hash: Hash) {
    let mut house = House::new(true, hash);
    let first = house.send(&request(0, 1, ""));
    let response = Message::parse(&first.bytes).unwrap();
    let challenge = Challenge::topmost(response.headers(HeaderName::WWW_AUTHENTICATE)).remove(0);
    let requests: Vec<_> = (0..USERS)
        .map(|n| {
            let user = format!("u{n:07}");
            let secret = challenge.secret_of(user.as_bytes(), b"secret");
            let value = challenge.answer(&auth::Answer {
                user: user.as_bytes(),
                secret: &secret,
                method: b"REGISTER",
                uri: b"sip:bench.test",
                body: b"",
                nonce_count: n + 1,
                cnonce: b"0a4f113b",
            });
            request(n, 2, &format!("Authorization: {}\r\n", String::from_utf8(value).unwrap()))
        })
        .collect();
    let started = Monotonic::now();
    requests.iter().for_each(|bytes| assert_eq!(house.send(bytes).status.number(), 200));
    report(&format!("REGISTER, digest {}", hash.as_str()), started, USERS);
    let started = Monotonic::now();
    let bare = request(0, 3, "");
    (0..USERS).for_each(|_| assert_eq!(house.send(&bare).status.number(), 401));
    report(&format!("challenge {}", hash.as_str()), started, USERS);
}

fn main() {
    without_authentication();
    Hash::ALL.into_iter().for_each(with_digest);
}
