//! An entry as text for a terminal.

use super::{Entry, Section};

/// Writes the entry as text: headings as `heading` makes them, running text at most `columns` wide.
pub fn write_text(entry: &Entry, columns: usize, heading: &dyn Fn(&str) -> String) -> String {
    let title = named(&entry.id, &entry.name);
    let mut out = format!("{}  ({})\n", heading(&title), entry.references.join(", "));
    for section in &entry.sections {
        write_section(&mut out, section, columns, heading);
    }
    let facts = entry.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)).collect();
    let related = entry.related.iter().map(|related| named(&related.id, &related.name)).collect();
    for (key, label, items) in
        [("facts", &entry.facts_label, facts), ("related", &entry.related_label, related)]
    {
        if !Vec::is_empty(&items) {
            let section = Section { key, label: label.clone(), text: String::new(), items };
            write_section(&mut out, &section, columns, heading);
        }
    }
    out
}

/// Id and name; the id alone when it says it all.
fn named(id: &str, name: &str) -> String {
    format!("{id} {name}").trim_end().to_owned()
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
