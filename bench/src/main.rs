//! `load`: keeps a SIP server busy over UDP and tells what that cost; `load echo`: the floor.
//!
//! The scenarios are pure; Ringback's own driver moves their datagrams, in batches.

mod echo;
mod load;
mod meter;
mod outbox;
mod report;
mod scenario;
mod wire;

use clap::{Args, Parser, ValueEnum};
use load::{Load, Plan};
use outbox::{Outbox, Ports};
use report::Report;
use ringback_io::clock::Clock;
use ringback_io::driver::{Driver, DriverSettings, Listener, NoStore, Station, Surroundings};
use ringback_sip::entropy::Seed;
use scenario::{Call, Register, Scenario, Single};
use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
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

#[derive(Debug, Args)]
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
    #[arg(long, default_value_t = 8)]
    sockets: u16,
    /// The first port of the callees; they must be the same for REGISTER and calls
    #[arg(long, default_value_t = 27100)]
    callees: u16,
    /// The first port of the callers
    #[arg(long, default_value_t = 26100)]
    callers: u16,
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
    let report = measure(args)?;
    std::thread::sleep(Duration::from_secs_f64(args.rest));
    let memory = before.zip(args.pid.map(meter::memory_of_tree));
    let name = args.scenario.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let json = report.json(&name, memory);
    writeln!(std::io::stdout(), "{json}")?;
    Ok(if json["failed"] == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn measure(args: &RunArgs) -> Result<Report, Box<dyn Error>> {
    let millis = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis() as u64;
    let ports = Ports {
        server: args.server,
        callers: addresses(args.server, args.callers, args.sockets),
        callees: addresses(args.server, args.callees, args.sockets),
    };
    let listeners = ports.callers.iter().chain(&ports.callees);
    let listeners = listeners.map(|&address| Listener { address, udp: true, stream: None }).collect();
    let driver = Driver::bind(DriverSettings::new("load", listeners))?;
    let surroundings = Surroundings {
        clock: Clock::start(),
        seed: Seed::from_number(millis),
        resolver: None,
        tls: None,
        journal: None,
    };
    let plan = Plan {
        operations: args.operations.max(1),
        warm: args.warm,
        window: args.window.max(1),
        rate: args.rate,
        server_pid: args.pid,
    };
    let (kind, users) = (args.scenario, args.users.max(1));
    let (send, reports) = mpsc::channel();
    let running = driver.start(surroundings, move |_| {
        let out = Outbox::new(ports.clone(), format!("r{millis}"), plan.window);
        let scenario = scenario_of(kind, users, millis, plan.window);
        let send = send.clone();
        Station::new(Load::new(plan.clone(), scenario, out), NoStore).on_event(move |_, report| {
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
    }
}

fn addresses(server: SocketAddr, first: u16, count: u16) -> Vec<SocketAddr> {
    (0..count.max(1)).map(|i| SocketAddr::new(server.ip(), first.saturating_add(i))).collect()
}
