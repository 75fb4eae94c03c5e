//! Faults of the dial plan, one a file; and a plan that has none.

use super::tests::{faults_of, parse};
use ringback_roles::routing::plan::{Action, Standing};
use ringback_sip::registry::StatusCode;

const ALL: &str = "[[route]]\nname = \"all\"\naction = \"reject\"\ncode = 403\n";

/// Each file with one fault: where the caret must stand, its code, and a word of the suggestion.
const SEEDED: &[(&str, &str, &str, &str)] = &[
    ("[[route]]\nnmae = \"a\"\nname = \"b\"\naction = \"forward\"", "2:1", "unknown-key", "`name`"),
    ("[[route]]\nname = \"a b\"\naction = \"forward\"", "2:8", "unknown-word", "letters"),
    ("[[route]]\nname = \"a\"", "1:1", "missing-key", "action"),
    ("[[route]]\nname = \"a\"\naction = \"foward\"", "3:10", "unknown-word", "\"forward\""),
    ("[[route]]\nname = \"a\"\naction = \"reject\"", "1:1", "missing-key", "`code = …`"),
    ("[[route]]\nname = \"a\"\naction = \"redirect\"", "1:1", "missing-key", "`contacts = …`"),
    ("[[route]]\nname = \"a\"\naction = \"hop\"", "1:1", "missing-key", "`hop = …`"),
    ("[[route]]\nname = \"a\"\naction = \"hop\"\nhop = \"x\"", "4:7", "undefined-reference", "[[hop]]"),
    (
        "[[hop]]\nname = \"carrier\"\ntargets = [{ uri = \"sip:192.0.2.1\" }]\n\
         [[route]]\nname = \"a\"\naction = \"hop\"\nhop = \"carier\"",
        "7:7",
        "undefined-reference",
        "\"carrier\"",
    ),
    ("[[route]]\nname = \"a\"\naction = \"reject\"\ncode = 407", "4:8", "bad-code", "403"),
    ("[[route]]\nname = \"a\"\naction = \"reject\"\ncode = 481", "4:8", "bad-code", "404"),
    ("[[route]]\nname = \"a\"\naction = \"reject\"\ncode = 302", "4:8", "bad-code", "400 to 699"),
    ("[[route]]\nname = \"a\"\naction = \"reject\"\ncode = 200", "4:8", "number-out-of-range", "300 to 699"),
    (
        "[[route]]\nname = \"a\"\naction = \"reject\"\ncode = 403\nretry_after = \"1m\"",
        "5:15",
        "bad-code",
        "480",
    ),
    (
        "[[route]]\nname = \"a\"\naction = \"redirect\"\ncode = 305\ncontacts = [\"sip:p\"]",
        "4:8",
        "bad-code",
        "user agent",
    ),
    (
        "[[route]]\nname = \"a\"\naction = \"redirect\"\ncode = 380\ncontacts = [\"sip:p\"]",
        "4:8",
        "bad-code",
        "302",
    ),
    (
        "[[route]]\nname = \"a\"\naction = \"redirect\"\ncontacts = [\"{user\"]",
        "4:13",
        "bad-template",
        "{user}",
    ),
    (
        "[[route]]\nname = \"a\"\naction = \"redirect\"\ncontacts = [\"bob at home\"]",
        "4:13",
        "bad-uri",
        "sip:",
    ),
    (
        "[[route]]\nname = \"a\"\naction = \"redirect\"\ncontacts = [\"sip:{1}@x\"]",
        "4:13",
        "undefined-reference",
        "group",
    ),
    ("[[route]]\nname = \"a\"\naction = \"forward\"\npatterns = ['0(1']", "4:15", "bad-pattern", "regular"),
    (
        "[[route]]\nname = \"a\"\naction = \"forward\"\npatterns = ['0(1)']\nreplace = \"{2}\"",
        "5:11",
        "undefined-reference",
        "group",
    ),
    (
        "[[route]]\nname = \"a\"\naction = \"forward\"\npatterns = ['0(1)']\nprefixes = [\"9\"]\nreplace = \"{1}\"",
        "6:11",
        "undefined-reference",
        "prefixes",
    ),
    (
        "[[route]]\nname = \"a\"\naction = \"forward\"\nstrip = 1\nreplace = \"x\"",
        "4:9",
        "misplaced-key",
        "one of them",
    ),
    ("[[route]]\nname = \"a\"\naction = \"forward\"\ncode = 404", "4:8", "misplaced-key", "\"reject\""),
    (
        "[[route]]\nname = \"a\"\naction = \"forward\"\nsources = [\"192.0.2.7/24\"]",
        "4:12",
        "bad-network",
        "192.0.2.0/24",
    ),
    (
        "[[route]]\nname = \"a\"\naction = \"forward\"\nsources = [\"carrier\"]",
        "4:12",
        "bad-network",
        "192.0.2.0/24",
    ),
    ("[[route]]\nname = \"a\"\naction = \"forward\"\ndays = [\"weekend\"]", "4:9", "unknown-word", "mon-fri"),
    ("[[route]]\nname = \"a\"\naction = \"forward\"\nhours = [\"9-17\"]", "4:10", "unknown-word", "09:00"),
    (
        "[[route]]\nname = \"a\"\naction = \"forward\"\nmethods = [\"INVTE\"]",
        "4:12",
        "unknown-word",
        "\"INVITE\"",
    ),
    ("timezone = \"Amsterdam\"", "1:12", "bad-timezone", "Europe/Amsterdam"),
    ("[[hop]]\nname = \"a\"\ntargets = [\"sip:192.0.2.1\"]", "3:12", "wrong-type", "uri ="),
    ("[[hop]]\nname = \"a\"\ntargets = []", "3:11", "empty-list", "at least one"),
    (
        "[[hop]]\nname = \"a\"\ntargets = [{ url = \"sip:a\", uri = \"sip:b\" }]",
        "3:14",
        "unknown-key",
        "`uri`",
    ),
    ("[[hop]]\nname = \"a\"\ntargets = [{ uri = \"192.0.2.1\" }]", "3:20", "bad-uri", "sip:192.0.2.1"),
    (
        "[[hop]]\nname = \"a\"\ntargets = [{ uri = \"sip:a\" }]\nprobe = \"1ms\"",
        "4:9",
        "absurd-duration",
        "\"1s\"",
    ),
    ("[[user]]\nname = \"dora\"", "1:1", "missing-key", "gone = true"),
    ("[[user]]\nname = \"dora@elsewhere.test\"\ngone = true", "2:8", "bad-user", "dora@localhost"),
    ("[[user]]\nname = \"d\"\ngone = true\nmoved = \"sip:a@b\"", "4:9", "misplaced-key", "one of them"),
    ("[[user]]\nname = \"d\"\nmoved = \"a@b\"", "3:9", "bad-uri", "sip:a@b"),
    ("[[list]]\nname = \"l\"", "1:1", "missing-key", "members"),
    ("[[list]]\nname = \"l\"\nmembers = []", "3:11", "empty-list", "at least one"),
    ("[[list]]\nname = \"l@elsewhere.test\"\nmembers = [\"a\"]", "2:8", "bad-user", "dora@localhost"),
    ("[[list]]\nname = \"l\"\nmembers = [\"a\", \"b@elsewhere.test\"]", "3:17", "bad-user", "dora@localhost"),
    ("[[list]]\nname = \"l\"\nmembers = [\"a\", \"a@localhost\"]", "3:17", "duplicate-value", "leave one"),
    (
        "[[list]]\nname = \"l\"\nmembers = [\"a\"]\n[[list]]\nname = \"l@localhost\"\nmembers = [\"b\"]",
        "5:8",
        "duplicate-value",
        "leave one",
    ),
    ("[proxy]\nredirect = \"yes\"", "2:12", "wrong-type", "`true`"),
];

