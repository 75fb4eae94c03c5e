//! A user agent at work for one command: its node on one worker, and all news of it in one place.

use super::news::{News, Seen};
use super::tap::Tapped;
use crate::exit::Exit;
use ringback_io::clock::{Clock, seed_from_system};
use ringback_io::dns::{Resolver, ResolverSettings};
use ringback_io::driver::{
    Driver, DriverSettings, Listener, NoStore, Remote, Running, Station, Surroundings,
};
use ringback_io::tls::Tls;
use ringback_roles::agent::{Agent, AgentSettings, Command, Event, Local};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Transport;
use ringback_sip::node::Node;
use ringback_sip::sdp::Codec;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

type Answer = <Agent as Node>::Answer;

/// A user agent at work.
#[derive(Debug)]
pub(crate) struct Phone {
    running: Running<Answer, Command>,
    remote: Remote<Answer, Command>,
    news: Receiver<News>,
    tell: SyncSender<News>,
    /// Where its sockets are bound.
    pub(crate) address: SocketAddr,
    /// Formats of audio and digits, best first.
    pub(crate) codecs: Vec<Codec>,
    /// Whether audio is encrypted.
    pub(crate) srtp: bool,
    /// Where randomness of this phone comes from.
    pub(crate) seed: Seed,
}

/// What a phone is made of.
pub(crate) struct Plan {
    /// Where its sockets are bound; port 0 for any.
    pub(crate) local: SocketAddr,
    /// The transport that it prefers.
    pub(crate) transport: Transport,
    /// What it trusts, if it speaks TLS.
    pub(crate) tls: Option<Arc<Tls>>,
    /// Whether the messages are told too.
    pub(crate) sees_messages: bool,
    /// The clock of the process.
    pub(crate) clock: Clock,
}

impl Phone {
    /// Binds the sockets and gives the agent a worker. `settings` hears where the phone is.
    ///
    /// # Errors
    /// When the address cannot be bound, or the system gives no randomness or thread.
    pub(crate) fn start(plan: Plan, settings: impl FnOnce(Local) -> AgentSettings) -> io::Result<Phone> {
        let seed = seed_from_system()?;
        let secure = plan.tls.is_some().then_some([Transport::Tls, Transport::Wss]);
        let dials: Vec<Transport> = secure.into_iter().flatten().chain([Transport::Ws]).collect();
        let driver = DriverSettings::new("phone", vec![Listener::both(plan.local)]);
        let driver = DriverSettings { dials: dials.clone(), ..driver };
        let driver =
            Driver::bind(driver).map_err(|error| io::Error::new(error.error.kind(), error.to_string()))?;
        let address = driver.addresses().first().map_or(plan.local, |listener| listener.address);
        let local = |transport| Local { transport, address };
        let mut settings = settings(local(plan.transport));
        let others = [Transport::Udp, Transport::Tcp].into_iter().chain(dials);
        settings.locals.extend(others.filter(|other| *other != plan.transport).map(local));
        let (codecs, srtp) = (settings.codecs.clone(), settings.srtp);
        let (tell, news) = sync_channel(NEWS_MAX);
        let surroundings = Surroundings {
            clock: plan.clock,
            seed: seed.derive(b"owner"),
            resolver: Some(Resolver::start(ResolverSettings::default(), seed.derive(b"resolver"))?),
            tls: plan.tls,
            journal: None,
            taps: Vec::new(),
        };
        let heard = tell.clone();
        let running = driver.start(surroundings, move |_| {
            let agent = Agent::new(settings.clone(), seed.derive(b"agent"));
            let messages = plan.sees_messages.then(|| heard.clone());
            let events = heard.clone();
            Station::new(Tapped::new(agent, messages), NoStore)
                // A command that does not read its news any more has ended.
                .on_event(move |_, event| drop(events.try_send(News::Event(event))))
        })?;
        let remote = running.remote();
        Ok(Phone { running, remote, news, tell, address, codecs, srtp, seed })
    }

    /// Gives the agent an order.
    pub(crate) fn order(&self, command: Command) {
        self.remote.send(0, command);
    }

    /// The next news, if some comes until then.
    pub(crate) fn next(&self, until: Option<Instant>) -> Option<News> {
        let wait = until.map_or(PULSE, |until| until.saturating_duration_since(Instant::now()).min(PULSE));
        self.news.recv_timeout(wait).ok()
    }

    /// Whom audio and signals tell their news.
    pub(crate) fn ear(&self) -> SyncSender<News> {
        self.tell.clone()
    }

    /// Whether the agent's thread has ended, which only a bug does.
    pub(crate) fn is_broken(&self) -> bool {
        self.running.has_ended()
    }

    /// Reads news until an event is `wanted`, and drops the rest; `None`: it did not come in time.
    pub(crate) fn wait_for(&self, patience: Duration, wanted: impl Fn(&Event) -> bool) -> Option<Event> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && !self.is_broken() {
            if let Some(News::Event(event)) = self.next(Some(deadline))
                && wanted(&event)
            {
                return Some(event);
            }
        }
        None
    }

    /// Tells [`News::Interrupted`] at the first Ctrl-C or SIGTERM. The second ends the process at once.
    pub(crate) fn watch_signals(&self) -> io::Result<()> {
        let tell = self.ear();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (ready, is_ready) = sync_channel(1);
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                use tokio::signal::unix::{SignalKind, signal};
                let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
                let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return };
                let _ = ready.send(());
                for times in 1.. {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                    if times > 1 {
                        std::process::exit(Exit::INTERRUPTED.code());
                    }
                    // Nobody listens any more when the command is at its end already.
                    let _ = tell.send(News::Interrupted);
                }
            });
        })?;
        // Who is told that we are here may interrupt us from then on.
        let _ = is_ready.recv();
        Ok(())
    }

    /// Lets the last answers leave, and retransmissions of the peer be answered, and ends the agent.
    pub(crate) fn stop(self, mut show: impl FnMut(&Seen) -> io::Result<()>) -> io::Result<()> {
        let is_near = self.address.ip().is_loopback();
        let end = Instant::now() + if is_near { LINGER_NEAR } else { LINGER };
        while Instant::now() < end {
            if let Some(News::Message(seen)) = self.next(Some(end)) {
                show(&seen)?;
            }
        }
        self.running.stop().map_err(io::Error::other)
    }
}

/// Most news that wait for a command to read them.
const NEWS_MAX: usize = 65_536;
/// Longest wait for news before the command looks around.
const PULSE: Duration = Duration::from_millis(500);
/// How long a phone stays after its last word: a peer that lost it asks again after T1 (RFC 3261 §17.1.1.1), and
/// is then answered.
const LINGER: Duration = Duration::from_millis(700);
/// The same on loopback, which loses nothing.
const LINGER_NEAR: Duration = Duration::from_millis(100);
