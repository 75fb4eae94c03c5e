//! The secret that outlives a restart, so that what the server signed before is still its own afterwards.

use ringback_io::clock::seed_from_system;
use ringback_sip::entropy::Seed;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// A new start: its number, and its seed.
pub(super) fn new_start(secret: &Seed, chance: &Seed) -> (u64, Seed) {
    let number = chance.derive(b"start").0[0];
    (number, of_start(secret, number))
}

/// The seed of the start with this number: nobody guesses it who does not know the secret, and a replay makes it again.
pub(crate) fn of_start(secret: &Seed, number: u64) -> Seed {
    secret.derive(&[b"start", &number.to_le_bytes()[..]].concat())
}

/// The seed of a worker.
pub(crate) fn of_worker(start: &Seed, worker: usize) -> Seed {
    start.derive(format!("worker {worker}").as_bytes())
}

/// What the seed that gives calls to workers derives from.
pub(crate) const OWNER: &[u8] = b"owner";

/// The secret in the data folder of a server that ran.
pub(crate) fn read(folder: &Path) -> io::Result<Seed> {
    // Nothing is made where no server ran.
    fs::metadata(folder.join("secret"))?;
    read_or_make(folder)
}

/// The secret in the data folder; made when it is not there, readable by its owner only.
pub(super) fn read_or_make(folder: &Path) -> io::Result<Seed> {
    let path = folder.join("secret");
    match fs::read(&path) {
        Ok(bytes) => {
            let halves = bytes.first_chunk::<8>().zip(bytes.last_chunk::<8>()).filter(|_| bytes.len() == 16);
            let (first, second) = halves.ok_or_else(|| {
                let text = format!("{} is broken; remove it and start again", path.display());
                io::Error::new(io::ErrorKind::InvalidData, text)
            })?;
            Ok(Seed([u64::from_le_bytes(*first), u64::from_le_bytes(*second)]))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let seed = seed_from_system()?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(&seed.0.map(u64::to_le_bytes).concat())?;
            file.sync_all()?;
            Ok(seed)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_secret_survives_and_is_the_owners_only() {
        let folder = std::env::temp_dir().join(format!("ringback-secret-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let made = read_or_make(&folder).unwrap();
        assert!(read_or_make(&folder).unwrap() == made);
        let mode = fs::metadata(folder.join("secret")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(folder.join("secret"), b"short").unwrap();
        assert_eq!(read_or_make(&folder).err().map(|e| e.kind()), Some(io::ErrorKind::InvalidData));
        fs::remove_dir_all(&folder).unwrap();
    }
}
