//! The screen without a terminal: keys in, cells out.

use super::draw::draw;
use super::key::Key;
use super::sheet::{CallSheet, Sent, Tone, why_lines};
use super::state::{News, State, Wish};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use ringback_roles::diagnosis::{LadderView, Rung};
use ringback_roles::explain::{Explainer, Language};
use ringback_sip::flow::Transport;
use ringback_sip::time::{Duration, Instant};
use std::sync::Arc;

fn sheet(id: &str, status: Option<u16>, verdict: &str) -> CallSheet {
    let tone = match status {
        Some(200..300) => Tone::Good,
        Some(_) => Tone::Fault,
        None => Tone::Open,
    };
    let [src, dst] = ["192.0.2.1:5060", "192.0.2.2:5060"].map(|address| address.parse().unwrap());
    let titles = ["INVITE sip:bob@x.test", "100 Trying", "480 Temporarily Unavailable"];
    let at = |place: usize| Instant::EPOCH + Duration::from_millis(place as u64 * 10);
    let rung = |(place, title): (usize, &&str)| Rung {
        at: at(place),
        from: usize::from(place > 0),
        to: usize::from(place == 0),
        is_both_ways: false,
        title: (*title).to_owned(),
        method: None,
        sentence: None,
        mark: (place == 2).then(|| "the telling one".to_owned()),
    };
    let sent = |(place, title): (usize, &&str)| Sent {
        at: at(place),
        transport: Transport::Udp,
        src,
        dst,
        bytes: format!("{title}\r\nCall-ID: {id}\r\nX-Number: {place}\r\n\r\nbody\x1b[2J")
            .into_bytes()
            .into(),
    };
    CallSheet {
        id: id.to_owned(),
        began: "2026-11-21T19:12:00.123Z".to_owned(),
        from: "sip:alice@x.test".to_owned(),
        to: "sip:bob@x.test;user=phone".to_owned(),
        method: "INVITE".to_owned(),
        status,
        tone,
        verdict: verdict.to_owned(),
        why: why_lines(&format!("{id}\n{verdict}\n\nEvidence\n* no binding of bob\n  a plain line"), 2),
        ladder: LadderView {
            parties: vec!["192.0.2.1:5060".to_owned(), "server".to_owned()],
            rungs: titles.iter().enumerate().map(rung).collect(),
        },
        messages: titles.iter().enumerate().map(sent).collect(),
    }
}

fn calls() -> Vec<Arc<CallSheet>> {
    let rows = [
        ("first@x", Some(480), "Bob never registered."),
        ("second@x", Some(200), "It went well."),
        ("third@x", None, "It rings."),
    ];
    rows.into_iter().map(|(id, status, verdict)| Arc::new(sheet(id, status, verdict))).collect()
}

fn screen(language: Language, calls: Vec<Arc<CallSheet>>, is_coloured: bool) -> State {
    let mut state = State::new(Explainer::new(language), "calls.pcap".to_owned(), false, is_coloured);
    state.resize(80, 24);
    state.take(News::Calls { calls, left_out: 0, is_complete: true });
    state
}

fn english() -> State {
    screen(Language::English, calls(), true)
}

fn terminal(state: &mut State, columns: u16, rows: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    state.resize(columns, rows);
    terminal.draw(|frame| draw(state, frame)).unwrap();
    terminal
}

fn text(state: &mut State, columns: u16, rows: u16) -> Vec<String> {
    let terminal = terminal(state, columns, rows);
    let cells = terminal.backend().buffer().content().chunks(usize::from(columns));
    cells.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect()
}

fn type_in(state: &mut State, keys: &str) {
    for letter in keys.chars() {
        assert!(matches!(state.handle(Key::Char(letter)), Wish::Nothing), "{letter}");
    }
}

/// Every key that does something, and some that do not.
fn all_keys() -> Vec<Key> {
    let named = [Key::Up, Key::Down, Key::Left, Key::Right, Key::PageUp, Key::PageDown, Key::Home, Key::End];
    let others = [Key::Enter, Key::Tab, Key::BackTab, Key::Backspace];
    let numbers = (1..10).map(Key::Function);
    named.into_iter().chain(others).chain(numbers).chain("jkgGhrc /x".chars().map(Key::Char)).collect()
}

