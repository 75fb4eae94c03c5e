//! The screen of a state.

use super::panes::{Pane, body, inside, list, panes};
use super::sheet::{CallSheet, Tone};
use super::state::{Input, Open, State};
use super::text::{clean, columns, fit, from_column, wrapped};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Draws the state.
pub(crate) fn draw(state: &State, frame: &mut Frame<'_>) {
    let screen = frame.area();
    if screen.width < COLUMNS_MIN || screen.height < ROWS_MIN {
        return put(frame, screen, vec![Line::raw(state.label("tui-small").to_owned())]);
    }
    let room = usize::from(screen.width);
    let title = Line::styled(fit(&title(state), room), BAR.add_modifier(Modifier::BOLD));
    put(frame, Rect { height: 1, ..screen }, vec![title]);
    match &state.open {
        _ if state.has_help => draw_help(state, frame, body(screen)),
        Some(open) => draw_call(state, open, frame, screen),
        None => draw_list(state, frame, list(screen)),
    }
    let last = Rect { y: screen.bottom() - 1, height: 1, ..screen };
    put(frame, last, vec![footer(state, room)]);
}

fn title(state: &State) -> String {
    let mut text = format!("ringback · {}", state.source);
    match &state.open {
        Some(open) => {
            let call = &open.call;
            let status = call.status.map(|status| format!(" {status}")).unwrap_or_default();
            text = format!("{}{status} · {}", call.method, call.id);
            if state.marks.contains(&call.id) {
                text.push_str(" · *");
            }
        }
        None => {
            let shown = state.fitting().len();
            let of = if shown == state.count() { String::new() } else { format!("/{}", state.count()) };
            let calls = if state.count() == 1 { "tui-calls-one" } else { "tui-calls" };
            text.push_str(&format!(" · {shown}{of} {}", state.label(calls)));
            if !state.marks.is_empty() {
                text.push_str(&format!(" · {} {}", state.marks.len(), state.label("tui-marked")));
            }
            if state.left_out > 0 {
                text.push_str(&format!(" · {} {}", state.left_out, state.label("tui-left-out")));
            }
            if state.is_live {
                text.push_str(&format!(" · {}", state.label("tui-live")));
            } else if !state.is_complete {
                text.push_str(&format!(" · {}", state.label("tui-reading")));
            }
            if !state.filter.is_empty() {
                text.push_str(&format!(" · {}: {}", state.label("tui-filter"), state.filter));
            }
        }
    }
    text
}

fn footer(state: &State, room: usize) -> Line<'static> {
    let typed = match &state.input {
        Some(Input::Filter) => Some(("tui-filter", &state.filter)),
        Some(Input::File(name)) => Some(("tui-save", name)),
        None => None,
    };
    if let Some((label, typed)) = typed {
        // The end of what is typed is always seen.
        let (label, typed) = (format!("{}: ", state.label(label)), format!("{}▏", clean(typed)));
        let mut from = 0;
        while columns(&label) + columns(&typed[from..]) > room && from < typed.len() {
            from += typed[from..].chars().next().map_or(1, char::len_utf8);
        }
        return Line::raw(fit(&format!("{label}{}", &typed[from..]), room));
    }
    if !state.notice.is_empty() {
        return Line::styled(fit(&state.notice, room), Modifier::BOLD);
    }
    let keys: &[(&str, &str)] = match &state.open {
        Some(_) => &[("Tab", "pane"), ("Enter", "raw"), ("F2", "save"), ("Esc", "back"), ("F1", "help")],
        None => &[
            ("Enter", "open"),
            ("F7", "filter"),
            ("Space", "mark"),
            ("F2", "save"),
            ("F1", "help"),
            ("F10", "quit"),
        ],
    };
    let mut line = Line::default();
    for (key, id) in keys {
        let word = format!(" {}  ", state.label(&format!("tui-key-{id}")));
        if line.width() + key.len() + columns(word.trim_end()) > room {
            break;
        }
        line.push_span(Span::styled(*key, BAR));
        line.push_span(Span::raw(word));
    }
    line
}

