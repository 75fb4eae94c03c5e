use super::*;
use std::collections::BTreeSet;

/// Each file with one fault: where the caret must stand, and a word of the suggestion.
const SEEDED: &[(&str, &str, &str, &str)] = &[
    ("domain = [\"a.test\"]", "1:1", "unknown-key", "`domains`"),
    ("domains = [\"a.test\"]\nwrokers = 2", "2:1", "unknown-key", "`workers`"),
    ("[auth]\nrequierd = true", "2:1", "unknown-key", "`required`"),
    ("[authentication]\nx = 1", "1:2", "unknown-key", "`auth`"),
    ("[sip]\nx = 1", "1:2", "unknown-key", "known tables"),
    ("[timer]\nt1 = \"500ms\"", "1:2", "unknown-key", "`timers`"),
    ("t1 = \"500ms\"", "1:1", "unknown-key", "[timers] t1"),
    ("workers = \"two\"", "1:11", "wrong-type", "a whole number"),
    ("workers = 2.5", "1:11", "wrong-type", "a whole number"),
    ("workers = 0", "1:11", "number-out-of-range", "1 to 256"),
    ("workers = -1", "1:11", "number-out-of-range", "1 to 256"),
    ("domains = \"a.test\"", "1:11", "wrong-type", "a list"),
    ("domains = []", "1:11", "empty-list", "at least one"),
    ("domains = [\"a.test\", \"A.test\"]", "1:22", "duplicate-value", "leave one"),
    ("domains = [\"sip:a.test\"]", "1:12", "bad-host", "\"a.test\""),
    ("data = 7", "1:8", "wrong-type", "path"),
    ("data = \"${NOWHERE_AT_ALL}/x\"", "1:8", "undefined-reference", "NOWHERE_AT_ALL"),
    ("[[listen]]\naddress = \"127.0.0.1\"", "2:11", "bad-address", "127.0.0.1:5060"),
    ("[[listen]]\naddress = \"127.0.0.1:66000\"", "2:11", "bad-address", "127.0.0.1:5060"),
    ("[[listen]]\naddress = \"localhost:5060\"", "2:11", "bad-address", "127.0.0.1:5060"),
    ("[[listen]]\naddress = \"224.0.1.75:5060\"", "2:11", "bad-address", "\"0.0.0.0:5060\""),
    ("[[listen]]\naddress = \"255.255.255.255:5062\"", "2:11", "bad-address", "\"0.0.0.0:5062\""),
    ("[[listen]]\naddress = \"[ff02::1]:5060\"", "2:11", "bad-address", "\"[::]:5060\""),
    ("[[listen]]\naddress = \"[::ffff:239.1.2.3]:5060\"", "2:11", "bad-address", "\"[::]:5060\""),
    ("[[listen]]\ntransports = [\"udp\"]", "1:1", "missing-key", "address"),
    ("[[listen]]\naddress = \"127.0.0.1:5060\"\ntransports = [\"upd\"]", "3:15", "unknown-word", "\"udp\""),
    (
        "[[listen]]\naddress = \"127.0.0.1:5060\"\n[[listen]]\naddress = \"127.0.0.1:5060\"",
        "4:11",
        "duplicate-listener",
        "join",
    ),
    ("listen = \"127.0.0.1:5060\"", "1:1", "wrong-type", "[listen]"),
    ("[timers]\nt1 = 500", "2:6", "bad-duration", "\"500ms\""),
    ("[timers]\nt1 = \"500\"", "2:6", "bad-duration", "\"500ms\""),
    ("[timers]\nt1 = \"-500ms\"", "2:6", "negative-duration", "minus"),
    ("[timers]\nt1 = -500", "2:6", "negative-duration", "minus"),
    ("[timers]\nt1 = \"5 years\"", "2:6", "bad-duration", "ms, s, m, h or d"),
    ("[timers]\nt1 = \"3h\"", "2:6", "absurd-duration", "\"10s\""),
    ("[timers]\nt1 = \"1ms\"", "2:6", "absurd-duration", "\"10ms\""),
    ("[timers]\nt1 = \"2s\"\nt2 = \"1s\"", "3:6", "absurd-duration", "\"2s\""),
    ("[timers]\nc = \"1m\"", "2:5", "absurd-duration", "\"3m1s\""),
    ("[auth]\nrequired = \"no\"", "2:12", "wrong-type", "`true` or `false`"),
    (
        "[auth]\nrequired = false\n[[listen]]\naddress = \"0.0.0.0:5060\"",
        "2:12",
        "open-to-others",
        "127.0.0.1",
    ),
    ("[console]\naddress = \"0.0.0.0:7080\"", "2:11", "open-to-others", "behind_proxy = true"),
    ("[console]\nbehind_proxy = true", "2:16", "open-to-others", "names = ["),
    ("[[auth]]\nrequired = true", "1:3", "wrong-type", "[auth]"),
    (
        "[http]\naddress = \"127.0.0.1:5060\"\n[[listen]]\naddress = \"127.0.0.1:5060\"",
        "2:11",
        "duplicate-listener",
        "port",
    ),
    (
        "[http]\naddress = \"127.0.0.1:9060\"\n[console]\naddress = \"127.0.0.1:9060\"",
        "4:11",
        "duplicate-listener",
        "port",
    ),
    (
        "[http]\naddress = \"127.0.0.1:9060\"\n[[listen]]\naddress = \"0.0.0.0:9060\"",
        "2:11",
        "duplicate-listener",
        "port",
    ),
    ("[registrar]\nexpires_min = \"30m\"\nexpires_max = \"20m\"", "3:15", "absurd-duration", "\"30m\""),
    ("[events]\nexpires_max = \"10m\"\nexpires_min = \"11m\"", "2:15", "absurd-duration", "\"11m\""),
    ("[dns]\nservers = [\"127.0.0.1\"]", "2:12", "bad-address", "127.0.0.1:"),
    ("[dns]\ntimeout = \"1h\"", "2:11", "absurd-duration", "\"30s\""),
    ("[hep]\nto = \"192.0.2.7:9060\"", "2:6", "bad-address", "udp:HOST:PORT"),
    ("[hep]\nto = \"udp:192.0.2.7:0\"", "2:6", "bad-address", "9060"),
    ("[hep]\nagent = 7", "1:2", "missing-key", "to"),
    ("[log]\nformat = \"jsno\"", "2:10", "unknown-word", "\"json\""),
    ("[limits]\nconnections_max = 0", "2:19", "number-out-of-range", "1 to"),
    ("[limits]\ntransactions_max = 999", "2:20", "number-out-of-range", "1000 to 16777216"),
];

