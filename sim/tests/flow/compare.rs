//! What a message of ours has in common with the printed one: its kind and what its header fields say, not their
//! random parts.

use ringback_sim::Glance;
use std::collections::{BTreeMap, BTreeSet};

/// Which words of ours stand for which printed ones.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    words: BTreeMap<String, String>,
    /// Our CSeq numbers minus the printed ones, for each Call-ID.
    offsets: BTreeMap<String, i64>,
    /// The nonces of printed challenges that our node was sent.
    pub(crate) nonces: BTreeSet<String>,
}

impl Lexicon {
    /// Learns our words from a message of ours.
    pub(crate) fn learn(&mut self, printed: &Glance, ours: &Glance) {
        for name in ["from", "to"] {
            if let (Some(theirs), Some(tag)) = (printed.tag(name), ours.tag(name)) {
                self.word(theirs, tag);
            }
        }
        self.word(printed.call_id(), ours.call_id());
        for name in ["www-authenticate", "proxy-authenticate"] {
            for (p, o) in rows(printed, name).iter().zip(rows(ours, name)) {
                for key in ["nonce", "realm"] {
                    self.word(&parameter(p, key), &parameter(&o, key));
                }
            }
        }
        for name in ["contact", "record-route"] {
            let (theirs, uris) = (uris(printed, name), uris(ours, name));
            theirs.iter().zip(uris).for_each(|(p, o)| self.word(&plain(p), &o));
        }
    }

    fn word(&mut self, printed: &str, ours: &str) {
        if !printed.is_empty() {
            self.words.insert(printed.to_owned(), ours.to_owned());
        }
    }

    /// The word of ours for a printed one.
    pub(crate) fn of(&self, printed: &str) -> String {
        self.words.get(printed).cloned().unwrap_or_else(|| printed.to_owned())
    }

    /// The URI of ours for a printed one.
    pub(crate) fn uri(&self, printed: &str) -> String {
        self.words.get(&plain(printed)).cloned().unwrap_or_else(|| printed.to_owned())
    }
}

/// Each difference between a printed message and ours: the header field (or `start`, `body`), and what is wrong.
pub(crate) fn differences(
    printed: &Glance,
    ours: &Glance,
    lexicon: &mut Lexicon,
    is_end: bool,
) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    if printed.status != ours.status {
        faults.push(("start".to_owned(), ours.status.to_string()));
    }
    if plain(&lexicon.uri(&printed.uri)) != plain(&ours.uri) {
        faults.push(("start".to_owned(), ours.uri.clone()));
    }
    let of_no_use = |name: &str| name == "content-length" || name == "max-forwards" && printed.status > 0;
    for name in printed.headers.keys().filter(|n| !of_no_use(n)) {
        let shown = ours.headers.get(name).map_or(String::new(), |rows| rows.join(" | "));
        let is_same = match (name.as_str(), ours.headers.contains_key(name)) {
            (_, false) => false,
            ("via", _) => same_path(printed, ours),
            ("from" | "to", _) => same_party(printed, ours, name, lexicon),
            ("call-id", _) => lexicon.of(printed.call_id()) == ours.call_id(),
            ("cseq", _) => same_number(printed, ours, lexicon, is_end),
            ("max-forwards" | "content-type" | "expires", _) => printed.header(name) == ours.header(name),
            // Of its way out an end knows what it was told.
            ("route", _) if is_end && printed.tag("to").is_none() => {
                uris(printed, name).len() == uris(ours, name).len()
            }
            ("contact" | "route" | "record-route", _) => same_uris(printed, ours, name, lexicon),
            ("www-authenticate" | "proxy-authenticate", _) => same_challenge(printed, ours, name),
            ("authorization" | "proxy-authorization", _) => same_proof(printed, ours, name, lexicon),
            _ => true,
        };
        if !is_same {
            faults.push((name.clone(), shown));
        }
    }
    let same_body = if is_end { media(printed) == media(ours) } else { printed.body == ours.body };
    if !same_body {
        faults.push(("body".to_owned(), String::from_utf8_lossy(&ours.body).into_owned()));
    }
    faults
}

/// The same number of hops; those below ours with the same branch.
fn same_path(printed: &Glance, ours: &Glance) -> bool {
    let (theirs, ours_) = (rows(printed, "via"), rows(ours, "via"));
    let own = usize::from(printed.status == 0);
    let hop = |via: &String| {
        let sent_by = via.split(';').next().unwrap_or_default().split_whitespace().last().map(str::to_owned);
        (sent_by, parameter(via, "branch"))
    };
    let below = |rows: &[String]| rows.iter().skip(own).map(hop).collect::<Vec<_>>();
    theirs.len() == ours_.len()
        && (own == 0 || ours_[0].contains("branch=z9hG4bK"))
        && below(&theirs) == below(&ours_)
}

