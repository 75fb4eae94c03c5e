use super::*;
use crate::location::Domains;
use core::net::IpAddr;
use proptest::prelude::*;
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::syntax::Uri;
use ringback_sip::time::Instant;

/// 2025-11-17T00:00:00Z, a Monday.
const MONDAY: u64 = 1_763_337_600;

#[test]
fn the_first_rule_that_holds_decides_and_every_tried_one_is_told() {
    let plan = plan(vec![
        rule("fax", |r| r.when.users = vec![exact("fax")]),
        rule("night", |r| r.when.hours = Hours::new([true; 7], vec![(18 * 60, 8 * 60)])),
        rule("weekend", |r| {
            r.when.hours = Hours::new([false, false, false, false, false, true, true], vec![])
        }),
        rule("all", |_| {}),
        rule("never", |_| {}),
    ]);
    let (name, tried) = told(&plan, &ask("sip:bob@example.test", MONDAY + 12 * 3600));
    assert_eq!(name.as_deref(), Some("all"));
    let expected = [
        ("fax", Some(Missed::User)),
        ("night", Some(Missed::Time)),
        ("weekend", Some(Missed::Day)),
        ("all", None),
    ];
    assert_eq!(tried, expected.map(|(name, missed)| (name.to_owned(), missed)));
}

#[test]
fn every_condition_is_looked_at() {
    let ask = ask("sip:bob@example.test", MONDAY);
    let holds = |change: fn(&mut Conditions)| {
        let plan = plan(vec![rule("r", |r| change(&mut r.when))]);
        let (name, tried) = told(&plan, &ask);
        assert_eq!(name.is_some(), tried[0].1.is_none());
        tried[0].1
    };
    assert_eq!(holds(|w| w.methods = vec!["INVITE".into(), "MESSAGE".into()]), None);
    assert_eq!(holds(|w| w.methods = vec!["invite".into()]), Some(Missed::Method), "case matters");
    assert_eq!(holds(|w| w.domains = vec!["192.0.2.9".into()]), None, "another name of the same domain");
    assert_eq!(holds(|w| w.domains = vec!["other.test".into()]), Some(Missed::Domain));
    assert_eq!(holds(|w| w.users = vec![prefix("bo")]), None);
    assert_eq!(holds(|w| w.users = vec![prefix("ob"), exact("Bob")]), Some(Missed::User));
    assert_eq!(holds(|w| w.caller_domains = vec!["Carrier.test".into()]), None);
    assert_eq!(holds(|w| w.caller_domains = vec!["example.test".into()]), Some(Missed::CallerDomain));
    assert_eq!(holds(|w| w.caller_users = vec![exact("alice")]), None);
    assert_eq!(holds(|w| w.caller_users = vec![exact("bob")]), Some(Missed::CallerUser));
    assert_eq!(holds(|w| w.sources = vec!["192.0.2.0/25".parse().unwrap()]), None);
    assert_eq!(holds(|w| w.sources = vec!["192.0.2.128/25".parse().unwrap()]), Some(Missed::Source));
    assert_eq!(holds(|w| w.transports = vec![Transport::Udp]), None);
    assert_eq!(holds(|w| w.transports = vec![Transport::Tls]), Some(Missed::Transport));
}

#[test]
fn a_rule_that_leads_out_is_for_those_who_proved_who_they_are() {
    let trunk = |is_open| plan(vec![rule("trunk", |r| (r.action, r.is_open) = (Action::Hops(0), is_open))]);
    let foreign = plan(vec![rule("foreign", |r| {
        r.action = Action::Forward;
        r.rewrite.domain = Some("carrier.test".into());
    })]);
    let mut ask = ask("sip:00900@example.test", MONDAY);
    for (plan, proven, expected) in [
        (trunk(false), true, None),
        (trunk(false), false, Some(Missed::Stranger)),
        (trunk(true), false, None),
        (foreign.clone(), false, Some(Missed::Stranger)),
        (foreign, true, None),
    ] {
        ask.is_proven = proven;
        assert_eq!(told(&plan, &ask).1[0].1, expected);
    }
}

