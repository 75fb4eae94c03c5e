//! The torture messages of RFC 4475 and RFC 5118, judged by layer: frame, header, values.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::{DeviationKind, Fault, Layer, Malformed, Message, Scheme, Uri, stream, unquote};

/// Well-formed at every layer.
const GOOD: Option<(Layer, &str, u16)> = None;

/// The first fault of a layer, by name, and the code that answers a request with it.
const fn bad(layer: Layer, fault: &'static str, status: u16) -> Option<(Layer, &'static str, u16)> {
    Some((layer, fault, status))
}

type Row = (&'static str, Option<(Layer, &'static str, u16)>, &'static [DeviationKind]);

use DeviationKind::{BytesAfterBody, NoEndOfHeaders, StartLineSpace};
use Layer::{Frame, Header, Value};

/// File, verdict, deviations. Where RFC 4475 leaves a choice, ours is to read on and note it.
const RFC_4475: [Row; 49] = [
    ("wsinv", GOOD, &[]),
    ("intmeth", GOOD, &[]),
    ("esc01", GOOD, &[]),
    ("escnull", GOOD, &[]),
    ("esc02", GOOD, &[]),
    ("lwsdisp", GOOD, &[]),
    ("longreq", GOOD, &[]),
    ("dblreq", GOOD, &[BytesAfterBody]),
    ("semiuri", GOOD, &[]),
    ("transports", GOOD, &[]),
    ("mpart01", GOOD, &[]),
    ("unreason", GOOD, &[]),
    ("noreason", GOOD, &[]),
    ("badinv01", bad(Header, "Malformed Via", 400), &[]),
    ("clerr", bad(Header, "Body Shorter than Content-Length", 400), &[]),
    ("ncl", bad(Header, "Malformed Content-Length", 400), &[]),
    ("scalar02", bad(Header, "CSeq Out of Range", 400), &[]),
    ("scalarlg", bad(Header, "CSeq Out of Range", 400), &[]),
    ("quotbal", bad(Header, "Malformed To", 400), &[]),
    ("ltgtruri", bad(Value, "Malformed Request-URI", 400), &[]),
    ("lwsruri", bad(Value, "Malformed Request-URI", 400), &[]),
    ("lwsstart", GOOD, &[StartLineSpace]),
    ("trws", GOOD, &[StartLineSpace]),
    ("escruri", bad(Value, "Malformed Request-URI", 400), &[]),
    ("baddate", bad(Value, "Malformed Date", 400), &[]),
    ("regbadct", bad(Value, "Malformed Contact", 400), &[]),
    ("badaspec", bad(Value, "Malformed To", 400), &[]),
    ("baddn", bad(Value, "Malformed From", 400), &[NoEndOfHeaders]),
    ("badvers", bad(Header, "Version Not Supported", 505), &[]),
    ("mismatch01", bad(Header, "CSeq Method Differs from Request", 400), &[]),
    ("mismatch02", bad(Header, "CSeq Method Differs from Request", 400), &[]),
    ("bigcode", bad(Frame, "Malformed Status Code", 400), &[]),
    ("badbranch", bad(Header, "Malformed Via", 400), &[]),
    ("insuf", bad(Header, "Missing From", 400), &[]),
    ("unkscm", GOOD, &[]),
    ("novelsc", GOOD, &[]),
    ("unksm2", GOOD, &[]),
    ("bext01", GOOD, &[]),
    ("invut", GOOD, &[]),
    ("regaut01", GOOD, &[]),
    ("multi01", bad(Header, "Repeated CSeq", 400), &[]),
    ("mcl01", bad(Header, "Repeated Content-Length", 400), &[]),
    ("bcast", GOOD, &[]),
    ("zeromf", GOOD, &[]),
    ("cparam01", GOOD, &[]),
    ("cparam02", GOOD, &[]),
    ("regescrt", GOOD, &[]),
    ("sdp01", GOOD, &[]),
    ("inv2543", GOOD, &[]),
];

const RFC_5118: [Row; 12] = [
    ("ipv6-good", GOOD, &[]),
    ("ipv6-bad", bad(Value, "Malformed Request-URI", 400), &[]),
    ("port-ambiguous", GOOD, &[]),
    ("port-unambiguous", GOOD, &[]),
    ("via-received-param-with-delim", GOOD, &[]),
    ("via-received-param-no-delim", GOOD, &[]),
    ("ipv6-in-sdp", GOOD, &[]),
    ("mult-ip-in-header", GOOD, &[]),
    ("mult-ip-in-sdp", GOOD, &[]),
    ("ipv4-mapped-ipv6", GOOD, &[]),
    ("ipv6-bug-abnf-3-colons", GOOD, &[]),
    ("ipv6-correct-abnf-2-colons", GOOD, &[]),
];

