//! The media of a call as its messages tell of them: what each side offered and answered, step by step (RFC 3264).
//!
//! Who reads messages knows what was agreed, and not what was heard; that tell streams and reports.

mod line;
mod told;

pub use line::{MediaEnd, MediaLine, Protection};
pub use told::{ReportedMedia, ToldMedia, tell_media};

use super::facts::{Call, Facts, FactsLimits, Message, Point, Seen, Transaction};
use super::record::{Passage, Record, What};
use crate::routing::is_private;
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::sdp::Description;
use ringback_sip::time::Instant;
use serde::{Serialize, Serializer};

/// An offer, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaStep {
    /// When it was offered.
    #[serde(serialize_with = "as_text")]
    pub at: Instant,
    /// When it was answered, or refused.
    #[serde(serialize_with = "as_text_if_any")]
    pub answered: Option<Instant>,
    /// How far it came.
    pub state: MediaState,
    /// The code that refused it.
    pub status: Option<u16>,
    /// Whether the caller made the offer.
    #[serde(rename = "by", serialize_with = "side")]
    pub by_caller: bool,
    /// The number of the message with the offer.
    pub offer: u32,
    /// The number of the message with the answer.
    pub answer: Option<u32>,
    /// Each medium, in the order of the offer.
    #[serde(rename = "media")]
    pub lines: Vec<MediaLine>,
}

/// How far an offer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MediaState {
    /// No answer yet.
    Offered,
    /// The request that carried it was refused: what was agreed before stays (RFC 3261 §14.1).
    Refused,
    /// An answer in a provisional response: media may pass before somebody picks up (RFC 3960).
    Early,
    /// Answered.
    Agreed,
}

/// An offer with what belongs to it, on one hop.
struct Exchange<'a> {
    offer: &'a Message,
    offered: Description,
    answer: Option<(&'a Message, Description)>,
    state: MediaState,
    status: Option<StatusCode>,
    /// When a refusal came.
    refused: Option<Instant>,
}

/// The offers of a call and what came of them, in the order of time. What passed through a server unchanged counts once,
/// and so does an offer to several phones of which one answered.
pub fn media_of(facts: &Facts, call: &Call) -> Vec<MediaStep> {
    let mut exchanges: Vec<Exchange<'_>> = Vec::new();
    for exchange in call.transactions.iter().filter_map(|one| Exchange::read(call, one)) {
        if exchanges.len() >= STEPS_MAX {
            break;
        }
        match exchanges.iter_mut().find(|known| known.is_same(&exchange)) {
            Some(known) if known.state < exchange.state => {
                // The offer as it was seen first stands nearest to who made it.
                *known = Exchange { offer: known.offer, ..exchange };
            }
            Some(_) => {}
            None => exchanges.push(exchange),
        }
    }
    drop_attempts(&mut exchanges);
    exchanges.iter().map(|exchange| exchange.step(facts, call)).collect()
}

/// The same of a call that a server recorded: the number of a message is its place among those of the records, from 1.
pub fn media_of_records(records: &[Record]) -> Vec<MediaStep> {
    let mut facts = Facts::new(FactsLimits::default());
    for record in records {
        let What::Message(Passage { flow, sent, bytes }) = &record.what else { continue };
        let (src, dst) = if *sent { (flow.local, flow.remote) } else { (flow.remote, flow.local) };
        facts.set_local(flow.local.ip());
        facts.add_message(&Seen {
            at: record.at,
            frame: 0,
            src,
            dst,
            transport: flow.transport,
            fragmented: false,
            link: 0,
            capturer: None,
            bytes,
        });
    }
    facts.calls().next().map(|call| media_of(&facts, call)).unwrap_or_default()
}

/// Leaves out what was refused before the call stood, when the same side then offered again: with a password, or to
/// another.
fn drop_attempts(exchanges: &mut Vec<Exchange<'_>>) {
    let is_first = |exchange: &Exchange<'_>| exchange.offer.to_tag.is_empty();
    let again = exchanges.iter().rposition(is_first);
    let mut place = 0;
    exchanges.retain(|exchange| {
        let is_attempt = is_first(exchange) && exchange.state == MediaState::Refused;
        let keeps = !is_attempt || Some(place) == again;
        place += 1;
        keeps
    });
}

