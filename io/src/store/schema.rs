//! The tables, and rows to bindings and back.

use super::error::StoreError;
use ringback_roles::location::{Aor, Binding, Change, Parts, Q, Write};
use ringback_roles::store::Secrets;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::time::Instant;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, Statement, ToSql, params};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The number of the format below, as `PRAGMA user_version`.
const FORMAT: i64 = 5;

/// `lease` and `expires` are in seconds since the Unix epoch, `gruus_since` in microseconds. Secrets are the H(A1) of RFC 7616; no password is kept.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS binding (
        aor TEXT NOT NULL, contact TEXT NOT NULL, call_id TEXT NOT NULL, cseq INTEGER NOT NULL,
        q INTEGER NOT NULL, lease INTEGER NOT NULL, path TEXT NOT NULL, user_agent TEXT NOT NULL,
        instance TEXT NOT NULL, reg_id INTEGER NOT NULL, transport TEXT NOT NULL, local TEXT NOT NULL,
        remote TEXT NOT NULL, gruus_since INTEGER NOT NULL DEFAULT 0, params TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (aor, contact, instance, reg_id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS subscriber (
        user TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, sha512_256 TEXT NOT NULL, md5 TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS publication (
        aor TEXT NOT NULL, package TEXT NOT NULL, tag TEXT NOT NULL, media_type TEXT NOT NULL, body TEXT NOT NULL,
        expires INTEGER NOT NULL, PRIMARY KEY (aor, package, tag)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS subscription (
        call_id TEXT NOT NULL, tag TEXT NOT NULL, aor TEXT NOT NULL, package TEXT NOT NULL, watcher TEXT NOT NULL,
        expires INTEGER NOT NULL, rest TEXT NOT NULL, is_pending INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (call_id, tag)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS watcher_rule (
        aor TEXT NOT NULL, watcher TEXT NOT NULL, permission TEXT NOT NULL, PRIMARY KEY (aor, watcher)
    ) WITHOUT ROWID;
";

/// From format 1, where two flows of an instance could not have the same contact.
const FROM_FORMAT_1: &str = "
    INSERT INTO binding (aor, contact, call_id, cseq, q, lease, path, user_agent, instance, reg_id, transport,
        local, remote)
    SELECT aor, contact, call_id, cseq, q, lease, path, user_agent, instance, reg_id, transport, local, remote
    FROM binding_1;
    DROP TABLE binding_1;
";

/// Keeps a second process from serving out of the same folder.
pub(super) struct Lock(#[allow(dead_code)] File);

impl Lock {
    /// Makes the folder when it does not exist, and locks it until this value goes.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let fault = |error| StoreError::File(folder.to_owned(), error);
        std::fs::create_dir_all(folder).map_err(fault)?;
        let path = folder.join("lock");
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(fault)?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => Ok(Lock(file)),
            Err(fs4::TryLockError::WouldBlock) => Err(StoreError::InUse(folder.to_owned())),
            Err(fs4::TryLockError::Error(error)) => Err(StoreError::File(path, error)),
        }
    }
}

/// The database's file in the folder of the store.
pub(super) fn database(folder: &Path) -> PathBuf {
    folder.join("ringback.db")
}

/// Opens a connection and makes the tables when they are not there. A new file is its owner's alone, and so are those
/// that SQLite puts beside it: a digest of a password serves as well as the password.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    match OpenOptions::new().create_new(true).write(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(StoreError::File(path.to_owned(), error));
        }
        _ => {}
    }
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection
        .execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;")?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let (before, after) = match format {
        // Format 3 had the first two tables only.
        0 | 3 => ("", ""),
        1 => ("ALTER TABLE binding RENAME TO binding_1;", FROM_FORMAT_1),
        2 => ("ALTER TABLE binding ADD COLUMN params TEXT NOT NULL DEFAULT '';", ""),
        4 => ("ALTER TABLE subscription ADD COLUMN is_pending INTEGER NOT NULL DEFAULT 0;", ""),
        FORMAT => return Ok(connection),
        newer => return Err(StoreError::Newer(newer)),
    };
    let steps = format!("BEGIN IMMEDIATE; {before} {TABLES} {after} PRAGMA user_version={FORMAT}; COMMIT;");
    connection.execute_batch(&steps)?;
    Ok(connection)
}

/// Text of a peer: stored as text when it is text, so that an operator can read it, else as it came.
pub(super) struct Text<'a>(pub(super) &'a [u8]);

impl ToSql for Text<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let is_text = std::str::from_utf8(self.0).is_ok() && !self.0.contains(&0);
        Ok(ToSqlOutput::Borrowed(if is_text { ValueRef::Text(self.0) } else { ValueRef::Blob(self.0) }))
    }
}

