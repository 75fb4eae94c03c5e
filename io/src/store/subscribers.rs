//! The accounts and what the operator says of them, for the command line and the first start. Both may be changed while
//! a server runs, which takes the change over within a second.

use super::error::StoreError;
use super::events;
use super::schema::{self, Text};
use ringback_roles::event::Resource;
use ringback_roles::location::Aor;
use ringback_roles::store::Secrets;
use ringback_sip::auth::Hash;
use rusqlite::{Connection, ErrorCode, params};
use std::path::Path;

/// The table of accounts.
pub struct Subscribers(Connection);

/// An account, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// Its address of record.
    pub user: Aor,
    /// How many bindings are stored for it.
    pub bindings: u32,
}

impl Subscribers {
    /// Opens the accounts of the store in `folder`; makes the store when it is not there.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|e| StoreError::File(folder.to_owned(), e))?;
        schema::connect(&schema::database(folder)).map(Subscribers)
    }

    /// Adds an account.
    ///
    /// # Errors
    /// [`StoreError::Exists`], or the database's own.
    pub fn add(&self, user: &Aor, password: &[u8]) -> Result<(), StoreError> {
        let changed = self.write(
            "INSERT INTO subscriber (sha256, sha512_256, md5, user) VALUES (?,?,?,?)",
            user,
            password,
        );
        match changed {
            Err(StoreError::Database(rusqlite::Error::SqliteFailure(e, _)))
                if e.code == ErrorCode::ConstraintViolation =>
            {
                Err(StoreError::Exists)
            }
            other => other.map(|_| ()),
        }
    }

    /// Gives an account another password.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUser`], or the database's own.
    pub fn set_password(&self, user: &Aor, password: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE subscriber SET sha256 = ?, sha512_256 = ?, md5 = ? WHERE user = ?";
        match self.write(sql, user, password)? {
            0 => Err(StoreError::NoSuchUser),
            _ => Ok(()),
        }
    }

    fn write(&self, sql: &str, user: &Aor, password: &[u8]) -> Result<usize, StoreError> {
        let secrets = Secrets::from_password(user, password);
        let [first, second, third] = Hash::ALL.map(|hash| secrets.of(hash));
        let values =
            params![Text(first.expose()), Text(second.expose()), Text(third.expose()), Text(user.as_bytes())];
        Ok(self.0.execute(sql, values)?)
    }

    /// Removes an account, what was published of it or kept for it, and what it decided about watchers. Its bindings
    /// end when they run out.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUser`], or the database's own.
    pub fn remove(&self, user: &Aor) -> Result<(), StoreError> {
        let user = || [Text(user.as_bytes())];
        // A running server looks for what has gone when it finds the account gone.
        let all = self.0.unchecked_transaction()?;
        if all.execute("DELETE FROM subscriber WHERE user = ?", user())? == 0 {
            return Err(StoreError::NoSuchUser);
        }
        // Who gets the name later has neither the messages nor the watchers of who had it before.
        for table in ["publication", "watcher_rule"] {
            all.execute(&format!("DELETE FROM {table} WHERE aor = ?"), user())?;
        }
        Ok(all.commit()?)
    }

    /// Says something of a resource of an account, in place of what was said before.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUser`], or the database's own.
    pub fn say(&self, resource: &Resource, media_type: &str, body: &[u8]) -> Result<(), StoreError> {
        self.check(&resource.aor)?;
        Ok(events::say(&self.0, resource, media_type, body)?)
    }

    /// What was said of a resource last.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUser`], or the database's own.
    pub fn said(&self, resource: &Resource) -> Result<Option<Vec<u8>>, StoreError> {
        self.check(&resource.aor)?;
        Ok(events::said(&self.0, resource)?)
    }

    fn check(&self, user: &Aor) -> Result<(), StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM subscriber WHERE user = ?)";
        match self.0.query_row(sql, [Text(user.as_bytes())], |row| row.get(0))? {
            true => Ok(()),
            false => Err(StoreError::NoSuchUser),
        }
    }

    /// Every account, in order of its name.
    ///
    /// # Errors
    /// The database's own.
    pub fn list(&self) -> Result<Vec<Subscriber>, StoreError> {
        let mut statement = self.0.prepare(
            "SELECT user, (SELECT count(*) FROM binding WHERE aor = user) FROM subscriber ORDER BY user",
        )?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let name = row.get_ref(0)?.as_bytes().map_err(|_| StoreError::Broken("subscriber", "user"))?;
            all.push(Subscriber { user: Aor::from_canonical(name), bindings: row.get(1)? });
        }
        Ok(all)
    }
}

impl std::fmt::Debug for Subscribers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscribers")
    }
}
