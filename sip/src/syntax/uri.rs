//! SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966) and their equality (§19.1.4).

use super::address::Params;
use super::scan::{Stop, find, trim};
use super::via::{parse_ip, split_host_port};
use core::net::IpAddr;

/// The scheme of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme<'a> {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other.
    Other(&'a [u8]),
}

/// The host of a URI, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host<'a>(pub &'a [u8]);

impl<'a> Host<'a> {
    /// The address, when the host is numeric.
    pub fn ip(&self) -> Option<IpAddr> {
        parse_ip(self.0)
    }

    /// The host without the dot of the root, which names the same (RFC 1034 §3.1).
    pub fn name(&self) -> &'a [u8] {
        match self.0 {
            [name @ .., b'.'] if !name.is_empty() => name,
            name => name,
        }
    }

    /// Equality without case and without the dot of the root; numeric addresses by their value (RFC 5954 §4.2).
    pub fn equals(&self, other: &Host<'_>) -> bool {
        match (self.ip(), other.ip()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.name().eq_ignore_ascii_case(other.name()),
            _ => false,
        }
    }
}

/// A URI in its parts; every part as it came, escapes unresolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// The whole URI.
    pub raw: &'a [u8],
    /// The scheme.
    pub scheme: Scheme<'a>,
    /// The user part; for tel the number; empty when absent.
    pub user: &'a [u8],
    /// The password, which nobody should use.
    pub password: Option<&'a [u8]>,
    /// The host; empty for tel and other schemes.
    pub host: Host<'a>,
    /// The port, when it is named.
    pub port: Option<u16>,
    /// The URI's parameters.
    pub params: Params<'a>,
    /// What follows `?`: header fields for a request to this URI.
    pub headers: &'a [u8],
}

/// Why a URI is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UriError {
    /// There is no scheme.
    NoScheme,
    /// White space, control characters or brackets stand inside.
    Character,
    /// The host is absent or broken.
    Host,
    /// A `%` is not followed by two hexadecimal digits.
    Escape,
    /// The telephone number is empty or has other characters than its grammar allows.
    Number,
}

/// Whether a URI's scheme is `sips`, whatever else is wrong with it.
pub fn is_sips(raw: &[u8]) -> bool {
    raw.len() > 5 && raw[..5].eq_ignore_ascii_case(b"sips:")
}

