//! What is on the screen, and what a key makes of it: pure, so that tests need no terminal.

use super::key::Key;
use super::merge::merged;
use super::panes::{Pane, inside, list, panes};
use super::sheet::CallSheet;
use super::text::{columns, message_lines, wrapped};
use ratatui::layout::Rect;
use ringback_roles::explain::Explainer;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that the screen depends on.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) explainer: Explainer,
    /// What is read.
    pub(super) source: String,
    /// Whether it grows.
    pub(super) is_live: bool,
    pub(super) is_complete: bool,
    /// Calls for which there was no room.
    pub(super) left_out: u64,
    calls: Vec<Arc<CallSheet>>,
    /// Places of the calls that fit the filter.
    fitting: Vec<usize>,
    /// Which of them has the bar.
    pub(super) selected: usize,
    pub(super) marks: BTreeSet<String>,
    pub(super) filter: String,
    /// What is being typed.
    pub(super) input: Option<Input>,
    pub(super) open: Option<Open>,
    pub(super) has_help: bool,
    pub(super) is_coloured: bool,
    /// What is to be said once.
    pub(super) notice: String,
    screen: Rect,
}

/// A line that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The filter itself is changed, letter by letter.
    Filter,
    /// The name of a file.
    File(String),
}

/// The call that is looked at.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) call: Arc<CallSheet>,
    /// The Call-IDs that it is made of.
    parts: Vec<String>,
    pub(super) pane: Pane,
    /// The rung with the bar.
    pub(super) rung: usize,
    /// How many columns of the ladder are out of sight on the left.
    pub(super) left: usize,
    /// How many lines of the other parts are out of sight above.
    pub(super) why_top: usize,
    pub(super) message_top: usize,
}

/// What came in.
#[derive(Debug)]
pub(crate) enum News {
    /// The calls as they are now, the first one first.
    Calls { calls: Vec<Arc<CallSheet>>, left_out: u64, is_complete: bool },
    /// It cannot be read, for now or for good.
    Fault(String),
}

/// What a key asks of the world.
#[derive(Debug)]
pub(crate) enum Wish {
    Nothing,
    Quit,
    /// These calls shall be written into a new file.
    Save {
        file: String,
        calls: Vec<Arc<CallSheet>>,
    },
}

impl State {
    /// A screen without calls.
    pub(crate) fn new(explainer: Explainer, source: String, is_live: bool, is_coloured: bool) -> Self {
        State {
            explainer,
            source,
            is_live,
            is_complete: false,
            left_out: 0,
            calls: Vec::new(),
            fitting: Vec::new(),
            selected: 0,
            marks: BTreeSet::new(),
            filter: String::new(),
            input: None,
            open: None,
            has_help: false,
            is_coloured,
            notice: String::new(),
            screen: Rect::default(),
        }
    }

