//! What a registrar is told.

use ringback_sip::flow::Transport;
use ringback_sip::time::Duration;

/// The settings of a registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrarSettings {
    /// What becomes of a Path that the user agent does not know of.
    pub path: PathPolicy,
    /// The URIs that a user agent is told to send its requests through, the first hop first
    /// (RFC 3608 §6.3); empty for none.
    pub service_route: Vec<Box<str>>,
    /// After how much silence at most a phone shall send a sign of life over a stream (RFC 5626 §4.4.1).
    pub keep_alive_stream: Duration,
    /// The same for datagrams, whose mappings in address translators live shortly (RFC 5626 §4.4.2).
    pub keep_alive_datagram: Duration,
}

impl RegistrarSettings {
    /// The interval for a transport, in seconds.
    pub(super) fn keep_alive_secs(&self, transport: Transport) -> u64 {
        let time = if transport.is_reliable() { self.keep_alive_stream } else { self.keep_alive_datagram };
        time.as_secs()
    }
}

impl Default for RegistrarSettings {
    fn default() -> Self {
        RegistrarSettings {
            path: PathPolicy::default(),
            service_route: Vec::new(),
            keep_alive_stream: Duration::from_secs(120),
            keep_alive_datagram: Duration::from_secs(29),
        }
    }
}

/// What becomes of a REGISTER with a Path whose user agent does not list `path` in Supported (RFC 3327 §5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathPolicy {
    /// It is refused with 420, so that the user agent learns that somebody put itself on the way.
    #[default]
    Refuse,
    /// The Path is kept all the same: for phones that do not know the extension, behind a proxy that is trusted.
    Accept,
}
