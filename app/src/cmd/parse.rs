//! `ringback parse FILE|- [--json]`: a message, field by field, with its deviations and faults.

mod parts;

use crate::cli::Common;
use crate::exit::Exit;
use crate::terminal::Terminal;
use parts::{Part, field, readable, uri};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Layer, MESSAGE_BYTES_MAX, Malformed, Message, StartLine};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::PathBuf;

/// Show a message field by field, and all that is unusual or wrong with it
#[derive(Debug, clap::Args)]
#[command(after_help = "The file holds one message as it is sent, with CRLF line ends. \
    A deviation is unusual and was read past; a fault breaks a rule of its layer: frame, header or value. \
    Exit codes: 0 well-formed, 40 malformed, 2 the file cannot be read.")]
pub(crate) struct Args {
    /// The file with the message (- for stdin)
    file: PathBuf,
}

const SCHEMA: &str = "ringback.parse/1";

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> std::io::Result<Exit> {
    let bytes = match read(args) {
        Ok(bytes) => bytes,
        Err(error) => {
            terminal.chatter(&format!("ringback: {}: {error}", args.file.display()));
            return Ok(Exit::USAGE);
        }
    };
    let report = Report::of(&bytes);
    let text = if common.json {
        format!("{}\n", report.json(&args.file.display().to_string()))
    } else {
        report.text(terminal)
    };
    terminal.result(&text)?;
    Ok(if report.faults.is_empty() { Exit::SUCCESS } else { Exit::from_status(StatusCode::BAD_REQUEST) })
}

