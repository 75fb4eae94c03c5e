//! `ringback demo`: a server and two phones in one process, one call with audio both ways, explained.

use crate::cli::Common;
use crate::exit::Exit;
use crate::password::Password;
use crate::phone::{Audio, Heard, News, Phone, Plan, Reporter, Rung, ladder};
use crate::terminal::Terminal;
use ringback_io::clock::{Clock, seed_from_system};
use ringback_io::driver::{Driver, DriverSettings, Listener, Running, Station, Surroundings};
use ringback_io::media::source::Source;
use ringback_io::media::tone::{Tone, share_at};
use ringback_io::media::wav;
use ringback_io::store::{Store, StoreSettings, Subscribers};
use ringback_roles::agent::{AgentSettings, CallId, Command, Event, Outgoing, Registering, Secret};
use ringback_roles::explain::{Explainer, Language};
use ringback_roles::location::Domains;
use ringback_roles::server::{self, Server, ServerSettings};
use ringback_roles::store::Answer;
use ringback_sip::entropy::Entropy;
use ringback_sip::flow::Transport;
use ringback_sip::syntax::Uri;
use serde_json::{Value, json};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Show a call: a server and two phones over real sockets of this machine, each response explained
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let folder = Folder::make()?;
    let clock = Clock::start();
    let explainer = Explainer::new(common.language());
    let mut demo = Demo::start(&folder.0, clock)?;
    let outcome = demo.play(&folder.0);
    let rungs = demo.stop(&explainer)?;
    let reporter = Reporter::new(common.json, false, terminal);
    if common.json {
        for rung in &rungs {
            let fields = json!({
                "at": rung.at.to_string(), "leg": if rung.is_right { "bob" } else { "alice" },
                "direction": if rung.goes_right { "right" } else { "left" },
                "title": rung.title, "sentence": rung.sentence,
            });
            reporter.result("message", "", fields)?;
        }
    } else {
        terminal.result(&ladder(["alice", "ringback serve", "bob"], &rungs))?;
    }
    let words = words(common.language());
    let Some(sound) = outcome? else {
        reporter.result("failed", &format!("\n{}", words.no_call), json!({ "audio_both_ways": false }))?;
        return Ok(Exit::TIMEOUT);
    };
    let good = sound.iter().all(|side| side.is_good);
    let verdict = if good { words.good } else { words.bad };
    let text = format!("\n{}: {}\n{}: {}\n{verdict}", words.alice, sound[0].text, words.bob, sound[1].text);
    let fields = json!({ "audio_both_ways": good, "alice": sound[0].json, "bob": sound[1].json });
    reporter.result("ended", &text, fields)?;
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

struct Words {
    alice: &'static str,
    bob: &'static str,
    good: &'static str,
    bad: &'static str,
    no_call: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            alice: "alice heard bob's tone of 660 Hz",
            bob: "bob heard alice's tone of 440 Hz",
            good: "Audio arrived both ways. What any line means: ringback explain 401",
            bad: "Audio did not arrive both ways.",
            no_call: "The call did not come about.",
        },
        Language::Dutch => Words {
            alice: "alice hoorde bobs toon van 660 Hz",
            bob: "bob hoorde alices toon van 440 Hz",
            good: "Het geluid kwam in beide richtingen aan. Wat een regel betekent: ringback explain 401",
            bad: "Het geluid kwam niet in beide richtingen aan.",
            no_call: "Het gesprek kwam niet tot stand.",
        },
    }
}

/// A server and two phones.
struct Demo {
    server: Running<Answer, server::Command>,
    store: Store,
    /// Alice and Bob.
    phones: [Phone; 2],
    seen: Vec<(bool, crate::phone::Seen)>,
}

/// What one side heard.
struct Sound {
    is_good: bool,
    text: String,
    json: Value,
}

impl Demo {
    fn start(folder: &Path, clock: Clock) -> io::Result<Demo> {
        let seed = seed_from_system()?;
        let domains = Domains::new().with(DOMAIN);
        let accounts = Subscribers::open(folder).map_err(io::Error::other)?;
        let passwords = [Password::generate()?, Password::generate()?];
        for (name, password) in NAMES.iter().zip(&passwords) {
            let uri = format!("sip:{name}@{DOMAIN}");
            let user = Uri::parse(uri.as_bytes()).ok().and_then(|uri| domains.aor_of(&uri));
            let user = user.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
            accounts.add(&user, password.expose().as_bytes()).map_err(io::Error::other)?;
        }
        drop(accounts);
        let store_settings = StoreSettings::new(seed.derive(b"store"), Arc::new(move || clock.now()));
        let store = Store::open(folder, store_settings).map_err(io::Error::other)?;
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let driver = Driver::bind(DriverSettings::new("server", vec![Listener::both(any)]))
            .map_err(io::Error::other)?;
        let address = driver.addresses().first().map_or(any, |listener| listener.address);
        let settings = ServerSettings {
            addresses: vec![(Transport::Udp, address), (Transport::Tcp, address)],
            ..ServerSettings::new(domains)
        };
        let handle = store.clone();
        let surroundings = Surroundings { clock, seed: seed.derive(b"owner"), resolver: None, journal: None };
        let server = driver.start(surroundings, move |_| {
            let node = Server::new(settings.clone(), seed.derive(b"server"), seed.derive(b"shared"));
            Station::new(node, handle.clone())
        })?;
        let phone = |name: &str, password: &Password| {
            let plan = Plan { local: any, transport: Transport::Udp, sees_messages: true, clock };
            Phone::start(plan, |local| AgentSettings {
                proxy: Some(format!("sip:{address}")),
                password: Some(Secret::new(password.expose().as_bytes())),
                ..AgentSettings::new(&format!("sip:{name}@{DOMAIN}"), local)
            })
        };
        let phones = [phone(NAMES[0], &passwords[0])?, phone(NAMES[1], &passwords[1])?];
        Ok(Demo { server, store, phones, seen: Vec::new() })
    }

