//! Text on a screen: what a peer wrote is shown and never obeyed, and nothing is wider than its place.

use crate::phone::printable;
use ratatui::text::Span;

/// The text with control characters, and those that turn or hide letters, in escaped form.
pub(super) fn clean(text: &str) -> String {
    clean_bytes(text.as_bytes())
}

fn clean_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for letter in printable(bytes).chars() {
        match letter {
            '\t' => out.push_str("    "),
            '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => out.extend(letter.escape_unicode()),
            other => out.push(other),
        }
    }
    out
}

/// The lines of a message.
pub(super) fn message_lines(bytes: &[u8]) -> Vec<String> {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.map(|line| clean_bytes(line.strip_suffix(b"\r").unwrap_or(line))).collect()
}

/// Columns that the text takes.
pub(super) fn columns(text: &str) -> usize {
    Span::raw(text).width()
}

/// The text, cleaned, in exactly so many columns: cut with `…`, or filled with spaces.
pub(super) fn fit(text: &str, room: usize) -> String {
    let mut out = clean(text);
    if columns(&out) > room {
        while columns(&out) >= room.max(1) {
            out.pop();
        }
        if room > 0 {
            out.push('…');
        }
    }
    let missing = room.saturating_sub(columns(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// What remains of a text without its first columns.
pub(super) fn from_column(text: &str, left: usize) -> String {
    let mut taken = 0;
    let is_left = |letter: &char| {
        let is_left = taken < left;
        taken += if is_left { columns(letter.encode_utf8(&mut [0; 4])) } else { 0 };
        is_left
    };
    text.chars().skip_while(is_left).collect()
}

/// The text in lines of at most `room` columns, broken between words where that is possible. What goes on is indented as
/// the line began.
pub(super) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let indent = text.len() - text.trim_start_matches(' ').len();
    let indent = " ".repeat(if indent * 2 < room { indent } else { 0 });
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut wide = 0;
    for piece in text.split_inclusive(' ') {
        let own = columns(piece.trim_end_matches(' '));
        if wide > 0 && wide + own > room && wide > indent.len() {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            wide = indent.len();
        }
        for letter in piece.chars() {
            let own = columns(letter.encode_utf8(&mut [0; 4]));
            if wide + own > room && wide > 0 {
                if letter == ' ' {
                    continue;
                }
                lines.push(std::mem::take(&mut line));
                wide = 0;
            }
            line.push(letter);
            wide += own;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_wrote_is_shown_and_not_obeyed() {
        assert_eq!(clean("a\u{1b}[2Jb\u{7}"), "a\\u{1b}[2Jb\\u{7}");
        assert_eq!(clean("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(message_lines(b"A: 1\r\nB:\t2\x00\n"), ["A: 1", "B:    2\\u{0}", ""]);
    }

    #[test]
    fn a_text_takes_exactly_its_columns() {
        for room in 0..12 {
            for text in ["", "abc", "abcdefghijk", "日本語日本語"] {
                assert_eq!(columns(&fit(text, room)), room, "{text} {room}");
            }
        }
    }

    #[test]
    fn columns_on_the_left_are_left_out_and_not_letters() {
        assert_eq!(
            [from_column("日本語ab", 4), from_column("abc", 1), from_column("abc", 9)],
            ["語ab", "bc", ""]
        );
    }

    #[test]
    fn lines_break_between_words_and_long_words_break_anywhere() {
        assert_eq!(wrapped("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("  - aa bb", 6), ["  - aa", "  bb"]);
        assert_eq!(wrapped("", 4), [""]);
        for room in 1..30 {
            let lines = wrapped("  the quick 日本語 brownfoxjumpsoverthelazydog, again", room);
            assert!(lines.iter().all(|line| columns(line.trim_end()) <= room.max(2)), "{room} {lines:?}");
        }
    }
}
