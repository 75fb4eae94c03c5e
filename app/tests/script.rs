//! `ringback phone --script`: agents that follow a script, against each other over loopback.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

mod office;

use office::*;
use serde_json::Value;
use std::io::Write as _;
use std::process::{Output, Stdio};

const TWO: &str =
    "agent alice sip:alice@example.test --tone 440\nagent bob sip:bob@example.test --tone 880\n";

#[test]
fn two_agents_of_a_script_register_write_watch_and_talk() {
    let office = Office::open("script");
    let wav = office.folder.join("bob.wav").to_str().unwrap().to_owned();
    let steps = format!(
        "alice: register\nbob: register\nbob: record {wav}\n\
         alice: message sip:bob@example.test \"call you\"\nbob: expect message \"call you\"\n\
         bob: watch presence sip:alice@example.test\nalice: publish open \"here\"\nbob: expect notify \"here\"\n\
         alice: publish closed\nbob: expect notify closed\n\
         alice: call sip:bob@example.test\nbob: expect call\nbob: answer 180\nalice: expect 180\nbob: answer\n\
         alice: expect answer\nalice: send digits 5\nbob: expect digits 5\n\
         bob: hold\nalice: expect hold\nbob: resume\nalice: expect resume\n\
         alice: wait 1s\nalice: hangup\nbob: expect hangup\n\
         alice: call sip:bob@example.test\nbob: expect call\nbob: reject 486\nalice: expect 486\n"
    );
    let output = office.script(&format!("{TWO}{steps}"));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(event(&output, "done")["steps"], steps.lines().count());
    assert!(share("bob.wav", &office, 440.0) > 0.8);
    let bindings = office.run(&["register", "sip:alice@example.test", "--query", "--json"], "alice");
    assert_eq!(event(&bindings, "registered")["bindings"], Value::Array(vec![]), "nothing is left behind");
}

#[test]
fn a_script_ends_at_the_step_that_fails_with_the_exit_code_of_its_reason() {
    let office = Office::open("fails");
    let rows = [
        ("alice: register expect 403\n", 3, 1, "200 OK"),
        ("bob: call sip:nobody@example.test\nbob: expect 180\n", 4, 44, "the call is over: 404 Not Found"),
        ("alice: message sip:bob@example.test hi\n", 3, 40, "480 Temporarily Unavailable"),
        ("alice: expect digits 1 within 100ms\n", 3, 70, "not within 0.1 s; heard so far: \"\""),
        ("alice: hangup\n", 3, 1, "there is no call"),
        ("alice: unwatch\n", 3, 1, "nobody is watched"),
    ];
    for (steps, line, exit, reason) in rows {
        let output = office.script(&format!("{TWO}{steps}alice: wait 1s\n"));
        assert_eq!(output.status.code(), Some(exit), "{steps}{}", text(&output));
        let last = rows_of(&output, "step").pop().unwrap();
        assert_eq!((&last["line"], &last["passed"]), (&line.into(), &false.into()), "{last}");
        assert_eq!((&last["reason"], &last["exit"]), (&reason.into(), &exit.into()), "{steps}");
    }
}

#[test]
fn a_wrong_script_is_told_before_anything_is_sent() {
    for (script, line, message) in [
        ("agent a sip:a@example.test\na: regster\n", 2, "there is no step `regster`"),
        ("agent a sip:a@example.test --tune 440\n", 1, "unexpected argument '--tune' found"),
    ] {
        let output = run_script(&["phone", "--script", "-", "--json"], script);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        let told = &rows(&output)[0];
        assert_eq!((&told["schema"], &told["valid"]), (&"ringback.check/1".into(), &false.into()));
        assert_eq!(
            (&told["faults"][0]["line"], &told["faults"][0]["message"]),
            (&line.into(), &message.into())
        );
    }
    let output = run_script(&["phone", "--script", "-"], "agent a sip:a@example.test\na: wait 5\n");
    assert!(text(&output).contains("-:2:9") && text(&output).contains("not a time"), "{}", text(&output));
}

#[test]
fn a_line_of_an_agent_changes_what_the_command_line_says() {
    let office = Office::open("options");
    let script = "agent alice sip:alice@example.test --transport tcp\nagent bob sip:bob@example.test\n\
                  alice: register\nbob: register\nalice: wait 10ms\n";
    let output = office.script_with(script, &["-v"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let ways: Vec<_> = rows_of(&output, "message").iter().map(|row| row["transport"].clone()).collect();
    assert!(ways.contains(&"tcp".into()) && ways.contains(&"udp".into()), "{ways:?}");
}

fn rows_of(output: &Output, name: &str) -> Vec<Value> {
    rows(output).into_iter().filter(|row| row["event"] == name).collect()
}

fn run_script(args: &[&str], script: &str) -> Output {
    let mut command = ringback(args, "");
    command.env("RINGBACK_PASSWORD_ALICE", "alice").env("RINGBACK_PASSWORD_BOB", "bob");
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

impl Office {
    fn script(&self, script: &str) -> Output {
        self.script_with(script, &[])
    }

    fn script_with(&self, script: &str, args: &[&str]) -> Output {
        let fixed = ["phone", "--script", "-", "--proxy", &self.proxy, "--timeout", "30s", "--json"];
        run_script(&[&fixed[..], args].concat(), script)
    }
}
