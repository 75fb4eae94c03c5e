//! Where HEP goes, or comes in: `udp:host:port`.

use std::fmt;
use std::str::FromStr;

/// A place to send HEP to, or to take it at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HepAddress {
    /// Whether it is a stream of TCP; else datagrams of UDP.
    pub is_stream: bool,
    /// The host, a name or an IP address.
    pub host: String,
    /// The port; 0 for one that the system chooses.
    pub port: u16,
}

/// Why a text is no such place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HepAddressFault {
    /// It begins with another word than `udp` or `tcp`.
    Transport,
    /// The host is missing.
    Host,
    /// There is no port at its end.
    Port,
}

impl fmt::Display for HepAddressFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HepAddressFault::Transport => "it begins neither with udp: nor with tcp:",
            HepAddressFault::Host => "the host is missing",
            HepAddressFault::Port => "there is no port at its end",
        })
    }
}

impl std::error::Error for HepAddressFault {}

impl FromStr for HepAddress {
    type Err = HepAddressFault;

    fn from_str(text: &str) -> Result<Self, HepAddressFault> {
        let (word, rest) = text.split_once(':').ok_or(HepAddressFault::Transport)?;
        let is_stream = match word {
            "udp" => false,
            "tcp" => true,
            _ => return Err(HepAddressFault::Transport),
        };
        let (host, port) = rest.rsplit_once(':').ok_or(HepAddressFault::Port)?;
        let port = port.parse().map_err(|_| HepAddressFault::Port)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "[]/@".contains(c));
        if is_host {
            Ok(HepAddress { is_stream, host: host.to_owned(), port })
        } else {
            Err(HepAddressFault::Host)
        }
    }
}

impl fmt::Display for HepAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_stream { "tcp" } else { "udp" };
        let (host, port) = (&self.host, self.port);
        if host.contains(':') {
            write!(f, "{word}:[{host}]:{port}")
        } else {
            write!(f, "{word}:{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        for text in ["udp:127.0.0.1:9060", "tcp:homer.example.test:9060", "udp:[::1]:9061"] {
            assert_eq!(text.parse::<HepAddress>().unwrap().to_string(), text);
        }
        let fault = |text: &str| text.parse::<HepAddress>().unwrap_err();
        assert_eq!(fault("127.0.0.1:9060"), HepAddressFault::Transport);
        assert_eq!(fault("udp:127.0.0.1"), HepAddressFault::Port);
        assert_eq!(fault("udp:host:sip"), HepAddressFault::Port);
        assert_eq!(fault("tcp::9060"), HepAddressFault::Host);
        assert_eq!(fault("tcp:a b:9060"), HepAddressFault::Host);
    }
}
