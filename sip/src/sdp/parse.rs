//! Reading a description (RFC 8866 §5, §9), tolerantly: only what makes its sections uncountable is an error.

use super::attribute::{Attribute, number};
use super::description::{Address, Bandwidth, Connection, Description, Media, Origin, Timing};
use super::error::{Deviation, DeviationKind as Kind, SdpError};
use super::{FORMATS_MAX, MEDIA_MAX, SDP_BYTES_MAX, SDP_LINES_MAX};

impl Description {
    /// Reads a description. What is unusual is noted in [`Description::deviations`].
    ///
    /// # Errors
    /// [`SdpError`]: what cannot be read at all, or is over a limit.
    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        if bytes.len() > SDP_BYTES_MAX {
            return Err(SdpError::TooLong);
        }
        let mut reader = Reader::default();
        let mut at = 0;
        for (count, raw) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
            if count == SDP_LINES_MAX {
                return Err(SdpError::TooManyLines);
            }
            reader.line(at, raw)?;
            at += raw.len();
        }
        reader.finish()
    }
}

/// The letters of the session part in the order of the grammar, then those of a media section.
const SESSION_ORDER: &str = "vosiuepcbtrzka";
const MEDIA_ORDER: &str = "micbka";

#[derive(Default)]
struct Reader {
    description: Description,
    seen: Vec<char>,
    /// Position in the order of letters that the section has reached.
    place: usize,
}

impl Reader {
    fn note(&mut self, kind: Kind, at: usize) {
        // One note of a kind at a place is enough for everybody.
        if kind != Kind::BareLf || self.description.deviations.iter().all(|d| d.kind != kind) {
            self.description.deviations.push(Deviation { kind, at });
        }
    }

    fn line(&mut self, at: usize, raw: &[u8]) -> Result<(), SdpError> {
        let line = match raw {
            [line @ .., b'\r', b'\n'] => line,
            [line @ .., b'\n'] => {
                self.note(Kind::BareLf, at);
                line
            }
            line => line,
        };
        if line.is_empty() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(line);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.note(Kind::NotUtf8, at);
        }
        // Written back, these would be spaces, so they are read as such.
        let text = match memchr::memchr2(b'\r', 0, text.as_bytes()) {
            Some(_) => text.replace(['\r', '\0'], " ").into(),
            None => text,
        };
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(letter), Some('=')) if letter.is_ascii_lowercase() => {
                self.field(letter, chars.as_str(), at)
            }
            _ => {
                self.note(Kind::NotALine, at);
                Ok(())
            }
        }
    }

    fn field(&mut self, letter: char, value: &str, at: usize) -> Result<(), SdpError> {
        if letter == 'm' {
            self.place = 0;
            return self.media(value, at);
        }
        let in_media = !self.description.media.is_empty();
        let order = if in_media { MEDIA_ORDER } else { SESSION_ORDER };
        match order.find(letter) {
            // A further t= may follow the r= of the one before it.
            Some(place) if place < self.place && letter != 't' => self.note(Kind::Order, at),
            Some(place) => self.place = place,
            None if SESSION_ORDER.contains(letter) => {
                self.note(Kind::Order, at);
                return Ok(());
            }
            None => {
                self.note(Kind::UnknownLetter, at);
                return Ok(());
            }
        }
        if in_media {
            self.media_field(letter, value, at);
            return Ok(());
        }
        if self.seen.contains(&letter) && "vosick".contains(letter) {
            self.note(Kind::Repeated, at);
        }
        self.seen.push(letter);
        self.session_field(letter, value, at)
    }

    fn session_field(&mut self, letter: char, value: &str, at: usize) -> Result<(), SdpError> {
        let parsed = match letter {
            'v' if number(value) != Some(0) => return Err(SdpError::Version),
            'v' => true,
            'o' => self.origin(value, at),
            's' => store(&mut self.description.name, value),
            'i' => store_option(&mut self.description.information, value),
            'u' | 'e' | 'p' => {
                self.description.contacts.push((letter, value.to_owned()));
                true
            }
            'c' => {
                let connection = connection(value);
                let parsed = connection.is_some();
                self.description.connection = connection.or(self.description.connection.take());
                parsed
            }
            'b' => push(&mut self.description.bandwidths, bandwidth(value)),
            't' => push(&mut self.description.timings, timing(value)),
            'r' | 'z' => match self.description.timings.last_mut() {
                Some(timing) => {
                    timing.more.push((letter, value.to_owned()));
                    true
                }
                None => false,
            },
            'k' => store_option(&mut self.description.key, value),
            _ => push(&mut self.description.attributes, attribute(value)),
        };
        if !parsed {
            self.note(Kind::Value, at);
        }
        Ok(())
    }

    fn media_field(&mut self, letter: char, value: &str, at: usize) {
        let Some(media) = self.description.media.last_mut() else { return };
        let parsed = match letter {
            'i' => store_option(&mut media.information, value),
            'c' => push(&mut media.connections, connection(value)),
            'b' => push(&mut media.bandwidths, bandwidth(value)),
            'k' => store_option(&mut media.key, value),
            _ => push(&mut media.attributes, attribute(value)),
        };
        if !parsed {
            self.note(Kind::Value, at);
        }
    }

    fn origin(&mut self, value: &str, at: usize) -> bool {
        let mut parts = value.split_whitespace();
        let (Some(username), Some(id), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let rest: Vec<&str> = parts.collect();
        let Some(address) = address(&rest.join(" ")) else { return false };
        for digits in [id, version] {
            if number(digits).is_none() {
                self.note(Kind::Number, at);
            }
        }
        self.description.origin = Origin {
            username: username.to_owned(),
            session_id: number(id).unwrap_or(u64::MAX),
            version: number(version).unwrap_or(u64::MAX),
            address,
        };
        true
    }

    fn media(&mut self, value: &str, at: usize) -> Result<(), SdpError> {
        let fault = SdpError::Media { at };
        if self.description.media.len() == MEDIA_MAX {
            return Err(SdpError::TooManyMedia);
        }
        let mut parts = value.split_whitespace();
        let kind = parts.next().ok_or(fault)?;
        let ports = parts.next().ok_or(fault)?;
        let protocol = parts.next().ok_or(fault)?;
        let (port, count) = match ports.split_once('/') {
            Some((port, count)) => (port, Some(small(count).ok_or(fault)?)),
            None => (ports, None),
        };
        let formats: Vec<String> = parts.map(str::to_owned).collect();
        if formats.len() > FORMATS_MAX {
            return Err(SdpError::TooManyFormats);
        }
        if formats.is_empty() {
            self.note(Kind::Value, at);
        }
        self.description.media.push(Media {
            kind: kind.to_owned(),
            port: small(port).ok_or(fault)?,
            port_count: count,
            protocol: protocol.to_owned(),
            formats,
            ..Media::default()
        });
        Ok(())
    }

    fn finish(mut self) -> Result<Description, SdpError> {
        if self.seen.is_empty() && self.description.media.is_empty() {
            return Err(SdpError::Empty);
        }
        let missing =
            [('v', Kind::NoVersion), ('o', Kind::NoOrigin), ('s', Kind::NoName), ('t', Kind::NoTiming)];
        for (letter, kind) in missing {
            if !self.seen.contains(&letter) {
                self.note(kind, 0);
            }
        }
        let description = &self.description;
        if description.media.iter().any(|m| m.port != 0 && description.connection_of(m).is_none()) {
            self.note(Kind::NoConnection, 0);
        }
        Ok(self.description)
    }
}

