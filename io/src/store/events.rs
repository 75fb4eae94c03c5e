//! Publications and subscriptions (RFC 3903, RFC 6665) on disk, and who hears of changes.

use super::error::StoreError;
use super::schema::{Text, bytes};
use crate::driver::Replies;
use ringback_roles::event::{
    Board, Draft, Kept, KeptId, OPERATOR, Publication, Publish, Published, Refusal, Resource, RowChange,
};
use ringback_roles::location::Aor;
use ringback_roles::store::Answer;
use ringback_sip::entropy::Share;
use ringback_sip::node::Ticket;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Instant;
use rusqlite::{Connection, OptionalExtension as _, Statement, params};

/// Who asked a standing question.
pub(super) type Watch = (Ticket, Replies<Answer>);

/// A change of what is published or watched, on its way to disk.
pub(super) enum Work {
    Publish(Publish),
    Keep(Box<Kept>),
    Forget(Resource, KeptId),
    /// No change: the subscriptions of a share are to be told.
    Load(Share),
}

/// A change as it will be written, or why it will not.
pub(super) enum Draw {
    Published(Result<(Resource, Published, RowChange), Refusal>),
    Keep(Box<Kept>),
    Forget(Resource, KeptId),
    Load(Share),
}

impl Work {
    /// Works out the change, on top of those in `draft`.
    pub(super) fn draw(self, now: Instant, board: &mut Board<Watch>, draft: &mut Draft) -> Draw {
        match self {
            Work::Publish(publish) => {
                let done = board.publish(now, &publish, draft);
                Draw::Published(done.map(|(published, change)| (publish.resource, published, change)))
            }
            Work::Keep(kept) => Draw::Keep(kept),
            Work::Forget(resource, id) => Draw::Forget(resource, id),
            Work::Load(share) => Draw::Load(share),
        }
    }
}

impl Draw {
    /// The change is durable: gives the resources that tell of a subscription, where that changes.
    pub(super) fn settle(&self, board: &mut Board<Watch>) -> Vec<Resource> {
        match self {
            Draw::Keep(kept) => board.keep(kept),
            Draw::Forget(resource, id) => board.forget(resource, id),
            Draw::Published(_) | Draw::Load(_) => Vec::new(),
        }
    }
}

/// The statements of the writer.
pub(super) struct Statements<'c> {
    connection: &'c Connection,
    put: Statement<'c>,
    remove: Statement<'c>,
    keep: Statement<'c>,
    forget: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Statements {
            connection,
            put: connection.prepare("INSERT OR REPLACE INTO publication VALUES (?,?,?,?,?,?)")?,
            remove: connection
                .prepare("DELETE FROM publication WHERE aor = ? AND package = ? AND tag = ?")?,
            keep: connection.prepare("INSERT OR REPLACE INTO subscription VALUES (?,?,?,?,?,?,?,?)")?,
            forget: connection.prepare("DELETE FROM subscription WHERE call_id = ? AND tag = ?")?,
        })
    }

    /// Writes a change.
    pub(super) fn write(&mut self, draw: &Draw) -> rusqlite::Result<()> {
        match draw {
            Draw::Published(Ok((resource, _, change))) => {
                if let Some(tag) = &change.removed {
                    self.remove(resource, tag)?;
                }
                if let Some(p) = &change.put {
                    let (aor, package) = (Text(resource.aor.as_bytes()), resource.package.as_str());
                    self.put.execute(params![
                        aor,
                        package,
                        &*p.tag,
                        &*p.media_type,
                        Text(&p.body),
                        secs(p.expires)
                    ])?;
                }
            }
            Draw::Keep(kept) => {
                self.keep.execute(params![
                    Text(&kept.id.call_id),
                    Text(&kept.id.tag),
                    Text(kept.resource.aor.as_bytes()),
                    kept.resource.package.as_str(),
                    Text(&kept.watcher),
                    secs(kept.expires),
                    Text(&kept.rest),
                    kept.is_pending,
                ])?;
            }
            Draw::Forget(_, id) => {
                self.forget.execute(params![Text(&id.call_id), Text(&id.tag)])?;
            }
            Draw::Published(Err(_)) | Draw::Load(_) => {}
        }
        Ok(())
    }

    /// Removes a publication.
    pub(super) fn remove(&mut self, resource: &Resource, tag: &str) -> rusqlite::Result<()> {
        let (aor, package) = (Text(resource.aor.as_bytes()), resource.package.as_str());
        self.remove.execute(params![aor, package, tag])?;
        Ok(())
    }

    /// Removes rows that have run out and of which no memory knows.
    pub(super) fn remove_expired(&mut self, now: Instant) -> rusqlite::Result<()> {
        for table in ["publication", "subscription"] {
            self.connection
                .execute(&format!("DELETE FROM {table} WHERE expires < ?"), [now.unix_secs() as i64])?;
        }
        Ok(())
    }

    /// What to answer to a change that is durable, or is not.
    pub(super) fn answer(&self, draw: Draw, durable: bool, now: Instant) -> Answer {
        let kept = || Answer::Kept(if durable { Ok(()) } else { Err(Refusal::NotDurable) });
        match draw {
            Draw::Published(Ok(_)) if !durable => Answer::Published(Err(Refusal::NotDurable)),
            Draw::Published(done) => Answer::Published(done.map(|(_, published, _)| published)),
            Draw::Keep(_) | Draw::Forget(..) => kept(),
            Draw::Load(share) => {
                let mut all = Vec::new();
                let loaded = load_subscriptions(self.connection, now, |kept| {
                    if share.has(&kept.id.call_id) {
                        all.push(kept);
                    }
                });
                Answer::Subscriptions(if loaded.is_ok() { all } else { Vec::new() })
            }
        }
    }
}

