//! Response contexts: what a proxy remembers of a request until its transaction ends (RFC 3261 §16).

use crate::routing::{Disposition, Routed};
use bytes::Bytes;
use ringback_sip::dialog::SessionExpires;
use ringback_sip::flow::{Flow, FlowError, Target};
use ringback_sip::journal::BranchEnd;
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{NameAddr, Uri, split_commas};
use ringback_sip::time::Instant;
use ringback_sip::transaction::{ClientId, ServerId, TimerId};
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most targets of one request; more are not tried.
pub const BRANCHES_MAX: usize = 32;

/// Names a context, and a branch of it. A name is never used for another context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) index: u32,
    pub(super) generation: u32,
    pub(super) branch: u16,
}

/// Where a request may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The new Request-URI; `None` leaves the one that came.
    pub uri: Option<Box<[u8]>>,
    /// The Path of its binding, comma-separated; empty for none.
    pub path: Box<[u8]>,
    /// The preference in thousandths; equal ones are tried at once, higher ones first.
    pub q: u16,
    /// The way over which its binding was made.
    pub flow: Option<Flow>,
    /// Whether it is reached over that way or not at all (RFC 5626 §5.3, §7).
    pub flow_only: bool,
    /// Set for a next hop of the dial plan: its URI. After the first one, it is tried only when the one before it
    /// could not be reached or could not serve.
    pub hop: Option<Arc<str>>,
    /// Other ways to the same instance, tried one after the other while nothing of it answers (RFC 5626 §7).
    pub spare: Vec<Destination>,
}

impl Destination {
    /// Where the request itself says.
    pub fn as_it_is() -> Self {
        Destination {
            uri: None,
            path: Box::default(),
            q: 1000,
            flow: None,
            flow_only: false,
            hop: None,
            spare: Vec::new(),
        }
    }

    /// Where the request itself says, over a flow (RFC 5626 §5.3.1).
    pub fn over(flow: Flow) -> Self {
        Destination { flow: Some(flow), flow_only: true, ..Destination::as_it_is() }
    }

    /// Whether `target` is the way to a phone, and not its own address.
    pub(super) fn is_translated(&self, target: &Target) -> bool {
        let own = self.uri.as_deref().and_then(|uri| Uri::parse(uri).ok()).and_then(|uri| uri.host.ip());
        self.only_flow().is_some()
            || (self.flow.is_some_and(|f| f.remote == target.address) && own != Some(target.address.ip()))
    }

    /// The flow, when the request goes over it or not at all.
    pub(super) fn only_flow(&self) -> Option<Flow> {
        self.flow.filter(|_| self.flow_only)
    }

    /// What to answer when a branch to it ended because its flow is gone: 430 tells a proxy before us that it shall
    /// try another flow (RFC 5626 §5.3.1); where there is none, nobody can be reached (§11.5).
    pub(super) fn when_gone(&self, end: &End) -> Option<StatusCode> {
        let failed = match (end.how, self.flow) {
            (BranchEnd::Transport(_), _) if self.flow_only => true,
            // Its connection was used, and broke.
            (BranchEnd::Transport(FlowError::Closed | FlowError::Reset), Some(flow)) => {
                flow.connection.is_some()
            }
            // Its connection had ended before, and nobody takes one at its contact.
            (BranchEnd::Transport(_), Some(flow)) => {
                flow.transport.is_reliable() && flow.connection.is_none() && self.is_binding()
            }
            _ => false,
        };
        match self.is_binding() {
            true => (failed || end.status == StatusCode::FLOW_FAILED)
                .then_some(StatusCode::TEMPORARILY_UNAVAILABLE),
            false => failed.then_some(StatusCode::FLOW_FAILED),
        }
    }

    /// Whether it is a binding of the location service: then the proxy is the authoritative one (RFC 5626 §7).
    pub(super) fn is_binding(&self) -> bool {
        self.uri.is_some() && self.hop.is_none() && (self.flow.is_some() || !self.path.is_empty())
    }

    /// The URI that says where the request goes next: the first of the Path, of the Routes that are left, the
    /// target (RFC 3261 §16.6 step 7, RFC 3327 §5.4).
    pub(super) fn next_hop<'a>(&'a self, routed: &Routed<'a>) -> &'a [u8] {
        let target = self.uri.as_deref().unwrap_or(routed.request_uri);
        if self.path.is_empty() {
            return routed.next_route.unwrap_or(target);
        }
        let path = split_commas(&self.path).next();
        let path = path.and_then(|hop| NameAddr::parse(HeaderName::PATH, hop).ok()).map(|hop| hop.uri);
        path.or(routed.next_route).unwrap_or(target)
    }
}

/// One target being tried.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) to: Destination,
    /// The addresses that are left to try (RFC 3263 §4.3), the next one last.
    pub(super) rest: SmallVec<[Target; 2]>,
    /// The server that is being tried, when its name was looked up: it may have equals.
    pub(super) server: Option<Target>,
    /// Where to send the request as a datagram, when the stream that it was too long for fails.
    pub(super) datagram: Option<Target>,
    pub(super) client: Option<ClientId>,
    /// Since when the server of `client` is asked.
    pub(super) asked: Instant,
    /// Timer C of an INVITE (RFC 3261 §16.6 step 11); for another request, how long others wait for this branch.
    pub(super) timer: Option<TimerId>,
    pub(super) provisional: bool,
    /// The To tags of its early dialogs, as long as a 199 may be owed for them (RFC 6228).
    pub(super) early: SmallVec<[Box<[u8]>; 1]>,
    /// Whether it has ended: how, its context knows.
    pub(super) ended: bool,
}

/// The ends of branches; most requests have one.
pub(super) type Ends = SmallVec<[End; 1]>;

