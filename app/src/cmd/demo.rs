//! `ringback demo`: a server and two phones in one process, one call with audio both ways, explained.

use crate::cli::Common;
use crate::exit::Exit;
use crate::password::Password;
use crate::phone::{Audio, Heard, Leg, News, Phone, Plan, Reporter, Seen, rung};
use crate::terminal::Terminal;
use ringback_io::clock::{Clock, seed_from_system};
use ringback_io::driver::{Driver, DriverSettings, Listener, Running, Station, Surroundings};
use ringback_io::media::source::Source;
use ringback_io::media::tone::{Tone, share_at};
use ringback_io::media::wav;
use ringback_io::store::{Store, StoreSettings, Subscribers};
use ringback_roles::agent::{AgentSettings, CallId, Command, Event, Outgoing, Registering, Secret};
use ringback_roles::diagnosis::{LadderView, Rung};
use ringback_roles::explain::Explainer;
use ringback_roles::location::Domains;
use ringback_roles::server::{self, Server, ServerSettings};
use ringback_roles::store::Answer;
use ringback_sip::entropy::Entropy;
use ringback_sip::flow::Transport;
use ringback_sip::syntax::Uri;
use ringback_sip::time as sip;
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
    let interrupted = demo.interrupted;
    let rungs = demo.stop(&explainer)?;
    let reporter = Reporter::new(common, false, terminal);
    let (exit, story) = match outcome? {
        Ok(sounds) => conclude(&sounds, &explainer),
        Err(_) if interrupted => return Ok(Exit::INTERRUPTED),
        Err(step) => {
            let text = format!("\n{}", explainer.label(step.label()));
            let fields = json!({ "audio_both_ways": false, "reason": step.label() });
            (Exit::FAILURE, Story { name: "failed", text, fields })
        }
    };
    match print(&rungs, story, &reporter, terminal) {
        // Who does not read to the end still learns from the exit code whether it went well.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(exit),
        printed => printed.map(|()| exit),
    }
}

/// What is said below the ladder.
struct Story {
    name: &'static str,
    text: String,
    fields: Value,
}

fn print(rungs: &[Rung], story: Story, reporter: &Reporter<'_>, terminal: &Terminal) -> io::Result<()> {
    if reporter.is_json() {
        rungs.iter().try_for_each(|rung| tell(rung, reporter))?;
    } else {
        let parties = ["alice", "ringback serve", "bob"].map(str::to_owned).to_vec();
        let ladder = LadderView { parties, rungs: rungs.to_vec() };
        terminal.result(&ladder.write_text(terminal.columns(), &str::to_owned))?;
    }
    reporter.result(story.name, &story.text, story.fields)
}

/// A line of the ladder as JSON.
fn tell(rung: &Rung, reporter: &Reporter<'_>) -> io::Result<()> {
    let (name, leg) = match rung.from.min(rung.to) {
        _ if rung.is_both_ways => ("audio", "both"),
        0 => ("message", "alice"),
        _ => ("message", "bob"),
    };
    let direction = if rung.to > rung.from { "right" } else { "left" };
    let fields = json!({
        "at": rung.at.to_string(), "leg": leg, "direction": direction,
        "title": rung.title, "method": rung.method, "sentence": rung.sentence,
    });
    reporter.result(name, "", fields)
}

/// What both heard, and whether that is what the other sent.
fn conclude(sounds: &[Sound; 2], explainer: &Explainer) -> (Exit, Story) {
    let good = sounds.iter().all(Sound::is_good);
    let say = |id| explainer.label(id);
    let mut text = String::new();
    for (who, sound) in ["demo-alice", "demo-bob"].into_iter().zip(sounds) {
        let s = &sound.heard.0.statistics;
        text.push_str(&format!(
            "\n{}: {:.0} %; {} {}, {} {}, {} {:.1} ms",
            say(who),
            100.0 * sound.share,
            s.received,
            say("demo-received"),
            s.lost,
            say("demo-lost"),
            say("demo-jitter"),
            s.jitter.as_secs_f64() * 1000.0,
        ));
    }
    text.push('\n');
    text.push_str(say(if good { "demo-good" } else { "demo-bad" }));
    let fields = json!({ "audio_both_ways": good, "alice": sounds[0].json(), "bob": sounds[1].json() });
    let exit = if good { Exit::SUCCESS } else { Exit::FAILURE };
    (exit, Story { name: "ended", text, fields })
}

