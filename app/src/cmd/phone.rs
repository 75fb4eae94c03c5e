//! `ringback phone --script FILE`: agents that follow a script.

use crate::cli::Common;
use crate::exit::Exit;
use crate::faults::{Fault, Faults};
use crate::named::unread;
use crate::phone::{Options, Reporter, Role, SessionOptions, SoundOptions, duration};
use crate::script::{AgentLine, FaultKind, Player, parse, play};
use crate::terminal::Terminal;
use clap::{Args as _, FromArgMatches as _};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Let agents follow a script: they call, answer, write, watch, and expect what the others do
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The script; - reads it from stdin. Its language: docs/phone-script.md
    #[arg(long, value_name = "FILE")]
    script: PathBuf,
    /// How long each step may take that does not say `within`
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    agent: AgentOptions,
}

/// What each agent has, unless its line says otherwise.
#[derive(Clone, Debug, clap::Args)]
struct AgentOptions {
    #[command(flatten)]
    session: SessionOptions,
    #[command(flatten)]
    sound: SoundOptions,
    #[command(flatten)]
    options: Options,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let text = read(&args.script)?;
    let script = match parse(&text) {
        Ok(script) => script,
        Err(faults) => return tell(args, text, faults, common, terminal),
    };
    let mut options = Vec::new();
    for agent in &script.agents {
        match args.agent.with(agent) {
            Ok(its) => options.push(its),
            Err(fault) => return tell(args, text, vec![fault], common, terminal),
        }
    }
    let reporter = Reporter::new(common, args.agent.options.verbose, terminal);
    let mut players = Vec::new();
    let mut begun = Ok(Exit::SUCCESS);
    for (agent, its) in script.agents.iter().zip(&options) {
        match start(agent, its, terminal)? {
            Ok(player) => players.push(player),
            Err(exit) => {
                begun = Err(exit);
                break;
            }
        }
    }
    if let (Ok(_), Some(first)) = (begun, players.first()) {
        first.phone.watch_signals()?;
    }
    let exit = match begun {
        Ok(_) => play(&script, &mut players, args.timeout, &reporter),
        Err(exit) => Ok(exit),
    };
    let stopped: Vec<_> =
        players.into_iter().map(|player| player.phone.stop(|seen| reporter.message(seen))).collect();
    let exit = exit?;
    stopped.into_iter().collect::<io::Result<()>>().map(|()| exit)
}

/// Starts the phone of an agent; what is wrong with its options is said, and gives the exit code.
fn start(agent: &AgentLine, its: &AgentOptions, terminal: &Terminal) -> io::Result<Result<Player, Exit>> {
    let chatter = |text: String| terminal.chatter(&format!("ringback: {}: {text}", agent.name));
    let source = match its.sound.source() {
        Ok(source) => source,
        Err(error) => {
            chatter(error.to_string());
            return Ok(Err(Exit::USAGE));
        }
    };
    let codecs = its.sound.codecs();
    let role = Role {
        calls_max: CALLS_MAX,
        follows: false,
        codecs: &codecs,
        reliable: its.session.reliable(),
        session: its.session.session(),
        srtp: its.sound.srtp,
        preconditions: its.session.preconditions(),
        transfers: its.session.transfers(),
        ..Role::new(Some(&agent.address), None)
    };
    Ok(match its.options.start(role) {
        Ok(phone) => Ok(Player::new(agent, phone, source, its.sound.recording(0))),
        Err(fault) => {
            chatter(fault.to_string());
            Err(fault.exit())
        }
    })
}

impl AgentOptions {
    /// With what the line of an agent says.
    fn with(&self, agent: &AgentLine) -> Result<AgentOptions, Fault<FaultKind>> {
        let mut its = self.clone();
        let command = clap::Command::new("agent").no_binary_name(true).disable_help_flag(true);
        // What the line leaves out is as on the command line, not as by default.
        let command = AgentOptions::augment_args_for_update(command)
            .mut_args(|arg| arg.default_value(clap::builder::Resettable::Reset));
        let matches = command.try_get_matches_from(&agent.options);
        let updated = matches.and_then(|matches| its.update_from_arg_matches(&matches));
        updated.map_err(|error| {
            let text = error.to_string();
            let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Fault { kind: FaultKind::BadOptions { message }, at: agent.at.clone(), see: None }
        })?;
        its.options.keep_flags(&self.options);
        its.options.password_variable =
            Some(format!("RINGBACK_PASSWORD_{}", agent.name.to_ascii_uppercase()));
        Ok(its)
    }
}

/// Tells what is wrong with the script: a program on stdout, a person on stderr.
fn tell(
    args: &Args,
    text: String,
    faults: Vec<Fault<FaultKind>>,
    common: &Common,
    terminal: &Terminal,
) -> io::Result<Exit> {
    let faults = Faults { file: args.script.display().to_string(), text, faults };
    if common.json {
        terminal.result(&format!("{}\n", faults.json()))?;
    } else {
        terminal.chatter(faults.render(terminal.styles_chatter(), terminal.columns() + 12).trim_end());
    }
    Ok(Exit::USAGE)
}

fn read(path: &Path) -> io::Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().lock().take(BYTES_MAX).read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path).map_err(unread(path))
}

/// Most calls of an agent at a time.
const CALLS_MAX: usize = 16;
/// Longest script that is read from stdin.
const BYTES_MAX: u64 = 1 << 20;
