//! The reference sheet: every code, method, timer, identifier and cause on one HTML page that needs nothing
//! else, reads in light and dark, and prints well.

use super::{Entry, Explainer, Kind, MEANING, Section, Topic};

/// Writes the sheet in the language of the explainer.
pub fn write_sheet(explainer: &Explainer) -> String {
    let title = explainer.label("sheet-title");
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{}</h1>\n<p>{}</p>\n",
        explainer.language().tag(),
        escaped(title),
        escaped(title),
        escaped(explainer.label("sheet-intro")),
    );
    write_contents(&mut page, explainer);
    for &kind in KINDS {
        let heading = escaped(explainer.label(&format!("kind-{}", kind.key())));
        page.push_str(&format!("<h2 id=\"{}\">{heading}</h2>\n", kind.key()));
        if kind == Kind::Cause {
            write_causes(&mut page, explainer);
        } else {
            page.push_str("<div class=\"cards\">\n");
            for topic in Topic::all().filter(|topic| topic.kind() == kind) {
                write_card(&mut page, &explainer.explain(topic));
            }
            page.push_str("</div>\n");
        }
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn write_contents(page: &mut String, explainer: &Explainer) {
    page.push_str("<nav>");
    for kind in KINDS {
        let label = escaped(explainer.label(&format!("kind-{}", kind.key())));
        page.push_str(&format!("<a href=\"#{}\">{label}</a> ", kind.key()));
    }
    page.push_str("</nav>\n");
}

fn write_card(page: &mut String, entry: &Entry) {
    let reference = entry.references.join(", ");
    page.push_str(&format!(
        "<section class=\"card\" id=\"{0}\">\n<h3><b>{0}</b> {1} <small>{2}</small></h3>\n",
        escaped(&entry.id),
        escaped(&entry.name),
        escaped(&reference)
    ));
    for section in &entry.sections {
        write_section(page, section);
    }
    for fact in entry.facts.iter().filter(|fact| FACTS.contains(&fact.key)) {
        page.push_str(&format!(
            "<p class=\"fact\"><i>{}:</i> {}</p>\n",
            escaped(&fact.label),
            escaped(&fact.value)
        ));
    }
    page.push_str("</section>\n");
}

fn write_section(page: &mut String, section: &Section) {
    // The meaning needs no heading; the longer fields keep theirs.
    if section.key != MEANING {
        page.push_str(&format!("<h4>{}</h4>\n", escaped(&section.label)));
    }
    if !section.text.is_empty() {
        page.push_str(&format!("<p>{}</p>\n", escaped(&section.text)));
    }
    if !section.items.is_empty() {
        page.push_str("<ul>");
        for item in &section.items {
            page.push_str(&format!("<li>{}</li>", escaped(item)));
        }
        page.push_str("</ul>\n");
    }
}

fn write_causes(page: &mut String, explainer: &Explainer) {
    page.push_str("<table>\n<thead><tr><th></th>");
    for column in ["sheet-cause", "sheet-meaning", "sheet-sip"] {
        page.push_str(&format!("<th>{}</th>", escaped(explainer.label(column))));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for topic in Topic::all().filter(|topic| topic.kind() == Kind::Cause) {
        let entry = explainer.explain(topic);
        let text =
            |key| entry.sections.iter().find(|section| section.key == key).map_or("", |s| s.text.as_str());
        let statuses = entry.telephony.first().map(|mapping| mapping.becomes.iter().map(u16::to_string));
        page.push_str(&format!(
            "<tr><td><b>{}</b></td><td>{}</td><td>{} {}</td><td>{}</td></tr>\n",
            escaped(&topic.word()),
            escaped(&entry.name),
            escaped(text(MEANING)),
            escaped(text("remedy")),
            statuses.map(|numbers| numbers.collect::<Vec<_>>().join(", ")).unwrap_or_default()
        ));
    }
    page.push_str("</tbody>\n</table>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The kinds on the sheet.
const KINDS: &[Kind] = &[Kind::Code, Kind::Method, Kind::Timer, Kind::Identifier, Kind::Cause];

/// The facts on the sheet.
const FACTS: &[&str] =
    &["required", "required-any", "effect", "to-cause", "from-cause", "length", "owner", "reliable"];

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8886; --soft: #8882 }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem }
nav a { margin-right: 1rem }
.cards { columns: 26rem; column-gap: 1rem }
.card { break-inside: avoid; border: 1px solid var(--line); border-radius: .4rem; padding: .2rem .8rem; margin: 0 0 1rem }
h3 { margin: .4rem 0; font-size: 1.05rem } h3 small { font-weight: normal; opacity: .7 }
h4 { margin: .5rem 0 .1rem; font-size: .85rem; opacity: .8 }
p { margin: .2rem 0 } ul { margin: .1rem 0; padding-left: 1.2rem }
.fact { font-size: .85rem } table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid var(--line); padding: .2rem .5rem; text-align: left; vertical-align: top } th { background: var(--soft) }
@media print { body { font-size: 8.5pt; margin: 0; max-width: none } nav { display: none } .cards { columns: 2 }
tr { break-inside: avoid } h2 { break-before: page } h2:first-of-type { break-before: auto } }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Language;

    #[test]
    fn sheet_has_every_topic_of_its_kinds_and_needs_no_other_file() {
        for &language in Language::ALL {
            let page = write_sheet(&Explainer::new(language));
            for topic in
                Topic::all().filter(|topic| KINDS.contains(&topic.kind()) && topic.kind() != Kind::Cause)
            {
                assert!(page.contains(&format!("id=\"{}\"", topic.id())), "{}", topic.id());
            }
            for topic in Topic::all().filter(|topic| topic.kind() == Kind::Cause) {
                assert!(page.contains(&format!("<td><b>{}</b></td>", topic.word())), "{}", topic.id());
            }
            for outside in ["http://", "https://", "src=", "<script", "<link"] {
                assert!(!page.contains(outside), "{outside}");
            }
            assert!(page.contains("@media print") && page.contains("light dark"));
        }
    }

    #[test]
    fn text_cannot_break_out_of_the_markup() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