#[test]
fn numbers_are_rewritten_by_groups_and_by_cutting() {
    let rewritten = |uri: &str, rules: Vec<Rule>| {
        let ask = ask(uri, MONDAY);
        let plan = plan(rules);
        let decision = plan.decide(&domains(), &ask, |_, _| {});
        String::from_utf8(decision.target.uri(&ask.uri)).unwrap()
    };
    let international = |action| {
        rule("international", |r| {
            r.when.users = vec![UserPattern::expression("(?:00|\\+)([1-9][0-9]+)").unwrap()];
            r.rewrite.replace = Some(Template::parse("+{1}").unwrap());
            r.action = action;
        })
    };
    let cut = rule("cut", |r| {
        r.when.users = vec![prefix("0")];
        r.rewrite =
            Rewrite { strip: 1, prepend: "+31".into(), domain: Some("Carrier.test".into()), replace: None };
    });
    assert_eq!(
        rewritten("sip:0031201234567@example.test;user=phone", vec![international(Action::Forward)]),
        "sip:+31201234567@example.test;user=phone"
    );
    assert_eq!(
        rewritten("sip:0201234567@example.test:5070;transport=tcp;user=phone", vec![cut.clone()]),
        "sip:+31201234567@carrier.test;user=phone"
    );
    let both = vec![international(Action::Continue), cut];
    assert_eq!(rewritten("sip:0031201234567@example.test", both.clone()), "sip:+31201234567@example.test");
    assert_eq!(
        rewritten("sip:bob@example.test:5070;x=1", both),
        "sip:bob@example.test:5070;x=1",
        "as it came"
    );
    let odd = rule("odd", |r| r.rewrite.prepend = "a b@".into());
    assert_eq!(rewritten("sip:c%3F@example.test", vec![odd]), "sip:a%20b%40c?@example.test");
}

#[test]
fn a_redirection_never_names_the_target_itself() {
    let contacts = ["sip:{user}@example.test", "<sip:{user}@new.test>;q=0.5", "sip:desk@{domain}"];
    let plan = plan(vec![rule("moved", |r| {
        let contacts = contacts.map(|text| Template::parse(text).unwrap()).into();
        r.action = Action::Redirect(Redirect { status: StatusCode::MOVED_TEMPORARILY, contacts });
    })]);
    let decision = plan.decide(&domains(), &ask("sip:bob@example.test", MONDAY), |_, _| {});
    let contacts: Vec<_> =
        decision.contacts.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    assert_eq!(contacts, ["<sip:bob@new.test>;q=0.5", "<sip:desk@example.test>"]);
}

#[test]
fn shadowed_rules_are_found_and_reachable_ones_are_not() {
    let number = |text: &str| vec![UserPattern::expression(text).unwrap()];
    let shadowed = |rules: Vec<Rule>| plan(rules).shadowed();
    let all = || rule("all", |_| {});
    let bob = || rule("bob", |r| r.when.users = vec![exact("bob")]);
    assert_eq!(shadowed(vec![all(), bob()]), [(1, 0)]);
    assert_eq!(shadowed(vec![bob(), all()]), []);
    let wide = rule("wide", |r| r.when.users = number("0[0-9]+"));
    let narrow = rule("narrow", |r| r.when.users = number("00[1-9]{9,11}"));
    assert_eq!(shadowed(vec![wide.clone(), narrow.clone()]), [(1, 0)]);
    assert_eq!(shadowed(vec![narrow.clone(), wide.clone()]), []);
    let by_tcp =
        rule("tcp", |r| (r.when.users, r.when.transports) = (number("0[0-9]+"), vec![Transport::Tcp]));
    assert_eq!(shadowed(vec![by_tcp, narrow.clone()]), []);
    let rewriting = rule("rewriting", |r| (r.action, r.rewrite.prepend) = (Action::Continue, "0".into()));
    assert_eq!(
        shadowed(vec![wide.clone(), rewriting, narrow.clone()]),
        [],
        "another target comes to the last"
    );
    let trunk = rule("trunk", |r| r.action = Action::Hops(0));
    assert_eq!(shadowed(vec![trunk.clone(), bob()]), [], "strangers still reach bob");
    assert_eq!(shadowed(vec![trunk.clone(), rule("again", |r| r.action = Action::Hops(1))]), [(1, 0)]);
    let office = rule("office", |r| {
        r.when.hours = Hours::new([true, true, true, true, true, false, false], vec![(540, 1020)]);
    });
    let monday = rule("monday", |r| {
        r.when.hours = Hours::new([true, false, false, false, false, false, false], vec![(600, 660)]);
    });
    assert_eq!(shadowed(vec![office, monday]), [(1, 0)]);
}

