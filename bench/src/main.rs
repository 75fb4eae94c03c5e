//! `load`: keeps a SIP server busy and tells what that cost; `load echo`: the floor.
//!
//! The scenarios are pure; Ringback's own driver moves their datagrams, in batches; `lines` are stream connections.

mod echo;
mod lines;
mod load;
mod meter;
mod outbox;
mod report;
mod restraint;
mod scenario;
mod wire;

use clap::{Args, Parser, ValueEnum};
use lines::Lines;
use load::{Load, Plan};
use outbox::{Outbox, Ports};
use report::Report;
use ringback_io::clock::Clock;
use ringback_io::descriptors;
use ringback_io::driver::{Driver, DriverSettings, Listener, NoStore, Station, Surroundings};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Transport;
use scenario::{Call, Events, Register, Scenario, Single};
use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

#[derive(Debug, Parser)]
#[command(about = "Keeps a SIP server busy and tells what that cost")]
enum Cli {
    /// Run a scenario and print one JSON object
    Run(RunArgs),
    /// Send every datagram back: the floor
    Echo(EchoArgs),
}

#[derive(Clone, Debug, Args)]
struct RunArgs {
    /// What one operation is
    scenario: Kind,
    /// The server
    #[arg(long)]
    server: SocketAddr,
    /// The server's process; its descendants count too
    #[arg(long)]
    pid: Option<u32>,
    /// Operations to measure
    #[arg(long, default_value_t = 100_000)]
    operations: u64,
    /// Operations before them
    #[arg(long, default_value_t = 0)]
    warm: u64,
    /// Most operations in flight
    #[arg(long, default_value_t = 64)]
    window: usize,
    /// Operations a second; without it, one begins when another ends
    #[arg(long)]
    rate: Option<u64>,
    /// Users that register, call or are called in turn
    #[arg(long, default_value_t = 1000)]
    users: u64,
    /// Sockets of each end
    #[arg(long, default_value_t = 4)]
    sockets: u16,
    /// The first port of the callees; they must be the same for REGISTER and calls
    #[arg(long, default_value_t = 27100)]
    callees: u16,
    /// The first port of the callers
    #[arg(long, default_value_t = 26100)]
    callers: u16,
    /// Over what; a stream is a connection for each user
    #[arg(long, default_value = "udp", value_parser = transport)]
    transport: Transport,
    /// Announce overload control (RFC 7339), and keep back as many new operations as the server asks for
    #[arg(long)]
    oc: bool,
    /// The authority that signed the server's certificate
    #[arg(long)]
    authority: Option<PathBuf>,
    /// Do nothing for this many seconds before what is measured
    #[arg(long, default_value_t = 0.0)]
    pause: f64,
    /// Wait this many seconds before memory is measured at the end
    #[arg(long, default_value_t = 0.0)]
    rest: f64,
}

#[derive(Debug, Args)]
struct EchoArgs {
    #[arg(long)]
    listen: SocketAddr,
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Through Ringback's driver
    #[arg(long)]
    batched: bool,
}

/// What one operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A datagram that comes back
    Echo,
    /// OPTIONS to the server
    Options,
    /// REGISTER; with a challenge each time if the server challenges
    Register,
    /// REGISTER with a nonce that is kept
    RegisterKept,
    /// MESSAGE to a registered user
    Message,
    /// A call of seven messages at each end
    Call,
    /// A call that rings on
    Hold,
    /// Users who watch one; each operation that is measured is a change that all are told
    Events,
    /// The same without changes: each operation is a subscription
    Subscribe,
}

fn main() -> ExitCode {
    let result = match Cli::parse() {
        Cli::Run(args) => run(&args),
        Cli::Echo(args) => reflect(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "load: {error}");
            ExitCode::from(2)
        }
    }
}

fn reflect(args: &EchoArgs) -> Result<ExitCode, Box<dyn Error>> {
    if !args.batched {
        match echo::bare(args.listen, args.workers)? {}
    }
    let _running = echo::batched(args.listen, args.workers)?;
    loop {
        std::thread::park();
    }
}

