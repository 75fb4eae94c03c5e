//! A call as a person reads it: what became of it, why, and its ladder. Commands, pages and data are made from it.

use super::facts::{Call, CallKind, Facts, Message, Stream};
use super::finding::{Finding, RuleId};
use super::ladder::{LadderView, PARTIES_MAX, Rung};
use super::legs::{Legs, Tie};
use super::media::{ReportedMedia, media_of};
use super::rules::ending::{Ender, ended_by};
use super::told::{Told, tell};
use super::verdict::{Diagnosis, diagnose_legs, diagnose_whole};
use crate::explain::Explainer;
use core::borrow::Borrow;
use core::net::SocketAddr;
use ringback_sip::registry::{Method, StatusCode};
use serde::Serialize;

/// A call and what is to be said about it.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// The Call-ID; with several legs that of the first.
    pub call_id: String,
    /// The other legs: calls with Call-IDs of their own that are this call.
    pub legs: Vec<ReportedLeg>,
    /// `call`, `registration`, `subscription` or `other`.
    pub kind: &'static str,
    /// The method that opened it.
    pub method: String,
    /// The URI of From.
    pub from: String,
    /// The URI of To.
    pub to: String,
    /// When it began.
    pub began: String,
    /// From its first message to its last, in seconds.
    pub seconds: f64,
    /// How many messages it has.
    pub messages: usize,
    /// The final response to what opened it, when there is one.
    pub status: Option<u16>,
    /// From the answer to the end of the call, in seconds, when it was answered and ended.
    pub talked_seconds: Option<f64>,
    /// Who ended it, when it was answered and somebody hung up in view.
    pub ended_by: Option<Ender>,
    /// The first thing to say, in a few words: a title, or that it went well.
    pub verdict: String,
    /// `good`, `fault`, `unknown`, or `open` when its end was not seen.
    pub judgement: &'static str,
    /// Faults that stand for themselves, the surest first.
    pub roots: Vec<ReportedFinding>,
    /// What follows from them.
    pub symptoms: Vec<ReportedFinding>,
    /// What is worth knowing.
    pub notes: Vec<ReportedFinding>,
    /// Rules that looked and found that it is not that.
    pub ruled_out: Vec<RuleId>,
    /// Its media.
    pub streams: Vec<ReportedStream>,
    /// What its sides offered and answered, once [`CallReport::add_media`] has read it.
    pub media: Vec<ReportedMedia>,
}

/// A leg that is of the call.
#[derive(Clone, Debug, Serialize)]
pub struct ReportedLeg {
    /// Its Call-ID.
    pub call_id: String,
    /// The final response to its INVITE.
    pub status: Option<u16>,
    /// Why it is of the call, and how sure that is.
    #[serde(flatten)]
    pub tie: Tie,
    /// The same in words.
    pub told: String,
    /// What its sides offered and answered.
    pub media: Vec<ReportedMedia>,
}

/// A finding with its sentences.
#[derive(Clone, Debug, Serialize)]
pub struct ReportedFinding {
    /// The finding as data.
    pub finding: Finding,
    /// The finding in words.
    pub told: Told,
}

/// A stream in figures.
#[derive(Clone, Debug, Serialize)]
pub struct ReportedStream {
    /// Who sends.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// The format; `RTCP` for a stream that did not pass here and is known by reports.
    pub codec: String,
    /// Packets seen, or sent as its sender says.
    pub packets: u64,
    /// Packets that never came.
    pub lost: i64,
    /// The worst jitter, in milliseconds.
    pub jitter_max_millis: f64,
    /// From its first packet to its last, in seconds.
    pub seconds: f64,
    /// The keys that were pressed.
    pub digits: String,
}