    /// Registers both, calls, talks and hangs up. `None`: it did not come to that in time.
    fn play(&mut self, folder: &Path) -> io::Result<Option<[Sound; 2]>> {
        let deadline = Instant::now() + PATIENCE;
        for side in [1, 0] {
            self.phones[side].order(Command::Register(Registering::Once));
            let done =
                |event: &Event| matches!(event, Event::Registered { .. } | Event::RegistrationFailed { .. });
            if !matches!(self.wait(side, deadline, done), Some(Event::Registered { .. })) {
                return Ok(None);
            }
        }
        let files = NAMES.map(|name| folder.join(format!("{name}.wav")));
        let start = |side: usize, hertz| {
            let source = Source::Tone(Tone::sine(hertz));
            Audio::start(&self.phones[side], 0, source, Some(files[side].clone()))
        };
        let audio = [start(0, HERTZ[0])?, start(1, HERTZ[1])?];
        let outgoing = Outgoing {
            target: format!("sip:{}@{DOMAIN}", NAMES[1]),
            audio: audio[0].capabilities(),
            late_offer: false,
            patience: Some(PATIENCE),
            duration: Some(TALK),
        };
        self.phones[0].order(Command::Call { call: CallId(1), outgoing: Box::new(outgoing) });
        let incoming = self.wait(1, deadline, |event| matches!(event, Event::Incoming { .. }));
        let Some(Event::Incoming { call, .. }) = incoming else { return Ok(None) };
        self.phones[1].order(Command::Ring { call, audio: None });
        let answer = Command::Answer { call, after: RING, audio: audio[1].capabilities(), duration: None };
        self.phones[1].order(answer);
        for side in [1, 0] {
            let done = |event: &Event| matches!(event, Event::Established { .. } | Event::Ended { .. });
            let Some(Event::Established { agreed, .. }) = self.wait(side, deadline, done) else {
                return Ok(None);
            };
            audio[side].agree(agreed.as_deref());
        }
        for side in [1, 0] {
            if self.wait(side, deadline, |event| matches!(event, Event::Ended { .. })).is_none() {
                return Ok(None);
            }
        }
        let [alice, bob] = audio.map(Audio::stop);
        Ok(Some([heard(&alice, &files[0], HERTZ[1]), heard(&bob, &files[1], HERTZ[0])]))
    }

    /// The next event of one phone that is `wanted`; messages of both are kept.
    fn wait(&mut self, side: usize, deadline: Instant, wanted: impl Fn(&Event) -> bool) -> Option<Event> {
        while Instant::now() < deadline {
            match self.phones[side].next(Some(deadline)) {
                Some(News::Message(seen)) => self.seen.push((side == 1, seen)),
                Some(News::Event(event)) if wanted(&event) => return Some(event),
                _ => {}
            }
        }
        None
    }

    /// Ends all; the messages in their order.
    fn stop(mut self, explainer: &Explainer) -> io::Result<Vec<Rung>> {
        let [alice, bob] = self.phones;
        for (is_right, phone) in [(false, alice), (true, bob)] {
            phone.stop(|seen| {
                self.seen.push((is_right, seen.clone()));
                Ok(())
            })?;
        }
        self.server.stop().map_err(io::Error::other)?;
        drop(self.store);
        self.seen.sort_by_key(|(_, seen)| seen.at);
        Ok(self.seen.iter().filter_map(|(is_right, seen)| Rung::of(seen, *is_right, explainer)).collect())
    }
}

/// Whether the recording of one side has the other's tone.
fn heard(heard: &Heard, file: &Path, hertz: f64) -> Sound {
    let samples = wav::read(file).unwrap_or_default();
    // Silence before the first packet is no part of the tone.
    let start = samples.iter().position(|sample| sample.unsigned_abs() > LOUD).unwrap_or(samples.len());
    let end = samples.iter().rposition(|sample| sample.unsigned_abs() > LOUD).unwrap_or(start);
    let share = share_at(samples.get(start..end).unwrap_or_default(), hertz);
    let is_good = share > SHARE_MIN && heard.0.statistics.received > 0;
    let mut json = heard.json();
    json["tone_share"] = json!(share);
    Sound { is_good, text: format!("{:.0} %; {}", 100.0 * share, heard.text()), json }
}

/// A folder for the store and the recordings; removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn make() -> io::Result<Folder> {
        let number = Entropy::new(seed_from_system()?).below(u64::MAX);
        let path = std::env::temp_dir().join(format!("ringback-demo-{number:016x}"));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is the system's to clean.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A domain that nobody can have (RFC 2606).
const DOMAIN: &str = "demo.test";
const NAMES: [&str; 2] = ["alice", "bob"];
/// The tones that they send.
const HERTZ: [f64; 2] = [440.0, 660.0];
/// How long bob lets it ring.
const RING: Duration = Duration::from_millis(400);
/// How long they talk.
const TALK: Duration = Duration::from_secs(2);
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// A sample that is no silence.
const LOUD: u16 = 200;
/// The share of what was heard that must be the tone.
const SHARE_MIN: f64 = 0.8;
