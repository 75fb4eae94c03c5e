//! Replays a printed flow with one of its actors played by a node of ours: the others say what is printed, and what
//! our node says is compared with what is printed.

mod cast;
mod compare;

use bytes::Bytes;
use cast::{BOB_IN_CHICAGO, Mouth, Phone, Printed, address_of, name_of};
use compare::{Lexicon, differences, parameter, uris};
use ringback_roles::access::AccessSettings;
use ringback_roles::location::{Aor, Candidate, Domains, Operation, Parts, Policy, Register};
use ringback_roles::server::ServerSettings;
use ringback_roles::store::Ask;
use ringback_sim::{Glance, HostId, House, MemoryStore, Network, Zone};
use ringback_sip::auth::{Answer as Proof, Challenge};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::Transmit;
use ringback_sip::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Where our node is right and the printed message is not, or where the RFC leaves a choice and it takes the other.
#[derive(Debug)]
pub(crate) struct Departure {
    /// Who is ours.
    pub(crate) actor: &'static str,
    /// The message.
    pub(crate) number: &'static str,
    /// The header field, `start` for the first line, or [`OMITTED`].
    pub(crate) field: &'static str,
    /// A part of what it says instead.
    pub(crate) shown: &'static str,
    /// Why.
    pub(crate) reason: &'static str,
}

impl Departure {
    fn excuses(&self, (number, field, shown): &Fault) -> bool {
        self.number == number && self.field == field && shown.contains(self.shown)
    }
}

/// A difference: the message, the header field, and what it says instead.
type Fault = (String, String, String);

/// The field of a departure that leaves the message out.
pub(crate) const OMITTED: &str = "omitted";
const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

/// Replays a flow with `actor` played by us, and complains of each difference that is no known departure, and of each
/// departure that is none any more.
pub(crate) fn replay(flow: &str, actor: &str, departures: &[Departure]) {
    let departures: Vec<_> = departures.iter().filter(|d| d.actor == actor).collect();
    let mut replay = Replay::new(flow, actor);
    for printed in Printed::of(flow) {
        if departures.iter().any(|d| d.number == printed.number && d.field == OMITTED) {
            continue;
        }
        match (printed.from == actor, printed.to == actor) {
            (true, _) => replay.expect(&printed),
            (_, true) if !printed.repeats => replay.say(&printed),
            _ => {}
        }
    }
    replay.net.run_for(Duration::from_secs(3));
    replay.leftovers();
    let strange = replay.faults.iter().filter(|fault| !departures.iter().any(|d| d.excuses(fault)));
    let strange: Vec<String> =
        strange.map(|(number, field, shown)| format!("{number} {field}: {shown}")).collect();
    let is_idle = |d: &&&Departure| d.field != OMITTED && !replay.faults.iter().any(|fault| d.excuses(fault));
    let idle: Vec<String> = departures
        .iter()
        .filter(is_idle)
        .map(|d| format!("{} {} no more: {}", d.number, d.field, d.reason))
        .collect();
    assert!(
        strange.is_empty() && idle.is_empty(),
        "flow {flow}, {actor} is ours:\n{}\n{}\n{}",
        strange.join("\n"),
        idle.join("\n"),
        replay.net.with_trace("")
    );
}

struct Replay {
    net: Network,
    ours: HostId,
    is_server: bool,
    flow: String,
    mouths: BTreeMap<String, HostId>,
    lexicon: Lexicon,
    claimed: BTreeSet<(HostId, usize)>,
    faults: Vec<Fault>,
}

