//! Globally routable user agent URIs (RFC 5627): names of one instance of a user agent.
//!
//! A public one is the address of record with the instance in its `gr` parameter: it says of itself whom it names.
//! A temporary one hides both in a token, so that nobody can tell whose it is. Nothing is kept for either; a
//! temporary one is good as long as a binding has the same start of validity ([`Binding::gruus_since`]).

use crate::location::{Aor, Binding, Domains};
use ringback_sip::auth::Vault;
use ringback_sip::entropy::Seed;
use ringback_sip::syntax::{Uri, unescape};
use ringback_sip::time::Instant;

/// Makes and reads the names of instances, the same for all workers and the next start.
#[derive(Clone, Copy, Debug)]
pub struct Gruus {
    vault: Vault,
    key: Seed,
}

/// Whom a name names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gruu {
    /// The user.
    pub aor: Aor,
    instance: Instance,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Instance {
    /// Its identifier, without quotes and brackets.
    Public(Box<[u8]>),
    /// The digest of its identifier, and since when the name is good.
    Temporary(u64, Instant),
}

impl Gruus {
    /// Under the key that workers share.
    pub fn new(shared: Seed) -> Self {
        Gruus { vault: Vault::new(shared, b"gruu"), key: shared.derive(b"instance") }
    }

    /// The public name of a binding's instance; `None` when its identifier is no URN in angle brackets.
    pub fn public(&self, aor: &Aor, binding: &Binding) -> Option<Vec<u8>> {
        let mut uri = b"sip:".to_vec();
        escape(aor.user(), USER, &mut uri);
        uri.push(b'@');
        uri.extend_from_slice(aor.domain());
        uri.extend_from_slice(b";gr=");
        escape(bare(binding.instance())?, PARAMETER, &mut uri);
        Some(uri)
    }

    /// The newest temporary name of the instance of a binding, which is the one that was refreshed last among
    /// those of its instance; `None` when the address of record is too long for a token.
    pub fn temporary(&self, aor: &Aor, binding: &Binding) -> Option<Vec<u8>> {
        let mut text = Vec::with_capacity(20 + aor.as_bytes().len());
        text.extend_from_slice(&binding.gruus_since.unix_micros().to_be_bytes());
        text.extend_from_slice(&self.digest(bare(binding.instance())?).to_be_bytes());
        text.extend_from_slice(&binding.cseq.to_be_bytes());
        text.extend_from_slice(aor.as_bytes());
        let token = self.vault.seal(&text)?;
        Some([PREFIX, token.as_bytes(), b"@", aor.domain(), b";gr"].concat())
    }

    /// Whom `uri`, which has a `gr` parameter, names in our domains; `None` when it was not made here. Whether the
    /// name is still good, the bindings tell.
    pub fn read(&self, domains: &Domains, uri: &Uri<'_>) -> Option<Gruu> {
        let value = uri.params.get(b"gr").filter(|_| uri.is_sip())?;
        if !value.is_empty() {
            let instance = Instance::Public(unescape(value).collect());
            return Some(Gruu { aor: domains.aor_of(uri)?, instance });
        }
        let main = domains.main_of(&uri.host)?;
        let text = self.vault.open(uri.user.strip_prefix(&PREFIX[4..])?)?;
        let (since, rest) = text.split_first_chunk::<8>()?;
        let (digest, rest) = rest.split_first_chunk::<8>()?;
        let (_cseq, aor) = rest.split_first_chunk::<4>()?;
        let aor = Aor::from_canonical(aor);
        if aor.domain() != &main[..] {
            return None;
        }
        let since = Instant::from_unix_micros(u64::from_be_bytes(*since));
        Some(Gruu { aor, instance: Instance::Temporary(u64::from_be_bytes(*digest), since) })
    }

    /// Whether a binding is one of the instance that a name names.
    pub fn names(&self, gruu: &Gruu, binding: &Binding) -> bool {
        let Some(instance) = bare(binding.instance()) else { return false };
        match &gruu.instance {
            Instance::Public(id) => id.eq_ignore_ascii_case(instance),
            Instance::Temporary(digest, since) => {
                binding.gruus_since == *since && self.digest(instance) == *digest
            }
        }
    }

    fn digest(&self, instance: &[u8]) -> u64 {
        self.key.hash(&instance.to_ascii_lowercase())
    }
}

impl Gruu {
    /// Whether the name is good as long as its user exists, bound or not (RFC 5627 §5.3).
    pub fn is_public(&self) -> bool {
        matches!(self.instance, Instance::Public(_))
    }
}

/// The URN of an instance identifier: `"<urn:uuid:…>"`.
fn bare(instance: &[u8]) -> Option<&[u8]> {
    let urn = instance.strip_prefix(b"\"<")?.strip_suffix(b">\"")?;
    let fits = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>');
    (urn.len() > 4 && urn.iter().all(fits)).then_some(urn)
}

