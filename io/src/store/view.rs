//! What the store holds in memory, for who shows it to the operator.

use super::Store;
use ringback_roles::location::{Aor, Bindings};

impl Store {
    /// The accounts in order of their names, those behind `after`.
    pub fn users_after(&self, after: Option<&Aor>) -> Vec<Aor> {
        let mut names = self.shared.users();
        names.retain(|user| after.is_none_or(|after| user > after));
        names.sort_unstable();
        names
    }

    /// Whether there is an account of this name.
    pub fn is_user(&self, user: &Aor) -> bool {
        self.shared.is_user(user)
    }

    /// The bindings of an address of record, out-of-date ones included.
    pub fn bindings(&self, aor: &Aor) -> Bindings {
        self.shared.shard(aor).location.bindings(aor)
    }
}
