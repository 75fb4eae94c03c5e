//! Other ways back for a response that cannot be delivered (RFC 3263 §5): sent-by says where else its client may be.

use super::ways::{SentBy, WayBack};
use super::{Lookup, Proxy, is_private};
use core::net::{IpAddr, SocketAddr};
use ringback_sip::flow::{Flow, FlowError, Target, Transport};
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::node::{Output, ResolveQuery};
use ringback_sip::syntax::{Message, Via};
use ringback_sip::time::Instant;
use ringback_sip::transaction::ServerId;
use ringback_sip::transport::locate::Located;
use ringback_sip::transport::response_flow;
use smallvec::SmallVec;

impl Proxy {
    /// Remembers where else the client of a new transaction may be.
    pub(super) fn note_way_back(&mut self, server: ServerId, flow: &Flow, message: &Message<'_>) {
        let Ok(via) = message.top_via() else { return };
        let back = response_flow(via, flow);
        if let Some(sent_by) = elsewhere(via, &back) {
            let call_id = message.call_id().unwrap_or_default().into();
            self.ways_back.insert(server, WayBack { call_id, flow: back, sent_by });
        }
    }

    /// Nothing can be sent on a path: responses that were sent there did not arrive.
    pub(super) fn handle_undeliverable(&mut self, now: Instant, flow: &Flow, error: FlowError) {
        // An end of a connection says nothing of a response that went over it before.
        if !matches!(error, FlowError::Refused | FlowError::Unreachable | FlowError::ConnectTimeout) {
            return;
        }
        for server in self.ways_back.over(flow) {
            self.transactions.handle_undelivered(now, server, error);
        }
    }

    /// A response did not arrive: it is sent where sent-by leads.
    pub(super) fn try_other_way_back(&mut self, now: Instant, server: ServerId) {
        let Some(way) = self.ways_back.ways.get_mut(&server) else { return };
        if let SentBy::Name(_) = way.sent_by
            && let SentBy::Name(query) =
                core::mem::replace(&mut way.sent_by, SentBy::Addresses(SmallVec::new()))
        {
            let ticket = self.look_up(Lookup::WayBack(server, query.host.clone()));
            return self.outputs.push_back(Output::Resolve { ticket, query });
        }
        if let Some(flow) = self.ways_back.next(server) {
            self.transactions.reroute(now, server, flow.remote);
        }
    }

    /// The addresses of sent-by are known, or not.
    pub(super) fn handle_way_back(&mut self, now: Instant, server: ServerId, host: &str, located: Located) {
        let Some(way) = self.ways_back.ways.get_mut(&server) else { return };
        let fact = Fact::Located(Box::new(located.search(host)));
        self.outputs.push_back(Output::Journal(Entry { at: now, call_id: way.call_id.clone(), fact }));
        if let Ok(mut targets) = located.found {
            targets.reverse();
            way.sent_by = SentBy::Addresses(targets);
            self.try_other_way_back(now, server);
        }
    }
}

/// Where sent-by leads, when that is elsewhere than where responses go. An address that means something inside one
/// network only is that of a client behind a translator.
fn elsewhere(via: &Via<'_>, back: &Flow) -> Option<SentBy> {
    if matches!(back.transport, Transport::Ws | Transport::Wss) {
        return None;
    }
    match via.host_ip() {
        Some(ip) if ip == back.remote_ip() || is_hidden(ip, back) => None,
        Some(ip) => {
            let port = via.port.unwrap_or(back.transport.default_port());
            let target =
                Target { transport: back.transport, address: SocketAddr::new(ip, port), peer: back.peer };
            Some(SentBy::Addresses(SmallVec::from_slice(&[target])))
        }
        None => Some(SentBy::Name(ResolveQuery {
            host: String::from_utf8_lossy(via.host).trim_end_matches('.').into(),
            port: via.port,
            transport: Some(back.transport),
            secure: false,
            spread: 0,
        })),
    }
}

fn is_hidden(ip: IpAddr, back: &Flow) -> bool {
    is_private(ip) && !is_private(back.remote_ip())
}
