//! How a word finds its topic, and what comes nearest when it finds none.

use super::{Kind, Topic};
use ringback_sip::registry::{Cause, HeaderName, StatusCode};

/// What a word leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This topic.
    Topic(Topic),
    /// Nothing; these come nearest.
    Nearest(Vec<Topic>),
}

/// Finds the topic that a word names: a code, name or phrase in any case, with or without hyphens and
/// spaces; `kind:word` where several topics share a word; a value of Reason such as `Q.850;cause=34`.
pub fn find(word: &str) -> Found {
    let word = word.trim();
    if let Some(topic) = from_reason(word) {
        return Found::Topic(topic);
    }
    let (kind, plain) = match word.split_once([':', ' ']).map(|(prefix, rest)| (kind_of(prefix), rest.trim()))
    {
        Some((Some(kind), rest)) if !rest.is_empty() => (Some(kind), rest),
        _ => (None, word),
    };
    let of_kind = |topic: &Topic| kind.is_none_or(|kind| topic.kind() == kind);
    match exact(kind, plain, of_kind).or_else(|| exact(None, word, |_| true)) {
        Some(topic) => Found::Topic(topic),
        None => Found::Nearest(nearest(plain)),
    }
}

/// Other topics that the same plain word names.
pub(super) fn namesakes(topic: Topic) -> impl Iterator<Item = Topic> {
    let word = key(&topic.word());
    Topic::all().filter(move |&other| other != topic && key(&other.word()) == word)
}

fn exact(kind: Option<Kind>, word: &str, of_kind: impl Fn(&Topic) -> bool) -> Option<Topic> {
    let wanted = key(word);
    if wanted.is_empty() {
        return None;
    }
    let find = |matches: &dyn Fn(Topic) -> bool| Topic::all().filter(&of_kind).find(|&topic| matches(topic));
    // A cause by its bare number is found only when it is asked for: 17 alone could be anything.
    let named =
        |topic: Topic| key(&topic.word()) == wanted && (topic.kind() != Kind::Cause || kind.is_some());
    find(&named)
        .or_else(|| find(&|topic| key(&format!("{}{}", topic.kind().key(), topic.word())) == wanted))
        .or_else(|| find(&|topic| key(topic.name()) == wanted))
        .or_else(|| compact_header(kind, word))
        .or_else(|| unnamed(kind, word))
}

/// A header field by its one-letter form.
fn compact_header(kind: Option<Kind>, word: &str) -> Option<Topic> {
    let name = HeaderName::from_bytes(word.as_bytes());
    let wanted = kind.is_none_or(|kind| kind == Kind::Header) && name != HeaderName::UNKNOWN;
    wanted.then_some(Topic::Header(name))
}

/// A class such as `4xx`, a status code that nobody registered, or a cause without a name.
fn unnamed(kind: Option<Kind>, word: &str) -> Option<Topic> {
    if let (Some(class), "xx") = (word.get(..1)?.parse::<u16>().ok(), word.get(1..)?.to_lowercase().as_str())
    {
        // x98 is registered in no class, so it is treated as what stands for the class.
        return StatusCode::new(class * 100 + 98).map(|code| Topic::Status(code.treated_as()));
    }
    match kind {
        None | Some(Kind::Code) => word.parse().ok().and_then(StatusCode::new).map(Topic::Status),
        Some(Kind::Cause) => word.parse().ok().and_then(Cause::new).map(Topic::Cause),
        Some(_) => None,
    }
}

/// A value of the Reason header field (RFC 3326 §2).
fn from_reason(word: &str) -> Option<Topic> {
    let (protocol, rest) = word.split_once(';')?;
    let value = rest.split(';').find_map(|parameter| parameter.trim().strip_prefix("cause="))?;
    match protocol.trim().to_ascii_lowercase().as_str() {
        "q.850" => value.trim().parse().ok().and_then(Cause::new).map(Topic::Cause),
        "sip" => value.trim().parse().ok().and_then(StatusCode::new).map(Topic::Status),
        _ => None,
    }
}

