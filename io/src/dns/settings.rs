//! What a resolver is told.

use ringback_sip::time::Duration;
use std::net::SocketAddr;

/// Which name servers are asked, for how long, and how long their answers are remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverSettings {
    /// The name servers; empty: those of the system, and without any only the hosts file.
    pub servers: Vec<SocketAddr>,
    /// How long one name server may take for one question, which is put to it twice.
    pub answer_time_max: Duration,
    /// How long a whole search may take.
    pub search_time_max: Duration,
    /// A record that says that it lives less long is remembered for this long all the same.
    pub remember_min: Duration,
    /// A record is never remembered for longer.
    pub remember_max: Duration,
    /// That a name or a record does not exist is never remembered for longer (RFC 2308 §5).
    pub remember_nothing_max: Duration,
}

impl Default for ResolverSettings {
    fn default() -> Self {
        ResolverSettings {
            servers: Vec::new(),
            answer_time_max: Duration::from_secs(2),
            search_time_max: Duration::from_secs(8),
            remember_min: Duration::from_secs(1),
            remember_max: Duration::from_secs(86_400),
            remember_nothing_max: Duration::from_secs(60),
        }
    }
}
