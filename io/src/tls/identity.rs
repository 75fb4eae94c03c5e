//! Whom a certificate speaks for (RFC 5922 §7.1) and whether that is who was called (§7.2).

use ringback_sip::syntax::{Scheme, Uri};
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

/// The SIP domain identities of a certificate, and its addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identities {
    domains: Vec<Box<str>>,
    addresses: Vec<IpAddr>,
}

impl Identities {
    /// Reads the subjectAltName. The subject's common name is never looked at. DNS names count only when no `sip`
    /// URI names a domain.
    pub fn of(certificate: &CertificateDer<'_>) -> Identities {
        let Ok((_, parsed)) = parse_x509_certificate(certificate) else { return Identities::default() };
        let Ok(Some(names)) = parsed.subject_alternative_name() else { return Identities::default() };
        let (mut uris, mut hosts, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
        for name in names.value.general_names.iter().take(NAMES_MAX) {
            match name {
                GeneralName::URI(uri) => uris.extend(domain_of(uri)),
                GeneralName::DNSName(host) => hosts.push(canonical(host)),
                GeneralName::IPAddress(bytes) => addresses.extend(address_of(bytes)),
                _ => {}
            }
        }
        Identities { domains: if uris.is_empty() { hosts } else { uris }, addresses }
    }

    /// The domains for which the certificate speaks, in lower case.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.domains.iter().map(|domain| &**domain)
    }

    /// Whether the certificate speaks for an address.
    pub fn has_address(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    /// Whether one of the identities is `name`, whole: wildcards and suffixes match nothing.
    pub fn holds(&self, name: &ServerName<'_>) -> bool {
        match name {
            ServerName::DnsName(name) => {
                let name = canonical(name.as_ref());
                self.domains.contains(&name)
            }
            ServerName::IpAddress(address) => self.has_address(IpAddr::from(*address)),
            _ => false,
        }
    }
}

/// The domain that a `sip` URI without a user names.
fn domain_of(uri: &str) -> Option<Box<str>> {
    let parsed = Uri::parse(uri.as_bytes()).ok()?;
    if parsed.scheme != Scheme::Sip || uri.contains('@') {
        return None;
    }
    std::str::from_utf8(parsed.host.0).ok().map(canonical)
}

fn canonical(host: &str) -> Box<str> {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase().into()
}

fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))).ok()
}

/// Most names of one certificate that are looked at.
const NAMES_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, SanType};

    fn identities(names: &[SanType]) -> Identities {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "cn.example.test");
        params.subject_alt_names = names.to_vec();
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        Identities::of(certificate.der())
    }

    fn uri(text: &str) -> SanType {
        SanType::URI(text.try_into().unwrap())
    }

    fn dns(text: &str) -> SanType {
        SanType::DnsName(text.try_into().unwrap())
    }

    fn holds(identities: &Identities, name: &str) -> bool {
        identities.holds(&ServerName::try_from(name.to_owned()).unwrap())
    }

    #[test]
    fn a_sip_uri_without_user_names_a_domain_and_silences_dns_names() {
        let both = identities(&[uri("SIP:Example.TEST"), dns("other.test")]);
        assert!(holds(&both, "example.test") && holds(&both, "EXAMPLE.test."));
        assert!(!holds(&both, "other.test"), "a DNS name counts only without any sip URI");
        let user = identities(&[
            uri("sip:alice@example.test"),
            uri("sips:a.test"),
            uri("https://b.test"),
            dns("c.test"),
        ]);
        assert_eq!(user.domains().collect::<Vec<_>>(), ["c.test"]);
    }

    #[test]
    fn the_common_name_names_nobody() {
        assert_eq!(identities(&[]), Identities::default());
        assert!(!holds(&identities(&[]), "cn.example.test"));
    }

    #[test]
    fn names_match_whole_and_wildcards_match_nothing() {
        let wild = identities(&[dns("*.example.test"), dns("example.test")]);
        assert!(holds(&wild, "example.test"));
        for name in ["a.example.test", "b.a.example.test", "xexample.test", "test"] {
            assert!(!holds(&wild, name), "{name}");
        }
    }

    #[test]
    fn an_address_matches_its_own_entry_only() {
        let own = identities(&[SanType::IpAddress("192.0.2.1".parse().unwrap()), dns("192.0.2.2")]);
        assert!(holds(&own, "192.0.2.1"));
        assert!(!holds(&own, "192.0.2.2") && !holds(&own, "192.0.2.3"));
        let v6 = identities(&[SanType::IpAddress("2001:db8::1".parse().unwrap())]);
        assert!(holds(&v6, "2001:db8::1"));
    }
}
