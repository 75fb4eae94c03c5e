//! What can be wrong with TLS in a configuration file.

use std::fmt;

/// Why a file makes no secure server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Insecure {
    TwoStreams,
    NoCertificate,
    NoAuthorities,
    /// The names that the first certificate contains instead.
    Unproven(String),
    /// What is wrong with the files that are named.
    Files(String),
    /// Others could read the console's passwords on their way.
    OpenConsole,
    /// Nobody says how browsers call the console.
    NamelessConsole,
}

impl Insecure {
    /// A name for programs.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Insecure::TwoStreams => "duplicate-listener",
            Insecure::NoCertificate => "no-certificate",
            Insecure::NoAuthorities => "no-authorities",
            Insecure::Unproven(_) => "unproven-name",
            Insecure::Files(_) => "bad-certificate",
            Insecure::OpenConsole | Insecure::NamelessConsole => "open-to-others",
        }
    }

    /// What to do about it.
    pub(super) fn help(&self) -> &'static str {
        match self {
            Insecure::TwoStreams => "give each of tcp, tls, ws and wss a port of its own; udp may share one",
            Insecure::NoCertificate => {
                "add a table `[[certificate]]` with `chain` and `key`; `ringback cert --dev` makes them for a laboratory"
            }
            Insecure::NoAuthorities => {
                "name the file of the authorities that sign your clients' certificates"
            }
            Insecure::Unproven(_) => "name one that the first `[[certificate]]` contains",
            Insecure::Files(_) => {
                "name files in PEM that the server may read, the key that belongs to the certificate"
            }
            Insecure::OpenConsole => {
                "listen on 127.0.0.1 or [::1]; or put a proxy that does TLS before it, and set `behind_proxy = true`"
            }
            Insecure::NamelessConsole => "add `names = [\"console.example.test\"]`",
        }
    }
}

impl fmt::Display for Insecure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Insecure::TwoStreams => f.write_str("two of these would share one port"),
            Insecure::NoCertificate => f.write_str("there is no certificate to show"),
            Insecure::NoAuthorities => f.write_str("clients can be verified only against `authorities`"),
            Insecure::Unproven(names) if names.is_empty() => f.write_str("no certificate contains this name"),
            Insecure::Unproven(names) => write!(f, "the first certificate is for {names}"),
            Insecure::Files(message) => f.write_str(message),
            Insecure::OpenConsole => {
                f.write_str("others could reach the console here, and read its passwords on their way")
            }
            Insecure::NamelessConsole => f.write_str("behind a proxy the console must know its `names`"),
        }
    }
}
