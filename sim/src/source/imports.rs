//! The paths that a file names: its `use` trees written out, and the paths inside its code.

use super::lexer::is_word;

/// A path as written, split at `::`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its segments; a glob ends with `*`.
    pub segments: Vec<String>,
    /// The name that a `use` binds; `None` for a path inside code.
    pub binds: Option<String>,
    /// The line, from 1.
    pub line: usize,
}

impl Path {
    /// The path as text.
    pub fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// Every path of masked text.
pub fn paths(masked: &str) -> Vec<Path> {
    let mut reader = Reader { tokens: tokens(masked), at: 0, found: Vec::new() };
    reader.read();
    reader.found
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Colons,
    Mark(char),
}

fn tokens(masked: &str) -> Vec<(Token<'_>, usize)> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = masked;
    while let Some(c) = rest.chars().next() {
        let length = if is_word(c) { rest.chars().take_while(|c| is_word(*c)).count() } else { c.len_utf8() };
        if is_word(c) {
            found.push((Token::Word(&rest[..length]), line));
            rest = &rest[length..];
        } else if rest.starts_with("::") {
            found.push((Token::Colons, line));
            rest = &rest[2..];
        } else {
            line += usize::from(c == '\n');
            if !c.is_whitespace() {
                found.push((Token::Mark(c), line));
            }
            rest = &rest[length..];
        }
    }
    found
}

struct Reader<'a> {
    tokens: Vec<(Token<'a>, usize)>,
    at: usize,
    found: Vec<Path>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        while let Some(token) = self.peek() {
            match token {
                Token::Word("use") => {
                    self.at += 1;
                    self.use_tree(&[]);
                }
                Token::Word(_) => self.path_in_code(),
                _ => self.at += 1,
            }
        }
    }

    fn use_tree(&mut self, prefix: &[&'a str]) {
        let mut segments = prefix.to_vec();
        let line = self.line();
        loop {
            match self.peek() {
                Some(Token::Word("as")) => {
                    self.at += 1;
                    if let Some(Token::Word(name)) = self.peek() {
                        self.at += 1;
                        self.push(&segments, Some(name), line);
                    }
                    return;
                }
                Some(Token::Word(word)) => segments.push(word),
                Some(Token::Mark('*')) => segments.push("*"),
                Some(Token::Colons) => {}
                Some(Token::Mark('{')) => return self.use_group(&segments),
                _ => break,
            }
            self.at += 1;
        }
        if segments.len() > prefix.len() {
            if segments.last() == Some(&"self") {
                segments.pop();
            }
            let name = segments.last().copied();
            self.push(&segments, name, line);
        }
    }

    fn use_group(&mut self, prefix: &[&'a str]) {
        self.at += 1;
        loop {
            match self.peek() {
                Some(Token::Mark(',')) => self.at += 1,
                Some(Token::Word(_) | Token::Mark('*' | '{')) => self.use_tree(prefix),
                Some(Token::Mark('}')) => {
                    self.at += 1;
                    return;
                }
                _ => return,
            }
        }
    }

    fn path_in_code(&mut self) {
        let line = self.line();
        let after_dot = self.at > 0 && matches!(self.tokens[self.at - 1].0, Token::Mark('.'));
        let mut segments = Vec::new();
        while let Some(Token::Word(word)) = self.peek() {
            segments.push(word);
            self.at += 1;
            if self.peek() != Some(Token::Colons) {
                break;
            }
            self.at += 1;
        }
        if segments.len() > 1 && !after_dot {
            self.push(&segments, None, line);
        }
    }

    fn push(&mut self, segments: &[&str], binds: Option<&str>, line: usize) {
        self.found.push(Path {
            segments: segments.iter().map(|s| (*s).to_owned()).collect(),
            binds: binds.map(str::to_owned),
            line,
        });
    }

    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).map(|(token, _)| *token)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |(_, line)| *line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        paths(source).iter().map(Path::text).collect()
    }

    #[test]
    fn use_trees_are_written_out() {
        assert_eq!(
            texts("pub use crate::a::{self, b::{C, D as E}, f::*};\nuse std::fs;"),
            ["crate::a", "crate::a::b::C", "crate::a::b::D", "crate::a::f::*", "std::fs"]
        );
        assert_eq!(paths("use a::B as C;")[0].binds.as_deref(), Some("C"));
    }

    #[test]
    fn paths_inside_code_are_found_with_their_line() {
        let found = paths("fn a() {\n    crate::x::y(1);\n    b.c::<D>();\n}");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].text(), found[0].line), ("crate::x::y".to_owned(), 2));
    }
}
