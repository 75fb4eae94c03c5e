//! Why the store cannot be used.

use std::fmt;
use std::path::PathBuf;

/// Why the store cannot be opened, read or changed.
#[derive(Debug)]
pub enum StoreError {
    /// The folder or a file in it cannot be made or opened.
    File(PathBuf, std::io::Error),
    /// Another process has the store in use.
    InUse(PathBuf),
    /// The database was written by a later version of Ringback; its number.
    Newer(i64),
    /// A row cannot be understood; the name of its table and column.
    Broken(&'static str, &'static str),
    /// There is an account of this name already.
    Exists,
    /// There is no account of this name.
    NoSuchUser,
    /// The database refuses.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::Database(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::File(path, error) => write!(f, "{}: {error}", path.display()),
            StoreError::InUse(path) => write!(f, "{}: another process has it in use", path.display()),
            StoreError::Newer(version) => {
                write!(f, "the database has format {version}, which this program does not know")
            }
            StoreError::Broken(table, column) => write!(f, "table {table} has a broken {column}"),
            StoreError::Exists => f.write_str("the account exists already"),
            StoreError::NoSuchUser => f.write_str("no such account"),
            StoreError::Database(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::File(_, error) => Some(error),
            StoreError::Database(error) => Some(error),
            _ => None,
        }
    }
}
