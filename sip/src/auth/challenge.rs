//! What a server asks: WWW-Authenticate and Proxy-Authenticate (RFC 3261 §20.44, RFC 7616 §3.3), and how a client
//! answers it (RFC 8760 §2.4).

use super::algorithm::{Algorithm, Hash};
use super::credentials::Qop;
use super::digest::{Ha1, HexDigest, LastRequest, Proof, Protection};
use super::params::{AuthFault, Param, ParamList, write_quoted};
use crate::syntax::split_commas;
use std::borrow::Cow;
use std::io::Write;

/// Which qualities of protection a challenge offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Qops {
    /// The challenge names any at all; a server of RFC 2069 names none.
    pub named: bool,
    /// `auth` is among them.
    pub auth: bool,
    /// `auth-int` is among them.
    pub auth_int: bool,
}

impl Qops {
    /// What we ask for: `auth`.
    pub const AUTH: Qops = Qops { named: true, auth: true, auth_int: false };

    fn parse(value: &[u8]) -> Self {
        let mut qops = Qops { named: true, ..Qops::default() };
        for name in split_commas(value) {
            match Qop::from_name(name) {
                Some(Qop::Auth) => qops.auth = true,
                Some(Qop::AuthInt) => qops.auth_int = true,
                None => {}
            }
        }
        qops
    }
}

/// One challenge; it stands in a row of its own, for commas would merge it with the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The protection domain.
    pub realm: Cow<'a, [u8]>,
    /// The nonce.
    pub nonce: Cow<'a, [u8]>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The qualities of protection.
    pub qops: Qops,
    /// What must come back unchanged.
    pub opaque: Option<Cow<'a, [u8]>>,
    /// The secret was right, only the nonce was out of date.
    pub stale: bool,
}

/// What a client adds to a challenge to answer it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The user name.
    pub user: &'a [u8],
    /// The secret, of the challenge's hash function.
    pub secret: &'a Ha1,
    /// The method of the request.
    pub method: &'a [u8],
    /// The Request-URI of the request.
    pub uri: &'a [u8],
    /// The body of the request.
    pub body: &'a [u8],
    /// How often the nonce was used, this time included.
    pub nonce_count: u32,
    /// A nonce of the client's own.
    pub cnonce: &'a [u8],
}

impl<'a> Challenge<'a> {
    /// A challenge as our servers send it.
    pub fn ours(realm: &'a [u8], nonce: &'a [u8], hash: Hash, stale: bool) -> Self {
        Challenge {
            realm: realm.into(),
            nonce: nonce.into(),
            algorithm: hash.into(),
            qops: Qops::AUTH,
            opaque: None,
            stale,
        }
    }

    /// Reads one row's value.
    ///
    /// # Errors
    /// The first rule that is broken, or that makes the challenge one that we cannot answer.
    pub fn parse(value: &'a [u8]) -> Result<Self, AuthFault> {
        let mut list = ParamList::parse(value)?;
        let algorithm = match list.take(Param::Algorithm) {
            None => Algorithm::DEFAULT,
            Some(name) => Algorithm::from_name(&name).ok_or(AuthFault::UnknownAlgorithm)?,
        };
        let qops = list.take(Param::Qop).map(|v| Qops::parse(&v)).unwrap_or_default();
        if qops.named && !qops.auth && !qops.auth_int {
            return Err(AuthFault::UnknownQop);
        }
        Ok(Challenge {
            realm: list.require(Param::Realm)?,
            nonce: list.require(Param::Nonce)?,
            algorithm,
            qops,
            opaque: list.take(Param::Opaque),
            stale: list.flag(Param::Stale),
        })
    }

    /// The challenges to answer: for each realm the topmost one that we understand (RFC 8760 §2.4). The rest is
    /// skipped.
    pub fn topmost(rows: impl Iterator<Item = &'a [u8]>) -> Vec<Self> {
        let mut chosen: Vec<Self> = Vec::new();
        for challenge in rows.filter_map(|row| Challenge::parse(row).ok()) {
            if chosen.len() < REALMS_MAX && chosen.iter().all(|c| c.realm != challenge.realm) {
                chosen.push(challenge);
            }
        }
        chosen
    }

    /// Writes the value of a row. Old clients know nothing of `charset`, so MD5 rows go without it.
    pub fn write(&self) -> Vec<u8> {
        let mut out = self.start();
        self.write_end(&mut out);
        out
    }

