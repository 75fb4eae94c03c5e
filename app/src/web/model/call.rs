//! A call with its evidence, schema `ringback.why/1`: what `ringback why --json` prints too.

use super::{CallLine, MediaOffer};
use crate::log;
use crate::phone::printable;
use crate::settings::stream_word;
use crate::web::Hub;
use crate::why::{Case, fate_id, ladder, nearest, title};
use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::{BranchAccount, LadderView, What, media_of_records, tell_end, tell_fact};
use ringback_roles::explain::Explainer;
use ringback_sip::journal::Entry;
use ringback_sip::time::Instant;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io;
use utoipa::ToSchema;

/// A call with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct CallPage {
    #[serde(flatten)]
    pub(crate) line: CallLine,
    /// Whom the server asked, and what came of it.
    pub(crate) branches: Vec<Branch>,
    /// What the server noted, in the order of time.
    pub(crate) facts: Vec<FactLine>,
    /// The messages, in the order of time.
    pub(crate) messages: Vec<MessageLine>,
    /// The messages between parties.
    pub(crate) ladder: LadderRows,
    /// What the sides agreed on for their media, step by step; the server does not hear the media themselves.
    pub(crate) media: Vec<MediaOffer>,
}

/// One whom the server asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Branch {
    /// Its number, from 0.
    pub(crate) branch: u32,
    /// The target URI.
    pub(crate) target: String,
    /// The addresses that were tried, in order.
    pub(crate) peers: Vec<String>,
    /// How it ended, as a word or a code.
    pub(crate) end: Option<String>,
    /// The same in a sentence.
    pub(crate) end_text: String,
    /// What became of its answer, as data.
    #[schema(value_type = Object)]
    pub(crate) fate: Value,
    /// The same in a sentence.
    pub(crate) fate_text: String,
}

/// A fact of the journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct FactLine {
    /// When.
    pub(crate) at: String,
    /// Which: `answered`, `branch`, `binding` …
    pub(crate) fact: String,
    /// In a sentence.
    pub(crate) text: String,
    /// Whether it is evidence for the verdict.
    pub(crate) tells: bool,
    /// What else the fact says, schema `ringback.journal/1`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) more: Map<String, Value>,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MessageLine {
    /// When.
    pub(crate) at: String,
    /// Whether the server sent it; else it came.
    pub(crate) sent: bool,
    /// The address of the other side.
    pub(crate) peer: String,
    /// `udp`, `tcp`, `tls`, `ws`, `wss`.
    pub(crate) transport: String,
    /// Its start line.
    pub(crate) start: String,
    /// The whole of it, without what is private.
    pub(crate) message: String,
    /// Whether it is evidence for the verdict.
    pub(crate) tells: bool,
}

/// The messages between parties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LadderRows {
    /// The names of the parties, from left to right.
    pub(crate) parties: Vec<String>,
    /// The lines, the first at the top.
    pub(crate) rungs: Vec<LadderRow>,
    /// The picture, made of the same.
    #[serde(skip)]
    pub(crate) svg: String,
}

/// A line of a ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LadderRow {
    /// When.
    pub(crate) at: String,
    /// Milliseconds since the first line, written with one digit behind the point.
    pub(crate) millis: String,
    /// The place of the party that sent it.
    pub(crate) from: usize,
    /// The place of the party that got it.
    pub(crate) to: usize,
    /// The method, or the code and phrase.
    pub(crate) title: String,
    /// The method that a response belongs to.
    pub(crate) method: Option<String>,
    /// What evidence says about it.
    pub(crate) mark: Option<String>,
    /// The place of its message among the messages of the call.
    pub(crate) message: usize,
}

impl CallPage {
    /// The call with this Call-ID as the server has it on record; else the Call-IDs that look most like it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) fn of(
        hub: &Hub,
        call_id: &str,
        explainer: &Explainer,
    ) -> io::Result<Result<CallPage, Vec<String>>> {
        let Some(folder) = &hub.journal else { return Ok(Err(Vec::new())) };
        let reader = RecordReader::open(folder)?;
        match Case::read(&reader, call_id.as_bytes())? {
            Some(case) => Ok(Ok(CallPage::new(&case, explainer, hub.clock.now()))),
            None => Ok(Err(nearest(&reader, call_id.as_bytes())?)),
        }
    }

    /// A call that was read from the journal.
    pub(crate) fn new(case: &Case, explainer: &Explainer, now: Instant) -> CallPage {
        let (mut facts, mut messages) = (Vec::new(), Vec::new());
        for (place, record) in case.records.iter().enumerate() {
            let tells = case.account.telling.contains(&place);
            match &record.what {
                What::Fact(fact) => {
                    let entry = Entry::new(record.at, &record.call_id, fact.clone());
                    facts.push(FactLine::new(&entry, tells, explainer));
                }
                What::Message(passage) => messages.push(MessageLine {
                    at: record.at.to_string(),
                    sent: passage.sent,
                    peer: passage.flow.remote.to_string(),
                    transport: stream_word(passage.flow.transport).to_owned(),
                    start: title(record),
                    message: text(&passage.bytes),
                    tells,
                }),
                _ => {}
            }
        }
        CallPage {
            line: CallLine::new(case, explainer, now),
            branches: case.account.branches.iter().map(|branch| Branch::new(branch, explainer)).collect(),
            facts,
            messages,
            ladder: LadderRows::new(&ladder(case, explainer)),
            media: media_of_records(&case.records)
                .iter()
                .map(|step| MediaOffer::new(step, explainer))
                .collect(),
        }
    }
}

impl FactLine {
    fn new(entry: &Entry, tells: bool, explainer: &Explainer) -> Self {
        let Value::Object(mut more) = log::object(entry) else { return FactLine::default() };
        ["at", "fact"].iter().for_each(|name| drop(more.remove(*name)));
        let text = format!("{}{}", tell_fact(&entry.fact, explainer), log::cause_text(&entry.fact));
        FactLine { at: entry.at.to_string(), fact: entry.fact.id().to_owned(), text, tells, more }
    }
}

impl Branch {
    fn new(branch: &BranchAccount, explainer: &Explainer) -> Self {
        Branch {
            branch: branch.branch,
            target: branch.target.clone(),
            peers: branch.peers.iter().map(ToString::to_string).collect(),
            end: branch.end.map(log::end_text),
            end_text: branch.end.map(|end| tell_end(end, explainer)).unwrap_or_default(),
            fate: json!(branch.fate),
            fate_text: explainer.label(fate_id(branch.fate)).to_owned(),
        }
    }
}

impl LadderRows {
    fn new(view: &LadderView) -> Self {
        let start = view.rungs.first().map(|rung| rung.at).unwrap_or_default();
        let row = |(message, rung): (usize, &ringback_roles::diagnosis::Rung)| LadderRow {
            at: rung.at.to_string(),
            millis: format!("{:.1}", rung.at.since(start).as_secs_f64() * 1000.0),
            from: rung.from,
            to: rung.to,
            title: rung.title.clone(),
            method: rung.method.clone(),
            mark: rung.mark.clone(),
            message,
        };
        LadderRows {
            parties: view.parties.clone(),
            rungs: view.rungs.iter().enumerate().map(row).collect(),
            svg: view.write_linked_svg(MESSAGE_ANCHOR),
        }
    }
}

/// The text of a message, each line ended by a line feed.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(|line| printable(line.as_bytes()) + "\n").collect()
}

/// With a rung's place behind it: the id of the message to which the rung leads.
pub(crate) const MESSAGE_ANCHOR: &str = "m";
