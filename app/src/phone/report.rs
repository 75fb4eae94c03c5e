//! What a command of the user agent prints: for a person, or one JSON object an event.

use super::mask::masked;
use super::news::Seen;
use crate::terminal::Terminal;
use ringback_sip::flow::Transport;
use serde_json::{Value, json};
use std::io;

/// Prints events.
pub(crate) struct Reporter<'a> {
    json: bool,
    verbose: bool,
    terminal: &'a Terminal,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(json: bool, verbose: bool, terminal: &'a Terminal) -> Self {
        Reporter { json, verbose, terminal }
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
        let transport = if seen.flow.transport == Transport::Udp { "udp" } else { "tcp" };
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

/// Version of the JSON in which events are printed.
const SCHEMA: &str = "ringback.phone/1";
