//! Faults injected into running systems: what the server's own account says of each, and what the rules find in the
//! packets alone. The table stands in docs/faults.md.
#![allow(clippy::unwrap_used)]

mod agents;
mod ends;
mod glare;
mod secure;
mod street;
#[allow(dead_code)]
#[path = "../town/mod.rs"]
mod town;
mod who;
mod wire;

use ringback_roles::diagnosis::{Account, Certainty, Diagnosis, account};
use ringback_sim::{Answer, Request};
use ringback_sip::flow::Transport;
use std::fmt::Write;
use street::Street;

/// A fault: what is wrong; the word that `why` must give for it; the rule that `trace` must find, perhaps with its case, or
/// nothing where packets cannot tell; and how it comes about.
pub(crate) type Fault = (&'static str, &'static str, &'static str, fn() -> Street);

/// What was said of a fault.
struct Said {
    what: &'static str,
    why: (String, Certainty, bool),
    trace: (String, Option<Certainty>, bool),
    story: String,
}

impl Said {
    fn of((what, why, trace, inject): &Fault) -> Self {
        let street = inject();
        let (call, history) = street.journal();
        let told = account(&call, &history);
        let (word, certainty) = told.map_or_else(
            || ("nothing".to_owned(), Certainty::Possible),
            |account| (with_others(&account), account.certainty),
        );
        let (rule, sure) = found(&street.captured());
        let is_right = !trace.is_empty() && rule.starts_with(trace);
        let why = (word.clone(), certainty, word == *why);
        Said { what, why, trace: (rule, sure, is_right), story: street.story() }
    }

    fn row(&self) -> String {
        let sure = self.trace.1.map(|sure| format!(", {}", word(sure))).unwrap_or_default();
        let right = |is_right| if is_right { "right" } else { "**missed**" };
        format!(
            "| {} | `{}`, {} | {} | {}{sure} | {} |\n",
            self.what,
            self.why.0,
            word(self.why.1),
            right(self.why.2),
            self.trace.0,
            right(self.trace.2)
        )
    }
}

/// The word for the cause, and what became of other requests of a call that was answered well.
fn with_others(account: &Account) -> String {
    let (true, Some((method, code, word))) = (account.cause == "success", account.others.first()) else {
        return account.cause.clone();
    };
    format!("success, {} {code} {word}", method.unwrap_or_default())
}

/// Rule and case of the verdict; without a fault, of the first thing worth knowing.
fn found(diagnosis: &Diagnosis) -> (String, Option<Certainty>) {
    match diagnosis.roots.first().or(diagnosis.notes.first()) {
        Some(finding) if finding.case.is_empty() => (finding.rule.to_owned(), Some(finding.certainty)),
        Some(finding) => (format!("{}-{}", finding.rule, finding.case), Some(finding.certainty)),
        None if diagnosis.is_unknown => ("unknown".to_owned(), None),
        None => ("nothing".to_owned(), None),
    }
}

fn word(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Certain => "certain",
        Certainty::Likely => "likely",
        Certainty::Possible => "possible",
    }
}

#[test]
fn injected_faults_are_named_by_the_server_and_from_packets() {
    let faults =
        [who::FAULTS, ends::FAULTS, secure::FAULTS, wire::FAULTS, agents::FAULTS, glare::FAULTS].concat();
    let said: Vec<Said> = faults.iter().map(Said::of).collect();
    let count = said.len();
    let (why, trace) =
        (said.iter().filter(|said| said.why.2).count(), said.iter().filter(|said| said.trace.2).count());
    let mut rows = String::new();
    said.iter().for_each(|said| rows += &said.row());
    let fresh = page(&rows, (count, why, trace));
    if let Ok(one) = std::env::var("RINGBACK_FAULT") {
        let said = said.iter().find(|said| said.what.contains(&one)).unwrap();
        panic!("{}{}", said.row(), said.story);
    }
    assert!(count >= 60, "only {count} faults");
    assert!(why * 100 >= count * 95 && trace * 100 >= count * 85, "{fresh}");
    let is_false = |said: &&Said| !said.why.2 && said.why.1 == Certainty::Certain;
    assert_eq!(said.iter().find(is_false).map(Said::row), None, "certain and wrong");
    let path = format!("{}/../docs/faults.md", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("RINGBACK_BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == fresh,
        "docs/faults.md is stale: run RINGBACK_BLESS=1 cargo test -p ringback-sim --test faults"
    );
}

#[test]
fn calls_that_go_well_have_no_fault() {
    let call = Request { bye_after: Some(ends::secs(20)), ..ends::offering(town::request("INVITE")) };
    for transport in [Transport::Udp, Transport::Tcp] {
        for street in [Street::new(), Street::locked()] {
            let mut street = street.and("bob", transport, Answer::after(ends::secs(4), 200));
            let alice = street.alice();
            town::order(&mut street.town.net, alice, ends::secs(1), call.clone());
            street.run(60);
            let (records, history) = street.journal();
            let told = account(&records, &history).unwrap();
            assert_eq!((&*told.cause, told.certainty), ("success", Certainty::Certain), "{}", street.story());
            let seen = street.captured();
            assert!(seen.is_good(), "{:?} {}", seen.roots, street.story());
        }
    }
}

#[test]
fn a_change_from_both_sides_at_once_that_both_try_again_is_no_fault() {
    let street = glare::harmless();
    let story = street.story();
    assert!(story.matches("SIP/2.0 491").count() >= 2, "they met: {story}");
    let (records, history) = street.journal();
    let told = account(&records, &history).unwrap();
    assert_eq!((&*told.cause, told.certainty), ("success", Certainty::Certain), "{story}");
    assert_eq!(told.others, [], "{story}");
    let seen = street.captured();
    assert!(seen.is_good(), "{:?} {story}", seen.roots);
}

fn page(rows: &str, (count, why, trace): (usize, usize, usize)) -> String {
    let mut page = String::from(HEAD);
    let share = |right: usize| right as f64 * 100.0 / count as f64;
    let _ = write!(
        page,
        "{count} faults; `ringback why` names the cause of {why} ({:.1} %), `ringback trace` of {trace} ({:.1} %).\n\n",
        share(why),
        share(trace)
    );
    page + "| Fault | `why` says | | `trace` says | |\n|---|---|---|---|---|\n" + rows
}

const HEAD: &str = "# Faults and what is said of them

Each of these faults is injected into a running system: a server with phones around it in the simulated network. Then two are asked for the
cause: [`ringback why`](why.md), which reads the server's journal, and the rules of [`ringback trace`](trace.md), which see only the packets
that a capture at the server would hold (or at the caller, where the server never hears of it). A test makes this table; it fails when `why`
names less than 95 % of the causes or is certain and wrong, and when `trace` names less than 85 %.

More than thirty are injected over sockets as well, into `ringback serve`: phones that a test plays, next hops with certificates that do not hold,
and SIPp where it is installed. Both commands must name them all there (`app/tests/faults/`). Under TLS 1.3 the alert is encrypted, so that `trace`
needs the secrets of the connection (`--keylog`) to name what failed; the simulated captures show it as TLS 1.2 does.

";
