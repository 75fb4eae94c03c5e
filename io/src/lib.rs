//! The real world: sockets, DNS, clock, stores. A driver of the contract in `ringback_sip::node`.

pub mod capture;
pub mod clock;
pub mod descriptors;
pub mod dns;
pub mod driver;
pub mod hep;
pub mod media;
pub mod record;
pub mod store;
pub mod tls;