#[test]
fn codes_that_a_rule_may_not_give() {
    let check = |code: u16, later| Reject::check(StatusCode::new(code).unwrap(), later);
    for code in [400, 402, 403, 404, 410, 480, 484, 486, 488, 500, 503, 600, 603, 604, 607, 608] {
        assert_eq!(check(code, false), Ok(()), "{code}");
    }
    for code in [401, 405, 407, 415, 420, 421, 422, 423, 489, 494] {
        assert_eq!(check(code, false), Err(CodeFault::Fields), "{code}");
    }
    for code in [408, 481, 482, 483, 487, 491] {
        assert_eq!(check(code, false), Err(CodeFault::Meaning), "{code}");
    }
    assert_eq!(check(302, false), Err(CodeFault::NotARefusal));
    assert_eq!(check(499, false), Err(CodeFault::NotARefusal));
    assert_eq!((check(480, true), check(403, true)), (Ok(()), Err(CodeFault::RetryAfter)));
}

/// A rule as the oracle sees it: sets of everything that the small world of the property has.
#[derive(Clone, Debug)]
struct Simple {
    methods: Vec<&'static str>,
    /// Which of `PATTERNS`.
    patterns: Vec<usize>,
    domains: Vec<&'static str>,
    /// The last bytes of sources: those below.
    source_below: u8,
    days: [bool; 7],
    hour: Option<(u8, u8)>,
    is_out: bool,
    is_open: bool,
    /// 0: decides; 1: goes on; 2: goes on with "1" in front.
    goes_on: u8,
}

const USERS: [&str; 6] = ["bob", "100", "1100", "200", "0031", ""];
const METHODS: [&str; 3] = ["INVITE", "MESSAGE", "OPTIONS"];
const DOMAINS: [&str; 2] = ["example.test", "other.test"];

type Pattern = (fn() -> UserPattern, fn(&str) -> bool);

/// Patterns beside what they mean, said in another way.
const PATTERNS: [Pattern; 5] = [
    (|| exact("bob"), |u| u == "bob"),
    (|| prefix("1"), |u| u.starts_with('1')),
    (
        || UserPattern::expression("[0-9]{3}").unwrap(),
        |u| u.len() == 3 && u.bytes().all(|b| b.is_ascii_digit()),
    ),
    (|| UserPattern::expression("b?ob|.*00").unwrap(), |u| u == "bob" || u == "ob" || u.ends_with("00")),
    (|| UserPattern::expression("").unwrap(), str::is_empty),
];

fn simple() -> impl Strategy<Value = Simple> {
    (
        proptest::sample::subsequence(METHODS.to_vec(), 0..3),
        proptest::sample::subsequence((0..PATTERNS.len()).collect::<Vec<_>>(), 0..3),
        proptest::sample::subsequence(DOMAINS.to_vec(), 0..2),
        prop_oneof![Just(0u8), Just(64), Just(128)],
        prop_oneof![Just([true; 7]), any::<[bool; 7]>()],
        proptest::option::of((0u8..24, 0u8..24)),
        (any::<bool>(), any::<bool>()),
        prop_oneof![3 => Just(0u8), 1 => Just(1), 1 => Just(2)],
    )
        .prop_map(
            |(methods, patterns, domains, source_below, days, hour, (is_out, is_open), goes_on)| Simple {
                methods,
                patterns,
                domains,
                source_below,
                days,
                hour: hour.filter(|(from, to)| from != to),
                is_out,
                is_open,
                goes_on,
            },
        )
}

impl Simple {
    fn rule(&self, number: usize) -> Rule {
        rule(&number.to_string(), |r| {
            r.when.methods = self.methods.iter().map(|&m| m.into()).collect();
            r.when.users = self.patterns.iter().map(|&p| PATTERNS[p].0()).collect();
            r.when.domains = self.domains.iter().map(|&d| d.into()).collect();
            let network = match self.source_below {
                64 => Some("192.0.2.0/26"),
                128 => Some("192.0.2.0/25"),
                _ => None,
            };
            r.when.sources = network.into_iter().map(|n| n.parse().unwrap()).collect();
            let ranges = self.hour.iter().map(|&(a, b)| (u16::from(a) * 60, u16::from(b) * 60)).collect();
            r.when.hours = Hours::new(self.days, ranges);
            r.is_open = self.is_open;
            r.action = match self.goes_on {
                0 if self.is_out => Action::Hops(0),
                0 => r.action.clone(),
                _ => Action::Continue,
            };
            if self.goes_on == 2 {
                r.rewrite.prepend = "1".into();
            }
        })
    }

