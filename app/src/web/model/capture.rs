//! A capture of anybody's equipment, judged: what `ringback trace --json` prints too, schema `ringback.trace/1`.

use ringback_io::capture::{Capture, CaptureFault, Counts, read};
use ringback_roles::diagnosis::{
    Call, CallReport, Facts, FactsLimits, LadderView, Legs, ReportedFinding, report_whole,
};
use ringback_roles::explain::Explainer;
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Borrow;
use utoipa::ToSchema;

/// A capture, judged.
#[derive(Debug)]
pub(crate) struct Captured {
    /// What is to be said of all calls together.
    pub(crate) whole: Vec<ReportedFinding>,
    /// The first calls with their ladders, in the order of time.
    pub(crate) calls: Vec<(CallReport, LadderView)>,
    /// How many there are.
    pub(crate) calls_total: usize,
    pub(crate) counts: Counts,
    /// SIP messages.
    pub(crate) messages: u64,
    /// Messages for which there was no room.
    pub(crate) left_out: u64,
    /// Messages that were seen twice, on their way in and out of a machine.
    pub(crate) copies: u64,
}

/// The same for a program.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct TraceReport {
    /// The name and version of this form.
    pub(crate) schema: &'static str,
    /// The language of the sentences.
    pub(crate) lang: &'static str,
    /// How many packets; 0 for a text.
    pub(crate) packets: u64,
    /// SIP messages.
    pub(crate) messages: u64,
    /// Packets of which the capture has the beginning only.
    pub(crate) cut: u64,
    /// Whether it ends in the middle of a packet.
    pub(crate) torn: bool,
    /// Messages for which there was no room.
    pub(crate) left_out: u64,
    /// Messages that were seen twice.
    pub(crate) copies: u64,
    /// What is to be said of all calls together, in the form of `ringback trace --json`.
    #[schema(value_type = Vec<Object>)]
    pub(crate) findings: Vec<Value>,
    /// How many calls there are.
    pub(crate) calls_total: usize,
    /// The first of them with their verdicts, in the form of `ringback trace --json`.
    #[schema(value_type = Vec<Object>)]
    pub(crate) calls: Vec<Value>,
}

impl Captured {
    /// Judges a capture.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn judge(bytes: &[u8], explainer: &Explainer) -> Result<Captured, CaptureFault> {
        let mut desk = Desk { explainer, calls: Vec::new(), total: 0 };
        let mut capture = Capture::new(FactsLimits::default());
        let counts = read(bytes, &mut capture, &mut |capture| {
            let calls = capture.take_idle();
            if !calls.is_empty() {
                calls.iter().for_each(|legs| desk.take(capture.facts(), legs));
                capture.forget(&calls);
            }
        })?;
        capture.facts().legs().iter().for_each(|legs| desk.take(capture.facts(), legs));
        let Desk { mut calls, total, .. } = desk;
        calls.sort_by(|(a, _), (b, _)| (&a.began, &a.call_id).cmp(&(&b.began, &b.call_id)));
        let loss = capture.facts().loss();
        Ok(Captured {
            whole: report_whole(capture.facts(), explainer),
            calls,
            calls_total: total,
            counts,
            messages: capture.facts().messages() as u64,
            left_out: loss.messages,
            copies: loss.copies,
        })
    }

    /// The same for a program.
    pub(crate) fn report(&self, explainer: &Explainer) -> TraceReport {
        TraceReport {
            schema: "ringback.trace/1",
            lang: explainer.language().tag(),
            packets: self.counts.packets,
            messages: self.messages,
            cut: self.counts.cut,
            torn: self.counts.is_torn,
            left_out: self.left_out,
            copies: self.copies,
            findings: self.whole.iter().map(|found| json!(found)).collect(),
            calls_total: self.calls_total,
            calls: self.calls.iter().map(|(report, _)| json!(report)).collect(),
        }
    }
}

struct Desk<'a> {
    explainer: &'a Explainer,
    calls: Vec<(CallReport, LadderView)>,
    total: usize,
}

impl Desk<'_> {
    fn take<C: Borrow<Call>>(&mut self, facts: &Facts, legs: &Legs<C>) {
        self.total += 1;
        if self.calls.len() < CALLS_MAX {
            let mut report = CallReport::new(facts, legs, self.explainer);
            report.add_media(facts, legs, self.explainer);
            let ladder = report.ladder(legs, self.explainer);
            self.calls.push((report, ladder));
        }
    }
}

/// Most calls of one capture that are told; `ringback trace` tells all.
const CALLS_MAX: usize = 200;
