//! What D43 says from one side of a router: marks that a SIP ALG leaves in a message, and media that suffer from it.

use super::super::facts::{Call, Facts, Message, Point};
use super::super::finding::{Actor, Certainty, Evidence, Finding};
use super::super::judgement::Judgement;
use super::media::{REFUSED, refusals};
use crate::routing::is_private;
use core::net::{IpAddr, SocketAddr};
use ringback_sip::registry::Method;
use ringback_sip::syntax::{Host, Uri};

/// A message with addresses of both sides of a router in it, none of which proves much: who learns its external address
/// writes it into some fields too. With media that suffer it is worth a note, with three signs a likely cause.
pub(super) fn one_sided(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let asks = |one: &&Message| {
        one.is(Method::Invite) && !is_private(one.src.ip()) && facts.point(one) != Point::Sender
    };
    let Some(message) = call.messages.iter().find(asks) else { return };
    let marks = marks(message);
    let damage = damage(facts, call, message);
    let signs = marks.len() + damage.len();
    if marks.is_empty() || damage.is_empty() {
        return;
    }
    let is_likely = signs >= LIKELY;
    let certainty = if is_likely { Certainty::Likely } else { Certainty::Possible };
    let mut finding = Finding::new("D43", certainty, Actor::Network)
        .case("signs")
        .note_if(!is_likely)
        .hop(message.src, message.dst)
        .basis("RFC 3581 §4")
        .value("party", message.src)
        .value("signs", signs);
    finding.evidence.extend(marks.into_iter().chain(damage));
    judgement.found(finding);
}

/// Fields that name an address inside of the router, while others of the same message name that outside.
fn marks(message: &Message) -> Vec<Evidence> {
    let Some(syntax) = message.syntax() else { return Vec::new() };
    let outside = message.src.ip();
    let host = |bytes: &[u8]| Host(bytes).ip();
    let contact = syntax.contacts().flatten().next();
    let contact = contact.and_then(|contact| Uri::parse(contact.uri).ok()?.host.ip());
    let via =
        if syntax.vias().count() == 1 { syntax.top_via().ok().and_then(|via| host(via.host)) } else { None };
    let call_id = syntax.call_id().ok().and_then(|id| host(id.rsplit(|&byte| byte == b'@').next()?));
    let (mut origin, mut wants) = (None, None);
    if let Some(sdp) = message.sdp() {
        origin = sdp.origin.address.ip();
        wants = sdp.media.first().and_then(|media| sdp.connection_of(media)?.address.ip());
    }
    let mixed = |one: Option<IpAddr>, other: Option<IpAddr>| match (one, other) {
        (Some(one), Some(other)) if one == outside && is_private(other) => Some(other),
        (Some(one), Some(other)) if other == outside && is_private(one) => Some(one),
        _ => None,
    };
    let evidence = |field, why, inside: IpAddr| Evidence {
        message: message.no,
        field,
        why,
        values: vec![("inside", inside.to_string()), ("outside", outside.to_string())],
    };
    let mut marks = Vec::new();
    marks.extend(mixed(contact, via).map(|inside| evidence("Contact", "why-via", inside)));
    marks.extend(mixed(wants, origin).map(|inside| evidence("SDP", "why-origin", inside)));
    marks.extend(mixed(contact, call_id).map(|inside| evidence("Call-ID", "why-call-id", inside)));
    // Who exchanges addresses and forgets the length is off by what they differ in.
    // Behind the empty line, whatever it was said to be.
    let body_at = syntax.headers_end() + 2;
    let told = syntax.content_length().ok().flatten().map_or(0, i64::from);
    let is = i64::try_from(message.bytes.len().saturating_sub(body_at)).unwrap_or(0);
    let inside = [origin, via, call_id].into_iter().flatten().find(|inside| is_private(*inside));
    if let Some(inside) = inside.filter(|_| told > 0 && told != is) {
        let differ = inside.to_string().len() as i64 - outside.to_string().len() as i64;
        if differ != 0 && (1..=ADDRESSES).any(|times| (told - is) == differ * times) {
            marks.push(evidence("Content-Length", "why-length", inside));
        }
    }
    marks
}