impl<'a> Exchange<'a> {
    fn read(call: &'a Call, transaction: &'a Transaction) -> Option<Self> {
        let carries = matches!(transaction.method, Some(Method::Invite | Method::Update | Method::Prack));
        let request = call.request_of(transaction).filter(|_| carries)?;
        // A success tells more than what came before it, of which the last counts.
        let all = transaction.finals.iter().chain(transaction.provisionals.iter().rev());
        let mut responses: Vec<&Message> = all.map(|&place| &call.messages[place]).collect();
        responses.sort_by_key(|response| !response.is_success());
        let spoken = || responses.iter().find_map(|response| Some((*response, response.read_sdp()?)));
        let (offer, offered, answer) = match request.read_sdp() {
            Some(offered) => (request, offered, spoken()),
            // Without an offer in the request it is in the response, and the answer in what confirms that
            // (RFC 3261 §13.2.1, RFC 3262 §5).
            None if transaction.method == Some(Method::Invite) => {
                let (offer, offered) = spoken()?;
                let confirms = |one: &&Message| {
                    (one.is(Method::Ack) || one.is(Method::Prack))
                        && one.at >= offer.at
                        && one.from_tag == request.from_tag
                        && one.to_tag == offer.to_tag
                };
                let mut confirming = call.messages.iter().filter(confirms);
                (offer, offered, confirming.find_map(|one| Some((one, one.read_sdp()?))))
            }
            None => return None,
        };
        let refusal = call.final_of(transaction).filter(|last| last.code().is_some_and(|code| code >= 300));
        let state = match (&answer, refusal) {
            (_, Some(_)) => MediaState::Refused,
            (Some((answer, _)), None) if answer.status.is_some_and(StatusCode::is_provisional) => {
                MediaState::Early
            }
            (Some(_), None) => MediaState::Agreed,
            (None, None) => MediaState::Offered,
        };
        let status = refusal.and_then(|refusal| refusal.status);
        Some(Exchange { offer, offered, answer, state, status, refused: refusal.map(|refusal| refusal.at) })
    }

    /// Whether both are the same offer on two hops, or to two phones, of which at most one answered, or both the same.
    fn is_same(&self, other: &Self) -> bool {
        let key = |one: &Self| (one.offer.cseq, one.offer.method, author(one.offer).to_vec());
        let answers = [&self.answer, &other.answer].map(|answer| answer.as_ref().map(|(_, text)| text));
        let is_one_answer = match answers {
            [Some(own), Some(theirs)] => own == theirs,
            _ => true,
        };
        key(self) == key(other) && self.offered == other.offered && is_one_answer
    }

    fn step(&self, facts: &Facts, call: &Call) -> MediaStep {
        let by_caller = call.opening().is_some_and(|opening| opening.from_tag[..] == *author(self.offer));
        let answered = self.answer.as_ref().filter(|_| self.state != MediaState::Refused);
        let is_outside = [
            is_from_outside(facts, call, self.offer, &self.offered),
            answered.is_some_and(|(answer, text)| is_from_outside(facts, call, answer, text)),
        ];
        let ends = (&self.offered, answered.map(|(_, text)| text));
        MediaStep {
            at: self.offer.at,
            answered: self.refused.or(answered.map(|(answer, _)| answer.at)),
            state: self.state,
            status: self.status.map(StatusCode::number),
            by_caller,
            offer: self.offer.no,
            answer: answered.map(|(answer, _)| answer.no),
            lines: line::read(ends, is_outside, by_caller),
        }
    }
}

fn as_text<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn as_text_if_any<S: Serializer>(at: &Option<Instant>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(serializer)
}

fn side<S: Serializer>(by_caller: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if *by_caller { "caller" } else { "callee" })
}

/// The tag of who wrote a message.
fn author(message: &Message) -> &[u8] {
    if message.is_request() { &message.from_tag } else { &message.to_tag }
}

/// Whether who wrote a description is seen to come from a public address: what is private in it means nothing here. Only
/// where a message arrives is its sender's address the one that the network sees.
fn is_from_outside(facts: &Facts, call: &Call, message: &Message, text: &Description) -> bool {
    let is_copy = |one: &&Message| author(one) == author(message) && one.read_sdp().as_ref() == Some(text);
    let first = call.messages.iter().find(is_copy).unwrap_or(message);
    facts.point(first) != Point::Sender && !is_private(first.src.ip())
}

/// Most offers of a call that are told.
const STEPS_MAX: usize = 64;

#[cfg(test)]
mod tests;
