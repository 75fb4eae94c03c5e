//! Socket addresses as the kernel's structures hold them.
#![allow(unsafe_code)]

use libc::{sa_family_t, sockaddr_in, sockaddr_in6, sockaddr_storage, socklen_t};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// An address as the kernel writes and reads it.
#[derive(Clone, Copy)]
pub(crate) struct RawAddress {
    storage: sockaddr_storage,
}

impl RawAddress {
    pub(crate) const LEN: socklen_t = size_of::<sockaddr_storage>() as socklen_t;

    pub(crate) fn empty() -> Self {
        // SAFETY: all-zero bytes are a valid sockaddr_storage (integers and padding only).
        RawAddress { storage: unsafe { std::mem::zeroed() } }
    }

    /// Stores `address`; gives the length of what it wrote.
    pub(crate) fn write(&mut self, address: SocketAddr) -> socklen_t {
        let place = (&raw mut self.storage).cast::<u8>();
        match address {
            SocketAddr::V4(v4) => {
                let raw = sockaddr_in {
                    sin_family: libc::AF_INET as sa_family_t,
                    sin_port: v4.port().to_be(),
                    sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(v4.ip().octets()) },
                    sin_zero: [0; 8],
                };
                // SAFETY: sockaddr_storage is at least as large and as aligned as sockaddr_in.
                unsafe { place.cast::<sockaddr_in>().write(raw) };
                size_of::<sockaddr_in>() as socklen_t
            }
            SocketAddr::V6(v6) => {
                let raw = sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as sa_family_t,
                    sin6_port: v6.port().to_be(),
                    sin6_flowinfo: v6.flowinfo(),
                    sin6_addr: libc::in6_addr { s6_addr: v6.ip().octets() },
                    sin6_scope_id: v6.scope_id(),
                };
                // SAFETY: sockaddr_storage is at least as large and as aligned as sockaddr_in6.
                unsafe { place.cast::<sockaddr_in6>().write(raw) };
                size_of::<sockaddr_in6>() as socklen_t
            }
        }
    }

    /// The address that the kernel stored; `None` for a family that is not of the Internet.
    pub(crate) fn read(&self) -> Option<SocketAddr> {
        let place = &raw const self.storage;
        match i32::from(self.storage.ss_family) {
            libc::AF_INET => {
                // SAFETY: the family says that the storage holds a sockaddr_in; any bytes are a valid one.
                let raw = unsafe { place.cast::<sockaddr_in>().read() };
                let ip = Ipv4Addr::from(raw.sin_addr.s_addr.to_ne_bytes());
                Some(SocketAddr::V4(SocketAddrV4::new(ip, u16::from_be(raw.sin_port))))
            }
            libc::AF_INET6 => {
                // SAFETY: the family says that the storage holds a sockaddr_in6; any bytes are a valid one.
                let raw = unsafe { place.cast::<sockaddr_in6>().read() };
                let ip = Ipv6Addr::from(raw.sin6_addr.s6_addr);
                let port = u16::from_be(raw.sin6_port);
                Some(SocketAddr::V6(SocketAddrV6::new(ip, port, 0, raw.sin6_scope_id)))
            }
            _ => None,
        }
    }

    /// The address that `raw` points to; `None` for null and for families that are not of the Internet.
    ///
    /// # Safety
    /// `raw` must be null or point to an address that is as long as its family says.
    // SAFETY: what the caller must promise stands above; the body states what follows from it.
    pub(crate) unsafe fn read_from(raw: *const libc::sockaddr) -> Option<SocketAddr> {
        if raw.is_null() {
            return None;
        }
        let mut copy = RawAddress::empty();
        // SAFETY: not null, and every address begins with its family.
        let length = match i32::from(unsafe { (*raw).sa_family }) {
            libc::AF_INET => size_of::<sockaddr_in>(),
            libc::AF_INET6 => size_of::<sockaddr_in6>(),
            _ => return None,
        };
        // SAFETY: the caller promises `length` bytes, and the storage has room for every address.
        unsafe { std::ptr::copy_nonoverlapping(raw.cast::<u8>(), copy.as_mut_ptr().cast::<u8>(), length) };
        copy.read()
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut libc::c_void {
        (&raw mut self.storage).cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_kernels_form() {
        for text in ["192.0.2.7:5060", "[2001:db8::7]:65535", "[fe80::1%3]:1", "0.0.0.0:0"] {
            let address: SocketAddr = text.parse().unwrap();
            let mut raw = RawAddress::empty();
            raw.write(address);
            assert_eq!(raw.read(), Some(address));
        }
        assert_eq!(RawAddress::empty().read(), None);
    }
}
