//! The addresses of this machine.
#![allow(unsafe_code)]

use super::address::RawAddress;
use std::net::IpAddr;

/// The addresses of all interfaces that are up, without link-local ones, which mean nothing to others.
pub fn machine_addresses() -> Vec<IpAddr> {
    let mut first: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: the call writes a list to `first`, or fails and writes nothing.
    if unsafe { libc::getifaddrs(&raw mut first) } != 0 {
        return Vec::new();
    }
    let mut addresses = Vec::new();
    let mut next = first;
    while !next.is_null() {
        // SAFETY: `next` is an element of the list, which lives until freeifaddrs below.
        let interface = unsafe { &*next };
        if interface.ifa_flags & libc::IFF_UP as u32 != 0 {
            // SAFETY: `ifa_addr` is null or points to an address whose length its family tells.
            addresses
                .extend(unsafe { RawAddress::read_from(interface.ifa_addr) }.map(|address| address.ip()));
        }
        next = interface.ifa_next;
    }
    // SAFETY: `first` came from getifaddrs, and nothing of the list is borrowed any more.
    unsafe { libc::freeifaddrs(first) };
    addresses.retain(|ip| match ip {
        IpAddr::V4(v4) => !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_unicast_link_local(),
    });
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_at_least_loopback() {
        assert!(machine_addresses().contains(&IpAddr::from([127, 0, 0, 1])));
    }
}
