//! Who plays: puppets that say what they are given, our agent with its user, and the printed messages.

use ringback_roles::agent::{
    Agent, AgentSettings, CallId, Command, Event, Local, Outgoing, Registering, Secret,
};
use ringback_sim::{CommandOf, Glance, House, Orders, Start, Surroundings};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::{Deadline, Input, Node, Output, Transmit};
use ringback_sip::sdp::{Capabilities, Codec};
use ringback_sip::time::{Duration, Instant};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;

/// A message as RFC 3665 prints it.
#[derive(Clone, Debug)]
pub(crate) struct Printed {
    pub(crate) number: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// Whether it is a copy of an earlier one, not printed again.
    pub(crate) repeats: bool,
    pub(crate) raw: String,
}

impl Printed {
    /// The messages of a flow.
    pub(crate) fn of(flow: &str) -> Vec<Printed> {
        let rows: serde_json::Value = serde_json::from_str(DATA).unwrap();
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let rows = rows.as_array().unwrap().iter().filter(|row| row["flow"] == flow);
        rows.map(|row| Printed {
            number: text(row, "number"),
            from: text(row, "from"),
            to: text(row, "to"),
            repeats: row["kind"] == "repeat",
            raw: text(row, "raw"),
        })
        .collect()
    }

    pub(crate) fn glance(&self) -> Glance {
        Glance::at(self.raw.as_bytes()).unwrap_or_else(|| panic!("{} cannot be read", self.number))
    }

    /// The transport that its topmost Via names.
    pub(crate) fn transport(&self) -> Transport {
        let via = self.raw.split("SIP/2.0/").nth(1).unwrap_or_default();
        match via.split(' ').next() {
            Some("TLS") => Transport::Tls,
            Some("TCP") => Transport::Tcp,
            _ => Transport::Udp,
        }
    }
}

/// The name of an actor's machine.
pub(crate) fn name_of(actor: &str, flow: &str) -> &'static str {
    match actor {
        "Alice" => ALICE,
        "Proxy 1" => "ss1.atlanta.example.com",
        "SIP ALG" => "alg1.atlanta.example.com",
        "Proxy 2" | "SIP Server" => "ss2.biloxi.example.com",
        "Redirect Server" => "ss4.biloxi.example.com",
        "Proxy 3" => "ss3.chicago.example.com",
        _ if flow == "3.6" => BOB_IN_CHICAGO,
        _ => BOB,
    }
}

/// Where a machine is; registrations go over TLS.
pub(crate) fn address_of(name: &str, flow: &str) -> SocketAddr {
    let last = match name {
        ALICE => 101,
        BOB_IN_CHICAGO => 100,
        "ss1.atlanta.example.com" => 111,
        "alg1.atlanta.example.com" => 128,
        "ss2.biloxi.example.com" => 222,
        "ss4.biloxi.example.com" => 224,
        "ss3.chicago.example.com" => 233,
        _ => 201,
    };
    SocketAddr::from(([192, 0, 2, last], if flow.starts_with('2') { 5061 } else { 5060 }))
}

/// A peer that says what it is given, and remembers what it hears.
#[derive(Default)]
pub(crate) struct Mouth {
    pub(crate) heard: Vec<(Flow, Glance)>,
}

pub(crate) struct Words(VecDeque<Output<Infallible, (Flow, Glance)>>);

impl Surroundings for Mouth {
    type Node = Words;

    fn boot(&mut self, _: Start) -> Words {
        Words(VecDeque::new())
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        ask
    }

    fn hear(&mut self, _: Instant, heard: (Flow, Glance), _: &mut Orders<Transmit>) {
        self.heard.push(heard);
    }
}

impl Node for Words {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Transmit;
    type Event = (Flow, Glance);

    fn handle(&mut self, _: Instant, input: Input<'_, Infallible, Transmit>) {
        match input {
            Input::Received { flow, bytes } => {
                self.0.extend(Glance::at(bytes).map(|glance| Output::Deliver((flow, glance))));
            }
            Input::Command(transmit) => self.0.push_back(Output::Transmit(transmit)),
            _ => {}
        }
    }

    fn poll(&mut self) -> Option<Output<Infallible, (Flow, Glance)>> {
        self.0.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        None
    }
}

/// Our agent, and a user who does what the flow shows.
pub(crate) struct Phone {
    settings: AgentSettings,
    call: CallId,
}

impl Phone {
    pub(crate) fn new(aor: &str, transport: Transport, address: SocketAddr, proxy: Option<String>) -> Self {
        let mut settings = AgentSettings::new(aor, Local { transport, address });
        settings.password = Some(Secret::new(House::PASSWORD.as_bytes()));
        settings.proxy = proxy;
        if transport == Transport::Udp {
            settings.locals.push(Local { transport: Transport::Tcp, address });
        }
        Phone { settings, call: CallId(1) }
    }

    /// What the user must do so that the agent says this, if that is up to the user.
    pub(crate) fn order(&self, printed: &Glance) -> Option<Command> {
        let call = self.call;
        let address = SocketAddr::new(self.settings.locals[0].address.ip(), 4000);
        let audio = Capabilities::new(address, &Codec::ALL);
        let outgoing = |audio| Outgoing {
            target: printed.uri.clone(),
            audio,
            late_offer: printed.body.is_empty(),
            patience: None,
            duration: None,
            referral: None,
        };
        match (printed.request.as_str(), printed.status) {
            ("INVITE", _) => Some(Command::Call { call, outgoing: Box::new(outgoing(audio)) }),
            ("REGISTER", _) => Some(Command::Register(match printed.header("contact") {
                None => Registering::Query,
                Some("*") => Registering::RemoveAll,
                Some(_) => Registering::Once,
            })),
            ("BYE" | "CANCEL", _) => Some(Command::Hangup(call)),
            (_, 180) => Some(Command::Ring { call, audio: None }),
            (_, 200) => Some(Command::Answer { call, after: Duration::ZERO, audio, duration: None }),
            (_, status @ 300..) => {
                let status = ringback_sip::registry::StatusCode::new(status)?;
                Some(Command::Reject { call, after: Duration::ZERO, status, contact: None })
            }
            _ => None,
        }
    }
}

impl Surroundings for Phone {
    type Node = Agent;

    fn boot(&mut self, start: Start) -> Agent {
        Agent::new(self.settings.clone(), start.seed)
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        ask
    }

    fn hear(&mut self, _: Instant, event: Event, _: &mut Orders<CommandOf<Self>>) {
        if let Event::Incoming { call, .. } = event {
            self.call = call;
        }
    }
}

const ALICE: &str = "client.atlanta.example.com";
const BOB: &str = "client.biloxi.example.com";
/// Bob is here in one flow, and moves here in another.
pub(crate) const BOB_IN_CHICAGO: &str = "client.chicago.example.com";
/// The messages of RFC 3665, copied from its text (IETF Trust): the folded row of F4 in section 3.10 that had lost its
/// space has it again, status lines have no double space, Content-Length is right, and the senders of F2 and F10 in section 3.6 have the names that the
/// figure gives them.
const DATA: &str = include_str!("../data/rfc3665.json");
