//! Writing a description (RFC 8866 §5, §9).

use super::attribute::Attribute;
use super::description::{Address, Bandwidth, Connection, Description, Media};
use core::fmt::{self, Write};
use core::net::IpAddr;

impl Description {
    /// The canonical bytes: every line in the order of the grammar, ended by CRLF.
    pub fn write(&self) -> String {
        let mut out = String::with_capacity(256);
        // Writing to a String cannot fail.
        let _ = self.write_to(&mut out);
        out
    }

    fn write_to(&self, out: &mut String) -> fmt::Result {
        let o = &self.origin;
        line(out, 'v', "0")?;
        line(out, 'o', format_args!("{} {} {} {}", o.username, o.session_id, o.version, o.address))?;
        line(out, 's', if self.name.is_empty() { "-" } else { &self.name })?;
        option(out, 'i', self.information.as_ref())?;
        for (letter, value) in &self.contacts {
            line(out, *letter, value)?;
        }
        option(out, 'c', self.connection.as_ref())?;
        all(out, 'b', &self.bandwidths)?;
        if self.timings.is_empty() {
            line(out, 't', "0 0")?;
        }
        for timing in &self.timings {
            line(out, 't', format_args!("{} {}", timing.start, timing.stop))?;
            for (letter, value) in &timing.more {
                line(out, *letter, value)?;
            }
        }
        option(out, 'k', self.key.as_ref())?;
        all(out, 'a', &self.attributes)?;
        self.media.iter().try_for_each(|media| write_media(out, media))
    }
}

fn write_media(out: &mut String, media: &Media) -> fmt::Result {
    line(out, 'm', media)?;
    option(out, 'i', media.information.as_ref())?;
    all(out, 'c', &media.connections)?;
    all(out, 'b', &media.bandwidths)?;
    option(out, 'k', media.key.as_ref())?;
    all(out, 'a', &media.attributes)
}

/// Writes one line; a line end inside the value cannot start a line of its own.
fn line(out: &mut String, letter: char, value: impl fmt::Display) -> fmt::Result {
    out.push(letter);
    out.push('=');
    write!(OneLine(out), "{value}")?;
    out.push_str("\r\n");
    Ok(())
}

fn option(out: &mut String, letter: char, value: Option<&impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| line(out, letter, value))
}

fn all(out: &mut String, letter: char, values: &[impl fmt::Display]) -> fmt::Result {
    values.iter().try_for_each(|value| line(out, letter, value))
}

struct OneLine<'a>(&'a mut String);