impl Replay {
    fn new(flow: &str, actor: &str) -> Self {
        let messages = Printed::of(flow);
        let mut net = Network::new(1, true);
        let actors: BTreeSet<String> = messages.iter().flat_map(|m| [m.from.clone(), m.to.clone()]).collect();
        net.set_zone(zone(flow, actor, &messages));
        let mut mouths = BTreeMap::new();
        for other in actors.iter().filter(|a| *a != actor) {
            let name = name_of(other, flow);
            let names = [name, BOB_IN_CHICAGO].into_iter().take(if other == "Bob" { 2 } else { 1 });
            let addresses: BTreeSet<_> = names.map(|name| address_of(name, flow)).collect();
            let sockets: Vec<_> =
                addresses.into_iter().flat_map(|address| TRANSPORTS.map(|t| (t, address))).collect();
            mouths.insert(other.clone(), net.add(name, Mouth::default(), &sockets, None));
        }
        let is_server = !matches!(actor, "Alice" | "Bob");
        let ours = if is_server {
            add_server(&mut net, flow, actor, &messages)
        } else {
            add_phone(&mut net, flow, actor, &messages)
        };
        Replay {
            net,
            ours,
            is_server,
            flow: flow.to_owned(),
            mouths,
            lexicon: Lexicon::default(),
            claimed: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    fn heard(&self, mouth: HostId) -> &[(Flow, Glance)] {
        &self.net.machine::<Mouth>(mouth).around.heard
    }

    /// A message that our node must send.
    fn expect(&mut self, printed: &Printed) {
        let mouth = self.mouths[&printed.to];
        if printed.repeats {
            return self.expect_copy(printed, mouth);
        }
        let glance = printed.glance();
        let mut found = None;
        for step in 0..400 {
            found = self.find(mouth, &glance);
            if found.is_some() {
                break;
            }
            if step == 3 && !self.is_server {
                let order = self.net.machine::<Phone>(self.ours).around.order(&glance);
                order.into_iter().for_each(|o| self.net.order::<Phone>(self.ours, Duration::ZERO, o));
            }
            self.net.run_for(Duration::from_millis(100));
        }
        let Some(index) = found else {
            return self.faults.push((printed.number.clone(), "missing".to_owned(), String::new()));
        };
        self.claimed.insert((mouth, index));
        let ours = self.heard(mouth)[index].1.clone();
        self.lexicon.learn(&glance, &ours);
        for (field, shown) in differences(&glance, &ours, &mut self.lexicon, !self.is_server) {
            self.faults.push((printed.number.clone(), field, shown));
        }
    }

    /// A message of the printed kind that nothing has claimed yet: with the printed code, or else any of its class.
    fn find(&self, mouth: HostId, printed: &Glance) -> Option<usize> {
        let fits = |glance: &Glance, exact: bool| {
            let code =
                if exact { glance.status == printed.status } else { printed.is_final() && glance.is_final() };
            glance.request == printed.request && glance.method() == printed.method() && code
        };
        let free: Vec<_> = self
            .heard(mouth)
            .iter()
            .enumerate()
            .filter(|(n, _)| !self.claimed.contains(&(mouth, *n)))
            .collect();
        let with = |exact| free.iter().find(|(_, (_, glance))| fits(glance, exact)).map(|(n, _)| *n);
        with(true).or_else(|| with(false))
    }

    fn expect_copy(&mut self, printed: &Printed, mouth: HostId) {
        for _ in 0..400 {
            let heard = self.heard(mouth);
            let is_copy =
                |n: usize| self.claimed.iter().any(|(m, k)| *m == mouth && heard[*k].1 == heard[n].1);
            let free = (0..heard.len()).find(|n| !self.claimed.contains(&(mouth, *n)) && is_copy(*n));
            if let Some(n) = free {
                self.claimed.insert((mouth, n));
                return;
            }
            self.net.run_for(Duration::from_millis(100));
        }
        self.faults.push((printed.number.clone(), "missing".to_owned(), "copy".to_owned()));
    }

    /// A message to our node.
    fn say(&mut self, printed: &Printed) {
        let mouth = self.mouths[&printed.from];
        let glance = printed.glance();
        let transmit =
            if glance.status > 0 { self.answer(mouth, &glance) } else { self.request(printed, &glance) };
        let Some(transmit) = transmit else {
            return self.faults.push((printed.number.clone(), "nothing to answer".to_owned(), String::new()));
        };
        self.net.order::<Mouth>(mouth, Duration::ZERO, transmit);
        self.net.run_for(Duration::from_millis(120));
    }

    /// The printed response to the request that came: what responses copy is copied.
    fn answer(&mut self, mouth: HostId, printed: &Glance) -> Option<Transmit> {
        let is_it = |(_, g): &&(Flow, Glance)| g.request == printed.method();
        let (flow, request) = self.heard(mouth).iter().rev().find(is_it)?.clone();
        let mut text = format!("SIP/2.0 {} As Printed\r\n", printed.status);
        for uri in uris(printed, "record-route") {
            let _ = write!(text, "Record-Route: <{}>\r\n", self.lexicon.uri(&uri));
        }
        for name in ["via", "from", "to", "call-id", "cseq"] {
            for row in request.headers.get(name).into_iter().flatten() {
                let tag = printed.tag("to").filter(|_| name == "to" && request.tag("to").is_none());
                let tag = tag.map_or(String::new(), |tag| format!(";tag={tag}"));
                let _ = write!(text, "{name}: {row}{tag}\r\n");
            }
        }
        for name in ["contact", "www-authenticate", "proxy-authenticate", "content-type"] {
            for row in printed.headers.get(name).into_iter().flatten() {
                let _ = write!(text, "{name}: {row}\r\n");
                self.lexicon.nonces.insert(parameter(row, "nonce"));
            }
        }
        let _ = write!(text, "Content-Length: {}\r\n\r\n", printed.body.len());
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&printed.body);
        Some(Transmit { flow, bytes: bytes.into() })
    }

    /// The printed request in our words.
    fn request(&self, printed: &Printed, glance: &Glance) -> Option<Transmit> {
        let sent_by = glance.transaction().1;
        let local = address_of(sent_by.split(':').next().unwrap(), &self.flow);
        let remote = address_of(name_of(&printed.to, &self.flow), &self.flow);
        let flow = Flow { transport: printed.transport(), local, remote, connection: None, peer: None };
        let uri = self.lexicon.uri(&glance.uri);
        let mut text = format!("{} {uri} SIP/2.0\r\n", glance.request);
        for (name, rows) in &glance.headers {
            for row in rows {
                let row = match name.as_str() {
                    "route" => {
                        let hops =
                            uris(glance, name).into_iter().map(|u| format!("<{}>", self.lexicon.uri(&u)));
                        hops.collect::<Vec<_>>().join(", ")
                    }
                    "from" | "to" => match glance.tag(name) {
                        Some(tag) => row.replace(tag, &self.lexicon.of(tag)),
                        None => row.clone(),
                    },
                    "call-id" => self.lexicon.of(row),
                    "authorization" | "proxy-authorization" => self.proof(printed, glance, row, &uri),
                    _ => row.clone(),
                };
                let _ = write!(text, "{name}: {row}\r\n");
            }
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend_from_slice(&glance.body);
        Some(Transmit { flow, bytes: Bytes::from(bytes) })
    }

    /// The answer to the challenge that our node sent, with the right password, unless the flow shows its refusal.
    fn proof(&self, printed: &Printed, glance: &Glance, row: &str, uri: &str) -> String {
        let mouth = self.mouths[&printed.from];
        let realm = self.lexicon.of(&parameter(row, "realm"));
        let challenges = self.heard(mouth).iter().rev().flat_map(|(_, g)| {
            let name = if g.status == 401 { "www-authenticate" } else { "proxy-authenticate" };
            g.headers.get(name).into_iter().flatten()
        });
        let found = { challenges }.find(|c| parameter(c, "realm") == realm);
        let Some(challenge) = found else { return row.to_owned() };
        let challenge = Challenge::parse(challenge.as_bytes()).unwrap();
        let user = parameter(row, "username");
        let known = if self.flow == "2.5" { "a guess" } else { House::PASSWORD };
        let proof = challenge.answer(&Proof {
            user: user.as_bytes(),
            secret: &challenge.secret_of(user.as_bytes(), known.as_bytes()),
            method: glance.request.as_bytes(),
            uri: uri.as_bytes(),
            body: b"",
            nonce_count: glance.header("cseq").unwrap().split(' ').next().unwrap().parse().unwrap(),
            cnonce: b"c",
        });
        String::from_utf8(proof).unwrap()
    }

    /// What our node said beyond the flow: copies and 100 do not count.
    fn leftovers(&mut self) {
        for (actor, mouth) in self.mouths.clone() {
            let heard = self.heard(mouth);
            let is_copy = |n: usize| (0..n).any(|k| heard[k].1 == heard[n].1);
            let left: Vec<String> = (0..heard.len())
                .filter(|n| !self.claimed.contains(&(mouth, *n)) && heard[*n].1.status != 100 && !is_copy(*n))
                .map(|n| format!("{} {} to {actor}", heard[n].1.request, heard[n].1.status))
                .collect();
            self.faults.extend(left.into_iter().map(|l| ("-".to_owned(), "more".to_owned(), l)));
        }
    }
}

/// The names of the flow: each machine's, and of each domain the machine to which the flow brings its requests.
fn zone(flow: &str, actor: &str, messages: &[Printed]) -> Zone {
    let mut text = String::new();
    let actors: BTreeSet<&String> = messages.iter().flat_map(|m| [&m.from, &m.to]).collect();
    for other in actors {
        let name = name_of(other, flow);
        let _ = writeln!(text, "{name} A {}", address_of(name, flow).ip());
    }
    let _ = writeln!(text, "{BOB_IN_CHICAGO} A {}", address_of(BOB_IN_CHICAGO, flow).ip());
    let is_new = |m: &&Printed| m.from == actor && !m.repeats && m.glance().status == 0;
    let mut priority = 0;
    for message in messages.iter().filter(is_new) {
        let (uri, transport) = (message.glance().uri, message.transport());
        let host = uri.rsplit(['@', ':']).next().unwrap_or_default();
        // A phone registers with its domain, not with a machine.
        let host = if uri.contains('@') { host } else { domain_of(host) };
        let mut hosts = vec![host];
        if message.glance().request == "INVITE" && message.glance().tag("to").is_none() {
            hosts.push(domain_of(name_of(actor, flow)));
        }
        for host in hosts.into_iter().filter(|host| host.split('.').count() == 3) {
            let name = name_of(&message.to, flow);
            let (way, kind) = match transport {
                Transport::Udp => ("udp", "SIP+D2U"),
                Transport::Tls => ("tcp", "SIPS+D2T"),
                _ => ("tcp", "SIP+D2T"),
            };
            let scheme = if transport == Transport::Tls { "sips" } else { "sip" };
            priority += 1;
            let _ = writeln!(text, "{host} NAPTR 1 1 s {kind} - _{scheme}._{way}.{host}");
            let port = address_of(name, flow).port();
            let _ = writeln!(text, "_{scheme}._{way}.{host} SRV {priority} 1 {port} {name}");
        }
    }
    Zone::new(&text)
}

/// A proxy, registrar or redirect server of the domain in its name.
fn add_server(net: &mut Network, flow: &str, actor: &str, messages: &[Printed]) -> HostId {
    let name = name_of(actor, flow);
    let (address, domain) = (address_of(name, flow), domain_of(name));
    let sockets = TRANSPORTS.map(|t| (t, address));
    let mut settings = ServerSettings::new(Domains::new().with(domain).with_alias(name));
    let asks = |m: &&Printed| m.from == actor && !m.repeats && matches!(m.glance().status, 401 | 407);
    let required = messages.iter().any(|m| asks(&m));
    settings.access = AccessSettings { required, ..AccessSettings::default() };
    settings.addresses = sockets.to_vec();
    settings.redirect = actor == "Redirect Server";
    let mut store = MemoryStore::new(Policy::default(), Seed::from_number(1));
    for user in ["alice", "bob"] {
        store = store.with_user(&format!("{user}@{domain}"), House::PASSWORD);
    }
    let bob = address_of(name_of("Bob", flow), flow);
    for (contact, transport) in presumed(actor, messages) {
        let path = Flow { transport, local: address, remote: bob, connection: None, peer: None };
        let parts = Parts { contact: contact.as_bytes(), call_id: b"1", ..Parts::default() };
        let candidate = Candidate::new(parts, path, 1, None).unwrap();
        let aor = Aor::from_canonical(format!("bob@{domain}").as_bytes());
        let operation = Operation::Contacts([candidate].into_iter().collect());
        store.ask(net.now(), Ask::Register(Register { aor, operation }));
    }
    net.add(name, House { store, settings }, &sockets, None)
}

/// The contacts of bob that the flow takes for granted: where he is called, where callers are sent, or what the
/// registrar tells and he did not say in this flow.
fn presumed(actor: &str, messages: &[Printed]) -> Vec<(String, Transport)> {
    let printed: Vec<_> = messages.iter().filter(|m| !m.repeats && m.from == actor).collect();
    let called = |m: &&&Printed| m.to == "Bob" && m.glance().request == "INVITE";
    if let Some(call) = printed.iter().find(called) {
        let transport = call.transport();
        let uri = match transport {
            Transport::Udp => call.glance().uri,
            _ => format!("{};transport={}", call.glance().uri, transport.uri_name()),
        };
        return vec![(uri, transport)];
    }
    let Some(told) = printed.iter().find(|m| matches!(m.glance().status, 200..400)) else {
        return Vec::new();
    };
    let said: Vec<_> =
        messages.iter().filter(|m| m.to == actor).flat_map(|m| uris(&m.glance(), "contact")).collect();
    let told_uris = uris(&told.glance(), "contact").into_iter().filter(|uri| !said.contains(uri));
    told_uris.map(|uri| (uri, told.transport())).collect()
}

/// A phone that sends what goes out by way of the first machine that it talks to, when a Route shows that.
fn add_phone(net: &mut Network, flow: &str, actor: &str, messages: &[Printed]) -> HostId {
    let name = name_of(actor, flow);
    let address = address_of(name, flow);
    let user = if actor == "Alice" { "alice@atlanta.example.com" } else { "bob@biloxi.example.com" };
    let is_first = |m: &&Printed| m.from == actor && m.glance().status == 0;
    let first = messages.iter().find(is_first);
    let transport = messages.iter().find(|m| m.from == actor).map_or(Transport::Udp, Printed::transport);
    let proxy =
        first.filter(|f| f.glance().headers.contains_key("route")).filter(|f| f.glance().tag("to").is_none());
    let proxy = proxy.map(|_| format!("sip:{}", domain_of(name)));
    let scheme = if transport == Transport::Tls { "sips" } else { "sip" };
    let phone = Phone::new(&format!("{scheme}:{user}"), transport, address, proxy);
    net.add(name, phone, &TRANSPORTS.map(|t| (t, address)), None)
}

/// The domain of a machine.
fn domain_of(name: &str) -> &str {
    name.split_once('.').unwrap().1
}