#[test]
fn each_seeded_fault_is_found_at_its_place_with_a_suggestion() {
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
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    // The checks that need several values do not run into each other, so that one file can hold nearly all faults.
    let text = "workers = 0\ndomain = 1\nx = = 2\n[timers]\nt1 = 5\nt4 = \"9h\"\n[auth]\nrequired = 1\n";
    let faults = faults_of(text);
    let lines: Vec<usize> = faults.faults.iter().map(|fault| faults.position(fault.at.start).0).collect();
    assert!(lines.is_sorted());
    assert_eq!(lines.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([1, 2, 3, 5, 6, 8]));
}

#[test]
fn report_shows_file_line_column_caret_and_suggestion() {
    let report = faults_of("domains = [\"a.test\"]\n[auth]\nrequierd = true\n").render(false, 100);
    assert!(report.contains("test.toml:3:1"), "{report}");
    assert!(report.contains("requierd = true"), "{report}");
    assert!(report.contains("unknown key `requierd` in `auth`"), "{report}");
    assert!(report.contains("did you mean `required`?"), "{report}");
    assert!(report.contains("test.toml: 1 fault\n"), "{report}");
    assert!(!report.contains('\x1b'));
}

#[test]
fn columns_count_characters_for_people_as_for_programs() {
    let faults = faults_of("domains = [\"é\", \"ë.test\"] # ü\n");
    let report = faults.render(false, 100);
    for (fault, place) in faults.faults.iter().zip([(1, 12), (1, 17)]) {
        assert_eq!(faults.position(fault.at.start), place);
        assert!(report.contains(&format!("[test.toml:{}:{}]", place.0, place.1)), "{report}");
    }
    // The caret stands under the letters.
    let below: Vec<&str> = report.lines().skip_while(|line| !line.contains("1 │")).take(2).collect();
    let column = |line: &str, letter: char| line.chars().position(|c| c == letter);
    assert_eq!(column(below[0], '"'), column(below[1], '─'), "{report}");
}

