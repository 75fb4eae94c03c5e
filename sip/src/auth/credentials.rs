//! What a client proves: Authorization and Proxy-Authorization (RFC 3261 §20.7, RFC 7616 §3.4).

use super::algorithm::Algorithm;
use super::digest::{Ha1, HexDigest, LastRequest, Proof, Protection, same};
use super::params::{AuthFault, Param, ParamList};
use std::borrow::Cow;

/// The quality of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    /// The request line is protected.
    Auth,
    /// The request line and the body are protected.
    AuthInt,
}

impl Qop {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Qop::Auth => "auth",
            Qop::AuthInt => "auth-int",
        }
    }

    /// Finds one by its name, in any case.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        [Qop::Auth, Qop::AuthInt].into_iter().find(|q| q.as_str().as_bytes().eq_ignore_ascii_case(name))
    }
}

/// One row of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// Who claims to send the request, quotes and escapes resolved, UTF-8 by convention.
    pub username: Cow<'a, [u8]>,
    /// The protection domain.
    pub realm: Cow<'a, [u8]>,
    /// The asker's nonce.
    pub nonce: Cow<'a, [u8]>,
    /// The Request-URI as the client wrote it; it may differ from the one that arrived (RFC 8760 §2.6).
    pub uri: Cow<'a, [u8]>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The quality of protection; `None` for a client of RFC 2069.
    pub qop: Option<Qop>,
    /// The client's nonce; empty without `qop`.
    pub cnonce: Cow<'a, [u8]>,
    /// How often the nonce was used, this time included; 1 without `qop`.
    pub nonce_count: u32,
    nc: [u8; 8],
    response: HexDigest,
}

impl<'a> Credentials<'a> {
    /// Reads one row's value.
    ///
    /// # Errors
    /// The first rule that is broken; see [`AuthFault`].
    pub fn parse(value: &'a [u8]) -> Result<Self, AuthFault> {
        let mut list = ParamList::parse(value)?;
        if list.flag(Param::Userhash) {
            return Err(AuthFault::HashedUsername);
        }
        let algorithm = match list.take(Param::Algorithm) {
            None => Algorithm::DEFAULT,
            Some(name) => Algorithm::from_name(&name).ok_or(AuthFault::UnknownAlgorithm)?,
        };
        let qop = match list.take(Param::Qop) {
            None => None,
            Some(name) => Some(Qop::from_name(&name).ok_or(AuthFault::UnknownQop)?),
        };
        let (cnonce, (nc, nonce_count)) = match qop {
            None if algorithm.session => return Err(AuthFault::Missing(Param::Qop)),
            None => (Cow::Borrowed(&b""[..]), (*b"00000001", 1)),
            Some(_) => (list.require(Param::Cnonce)?, count_of(&list.require(Param::Nc)?)?),
        };
        if nonce_count == 0 {
            return Err(AuthFault::Value(Param::Nc));
        }
        let response = list.require(Param::Response)?;
        Ok(Credentials {
            username: username(&mut list)?,
            realm: list.require(Param::Realm)?,
            nonce: list.require(Param::Nonce)?,
            uri: list.require(Param::Uri)?,
            algorithm,
            qop,
            cnonce,
            nonce_count,
            nc,
            response: HexDigest::parse(algorithm.hash, &response).ok_or(AuthFault::Value(Param::Response))?,
        })
    }