    /// Writes the values of rows that differ in the hash function alone, and gives each to `row`.
    pub fn write_each(mut self, hashes: impl Iterator<Item = Hash>, mut row: impl FnMut(&[u8])) {
        let mut out = self.start();
        let end = out.len();
        for hash in hashes {
            self.algorithm = hash.into();
            out.truncate(end);
            self.write_end(&mut out);
            row(&out);
        }
    }

    /// What stands before the algorithm, with room for the rest.
    fn start(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128 + self.realm.len() + self.nonce.len());
        out.extend_from_slice(b"Digest ");
        write_quoted(&mut out, "realm", &self.realm);
        write_quoted(&mut out, ", nonce", &self.nonce);
        if let Some(opaque) = &self.opaque {
            write_quoted(&mut out, ", opaque", opaque);
        }
        out
    }

    fn write_end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b", algorithm=");
        out.extend_from_slice(self.algorithm.hash.as_str().as_bytes());
        out.extend_from_slice(if self.algorithm.session { b"-sess" } else { b"" });
        let qop = match self.qops {
            Qops { auth: true, auth_int: true, .. } => ", qop=\"auth,auth-int\"",
            Qops { auth: true, .. } => ", qop=\"auth\"",
            Qops { auth_int: true, .. } => ", qop=\"auth-int\"",
            _ => "",
        };
        out.extend_from_slice(qop.as_bytes());
        if self.stale {
            out.extend_from_slice(b", stale=true");
        }
        if self.algorithm.hash != Hash::Md5 {
            out.extend_from_slice(b", charset=UTF-8");
        }
    }

    /// Writes the credentials that answer this challenge: the value of an Authorization or Proxy-Authorization
    /// row. The weakest offered protection that suffices is used: `auth` before `auth-int`. A server that names
    /// none gets none with MD5, and `auth` with the newer algorithms (RFC 8760 §2.6).
    pub fn answer(&self, answer: &Answer<'_>) -> Vec<u8> {
        let qop = self.qop();
        let nc = format!("{:08x}", answer.nonce_count);
        let proof = self.proof(answer, answer.uri, (qop == Some(Qop::AuthInt)).then_some(answer.body));
        let mut out = Vec::with_capacity(256 + self.realm.len() + self.nonce.len() + answer.uri.len());
        out.extend_from_slice(b"Digest ");
        write_quoted(&mut out, "username", answer.user);
        write_quoted(&mut out, ", realm", &self.realm);
        write_quoted(&mut out, ", nonce", &self.nonce);
        write_quoted(&mut out, ", uri", answer.uri);
        write_quoted(&mut out, ", response", proof.as_bytes());
        let _ = write!(out, ", algorithm={}", self.algorithm);
        if let Some(qop) = qop {
            write_quoted(&mut out, ", cnonce", answer.cnonce);
            let _ = write!(out, ", qop={}, nc={nc}", qop.as_str());
        }
        if let Some(opaque) = &self.opaque {
            write_quoted(&mut out, ", opaque", opaque);
        }
        out
    }

    /// The proof over a list of security mechanisms that goes with [`Challenge::answer`] (RFC 3329 §2.2 `d-ver`).
    pub fn prove_list(&self, answer: &Answer<'_>, list: &[u8]) -> String {
        let proof = self.proof(answer, &[answer.uri, b":", list].concat(), None);
        String::from_utf8_lossy(proof.as_bytes()).into_owned()
    }

    fn qop(&self) -> Option<Qop> {
        match self.qops {
            Qops { auth: true, .. } => Some(Qop::Auth),
            Qops { auth_int: true, .. } => Some(Qop::AuthInt),
            _ if self.algorithm == Algorithm::DEFAULT => None,
            _ => Some(Qop::Auth),
        }
    }

    fn proof(&self, answer: &Answer<'_>, uri: &[u8], body: Option<&[u8]>) -> HexDigest {
        let nc = format!("{:08x}", answer.nonce_count);
        let protection = self.qop().map(|_| Protection { nc: nc.as_bytes(), cnonce: answer.cnonce, body });
        let (algorithm, nonce, method) = (self.algorithm, &self.nonce, answer.method);
        let proof = Proof { algorithm, nonce, method, uri, protection };
        answer.secret.proof(&proof, &mut LastRequest::default())
    }

    /// The secret that answers this challenge, made from a password.
    pub fn secret_of(&self, user: &[u8], password: &[u8]) -> Ha1 {
        Ha1::from_password(self.algorithm.hash, user, &self.realm, password)
    }
}

