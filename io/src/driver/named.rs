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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::TlsSettings;
    use ringback_sip::flow::{Target, Transport};
    use std::sync::Mutex;

    #[derive(Default)]
    struct Kept(Mutex<Vec<Target>>);

    impl ResolvedBox for Kept {
        fn resolved(&self, _: Ticket, located: Located) {
            self.0.lock().unwrap().extend(located.found.unwrap());
        }
    }

    /// What who asked for `host` gets of these targets.
    fn asked(host: &str, tls: &Arc<Tls>) -> Vec<Target> {
        let kept = Arc::new(Kept::default());
        let query = ResolveQuery { host: host.into(), port: None, transport: None, secure: false, spread: 0 };
        let asker = NamedTargets::before(&(Arc::clone(&kept) as Arc<dyn ResolvedBox>), tls, &query);
        let target = |transport| Target { transport, address: "192.0.2.1:5061".parse().unwrap(), peer: None };
        let found = [Transport::Tls, Transport::Tcp].map(target).into_iter().collect();
        asker.resolved(Ticket(1), Located { found: Ok(found), steps: Box::default() });
        let kept = kept.0.lock().unwrap();
        kept.clone()
    }

    #[test]
    fn a_secure_target_must_prove_the_name_that_was_asked_for_not_the_one_that_dns_led_to() {
        let tls = Arc::new(Tls::load(&TlsSettings::default()).unwrap());
        let found = asked("Example.test.", &tls);
        assert_eq!(found[0].peer, tls.number("example.test"));
        assert!(found[0].peer.is_some() && found[1].peer.is_none(), "TCP proves nothing");
        assert_ne!(found[0].peer, asked("other.test", &tls)[0].peer);
        assert_eq!(asked("192.0.2.1", &tls)[0].peer, None, "an address must stand in the certificate itself");
    }
}
