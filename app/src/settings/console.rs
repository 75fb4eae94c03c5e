//! The console as a file wants it, and what can be wrong with that.

use super::document::Document;
use super::fault::{Fault, FaultKind};
use super::insecure::Insecure;
use std::net::SocketAddr;

/// The console and the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Console {
    pub(crate) address: SocketAddr,
    /// Whether the file names the address; then it must be had.
    pub(crate) named: bool,
    /// Whether a proxy that does TLS stands before it.
    pub(crate) behind_proxy: bool,
    /// How browsers call it, beside `localhost` and its address.
    pub(crate) names: Vec<String>,
}

/// A console that others could reach in the clear.
pub(super) fn judge(console: Option<&Console>, document: &Document, faults: &mut Vec<Fault>) {
    let Some(console) = console else { return };
    let at = |name| document.find("console", name).map(|found| found.at.clone());
    let mut note = |why, place: Option<std::ops::Range<usize>>| {
        let fault = place.map(|at| Fault { kind: FaultKind::Insecure(why), at, see: None });
        faults.extend(fault);
    };
    if console.behind_proxy && console.names.is_empty() {
        note(Insecure::NamelessConsole, at("behind_proxy"));
    }
    if !console.behind_proxy && !console.address.ip().is_loopback() {
        note(Insecure::OpenConsole, at("address"));
    }
}