    /// Where they stand in `message`, so that they need not be read again; `None` when an escape in them was resolved.
    pub fn place_in(&self, message: &[u8]) -> Option<CredentialsPlace> {
        let span = |part: &Cow<'_, [u8]>| {
            let Cow::Borrowed(part) = part else { return None };
            if part.is_empty() {
                return Some((0, 0));
            }
            let start = (part.as_ptr() as usize).checked_sub(message.as_ptr() as usize)?;
            (start + part.len() <= message.len()).then_some((start as u32, part.len() as u32))
        };
        Some(CredentialsPlace {
            username: span(&self.username)?,
            realm: span(&self.realm)?,
            nonce: span(&self.nonce)?,
            uri: span(&self.uri)?,
            cnonce: span(&self.cnonce)?,
            algorithm: self.algorithm,
            qop: self.qop,
            nonce_count: self.nonce_count,
            nc: self.nc,
            response: self.response,
        })
    }

    /// The realm of a row, for choosing the row that is meant for us before anything else in it is judged.
    pub fn realm_of(value: &[u8]) -> Option<Cow<'_, [u8]>> {
        ParamList::parse(value).ok()?.take(Param::Realm)
    }

    /// Whether the sender knows the secret: computes the proof anew and compares in constant time. `last` is what the proof
    /// before had computed of its request. A secret of another hash function proves nothing.
    pub fn prove(&self, secret: &Ha1, method: &[u8], body: &[u8], last: &mut LastRequest) -> bool {
        let proof = self.proof(secret, method, &self.uri, self.protected(body), last);
        self.is_equal(secret, &proof, self.response.as_bytes())
    }

    /// The proof that who knows this secret would have sent in these credentials.
    pub fn proof_with(&self, secret: &Ha1, method: &[u8], body: &[u8]) -> HexDigest {
        self.proof(secret, method, &self.uri, self.protected(body), &mut LastRequest::default())
    }

    /// Whether `proof` is that of the sender for a list of security mechanisms (RFC 3329 §2.2 `d-ver`): computed as the
    /// proof of the request, with the list behind the URI.
    pub fn prove_list(&self, secret: &Ha1, method: &[u8], list: &[u8], proof: &[u8]) -> bool {
        let uri = [&self.uri, &b":"[..], list].concat();
        let expected = self.proof(secret, method, &uri, None, &mut LastRequest::default());
        self.is_equal(secret, &expected, proof)
    }

    /// The body, when it is protected.
    fn protected<'b>(&self, body: &'b [u8]) -> Option<&'b [u8]> {
        (self.qop == Some(Qop::AuthInt)).then_some(body)
    }

    fn is_equal(&self, secret: &Ha1, proof: &HexDigest, shown: &[u8]) -> bool {
        secret.hash() == self.algorithm.hash && same(proof.as_bytes(), shown)
    }

    fn proof(
        &self,
        secret: &Ha1,
        method: &[u8],
        uri: &[u8],
        body: Option<&[u8]>,
        last: &mut LastRequest,
    ) -> HexDigest {
        let protection = self.qop.map(|_| Protection { nc: &self.nc, cnonce: &self.cnonce, body });
        let proof = Proof { algorithm: self.algorithm, nonce: &self.nonce, method, uri, protection };
        secret.proof(&proof, last)
    }
}

/// Where credentials stand in a message, while their secret is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialsPlace {
    username: Span,
    realm: Span,
    nonce: Span,
    uri: Span,
    cnonce: Span,
    algorithm: Algorithm,
    qop: Option<Qop>,
    nonce_count: u32,
    nc: [u8; 8],
    response: HexDigest,
}

/// Offset and length.
type Span = (u32, u32);

impl CredentialsPlace {
    /// The credentials, from a message of the same bytes.
    pub fn read<'a>(&self, message: &'a [u8]) -> Option<Credentials<'a>> {
        let part = |(start, length): Span| {
            message.get(start as usize..start as usize + length as usize).map(Cow::Borrowed)
        };
        Some(Credentials {
            username: part(self.username)?,
            realm: part(self.realm)?,
            nonce: part(self.nonce)?,
            uri: part(self.uri)?,
            algorithm: self.algorithm,
            qop: self.qop,
            cnonce: part(self.cnonce)?,
            nonce_count: self.nonce_count,
            nc: self.nc,
            response: self.response,
        })
    }
}

fn username<'a>(list: &mut ParamList<'a>) -> Result<Cow<'a, [u8]>, AuthFault> {
    match (list.take(Param::Username), list.take(Param::UsernameExtended)) {
        (Some(name), None) => Ok(name),
        (None, Some(name)) => extended(&name).map(Cow::Owned),
        (None, None) => Err(AuthFault::Missing(Param::Username)),
        (Some(_), Some(_)) => Err(AuthFault::Repeated(Param::Username)),
    }
}

/// Reads `UTF-8'language'percent-encoded` (RFC 5987 §3.2).
fn extended(value: &[u8]) -> Result<Vec<u8>, AuthFault> {
    const FAULT: AuthFault = AuthFault::Value(Param::UsernameExtended);
    let mut parts = value.splitn(3, |&b| b == b'\'');
    let (Some(charset), Some(_), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(FAULT);
    };
    if !charset.eq_ignore_ascii_case(b"UTF-8") {
        return Err(FAULT);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&b) = rest.next() {
        if b != b'%' {
            out.push(b);
            continue;
        }
        let mut digit = || (*rest.next()? as char).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(FAULT) };
        out.push((high * 16 + low) as u8);
    }
    core::str::from_utf8(&out).map_err(|_| FAULT)?;
    Ok(out)
}

