//! What a command of the user agent prints: for a person, or one JSON object an event.

use super::mask::masked;
use super::news::Seen;
use super::why::Why;
use crate::cli::Common;
use crate::terminal::Terminal;
use ringback_roles::explain::Language;
use ringback_sip::registry::StatusCode;
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

/// Prints events.
pub(crate) struct Reporter<'a> {
    json: bool,
    verbose: bool,
    language: Language,
    terminal: &'a Terminal,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(common: &Common, verbose: bool, terminal: &'a Terminal) -> Self {
        Reporter { json: common.json, verbose, language: common.language(), terminal }
    }

    /// Whether a program reads it.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A result that a final response brought: when it refused, what lies behind it stands below.
    pub(crate) fn answer(
        &self,
        name: &str,
        text: &str,
        mut fields: Value,
        refusal: Option<(StatusCode, Option<&[u8]>)>,
    ) -> io::Result<()> {
        let why = refusal.and_then(|(status, response)| Why::of(status, response, self.language));
        fields["why"] = why.as_ref().map_or(Value::Null, Why::json);
        self.result(name, &format!("{text}{}", why.map_or_else(String::new, |why| why.text())), fields)
    }

    /// A result: `text` for a person, else `fields` as the event `name`.
    pub(crate) fn result(&self, name: &str, text: &str, fields: Value) -> io::Result<()> {
        if self.json {
            return self.object(name, fields);
        }
        self.terminal.result(&format!("{text}\n"))
    }

    /// Something on the way to a result.
    pub(crate) fn progress(&self, name: &str, text: &str, fields: Value) -> io::Result<()> {
        if self.json {
            return self.object(name, fields);
        }
        self.terminal.chatter(text);
        Ok(())
    }

    /// A message, when they are asked for.
    pub(crate) fn message(&self, seen: &Seen) -> io::Result<()> {
        if !self.verbose {
            return Ok(());
        }
        let text = masked(&seen.bytes);
        let transport = seen.flow.transport.via_name().to_ascii_lowercase();
        let peer = seen.flow.remote;
        if self.json {
            let direction = if seen.sent { "sent" } else { "received" };
            let fields = json!({ "direction": direction, "transport": transport, "peer": peer.to_string(), "text": text });
            return self.object("message", fields);
        }
        let arrow = if seen.sent { "→" } else { "←" };
        self.terminal.chatter(&format!("{arrow} {transport} {peer} at {}", seen.at));
        for line in text.lines() {
            self.terminal.chatter(format!("  {line}").trim_end());
        }
        Ok(())
    }

    fn object(&self, name: &str, mut fields: Value) -> io::Result<()> {
        fields["schema"] = json!(SCHEMA);
        fields["event"] = json!(name);
        self.terminal.result(&format!("{fields}\n"))
    }
}

/// A time in seconds for a program, to the millisecond.
pub(crate) fn secs(time: Duration) -> f64 {
    time.as_millis() as f64 / 1000.0
}

/// A time in milliseconds for a program, to the microsecond.
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

/// Version of the JSON in which events are printed.
const SCHEMA: &str = "ringback.phone/1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_for_programs_have_three_digits() {
        let time = Duration::from_nanos(1_234_567_891);
        assert_eq!(json!([secs(time), millis(time)]).to_string(), "[1.234,1234.567]");
    }
}
