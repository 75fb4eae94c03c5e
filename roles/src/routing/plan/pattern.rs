//! What a user part must look like: exactly this, beginning with this, or a regular expression for the whole of it.
//!
//! Expressions are matched in time linear in the input, whatever they say, so that neither a slip of the operator nor
//! a peer's choice of user part can hold a worker up.

use regex::bytes::{Captures, Regex, RegexBuilder};
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::start;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One way in which a user part matches. Case matters (RFC 3261 §19.1.4).
#[derive(Clone, Debug)]
pub enum UserPattern {
    /// The user part is this.
    Exact(Box<str>),
    /// It begins with this.
    Prefix(Box<str>),
    /// All of it matches this expression.
    Expression(Expression),
}

/// A regular expression that was found good.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As the operator wrote it.
    text: Box<str>,
    /// The same without flags and comments, fit to stand inside another one.
    canonical: Box<str>,
    regex: Regex,
    /// Says of what is too short whether more could match; absent when that would take much memory.
    automaton: Option<Arc<dense::DFA<Vec<u32>>>>,
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternFault {
    /// What the parser says, in one line.
    pub message: String,
    /// Where in the text, in bytes, when it is known.
    pub at: Option<usize>,
}

impl PartialEq for UserPattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) | (Self::Prefix(a), Self::Prefix(b)) => a == b,
            (Self::Expression(a), Self::Expression(b)) => a.text == b.text,
            _ => false,
        }
    }
}

impl Eq for UserPattern {}

impl UserPattern {
    /// Reads an expression. It need not be anchored: it must match the whole user part anyway.
    ///
    /// # Errors
    /// It is none, or too large.
    pub fn expression(text: &str) -> Result<Self, PatternFault> {
        // A user part has no lines: a dot is any byte.
        let mut parser = regex_syntax::ParserBuilder::new();
        let parsed = parser.utf8(false).unicode(false).dot_matches_new_line(true).build().parse(text);
        let canonical = match parsed {
            Ok(hir) => hir.to_string(),
            Err(error) => {
                let (message, at) = match &error {
                    regex_syntax::Error::Parse(e) => (e.kind().to_string(), Some(e.span().start.offset)),
                    regex_syntax::Error::Translate(e) => (e.kind().to_string(), Some(e.span().start.offset)),
                    other => (other.to_string(), None),
                };
                return Err(PatternFault { message, at });
            }
        };
        let mut builder = RegexBuilder::new(&whole(&canonical));
        match builder.unicode(false).size_limit(EXPRESSION_BYTES_MAX).build() {
            Ok(regex) => {
                let automaton = automaton_of(&canonical, PREFIXES_BYTES_MAX).map(Arc::new);
                let (text, canonical) = (text.into(), canonical.into());
                Ok(Self::Expression(Expression { text, canonical, regex, automaton }))
            }
            Err(_) => Err(PatternFault { message: "it is too large".to_owned(), at: None }),
        }
    }

    /// Whether the user part matches.
    pub fn matches(&self, user: &[u8]) -> bool {
        match self {
            Self::Exact(text) => text.as_bytes() == user,
            Self::Prefix(text) => user.starts_with(text.as_bytes()),
            Self::Expression(e) => e.regex.is_match(user),
        }
    }

    /// Whether the user part does not match, and some longer one that begins with it would.
    pub(super) fn wants_more(&self, user: &[u8]) -> bool {
        match self {
            Self::Exact(text) | Self::Prefix(text) => {
                text.len() > user.len() && text.as_bytes().starts_with(user)
            }
            Self::Expression(e) => {
                !e.regex.is_match(user) && e.automaton.as_ref().is_some_and(|a| leads_on(a, user))
            }
        }
    }

