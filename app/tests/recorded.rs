//! `ringback trace` on captures of real programs: baresip, SIPp, Kamailio and ourselves.
//!
//! `interop/fixtures/record.py` recorded them; `recorded/table.toml` says what happened in each and what must be found.

use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Deserialize)]
struct Table {
    capture: Vec<Capture>,
}

#[derive(Deserialize)]
struct Capture {
    name: String,
    calls: Vec<String>,
    #[serde(default)]
    whole: Vec<String>,
    #[serde(default)]
    options: Vec<String>,
}

/// Most bytes of all captures: they are part of every checkout.
const CAPTURED_BYTES_MAX: u64 = 800_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")
}

fn table() -> Table {
    let text = std::fs::read_to_string(folder().join("table.toml")).expect("the table");
    toml::from_str(&text).expect("a table of captures")
}

#[test]
fn every_recorded_capture_gets_the_verdicts_of_the_table() {
    let mut wrong = Vec::new();
    for capture in table().capture {
        let found = verdicts(&capture.name, &capture.options);
        let expected = (capture.calls, capture.whole);
        if found != expected {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}", capture.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_recorded_capture_stands_in_the_table_and_all_are_small() {
    let mut named: Vec<String> = table().capture.into_iter().map(|capture| capture.name + ".pcap").collect();
    let mut bytes = 0;
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "pcap"))
        .inspect(|entry| bytes += entry.metadata().expect("a file").len())
        .map(|entry| entry.file_name().into_string().expect("a name"))
        .collect();
    named.sort();
    found.sort();
    assert_eq!(named, found);
    assert!(bytes <= CAPTURED_BYTES_MAX, "{bytes} bytes");
}

/// What is said of each call, in the words of the table, `INVITE D36 likely`, and of all together, `D18 likely`.
fn verdicts(name: &str, options: &[String]) -> (Vec<String>, Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_ringback"))
        .arg("trace")
        .arg(folder().join(format!("{}.pcap", name)))
        .arg("--json")
        .args(options)
        .current_dir(folder())
        .output()
        .expect("ringback runs");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let calls = told["calls"].as_array().expect("calls").iter().map(verdict).collect();
    (calls, told["findings"].as_array().expect("findings").iter().map(finding).collect())
}

fn verdict(call: &Value) -> String {
    let named = ["roots", "notes"].into_iter().flat_map(|kind| {
        call[kind].as_array().expect("findings").iter().map(move |one| {
            let note = if kind == "notes" { "note " } else { "" };
            format!("{note}{}", finding(one))
        })
    });
    let mut said = named.collect::<Vec<_>>().join(" + ");
    if said.is_empty() {
        word(&call["judgement"]).clone_into(&mut said);
    }
    let legs = call["legs"].as_array().map_or(0, Vec::len);
    let legs = if legs == 0 { String::new() } else { format!(" legs {legs}") };
    format!("{} {said}{legs}", word(&call["method"]))
}

fn finding(one: &Value) -> String {
    format!("{} {}", word(&one["finding"]["rule"]), word(&one["finding"]["certainty"]))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
