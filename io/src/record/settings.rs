//! Copies of the configurations with which a server ran, beside its journal, so that its calls can be run again.

use super::frame::checksum;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Keeps a copy of a configuration beside the journal in `folder`, readable by its owner only; gives its name.
///
/// # Errors
/// When the disk does not take it.
pub fn keep_settings(folder: &Path, text: &str) -> io::Result<String> {
    let name = format!("{:08x}{:08x}", checksum(text.as_bytes()), text.len());
    let path = settings_file(folder, &name);
    if !path.exists() {
        make_room(folder)?;
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
    }
    Ok(name)
}

/// Where the copy of this name lies.
pub fn settings_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("settings-{name}.toml"))
}

/// Deletes the oldest copies when there are too many.
fn make_room(folder: &Path) -> io::Result<()> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("settings-") {
            copies.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    copies.sort();
    let spare = (copies.len() + 1).saturating_sub(COPIES_MAX);
    copies.iter().take(spare).try_for_each(|(_, path)| fs::remove_file(path))
}

/// Most copies.
const COPIES_MAX: usize = 64;