/// How far the call did not come.
#[derive(Clone, Copy, Debug)]
enum Step {
    Registration,
    Ringing,
    Answer,
    End,
}

impl Step {
    fn label(self) -> &'static str {
        match self {
            Step::Registration => "demo-no-registration",
            Step::Ringing => "demo-no-ringing",
            Step::Answer => "demo-no-answer",
            Step::End => "demo-no-end",
        }
    }
}

/// A server and two phones.
struct Demo {
    server: Running<Answer, server::Command>,
    store: Store,
    /// Alice and Bob.
    phones: [Phone; 2],
    seen: Vec<(Leg, Seen)>,
    clock: Clock,
    /// When audio could flow both ways, and in which codec.
    audio: Option<(sip::Instant, &'static str)>,
    /// Whether the user wants an end.
    interrupted: bool,
}

/// What one side heard.
struct Sound {
    heard: Heard,
    /// The share of the other's tone in it.
    share: f64,
}

impl Sound {
    fn of(heard: Heard, file: &Path, hertz: f64) -> Sound {
        let samples = wav::read(file).unwrap_or_default();
        // Silence before the first packet is no part of the tone.
        let start = samples.iter().position(|sample| sample.unsigned_abs() > LOUD).unwrap_or(samples.len());
        let end = samples.iter().rposition(|sample| sample.unsigned_abs() > LOUD).unwrap_or(start);
        Sound { heard, share: share_at(samples.get(start..end).unwrap_or_default(), hertz) }
    }

    fn is_good(&self) -> bool {
        self.share > SHARE_MIN && self.heard.0.statistics.received > 0
    }

    fn json(&self) -> Value {
        let mut json = self.heard.json();
        json["tone_share"] = json!(self.share);
        json
    }
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
        let surroundings = Surroundings {
            clock,
            seed: seed.derive(b"owner"),
            resolver: None,
            tls: None,
            journal: None,
            taps: Vec::new(),
        };
        let server = driver.start(surroundings, move |_| {
            let node = Server::new(settings.clone(), seed.derive(b"server"), seed.derive(b"shared"));
            Station::new(node, handle.clone())
        })?;
        let phone = |name: &str, password: &Password| {
            let plan = Plan { local: any, transport: Transport::Udp, tls: None, sees_messages: true, clock };
            Phone::start(plan, |local| AgentSettings {
                proxy: Some(format!("sip:{address}")),
                password: Some(Secret::new(password.expose().as_bytes())),
                ..AgentSettings::new(&format!("sip:{name}@{DOMAIN}"), local)
            })
        };
        let phones = [phone(NAMES[0], &passwords[0])?, phone(NAMES[1], &passwords[1])?];
        phones.iter().try_for_each(Phone::watch_signals)?;
        Ok(Demo { server, store, phones, seen: Vec::new(), clock, audio: None, interrupted: false })
    }

    /// Registers both, calls, talks and hangs up.
    fn play(&mut self, folder: &Path) -> io::Result<Result<[Sound; 2], Step>> {
        let deadline = Instant::now() + PATIENCE;
        for side in [1, 0] {
            self.phones[side].order(Command::Register(Registering::Once));
            let done =
                |event: &Event| matches!(event, Event::Registered { .. } | Event::RegistrationFailed { .. });
            if !matches!(self.wait(side, deadline, done), Some(Event::Registered { .. })) {
                return Ok(Err(Step::Registration));
            }
        }
        let files = NAMES.map(|name| folder.join(format!("{name}.wav")));
        let start = |side: usize, hertz| {
            let source = Source::Tone(Tone::sine(hertz));
            Audio::start(&self.phones[side], 0, source, Some(files[side].clone()))
        };
        let audio = [start(0, HERTZ[0])?, start(1, HERTZ[1])?];
        if let Err(step) = self.call(&audio, deadline) {
            return Ok(Err(step));
        }
        let [alice, bob] = audio.map(Audio::stop);
        Ok(Ok([Sound::of(alice, &files[0], HERTZ[1]), Sound::of(bob, &files[1], HERTZ[0])]))
    }