/// The statements of the writer.
pub(super) struct Statements<'c> {
    put: Statement<'c>,
    remove: Statement<'c>,
    remove_expired: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Statements {
            put: connection
                .prepare("INSERT OR REPLACE INTO binding VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")?,
            remove: connection.prepare(
                "DELETE FROM binding WHERE aor = ? AND contact = ? AND instance = ? AND reg_id = ?",
            )?,
            remove_expired: connection.prepare("DELETE FROM binding WHERE lease < ?")?,
        })
    }

    /// Writes a change of bindings.
    pub(super) fn write(&mut self, write: &Write) -> rusqlite::Result<()> {
        for change in &write.changes {
            match change {
                Change::Put(binding, _) => self.put(&write.aor, binding)?,
                Change::Remove(binding) => self.remove(&write.aor, binding)?,
            }
        }
        Ok(())
    }

    fn put(&mut self, aor: &Aor, b: &Binding) -> rusqlite::Result<()> {
        self.put.execute(params![
            Text(aor.as_bytes()),
            Text(b.contact()),
            Text(b.call_id()),
            b.cseq,
            b.q.thousandths(),
            // Rounded up: the row outlives the lifetime that was granted.
            b.lease.unix_micros().div_ceil(1_000_000).min(i64::MAX as u64) as i64,
            Text(b.path()),
            Text(b.user_agent()),
            Text(b.instance()),
            b.reg_id,
            b.flow.transport.via_name(),
            b.flow.local.to_string(),
            b.flow.remote.to_string(),
            b.gruus_since.unix_micros().min(i64::MAX as u64) as i64,
            Text(b.params()),
        ])?;
        Ok(())
    }

    pub(super) fn remove(&mut self, aor: &Aor, b: &Binding) -> rusqlite::Result<()> {
        let (contact, instance) = (Text(b.contact()), Text(b.instance()));
        self.remove.execute(params![Text(aor.as_bytes()), contact, instance, b.reg_id])?;
        Ok(())
    }

    /// Removes rows whose lease ended before `now`, which no memory knows of any more.
    pub(super) fn remove_expired(&mut self, now: Instant) -> rusqlite::Result<usize> {
        self.remove_expired.execute([now.unix_secs() as i64])
    }
}

/// Reads every binding whose lease has not ended. What was granted last is not known after a crash, only that
/// the lease covers it; so the binding counts until its lease ends.
pub(super) fn load_bindings(
    connection: &Connection,
    now: Instant,
    mut each: impl FnMut(Aor, Binding),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT * FROM binding WHERE lease > ? ORDER BY aor, contact")?;
    let mut rows = statement.query([now.unix_secs() as i64])?;
    while let Some(row) = rows.next()? {
        each(Aor::from_canonical(bytes(row, 0)?), binding(row)?);
    }
    Ok(())
}

fn binding(row: &Row<'_>) -> Result<Binding, StoreError> {
    let address = |column: usize| -> Option<SocketAddr> {
        std::str::from_utf8(row.get_ref(column).ok()?.as_bytes().ok()?).ok()?.parse().ok()
    };
    let flow = Flow {
        transport: Transport::from_name(bytes(row, 10)?).ok_or(StoreError::Broken("binding", "transport"))?,
        local: address(11).ok_or(StoreError::Broken("binding", "local"))?,
        remote: address(12).ok_or(StoreError::Broken("binding", "remote"))?,
        connection: None,
        peer: None,
    };
    let parts = Parts {
        contact: bytes(row, 1)?,
        call_id: bytes(row, 2)?,
        path: bytes(row, 6)?,
        user_agent: bytes(row, 7)?,
        instance: bytes(row, 8)?,
        params: bytes(row, 14)?,
    };
    let mut binding = Binding::new(parts, flow).ok_or(StoreError::Broken("binding", "contact"))?;
    binding.cseq = row.get(3)?;
    binding.q = Q::from_thousandths(row.get(4)?);
    binding.lease = Instant::from_unix_secs(row.get::<_, i64>(5)?.max(0) as u64);
    binding.expires = binding.lease;
    binding.reg_id = row.get(9)?;
    binding.gruus_since = Instant::from_unix_micros(row.get::<_, i64>(13)?.max(0) as u64);
    Ok(binding)
}

/// Reads every account.
pub(super) fn load_users(
    connection: &Connection,
    mut each: impl FnMut(Aor, Secrets),
) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare("SELECT user, sha256, sha512_256, md5 FROM subscriber ORDER BY user")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let secrets = Secrets::from_hex([bytes(row, 1)?, bytes(row, 2)?, bytes(row, 3)?]);
        let secrets = secrets.ok_or(StoreError::Broken("subscriber", "secret"))?;
        each(Aor::from_canonical(bytes(row, 0)?), secrets);
    }
    Ok(())
}

/// The bytes in a column.
pub(super) fn bytes<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [u8], StoreError> {
    let fault = |_| StoreError::Broken("store", "text");
    row.get_ref(column)?.as_bytes().map_err(fault)
}
