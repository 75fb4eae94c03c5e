//! The proxy's answer to a fork is one that the reference model accepts, over random forks (RFC 3261 §16.7).

use proptest::prelude::*;
use ringback_roles::access::Seal;
use ringback_roles::location::Domains;
use ringback_roles::proxy::{Destination, Proxy, Taken};
use ringback_roles::routing::{Place, Routed};
use ringback_sim::oracle::{BranchEnd, Fork, acceptable, lost};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::node::{Output, Transmit};
use ringback_sip::registry::{StatusCode, TimerValues};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::Limits;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_answer_to_a_fork_is_one_that_the_model_accepts(
        ends in prop::collection::vec(end(), 1..7), is_invite: bool, is_cancelled: bool,
    ) {
        let fork = Fork { is_invite, is_cancelled: is_invite && is_cancelled, ends };
        let expected = acceptable(&fork);
        let Run { answers, choices, .. } = Run::of(&fork);
        match answers.as_slice() {
            [] => prop_assert!(expected.is_empty(), "silence, not {expected:?}"),
            [one, more @ ..] => {
                prop_assert!(expected.contains(one), "{one}, not {expected:?}");
                // Only a 2xx may follow an answer, and only a 2xx to an INVITE.
                prop_assert!(more.iter().all(|c| is_invite && (200..300).contains(c)), "{answers:?}");
            }
        }
        // What the journal says of the choice is true of each branch.
        prop_assert!(choices.len() <= 1, "{choices:?}");
        let succeeds = expected.iter().any(|code| (200..300).contains(code));
        prop_assert_eq!(choices.is_empty(), fork.ends.len() == 1 || succeeds || answers.is_empty());
        for (branch, status, outvoted) in choices {
            let told = |code: u16| if code == 503 { 500 } else { code };
            prop_assert_eq!(answers.first(), Some(&told(status)));
            let mut ends = BTreeMap::from([(branch, status)]);
            for (other, code, why) in outvoted {
                prop_assert_eq!(why, lost(&fork, status, code), "{} beside {}", code, status);
                prop_assert!(ends.insert(other, code).is_none(), "branch {} twice", other);
            }
            let codes: Vec<u16> = ends.into_values().collect();
            let silent = |end: &BranchEnd| if let BranchEnd::Final(code) = end { *code } else { 408 };
            prop_assert_eq!(codes, fork.ends.iter().map(silent).collect::<Vec<_>>());
        }
    }
}

/// Every registered final code, silence, and more often what calls really end with.
fn end() -> impl Strategy<Value = BranchEnd> {
    let all: Vec<u16> = StatusCode::ALL.iter().filter(|c| c.is_final()).map(|c| c.number()).collect();
    prop_oneof![
        3 => prop::sample::select(all).prop_map(BranchEnd::Final),
        2 => prop::sample::select(vec![200, 401, 407, 408, 404, 480, 486, 487, 500, 503, 600, 603])
            .prop_map(BranchEnd::Final),
        1 => Just(BranchEnd::Nothing),
    ]
}

// ---------------------------------------------------------------------------------------------------------------

/// One fork played with a proxy.
struct Run {
    proxy: Proxy,
    now: Instant,
    requests: Vec<Transmit>,
    /// The final codes that the caller gets, in their order.
    answers: Vec<u16>,
    /// What the journal says of the choice.
    choices: Vec<Choice>,
}

