//! SIGHUP: the configuration is read and checked again; what can change while calls run is changed.

use crate::settings::{Dns, LoadError, Settings};
use ringback_io::tls::TlsSettings;
use std::path::Path;

/// What reading the file again came to.
#[derive(Debug)]
pub(super) enum Reload {
    /// There is no file.
    NoFile,
    /// The file is faulty: all stays as it is.
    Refused(LoadError),
    /// These settings hold from now on. The keys named have changed too, and need a restart.
    Taken { settings: Box<Settings>, restart_for: Vec<&'static str> },
}

/// Reads the file again.
pub(super) fn reload(config: Option<&Path>, old: &Settings) -> Reload {
    let Some(config) = config else { return Reload::NoFile };
    match Settings::load(config) {
        Err(error) => Reload::Refused(error),
        Ok(mut fresh) => {
            let restart_for = keep_what_is_fixed(old, &mut fresh);
            Reload::Taken { settings: Box::new(fresh), restart_for }
        }
    }
}

/// Sockets, threads and files stay as they were opened; names the keys for which that matters.
pub(crate) fn keep_what_is_fixed(old: &Settings, fresh: &mut Settings) -> Vec<&'static str> {
    let mut changed = Vec::new();
    let mut keep = |differs: bool, name: &'static str| {
        if differs {
            changed.push(name);
        }
    };
    keep(fresh.data != old.data, "data");
    keep(is_secure(fresh) != is_secure(old), "certificate");
    keep(fresh.secure.origins != old.secure.origins, "websocket");
    keep(fresh.workers != old.workers, "workers");
    keep(fresh.listeners != old.listeners, "listen");
    keep(fresh.http != old.http, "http");
    keep(fresh.console != old.console, "console");
    keep(fresh.log != old.log, "log");
    keep(fresh.journal != old.journal, "journal");
    keep(fresh.hep != old.hep, "hep");
    keep(fresh.limits != old.limits, "limits");
    keep(fresh.reach.policy != old.reach.policy, "registrar");
    keep(fresh.timers != old.timers, "timers");
    keep(fresh.dns.resolver() != old.dns.resolver(), "dns");
    fresh.data.clone_from(&old.data);
    fresh.secure.origins.clone_from(&old.secure.origins);
    if !is_secure(old) {
        fresh.secure.tls = old.secure.tls.clone();
    }
    fresh.workers = old.workers;
    fresh.reach.policy = old.reach.policy;
    fresh.listeners.clone_from(&old.listeners);
    fresh.http = old.http;
    fresh.console.clone_from(&old.console);
    fresh.log = old.log;
    fresh.journal.clone_from(&old.journal);
    fresh.hep.clone_from(&old.hep);
    fresh.limits = old.limits;
    fresh.timers = old.timers;
    fresh.dns = Dns { quarantine: fresh.dns.quarantine, ..old.dns.clone() };
    changed
}

/// Whether the server began with TLS; without it there is nothing that could take new certificates.
fn is_secure(settings: &Settings) -> bool {
    settings.secure.tls != TlsSettings::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_domain_is_taken_and_a_changed_listener_waits_for_a_restart() {
        let old = Settings::without_file();
        let mut fresh = Settings { domains: Some(vec!["new.test".to_owned()]), ..old.clone() };
        fresh.workers = Some(7);
        assert_eq!(keep_what_is_fixed(&old, &mut fresh), ["workers"]);
        assert_eq!(fresh.workers, old.workers);
        assert!(fresh.domains.is_some());
    }

    #[test]
    fn limits_are_those_of_the_start_and_the_change_is_named() {
        let old = Settings::without_file();
        let mut fresh = old.clone();
        fresh.limits.transactions_max = 1000;
        assert_eq!(keep_what_is_fixed(&old, &mut fresh), ["limits"]);
        assert_eq!(fresh.limits, old.limits);
    }

    #[test]
    fn a_faulty_file_is_refused_whole() {
        let file = std::env::temp_dir().join(format!("ringback-reload-{}.toml", std::process::id()));
        std::fs::write(&file, "domains = [\"new.test\"]\nwrokers = 1\n").unwrap();
        let old = Settings::without_file();
        assert!(matches!(reload(Some(&file), &old), Reload::Refused(LoadError::Faults(_))));
        assert!(matches!(reload(None, &old), Reload::NoFile));
        std::fs::remove_file(&file).unwrap();
    }
}
