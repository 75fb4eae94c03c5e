//! An INVITE of about 800 bytes, and what a proxy reads of it. For the benchmark and the count of allocations.

use ringback_sip::syntax::{Malformed, Message};

/// The header rows in the order that clients commonly send.
const ROWS: [&str; 12] = [
    "Via: SIP/2.0/UDP pc33.atlanta.example.com:5066;branch=z9hG4bKnashds8x;rport",
    "Route: <sip:proxy.atlanta.example.com;lr>",
    "Max-Forwards: 70",
    "To: Bob <sip:bob@biloxi.example.com>",
    "From: \"Alice\" <sip:alice@atlanta.example.com>;tag=1928301774",
    "Call-ID: a84b4c76e66710@pc33.atlanta.example.com",
    "CSeq: 314159 INVITE",
    "Contact: <sip:alice@pc33.atlanta.example.com:5066;transport=udp>",
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK",
    "Supported: replaces, timer, 100rel",
    "User-Agent: Example Phone 1.0",
    "Content-Type: application/sdp",
];

const SDP: &str = "v=0\r\no=alice 2890844526 2890844526 IN IP4 pc33.atlanta.example.com\r\ns=-\r\n\
    c=IN IP4 192.0.2.101\r\nt=0 0\r\nm=audio 49172 RTP/AVP 9 0 8 101\r\na=rtpmap:9 G722/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

/// The INVITE as clients commonly send it.
pub(crate) fn invite() -> Vec<u8> {
    message(ROWS.map(str::to_owned).to_vec())
}

/// What a proxy needs stands last, below rows that it does not know, and is folded and spaced.
pub(crate) fn worst_invite() -> Vec<u8> {
    let needed = |row: &str| {
        ["Via", "Route", "Max", "To", "From", "Call", "CSeq", "Contact"].iter().any(|n| row.starts_with(n))
    };
    let (mut last, mut rows): (Vec<_>, Vec<_>) = ROWS.map(str::to_owned).into_iter().partition(|r| needed(r));
    rows.extend((0..8).map(|n| format!("X-Unknown-Row-{n}: what, no; one=knows")));
    last.reverse();
    rows.extend(last.iter().map(|row| row.replacen(": ", "  :\r\n \t ", 1)));
    message(rows)
}

fn message(rows: Vec<String>) -> Vec<u8> {
    format!(
        "INVITE sip:bob@biloxi.example.com SIP/2.0\r\n{}\r\nContent-Length: {}\r\n\r\n{SDP}",
        rows.join("\r\n"),
        SDP.len()
    )
    .into_bytes()
}

/// Indexes a message and reads what a proxy needs: the start line, the topmost Via with its branch, the tags, Call-ID,
/// CSeq, Max-Forwards, the first Route and the first Contact. Gives a number that depends on all of it.
pub(crate) fn read(bytes: &[u8]) -> Result<usize, Malformed> {
    let m = Message::parse(bytes)?;
    let via = m.top_via()?;
    let tag = |tag: Option<&[u8]>| tag.map_or(0, <[u8]>::len);
    let uri = |address: Option<Result<ringback_sip::syntax::NameAddr<'_>, Malformed>>| {
        address.transpose().map(|a| a.map_or(0, |a| a.uri.len()))
    };
    Ok(m.request_uri().len()
        + m.method().map_or(0, |m| m as usize)
        + via.host.len()
        + tag(via.branch())
        + tag(m.from()?.tag())
        + tag(m.to()?.tag())
        + m.call_id()?.len()
        + m.cseq()?.number as usize
        + m.max_forwards()?.unwrap_or(0) as usize
        + uri(m.routes().next())?
        + uri(m.contacts().next())?)
}
