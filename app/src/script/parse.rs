//! Reads a script: pure, and tells all that is wrong with it.

use super::fault::{Fault, FaultKind};
use super::step::{Action, AgentLine, Script, Sound, Step, Told, Wanted};
use super::words::{Word, words};
use crate::phone::{digits, duration, sip_uri};
use ringback_sip::registry::StatusCode;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// The steps: how each begins, and its usage.
const STEPS: &[(&str, &str)] = &[
    ("register", "register [expect CODE]"),
    ("unregister", "unregister [expect CODE]"),
    ("call", "call URI [as NAME] [expect CODE]"),
    ("answer", "answer [180|183|200] [in NAME]"),
    ("reject", "reject CODE [URI] [in NAME]"),
    ("hangup", "hangup [in NAME]"),
    ("hold", "hold [in NAME] [expect CODE]"),
    ("resume", "resume [in NAME] [expect CODE]"),
    ("send", "send digits DIGITS [in NAME]"),
    ("transfer", "transfer to URI [in NAME] [expect CODE]"),
    ("join", "join NAME [in NAME] [expect CODE]"),
    ("follow", "follow [as NAME]"),
    ("message", "message URI TEXT [expect CODE]"),
    ("publish", "publish open|closed [NOTE] [expect CODE]"),
    ("unpublish", "unpublish"),
    ("watch", "watch EVENT URI [expect CODE]"),
    ("unwatch", "unwatch"),
    ("play", "play tone HZ | play FILE | play silence"),
    ("record", "record FILE"),
    ("wait", "wait TIME"),
    ("expect", "expect CODE | expect EVENT … [in NAME] [within TIME]"),
];

/// What can be expected, beside a code.
const EVENTS: &[&str] =
    &["call", "answer", "hangup", "hold", "resume", "digits", "message", "notify", "refer", "transfer"];

/// Reads a script.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Script, Vec<Fault>> {
    let mut reader =
        Reader { script: Script { agents: Vec::new(), steps: Vec::new() }, calls: BTreeSet::new() };
    let mut faults = Vec::new();
    let mut start = 0;
    for (number, line) in text.split('\n').enumerate() {
        if let Err(fault) = reader.line(number + 1, line, start) {
            faults.push(fault);
        }
        start += line.len() + 1;
    }
    if faults.is_empty() { Ok(reader.script) } else { Err(faults) }
}

struct Reader {
    script: Script,
    /// The names of calls that were given, with their agent.
    calls: BTreeSet<(usize, String)>,
}

impl Reader {
    fn line(&mut self, line: usize, text: &str, start: usize) -> Result<(), Fault> {
        let words = words(text, start)?;
        let Some(first) = words.first() else { return Ok(()) };
        if first.text == "agent" && !first.is_quoted {
            let agent = self.agent(&words)?;
            self.script.agents.push(agent);
            return Ok(());
        }
        let named = first.text.strip_suffix(':').filter(|_| !first.is_quoted);
        let agent = self.whose(named, first)?;
        let step = Rest { words: &words[usize::from(named.is_some())..], next: 0, line: &words, usage: "" };
        let step = self.step(step, agent)?;
        let end = words.last().map_or(start, |word| word.at.end);
        let text = text[..end - start].trim().to_owned();
        self.script.steps.push(Step { line, text, ..step });
        Ok(())
    }

    fn agent(&self, words: &[Word]) -> Result<AgentLine, Fault> {
        let mut rest =
            Rest { words: &words[1..], next: 0, line: words, usage: "agent NAME URI [--OPTION VALUE …]" };
        let name = rest.need("a name")?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !name.text.chars().all(is_name) {
            return Err(Fault::new(FaultKind::BadName { name: name.text.clone() }, name.at.clone()));
        }
        if self.script.agents.iter().any(|agent| agent.name == name.text) {
            return Err(Fault::new(FaultKind::AgentTwice { name: name.text.clone() }, name.at.clone()));
        }
        let address = rest.uri("an address")?;
        let options = rest.words[rest.next..].iter().map(|word| word.text.clone()).collect();
        let at = words.first().map_or(0, |word| word.at.start)..words.last().map_or(0, |word| word.at.end);
        Ok(AgentLine { name: name.text.clone(), address, options, at })
    }

