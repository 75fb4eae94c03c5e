//! What users decided about their watchers (RFC 3857), on disk: for the server, and for the command line, which may
//! change it while a server runs.

use super::error::StoreError;
use super::schema::{self, Text, bytes};
use ringback_roles::event::{Permission, Rules};
use ringback_roles::location::Aor;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::path::Path;

/// The decisions of users.
pub struct Watchers(Connection);

/// A subscription that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatcherRow {
    /// Who watches.
    pub watcher: String,
    /// What.
    pub package: String,
    /// Whether it waits for a decision.
    pub is_pending: bool,
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

    /// The subscriptions to `user`, in order of the watchers.
    ///
    /// # Errors
    /// The database's own.
    pub fn subscriptions(&self, user: &Aor, now_secs: u64) -> Result<Vec<WatcherRow>, StoreError> {
        let sql = "SELECT watcher, package, is_pending FROM subscription WHERE aor = ? AND expires > ? ORDER BY 1, 2";
        let mut statement = self.0.prepare(sql)?;
        let mut rows = statement.query(params![Text(user.as_bytes()), now_secs as i64])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |column| bytes(row, column).map(|text| String::from_utf8_lossy(text).into_owned());
            all.push(WatcherRow { watcher: text(0)?, package: text(1)?, is_pending: row.get(2)? });
        }
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
