//! `ringback serve`: the server.

mod accounts;
mod bans;
mod certificates;
mod control;
mod doors;
mod flight;
mod greeting;
mod hep;
pub(crate) mod reload;
pub(crate) mod secret;
mod serving;
pub(crate) mod station;

use super::check;
use crate::cli::Common;
use crate::control as door;
use crate::exit::Exit;
use crate::http::{Gauge, Sources, Tally};
use crate::log::{Format, print, print_all};
use crate::settings::{Listen, Settings};
use crate::site::Site;
use crate::terminal::Terminal;
use crate::web::{Ground, Hub, Sight};
use doors::Doors;
use flight::Flight;
use ringback_io::clock::{Clock, seed_from_system};
use ringback_io::descriptors;
use ringback_io::dns::Resolver;
use ringback_io::driver::{
    BindError, Driver, DriverSettings, Journal, JournalFeed, JournalLimits, Limits, Line, Listener, Running,
    Surroundings, Taken, WebSockets,
};
use ringback_io::record::{RecordFigures, Recorder, ServerTap};
use ringback_io::store::{Store, StoreSettings};
use ringback_io::tls::{Tls, TlsSettings};
use ringback_roles::access;
use ringback_roles::server::Command;
use ringback_roles::store::Answer;
use ringback_sip::entropy::Seed;
use ringback_sip::journal::Entry;
use serving::Serving;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Run the server
///
/// Without a configuration file it listens on port 5060 of loopback, serves the domain localhost, and makes two
/// accounts at its first start. SIGTERM and Ctrl-C let running calls finish their transactions first, a second one
/// ends at once; SIGHUP reads the configuration again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration file; see `ringback check --list-keys`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How the journal on stderr looks [default: as the configuration says, else human]
    #[arg(long, value_enum, value_name = "FORMAT")]
    log: Option<Format>,
}

