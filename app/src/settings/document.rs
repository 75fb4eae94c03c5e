//! The file as its keys say it must be: each value checked by its row, every fault noted, none hiding another.

use super::fault::{Fault, FaultKind, wrong_type};
use super::keys::{self, Key, Kind, SECTIONS, Section};
use super::value;
use super::words;
use ringback_io::hep::{HepAddress, HepAddressFault};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A checked value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Flag(bool),
    Count(u64),
    Time(Duration),
    Address(SocketAddr),
    Text(String),
    List(Vec<Found>),
    Tables(Vec<Table>),
}

/// A checked value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) value: Value,
    pub(crate) at: Range<usize>,
}

/// One table of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// Where it begins.
    pub(crate) at: Range<usize>,
    values: BTreeMap<&'static str, Found>,
}

impl Table {
    /// The value of a key, if the file has it and it is right.
    pub(crate) fn find(&self, name: &str) -> Option<&Found> {
        self.values.get(name)
    }

    /// Whether the file sets a flag.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.find(name).is_some_and(|found| found.value == Value::Flag(true))
    }

    /// The keys that it has.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&'static str, &Found)> {
        self.values.iter().map(|(name, found)| (*name, found))
    }
}

/// The checked file.
#[derive(Debug, Default)]
pub(crate) struct Document {
    tables: BTreeMap<&'static str, Vec<Table>>,
}

impl Document {
    /// Reads the text of a file; `variable` gives the environment.
    pub(crate) fn read(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> (Document, Vec<Fault>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut reading = Reading { text, variable, document: Document::default(), faults: Vec::new() };
        for error in errors {
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            reading.note(FaultKind::Syntax { message }, error.span().unwrap_or(0..0));
        }
        reading.read_root(root.get_ref());
        (reading.document, reading.faults)
    }

    /// The tables of one name; the one of the keys outside any table has none.
    pub(crate) fn tables(&self, section: &str) -> &[Table] {
        self.tables.get(section).map_or(&[], Vec::as_slice)
    }

    /// A key of a table that stands once.
    pub(crate) fn find(&self, section: &str, name: &str) -> Option<&Found> {
        self.tables(section).first()?.find(name)
    }
}

struct Reading<'a> {
    text: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
    document: Document,
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn note(&mut self, kind: FaultKind, at: Range<usize>) {
        self.faults.push(Fault { kind, at, see: None });
    }

    fn read_root(&mut self, root: &DeTable<'_>) {
        let Some(top) = keys::section_named("") else { return };
        let mut table = Table::default();
        for (key, value) in root {
            let name = key.get_ref().as_ref();
            if let Some(row) = top.keys.iter().find(|row| row.name == name) {
                self.read_key(&mut table, row, value);
            } else if let Some(section) = SECTIONS.iter().find(|section| section.name == name) {
                self.read_section(section, key.span(), value);
            } else {
                self.note_unknown_at_top(name, key.span(), value.get_ref());
            }
        }
        self.document.tables.insert("", vec![table]);
    }

    /// A key at the top may be misspelt, a misspelt table, or one that belongs into a table.
    fn note_unknown_at_top(&mut self, name: &str, at: Range<usize>, value: &DeValue<'_>) {
        let tables: Vec<&'static str> = SECTIONS[1..].iter().map(|section| section.name).collect();
        let is_table = value.is_table()
            || value.as_array().is_some_and(|list| list.iter().any(|v| v.get_ref().is_table()));
        if is_table {
            let near = nearest(name, &tables).map(str::to_owned);
            return self.note(FaultKind::UnknownSection { name: name.to_owned(), near, known: tables }, at);
        }
        let known: Vec<&'static str> = SECTIONS[0].keys.iter().map(|key| key.name).collect();
        let elsewhere = || {
            let mut rows =
                SECTIONS[1..].iter().flat_map(|s| s.keys.iter().map(move |key| (s.name, key.name)));
            rows.find(|(_, key)| *key == name).map(|(section, key)| format!("[{section}] {key}"))
        };
        let near = elsewhere().or_else(|| nearest(name, &known).map(str::to_owned));
        self.note(FaultKind::UnknownKey { name: name.to_owned(), section: "", near, known }, at);
    }

