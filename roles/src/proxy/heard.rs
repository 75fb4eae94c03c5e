//! What the answers that pass say of calls, for whoever follows them (RFC 4235).

use super::Proxy;
use ringback_sip::dialog::SessionExpires;
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;
use std::collections::VecDeque;

/// An answer to an INVITE or UPDATE that went to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The Call-ID.
    pub call_id: Box<[u8]>,
    /// The From tag.
    pub from_tag: Box<[u8]>,
    /// The To tag; empty for none.
    pub to_tag: Box<[u8]>,
    /// The code.
    pub status: StatusCode,
    /// The interval of its Session-Expires (RFC 4028).
    pub interval: Option<Duration>,
}

impl Proxy {
    /// Whether answers to calls are noted for [`Proxy::poll_heard`].
    pub fn set_listening(&mut self, listens: bool) {
        self.heard = listens.then(VecDeque::new);
    }

    /// The next answer of a call.
    pub fn poll_heard(&mut self) -> Option<Heard> {
        self.heard.as_mut()?.pop_front()
    }

    /// Notes the answer to a request that `message` is, or is the answer to.
    pub(super) fn hear(&mut self, status: StatusCode, message: &Message<'_>) {
        let Some(heard) = &mut self.heard else { return };
        let method = message.cseq().ok().and_then(|cseq| cseq.method);
        if !matches!(method, Some(Method::Invite | Method::Update)) || status == StatusCode::TRYING {
            return;
        }
        let tag = |end: Option<&[u8]>| end.unwrap_or_default().into();
        heard.push_back(Heard {
            call_id: message.call_id().unwrap_or_default().into(),
            from_tag: tag(message.from().ok().and_then(|from| from.tag())),
            to_tag: tag(message.to().ok().and_then(|to| to.tag())),
            status,
            interval: SessionExpires::of(message).filter(|_| status.is_success()).map(|s| s.interval),
        });
    }
}
