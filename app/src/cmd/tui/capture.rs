//! The calls of a capture.

use crate::cmd::trace;
use crate::named::unread;
use crate::terminal::Terminal;
use crate::tui::{CallSheet, News, Sent, Tone, why_lines};
use ringback_io::capture::{Capture, read};
use ringback_roles::diagnosis::{Call, CallReport, Facts, FactsLimits, Legs, Message};
use ringback_roles::explain::Explainer;
use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// A capture that will be read.
pub(super) struct CaptureSource {
    input: Box<dyn Read + Send>,
    capture: Capture,
    desk: Desk,
}

/// Where calls go when they are finished.
struct Desk {
    explainer: Explainer,
    calls: Vec<Arc<CallSheet>>,
    bytes: usize,
    left_out: u64,
}

impl CaptureSource {
    /// The capture in a file; `-` for stdin.
    pub(super) fn open(file: &Path, keylog: Option<&Path>, explainer: Explainer) -> io::Result<Self> {
        let input: Box<dyn Read + Send> = match file.as_os_str() == "-" {
            true => Box::new(io::stdin()),
            false => Box::new(File::open(file).map_err(unread(file))?),
        };
        let mut capture = Capture::new(FactsLimits::default());
        if let Some(keylog) = keylog {
            capture.key_log_mut().read(BufReader::new(File::open(keylog).map_err(unread(keylog))?))?;
        }
        let desk = Desk { explainer, calls: Vec::new(), bytes: 0, left_out: 0 };
        Ok(CaptureSource { input, capture, desk })
    }

    /// Reads it to its end, and tells its calls.
    pub(super) fn read(self, sender: &Sender<News>) {
        let CaptureSource { input, mut capture, mut desk } = self;
        let done = read(input, &mut capture, &mut |capture| {
            let calls = capture.take_idle();
            if !calls.is_empty() {
                calls.iter().for_each(|legs| desk.take(capture.facts(), legs));
                capture.forget(&calls);
                // Without a screen nobody asks any more.
                let _ = sender.send(desk.news(false));
            }
        });
        capture.facts().legs().iter().for_each(|legs| desk.take(capture.facts(), legs));
        let _ = sender.send(desk.news(true));
        if let Err(fault) = done {
            let _ = sender.send(News::Fault(trace::told(&fault)));
        }
    }
}

impl Desk {
    fn take<C: Borrow<Call>>(&mut self, facts: &Facts, legs: &Legs<C>) {
        let bytes: usize =
            legs.iter().flat_map(|(call, _)| &call.messages).map(|message| message.bytes.len()).sum();
        if self.calls.len() >= CALLS_MAX || self.bytes + bytes > BYTES_MAX {
            self.left_out += 1;
            return;
        }
        self.bytes += bytes;
        self.calls.push(Arc::new(sheet(facts, legs, &self.explainer)));
    }

    fn news(&mut self, is_complete: bool) -> News {
        self.calls.sort_by(|a, b| (&a.began, &a.id).cmp(&(&b.began, &b.id)));
        News::Calls { calls: self.calls.clone(), left_out: self.left_out, is_complete }
    }
}

fn sheet<C: Borrow<Call>>(facts: &Facts, legs: &Legs<C>, explainer: &Explainer) -> CallSheet {
    let mut report = CallReport::new(facts, legs, explainer);
    report.add_media(facts, legs, explainer);
    let ladder = report.ladder(legs, explainer);
    let mut messages: Vec<&Message> = legs.iter().flat_map(|(call, _)| &call.messages).collect();
    messages.sort_by_key(|message| message.no);
    let why = trace::findings(&report, explainer, &Terminal::plain());
    CallSheet {
        tone: match report.judgement {
            "good" => Tone::Good,
            "open" => Tone::Open,
            _ => Tone::Fault,
        },
        why: why_lines(&why, 1),
        messages: messages.into_iter().map(sent).collect(),
        ladder,
        id: report.call_id,
        began: report.began,
        from: report.from,
        to: report.to,
        method: report.method,
        status: report.status,
        verdict: report.verdict,
    }
}

fn sent(message: &Message) -> Sent {
    let Message { at, transport, src, dst, .. } = *message;
    Sent { at, transport, src, dst, bytes: message.bytes.clone() }
}

/// Most calls on the screen.
const CALLS_MAX: usize = 5000;
/// Most bytes of messages on the screen.
const BYTES_MAX: usize = 256 << 20;