#[test]
fn the_list_shows_each_call_with_its_code_and_verdict() {
    let rows = text(&mut english(), 80, 24);
    let row = |id: &str| rows.iter().find(|row| row.contains(id)).cloned().unwrap_or_default();
    assert!(rows[0].contains("3 calls"), "{rows:#?}");
    assert!(row("Bob never").contains("INVITE    480 alice@x.test bob@x.test"), "{rows:#?}");
    assert!(row("It went well").contains("200") && row("It rings").contains(" - "), "{rows:#?}");
    assert!(rows.iter().any(|row| row.starts_with("first@x")), "the selected call's Call-ID: {rows:#?}");
    assert!(rows[23].contains("F7 filter"), "{rows:#?}");
}

#[test]
fn enter_shows_ladder_and_reason_and_escape_goes_back_and_then_quits() {
    let mut state = english();
    state.handle(Key::Enter);
    let rows = text(&mut state, 80, 24).join("\n");
    for wanted in
        ["INVITE 480 · first@x", "── Messages ", "── Why ", "INVITE sip:bob@x.test ─", "^ the telling"]
    {
        assert!(rows.contains(wanted), "{wanted}: {rows}");
    }
    assert!(rows.contains("Bob never registered.") && rows.contains("* no binding of bob"), "{rows}");
    assert!(matches!(state.handle(Key::Escape), Wish::Nothing));
    assert!(text(&mut state, 80, 24)[0].contains("3 calls"));
    assert!(matches!(state.handle(Key::Escape), Wish::Quit));
    assert!(matches!(english().handle(Key::Function(10)), Wish::Quit));
}

#[test]
fn the_ladder_begins_at_what_tells_and_each_rung_has_its_message() {
    let mut state = english();
    state.handle(Key::Enter);
    state.handle(Key::Enter);
    let rows = text(&mut state, 80, 24).join("\n");
    assert!(rows.contains("── Message ") && rows.contains("X-Number: 2"), "{rows}");
    state.handle(Key::Escape);
    state.handle(Key::Up);
    state.handle(Key::Char('r'));
    let rows = text(&mut state, 80, 24).join("\n");
    assert!(rows.contains("X-Number: 1") && !rows.contains("X-Number: 2"), "{rows}");
}

#[test]
fn a_wide_window_shows_all_three_parts_at_once() {
    let mut state = english();
    state.handle(Key::Enter);
    let rows = text(&mut state, 140, 40).join("\n");
    assert!(["── Messages ", "── Why ", "── Message "].iter().all(|title| rows.contains(title)), "{rows}");
    assert!(rows.contains("X-Number: 2") && rows.contains("no binding of bob"), "{rows}");
}

#[test]
fn the_filter_narrows_while_it_is_typed_and_escape_takes_it_away() {
    let mut state = english();
    state.handle(Key::Function(7));
    type_in(&mut state, "WELL x.test");
    let rows = text(&mut state, 80, 24);
    assert!(rows[0].contains("1/3 calls") && rows[23].starts_with("Filter: WELL x.test"), "{rows:#?}");
    state.handle(Key::Enter);
    state.handle(Key::Enter);
    assert!(text(&mut state, 80, 24)[0].contains("second@x"));
    state.handle(Key::Escape);
    state.handle(Key::Char('/'));
    type_in(&mut state, "zzz");
    assert!(text(&mut state, 80, 24).join("\n").contains("no call fits the filter"));
    state.handle(Key::Escape);
    assert!(text(&mut state, 80, 24)[0].contains("3 calls"));
}

#[test]
fn the_key_for_no_filter_works_while_one_is_typed() {
    let mut state = english();
    state.handle(Key::Function(7));
    type_in(&mut state, "zzz");
    state.handle(Key::Function(9));
    let rows = text(&mut state, 80, 24);
    assert!(rows[0].contains("3 calls") && rows[23].contains("F7 filter"), "{rows:#?}");
}

