//! Several calls as one ladder, in the order of time.

use super::sheet::{CallSheet, Sent, Tone, WhyLine};
use ringback_roles::diagnosis::{LadderView, PARTIES_MAX, Rung};
use std::sync::Arc;

/// The calls as one; a number says of each message which of them it belongs to. `None` of no calls.
pub(super) fn merged(calls: &[Arc<CallSheet>]) -> Option<Arc<CallSheet>> {
    let [first, others @ ..] = calls else { return None };
    if others.is_empty() {
        return Some(Arc::clone(first));
    }
    let mut parties: Vec<String> = Vec::new();
    let mut lines: Vec<(Rung, Sent)> = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        let places: Vec<usize> = call.ladder.parties.iter().map(|name| place(&mut parties, name)).collect();
        let place = |old: usize| places.get(old).copied().unwrap_or(PARTIES_MAX);
        for (rung, message) in call.ladder.rungs.iter().zip(&call.messages) {
            let title = format!("[{}] {}", number + 1, rung.title);
            let (from, to) = (place(rung.from), place(rung.to));
            lines.push((Rung { from, to, title, ..rung.clone() }, message.clone()));
        }
    }
    lines.sort_by_key(|(rung, _)| rung.at);
    let (rungs, messages) = lines.into_iter().unzip();
    let has = |tone| calls.iter().any(|call| call.tone == tone);
    let ids: Vec<String> = calls.iter().map(|call| call.id.clone()).collect();
    Some(Arc::new(CallSheet {
        id: ids.join(" + "),
        tone: [Tone::Fault, Tone::Open].into_iter().find(|tone| has(*tone)).unwrap_or(Tone::Good),
        why: calls.iter().enumerate().flat_map(|(number, call)| why(number + 1, call)).collect(),
        ladder: LadderView { parties, rungs },
        messages,
        ..CallSheet::clone(first)
    }))
}

/// The place of a party; those for whom there is no room share the last one.
fn place(parties: &mut Vec<String>, name: &str) -> usize {
    if let Some(known) = parties.iter().position(|party| party == name) {
        return known;
    }
    match parties.len() {
        room if room + 1 < PARTIES_MAX => parties.push(name.to_owned()),
        room if room < PARTIES_MAX => parties.push("…".to_owned()),
        _ => {}
    }
    parties.len() - 1
}

fn why(number: usize, call: &CallSheet) -> Vec<WhyLine> {
    let head = WhyLine { text: format!("[{number}] {}", call.id), is_strong: true };
    let gap = WhyLine { text: String::new(), is_strong: false };
    [vec![head], call.why.clone(), vec![gap]].concat()
}
