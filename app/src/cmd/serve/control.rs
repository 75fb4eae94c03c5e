//! The life of the server: greeting, signals, drain, end.

use super::accounts::Accounts;
use super::certificates;
use super::doors::Doors;
use super::greeting::Greeting;
use super::reload::{Reload, reload};
use super::serving::Serving;
use super::station::{self, News};
use crate::cli::Common;
use crate::control::{self as door, Order};
use crate::exit::Exit;
use crate::http;
use crate::log::print;
use crate::password::Password;
use crate::settings::Settings;
use crate::site::Site;
use crate::terminal::Terminal;
use crate::web::{self, Ground, Web};
use ringback_io::tls::TlsError;
use ringback_roles::access::Network;
use ringback_roles::server::Command;
use ringback_sip::time::Instant;
use serde_json::{Value, json};
use std::io;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval, interval_at};

/// Runs until the server has ended.
pub(super) async fn run(
    mut serving: Serving,
    mut signals: Signals,
    Doors { http, web }: Doors,
    (accounts, console_account): (Accounts, Option<(&'static str, Password)>),
    common: &Common,
    terminal: &Terminal,
) -> io::Result<Exit> {
    let greeting = Greeting {
        site: &serving.site,
        listeners: &serving.listeners,
        accounts: &accounts,
        console_account: console_account.as_ref(),
        http: http.as_ref().map(std::net::TcpListener::local_addr).transpose()?,
        console: web.as_ref().map(Web::address).transpose()?,
        config: serving.config.as_deref(),
        auth_required: serving.settings.auth_required,
    };
    if common.json {
        terminal.result(&format!("{}\n", greeting.json()))?;
    } else {
        terminal.result(&greeting.text())?;
    }
    // The passwords are on the terminal; from here on nobody needs them.
    drop((accounts, console_account));
    if let Some(listener) = http {
        listener.set_nonblocking(true)?;
        let endpoint = TcpListener::from_std(listener)?;
        let sources = Arc::clone(&serving.sources);
        tokio::spawn(async move { http::serve(endpoint, sources).await });
    }
    if let Some(web) = web {
        web::start(web, Arc::clone(&serving.hub))?;
    }
    if let Some((listener, news)) = serving.door.take() {
        let folder = serving.site.data.clone();
        tokio::spawn(async move { serve_orders(listener, &folder, news).await });
    }
    serving.note("ready", "ready");
    serving.warn_of_certificates();
    let end = serving.live(&mut signals).await;
    serving.finish(end)
}

/// Brings the operator's orders to who obeys them.
async fn serve_orders(listener: UnixListener, folder: &Path, news: UnboundedSender<News>) -> io::Result<()> {
    let give = orders(news);
    let obey = |order| {
        let answer = give(order);
        async { answer.await.unwrap_or_else(|_| json!({ "error": "the server is ending" })) }
    };
    door::serve(listener, folder, obey).await
}

/// Gives orders to who obeys them; there is no answer when the server is ending.
pub(super) fn orders(
    news: UnboundedSender<News>,
) -> Box<dyn Fn(Order) -> oneshot::Receiver<Value> + Send + Sync> {
    Box::new(move |order| {
        let (tell, answer) = oneshot::channel();
        // Who waits for the answer sees that it will not come.
        drop(news.send(News::Order(order, tell)));
        answer
    })
}

/// The signals that the server obeys.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    End,
    ReadAgain,
}

impl Signals {
    /// From here on signals wait for [`run`]; inside a runtime.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn listen() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::End,
            _ = self.interrupt.recv() => Wish::End,
            _ = self.hangup.recv() => Wish::ReadAgain,
        }
    }
}

/// How the server's life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// All transactions had finished.
    Drained,
    /// A second signal came.
    AtOnce,
    /// The longest time for draining was over.
    TooLong,
    /// A worker ended by itself.
    Broken,
}

