//! What the SQLite store keeps of publications and subscriptions, and whom it tells of changes.

#![allow(clippy::unwrap_used)]

#[path = "store/bench.rs"]
#[allow(dead_code)]
mod bench;

use bench::{Asker, Bench, T0, aor};
use ringback_io::driver::Replies;
use ringback_io::store::{StoreError, Subscribers, Watchers};
use ringback_roles::event::{
    Kept, KeptId, Leg, Permission, Phase, Publish, Published, Refusal, Resource, What,
};
use ringback_roles::location::Register;
use ringback_roles::store::{Answer, Ask};
use ringback_sip::entropy::{Seed, Share};
use ringback_sip::node::Ticket;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Duration;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

#[test]
fn a_publication_is_there_after_reopening_and_its_tag_is_never_given_again() {
    let bench = Bench::new("publish");
    let store = bench.open();
    let first = publish(&store, None, put("one", 600)).unwrap();
    let second = publish(&store, None, put("two", 300)).unwrap();
    let third = publish(&store, Some(&first.tag), What::Refresh(Duration::from_secs(900))).unwrap();
    assert_eq!(publish(&store, Some(&first.tag), What::Remove), Err(Refusal::NoMatch));
    assert_eq!(store.store.figures().publications, 2);
    drop(store);
    bench.clock.set(T0 + Duration::from_secs(400));
    let store = bench.open();
    assert_eq!(bodies(&store), ["one"], "the other has run out");
    let fourth = publish(&store, Some(&third.tag), put("new", 600)).unwrap();
    let tags = [&first.tag, &second.tag, &third.tag, &fourth.tag];
    assert!((1..4).all(|n| !tags[..n].contains(&tags[n])), "{tags:?}");
    assert_eq!(publish(&store, Some(&fourth.tag), What::Remove).unwrap().expires, Duration::ZERO);
    drop(store);
    assert!(bodies(&bench.open()).is_empty());
}

#[test]
fn whoever_comes_to_watch_in_mid_call_finds_the_call_and_is_told_of_its_end() {
    let bench = Bench::new("legs");
    let store = bench.open();
    let (replies, news) = listener();
    let lamp = |user| Resource { aor: aor(user), package: EventPackage::DIALOG };
    let ask = |ticket, ask| store.store.ask(bench.clock.now(), Ticket(ticket), ask, &replies);
    let text = |text: &str| text.as_bytes().into();
    let leg = Leg {
        phase: Phase::Confirmed,
        is_initiator: Some(true),
        call_id: text("c"),
        local_tag: text("a"),
        remote_tag: text("b"),
        remote: text("sip:x@d"),
    };
    for user in ["bob", "carol"] {
        assert_eq!(ask(0, Ask::Leg(aor(user), 1, Some(Box::new(leg.clone())))), None);
    }
    let found = ask(7, Ask::Watch(lamp("bob")));
    assert!(matches!(found, Some(Answer::State { state, .. }) if state.legs.get(&1) == Some(&leg)));
    assert_eq!(ask(0, Ask::Leg(aor("carol"), 1, None)), None);
    assert_eq!(ask(0, Ask::Leg(aor("bob"), 1, None)), None);
    let (ticket, answer) = news.recv_timeout(LONG).unwrap();
    assert!(ticket == Ticket(7) && matches!(answer, Answer::State { state, .. } if state.legs.is_empty()));
    ask(7, Ask::Unwatch(lamp("bob")));
    ask(0, Ask::Leg(aor("bob"), 2, Some(Box::new(leg.clone()))));
    assert!(news.try_recv().is_err(), "carol's lamp is another one, and nobody watches bob any more");
    let found = ask(8, Ask::Watch(lamp("bob")));
    assert!(matches!(found, Some(Answer::State { state, .. }) if state.legs.len() == 1));
}

