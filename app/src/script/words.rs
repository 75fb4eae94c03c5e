//! The words of a line, each with its place.

use super::fault::{Fault, FaultKind};
use std::ops::Range;

/// A word, or a text in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether it stood in quotes: then it is never a keyword.
    pub(super) is_quoted: bool,
    /// Where, in bytes of the script.
    pub(super) at: Range<usize>,
}

/// Splits a line that begins at a byte of the script; a `#` before a word begins a comment.
pub(super) fn words(line: &str, start: usize) -> Result<Vec<Word>, Fault> {
    let mut found = Vec::new();
    let mut rest = line.char_indices().peekable();
    while let Some(&(at, letter)) = rest.peek() {
        match letter {
            '#' => break,
            '"' => {
                rest.next();
                let (text, end) = quoted(&mut rest).ok_or_else(|| {
                    Fault::new(FaultKind::OpenQuote, start + at..start + line.trim_end().len())
                })?;
                found.push(Word { text, is_quoted: true, at: start + at..start + end });
            }
            _ if letter.is_whitespace() => drop(rest.next()),
            _ => {
                let end = line[at..].find(char::is_whitespace).map_or(line.len(), |length| at + length);
                while rest.next_if(|(next, _)| *next < end).is_some() {}
                found.push(Word {
                    text: line[at..end].to_owned(),
                    is_quoted: false,
                    at: start + at..start + end,
                });
            }
        }
    }
    Ok(found)
}

/// The text up to the closing quote, and where that ends; `\"` and `\\` stand for themselves.
fn quoted(rest: &mut impl Iterator<Item = (usize, char)>) -> Option<(String, usize)> {
    let mut text = String::new();
    while let Some((at, letter)) = rest.next() {
        match letter {
            '"' => return Some((text, at + 1)),
            '\\' => text.push(rest.next()?.1),
            _ => text.push(letter),
        }
    }
    None
}
