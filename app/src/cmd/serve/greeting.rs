//! What the server says once it listens: where, what it keeps, and what to type next.

use super::accounts::Accounts;
use crate::password::Password;
use crate::settings::stream_word;
use crate::site::{Site, own_addresses};
use ringback_io::driver::Listener;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

/// What is told.
pub(super) struct Greeting<'a> {
    pub(super) site: &'a Site,
    pub(super) listeners: &'a [Listener],
    pub(super) accounts: &'a Accounts,
    pub(super) http: Option<SocketAddr>,
    pub(super) console: Option<SocketAddr>,
    /// The console's account that was made, with its password, which is shown once.
    pub(super) console_account: Option<&'a (&'static str, Password)>,
    pub(super) config: Option<&'a Path>,
    pub(super) auth_required: bool,
}

impl Greeting<'_> {
    /// For a person.
    pub(super) fn text(&self) -> String {
        let mut text =
            format!("Ringback {} serves {}", env!("CARGO_PKG_VERSION"), self.site.names.join(", "));
        let aliases: Vec<String> =
            own_addresses(&self.site.listeners).iter().map(ToString::to_string).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, ", also as {}", aliases.join(", "));
        for listener in self.listeners {
            let _ =
                writeln!(text, "  listens on  {} ({})", listener.address, transports(listener).join(", "));
        }
        let _ = writeln!(text, "  keeps data  {}", self.site.data.display());
        if let Some(http) = self.http {
            let _ = writeln!(text, "  health      http://{http}/health, metrics at http://{http}/metrics");
        }
        if let Some(console) = self.console {
            let _ = writeln!(text, "  console     http://{console}/");
            if let Some((name, password)) = self.console_account {
                let _ = writeln!(
                    text,
                    "              sign in as {name} with {}, which is shown only this once",
                    password.expose()
                );
            }
        }
        if !self.auth_required {
            text.push_str("  passwords   none are asked for: anybody who reaches it may call as anybody\n");
        }
        self.write_accounts(&mut text);
        text
    }

    fn write_accounts(&self, text: &mut String) {
        let config = self.config.map_or_else(String::new, |file| format!(" --config {}", file.display()));
        match self.accounts {
            Accounts::Made(made) => {
                text.push_str("\nTwo accounts were made. Their passwords are shown only this once:\n");
                for account in made {
                    let _ = writeln!(text, "  {}  {}", account.user, account.password.expose());
                }
                let Some(server) = self.listeners.first().map(|listener| listener.address) else { return };
                let _ = write!(
                    text,
                    "\nEnter one in a phone (server {server}), or type in two other terminals:\n\
                     \x20 RINGBACK_PASSWORD=<bob's> ringback listen --register sip:bob@{domain} --proxy {server}\n\
                     \x20 RINGBACK_PASSWORD=<alice's> ringback call sip:bob@{domain} --from sip:alice@{domain} \
                     --proxy {server} --tone 440\n\
                     A call without any phone, each answer explained: ringback demo\n\
                     More accounts: ringback user add NAME\n",
                    domain = self.site.names.first().map_or("localhost", String::as_str),
                );
            }
            Accounts::None if self.auth_required => {
                let domain = self.site.names.first().map_or("localhost", String::as_str);
                let _ = writeln!(text, "\nThere is no account yet: ringback user add NAME@{domain}{config}");
            }
            Accounts::None | Accounts::Some => {}
        }
    }

    /// For a program, schema `ringback.serve/1`.
    pub(super) fn json(&self) -> Value {
        let listeners: Vec<_> = self
            .listeners
            .iter()
            .map(|listener| json!({ "address": listener.address.to_string(), "transports": transports(listener) }))
            .collect();
        let accounts: Vec<_> = match self.accounts {
            Accounts::Made(made) => made
                .iter()
                .map(|made| json!({ "user": made.user.to_string(), "password": made.password.expose() }))
                .collect(),
            _ => Vec::new(),
        };
        json!({
            "schema": "ringback.serve/1",
            "version": env!("CARGO_PKG_VERSION"),
            "domains": self.site.names,
            "listeners": listeners,
            "data": self.site.data,
            "http": self.http.map(|http| http.to_string()),
            "console": self.console.map(|console| console.to_string()),
            "accounts": accounts,
            "console_account": self.console_account.map(|(name, password)| {
                json!({ "name": name, "password": password.expose() })
            }),
        })
    }
}

fn transports(listener: &Listener) -> Vec<&'static str> {
    listener.udp.then_some("udp").into_iter().chain(listener.stream.map(stream_word)).collect()
}