#[test]
fn torture_messages_of_rfc_4475_are_judged_by_layer() {
    judge_all("rfc4475", &RFC_4475);
}

#[test]
fn torture_messages_of_rfc_5118_are_judged_by_layer() {
    judge_all("rfc5118", &RFC_5118);
}

#[test]
fn baddn_is_refused_with_and_without_its_last_empty_line() {
    let mut bytes = read("rfc4475", "baddn");
    assert_eq!(verdict(&bytes).map(|(l, e)| (l, e.fault)), Some((Value, Fault::Value(HeaderName::FROM))));
    bytes.extend_from_slice(b"\r\n");
    assert_eq!(verdict(&bytes).map(|(l, e)| (l, e.fault)), Some((Value, Fault::Value(HeaderName::FROM))));
    assert!(Message::parse(&bytes).unwrap().deviations().is_empty());
}

#[test]
fn each_fault_is_told_with_its_place() {
    let at = |file: &str, needle: &str| {
        let bytes = read("rfc4475", file);
        let (_, Malformed { at, .. }) = verdict(&bytes).unwrap();
        assert!(bytes[at..].starts_with(needle.as_bytes()), "{file}: {at}");
    };
    at("badinv01", "SIP/2.0/UDP 192.0.2.15;;");
    at("scalar02", "36893488147419103232");
    at("quotbal", "\"Mr. J. User");
    at("ltgtruri", "<sip:user@example.com>");
    at("baddate", "Fri, 01 Jan 2010 16:00:00 EST");
    at("badvers", "SIP/7.0");
    at("multi01", "CSeq: 59");
    at("mismatch01", "INVITE");
}

