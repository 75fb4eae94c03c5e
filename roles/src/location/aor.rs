//! Addresses of record and the domains that we serve.

use core::fmt;
use core::net::IpAddr;
use ringback_sip::syntax::{Host, Uri};
use std::sync::Arc;

/// An address of record in its canonical form, `user@domain`: without scheme, parameters and port, escapes
/// resolved, the domain in lower case, without the dot of the root and by its main name (RFC 3261 §10.3 step 5).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aor(Box<[u8]>);

impl Aor {
    /// Takes a canonical form as a store keeps it.
    pub fn from_canonical(text: &[u8]) -> Self {
        Aor(text.into())
    }

    /// The user of a domain, both in their canonical forms.
    pub fn of_user(user: &[u8], domain: &[u8]) -> Self {
        let mut text = Vec::with_capacity(user.len() + 1 + domain.len());
        text.extend_from_slice(user);
        text.push(b'@');
        text.extend_from_slice(domain);
        Aor(text.into())
    }

    /// The canonical form.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The user part.
    pub fn user(&self) -> &[u8] {
        &self.0[..self.at()]
    }

    /// The domain.
    pub fn domain(&self) -> &[u8] {
        self.0.get(self.at() + 1..).unwrap_or_default()
    }

    /// The last `@`: an unescaped user part may hold one, a domain never does.
    fn at(&self) -> usize {
        self.0.iter().rposition(|&b| b == b'@').unwrap_or(self.0.len())
    }
}

/// Hashes as its bytes do.
impl core::hash::Hash for Aor {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

impl fmt::Display for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aor({self})")
    }
}

/// The domains that are ours. Each has a main name; other names, numeric addresses among them, mean the same
/// domain.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Domains {
    names: Vec<Name>,
    mains: Vec<Arc<[u8]>>,
}

/// A copy shares nothing: workers that counted one name's users together would wait for each other at every request.
impl Clone for Domains {
    fn clone(&self) -> Self {
        let mains = self.mains.iter().map(|main| Arc::from(&**main)).collect();
        Domains { names: self.names.clone(), mains }
    }
}

/// A name in lower case, the address when it is one, and the position of its domain in `mains`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    text: Box<[u8]>,
    ip: Option<IpAddr>,
    main: usize,
}

impl Domains {
    /// No domain.
    pub fn new() -> Self {
        Domains::default()
    }

    /// Adds a domain by its main name.
    #[must_use]
    pub fn with(mut self, main: &str) -> Self {
        self.mains.push(Host(main.as_bytes()).name().to_ascii_lowercase().into());
        self.with_alias(main)
    }

    /// Adds another name of the domain that was added last (an IPv6 address in brackets, as a URI has it).
    /// Without a domain before, it becomes one.
    #[must_use]
    pub fn with_alias(mut self, name: &str) -> Self {
        match self.mains.len().checked_sub(1) {
            Some(main) => {
                let text: Box<[u8]> = Host(name.as_bytes()).name().to_ascii_lowercase().into();
                let ip = Host(&text).ip();
                self.names.push(Name { text, ip, main });
                self
            }
            None => self.with(name),
        }
    }

    /// The main names, in the order in which they were added.
    pub fn mains(&self) -> impl Iterator<Item = &[u8]> {
        self.mains.iter().map(|m| &**m)
    }

    /// The main name of the domain that `host` names, when it is ours.
    pub fn main_of(&self, host: &Host<'_>) -> Option<&Arc<[u8]>> {
        // Nearly always it is spelled as here, and the first one.
        let text = host.name();
        let exact = self.names.iter().find(|name| *name.text == *text);
        let named = || self.names.iter().find(|name| name.text.eq_ignore_ascii_case(text));
        let found = exact.or_else(named).or_else(|| {
            // The same address may be spelled in several ways; a name of letters is not looked at twice.
            host.0.first().filter(|b| b.is_ascii_digit() || **b == b'[')?;
            let ip = host.ip()?;
            self.names.iter().find(|name| name.ip == Some(ip))
        });
        found.map(|name| &self.mains[name.main])
    }

    /// The address of record that `uri` names, when it is a sip or sips URI of a domain of ours with a user part.
    pub fn aor_of(&self, uri: &Uri<'_>) -> Option<Aor> {
        if !uri.is_sip() || uri.user.is_empty() {
            return None;
        }
        let main = self.main_of(&uri.host)?;
        Some(match uri.user.contains(&b'%') {
            false => Aor::of_user(uri.user, main),
            true => Aor::of_user(&uri.user_unescaped(), main),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains() -> Domains {
        Domains::new().with("localhost").with_alias("127.0.0.1").with_alias("[::1]").with("Example.TEST")
    }

    fn aor(uri: &str) -> Option<String> {
        domains().aor_of(&Uri::parse(uri.as_bytes()).unwrap()).map(|a| a.to_string())
    }

    #[test]
    fn canonical_forms_of_one_address_of_record_are_the_same() {
        for uri in [
            "sip:alice@example.test",
            "sips:alice@EXAMPLE.test:5071;transport=tcp;user=phone?Subject=x",
            "sip:%61lice@example.test",
            "sip:alice@EXAMPLE.test.",
            "sip:alice@example.test.:5060;transport=tcp",
            "sip:alice:secret@example.test",
        ] {
            assert_eq!(aor(uri).as_deref(), Some("alice@example.test"), "{uri}");
        }
        assert_eq!(aor("sip:alice@example.test.."), None, "the root has one dot");
        assert_eq!(aor("sip:Alice@example.test").as_deref(), Some("Alice@example.test"), "users have case");
        assert_eq!(aor("sip:a%40b@example.test").as_deref(), Some("a@b@example.test"));
        assert_eq!(Aor::from_canonical(b"a@b@example.test").domain(), b"example.test");
    }

    #[test]
    fn aliases_lead_to_the_main_name_and_strangers_to_none() {
        for host in ["localhost", "127.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]:5060"] {
            assert_eq!(aor(&format!("sip:alice@{host}")).as_deref(), Some("alice@localhost"), "{host}");
        }
        for uri in
            ["sip:alice@elsewhere.test", "sip:example.test", "tel:+31201234567", "mailto:a@example.test"]
        {
            assert_eq!(aor(uri), None, "{uri}");
        }
    }
}
