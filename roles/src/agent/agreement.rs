//! The client's half of a security agreement (RFC 3329 §2.3.1), with digest: over TLS there is nothing to agree on.
//!
//! Each request asks for the agreement. The 494 that comes has the server's list and a challenge; the request goes again
//! with the list as it was seen, and with a proof over it (`d-ver`) beside the proof of the request: who shortened
//! the list on its way is found out by the server.

use super::draft::Draft;
use super::exchange::ExchangeId;
use super::state::Agent;
use super::wallet::is_digest;
use ringback_sip::auth::Hash;
use ringback_sip::registry::{HeaderName, Method, OptionTag};
use ringback_sip::syntax::{Message, split_commas};

impl Agent {
    /// Asks for an agreement in a request, where the user wants one and nothing protects it.
    pub(super) fn ask_agreement(&self, draft: &mut Draft) {
        let is_protected = self.settings.locals.iter().any(|local| local.transport.is_secure());
        let is_exempt = matches!(draft.method, Method::Ack | Method::Cancel);
        if !self.settings.sec_agree || is_protected || is_exempt {
            return;
        }
        let known: Vec<String> =
            Hash::ALL.iter().map(|hash| format!("digest;d-alg={}", hash.as_str())).collect();
        draft.rows.push((HeaderName::SECURITY_CLIENT, known.join(", ").into_bytes()));
        for name in [HeaderName::REQUIRE, HeaderName::PROXY_REQUIRE] {
            draft.rows.push((name, OptionTag::SEC_AGREE.as_str().into()));
        }
    }

    /// The server has shown its list: whether the request goes again, with the mechanism of ours that the server
    /// prefers. Without a list with digest, or without the challenge that digest needs, there is no agreement.
    pub(super) fn agree(&mut self, id: ExchangeId, response: &Message<'_>) -> bool {
        let list = response.headers(HeaderName::SECURITY_SERVER).collect::<Vec<_>>().join(&b", "[..]);
        let has_digest = split_commas(&list).any(is_digest);
        let Some(exchange) = self.exchanges.get_mut(&id).filter(|_| self.settings.sec_agree && has_digest)
        else {
            return false;
        };
        exchange.wallet.list = Some(list);
        self.answer_challenge(id, response)
    }
}