    fn read_section(&mut self, section: &'static Section, at: Range<usize>, value: &Spanned<DeValue<'_>>) {
        match (section.repeats, value.get_ref()) {
            (false, DeValue::Table(table)) => self.read_table(section, at, table),
            (true, DeValue::Array(list)) if list.iter().all(|item| item.get_ref().is_table()) => {
                for item in list {
                    if let DeValue::Table(table) = item.get_ref() {
                        self.read_table(section, self.header_of(item.span(), &at), table);
                    }
                }
            }
            // One table with single brackets is as clear as one in a list.
            (true, DeValue::Table(table)) => self.read_table(section, at, table),
            (false, DeValue::Array(_)) => self.note(FaultKind::NotRepeated { section: section.name }, at),
            _ => self.note(FaultKind::NotATable { section: section.name }, at),
        }
    }

    /// The first line of a table's own span, else the place of its name.
    fn header_of(&self, span: Range<usize>, otherwise: &Range<usize>) -> Range<usize> {
        match self.text.get(span.clone()) {
            Some(own) if !own.is_empty() => span.start..span.start + own.lines().next().map_or(1, str::len),
            _ => otherwise.clone(),
        }
    }

    fn read_table(&mut self, section: &'static Section, at: Range<usize>, rows: &DeTable<'_>) {
        let table = self.read_rows(section.name, section.keys, at, rows);
        self.document.tables.entry(section.name).or_default().push(table);
    }

    fn read_rows(
        &mut self,
        section: &'static str,
        keys: &'static [Key],
        at: Range<usize>,
        rows: &DeTable<'_>,
    ) -> Table {
        let mut table = Table { at: at.clone(), ..Table::default() };
        for (key, value) in rows {
            let name = key.get_ref().as_ref();
            match keys.iter().find(|row| row.name == name) {
                Some(row) => self.read_key(&mut table, row, value),
                None => {
                    let known: Vec<&'static str> = keys.iter().map(|key| key.name).collect();
                    let near = nearest(name, &known).map(str::to_owned);
                    self.note(
                        FaultKind::UnknownKey { name: name.to_owned(), section, near, known },
                        key.span(),
                    );
                }
            }
        }
        for row in keys {
            let given = rows.iter().any(|(key, _)| key.get_ref() == row.name);
            if matches!(row.default, keys::Default::Required) && !given {
                self.note(FaultKind::MissingKey { name: row.name, section }, at.clone());
            }
        }
        table
    }

    /// A list of tables, written in their place.
    fn read_tables(&mut self, name: &'static str, keys: &'static [Key], list: &DeArray<'_>) -> Vec<Table> {
        let mut tables = Vec::new();
        for item in list.iter() {
            match item.get_ref() {
                DeValue::Table(rows) => tables.push(self.read_rows(name, keys, item.span(), rows)),
                _ => self.note(FaultKind::NotInline { name }, item.span()),
            }
        }
        tables
    }

    fn read_key(&mut self, table: &mut Table, row: &'static Key, value: &Spanned<DeValue<'_>>) {
        if let (Kind::Tables(keys), DeValue::Array(list)) = (&row.kind, value.get_ref()) {
            if list.is_empty() {
                return self.note(FaultKind::EmptyList, value.span());
            }
            let tables = self.read_tables(row.name, keys, list);
            table.values.insert(row.name, Found { value: Value::Tables(tables), at: value.span() });
        } else if let Some(found) = self.check(&row.kind, value) {
            table.values.insert(row.name, found);
        }
    }

    /// The value as its kind, or a noted fault.
    fn check(&mut self, kind: &'static Kind, value: &Spanned<DeValue<'_>>) -> Option<Found> {
        let at = value.span();
        let checked = match (kind, value.get_ref()) {
            (Kind::List(_), DeValue::Array(list)) if list.is_empty() => Err(FaultKind::EmptyList),
            (Kind::List(of) | Kind::Set(of), DeValue::Array(list)) => return self.check_list(of, list, at),
            (Kind::Flag, DeValue::Boolean(flag)) => Ok(Value::Flag(*flag)),
            (Kind::Count(min, max), DeValue::Integer(number)) => {
                let digits = number.as_str().trim_start_matches('+');
                match u64::from_str_radix(digits, number.radix()) {
                    Ok(count) if (min..=max).contains(&&count) => Ok(Value::Count(count)),
                    _ => Err(FaultKind::CountOutside { min: *min, max: *max }),
                }
            }
            (Kind::Time(..), DeValue::Integer(number)) => {
                let number = number.as_str();
                Err(if number.starts_with('-') {
                    FaultKind::NegativeTime
                } else {
                    FaultKind::TimeWithoutUnit { number: number.to_owned() }
                })
            }
            (Kind::Flag | Kind::Count(..) | Kind::List(_) | Kind::Set(_) | Kind::Tables(_), other) => {
                Err(wrong_type(kind, other.type_str()))
            }
            // A pattern may end in a dollar sign, and has no use for variables.
            (Kind::Pattern, DeValue::String(text)) => check_text(kind, text.clone().into_owned()),
            (_, DeValue::String(text)) => {
                value::expand(text, self.variable).and_then(|text| check_text(kind, text))
            }
            (_, other) => Err(wrong_type(kind, other.type_str())),
        };
        match checked {
            Ok(value) => Some(Found { value, at }),
            Err(fault) => {
                let at = self.narrow(&fault, at);
                self.note(fault, at);
                None
            }
        }
    }

