//! The keys, whatever the terminal calls them.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    Backspace,
    Tab,
    BackTab,
    Function(u8),
    Char(char),
    /// Ctrl-C.
    Interrupt,
}

impl Key {
    /// The key of an event of the terminal, if it is one that means something.
    pub(crate) fn from_event(event: &KeyEvent) -> Option<Key> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let is_control = event.modifiers.contains(KeyModifiers::CONTROL);
        Some(match event.code {
            KeyCode::Char('c') if is_control => Key::Interrupt,
            KeyCode::Char('f') if is_control => Key::PageDown,
            KeyCode::Char('b') if is_control => Key::PageUp,
            KeyCode::Char(_) if is_control || event.modifiers.contains(KeyModifiers::ALT) => return None,
            KeyCode::Char(letter) => Key::Char(letter),
            KeyCode::Up => Key::Up,
            KeyCode::Down => Key::Down,
            KeyCode::Left => Key::Left,
            KeyCode::Right => Key::Right,
            KeyCode::PageUp => Key::PageUp,
            KeyCode::PageDown => Key::PageDown,
            KeyCode::Home => Key::Home,
            KeyCode::End => Key::End,
            KeyCode::Enter => Key::Enter,
            KeyCode::Esc => Key::Escape,
            KeyCode::Backspace => Key::Backspace,
            KeyCode::Tab => Key::Tab,
            KeyCode::BackTab => Key::BackTab,
            KeyCode::F(number) => Key::Function(number),
            _ => return None,
        })
    }

    /// Where a place among `0..=last` goes with this key, when it is one that moves; a page has so many lines.
    pub(super) fn moved(self, place: usize, page: usize, last: usize) -> Option<usize> {
        let place = match self {
            Key::Up | Key::Char('k') => place.saturating_sub(1),
            Key::Down | Key::Char('j') => place + 1,
            Key::PageUp => place.saturating_sub(page.max(1)),
            Key::PageDown => place + page.max(1),
            Key::Home | Key::Char('g') => 0,
            Key::End | Key::Char('G') => last,
            _ => return None,
        };
        Some(place.min(last))
    }
}