    /// The call from the INVITE to the BYE.
    fn call(&mut self, audio: &[Audio; 2], deadline: Instant) -> Result<(), Step> {
        let outgoing = Outgoing {
            target: format!("sip:{}@{DOMAIN}", NAMES[1]),
            audio: audio[0].capabilities(),
            late_offer: false,
            patience: Some(PATIENCE),
            duration: Some(TALK),
            referral: None,
        };
        self.phones[0].order(Command::Call { call: CallId(1), outgoing: Box::new(outgoing) });
        let incoming = self.wait(1, deadline, |event| matches!(event, Event::Incoming { .. }));
        let Some(Event::Incoming { call, .. }) = incoming else { return Err(Step::Ringing) };
        self.phones[1].order(Command::Ring { call, audio: None });
        let answer = Command::Answer { call, after: RING, audio: audio[1].capabilities(), duration: None };
        self.phones[1].order(answer);
        // Each phone tells its own news in order; what the other tells meanwhile waits for its turn.
        for side in [1, 0] {
            let done = |event: &Event| matches!(event, Event::Established { .. } | Event::Ended { .. });
            let Some(Event::Established { agreed: Some(agreed), .. }) = self.wait(side, deadline, done)
            else {
                return Err(Step::Answer);
            };
            audio[side].agree(Some(&agreed));
            self.audio = Some((self.clock.now(), agreed.codec.encoding()));
        }
        for side in [1, 0] {
            let ended = self.wait(side, deadline, |event| matches!(event, Event::Ended { .. }));
            ended.ok_or(Step::End)?;
        }
        Ok(())
    }

    /// The next event of one phone that is `wanted`; messages of both are kept.
    fn wait(&mut self, side: usize, deadline: Instant, wanted: impl Fn(&Event) -> bool) -> Option<Event> {
        while Instant::now() < deadline {
            match self.phones[side].next(Some(deadline)) {
                Some(News::Message(seen)) => self.seen.push((LEGS[side], seen)),
                Some(News::Event(event)) if wanted(&event) => return Some(event),
                Some(News::Interrupted) => {
                    self.interrupted = true;
                    return None;
                }
                _ => {}
            }
        }
        None
    }

    /// Ends all; the ladder in the order of time.
    fn stop(mut self, explainer: &Explainer) -> io::Result<Vec<Rung>> {
        for (leg, phone) in LEGS.into_iter().zip(self.phones) {
            phone.stop(|seen| {
                self.seen.push((leg, seen.clone()));
                Ok(())
            })?;
        }
        self.server.stop().map_err(io::Error::other)?;
        drop(self.store);
        let rungs = self.seen.iter().filter_map(|(leg, seen)| rung(seen, *leg, explainer));
        let audio = self.audio.map(|(at, codec)| Rung {
            at,
            from: 0,
            to: 2,
            is_both_ways: true,
            mark: None,
            title: format!("RTP, {codec}: {}", explainer.label("demo-audio")),
            method: None,
            sentence: None,
        });
        let mut rungs: Vec<_> = rungs.chain(audio).collect();
        rungs.sort_by_key(|rung| rung.at);
        Ok(rungs)
    }
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
const LEGS: [Leg; 2] = [Leg::Left, Leg::Right];
const NAMES: [&str; 2] = ["alice", "bob"];
/// The tones that they send.
const HERTZ: [f64; 2] = [440.0, 660.0];
/// How long bob lets it ring.
const RING: Duration = Duration::from_millis(400);
/// How long they talk.
const TALK: Duration = Duration::from_secs(2);
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// A sample that is no silence.
const LOUD: u16 = 200;
/// The share of what was heard that must be the tone.
const SHARE_MIN: f64 = 0.8;