    /// Whose step a line is.
    fn whose(&self, named: Option<&str>, first: &Word) -> Result<usize, Fault> {
        let agents = &self.script.agents;
        let fault = |kind| Err(Fault::new(kind, first.at.clone()));
        match named {
            _ if agents.is_empty() => fault(FaultKind::NoAgent),
            Some(name) => match agents.iter().position(|agent| agent.name == name) {
                Some(place) => Ok(place),
                None => {
                    let known = agents.iter().map(|agent| agent.name.clone()).collect();
                    fault(FaultKind::UnknownAgent { name: name.to_owned(), known })
                }
            },
            None if agents.len() == 1 => Ok(0),
            None => fault(FaultKind::NoName),
        }
    }

    fn step(&mut self, mut rest: Rest<'_>, agent: usize) -> Result<Step, Fault> {
        rest.usage = "NAME: STEP";
        let verb = rest.need("to say what is done")?;
        let Some((name, usage)) = STEPS.iter().find(|(name, _)| *name == verb.text) else {
            let near = nearest(&verb.text, STEPS.iter().map(|(name, _)| *name));
            return Err(Fault::new(
                FaultKind::UnknownStep { name: verb.text.clone(), near },
                verb.at.clone(),
            ));
        };
        rest.usage = usage;
        let action = action(name, &mut rest)?;
        if let Action::Join { with } = &action {
            self.known_call(agent, with, rest.last())?;
        }
        let mut step = Step {
            line: 0,
            text: String::new(),
            agent,
            action,
            call: None,
            name: None,
            answer: None,
            within: None,
        };
        while let Some(word) = rest.take() {
            match word.text.as_str() {
                "within" if can_wait(&step.action) => step.within = Some(rest.time()?),
                "as" if begins_call(&step.action) => step.name = Some(rest.need("a name")?.text.clone()),
                "in" if is_in_call(&step.action) => {
                    let named = rest.need("the name of a call")?;
                    self.known_call(agent, &named.text, named)?;
                    step.call = Some(named.text.clone());
                }
                "expect" if is_answered(&step.action) => step.answer = Some(rest.code(100..=699, "a code")?),
                clause => {
                    let clauses = ["within", "as", "in", "expect"];
                    let kind = match clauses.into_iter().find(|known| *known == clause && !word.is_quoted) {
                        Some(clause) => FaultKind::Meaningless { clause, verb: (*name).to_owned() },
                        None => FaultKind::TooMuch { usage },
                    };
                    return Err(Fault::new(kind, word.at.clone()));
                }
            }
        }
        if let Some(name) = &step.name {
            self.calls.insert((agent, name.clone()));
        }
        Ok(step)
    }

    fn known_call(&self, agent: usize, name: &str, word: &Word) -> Result<(), Fault> {
        if self.calls.contains(&(agent, name.to_owned())) {
            return Ok(());
        }
        Err(Fault::new(FaultKind::UnknownCall { name: name.to_owned() }, word.at.clone()))
    }
}

