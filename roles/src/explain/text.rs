//! An entry as text for a terminal.

use super::{Entry, Section};

/// Writes the entry as text: headings as `heading` makes them, running text at most `columns` wide.
pub fn write_text(entry: &Entry, columns: usize, heading: &dyn Fn(&str) -> String) -> String {
    let mut out = format!("{}\n", heading(&format!("{} {}", entry.id, entry.name)));
    for fact in &entry.facts {
        let line = format!("{}: {}", fact.label, fact.value);
        wrap(&mut out, &line, columns, "  ", "    ");
    }
    for section in &entry.sections {
        write_section(&mut out, section, columns, heading);
    }
    out
}

fn write_section(out: &mut String, section: &Section, columns: usize, heading: &dyn Fn(&str) -> String) {
    out.push('\n');
    out.push_str(&heading(&section.label));
    out.push('\n');
    if !section.text.is_empty() {
        wrap(out, &section.text, columns, "  ", "  ");
    }
    for item in &section.items {
        wrap(out, item, columns, "  - ", "    ");
    }
}

/// Appends the text broken at spaces; `first` stands before the first line, `next` before the others.
fn wrap(out: &mut String, text: &str, columns: usize, first: &str, next: &str) {
    let mut width = first.chars().count();
    out.push_str(first);
    let mut fresh = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !fresh && width + 1 + length > columns {
            out.push('\n');
            out.push_str(next);
            width = next.chars().count();
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
        fresh = false;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_text_is_broken_at_spaces_and_indented() {
        let mut out = String::new();
        wrap(&mut out, "aa bb cc dddddddddddd e", 8, "- ", "  ");
        assert_eq!(out, "- aa bb\n  cc\n  dddddddddddd\n  e\n");
    }
}