/// Runs a scenario; the exit code is 1 if an operation failed.
fn run(args: &RunArgs) -> Result<ExitCode, Box<dyn Error>> {
    let before = args.pid.map(meter::memory_of_tree);
    let rest = || std::thread::sleep(Duration::from_secs_f64(args.rest));
    let memory = || before.zip(args.pid.map(meter::memory_of_tree));
    let (report, memory, alive) = if args.transport == Transport::Udp {
        let report = over_datagrams(args)?;
        rest();
        (report, memory(), None)
    } else {
        descriptors::allow(args.users + DESCRIPTORS_BESIDE)?;
        let authority = args.authority.as_deref();
        let mut lines = Lines::new(args.transport, args.server, args.users as usize, authority)?;
        let mut load = load(args, millis()?);
        let report = lines.run(&mut load, Clock::start())?;
        rest();
        (report, memory(), Some(lines.alive()))
    };
    let name = args.scenario.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let mut json = report.json(&name, memory);
    json["connections"] = alive.into();
    writeln!(std::io::stdout(), "{json}")?;
    Ok(if json["failed"] == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The load as the arguments describe it; `millis` marks the run.
fn load(args: &RunArgs, millis: u64) -> Load {
    let (callers, callees) = if args.transport == Transport::Udp {
        (
            addresses(args.server, args.callers, args.sockets),
            addresses(args.server, args.callees, args.sockets),
        )
    } else {
        let own: Vec<_> = (0..args.users as usize).map(lines::address).collect();
        (own.clone(), own)
    };
    let ports = Ports { server: args.server, transport: args.transport, callers, callees };
    let plan = Plan {
        operations: args.operations.max(1),
        warm: args.warm,
        window: args.window.max(1),
        in_turn: args.scenario == Kind::Events,
        rate: args.rate,
        pause: Duration::from_secs_f64(args.pause),
        heeds: args.oc,
        server_pid: args.pid,
    };
    let mut out = Outbox::new(ports, format!("r{millis}"), plan.window);
    out.announced = if args.oc { restraint::ANNOUNCED } else { "" };
    let scenario = scenario_of(args.scenario, args.users.max(1), millis, plan.window);
    Load::new(plan, scenario, out)
}

fn over_datagrams(args: &RunArgs) -> Result<Report, Box<dyn Error>> {
    let millis = millis()?;
    let listeners = [args.callers, args.callees].map(|first| addresses(args.server, first, args.sockets));
    let listeners =
        listeners.into_iter().flatten().map(|address| Listener { address, udp: true, stream: None });
    let driver = Driver::bind(DriverSettings::new("load", listeners.collect()))?;
    let surroundings = Surroundings {
        clock: Clock::start(),
        seed: Seed::from_number(millis),
        resolver: None,
        tls: None,
        journal: None,
        taps: Vec::new(),
    };
    let (send, reports) = mpsc::channel();
    let args = args.clone();
    let running = driver.start(surroundings, move |_| {
        let send = send.clone();
        Station::new(load(&args, millis), NoStore).on_event(move |_, report| {
            let _ = send.send(report);
        })
    })?;
    let report = loop {
        match reports.recv_timeout(Duration::from_secs(1)) {
            Ok(report) => break report,
            Err(_) if running.has_ended() => return Err("the load generator's worker ended".into()),
            Err(_) => {}
        }
    };
    running.stop()?;
    Ok(report)
}

fn millis() -> Result<u64, Box<dyn Error>> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis() as u64)
}

fn transport(name: &str) -> Result<Transport, String> {
    Transport::from_name(name.as_bytes()).ok_or_else(|| "one of udp, tcp, tls, ws, wss".to_owned())
}

fn scenario_of(kind: Kind, users: u64, millis: u64, slots: usize) -> Box<dyn Scenario> {
    // CSeq stays below 2³¹ (RFC 3261 §8.1.1.5).
    let base = millis % 1_000_000_000;
    match kind {
        Kind::Echo => Box::new(Single { options: true, echoed: true, users }),
        Kind::Options => Box::new(Single { options: true, echoed: false, users }),
        Kind::Message => Box::new(Single { options: false, echoed: false, users }),
        Kind::Register => Box::new(Register::new(users, base, false)),
        Kind::RegisterKept => Box::new(Register::new(users, base, true)),
        Kind::Call => Box::new(Call::new(false, users, slots)),
        Kind::Hold => Box::new(Call::new(true, users, slots)),
        Kind::Events | Kind::Subscribe => Box::new(Events::new(users)),
    }
}

fn addresses(server: SocketAddr, first: u16, count: u16) -> Vec<SocketAddr> {
    (0..count.max(1)).map(|i| SocketAddr::new(server.ip(), first.saturating_add(i))).collect()
}

/// Descriptors of a run besides its connections.
const DESCRIPTORS_BESIDE: u64 = 64;
