//! What is known of a call before it is answered: provisional responses, certain or not (RFC 3261 §13.2.1, RFC 3262).

use super::exchange::ExchangeId;
use bytes::Bytes;
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode};
use ringback_sip::sdp::{AnswerFault, AudioSession, Capabilities, Direction, SdpError, decline};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;

/// What the provisional responses of one early dialog have said.
#[derive(Debug, Default)]
pub(super) struct Early {
    /// The description in an unreliable one: a promise of the answer (RFC 3261 §13.2.1).
    pub(super) promise: Option<Bytes>,
    /// The number of the last reliable one (RFC 3262 §4).
    pub(super) rseq: Option<u32>,
    /// The session, once a reliable one has settled it.
    pub(super) session: Option<AudioSession>,
    /// What is wrong with the description in a reliable one.
    pub(super) fault: Option<AnswerFault>,
    /// Our last PRACK, until it is answered.
    pub(super) prack: Option<ExchangeId>,
    /// Our change of the session.
    pub(super) change: EarlyChange,
}

/// What the called side knows of its reliable provisional responses.
#[derive(Debug, Default)]
pub(super) struct Reliably {
    /// Whether the caller takes them.
    pub(super) supported: bool,
    /// Whether the caller insists on them.
    pub(super) required: bool,
    /// The number of the last one; 0 before the first.
    pub(super) rseq: u32,
    /// The one that is not acknowledged.
    pub(super) pending: Option<Pending>,
    /// What to send after it; the newest counts.
    pub(super) next: Option<Option<Capabilities>>,
    /// The 2xx waits for the acknowledgement.
    pub(super) held: bool,
    /// A description of the session has gone out reliably, so that the 2xx has none (RFC 3262 §5).
    pub(super) settled: bool,
}

/// A reliable provisional response that is not acknowledged.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) status: StatusCode,
    pub(super) bytes: Bytes,
    pub(super) interval: Duration,
}

impl Reliably {
    /// What the INVITE says, and what we want.
    pub(super) fn of(request: &Message<'_>) -> Self {
        Reliably {
            supported: has_option(request, HeaderName::SUPPORTED),
            required: has_option(request, HeaderName::REQUIRE),
            ..Reliably::default()
        }
    }

    /// Whether a response waits for its PRACK.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }
}

/// Whether the sender of an INVITE takes reliable provisional responses.
pub(super) fn takes_reliable(request: &Message<'_>) -> bool {
    has_option(request, HeaderName::SUPPORTED) || has_option(request, HeaderName::REQUIRE)
}

/// Whether a header field of option tags names `100rel`.
fn has_option(message: &Message<'_>, name: HeaderName) -> bool {
    let tag = OptionTag::RELIABLE_PROVISIONAL.as_str().as_bytes();
    message.values(name).any(|value| value.eq_ignore_ascii_case(tag))
}

/// A change of the session of an early dialog.
#[derive(Debug, Default)]
pub(super) struct EarlyChange {
    /// Whether the peer takes UPDATE.
    pub(super) is_allowed: bool,
    /// Our UPDATE under way, and what it wishes.
    pub(super) ours: Option<(ExchangeId, Direction)>,
    /// What to wish once nothing is under way.
    pub(super) waiting: Option<Direction>,
    /// Whether the wish met another one already.
    pub(super) met: bool,
}

impl EarlyChange {
    /// Wishes something anew; the newest wish counts.
    pub(super) fn wish(&mut self, wish: Direction) {
        self.waiting = Some(wish);
        self.met = false;
    }
}

/// Whether the peer says that it takes UPDATE.
pub(super) fn allows_update(message: &Message<'_>) -> bool {
    message.values(HeaderName::ALLOW).any(|method| method == Method::Update.as_str().as_bytes())
}

impl Early {
    /// A dialog of a call whose user had this wish already.
    pub(super) fn wishing(wish: Option<Direction>) -> Self {
        Early { change: EarlyChange { waiting: wish, ..EarlyChange::default() }, ..Early::default() }
    }

    /// Hears the description in a response that is certain; our answer, when it is an offer (RFC 3262 §5).
    pub(super) fn hear_certain(
        &mut self,
        audio: &AudioSession,
        is_late: bool,
        sdp: Option<&[u8]>,
    ) -> Option<String> {
        if self.session.is_some() || self.fault.is_some() {
            return None;
        }
        let mut session = audio.clone();
        if !is_late {
            match session.accept_answer(sdp?) {
                Ok(_) => self.session = Some(session),
                Err(fault) => self.fault = Some(fault),
            }
            return None;
        }
        let Some(offer) = sdp else {
            self.fault = Some(AnswerFault::Unreadable(SdpError::Empty));
            return None;
        };
        match session.answer(offer) {
            Ok(Ok(answer)) => {
                self.session = Some(session);
                Some(answer)
            }
            Ok(Err(_)) | Err(_) => {
                self.fault = Some(AnswerFault::NoCommonCodec);
                decline(offer)
            }
        }
    }
}

/// The number of a provisional response that wants PRACK; 100 never does (RFC 3262 §4).
pub(super) fn wants_prack(response: &Message<'_>) -> Option<u32> {
    let is_reliable =
        response.status() != Some(StatusCode::TRYING) && has_option(response, HeaderName::REQUIRE);
    let rseq = response.number(HeaderName::RSEQ, u32::MAX).ok().flatten();
    rseq.filter(|rseq| is_reliable && *rseq > 0)
}
