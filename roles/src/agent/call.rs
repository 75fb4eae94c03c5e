//! The states of a call.

use super::command::{CallId, RequestId};
use super::early::{Early, EarlyChange, Reliably};
use super::exchange::ExchangeId;
use bytes::Bytes;
use ringback_sip::dialog::{Dialog, DialogId, ReferTo, SessionTimer};
use ringback_sip::flow::Flow;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::{AudioSession, Capabilities, Direction};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::ServerId;
use std::collections::{BTreeMap, VecDeque};

/// A dialog of a call by Call-ID and our tag; the peer's tags are compared in the call.
pub(super) type OurEnd = (Box<[u8]>, Box<[u8]>);

/// A call.
#[derive(Debug)]
pub(super) enum Call {
    /// Our INVITE waits for its final response.
    Calling(Box<Calling>),
    /// Their INVITE waits for ours.
    Offered(Box<Offered>),
    /// It stands.
    Up(Box<Up>),
}

/// Our INVITE waits for its final response.
#[derive(Debug)]
pub(super) struct Calling {
    pub(super) exchange: ExchangeId,
    pub(super) end: OurEnd,
    pub(super) audio: AudioSession,
    pub(super) late_offer: bool,
    pub(super) cancelled: bool,
    /// Every target tried (RFC 3261 §8.1.3.4).
    pub(super) tried: Vec<Box<[u8]>>,
    /// Targets of a 3xx that are left to try, the best last.
    pub(super) waiting: Vec<Box<[u8]>>,
    /// Whether a 305 has sent the call over a proxy, which happens once.
    pub(super) proxied: bool,
    pub(super) duration: Option<Duration>,
    /// How media shall flow, when that was said before the answer; each new dialog begins with it.
    pub(super) wish: Option<Direction>,
    /// What provisional responses have said, by the peer's tag.
    pub(super) early: BTreeMap<Box<[u8]>, Early>,
}

/// Their INVITE waits for our final response.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) server: ServerId,
    pub(super) flow: Flow,
    pub(super) request: Bytes,
    pub(super) tag: Box<[u8]>,
    pub(super) dialog: Dialog,
    /// The session and our answer, once a 183 has said it; the 2xx says the same (RFC 3261 §13.2.1).
    pub(super) early: Option<(AudioSession, String)>,
    /// Provisional responses that wait for PRACK.
    pub(super) reliably: Reliably,
    /// The provisional response to repeat.
    pub(super) rung: Option<(StatusCode, Bytes)>,
    pub(super) decision: Option<Decision>,
    /// Whether nobody may ring yet, since something has to be reserved first (RFC 3312).
    pub(super) waits: bool,
    /// Our change of the session before the answer.
    pub(super) change: EarlyChange,
    /// The call whose place it takes (RFC 3891).
    pub(super) replaces: Option<CallId>,
}

/// What the user decided.
#[derive(Clone, Debug)]
pub(super) enum Decision {
    Answer { audio: Capabilities, duration: Option<Duration> },
    Reject { status: StatusCode, contact: Option<String> },
}

/// The call stands.
#[derive(Debug)]
pub(super) struct Up {
    pub(super) dialog: Dialog,
    pub(super) audio: AudioSession,
    pub(super) change: Change,
    /// Who refreshes the session, and how often (RFC 4028).
    pub(super) timer: Option<SessionTimer>,
    /// The largest Min-SE that was said in this dialog (RFC 4028 §7.4).
    pub(super) min_se: Option<Duration>,
    /// The packages of INFO that the peer takes (RFC 6086).
    pub(super) packages: Vec<Box<[u8]>>,
    /// Digits that are being sent.
    pub(super) dialling: Option<Dialling>,
    /// The number of the last reliable response to our change (RFC 3262 §4).
    pub(super) rseq: Option<u32>,
    /// Whether the peer takes UPDATE.
    pub(super) takes_update: bool,
    /// The session is to be refreshed once nothing is under way.
    pub(super) refresh_due: bool,
    /// How we wish media to flow once nothing is under way.
    pub(super) wish: Option<Direction>,
    /// Whether the 2xx that made the call waits for its ACK, so that we may not hang up (RFC 3261 §15).
    pub(super) unconfirmed: bool,
    /// Hang up as soon as we may.
    pub(super) hang_up: bool,
    pub(super) since: Instant,
    /// How often a change met another one.
    pub(super) glares: u8,
    /// Whether the peer has sent a REFER before (RFC 3515 §2.4.6).
    pub(super) was_referred: bool,
}

