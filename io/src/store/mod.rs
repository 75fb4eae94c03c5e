//! The store on one machine: an index in memory for reads, SQLite for what must outlive the process.
//!
//! One thread writes, and commits in one transaction whatever has queued up while the last commit was under
//! way; the answers go out after the commit. Write-ahead log, `synchronous=FULL`; another thread moves the log
//! into the database, so that no commit waits for it. Reads, and refreshes that stay inside the stored lease,
//! are answered at once from memory.

mod checkpoint;
mod error;
mod events;
mod reader;
mod schema;
mod shared;
mod sqlite;
mod subscribers;
mod view;
mod watchers;
mod writer;

pub use error::StoreError;
pub use reader::Reader;
pub use shared::{Figures, StoreSettings};
pub use sqlite::{Store, WRITES_WAITING_MAX};
pub use subscribers::{Subscriber, Subscribers};
pub use watchers::{WatcherRow, Watchers};
