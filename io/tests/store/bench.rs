//! A store in a folder of its own, a clock that stands until it is set, and askers that wait.

use ringback_io::driver::Replies;
use ringback_io::store::{Store, StoreSettings};
use ringback_roles::location::{Aor, Bindings, Candidate, Operation, Parts, Refusal, Register};
use ringback_roles::store::{Answer, Ask, Registered};
use ringback_sip::auth::{Ha1, Hash};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::node::Ticket;
use ringback_sip::time::{Duration, Instant};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

pub(crate) const T0: Instant = Instant::from_unix_secs(1_700_000_000);

#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn new() -> Self {
        Clock(Arc::new(AtomicU64::new(T0.unix_micros())))
    }

    pub(crate) fn set(&self, to: Instant) {
        self.0.store(to.unix_micros(), Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_unix_micros(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct Bench {
    pub(crate) folder: PathBuf,
    pub(crate) clock: Clock,
    journal: Arc<Mutex<Vec<Entry>>>,
}

impl Bench {
    pub(crate) fn new(name: &str) -> Self {
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Bench::at(folder, Clock::new())
    }

    pub(crate) fn at(folder: PathBuf, clock: Clock) -> Self {
        Bench { folder, clock, journal: Arc::default() }
    }

    pub(crate) fn settings(&self) -> StoreSettings {
        let (clock, journal) = (self.clock.clone(), Arc::clone(&self.journal));
        let mut settings = StoreSettings::new(Seed::from_number(1), Arc::new(move || clock.now()));
        settings.journal = Arc::new(move |entry| journal.lock().unwrap().push(entry));
        settings
    }

    pub(crate) fn open(&self) -> Asker {
        self.open_with(self.settings())
    }

    pub(crate) fn open_with(&self, settings: StoreSettings) -> Asker {
        Asker { store: Store::open(&self.folder, settings).unwrap(), clock: self.clock.clone() }
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        self.journal.lock().unwrap().iter().map(|e| e.fact.clone()).collect()
    }

    /// Waits for what another thread does, at most half a minute.
    pub(crate) fn wait_for(&self, what: &str, done: impl Fn() -> bool) {
        for _ in 0..3000 {
            if done() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("{what} did not come");
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if std::env::var_os("RINGBACK_STORE_FOLDER").is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub(crate) struct Asker {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
}

impl Asker {
    /// Asks all at once, then waits for every answer.
    pub(crate) fn ask_all(&self, asks: Vec<Ask>) -> Vec<Answer> {
        let (sender, receiver) = channel();
        let sender = Mutex::new(sender);
        let replies = Replies::to(move |answers| {
            answers.drain(..).for_each(|answer| sender.lock().unwrap().send(answer).unwrap());
        });
        let mut answers: Vec<_> = asks
            .into_iter()
            .enumerate()
            .map(|(n, ask)| self.store.ask(self.clock.now(), Ticket(n as u64), ask, &replies))
            .collect();
        while answers.iter().any(Option::is_none) {
            let (ticket, answer) = receiver.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
            assert!(answers[ticket.0 as usize].replace(answer).is_none(), "one answer each");
        }
        answers.into_iter().flatten().collect()
    }

    pub(crate) fn ask(&self, ask: Ask) -> Answer {
        self.ask_all(vec![ask]).remove(0)
    }

    pub(crate) fn register_all(&self, registers: Vec<Register>) -> Vec<Result<Registered, Refusal>> {
        let result = |answer| match answer {
            Answer::Registered(result) => result,
            other => panic!("{other:?}"),
        };
        self.ask_all(registers.into_iter().map(Ask::Register).collect()).into_iter().map(result).collect()
    }

    pub(crate) fn register(&self, register: Register) -> Result<Registered, Refusal> {
        self.register_all(vec![register]).remove(0)
    }

    pub(crate) fn bindings(&self, user: &str) -> Bindings {
        match self.ask(Ask::Bindings(aor(user))) {
            Answer::Bindings { bindings, .. } => bindings,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn contacts(&self, user: &str) -> Vec<Vec<u8>> {
        self.bindings(user).live(self.clock.now()).map(|b| b.contact().to_vec()).collect()
    }

    pub(crate) fn secret(&self, user: &str, hash: Hash) -> Option<Ha1> {
        match self.ask(Ask::Secret { user: aor(user), hash }) {
            Answer::Secret(secret) => secret,
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn aor(user: &str) -> Aor {
    Aor::from_canonical(user.as_bytes())
}

pub(crate) fn register(user: &str, contact: &[u8], cseq: u32, expires: u64) -> Register {
    let flow = Flow {
        transport: Transport::Udp,
        local: "192.0.2.9:5060".parse().unwrap(),
        remote: "198.51.100.7:5060".parse().unwrap(),
        connection: None,
        peer: None,
    };
    let parts = Parts { contact, call_id: b"call-1", user_agent: b"Phone/1.0", ..Parts::default() };
    let candidate = Candidate::new(parts, flow, cseq, Some(Duration::from_secs(expires))).unwrap();
    Register { aor: aor(user), operation: Operation::Contacts([candidate].into_iter().collect()) }
}