/// Digits of ours that go out by INFO, one after the other.
#[derive(Debug)]
pub(super) struct Dialling {
    pub(super) request: RequestId,
    pub(super) left: VecDeque<char>,
}

/// A change of the session by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// Our INVITE or UPDATE is under way; without a wish it only refreshes the session.
    Ours(ExchangeId, Option<Direction>),
    /// It met theirs, and waits for its turn (RFC 3261 §14.1).
    Waiting,
}

/// A 2xx of ours that waits for its ACK; it is repeated until then, also when the call has ended meanwhile
/// (RFC 3261 §13.3.1.4).
#[derive(Debug)]
pub(super) struct Accepting {
    pub(super) dialog: DialogId,
    pub(super) server: ServerId,
    pub(super) bytes: Bytes,
    pub(super) interval: Duration,
}

impl Call {
    /// By what our side of its dialogs is known.
    pub(super) fn our_end(&self) -> OurEnd {
        let of = |dialog: &Dialog| (dialog.id().call_id.clone(), dialog.id().local_tag.clone());
        match self {
            Call::Calling(calling) => calling.end.clone(),
            Call::Offered(offered) => of(&offered.dialog),
            Call::Up(up) => of(&up.dialog),
        }
    }
}

impl Up {
    pub(super) fn new(dialog: Dialog, audio: AudioSession, since: Instant) -> Self {
        Up {
            dialog,
            audio,
            change: Change::None,
            timer: None,
            min_se: None,
            packages: Vec::new(),
            dialling: None,
            rseq: None,
            takes_update: false,
            refresh_due: false,
            wish: None,
            unconfirmed: false,
            hang_up: false,
            since,
            glares: 0,
            was_referred: false,
        }
    }

    /// What was wished for, or begun, before the call stood goes on.
    pub(super) fn carrying_on(mut self, early: &EarlyChange) -> Self {
        if let Some((exchange, wish)) = early.ours {
            self.change = Change::Ours(exchange, Some(wish));
        }
        self.wish = early.waiting;
        self
    }
}

/// A transfer that we asked for.
#[derive(Debug, Default)]
pub(super) struct Refer {
    /// The number of the REFER that was accepted; it names the notifications (RFC 3515 §2.4.6).
    pub(super) cseq: Option<u32>,
    /// Whether the peer has told anything.
    pub(super) is_told: bool,
    /// By what its dialog is known, when it is not that of a call.
    pub(super) outside: Option<OurEnd>,
    /// The call that it is about, when its dialog is another one.
    pub(super) about: Option<CallId>,
}

/// The wish of a peer that we call somebody.
#[derive(Debug)]
pub(super) struct Referral {
    pub(super) to: ReferTo,
    pub(super) referred_by: Option<Box<[u8]>>,
    /// What the Event of our notifications says.
    pub(super) event: String,
    /// The peer wants no notifications (RFC 4488).
    pub(super) is_silent: bool,
    /// The notification that is not answered.
    pub(super) under_way: Option<ExchangeId>,
    /// What to tell next, and whether it is the last.
    pub(super) next: Option<(StatusCode, &'static str)>,
    /// What was told.
    pub(super) told: StatusCode,
    /// When we stop telling.
    pub(super) until: Instant,
}

/// A request that is being served.
#[derive(Debug)]
pub(super) struct Inbound {
    pub(super) server: ServerId,
    pub(super) flow: Flow,
    pub(super) tag: Box<[u8]>,
    pub(super) merge: Option<MergeKey>,
    pub(super) call: Option<CallId>,
}

/// By what the same request on another way is known (RFC 3261 §8.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MergeKey {
    pub(super) call_id: Box<[u8]>,
    pub(super) from_tag: Box<[u8]>,
    pub(super) cseq: Box<[u8]>,
}
