//! Storage of transactions: a number finds one in O(1), and a number of a dead one finds nothing.

/// Names an entry of a [`Slab`] over its whole life; never used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId {
    index: u32,
    generation: u32,
}

impl SlotId {
    pub(super) const MIN: SlotId = SlotId { index: 0, generation: 0 };

    /// The place in the slab.
    pub(super) fn index(self) -> u32 {
        self.index
    }
}

/// Names a client transaction; finds nothing once it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub(super) SlotId);

/// Names a server transaction; finds nothing once it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub(super) SlotId);

impl ServerId {
    /// The lowest of all, to begin a range of an ordered map with.
    pub const MIN: ServerId = ServerId(SlotId::MIN);
}

/// Entries with numbers.
#[derive(Debug)]
pub(super) struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: Option<u32>,
    len: usize,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    content: Content<T>,
}

#[derive(Debug)]
enum Content<T> {
    Used(T),
    Free(Option<u32>),
}

impl<T> Slab<T> {
    pub(super) fn new() -> Self {
        Slab { slots: Vec::new(), free: None, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|slot| match &slot.content {
            Content::Used(value) => Some(value),
            Content::Free(_) => None,
        })
    }

    pub(super) fn insert(&mut self, value: T) -> SlotId {
        self.len += 1;
        let free = self.free.and_then(|i| Some((i, self.slots.get_mut(i as usize)?)));
        if let Some((index, slot)) = free {
            if let Content::Free(next) = slot.content {
                self.free = next;
            }
            slot.content = Content::Used(value);
            return SlotId { index, generation: slot.generation };
        }
        self.slots.push(Slot { generation: 0, content: Content::Used(value) });
        SlotId { index: (self.slots.len() - 1) as u32, generation: 0 }
    }

    pub(super) fn get(&self, id: SlotId) -> Option<&T> {
        match self.slots.get(id.index as usize) {
            Some(Slot { generation, content: Content::Used(value) }) if *generation == id.generation => {
                Some(value)
            }
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, id: SlotId) -> Option<&mut T> {
        match self.slots.get_mut(id.index as usize) {
            Some(Slot { generation, content: Content::Used(value) }) if *generation == id.generation => {
                Some(value)
            }
            _ => None,
        }
    }

    pub(super) fn remove(&mut self, id: SlotId) -> Option<T> {
        let slot = self.slots.get_mut(id.index as usize).filter(|s| s.generation == id.generation)?;
        match core::mem::replace(&mut slot.content, Content::Free(self.free)) {
            Content::Used(value) => {
                slot.generation = slot.generation.wrapping_add(1);
                self.free = Some(id.index);
                self.len -= 1;
                Some(value)
            }
            free @ Content::Free(_) => {
                slot.content = free;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_dead_entry_finds_nothing_though_its_place_is_used_again() {
        let mut slab = Slab::new();
        let a = slab.insert('a');
        let b = slab.insert('b');
        assert_eq!(slab.remove(a), Some('a'));
        assert_eq!((slab.remove(a), slab.get(a)), (None, None));
        let c = slab.insert('c');
        assert_eq!(c.index, a.index);
        assert_eq!((slab.get(a), slab.len()), (None, 2));
        assert_eq!(slab.get_mut(c), Some(&mut 'c'));
        assert_eq!(slab.get(b), Some(&'b'));
    }
}
