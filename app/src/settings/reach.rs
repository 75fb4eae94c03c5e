//! Registrations and the edge proxy as a file wants them.

use super::document::{Document, Value};
use ringback_roles::location::Policy;
use ringback_roles::registrar::{PathPolicy, RegistrarSettings};
use ringback_roles::server::{EdgeDomain, EdgeSettings};
use std::time::Duration;

/// What phones are granted, and whose phones come by way of us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) registrar: RegistrarSettings,
    pub(crate) edge: EdgeSettings,
    /// What the store grants.
    pub(crate) policy: Policy,
}

/// Reads what the file says.
pub(super) fn build(
    document: &Document,
    path: &str,
    service_route: Vec<String>,
    [keep_alive_stream, keep_alive_datagram, expires_min, expires_max]: [Duration; 4],
    bindings_per_aor_max: usize,
) -> Reach {
    let path = if path == "accept" { PathPolicy::Accept } else { PathPolicy::Refuse };
    let domains = document.tables("edge").iter().filter_map(|table| {
        let text = |name| match &table.find(name)?.value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        };
        Some(EdgeDomain { name: text("home")?.into(), next: text("next").map(|uri| loose(uri).into()) })
    });
    let edge = EdgeSettings { domains: domains.collect(), path };
    let service_route = service_route.iter().map(|uri| loose(uri).into()).collect();
    Reach {
        registrar: RegistrarSettings { path, service_route, keep_alive_stream, keep_alive_datagram },
        edge,
        policy: Policy { expires_min, expires_max, bindings_per_aor_max, ..Policy::default() },
    }
}

/// A URI as a Route has it.
fn loose(uri: &str) -> String {
    let has_lr = uri.split(['?', ';']).skip(1).any(|part| part.eq_ignore_ascii_case("lr"));
    if has_lr { uri.to_owned() } else { format!("{uri};lr") }
}