/// Reads every publication that has not run out; those with one tag only, where `tag` names one.
pub(super) fn load_publications(
    connection: &Connection,
    now: Instant,
    tag: Option<&str>,
    mut each: impl FnMut(Resource, Publication),
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare("SELECT * FROM publication WHERE expires > ?1 AND tag = ifnull(?2, tag) ORDER BY expires")?;
    let mut rows = statement.query(params![now.unix_secs() as i64, tag])?;
    while let Some(row) = rows.next()? {
        let Some(package) = EventPackage::from_bytes(bytes(row, 1)?) else { continue };
        let resource = Resource { aor: Aor::from_canonical(bytes(row, 0)?), package };
        let text = |column| -> Result<String, StoreError> {
            Ok(String::from_utf8_lossy(bytes(row, column)?).into_owned())
        };
        let publication = Publication {
            tag: text(2)?.into(),
            media_type: text(3)?.into(),
            body: bytes(row, 4)?.into(),
            expires: Instant::from_unix_secs(row.get::<_, i64>(5)?.max(0) as u64),
        };
        each(resource, publication);
    }
    Ok(())
}

/// Whether a publication stands on disk; when that cannot be read, it is taken to.
pub(super) fn is_stored(connection: &Connection, resource: &Resource, tag: &str) -> bool {
    let (aor, package) = (Text(resource.aor.as_bytes()), resource.package.as_str());
    let sql = "SELECT EXISTS (SELECT 1 FROM publication WHERE aor = ? AND package = ? AND tag = ?)";
    connection.query_row(sql, params![aor, package, tag], |row| row.get(0)).unwrap_or(true)
}

/// What the operator says of a resource, on disk.
pub(super) fn say(
    connection: &Connection,
    resource: &Resource,
    media_type: &str,
    body: &[u8],
) -> rusqlite::Result<()> {
    let (aor, package) = (Text(resource.aor.as_bytes()), resource.package.as_str());
    let row = params![aor, package, OPERATOR, media_type, Text(body), NO_END];
    connection.execute("INSERT OR REPLACE INTO publication VALUES (?,?,?,?,?,?)", row)?;
    Ok(())
}

/// What the operator said of a resource.
pub(super) fn said(connection: &Connection, resource: &Resource) -> rusqlite::Result<Option<Vec<u8>>> {
    let (aor, package) = (Text(resource.aor.as_bytes()), resource.package.as_str());
    let sql = "SELECT CAST(body AS BLOB) FROM publication WHERE aor = ? AND package = ? AND tag = ?";
    connection.query_row(sql, params![aor, package, OPERATOR], |row| row.get(0)).optional()
}

/// Reads every subscription that has not run out.
pub(super) fn load_subscriptions(
    connection: &Connection,
    now: Instant,
    mut each: impl FnMut(Kept),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT * FROM subscription WHERE expires > ?")?;
    let mut rows = statement.query([now.unix_secs() as i64])?;
    while let Some(row) = rows.next()? {
        let Some(package) = EventPackage::from_bytes(bytes(row, 3)?) else { continue };
        each(Kept {
            id: KeptId { call_id: bytes(row, 0)?.into(), tag: bytes(row, 1)?.into() },
            resource: Resource { aor: Aor::from_canonical(bytes(row, 2)?), package },
            watcher: bytes(row, 4)?.into(),
            expires: Instant::from_unix_secs(row.get::<_, i64>(5)?.max(0) as u64),
            rest: bytes(row, 6)?.into(),
            is_pending: row.get(7)?,
        });
    }
    Ok(())
}

/// A moment as it is stored: rounded up, so that a row outlives what was granted.
fn secs(at: Instant) -> i64 {
    at.unix_micros().div_ceil(1_000_000).min(i64::MAX as u64) as i64
}

/// The last second of the year 9999: what the operator says has no end.
const NO_END: i64 = 253_402_300_799;