fn store(field: &mut String, value: &str) -> bool {
    value.clone_into(field);
    true
}

fn store_option(field: &mut Option<String>, value: &str) -> bool {
    *field = Some(value.to_owned());
    true
}

fn push<T>(list: &mut Vec<T>, item: Option<T>) -> bool {
    let parsed = item.is_some();
    list.extend(item);
    parsed
}

fn small(text: &str) -> Option<u16> {
    number(text).and_then(|n| u16::try_from(n).ok())
}

/// `nettype addrtype address`.
fn address(text: &str) -> Option<Address> {
    let mut parts = text.split_whitespace();
    let (net, kind, host) = (parts.next()?, parts.next()?, parts.next()?);
    let is_v6 = match (net.eq_ignore_ascii_case("IN"), kind) {
        (true, k) if k.eq_ignore_ascii_case("IP4") => false,
        (true, k) if k.eq_ignore_ascii_case("IP6") => true,
        _ => return Some(Address::Other(format!("{net} {kind} {host}"))),
    };
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    Some(match bare.parse() {
        // The address itself tells its family; a wrong label is not believed.
        Ok(ip) => Address::Ip(ip),
        Err(_) => Address::Name(is_v6, host.to_owned()),
    })
}

fn connection(value: &str) -> Option<Connection> {
    let (plain, multicast) = match value.split_once('/') {
        Some((plain, rest)) => (plain, Some(rest.trim().to_owned())),
        None => (value, None),
    };
    Some(Connection { address: address(plain)?, multicast })
}

fn bandwidth(value: &str) -> Option<Bandwidth> {
    let (kind, value) = value.split_once(':')?;
    Some(Bandwidth { kind: kind.trim().to_owned(), value: number(value)? })
}

fn timing(value: &str) -> Option<Timing> {
    let mut parts = value.split_whitespace();
    Some(Timing { start: number(parts.next()?)?, stop: number(parts.next()?)?, more: Vec::new() })
}

fn attribute(value: &str) -> Option<Attribute> {
    let (name, value) = match value.split_once(':') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (value.trim_end(), None),
    };
    (!name.is_empty()).then(|| Attribute { name: name.to_owned(), value })
}
