//! Rust text with comments and literals blanked, so that plain searches see code only.

use core::ops::Range;

/// A function and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, from 1.
    pub line: usize,
    /// Lines from its `fn` to its closing brace.
    pub lines: usize,
    /// Whether it stands under `#[test]`.
    pub is_test: bool,
}

/// Replaces the content of comments, strings and character literals by spaces. Lines and byte offsets stay.
pub fn mask(source: &str) -> String {
    let mut out = source.as_bytes().to_vec();
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => block_comment_end(bytes, at),
            b'"' => string_end(bytes, at),
            b'r' | b'b' | b'c' if !follows_word(bytes, at) => raw_string_end(bytes, at).unwrap_or(at),
            b'\'' => char_end(bytes, at).unwrap_or(at),
            _ => at,
        };
        if end == at {
            at += 1;
            continue;
        }
        for b in &mut out[at..end] {
            if *b != b'\n' {
                *b = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(out).unwrap_or_default()
}

/// The byte ranges of the items under `#[cfg(test)]` in masked text.
pub fn test_ranges(masked: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = masked[at..].find(TEST_ATTRIBUTE).map(|n| at + n) {
        at = item_end(masked.as_bytes(), start + TEST_ATTRIBUTE.len());
        found.push(start..at);
    }
    found
}

/// Blanks every item under `#[cfg(test)]` in masked text. Lines and offsets stay.
pub fn without_tests(masked: &str) -> String {
    let mut out = masked.to_owned();
    for range in test_ranges(masked) {
        let blank: String =
            masked[range.clone()].bytes().map(|c| if c == b'\n' { '\n' } else { ' ' }).collect();
        out.replace_range(range, &blank);
    }
    out
}

/// The functions of masked text.
pub fn functions(masked: &str) -> Vec<Function> {
    let bytes = masked.as_bytes();
    let mut found = Vec::new();
    for (start, _) in masked.match_indices("fn ") {
        let name: String = masked[start + 3..].trim_start().chars().take_while(|c| is_word(*c)).collect();
        if follows_word(bytes, start) || name.is_empty() {
            continue;
        }
        let end = item_end(bytes, start);
        let line = 1 + masked[..start].matches('\n').count();
        let lines = 1 + masked[start..end].trim_end().matches('\n').count();
        found.push(Function { name, line, lines, is_test: is_test(&masked[..start]) });
    }
    found
}

/// Whether the attributes at the end of `before` include `#[test]`.
fn is_test(before: &str) -> bool {
    let attributes = before.rfind(['}', ';', '{']).map_or(before, |at| &before[at..]);
    attributes.contains("#[test]")
}

/// Where the item that begins at `at` ends: after its `;`, or after the brace that closes its body.
fn item_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0i32;
    let mut braces = 0i32;
    for (i, b) in bytes.iter().enumerate().skip(at) {
        match b {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' => braces += 1,
            b'}' => {
                braces -= 1;
                if braces <= 0 && depth <= 0 {
                    return i + 1;
                }
            }
            b';' if depth == 0 && braces == 0 => return i + 1,
            _ => {}
        }
    }
    bytes.len()
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n)
}

fn block_comment_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i < bytes.len() {
        if bytes[i..].starts_with(b"/*") {
            depth += 1;
            i += 2;
        } else if bytes[i..].starts_with(b"*/") {
            depth -= 1;
            i += 2;
            if depth == 0 {
                return i;
            }
        } else {
            i += 1;
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut i = at + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 2,
            b'"' => return i + 1,
            _ => i += 1,
        }
    }
    bytes.len()
}

/// The end of `r"…"`, `r#"…"#`, `br"…"`, `cr"…"` at `at`, if one begins there.
fn raw_string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut i = at;
    if matches!(bytes[i], b'b' | b'c') {
        i += 1;
    }
    if bytes.get(i) != Some(&b'r') {
        return None;
    }
    let hashes = bytes[i + 1..].iter().take_while(|b| **b == b'#').count();
    i += 1 + hashes;
    if bytes.get(i) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.resize(1 + hashes, b'#');
    let body = &bytes[i + 1..];
    let length = body.windows(close.len()).position(|w| w == close).unwrap_or(body.len());
    Some((i + 1 + length + close.len()).min(bytes.len()))
}

/// The end of a character literal at `at`; `None` for a lifetime.
fn char_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at + 1..];
    if rest.first() == Some(&b'\\') {
        let close = rest.iter().skip(2).position(|b| *b == b'\'')?;
        return Some(at + 1 + 2 + close + 1);
    }
    let width = core::str::from_utf8(&rest[..rest.len().min(4)])
        .unwrap_or_else(|e| core::str::from_utf8(&rest[..e.valid_up_to()]).unwrap_or(""))
        .chars()
        .next()?
        .len_utf8();
    (rest.get(width) == Some(&b'\'')).then_some(at + 1 + width + 1)
}

fn follows_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && is_word(bytes[at - 1] as char)
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

const TEST_ATTRIBUTE: &str = "#[cfg(test)]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let source = "a(\"x{\\\"\", '{', b'\\'', r#\"}\"#); // {\n/* { /* */ } */ fn b<'a>(x: &'a str) {}\n";
        let masked = mask(source);
        assert_eq!(masked.len(), source.len());
        assert!(!masked.contains("x{") && masked.contains("fn b<'a>"), "{masked}");
        assert_eq!(masked.matches('{').count(), 1);
        assert_eq!(masked.matches('\n').count(), 2);
    }

    #[test]
    fn items_under_cfg_test_vanish_and_others_stay() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn t() { x(); }\n}\n#[cfg(test)]\nmod more;\nfn b() {}\n";
        let kept = without_tests(&mask(source));
        assert!(kept.contains("fn a()") && kept.contains("fn b()"));
        assert!(!kept.contains("fn t()") && !kept.contains("more"));
    }

    #[test]
    fn functions_are_measured_from_fn_to_closing_brace() {
        let source = "impl A {\n    fn one(x: [u8; 2]) -> u8 {\n        1\n    }\n}\ntrait B { fn two(); }\ntype F = fn (u8);\n";
        let found = functions(&mask(source));
        assert_eq!(found[0], Function { name: "one".into(), line: 2, lines: 3, is_test: false });
        assert_eq!(found[1].name, "two");
        assert!(
            functions("fn a() {}\n#[test]\n#[ignore]\nfn b() {}\nfn c() {}")
                .iter()
                .map(|f| f.is_test)
                .eq([false, true, false])
        );
        assert_eq!(found.len(), 2);
    }
}
