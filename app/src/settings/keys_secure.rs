//! The keys of TLS and WebSocket.

use super::key::{Default, Key, Kind, Section};

/// A certificate.
pub(super) const CERTIFICATE: Section = Section {
    name: "certificate",
    repeats: true,
    doc: "A certificate to show under TLS; give one table for each. The one with the name that a caller asks for is shown, \
          else the first. `ringback cert --dev` makes one for a laboratory. SIGHUP reads the files again; connections that \
          exist live on. Names must stand in the certificate whole: wildcards count in browsers only (RFC 5922).",
    keys: &[
        Key {
            name: "chain",
            kind: Kind::Folder,
            default: Default::Required,
            doc: "The file of the certificate, in PEM, with those of the authorities between it and the root behind it \
                  (often called `fullchain.pem`). A relative path starts at the folder of the configuration file.",
        },
        Key {
            name: "key",
            kind: Kind::Folder,
            default: Default::Required,
            doc: "The file of its private key, in PEM.",
        },
    ],
};

/// Whom to trust.
pub(super) const TLS: Section = Section {
    name: "tls",
    repeats: false,
    doc: "Whom to trust under TLS, and who we are.",
    keys: &[
        Key {
            name: "name",
            kind: Kind::Host,
            default: Default::Described("our addresses are shown"),
            doc: "The name of this server, such as `sip.example.com`, which its first certificate must contain and which must \
                  lead to it. Other servers and phones then find it, and not an address, in Record-Route of calls over TLS, \
                  and may send requests back over the connections that we open to them (RFC 5923).",
        },
        Key {
            name: "authorities",
            kind: Kind::Folder,
            default: Default::Described("those that the system trusts"),
            doc: "A file with the certificates, in PEM, of the authorities that may vouch for servers that we call, and \
                  for clients.",
        },
        Key {
            name: "clients",
            kind: Kind::Choice(&["ignore", "ask", "require"]),
            default: Default::Value(r#""ignore""#),
            doc: "Whether who connects with `tls` must show a certificate: nobody is asked; who shows one must show a \
                  good one; or who shows none cannot connect (trunks). The last two need `authorities`. Browsers (`wss`) \
                  are never asked.",
        },
    ],
};

/// Phones in browsers.
pub(super) const WEBSOCKET: Section = Section {
    name: "websocket",
    repeats: false,
    doc: "Phones in browsers (RFC 7118).",
    keys: &[Key {
        name: "origins",
        kind: Kind::List(&Kind::Text),
        default: Default::Described("pages of every site"),
        doc: "The sites whose pages may connect, such as `https://phone.example.test`. Who is no browser names no site and \
              is let in.",
    }],
};