    /// The naive meaning, hour by hour.
    fn holds(&self, method: &str, user: &str, domain: &str, source: u8, hour: u64, is_proven: bool) -> bool {
        let (day, now) = ((hour / 24) as usize % 7, (hour % 24) as u8);
        let in_time = match self.hour {
            None => self.days[day],
            // Walk from the beginning of the range to its end and see whether now is among the hours.
            Some((from, to)) => {
                let length = (24 + to - from) % 24;
                (0..7usize).filter(|&d| self.days[d]).any(|d| {
                    (0..length).any(|n| {
                        let at = d * 24 + usize::from(from) + usize::from(n);
                        ((at / 24) % 7, (at % 24) as u8) == (day, now)
                    })
                })
            }
        };
        let listed = |list: &[&str], word: &str| list.is_empty() || list.contains(&word);
        listed(&self.methods, method)
            && (self.patterns.is_empty() || self.patterns.iter().any(|&p| PATTERNS[p].1(user)))
            && listed(&self.domains, domain)
            && (self.source_below == 0 || source < self.source_below)
            && in_time
            && (self.goes_on > 0 || !self.is_out || self.is_open || is_proven)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_plan_says_what_a_naive_reader_of_its_rules_says(
        rules in proptest::collection::vec(simple(), 0..6),
        asks in proptest::collection::vec((0..METHODS.len(), 0..USERS.len(), 0..2usize, any::<u8>(), 0u64..168, any::<bool>()), 1..12),
    ) {
        let plan = plan(rules.iter().enumerate().map(|(n, simple)| simple.rule(n)).collect());
        let shadowed = plan.shadowed();
        for (method, user, domain, source, hour, is_proven) in asks {
            let mut name = USERS[user].to_owned();
            let mut expected = None;
            for (n, simple) in rules.iter().enumerate() {
                if !simple.holds(METHODS[method], &name, DOMAINS[domain], source, hour, is_proven) {
                    continue;
                }
                match simple.goes_on {
                    0 => { expected = Some(n.to_string()); break }
                    2 => name.insert(0, '1'),
                    _ => {}
                }
            }
            let at = if USERS[user].is_empty() { String::new() } else { format!("{}@", USERS[user]) };
            let uri = format!("sip:{at}{}", DOMAINS[domain]);
            let question = Question {
                method: METHODS[method].as_bytes(),
                is_proven,
                source: IpAddr::from([192, 0, 2, source]),
                ..ask(&uri, MONDAY + hour * 3600)
            };
            let decision = plan.decide(&domains(), &question, |_, _| {});
            prop_assert_eq!(decision.rule.map(|r| r.name.to_string()), expected);
            prop_assert_eq!(&decision.target.user, name.as_bytes());
            for (later, earlier) in &shadowed {
                prop_assert!(decision.rule != plan.rules.get(*later), "{later} is behind {earlier}");
            }
        }
    }
}

fn domains() -> Domains {
    Domains::new().with("example.test").with_alias("192.0.2.9")
}

fn plan(rules: Vec<Rule>) -> Plan {
    Plan { rules, ..Plan::default() }
}

/// A rule for everything that refuses.
fn rule(name: &str, change: impl FnOnce(&mut Rule)) -> Rule {
    let status = StatusCode::FORBIDDEN;
    let mut rule = Rule {
        name: name.into(),
        line: 1,
        when: Conditions::default(),
        is_open: false,
        rewrite: Rewrite::default(),
        action: Action::Reject(Reject { status, phrase: None, retry_after_secs: None, warning: None }),
    };
    change(&mut rule);
    rule
}

fn exact(text: &str) -> UserPattern {
    UserPattern::Exact(text.into())
}

fn prefix(text: &str) -> UserPattern {
    UserPattern::Prefix(text.into())
}

/// An INVITE of alice at a carrier, who proved it.
fn ask(uri: &str, at: u64) -> Question<'_> {
    Question {
        method: b"INVITE",
        uri: Uri::parse(uri.as_bytes()).unwrap(),
        caller: Uri::parse(b"sip:alice@carrier.test").ok(),
        is_proven: true,
        source: IpAddr::from([192, 0, 2, 1]),
        transport: Transport::Udp,
        at: Instant::from_unix_secs(at),
    }
}

type Tried = Vec<(String, Option<Missed>)>;

fn told(plan: &Plan, ask: &Question<'_>) -> (Option<String>, Tried) {
    let mut tried = Vec::new();
    let decision =
        plan.decide(&domains(), ask, |rule, outcome| tried.push((rule.name.to_string(), outcome.err())));
    (decision.rule.map(|rule| rule.name.to_string()), tried)
}