impl<'a> Uri<'a> {
    /// Parses a URI without its surrounding brackets. Schemes other than sip, sips and tel are kept whole.
    ///
    /// # Errors
    /// See [`UriError`].
    pub fn parse(raw: &'a [u8]) -> Result<Self, UriError> {
        if let Some(rest) = raw.strip_prefix(b"sip:") {
            return Self::parse_sip(raw, Scheme::Sip, rest);
        }
        let colon = memchr::memchr(b':', raw).ok_or(UriError::NoScheme)?;
        let (name, rest) = (&raw[..colon], &raw[colon + 1..]);
        if !name.first().is_some_and(u8::is_ascii_alphabetic)
            || !name.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            return Err(UriError::NoScheme);
        }
        let scheme = match name {
            n if n.eq_ignore_ascii_case(b"sip") => Scheme::Sip,
            n if n.eq_ignore_ascii_case(b"sips") => Scheme::Sips,
            n if n.eq_ignore_ascii_case(b"tel") => Scheme::Tel,
            n => Scheme::Other(n),
        };
        match scheme {
            Scheme::Sip | Scheme::Sips => Self::parse_sip(raw, scheme, rest),
            _ if rest.iter().any(|&b| is_forbidden(b)) => Err(UriError::Character),
            Scheme::Tel => Self::parse_tel(raw, rest),
            Scheme::Other(_) => Ok(Self::opaque(raw, scheme, b"", Params::default())),
        }
    }

    fn parse_sip(raw: &'a [u8], scheme: Scheme<'a>, rest: &'a [u8]) -> Result<Self, UriError> {
        // The first of each: what separates inside a user part does not count.
        let (mut at, mut colon, mut semicolon, mut question) = (None, None, None, None);
        let (mut escaped, mut escapes_are_whole) = (false, true);
        let mut next = 0;
        while let Some(stop) = find(&rest[next..], Stop::Uri) {
            let i = next + stop;
            next = i + 1;
            match rest[i] {
                b'@' if at.is_none() => {
                    at = Some((i, colon));
                    (colon, semicolon, question) = (None, None, None);
                }
                b':' => colon = colon.or(Some(i)),
                b';' => semicolon = semicolon.or(Some(i)),
                b'?' => question = question.or(Some(i)),
                b'%' => {
                    escaped = true;
                    escapes_are_whole &= rest.get(next..next + 2).and_then(hex_pair).is_some();
                }
                b'@' => {}
                _ => return Err(UriError::Character),
            }
        }
        if !escapes_are_whole {
            return Err(UriError::Escape);
        }
        let (user, password, begin) = match at {
            Some((0, _)) => return Err(UriError::Host),
            Some((at, Some(colon))) => (&rest[..colon], Some(&rest[colon + 1..at]), at + 1),
            Some((at, None)) => (&rest[..at], None, at + 1),
            None => (&rest[..0], None, 0),
        };
        let end = question.unwrap_or(rest.len());
        let headers = rest.get(end + 1..).unwrap_or_default();
        let semicolon = semicolon.filter(|s| *s < end).unwrap_or(end);
        let rest = &rest[..end];
        let (host, port) = split_host_port(&rest[begin..semicolon]).ok_or(UriError::Host)?;
        if (escaped && host.contains(&b'%')) || (host[0] == b'[' && parse_ip(host).is_none()) {
            return Err(UriError::Host);
        }
        let params = Params::new(&rest[semicolon..]);
        Ok(Uri { raw, scheme, user, password, host: Host(host), port, params, headers })
    }

    fn parse_tel(raw: &'a [u8], rest: &'a [u8]) -> Result<Self, UriError> {
        let semicolon = memchr::memchr(b';', rest).unwrap_or(rest.len());
        let number = &rest[..semicolon];
        let digits = number.strip_prefix(b"+").unwrap_or(number);
        let local = number.len() == digits.len();
        let allowed = |b: &u8| {
            b.is_ascii_digit()
                || matches!(b, b'-' | b'.' | b'(' | b')')
                || (local && matches!(b, b'*' | b'#' | b'A'..=b'F' | b'a'..=b'f'))
        };
        if !digits.iter().any(u8::is_ascii_hexdigit) && !local
            || digits.is_empty()
            || !digits.iter().all(allowed)
        {
            return Err(UriError::Number);
        }
        Ok(Self::opaque(raw, Scheme::Tel, number, Params::new(&rest[semicolon..])))
    }

    fn opaque(raw: &'a [u8], scheme: Scheme<'a>, user: &'a [u8], params: Params<'a>) -> Self {
        Uri { raw, scheme, user, password: None, host: Host(b""), port: None, params, headers: b"" }
    }

    /// Whether the scheme is sip or sips.
    pub fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// Whether it has the `lr` parameter: a loose router (RFC 3261 §19.1.1).
    pub fn is_loose_router(&self) -> bool {
        self.params.has(b"lr")
    }

    /// The user part with its escapes resolved.
    pub fn user_unescaped(&self) -> Vec<u8> {
        unescape(self.user).collect()
    }

    /// The canonical form under which a registrar keeps an address of record: scheme, parameters, password,
    /// port and headers dropped, escapes resolved, host in lower case and without the dot of the root (RFC 3261 §10.3
    /// step 5).
    /// For tel it is the number without visual separators.
    pub fn address_of_record(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.user.len() + self.host.0.len() + 1);
        if self.scheme == Scheme::Tel {
            key.extend(digits(self.user));
            return key;
        }
        if !self.user.is_empty() {
            key.extend(unescape(self.user));
            key.push(b'@');
        }
        key.extend(self.host.name().iter().map(u8::to_ascii_lowercase));
        key
    }

    /// Equality by the rules of RFC 3261 §19.1.4; it is not transitive.
    pub fn equals(&self, other: &Uri<'_>) -> bool {
        // Also when a parameter occurs twice, which has no meaning.
        if self.raw == other.raw {
            return true;
        }
        match (self.scheme, other.scheme) {
            (Scheme::Sip, Scheme::Sip) | (Scheme::Sips, Scheme::Sips) => self.equals_sip(other),
            (Scheme::Tel, Scheme::Tel) => {
                self.address_of_record().eq_ignore_ascii_case(&other.address_of_record())
                    && params_agree(self, other)
                    && params_agree(other, self)
            }
            _ => self.raw == other.raw,
        }
    }

    fn equals_sip(&self, other: &Uri<'_>) -> bool {
        let same = |a: &[u8], b: &[u8]| a == b || unescape(a).eq(unescape(b));
        let passwords = match (self.password, other.password) {
            (None, None) => true,
            (Some(a), Some(b)) => same(a, b),
            _ => false,
        };
        same(self.user, other.user)
            && passwords
            && self.host.equals(&other.host)
            && self.port == other.port
            && params_agree(self, other)
            && params_agree(other, self)
            && headers_match(self.headers, other.headers)
            && headers_match(other.headers, self.headers)
    }
}

