//! What a dialog is known by, and why a message makes none.

use crate::registry::HeaderName;
use crate::syntax::{Malformed, Message};

/// A dialog as one side knows it (RFC 3261 §12). A tag is empty when the peer is of RFC 2543 and gave none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId {
    /// The Call-ID.
    pub call_id: Box<[u8]>,
    /// Our tag.
    pub local_tag: Box<[u8]>,
    /// The peer's tag.
    pub remote_tag: Box<[u8]>,
}

impl DialogId {
    /// The dialog to which a received message belongs: our tag is in To of a request, in From of a response
    /// (RFC 3261 §12.2.2).
    ///
    /// # Errors
    /// From, To or Call-ID cannot be read.
    pub fn of_received(message: &Message<'_>) -> Result<Self, Malformed> {
        let (from, to) = (message.from()?.tag(), message.to()?.tag());
        let (local, remote) = if message.is_request() { (to, from) } else { (from, to) };
        Ok(DialogId {
            call_id: message.call_id()?.into(),
            local_tag: local.unwrap_or_default().into(),
            remote_tag: remote.unwrap_or_default().into(),
        })
    }
}

/// Why a message makes or changes no dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogFault {
    /// A header field that the dialog needs is absent or broken.
    Malformed(Malformed),
    /// There is not exactly one Contact with a SIP URI (RFC 3261 §8.1.1.8, §12.1.1).
    Contact,
    /// A proxy put something into Record-Route that is no SIP URI, so that nothing can be sent over it.
    Route,
    /// The route set is longer than [`super::ROUTES_MAX`].
    TooManyRoutes,
    /// The INVITE made more than [`super::EARLY_DIALOGS_MAX`] dialogs.
    TooManyDialogs,
    /// A request of the peer has a lower sequence number than one before it (RFC 3261 §12.2.2).
    CSeqOrder,
}

impl From<Malformed> for DialogFault {
    fn from(fault: Malformed) -> Self {
        DialogFault::Malformed(fault)
    }
}

impl DialogFault {
    /// The header field at fault, when it is one.
    pub fn header(&self) -> Option<HeaderName> {
        use crate::syntax::Fault;
        match self {
            DialogFault::Contact => Some(HeaderName::CONTACT),
            DialogFault::Route | DialogFault::TooManyRoutes => Some(HeaderName::RECORD_ROUTE),
            DialogFault::CSeqOrder => Some(HeaderName::CSEQ),
            DialogFault::Malformed(m) => match m.fault {
                Fault::Missing(h) | Fault::Repeated(h) | Fault::Value(h) | Fault::Range(h) => Some(h),
                _ => None,
            },
            DialogFault::TooManyDialogs => None,
        }
    }
}
