//! How many voice messages wait for a user: what `ringback mwi` sets.

use ringback_roles::presence::Mailbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many voice messages wait (message waiting indication).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waiting {
    /// New messages: the lamp is lit while there are any.
    pub(crate) new: u32,
    /// Messages that were heard.
    #[serde(default)]
    pub(crate) old: u32,
    /// Urgent ones among the new messages.
    #[serde(default)]
    pub(crate) urgent_new: u32,
    /// Urgent ones among those that were heard.
    #[serde(default)]
    pub(crate) urgent_old: u32,
    /// What a phone calls to hear them, such as `sip:voicemail@example.org`.
    #[serde(default)]
    pub(crate) account: Option<String>,
}

impl From<Mailbox> for Waiting {
    fn from(mailbox: Mailbox) -> Self {
        let Mailbox { new, old, urgent_new, urgent_old, account } = mailbox;
        Waiting { new, old, urgent_new, urgent_old, account: account.map(Into::into) }
    }
}

impl From<Waiting> for Mailbox {
    fn from(waiting: Waiting) -> Self {
        let Waiting { new, old, urgent_new, urgent_old, account } = waiting;
        Mailbox { new, old, urgent_new, urgent_old, account: account.map(Into::into) }
    }
}