    /// The very place in a text, when the text stands in the file as it is.
    fn narrow(&self, fault: &FaultKind, at: Range<usize>) -> Range<usize> {
        let FaultKind::BadPattern { at: Some(offset), .. } = fault else { return at };
        let source = self.text.get(at.clone()).unwrap_or_default();
        let is_plain = source.starts_with('\'') && !source.starts_with("\'\'\'") && *offset < source.len();
        if is_plain { at.start + 1 + offset..at.end } else { at }
    }

    fn check_list(
        &mut self,
        of: &'static Kind,
        list: &[Spanned<DeValue<'_>>],
        at: Range<usize>,
    ) -> Option<Found> {
        let mut values: Vec<Found> = Vec::new();
        for item in list {
            let Some(found) = self.check(of, item) else { continue };
            if let Some(first) = values.iter().find(|other| other.value == found.value) {
                let text = item.get_ref().as_str().unwrap_or_default().to_owned();
                self.faults.push(Fault {
                    kind: FaultKind::Twice { text },
                    at: found.at,
                    see: Some(first.at.clone()),
                });
            } else {
                values.push(found);
            }
        }
        (values.len() == list.len()).then_some(Found { value: Value::List(values), at })
    }
}

/// The value that a row says, written as in a file.
pub(crate) fn check_default(key: &'static Key) -> Option<Value> {
    let keys::Default::Value(text) = key.default else { return None };
    let value = DeValue::parse(text).ok()?;
    let mut reading =
        Reading { text, variable: &|_| None, document: Document::default(), faults: Vec::new() };
    reading.check(&key.kind, &value).map(|found| found.value)
}

fn check_text(kind: &Kind, text: String) -> Result<Value, FaultKind> {
    match kind {
        Kind::Time(min, max) => {
            let time = value::parse_time(&text)?;
            if (min..=max).contains(&&time) {
                Ok(Value::Time(time))
            } else {
                Err(FaultKind::TimeOutside { min: *min, max: *max })
            }
        }
        Kind::Address => value::parse_address(&text).map(Value::Address),
        Kind::Host => value::parse_host(&text).map(Value::Text),
        Kind::HepPlace => match text.parse::<HepAddress>() {
            Ok(place) if place.port > 0 => Ok(Value::Text(text)),
            Ok(_) => Err(FaultKind::NotAPlace { text, why: HepAddressFault::Port }),
            Err(why) => Err(FaultKind::NotAPlace { text, why }),
        },
        Kind::Name
        | Kind::Text
        | Kind::Pattern
        | Kind::Network
        | Kind::Days
        | Kind::Hours
        | Kind::Zone
        | Kind::SipUri
        | Kind::Uri
        | Kind::Template => words::check(kind, &text).map(|()| Value::Text(text)),
        Kind::Choice(words) => {
            if words.contains(&text.as_str()) {
                return Ok(Value::Text(text));
            }
            let near = nearest(&text, words);
            Err(FaultKind::NotOneOf { near, expected: kind.describe(), text })
        }
        _ => Ok(Value::Text(text)),
    }
}

/// The word that somebody probably meant.
pub(super) fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let distance = |word: &str| strsim::damerau_levenshtein(&name.to_lowercase(), word);
    let best = known.iter().copied().min_by_key(|word| distance(word))?;
    let close = distance(best) <= (best.len().max(name.len()) / 3).max(1);
    (close || best.starts_with(name) || (name.starts_with(best) && best.len() > 2)).then_some(best)
}
