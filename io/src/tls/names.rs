//! The names that peers of secure connections must prove to have, numbered so that a flow can carry them.

use ringback_sip::flow::PeerId;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Numbers for names; the same name has the same number as long as it is remembered.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_name: HashMap<Arc<str>, u32>,
    /// The name with number `n` stands at `n % NAMES_MAX`, until a newer one takes the place.
    by_place: Vec<(u32, Arc<str>)>,
    last: u32,
}

impl Names {
    /// The number of a host name.
    pub(crate) fn number(&self, host: &str) -> Option<PeerId> {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let mut known = self.lock();
        if let Some(number) = known.by_name.get(host.as_str()) {
            return NonZeroU32::new(*number).map(PeerId);
        }
        known.last = known.last.checked_add(1).unwrap_or(1);
        let number = known.last;
        let host: Arc<str> = host.into();
        let entry = (number, Arc::clone(&host));
        let place = number as usize % NAMES_MAX;
        if place < known.by_place.len() {
            let (_, old) = std::mem::replace(&mut known.by_place[place], entry);
            known.by_name.remove(&old);
        } else {
            // The places fill in order, the one of number 0 first, which nobody has.
            while known.by_place.len() < place {
                known.by_place.push((0, Arc::from("")));
            }
            known.by_place.push(entry);
        }
        known.by_name.insert(host, number);
        NonZeroU32::new(number).map(PeerId)
    }

    /// The name with a number, if it is still remembered.
    pub(crate) fn name(&self, id: PeerId) -> Option<Arc<str>> {
        let known = self.lock();
        let (number, name) = known.by_place.get(id.0.get() as usize % NAMES_MAX)?;
        (*number == id.0.get()).then(|| Arc::clone(name))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Most names that are remembered; a number whose name was forgotten proves nothing.
const NAMES_MAX: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_in_any_spelling_until_it_is_forgotten() {
        let names = Names::default();
        let first = names.number("Example.test").unwrap();
        assert_eq!(names.number("example.TEST."), Some(first));
        assert_eq!(names.name(first).as_deref(), Some("example.test"));
        for n in 0..NAMES_MAX {
            names.number(&format!("host{n}.test"));
        }
        assert_eq!(names.name(first), None, "its place was taken");
        let again = names.number("example.test").unwrap();
        assert_ne!(again, first);
        assert_eq!(names.name(again).as_deref(), Some("example.test"));
    }
}
