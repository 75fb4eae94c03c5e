//! The command as a user runs it: exit codes, streams, JSON.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use std::process::{Command, Output};

#[test]
fn explain_prints_the_meaning_in_the_language_asked_for() {
    let english = ringback(&["explain", "480", "--lang", "en"]);
    assert_eq!(english.status.code(), Some(0));
    assert!(stdout(&english).contains("Temporarily Unavailable"));
    assert!(stdout(&english).contains("What to do"));
    let dutch = ringback(&["explain", "480", "--lang", "nl"]);
    assert!(stdout(&dutch).contains("Wat te doen"));
    assert!(stderr(&dutch).is_empty());
}

#[test]
fn language_comes_from_the_environment_unless_named() {
    let run = |lc_all: &str, lang: &str, args: &[&str]| {
        let output = command(args).env("LC_ALL", lc_all).env("LANG", lang).output().unwrap();
        stdout(&output).contains("Betekenis")
    };
    assert!(run("", "nl_NL.UTF-8", &["explain", "480"]));
    assert!(run("nl_BE", "en_GB.UTF-8", &["explain", "480"]));
    assert!(!run("C", "nl_NL.UTF-8", &["explain", "480"]));
    assert!(!run("", "nl_NL.UTF-8", &["explain", "480", "--lang", "en"]));
}

#[test]
fn explain_json_has_its_schema() {
    let output = ringback(&["explain", "480", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "ringback.explain/1");
    assert_eq!(json["entry"]["id"], "480");
    assert_eq!(json["entry"]["kind"], "code");
}

#[test]
fn unknown_word_ends_with_usage_and_an_empty_stdout() {
    let output = ringback(&["explain", "nonsense-word"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("nonsense-word"));
}

#[test]
fn no_command_and_unknown_option_end_with_usage() {
    assert_eq!(ringback(&[]).status.code(), Some(2));
    assert_eq!(ringback(&["explain", "--colour"]).status.code(), Some(2));
    assert_eq!(ringback(&["--version"]).status.code(), Some(0));
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let output = ringback(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(stdout(&output).contains("explain"), "{shell}");
    }
}

#[test]
fn man_writes_a_page_for_each_command() {
    let folder = std::env::temp_dir().join(format!("ringback-man-{}", std::process::id()));
    let output = ringback(&["man", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let page = std::fs::read_to_string(folder.join("ringback-explain.1")).unwrap();
    assert!(page.contains(".TH"));
    std::fs::remove_dir_all(&folder).unwrap();
}

fn ringback(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    command.args(args).env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", "C");
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