/// The text of a count, and its value.
fn count_of(text: &[u8]) -> Result<([u8; 8], u32), AuthFault> {
    let nc = <[u8; 8]>::try_from(text).map_err(|_| AuthFault::Value(Param::Nc))?;
    let value = nc.iter().try_fold(0, |value, digit| Some(value << 4 | (*digit as char).to_digit(16)?));
    Ok((nc, value.ok_or(AuthFault::Value(Param::Nc))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Hash;

    fn proves(row: &str, hash: Hash, user: &str, realm: &str, password: &str, method: &str) -> bool {
        let credentials = Credentials::parse(row.as_bytes()).unwrap();
        assert_eq!((&*credentials.username, &*credentials.realm), (user.as_bytes(), realm.as_bytes()));
        let ha1 = Ha1::from_password(hash, user.as_bytes(), realm.as_bytes(), password.as_bytes());
        let wrong = Ha1::from_password(hash, user.as_bytes(), realm.as_bytes(), b"wrong");
        let last = &mut LastRequest::default();
        assert!(!credentials.prove(&wrong, method.as_bytes(), b"", last));
        assert!(!credentials.prove(&ha1, b"OTHER", b"", last));
        credentials.prove(&ha1, method.as_bytes(), b"", last)
    }

    /// The vectors of RFC 7616 §3.9.1.
    #[test]
    fn sha256_and_md5_examples_of_rfc7616() {
        for (hash, response) in [
            (Hash::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
            (Hash::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
        ] {
            let row = format!(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
                 algorithm={}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
                 cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
                hash.as_str()
            );
            assert!(proves(&row, hash, "Mufasa", "http-auth@example.org", "Circle of Life", "GET"));
        }
    }

    /// RFC 7616 §3.9.2 with the plain user name. The response printed there is SHA-512 cut short, not
    /// SHA-512/256, which has other initial values; the one expected here is OpenSSL's.
    #[test]
    fn extended_user_names_are_utf8() {
        let row = "Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm=\"api@example.org\", uri=\"/doe.json\", \
                   algorithm=SHA-512-256, nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", nc=00000001, \
                   cnonce=\"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v\", qop=auth, \
                   response=\"@@\", userhash=false";
        let row = row.replace("@@", SHA512_256_EXAMPLE);
        let user = "J\u{e4}s\u{f8}n Doe";
        assert!(proves(&row, Hash::Sha512_256, user, "api@example.org", "Secret, or not?", "GET"));
    }

    /// The example of RFC 2617 §3.5, in the form without qop too (the response of RFC 2069 clients).
    #[test]
    fn example_of_rfc2617_and_its_form_without_qop() {
        let with = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
                    nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, nc=00000001, \
                    cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", \
                    opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        assert!(proves(with, Hash::Md5, "Mufasa", "testrealm@host.com", "Circle Of Life", "GET"));
        let without = "Digest username=\"Mufasa\",realm=\"testrealm@host.com\",\
                       nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\",uri=\"/dir/index.html\",\
                       response=\"670fd8c2df070c60b045671b8b24ff02\"";
        assert!(proves(without, Hash::Md5, "Mufasa", "testrealm@host.com", "Circle Of Life", "GET"));
    }

    /// The row of RFC 3665 §2.1, whose password is not known: it is read, not proven.
    #[test]
    fn credentials_without_algorithm_mean_md5() {
        let row = b"Digest username=\"bob\", realm=\"atlanta.example.com\" nonce=\"ea9c8e88df84f1cec4341ae6cbe5a359\"";
        assert_eq!(Credentials::parse(row).map(|_| ()), Err(AuthFault::Syntax));
        let row = b"Digest username=\"bob\", realm=\"atlanta.example.com\", \
            nonce=\"ea9c8e88df84f1cec4341ae6cbe5a359\", opaque=\"\", uri=\"sips:ss2.biloxi.example.com\", \
            response=\"dfe56131d1958046689d83306477ecc1\"";
        let credentials = Credentials::parse(row).unwrap();
        assert_eq!((credentials.algorithm, credentials.qop), (Algorithm::DEFAULT, None));
    }

    #[test]
    fn auth_int_protects_the_body() {
        let ha1 = Ha1::from_password(Hash::Sha256, b"u", b"r", b"p");
        let ha2 = HexDigest::of(
            Hash::Sha256,
            &[b"REGISTER", b"sip:x", HexDigest::of(Hash::Sha256, &[b"body"]).as_bytes()],
        );
        let proof = HexDigest::of(
            Hash::Sha256,
            &[ha1.expose(), b"n", b"0000000a", b"c", b"auth-int", ha2.as_bytes()],
        );
        let row = format!(
            "Digest username=u,realm=\"r\",nonce=\"n\",uri=\"sip:x\",algorithm=SHA-256,qop=auth-int,nc=0000000a,\
             cnonce=\"c\",response=\"{}\"",
            core::str::from_utf8(proof.as_bytes()).unwrap()
        );
        let credentials = Credentials::parse(row.as_bytes()).unwrap();
        assert_eq!(credentials.nonce_count, 10);
        let last = &mut LastRequest::default();
        assert!(credentials.prove(&ha1, b"REGISTER", b"body", last));
        assert!(!credentials.prove(&ha1, b"REGISTER", b"bodY", last));
    }

    #[test]
    fn each_broken_row_has_its_fault() {
        let fault = |t: &str| Credentials::parse(t.as_bytes()).map(|_| ()).unwrap_err();
        let base = "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:x\"";
        let md5 = "0123456789abcdef0123456789abcdef";
        assert_eq!(fault("Basic dTpw"), AuthFault::Scheme);
        assert_eq!(fault(base), AuthFault::Missing(Param::Response));
        assert_eq!(fault(&format!("{base},response=\"12\"")), AuthFault::Value(Param::Response));
        let whole = format!("{base},response=\"{md5}\"");
        assert_eq!(fault(&format!("{whole},algorithm=SHA-256")), AuthFault::Value(Param::Response));
        assert_eq!(fault(&format!("{whole},algorithm=AKAv2-MD5")), AuthFault::UnknownAlgorithm);
        assert_eq!(fault(&format!("{whole},qop=secret")), AuthFault::UnknownQop);
        assert_eq!(fault(&format!("{whole},qop=auth")), AuthFault::Missing(Param::Cnonce));
        assert_eq!(fault(&format!("{whole},qop=auth,cnonce=\"c\"")), AuthFault::Missing(Param::Nc));
        for nc in ["1", "0000000g", "000000001", "00000000", "+0000001"] {
            let row = format!("{whole},qop=auth,cnonce=\"c\",nc={nc}");
            assert_eq!(fault(&row), AuthFault::Value(Param::Nc), "{nc}");
        }
        assert_eq!(fault(&format!("{whole},algorithm=MD5-sess")), AuthFault::Missing(Param::Qop));
        assert_eq!(fault(&format!("{whole},userhash=TRUE")), AuthFault::HashedUsername);
        assert_eq!(fault(&format!("{whole},username*=UTF-8''u")), AuthFault::Repeated(Param::Username));
        let star = whole.replace("username=\"u\"", "username*=@");
        for name in ["UTF-8'u", "ISO-8859-1''u", "UTF-8''%4", "UTF-8''%ff"] {
            assert_eq!(fault(&star.replace('@', name)), AuthFault::Value(Param::UsernameExtended), "{name}");
        }
    }

    const SHA512_256_EXAMPLE: &str = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";

    #[test]
    fn credentials_are_found_again_where_they_stood_unless_an_escape_was_resolved() {
        let row = |user: &str| {
            format!(
                "Authorization: Digest username=\"{user}\", realm=\"x\", nonce=\"n\", uri=\"sip:x\", \
                 response=\"{}\", qop=auth, nc=0000000a, cnonce=\"\"",
                "0".repeat(32)
            )
        };
        let (plain, escaped) = (row("alice"), row("a\\\"b"));
        let read = |row| Credentials::parse(&<str>::as_bytes(row)["Authorization: ".len()..]).unwrap();
        let place = read(&plain).place_in(plain.as_bytes()).unwrap();
        assert_eq!(place.read(plain.clone().as_bytes()), Some(read(&plain)));
        assert_eq!(place.read(&plain.as_bytes()[..40]), None);
        assert_eq!(read(&escaped).place_in(escaped.as_bytes()), None);
    }
}
