//! The name servers of the world: a zone as rows of text, and the trouble that they make.

use ringback_sip::flow::ResolveError;
use ringback_sip::journal::RecordKind;
use ringback_sip::time::Duration;
use ringback_sip::transport::locate::{ALIASES_MAX, Answer, Naptr, Question, Records, Srv};

/// What the name servers know.
///
/// One row a record: `name A 192.0.2.1`, `name AAAA 2001:db8::1`, `name CNAME other`, `name SRV priority weight port
/// target` (`.` for none), `name NAPTR order preference flags service expression replacement` (`-` for an empty field).
/// A name that has rows of other kinds only exists without that record; a name without rows does not exist. And the
/// trouble: `name SERVFAIL`, `name SILENT`, `name SLOW millis`; the name `*` is every name.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    rows: Vec<Vec<String>>,
}

/// What comes of a question, and how much later than usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) answer: Result<Answer, ResolveError>,
    pub(crate) late: Duration,
}

impl Zone {
    /// The zone that `text` writes down.
    pub fn new(text: &str) -> Self {
        let words = |row: &str| row.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        Zone { rows: text.lines().map(words).filter(|row| row.len() > 1).collect() }
    }

    /// Answers a question.
    ///
    /// # Panics
    /// When a row cannot be read.
    pub(crate) fn reply(&self, question: &Question) -> Reply {
        let (mut name, mut aliases) = (&*question.name, Vec::new());
        while let Some(row) = self.rows.iter().find(|row| is_of(row, name) && row[1] == "CNAME") {
            name = &row[2];
            aliases.push(name.into());
            if aliases.len() > ALIASES_MAX {
                return Reply { answer: Err(ResolveError::Failed), late: Duration::ZERO };
            }
        }
        let rows: Vec<&[String]> =
            self.rows.iter().filter(|row| is_of(row, name)).map(Vec::as_slice).collect();
        let trouble = |kind: &str| rows.iter().find(|row| row[1] == kind);
        let late = trouble("SLOW").map_or(Duration::ZERO, |row| Duration::from_millis(number(&row[2])));
        let answer = match () {
            () if trouble("SILENT").is_some() => Err(ResolveError::Timeout),
            () if trouble("SERVFAIL").is_some() => Err(ResolveError::Failed),
            () if rows.iter().all(|row| row[1] == "SLOW") => Err(ResolveError::NoSuchName),
            () => Ok(Answer { aliases, records: records(&rows, question.kind) }),
        };
        Reply { answer, late }
    }
}

fn is_of(row: &[String], name: &str) -> bool {
    row[0] == "*" || row[0].eq_ignore_ascii_case(name)
}

fn records(rows: &[&[String]], kind: RecordKind) -> Records {
    let of = |kinds: &'static [&str]| rows.iter().filter(|row| kinds.contains(&row[1].as_str()));
    match kind {
        RecordKind::Naptr => Records::Naptr(of(&["NAPTR"]).map(|row| naptr(row)).collect()),
        RecordKind::Srv => Records::Srv(of(&["SRV"]).map(|row| srv(row)).collect()),
        RecordKind::Address => {
            Records::Address(of(&["A", "AAAA"]).map(|row| row[2].parse().expect("an address")).collect())
        }
    }
}

fn naptr(row: &[String]) -> Naptr {
    let text = |at: usize| if row[at] == "-" { "" } else { row[at].as_str() };
    Naptr {
        order: number(&row[2]),
        preference: number(&row[3]),
        flags: text(4).as_bytes().into(),
        services: text(5).as_bytes().into(),
        expression: text(6).as_bytes().into(),
        replacement: text(7).into(),
    }
}

fn srv(row: &[String]) -> Srv {
    Srv {
        priority: number(&row[2]),
        weight: number(&row[3]),
        port: number(&row[4]),
        target: row[5].trim_end_matches('.').into(),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str =
        "a.test A 192.0.2.1\nb.test CNAME a.test\nloop.test CNAME loop.test\nslow.test SLOW 700
        slow.test A 192.0.2.2\nbad.test SERVFAIL\nmute.test SILENT";

    #[test]
    fn aliases_are_followed_and_a_loop_of_them_fails() {
        let reply = ask("b.test");
        let records = Records::Address(vec!["192.0.2.1".parse().unwrap()]);
        assert_eq!(reply.answer, Ok(Answer { aliases: vec!["a.test".into()], records }));
        assert_eq!(ask("loop.test").answer, Err(ResolveError::Failed));
    }

    #[test]
    fn trouble_is_what_the_zone_says() {
        assert_eq!(ask("nowhere.test").answer, Err(ResolveError::NoSuchName));
        assert_eq!(ask("bad.test").answer, Err(ResolveError::Failed));
        assert_eq!(ask("mute.test").answer, Err(ResolveError::Timeout));
        assert_eq!(ask("slow.test").late, Duration::from_millis(700));
        assert!(ask("slow.test").answer.is_ok());
    }

    fn ask(name: &str) -> Reply {
        Zone::new(ZONE).reply(&Question { name: name.into(), kind: RecordKind::Address })
    }
}