/// Whether each parameter of `a` agrees with `b`: equal when both have it; and when only `a` has it, it is not
/// one of those that must not be missing (for tel: any).
fn params_agree(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    const BINDING: [&[u8]; 5] = [b"user", b"ttl", b"method", b"maddr", b"transport"];
    a.params.iter().all(|(name, value)| match b.params.get(name) {
        // A phone-context that is a number has visual separators too (RFC 3966 §4).
        Some(other) if a.scheme == Scheme::Tel && other.starts_with(b"+") => {
            digits(value.unwrap_or_default()).eq(digits(other))
        }
        Some(other) => unescape_lower(value.unwrap_or_default()).eq(unescape_lower(other)),
        None => a.scheme != Scheme::Tel && !BINDING.iter().any(|n| n.eq_ignore_ascii_case(name)),
    })
}

/// A telephone number without its visual separators (RFC 3966 §5.1.1).
fn digits(number: &[u8]) -> impl Iterator<Item = u8> + '_ {
    number.iter().copied().filter(|b| !matches!(b, b'-' | b'.' | b'(' | b')'))
}

/// Whether each header of `a` stands in `b` with an equal value.
fn headers_match(a: &[u8], b: &[u8]) -> bool {
    let items = |h| <[u8]>::split(h, |&c| c == b'&').filter(|i| !i.is_empty());
    items(a).all(|x| items(b).any(|y| header_equals(x, y)))
}

fn header_equals(a: &[u8], b: &[u8]) -> bool {
    let split = |h: &[u8]| memchr::memchr(b'=', h).unwrap_or(h.len());
    let (sa, sb) = (split(a), split(b));
    unescape_lower(&a[..sa]).eq(unescape_lower(&b[..sb])) && unescape(&a[sa..]).eq(unescape(&b[sb..]))
}

fn unescape_lower(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    unescape(trim(text)).map(|b| b.to_ascii_lowercase())
}

/// The bytes with `%xx` resolved; a broken escape stays as it is.
pub fn unescape(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut i = 0;
    core::iter::from_fn(move || {
        let b = *text.get(i)?;
        if b == b'%'
            && let Some(value) = text.get(i + 1..i + 3).and_then(hex_pair)
        {
            i += 3;
            return Some(value);
        }
        i += 1;
        Some(b)
    })
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| (b as char).to_digit(16);
    Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)
}

