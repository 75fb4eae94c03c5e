//! Addresses that know for which name they stand, so that a secure connection to them can be checked (RFC 5922 §7.3).

use crate::dns::ResolvedBox;
use crate::tls::Tls;
use ringback_sip::node::{ResolveQuery, Ticket};
use ringback_sip::transport::locate::Located;
use std::net::IpAddr;
use std::sync::Arc;

/// Gives the targets of an answer the name that was asked for, on their way to who asked.
pub(crate) struct NamedTargets {
    asker: Arc<dyn ResolvedBox>,
    tls: Arc<Tls>,
    host: Box<str>,
}

impl NamedTargets {
    pub(crate) fn before(
        asker: &Arc<dyn ResolvedBox>,
        tls: &Arc<Tls>,
        query: &ResolveQuery,
    ) -> Arc<dyn ResolvedBox> {
        if query.host.parse::<IpAddr>().is_ok() {
            return Arc::clone(asker);
        }
        Arc::new(NamedTargets { asker: Arc::clone(asker), tls: Arc::clone(tls), host: query.host.clone() })
    }
}

impl ResolvedBox for NamedTargets {
    fn resolved(&self, ticket: Ticket, mut located: Located) {
        for target in located.found.iter_mut().flatten().filter(|target| target.transport.is_secure()) {
            target.peer = self.tls.number(&self.host);
        }
        self.asker.resolved(ticket, located);
    }
}
