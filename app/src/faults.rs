//! What is wrong with a file that a person wrote, and where: told with the line, a caret and a suggestion.

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use serde_json::json;
use std::fmt;
use std::ops::Range;

/// A kind of fault, as it is told: its `Display` says what is wrong.
pub(crate) trait Explained: fmt::Debug + fmt::Display {
    /// A name for programs.
    fn code(&self) -> &'static str;

    /// What to do about it.
    fn help(&self) -> Option<String>;

    /// The words under the caret.
    fn label(&self) -> &'static str;

    /// The words under the other place.
    fn other_label(&self) -> &'static str {
        "first here"
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault<K> {
    pub(crate) kind: K,
    /// Where, in bytes of the file.
    pub(crate) at: Range<usize>,
    /// Another place that has to do with it.
    pub(crate) see: Option<Range<usize>>,
}

/// All that is wrong with one file.
#[derive(Debug)]
pub(crate) struct Faults<K> {
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) faults: Vec<Fault<K>>,
}

impl<K: Explained> Faults<K> {
    /// The report for a person: each fault with its line, a caret and a suggestion.
    pub(crate) fn render(&self, styled: bool, columns: usize) -> String {
        let theme = if styled { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(columns).with_links(false);
        let source = Source { file: &self.file, text: &self.text };
        let mut text = String::new();
        for fault in &self.faults {
            // Writing to a String cannot fail.
            let _ = handler.render_report(&mut text, &Report { fault, source: &source });
            text.push('\n');
        }
        let count = self.faults.len();
        text.push_str(&format!("{}: {count} fault{}\n", self.file, if count == 1 { "" } else { "s" }));
        text
    }

    /// The report for a program.
    pub(crate) fn json(&self) -> serde_json::Value {
        let faults: Vec<_> = self
            .faults
            .iter()
            .map(|fault| {
                let (line, column) = self.position(fault.at.start);
                json!({
                    "code": fault.kind.code(), "message": fault.kind.to_string(), "help": fault.kind.help(),
                    "line": line, "column": column,
                })
            })
            .collect();
        json!({ "schema": "ringback.check/1", "file": self.file, "valid": faults.is_empty(), "faults": faults })
    }

    /// Line and column, from 1, of a byte of the file.
    pub(crate) fn position(&self, at: usize) -> (usize, usize) {
        position(&self.text, at)
    }
}

/// Line and column, from 1, of a byte of a text; columns count characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// A file, whose columns are told in characters, where miette's own sources count bytes.
#[derive(Debug)]
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl SourceCode for Source<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        let (_, column) = position(self.text, read.span().offset());
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.to_owned(),
            read.data(),
            *read.span(),
            read.line(),
            column - 1,
            read.line_count(),
        )))
    }
}

#[derive(Debug)]
struct Report<'a, K> {
    fault: &'a Fault<K>,
    source: &'a Source<'a>,
}

impl<K: Explained> fmt::Display for Report<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.fault.kind, f)
    }
}

impl<K: Explained> std::error::Error for Report<'_, K> {}

impl<K: Explained> Diagnostic for Report<'_, K> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.fault.kind.help().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let primary = LabeledSpan::new_primary_with_span(
            Some(self.fault.kind.label().to_owned()),
            self.fault.at.start..self.fault.at.end.max(self.fault.at.start + 1),
        );
        let other = self
            .fault
            .see
            .clone()
            .map(|see| LabeledSpan::new_with_span(Some(self.fault.kind.other_label().to_owned()), see));
        Some(Box::new(std::iter::once(primary).chain(other)))
    }
}