    /// Takes the size of the screen.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.screen = Rect::new(0, 0, columns, rows);
    }

    /// Takes what came in. The bar stays on its call, and at the end of what grows.
    pub(crate) fn take(&mut self, news: News) {
        let News::Calls { calls, left_out, is_complete } = news else {
            if let News::Fault(text) = news {
                (self.notice, self.is_complete) = (text, !self.is_live);
            }
            return;
        };
        let follows = self.is_live && self.selected + 1 >= self.fitting.len();
        (self.calls, self.left_out, self.is_complete) = {
            let id = self.current().map(|call| call.id.clone());
            self.selected = id.and_then(|id| calls.iter().position(|call| call.id == id)).unwrap_or(0);
            (calls, left_out, is_complete)
        };
        self.narrow(Some(self.selected));
        if follows {
            self.selected = self.fitting.len().saturating_sub(1);
        }
        if let Some(open) = &mut self.open {
            let parts = self.calls.iter().filter(|call| open.parts.contains(&call.id));
            let parts: Vec<_> = parts.cloned().collect();
            if let Some(call) = merged(&parts).filter(|_| parts.len() == open.parts.len()) {
                open.call = call;
            }
        }
    }

    /// Takes a word for the person.
    pub(crate) fn say(&mut self, notice: String) {
        self.notice = notice;
    }

    /// A text in the person's language.
    pub(crate) fn label<'a>(&'a self, id: &'a str) -> &'a str {
        self.explainer.label(id)
    }

    /// Takes a key.
    pub(crate) fn handle(&mut self, key: Key) -> Wish {
        self.notice.clear();
        if matches!(key, Key::Interrupt | Key::Function(10)) {
            return Wish::Quit;
        }
        if let Some(input) = self.input.take() {
            return self.handle_input(input, key);
        }
        if self.has_help {
            self.has_help = false;
            return Wish::Nothing;
        }
        match key {
            Key::Function(1) | Key::Char('h' | '?') => self.has_help = true,
            Key::Function(2) if self.current().is_some() => self.input = Some(Input::File(String::new())),
            Key::Char('c') => self.is_coloured = !self.is_coloured,
            Key::Char(' ') => self.mark(),
            _ if self.open.is_some() => self.handle_call(key),
            _ => return self.handle_list(key),
        }
        Wish::Nothing
    }

    fn handle_input(&mut self, input: Input, key: Key) -> Wish {
        let (mut text, is_filter) = match input {
            Input::Filter => (std::mem::take(&mut self.filter), true),
            Input::File(name) => (name, false),
        };
        let is_dropped = key == Key::Escape || is_filter && key == Key::Function(9);
        let is_done = is_dropped || key == Key::Enter;
        match key {
            Key::Char(letter) if !letter.is_control() && text.chars().count() < INPUT_MAX => {
                text.push(letter);
            }
            Key::Backspace => drop(text.pop()),
            _ if is_dropped => text.clear(),
            _ => {}
        }
        if is_filter {
            self.filter = text;
            self.input = (!is_done).then_some(Input::Filter);
            self.narrow(self.fitting.get(self.selected).copied());
            return Wish::Nothing;
        }
        if !is_done {
            self.input = Some(Input::File(text));
        } else if !text.is_empty() {
            return Wish::Save { file: text, calls: self.wanted() };
        }
        Wish::Nothing
    }

    fn handle_list(&mut self, key: Key) -> Wish {
        let page = usize::from(list(self.screen)[0].height.saturating_sub(1));
        if let Some(place) = key.moved(self.selected, page, self.fitting.len().saturating_sub(1)) {
            self.selected = place;
            return Wish::Nothing;
        }
        match key {
            Key::Escape | Key::Char('q') => return Wish::Quit,
            Key::Function(7) | Key::Char('/') => self.input = Some(Input::Filter),
            Key::Function(9) => {
                self.filter.clear();
                self.narrow(self.fitting.get(self.selected).copied());
            }
            Key::Enter => self.enter(Pane::Ladder),
            Key::Function(6) | Key::Char('r') => self.enter(Pane::Message),
            _ => {}
        }
        Wish::Nothing
    }

    fn enter(&mut self, pane: Pane) {
        let calls = self.wanted();
        let Some(call) = merged(&calls) else { return };
        let parts = calls.iter().map(|call| call.id.clone()).collect();
        // The eye goes first to what tells.
        let rung = call.ladder.rungs.iter().rposition(|rung| rung.mark.is_some()).unwrap_or(0);
        self.open = Some(Open { call, parts, pane, rung, left: 0, why_top: 0, message_top: 0 });
    }

    fn handle_call(&mut self, key: Key) {
        let Some(mut open) = self.open.take() else { return };
        let place = panes(self.screen, open.pane).into_iter().find(|(pane, _)| *pane == open.pane);
        let area = inside(place.map(|(_, area)| area).unwrap_or_default());
        let page = usize::from(area.height);
        let (place, last) = match open.pane {
            Pane::Ladder => (open.rung, open.call.ladder.rungs.len().saturating_sub(1)),
            Pane::Why => (open.why_top, open.why_lines(area.width).len().saturating_sub(page)),
            Pane::Message => (open.message_top, open.message_lines(area.width).len().saturating_sub(page)),
        };
        if let Some(place) = key.moved(place, page, last) {
            match open.pane {
                Pane::Ladder => (open.rung, open.message_top) = (place, 0),
                Pane::Why => open.why_top = place,
                Pane::Message => open.message_top = place,
            }
            self.open = Some(open);
            return;
        }
        match key {
            Key::Escape | Key::Char('q') if open.pane == Pane::Message => open.pane = Pane::Ladder,
            Key::Escape | Key::Char('q') => return,
            Key::Tab | Key::BackTab => open.pane = open.pane.next(key == Key::BackTab),
            Key::Enter | Key::Function(6) | Key::Char('r') => open.pane = Pane::Message,
            Key::Left => open.left = open.left.saturating_sub(SIDEWAYS),
            Key::Right => {
                let hidden = open.ladder_columns(area.width).saturating_sub(usize::from(area.width));
                open.left = (open.left + SIDEWAYS).min(hidden);
            }
            _ => {}
        }
        self.open = Some(open);
    }

    fn mark(&mut self) {
        if self.open.as_ref().is_some_and(|open| open.parts.len() > 1) {
            return;
        }
        let Some(id) = self.current().map(|call| call.id.clone()) else { return };
        if !self.marks.remove(&id) {
            self.marks.insert(id);
        }
        if self.open.is_none() {
            self.selected = (self.selected + 1).min(self.fitting.len().saturating_sub(1));
        }
    }

    /// The call that keys are about.
    pub(super) fn current(&self) -> Option<&Arc<CallSheet>> {
        match &self.open {
            Some(open) => Some(&open.call),
            None => self.calls.get(*self.fitting.get(self.selected)?),
        }
    }

    /// The marked calls; without marks the one with the bar.
    fn wanted(&self) -> Vec<Arc<CallSheet>> {
        let marked: Vec<_> =
            self.calls.iter().filter(|call| self.marks.contains(&call.id)).cloned().collect();
        if marked.is_empty() { self.current().cloned().into_iter().collect() } else { marked }
    }

    /// The calls that fit the filter.
    pub(super) fn fitting(&self) -> impl ExactSizeIterator<Item = &CallSheet> {
        self.fitting.iter().map(|place| &*self.calls[*place])
    }

    /// How many there are, with those that do not fit.
    pub(super) fn count(&self) -> usize {
        self.calls.len()
    }

    /// Applies the filter; the bar stays on the call at this place, if it fits.
    fn narrow(&mut self, place: Option<usize>) {
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let fits = |call: &CallSheet| {
            let status = call.status.map(|status| status.to_string()).unwrap_or_default();
            let parts = [&call.id, &call.from, &call.to, &call.method, &status, &call.verdict];
            let parts = parts.into_iter().chain(&call.ladder.parties).map(|part| part.to_lowercase());
            let text = parts.collect::<Vec<_>>().join("\n");
            words.iter().all(|word| text.contains(word))
        };
        self.fitting = (0..self.calls.len()).filter(|n| fits(&self.calls[*n])).collect();
        // The same call, else the next one that fits.
        let next = self.fitting.partition_point(|fitting| Some(*fitting) < place);
        self.selected = next.min(self.fitting.len().saturating_sub(1));
    }
}

impl Open {
    /// The account in lines of this width, with whether each stands out.
    pub(super) fn why_lines(&self, width: u16) -> Vec<(String, bool)> {
        let lines = self.call.why.iter().flat_map(|line| {
            let text = super::text::clean(&line.text);
            wrapped(&text, usize::from(width.max(1))).into_iter().map(|text| (text, line.is_strong))
        });
        lines.collect()
    }

    /// The message of the rung with the bar, in lines of this width.
    pub(super) fn message_lines(&self, width: u16) -> Vec<String> {
        let Some(message) = self.call.messages.get(self.rung) else { return Vec::new() };
        let lines = message_lines(&message.bytes);
        lines.iter().flat_map(|line| wrapped(line, usize::from(width.max(1)))).collect()
    }

    /// Columns of the ladder, which may be more than there are on the screen.
    pub(super) fn ladder_columns(&self, width: u16) -> usize {
        let lines = self.call.ladder.lines(usize::from(width));
        lines.iter().map(|line| columns(&line.time) + columns(&line.text)).max().unwrap_or(0)
    }
}

/// Letters of a line that is typed.
const INPUT_MAX: usize = 200;
/// Columns that a ladder goes sideways at once.
const SIDEWAYS: usize = 8;
