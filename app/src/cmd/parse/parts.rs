//! The typed view of a header field, as data that is shown as text or as JSON.

use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{
    Host, Line, Message, NameAddr, Params, Scheme, Uri, Via, parse_u32, split_commas, unquote,
};
use serde_json::{Map, Value};

/// A value with a name for each of its parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(String),
    Number(u64),
    Flag(bool),
    Map(Vec<(String, Part)>),
}

impl Part {
    pub(super) fn text(bytes: &[u8]) -> Part {
        Part::Text(readable(bytes))
    }

    /// A map without the empty texts, which stand for what is absent.
    pub(super) fn map<const N: usize>(parts: [(&str, Part); N]) -> Part {
        let kept = parts.into_iter().filter(|(_, part)| match part {
            Part::Text(text) => !text.is_empty(),
            Part::Map(map) => !map.is_empty(),
            _ => true,
        });
        Part::Map(kept.map(|(name, part)| (name.to_owned(), part)).collect())
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Part::Text(text) => Value::from(text.as_str()),
            Part::Number(n) => Value::from(*n),
            Part::Flag(flag) => Value::from(*flag),
            Part::Map(parts) => Value::Object(
                parts.iter().map(|(name, part)| (name.clone(), part.json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// Writes the part, one line for each leaf of a map.
    pub(super) fn write(&self, depth: usize, out: &mut String) {
        let indent = " ".repeat(5 + 2 * depth - 2);
        match self {
            Part::Map(parts) => {
                for (name, part) in parts {
                    match part {
                        Part::Map(_) => {
                            out.push_str(&format!("{indent}{name}\n"));
                            part.write(depth + 1, out);
                        }
                        leaf => out.push_str(&format!("{indent}{name} = {}\n", leaf.leaf())),
                    }
                }
            }
            leaf => out.push_str(&format!("{indent}{}\n", leaf.leaf())),
        }
    }

    fn leaf(&self) -> String {
        match self {
            Part::Text(text) => text.clone(),
            Part::Number(n) => n.to_string(),
            Part::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            Part::Map(_) => String::new(),
        }
    }
}

/// Bytes for a person: folds are one space, control characters and broken UTF-8 are shown as escapes.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let mut folded = false;
        for c in chunk.valid().chars() {
            match c {
                '\r' | '\n' => folded = true,
                ' ' | '\t' if folded => {}
                c => {
                    if core::mem::take(&mut folded) {
                        out.push(' ');
                    }
                    if c == '\t' || !c.is_control() { out.push(c) } else { out.extend(c.escape_default()) }
                }
            }
        }
        chunk.invalid().iter().for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    out
}

/// The typed values of a row; none for a field that is only text.
pub(super) fn field(message: &Message<'_>, line: &Line) -> Vec<Part> {
    use HeaderName as H;
    let row = message.value_of(line);
    match line.name {
        H::VIA => split_commas(row).filter_map(|v| Via::parse(v).ok()).map(|v| via(&v)).collect(),
        H::FROM | H::TO | H::REFER_TO => address(line.name, row).into_iter().collect(),
        H::CONTACT | H::ROUTE | H::RECORD_ROUTE | H::PATH | H::REPLY_TO | H::P_ASSERTED_IDENTITY => {
            split_commas(row).filter_map(|value| address(line.name, value)).collect()
        }
        H::CSEQ => message
            .cseq()
            .into_iter()
            .map(|cseq| {
                Part::map([
                    ("number", Part::Number(u64::from(cseq.number))),
                    ("method", Part::text(cseq.method_token)),
                    ("registered", Part::Flag(cseq.method.is_some())),
                ])
            })
            .collect(),
        H::MAX_FORWARDS | H::CONTENT_LENGTH | H::EXPIRES | H::MIN_EXPIRES | H::RSEQ => {
            parse_u32(row).map(|n| Part::Number(u64::from(n))).into_iter().collect()
        }
        H::ALLOW | H::SUPPORTED | H::REQUIRE | H::PROXY_REQUIRE | H::UNSUPPORTED => {
            split_commas(row).map(Part::text).collect()
        }
        _ => Vec::new(),
    }
}

fn via(via: &Via<'_>) -> Part {
    Part::map([
        ("transport", Part::text(via.transport_token)),
        ("host", Part::text(via.host)),
        ("port", port(via.port)),
        ("params", params(via.params)),
    ])
}

fn address(name: HeaderName, value: &[u8]) -> Option<Part> {
    let address = NameAddr::parse(name, value).ok()?;
    let target = if address.is_star() { Part::text(b"*") } else { uri(address.uri) };
    Some(Part::map([
        ("display", Part::text(&unquote(address.display))),
        ("uri", target),
        ("params", params(address.params)),
    ]))
}

/// The parts of a URI; the URI alone when it has none.
pub(super) fn uri(raw: &[u8]) -> Part {
    let Ok(uri) = Uri::parse(raw) else { return Part::text(raw) };
    let (scheme, user) = match uri.scheme {
        Scheme::Sip => (&b"sip"[..], uri.user),
        Scheme::Sips => (&b"sips"[..], uri.user),
        Scheme::Tel => (&b"tel"[..], uri.user),
        Scheme::Other(name) => (name, raw.get(name.len() + 1..).unwrap_or_default()),
    };
    let user_name = match uri.scheme {
        Scheme::Tel => "number",
        Scheme::Other(_) => "rest",
        _ => "user",
    };
    let Host(host) = uri.host;
    Part::map([
        ("scheme", Part::text(scheme)),
        (user_name, Part::text(user)),
        ("password", Part::text(if uri.password.is_some() { b"(hidden)" } else { b"" })),
        ("host", Part::text(host)),
        ("port", port(uri.port)),
        ("params", params(uri.params)),
        ("headers", Part::text(uri.headers)),
    ])
}

fn port(port: Option<u16>) -> Part {
    port.map_or(Part::Text(String::new()), |n| Part::Number(u64::from(n)))
}

fn params(params: Params<'_>) -> Part {
    let parts = params.iter().map(|(name, value)| {
        let value = value.map_or(Part::Flag(true), |v| Part::text(&unquote(v)));
        (readable(name), value)
    });
    Part::Map(parts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bytes_cannot_reach_the_terminal() {
        assert_eq!(readable(b"a\r\n \t b\x1b[1m\xff\0"), "a b\\u{1b}[1m\\xff\\u{0}");
        assert_eq!(readable("é\t.".as_bytes()), "é\t.");
    }

    #[test]
    fn uris_of_every_scheme_have_their_parts() {
        let json = |raw: &str| uri(raw.as_bytes()).json().to_string();
        assert_eq!(
            json("sips:a:secret@b:5;lr?x=y"),
            r#"{"headers":"x=y","host":"b","params":{"lr":true},"password":"(hidden)","port":5,"scheme":"sips","user":"a"}"#
        );
        assert_eq!(json("tel:+1-2;ext=3"), r#"{"number":"+1-2","params":{"ext":"3"},"scheme":"tel"}"#);
        assert_eq!(json("urn:service:sos"), r#"{"rest":"service:sos","scheme":"urn"}"#);
        assert_eq!(json("<sip:a>"), r#""<sip:a>""#);
    }
}
