//! Which client transactions wait for something from which address, so that a failing path is looked up and
//! never searched for.

use super::key::{Key, Table};
use super::slab::SlotId;

/// Lists of transactions by the address that they were sent to.
#[derive(Debug, Default)]
pub(super) struct Remotes {
    heads: Table<u32>,
    /// By the number of the slot.
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    linked: Option<(Key, SlotId)>,
    previous: u32,
    next: u32,
}

const NONE: u32 = u32::MAX;

impl Remotes {
    /// Puts a transaction on the list of `remote`; one that is on a list stays there.
    pub(super) fn link(&mut self, remote: Key, id: SlotId) {
        let index = id.index();
        if self.links.len() <= index as usize {
            self.links.resize(index as usize + 1, Link { linked: None, previous: NONE, next: NONE });
        }
        if self.links[index as usize].linked.is_some() {
            return;
        }
        let next = self.heads.insert(remote, index).unwrap_or(NONE);
        if let Some(link) = self.links.get_mut(next as usize) {
            link.previous = index;
        }
        self.links[index as usize] = Link { linked: Some((remote, id)), previous: NONE, next };
    }

    /// Takes a transaction off its list.
    pub(super) fn unlink(&mut self, id: SlotId) {
        let Some(link) = self.links.get_mut(id.index() as usize) else { return };
        let Some((remote, _)) = link.linked.take() else { return };
        let Link { previous, next, .. } = *link;
        if let Some(link) = self.links.get_mut(next as usize) {
            link.previous = previous;
        }
        match (self.links.get_mut(previous as usize), next) {
            (Some(link), _) => link.next = next,
            (None, NONE) => {
                self.heads.remove(&remote);
            }
            (None, _) => {
                self.heads.insert(remote, next);
            }
        }
    }

    /// The transactions on the list of `remote`, the newest first.
    pub(super) fn list(&self, remote: Key) -> Vec<SlotId> {
        let mut list = Vec::new();
        let mut next = self.heads.get(&remote).copied().unwrap_or(NONE);
        while let Some(Link { linked: Some((_, id)), next: after, .. }) = self.links.get(next as usize) {
            list.push(*id);
            next = *after;
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::super::slab::Slab;
    use super::*;
    use crate::entropy::Seed;

    #[test]
    fn lists_hold_what_was_linked_and_not_unlinked() {
        let keys = Keys::new(Seed::from_number(3));
        let (here, there) = (keys.hash(b"here"), keys.hash(b"there"));
        let mut slab = Slab::new();
        let ids: Vec<SlotId> = (0..5).map(|n| slab.insert(n)).collect();
        let mut remotes = Remotes::default();
        for &id in &ids[..4] {
            remotes.link(here, id);
            remotes.link(there, id);
        }
        remotes.link(there, ids[4]);
        assert_eq!(remotes.list(here), [ids[3], ids[2], ids[1], ids[0]]);
        for id in [ids[2], ids[3], ids[2]] {
            remotes.unlink(id);
        }
        assert_eq!(remotes.list(here), [ids[1], ids[0]]);
        remotes.link(here, ids[3]);
        remotes.unlink(ids[0]);
        assert_eq!(remotes.list(here), [ids[3], ids[1]]);
        assert_eq!(remotes.list(there), [ids[4]]);
        remotes.unlink(ids[4]);
        assert!(remotes.list(there).is_empty() && !remotes.heads.contains_key(&there));
    }
}
