//! The state × input tables of the four machines: every state is given every input, over both kinds of
//! transport. `docs/transactions.md` shows the same tables, with a diagram of each.
//!
//! `RINGBACK_BLESS=1 cargo test -p ringback-sip transaction::tables` writes both anew.

use super::invite_client::InviteClient;
use super::invite_server::InviteServer;
use super::machine::{Ended, Output, Outputs, Sent};
use super::non_invite_client::NonInviteClient;
use super::non_invite_server::NonInviteServer;
use crate::registry::{Timer, TimerValues};
use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::path::{Path, PathBuf};

/// What a machine shows to its tests.
pub(super) trait Machine: Sized {
    const NAME: &'static str;
    const TITLE: &'static str;
    type State: Copy + Debug + PartialEq;
    type Input: Copy + Debug;
    fn states() -> Vec<Self::State>;
    fn inputs() -> Vec<Self::Input>;
    fn begin(reliable: bool, values: &TimerValues) -> (Self, Outputs);
    fn at(state: Self::State, reliable: bool, values: &TimerValues) -> Self;
    fn state(&self) -> Self::State;
    fn step(&mut self, input: Self::Input, values: &TimerValues) -> Outputs;
    fn timer(timer: Timer) -> Self::Input;
}

/// One arrow.
struct Row {
    reliable: bool,
    from: String,
    input: String,
    to: String,
    outputs: Vec<String>,
    ignored: bool,
}

#[test]
fn every_state_takes_every_input_as_the_committed_tables_say() {
    expect(&table_path::<InviteClient>(), &table::<InviteClient>());
    expect(&table_path::<NonInviteClient>(), &table::<NonInviteClient>());
    expect(&table_path::<InviteServer>(), &table::<InviteServer>());
    expect(&table_path::<NonInviteServer>(), &table::<NonInviteServer>());
}

#[test]
fn the_document_shows_the_tables_of_the_code() {
    let mut text = String::from(INTRODUCTION);
    document::<InviteClient>(&mut text);
    document::<NonInviteClient>(&mut text);
    document::<InviteServer>(&mut text);
    document::<NonInviteServer>(&mut text);
    expect(&root().join("../docs/transactions.md"), &text);
}

#[test]
fn a_terminated_machine_does_nothing() {
    fn check<M: Machine>() {
        for row in rows::<M>().iter().filter(|r| r.from == "Terminated") {
            assert!(row.ignored && row.to == "Terminated", "{}: {}", M::NAME, row.input);
        }
    }
    check::<InviteClient>();
    check::<NonInviteClient>();
    check::<InviteServer>();
    check::<NonInviteServer>();
}

#[test]
fn every_ending_goes_to_terminated_and_nothing_else_does() {
    fn check<M: Machine>() {
        for row in rows::<M>().iter().filter(|r| r.from != "Terminated") {
            let ends = row.outputs.iter().any(|o| o.starts_with("end"));
            assert_eq!(ends, row.to == "Terminated", "{}: {} {}", M::NAME, row.from, row.input);
        }
    }
    check::<InviteClient>();
    check::<NonInviteClient>();
    check::<InviteServer>();
    check::<NonInviteServer>();
}

const INTRODUCTION: &str = "\
# The four transactions

Written by the tests of `sip/src/transaction/tables.rs` from the machines themselves; do not edit. A pair of state and
input that is not listed is ignored, counted and journalled. A timer of 0 s fires at once. Arrows that differ between
unreliable transports (UDP) and reliable ones (TCP, TLS, WebSocket) are listed for each.
";

fn rows<M: Machine>() -> Vec<Row> {
    let values = TimerValues::default();
    let mut rows = Vec::new();
    for reliable in [false, true] {
        for state in M::states() {
            for input in M::inputs() {
                let mut machine = M::at(state, reliable, &values);
                let outputs = machine.step(input, &values);
                rows.push(Row {
                    reliable,
                    from: format!("{state:?}"),
                    input: input_name(&input),
                    to: format!("{:?}", machine.state()),
                    ignored: outputs.as_slice() == [Output::Ignore],
                    outputs: outputs.iter().map(output_name).collect(),
                });
            }
        }
    }
    rows
}

fn table<M: Machine>() -> String {
    let mut text = format!("# {}\n", M::TITLE);
    for reliable in [false, true] {
        let (machine, outputs) = M::begin(reliable, &TimerValues::default());
        let outputs: Vec<_> = outputs.iter().map(output_name).collect();
        let _ = write!(text, "\n[{}]\n", kind(reliable));
        let _ = writeln!(text, "(start) -> {:?}: {}", machine.state(), outputs.join(", "));
        for row in rows::<M>().iter().filter(|r| r.reliable == reliable) {
            let _ = writeln!(text, "{} + {} -> {}: {}", row.from, row.input, row.to, row.outputs.join(", "));
        }
    }
    text
}