/// White space, control characters, brackets and quotes.
fn is_forbidden(b: u8) -> bool {
    b <= b' ' || matches!(b, 0x7f | b'<' | b'>' | b'"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(a: &str, b: &str) -> bool {
        let (a, b) = (Uri::parse(a.as_bytes()).unwrap(), Uri::parse(b.as_bytes()).unwrap());
        assert_eq!(a.equals(&b), b.equals(&a), "symmetry");
        a.equals(&b)
    }

    #[test]
    fn parts_of_a_full_uri() {
        let raw = b"sips:a%6Cice;day=tue:pw@[2001:db8::1]:5061;transport=tcp;lr?Subject=x&b=c";
        let u = Uri::parse(raw).unwrap();
        assert_eq!((u.scheme, u.user, u.password), (Scheme::Sips, &b"a%6Cice;day=tue"[..], Some(&b"pw"[..])));
        assert_eq!((u.host.0, u.port, u.headers), (&b"[2001:db8::1]"[..], Some(5061), &b"Subject=x&b=c"[..]));
        assert!(u.is_loose_router());
        assert_eq!(u.address_of_record(), b"alice;day=tue@[2001:db8::1]");
        let rooted = Uri::parse(b"sip:alice@EXAMPLE.test.:5060").unwrap();
        assert_eq!((rooted.host.0, rooted.host.name()), (&b"EXAMPLE.test."[..], &b"EXAMPLE.test"[..]));
        assert_eq!(rooted.address_of_record(), b"alice@example.test");
        assert!(rooted.equals(&Uri::parse(b"sip:alice@example.test:5060").unwrap()));
        assert_eq!([Host(b".").name(), Host(b"").name()], [&b"."[..], b""]);
    }

    #[test]
    fn equal_uris_of_section_19_1_4() {
        assert!(equal("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"));
        assert!(equal("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
        assert!(equal("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"));
        assert!(!equal("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
        assert!(equal(
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
        ));
        assert!(equal(
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
        ));
        assert!(equal("sip:x@[2001:db8::1]", "sip:x@[2001:DB8:0::1]"));
    }

    // Found by fuzzing.
    #[test]
    fn uri_with_a_parameter_twice_equals_itself() {
        assert!(equal("sip:a@b;x=1;x=2", "sip:a@b;x=1;x=2"));
    }

    #[test]
    fn unequal_uris_of_section_19_1_4() {
        for (a, b) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:a@b", "sips:a@b"),
        ] {
            assert!(!equal(a, b), "{a} {b}");
        }
    }

    #[test]
    fn telephone_numbers_are_equal_without_their_separators() {
        assert!(equal("tel:+1-201-555-0123", "TEL:+1(201)555.0123"));
        assert!(equal("tel:0123;phone-context=+1-20", "tel:0123;phone-context=+(12)0"));
        assert!(equal("tel:0123;phone-context=EXAMPLE.test", "tel:01-23;Phone-Context=example.test"));
        for (a, b) in [
            ("tel:+12015550123", "tel:12015550123"),
            ("tel:+12015550123", "tel:+12015550123;ext=1"),
            ("tel:0123;phone-context=+1", "tel:0123;phone-context=+2"),
        ] {
            assert!(!equal(a, b), "{a} {b}");
        }
    }

    #[test]
    fn broken_uris_are_refused() {
        let error = |t: &str| Uri::parse(t.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(error("nothing"), UriError::NoScheme);
        assert_eq!(error("sip:"), UriError::Host);
        assert_eq!(error("sip:a b@c"), UriError::Character);
        assert_eq!(error("sip:a%4@c"), UriError::Escape);
        assert_eq!(error("sip:a@[::1"), UriError::Host);
        assert_eq!(error("sip:a@b:70000"), UriError::Host);
        assert_eq!(error("tel:"), UriError::Number);
        assert_eq!(error("tel:+12x"), UriError::Number);
        assert!(Uri::parse(b"tel:+1-201-555-0123;phone-context=x").is_ok());
        assert!(Uri::parse(b"nobodyKnowsThisScheme:totallyopaquecontent").is_ok());
    }
}
