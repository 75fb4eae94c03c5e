//! Scripts that are good, and each fault of one that is not.

use super::fault::{Fault, FaultKind};
use super::parse;
use super::step::{Action, Sound, Step, Told, Wanted};
use crate::faults::Faults;
use ringback_sip::registry::StatusCode;
use std::path::PathBuf;
use std::time::Duration;

const TWO: &str = "agent alice sip:alice@example.test --tone 440\nagent bob sip:bob@example.test\n";

#[test]
fn a_script_is_agents_and_steps_with_their_lines() {
    let text = format!(
        "# a call\n{TWO}\nbob: register   # now\nalice: call sip:bob@example.test as first within 5s\n"
    );
    let script = parse(&text).unwrap();
    let names: Vec<_> = script.agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names, ["alice", "bob"]);
    assert_eq!(script.agents[0].options, ["--tone", "440"]);
    let [register, call] = &script.steps[..] else { panic!("two steps: {:?}", script.steps) };
    assert_eq!((register.line, register.agent, register.text.as_str()), (5, 1, "bob: register"));
    assert_eq!(call.action, Action::Call { target: "sip:bob@example.test".to_owned() });
    assert_eq!((call.name.as_deref(), call.within), (Some("first"), Some(Duration::from_secs(5))));
}

#[test]
fn the_only_agent_need_not_be_named() {
    assert_eq!(step("wait 2s").action, Action::Wait(Duration::from_secs(2)));
}