    /// The groups of the expression in this user part.
    pub(super) fn captures<'u>(&self, user: &'u [u8]) -> Option<Captures<'u>> {
        match self {
            Self::Expression(e) => e.regex.captures(user),
            _ => None,
        }
    }

    /// How many groups the expression has, the whole among them; 1 for what is no expression.
    pub fn groups(&self) -> usize {
        match self {
            Self::Expression(e) => e.regex.captures_len(),
            _ => 1,
        }
    }

    /// Whether the expression has a group of this name or number.
    pub fn has_group(&self, name: &str) -> bool {
        match (self, name.parse::<usize>()) {
            (_, Ok(number)) => number < self.groups(),
            (Self::Expression(e), Err(_)) => e.regex.capture_names().flatten().any(|n| n == name),
            _ => false,
        }
    }

    /// The same as an expression.
    fn source(&self) -> String {
        match self {
            Self::Exact(text) => regex_syntax::escape(text),
            Self::Prefix(text) => format!("{}(?s:.*)", regex_syntax::escape(text)),
            Self::Expression(e) => format!("(?:{})", e.canonical),
        }
    }
}

/// Whether every user part that one of `inner` matches, one of `outer` matches too. `false` also when the
/// expressions are too large to be sure. An empty list stands for any user part.
pub(super) fn includes(outer: &[UserPattern], inner: &[UserPattern]) -> bool {
    if outer.is_empty() {
        return true;
    }
    if inner.iter().all(|pattern| outer.contains(pattern)) && !inner.is_empty() {
        return true;
    }
    match (automaton(outer), automaton(inner)) {
        (Some(outer), Some(inner)) => walk(&outer, &inner).unwrap_or(false),
        _ => false,
    }
}

fn automaton(patterns: &[UserPattern]) -> Option<dense::DFA<Vec<u32>>> {
    let sources: Vec<String> = patterns.iter().map(UserPattern::source).collect();
    let union = if sources.is_empty() { "(?s:.*)".to_owned() } else { sources.join("|") };
    automaton_of(&union, AUTOMATON_BYTES_MAX)
}

/// The automaton of an expression without flags and comments, unless it would be larger than `bytes_max`.
fn automaton_of(expression: &str, bytes_max: usize) -> Option<dense::DFA<Vec<u32>>> {
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .determinize_size_limit(Some(bytes_max))
        .dfa_size_limit(Some(bytes_max));
    let syntax =
        regex_automata::util::syntax::Config::new().unicode(false).utf8(false).ignore_whitespace(false);
    dense::Builder::new()
        .configure(config)
        .syntax(syntax)
        .thompson(regex_automata::nfa::thompson::Config::new().utf8(false))
        .build(&whole(expression))
        .ok()
}

/// Whether the automaton is still alive after `user`.
fn leads_on(automaton: &dense::DFA<Vec<u32>>, user: &[u8]) -> bool {
    let start = start::Config::new().anchored(Anchored::Yes);
    let Ok(first) = automaton.start_state(&start) else { return false };
    let last = user.iter().fold(first, |state, &byte| automaton.next_state(state, byte));
    !automaton.is_dead_state(last)
}

/// Looks for a text that `inner` accepts and `outer` does not, through all pairs of states that some text reaches.
fn walk(outer: &dense::DFA<Vec<u32>>, inner: &dense::DFA<Vec<u32>>) -> Option<bool> {
    let start = start::Config::new().anchored(Anchored::Yes);
    let first = (outer.start_state(&start).ok()?, inner.start_state(&start).ok()?);
    let mut seen = BTreeSet::from([first]);
    let mut open = vec![first];
    while let Some((o, i)) = open.pop() {
        let accepts = |dfa: &dense::DFA<Vec<u32>>, state| dfa.is_match_state(dfa.next_eoi_state(state));
        if accepts(inner, i) && !accepts(outer, o) {
            return Some(false);
        }
        for byte in 0..=u8::MAX {
            let next = (outer.next_state(o, byte), inner.next_state(i, byte));
            if !inner.is_dead_state(next.1) && seen.insert(next) {
                open.push(next);
            }
        }
        if seen.len() > PAIRS_MAX {
            return None;
        }
    }
    Some(true)
}

