//! Scenes for the tests of rules: messages at moments, in a few words.

use super::{Certainty, Diagnosis, Facts, FactsLimits, Finding, RuleId, Seen, diagnose, tell};
use crate::explain::{Explainer, Language};
use core::net::SocketAddr;
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;

/// What a capture holds.
pub(super) struct Scene {
    pub(super) facts: Facts,
    /// The CSeq number that comes next; a request with new header fields gets a new one.
    cseq: u32,
    last: (String, String),
    /// The capturers, each with the milliseconds after which it sees a message; none for one capture.
    points: Vec<(u32, u64)>,
    /// What messages go over.
    pub(super) transport: Transport,
}

/// The parties by their names: a letter, or an address with a port.
fn address(name: &str) -> SocketAddr {
    if let Ok(address) = name.parse() {
        return address;
    }
    let host = name.bytes().next().map_or(0, |byte| byte.wrapping_sub(b'a' - 1));
    SocketAddr::from(([192, 0, 2, host], 5060))
}

/// The tag of a party.
fn tag(name: &str) -> String {
    format!("tag-{}", name.replace(':', "-"))
}

/// A body with these media lines, as what follows the header fields.
pub(super) fn sdp(media: &str) -> String {
    format!(
        "Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n{media}"
    )
}

/// A session description of sound at this address and port, over RTP with this profile.
pub(super) fn sound(at: &str, profile: &str, more: &str) -> String {
    let (ip, port) = at.split_once(':').expect("an address with a port");
    sdp(&format!("m=audio {port} {profile} 8\r\n{more}")).replace("192.0.2.9", ip)
}

/// A call that is answered at once, with these media offered and taken.
pub(super) fn answered(offer: &str, answer: &str) -> Scene {
    let mut scene = Scene::new();
    scene.request_with(0, "a", "b", "INVITE", "call", &sdp(offer));
    scene.response_with(50, "b", "a", "200 OK", "INVITE", "call", &sdp(answer));
    scene.number(1).request_in(60, "a", "b", "ACK", "call", "");
    scene
}

/// The rules that found a fault.
pub(super) fn rules_of(diagnosis: &Diagnosis) -> Vec<RuleId> {
    diagnosis.roots.iter().chain(&diagnosis.symptoms).map(|finding| finding.rule).collect()
}

impl Scene {
    pub(super) fn new() -> Self {
        Scene {
            facts: Facts::new(FactsLimits::default()),
            cseq: 1,
            last: <_>::default(),
            points: Vec::new(),
            transport: Transport::Udp,
        }
    }

    /// These capturers see what comes next, each so many milliseconds after it was sent.
    pub(super) fn points(&mut self, points: &[(u32, u64)]) -> &mut Self {
        self.points = points.to_vec();
        self
    }

    /// A request; one like the last one is its copy.
    pub(super) fn request(&mut self, at: u64, from: &str, to: &str, method: &str, call: &str) -> &mut Self {
        self.request_with(at, from, to, method, call, "")
    }

    /// A request with more header fields, and a body after an empty line.
    pub(super) fn request_with(
        &mut self,
        at: u64,
        from: &str,
        to: &str,
        method: &str,
        call: &str,
        more: &str,
    ) -> &mut Self {
        self.ask(at, from, to, (method, call), String::new(), more)
    }

    /// A request inside the dialog that `to` answered, with more header fields, and a body after an empty line.
    pub(super) fn request_in(
        &mut self,
        at: u64,
        from: &str,
        to: &str,
        method: &str,
        call: &str,
        more: &str,
    ) -> &mut Self {
        self.ask(at, from, to, (method, call), tag(to), more)
    }

    fn ask(
        &mut self,
        at: u64,
        from: &str,
        to: &str,
        (method, call): (&str, &str),
        to_tag: String,
        more: &str,
    ) -> &mut Self {
        let this = (format!("{method} {call}"), more.to_owned());
        if this != self.last {
            self.cseq += 1;
            self.last = this;
        }
        let head = format!("{method} sip:{to}@x.test SIP/2.0");
        self.message(at, (from, to), &head, (method, call, from), &(tag(from), to_tag), more)
    }

    /// The next response answers the request with this number in CSeq; the next request has the number after it.
    pub(super) fn number(&mut self, cseq: u32) -> &mut Self {
        (self.cseq, self.last) = (cseq, <_>::default());
        self
    }

