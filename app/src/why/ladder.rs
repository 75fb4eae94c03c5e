//! The messages of a call as a ladder: the caller, this server, and whom it asked.

use super::case::Case;
use crate::phone::printable;
use ringback_roles::diagnosis::{LadderView, PARTIES_MAX, Passage, Record, Rung, What};
use ringback_roles::explain::Explainer;
use ringback_sip::flow::Flow;
use ringback_sip::syntax::Message;

/// The messages between the server and its peers, with what tells marked.
pub(crate) fn ladder(case: &Case, explainer: &Explainer) -> LadderView {
    let mut peers: Vec<Flow> = Vec::new();
    let mut rungs = Vec::new();
    for (no, record) in case.records.iter().enumerate() {
        let What::Message(passage) = &record.what else { continue };
        // A response over a stream bears the address of Via, which would be called if the connection were gone.
        let is_same = |known: &Flow| {
            known.remote == passage.flow.remote
                || known.connection.is_some() && known.connection == passage.flow.connection
        };
        let known = peers.iter().position(is_same);
        let place = place(known.unwrap_or(peers.len()));
        if known.is_none() {
            peers.push(passage.flow);
        }
        let (from, to) = if passage.sent { (SERVER, place) } else { (place, SERVER) };
        let (method, gist) = response(passage, explainer);
        let mark = case.account.telling.contains(&no);
        let mark = mark.then(|| gist.unwrap_or_else(|| explainer.label("why-heading-tells").to_owned()));
        let title = title(record);
        rungs.push(Rung {
            at: record.at,
            from,
            to,
            is_both_ways: false,
            title,
            method,
            sentence: None,
            mark,
        });
    }
    let mut parties: Vec<String> = peers.iter().map(|flow| flow.remote.to_string()).collect();
    // Those for whom there is no room share the last place.
    if parties.len() >= PARTIES_MAX {
        parties.truncate(PARTIES_MAX - 2);
        parties.push("…".to_owned());
    }
    parties.insert(SERVER.min(parties.len()), explainer.label("why-heading-server").to_owned());
    LadderView { parties, rungs }
}

/// The place of the peer that was met as the nth: the first is the caller, who stands left of the server.
fn place(nth: usize) -> usize {
    if nth == 0 { 0 } else { (nth + 1).min(PARTIES_MAX - 1) }
}

/// Of a response its method, and what its code says.
fn response(passage: &Passage, explainer: &Explainer) -> (Option<String>, Option<String>) {
    let Ok(message) = Message::parse(&passage.bytes) else { return (None, None) };
    let Some(status) = message.status() else { return (None, None) };
    let method = message.cseq().ok().map(|cseq| printable(cseq.method_token));
    let gist = explainer.gist_in(status, method.as_deref().unwrap_or_default());
    (method, Some(gist))
}

/// The place of this server.
const SERVER: usize = 1;

/// The start line of a message.
pub(crate) fn title(record: &Record) -> String {
    let What::Message(passage) = &record.what else { return String::new() };
    let first = passage.bytes.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    let text = printable(first);
    text.strip_prefix("SIP/2.0 ").or(text.strip_suffix(" SIP/2.0")).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::{IpAddr, Ipv4Addr, SocketAddr};
    use ringback_roles::diagnosis::account;
    use ringback_roles::explain::Language;
    use ringback_sip::flow::{ConnectionId, Transport};
    use ringback_sip::time::{Duration, Instant};

    fn message(millis: u64, peer: u16, sent: bool, start: &str) -> Record {
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5060);
        let remote = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), peer);
        let flow = Flow { transport: Transport::Udp, local, remote, connection: None, peer: None };
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP a.test;branch=z9hG4bKa\r\nFrom: <sip:a@a.test>;tag=a\r\n\
             To: <sip:b@b.test>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        );
        let what = What::Message(Passage { flow, sent, bytes: text.into_bytes().into() });
        Record { at: Instant::EPOCH + Duration::from_millis(millis), call_id: (*b"c").into(), what }
    }

    fn case(records: Vec<Record>) -> Case {
        let mut account = account(&records, &[]).unwrap();
        account.telling = [records.len() - 1].into_iter().collect();
        Case { call_id: (*b"c").into(), records, account }
    }

    #[test]
    fn the_caller_stands_left_of_the_server_and_what_tells_is_marked() {
        let case = case(vec![
            message(0, 1, false, "INVITE sip:b@b.test SIP/2.0"),
            message(1, 2, true, "INVITE sip:b@b.test SIP/2.0"),
            message(2, 2, false, "SIP/2.0 486 Busy Here"),
            message(3, 1, true, "SIP/2.0 486 Busy Here"),
        ]);
        let ladder = ladder(&case, &Explainer::new(Language::English));
        assert_eq!(ladder.parties, ["127.0.0.1:1", "server", "127.0.0.1:2"]);
        let ways: Vec<_> = ladder.rungs.iter().map(|rung| (rung.from, rung.to)).collect();
        assert_eq!(ways, [(0, 1), (1, 2), (2, 1), (1, 0)]);
        let marks: Vec<_> = ladder.rungs.iter().map(|rung| rung.mark.is_some()).collect();
        assert_eq!(marks, [false, false, false, true]);
        let text = ladder.write_text(88, &|line| format!("*{line}"));
        assert!(text.contains("*│◀") && text.contains("486 Busy Here (INVITE)"), "{text}");
    }

    #[test]
    fn the_two_ends_of_one_connection_are_one_party_whatever_address_via_names() {
        let mut records =
            vec![message(0, 1, false, "REGISTER sip:b.test SIP/2.0"), message(1, 2, true, "SIP/2.0 200 OK")];
        for record in &mut records {
            let What::Message(passage) = &mut record.what else { continue };
            passage.flow.connection = Some(ConnectionId(7));
        }
        let ladder = ladder(&case(records), &Explainer::new(Language::English));
        assert_eq!(ladder.parties, ["127.0.0.1:1", "server"]);
        assert_eq!(
            ladder.rungs.iter().map(|rung| (rung.from, rung.to)).collect::<Vec<_>>(),
            [(0, 1), (1, 0)]
        );
    }

    #[test]
    fn peers_beyond_the_last_place_share_it_and_no_message_is_left_out() {
        let mut records = vec![message(0, 1, false, "INVITE sip:b@b.test SIP/2.0")];
        records.extend((2..20).map(|peer| message(1, peer, true, "INVITE sip:b@b.test SIP/2.0")));
        let ladder = ladder(&case(records), &Explainer::new(Language::Dutch));
        assert_eq!((ladder.parties.len(), &*ladder.parties[PARTIES_MAX - 1]), (PARTIES_MAX, "…"));
        assert_eq!(ladder.rungs.len(), 19);
        assert!(ladder.rungs.iter().all(|rung| rung.from.max(rung.to) < PARTIES_MAX));
    }
}