#[test]
fn each_step_means_what_its_words_say() {
    let code = |number| StatusCode::new(number).unwrap();
    let uri = || "sip:bob@example.test".to_owned();
    let rows = [
        ("register", Action::Register),
        ("unregister", Action::Unregister),
        ("call bob@example.test", Action::Call { target: uri() }),
        ("answer", Action::Answer(StatusCode::OK)),
        ("answer 183", Action::Answer(StatusCode::SESSION_PROGRESS)),
        ("reject 486", Action::Reject { status: code(486), contact: None }),
        ("reject 302 sip:bob@example.test", Action::Reject { status: code(302), contact: Some(uri()) }),
        ("hangup", Action::Hangup),
        ("hold", Action::Hold),
        ("resume", Action::Resume),
        ("send digits 12#", Action::Digits("12#".to_owned())),
        ("send digits \"#\"", Action::Digits("#".to_owned())),
        ("transfer to sip:bob@example.test", Action::Transfer { target: uri() }),
        ("follow", Action::Follow),
        (
            r#"message sip:bob@example.test "say \"hi\" # twice""#,
            Action::Message { target: uri(), text: r#"say "hi" # twice"#.to_owned() },
        ),
        ("publish open \"at my desk\"", Action::Publish { open: true, note: Some("at my desk".to_owned()) }),
        ("publish closed", Action::Publish { open: false, note: None }),
        ("unpublish", Action::Unpublish),
        (
            "watch presence sip:bob@example.test",
            Action::Watch { package: "presence".to_owned(), target: uri() },
        ),
        ("unwatch", Action::Unwatch),
        ("play tone 440", Action::Play(Sound::Tone { hertz: 440 })),
        ("play silence", Action::Play(Sound::Silence)),
        ("play \"silence\"", Action::Play(Sound::File(PathBuf::from("silence")))),
        ("record heard.wav", Action::Record(PathBuf::from("heard.wav"))),
        ("expect 180", Action::Expect(Wanted::Status(code(180)))),
        ("expect call", Action::Expect(Wanted::Call)),
        ("expect answer", Action::Expect(Wanted::Established)),
        ("expect hangup", Action::Expect(Wanted::Hangup)),
        ("expect hold", Action::Expect(Wanted::Hold)),
        ("expect resume", Action::Expect(Wanted::Resume)),
        ("expect digits 7", Action::Expect(Wanted::Digits("7".to_owned()))),
        ("expect message", Action::Expect(Wanted::Message(None))),
        ("expect message \"hi\"", Action::Expect(Wanted::Message(Some("hi".to_owned())))),
        ("expect notify", Action::Expect(Wanted::Notify(Told::Anything))),
        ("expect notify closed", Action::Expect(Wanted::Notify(Told::Open(false)))),
        ("expect notify terminated", Action::Expect(Wanted::Notify(Told::Terminated))),
        ("expect notify \"desk\"", Action::Expect(Wanted::Notify(Told::Text("desk".to_owned())))),
        ("expect refer", Action::Expect(Wanted::Refer)),
        ("expect transfer", Action::Expect(Wanted::Transfer(None))),
        ("expect transfer 486", Action::Expect(Wanted::Transfer(StatusCode::new(486)))),
    ];
    for (text, action) in rows {
        assert_eq!(step(text).action, action, "{text}");
    }
}

#[test]
fn what_stands_behind_a_step_belongs_to_it() {
    let busy = step("call sip:bob@example.test expect 486 within 3s");
    assert_eq!(busy.answer, StatusCode::new(486));
    assert_eq!(busy.within, Some(Duration::from_secs(3)));
    let text = "agent a sip:a@example.test\ncall sip:b@example.test as one\ncall sip:c@example.test as two\nhold in one\njoin one in two\n";
    let script = parse(text).unwrap();
    assert_eq!(script.steps[2].call.as_deref(), Some("one"));
    assert_eq!(script.steps[3].call.as_deref(), Some("two"));
    assert_eq!(script.steps[3].action, Action::Join { with: "one".to_owned() });
}

#[test]
fn each_fault_is_told_where_it_stands() {
    let rows = [
        ("regster", "regster", "there is no step `regster`"),
        ("wait", "wait", "the step needs a time"),
        ("wait 5", "5", "\"5\" is not a time"),
        ("expect dgits 1", "dgits", "nothing is called `dgits` that could be expected"),
        ("expect 99", "99", "\"99\" is not a code that can stand here"),
        ("reject 200", "200", "\"200\" is not a code that can stand here"),
        ("answer 199", "199", "\"199\" is not known here"),
        ("send digits 12x", "12x", "\"12x\" is not what a keypad has"),
        ("hold now", "now", "the step takes no more words"),
        ("hold as one", "as", "`as` means nothing with `hold`"),
        ("hangup in two", "two", "no call of this agent is named `two` (undefined reference)"),
        ("play tone 9", "9", "\"9\" is not known here"),
        ("message sip:bob@example.test \"hi", "\"hi", "a text in quotes has no end"),
        ("call sip:", "sip:", "\"sip:\" is not a SIP URI"),
        ("carol: hold", "carol:", "there is no agent `carol` (undefined reference)"),
        ("agent me sip:other@example.test", "me", "a second agent `me`"),
        ("agent m! sip:other@example.test", "m!", "`m!` is not a name"),
    ];
    for (line, place, words) in rows {
        let text = format!("agent me sip:me@example.test\n{line}\n");
        let faults = parse(&text).unwrap_err();
        let [Fault { kind, at, .. }] = &faults[..] else { panic!("{line}: {faults:?}") };
        assert_eq!((&text[at.clone()], kind.to_string().as_str()), (place, words), "{line}");
    }
}

#[test]
fn a_step_needs_an_agent() {
    assert_eq!(kinds("register\n"), [FaultKind::NoAgent]);
    assert_eq!(kinds(&format!("{TWO}register\n")), [FaultKind::NoName]);
}

#[test]
fn all_faults_are_told_with_line_caret_and_suggestion() {
    let text = format!("{TWO}alice: regster\nbob: wait 5\n");
    let faults = Faults { file: "call.script".to_owned(), faults: parse(&text).unwrap_err(), text };
    let told = faults.render(false, 100);
    for part in ["call.script:3:8", "did you mean `register`?", "call.script:4:11", "call.script: 2 faults"] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    assert_eq!(faults.json()["faults"][0]["line"], 3);
}

fn step(line: &str) -> Step {
    let mut script = parse(&format!("agent me sip:me@example.test\n{line}\n")).unwrap();
    script.steps.remove(0)
}

fn kinds(text: &str) -> Vec<FaultKind> {
    parse(text).unwrap_err().into_iter().map(|fault| fault.kind).collect()
}
