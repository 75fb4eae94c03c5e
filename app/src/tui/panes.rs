//! Where things stand on the screen.

use ratatui::layout::Rect;

/// A part of the window of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    Ladder,
    Why,
    Message,
}

impl Pane {
    /// The next one, or the one before.
    pub(super) fn next(self, is_back: bool) -> Pane {
        match (self, is_back) {
            (Pane::Ladder, false) | (Pane::Message, true) => Pane::Why,
            (Pane::Why, false) | (Pane::Ladder, true) => Pane::Message,
            (Pane::Message, false) | (Pane::Why, true) => Pane::Ladder,
        }
    }
}

/// The screen without its first and its last line.
pub(super) fn body(screen: Rect) -> Rect {
    Rect { y: screen.y + screen.height.min(1), height: screen.height.saturating_sub(2), ..screen }
}

/// The list, and what is told of the selected call below it; no height when there is no room for that.
pub(super) fn list(screen: Rect) -> [Rect; 2] {
    let body = body(screen);
    let below = if body.height >= LIST_ROWS_MIN { DETAIL_ROWS } else { 0 };
    let (list, detail) = split(body, body.height - below);
    [list, detail]
}

/// The parts that are seen while one of them has the keys. The first line of each is its title.
pub(super) fn panes(screen: Rect, focus: Pane) -> Vec<(Pane, Rect)> {
    let body = body(screen);
    if body.width >= WIDE {
        let left = Rect { width: body.width / 2 + 4, ..body };
        let right = Rect { x: left.right() + 1, width: body.width - left.width - 1, ..body };
        let (why, message) = split(right, right.height / 2);
        return vec![(Pane::Ladder, left), (Pane::Why, why), (Pane::Message, message)];
    }
    if body.height >= TALL {
        let (ladder, below) = split(body, body.height / 2);
        let second = if focus == Pane::Message { Pane::Message } else { Pane::Why };
        return vec![(Pane::Ladder, ladder), (second, below)];
    }
    vec![(focus, body)]
}

/// What is below the title of a pane.
pub(super) fn inside(pane: Rect) -> Rect {
    Rect { y: pane.y + pane.height.min(1), height: pane.height.saturating_sub(1), ..pane }
}

fn split(area: Rect, upper: u16) -> (Rect, Rect) {
    let upper = upper.min(area.height);
    let below = Rect { y: area.y + upper, height: area.height - upper, ..area };
    (Rect { height: upper, ..area }, below)
}

/// From so many columns on, the ladder has the other parts at its side.
const WIDE: u16 = 120;
/// From so many rows on, it has one of them below it.
const TALL: u16 = 12;
/// From so many rows on, the list tells more of the selected call.
const LIST_ROWS_MIN: u16 = 12;
const DETAIL_ROWS: u16 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_overlap_and_never_leave_the_screen() {
        for (width, height) in [(0, 0), (1, 1), (5, 2), (60, 15), (80, 24), (119, 13), (120, 3), (200, 60)] {
            let screen = Rect::new(0, 0, width, height);
            for focus in [Pane::Ladder, Pane::Why, Pane::Message] {
                let parts = panes(screen, focus);
                assert!(parts.iter().any(|(pane, _)| *pane == focus));
                for (n, (_, area)) in parts.iter().enumerate() {
                    assert_eq!(area.intersection(screen), *area, "{width}x{height}");
                    assert!(parts[n + 1..].iter().all(|(_, other)| !area.intersects(*other)));
                }
            }
            let [list, detail] = list(screen);
            assert!(!list.intersects(detail) && list.union(detail).intersection(screen).height <= height);
        }
    }
}