#[test]
fn tortuous_invite_is_understood() {
    let bytes = read("rfc4475", "wsinv");
    let m = Message::parse(&bytes).unwrap();
    assert_eq!(m.method(), Some(Method::Invite));
    let vias: Vec<_> = m.vias().map(|v| v.unwrap().host).collect();
    assert_eq!(vias.len(), 3);
    let top = m.top_via().unwrap();
    assert_eq!(
        (top.host, top.branch(), top.is_rfc3261()),
        (&b"192.0.2.2"[..], Some(&b"390skdjuw"[..]), false)
    );
    assert_eq!((m.cseq().unwrap().number, m.max_forwards()), (9, Ok(Some(68))));
    assert_eq!(
        (m.from().unwrap().tag(), m.to().unwrap().tag()),
        (Some(&b"98asjd8"[..]), Some(&b"1918181833n"[..]))
    );
    assert_eq!(m.header(HeaderName::SUBJECT), Some(&b""[..]));
    let contact = m.contacts().next().unwrap().unwrap();
    assert_eq!(contact.param(b"q"), Some(&b"0.33"[..]));
    assert_eq!(&*unquote(contact.display), br#"Quoted string """#);
    assert_eq!(
        m.routes().next().unwrap().unwrap().uri,
        b"sip:services.example.com;lr;unknownwith=value;unknown-no-value"
    );
    assert_eq!(m.content_length(), Ok(Some(150)));
    let odd = m.headers_named(b"UnknownHeaderWithUnusualValue").next();
    assert_eq!(odd, Some(&b";;,,;;,;"[..]));
}

#[test]
fn percent_is_an_escape_in_uris_and_nowhere_else() {
    let bytes = read("rfc4475", "esc01");
    let m = Message::parse(&bytes).unwrap();
    let user = |raw: &[u8]| Uri::parse(raw).unwrap().user_unescaped();
    assert_eq!(user(m.request_uri()), b"sips:user@example.com");
    assert_eq!(user(m.to().unwrap().uri), b"user");
    assert_eq!(user(m.from().unwrap().uri), b"I have spaces");
    let bytes = read("rfc4475", "esc02");
    let m = Message::parse(&bytes).unwrap();
    assert_eq!((m.method(), m.method_token()), (None, &b"RE%47IST%45R"[..]));
    assert_eq!(m.to().unwrap().display, br#""%Z%45""#);
    assert_eq!(m.contacts().count(), 2);
    let bytes = read("rfc4475", "escnull");
    let m = Message::parse(&bytes).unwrap();
    let uris: Vec<_> = m.contacts().map(|c| c.unwrap().uri).collect();
    assert_eq!(uris.iter().map(|u| user(u)).collect::<Vec<_>>(), [&b"\0"[..], b"\0\0"]);
    assert!(!Uri::parse(uris[0]).unwrap().equals(&Uri::parse(uris[1]).unwrap()));
    assert_eq!(Uri::parse(m.to().unwrap().uri).unwrap().address_of_record(), b"null-\0-null@example.com");
}

#[test]
fn long_lists_odd_transports_and_odd_users_are_read_whole() {
    let bytes = read("rfc4475", "longreq");
    assert_eq!(Message::parse(&bytes).unwrap().vias().filter(Result::is_ok).count(), 34);
    let bytes = read("rfc4475", "transports");
    let m = Message::parse(&bytes).unwrap();
    let transports: Vec<_> = m.vias().map(|v| v.unwrap().transport_token).collect();
    assert_eq!(transports, [&b"UDP"[..], b"SCTP", b"TLS", b"UNKNOWN", b"TCP"]);
    let bytes = read("rfc4475", "semiuri");
    let uri = Uri::parse(Message::parse(&bytes).unwrap().request_uri()).unwrap();
    assert_eq!((&*uri.user_unescaped(), uri.host.0), (&b"user;par=u@example.net"[..], &b"example.com"[..]));
    assert_eq!(uri.params.iter().count(), 0);
    let bytes = read("rfc4475", "mpart01");
    assert_eq!(Message::parse(&bytes).unwrap().body().len(), 553);
}

#[test]
fn unknown_schemes_are_well_formed_and_told_apart() {
    for (file, scheme) in [("unkscm", &b"nobodyKnowsThisScheme"[..]), ("novelsc", b"soap.beep")] {
        let bytes = read("rfc4475", file);
        let uri = Message::parse(&bytes).unwrap().target().unwrap().scheme;
        assert_eq!(uri, Scheme::Other(scheme));
    }
}

#[test]
fn ipv6_addresses_and_ports_are_told_apart() {
    let target = |file: &str| {
        let bytes = read("rfc5118", file);
        let m = Message::parse(&bytes).unwrap();
        let uri = m.target().unwrap();
        (uri.host.ip().unwrap().to_string(), uri.port)
    };
    assert_eq!(target("port-ambiguous"), ("2001:db8::10:5070".into(), None));
    assert_eq!(target("port-unambiguous"), ("2001:db8::10".into(), Some(5070)));
    assert_eq!(target("ipv6-bug-abnf-3-colons"), target("ipv6-correct-abnf-2-colons"));
    for file in ["via-received-param-with-delim", "via-received-param-no-delim"] {
        let bytes = read("rfc5118", file);
        let received = Message::parse(&bytes).unwrap().vias().find_map(|v| v.unwrap().received());
        assert_eq!(received.unwrap().to_string(), "2001:db8::9:255", "{file}");
    }
}

#[test]
fn streams_cannot_be_followed_past_broken_lengths() {
    let step = |file: &str| {
        let bytes = read("rfc4475", file);
        stream::Framer::new(stream::StreamLimits::default()).next(&bytes)
    };
    assert_eq!(step("clerr"), stream::Step::Need);
    let fault = |file| match step(file) {
        stream::Step::Fault { fault, .. } => fault,
        other => panic!("{file}: {other:?}"),
    };
    assert_eq!(fault("ncl"), stream::FrameFault::ContentLengthMalformed);
    assert_eq!(fault("mcl01"), stream::FrameFault::ContentLengthsDiffer);
    assert_eq!(fault("inv2543"), stream::FrameFault::ContentLengthMissing);
}

fn judge_all(folder: &str, rows: &[Row]) {
    let mut wrong = Vec::new();
    for &(file, wanted, deviations) in rows {
        let bytes = read(folder, file);
        let found = verdict(&bytes).map(|(layer, e)| (layer, e.fault.to_string(), e.fault.status().number()));
        let noted: Vec<_> =
            Message::parse(&bytes).iter().flat_map(|m| m.deviations().to_vec()).map(|d| d.kind).collect();
        if found != wanted.map(|(layer, fault, status)| (layer, fault.to_owned(), status))
            || noted != deviations
        {
            wrong.push(format!("{file}: {found:?} {noted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let files = std::fs::read_dir(format!("{DATA}/{folder}")).unwrap();
    let files = files.filter(|f| f.as_ref().unwrap().path().extension().is_some_and(|e| e == "dat"));
    assert_eq!(files.count(), rows.len(), "every file is judged");
}

/// The first fault, from the lowest layer up.
fn verdict(bytes: &[u8]) -> Option<(Layer, Malformed)> {
    match Message::parse(bytes) {
        Err(fault) => Some((Frame, fault)),
        Ok(m) => m.faults().next(),
    }
}

fn read(folder: &str, file: &str) -> Vec<u8> {
    std::fs::read(format!("{DATA}/{folder}/{file}.dat")).unwrap()
}

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