impl CallReport {
    /// Judges a call with its legs and says what is to be said.
    pub fn new<C: Borrow<Call>>(facts: &Facts, legs: &Legs<C>, explainer: &Explainer) -> Self {
        let diagnosis = diagnose_legs(facts, legs);
        let call: &Call = legs.calls[0].borrow();
        let judgement = match (diagnosis.verdict(), diagnosis.is_unknown) {
            (Some(_), _) => "fault",
            (None, true) => "unknown",
            (None, false) if has_no_end(call) => "open",
            (None, false) => "good",
        };
        let report = |findings: &[Finding]| reported(findings, explainer);
        let Diagnosis { roots, symptoms, notes, ruled_out, .. } = &diagnosis;
        let roots = report(roots);
        let verdict = match roots.first() {
            Some(first) => first.told.title.clone(),
            None => explainer.label(&format!("diagnosis-{judgement}")).to_owned(),
        };
        let opening = call.opening();
        let [from, to] = call.parties();
        let method = opening.and_then(|message| message.method);
        CallReport {
            call_id: call.name(),
            legs: legs
                .iter()
                .filter_map(|(call, tie)| Some(ReportedLeg::new(call, tie?, explainer)))
                .collect(),
            kind: kind_name(call.kind),
            method: method.map(|method| method.as_str().to_owned()).unwrap_or_default(),
            from,
            to,
            began: call.began().to_string(),
            seconds: call.ended().since(call.began()).as_secs_f64(),
            messages: legs.iter().map(|(call, _)| call.messages.len()).sum(),
            status: method.and_then(|method| outcome(call, method)).map(StatusCode::number),
            talked_seconds: talked(call),
            ended_by: ended_by(legs, &diagnosis.roots),
            verdict,
            judgement,
            roots,
            symptoms: report(symptoms),
            notes: report(notes),
            ruled_out: ruled_out.clone(),
            streams: legs
                .iter()
                .flat_map(|(call, _)| facts.streams_of(call))
                .map(ReportedStream::new)
                .collect(),
            media: Vec::new(),
        }
    }

    /// Reads what each leg's sides offered and answered: a line of a table has no use for it.
    pub fn add_media<C: Borrow<Call>>(&mut self, facts: &Facts, legs: &Legs<C>, explainer: &Explainer) {
        let read = |call| ReportedMedia::of(media_of(facts, call), explainer);
        self.media = read(legs.calls[0].borrow());
        let others = legs.iter().filter(|(_, tie)| tie.is_some());
        self.legs.iter_mut().zip(others).for_each(|(leg, (call, _))| leg.media = read(call));
    }

    /// Every finding, the first thing to read first.
    pub fn findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        self.roots.iter().chain(&self.symptoms).chain(&self.notes)
    }

    /// The messages of all legs between the parties, with what the findings point at marked.
    pub fn ladder<C: Borrow<Call>>(&self, legs: &Legs<C>, explainer: &Explainer) -> LadderView {
        let mut messages: Vec<&Message> = legs.iter().flat_map(|(call, _)| &call.messages).collect();
        messages.sort_by_key(|message| message.no);
        let mut parties: Vec<String> = Vec::new();
        let ends: Vec<SocketAddr> = messages.iter().flat_map(|message| [message.src, message.dst]).collect();
        let mut distinct = ends.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let name = |end: SocketAddr| {
            if distinct.len() > PARTIES_MAX { end.ip().to_string() } else { end.to_string() }
        };
        for end in ends {
            let name = name(end);
            if parties.len() < PARTIES_MAX && !parties.contains(&name) {
                parties.push(name);
            }
        }
        let place =
            |end: SocketAddr| parties.iter().position(|party| *party == name(end)).unwrap_or(PARTIES_MAX);
        let rung = |message: &Message| {
            let marks = self.findings().flat_map(|found| &found.told.evidence);
            let marks: Vec<_> =
                marks.filter(|mark| mark.message == message.no).map(|mark| mark.why.as_str()).collect();
            Rung {
                mark: (!marks.is_empty()).then(|| marks.join("; ")),
                ..rung_of(message, [place(message.src), place(message.dst)], explainer)
            }
        };
        let rungs = messages.into_iter().map(rung).collect();
        LadderView { parties, rungs }
    }
}

/// What is to be said of the capture as a whole and not of one call, as of a scan over many.
pub fn report_whole(facts: &Facts, explainer: &Explainer) -> Vec<ReportedFinding> {
    let Diagnosis { roots, symptoms, notes, .. } = diagnose_whole(facts);
    reported(&[roots, symptoms, notes].concat(), explainer)
}

