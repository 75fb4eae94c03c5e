//! Texts with places for parts of the URI: `{user}`, `{domain}`, and the groups of an expression, `{1}` or `{name}`.

use super::pattern::UserPattern;
use regex::bytes::Captures;

/// A text with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Box<[Part]>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    User,
    Domain,
    Group(Box<str>),
}

/// Why a text is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateFault {
    /// A `{` without its `}`, or the other way round, at this byte.
    Brace(usize),
}

/// What the places stand for.
#[derive(Debug)]
pub(super) struct Values<'a> {
    pub(super) user: &'a [u8],
    pub(super) domain: &'a [u8],
    pub(super) groups: Option<&'a Captures<'a>>,
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// A brace stands alone.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let mut parts = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let Some(brace) = rest.find(['{', '}']) else {
                parts.push(Part::Text(rest.into()));
                break;
            };
            if brace > 0 {
                parts.push(Part::Text(rest[..brace].into()));
            }
            let fault = TemplateFault::Brace(at + brace);
            let inner = rest[brace..].strip_prefix('{').ok_or(fault)?;
            let end = inner.find(['{', '}']).filter(|&end| inner[end..].starts_with('}')).ok_or(fault)?;
            parts.push(match &inner[..end] {
                "user" => Part::User,
                "domain" => Part::Domain,
                group => Part::Group(group.into()),
            });
            at += brace + end + 2;
        }
        Ok(Template(parts.into()))
    }

    /// The first place that names a group which one of the patterns does not have; all have none when there is no
    /// pattern.
    pub fn unknown_group(&self, patterns: &[UserPattern]) -> Option<&str> {
        self.0.iter().find_map(|part| match part {
            Part::Group(name) if patterns.is_empty() || !patterns.iter().all(|p| p.has_group(name)) => {
                Some(&**name)
            }
            _ => None,
        })
    }

    /// The text with every place filled by `x`, to see what it is.
    pub fn sample(&self) -> String {
        let fill = |part: &Part| match part {
            Part::Text(text) => text.to_string(),
            _ => "x".to_owned(),
        };
        self.0.iter().map(fill).collect()
    }

    /// Fills the places; `escape` is done to what a peer may have chosen.
    pub(super) fn fill(&self, values: &Values<'_>, escape: impl Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
        let mut text = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(own) => text.extend_from_slice(own.as_bytes()),
                Part::User => escape(values.user, &mut text),
                Part::Domain => text.extend_from_slice(values.domain),
                Part::Group(name) => {
                    let group = values.groups.and_then(|groups| match name.parse::<usize>() {
                        Ok(number) => groups.get(number),
                        Err(_) => groups.name(name),
                    });
                    escape(group.map_or(b"", |g| g.as_bytes()), &mut text);
                }
            }
        }
        text
    }
}

/// Writes a user part with the escapes that it needs (RFC 3261 §25.1, `user`).
pub fn escape_user(user: &[u8], text: &mut Vec<u8>) {
    for &byte in user {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            text.push(byte);
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            text.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_what_a_peer_chose_is_escaped() {
        let template = Template::parse("sip:{1}-{user}@{domain}").unwrap();
        let pattern = UserPattern::expression("(.*)x(?<rest>.*)").unwrap();
        let groups = pattern.captures(b"a bx?>c").unwrap();
        let values = Values { user: b"a b", domain: b"d.test", groups: Some(&groups) };
        assert_eq!(template.fill(&values, escape_user), b"sip:a%20b-a%20b@d.test");
        assert_eq!(Template::parse("{rest}").unwrap().fill(&values, escape_user), b"?%3Ec");
        assert_eq!(template.sample(), "sip:x-x@x");
    }

    #[test]
    fn a_brace_alone_and_an_unknown_group_are_found() {
        assert_eq!(Template::parse("a{user"), Err(TemplateFault::Brace(1)));
        assert_eq!(Template::parse("a}b"), Err(TemplateFault::Brace(1)));
        assert_eq!(Template::parse("{a{b}}"), Err(TemplateFault::Brace(0)));
        let patterns = [UserPattern::expression("(.)(?<n>.)").unwrap()];
        let unknown = |text: &str| {
            let template = Template::parse(text).unwrap();
            template.unknown_group(&patterns).map(str::to_owned)
        };
        assert_eq!(
            (unknown("{0}{2}{n}"), unknown("{3}"), unknown("{m}")),
            (None, Some("3".into()), Some("m".into()))
        );
        let template = Template::parse("{1}").unwrap();
        assert_eq!(template.unknown_group(&[UserPattern::Prefix("0".into())]), Some("1"));
        assert_eq!(template.unknown_group(&[]), Some("1"));
    }
}
