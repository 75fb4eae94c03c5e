//! One call in place of another: the value of Replaces (RFC 3891), and of Refer-To, which asks for such a call
//! (RFC 3515 §2.1).

use super::id::DialogId;
use crate::registry::{HeaderName, Method};
use crate::syntax::{Fault, Malformed, Message, NameAddr, Uri, unescape};

/// Which dialog a new call takes the place of (RFC 3891 §6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// The dialog as who receives the INVITE knows it: to-tag is its own tag (RFC 3891 §3).
    pub dialog: DialogId,
    /// Whether only a call counts that nobody has answered yet.
    pub early_only: bool,
}

impl Replaces {
    /// The dialog that the user agent with this address of a call of ours shares with us.
    pub fn of_peer(ours: &DialogId) -> Self {
        let dialog = DialogId {
            call_id: ours.call_id.clone(),
            local_tag: ours.remote_tag.clone(),
            remote_tag: ours.local_tag.clone(),
        };
        Replaces { dialog, early_only: false }
    }

    /// Reads a value. A tag of `0` stands for none, as of a peer of RFC 2543.
    ///
    /// # Errors
    /// [`Fault::Value`]: there is no Call-ID, or not one tag of each kind.
    pub fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let named = DialogId::parse_named(value, b"to-tag", b"from-tag");
        let (dialog, params) = named.ok_or(Malformed::new(Fault::Value(HeaderName::REPLACES), 0))?;
        Ok(Replaces { dialog, early_only: params.has(b"early-only") })
    }

    /// What an INVITE says.
    ///
    /// # Errors
    /// It says so more than once, or cannot be read, or is no INVITE: 400 (RFC 3891 §3).
    pub fn of_request(request: &Message<'_>) -> Result<Option<Self>, Malformed> {
        let mut values = request.headers(HeaderName::REPLACES);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() || request.method() != Some(Method::Invite) {
            return Err(Malformed::new(Fault::Repeated(HeaderName::REPLACES), 0));
        }
        Self::parse(value).map(Some)
    }

    /// The value.
    pub fn write(&self) -> Vec<u8> {
        let or_zero = |tag: &[u8]| if tag.is_empty() { b"0".to_vec() } else { tag.to_vec() };
        let (to, from) = (or_zero(&self.dialog.local_tag), or_zero(&self.dialog.remote_tag));
        let flag: &[u8] = if self.early_only { b";early-only" } else { b"" };
        [&self.dialog.call_id[..], b";to-tag=", &to, b";from-tag=", &from, flag].concat()
    }
}

/// Whom a REFER wants called, and how (RFC 3515 §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferTo {
    /// The URI without what it says about method and header fields.
    pub target: Box<[u8]>,
    /// The method; `None` for one that nobody knows.
    pub method: Option<Method>,
    /// The call whose place the new one takes.
    pub replaces: Option<Replaces>,
}

impl ReferTo {
    /// What a REFER says. Of the header fields that its URI wants in the new request, Replaces alone is taken: others
    /// would let the sender speak in our name (RFC 3261 §19.1.5).
    ///
    /// # Errors
    /// There is not exactly one Refer-To, or it cannot be read: 400 (RFC 3515 §2.4.2).
    pub fn of_request(request: &Message<'_>) -> Result<Self, Malformed> {
        let mut values = request.headers(HeaderName::REFER_TO);
        let value = values.next().ok_or(Malformed::new(Fault::Missing(HeaderName::REFER_TO), 0))?;
        if values.next().is_some() {
            return Err(Malformed::new(Fault::Repeated(HeaderName::REFER_TO), 0));
        }
        Self::parse(value)
    }

