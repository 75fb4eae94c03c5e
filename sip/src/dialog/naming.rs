//! Header fields that name a dialog from outside: Join (RFC 3911) and Target-Dialog (RFC 4538).

use super::id::DialogId;
use crate::registry::{HeaderName, Method};
use crate::syntax::{Fault, Malformed, Message, Params, trim};

impl DialogId {
    /// Reads a Call-ID with one tag of each side; `local` names the parameter with the reader's own. A tag of `0` stands
    /// for none, as of a peer of RFC 2543.
    pub(super) fn parse_named<'a>(
        value: &'a [u8],
        local: &[u8],
        remote: &[u8],
    ) -> Option<(DialogId, Params<'a>)> {
        let end = value.iter().position(|&b| b == b';')?;
        let (call_id, params) = (trim(&value[..end]), Params::new(&value[end..]));
        let tag = |name: &[u8]| {
            let mut found = params.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v);
            let value = found.next().flatten().filter(|v| !v.is_empty() && found.next().is_none())?;
            Some(if value == b"0" { Box::default() } else { Box::from(value) })
        };
        let (local_tag, remote_tag) = (tag(local)?, tag(remote)?);
        if call_id.is_empty() || call_id.iter().any(u8::is_ascii_whitespace) {
            return None;
        }
        Some((DialogId { call_id: call_id.into(), local_tag, remote_tag }, params))
    }

    /// The dialog whose conversation a request wants to join (RFC 3911 §4).
    ///
    /// # Errors
    /// It says so more than once, beside Replaces, cannot be read, or is no INVITE: 400.
    pub fn of_join(request: &Message<'_>) -> Result<Option<Self>, Malformed> {
        let mut values = request.headers(HeaderName::JOIN);
        let Some(value) = values.next() else { return Ok(None) };
        let is_contradicted = request.header(HeaderName::REPLACES).is_some();
        if values.next().is_some() || is_contradicted || request.method() != Some(Method::Invite) {
            return Err(Malformed::new(Fault::Repeated(HeaderName::JOIN), 0));
        }
        let named = Self::parse_named(value, b"to-tag", b"from-tag").map(|(dialog, _)| dialog);
        named.map(Some).ok_or(Malformed::new(Fault::Value(HeaderName::JOIN), 0))
    }

    /// The dialog that a request names to show that its sender knows of it. What cannot be read counts as absent
    /// (RFC 4538 §4).
    pub fn of_target_dialog(request: &Message<'_>) -> Option<Self> {
        let value = request.header(HeaderName::TARGET_DIALOG)?;
        Self::parse_named(value, b"local-tag", b"remote-tag").map(|(dialog, _)| dialog)
    }

    /// What names this dialog to its peer: the tags as that sees them (RFC 4538 §3).
    pub fn write_target_dialog(&self) -> Vec<u8> {
        let (call_id, local, remote) = (&*self.call_id, &*self.remote_tag, &*self.local_tag);
        [call_id, b";local-tag=", local, b";remote-tag=", remote].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, rows: &str) -> (Result<Option<DialogId>, Malformed>, Option<DialogId>) {
        let text = format!(
            "{method} sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nMax-Forwards: 9\r\nFrom: <sip:b@h>;tag=1\r\n\
             To: <sip:a@h>\r\nCall-ID: x\r\nCSeq: 1 {method}\r\n{rows}Content-Length: 0\r\n\r\n"
        );
        let message = Message::parse(text.as_bytes()).unwrap();
        (DialogId::of_join(&message), DialogId::of_target_dialog(&message))
    }

    fn id(local: &str, remote: &str) -> DialogId {
        let of = |text: &str| text.as_bytes().into();
        DialogId { call_id: of("i@h"), local_tag: of(local), remote_tag: of(remote) }
    }

    #[test]
    fn join_and_target_dialog_name_a_dialog_as_their_receiver_knows_it() {
        assert_eq!(read("INVITE", "").0, Ok(None));
        assert_eq!(read("INVITE", "Join: i@h;from-tag=2;to-tag=1\r\n").0, Ok(Some(id("1", "2"))));
        let named = read("REFER", "Target-Dialog: i@h ;local-tag=1;remote-tag=2\r\n").1;
        assert_eq!(named, Some(id("1", "2")));
        assert_eq!(read("REFER", "Target-Dialog: i@h;local-tag=1\r\n").1, None);
    }

    #[test]
    fn a_join_that_is_no_plain_wish_of_an_invite_is_malformed() {
        let join = "Join: i@h;from-tag=2;to-tag=1\r\n";
        let replaces = "Replaces: i@h;from-tag=2;to-tag=1\r\n";
        for (method, rows) in [
            ("INVITE", format!("{join}{join}")),
            ("INVITE", format!("{join}{replaces}")),
            ("INVITE", "Join: i@h;from-tag=2\r\n".to_owned()),
            ("MESSAGE", join.to_owned()),
        ] {
            assert!(read(method, &rows).0.is_err(), "{method} {rows}");
        }
    }
}
