//! Publishing event state (RFC 3903 §6): what one PUBLISH does to the state of its resource.

use super::{Resource, State};
use ringback_sip::registry::EventPackage;
use ringback_sip::time::{Duration, Instant};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most publications of one resource: a user has few devices.
pub const PUBLICATIONS_PER_RESOURCE_MAX: usize = 16;

/// Most messages that are kept for a user who is not there: they lie where the voicemail lamp has its state.
pub const MESSAGES_PER_USER_MAX: usize = 100;
/// Most bytes of them.
pub const MESSAGES_PER_USER_BYTES_MAX: usize = 256 << 10;
/// The entity tag of what the operator says of a resource, and not somebody who publishes. It has no end.
pub const OPERATOR: &str = "operator";

/// What one publisher says of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its entity tag, by which its publisher names it.
    pub tag: Box<str>,
    /// The media type of the document.
    pub media_type: Arc<str>,
    /// The document.
    pub body: Arc<[u8]>,
    /// Until when it holds.
    pub expires: Instant,
}

/// A PUBLISH that was found well-formed and allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Of what.
    pub resource: Resource,
    /// The publication that it speaks of; `None` makes a new one.
    pub if_match: Option<Box<str>>,
    /// What happens to it.
    pub what: What,
}

/// What a PUBLISH does (RFC 3903 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A document, new or in place of the one before, for so long.
    Put {
        /// Its media type.
        media_type: Arc<str>,
        /// The document.
        body: Arc<[u8]>,
        /// How long it holds.
        expires: Duration,
    },
    /// The document stays, for so long.
    Refresh(Duration),
    /// The publication goes.
    Remove,
}

/// A PUBLISH that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Published {
    /// The entity tag of the publication from now on.
    pub tag: Box<str>,
    /// How long it holds.
    pub expires: Duration,
}

/// Why the store does not do what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// No publication has this entity tag (412).
    NoMatch,
    /// [`PUBLICATIONS_PER_RESOURCE_MAX`] is reached, or what a user may have of messages.
    TooMany,
    /// The store has no room for more.
    StoreFull,
    /// Too many changes wait for the disk.
    StoreBusy,
    /// The change could not be made durable.
    NotDurable,
}

/// What changes on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowChange {
    /// The publication with this tag goes.
    pub removed: Option<Box<str>>,
    /// This one comes.
    pub put: Option<Publication>,
}

/// Whether a resource may have one publication more.
fn has_room(package: EventPackage, before: &[Publication], put: &Publication) -> bool {
    if package != EventPackage::MESSAGE_SUMMARY {
        return before.len() < PUBLICATIONS_PER_RESOURCE_MAX;
    }
    let bytes: usize = before.iter().map(|p| p.body.len()).sum();
    before.len() < MESSAGES_PER_USER_MAX && bytes + put.body.len() <= MESSAGES_PER_USER_BYTES_MAX
}

impl State {
    /// What a PUBLISH makes of this state; `tag` is new and was never given out for it.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`], [`Refusal::TooMany`].
    pub fn publish(
        &self,
        now: Instant,
        publish: &Publish,
        tag: &str,
    ) -> Result<(State, Published, RowChange), Refusal> {
        let live = |p: &&Publication| p.expires > now;
        let mut publications: Vec<_> = self.publications.iter().filter(live).cloned().collect();
        let before = match &publish.if_match {
            None => None,
            Some(known) => {
                let place = publications.iter().position(|p| p.tag == *known);
                Some(publications.remove(place.ok_or(Refusal::NoMatch)?))
            }
        };
        let (text, expires) = match (&publish.what, &before) {
            (What::Put { media_type, body, expires }, _) => {
                (Some((Arc::clone(media_type), Arc::clone(body))), *expires)
            }
            (What::Refresh(expires), Some(old)) => {
                (Some((Arc::clone(&old.media_type), Arc::clone(&old.body))), *expires)
            }
            (What::Refresh(_), None) => return Err(Refusal::NoMatch),
            (What::Remove, _) => (None, Duration::ZERO),
        };
        let put = text.filter(|_| !expires.is_zero()).map(|(media_type, body)| Publication {
            tag: tag.into(),
            media_type,
            body,
            expires: now + expires,
        });
        if let Some(put) = &put {
            if !has_room(publish.resource.package, &publications, put) {
                return Err(Refusal::TooMany);
            }
            publications.push(put.clone());
        }
        let change = RowChange { removed: before.map(|p| p.tag), put };
        Ok((State { publications, ..State::default() }, Published { tag: tag.into(), expires }, change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Aor;
    use ringback_sip::registry::EventPackage;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn publish(if_match: Option<&str>, what: What) -> Publish {
        let resource = Resource { aor: Aor::from_canonical(b"b@x"), package: EventPackage::PRESENCE };
        Publish { resource, if_match: if_match.map(Into::into), what }
    }

    fn put(text: &str, secs: u64) -> What {
        What::Put {
            media_type: "t/t".into(),
            body: text.as_bytes().into(),
            expires: Duration::from_secs(secs),
        }
    }

    fn bodies(state: &State) -> Vec<String> {
        state.publications.iter().map(|p| String::from_utf8_lossy(&p.body).into_owned()).collect()
    }

    #[test]
    fn a_publication_lives_under_ever_new_tags_until_it_is_removed() {
        let (state, done, _) = State::default().publish(T0, &publish(None, put("a", 60)), "1").unwrap();
        assert_eq!((&*done.tag, done.expires), ("1", Duration::from_secs(60)));
        let again = publish(Some("1"), What::Refresh(Duration::from_secs(90)));
        let (state, _, change) = state.publish(T0, &again, "2").unwrap();
        assert_eq!((bodies(&state), change.removed.as_deref()), (vec!["a".into()], Some("1")));
        assert_eq!(state.publish(T0, &again, "3"), Err(Refusal::NoMatch), "the tag before is gone");
        let (state, ..) = state.publish(T0, &publish(Some("2"), put("b", 60)), "3").unwrap();
        assert_eq!(bodies(&state), ["b"]);
        let (state, done, change) = state.publish(T0, &publish(Some("3"), What::Remove), "4").unwrap();
        assert!(state.is_empty() && done.expires.is_zero() && change.put.is_none());
    }

    #[test]
    fn what_has_run_out_cannot_be_refreshed_and_does_not_count() {
        let (state, ..) = State::default().publish(T0, &publish(None, put("a", 60)), "1").unwrap();
        let later = T0 + Duration::from_secs(60);
        let refresh = publish(Some("1"), What::Refresh(Duration::from_secs(60)));
        assert_eq!(state.publish(later, &refresh, "2"), Err(Refusal::NoMatch));
        let (after, gone) = state.expire(later).unwrap();
        assert!(after.is_empty() && *gone[0] == *"1");
        assert_eq!(state.expire(T0), None);
        assert_eq!(state.expires(), Some(later));
    }

    #[test]
    fn the_publications_of_a_resource_are_bounded() {
        let mut state = State::default();
        for n in 0..PUBLICATIONS_PER_RESOURCE_MAX {
            state = state.publish(T0, &publish(None, put("a", 60)), &n.to_string()).unwrap().0;
        }
        assert_eq!(state.publish(T0, &publish(None, put("a", 60)), "x"), Err(Refusal::TooMany));
        assert!(state.publish(T0, &publish(Some("3"), put("b", 60)), "x").is_ok(), "its own place it keeps");
    }
}