fn same_party(printed: &Glance, ours: &Glance, name: &str, lexicon: &mut Lexicon) -> bool {
    let uri = |g: &Glance| uris(g, name).first().map(|u| plain(u));
    let tags = (printed.tag(name).map(|t| lexicon.of(t)), ours.tag(name).map(str::to_owned));
    // Some printed responses lack the tag that they must have.
    let is_wrong = name == "to" && printed.status > 100 && tags.0.is_none();
    uri(printed) == uri(ours) && (tags.0 == tags.1 || is_wrong)
}

/// The method is the same, and so is the number at a relay; an end counts from where it likes.
fn same_number(printed: &Glance, ours: &Glance, lexicon: &mut Lexicon, is_end: bool) -> bool {
    let number = |g: &Glance| {
        g.header("cseq").and_then(|v| v.split(' ').next()).and_then(|n| n.parse::<i64>().ok()).unwrap_or(-1)
    };
    let offset = number(ours) - number(printed);
    let fixed = !is_end || printed.status > 0;
    let from = printed.tag("from").unwrap_or_default();
    let key = format!("{} {from}", printed.call_id());
    let known = if fixed { 0 } else { *lexicon.offsets.entry(key).or_insert(offset) };
    printed.method() == ours.method() && known == offset
}

fn same_uris(printed: &Glance, ours: &Glance, name: &str, lexicon: &Lexicon) -> bool {
    let theirs: Vec<String> = uris(printed, name).iter().map(|u| plain(&lexicon.uri(u))).collect();
    let ours: Vec<String> = uris(ours, name).iter().map(|u| plain(u)).collect();
    let secure = |uris: &[String]| uris.iter().filter(|u| u.starts_with("sips:")).count();
    theirs == ours && (name == "route" || secure(&uris(printed, name)) == secure(&ours))
}

fn same_challenge(printed: &Glance, ours: &Glance, name: &str) -> bool {
    let keys = ["realm", "nonce", "qop"];
    let ours = rows(ours, name);
    rows(printed, name).len() <= ours.len()
        && ours.iter().all(|row| keys.iter().all(|key| !parameter(row, key).is_empty()))
}

fn same_proof(printed: &Glance, ours: &Glance, name: &str, lexicon: &Lexicon) -> bool {
    let (theirs, ours) = (rows(printed, name), rows(ours, name));
    let same = |(p, o): (&String, &String)| {
        let words = |key: &str| (lexicon.of(&parameter(p, key)), parameter(o, key));
        let equal = ["username", "realm"].iter().all(|key| words(key).0 == words(key).1);
        // The printed nonces are not always those of the printed challenges.
        let nonce = words("nonce");
        equal
            && (nonce.0 == nonce.1 || lexicon.nonces.contains(&nonce.1))
            && !parameter(o, "response").is_empty()
            && !parameter(o, "uri").is_empty()
    };
    theirs.len() == ours.len() && theirs.iter().zip(&ours).all(same)
}

/// The kinds of media in a session description, and whether each is on.
fn media(glance: &Glance) -> Vec<(String, bool)> {
    let text = String::from_utf8_lossy(&glance.body).into_owned();
    let lines = text.lines().filter_map(|l| l.strip_prefix("m="));
    lines
        .map(|l| {
            let words: Vec<&str> = l.split(' ').collect();
            (format!("{} {}", words[0], words[2]), words[1] != "0")
        })
        .collect()
}

/// The values of a header field: commas split as far as an angle bracket follows.
pub(crate) fn rows(glance: &Glance, name: &str) -> Vec<String> {
    let rows = glance.headers.get(name).into_iter().flatten();
    rows.flat_map(|row| row.replace(", <", ",<").split(",<").map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The URIs of a header field.
pub(crate) fn uris(glance: &Glance, name: &str) -> Vec<String> {
    let uri = |row: &String| {
        let inner = row.rsplit('<').next().unwrap_or_default();
        inner.split('>').next().unwrap_or_default().to_owned()
    };
    rows(glance, name).iter().map(uri).collect()
}

/// A URI without what the printed flows leave out in one place and show in another.
fn plain(uri: &str) -> String {
    let kept = uri.split(';').filter(|part| !part.starts_with("transport="));
    kept.collect::<Vec<_>>().join(";")
}

/// The value of a parameter, without quotes.
pub(crate) fn parameter(row: &str, key: &str) -> String {
    let after = row.split([';', ',', ' ']).find_map(|p| p.strip_prefix(key)?.strip_prefix('='));
    after.unwrap_or_default().trim_matches('"').to_owned()
}