/// The branch that was chosen, its code, and of each other branch its code and why it lost.
type Choice = (u32, u16, Vec<(u32, u16, &'static str)>);

impl Run {
    fn of(fork: &Fork) -> Run {
        let mut run = Run::start(fork);
        if fork.is_cancelled {
            for request in run.requests.clone() {
                run.receive(request.flow, &response(&request, 180));
            }
            let cancel = request("INVITE").replace("INVITE", "CANCEL");
            run.receive(caller(), &cancel);
        }
        let mut ends: Vec<_> = run.requests.clone().into_iter().zip(&fork.ends).collect();
        for (request, end) in ends.drain(..) {
            if let BranchEnd::Final(code) = end {
                run.receive(request.flow, &response(&request, *code));
            }
        }
        run.wait(Duration::from_secs(100));
        run
    }

    fn start(fork: &Fork) -> Run {
        let place = Place::new(
            vec![(Transport::Udp, LOCAL.parse().expect("an address"))],
            Domains::new().with("d.test"),
        );
        let (own, shared) = (Seed::from_number(1), Seed::from_number(2));
        let seal = Seal::new(shared);
        let proxy = Proxy::new(place, seal, TimerValues::default(), Limits::default(), own, shared);
        let now = Instant::from_unix_secs(1_700_000_000);
        let mut run = Run { proxy, now, requests: Vec::new(), answers: Vec::new(), choices: Vec::new() };
        let destination = |n: usize| Destination {
            uri: Some(format!("sip:b@192.0.2.{}", 20 + n).into_bytes().into()),
            path: Box::default(),
            q: 1000,
            flow: None,
            flow_only: false,
            hop: None,
            spare: Vec::new(),
        };
        let text = request(if fork.is_invite { "INVITE" } else { "MESSAGE" });
        let message = Message::parse(text.as_bytes()).expect("a message");
        assert_eq!(run.proxy.receive(now, caller(), &message), Taken::Request);
        let destinations = (0..fork.ends.len()).map(destination).collect();
        let routed = Routed::read(&message, run.proxy.place()).expect("its way");
        run.proxy.forward(now, caller(), &routed, destinations).expect("there is room");
        run.drain();
        assert_eq!(run.requests.len(), fork.ends.len());
        run
    }

    fn receive(&mut self, flow: Flow, text: &str) {
        let message = Message::parse(text.as_bytes()).expect("a message");
        self.proxy.receive(self.now, flow, &message);
        self.drain();
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some((at, _)) = self.proxy.deadline().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.proxy.handle_deadline(self.now);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.proxy.poll() {
            if let Output::Journal(Entry { fact: Fact::Chose { branch, status, outvoted }, .. }) = &output {
                let others = outvoted.iter().map(|o| (o.branch, o.status.number(), o.why.id())).collect();
                self.choices.push((*branch, status.number(), others));
            }
            let Output::Transmit(transmit) = output else { continue };
            let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
            let Some(code) = text.strip_prefix("SIP/2.0 ").map(|t| t[..3].parse::<u16>().expect("a code"))
            else {
                let is_new = self.requests.iter().all(|r| r.flow != transmit.flow);
                if is_new && !text.starts_with("ACK") && !text.starts_with("CANCEL") {
                    self.requests.push(transmit);
                }
                continue;
            };
            if code < 200 || text.contains("CSeq: 1 CANCEL") {
                continue;
            }
            if (300..).contains(&code) && text.contains("CSeq: 1 INVITE") {
                self.acknowledge(&text);
            }
            self.answers.push(code);
        }
    }

    fn acknowledge(&mut self, response: &str) {
        let to = response.lines().find(|l| l.starts_with("To: ")).expect("a To");
        let ack = request("INVITE").replace("INVITE", "ACK");
        let ack = ack.replace("To: <sip:b@d.test>", to);
        let message = Message::parse(ack.as_bytes()).expect("an ACK");
        self.proxy.receive(self.now, caller(), &message);
    }
}

const LOCAL: &str = "192.0.2.9:5060";

fn caller() -> Flow {
    Flow {
        transport: Transport::Udp,
        local: LOCAL.parse().expect("an address"),
        remote: "192.0.2.1:5060".parse().expect("an address"),
        connection: None,
        peer: None,
    }
}

fn request(method: &str) -> String {
    format!(
        "{method} sip:b@d.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKone\r\nMax-Forwards: 70\r\n\
         From: <sip:a@d.test>;tag=a\r\nTo: <sip:b@d.test>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

fn response(request: &Transmit, code: u16) -> String {
    let text = String::from_utf8_lossy(&request.bytes).into_owned();
    let kept = ["Via:", "From:", "Call-ID:", "CSeq:"];
    let rows: String =
        text.split_inclusive("\r\n").filter(|l| kept.iter().any(|k| l.starts_with(k))).collect();
    let tag = request.flow.remote.ip();
    format!("SIP/2.0 {code} X\r\n{rows}To: <sip:b@d.test>;tag={tag}\r\nContent-Length: 0\r\n\r\n")
}
