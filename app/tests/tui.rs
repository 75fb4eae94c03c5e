//! `ringback tui` where there is no terminal: it says so, and what to use instead.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use std::process::{Command, Output};

fn tui(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ringback")).arg("tui").args(args).env("LC_ALL", "C").output().unwrap()
}

#[test]
fn without_a_terminal_it_ends_with_usage_and_names_the_other_commands() {
    for args in [&[][..], &["calls.pcap"], &["--data", "/nowhere"]] {
        let output = tui(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("needs a terminal") && said.contains("ringback trace"), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_capture_and_a_journal_are_not_shown_at_once() {
    let output = tui(&["calls.pcap", "--data", "/nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be used with"));
}
