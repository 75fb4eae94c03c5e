//! A look into a store without touching it: for commands that tell what a server would do.

use super::error::StoreError;
use super::schema::{self, Text};
use ringback_roles::location::{Aor, Binding};
use ringback_sip::time::Instant;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// A store that is only read.
pub struct Reader(Connection);

impl Reader {
    /// Opens the store in `folder`; `None` when there is none.
    ///
    /// # Errors
    /// The database's own.
    pub fn open(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = schema::database(folder);
        if !path.exists() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Some(Reader(Connection::open_with_flags(path, flags)?)))
    }

    /// Whether there is an account of this name.
    ///
    /// # Errors
    /// The database's own.
    pub fn is_user(&self, user: &Aor) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM subscriber WHERE user = ?";
        Ok(self.0.query_row(sql, [Text(user.as_bytes())], |row| row.get::<_, i64>(0))? > 0)
    }

    /// The bindings of an address of record whose lease has not ended.
    ///
    /// # Errors
    /// The database's own.
    pub fn bindings(&self, aor: &Aor, now: Instant) -> Result<Vec<Binding>, StoreError> {
        let mut found = Vec::new();
        schema::load_bindings(&self.0, now, |owner, binding| {
            if owner == *aor {
                found.push(binding);
            }
        })?;
        Ok(found)
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}
