//! `ringback trace FILE|-`: what went wrong in a capture of anybody's equipment.

mod cut;
mod nearby;
pub(super) mod table;

use crate::cli::Common;
use crate::exit::Exit;
use crate::named::{unread, unwritten};
use crate::terminal::Terminal;
use crate::why::media_text;
use clap::builder::ArgPredicate;
use cut::Cut;
use nearby::Nearby;
use ringback_io::capture::{Capture, CaptureFault, Counts, KeyLog, Locked, LockedBy, read};
use ringback_roles::diagnosis::{
    Call, CallReport, Facts, FactsLimits, LadderView, Legs, ReportedFinding, report_whole, write_page,
};
use ringback_roles::explain::Explainer;
use serde_json::json;
use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::net::IpAddr;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;

/// Say what went wrong in a capture: pcap, pcapng, or a log with SIP messages
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples: trace calls.pcap · trace calls.pcap --call-id 3848276298220188511@x.test · \
    tcpdump -w - port 5060 | ringback trace -"
)]
pub(crate) struct Args {
    /// The file (- for stdin)
    #[arg(
        required = false,
        required_unless_present = "interface",
        default_value_if("interface", ArgPredicate::IsPresent, "-")
    )]
    file: PathBuf,
    /// Listen to this interface in place of a file, until Ctrl-C (Linux; needs the right to capture)
    #[arg(short, long, value_name = "IFACE", conflicts_with_all = ["file", "call_id", "local", "pcap_out"])]
    interface: Option<String>,
    /// Show this call alone, with its ladder; the beginning of the Call-ID is enough
    #[arg(long, value_name = "CALL-ID")]
    call_id: Option<String>,
    /// The address of the host that captured, when the capture does not tell it
    #[arg(long, value_name = "IP")]
    local: Vec<IpAddr>,
    /// A file with the secrets of connections over TLS, as SSLKEYLOGFILE names one for clients that write it
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    /// Write one page with every call and its ladder
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the calls that are shown into a capture of their own, with their media and without secrets
    #[arg(long, value_name = "FILE")]
    pcap_out: Option<PathBuf>,
    /// Leave the secrets in that capture
    #[arg(long, requires = "pcap_out")]
    keep_secrets: bool,
    /// Show only calls in which something went wrong
    #[arg(long)]
    faults: bool,
}

/// What is kept of each call that is shown: nothing but what will be written.
struct Shown {
    began: String,
    call_id: String,
    text: String,
    page: Option<(CallReport, LadderView)>,
}

/// Where calls go when they are finished.
struct Desk<'a> {
    args: &'a Args,
    common: &'a Common,
    terminal: &'a Terminal,
    explainer: Explainer,
    shown: Vec<Shown>,
    cut: Option<Cut>,
    /// When one call is wanted.
    nearby: Option<Nearby<'a>>,
}

pub(crate) fn run(args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    if let Some(name) = &args.interface {
        return listen(name, args, common, terminal);
    }
    let input: Box<dyn Read> = match args.file.as_os_str() == "-" {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(&args.file).map_err(unread(&args.file))?),
    };
    let same = |out: &PathBuf| {
        out.canonicalize().is_ok_and(|out| args.file.canonicalize().is_ok_and(|file| file == out))
    };
    if args.pcap_out.as_ref().is_some_and(|out| args.file.as_os_str() == "-" || same(out)) {
        terminal.chatter(
            "ringback trace: --pcap-out reads the file a second time: it cannot be stdin, or what is written",
        );
        return Ok(Exit::USAGE);
    }
    let explainer = Explainer::new(common.language());
    let cut = args.pcap_out.is_some().then(Cut::default);
    let nearby = args.call_id.as_deref().map(Nearby::new);
    let mut desk = Desk { args, common, terminal, explainer, shown: Vec::new(), cut, nearby };
    let mut capture = Capture::new(FactsLimits::default());
    args.local.iter().for_each(|address| capture.facts_mut().set_local(*address));
    *capture.key_log_mut() = key_log(args)?;
    let counts = read(input, &mut capture, &mut |capture| {
        let calls = capture.take_idle();
        if !calls.is_empty() {
            desk.take(capture.facts(), &calls);
            capture.forget(&calls);
        }
    });
    let counts = match counts {
        Ok(counts) => counts,
        Err(fault) => return refuse(args, fault, terminal),
    };
    desk.take(capture.facts(), &capture.facts().legs());
    if let (Some(cut), Some(out)) = (desk.cut.take(), &args.pcap_out)
        && let Err(fault) =
            cut.write(&args.file, out, args.keep_secrets, core::mem::take(capture.key_log_mut()))
    {
        return refuse(args, fault, terminal);
    }
    let exit = desk.finish(&capture, counts);
    // The process ends: nobody waits until every message is given back.
    core::mem::forget(capture);
    exit
}

