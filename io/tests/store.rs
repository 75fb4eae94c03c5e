//! The SQLite store: what it acknowledges is durable, and what memory can answer needs no disk.

#![allow(clippy::unwrap_used)]

#[path = "store/bench.rs"]
mod bench;

use bench::{Bench, Clock, T0, aor, register};
use ringback_io::store::{Store, StoreError, Subscribers};
use ringback_roles::location::{Candidate, Operation, Parts, Refusal};
use ringback_roles::store::{Answer, Ask};
use ringback_sip::auth::{Ha1, Hash};
use ringback_sip::journal::{Binding, Fact};
use ringback_sip::time::Duration;
use std::process::{Command, Stdio};

#[test]
fn an_acknowledged_binding_is_there_after_reopening() {
    let bench = Bench::new("reopen");
    let store = bench.open();
    assert!(store.register(register("alice@d", b"sip:a@h;x=1", 1, 600)).is_ok());
    assert!(store.register(register("alice@d", b"sip:\xff\x00@h", 2, 600)).is_ok());
    assert!(store.register(register("bob@d", b"sip:b@h", 1, 600)).is_ok());
    assert!(store.register(register("bob@d", b"sip:b@h", 2, 0)).is_ok());
    drop(store);
    let store = bench.open();
    assert_eq!(store.contacts("alice@d"), [&b"sip:a@h;x=1"[..], b"sip:\xff\x00@h"]);
    assert!(store.contacts("bob@d").is_empty(), "what was removed stays removed");
    let stale = store.register(register("alice@d", b"sip:a@h;x=1", 1, 0));
    assert_eq!(stale, Err(Refusal::Stale), "Call-ID and CSeq are kept");
    let kept = store.bindings("alice@d");
    assert!(kept.all().iter().all(|b| b.lease >= T0 + Duration::from_secs(600)));
    assert_eq!(kept.all()[0].flow.remote.to_string(), "198.51.100.7:5060");
}

#[test]
fn a_refresh_inside_the_lease_touches_no_disk_and_loses_nothing() {
    let bench = Bench::new("absorb");
    let store = bench.open();
    for n in 1..=6 {
        bench.clock.set(T0 + Duration::from_secs(300) * n);
        assert!(store.register(register("alice@d", b"sip:a@h", n, 600)).is_ok());
    }
    let figures = store.store.figures();
    assert_eq!((figures.written, figures.absorbed), (1, 5));
    drop(store);
    let store = bench.open();
    let kept = store.bindings("alice@d");
    assert!(kept.all()[0].expires >= bench.clock.now() + Duration::from_secs(600));
}

#[test]
fn a_full_disk_is_never_answered_as_success_and_memory_agrees_with_the_disk() {
    let bench = Bench::new("full");
    let mut settings = bench.settings();
    settings.pages_max = Some(16);
    let store = bench.open_with(settings);
    let path = "sip:a@h;path=".to_owned() + &"x".repeat(900);
    let (mut kept, mut failed) = (Vec::new(), 0);
    for n in 0..200 {
        let user = format!("user{n}@d");
        match store.register(register(&user, path.as_bytes(), 1, 600)) {
            Ok(_) => kept.push(user),
            Err(refusal) => {
                assert_eq!(refusal, Refusal::NotDurable);
                assert!(store.contacts(&user).is_empty());
                failed += 1;
            }
        }
    }
    assert!(failed > 0 && !kept.is_empty(), "{failed} of 200");
    assert!(bench.facts().iter().any(|f| matches!(f, Fact::StoreFailed { code: 13 })));
    assert!(store.store.figures().failures > 0);
    assert!(store.register(register(&kept[0], path.as_bytes(), 2, 0)).is_ok(), "removing still works");
    let next = store.register(register("late@d", b"sip:late@h", 1, 600));
    assert!(next.is_ok(), "and makes room: {next:?}");
    drop(store);
    let store = bench.open();
    assert_eq!(store.store.figures().bindings, kept.len());
    assert!(kept[1..].iter().all(|user| store.contacts(user).len() == 1));
}

#[test]
fn expired_bindings_leave_memory_and_disk_and_the_journal_says_so() {
    let bench = Bench::new("expiry");
    let store = bench.open();
    assert!(store.register(register("alice@d", b"sip:a@h", 1, 60)).is_ok());
    assert!(store.register(register("bob@d", b"sip:b@h", 1, 3600)).is_ok());
    bench.clock.set(T0 + Duration::from_secs(61));
    bench.wait_for("the sweep", || store.store.figures().bindings == 1);
    let expired = |f: &Fact| matches!(f, Fact::Binding { change: Binding::Expired, .. });
    assert_eq!(bench.facts().iter().filter(|f| expired(f)).count(), 1);
    drop(store);
    let store = bench.open();
    assert!(store.contacts("alice@d").is_empty());
    assert_eq!(store.contacts("bob@d"), [b"sip:b@h"]);
}