#[test]
fn who_watches_is_told_of_each_change_until_the_watch_ends() {
    let bench = Bench::new("watch");
    let store = bench.open();
    let (replies, news) = listener();
    let watch = |ticket| store.store.ask(bench.clock.now(), Ticket(ticket), Ask::Watch(resource()), &replies);
    assert!(matches!(watch(7), Some(Answer::State { is_user: false, state }) if state.is_empty()));
    assert!(watch(8).is_some());
    let done = publish(&store, None, put("one", 600)).unwrap();
    let told: Vec<_> = (0..2).map(|_| news.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(told.iter().map(|(ticket, _)| ticket.0).collect::<Vec<_>>(), [7, 8]);
    let unwatch = Ask::Unwatch(resource());
    assert_eq!(store.store.ask(bench.clock.now(), Ticket(7), unwatch, &replies), None);
    publish(&store, Some(&done.tag), What::Remove).unwrap();
    let (ticket, answer) = news.recv_timeout(LONG).unwrap();
    assert!(ticket == Ticket(8) && matches!(answer, Answer::State { state, .. } if state.is_empty()));
    assert!(news.try_recv().is_err());
}

#[test]
fn who_watches_is_told_when_a_publication_runs_out() {
    let bench = Bench::new("runs-out");
    let store = bench.open();
    let (replies, news) = listener();
    publish(&store, None, put("one", 60)).unwrap();
    let state = store.store.ask(bench.clock.now(), Ticket(1), Ask::Watch(resource()), &replies);
    assert!(matches!(state, Some(Answer::State { state, .. }) if state.publications.len() == 1));
    bench.clock.set(T0 + Duration::from_secs(60));
    // The news of the publication itself may still come first.
    while !matches!(news.recv_timeout(LONG).unwrap(), (_, Answer::State { state, .. }) if state.is_empty()) {}
    assert_eq!(store.store.figures().publications, 0);
}

#[test]
fn subscriptions_are_told_to_the_worker_whose_share_they_are() {
    let bench = Bench::new("subscriptions");
    let store = bench.open();
    for (call_id, secs) in [("a", 600), ("b", 600), ("c", 100), ("d", 600)] {
        assert_eq!(store.ask(Ask::Keep(Box::new(kept(call_id, secs)))), Answer::Kept(Ok(())));
    }
    assert_eq!(store.ask(Ask::Keep(Box::new(kept("a", 900)))), Answer::Kept(Ok(())), "in place of the first");
    assert_eq!(store.ask(Ask::Forget(resource(), kept("d", 0).id)), Answer::Kept(Ok(())));
    drop(store);
    bench.clock.set(T0 + Duration::from_secs(200));
    let store = bench.open();
    assert_eq!(subscriptions(&store, Share::whole()), [kept("a", 900), kept("b", 600)]);
    let parts = (0..2).map(|part| subscriptions(&store, Share::new(Seed::from_number(3), part, 2)).len());
    assert_eq!(parts.sum::<usize>(), 2);
}

#[test]
fn what_the_operator_says_of_a_user_reaches_who_watches_and_stays() {
    let bench = Bench::new("operator");
    let accounts = Subscribers::open(&bench.folder).unwrap();
    assert!(matches!(accounts.say(&resource(), "t/t", b"x"), Err(StoreError::NoSuchUser)));
    accounts.add(&resource().aor, b"secret").unwrap();
    assert_eq!(accounts.said(&resource()).unwrap(), None);
    let store = bench.open();
    let (replies, news) = listener();
    store.store.ask(bench.clock.now(), Ticket(1), Ask::Watch(resource()), &replies);
    for text in ["one", "two"] {
        accounts.say(&resource(), "t/t", text.as_bytes()).unwrap();
        let (_, Answer::State { is_user, state }) = news.recv_timeout(LONG).unwrap() else { panic!() };
        assert_eq!(
            (is_user, state.publications.len(), &*state.publications[0].body),
            (true, 1, text.as_bytes())
        );
    }
    accounts.add(&aor("carol@d"), b"secret").unwrap();
    drop(store);
    assert!(news.try_recv().is_err(), "other changes are no news");
    bench.clock.set(T0 + Duration::from_secs(400_000_000));
    assert_eq!(bodies(&bench.open()), ["two"]);
    assert_eq!(accounts.said(&resource()).unwrap().as_deref(), Some(&b"two"[..]));
}

#[test]
fn who_gets_a_name_later_has_nothing_of_who_had_it_before() {
    let bench = Bench::new("removed");
    let accounts = Subscribers::open(&bench.folder).unwrap();
    accounts.add(&resource().aor, b"secret").unwrap();
    accounts.say(&resource(), "t/t", b"said").unwrap();
    let rules = Watchers::open(&bench.folder).unwrap();
    rules.decide(&resource().aor, &aor("alice@d"), Some(Permission::Deny)).unwrap();
    let store = bench.open();
    let (replies, news) = listener();
    publish(&store, None, put("published", 600)).unwrap();
    assert_eq!(bodies(&store).len(), 2);
    store.store.ask(bench.clock.now(), Ticket(1), Ask::Watch(resource()), &replies);
    accounts.set_password(&resource().aor, b"better").unwrap();
    accounts.say(&resource(), "t/t", b"said again").unwrap();
    let told = || match news.recv_timeout(LONG).unwrap() {
        (_, Answer::State { state, .. }) => (state.publications.len(), state.rules.len()),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(), (2, 1), "a new password takes nothing away");
    accounts.remove(&resource().aor).unwrap();
    accounts.add(&resource().aor, b"another").unwrap();
    // The news of the rules may come first.
    while told() != (0, 0) {}
    assert_eq!(store.store.figures().publications, 0);
    drop(store);
    assert!(bodies(&bench.open()).is_empty());
    assert_eq!(accounts.said(&resource()).unwrap(), None);
    assert!(rules.rules(&resource().aor).unwrap().is_empty());
}

#[test]
fn who_watches_a_user_and_what_he_decided_is_told_at_once_and_after_reopening() {
    let bench = Bench::new("winfo");
    let (replies, news) = listener();
    let ask = Ask::Watch(resource().watcher_information().unwrap());
    let told = |answer| match answer {
        Answer::State { state, .. } => {
            let pending: Vec<bool> = state.watchings.values().map(|w| w.is_pending).collect();
            (pending, state.rules.get(&aor("alice@d")).copied())
        }
        other => panic!("{other:?}"),
    };
    {
        let store = bench.open();
        let first = store.store.ask(bench.clock.now(), Ticket(7), ask.clone(), &replies).unwrap();
        assert_eq!(told(first), (vec![], None));
        store.ask(Ask::Keep(Box::new(kept("a", 600))));
        assert_eq!(told(news.recv_timeout(LONG).unwrap().1), (vec![true], None));
        store.ask(Ask::Keep(Box::new(kept("a", 700))));
        let rules = Watchers::open(&bench.folder).unwrap();
        rules.decide(&aor("bob@d"), &aor("alice@d"), Some(Permission::Deny)).unwrap();
        assert_eq!(
            told(news.recv_timeout(LONG).unwrap().1),
            (vec![true], Some(Permission::Deny)),
            "a refresh tells nothing"
        );
        assert_eq!(store.store.figures().subscriptions, 1);
        assert_eq!(rules.rules(&aor("bob@d")).unwrap().len(), 1);
        assert!(rules.subscriptions(&aor("bob@d"), T0).unwrap()[0].is_pending);
    }
    let store = bench.open();
    let again = store.store.ask(bench.clock.now(), Ticket(8), ask, &replies).unwrap();
    assert_eq!(told(again), (vec![true], Some(Permission::Deny)));
    store.ask(Ask::Forget(resource(), kept("a", 0).id));
    assert_eq!(told(news.recv_timeout(LONG).unwrap().1), (vec![], Some(Permission::Deny)));
    Watchers::open(&bench.folder).unwrap().decide(&aor("bob@d"), &aor("alice@d"), None).unwrap();
    assert_eq!(told(news.recv_timeout(LONG).unwrap().1), (vec![], None));
}

#[test]
fn who_watches_a_list_is_among_the_watchers_of_its_members_also_after_reopening() {
    let bench = Bench::new("list");
    let (replies, _news) = listener();
    let of = |store: &Asker, user: &str| {
        let resource = Resource { aor: aor(user), ..resource() }.watcher_information().unwrap();
        match store.store.ask(bench.clock.now(), Ticket(7), Ask::Watch(resource), &replies) {
            Some(Answer::State { state, .. }) => state.watchings.values().map(|w| w.is_pending).collect(),
            other => panic!("{other:?}"),
        }
    };
    let by_list = |members: &[(&str, bool)]| {
        let members: Vec<_> = members.iter().map(|(name, pending)| (aor(name), *pending)).collect();
        let mut rest = b"line one\n".to_vec();
        Kept::write_members(&members, &mut rest);
        let list = Resource { aor: aor("friends@d"), ..resource() };
        Ask::Keep(Box::new(Kept { resource: list, rest: rest.into(), ..kept("l", 600) }))
    };
    let rows = |user: &str| {
        let rows = Watchers::open(&bench.folder).unwrap().subscriptions(&aor(user), T0).unwrap();
        rows.into_iter().map(|row| (row.list.unwrap(), row.is_pending)).collect::<Vec<_>>()
    };
    let none: Vec<bool> = Vec::new();
    let store = bench.open();
    store.ask(by_list(&[("bob@d", false), ("carol@d", true)]));
    assert_eq!((of(&store, "bob@d"), of(&store, "carol@d")), (vec![false], vec![true]));
    store.ask(by_list(&[("carol@d", false)]));
    assert_eq!((of(&store, "bob@d"), of(&store, "carol@d")), (none.clone(), vec![false]));
    assert_eq!(store.store.figures().subscriptions, 1);
    drop(store);
    let store = bench.open();
    assert_eq!((of(&store, "bob@d"), of(&store, "carol@d")), (none.clone(), vec![false]));
    assert_eq!((rows("bob@d"), rows("carol@d")), (vec![], vec![("friends@d".to_owned(), false)]));
    store.ask(Ask::Forget(Resource { aor: aor("friends@d"), ..resource() }, kept("l", 0).id));
    assert_eq!((of(&store, "carol@d"), store.store.figures().subscriptions), (none, 0));
}

#[test]
fn who_watches_bindings_is_told_of_each_change_and_of_their_end() {
    let bench = Bench::new("bindings");
    let store = bench.open();
    let (replies, news) = listener();
    let reg = Resource { package: EventPackage::REGISTRATION, ..resource() };
    let first = store.store.ask(bench.clock.now(), Ticket(1), Ask::Watch(reg.clone()), &replies);
    assert!(matches!(first, Some(Answer::State { state, .. }) if state.bindings.all().is_empty()));
    let told = || match news.recv_timeout(LONG).unwrap() {
        (Ticket(1), Answer::State { state, .. }) => state.bindings.clone(),
        other => panic!("{other:?}"),
    };
    for cseq in 1..3 {
        store.register(contact(cseq)).unwrap();
        assert_eq!(told().all()[0].cseq, cseq, "one is written, the next one memory can do");
    }
    bench.clock.set(T0 + Duration::from_secs(600));
    while !told().all().is_empty() {}
    assert_eq!(store.store.ask(bench.clock.now(), Ticket(1), Ask::Unwatch(reg.clone()), &replies), None);
    store.register(contact(9)).unwrap();
    drop(store);
    assert!(news.try_recv().is_err());
}

fn contact(cseq: u32) -> Register {
    bench::register("bob@d", b"sip:1@h", cseq, 600)
}

fn resource() -> Resource {
    Resource { aor: aor("bob@d"), package: EventPackage::PRESENCE }
}

fn put(text: &str, secs: u64) -> What {
    let expires = Duration::from_secs(secs);
    What::Put { media_type: "text/plain".into(), body: text.as_bytes().into(), expires }
}

fn publish(store: &Asker, if_match: Option<&str>, what: What) -> Result<Published, Refusal> {
    let publish = Publish { resource: resource(), if_match: if_match.map(Into::into), what };
    match store.ask(Ask::Publish(publish)) {
        Answer::Published(result) => result,
        other => panic!("{other:?}"),
    }
}

fn bodies(store: &Asker) -> Vec<String> {
    let (replies, _news) = listener();
    match store.store.ask(store.clock.now(), Ticket(1), Ask::Watch(resource()), &replies) {
        Some(Answer::State { state, .. }) => {
            state.publications.iter().map(|p| String::from_utf8_lossy(&p.body).into_owned()).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn kept(call_id: &str, secs: u64) -> Kept {
    Kept {
        id: KeptId { call_id: call_id.as_bytes().into(), tag: b"tag"[..].into() },
        resource: resource(),
        watcher: b"alice@d"[..].into(),
        expires: T0 + Duration::from_secs(secs),
        is_pending: secs > 500,
        rest: b"line one\nline two \xff\n"[..].into(),
    }
}

fn subscriptions(store: &Asker, share: Share) -> Vec<Kept> {
    match store.ask(Ask::Subscriptions(share)) {
        Answer::Subscriptions(all) => all,
        other => panic!("{other:?}"),
    }
}

fn listener() -> (Replies<Answer>, Receiver<(Ticket, Answer)>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let send = move |answers: &mut Vec<_>| {
        // Nobody may listen any more.
        answers.drain(..).for_each(|answer| drop(sender.lock().unwrap().send(answer)));
    };
    (Replies::to(send), receiver)
}

const LONG: std::time::Duration = std::time::Duration::from_secs(10);