/// Escapes what may not stand there: everything but letters, digits, marks and `more` (RFC 3261 §25.1).
fn escape(text: &[u8], more: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &b in text {
        if b.is_ascii_alphanumeric() || MARKS.contains(&b) || more.contains(&b) {
            out.push(b);
        } else {
            out.extend_from_slice(&[b'%', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
        }
    }
}

const PREFIX: &[u8] = b"sip:tgruu.";
const MARKS: &[u8] = b"-_.!~*'()";
const USER: &[u8] = b"&=+$,;?/";
const PARAMETER: &[u8] = b"[]/:&+$";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Parts;
    use proptest::prelude::*;
    use ringback_sip::flow::{Flow, Transport};

    const URN: &str = "\"<urn:uuid:F81D4FAE-7dec-11d0-a765-00a0c91e6bf6>\"";

    fn gruus() -> Gruus {
        Gruus::new(Seed::from_number(1))
    }

    fn domains() -> Domains {
        Domains::new().with("example.test").with_alias("192.0.2.9").with("second.test")
    }

    fn aor(text: &str) -> Aor {
        Aor::from_canonical(text.as_bytes())
    }

    fn binding(instance: &str, since: u64, cseq: u32) -> Binding {
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "198.51.100.7:5060".parse().unwrap(),
            connection: None,
            peer: None,
        };
        let parts = Parts { contact: b"sip:a@h", instance: instance.as_bytes(), ..Parts::default() };
        let mut binding = Binding::new(parts, flow).unwrap();
        (binding.gruus_since, binding.cseq) = (Instant::from_unix_secs(since), cseq);
        binding
    }

    fn read(uri: &[u8]) -> Option<Gruu> {
        gruus().read(&domains(), &Uri::parse(uri).unwrap())
    }

    #[test]
    fn a_public_name_is_the_address_of_record_with_the_instance() {
        let public = gruus().public(&aor("alice@example.test"), &binding(URN, 1, 1)).unwrap();
        assert_eq!(public, b"sip:alice@example.test;gr=urn:uuid:F81D4FAE-7dec-11d0-a765-00a0c91e6bf6");
        let odd = gruus().public(&aor("a@b c@example.test"), &binding("\"<urn:x:%=;,>\"", 1, 1)).unwrap();
        assert_eq!(odd, b"sip:a%40b%20c@example.test;gr=urn:x:%25%3D%3B%2C");
        let gruu = read(&odd).unwrap();
        assert_eq!((gruu.aor.to_string().as_str(), gruu.is_public()), ("a@b c@example.test", true));
        assert!(gruus().names(&gruu, &binding("\"<URN:x:%=;,>\"", 9, 9)));
        assert!(!gruus().names(&gruu, &binding("\"<urn:x:%=;>\"", 1, 1)));
        for none in ["", "urn:x:y", "\"urn:x:y\"", "\"<urn>\"", "\"<urn:\u{e9}>\""] {
            assert_eq!(gruus().public(&aor("a@example.test"), &binding(none, 1, 1)), None, "{none}");
        }
    }

    #[test]
    fn a_temporary_name_hides_its_user_and_is_good_for_its_time() {
        let alice = aor("alice@example.test");
        let name = gruus().temporary(&alice, &binding(URN, 1, 1)).unwrap();
        let text = String::from_utf8(name.clone()).unwrap();
        assert!(text.starts_with("sip:tgruu.") && text.ends_with("@example.test;gr"), "{text}");
        assert!(!text.contains("alice") && !text.contains("uuid"));
        let gruu = read(&name).unwrap();
        assert_eq!((&gruu.aor, gruu.is_public()), (&alice, false));
        assert!(gruus().names(&gruu, &binding(URN, 1, 99)), "as long as the time of validity is the same");
        assert!(!gruus().names(&gruu, &binding(URN, 2, 1)));
        assert!(!gruus().names(&gruu, &binding("\"<urn:uuid:other>\"", 1, 1)));
        assert_ne!(
            gruus().temporary(&alice, &binding(URN, 1, 2)).unwrap(),
            name,
            "each REGISTER makes a new one"
        );
    }

    #[test]
    fn names_that_were_not_made_here_name_nobody() {
        for uri in [
            "sip:alice@example.test;gr",
            "sip:tgruu.@example.test;gr",
            "sip:tgruu.AAAA@example.test;gr",
            "sip:alice@elsewhere.test;gr=urn:x:y",
            "sip:example.test;gr=urn:x:y",
        ] {
            assert_eq!(read(uri.as_bytes()), None, "{uri}");
        }
        let name = gruus().temporary(&aor("alice@example.test"), &binding(URN, 1, 1)).unwrap();
        let other = String::from_utf8(name).unwrap().replace("@example.test", "@second.test");
        assert_eq!(read(other.as_bytes()), None, "each domain has its own");
    }

    proptest! {
        #[test]
        fn every_user_is_found_again_by_both_names(user in "[ -~]{1,40}", cseq: u32, since in 0..1_u64 << 40) {
            let (alice, binding) = (aor(&format!("{user}@example.test")), binding(URN, since, cseq));
            let (public, temporary) = (gruus().public(&alice, &binding), gruus().temporary(&alice, &binding));
            for name in [public.unwrap(), temporary.unwrap()] {
                let gruu = read(&name).unwrap();
                prop_assert!(gruus().names(&gruu, &binding));
                prop_assert_eq!(gruu.aor, alice.clone());
            }
        }
    }
}
