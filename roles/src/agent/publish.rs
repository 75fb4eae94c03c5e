//! Publishing our own state (RFC 3903 §4): first, again before it runs out, changed, and removed, by its entity tag.

use super::alarms::Alarm;
use super::command::{PublicationId, Publishing};
use super::event::{Event, Outcome};
use super::exchange::Purpose;
use super::lifetime::{Lifetime, seconds};
use super::publication::{Publication, Step};
use super::state::Agent;
use bytes::Bytes;
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;

/// The wait after the first failure that may pass; it doubles with each further one.
const RETRY: Duration = Duration::from_secs(30);
/// Longest wait, also when the server wants a longer one.
const RETRY_MAX: Duration = Duration::from_secs(1800);

impl Agent {
    /// Publishes a document, first or in place of the one before.
    pub(super) fn publish(&mut self, id: PublicationId, what: Publishing) {
        let expires = Lifetime::new(what.expires);
        let publication = match self.publications.remove(&id) {
            Some(before) => Publication { what, expires, is_there: false, ..before },
            None => {
                let is_there = false;
                Publication { what, is_there, tag: None, expires, pending: None, next: None, failures: 0 }
            }
        };
        self.publications.insert(id, publication);
        self.publish_step(id, Step::Put);
    }

    /// Removes what was published.
    pub(super) fn unpublish(&mut self, id: PublicationId) {
        self.publish_step(id, Step::Remove);
    }

    /// A publication runs out soon, or what failed is tried again.
    pub(super) fn publish_due(&mut self, id: PublicationId) {
        self.publish_step(id, Step::Refresh);
    }

    fn publish_step(&mut self, id: PublicationId, step: Step) {
        self.alarms.stop(Alarm::Publish(id));
        let aor = self.settings.aor.clone();
        let draft = self.ask(Method::Publish, &aor);
        let exchange = self.new_exchange();
        let Some(publication) = self.publications.get_mut(&id) else { return };
        if publication.pending.is_some() {
            publication.next = Some(step);
            return;
        }
        let step = match step {
            Step::Remove if publication.tag.is_none() => return self.published_no_more(id),
            // There is nothing to refresh, or another document.
            Step::Refresh if publication.tag.is_none() || !publication.is_there => Step::Put,
            step => step,
        };
        // A change that comes while it is under way says otherwise.
        publication.is_there = true;
        publication.pending = Some((exchange, step));
        let expires = if step == Step::Remove { 0 } else { publication.expires.get().as_secs() };
        let mut draft = draft
            .with(HeaderName::EVENT, publication.what.event.as_str())
            .with(HeaderName::EXPIRES, expires.to_string());
        if let Some(tag) = &publication.tag {
            draft = draft.with(HeaderName::SIP_IF_MATCH, &**tag);
        }
        if step == Step::Put {
            draft.body = Some((publication.what.kind, Bytes::from(publication.what.body.clone())));
        }
        self.send(exchange, draft, Purpose::Publish(id));
    }

    /// A PUBLISH has ended.
    pub(super) fn publish_ended(
        &mut self,
        id: PublicationId,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let Some((_, step)) = publication.pending.take() else { return };
        let next = publication.next.take();
        match (outcome, response) {
            (Outcome::Status(status), Some(response)) if status.is_success() => {
                self.published(id, step, response);
            }
            // The server has lost it, or never got our tag: the whole document again (RFC 3903 §4.1).
            (Outcome::Status(StatusCode::CONDITIONAL_REQUEST_FAILED), _) if publication.tag.is_some() => {
                publication.tag = None;
                return self.publish_step(id, next.unwrap_or(step));
            }
            (Outcome::Status(StatusCode::INTERVAL_TOO_BRIEF), Some(response))
                if step != Step::Remove && publication.expires.raise(response) =>
            {
                return self.publish_step(id, next.unwrap_or(step));
            }
            _ => self.publish_failed(id, step, outcome, response),
        }
        if let Some(next) = next {
            self.publish_step(id, next);
        }
    }

    fn published(&mut self, id: PublicationId, step: Step, response: &Message<'_>) {
        if step == Step::Remove {
            return self.published_no_more(id);
        }
        let Some(publication) = self.publications.get_mut(&id) else { return };
        publication.failures = 0;
        publication.expires.settled();
        // Without a tag it cannot be spoken of any more; then it is published anew.
        publication.tag = response.header(HeaderName::SIP_ETAG).map(Into::into);
        let granted = seconds(response.header(HeaderName::EXPIRES)).unwrap_or(publication.expires.get());
        let granted = granted.min(publication.expires.get());
        let millis = granted.as_millis() as u64;
        let wait = millis / 2 + self.entropy.below(millis * 2 / 5 + 1);
        self.alarms.set(self.now + Duration::from_millis(wait.max(1000)), Alarm::Publish(id));
        self.tell(Event::Published { publication: id, expires: granted });
    }

    /// Nothing is published any more.
    fn published_no_more(&mut self, id: PublicationId) {
        self.publications.remove(&id);
        self.tell(Event::Published { publication: id, expires: Duration::ZERO });
    }

    fn publish_failed(
        &mut self,
        id: PublicationId,
        step: Step,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let may_pass = match outcome {
            Outcome::Status(status) => matches!(status.number(), 408 | 480 | 500..=599),
            Outcome::Target | Outcome::Limit | Outcome::Package => false,
            Outcome::Timeout(_) | Outcome::Transport(_) | Outcome::Dns(_) => true,
        };
        // What is to be removed runs out by itself.
        let retry = (may_pass && step != Step::Remove).then(|| {
            let asked = response.and_then(|r| seconds(r.header(HeaderName::RETRY_AFTER)));
            asked.unwrap_or(RETRY * (1 << publication.failures.min(6))).min(RETRY_MAX)
        });
        publication.failures += 1;
        publication.is_there &= step != Step::Put;
        match retry {
            Some(wait) => {
                self.alarms.set(self.now + wait, Alarm::Publish(id));
            }
            None => {
                self.publications.remove(&id);
            }
        }
        let response = response.map(|r| Bytes::copy_from_slice(r.bytes()));
        self.tell(Event::PublicationFailed { publication: id, outcome, retry, response });
    }
}
