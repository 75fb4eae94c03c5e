//! Messages between three parties as a ladder.

use super::news::Seen;
use ringback_roles::explain::Explainer;
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;
use std::fmt::Write as _;

/// Between which two of the three parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leg {
    /// The left one and the one in the middle.
    Left,
    /// The one in the middle and the right one.
    Right,
    /// The left one and the right one, both ways, past the one in the middle.
    Across,
}

/// A line of a ladder.
#[derive(Clone, Debug)]
pub(crate) struct Rung {
    pub(crate) at: Instant,
    pub(crate) leg: Leg,
    /// Whether it went to the right.
    pub(crate) goes_right: bool,
    /// The method, or the code and phrase.
    pub(crate) title: String,
    /// The method that a response belongs to; told when there is room for it.
    pub(crate) method: Option<String>,
    /// One sentence about a response.
    pub(crate) sentence: Option<String>,
}

impl Rung {
    /// What the phone on one side saw.
    pub(crate) fn of(seen: &Seen, leg: Leg, explainer: &Explainer) -> Option<Rung> {
        let message = Message::parse(&seen.bytes).ok()?;
        let token = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (title, method, sentence) = match message.status() {
            Some(status) => {
                let method = token(message.cseq().ok()?.method_token);
                let sentence = explainer.gist_in(status, &method);
                (format!("{status} {}", status.phrase()), Some(method), Some(sentence))
            }
            None => (token(message.method_token()), None, None),
        };
        let goes_right = seen.sent == (leg == Leg::Left);
        Some(Rung { at: seen.at, leg, goes_right, title, method, sentence })
    }

    /// The arrow with its title, `columns` wide.
    fn arrow(&self, columns: usize) -> String {
        let full = self.method.as_ref().map(|method| format!(" {} ({method}) ", self.title));
        let full = full.filter(|full| full.chars().count() < columns);
        let title = full.unwrap_or_else(|| format!(" {} ", self.title));
        let dashes = |taken: usize| columns.saturating_sub(title.chars().count() + taken);
        match (self.leg, self.goes_right) {
            (Leg::Across, _) => {
                let (left, right) = (dashes(2) / 2, dashes(2).div_ceil(2));
                format!("◀{}{title}{}▶", "═".repeat(left), "═".repeat(right))
            }
            (_, true) => format!("{title}{}▶", "─".repeat(dashes(1))),
            (_, false) => format!("◀{}{title}", "─".repeat(dashes(1))),
        }
    }
}

/// The ladder, the first message at the top.
pub(crate) fn ladder(names: [&str; 3], rungs: &[Rung]) -> String {
    let mut text = format!("{:>7} {:<WIDTH$}{:<WIDTH$}{}\n", "ms", names[0], names[1], names[2]);
    let Some(start) = rungs.first().map(|rung| rung.at) else { return text };
    let empty = " ".repeat(WIDTH - 1);
    for rung in rungs {
        let millis = rung.at.since(start).as_secs_f64() * 1000.0;
        let line = match rung.leg {
            Leg::Left => format!("{}│{empty}", rung.arrow(WIDTH - 1)),
            Leg::Right => format!("{empty}│{}", rung.arrow(WIDTH - 1)),
            Leg::Across => rung.arrow(2 * WIDTH - 1),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{millis:>7.1} │{line}│");
        for line in rung.sentence.iter().flat_map(|sentence| wrapped(sentence, 2 * WIDTH - 4)) {
            let _ = writeln!(text, "{:>7} │   {line}", "");
        }
    }
    text
}

/// The words of `sentence` in lines of at most `columns`.
fn wrapped(sentence: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Columns from one party to the next.
const WIDTH: usize = 38;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_between_their_parties_and_responses_have_their_sentence() {
        let rung = |leg, goes_right, title: &str, method: &str, sentence: Option<&str>| Rung {
            at: Instant::EPOCH,
            leg,
            goes_right,
            title: title.to_owned(),
            method: (!method.is_empty()).then(|| method.to_owned()),
            sentence: sentence.map(str::to_owned),
        };
        let text = ladder(
            ["alice", "server", "bob"],
            &[
                rung(Leg::Left, true, "INVITE", "", None),
                rung(Leg::Left, false, "407 Proxy Authentication Required", "INVITE", None),
                rung(Leg::Right, false, "180 Ringing", "INVITE", Some("The phone rings.")),
                rung(Leg::Across, true, "audio", "", None),
            ],
        );
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].contains("│ INVITE ─") && lines[1].contains("▶│ "), "{text}");
        assert!(
            lines[2].contains("│◀─ 407 Proxy Authentication Required │"),
            "no room for the method: {text}"
        );
        assert!(lines[3].contains("│◀─") && lines[3].ends_with("180 Ringing (INVITE) │"), "{text}");
        assert!(lines[4].ends_with("│   The phone rings."), "{text}");
        assert!(lines[5].contains("│◀══") && lines[5].ends_with("══▶│"), "{text}");
        let widths: Vec<_> = [1, 2, 3, 5].map(|n| lines[n].chars().count()).into();
        assert_eq!(widths, [85; 4], "{text}");
    }
}
