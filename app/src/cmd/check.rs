//! `ringback check --config FILE`: everything that is wrong with a configuration file.

use crate::cli::Common;
use crate::exit::Exit;
use crate::settings::{LoadError, Settings, reference};
use crate::terminal::Terminal;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Check a configuration file and say all that is wrong with it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file
    #[arg(long, value_name = "FILE", required_unless_present = "list_keys")]
    config: Option<PathBuf>,
    /// Instead, print every key with its values, default and meaning, in Markdown
    #[arg(long, conflicts_with = "config")]
    list_keys: bool,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> std::io::Result<Exit> {
    let Some(config) = &args.config else {
        terminal.result(&reference())?;
        return Ok(Exit::SUCCESS);
    };
    match Settings::load(config) {
        Ok(settings) => {
            let file = config.display().to_string();
            let text = if common.json {
                format!(
                    "{}\n",
                    json!({ "schema": "ringback.check/1", "file": file, "valid": true, "faults": [] })
                )
            } else {
                format!("{file} is good: {}\n", summary(&settings))
            };
            terminal.result(&text)?;
            Ok(Exit::SUCCESS)
        }
        Err(error) => {
            report(&error, common.json, terminal)?;
            Ok(Exit::USAGE)
        }
    }
}

/// The settings of a command: those of its file, or the defaults without one. `None` when the file has faults, which
/// have been told then.
pub(crate) fn load(
    file: Option<&Path>,
    common: &Common,
    terminal: &Terminal,
) -> std::io::Result<Option<Settings>> {
    match file.map_or_else(|| Ok(Settings::without_file()), Settings::load) {
        Ok(settings) => Ok(Some(settings)),
        Err(error) => {
            report(&error, common.json, terminal)?;
            Ok(None)
        }
    }
}

/// Tells what is wrong: a program on stdout, a person on stderr.
fn report(error: &LoadError, as_json: bool, terminal: &Terminal) -> std::io::Result<()> {
    match error {
        LoadError::Faults(faults) if as_json => terminal.result(&format!("{}\n", faults.json())),
        LoadError::Faults(faults) => {
            terminal.chatter(faults.render(terminal.styles_chatter(), terminal.columns() + 12).trim_end());
            Ok(())
        }
        LoadError::File(file, error) => {
            terminal.chatter(&format!("ringback: {}: {error}", Path::new(file).display()));
            Ok(())
        }
    }
}

fn summary(settings: &Settings) -> String {
    let listeners = match settings.listeners.len() {
        0 => "listens on loopback, port 5060".to_owned(),
        1 => format!("listens on {}", settings.listeners[0].address),
        n => format!("listens on {n} addresses"),
    };
    let domains = match &settings.domains {
        None => "serves localhost".to_owned(),
        Some(domains) => format!("serves {}", domains.join(", ")),
    };
    let hep = settings.hep.as_ref();
    let hep = hep.map(|hep| format!(", sends HEP3 to {} as agent {}", hep.to, hep.agent)).unwrap_or_default();
    format!("{listeners}, {domains}{hep}")
}