#[test]
fn each_seeded_fault_of_the_dial_plan_is_found_at_its_place_with_a_suggestion() {
    for (text, place, code, suggestion) in SEEDED {
        let faults = faults_of(text);
        assert_eq!(faults.faults.len(), 1, "{text}\n{}", faults.render(false, 100));
        let json = faults.json();
        let fault = &json["faults"][0];
        assert_eq!(format!("{}:{}", fault["line"], fault["column"]), *place, "{text}");
        assert_eq!(fault["code"], *code, "{text}");
        let help = fault["help"].as_str().unwrap_or_default();
        assert!(help.contains(suggestion), "{text}: {help}");
    }
}

#[test]
fn a_rule_behind_one_that_takes_all_is_reported_with_both_places() {
    let text = format!("{ALL}[[route]]\nname = \"later\"\nprefixes = [\"00\"]\naction = \"forward\"\n");
    let faults = faults_of(&text);
    let report = faults.render(false, 100);
    assert_eq!(faults.json()["faults"][0]["code"], "unreachable-rule");
    assert!(report.contains("test.toml:5:1") && report.contains("never reached"), "{report}");
    assert!(report.contains("this one takes all") && report.contains("put it before `all`"), "{report}");
    let other_order = "[[route]]\nname = \"later\"\nprefixes = [\"00\"]\naction = \"forward\"\n";
    assert!(parse(&format!("{other_order}{ALL}")).is_ok());
}

