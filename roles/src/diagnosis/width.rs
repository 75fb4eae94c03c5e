//! Text in columns of a terminal: a letter of Chinese or Japanese takes two, an accent that stands on another letter none.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The text in at most so many columns; when something had to go, `…` says so.
pub fn shortened(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let (mut kept, mut taken) = (String::new(), 0);
    for letter in text.chars() {
        taken += letter.width().unwrap_or(0);
        if taken >= room {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

/// The text with spaces behind it, so many columns wide; a wider one stays as it is.
pub fn padded(text: &str, room: usize) -> String {
    format!("{text}{}", " ".repeat(room.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_two_columns_and_accents_none() {
        assert_eq!([columns("bob"), columns("日本"), columns("e\u{301}té")], [3, 4, 3]);
        assert_eq!(shortened("日本語の電話", 6), "日本…");
        assert_eq!(shortened("e\u{301}te\u{301} chaud", 4), "e\u{301}te\u{301}…");
        assert_eq!(padded("日本", 6), "日本  ");
        for room in 1..12 {
            assert!(columns(&shortened("電話 für Élise e\u{301}", room)) <= room);
        }
    }
}
