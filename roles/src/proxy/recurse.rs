//! Following a phone's redirection here, instead of passing it to the caller (RFC 3261 §16.5, §16.6, §16.7 step 4).
//!
//! Only what a phone of a user of ours says is followed, and only to other users of ours: where else it would lead,
//! the caller may go itself. Each address is tried once.

use super::context::{BRANCHES_MAX, Destination, Handle};
use super::{Proxy, Routed};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Message, NameAddr, Scheme, Uri};
use ringback_sip::time::Instant;

/// A redirection that is to be followed: whoever knows where users are says where to.
#[derive(Debug)]
pub struct Redirected {
    handle: Handle,
    /// The URIs to try, the preferred ones first.
    pub uris: Vec<Box<[u8]>>,
}

/// Most addresses of one request that are followed.
pub const RECURSIONS_MAX: usize = 8;

impl Proxy {
    /// Whether phones' redirections are followed here.
    pub fn set_recurse(&mut self, recurse: bool) {
        self.recurse = recurse;
    }

    /// The next redirection that is to be followed; each is to be answered with [`Proxy::recurse`].
    pub fn poll_redirected(&mut self) -> Option<Redirected> {
        self.redirected.pop_front()
    }

    /// Notes a redirection that is to be followed; its context waits for the targets.
    pub(super) fn note_redirection(&mut self, handle: Handle, status: StatusCode, message: &Message<'_>) {
        let followed =
            [StatusCode::MULTIPLE_CHOICES, StatusCode::MOVED_PERMANENTLY, StatusCode::MOVED_TEMPORARILY];
        if !self.recurse || !followed.contains(&status) {
            return;
        }
        let Some(uris) = self.targets_of(handle, message) else { return };
        let Some(context) = self.contexts.find(handle).filter(|c| !c.disposition.no_recurse) else { return };
        context.recursed.extend(uris.iter().cloned());
        context.awaited += 1;
        self.redirected.push_back(Redirected { handle, uris });
    }

    /// The addresses that a redirection names, when all of them can be tried here.
    fn targets_of(&mut self, handle: Handle, message: &Message<'_>) -> Option<Vec<Box<[u8]>>> {
        let context = self.contexts.find(handle)?;
        let branch = context.branches.get(usize::from(handle.branch))?;
        // Bindings have the way over which they were made, or that of their Path.
        let is_binding = branch.to.hop.is_none() && (branch.to.flow.is_some() || !branch.to.path.is_empty());
        if !is_binding || context.answered.is_some() || context.cancelled {
            return None;
        }
        let (server, recursed) = (context.server, context.recursed.clone());
        let request = self.transactions.request(server)?;
        let request = Message::parse(request).ok()?;
        let was = Uri::parse(Routed::read(&request, &self.place).ok()?.request_uri).ok()?;
        let mut found: Vec<(u16, Box<[u8]>)> = Vec::new();
        for value in message.values(HeaderName::CONTACT) {
            let address = NameAddr::parse(HeaderName::CONTACT, value).ok()?;
            let uri = Uri::parse(address.uri).ok()?;
            let is_ours = self.place.is_us(&uri) && !uri.user.is_empty() && uri.headers.is_empty();
            // A protected call stays protected (RFC 5630 §5.3).
            if !is_ours || (was.scheme == Scheme::Sips && uri.scheme != Scheme::Sips) {
                return None;
            }
            // The name of an instance is another address than its user (RFC 5627 §3.1).
            let is_it =
                |other: Uri<'_>| other.equals(&uri) && other.params.get(b"gr") == uri.params.get(b"gr");
            let tried = |other: &[u8]| Uri::parse(other).is_ok_and(is_it);
            if tried(was.raw) || recursed.iter().any(|r| tried(r)) || found.iter().any(|(_, f)| tried(f)) {
                continue;
            }
            let q = address.params.get(b"q").and_then(crate::location::Q::parse);
            found.push((q.map_or(1000, crate::location::Q::thousandths), uri.raw.into()));
        }
        found.sort_by_key(|(q, _)| core::cmp::Reverse(*q));
        found.truncate(RECURSIONS_MAX.saturating_sub(recursed.len()));
        (!found.is_empty()).then(|| found.into_iter().map(|(_, uri)| uri).collect())
    }

    /// Goes on with the targets of a redirection, in this order; with none, the redirection is an answer like others.
    pub fn recurse(&mut self, now: Instant, redirected: &Redirected, destinations: Vec<Destination>) {
        let handle = redirected.handle;
        let Some(context) = self.contexts.find(handle) else { return };
        context.awaited = context.awaited.saturating_sub(1);
        let room = BRANCHES_MAX.saturating_sub(context.branches.len() + context.pending.len());
        if context.answered.is_none() && !context.cancelled && !destinations.is_empty() && room > 0 {
            // What is followed here is no answer any more (RFC 3261 §16.7 step 4).
            context.ends.retain(|end| end.branch != handle.branch);
            for destination in destinations.into_iter().take(room).rev() {
                context.pending.push_front(destination);
            }
        }
        self.advance(now, handle);
        self.settle(now);
    }
}
