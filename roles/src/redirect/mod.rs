//! The redirect server (RFC 3261 §8.3): answers that tell the caller where to try.
//!
//! It forwards nothing: an answer goes out in a server transaction, which gives copies of the request the same
//! answer, absorbs the ACK and lets a CANCEL come too late.

use crate::access::{Denial, Extra};
use crate::location::{Aor, Bindings, Q};
use crate::routing::plan::{Standing, UserState};
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{NameAddr, Scheme, Uri};
use ringback_sip::time::Instant;
use std::fmt::Write as _;

/// An answer with these values of Contact, the preferred ones first. Those that name `target` itself are left out,
/// since they would send the caller in a circle; when none is left it is 404 (RFC 3261 §8.3). Nor is a caller who
/// asked for protection sent to an address without (RFC 5630 §5.3).
pub fn to_contacts<C: AsRef<[u8]>>(
    status: StatusCode,
    cause: Cause,
    contacts: impl IntoIterator<Item = C>,
    target: &Uri<'_>,
) -> Denial {
    let mut rows = Vec::new();
    let mut is_unprotected = false;
    for value in contacts {
        let value = value.as_ref();
        let Ok(address) = NameAddr::parse(HeaderName::CONTACT, value) else { continue };
        match Uri::parse(address.uri) {
            Ok(uri) if uri.equals(target) => continue,
            Ok(uri) if target.scheme == Scheme::Sips && uri.scheme == Scheme::Sip => {
                is_unprotected = true;
                continue;
            }
            Ok(_) => {}
            Err(_) => continue,
        }
        let q = address.params.get(b"q").and_then(Q::parse).map_or(1000, Q::thousandths);
        rows.push((q, value.to_vec()));
    }
    rows.sort_by_key(|(q, _)| core::cmp::Reverse(*q));
    if rows.is_empty() {
        return if is_unprotected { unprotected() } else { Denial::new(StatusCode::NOT_FOUND, cause) };
    }
    rows.iter().fold(Denial::new(status, cause), |denial, (_, row)| denial.with(HeaderName::CONTACT, row))
}

/// Where a user is: 302 with one address, 300 with several. `None` when there is none to tell.
pub fn to_bindings(now: Instant, bindings: &Bindings, target: &Uri<'_>) -> Option<Denial> {
    let rows: Vec<String> = bindings
        .live(now)
        .map(|binding| {
            let contact = String::from_utf8_lossy(binding.contact());
            let mut row = format!("<{contact}>");
            if binding.q.thousandths() != 1000 {
                // Writing to a String cannot fail.
                let _ = write!(row, ";q={}", binding.q);
            }
            let _ = write!(row, ";expires={}", binding.expires.since(now).as_secs());
            row
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let denial = to_contacts(StatusCode::MOVED_TEMPORARILY, Cause::RedirectMode, rows, target);
    let several = denial.status == StatusCode::MOVED_TEMPORARILY && denial.headers.len() > 1;
    Some(if several { Denial { status: StatusCode::MULTIPLE_CHOICES, ..denial } } else { denial })
}

/// What the operator says of a user.
pub fn to_state(aor: &Aor, state: &UserState, target: &Uri<'_>) -> Denial {
    let (status, cause) =
        (state.standing.status(), Cause::UserState(Shown::from(aor.as_bytes()), state.line));
    match &state.standing {
        Standing::Gone => Denial::new(status, cause),
        Standing::Moved(uri) => to_contacts(status, cause, [format!("<{uri}>")], target),
        Standing::Away(uri, None) => to_contacts(status, cause, [format!("<{uri}>")], target),
        Standing::Away(uri, Some(secs)) => {
            to_contacts(status, cause, [format!("<{uri}>;expires={secs}")], target)
        }
        // Who all of them are is told only where the operator says so.
        Standing::Several(uris, is_told) => {
            let told = uris.iter().filter(|_| *is_told);
            told.fold(Denial::new(status, cause), |denial, uri| {
                denial.with(HeaderName::CONTACT, format!("<{uri}>"))
            })
        }
        // No Contact: a caller must choose, not follow (RFC 3261 §21.3.5).
        Standing::Instead(uris) => {
            let body: String = uris.iter().map(|uri| format!("{uri}\r\n")).collect();
            let body = Some(("text/uri-list", body.into_bytes().into()));
            let extra = Some(Box::new(Extra { phrase: None, body }));
            Denial { extra, ..Denial::new(status, cause) }
        }
    }
}

/// Nothing that protects all the way is there.
pub fn unprotected() -> Denial {
    let denial = Denial::new(StatusCode::TEMPORARILY_UNAVAILABLE, Cause::Unprotected);
    denial.with(HeaderName::WARNING, "380 ringback \"SIPS Not Allowed\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(denial: &Denial) -> Vec<String> {
        denial.headers.iter().map(|(_, row)| String::from_utf8_lossy(row).into_owned()).collect()
    }

    fn redirect(target: &str, contacts: &[&str]) -> Denial {
        let target = Uri::parse(target.as_bytes()).unwrap();
        to_contacts(StatusCode::MOVED_TEMPORARILY, Cause::RedirectMode, contacts, &target)
    }

    #[test]
    fn contacts_go_out_by_preference() {
        let denial =
            redirect("sip:bob@x", &["<sip:a@x>;q=0.25", "<sip:b@x>;q=0.7", "<sip:c@x>", "<sip:d@x>;q=0"]);
        assert_eq!(rows(&denial), ["<sip:c@x>", "<sip:b@x>;q=0.7", "<sip:a@x>;q=0.25", "<sip:d@x>;q=0"]);
        assert_eq!(denial.status, StatusCode::MOVED_TEMPORARILY);
    }

    #[test]
    fn the_target_itself_is_never_told_and_alone_it_is_404() {
        let denial = redirect("sip:bob@x", &["<sip:bob@X>", "<sip:bob@y>"]);
        assert_eq!(rows(&denial), ["<sip:bob@y>"]);
        let alone = redirect("sip:bob@x", &["<sip:%62ob@x>"]);
        assert_eq!((alone.status, alone.headers.len()), (StatusCode::NOT_FOUND, 0));
    }

    #[test]
    fn a_protected_call_is_not_sent_to_an_unprotected_address() {
        let both = redirect("sips:bob@x", &["<sip:bob@y>", "<sips:bob@y>"]);
        assert_eq!(rows(&both), ["<sips:bob@y>"]);
        let none = redirect("sips:bob@x", &["<sip:bob@y>"]);
        assert_eq!(none.status, StatusCode::TEMPORARILY_UNAVAILABLE);
        assert!(rows(&none)[0].starts_with("380 "));
    }

    #[test]
    fn alternatives_stand_in_the_body_and_not_in_contact() {
        let standing = Standing::Instead(["sip:voicemail@x".into(), "https://x/form".into()].into());
        let state = UserState { line: 3, standing };
        let aor = Aor::from_canonical(b"bob@x");
        let denial = to_state(&aor, &state, &Uri::parse(b"sip:bob@x").unwrap());
        assert_eq!((denial.status, denial.headers.len()), (StatusCode::ALTERNATIVE_SERVICE, 0));
        let (media_type, body) = denial.extra.unwrap().body.unwrap();
        assert_eq!((media_type, &*body), ("text/uri-list", &b"sip:voicemail@x\r\nhttps://x/form\r\n"[..]));
    }
}