fn kind_of(prefix: &str) -> Option<Kind> {
    Some(match prefix.to_ascii_lowercase().as_str() {
        "code" | "status" | "sip" => Kind::Code,
        "method" => Kind::Method,
        "timer" => Kind::Timer,
        "id" | "identifier" => Kind::Identifier,
        "header" => Kind::Header,
        "q850" | "q.850" | "cause" => Kind::Cause,
        "option" | "tag" => Kind::Option,
        "event" => Kind::Event,
        "warn" | "warning" => Kind::Warning,
        "uri" => Kind::UriParameter,
        _ => return None,
    })
}

/// Letters and digits only, in lower case.
fn key(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn nearest(word: &str) -> Vec<Topic> {
    let wanted = key(word);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut scored: Vec<(usize, Topic)> = Topic::all()
        .filter_map(|topic| {
            let name = key(topic.name());
            let distance = if wanted.len() >= 3 && name.contains(&wanted) {
                1
            } else {
                edit_distance(&wanted, &key(&topic.word())).min(edit_distance(&wanted, &name))
            };
            (distance <= DISTANCE_MAX.min(wanted.len() / 2)).then_some((distance, topic))
        })
        .collect();
    scored.sort_by_key(|&(distance, _)| distance);
    scored.into_iter().map(|(_, topic)| topic).take(NEAREST_MAX).collect()
}

/// The least number of letters to add, drop or change that makes one word the other.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The most letters in which a suggestion may differ.
const DISTANCE_MAX: usize = 3;

/// The most suggestions.
const NEAREST_MAX: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_found_by_its_id() {
        for topic in Topic::all() {
            assert_eq!(find(&topic.id()), Found::Topic(topic));
            assert_eq!(find(&topic.id().to_uppercase()), Found::Topic(topic));
        }
    }

    #[test]
    fn people_write_names_in_many_ways() {
        let rows = [
            ("Busy Here", "486"),
            ("status:486", "486"),
            ("refer", "REFER"),
            ("Timer B", "timer-b"),
            ("timerb", "timer-b"),
            ("t1", "T1"),
            ("Call ID", "call-id"),
            ("header:Call-ID", "header:Call-ID"),
            ("v", "Via"),
            ("Q.850:34", "q850:34"),
            ("cause 34", "q850:34"),
            ("Q.850;cause=16;text=\"Normal call clearing\"", "q850:16"),
            ("SIP ;cause=487", "487"),
            ("user busy", "q850:17"),
            ("100rel", "option:100rel"),
            ("presence.winfo", "event:presence.winfo"),
            ("370", "warn:370"),
            ("499", "499"),
            ("4xx", "400"),
            ("1XX", "183"),
            ("6xx", "600"),
            ("q850:120", "q850:120"),
        ];
        for (word, id) in rows {
            match find(word) {
                Found::Topic(topic) => assert_eq!(topic.id(), id, "{word}"),
                Found::Nearest(near) => panic!("{word}: nothing found, near: {near:?}"),
            }
        }
    }

    #[test]
    fn misspelt_words_get_suggestions() {
        let rows =
            [("REFFER", "REFER"), ("timer-z", "timer-a"), ("busy", "486"), ("Max-Forward", "max-forwards")];
        for (word, id) in rows {
            let Found::Nearest(near) = find(word) else { panic!("{word} was found") };
            assert!(near.iter().any(|topic| topic.id() == id), "{word}: {near:?}");
            assert!(near.len() <= NEAREST_MAX);
        }
        assert_eq!(find("xyzzyplugh"), Found::Nearest(Vec::new()));
        assert_eq!(find(""), Found::Nearest(Vec::new()));
    }

    #[test]
    fn bare_small_numbers_suggest_the_cause() {
        let Found::Nearest(near) = find("34") else { panic!("34 was found") };
        assert_eq!(near.first().map(|topic| topic.id()).as_deref(), Some("q850:34"));
    }

    #[test]
    fn topics_of_one_word_know_each_other() {
        let ids = |word| match find(word) {
            Found::Topic(topic) => namesakes(topic).map(Topic::id).collect::<Vec<_>>(),
            Found::Nearest(_) => Vec::new(),
        };
        assert_eq!(ids("380"), ["warn:380"]);
        assert_eq!(ids("199"), ["option:199"]);
        assert_eq!(ids("replaces"), ["option:replaces"]);
        assert_eq!(ids("REFER"), ["event:refer"]);
    }
}
