//! Our own certificates: read from files, chosen by the name that a client asks for.

use super::fault::TlsError;
use super::identity::Identities;
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_parser::parse_x509_certificate;

/// Where a certificate and its key stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, then those of the authorities between it and the root, in PEM.
    pub chain: PathBuf,
    /// The private key, in PEM.
    pub key: PathBuf,
}

/// Until when a certificate of ours is good, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Its file.
    pub file: PathBuf,
    /// The domains for which it speaks.
    pub domains: Vec<String>,
    /// The last second of its time, counted from 1970.
    pub ends_at_secs: u64,
}

/// Certificates with their keys.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) validities: Vec<Validity>,
    keys: Vec<Arc<CertifiedKey>>,
    by_name: HashMap<String, usize>,
}

impl Certificates {
    pub(super) fn read(files: &[CertificateFiles], provider: &CryptoProvider) -> Result<Self, TlsError> {
        let mut all = Certificates { validities: Vec::new(), keys: Vec::new(), by_name: HashMap::new() };
        for pair in files {
            let chain = read_chain(&pair.chain)?;
            let first = chain.first().ok_or_else(|| TlsError::NoCertificate(pair.chain.clone()))?;
            let (validity, names) = describe(first, &pair.chain)?;
            let key = PrivateKeyDer::from_pem_slice(&read(&pair.key)?)
                .map_err(|_| TlsError::NoKey(pair.key.clone()))?;
            let key = CertifiedKey::from_der(chain, key, provider)
                .map_err(|error| TlsError::Key(pair.key.clone(), error))?;
            for name in names {
                all.by_name.entry(name).or_insert(all.keys.len());
            }
            all.validities.push(validity);
            all.keys.push(Arc::new(key));
        }
        Ok(all)
    }

    /// The one that we show as a client, too.
    pub(super) fn first(&self) -> Option<&Arc<CertifiedKey>> {
        self.keys.first()
    }

    /// The certificate for `name`: one that has the name, else one whose wildcard covers it, else the first.
    fn for_name(&self, name: Option<&str>) -> Option<&Arc<CertifiedKey>> {
        let name = name.map(str::to_ascii_lowercase);
        let exact = name.as_ref().and_then(|name| self.by_name.get(name));
        let covering = || {
            let (_, parent) = name.as_ref()?.split_once('.')?;
            self.by_name.get(&format!("*.{parent}"))
        };
        exact.or_else(covering).and_then(|index| self.keys.get(*index)).or_else(|| self.first())
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.for_name(hello.server_name()).cloned()
    }
}

/// Reads the certificates of authorities.
pub(super) fn authorities(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    for certificate in read_chain(file)? {
        store.add(certificate).map_err(|_| TlsError::Authorities(file.to_owned()))?;
    }
    if store.is_empty() { Err(TlsError::Authorities(file.to_owned())) } else { Ok(store) }
}

/// The authorities that the system trusts; those that cannot be read are left out.
pub(super) fn system_authorities() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(file).map_err(|error| TlsError::File(file.to_owned(), error))
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    chain.map_err(|_| TlsError::NoCertificate(file.to_owned()))
}

/// The certificate's time, and the names under which clients may ask for it.
fn describe(certificate: &CertificateDer<'_>, file: &Path) -> Result<(Validity, Vec<String>), TlsError> {
    let unreadable = || TlsError::Unreadable(file.to_owned());
    let (_, parsed) = parse_x509_certificate(certificate).map_err(|_| unreadable())?;
    let ends_at_secs = parsed.validity().not_after.timestamp().max(0).unsigned_abs();
    let domains: Vec<String> = Identities::of(certificate).domains().map(str::to_owned).collect();
    let mut names = domains.clone();
    if let Ok(Some(alternatives)) = parsed.subject_alternative_name() {
        names.extend(alternatives.value.general_names.iter().filter_map(|name| match name {
            x509_parser::extensions::GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        }));
    }
    Ok((Validity { file: file.to_owned(), domains, ends_at_secs }, names))
}
