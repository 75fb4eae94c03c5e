//! Files that the command line names: what goes wrong with one is told with its name.

use std::path::{Path, PathBuf};
use std::{error, fmt, io};

/// A file that cannot be opened or made.
#[derive(Debug)]
struct NamedFile {
    path: PathBuf,
    error: io::Error,
    is_input: bool,
}

impl fmt::Display for NamedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.error)
    }
}

impl error::Error for NamedFile {}

/// Puts the name of a file to the error that it gave to who wanted to read it, which is a fault of usage:
/// `File::open(file).map_err(unread(file))?`.
pub(crate) fn unread(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    named(path, true)
}

/// The same for who wanted to write it.
pub(crate) fn unwritten(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    named(path, false)
}

fn named(path: &Path, is_input: bool) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), NamedFile { path: path.to_owned(), error, is_input })
}

/// Whether an error is that of a file which the command line names to be read.
pub(crate) fn is_of_input(error: &io::Error) -> bool {
    let named = error.get_ref().and_then(|error| error.downcast_ref::<NamedFile>());
    named.is_some_and(|file| file.is_input)
}