#[test]
fn two_routes_of_one_name_are_a_fault() {
    let faults = faults_of(&format!("{ALL}[[route]]\nname = \"all\"\naction = \"continue\"\n"));
    assert_eq!(faults.json()["faults"][0]["code"], "duplicate-value");
}

#[test]
fn a_whole_dial_plan_becomes_rules_hops_and_users() {
    let text = r#"
domains = ["example.test"]
timezone = "Europe/Amsterdam"

[[hop]]
name = "carrier"
targets = [{ uri = "sip:192.0.2.40;lr" }, { uri = "sips:sbc.carrier.test", weight = 3, priority = 20 }]
probe = "30s"

[[user]]
name = "dora"
gone = true

[[user]]
name = "bob@example.test"
away = "sip:bob@home.test"
away_for = "1h"

[[route]]
name = "night"
days = ["mon-fri"]
hours = ["18:00-08:00"]
users = ["desk"]
action = "redirect"
contacts = ["sip:voicemail@example.test"]

[[route]]
name = "international"
patterns = ['00([1-9][0-9]{6,13})$']
replace = "+{1}"
action = "hop"
hop = "carrier"
"#;
    let settings = parse(text).unwrap();
    let plan = &settings.plan;
    assert_eq!((plan.rules.len(), plan.hops.len(), plan.users.len()), (2, 1, 2));
    assert_eq!((plan.rules[0].line, plan.rules[1].line), (19, 27));
    let Action::Redirect(redirect) = &plan.rules[0].action else { panic!() };
    assert_eq!(redirect.status, StatusCode::MOVED_TEMPORARILY);
    assert_eq!(plan.rules[1].action, Action::Hops(0));
    let [first, second] = plan.hops[0].targets.as_slice() else { panic!() };
    assert_eq!((first.weight, first.priority, second.weight, second.priority), (1, 10, 3, 20));
    let standings: Vec<_> = plan.users.values().map(|state| state.standing.clone()).collect();
    assert_eq!(standings, [Standing::Away("sip:bob@home.test".into(), Some(3600)), Standing::Gone]);
}

#[test]
fn a_list_has_members_of_our_domains_and_no_more_than_fit() {
    let list = |count: usize| {
        let members: Vec<String> = (0..count).map(|n| format!("\"u{n}\"")).collect();
        format!("[[list]]\nname = \"friends\"\ntitle = \"Friends\"\nmembers = [{}]", members.join(", "))
    };
    let settings = parse(&list(100)).unwrap();
    let (aor, friends) = settings.events.lists.first_key_value().unwrap();
    assert_eq!((aor.to_string(), friends.title.as_deref()), ("friends@localhost".into(), Some("Friends")));
    assert_eq!((friends.members.len(), friends.members[7].to_string()), (100, "u7@localhost".into()));
    assert_eq!(faults_of(&list(101)).json()["faults"][0]["code"], "too-many");
}