impl Args {
    fn format(&self, settings: &Settings) -> Format {
        self.log.unwrap_or(if settings.log.json { Format::Json } else { Format::Human })
    }
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let Some(settings) = check::load(args.config.as_deref(), common, terminal)? else {
        return Ok(Exit::USAGE);
    };
    let site = Site::of(&settings)?;
    if let Err(error) = descriptors::allow(settings.limits.connections_max as u64 + DESCRIPTORS_BESIDE) {
        terminal.chatter(&format!(
            "ringback serve: [limits] connections_max = {} cannot be reached: {error}",
            settings.limits.connections_max
        ));
    }
    // Sockets first: passwords are made, and shown once, only by a server that can run.
    let driver = match Driver::bind(driver_settings(&settings, &site)) {
        Ok(driver) => driver,
        Err(error) => {
            terminal.chatter(&format!("ringback serve: {}", bind_help(&error)));
            return Ok(Exit::FAILURE);
        }
    };
    let doors = match Doors::open(&settings, terminal) {
        Ok(doors) => doors,
        Err(error) => {
            terminal.chatter(&format!("ringback serve: {error}"));
            return Ok(Exit::FAILURE);
        }
    };
    let accounts = accounts::first(&site, args.config.is_none()).map_err(io::Error::other)?;
    let console = match doors.web.is_some().then(|| accounts::first_of_console(&site)).transpose() {
        Ok(console) => console.flatten(),
        Err(fault) => {
            terminal.chatter(&format!("ringback serve: the console's account: {fault}"));
            return Ok(Exit::FAILURE);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let inside = runtime.enter();
    // Before anybody is answered: a server that answers also ends in good order.
    let signals = control::Signals::listen()?;
    drop(inside);
    let serving = start(args, settings, site, driver)?;
    runtime.block_on(control::run(serving, signals, doors, (accounts, console), common, terminal))
}

fn start(args: &Args, settings: Settings, site: Site, driver: Driver) -> io::Result<Serving> {
    let clock = Clock::start();
    let seed = seed_from_system()?;
    let format = args.format(&settings);
    let (journal, feed) = start_journal(&settings, format, clock)?;
    let (recorder, tap) = start_recorder(&settings, &site, format, clock).unzip();
    let store = open_store(&site, &settings, seed, clock, store_journal(clock, feed.clone(), tap.clone()))?;
    let secret = secret::read_or_make(&site.data)?;
    let (number, start) = secret::new_start(&secret, &seed);
    let tallies: Vec<Arc<Tally>> = (0..site.workers).map(|_| Arc::default()).collect();
    let (tell, news) = mpsc::unbounded_channel();
    let door = (door::open(&site.data)?, tell.clone()); // the store has locked the folder
    let shared = access::Shared::default();
    let common = station::Common {
        seed: start,
        secret,
        store: store.clone(),
        tallies: tallies.clone(),
        news: tell,
        shared: shared.clone(),
    };
    let listeners = driver.addresses().to_vec();
    let tls = tls_of(&settings)?;
    let flight = tap.clone().map(|tap| Flight { tap, start: number, config: args.config.clone() });
    flight.iter().for_each(|flight| flight.note(clock.now(), &settings, &site, &listeners));
    let (hep, taps) = hep::start(&settings, tap)?;
    let surroundings = Surroundings {
        clock,
        seed: start.derive(secret::OWNER),
        resolver: Some(Resolver::start(settings.dns.resolver(), seed.derive(b"resolver"))?),
        tls: tls.clone(),
        journal: Some(feed),
        taps,
    };
    let running = driver.start(surroundings, station::maker(&settings, &site, &listeners, common))?;
    let bans = bans::Bans::default();
    let gauges = gauges(&store, &running, tls.as_ref(), clock).into_iter();
    let gauges = gauges.chain(admission_gauges(&shared, &bans)).chain(hep::gauges(hep.as_ref()));
    let gauges = gauges.chain(recorder.iter().flat_map(record_gauges));
    let sources = Arc::new(Sources::new(running.counters(), tallies, gauges.collect()));
    let sight = Sight {
        ground: Ground { settings: settings.clone(), site: site.clone() },
        clock,
        store: store.clone(),
        sources: Arc::clone(&sources),
        journal: recorder.as_ref().and(settings.journal.as_ref()).map(|journal| site.journal(journal)),
        order: control::orders(door.1.clone()),
    };
    let hub = Arc::new(Hub::new(sight, recorder.as_ref()));
    Ok(Serving {
        config: args.config.clone(),
        settings,
        site,
        listeners,
        clock,
        format,
        running,
        journal,
        recorder,
        hep,
        flight,
        news,
        sources,
        bans,
        door: Some(door),
        store,
        tls,
        hub,
    })
}

fn start_journal(settings: &Settings, format: Format, clock: Clock) -> io::Result<(Journal, JournalFeed)> {
    let limits =
        JournalLimits { entries_per_sec_max: settings.log.lines_per_second_max, ..JournalLimits::default() };
    let mut lines = String::new();
    Journal::start(limits, move |line| match line {
        Line::Rest => {
            print_all(&lines);
            lines.clear();
        }
        line => {
            lines.push_str(&format.write(&line, clock.now()));
            lines.push('\n');
        }
    })
}

fn open_store(
    site: &Site,
    settings: &Settings,
    seed: Seed,
    clock: Clock,
    journal: Arc<dyn Fn(Entry) + Send + Sync>,
) -> io::Result<Store> {
    let usual = StoreSettings::new(seed.derive(b"store"), Arc::new(move || clock.now()));
    let policy = settings.reach.policy;
    Store::open(&site.data, StoreSettings { policy, journal, ..usual }).map_err(io::Error::other)
}

/// Where the store tells its facts.
fn store_journal(
    clock: Clock,
    feed: JournalFeed,
    tap: Option<ServerTap>,
) -> Arc<dyn Fn(Entry) + Send + Sync> {
    Arc::new(move |entry| {
        let now = clock.now();
        if let Some(tap) = &tap {
            tap.feed.push(now, &mut vec![(now, Taken::Entry(entry.clone()))], 0);
        }
        feed.push(now, &mut vec![(now, entry)], 0);
    })
}

/// The journal on disk; a server whose disk is not well serves without.
fn start_recorder(
    settings: &Settings,
    site: &Site,
    format: Format,
    clock: Clock,
) -> Option<(Recorder, ServerTap)> {
    let journal = settings.journal.as_ref()?;
    let folder = site.journal(journal);
    let started = Recorder::start(&folder, journal.limits, journal.messages, move || clock.now());
    let complain = |error: io::Error| {
        let text = format!("nothing is recorded for `ringback why` in {}: {error}", folder.display());
        print(&format.note(clock.now(), "not-recorded", &text));
    };
    started.map_err(complain).ok()
}

fn driver_settings(settings: &Settings, site: &Site) -> DriverSettings {
    let listener =
        |listen: &Listen| Listener { address: listen.address, udp: listen.udp, stream: listen.stream };
    let limits = Limits {
        connections_max: settings.limits.connections_max,
        connections_per_address_max: settings.limits.connections_per_address_max,
        idle_timeout: settings.limits.connection_idle,
        ..Limits::default()
    };
    DriverSettings {
        name: "worker".to_owned(),
        listeners: site.listeners.iter().map(listener).collect(),
        workers: site.workers,
        limits,
        web_sockets: WebSockets { origins: settings.secure.origins.clone().into() },
        dials: Vec::new(),
        waits_for_turn: true,
    }
}

/// TLS, if something of it was asked for.
fn tls_of(settings: &Settings) -> io::Result<Option<Arc<Tls>>> {
    if settings.secure.tls == TlsSettings::default() {
        return Ok(None);
    }
    Tls::load(&settings.secure.tls).map(|tls| Some(Arc::new(tls))).map_err(io::Error::other)
}

fn gauges(
    store: &Store,
    running: &Running<Answer, Command>,
    tls: Option<&Arc<Tls>>,
    clock: Clock,
) -> Vec<Gauge> {
    let figure = |name, help, read: fn(&ringback_io::store::Figures) -> u64| {
        let store = store.clone();
        let read = move || i64::try_from(read(&store.figures())).unwrap_or(i64::MAX);
        Gauge { name, help, read: Box::new(read) }
    };
    let connections = running.connection_count();
    let mut gauges = vec![
        figure("bindings", "bindings in memory", |f| f.bindings as u64),
        figure("publications", "published documents in memory", |f| f.publications as u64),
        figure("subscriptions", "subscriptions that are kept", |f| f.subscriptions as u64),
        figure("store_waiting", "changes that wait for the disk", |f| f.waiting as u64),
        figure("store_commits", "commits to the disk since the start", |f| f.commits),
        figure("store_failures", "commits that failed since the start", |f| f.failures),
        figure("registers_absorbed", "REGISTERs answered from memory since the start", |f| f.absorbed),
        Gauge {
            name: "connections",
            help: "stream connections",
            read: Box::new(move || i64::try_from(connections()).unwrap_or(i64::MAX)),
        },
    ];
    if let Some(tls) = tls.cloned() {
        gauges.push(Gauge {
            name: "certificate_days_left",
            help: "days until the first of our certificates is over; below 0 after it",
            read: Box::new(move || {
                certificates::days_left(&tls.validities(), clock.now()).unwrap_or(i64::MAX)
            }),
        });
    }
    gauges
}

/// What admission did, and does now.
fn admission_gauges(shared: &access::Shared, bans: &bans::Bans) -> [Gauge; 3] {
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let (banned, withheld, bans) = (shared.clone(), shared.clone(), bans.count());
    [
        Gauge { name: "bans", help: "sources that are banned", read: Box::new(move || count(bans() as u64)) },
        Gauge {
            name: "messages_of_banned",
            help: "messages of banned sources that were dropped since the start",
            read: Box::new(move || count(banned.messages_of_banned())),
        },
        Gauge {
            name: "refusals_withheld",
            help: "refusals that were not sent since the start, for their source got too many",
            read: Box::new(move || count(withheld.refusals_withheld())),
        },
    ]
}

/// What was recorded.
fn record_gauges(recorder: &Recorder) -> [Gauge; 3] {
    let gauge = |name, help, read: fn(&RecordFigures) -> u64| {
        let figures = recorder.figures();
        let read = Box::new(move || i64::try_from(read(&figures)).unwrap_or(i64::MAX));
        Gauge { name, help, read }
    };
    [
        gauge("records_kept", "records of the journal on disk since the start", RecordFigures::kept),
        gauge(
            "records_lost",
            "records that the journal on disk did not keep since the start",
            RecordFigures::lost,
        ),
        gauge(
            "records_counted",
            "NOTIFYs and their answers that the journal on disk counts together since the start, not one by one",
            RecordFigures::counted,
        ),
    ]
}

fn bind_help(error: &BindError) -> String {
    match error.error.kind() {
        io::ErrorKind::AddrInUse => {
            format!(
                "{error}; another server uses this port: stop it, or choose another address under [[listen]]"
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{error}; the machine does not have this address")
        }
        io::ErrorKind::PermissionDenied => {
            format!("{error}; ports below 1024 need a privilege")
        }
        _ => error.to_string(),
    }
}

/// Open files beside the connections: sockets, the store, workers, DNS.
const DESCRIPTORS_BESIDE: u64 = 1024;
