//! TLS and WebSocket as a file wants them, and what can be wrong with that.

use super::document::{Document, Value};
use super::fault::{Fault, FaultKind};
use super::insecure::Insecure;
use ringback_io::tls::{CertificateFiles, ClientCertificates, Tls, TlsSettings};
use ringback_sip::flow::Transport;
use std::path::{Path, PathBuf};

/// Certificates, whom to trust, and which pages may connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Secure {
    pub(crate) tls: TlsSettings,
    /// The name that our certificate proves.
    pub(crate) name: Option<Box<str>>,
    pub(crate) origins: Vec<String>,
}

/// Reads what the file says.
pub(super) fn build(document: &Document, folder: &Path, origins: Vec<String>) -> Secure {
    let path = |value: &Value| match value {
        Value::Text(path) => Some(folder.join(path)),
        _ => None,
    };
    let certificates = document.tables("certificate").iter().filter_map(|table| {
        let file = |name| path(&table.find(name)?.value);
        Some(CertificateFiles { chain: file("chain")?, key: file("key")? })
    });
    let authorities: Option<PathBuf> =
        document.find("tls", "authorities").and_then(|found| path(&found.value));
    let clients = match document.find("tls", "clients").map(|found| &found.value) {
        Some(Value::Text(word)) if word == "ask" => ClientCertificates::Asked,
        Some(Value::Text(word)) if word == "require" => ClientCertificates::Required,
        _ => ClientCertificates::Ignored,
    };
    let tls =
        TlsSettings { certificates: certificates.collect(), authorities, clients, trusts_everybody: false };
    let name = match document.find("tls", "name").map(|found| &found.value) {
        Some(Value::Text(name)) => Some(name.as_str().into()),
        _ => None,
    };
    Secure { tls, name, origins }
}

/// Two streams at one port, TLS without a certificate, files that cannot be used.
pub(super) fn judge(secure: &Secure, document: &Document, faults: &mut Vec<Fault>) {
    let note = |faults: &mut Vec<Fault>, why, at: &std::ops::Range<usize>| {
        faults.push(Fault { kind: FaultKind::Insecure(why), at: at.clone(), see: None });
    };
    for table in document.tables("listen") {
        let Some(found) = table.find("transports") else { continue };
        let Value::List(list) = &found.value else { continue };
        let transports: Vec<Transport> = list
            .iter()
            .filter_map(|item| match &item.value {
                Value::Text(word) => Transport::from_name(word.as_bytes()),
                _ => None,
            })
            .collect();
        if transports.iter().filter(|transport| transport.is_reliable()).count() > 1 {
            note(faults, Insecure::TwoStreams, &found.at);
        }
        if transports.iter().any(|transport| transport.is_secure()) && secure.tls.certificates.is_empty() {
            note(faults, Insecure::NoCertificate, &found.at);
        }
    }
    if let Some(clients) = document.find("tls", "clients")
        && secure.tls.clients != ClientCertificates::Ignored
        && secure.tls.authorities.is_none()
    {
        return note(faults, Insecure::NoAuthorities, &clients.at);
    }
    let chain = document.tables("certificate").first().and_then(|table| table.find("chain"));
    let first = chain.or_else(|| document.find("tls", "authorities"));
    let loaded = first.map(|first| (Tls::load(&secure.tls), first));
    if let Some((Err(error), first)) = &loaded {
        note(faults, Insecure::Files(error.to_string()), &first.at);
    }
    if let (Some(name), Some(found)) = (&secure.name, document.find("tls", "name")) {
        let proven = match &loaded {
            Some((Ok(tls), _)) => tls.validities().into_iter().next().map(|validity| validity.domains),
            Some((Err(_), _)) => return,
            None => None,
        };
        let proven = proven.unwrap_or_default();
        if !proven.iter().any(|domain| domain.eq_ignore_ascii_case(name)) {
            note(faults, Insecure::Unproven(proven.join(", ")), &found.at);
        }
    }
}