/// What media suffer: none come from one side, the receiver does not hear them, or nobody listens where they were asked for.
fn damage(facts: &Facts, call: &Call, message: &Message) -> Vec<Evidence> {
    let answered = call.answer().filter(|answer| answer.method == Some(Method::Invite));
    let Some(answer) = answered else { return Vec::new() };
    let wants = |one: &Message| {
        let sdp = one.sdp()?;
        let media = sdp.media.iter().find(|media| media.port != 0)?;
        Some(SocketAddr::new(sdp.connection_of(media)?.address.ip()?, media.port))
    };
    let ends: Vec<_> = [message, answer].into_iter().filter_map(wants).collect();
    let passed = |is_to_caller: bool| {
        let is_it =
            |host: IpAddr| host == message.src.ip() || ends.first().is_some_and(|end| end.ip() == host);
        let streams = facts.streams_of(call).filter(|one| is_it(one.key.dst.ip()) == is_to_caller);
        streams.map(|one| one.packets).sum::<u64>()
    };
    let (to, from) = (passed(true), passed(false));
    let evidence = |why| Evidence { message: answer.no, field: "", why, values: Vec::new() };
    let mut damage = Vec::new();
    damage.extend((to.min(from) == 0 && to.max(from) >= MANY).then(|| evidence("why-one-way")));
    let is_unheard = facts.streams_of(call).any(|one| one.unheard >= REPORTS);
    damage.extend(is_unheard.then(|| evidence("why-unheard")));
    let refused = |end: &SocketAddr| refusals(facts, call, *end).count();
    let is_refused = ends.iter().map(refused).sum::<usize>() >= REFUSED;
    damage.extend(is_refused.then(|| evidence("why-refused")));
    damage
}

/// So many signs together have hardly another cause.
const LIKELY: usize = 3;
/// Addresses of one body that a router exchanges.
const ADDRESSES: i64 = 3;
/// Packets of a stream that works.
const MANY: u64 = 150;
const REPORTS: u32 = 2;

#[cfg(test)]
mod tests {
    use super::super::super::Stream;
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::super::media::tests::{refuse, stream};
    use super::*;

    const OUTSIDE: &str = "198.51.100.7:5060";
    const PEER: &str = "203.0.113.9:5060";

    /// A call from behind a router that wrote these into Contact and the description, and how long it says that is.
    fn call(contact: &str, origin: &str, short: usize) -> Scene {
        let mut scene = Scene::new();
        let body = |origin: &str, ip: &str| {
            format!(
                "v=0\r\no=- 1 1 IN IP4 {origin}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
            )
        };
        let offer = body(origin, "198.51.100.7");
        let head = |start: &str, tag: &str, contact: &str| {
            format!(
                "{start}\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1\r\nFrom: <sip:a@x.test>;tag=1\r\n\
                 To: <sip:b@x.test>{tag}\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:a@{contact}>\r\n\
                 Content-Type: application/sdp\r\n"
            )
        };
        let invite = format!(
            "{}Content-Length: {}\r\n\r\n{offer}",
            head("INVITE sip:b@x.test SIP/2.0", "", contact),
            offer.len() - short
        );
        scene.bytes(0, OUTSIDE, PEER, invite.as_bytes());
        let answer = body("203.0.113.9", "203.0.113.9");
        let ok = format!(
            "{}Content-Length: {}\r\n\r\n{answer}",
            head("SIP/2.0 200 OK", ";tag=2", "203.0.113.9"),
            answer.len()
        );
        scene.bytes(1000, PEER, OUTSIDE, ok.as_bytes());
        scene.end(60_000);
        scene
    }

    fn one_way(scene: &mut Scene) {
        stream(scene, "203.0.113.9:4000", "198.51.100.7:4000", 400);
    }

