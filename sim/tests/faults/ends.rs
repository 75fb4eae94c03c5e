//! Faults of how calls end: what phones and next hops answer, and what callers do.

use crate::Fault;
use crate::street::{Street, phone};
use crate::town::request;
use crate::who::to;
use ringback_roles::routing::plan::{
    Action, Conditions, HopGroup, HopTarget, Plan, Rewrite, Rule, UserPattern,
};
use ringback_sim::{Answer, Request, Trouble};
use ringback_sip::flow::Transport;
use ringback_sip::time::Duration;

pub(crate) const FAULTS: &[Fault] = &[
    ("the phone is busy", "passed", "D31-busy", || says(486)),
    ("a person rejects the call", "passed", "D31-rejected", || {
        Street::bob(Answer::after(Duration::from_secs(4), 486)).calls(40)
    }),
    ("one phone is busy and another does not know the user", "passed", "D31", || {
        let street = Street::bob(Answer::at_once(404));
        street.and("bob", Transport::Udp, Answer::at_once(486)).calls(40)
    }),
    ("one phone refuses for all", "passed", "D31-everywhere", || {
        let street = Street::bob(Answer::at_once(603));
        street.and("bob", Transport::Udp, Answer::ringing()).calls(40)
    }),
    ("the phone is set not to be disturbed", "passed", "D24", || says(480)),
    ("the phone rings and ends it by itself", "passed", "D24-rang", || {
        Street::bob(Answer::after(Duration::from_secs(20), 480)).calls(60)
    }),
    ("the phone does not know the user", "passed", "D22", || says(404)),
    ("the number behind the gateway is gone", "passed", "D22-gone", || says(410)),
    ("the number is too short for the gateway", "passed", "D22-incomplete", || says(484)),
    ("the number fits several users of the gateway", "passed", "D22-ambiguous", || says(485)),
    ("the phone forbids the call", "passed", "D15-far", || says(403)),
    ("the phone finds no codec in the offer", "passed", "D29", || {
        let phone = Answer::at_once(488).with("Warning", "304 192.0.2.21 \"Media type not available\"");
        Street::bob(phone).asks(40, offering(request("INVITE")))
    }),
    ("the phone does not know the kind of body", "passed", "D29-type", || {
        let phone = Answer::at_once(415).with("Accept", "application/sdp");
        Street::bob(phone).asks(40, offering(request("INVITE").with("Content-Type", "application/xml")))
    }),
    ("the phone lacks an extension that the caller demands", "passed", "D33", || {
        Street::bob(Answer::at_once(420).with("Unsupported", "100rel"))
            .asks(40, request("INVITE").with("Require", "100rel"))
    }),
    ("the phone wants longer sessions than the caller", "passed", "D21", || {
        let call = request("INVITE").with("Session-Expires", "90").with("Supported", "timer");
        Street::bob(Answer::at_once(422).with("Min-SE", "600")).asks(40, call)
    }),
    ("the phone can do nothing that the caller offers, nor can another", "passed", "D29", || {
        Street::bob(Answer::at_once(606)).asks(40, offering(request("INVITE")))
    }),
    ("the user is busy everywhere", "passed", "D31-everywhere", || says(600)),
    ("the user marks the call as unwanted", "passed", "D31-everywhere", || says(607)),
    ("the phone is busy, and the voicemail has too much work", "passed", "D31", || {
        Street::bob(Answer::at_once(503)).and("bob", Transport::Udp, Answer::at_once(486)).calls(60)
    }),
    ("the phone's software fails", "passed", "D32-error", || says(500)),
    ("the gateway hears nothing of the network behind it", "passed", "D32-timeout", || says(504)),
    ("the network behind the gateway answers nonsense", "passed", "D32-gateway", || says(502)),
    ("the only next hop answers 503", "only-unavailable", "D32", || says(503)),
    ("the next hop has too much work", "only-unavailable", "D32", || {
        Street::bob(Answer::at_once(503).with("Retry-After", "30")).calls(40)
    }),
    ("all lines of the trunk are taken", "only-unavailable", "D32-trunk", || {
        Street::bob(Answer::at_once(503).with("Reason", "Q.850;cause=34;text=\"no circuit\"")).calls(40)
    }),
    ("the caller hangs up", "cancelled", "D26", || {
        Street::bob(Answer::ringing()).asks(60, Request { cancel_after: Some(secs(5)), ..request("INVITE") })
    }),
    ("nobody answers until Timer C", "ring-timeout", "D25", || {
        let phone = Answer { ignores_cancel: true, ..Answer::ringing() };
        Street::bob(phone).calls(400)
    }),
    ("nobody answers until Timer C, and the phone then ends it", "ring-timeout", "D25", || {
        Street::bob(Answer::ringing()).calls(400)
    }),
    ("the name of the next hop does not exist", "dns", "D03-absent", || {
        Street::new().bind("bob", "<sip:bob@phones.test>").calls(40)
    }),
    ("the name servers are silent", "dns", "D03-silent", || {
        let street = Street::new().bind("bob", "<sip:bob@phones.test>");
        street.zone("* SILENT").calls(40)
    }),
    ("the name servers fail", "dns", "D03-failed", || {
        let street = Street::new().bind("bob", "<sip:bob@phones.test>");
        street.zone("* SERVFAIL").calls(40)
    }),
    ("the service record of the next hop leads to a host that is gone", "dns", "D03-absent", || {
        let street = Street::new().bind("bob", "<sip:bob@phones.test>");
        street.zone("_sip._udp.phones.test SRV 1 1 5060 gone.phones.test").calls(40)
    }),
    ("the next hop's name stands for one without an address", "dns", "D03-empty", || {
        let street = Street::new().bind("bob", "<sip:bob@phones.test>");
        street.zone("phones.test CNAME old.phones.test\nold.phones.test TXT moved").calls(40)
    }),
    ("nobody listens at the phone's address", "transport", "D02-port", || {
        Street::bob(Answer::ringing()).trouble(Duration::ZERO, Trouble::Crash(phone(1))).calls(60)
    }),
    ("the phone has no power", "timer", "D01", || {
        Street::bob(Answer::ringing()).trouble(Duration::ZERO, Trouble::PowerOff(phone(1))).calls(60)
    }),
    ("the next hop of a rule is not there", "timer", "D01", || {
        let plan = trunk("sip:192.0.2.41");
        Street::with(|settings| settings.plan = plan.into())
            .asks(60, to("INVITE", "sip:0201234@example.test"))
    }),
    ("the next hop of a rule does not listen on TCP", "transport", "D02", || {
        let plan = trunk("sip:198.51.100.1;transport=tcp");
        Street::with(|settings| settings.plan = plan.into())
            .and("carol", Transport::Udp, Answer::silent())
            .asks(60, to("INVITE", "sip:0201234@example.test"))
    }),
];

// -----------------------------------------------------------------------------------------------------------------

pub(crate) fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Alice calls bob, whose phone answers so.
fn says(code: u16) -> Street {
    Street::bob(Answer::at_once(code)).calls(60)
}

/// The request with an offer of audio.
pub(crate) fn offering(request: Request) -> Request {
    let body = "v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    Request { body: body.to_owned(), ..request }
}

/// Numbers that begin with 0 go to this hop.
pub(crate) fn trunk(uri: &str) -> Plan {
    let targets = vec![HopTarget { uri: uri.into(), weight: 1, priority: 0 }];
    let group = HopGroup { name: "trunk".into(), line: 1, targets, probe: None };
    let out = Rule {
        name: "out".into(),
        line: 1,
        when: Conditions { users: vec![UserPattern::Prefix("0".into())], ..Conditions::default() },
        is_open: false,
        rewrite: Rewrite::default(),
        action: Action::Hops(0),
    };
    Plan { rules: vec![out], hops: vec![group], ..Plan::default() }
}
