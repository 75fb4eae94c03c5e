//! What is printed: a line a call, and what it all came to.

use super::args::Args;
use super::counts::{Counts, Refused};
use crate::cli::Common;
use crate::cmd::trace::{table, write_finding};
use crate::named::unwritten;
use crate::terminal::Terminal;
use ringback_io::hep::HepFault;
use ringback_roles::diagnosis::{Call, CallReport, Facts, LadderView, Legs, report_whole, write_page};
use ringback_roles::explain::Explainer;
use serde_json::{Value, json};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;

/// Prints verdicts.
pub(super) struct Teller<'a> {
    args: &'a Args,
    json: bool,
    terminal: &'a Terminal,
    explainer: Explainer,
    /// What was said of calls that are not put away, by their first Call-ID, so that it is said again only when it changes.
    told: BTreeMap<String, String>,
    pages: BTreeMap<(String, String), (CallReport, LadderView)>,
    calls: u64,
    verdicts: BTreeMap<String, u64>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(args: &'a Args, common: &Common, terminal: &'a Terminal) -> Self {
        Teller {
            args,
            json: common.json,
            terminal,
            explainer: Explainer::new(common.language()),
            told: BTreeMap::new(),
            pages: BTreeMap::new(),
            calls: 0,
            verdicts: BTreeMap::new(),
        }
    }

    pub(super) fn greet(&self, label: &'static str, places: &[impl Display]) -> io::Result<()> {
        let places: Vec<_> = places.iter().map(ToString::to_string).collect();
        if self.json {
            return self.object("listening", json!({ "places": places }));
        }
        self.terminal.chatter(&format!("{} {}", self.say(label), places.join(", ")));
        self.terminal.result(&table::head(&self.explainer, self.terminal))
    }

    /// Says that a packet was not taken.
    pub(super) fn refuse(&self, from: SocketAddr, why: Refused) {
        self.terminal.chatter(&format!("{} {from}: {}", self.say("hep-refused-from"), self.why(why)));
    }

    /// Says what is new about a call.
    pub(super) fn tell<C: Borrow<Call>>(&mut self, facts: &Facts, legs: &Legs<C>) -> io::Result<()> {
        let mut report = CallReport::new(facts, legs, &self.explainer);
        let gist =
            format!("{:?} {} {} {}", report.status, report.judgement, report.verdict, report.legs.len());
        let known = self.told.insert(report.call_id.clone(), gist.clone());
        if known.as_ref() == Some(&gist) {
            return Ok(());
        }
        self.calls += u64::from(known.is_none());
        *self.verdicts.entry(report.verdict.clone()).or_default() += 1;
        if self.args.faults && report.judgement == "good" {
            return Ok(());
        }
        if self.json || self.args.html.is_some() {
            report.add_media(facts, legs, &self.explainer);
        }
        if self.json {
            self.object("call", json!(report))?;
        } else {
            self.terminal.result(&table::line(&report, self.terminal))?;
        }
        if self.args.html.is_some() {
            let ladder = report.ladder(legs, &self.explainer);
            self.pages.insert((report.began.clone(), report.call_id.clone()), (report, ladder));
            if self.pages.len() > PAGES_MAX {
                self.pages.pop_first();
            }
        }
        Ok(())
    }

    /// Forgets a call that was put away.
    pub(super) fn forget(&mut self, legs: &Legs<Call>) {
        for call in &legs.calls {
            self.told.remove(&call.name());
        }
    }

    /// Says what it all came to, and writes the page.
    pub(super) fn summarize(self, facts: &Facts, counts: &Counts) -> io::Result<()> {
        let whole = report_whole(facts, &self.explainer);
        if self.json {
            let refused: BTreeMap<_, _> =
                counts.refused.iter().map(|(why, count)| (self.why(*why), count)).collect();
            let all = json!({
                "packets": counts.packets, "messages": facts.messages(), "calls": self.calls,
                "copies": facts.loss().copies, "left_out": facts.loss().messages,
                "odd_ends": facts.loss().odd_ends, "verdicts": self.verdicts,
                "agents": counts.agents, "refused": refused, "findings": whole,
            });
            self.object("summary", all)?;
        } else {
            let mut text = String::new();
            whole.iter().for_each(|found| write_finding(&mut text, found, &self.explainer, self.terminal));
            self.terminal.result(&text)?;
        }
        let line = |text: String| self.terminal.chatter(&text);
        let counted = |count, id| self.explainer.counted(count, id);
        line(format!(
            "{}, {}, {}",
            counted(counts.packets, "diagnosis-packets"),
            counted(facts.messages().into(), "diagnosis-messages"),
            counted(self.calls, "hep-calls"),
        ));
        let mut verdicts: Vec<_> = self.verdicts.iter().collect();
        verdicts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        verdicts.iter().for_each(|(verdict, count)| line(format!("{count:>8} {verdict}")));
        for (agent, count) in &counts.agents {
            line(format!("{} {agent}: {}", self.say("hep-agent"), counted(*count, "diagnosis-packets")));
        }
        for (why, count) in &counts.refused {
            line(format!("{}: {}", counted(*count, "hep-refused"), self.why(*why)));
        }
        if facts.loss().odd_ends > 0 {
            line(counted(facts.loss().odd_ends, "diagnosis-odd-ends"));
        }
        if facts.loss().messages > 0 {
            line(counted(facts.loss().messages, "diagnosis-left-out"));
        }
        let Some(file) = &self.args.html else { return Ok(()) };
        let calls: Vec<_> = self.pages.into_values().collect();
        let page = write_page(self.explainer.label("hep-title"), &whole, &calls, &self.explainer);
        std::fs::write(file, page).map_err(unwritten(file))
    }

    fn say(&self, id: &'static str) -> &str {
        self.explainer.label(id)
    }

    fn why(&self, refused: Refused) -> &str {
        self.say(match refused {
            Refused::WrongKey => "hep-wrong-key",
            Refused::Fault(HepFault::NotHep) => "hep-not-hep",
            Refused::Fault(HepFault::NoEnds) => "hep-no-ends",
            Refused::Fault(HepFault::NoPayload) => "hep-no-payload",
            Refused::Fault(HepFault::Compressed) => "hep-compressed",
            Refused::Fault(HepFault::Length | HepFault::Chunk(_)) => "hep-malformed",
        })
    }

    fn object(&self, name: &str, mut fields: Value) -> io::Result<()> {
        fields["schema"] = json!(SCHEMA);
        fields["event"] = json!(name);
        self.terminal.result(&format!("{fields}\n"))
    }
}

/// Most calls on the page: the last ones.
const PAGES_MAX: usize = 10_000;
/// The name and version of what `--json` prints.
const SCHEMA: &str = "ringback.listen-hep/1";
