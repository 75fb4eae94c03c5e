//! The torture messages of RFC 4475 and RFC 5118, sent to the running server: what each gets, and that the others go on
//! being served. The data stand in `sip/tests/data`, where their syntax is judged.
//!
//! 404 tells a message that was taken for a user who is not there; a proxy may answer OPTIONS itself when no hop is left
//! (`zeromf`); where a fault may be read past, such as spaces in a start line, it is.

use super::world::*;
use ringback_sip::flow::Transport;

/// A message: its name, its bytes, and what comes of it: codes to its sender, `request` and whereto for what is
/// passed on, names that are looked up, and else the cause for which it was dropped.
type Row = (&'static str, &'static [u8], &'static str);

macro_rules! rows {
    ($folder:literal: $($name:literal => $expected:literal,)*) => {
        [$(($name, include_bytes!(concat!("../../../../sip/tests/data/", $folder, "/", $name, ".dat")), $expected)),*]
    };
}

#[test]
fn torture_messages_of_rfc_4475_get_what_they_must_and_harm_nobody() {
    judge(&rows! { "rfc4475":
        "wsinv" => "100, lookup services.example.com",
        "intmeth" => "404",
        "esc01" => "404",
        "escnull" => "200",
        "esc02" => "lookup registrar.example.com",
        "lwsdisp" => "404",
        "longreq" => "404",
        "dblreq" => "200",
        "semiuri" => "404",
        "transports" => "404",
        "mpart01" => "request to 127.0.0.1:5080",
        "unreason" => "no-transaction",
        "noreason" => "no-transaction",
        "badinv01" => "400",
        "clerr" => "400",
        "ncl" => "400",
        "scalar02" => "400",
        "scalarlg" => "malformed",
        "quotbal" => "400",
        "ltgtruri" => "400",
        "lwsruri" => "400",
        "lwsstart" => "404",
        "trws" => "404",
        "escruri" => "400",
        "baddate" => "404",
        "regbadct" => "400",
        "badaspec" => "404",
        "baddn" => "400",
        "badvers" => "505",
        "mismatch01" => "400",
        "mismatch02" => "400",
        "bigcode" => "malformed",
        "badbranch" => "400",
        "insuf" => "400",
        "unkscm" => "416",
        "novelsc" => "416",
        "unksm2" => "400",
        "bext01" => "420",
        "invut" => "404",
        "regaut01" => "200",
        "multi01" => "400",
        "mcl01" => "400",
        "bcast" => "no-transaction",
        "zeromf" => "200",
        "cparam01" => "200",
        "cparam02" => "200",
        "regescrt" => "200",
        "sdp01" => "404",
        "inv2543" => "404",
    });
}

#[test]
fn torture_messages_of_rfc_5118_get_what_they_must_and_harm_nobody() {
    judge(&rows! { "rfc5118":
        "ipv6-good" => "request to [2001:db8::10]:5060",
        "ipv6-bad" => "400",
        "port-ambiguous" => "request to [2001:db8::10:5070]:5060",
        "port-unambiguous" => "request to [2001:db8::10]:5070",
        "via-received-param-with-delim" => "request to [2001:db8::10]:5060",
        "via-received-param-no-delim" => "request to [2001:db8::10]:5060",
        "ipv6-in-sdp" => "100, request to [2001:db8::10]:5060",
        "mult-ip-in-header" => "lookup host.example.net",
        "mult-ip-in-sdp" => "100, request to [2001:db8::10]:5060",
        "ipv4-mapped-ipv6" => "404",
        "ipv6-bug-abnf-3-colons" => "request to [2001:db8::c000:201]:5060",
        "ipv6-correct-abnf-2-colons" => "request to [2001:db8::c000:201]:5060",
    });
}

fn judge(rows: &[Row]) {
    let mut wrong = String::new();
    for (name, bytes, expected) in rows {
        let mut world = World::with(|settings| {
            settings.access.conceal_users = false;
            settings.domains = DOMAINS.iter().fold(settings.domains.clone(), |all, one| all.with(one));
            settings.addresses.push((Transport::Udp, address("[2001:db8::9]:5060")));
        });
        let came = outcome(&mut world, bytes);
        if came != *expected {
            wrong += &format!("        \"{name}\" => \"{came}\",\n");
        }
        let again = outcome(&mut world, bytes);
        assert!(again.len() <= came.len() + 40, "{name}: a copy gives more: {again}");
        let probe = world.receive(ALICE, &request("OPTIONS", "sip:example.test", ""));
        assert_eq!(whats(&probe), ["200"], "{name}: the server goes on");
        while !world.lookups.is_empty() {
            world.resolve(Err(ringback_sip::node::ResolveError::NoSuchName));
        }
        world.run_secs(300);
        assert!(world.server.is_empty(), "{name}: something stays");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What comes of a message.
fn outcome(world: &mut World, bytes: &[u8]) -> String {
    let lookups = world.lookups.len();
    world.receive_on(Transport::Udp, ALICE, bytes);
    let mut told: Vec<String> = world
        .take()
        .iter()
        .map(|sent| {
            if sent.bytes.starts_with(b"SIP/2.0 ") {
                sent.what()
            } else {
                format!("request to {}", sent.to())
            }
        })
        .collect();
    told.extend(world.lookups[lookups..].iter().map(|(_, query)| format!("lookup {}", query.host)));
    if told.is_empty() {
        let why = world.journal.iter().filter_map(|entry| entry.fact.cause());
        told.extend(why.map(|cause| cause.id().to_owned()));
    }
    world.journal.clear();
    told.join(", ")
}

/// The domains of the messages for which we are the registrar and proxy.
const DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];