impl Serving {
    async fn live(&mut self, signals: &mut Signals) -> End {
        let mut pulse = interval(PULSE);
        let mut daily = interval_at(tokio::time::Instant::now() + DAY, DAY);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                wish = signals.next() => match wish {
                    Wish::ReadAgain => self.read_again(),
                    Wish::End => return self.drain(signals).await,
                },
                Some(news) = self.news.recv() => self.pass_on(news),
                _ = daily.tick() => self.warn_of_certificates(),
                _ = pulse.tick() => {
                    self.bans.sweep(self.clock.now());
                    if self.running.has_ended() {
                        return End::Broken;
                    }
                }
            }
        }
    }

    /// What one worker found out, all must know.
    fn pass_on(&mut self, news: News) {
        match news {
            News::Hop { uri, is_up } => {
                self.running.remote().send_all(|_| Command::Hop { uri: Arc::clone(&uri), is_up });
            }
            News::Banned(ban) => self.ban(ban.source, ban.until, ban.cause.id()),
            News::Order(order, answer) => {
                let value = self.obey(order);
                // Who asked may have gone meanwhile.
                let _ = answer.send(value);
            }
            News::Drained => {}
        }
    }

    /// Bans a source at every worker.
    fn ban(&mut self, source: Network, until: Instant, why: &'static str) {
        self.bans.add(self.clock.now(), source, until, why);
        self.running.remote().send_all(|_| Command::Ban { source, until });
    }

    /// Does what the operator orders.
    fn obey(&mut self, order: Order) -> Value {
        let now = self.clock.now();
        self.bans.sweep(now);
        match order {
            Order::Bans => self.bans.list(),
            Order::Ban(source, length) => {
                let until = now + length;
                self.ban(source, until, "operator");
                self.note("banned", &format!("{source} is banned until {until} by the operator"));
                json!({ "banned": source.to_string(), "until": until.to_string() })
            }
            Order::Lift(source) => {
                // The workers forget its strikes too, so they are told in any case.
                self.running.remote().send_all(|_| Command::Lift(source));
                if !self.bans.lift(now, &source) {
                    return json!({ "error": format!("{source} is not banned") });
                }
                self.note("ban-lifted", &format!("the ban of {source} was lifted by the operator"));
                json!({ "lifted": source.to_string() })
            }
        }
    }

    /// No new calls; waits for every worker to say that its transactions have finished.
    async fn drain(&mut self, signals: &mut Signals) -> End {
        self.note("draining", "draining: no new calls; a second signal ends at once");
        self.sources.draining.store(true, Ordering::Relaxed);
        self.running.remote().send_all(|_| Command::Drain);
        // A call may ring as long as Timer C, and its last transaction takes 64 times T1.
        let longest = self.settings.timers.c + self.settings.timers.t1 * 64;
        let mut left = self.running.remote().workers();
        let deadline = tokio::time::sleep(longest);
        tokio::pin!(deadline);
        while left > 0 {
            tokio::select! {
                Some(news) = self.news.recv() => match news {
                    News::Drained => left -= 1,
                    news => self.pass_on(news),
                },
                wish = signals.next() => if wish == Wish::End {
                    return End::AtOnce;
                },
                () = &mut deadline => return End::TooLong,
            }
        }
        End::Drained
    }

    fn read_again(&mut self) {
        match reload(self.config.as_deref(), &self.settings) {
            Reload::NoFile => {
                self.note("reload-refused", "SIGHUP: there is no configuration file to read again")
            }
            Reload::Refused(error) => {
                self.note("reload-refused", &format!("configuration refused, the old one stays\n{error}"));
            }
            Reload::Taken { settings, restart_for } => match Site::of(&settings) {
                Err(error) => self.note("reload-refused", &format!("configuration refused: {error}")),
                Ok(site) => {
                    if let Err(error) = self.read_certificates(&settings) {
                        return self.note(
                            "reload-refused",
                            &format!("certificates refused, the old ones stay: {error}"),
                        );
                    }
                    let command = station::reconfigure(&settings, &site, &self.listeners);
                    self.running.remote().send_all(|_| command.clone());
                    if let Some(flight) = &self.flight {
                        flight.note(self.clock.now(), &settings, &site, &self.listeners);
                    }
                    self.settings = *settings;
                    self.site = site;
                    self.hub.reload(Ground { settings: self.settings.clone(), site: self.site.clone() });
                    self.note("reloaded", "configuration read again");
                    if !restart_for.is_empty() {
                        let keys = restart_for.join(", ");
                        self.note(
                            "reload-partial",
                            &format!("changed, but only a restart changes it: {keys}"),
                        );
                    }
                }
            },
        }
    }

    /// New connections take the certificates as they are now; those that exist keep theirs.
    fn read_certificates(&self, settings: &Settings) -> Result<(), TlsError> {
        if let Some(tls) = &self.tls {
            tls.reload(&settings.secure.tls)?;
        }
        self.warn_of_certificates();
        Ok(())
    }

    fn warn_of_certificates(&self) {
        let validities = self.tls.as_ref().map(|tls| tls.validities()).unwrap_or_default();
        for warning in certificates::warnings(&validities, self.clock.now()) {
            self.note("certificate-ends", &warning);
        }
    }

    fn note(&self, fact: &str, text: &str) {
        print(&self.format.note(self.clock.now(), fact, text));
    }

    fn finish(self, end: End) -> io::Result<Exit> {
        let (word, text) = match end {
            End::Drained => ("ended", "ended"),
            End::AtOnce => ("ended-at-once", "ended at once"),
            End::TooLong => ("ended-late", "ended; some transactions did not finish in time"),
            End::Broken => ("broken", "a worker ended by itself; this is a bug in Ringback"),
        };
        self.note(word, text);
        if end == End::Broken {
            self.sources.failed.store(true, Ordering::Relaxed);
        }
        let stopped = self.running.stop();
        self.journal.finish();
        if let Some(recorder) = self.recorder {
            recorder.finish();
        }
        if let Some(hep) = self.hep {
            hep.finish();
        }
        drop(self.store);
        match stopped {
            Ok(()) if end != End::Broken => Ok(Exit::SUCCESS),
            Ok(()) => Ok(Exit::FAILURE),
            Err(failure) => Err(io::Error::other(failure)),
        }
    }
}

/// How often the certificates are looked after.
const DAY: Duration = Duration::from_secs(86_400);
/// How often the workers are looked after.
const PULSE: Duration = Duration::from_millis(500);