fn draw_list(state: &State, frame: &mut Frame<'_>, [area, below]: [Rect; 2]) {
    let room = usize::from(area.width);
    let widths = Widths::of(room);
    let say = |id: &str| state.label(id).to_owned();
    let names = ["began", "from", "to", "code", "verdict"].map(|id| say(&format!("diagnosis-column-{id}")));
    let [began, from, to, code, verdict] = &names;
    let head = widths.row(room, [" ", began, code, "", from, to, verdict]);
    let mut lines = vec![Line::styled(head.concat(), Modifier::BOLD)];
    let rows = usize::from(area.height.saturating_sub(1));
    let top = window(state.selected, state.selected, state.fitting().len(), rows);
    for (place, call) in state.fitting().enumerate().skip(top).take(rows) {
        lines.push(row(state, &widths, room, call, place == state.selected));
    }
    if state.fitting().len() == 0 {
        let id = match state.count() {
            0 if !state.is_live && !state.is_complete => "tui-reading",
            0 => "tui-empty",
            _ => "tui-no-match",
        };
        lines.push(Line::raw(say(id)));
    }
    put(frame, area, lines);
    let Some(call) = state.current() else { return };
    let mut lines = vec![Line::raw("─".repeat(room)), Line::raw(fit(&call.id, room))];
    lines.push(Line::raw(fit(&format!("{} → {}", call.from, call.to), room)));
    let style = state.tone(call.tone);
    lines.extend(wrapped(&clean(&call.verdict), room).into_iter().map(|text| Line::styled(text, style)));
    put(frame, below, lines);
}

fn row(state: &State, widths: &Widths, room: usize, call: &CallSheet, is_selected: bool) -> Line<'static> {
    let mark = if state.marks.contains(&call.id) { "*" } else { " " };
    let clock = call.began.get(11..23).unwrap_or(&call.began);
    let status = call.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let [from, to] = [&call.from, &call.to].map(|uri| known_part(uri));
    let texts = widths.row(room, [mark, clock, &call.method, &status, from, to, &call.verdict]);
    let mut line = Line::default();
    for (place, text) in texts.into_iter().enumerate() {
        let style = if matches!(place, 3 | 6) { state.tone(call.tone) } else { Style::new() };
        line.push_span(Span::styled(text, style));
    }
    if is_selected { line.patch_style(BAR) } else { line }
}

/// The part of a URI that people know.
fn known_part(uri: &str) -> &str {
    let bare = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    bare.split([';', '?']).next().unwrap_or_default()
}

/// Columns of mark, time, method, code, From, To; what remains is for the verdict.
struct Widths([usize; 6]);

impl Widths {
    fn of(room: usize) -> Self {
        Widths(match room {
            100.. => [1, 12, 9, 3, 20, 20],
            76.. => [1, 8, 9, 3, 12, 12],
            45.. => [1, 8, 9, 3, 0, 0],
            _ => [1, 0, 0, 3, 0, 0],
        })
    }

    /// The texts in their columns, with a space behind each that is there.
    fn row(&self, room: usize, texts: [&str; 7]) -> [String; 7] {
        let taken: usize = self.0.iter().map(|width| width + usize::from(*width > 0)).sum();
        let mut place = 0;
        texts.map(|text| {
            let width = self.0.get(place).copied();
            place += 1;
            match width {
                Some(0) => String::new(),
                // A clock is cut without a sign.
                Some(width) if place == 2 => fit(text.get(..width).unwrap_or(text), width) + " ",
                Some(width) => fit(text, width) + " ",
                None => fit(text, room.saturating_sub(taken)),
            }
        })
    }
}

fn draw_call(state: &State, open: &Open, frame: &mut Frame<'_>, screen: Rect) {
    for (pane, area) in panes(screen, open.pane) {
        let name = match pane {
            Pane::Ladder => "tui-pane-ladder",
            Pane::Why => "tui-pane-why",
            Pane::Message => "tui-pane-message",
        };
        let name = format!(" {} ", state.label(name));
        let rest = usize::from(area.width).saturating_sub(columns(&name) + 2);
        let style = if pane == open.pane { BAR.add_modifier(Modifier::BOLD) } else { Style::new() };
        let title = Line::from(vec![Span::raw("──"), Span::styled(name, style), Span::raw("─".repeat(rest))]);
        put(frame, Rect { height: area.height.min(1), ..area }, vec![title]);
        let inside = inside(area);
        let lines = match pane {
            Pane::Ladder => ladder_lines(open, inside),
            Pane::Why => {
                let lines = open.why_lines(inside.width);
                let styled = |(text, is_strong): (String, bool)| {
                    Line::styled(text, if is_strong { state.strong(open.call.tone) } else { Style::new() })
                };
                seen(lines, open.why_top, inside).map(styled).collect()
            }
            Pane::Message => {
                seen(open.message_lines(inside.width), open.message_top, inside).map(Line::raw).collect()
            }
        };
        put(frame, inside, lines);
    }
}