fn action(verb: &str, rest: &mut Rest<'_>) -> Result<Action, Fault> {
    Ok(match verb {
        "register" => Action::Register,
        "unregister" => Action::Unregister,
        "call" => Action::Call { target: rest.uri("whom to call")? },
        "answer" if rest.has_number() => {
            let codes = [StatusCode::RINGING, StatusCode::SESSION_PROGRESS, StatusCode::OK];
            Action::Answer(codes[rest.one_of("180, 183, 200", &["180", "183", "200"])?])
        }
        "answer" => Action::Answer(StatusCode::OK),
        "reject" => {
            let status = rest.code(300..=699, "a code from 300 to 699")?;
            Action::Reject { status, contact: rest.uri_if_any()? }
        }
        "hangup" => Action::Hangup,
        "hold" => Action::Hold,
        "resume" => Action::Resume,
        "send" => {
            rest.keyword("digits")?;
            Action::Digits(rest.digits()?)
        }
        "transfer" => {
            rest.keyword("to")?;
            Action::Transfer { target: rest.uri("where to")? }
        }
        "join" => Action::Join { with: rest.need("the name of a call")?.text.clone() },
        "follow" => Action::Follow,
        "message" => {
            let target = rest.uri("to whom")?;
            Action::Message { target, text: rest.need("a text")?.text.clone() }
        }
        "publish" => {
            let open = rest.one_of("open or closed", &["open", "closed"])? == 0;
            Action::Publish { open, note: rest.text_if_any() }
        }
        "unpublish" => Action::Unpublish,
        "watch" => {
            let package = rest.need("an event, such as presence")?.text.clone();
            Action::Watch { package, target: rest.uri("whom to watch")? }
        }
        "unwatch" => Action::Unwatch,
        "play" => Action::Play(rest.sound()?),
        "record" => Action::Record(PathBuf::from(&rest.need("a file")?.text)),
        "wait" => Action::Wait(rest.time()?),
        _ => Action::Expect(wanted(rest)?),
    })
}

fn wanted(rest: &mut Rest<'_>) -> Result<Wanted, Fault> {
    if rest.has_number() {
        return rest.code(100..=699, "a code").map(Wanted::Status);
    }
    let event = rest.need("a code or an event")?;
    Ok(match event.text.as_str() {
        "call" => Wanted::Call,
        "answer" => Wanted::Established,
        "hangup" => Wanted::Hangup,
        "hold" => Wanted::Hold,
        "resume" => Wanted::Resume,
        "digits" => Wanted::Digits(rest.digits()?),
        "message" => Wanted::Message(rest.text_if_any()),
        "notify" => Wanted::Notify(rest.told()),
        "refer" => Wanted::Refer,
        "transfer" if rest.has_number() => {
            Wanted::Transfer(Some(rest.code(200..=699, "a code from 200 to 699")?))
        }
        "transfer" => Wanted::Transfer(None),
        name => {
            let near = nearest(name, EVENTS.iter().copied());
            return Err(Fault::new(
                FaultKind::UnknownEvent { name: name.to_owned(), near },
                event.at.clone(),
            ));
        }
    })
}

/// Whether the step waits for something.
fn can_wait(action: &Action) -> bool {
    !matches!(action, Action::Play(_) | Action::Record(_) | Action::Wait(_) | Action::Answer(_))
}

/// Whether a final response ends the step.
fn is_answered(action: &Action) -> bool {
    use Action::{Call, Hold, Join, Message, Publish, Register, Resume, Transfer, Unregister, Watch};
    matches!(
        action,
        Register
            | Unregister
            | Call { .. }
            | Hold
            | Resume
            | Transfer { .. }
            | Join { .. }
            | Message { .. }
            | Publish { .. }
            | Watch { .. }
    )
}

/// Whether a call begins with the step.
fn begins_call(action: &Action) -> bool {
    matches!(action, Action::Call { .. } | Action::Follow | Action::Expect(Wanted::Call))
}

/// Whether the step is about a call that there is.
fn is_in_call(action: &Action) -> bool {
    use Action::{Answer, Digits, Expect, Hangup, Hold, Join, Play, Reject, Resume, Transfer};
    match action {
        Answer(_)
        | Reject { .. }
        | Hangup
        | Hold
        | Resume
        | Digits(_)
        | Transfer { .. }
        | Join { .. }
        | Play(_) => true,
        Expect(wanted) => !matches!(wanted, Wanted::Call | Wanted::Message(_) | Wanted::Notify(_)),
        _ => false,
    }
}

/// The words of a step that were not read yet.
struct Rest<'a> {
    words: &'a [Word],
    next: usize,
    /// All words of the line.
    line: &'a [Word],
    usage: &'static str,
}

