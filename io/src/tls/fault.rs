//! Errors of rustls in our own words.

use ringback_sip::flow::HandshakeFault;
use rustls::{AlertDescription, CertificateError, Error};
use std::path::PathBuf;

/// Why certificates cannot be used.
#[derive(Debug)]
pub enum TlsError {
    /// A file cannot be read.
    File(PathBuf, std::io::Error),
    /// A file has no certificate in it.
    NoCertificate(PathBuf),
    /// A file has no private key in it.
    NoKey(PathBuf),
    /// A certificate cannot be read.
    Unreadable(PathBuf),
    /// The key does not belong to the certificate, or is of a kind that we cannot use.
    Key(PathBuf, Error),
    /// The certificates of authorities cannot be used.
    Authorities(PathBuf),
    /// The cryptography refuses what we ask of it: a bug of ours.
    Refused(Error),
    /// Verifying clients needs authorities.
    NoAuthorities,
}

impl std::fmt::Display for TlsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TlsError::File(path, error) => write!(f, "{}: {error}", path.display()),
            TlsError::NoCertificate(path) => write!(f, "{} holds no certificate in PEM", path.display()),
            TlsError::NoKey(path) => write!(f, "{} holds no private key in PEM", path.display()),
            TlsError::Unreadable(path) => {
                write!(f, "{} holds a certificate that cannot be read", path.display())
            }
            TlsError::Key(path, error) => {
                write!(f, "the key in {} does not fit the certificate: {error}", path.display())
            }
            TlsError::Authorities(path) => {
                write!(f, "{} holds no certificate of an authority in PEM", path.display())
            }
            TlsError::Refused(error) => write!(f, "TLS cannot be set up: {error}"),
            TlsError::NoAuthorities => {
                f.write_str("clients can be verified only against authorities of our choice")
            }
        }
    }
}

impl std::error::Error for TlsError {}

/// What a failed handshake was about.
pub(crate) fn handshake_fault(error: &Error) -> HandshakeFault {
    use CertificateError as C;
    match error {
        Error::InvalidCertificate(fault) => match fault {
            C::Expired | C::ExpiredContext { .. } => HandshakeFault::Expired,
            C::NotValidYet | C::NotValidYetContext { .. } => HandshakeFault::NotYetValid,
            // The second: an authority that only has the name of one that we trust.
            C::UnknownIssuer | C::BadSignature => HandshakeFault::UnknownAuthority,
            C::NotValidForName | C::NotValidForNameContext { .. } => HandshakeFault::WrongName,
            _ => HandshakeFault::BadCertificate,
        },
        Error::NoCertificatesPresented => HandshakeFault::BadCertificate,
        Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            // What it says of a certificate whose signature is not that of the authority of that name.
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate,
        ) => HandshakeFault::Refused,
        _ => HandshakeFault::Protocol,
    }
}