#[test]
fn many_askers_share_few_commits() {
    let bench = Bench::new("group");
    let store = bench.open();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                let users: Vec<_> = (0..200).map(|n| format!("u{thread}-{n}@d")).collect();
                let pending = users.iter().map(|u| register(u, b"sip:a@h", 1, 600)).collect();
                assert!(store.register_all(pending).iter().all(Result::is_ok));
            });
        }
    });
    let figures = store.store.figures();
    assert_eq!((figures.written, figures.bindings, figures.waiting), (1600, 1600, 0));
    assert!(figures.commits < 400, "{figures:?}");
}

#[test]
fn one_folder_serves_one_process() {
    let bench = Bench::new("lock");
    let store = bench.open();
    let second = Store::open(&bench.folder, bench.settings());
    assert!(matches!(second, Err(StoreError::InUse(_))));
    drop(store);
    assert!(Store::open(&bench.folder, bench.settings()).is_ok());
}

#[test]
fn the_digests_of_passwords_are_for_nobody_else_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new("mode");
    Subscribers::open(&bench.folder).unwrap().add(&aor("alice@example.test"), b"secret").unwrap();
    let _store = bench.open();
    for file in std::fs::read_dir(&bench.folder).unwrap().map(Result::unwrap) {
        let is_database = file.file_name().to_string_lossy().starts_with("ringback.db");
        let mode = file.metadata().unwrap().permissions().mode();
        assert!(!is_database || mode & 0o077 == 0, "{:?} has {mode:o}", file.file_name());
    }
}

#[test]
fn accounts_are_kept_without_passwords_and_taken_over_while_serving() {
    let bench = Bench::new("accounts");
    let accounts = Subscribers::open(&bench.folder).unwrap();
    accounts.add(&aor("alice@example.test"), b"first secret").unwrap();
    assert!(matches!(accounts.add(&aor("alice@example.test"), b"x"), Err(StoreError::Exists)));
    assert!(matches!(accounts.remove(&aor("bob@example.test")), Err(StoreError::NoSuchUser)));
    let store = bench.open();
    let md5 = |password: &[u8]| Ha1::from_password(Hash::Md5, b"alice", b"example.test", password);
    assert_eq!(store.secret("alice@example.test", Hash::Md5), Some(md5(b"first secret")));
    assert_eq!(store.secret("bob@example.test", Hash::Sha256), None);
    accounts.set_password(&aor("alice@example.test"), b"second secret").unwrap();
    accounts.add(&aor("bob@example.test"), b"x").unwrap();
    bench.wait_for("the new account", || store.secret("bob@example.test", Hash::Sha256).is_some());
    assert_eq!(store.secret("alice@example.test", Hash::Md5), Some(md5(b"second secret")));
    assert!(store.register(register("alice@example.test", b"sip:a@h", 1, 600)).is_ok());
    let listed = accounts.list().unwrap();
    let listed: Vec<_> = listed.iter().map(|s| (s.user.to_string(), s.bindings)).collect();
    assert_eq!(listed, [("alice@example.test".to_owned(), 1), ("bob@example.test".to_owned(), 0)]);
    drop((store, accounts));
    for file in std::fs::read_dir(&bench.folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"secret"), "a password on disk");
    }
}

#[test]
fn a_database_of_a_later_version_is_left_alone() {
    let bench = Bench::new("later");
    drop(bench.open());
    let connection = rusqlite::Connection::open(bench.folder.join("ringback.db")).unwrap();
    connection.execute_batch("PRAGMA user_version=99").unwrap();
    drop(connection);
    assert!(matches!(Store::open(&bench.folder, bench.settings()), Err(StoreError::Newer(99))));
}