    #[test]
    fn d43_marks_of_a_router_in_a_call_without_sound_one_way_make_it_likely() {
        let mut scene = call("198.51.100.7:5060", "10.0.0.5", 0);
        one_way(&mut scene);
        assert_eq!(any_verdict(&scene, "call"), Some(("D43", "signs", Certainty::Likely)));
    }

    #[test]
    fn d43_is_not_a_phone_that_knows_its_external_address_and_whose_sound_passes() {
        let mut scene = call("198.51.100.7:5060", "10.0.0.5", 0);
        one_way(&mut scene);
        stream(&mut scene, "198.51.100.7:4000", "203.0.113.9:4000", 400);
        let diagnosis = scene.diagnosis("call");
        assert!(
            !rules_of(&diagnosis).contains(&"D43") && diagnosis.notes.iter().all(|note| note.rule != "D43")
        );
        let mut scene = call("10.0.0.5:5060", "10.0.0.5", 0);
        one_way(&mut scene);
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D43"));
    }

    #[test]
    fn d43_two_signs_are_worth_a_note_and_no_verdict() {
        let mut scene = call("198.51.100.7:5060", "198.51.100.7", 0);
        one_way(&mut scene);
        let diagnosis = scene.diagnosis("call");
        assert!(!rules_of(&diagnosis).contains(&"D43"));
        let note = diagnosis.notes.iter().find(|note| note.rule == "D43").expect("a note");
        assert_eq!((note.case, note.certainty), ("signs", Certainty::Possible));
    }

    /// What speaks for a router in the finding; nothing when there is none.
    fn signs(scene: &Scene) -> Vec<&'static str> {
        let diagnosis = scene.diagnosis("call");
        let found = diagnosis.roots.iter().chain(&diagnosis.notes).find(|finding| finding.rule == "D43");
        found.map(|finding| finding.evidence.iter().map(|one| one.why).collect()).unwrap_or_default()
    }

    #[test]
    fn d43_a_length_that_is_off_by_what_the_addresses_differ_in_is_a_sign() {
        // Both addresses of the body are four letters longer than those inside.
        let sign = |short: usize| {
            let mut scene = call("198.51.100.7:5060", "198.51.100.7", short);
            one_way(&mut scene);
            signs(&scene)
        };
        for short in [4, 8, 12] {
            assert_eq!(sign(short), ["why-via", "why-length", "why-one-way"], "{short}");
        }
        for short in [0, 5, 16] {
            assert_eq!(sign(short), ["why-via", "why-one-way"], "{short}");
        }
    }

    /// A call with one mark, and sound both ways.
    fn sounding() -> Scene {
        let mut scene = call("198.51.100.7:5060", "198.51.100.7", 0);
        one_way(&mut scene);
        stream(&mut scene, "198.51.100.7:4000", "203.0.113.9:4000", 400);
        scene
    }

    #[test]
    fn d43_receivers_that_do_not_hear_and_hosts_that_refuse_are_signs_of_damage() {
        let unheard = |unheard: u32| {
            let mut scene = sounding();
            let own = scene.facts.streams().next().expect("a stream").clone();
            scene.facts.add_stream(Stream { unheard, ..own });
            signs(&scene)
        };
        assert_eq!(unheard(2), ["why-via", "why-unheard"]);
        assert_eq!(unheard(1), [""; 0]);
        let refused = |from: u64, times: u64| {
            let mut scene = sounding();
            let moments = (0..times).map(|second| from + 1000 * second);
            refuse(&mut scene, "203.0.113.9:4000", "198.51.100.7:4000", moments);
            signs(&scene)
        };
        assert_eq!(refused(1500, 7), ["why-via", "why-refused"]);
        assert_eq!(refused(1500, 3), [""; 0]);
    }

    #[test]
    fn d43_in_a_capture_that_ends_before_media_come_says_nothing() {
        let scene = call("198.51.100.7:5060", "10.0.0.5", 0);
        assert_eq!(scene.diagnosis("call").notes.iter().filter(|note| note.rule == "D43").count(), 0);
    }
}