/// Most realms whose challenges are answered in one request.
const REALMS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Credentials;

    fn answer_to(challenge: &Challenge<'_>, user: &str, body: &[u8]) -> Vec<u8> {
        let secret = challenge.secret_of(user.as_bytes(), b"open sesame");
        challenge.answer(&Answer {
            user: user.as_bytes(),
            secret: &secret,
            method: b"REGISTER",
            uri: b"sip:biloxi.com",
            body,
            nonce_count: 31,
            cnonce: b"mine",
        })
    }

    #[test]
    fn every_algorithm_and_protection_is_answered_so_that_the_server_agrees() {
        for name in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"] {
            for qop in ["", ", qop=\"auth\"", ", qop=\"auth-int\"", ", qop=\"auth-int, auth\""] {
                let row = format!("Digest realm=\"biloxi.com\", nonce=\"abc\", algorithm={name}{qop}");
                let challenge = Challenge::parse(row.as_bytes()).unwrap();
                let row = answer_to(&challenge, "b\"ob\\", b"body");
                let credentials = Credentials::parse(&row).unwrap();
                assert_eq!(&*credentials.username, b"b\"ob\\");
                assert_eq!(credentials.nonce_count, if credentials.qop.is_some() { 31 } else { 1 });
                let secret = challenge.secret_of(b"b\"ob\\", b"open sesame");
                let last = &mut LastRequest::default();
                assert!(credentials.prove(&secret, b"REGISTER", b"body", last), "{name} {qop}");
                let wrong = challenge.secret_of(b"b\"ob\\", b"open says me");
                assert!(!credentials.prove(&wrong, b"REGISTER", b"body", last));
                let other = Hash::ALL.into_iter().find(|h| *h != challenge.algorithm.hash).unwrap();
                let other = Ha1::from_password(other, b"b\"ob\\", b"biloxi.com", b"open sesame");
                assert!(!credentials.prove(&other, b"REGISTER", b"body", last));
            }
        }
    }

    #[test]
    fn old_servers_get_no_qop_and_new_ones_always() {
        let text = |row: &str| {
            let challenge = Challenge::parse(row.as_bytes()).unwrap();
            String::from_utf8(answer_to(&challenge, "bob", b"")).unwrap()
        };
        assert!(!text("Digest realm=\"r\", nonce=\"n\"").contains("qop"));
        let new = text("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, opaque=\"o\"");
        assert!(new.contains("qop=auth, nc=0000001f") && new.contains("opaque=\"o\""), "{new}");
        assert!(new.contains("uri=\"sip:biloxi.com\"") && new.contains("algorithm=SHA-256,"), "{new}");
    }

    #[test]
    fn the_topmost_understood_challenge_of_each_realm_is_chosen() {
        let rows: [&[u8]; 6] = [
            b"Basic realm=\"a\"",
            b"Digest realm=\"a\", nonce=\"1\", algorithm=SHA3-256, qop=\"auth\"",
            b"Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256, qop=\"auth\"",
            b"Digest realm=\"a\", nonce=\"3\", algorithm=MD5, qop=\"auth\"",
            b"Digest realm=\"b\", nonce=\"4\", qop=\"secret\"",
            b"Digest realm=\"b\", nonce=\"5\", qop=\"auth\", stale=TRUE",
        ];
        let chosen = Challenge::topmost(rows.into_iter());
        let nonces: Vec<_> = chosen.iter().map(|c| &*c.nonce).collect();
        assert_eq!(nonces, [b"2", b"5"]);
        assert!(!chosen[0].stale && chosen[1].stale);
    }

    #[test]
    fn a_challenge_of_ours_reads_back_and_always_has_a_qop() {
        for hash in Hash::ALL {
            let ours = Challenge::ours(b"ex\"ample", b"nonce", hash, true);
            let row = ours.write();
            assert_eq!(Challenge::parse(&row), Ok(ours));
            let text = core::str::from_utf8(&row).unwrap();
            assert!(text.contains("qop=\"auth\"") && text.contains("stale=true"), "{text}");
            assert_eq!(text.contains("charset=UTF-8"), hash != Hash::Md5);
        }
    }
}