    /// Reads a value.
    ///
    /// # Errors
    /// [`Fault::Value`].
    pub fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let fault = Malformed::new(Fault::Value(HeaderName::REFER_TO), 0);
        let address = NameAddr::parse(HeaderName::REFER_TO, value)?;
        let uri = Uri::parse(address.uri).map_err(|_| fault)?;
        if !uri.is_sip() {
            return Ok(ReferTo { target: address.uri.into(), method: Some(Method::Invite), replaces: None });
        }
        let method = match uri.params.get(b"method") {
            None => Some(Method::Invite),
            Some(name) => Method::from_token(name),
        };
        let bare = address.uri.strip_suffix(uri.headers).unwrap_or(address.uri);
        let bare = bare.strip_suffix(b"?").unwrap_or(bare);
        let mut target = bare.strip_suffix(uri.params.raw()).unwrap_or(bare).to_vec();
        for (name, value) in uri.params.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(b"method")) {
            target.extend_from_slice(&[b";", name].concat());
            target.extend(value.into_iter().flat_map(|value| [b"=", value].concat()));
        }
        let mut found = uri.headers.split(|&b| b == b'&').filter_map(|header| {
            let at = header.iter().position(|&b| b == b'=')?;
            let name: Vec<u8> = unescape(&header[..at]).collect();
            name.eq_ignore_ascii_case(b"replaces").then(|| unescape(&header[at + 1..]).collect::<Vec<u8>>())
        });
        let replaces = found.next().map(|value| Replaces::parse(&value)).transpose()?;
        if found.next().is_some() {
            return Err(fault);
        }
        Ok(ReferTo { target: target.into(), method, replaces })
    }

    /// The value.
    pub fn write(&self) -> Vec<u8> {
        let mut out = [b"<", &self.target[..]].concat();
        if let Some(replaces) = &self.replaces {
            out.extend_from_slice(b"?Replaces=");
            for b in replaces.write() {
                match b {
                    b if b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b) => out.push(b),
                    b => out.extend_from_slice(format!("%{b:02X}").as_bytes()),
                }
            }
        }
        out.push(b'>');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaces(text: &str) -> Option<(String, String, String, bool)> {
        let read = Replaces::parse(text.as_bytes()).ok()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let id = &read.dialog;
        Some((text(&id.call_id), text(&id.local_tag), text(&id.remote_tag), read.early_only))
    }

    #[test]
    fn replaces_names_the_dialog_as_its_receiver_knows_it() {
        let read = replaces("a@b ;from-tag=1;To-Tag=2;x=y;early-only").unwrap();
        assert_eq!(read, ("a@b".into(), "2".into(), "1".into(), true));
        assert_eq!(replaces("a;to-tag=0;from-tag=1").unwrap().1, "", "a peer of RFC 2543 has no tag");
        for bad in [
            "",
            "a",
            "a;to-tag=1",
            ";to-tag=1;from-tag=2",
            "a;to-tag=1;to-tag=2;from-tag=3",
            "a;to-tag;from-tag=1",
        ] {
            assert_eq!(replaces(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_written_into_refer_to_is_read_back_from_the_other_side() {
        let ours = DialogId {
            call_id: b"x;y@h"[..].into(),
            local_tag: b"me"[..].into(),
            remote_tag: b"you"[..].into(),
        };
        let replaces = Replaces::of_peer(&DialogId { call_id: b"x%y@h"[..].into(), ..ours });
        let asked = ReferTo {
            target: b"sip:carol@h"[..].into(),
            method: Some(Method::Invite),
            replaces: Some(replaces),
        };
        let text = String::from_utf8(asked.write()).unwrap();
        assert_eq!(text, "<sip:carol@h?Replaces=x%25y%40h%3Bto-tag%3Dyou%3Bfrom-tag%3Dme>");
        assert_eq!(ReferTo::parse(text.as_bytes()), Ok(asked));
    }

    #[test]
    fn refer_to_gives_the_method_and_takes_replaces_alone() {
        let read =
            ReferTo::parse(b"C <sip:c@h;a=1;method=BYE;lr?Subject=x&replaces=i%3Bto-tag%3D1%3Bfrom-tag%3D2>")
                .unwrap();
        assert_eq!((&read.target[..], read.method), (&b"sip:c@h;a=1;lr"[..], Some(Method::Bye)));
        assert_eq!(read.replaces.unwrap().write(), b"i;to-tag=1;from-tag=2");
        assert_eq!(ReferTo::parse(b"<sip:c@h;method=FOO>").unwrap().method, None);
        assert_eq!(&ReferTo::parse(b"http://h/x").unwrap().target[..], b"http://h/x");
        for bad in [
            "<sip:c@h?Replaces=i>",
            "<sip:c@h",
            "<sip:c@h?Replaces=i%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=j>",
        ] {
            assert!(ReferTo::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