    /// A response to the last request.
    pub(super) fn response(
        &mut self,
        at: u64,
        from: &str,
        to: &str,
        status: &str,
        method: &str,
        call: &str,
    ) -> &mut Self {
        self.response_with(at, from, to, status, method, call, "")
    }

    /// A response with more header fields, and a body after an empty line.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn response_with(
        &mut self,
        at: u64,
        from: &str,
        to: &str,
        status: &str,
        method: &str,
        call: &str,
        more: &str,
    ) -> &mut Self {
        let tags = (tag(to), tag(from));
        if !status.starts_with('1') {
            // A request like the answered one is a new one.
            self.last = <_>::default();
        }
        self.message(at, (from, to), &format!("SIP/2.0 {status}"), (method, call, to), &tags, more)
    }

    fn message(
        &mut self,
        at: u64,
        ends: (&str, &str),
        start: &str,
        (method, call, client): (&str, &str, &str),
        (from_tag, to_tag): &(String, String),
        more: &str,
    ) -> &mut Self {
        let cseq = self.cseq;
        let to_tag = if to_tag.is_empty() || start.contains(" 100 ") {
            String::new()
        } else {
            format!(";tag={to_tag}")
        };
        let (fields, body) = more.split_once("\r\n\r\n").unwrap_or((more, ""));
        let fields = if fields.is_empty() { String::new() } else { format!("{fields}\r\n") };
        let via = match client.parse::<SocketAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => format!("{client}.x.test"),
        };
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bK{cseq}\r\nMax-Forwards: 70\r\n\
             From: <sip:{client}@x.test>;tag={from_tag}\r\nTo: <sip:other@x.test>{to_tag}\r\nCall-ID: {call}\r\n\
             CSeq: {cseq} {method}\r\n{fields}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.bytes(at, ends.0, ends.1, text.as_bytes())
    }

    /// These bytes.
    pub(super) fn bytes(&mut self, at: u64, from: &str, to: &str, bytes: &[u8]) -> &mut Self {
        let (src, dst) = (address(from), address(to));
        let transport = self.transport;
        let points: Vec<_> = self.points.iter().map(|&(by, after)| (Some(by), after)).collect();
        for &(capturer, after) in if points.is_empty() { &[(None, 0)][..] } else { &points } {
            let at = Instant::from_unix_micros((at + after) * 1000);
            self.facts.add_message(&Seen {
                at,
                frame: 0,
                src,
                dst,
                transport,
                fragmented: false,
                link: 0,
                capturer,
                bytes,
            });
        }
        self
    }

    /// The capture went on until then.
    pub(super) fn end(&mut self, at: u64) -> &mut Self {
        self.facts.touch(Instant::from_unix_micros(at * 1000));
        self
    }

    /// What the rules say, told in every language so that no text and no value is missing.
    pub(super) fn diagnosis(&self, call: &str) -> Diagnosis {
        let call = self.facts.call(call.as_bytes()).expect("the call is there");
        let diagnosis = diagnose(&self.facts, call);
        let findings = diagnosis.roots.iter().chain(&diagnosis.symptoms).chain(&diagnosis.notes);
        findings.for_each(expect_texts);
        diagnosis
    }
}

/// Rule, case and certainty of a finding.
pub(super) type Told = (&'static str, &'static str, Certainty);

/// What the rules say before all of the call `call`.
pub(super) fn verdict(scene: &Scene) -> Told {
    any_verdict(scene, "call").expect("a finding")
}

/// What the rules say before all of a call, if they say anything.
pub(super) fn any_verdict(scene: &Scene, call: &str) -> Option<Told> {
    scene.diagnosis(call).verdict().map(|found| (found.rule, found.case, found.certainty))
}

/// Every sentence is there, and every value that it names.
pub(super) fn expect_texts(finding: &Finding) {
    for &language in Language::ALL {
        let told = tell(finding, &Explainer::new(language));
        let sentences = [&told.title, &told.verdict, &told.actor].into_iter().chain(&told.advice);
        let sentences =
            sentences.chain(&told.raise).chain(told.evidence.iter().map(|evidence| &evidence.why));
        for sentence in sentences {
            assert!(
                !sentence.is_empty() && !sentence.contains(['<', '>']),
                "{language:?} {}: {sentence:?}",
                finding.rule
            );
            assert!(!sentence.starts_with("rule-"), "{language:?}: {sentence} is missing");
        }
        assert!(!told.advice.is_empty(), "{language:?} {}: no advice", finding.rule);
    }
}
