//! Messages between three parties as a ladder.

use super::news::Seen;
use ringback_roles::explain::{Explainer, Topic};
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;
use std::fmt::Write as _;

/// A message between the server in the middle and one of its sides.
#[derive(Clone, Debug)]
pub(crate) struct Rung {
    pub(crate) at: Instant,
    /// Whether it went between the server and the right side, else the left one.
    pub(crate) is_right: bool,
    /// Whether it went to the right.
    pub(crate) goes_right: bool,
    /// The method, or the code and phrase.
    pub(crate) title: String,
    /// One sentence about a response.
    pub(crate) sentence: Option<String>,
}

impl Rung {
    /// What the phone on the left or right saw.
    pub(crate) fn of(seen: &Seen, is_right: bool, explainer: &Explainer) -> Option<Rung> {
        let message = Message::parse(&seen.bytes).ok()?;
        let (title, sentence) = match message.status() {
            Some(status) => {
                let cseq = message.cseq().ok()?;
                let method = String::from_utf8_lossy(cseq.method_token).into_owned();
                let title = format!("{status} {} ({method})", status.phrase());
                (title, Some(explainer.gist(Topic::Status(status))))
            }
            None => (String::from_utf8_lossy(message.method_token()).into_owned(), None),
        };
        Some(Rung { at: seen.at, is_right, goes_right: seen.sent != is_right, title, sentence })
    }
}

/// The ladder, the first message at the top.
pub(crate) fn ladder(names: [&str; 3], rungs: &[Rung]) -> String {
    let mut text = format!("{:>9} {:<WIDTH$}{:<WIDTH$}{}\n", "ms", names[0], names[1], names[2]);
    let Some(start) = rungs.first().map(|rung| rung.at) else { return text };
    for rung in rungs {
        let millis = rung.at.since(start).as_secs_f64() * 1000.0;
        let title = format!(" {} ", rung.title);
        let dashes = "─".repeat((WIDTH - 2).saturating_sub(title.chars().count()));
        let arrow =
            if rung.goes_right { format!("{title}{dashes}▶") } else { format!("◀{dashes}{title}") };
        let arrow = format!("{arrow:<width$}", width = WIDTH - 1);
        let empty = " ".repeat(WIDTH - 1);
        let (left, right) = if rung.is_right { (&empty, &arrow) } else { (&arrow, &empty) };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{millis:>9.1} │{left}│{right}│");
        if let Some(sentence) = &rung.sentence {
            for line in wrapped(sentence, 2 * WIDTH - 4) {
                let _ = writeln!(text, "{:>9} │   {line}", "");
            }
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
const WIDTH: usize = 42;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_between_their_parties_and_responses_have_their_sentence() {
        let rung = |is_right, goes_right, title: &str, sentence: Option<&str>| Rung {
            at: Instant::EPOCH,
            is_right,
            goes_right,
            title: title.to_owned(),
            sentence: sentence.map(str::to_owned),
        };
        let text = ladder(
            ["alice", "server", "bob"],
            &[rung(false, true, "INVITE", None), rung(true, false, "180 Ringing", Some("The phone rings."))],
        );
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].contains("│ INVITE ─") && lines[1].contains("▶│ "), "{text}");
        assert!(lines[2].contains("│◀─") && lines[2].ends_with("180 Ringing │"), "{text}");
        assert!(lines[3].ends_with("│   The phone rings."), "{text}");
    }
}
