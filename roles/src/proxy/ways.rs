//! The transactions whose client may be elsewhere than where its request came from (RFC 3263 §5).

use core::net::SocketAddr;
use ringback_sip::flow::{Flow, Target, Transport};
use ringback_sip::node::ResolveQuery;
use ringback_sip::transaction::ServerId;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The transactions whose client may be elsewhere than where its request came from.
#[derive(Debug, Default)]
pub(super) struct WaysBack {
    pub(super) ways: BTreeMap<ServerId, WayBack>,
    /// The same by where their responses go at present.
    by_peer: BTreeSet<(Transport, SocketAddr, ServerId)>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct WayBack {
    pub(super) call_id: Arc<[u8]>,
    /// Where its responses go at present.
    pub(super) flow: Flow,
    pub(super) sent_by: SentBy,
}

#[derive(Debug)]
pub(super) enum SentBy {
    /// Not looked up yet.
    Name(ResolveQuery),
    /// The addresses that are left, the next one last.
    Addresses(SmallVec<[Target; 2]>),
}

impl WaysBack {
    pub(super) fn insert(&mut self, server: ServerId, way: WayBack) {
        self.by_peer.insert((way.flow.transport, way.flow.remote, server));
        self.ways.insert(server, way);
    }

    /// The transaction is over.
    pub(super) fn forget(&mut self, server: ServerId) {
        if self.ways.is_empty() {
            return;
        }
        if let Some(way) = self.ways.remove(&server) {
            self.by_peer.remove(&(way.flow.transport, way.flow.remote, server));
        }
    }

    /// The transactions whose responses go where `flow` leads.
    pub(super) fn over(&self, flow: &Flow) -> Vec<ServerId> {
        let of_peer = self.by_peer.range((flow.transport, flow.remote, ServerId::MIN)..);
        of_peer
            .take_while(|(transport, remote, _)| (*transport, *remote) == (flow.transport, flow.remote))
            .map(|(_, _, server)| *server)
            .collect()
    }

    /// The next address of a client, on which its transaction's responses go from now on.
    pub(super) fn next(&mut self, server: ServerId) -> Option<Flow> {
        let way = self.ways.get_mut(&server)?;
        let SentBy::Addresses(rest) = &mut way.sent_by else { return None };
        let before = way.flow;
        // Responses leave from the socket on which the request came.
        let fits = |target: &Target| target.address.is_ipv4() == before.local.is_ipv4();
        let target = core::iter::from_fn(|| rest.pop())
            .find(|target| fits(target) && target.address != before.remote)?;
        way.flow.remote = target.address;
        self.by_peer.remove(&(before.transport, before.remote, server));
        self.by_peer.insert((before.transport, target.address, server));
        Some(way.flow)
    }
}