/// How a branch ended, and which.
#[derive(Debug)]
pub(super) struct End {
    pub(super) branch: u16,
    /// For what it counts: the code, or 408 and 503 when there was none (RFC 3261 §8.1.3.1, §16.7).
    pub(super) status: StatusCode,
    pub(super) how: BranchEnd,
    /// The response, when one came.
    pub(super) response: Option<Bytes>,
}

impl Branch {
    pub(super) fn new(to: Destination) -> Self {
        Branch {
            to,
            rest: SmallVec::new(),
            server: None,
            datagram: None,
            client: None,
            asked: Instant::EPOCH,
            timer: None,
            provisional: false,
            early: SmallVec::new(),
            ended: false,
        }
    }
}

/// The response context of one request.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) server: ServerId,
    pub(super) method: Option<Method>,
    pub(super) call_id: Arc<[u8]>,
    pub(super) branches: SmallVec<[Branch; 1]>,
    /// Destinations for later, in the order in which to try them.
    pub(super) pending: VecDeque<Destination>,
    /// Whether the dialog's later requests shall come through here.
    pub(super) stays: bool,
    /// The caller cancelled.
    pub(super) cancelled: bool,
    /// When a final response was sent upstream.
    pub(super) answered: Option<Instant>,
    /// Whether the caller wants a 199 for early dialogs that end (RFC 6228 §6).
    pub(super) wants_199: bool,
    /// The Session-Expires of a 2xx that comes without one (RFC 4028 §8.2).
    pub(super) owed: Option<SessionExpires>,
    /// What Max-Breadth allows.
    pub(super) breadth: u32,
    /// How branches ended, in the order in which they did.
    pub(super) ends: Ends,
    /// Redirections that are being followed and whose targets are not known yet.
    pub(super) awaited: u16,
    /// The URIs that were followed: each is tried once.
    pub(super) recursed: Vec<Box<[u8]>>,
    /// What the caller asks of us.
    pub(super) disposition: Disposition,
    /// The next number of a request that goes on for this one.
    pub(super) number: u64,
}

impl Context {
    /// The first number of a request that came then: no other with the same name in this node has had it.
    pub(super) fn first_number(now: Instant) -> u64 {
        now.unix_micros() << 8
    }

    /// A number that no other request of this name has.
    pub(super) fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// The number of a new branch to the same instance, when the one that ends has not reached it: no answer came,
    /// 408, or 430. Any other answer was the instance's own (RFC 5626 §7).
    pub(super) fn take_spare(&mut self, ends: u16, status: StatusCode, how: BranchEnd) -> Option<u16> {
        const UNHEARD: [StatusCode; 2] = [StatusCode::FLOW_FAILED, StatusCode::REQUEST_TIMEOUT];
        let is_over =
            self.answered.is_some() || self.cancelled || self.ends.iter().any(|e| e.status.number() >= 600);
        let unheard = match how {
            BranchEnd::Response(_) => UNHEARD.contains(&status),
            // Nor is there room for another one.
            BranchEnd::NoRoom => false,
            _ => true,
        };
        let branch = &mut self.branches[usize::from(ends)];
        if is_over || !unheard {
            return None;
        }
        let mut ways = core::mem::take(&mut branch.to.spare);
        if ways.is_empty() || self.branches.len() >= BRANCHES_MAX {
            return None;
        }
        let next = ways.remove(0);
        self.branches.push(Branch::new(Destination { spare: ways, ..next }));
        Some((self.branches.len() - 1) as u16)
    }

    /// Whether the branch that ended last found nobody who could serve: no answer at all, or 503.
    pub(super) fn could_not_serve(&self) -> bool {
        self.ends.last().is_some_and(|end| match end.how {
            BranchEnd::Response(status) => status == StatusCode::SERVICE_UNAVAILABLE,
            BranchEnd::Timeout(_) => !self.branches[usize::from(end.branch)].provisional,
            BranchEnd::Transport(_) | BranchEnd::Dns(_) | BranchEnd::Unusable | BranchEnd::KeptBack => true,
            // It is we who cannot.
            BranchEnd::NoRoom => false,
        })
    }

    /// Whether every branch has ended.
    pub(super) fn is_quiet(&self) -> bool {
        self.branches.iter().all(|b| b.ended)
    }
}

/// Contexts by their names.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    slots: Vec<(u32, Option<Box<Context>>)>,
    free: Vec<u32>,
    len: usize,
}

impl Contexts {
    /// Takes in a context, which does not know its server transaction yet.
    pub(super) fn insert(&mut self, make: impl FnOnce(Handle) -> Option<Context>) -> Option<Handle> {
        let index = self.free.last().copied().unwrap_or(self.slots.len() as u32);
        let generation = self.slots.get(index as usize).map_or(0, |s| s.0);
        let handle = Handle { index, generation, branch: 0 };
        let context = Box::new(make(handle)?);
        self.len += 1;
        if self.free.pop().is_some() {
            self.slots[index as usize].1 = Some(context);
        } else {
            self.slots.push((0, Some(context)));
        }
        Some(handle)
    }

    pub(super) fn find(&mut self, handle: Handle) -> Option<&mut Context> {
        let (generation, context) = self.slots.get_mut(handle.index as usize)?;
        context.as_deref_mut().filter(|_| *generation == handle.generation)
    }

    pub(super) fn remove(&mut self, handle: Handle) -> Option<Box<Context>> {
        let (generation, context) = self.slots.get_mut(handle.index as usize)?;
        if *generation != handle.generation {
            return None;
        }
        let context = context.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(handle.index);
        self.len -= 1;
        Some(context)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Every context, in the order of its place.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Context> {
        self.slots.iter().filter_map(|(_, context)| context.as_deref())
    }
}