impl<'a> Rest<'a> {
    fn take(&mut self) -> Option<&'a Word> {
        let word = self.words.get(self.next)?;
        self.next += 1;
        Some(word)
    }

    /// The word that was read last.
    fn last(&self) -> &'a Word {
        &self.words[self.next - 1]
    }

    fn need(&mut self, what: &'static str) -> Result<&'a Word, Fault> {
        let end = self.line.last().map_or(0..0, |word| word.at.clone());
        self.take().ok_or_else(|| Fault::new(FaultKind::Missing { what, usage: self.usage }, end))
    }

    fn keyword(&mut self, word: &'static str) -> Result<(), Fault> {
        self.one_of(word, &[word]).map(drop)
    }

    /// Which of some words stands here.
    fn one_of(&mut self, what: &'static str, words: &[&'static str]) -> Result<usize, Fault> {
        let word = self.need(what)?;
        words.iter().position(|known| *known == word.text).ok_or_else(|| {
            Fault::new(FaultKind::NotOneOf { text: word.text.clone(), known: what }, word.at.clone())
        })
    }

    fn uri(&mut self, what: &'static str) -> Result<String, Fault> {
        let word = self.need(what)?;
        sip_uri(&word.text)
            .map_err(|_| Fault::new(FaultKind::NotAUri { text: word.text.clone() }, word.at.clone()))
    }

    fn uri_if_any(&mut self) -> Result<Option<String>, Fault> {
        match self.words.get(self.next) {
            Some(word) if word.text.contains(':') => self.uri("a URI").map(Some),
            _ => Ok(None),
        }
    }

    /// A text in quotes.
    fn text_if_any(&mut self) -> Option<String> {
        let word = self.words.get(self.next).filter(|word| word.is_quoted)?;
        self.next += 1;
        Some(word.text.clone())
    }

    fn has_number(&self) -> bool {
        self.words.get(self.next).is_some_and(|word| word.text.starts_with(|c: char| c.is_ascii_digit()))
    }

    fn code(&mut self, range: RangeInclusive<u16>, wanted: &'static str) -> Result<StatusCode, Fault> {
        let word = self.need(wanted)?;
        let code = word.text.parse().ok().filter(|code| range.contains(code)).and_then(StatusCode::new);
        code.ok_or_else(|| {
            Fault::new(FaultKind::NotACode { text: word.text.clone(), wanted }, word.at.clone())
        })
    }

    fn time(&mut self) -> Result<Duration, Fault> {
        let word = self.need("a time")?;
        duration(&word.text)
            .map_err(|_| Fault::new(FaultKind::NotATime { text: word.text.clone() }, word.at.clone()))
    }

    fn digits(&mut self) -> Result<String, Fault> {
        let word = self.need("digits")?;
        digits(&word.text)
            .map_err(|_| Fault::new(FaultKind::NotDigits { text: word.text.clone() }, word.at.clone()))
    }

    fn sound(&mut self) -> Result<Sound, Fault> {
        let word = self.need("a sound")?;
        Ok(match word.text.as_str() {
            "silence" if !word.is_quoted => Sound::Silence,
            "tone" if !word.is_quoted => {
                let word = self.need("a frequency from 20 to 3900")?;
                let hertz = word.text.parse().ok().filter(|hertz| (20..=3900).contains(hertz));
                let known = "a frequency from 20 to 3900";
                let kind = FaultKind::NotOneOf { text: word.text.clone(), known };
                Sound::Tone { hertz: hertz.ok_or_else(|| Fault::new(kind, word.at.clone()))? }
            }
            file => Sound::File(PathBuf::from(file)),
        })
    }

    fn told(&mut self) -> Told {
        if let Some(text) = self.text_if_any() {
            return Told::Text(text);
        }
        let told = match self.words.get(self.next).map(|word| word.text.as_str()) {
            Some("open") => Told::Open(true),
            Some("closed") => Told::Open(false),
            Some("pending") => Told::Pending,
            Some("active") => Told::Active,
            Some("terminated") => Told::Terminated,
            _ => return Told::Anything,
        };
        self.next += 1;
        told
    }
}

/// The known word that was probably meant.
fn nearest(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let distance = |other: &&str| strsim::damerau_levenshtein(name, other);
    known.min_by_key(distance).filter(|near| distance(near) <= 1.max(name.len() / 3))
}