/// The expression for the whole of a user part.
fn whole(text: &str) -> String {
    format!(r"\A(?:{text})\z")
}

/// Most memory of one compiled expression.
pub const EXPRESSION_BYTES_MAX: usize = 256 * 1024;
/// Most memory of one automaton of the comparison, which lives only while a configuration is checked.
const AUTOMATON_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most memory of the automaton that each expression keeps.
const PREFIXES_BYTES_MAX: usize = 64 * 1024;
/// Most pairs of states that the comparison looks at.
const PAIRS_MAX: usize = 50_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> UserPattern {
        UserPattern::expression(text).unwrap()
    }

    #[test]
    fn an_expression_matches_the_whole_user_part_or_not_at_all() {
        let dutch = expression(r"\+31[1-9][0-9]{8}");
        assert!(dutch.matches(b"+31201234567"));
        assert!(!dutch.matches(b"+312012345678") && !dutch.matches(b"0+31201234567"));
        assert!(expression("a|b").matches(b"b") && !expression("a|b").matches(b"bc"));
        assert!(expression(".").matches(b"\xff"));
        assert!(expression("(?x) 1 2 # a comment").matches(b"12"));
    }

    #[test]
    fn what_is_too_short_is_told_from_what_is_wrong() {
        let dutch = expression(r"\+31[1-9][0-9]{8}");
        assert!(["+", "+31", "+3120123456"].iter().all(|user| dutch.wants_more(user.as_bytes())));
        assert!(
            ["+31201234567", "+312012345678", "+32", "0"]
                .iter()
                .all(|user| !dutch.wants_more(user.as_bytes()))
        );
        let prefix = UserPattern::Prefix("0031".into());
        assert!(prefix.wants_more(b"00") && !prefix.wants_more(b"0031") && !prefix.wants_more(b"0032"));
        let exact = UserPattern::Exact("112".into());
        assert!(exact.wants_more(b"11") && !exact.wants_more(b"112"));
    }

    #[test]
    fn an_expression_that_would_take_for_ever_elsewhere_takes_no_time() {
        let evil = expression("(a*)*(b|a*)*c");
        assert!(!evil.matches(&[b'a'; 60_000]));
    }

    #[test]
    fn a_broken_expression_says_where_it_breaks() {
        let fault = UserPattern::expression("ab(c").unwrap_err();
        assert_eq!(fault.at, Some(2));
        assert!(UserPattern::expression(r"[0-9]{1000}{1000}").is_err());
        assert!(UserPattern::expression("a)(b").is_err(), "it cannot escape its anchors");
    }

    #[test]
    fn inclusion_of_languages() {
        let exact = |t: &str| UserPattern::Exact(t.into());
        let prefix = |t: &str| UserPattern::Prefix(t.into());
        for (outer, inner, expected) in [
            (vec![prefix("00")], vec![exact("0031")], true),
            (vec![prefix("00")], vec![prefix("0031")], true),
            (vec![prefix("0031")], vec![prefix("00")], false),
            (vec![expression("[0-9]+")], vec![exact("100"), exact("200")], true),
            (vec![expression("[0-9]+")], vec![exact("100"), exact("bob")], false),
            (vec![expression("[0-9]+")], vec![expression("0[1-9][0-9]{3}")], true),
            (vec![expression("0[1-9].*")], vec![expression("0[0-9]+")], false),
            (vec![prefix("1"), prefix("2")], vec![expression("[12][0-9]")], true),
            (vec![prefix("1")], vec![], false),
            (vec![], vec![prefix("1")], true),
            (vec![expression("(?i)bob")], vec![exact("BOB")], true),
            (vec![exact("bob")], vec![expression("(?i)bob")], false),
            (vec![expression(r"\+.*")], vec![prefix("+31")], true),
        ] {
            assert_eq!(includes(&outer, &inner), expected, "{outer:?} {inner:?}");
        }
    }
}