/// The secrets that the arguments name.
fn key_log(args: &Args) -> io::Result<KeyLog> {
    let mut key_log = KeyLog::default();
    if let Some(file) = &args.keylog {
        key_log.read(BufReader::new(File::open(file).map_err(unread(file))?))?;
    }
    Ok(key_log)
}

#[cfg(target_os = "linux")]
fn listen(name: &str, args: &Args, common: &Common, terminal: &Terminal) -> io::Result<Exit> {
    let wishes = super::listen_hep::Args {
        listen: Vec::new(),
        authenticate: None,
        faults: args.faults,
        html: args.html.clone(),
        pcap_out: None,
        keep_secrets: false,
    };
    super::listen_hep::live::run(name, key_log(args)?, &wishes, common, terminal)
}

#[cfg(not(target_os = "linux"))]
fn listen(name: &str, _: &Args, _: &Common, terminal: &Terminal) -> io::Result<Exit> {
    terminal.chatter(&format!(
        "ringback trace: {name}: only on Linux; use: tcpdump -i {name} -w - | ringback trace -"
    ));
    Ok(Exit::USAGE)
}

fn refuse(args: &Args, fault: CaptureFault, terminal: &Terminal) -> io::Result<Exit> {
    if let CaptureFault::Io(error) = fault {
        return Err(error);
    }
    terminal.chatter(&format!("ringback trace: {}: {}", args.file.display(), told(&fault)));
    Ok(Exit::FAILURE)
}

