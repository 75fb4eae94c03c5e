//! What a replay stands on: the journal, the settings with which the server ran, and its seeds.

use crate::cmd::serve::reload::keep_what_is_fixed;
use crate::cmd::serve::{secret, station};
use crate::settings::Settings;
use crate::site::Site;
use ringback_io::driver::Listener;
use ringback_io::record::{RecordReader, settings_file};
use ringback_io::store::Reader;
use ringback_roles::diagnosis::{Began, Known, Record, What};
use ringback_roles::location::Aor;
use ringback_roles::replay::{Beside, Recorded, Setup};
use ringback_roles::server::ServerSettings;
use ringback_sip::entropy::Seed;
use ringback_sip::journal::{Fact, Shown};
use ringback_sip::time::Instant;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a replay stands on.
pub(crate) struct Ground {
    pub(crate) records: Vec<Record>,
    secret: Seed,
    data: PathBuf,
    runs: Vec<Run>,
    /// Who had an account, as the records tell, and has none now: as far as somebody looked.
    removed: Arc<BTreeSet<Shown>>,
}

/// How the server ran from some moment on.
struct Run {
    at: Instant,
    began: Began,
    /// `None`: the copy is gone, or is not understood any more.
    settings: Option<Settings>,
}

impl Ground {
    /// Reads from the journal what `is_wanted`, and what concerns all calls. `data`: the server's data folder, where its
    /// secret lies; `copies`: where the copies of configurations lie.
    pub(crate) fn read(
        reader: &RecordReader,
        data: &Path,
        copies: &Path,
        is_wanted: impl Fn(&Record) -> bool,
    ) -> io::Result<Ground> {
        let mut records = Vec::new();
        reader.read(Instant::EPOCH, None, &mut |record| {
            if is_common(&record) || is_wanted(&record) {
                records.push(record);
            }
        })?;
        let mut runs: Vec<Run> = Vec::new();
        for record in &records {
            let What::Began(began) = &record.what else { continue };
            if runs.iter().any(|run| run.at == record.at && run.began == *began) {
                continue;
            }
            let mut settings = read_settings(copies, &began.settings);
            // What only a restart changes has not changed within a start.
            if let (Some(fresh), Some(old)) = (&mut settings, runs.last())
                && old.began.start == began.start
                && let Some(old) = &old.settings
            {
                keep_what_is_fixed(old, fresh);
            }
            runs.push(Run { at: record.at, began: began.clone(), settings });
        }
        // Each segment says again how the server runs.
        let mut seen = Vec::new();
        records.retain(|record| match &record.what {
            What::Began(began) if seen.contains(&(record.at, began.clone())) => false,
            What::Began(began) => {
                seen.push((record.at, began.clone()));
                true
            }
            _ => true,
        });
        let removed = Arc::default();
        Ok(Ground { records, secret: secret::read(data)?, data: data.to_owned(), runs, removed })
    }

    /// Looks in the store who has an account now, for what is to run with other settings.
    pub(crate) fn with_accounts_of_now(mut self) -> io::Result<Ground> {
        self.removed = Arc::new(removed(&self.records, &self.data)?);
        Ok(self)
    }

    /// The node that served a call.
    pub(crate) fn setup(&self, call: &Recorded<'_>) -> Result<Setup, Beside> {
        let run = self.run_of(call)?;
        let settings = run.settings.as_ref().ok_or(Beside::NoBeginning)?;
        Ok(Setup { removed: Arc::default(), ..self.with_settings(call, settings)? })
    }

    /// The same node with other settings, and the accounts that there are now.
    pub(crate) fn with_settings(&self, call: &Recorded<'_>, settings: &Settings) -> Result<Setup, Beside> {
        let Run { began, settings: then, .. } = self.run_of(call)?;
        let then = then.as_ref().map_or(settings.reach.policy, |then| then.reach.policy);
        let now = settings.reach.policy;
        let start = secret::of_start(&self.secret, began.start);
        let worker = start.derive(secret::OWNER).part_of(call.call_id, usize::from(began.workers));
        Ok(Setup {
            settings: self.node_settings(settings, began).ok_or(Beside::NoBeginning)?,
            seed: secret::of_worker(&start, worker),
            shared: self.secret,
            policies: (then != now).then_some([then, now]),
            removed: Arc::clone(&self.removed),
        })
    }

    fn run_of(&self, call: &Recorded<'_>) -> Result<&Run, Beside> {
        let begin = call.records.first().map_or(Instant::EPOCH, |record| record.at);
        self.runs.iter().rfind(|run| run.at <= begin).ok_or(Beside::NoBeginning)
    }

    fn node_settings(&self, settings: &Settings, began: &Began) -> Option<ServerSettings> {
        // The data folder decides nothing for a node.
        let settings = Settings { data: Some(self.data.clone()), ..settings.clone() };
        let site = Site::of(&settings).ok()?;
        let mut listeners = Vec::with_capacity(site.listeners.len());
        for (place, listen) in site.listeners.iter().enumerate() {
            let mut address = listen.address;
            // The system chose it.
            if let Some(bound) = began.listeners.get(place).filter(|_| address.port() == 0) {
                address.set_port(bound.port());
            }
            listeners.push(Listener { address, udp: listen.udp, stream: listen.stream });
        }
        Some(station::server_settings(&settings, &site, &listeners))
    }
}

/// Who had an account when the records were written, and has none in the store that lies in `data`. That somebody had a
/// contact proves no account where anybody may register.
fn removed(records: &[Record], data: &Path) -> io::Result<BTreeSet<Shown>> {
    let Some(store) = Reader::open(data).map_err(io::Error::other)? else { return Ok(BTreeSet::new()) };
    let had = records.iter().filter_map(|record| match &record.what {
        What::Told(told) => match &told.known {
            Known::Secret(true) => Some(&told.about),
            Known::Bindings { is_user: true, bindings } if bindings.is_empty() => Some(&told.about),
            _ => None,
        },
        _ => None,
    });
    let had: BTreeSet<&Shown> = had.collect();
    let mut gone = BTreeSet::new();
    for user in had {
        if !store.is_user(&Aor::from_canonical(&user.0)).map_err(io::Error::other)? {
            gone.insert(user.clone());
        }
    }
    Ok(gone)
}

/// What concerns all calls.
fn is_common(record: &Record) -> bool {
    match &record.what {
        What::Began(_) | What::Told(_) | What::Gap(_) | What::Fanout(_) => true,
        What::Fact(fact) => {
            matches!(fact, Fact::Hop { .. } | Fact::FlowFailed { .. } | Fact::Banned { .. })
        }
        What::Message(_) => false,
    }
}

fn read_settings(copies: &Path, name: &str) -> Option<Settings> {
    if name.is_empty() {
        return Some(Settings::without_file());
    }
    Settings::load(&settings_file(copies, name)).ok()
}