/// A database as the first version of the format wrote it is taken over: what was bound stays bound, and two flows
/// of an instance can have the same contact from then on.
#[test]
fn a_database_of_the_first_format_is_taken_over() {
    let bench = Bench::new("first");
    drop(bench.open());
    let connection = rusqlite::Connection::open(bench.folder.join("ringback.db")).unwrap();
    connection
        .execute_batch(
            "DROP TABLE binding;
             CREATE TABLE binding (
                 aor TEXT NOT NULL, contact TEXT NOT NULL, call_id TEXT NOT NULL, cseq INTEGER NOT NULL,
                 q INTEGER NOT NULL, lease INTEGER NOT NULL, path TEXT NOT NULL, user_agent TEXT NOT NULL,
                 instance TEXT NOT NULL, reg_id INTEGER NOT NULL, transport TEXT NOT NULL, local TEXT NOT NULL,
                 remote TEXT NOT NULL, PRIMARY KEY (aor, contact)
             ) WITHOUT ROWID;
             INSERT INTO binding VALUES ('alice@d', 'sip:a@h', 'c', 7, 500, 99999999999, '<sip:p;lr>', 'ua',
                 '\"<urn:x>\"', 0, 'UDP', '192.0.2.9:5060', '198.51.100.7:5060');
             PRAGMA user_version=1",
        )
        .unwrap();
    drop(connection);
    for _ in 0..2 {
        let store = bench.open();
        let kept = store.bindings("alice@d");
        let [b] = kept.all() else { panic!("{kept:?}") };
        assert_eq!((b.contact(), b.path(), b.cseq, b.reg_id), (&b"sip:a@h"[..], &b"<sip:p;lr>"[..], 7, 0));
        assert_eq!((b.instance(), b.q.thousandths()), (&b"\"<urn:x>\""[..], 500));
    }
    let store = bench.open();
    for reg_id in [1, 2] {
        let mut request = register("bob@d", b"sip:b@h", reg_id, 600);
        let Operation::Contacts(contacts) = &mut request.operation else { panic!() };
        (contacts[0].binding.reg_id, contacts[0].binding.gruus_since) = (reg_id, T0);
        assert!(store.register(request).is_ok());
    }
    drop(store);
    let flows: Vec<u32> = bench.open().bindings("bob@d").all().iter().map(|b| b.reg_id).collect();
    assert_eq!(flows, [1, 2]);
}

/// Features of a contact are kept, also in a database of the format that did not know them.
#[test]
fn what_a_contact_says_of_itself_outlives_a_restart_in_an_older_database_too() {
    let bench = Bench::new("second");
    drop(bench.open());
    let connection = rusqlite::Connection::open(bench.folder.join("ringback.db")).unwrap();
    connection.execute_batch("ALTER TABLE binding DROP COLUMN params; PRAGMA user_version=2").unwrap();
    drop(connection);
    let store = bench.open();
    let parts =
        Parts { contact: b"sip:a@h", call_id: b"c", params: b";audio;+sip.x=\"<y>\"", ..Parts::default() };
    let mut request = register("alice@d", b"sip:a@h", 1, 600);
    let Operation::Contacts(contacts) = &mut request.operation else { panic!() };
    let flow = contacts[0].binding.flow;
    contacts[0] = Candidate::new(parts, flow, 1, Some(Duration::from_secs(600))).unwrap();
    assert!(store.register(request).is_ok());
    drop(store);
    assert_eq!(bench.open().bindings("alice@d").all()[0].params(), b";audio;+sip.x=\"<y>\"");
}

/// The child of the next test: registers as fast as it can and prints each user whose 200 would go out now.
#[test]
fn a_child_told_a_folder_registers_until_it_is_killed() {
    let Some(folder) = std::env::var_os("RINGBACK_STORE_FOLDER") else { return };
    let bench = Bench::at(folder.into(), Clock::new());
    let store = bench.open();
    for round in 0.. {
        let users: Vec<_> = (0..20).map(|n| format!("r{round}-{n}@d")).collect();
        let pending = users.iter().map(|u| register(u, b"sip:a@h", 1, 600)).collect();
        for (user, result) in users.iter().zip(store.register_all(pending)) {
            assert!(result.is_ok());
            println!("ACK {user}");
        }
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    for round in 0..4_u64 {
        let bench = Bench::new(&format!("kill{round}"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_child_told_a_folder_registers_until_it_is_killed", "--nocapture"])
            .env("RINGBACK_STORE_FOLDER", &bench.folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || {
            let lines = std::io::BufRead::lines(stdout).map_while(Result::ok);
            lines.filter_map(|l| l.split_once("ACK ").map(|(_, user)| user.to_owned())).collect::<Vec<_>>()
        });
        let jitter =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos();
        std::thread::sleep(std::time::Duration::from_millis(150 + u64::from(jitter % 350)));
        child.kill().unwrap();
        child.wait().unwrap();
        let acknowledged = reader.join().unwrap();
        let store = bench.open();
        for user in &acknowledged {
            assert_eq!(store.contacts(user), [b"sip:a@h"], "{user} of {}", acknowledged.len());
        }
        assert!(store.register(register("after@d", b"sip:a@h", 1, 600)).is_ok());
        assert!(!acknowledged.is_empty(), "the child registered nothing in its time");
    }
}

#[test]
fn a_query_for_an_unknown_name_says_that_there_is_no_account() {
    let bench = Bench::new("unknown");
    let store = bench.open();
    let answer = store.ask(Ask::Bindings(aor("nobody@d")));
    assert!(matches!(answer, Answer::Bindings { is_user: false, ref bindings } if bindings.all().is_empty()));
}