#[test]
fn marked_calls_are_saved_and_without_marks_the_one_with_the_bar() {
    let saved = |state: &mut State| {
        state.handle(Key::Function(2));
        type_in(state, "out.pcap");
        match state.handle(Key::Enter) {
            Wish::Save { file, calls } => (file, calls.iter().map(|call| call.id.clone()).collect()),
            other => panic!("{other:?}"),
        }
    };
    let mut state = english();
    assert_eq!(saved(&mut state), ("out.pcap".to_owned(), vec!["first@x".to_owned()]));
    state.handle(Key::Down);
    type_in(&mut state, "  ");
    assert!(text(&mut state, 80, 24)[0].contains("2 marked"));
    assert_eq!(saved(&mut state).1, ["second@x", "third@x"]);
    state.handle(Key::Function(2));
    assert!(matches!(state.handle(Key::Escape), Wish::Nothing), "given up");
}

#[test]
fn marked_calls_are_one_ladder_in_the_order_of_time() {
    let mut state = english();
    state.handle(Key::Down);
    type_in(&mut state, "  ");
    state.handle(Key::Enter);
    let rows = text(&mut state, 140, 40).join("\n");
    let place = |wanted: &str| rows.find(wanted).unwrap_or_else(|| panic!("{wanted}: {rows}"));
    assert!(place("[1] INVITE") < place("[2] INVITE") && place("[2] INVITE") < place("[1] 100"), "{rows}");
    assert!(rows.contains("[1] second@x") && !rows.contains("first@x"), "{rows}");
    state.handle(Key::Home);
    state.handle(Key::Down);
    assert!(
        text(&mut state, 140, 40).join("\n").contains("Call-ID: third@x"),
        "the message of the second rung"
    );
    let mut known = calls();
    known.push(Arc::new(sheet("fourth@x", None, "It rings.")));
    state.take(News::Calls { calls: known, left_out: 0, is_complete: true });
    assert!(text(&mut state, 140, 40)[0].contains("second@x + third@x"), "news leave it open");
}

#[test]
fn parties_beyond_the_last_place_share_it_when_calls_are_merged() {
    let mut other = sheet("other@x", Some(200), "fine");
    other.ladder.parties = (0..12).map(|n| format!("192.0.2.{n}:5060")).collect();
    other.ladder.rungs[0].to = 11;
    let call = super::merge::merged(&[Arc::new(sheet("one@x", None, "")), Arc::new(other)]).unwrap();
    assert_eq!((call.ladder.parties.len(), &*call.ladder.parties[7]), (8, "…"));
    assert!(call.ladder.rungs.iter().all(|rung| rung.from.max(rung.to) < 8));
    assert_eq!(call.ladder.rungs.len(), call.messages.len());
}

#[test]
fn no_window_is_too_small_and_no_key_breaks_it() {
    let mut state = english();
    for (columns, rows) in [(1, 1), (3, 40), (20, 5), (40, 8), (60, 15), (80, 24), (119, 30), (250, 70)] {
        for first in all_keys() {
            for second in all_keys() {
                state.handle(first);
                state.handle(second);
            }
            drop(terminal(&mut state, columns, rows));
        }
        state.handle(Key::Escape);
    }
}

#[test]
fn on_sixty_columns_every_line_stays_in_its_place() {
    let mut hostile = sheet("id@x", Some(480), &"a very long verdict that goes on and on ".repeat(5));
    hostile.ladder.parties = (0..8).map(|n| format!("192.0.2.{n}:5060")).collect();
    hostile.ladder.rungs[0].to = 7;
    let mut state = screen(Language::Dutch, vec![Arc::new(hostile)], true);
    let rows = text(&mut state, 60, 24);
    assert!(
        rows[2].starts_with("  19:12:00 INVITE    480 a very long") && rows[2].ends_with('…'),
        "{rows:#?}"
    );
    state.handle(Key::Enter);
    let rows = text(&mut state, 60, 24);
    assert!(rows.iter().any(|row| row.starts_with("── Berichten ─")), "{rows:#?}");
    assert!(rows.iter().any(|row| row.starts_with("── Waarom ─")), "{rows:#?}");
    state.handle(Key::Home);
    (0..20).for_each(|_| drop(state.handle(Key::Right)));
    let rows = text(&mut state, 60, 24);
    assert!(
        rows.iter().any(|row| row.contains("192.0.2.7:5060")),
        "the last party comes into sight: {rows:#?}"
    );
}