impl Desk<'_> {
    /// Judges calls, a part of them on each processor; what is shown of them stays in their order.
    fn take<C: Borrow<Call> + Sync>(&mut self, facts: &Facts, calls: &[Legs<C>]) {
        let desk = &*self;
        let processors = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let judge =
            |part: &[Legs<C>]| -> Vec<_> { part.iter().map(|legs| desk.judge(facts, legs)).collect() };
        let judged: Vec<Option<Shown>> = thread::scope(|scope| {
            let parts = calls.chunks(calls.len().div_ceil(processors).max(1));
            let threads: Vec<_> = parts.map(|part| scope.spawn(move || judge(part))).collect();
            let done =
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            done.flatten().collect()
        });
        for (legs, shown) in calls.iter().zip(judged) {
            if let Some(nearby) = &mut self.nearby {
                legs.iter().for_each(|(call, _)| nearby.add(&call.borrow().id));
            }
            if let (Some(cut), true) = (&mut self.cut, shown.is_some()) {
                legs.iter().for_each(|(call, _)| cut.add(facts, call));
            }
            self.shown.extend(shown);
        }
    }

    /// What is shown of a call; `None` when nobody wants to see it.
    fn judge<C: Borrow<Call>>(&self, facts: &Facts, legs: &Legs<C>) -> Option<Shown> {
        let is_wanted = |id: &String| legs.iter().any(|(call, _)| call.id.starts_with(id.as_bytes()));
        if !self.args.call_id.as_ref().is_none_or(is_wanted) {
            return None;
        }
        let mut report = CallReport::new(facts, legs, &self.explainer);
        if self.args.faults && report.judgement == "good" {
            return None;
        }
        if self.common.json || self.args.call_id.is_some() || self.args.html.is_some() {
            report.add_media(facts, legs, &self.explainer);
        }
        let text = if self.common.json {
            json!(report).to_string()
        } else if self.args.call_id.is_some() {
            whole(&report, &report.ladder(legs, &self.explainer), &self.explainer, self.terminal)
        } else {
            table::line(&report, self.terminal)
        };
        let (began, call_id) = (report.began.clone(), report.call_id.clone());
        let page = self.args.html.is_some().then(|| {
            let ladder = report.ladder(legs, &self.explainer);
            (report, ladder)
        });
        Some(Shown { began, call_id, text, page })
    }

    fn finish(mut self, capture: &Capture, counts: Counts) -> io::Result<Exit> {
        let facts = capture.facts();
        let (common, terminal) = (self.common, self.terminal);
        self.shown.sort_by(|a, b| (&a.began, &a.call_id).cmp(&(&b.began, &b.call_id)));
        let whole = match self.args.call_id {
            Some(_) => Vec::new(),
            None => report_whole(facts, &self.explainer),
        };
        if let Some(file) = &self.args.html {
            let name = self.args.file.display().to_string();
            let calls: Vec<_> = self.shown.iter_mut().filter_map(|shown| shown.page.take()).collect();
            let page = write_page(&name, &whole, &calls, &self.explainer);
            std::fs::write(file, page).map_err(unwritten(file))?;
        }
        let texts = self.shown.iter().map(|shown| shown.text.as_str());
        let text = if common.json {
            let loss = facts.loss();
            let all = json!({
                "schema": SCHEMA, "lang": self.explainer.language().tag(), "packets": counts.packets,
                "messages": facts.messages(), "cut": counts.cut, "torn": counts.is_torn,
                "left_out": loss.messages, "copies": loss.copies, "odd_ends": loss.odd_ends,
                "findings": whole,
            });
            let calls = texts.collect::<Vec<_>>().join(",");
            format!("{},\"calls\":[{calls}]}}\n", all.to_string().trim_end_matches('}'))
        } else if self.args.call_id.is_some() {
            texts.collect()
        } else {
            let table = texts.fold(table::head(&self.explainer, terminal), |table, line| table + line);
            whole.iter().fold(table, |mut text, found| {
                write_finding(&mut text, found, &self.explainer, terminal);
                text
            })
        };
        terminal.result(&text)?;
        self.summarize(facts, counts, terminal);
        capture.locked().iter().for_each(|locked| terminal.chatter(&why_locked(locked, &self.explainer)));
        let missing = self.nearby.filter(|_| self.shown.is_empty());
        missing.iter().for_each(|nearby| nearby.tell(&self.explainer, terminal));
        Ok(if missing.is_some() { Exit::USAGE } else { Exit::SUCCESS })
    }

    fn summarize(&self, facts: &Facts, counts: Counts, terminal: &Terminal) {
        let counted = |count, id| self.explainer.counted(count, id);
        terminal.chatter(&format!(
            "{}, {}, {}",
            counted(counts.packets, "diagnosis-packets"),
            counted(facts.messages().into(), "diagnosis-messages"),
            counted(self.shown.len() as u64, "diagnosis-calls"),
        ));
        if counts.is_torn {
            terminal.chatter(self.explainer.label("diagnosis-torn"));
        }
        if counts.cut > 0 {
            terminal.chatter(&counted(counts.cut, "diagnosis-cut"));
        }
        if facts.loss().odd_ends > 0 {
            terminal.chatter(&counted(facts.loss().odd_ends, "diagnosis-odd-ends"));
        }
        if facts.loss().messages > 0 {
            terminal.chatter(&counted(facts.loss().messages, "diagnosis-left-out"));
        }
    }
}

/// A call with everything that is known about it.
fn whole(report: &CallReport, ladder: &LadderView, explainer: &Explainer, terminal: &Terminal) -> String {
    let mut text = findings(report, explainer, terminal);
    text.push_str(&ladder.write_text(terminal.width(), &|line| terminal.bold(line)));
    text
}