fn read(args: &Args) -> std::io::Result<Vec<u8>> {
    // One byte more than a message may have, so that a longer one is told as such.
    let max = MESSAGE_BYTES_MAX as u64 + 1;
    let mut bytes = Vec::new();
    if args.file.as_os_str() == "-" {
        std::io::stdin().lock().take(max).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(&args.file)?.take(max).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// What is known of some bytes.
struct Report<'a> {
    bytes: &'a [u8],
    message: Option<Message<'a>>,
    faults: Vec<(Layer, Malformed)>,
}

impl<'a> Report<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match Message::parse(bytes) {
            Ok(message) => {
                let faults = message.faults().collect();
                Report { bytes, message: Some(message), faults }
            }
            Err(fault) => Report { bytes, message: None, faults: vec![(Layer::Frame, fault)] },
        }
    }

    fn start(&self, message: &Message<'_>) -> Part {
        let version = ("version", Part::text(message.version()));
        match message.start_line() {
            StartLine::Request { method, token, uri: raw } => Part::map([
                ("kind", Part::text(b"request")),
                ("method", Part::text(token)),
                ("registered", Part::Flag(method.is_some())),
                ("uri", uri(raw)),
                version,
            ]),
            StartLine::Response { status, phrase } => Part::map([
                ("kind", Part::text(b"response")),
                ("status", Part::Number(u64::from(status.number()))),
                ("phrase", Part::text(phrase)),
                version,
            ]),
        }
    }

    fn json(&self, file: &str) -> Value {
        let place = |at: usize| {
            let (line, column) = place(self.bytes, at);
            json!({ "offset": at, "line": line, "column": column })
        };
        let faults = self.faults.iter().map(|(layer, fault)| {
            json!({
                "layer": layer_name(*layer), "what": fault.fault.to_string(), "at": place(fault.at),
                "status": fault.fault.status().number(), "header": fault.fault.header().map(|h| h.as_str()),
            })
        });
        let faults: Vec<_> = faults.collect();
        let mut all = json!({
            "schema": SCHEMA, "file": file, "bytes": self.bytes.len(), "well_formed": faults.is_empty(),
            "faults": faults, "deviations": [],
        });
        let Some(message) = &self.message else { return all };
        let deviations = message.deviations().iter();
        let deviations = deviations
            .map(|d| json!({ "kind": d.kind.key(), "what": d.kind.to_string(), "at": place(d.at) }));
        all["deviations"] = deviations.collect();
        all["start"] = self.start(message).json();
        let rows = message.lines().iter().map(|line| {
            let values: Vec<_> = field(message, line).iter().map(Part::json).collect();
            json!({
                "name": readable(message.name_of(line)), "at": place(line.range().start),
                "header": (line.name != HeaderName::UNKNOWN).then(|| line.name.as_str()),
                "value": readable(message.value_of(line)), "values": values,
            })
        });
        all["headers"] = rows.collect();
        all["body"] = json!({
            "bytes": message.body().len(), "type": message.content_type().map(readable),
            "at": place(body_offset(message)),
        });
        all
    }

    fn text(&self, terminal: &Terminal) -> String {
        let mut out = String::new();
        if let Some(message) = &self.message {
            self.write_fields(message, terminal, &mut out);
            for deviation in message.deviations() {
                out.push_str(&self.row("deviation", deviation.at, &deviation.kind.to_string()));
            }
        }
        for (layer, fault) in &self.faults {
            let what = format!(
                "{} ({} layer, answered with {})",
                fault.fault,
                layer_name(*layer),
                fault.fault.status()
            );
            out.push_str(&self.row("fault", fault.at, &what));
        }
        let verdict = if self.faults.is_empty() { "well-formed" } else { "malformed" };
        out.push_str(&format!("{verdict}, {} bytes\n", self.bytes.len()));
        out
    }

    fn write_fields(&self, message: &Message<'_>, terminal: &Terminal, out: &mut String) {
        let mut write = |at: usize, name: &str, value: &str, parts: &[Part]| {
            let (line, column) = place(self.bytes, at);
            let place = format!("{line}:{column}");
            out.push_str(&format!("{place:<7}{} {value}\n", terminal.bold(&format!("{name}:"))));
            for (i, part) in parts.iter().enumerate() {
                let mark = if i == 0 { "" } else { "\n" };
                out.push_str(mark);
                part.write(2, out);
            }
        };
        let start = self.start(message);
        let first = if message.is_request() { "request" } else { "response" };
        let line =
            message.bytes().split(|&b| b == b'\n').find(|l| !l.trim_ascii().is_empty()).unwrap_or_default();
        let at = message.bytes().iter().take_while(|b| b.is_ascii_whitespace()).count();
        write(at, first, &readable(line), &[start]);
        for line in message.lines() {
            let name = readable(message.name_of(line));
            write(line.range().start, &name, &readable(message.value_of(line)), &field(message, line));
        }
        if !message.body().is_empty() {
            let kind = message.content_type().map_or("no type".into(), readable);
            let value = format!("{} bytes, {kind}", message.body().len());
            write(body_offset(message), "body", &value, &[]);
        }
    }

    fn row(&self, what: &str, at: usize, text: &str) -> String {
        let (line, column) = place(self.bytes, at);
        format!("{what} at {line}:{column} (offset {at}): {text}\n")
    }
}

fn body_offset(message: &Message<'_>) -> usize {
    message.offset_of(message.body())
}

fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Frame => "frame",
        Layer::Header => "header",
        Layer::Value => "value",
    }
}

/// Line and column of an offset, both from 1, in bytes.
fn place(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = &bytes[..at.min(bytes.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|&&b| b != b'\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_columns_from_one() {
        let bytes = b"ab\r\ncd\r\n";
        assert_eq!(place(bytes, 0), (1, 1));
        assert_eq!(place(bytes, 5), (2, 2));
        assert_eq!(place(bytes, 8), (3, 1));
        assert_eq!(place(bytes, 99), (3, 1));
    }

    #[test]
    fn any_bytes_have_a_report() {
        for bytes in [&b""[..], b"\r\n", b"\xff\0", b"SIP/2.0 200", b"A sip:b SIP/2.0\r\nVia:\r\n :\r\nx"] {
            let report = Report::of(bytes);
            assert!(!report.faults.is_empty());
            assert_eq!(report.json("x")["well_formed"], false);
        }
    }
}