/// The names of the parties, and as much of the rungs as there is room for around the one with the bar.
fn ladder_lines(open: &Open, area: Rect) -> Vec<Line<'static>> {
    let room = usize::from(area.width);
    let mut lines = open.call.ladder.lines(room).into_iter();
    let head = lines.next();
    let lines: Vec<_> = lines.collect();
    let is_own = |rung: Option<usize>| rung == Some(open.rung);
    let first = lines.iter().position(|line| is_own(line.rung)).unwrap_or(0);
    let last = lines.iter().rposition(|line| is_own(line.rung)).unwrap_or(first);
    let rows = usize::from(area.height.saturating_sub(1));
    let top = window(first, last, lines.len(), rows);
    let shown = head.into_iter().chain(lines.into_iter().skip(top).take(rows));
    let line = |line: ringback_roles::diagnosis::LadderLine| {
        let text = clean(&format!("{}{}", line.time, line.text));
        let text = from_column(&text, open.left);
        let strong = if line.is_marked { Modifier::BOLD } else { Modifier::empty() };
        let bar = if is_own(line.rung) { BAR } else { Style::new() };
        Line::styled(fit(&text, room), bar.add_modifier(strong))
    };
    shown.map(line).collect()
}

fn draw_help(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let mut lines = vec![Line::styled(state.label("tui-help").to_owned(), Modifier::BOLD)];
    for (keys, id) in HELP {
        let text = state.label(&format!("tui-help-{id}")).to_owned();
        let texts = wrapped(&text, room.saturating_sub(KEYS_COLUMNS).max(1));
        for (n, text) in texts.into_iter().enumerate() {
            let keys = fit(if n == 0 { keys } else { "" }, KEYS_COLUMNS);
            lines.push(Line::from(vec![Span::styled(keys, Modifier::BOLD), Span::raw(text)]));
        }
    }
    put(frame, area, lines);
}

impl State {
    fn tone(&self, tone: Tone) -> Style {
        match (self.is_coloured, tone) {
            (true, Tone::Good) => Style::new().fg(Color::Green),
            (true, Tone::Fault) => Style::new().fg(Color::Red),
            (true, Tone::Open) => Style::new().fg(Color::Yellow),
            (false, Tone::Fault) => Style::new().add_modifier(Modifier::BOLD),
            (false, _) => Style::new(),
        }
    }

    fn strong(&self, tone: Tone) -> Style {
        self.tone(tone).add_modifier(Modifier::BOLD)
    }
}

/// The lines that are seen when `top` of them are above the window, which never ends above the last one.
fn seen<T>(lines: Vec<T>, top: usize, area: Rect) -> impl Iterator<Item = T> {
    let rows = usize::from(area.height);
    let top = top.min(lines.len().saturating_sub(rows));
    lines.into_iter().skip(top).take(rows)
}

/// The first line that is seen of `total`, when those from `first` to `last` shall be.
fn window(first: usize, last: usize, total: usize, rows: usize) -> usize {
    let spare = rows.saturating_sub(last - first + 1) / 2;
    first.saturating_sub(spare).min(total.saturating_sub(rows))
}

fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>) {
    frame.render_widget(Paragraph::new(lines), area);
}

/// What has the keys.
const BAR: Style = Style::new().add_modifier(Modifier::REVERSED);
/// On less nothing can be read.
const COLUMNS_MIN: u16 = 20;
const ROWS_MIN: u16 = 5;
/// Columns of the keys in the help.
const KEYS_COLUMNS: usize = 26;
/// The keys and what they do.
const HELP: &[(&str, &str)] = &[
    ("↑ ↓ j k PgUp PgDn g G", "move"),
    ("Enter", "open"),
    ("Esc q", "back"),
    ("Tab Shift-Tab", "pane"),
    ("← →", "sideways"),
    ("F6 r", "raw"),
    ("F7 /", "filter"),
    ("F9", "clear"),
    ("Space", "mark"),
    ("F2", "save"),
    ("c", "colour"),
    ("F1 h", "help"),
    ("F10 Ctrl-C", "quit"),
];