/// What was found out about a call, without its messages.
pub(super) fn findings(report: &CallReport, explainer: &Explainer, terminal: &Terminal) -> String {
    let mut text = format!("{}\n{}\n", terminal.bold(&report.verdict), report.call_id);
    for leg in &report.legs {
        text.push_str(&format!("+ {} ({})\n", leg.call_id, leg.told));
    }
    if let Some(ender) = report.ended_by {
        text.push_str(&format!("{}\n", explainer.label(&format!("diagnosis-ended-by-{}", ender.as_str()))));
    }
    if report.roots.len() > 1 {
        text.push_str(&format!("{}\n", explainer.label("diagnosis-independent")));
    }
    for found in report.findings() {
        write_finding(&mut text, found, explainer, terminal);
    }
    if !report.ruled_out.is_empty() {
        text.push_str(&format!(
            "\n{}: {}\n",
            explainer.label("diagnosis-ruled-out"),
            report.ruled_out.join(", ")
        ));
    }
    text.push_str(&media_text(&report.media, "", "", explainer));
    for leg in &report.legs {
        text.push_str(&media_text(&leg.media, &format!(" + {}", leg.call_id), "", explainer));
    }
    text.push('\n');
    for stream in &report.streams {
        let digits =
            if stream.digits.is_empty() { String::new() } else { format!(", DTMF {}", stream.digits) };
        text.push_str(&format!(
            "RTP {} -> {}: {}, {:.1} s, {}, {} {}, jitter {:.1} ms{digits}\n",
            stream.from,
            stream.to,
            stream.codec,
            stream.seconds,
            explainer.counted(stream.packets, "diagnosis-packets"),
            stream.lost,
            explainer.label("diagnosis-lost"),
            stream.jitter_max_millis,
        ));
    }
    text
}

pub(super) fn write_finding(
    text: &mut String,
    found: &ReportedFinding,
    explainer: &Explainer,
    terminal: &Terminal,
) {
    let told = &found.told;
    text.push_str(&format!(
        "\n{} {} ({})\n{}\n{}: {}\n",
        found.finding.rule,
        terminal.bold(&told.title),
        told.certainty,
        told.verdict,
        explainer.label("diagnosis-who"),
        told.actor,
    ));
    for advice in &told.advice {
        text.push_str(&format!("  - {advice}\n"));
    }
    for evidence in &told.evidence {
        let field = if evidence.field.is_empty() { String::new() } else { format!(" {}", evidence.field) };
        text.push_str(&format!("  [{}{field}] {}\n", evidence.message, evidence.why));
    }
    if found.finding.certainty != ringback_roles::diagnosis::Certainty::Certain {
        for raise in &told.raise {
            text.push_str(&format!("  + {raise}\n"));
        }
    }
}

/// Why a connection over TLS was not read.
fn why_locked(locked: &Locked, explainer: &Explainer) -> String {
    let ([client, server], say) = (locked.ends, |id: &str| explainer.label(id).to_owned());
    let why = match locked.why {
        LockedBy::NoSecret => say("diagnosis-locked-secret"),
        LockedBy::Suite(number) => format!("{} 0x{number:04x}", say("diagnosis-locked-suite")),
        LockedBy::Midway => say("diagnosis-locked-midway"),
        LockedBy::Broken => say("diagnosis-locked-broken"),
    };
    format!("TLS {client} -> {server}: {why}")
}

pub(super) fn told(fault: &CaptureFault) -> String {
    match fault {
        CaptureFault::Empty => "it is empty".to_owned(),
        CaptureFault::Unknown => "neither pcap nor pcapng, and no text with SIP messages".to_owned(),
        CaptureFault::Broken => "a block breaks the format of captures".to_owned(),
        CaptureFault::Io(error) => error.to_string(),
    }
}

/// The name and version of what `--json` prints.
const SCHEMA: &str = "ringback.trace/1";
/// Most threads that judge.
const THREADS_MAX: usize = 16;
