//! What commands about users, accounts and tokens say in the end: a text for people, and the same as data.

use crate::cli::Common;
use crate::exit::Exit;
use crate::password::Password;
use crate::terminal::Terminal;
use crate::web::KeyFault;
use serde_json::{Value, json};
use std::io;

/// The text, and the data.
pub(super) type Told = (String, Value);

/// Writes what `ringback COMMAND` has to say.
pub(super) fn say(
    command: &str,
    (text, mut object): Told,
    common: &Common,
    terminal: &Terminal,
) -> io::Result<Exit> {
    object["schema"] = json!(format!("ringback.{command}/1"));
    terminal.result(&if common.json { format!("{object}\n") } else { format!("{text}\n") })?;
    Ok(Exit::SUCCESS)
}

/// The same for who changes the keys of the console and the API.
pub(super) fn say_of_keys(
    command: &str,
    told: Result<Told, KeyFault>,
    common: &Common,
    terminal: &Terminal,
) -> io::Result<Exit> {
    match told {
        Ok(told) => say(command, told, common, terminal),
        Err(KeyFault::File(error)) => Err(error),
        Err(fault) => {
            terminal.chatter(&format!("ringback {command}: {fault}"));
            Ok(Exit::FAILURE)
        }
    }
}

/// A password was stored; it is shown when nobody but us knows it.
pub(super) fn stored(name: &str, password: &Password, is_known: bool) -> Told {
    if is_known {
        return (format!("{name} stored"), json!({ "stored": name }));
    }
    let password = password.expose();
    (format!("{name} has the password {password}"), json!({ "stored": name, "password": password }))
}

pub(super) fn removed(name: &str) -> Told {
    (format!("{name} removed"), json!({ "removed": name }))
}
