//! Answering challenges for one request (RFC 3261 §22, RFC 8760 §2.4).

use super::draft::Draft;
use super::settings::Secret;
use ringback_sip::auth::{Answer, Challenge, Hash};
use ringback_sip::entropy::Entropy;
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{Message, split_commas};

/// Most times that a request is sent again with credentials: a first challenge, and one stale nonce or one more
/// realm on the way.
pub(super) const TRIES_MAX: u8 = 3;
/// Most realms whose challenges one request answers.
const REALMS_MAX: usize = 8;

/// The challenges that a request has met.
#[derive(Clone, Debug, Default)]
pub(super) struct Wallet {
    held: Vec<Held>,
    tries: u8,
    /// The security mechanisms of the server, when it asked for an agreement (RFC 3329).
    pub(super) list: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
struct Held {
    /// The header field that the credentials go to.
    into: HeaderName,
    realm: Vec<u8>,
    /// The challenge as it came.
    row: Vec<u8>,
    uses: u32,
}

impl Wallet {
    /// Takes the challenges of a 401 or 407 and writes credentials for all realms met so far into the draft.
    /// Whether it is worth sending: not when a realm asks again without saying that only the nonce was stale.
    pub(super) fn answer(
        &mut self,
        response: &Message<'_>,
        draft: &mut Draft,
        user: &str,
        secret: &Secret,
        entropy: &mut Entropy,
    ) -> bool {
        let kinds = [
            (HeaderName::WWW_AUTHENTICATE, HeaderName::AUTHORIZATION),
            (HeaderName::PROXY_AUTHENTICATE, HeaderName::PROXY_AUTHORIZATION),
        ];
        let mut met = 0;
        for (from, into) in kinds {
            let rows: Vec<&[u8]> = response.headers(from).collect();
            for challenge in Challenge::topmost(rows.iter().copied()) {
                if !self.take(into, &challenge) {
                    return false;
                }
                met += 1;
            }
        }
        self.tries += 1;
        if met == 0 || self.tries > TRIES_MAX {
            return false;
        }
        self.write(draft, user, secret, entropy);
        true
    }

    /// Keeps a challenge in place of the last one of its realm.
    fn take(&mut self, into: HeaderName, challenge: &Challenge<'_>) -> bool {
        let row = challenge.write();
        let is_full = self.held.len() == REALMS_MAX;
        let known = self.held.iter_mut().find(|h| h.into == into && h.realm == *challenge.realm);
        match known {
            Some(held) if challenge.stale => {
                held.row = row;
                held.uses = 0;
            }
            Some(_) => return false,
            None if is_full => return false,
            None => self.held.push(Held { into, realm: challenge.realm.to_vec(), row, uses: 0 }),
        }
        true
    }

    /// Writes credentials for all realms met so far into the draft.
    pub(super) fn write(&mut self, draft: &mut Draft, user: &str, secret: &Secret, entropy: &mut Entropy) {
        draft.credentials.clear();
        for held in &mut self.held {
            let Ok(challenge) = Challenge::parse(&held.row) else { continue };
            held.uses += 1;
            let secret = challenge.secret_of(user.as_bytes(), secret.expose());
            let cnonce = entropy.token();
            let answer = Answer {
                user: user.as_bytes(),
                secret: &secret,
                method: draft.method.as_str().as_bytes(),
                uri: &draft.way.request_uri,
                body: draft.body.as_ref().map(|(_, body)| &body[..]).unwrap_or_default(),
                nonce_count: held.uses,
                cnonce: cnonce.as_bytes(),
            };
            let verified =
                self.list.as_ref().filter(|_| draft.credentials.is_empty()).map(|list| {
                    verified(list, challenge.algorithm.hash, &challenge.prove_list(&answer, list))
                });
            let value = challenge.answer(&answer);
            draft.credentials.push((held.into, value));
            draft.credentials.extend(verified.map(|list| (HeaderName::SECURITY_VERIFY, list)));
        }
    }
}

/// The list as Security-Verify mirrors it, with the proof over it at the mechanism that made it: digest with that algorithm, else
/// the one that names none (RFC 3329 §2.2: `d-alg` may be left out).
fn verified(list: &[u8], hash: Hash, proof: &str) -> Vec<u8> {
    let wanted = format!("d-alg={}", hash.as_str()).to_ascii_lowercase();
    let values: Vec<&[u8]> = split_commas(list).collect();
    let place_of = |fits: &dyn Fn(&[u8]) -> bool| {
        values.iter().position(|value| {
            let plain: Vec<u8> =
                value.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
            is_digest(value) && fits(&plain)
        })
    };
    let has_it = |plain: &[u8]| plain.split(|b| *b == b';').any(|param| param == wanted.as_bytes());
    let has_none = |plain: &[u8]| !plain.split(|b| *b == b';').any(|param| param.starts_with(b"d-alg="));
    let maker = place_of(&has_it).or_else(|| place_of(&has_none));
    let mirrored = values.iter().enumerate().map(|(place, value)| match maker == Some(place) {
        true => [value, format!(";d-ver=\"{proof}\"").as_bytes()].concat(),
        false => value.to_vec(),
    });
    mirrored.collect::<Vec<_>>().join(&b", "[..])
}

/// Whether a security mechanism is digest.
pub(super) fn is_digest(mechanism: &[u8]) -> bool {
    let name = mechanism.split(|b| *b == b';').next().unwrap_or_default();
    name.trim_ascii().eq_ignore_ascii_case(b"digest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_stands_at_the_digest_that_made_it_also_when_that_names_no_algorithm() {
        let mirrored = |list: &str| String::from_utf8(verified(list.as_bytes(), Hash::Sha256, "p")).unwrap();
        assert_eq!(mirrored("tls;q=0.2, digest;q=0.1"), "tls;q=0.2, digest;q=0.1;d-ver=\"p\"");
        assert_eq!(
            mirrored("digest;q=0.3, digest ; D-ALG=sha-256"),
            "digest;q=0.3, digest ; D-ALG=sha-256;d-ver=\"p\""
        );
        assert_eq!(mirrored("digest;d-alg=MD5"), "digest;d-alg=MD5");
    }
}
