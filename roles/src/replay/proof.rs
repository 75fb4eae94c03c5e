//! Proofs of recorded requests. The journal hides what proves a password, in place; a replay puts a proof there that is
//! as good as the recorded one was: the server's answer says how good.

use crate::access::bound;
use crate::diagnosis::{Known, Record, StoreTold, What, parameter};
use crate::location::Aor;
use crate::store::{Answer, Ask};
use ringback_sip::auth::{Credentials, Ha1, Nonces};
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};

/// How good a proof was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    Good,
    WrongSecret,
    OldNonce,
    /// Its count was used before.
    UsedCount,
    /// Its nonce was not ours, or there was none.
    None,
}

/// Proves, in a request that was recorded at `place`, what was proven there.
pub(super) fn prove(
    records: &[Record],
    place: usize,
    bytes: &mut [u8],
    nonces: &Nonces,
    age_max: Duration,
    (now, flow): (Instant, &Flow),
) {
    let worth = worth(records, place);
    if worth == Worth::None {
        return;
    }
    let then = match worth {
        // Older than any that is good.
        Worth::OldNonce => {
            Instant::from_unix_micros(now.unix_micros().saturating_sub(age_max.as_micros() as u64 * 2))
        }
        _ => now,
    };
    let nonce = nonces.issue(then, &bound(flow));
    if worth == Worth::UsedCount
        && let Ok(good) = nonces.check(now, &nonce, &bound(flow))
    {
        // By a request of nobody.
        let _ = nonces.admit(now, good, u32::MAX, 0);
    }
    for (start, end) in rows(bytes) {
        let Some(place) = parameter(&bytes[start..end], b"nonce").filter(|p| p.len() == nonce.len()) else {
            continue;
        };
        bytes[start + place.start..start + place.end].copy_from_slice(&nonce);
        let Some(place) = parameter(&bytes[start..end], b"response") else { continue };
        let place = start + place.start..start + place.end;
        bytes[place.clone()].fill(b'0');
        if worth != Worth::WrongSecret
            && let Some(proof) = proof(bytes, (start, end)).filter(|proof| proof.len() == place.len())
        {
            bytes[place].copy_from_slice(&proof);
        }
    }
}

/// The secret that proofs of a replay are made with.
pub(super) fn secret_for(ask: &Ask) -> Option<Answer> {
    let Ask::Secret { user, hash } = ask else { return None };
    Some(Answer::Secret(Some(secret(user, *hash))))
}

fn secret(user: &Aor, hash: ringback_sip::auth::Hash) -> Ha1 {
    Ha1::from_password(hash, user.user(), user.domain(), b"replay")
}

fn proof(bytes: &[u8], (start, end): (usize, usize)) -> Option<Vec<u8>> {
    let message = Message::parse(bytes).ok()?;
    let value = memchr::memchr(b':', &bytes[start..end]).map(|colon| &bytes[start + colon + 1..end])?;
    let credentials = Credentials::parse(value.trim_ascii()).ok()?;
    let user = Aor::of_user(&credentials.username, &credentials.realm);
    let secret = secret(&user, credentials.algorithm.hash);
    Some(credentials.proof_with(&secret, message.method_token(), message.body()).as_bytes().to_vec())
}

/// Where the rows of credentials lie.
fn rows(bytes: &[u8]) -> Vec<(usize, usize)> {
    let Ok(message) = Message::parse(bytes) else { return Vec::new() };
    let mut rows = Vec::new();
    for name in [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION] {
        for row in message.headers(name) {
            let start = message.offset_of(row);
            let line = memchr::memrchr(b'\n', &bytes[..start]).map_or(0, |at| at + 1);
            rows.push((line, start + row.len()));
        }
    }
    rows
}

/// What the server said of the proof: nothing, when it was good.
fn worth(records: &[Record], place: usize) -> Worth {
    let What::Message(passage) = &records[place].what else { return Worth::None };
    let Ok(request) = Message::parse(&passage.bytes) else { return Worth::None };
    let has_any = [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION]
        .iter()
        .any(|name| request.header(*name).is_some());
    if request.status().is_some() || !has_any {
        return Worth::None;
    }
    let key = |message: &Message<'_>| {
        let branch = message.top_via().ok().and_then(|via| via.branch()).map(<[u8]>::to_vec);
        (branch, message.cseq().ok().map(|cseq| cseq.number))
    };
    let own = key(&request);
    let asked = records[place..].iter().position(|record| match &record.what {
        What::Message(answer) if answer.sent => Message::parse(&answer.bytes).is_ok_and(|answer| {
            let is_challenge = answer.status().is_some_and(StatusCode::is_challenge);
            is_challenge && key(&answer) == own
        }),
        _ => false,
    });
    let Some(asked) = asked.map(|after| place + after) else { return Worth::Good };
    let cause = records[place..].iter().find_map(|record| match &record.what {
        What::Fact(fact @ Fact::Answered { .. }) if record.at == records[asked].at => fact.cause(),
        _ => None,
    });
    match cause {
        Some(Cause::WrongCredentials(_)) => Worth::WrongSecret,
        Some(Cause::StaleNonce) => Worth::OldNonce,
        // A proof is compared when its nonce is good.
        Some(Cause::BadNonce) if was_compared(&records[place + 1..asked]) => Worth::UsedCount,
        Some(Cause::BadNonce | Cause::NoCredentials | Cause::Md5Alone) => Worth::None,
        // Another element's challenge was passed on.
        _ => Worth::Good,
    }
}

fn was_compared(records: &[Record]) -> bool {
    let of_request = records.iter().take_while(|record| match &record.what {
        What::Message(passage) => passage.sent,
        _ => true,
    });
    of_request
        .into_iter()
        .any(|record| matches!(&record.what, What::Told(StoreTold { known: Known::Secret(_), .. })))
}
