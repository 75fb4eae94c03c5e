//! The two accounts of the first start.

use crate::password::Password;
use crate::site::Site;
use crate::web::{KeyFault, Keys};
use ringback_io::store::{StoreError, Subscribers};
use ringback_roles::location::Aor;
use std::path::PathBuf;

/// An account that was made, with its password, which is shown once.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) user: Aor,
    pub(super) password: Password,
}

/// What the start found.
#[derive(Debug)]
pub(super) enum Accounts {
    /// There was none, and these were made.
    Made(Vec<Made>),
    /// There is none.
    None,
    /// There are some.
    Some,
}

/// Makes two accounts if `wanted` and there is none.
pub(super) fn first(site: &Site, wanted: bool) -> Result<Accounts, StoreError> {
    let accounts = Subscribers::open(&site.data)?;
    if !accounts.list()?.is_empty() {
        return Ok(Accounts::Some);
    }
    if !wanted {
        return Ok(Accounts::None);
    }
    let mut made = Vec::new();
    for name in ["alice", "bob"] {
        let Ok(user) = site.account(name) else { continue };
        let password =
            Password::generate().map_err(|error| StoreError::File(PathBuf::from("/dev/urandom"), error))?;
        accounts.add(&user, password.expose().as_bytes())?;
        made.push(Made { user, password });
    }
    Ok(Accounts::Made(made))
}

/// Makes the first account of the console if there is none; gives its name and password.
pub(super) fn first_of_console(site: &Site) -> Result<Option<(&'static str, Password)>, KeyFault> {
    if !Keys::read(&site.data)?.accounts.is_empty() {
        return Ok(None);
    }
    let password = Password::generate()?;
    Keys::change(&site.data, |keys| keys.set_password(CONSOLE_ACCOUNT, password.expose(), true))?;
    Ok(Some((CONSOLE_ACCOUNT, password)))
}

/// The name of the console's first account.
const CONSOLE_ACCOUNT: &str = "admin";
