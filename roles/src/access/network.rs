//! Networks: an address, or all that share its first bits (CIDR).

use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkFault {
    /// It is neither an address nor an address with a length.
    NotAnAddress,
    /// The length is more than the address has bits.
    Length,
    /// The address has bits beyond the length; this network was probably meant.
    HostBits(Network),
}

impl Network {
    /// Whom an address stands for: itself, or with IPv6 its network of 64 bits, for one host has all addresses of it.
    pub fn of_source(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        Network::trimmed(ip, if ip.is_ipv4() { 32 } else { 64 })
    }

    /// Its first address.
    pub(super) fn octets(&self) -> [u8; 16] {
        octets_of(self.address)
    }

    /// Whether an address belongs to it. An IPv4 address inside IPv6 counts as what it is.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// Whether all of `other` belongs to it.
    pub(crate) fn includes(&self, other: &Network) -> bool {
        self.bits <= other.bits && self.contains(other.address)
    }

    fn trimmed(address: IpAddr, bits: u8) -> Self {
        let address = match address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                IpAddr::V4((v4.to_bits() & mask).into())
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                IpAddr::V6((v6.to_bits() & mask).into())
            }
        };
        Network { address, bits }
    }
}

/// An address in one form, whether it is of IPv4 or of IPv6.
pub(super) fn octets_of(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

impl FromStr for Network {
    type Err = NetworkFault;

    fn from_str(text: &str) -> Result<Self, NetworkFault> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkFault::NotAnAddress)?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let bits = match length {
            Some(length) => length.parse::<u8>().map_err(|_| NetworkFault::Length)?,
            None => whole,
        };
        if bits > whole {
            return Err(NetworkFault::Length);
        }
        let network = Network::trimmed(address, bits);
        if network.address == address { Ok(network) } else { Err(NetworkFault::HostBits(network)) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses() {
        let net = |text: &str| text.parse::<Network>().unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(net("192.0.2.0/24").contains(ip("192.0.2.255")));
        assert!(!net("192.0.2.0/24").contains(ip("192.0.3.0")));
        assert!(net("192.0.2.7").contains(ip("192.0.2.7")) && !net("192.0.2.7").contains(ip("192.0.2.6")));
        assert!(net("0.0.0.0/0").contains(ip("203.0.113.1")) && !net("0.0.0.0/0").contains(ip("::1")));
        assert!(
            net("2001:db8::/32").contains(ip("2001:db8:ffff::1")) && net("::/0").contains(ip("2001:db8::"))
        );
        assert!(net("192.0.2.0/24").contains(ip("::ffff:192.0.2.9")));
        assert!(
            net("10.0.0.0/8").includes(&net("10.1.0.0/16"))
                && !net("10.1.0.0/16").includes(&net("10.0.0.0/8"))
        );
    }

    #[test]
    fn a_network_with_bits_too_many_tells_which_was_meant() {
        let fault = |text: &str| text.parse::<Network>().unwrap_err();
        assert_eq!(fault("192.0.2.7/24"), NetworkFault::HostBits("192.0.2.0/24".parse().unwrap()));
        assert_eq!(fault("192.0.2.0/33"), NetworkFault::Length);
        assert_eq!(fault("example.test"), NetworkFault::NotAnAddress);
    }
}
