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
fn every_listed_topic_is_explained_in_both_languages() {
    let output = ringback(&["explain", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "ringback.explain/1");
    let topics = json["topics"].as_array().unwrap();
    assert!(topics.len() > 400);
    // Each topic is walked in the library's tests; here a few of each kind go through the command.
    for topic in topics.iter().step_by(41) {
        for lang in ["en", "nl"] {
            let id = topic["id"].as_str().unwrap();
            let output = ringback(&["explain", id, "--json", "--lang", lang]);
            assert_eq!(output.status.code(), Some(0), "{id}");
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!((&json["entry"]["id"], &json["lang"]), (&topic["id"], &lang.into()));
            assert!(!json["entry"]["sections"].as_array().unwrap().is_empty(), "{id}");
        }
    }
}

#[test]
fn codes_tell_the_telephone_side_in_json() {
    let output = ringback(&["explain", "480", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mapping = &json["entry"]["telephony"][0];
    assert_eq!((&mapping["profile"], &mapping["becomes"]), (&"rfc3398".into(), &serde_json::json!([18])));
}

#[test]
fn unknown_word_ends_with_usage_and_the_nearest_matches_on_stderr() {
    let output = ringback(&["explain", "REFFER"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("\"REFFER\"") && stderr(&output).contains("  REFER"));
    let nonsense = ringback(&["explain", "xyzzyplugh"]);
    assert_eq!(nonsense.status.code(), Some(2));
    let json = ringback(&["explain", "REFFER", "--json"]);
    assert_eq!(json.status.code(), Some(2));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["unknown"], &json["nearest"][0]["id"]), (&"REFFER".into(), &"REFER".into()));
}

#[test]
fn html_sheet_is_written_to_a_file_or_stdout() {
    let file = std::env::temp_dir().join(format!("ringback-sheet-{}.html", std::process::id()));
    let output = ringback(&["explain", "--html", file.to_str().unwrap(), "--lang", "nl"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let sheet = std::fs::read_to_string(&file).unwrap();
    assert!(sheet.starts_with("<!DOCTYPE html>") && sheet.contains("<html lang=\"nl\">"));
    std::fs::remove_file(&file).unwrap();
    assert!(stdout(&ringback(&["explain", "--html", "-"])).contains("id=\"480\""));
    let failed = ringback(&["explain", "--html", "/nonexistent/sheet.html"]);
    assert_eq!(failed.status.code(), Some(1));
}

#[test]
fn no_command_and_unknown_option_end_with_usage() {
    assert_eq!(ringback(&[]).status.code(), Some(2));
    assert_eq!(ringback(&["explain", "--colour"]).status.code(), Some(2));
    assert_eq!(ringback(&["--version"]).status.code(), Some(0));
}

#[test]
fn check_ends_with_usage_and_tells_place_and_suggestion_of_each_fault() {
    let folder = std::env::temp_dir().join(format!("ringback-check-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (good, bad) = (folder.join("good.toml"), folder.join("bad.toml"));
    std::fs::write(&good, "domains = [\"example.test\"]\n").unwrap();
    std::fs::write(&bad, "workers = 2\n[timers]\nt1 = \"-5ms\"\n[auth]\nrequird = true\n").unwrap();
    let output = ringback(&["check", "--config", good.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("is good"));
    let output = ringback(&["check", "--config", bad.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    for expected in ["bad.toml:3:6", "negative", "bad.toml:5:1", "did you mean `required`?", "2 faults"] {
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    let output = ringback(&["check", "--json", "--config", bad.to_str().unwrap()]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "ringback.check/1");
    assert_eq!(json["faults"][1]["line"], 5);
    assert_eq!(ringback(&["check", "--config", "/nowhere.toml"]).status.code(), Some(2));
    assert_eq!(ringback(&["check"]).status.code(), Some(2));
    assert!(stdout(&ringback(&["check", "--list-keys"])).contains("| `t1` |"));
    std::fs::remove_dir_all(&folder).unwrap();
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

#[test]
fn parse_shows_a_good_message_field_by_field() {
    let file = torture("wsinv");
    let output = ringback(&["parse", &file]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.contains("host = 192.0.2.2") && text.contains("well-formed, 1001 bytes"), "{text}");
    let output = ringback(&["parse", &file, "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["schema"], &json["well_formed"]), (&"ringback.parse/1".into(), &true.into()));
    assert_eq!(json["start"]["uri"]["host"], "chair-dnrc.example.com");
    let row = |name: &str| {
        json["headers"].as_array().unwrap().iter().find(|r| r["header"] == name).unwrap().clone()
    };
    assert_eq!(row("CSeq")["values"][0]["number"], 9);
    assert_eq!(row("From")["values"][0]["params"]["tag"], "98asjd8");
    assert_eq!(row("Contact")["values"][0]["display"], r#"Quoted string """#);
    assert_eq!(row("Route")["values"][0]["uri"]["params"]["lr"], true);
    assert_eq!(row("Via")["at"]["line"], 12);
    assert_eq!(json["body"]["bytes"], 150);
}

#[test]
fn parse_tells_every_fault_and_deviation_with_its_place() {
    let output = ringback(&["parse", &torture("scalar02")]);
    assert_eq!(output.status.code(), Some(40));
    let text = stdout(&output);
    assert!(text.contains("CSeq Out of Range (header layer, answered with 400)"), "{text}");
    assert!(text.contains("Max-Forwards Out of Range") && text.contains("Expires Out of Range"), "{text}");
    let output = ringback(&["parse", "--json", &torture("dblreq")]);
    assert_eq!(output.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["deviations"][0]["kind"], "bytes-after-body");
    assert_eq!(json["deviations"][0]["at"]["column"], 1);
    let output = ringback(&["parse", "--json", &torture("badvers")]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let fault = serde_json::json!({ "layer": "header", "what": "Version Not Supported", "status": 505,
        "header": null, "at": { "offset": 33, "line": 1, "column": 34 } });
    assert_eq!(json["faults"][0], fault);
    assert_eq!(ringback(&["parse", "/nowhere.sip"]).status.code(), Some(2));
}

#[test]
fn parse_reads_from_stdin() {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = command(&["parse", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(40));
    assert!(
        stdout(&output).contains("fault at 1:1 (offset 0): Malformed Start Line (frame layer"),
        "{output:?}"
    );
}

fn torture(file: &str) -> String {
    format!("{}/../sip/tests/data/rfc4475/{file}.dat", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_file_that_cannot_be_read_or_written_is_named() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml/here");
    let capture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/ack_lost_by_relay.pcap");
    for (args, file, code) in [
        (&["trace", "nowhere/a.pcap"][..], "nowhere/a.pcap", 2),
        (&["trace", capture, "--keylog", "nowhere/keys"], "nowhere/keys", 2),
        (&["parse", "nowhere/m.sip"], "nowhere/m.sip", 2),
        (&["check", "--config", "nowhere/ringback.toml"], "nowhere/ringback.toml", 2),
        (&["phone", "--script", "nowhere/a.script"], "nowhere/a.script", 2),
        (&["trace", capture, "--html", "nowhere/a.html"], "nowhere/a.html", 1),
        (&["trace", capture, "--pcap-out", "nowhere/b.pcap"], "nowhere/b.pcap", 1),
        (&["explain", "--html", "nowhere/sheet.html"], "nowhere/sheet.html", 1),
        (&["man", here], here, 1),
        (&["cert", "--dev", "--out", here], here, 1),
    ] {
        let output = ringback(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert!(stderr(&output).contains(&format!("{file}: ")), "{args:?} {}", stderr(&output));
    }
}

#[test]
fn a_certificate_is_named_by_its_whole_path_from_the_first_run_on() {
    let folder = std::env::temp_dir().join(format!("ringback-cert-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let chain = folder.canonicalize().unwrap().join("new/server.pem");
    for run in ["first", "second"] {
        let output = command(&["cert", "--dev", "--out", "new"]).current_dir(&folder).output().unwrap();
        let told = stdout(&output);
        assert!(told.contains(&format!("chain = {:?}", chain.display().to_string())), "{run}: {told}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_cert_prints_passes_the_check_and_names_the_server_when_its_address_is_not_certified() {
    let folder = std::env::temp_dir().join(format!("ringback-cert-name-{}", std::process::id()));
    let out = folder.to_str().unwrap();
    let host = &["--name", "sip.example.test"][..];
    for (names, is_named) in [(host, true), (&[], false), (&["--name", "192.0.2.1"], false)] {
        let told = stdout(&ringback(&[&["cert", "--dev", "--out", out][..], names].concat()));
        assert_eq!(told.contains("\nname = \"sip.example.test\"\n"), is_named, "{told}");
        let lines = told.lines().skip_while(|line| *line != "[[listen]]");
        let text: String =
            lines.take_while(|line| !line.starts_with("Phones")).map(|l| format!("{l}\n")).collect();
        let file = folder.join("ringback.toml");
        std::fs::write(&file, &text).unwrap();
        let checked = ringback(&["check", "--config", file.to_str().unwrap()]);
        assert_eq!(checked.status.code(), Some(0), "{text}{}", stderr(&checked));
    }
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