#[test]
fn a_file_that_is_not_utf_8_is_told_with_the_place_of_its_first_wrong_byte() {
    for (bytes, place, byte) in [
        (&b"timezone = \"UTC\" # \xc3\xa9\n# caf\xe9\n\xff"[..], (2, 6), "0xe9"),
        (b"\xff\xfed\0", (1, 1), "0xff"),
        (b"workers = 2\n# \xe2\x82", (2, 3), "0xe2"),
    ] {
        let (text, fault) = text_of(bytes.to_vec());
        let faults = Faults { file: "test.toml".to_owned(), text, faults: vec![fault.unwrap()] };
        assert_eq!(faults.position(faults.faults[0].at.start), place);
        let report = faults.render(false, 100);
        assert!(report.contains(&format!("test.toml:{}:{}", place.0, place.1)), "{report}");
        assert!(report.contains(byte) && report.contains("save the file as UTF-8"), "{report}");
    }
    assert_eq!(text_of("# café".into()), ("# café".to_owned(), None));
    let file = std::env::temp_dir().join(format!("ringback-not-utf-8-{}.toml", std::process::id()));
    std::fs::write(&file, b"# caf\xe9").unwrap();
    let error = Settings::load(&file).unwrap_err();
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(error, LoadError::Faults(_)), "{error}");
}

#[test]
fn a_data_folder_that_is_a_file_is_a_fault_and_one_that_is_not_there_yet_is_none() {
    let data = |path: &str| format!("workers = 2\ndata = '{path}'");
    let (file, folder) = (concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), env!("CARGO_MANIFEST_DIR"));
    let faults = faults_of(&data(file));
    let report = faults.json();
    assert_eq!((faults.faults.len(), &report["faults"][0]["code"]), (1, &"bad-folder".into()));
    assert_eq!((&report["faults"][0]["line"], &report["faults"][0]["column"]), (&2.into(), &8.into()));
    assert!(faults.render(false, 100).contains("Cargo.toml is a file, not a folder"));
    assert_eq!(faults_of(&data(&format!("{file}/store"))).faults.len(), 1, "nor inside a file");
    for good in [folder.to_owned(), format!("{folder}/not-there")] {
        assert!(parse(&data(&good)).is_ok(), "{good}");
    }
}

#[test]
fn a_journal_folder_that_is_a_file_is_a_fault_unless_nothing_is_kept() {
    let journal = |enabled: bool, path: &str| format!("[journal]\nenabled = {enabled}\nfolder = '{path}'");
    let (file, folder) = (concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), env!("CARGO_MANIFEST_DIR"));
    let report = faults_of(&journal(true, file)).json();
    assert_eq!(report["faults"][0]["code"], "bad-folder");
    assert_eq!((&report["faults"][0]["line"], &report["faults"][0]["column"]), (&3.into(), &10.into()));
    assert!(report["faults"][0]["help"].as_str().unwrap().contains("name a folder"), "{report}");
    assert!(parse(&journal(true, folder)).is_ok());
    assert!(parse(&journal(false, file)).is_ok());
}

#[test]
fn broken_syntax_is_shown_where_it_breaks() {
    for (text, line) in [("domains = [\"a\"\nx", 2), ("a = 1\nb ==", 2), ("[auth\n", 1), ("\"", 1)] {
        let faults = faults_of(text);
        let mut syntax = faults.faults.iter().filter(|fault| matches!(fault.kind, FaultKind::Syntax { .. }));
        assert_eq!(syntax.next().map(|fault| faults.position(fault.at.start).0), Some(line), "{text}");
    }
}

#[test]
fn the_file_of_the_documentation_becomes_settings() {
    let text = "domains = [\"Example.test\"]\ndata = \"store\"\nworkers = 2\n[[listen]]\n\
                address = \"127.0.0.1:5060\"\ntransports = [\"udp\"]\n[[listen]]\naddress = \"[::1]:5062\"\n\
                [auth]\nrequired = false\nalgorithms = [\"MD5\", \"SHA-256\"]\n[timers]\nt1 = \"100ms\"\n\
                [dns]\nservers = [\"127.0.0.1:5300\"]\ntimeout = \"4s\"\nquarantine = \"0s\"\n[log]\nformat = \"json\"\n";
    let settings = parse(text).unwrap();
    assert_eq!(settings.domains.as_deref(), Some(&["example.test".to_owned()][..]));
    assert_eq!(settings.data.as_deref(), Some(Path::new("/etc/ringback/store")));
    assert_eq!(settings.workers, Some(2));
    assert_eq!(settings.listeners.len(), 2);
    assert!(settings.listeners[0].udp && settings.listeners[0].stream.is_none());
    assert!(settings.listeners[1].udp && settings.listeners[1].stream == Some(Transport::Tcp));
    assert!(!settings.auth_required && settings.log.json);
    assert_eq!(settings.auth_algorithms, [Hash::Md5, Hash::Sha256]);
    assert_eq!(settings.timers.t1, Duration::from_millis(100));
    assert_eq!(settings.timers.t2, Duration::from_secs(4));
    assert_eq!(settings.dns.servers, ["127.0.0.1:5300".parse().unwrap()]);
    let resolver = settings.dns.resolver();
    assert_eq!(
        (resolver.search_time_max, resolver.answer_time_max),
        (Duration::from_secs(4), Duration::from_secs(1))
    );
    assert!(settings.dns.quarantine.is_zero());
}

