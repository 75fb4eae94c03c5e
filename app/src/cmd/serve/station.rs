//! What runs on each worker: the server's node with its settings, the store, and who listens to it.

use super::secret;
use crate::control::Order;
use crate::http::Tally;
use crate::settings::Settings;
use crate::site::{Site, own_addresses};
use ringback_io::driver::{Listener, Place, Station};
use ringback_io::store::Store;
use ringback_roles::access::{AccessSettings, Agreement, Ban, Shared};
use ringback_roles::server::{Command, Event, Server, ServerSettings};
use ringback_sip::auth::Nonces;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Transport;
use ringback_sip::registry::TimerValues;
use ringback_sip::transaction::Limits;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// What all stations have in common.
pub(super) struct Common {
    /// Of this start.
    pub(super) seed: Seed,
    /// Outlives a restart.
    pub(super) secret: Seed,
    pub(super) store: Store,
    pub(super) tallies: Vec<Arc<Tally>>,
    /// Where it is counted who is served how often.
    pub(super) shared: Shared,
    /// Told what nodes have to say.
    pub(super) news: UnboundedSender<News>,
}

/// What a node has to say to the process.
#[derive(Debug)]
pub(super) enum News {
    /// It has drained.
    Drained,
    /// A next hop is up, or down: the other nodes must know.
    Hop { uri: Arc<str>, is_up: bool },
    /// It has banned a source: the other nodes must know.
    Banned(Ban),
    /// The operator orders something of bans, and waits for the answer.
    Order(Order, oneshot::Sender<Value>),
}

/// Makes the station of a worker.
pub(super) fn maker(
    settings: &Settings,
    site: &Site,
    listeners: &[Listener],
    common: Common,
) -> impl Fn(Place) -> Station<Server> + Send + Sync + 'static {
    let mut settings = server_settings(settings, site, listeners);
    settings.access.shared = common.shared.clone();
    let nonces = Nonces::new(common.seed, settings.access.nonce_age_max, common.tallies.len());
    move |place| {
        let seed = secret::of_worker(&common.seed, place.worker);
        let mut settings = settings.clone();
        settings.access.nonces = Some(nonces.of_worker(place.worker));
        let tally = common.tallies.get(place.worker).cloned().unwrap_or_default();
        let node = Server::new(settings, seed, common.secret).with_share(place.share);
        let node = node.with_census(tally.census.clone());
        let news = common.news.clone();
        Station::new(node, common.store.clone()).on_entry(move |entry| tally.note(entry)).on_event(
            move |_, event| match event {
                // Nobody listens any more when the process is ending anyway.
                Event::Drained => drop(news.send(News::Drained)),
                Event::Banned(ban) => drop(news.send(News::Banned(ban))),
                Event::Hop { uri, is_up } => drop(news.send(News::Hop { uri, is_up })),
            },
        )
    }
}

/// The order that makes nodes take over new settings.
pub(super) fn reconfigure(settings: &Settings, site: &Site, listeners: &[Listener]) -> Command {
    let settings = server_settings(settings, site, listeners);
    Command::Configure(Box::new(settings))
}

pub(crate) fn server_settings(settings: &Settings, site: &Site, listeners: &[Listener]) -> ServerSettings {
    let timers = &settings.timers;
    ServerSettings {
        domains: site.domains.clone(),
        access: AccessSettings {
            required: settings.auth_required,
            hashes: settings.auth_algorithms.clone(),
            md5_fallback: settings.auth_md5_fallback,
            conceal_users: settings.conceal_users,
            agreement: agreement(site, listeners),
            admission: settings.admission.clone(),
            ..AccessSettings::default()
        },
        registrar: settings.reach.registrar.clone(),
        edge: settings.reach.edge.clone(),
        timers: TimerValues { t1: timers.t1, t2: timers.t2, t4: timers.t4, timer_c: timers.c },
        tls_name: settings.secure.name.clone(),
        addresses: addresses(site, listeners),
        limits: Limits { transactions_max: settings.limits.transactions_max },
        plan: Arc::clone(&settings.plan),
        redirect: settings.redirect,
        quarantine: settings.dns.quarantine,
        recurse: settings.recurse,
        session: settings.session,
        keep_messages: settings.keep_messages,
        presence: settings.events.clone(),
    }
}

/// Every address of ours with its transport; a listener on all addresses counts once for each.
fn addresses(site: &Site, listeners: &[Listener]) -> Vec<(Transport, SocketAddr)> {
    let mut all = Vec::new();
    for (listener, listen) in listeners.iter().zip(&site.listeners) {
        for ip in own_addresses(std::slice::from_ref(listen)) {
            let address = SocketAddr::new(ip, listener.address.port());
            all.extend(listener.udp.then_some((Transport::Udp, address)));
            all.extend(listener.stream.map(|transport| (transport, address)));
        }
    }
    all
}

/// Where a security agreement is demanded.
fn agreement(site: &Site, listeners: &[Listener]) -> Agreement {
    let demanding = listeners.iter().zip(&site.listeners).filter(|(_, listen)| listen.agreement);
    let at = demanding.flat_map(|(listener, listen)| {
        let ips = own_addresses(std::slice::from_ref(listen)).into_iter();
        ips.map(|ip| SocketAddr::new(ip, listener.address.port()))
    });
    let has_tls = listeners.iter().any(|listener| listener.stream.is_some_and(Transport::is_secure));
    Agreement { at: at.collect(), has_tls }
}
