//! TLS for SIP: our certificates, whom we trust, and what peers must prove (RFC 3261 §26.3, RFC 5922).
//!
//! One [`Tls`] serves all workers. What it was told can be told anew while connections live: they keep what they
//! have, new ones take the new.

mod certificates;
mod fault;
mod identity;
mod names;
mod verify;

pub use certificates::{CertificateFiles, Validity};
pub use fault::TlsError;
pub use identity::Identities;

pub(crate) use fault::handshake_fault;

use certificates::Certificates;
use names::Names;
use ringback_sip::flow::{Flow, PeerId, Transport};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use verify::SipServerVerifier;

/// What TLS is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Our certificates; the first is shown to who asks for none, and to servers that ask us for one.
    pub certificates: Vec<CertificateFiles>,
    /// The authorities that we trust, in PEM; `None`: those of the system.
    pub authorities: Option<PathBuf>,
    /// Whether clients are asked for certificates, on TLS listeners; browsers on WebSockets never are.
    pub clients: ClientCertificates,
    /// Whether servers that we call need not prove who they are. For tests of a network only.
    pub trusts_everybody: bool,
}

/// Whether clients must show a certificate (RFC 5922 §7.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They are not asked.
    #[default]
    Ignored,
    /// They are asked; who shows one must show a good one.
    Asked,
    /// Who shows none cannot connect.
    Required,
}

/// TLS for the connections of a driver.
#[derive(Debug)]
pub struct Tls {
    provider: Arc<CryptoProvider>,
    current: Mutex<Arc<Configurations>>,
    names: Names,
}

#[derive(Debug)]
struct Configurations {
    validities: Vec<Validity>,
    /// Without certificates we are a client only.
    servers: Option<Servers>,
    client: Arc<ClientConfig>,
}

#[derive(Debug)]
struct Servers {
    sip: Arc<ServerConfig>,
    web: Arc<ServerConfig>,
}

impl Tls {
    /// Reads certificates, keys and authorities.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn load(settings: &TlsSettings) -> Result<Tls, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let current = configurations(settings, &provider)?;
        Ok(Tls { provider, current: Mutex::new(Arc::new(current)), names: Names::default() })
    }

    /// Reads everything anew; connections that exist keep what they have.
    ///
    /// # Errors
    /// The first file that cannot be used; then all stays as it was.
    pub fn reload(&self, settings: &TlsSettings) -> Result<(), TlsError> {
        let fresh = Arc::new(configurations(settings, &self.provider)?);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Until when our certificates are good.
    pub fn validities(&self) -> Vec<Validity> {
        self.current().validities.clone()
    }

    /// Whether there is a certificate to show to clients.
    pub fn can_serve(&self) -> bool {
        self.current().servers.is_some()
    }

    /// The server's side of a new connection.
    pub(crate) fn accept(&self, transport: Transport) -> Option<ServerConnection> {
        let current = self.current();
        let servers = current.servers.as_ref()?;
        let config = if transport.is_web_socket() { &servers.web } else { &servers.sip };
        ServerConnection::new(Arc::clone(config)).ok()
    }

    /// The client's side of a new connection, whose peer must be the one that the flow names.
    pub(crate) fn connect(&self, flow: &Flow) -> Option<ClientConnection> {
        let name = match flow.peer {
            Some(peer) => ServerName::try_from(self.names.name(peer)?.to_string()).ok()?,
            None => ServerName::IpAddress(flow.remote_ip().into()),
        };
        ClientConnection::new(Arc::clone(&self.current().client), name).ok()
    }

    /// A number for a name that peers must prove to have.
    pub(crate) fn number(&self, host: &str) -> Option<PeerId> {
        self.names.number(host)
    }

    fn current(&self) -> Arc<Configurations> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn configurations(
    settings: &TlsSettings,
    provider: &Arc<CryptoProvider>,
) -> Result<Configurations, TlsError> {
    let certificates = Arc::new(Certificates::read(&settings.certificates, provider)?);
    let authorities = settings.authorities.as_deref().map(certificates::authorities).transpose()?;
    let servers = match certificates.first() {
        None => None,
        Some(_) => {
            let asked = match settings.clients {
                ClientCertificates::Ignored => None,
                _ => Some(Arc::new(authorities.clone().ok_or(TlsError::NoAuthorities)?)),
            };
            Some(Servers {
                sip: server(&certificates, asked, settings.clients, provider)?,
                web: server(&certificates, None, ClientCertificates::Ignored, provider)?,
            })
        }
    };
    let client = client(settings, &certificates, authorities, provider)?;
    Ok(Configurations { validities: certificates.validities.clone(), servers, client })
}

fn server(
    certificates: &Arc<Certificates>,
    authorities: Option<Arc<RootCertStore>>,
    clients: ClientCertificates,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .map_err(TlsError::Refused)?;
    let builder = match authorities {
        None => builder.with_no_client_auth(),
        Some(authorities) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(authorities, Arc::clone(provider));
            let verifier = match clients {
                ClientCertificates::Required => verifier,
                _ => verifier.allow_unauthenticated(),
            };
            builder.with_client_cert_verifier(verifier.build().map_err(|_| TlsError::NoAuthorities)?)
        }
    };
    let mut config = builder.with_cert_resolver(Arc::clone(certificates) as _);
    // Sessions are resumed by tickets, which cost us no memory and work at every worker.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = ring::Ticketer::new().map_err(TlsError::Refused)?;
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}

fn client(
    settings: &TlsSettings,
    certificates: &Certificates,
    authorities: Option<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let verifier = SipServerVerifier {
        provider: Arc::clone(provider),
        authorities: match authorities {
            _ if settings.trusts_everybody => RootCertStore::empty(),
            Some(authorities) => authorities,
            None => certificates::system_authorities(),
        },
        trusts_everybody: settings.trusts_everybody,
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .map_err(TlsError::Refused)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match certificates.first() {
        None => builder.with_no_client_auth(),
        Some(key) => {
            builder.with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(Arc::clone(key))))
        }
    };
    // Writes secrets when the environment variable SSLKEYLOGFILE names a file, and does nothing else.
    config.key_log = Arc::new(rustls::KeyLogFile::new());
    Ok(Arc::new(config))
}
