//! A session description as data (RFC 8866 §5).

use super::attribute::{self, Attribute, RtpMap, number};
use super::codec::Codec;
use super::direction::Direction;
use super::error::Deviation;
use core::net::IpAddr;

/// A session description.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Description {
    /// `o=`: who made it, and which version it is.
    pub origin: Origin,
    /// `s=`: the name; a single `-` says nothing.
    pub name: String,
    /// `i=`: what it is about.
    pub information: Option<String>,
    /// `u=`, `e=`, `p=`: where to learn more, in their order, with their letter.
    pub contacts: Vec<(char, String)>,
    /// `c=` of the session.
    pub connection: Option<Connection>,
    /// `b=` of the session.
    pub bandwidths: Vec<Bandwidth>,
    /// `t=` with `r=` and `z=`.
    pub timings: Vec<Timing>,
    /// `k=`: obsolete; kept as it came.
    pub key: Option<String>,
    /// `a=` of the session.
    pub attributes: Vec<Attribute>,
    /// `m=` and what follows it.
    pub media: Vec<Media>,
    /// What was unusual about it when it was read.
    pub deviations: Vec<Deviation>,
}

/// `o=` (RFC 8866 §5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Login name, or `-`.
    pub username: String,
    /// Identifies the session, together with the user name and the address.
    pub session_id: u64,
    /// Grows with each change (RFC 3264 §8).
    pub version: u64,
    /// The machine that made it.
    pub address: Address,
}

impl Default for Origin {
    fn default() -> Self {
        Origin {
            username: "-".to_owned(),
            session_id: 0,
            version: 0,
            address: Address::Ip(IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED)),
        }
    }
}

/// An address of `o=` or `c=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `IN IP4` or `IN IP6` with a numeric address.
    Ip(IpAddr),
    /// `IN IP4` (false) or `IN IP6` (true) with a host name.
    Name(bool, String),
    /// Another network or address type, as it came.
    Other(String),
}

impl Address {
    /// The numeric address.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Address::Ip(ip) => Some(*ip),
            Address::Name(..) | Address::Other(_) => None,
        }
    }

    /// Whether it says "send nothing here": the unspecified address, or a name under `.invalid`
    /// (RFC 3264 §8.4, RFC 6157 §5.1).
    pub fn is_blackhole(&self) -> bool {
        match self {
            Address::Ip(ip) => ip.is_unspecified(),
            Address::Name(_, name) => name.to_ascii_lowercase().ends_with(".invalid"),
            Address::Other(_) => false,
        }
    }
}

/// `c=` (RFC 8866 §5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Where media go.
    pub address: Address,
    /// What follows a multicast address: `/ttl`, `/count`, without the first slash.
    pub multicast: Option<String>,
}

/// `b=` (RFC 8866 §5.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// `CT`, `AS`, `TIAS` or another.
    pub kind: String,
    /// The value in the unit of the kind.
    pub value: u64,
}

/// `t=` (RFC 8866 §5.9).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Timing {
    /// Start, in NTP seconds; 0 = permanent.
    pub start: u64,
    /// Stop, in NTP seconds; 0 = without end.
    pub stop: u64,
    /// `r=` and `z=` lines, with their letter.
    pub more: Vec<(char, String)>,
}

/// A media section (RFC 8866 §5.14).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Media {
    /// `audio`, `video`, `text`, `application`, `message`, `image` or another.
    pub kind: String,
    /// The transport port; 0 = rejected or ended (RFC 3264 §6, §8.2).
    pub port: u16,
    /// The number of ports, when it is named.
    pub port_count: Option<u16>,
    /// The protocol, such as `RTP/AVP`.
    pub protocol: String,
    /// Payload types of RTP, or other formats.
    pub formats: Vec<String>,
    /// `i=`.
    pub information: Option<String>,
    /// `c=`.
    pub connections: Vec<Connection>,
    /// `b=`.
    pub bandwidths: Vec<Bandwidth>,
    /// `k=`.
    pub key: Option<String>,
    /// `a=`.
    pub attributes: Vec<Attribute>,
}

impl Description {
    /// The connection data of a section: its own, else that of the session.
    pub fn connection_of<'a>(&'a self, media: &'a Media) -> Option<&'a Connection> {
        media.connections.first().or(self.connection.as_ref())
    }

    /// The direction of a section: its own, else that of the session, else both ways (RFC 8866 §6.7).
    pub fn direction_of(&self, media: &Media) -> Direction {
        attribute::direction(&media.attributes)
            .or_else(|| attribute::direction(&self.attributes))
            .unwrap_or_default()
    }
}

impl Media {
    /// The value of the attribute `name`; empty when it has none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        attribute::find(&self.attributes, name)
    }

    /// Every rtpmap that can be read.
    pub fn rtpmaps(&self) -> impl Iterator<Item = RtpMap<'_>> {
        self.attributes
            .iter()
            .filter(|a| a.name == "rtpmap")
            .filter_map(|a| RtpMap::parse(a.value.as_deref().unwrap_or_default()))
    }

    /// The format parameters of a payload type (RFC 8866 §6.15).
    pub fn fmtp(&self, payload_type: u8) -> Option<&str> {
        let values = self.attributes.iter().filter(|a| a.name == "fmtp").filter_map(|a| a.value.as_deref());
        let mut pairs = values.filter_map(|v| v.trim().split_once(' '));
        pairs.find(|(format, _)| number(format) == Some(u64::from(payload_type))).map(|(_, rest)| rest.trim())
    }

    /// Milliseconds of sound in a packet, as the other side likes them (RFC 8866 §6.4).
    pub fn ptime_millis(&self) -> Option<u64> {
        self.attribute("ptime").and_then(number)
    }

    /// Most milliseconds of sound in a packet (RFC 8866 §6.5).
    pub fn maxptime_millis(&self) -> Option<u64> {
        self.attribute("maxptime").and_then(number)
    }

    /// The port of RTCP when it is not the next higher one (RFC 3605 §2.1).
    pub fn rtcp_port(&self) -> Option<u16> {
        let value = self.attribute("rtcp")?;
        value.split_whitespace().next().and_then(number).and_then(|n| u16::try_from(n).ok())
    }

    /// The formats of this section that we have, with their payload types, in its order.
    pub fn codecs(&self) -> Vec<(u8, Codec)> {
        let payload_types =
            self.formats.iter().filter_map(|f| number(f)).filter(|n| *n < 128).map(|n| n as u8);
        payload_types
            .filter_map(|pt| {
                let mapped = self.rtpmaps().find(|m| m.payload_type == pt);
                let codec = match mapped {
                    Some(map) => Codec::from_rtpmap(&map),
                    None => Codec::from_static(pt),
                };
                codec.map(|codec| (pt, codec))
            })
            .collect()
    }
}