fn document<M: Machine>(text: &mut String) {
    let _ = write!(text, "\n## {}\n\n", M::TITLE);
    let rows = rows::<M>();
    let arrows: Vec<&Row> = rows.iter().filter(|r| !r.ignored).collect();
    let (machine, _) = M::begin(false, &TimerValues::default());
    let _ = write!(text, "```mermaid\nstateDiagram-v2\n    [*] --> {:?}\n", machine.state());
    for ((from, to), inputs) in diagram(&arrows) {
        let to = if to == "Terminated" { "[*]" } else { to };
        let _ = writeln!(text, "    {from} --> {to}: {}", inputs.join(", "));
    }
    text.push_str(
        "```\n\n| transport | state | input | next state | what is done |\n|---|---|---|---|---|\n",
    );
    for reliable in [false, true] {
        let (machine, outputs) = M::begin(reliable, &TimerValues::default());
        let outputs: Vec<_> = outputs.iter().map(output_name).collect();
        let _ = writeln!(
            text,
            "| {} | | start | {:?} | {} |",
            kind(reliable),
            machine.state(),
            outputs.join(", ")
        );
    }
    let same =
        |a: &Row, b: &Row| a.from == b.from && a.input == b.input && a.to == b.to && a.outputs == b.outputs;
    for row in &arrows {
        let both = arrows.iter().any(|other| other.reliable != row.reliable && same(row, other));
        if both && row.reliable {
            continue;
        }
        let kind = if both { "any" } else { kind(row.reliable) };
        let done = row.outputs.join(", ");
        let _ = writeln!(text, "| {kind} | {} | {} | {} | {done} |", row.from, row.input, row.to);
    }
}

/// The inputs that lead from one state to another; those that change nothing are left to the table.
fn diagram<'a>(arrows: &[&'a Row]) -> BTreeMap<(&'a str, &'a str), Vec<&'a str>> {
    let mut edges: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for row in arrows.iter().filter(|r| r.from != r.to) {
        let inputs = edges.entry((row.from.as_str(), row.to.as_str())).or_default();
        if !inputs.contains(&row.input.as_str()) {
            inputs.push(&row.input);
        }
    }
    edges
}

fn kind(reliable: bool) -> &'static str {
    if reliable { "reliable" } else { "unreliable" }
}

fn input_name(input: &impl Debug) -> String {
    let text = format!("{input:?}");
    match text.strip_prefix("Timer(").and_then(|t| t.strip_suffix(')')) {
        Some(timer) => timer_name(timer),
        None => text,
    }
}

fn timer_name(timer: &str) -> String {
    let known = Timer::ALL.iter().find(|t| format!("{t:?}") == timer);
    known.map_or_else(|| timer.to_owned(), |t| t.as_str().to_owned())
}

fn output_name(output: &Output) -> String {
    match output {
        Output::Transmit(Sent::Request) => "send the request".into(),
        Output::Transmit(Sent::Ack) => "send ACK".into(),
        Output::Transmit(Sent::Response) => "send the response".into(),
        Output::Transmit(Sent::Trying) => "send 100".into(),
        Output::SetTimer(timer, time) => format!("set {} to {} s", timer.as_str(), time.as_secs_f64()),
        Output::StopTimer(timer) => format!("stop {}", timer.as_str()),
        Output::Deliver => "deliver".into(),
        Output::Undelivered => "report that it did not arrive".into(),
        Output::Absorb => "absorb".into(),
        Output::Ignore => "ignore".into(),
        Output::End(Ended::Normal) => "end".into(),
        Output::End(Ended::TimedOut(timer)) => format!("end by {}", timer.as_str()),
        Output::End(Ended::TransportError) => "end by transport error".into(),
        Output::End(Ended::Unanswered) => "end unanswered".into(),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn table_path<M: Machine>() -> PathBuf {
    root().join("src/transaction/tables").join(format!("{}.txt", M::NAME))
}

/// Compares `text` with the committed file; with `RINGBACK_BLESS` set, writes it.
fn expect(path: &Path, text: &str) {
    if std::env::var_os("RINGBACK_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let (mut ours, mut theirs) = (text.lines(), committed.lines());
    for n in 1.. {
        let (our, their) = (ours.next(), theirs.next());
        assert_eq!(our, their, "{} line {n} is stale; see the head of tables.rs", path.display());
        if our.is_none() {
            return;
        }
    }
}