fn reported(findings: &[Finding], explainer: &Explainer) -> Vec<ReportedFinding> {
    let told = |found: &Finding| ReportedFinding { told: tell(found, explainer), finding: found.clone() };
    findings.iter().map(told).collect()
}

/// A message as the line of a ladder.
fn rung_of(message: &Message, [from, to]: [usize; 2], explainer: &Explainer) -> Rung {
    let method = message.method.map(|method| method.as_str().to_owned());
    let sentence =
        message.status.map(|status| explainer.gist_in(status, method.as_deref().unwrap_or_default()));
    let title = format!("{} {}", message.no, message.title());
    let method = method.filter(|_| message.status.is_some());
    Rung { at: message.at, from, to, is_both_ways: false, title, method, sentence, mark: None }
}

impl ReportedLeg {
    fn new(call: &Call, tie: Tie, explainer: &Explainer) -> Self {
        let say = |id: String| explainer.label(&id).to_owned();
        let certainty = say(format!("diagnosis-{}", tie.certainty.as_str()));
        let sign = say(format!("diagnosis-leg-{}", tie.sign.as_str()));
        ReportedLeg {
            call_id: call.name(),
            status: outcome(call, Method::Invite).map(StatusCode::number),
            tie,
            told: format!("{certainty}: {sign}"),
            media: Vec::new(),
        }
    }
}

impl ReportedStream {
    fn new(stream: &Stream) -> Self {
        let digit = |event: u8| char::from(*b"0123456789*#ABCD".get(usize::from(event)).unwrap_or(&b'?'));
        let payload_type = stream.payload_types.first().map_or(0, |(number, _)| *number);
        let codec = if stream.codec.is_empty() { payload_type.to_string() } else { stream.codec.clone() };
        // What did not pass here is known by what its ends report.
        let told = stream.report.filter(|_| stream.is_only_told());
        let jitter = told.map_or(stream.jitter_max, |(.., jitter)| {
            f64::from(jitter) * 1000.0 / f64::from(stream.clock_rate.max(1))
        });
        ReportedStream {
            from: stream.key.src,
            to: stream.key.dst,
            codec: if told.is_some() { "RTCP".to_owned() } else { codec },
            packets: if told.is_some() { stream.sent.into() } else { stream.packets },
            lost: told.map_or(stream.lost, |(_, lost, _)| lost.into()),
            jitter_max_millis: (jitter * 10.0).round() / 10.0,
            seconds: stream.last.since(stream.first).as_secs_f64(),
            digits: stream.digits.iter().map(|(_, event)| digit(*event)).collect(),
        }
    }
}

fn kind_name(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Call => "call",
        CallKind::Registration => "registration",
        CallKind::Subscription => "subscription",
        CallKind::Other => "other",
    }
}

/// The final response that counts: a success, else the last refusal that was no challenge, else the last one.
fn outcome(call: &Call, method: Method) -> Option<StatusCode> {
    let finals =
        call.messages.iter().filter(|message| message.method == Some(method) || method == Method::Ack);
    let finals: Vec<_> =
        finals.filter_map(|message| message.status).filter(|status| status.is_final()).collect();
    let is_challenge = |status: &&StatusCode| matches!(status.number(), 401 | 407);
    let success = finals.iter().find(|status| status.is_success());
    success.or(finals.iter().rev().find(|status| !is_challenge(status))).or(finals.last()).copied()
}

/// Whether its opening request got provisional responses only.
fn has_no_end(call: &Call) -> bool {
    call.transactions.first().is_some_and(|first| first.finals.is_empty() && !first.provisionals.is_empty())
        && call.messages.iter().all(|message| message.status.is_none_or(|status| status.is_provisional()))
}

fn talked(call: &Call) -> Option<f64> {
    let answer = call.answer().filter(|answer| answer.method == Some(Method::Invite))?;
    let bye = call.messages.iter().find(|message| message.is(Method::Bye) && message.at >= answer.at)?;
    Some(bye.at.since(answer.at).as_secs_f64())
}
