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

/// The list as Security-Verify mirrors it, with the proof over it at the mechanism that made it.
fn verified(list: &[u8], hash: Hash, proof: &str) -> Vec<u8> {
    let mut wanted = Some(format!("d-alg={}", hash.as_str()).to_ascii_lowercase());
    let values = split_commas(list).map(|value| {
        let plain: Vec<u8> =
            value.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
        let is_it = is_digest(value)
            && wanted.as_ref().is_some_and(|w| plain.split(|b| *b == b';').any(|p| p == w.as_bytes()));
        match is_it {
            true => {
                wanted = None;
                [value, format!(";d-ver=\"{proof}\"").as_bytes()].concat()
            }
            false => value.to_vec(),
        }
    });
    values.collect::<Vec<_>>().join(&b", "[..])
}

/// Whether a security mechanism is digest.
pub(super) fn is_digest(mechanism: &[u8]) -> bool {
    let name = mechanism.split(|b| *b == b';').next().unwrap_or_default();
    name.trim_ascii().eq_ignore_ascii_case(b"digest")
}