#[test]
fn registrations_and_the_edge_are_read_and_their_uris_become_routes() {
    let text = "[registrar]\npath = \"accept\"\nservice_route = [\"sip:a.test\", \"sip:b.test;lr\"]\n\
                keep_alive_datagram = \"20s\"\n[[edge]]\nhome = \"home.test\"\nnext = \"sip:192.0.2.50\"\n\
                [[edge]]\nhome = \"other.test\"\n";
    let reach = parse(text).unwrap().reach;
    let routes: Vec<&str> = reach.registrar.service_route.iter().map(|uri| &**uri).collect();
    assert_eq!(routes, ["sip:a.test;lr", "sip:b.test;lr"]);
    assert_eq!(reach.registrar.keep_alive_datagram, Duration::from_secs(20));
    assert_eq!(reach.edge.domains[0].next.as_deref(), Some("sip:192.0.2.50;lr"));
    assert_eq!((&*reach.edge.domains[1].name, &reach.edge.domains[1].next), ("other.test", &None));
    assert_eq!(parse("").unwrap().reach, super::reach::Reach::default());
}

#[test]
fn session_timers_are_wanted_when_the_file_speaks_of_them() {
    let (half_hour, minimum) = (Duration::from_secs(1800), Duration::from_secs(90));
    for (text, expires, min) in [
        ("expires = \"30m\"", Some(half_hour), minimum),
        ("min = \"30m\"", None, half_hour),
        ("expires = \"30m\"\nmin = \"30m\"", Some(half_hour), half_hour),
    ] {
        let session = parse(&format!("[session]\n{text}")).unwrap().session;
        assert_eq!(session, Some(SessionPolicy { expires, min }));
    }
    assert_eq!(parse("").unwrap().session, None);
    for text in ["expires = \"89s\"", "expires = \"10m\"\nmin = \"11m\""] {
        assert_eq!(faults_of(&format!("[session]\n{text}")).faults.len(), 1);
    }
}

#[test]
fn without_a_file_every_default_holds() {
    let settings = Settings::without_file();
    assert_eq!(parse("").unwrap(), settings);
    assert!(settings.auth_required);
    assert_eq!(settings.auth_algorithms, Hash::ALL);
    assert_eq!(settings.timers.t1, Duration::from_millis(500));
    assert_eq!(settings.http.unwrap().address.to_string(), "127.0.0.1:9060");
    assert_eq!(settings.limits.connections_max, 16_384);
    assert_eq!(settings.limits.transactions_max, ringback_sip::transaction::TRANSACTIONS_MAX);
    assert_eq!(settings.dns.resolver(), ringback_io::dns::ResolverSettings::default());
    assert_eq!(settings.dns.quarantine, ringback_roles::routing::QUARANTINE_DEFAULT);
}

#[test]
fn every_default_passes_the_check_of_its_own_row() {
    for section in keys::SECTIONS {
        for key in section.keys {
            let literal = matches!(key.default, keys::Default::Value(_));
            assert_eq!(document::check_default(key).is_some(), literal, "{} {}", section.name, key.name);
        }
    }
}

#[test]
fn documentation_of_the_keys_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    if std::env::var_os("RINGBACK_WRITE").is_some() {
        std::fs::write(&path, keys::reference()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == keys::reference(), "run RINGBACK_WRITE=1 cargo test -p ringback settings");
}

pub(super) fn parse(text: &str) -> Result<Settings, Vec<Fault>> {
    Settings::parse(text, Path::new("/etc/ringback"), &|_| None)
}

pub(super) fn faults_of(text: &str) -> Faults {
    let faults = parse(text).expect_err(text);
    Faults { file: "test.toml".to_owned(), text: text.to_owned(), faults }
}