impl Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend(text.chars().map(|c| if matches!(c, '\r' | '\n' | '\0') { ' ' } else { c }));
        Ok(())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Ip(ip @ IpAddr::V4(_)) => write!(f, "IN IP4 {ip}"),
            Address::Ip(ip @ IpAddr::V6(_)) => write!(f, "IN IP6 {ip}"),
            Address::Name(false, name) => write!(f, "IN IP4 {name}"),
            Address::Name(true, name) => write!(f, "IN IP6 {name}"),
            Address::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.multicast {
            Some(rest) => write!(f, "{}/{rest}", self.address),
            None => self.address.fmt(f),
        }
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}:{value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for Media {
    /// The value of the `m=` line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.port)?;
        if let Some(count) = self.port_count {
            write!(f, "/{count}")?;
        }
        write!(f, " {}", self.protocol)?;
        self.formats.iter().try_for_each(|format| write!(f, " {format}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DeviationKind as Kind, SdpError};
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Description {
        Description::parse(text.as_bytes()).unwrap()
    }

    fn kinds(text: &str) -> Vec<Kind> {
        parse(text).deviations.iter().map(|d| d.kind).collect()
    }

    const FULL: &str = "v=0\r\no=alice 2890844526 2890842807 IN IP6 2001:db8::1\r\ns=A name\r\ni=About\r\n\
        u=http://example.test/\r\ne=a@example.test\r\np=+31 20 1\r\nc=IN IP4 224.2.36.42/127\r\nb=AS:128\r\n\
        t=2873397496 2873404696\r\nr=7d 1h 0 25h\r\nt=0 0\r\nk=prompt\r\na=recvonly\r\na=tool:x:y\r\n\
        m=audio 49170/2 RTP/AVP 0 8 101\r\ni=Voice\r\nc=IN IP4 host.example.test\r\nb=TIAS:64000\r\nk=clear:x\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=maxptime:40\r\na=rtcp:53020\r\n\
        a=sendonly\r\nm=video 0 RTP/AVP 31\r\n";

    #[test]
    fn a_description_with_every_line_is_written_as_it_was_read() {
        let description = parse(FULL);
        assert_eq!(description.deviations, []);
        assert_eq!(description.write(), FULL);
    }

    #[test]
    fn attributes_of_a_section_are_read() {
        let description = parse(FULL);
        let [audio, video] = &description.media[..] else { panic!("two sections") };
        assert_eq!(audio.fmtp(101), Some("0-15"));
        assert_eq!(
            (audio.ptime_millis(), audio.maxptime_millis(), audio.rtcp_port()),
            (Some(20), Some(40), Some(53020))
        );
        assert_eq!(description.direction_of(audio), super::super::Direction::SendOnly);
        assert_eq!(description.direction_of(video), super::super::Direction::RecvOnly);
        assert_eq!(audio.codecs().len(), 3);
        assert!(matches!(&description.connection_of(audio).unwrap().address, Address::Name(false, _)));
    }

    #[test]
    fn unusual_descriptions_are_read_past_and_noted() {
        assert_eq!(kinds("v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nt=0 0\n"), [Kind::BareLf]);
        assert_eq!(kinds("s=-\r\nt=0 0\r\n"), [Kind::NoVersion, Kind::NoOrigin]);
        assert_eq!(kinds("v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\n"), [Kind::NoName, Kind::NoTiming]);
        let with = |rest: &str| kinds(&format!("v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n{rest}"));
        assert_eq!(with("no line\r\n"), [Kind::NotALine]);
        assert_eq!(with("x=1\r\n"), [Kind::UnknownLetter]);
        assert_eq!(with("b=oops\r\n"), [Kind::Order, Kind::Value]);
        assert_eq!(with("m=audio 9 RTP/AVP 0\r\n"), [Kind::NoConnection]);
        assert_eq!(with("m=audio 0 RTP/AVP 0\r\nt=0 0\r\n"), [Kind::Order]);
        assert_eq!(
            with("c=IN IP4 1.2.3.4\r\nc=IN IP4 1.2.3.5\r\n"),
            [Kind::Order, Kind::Order, Kind::Repeated]
        );
        let huge = "v=0\r\no=- 99999999999999999999 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n";
        assert_eq!(kinds(huge), [Kind::Number]);
        let bytes = b"v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=caf\xe9\r\nt=0 0\r\n";
        assert_eq!(Description::parse(bytes).unwrap().deviations[0].kind, Kind::NotUtf8);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_reason() {
        let error = |text: &str| Description::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error(""), SdpError::Empty);
        assert_eq!(error("hello"), SdpError::Empty);
        assert_eq!(error("v=1\r\n"), SdpError::Version);
        assert_eq!(error("v=0\r\nm=audio\r\n"), SdpError::Media { at: 5 });
        assert_eq!(error("v=0\r\nm=audio 70000 RTP/AVP 0\r\n"), SdpError::Media { at: 5 });
        assert_eq!(error("v=0\r\nm=audio -1 RTP/AVP 0\r\n"), SdpError::Media { at: 5 });
        assert_eq!(error(&"m=audio 1 x 0\n".repeat(65)), SdpError::TooManyMedia);
        assert_eq!(error(&format!("m=audio 1 RTP/AVP {}", "0 ".repeat(129))), SdpError::TooManyFormats);
        assert_eq!(error(&"a=x\n".repeat(2_049)), SdpError::TooManyLines);
        assert_eq!(error(&"a".repeat(65_537)), SdpError::TooLong);
    }

    #[test]
    fn no_value_can_smuggle_a_line() {
        let mut description = parse("v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n");
        description.name = "x\r\nm=audio 1 RTP/AVP 0".to_owned();
        assert_eq!(parse(&description.write()).media, []);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_and_what_is_read_is_stable(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(read) = Description::parse(&bytes) {
                let written = read.write();
                let again = Description::parse(written.as_bytes()).unwrap();
                prop_assert_eq!(again.write(), written);
            }
        }

        #[test]
        fn lines_in_any_order_are_read_and_stable(lines in prop::collection::vec(
            prop_oneof![
                Just("v=0"), Just("o=a 1 2 IN IP4 1.2.3.4"), Just("s= "), Just("t=1 2"), Just("c=IN IP6 ::1"),
                Just("m=audio 4 RTP/AVP 0 101"), Just("a=rtpmap:101 telephone-event/8000"), Just("a=sendonly"),
                Just("b=AS:5"), Just("r=1 2 3"), Just("i=x"), Just("m=x 1/2 y"), Just("a=:"), Just("k="), Just("c=IN"),
            ], 0..24))
        {
            if let Ok(read) = Description::parse(lines.join("\r\n").as_bytes()) {
                let written = read.write();
                let again = Description::parse(written.as_bytes()).unwrap();
                prop_assert_eq!(again.media.len(), read.media.len());
                prop_assert_eq!(again.write(), written);
            }
        }
    }
}
