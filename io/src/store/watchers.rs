//! What users decided about their watchers (RFC 3857), on disk: for the server, and for the command line, which may
//! change it while a server runs.

use super::error::StoreError;
use super::events;
use super::schema::{self, Text, bytes};
use ringback_roles::event::{Permission, Rules};
use ringback_roles::location::Aor;
use ringback_sip::time::Instant;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::path::Path;

/// The decisions of users.
pub struct Watchers(Connection);

/// A subscription that is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatcherRow {
    /// Who watches.
    pub watcher: String,
    /// What.
    pub package: String,
    /// Whether it waits for a decision.
    pub is_pending: bool,
    /// The list by which it watches, if it does not watch the user alone.
    pub list: Option<String>,
}

impl Watchers {
    /// Opens the decisions in the store in `folder`; makes the store when it is not there.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|e| StoreError::File(folder.to_owned(), e))?;
        schema::connect(&schema::database(folder)).map(Watchers)
    }

    /// `user` decides about `watcher`; `None` takes a decision back.
    ///
    /// # Errors
    /// The database's own.
    pub fn decide(
        &self,
        user: &Aor,
        watcher: &Aor,
        permission: Option<Permission>,
    ) -> Result<(), StoreError> {
        let (user, watcher) = (Text(user.as_bytes()), Text(watcher.as_bytes()));
        match permission {
            Some(permission) => {
                let sql = "INSERT OR REPLACE INTO watcher_rule VALUES (?,?,?)";
                self.0.execute(sql, params![user, watcher, permission.as_str()])?
            }
            None => self
                .0
                .execute("DELETE FROM watcher_rule WHERE aor = ? AND watcher = ?", params![user, watcher])?,
        };
        Ok(())
    }

    /// What `user` decided.
    ///
    /// # Errors
    /// The database's own.
    pub fn rules(&self, user: &Aor) -> Result<Rules, StoreError> {
        Ok(load(&self.0)?.remove(user).unwrap_or_default())
    }

    /// The subscriptions to `user` or to a list with `user` in it, in order of the watchers.
    ///
    /// # Errors
    /// The database's own.
    pub fn subscriptions(&self, user: &Aor, now: Instant) -> Result<Vec<WatcherRow>, StoreError> {
        let mut all = Vec::new();
        events::load_subscriptions(&self.0, now, |kept| {
            let own = (kept.resource.aor == *user).then_some(kept.is_pending);
            let list = kept.members().find(|(member, _)| member == user).map(|(_, is_pending)| is_pending);
            if let Some(is_pending) = own.or(list) {
                all.push(WatcherRow {
                    watcher: String::from_utf8_lossy(&kept.watcher).into_owned(),
                    package: kept.resource.package.as_str().to_owned(),
                    is_pending,
                    list: own.is_none().then(|| kept.resource.aor.to_string()),
                });
            }
        })?;
        all.sort();
        Ok(all)
    }
}

impl std::fmt::Debug for Watchers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watchers")
    }
}

/// Reads what all users decided.
pub(super) fn load(connection: &Connection) -> Result<BTreeMap<Aor, Rules>, StoreError> {
    let mut statement = connection.prepare("SELECT aor, watcher, permission FROM watcher_rule")?;
    let mut rows = statement.query([])?;
    let mut all: BTreeMap<Aor, Rules> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let name = core::str::from_utf8(bytes(row, 2)?).ok();
        let permission =
            name.and_then(Permission::from_name).ok_or(StoreError::Broken("watcher_rule", "permission"))?;
        let (user, watcher) = (Aor::from_canonical(bytes(row, 0)?), Aor::from_canonical(bytes(row, 1)?));
        all.entry(user).or_default().insert(watcher, permission);
    }
    Ok(all)
}