#[test]
fn control_characters_of_a_peer_are_shown_escaped() {
    let mut call = sheet("id\u{1b}]0;x\u{7}@x", Some(480), "said \u{202e}backwards\r\n");
    call.from = "sip:\u{1b}[31mred@x.test".to_owned();
    call.ladder.rungs[0].title = "INV\u{9b}ITE".to_owned();
    let mut state = screen(Language::English, vec![Arc::new(call)], true);
    let list = text(&mut state, 120, 24).join("\n");
    assert!(list.contains("id\\u{1b}]0;x\\u{7}@x") && list.contains("\\u{202e}backwards\\r"), "{list}");
    state.handle(Key::Enter);
    let ladder = text(&mut state, 150, 40).join("\n");
    assert!(ladder.contains("INV\\u{9b}ITE") && ladder.contains("body\\u{1b}[2J"), "{ladder}");
    let is_bad = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
    assert!(!list.contains(is_bad) && !ladder.contains(is_bad));
}

#[test]
fn without_colour_no_cell_has_one_and_c_brings_it() {
    let mut state = screen(Language::English, calls(), false);
    let count = |state: &mut State| {
        let terminal = terminal(state, 80, 24);
        let cells = terminal.backend().buffer().content();
        cells.iter().filter(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset).count()
    };
    assert_eq!(count(&mut state), 0);
    state.handle(Key::Enter);
    assert_eq!(count(&mut state), 0);
    state.handle(Key::Escape);
    state.handle(Key::Char('c'));
    assert!(count(&mut state) > 0);
}

#[test]
fn the_bar_stays_on_its_call_while_calls_come_and_at_the_end_of_what_grows() {
    let take = |state: &mut State, from: usize, to: usize| {
        let calls = (from..to).map(|n| Arc::new(sheet(&format!("{n}@x"), Some(200), "fine"))).collect();
        state.take(News::Calls { calls, left_out: 0, is_complete: false });
    };
    let current = |state: &State| state.current().map(|call| call.id.clone()).unwrap_or_default();
    let mut state = State::new(Explainer::new(Language::English), "journal".to_owned(), true, true);
    assert!(text(&mut state, 80, 24).join("\n").contains("nothing has happened yet"));
    take(&mut state, 0, 3);
    assert_eq!(current(&state), "2@x");
    take(&mut state, 0, 5);
    assert_eq!(current(&state), "4@x");
    state.handle(Key::Up);
    take(&mut state, 2, 9);
    assert_eq!(current(&state), "3@x");
    state.handle(Key::Enter);
    take(&mut state, 8, 20);
    assert!(text(&mut state, 80, 24)[0].contains("3@x"), "an open call stays open when it left the list");
}

#[test]
fn help_lists_the_keys_in_both_languages() {
    for (language, wanted) in
        [(Language::English, "colours on or off"), (Language::Dutch, "kleuren aan of uit")]
    {
        let mut state = screen(language, calls(), true);
        state.handle(Key::Function(1));
        let rows = text(&mut state, 80, 24).join("\n");
        assert!(rows.contains(wanted) && rows.contains("F10") && !rows.contains("tui-"), "{rows}");
        state.handle(Key::Escape);
        assert!(text(&mut state, 80, 24)[0].contains("calls.pcap"));
    }
}

#[test]
fn a_fault_of_the_source_is_told() {
    let mut state = english();
    state.take(News::Fault("it is empty".to_owned()));
    assert!(text(&mut state, 80, 24)[23].starts_with("it is empty"));
}
