//! The way of requests inside a call: Record-Route, and whether it is kept.

use super::super::facts::{Call, Dialog, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::shared::side;
use ringback_sip::registry::{HeaderName, Method};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "D37",
    level: Level::Root,
    explains: &["D01", "D36", "D38", "D39", "D45", "D46"],
    judge: Judge::Call(way_lost),
}];

/// D37: requests inside a call pass by a proxy that they need, and fail (RFC 3261 §16.6, §12.2.1.1).
fn way_lost(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for dialog in call.dialogs.iter().filter(|dialog| dialog.confirmed.is_some()) {
        let Some(proxied) = Proxied::read(call, dialog) else { continue };
        let inside = dialog.requests.iter().map(|&place| &call.messages[place]);
        let lost = inside.clone().find(|request| proxied.passes_by(request) && fails(call, dialog, request));
        let Some(lost) = lost else {
            judgement.rule_out("D37");
            continue;
        };
        let case = if dialog.route_set.is_empty() { "missing" } else { "ignored" };
        let actor = if case == "missing" { Actor::Us } else { side(call, lost.src) };
        return judgement.found_absence(
            Finding::new("D37", Certainty::Certain, actor)
                .case(case)
                .hop(lost.src, lost.dst)
                .basis(if case == "missing" { "RFC 3261 §16.6" } else { "RFC 3261 §12.2.1.1" })
                .value("proxy", proxied.first.server)
                .value("sender", lost.src)
                .value("target", lost.dst)
                .value("method", lost.title())
                .value("routes", dialog.route_set.join(", ").replace(['<', '>'], ""))
                .evidence(proxied.request.no, "Via", "why-through", vec![])
                .evidence(proxied.answer.no, "Record-Route", "why-answer", vec![])
                .evidence(lost.no, "Route", "why-past", vec![]),
            lost.at,
        );
    }
}

/// A call that went through a proxy, as its two hops show.
struct Proxied<'a> {
    first: &'a Transaction,
    request: &'a Message,
    answer: &'a Message,
}

impl<'a> Proxied<'a> {
    fn read(call: &'a Call, dialog: &Dialog) -> Option<Self> {
        let answer = call.messages.get(dialog.confirmed?)?;
        let hops = || call.of(Method::Invite).filter(|hop| hop.cseq == answer.cseq);
        let first = hops().find(|hop| hop.client == answer.dst || call.request_of(hop).is_some())?;
        let onward = hops().find(|hop| hop.client.ip() == first.server.ip() && hop.client != first.client);
        // On one hop only the Vias of the request that reaches the called side tell.
        let below = hops().filter_map(|hop| call.request_of(hop));
        let through = below.into_iter().find(|request| vias(request) > 1);
        let request = onward.and_then(|hop| call.request_of(hop)).or(through)?;
        Some(Proxied { first, request, answer })
    }

    /// Whether a request goes straight from one end to the other, without a route.
    fn passes_by(&self, request: &Message) -> bool {
        let proxies = [self.first.server.ip(), self.request.src.ip()];
        request.header(HeaderName::ROUTE).is_none()
            && !proxies.contains(&request.dst.ip())
            && !proxies.contains(&request.src.ip())
    }
}

fn vias(request: &Message) -> usize {
    request.syntax().map_or(0, |syntax| syntax.vias().count())
}

/// Whether nothing came of a request inside the call: no answer to its copies, or the 2xx again after an ACK.
fn fails(call: &Call, dialog: &Dialog, request: &Message) -> bool {
    if request.is(Method::Ack) {
        let repeats = call.messages.iter().filter(|again| {
            again.is_success()
                && again.method == Some(Method::Invite)
                && again.cseq == request.cseq
                && again.to_tag == dialog.callee_tag
                && again.at > request.at
        });
        return repeats.count() >= COPIES_MIN;
    }
    let own = call.transactions.iter().find(|one| one.branch == request.branch && one.client == request.src);
    own.is_some_and(|one| one.is_unanswered() && one.copies.len() >= COPIES_MIN)
}

/// Fewer copies than this may have been lost by chance.
const COPIES_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, rules_of, verdict};
    use super::*;

    /// A call from a over the proxy p to b, whose answer has these header fields; the BYE goes from a to `goal`.
    fn called(more: &str, goal: &str, byes: &[u64]) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "p", "INVITE", "call");
        scene.number(1).request(20, "p", "b", "INVITE", "call");
        // Another hop is another transaction.
        scene.number(2);
        let answer = |scene: &mut Scene, from: &str, to: &str, branch: &str| {
            let text = format!(
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {branch}\r\nFrom: <sip:a@x.test>;tag=tag-a\r\nTo: <sip:b@x.test>;tag=tag-b\r\n\
                 Call-ID: call\r\nCSeq: 2 INVITE\r\nContact: <sip:b@192.0.2.2>\r\n{more}Content-Length: 0\r\n\r\n"
            );
            scene.bytes(1000, from, to, text.as_bytes());
        };
        answer(&mut scene, "b", "p", "p.x.test;branch=z9hG4bK2");
        answer(&mut scene, "p", "a", "a.x.test;branch=z9hG4bK2");
        for at in byes {
            let text = "BYE sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK9\r\nMax-Forwards: 70\r\n\
                 From: <sip:a@x.test>;tag=tag-a\r\nTo: <sip:b@x.test>;tag=tag-b\r\nCall-ID: call\r\nCSeq: 3 BYE\r\nContent-Length: 0\r\n\r\n";
            scene.bytes(9000 + at, "a", goal, text.as_bytes());
        }
        scene
    }

    const LADDER: [u64; 6] = [0, 500, 1500, 3500, 7500, 11_500];

    #[test]
    fn d37_a_proxy_that_does_not_record_its_route_is_missing_when_the_call_ends() {
        let mut scene = called("", "b", &LADDER);
        assert_eq!(verdict(scene.end(90_000)), ("D37", "missing", Certainty::Certain));
        assert_eq!(scene.diagnosis("call").roots.len(), 1);
    }

    #[test]
    fn d37_a_side_that_ignores_the_route_is_told_from_a_proxy_that_makes_none() {
        let mut scene = called("Record-Route: <sip:p.x.test;lr>\r\n", "b", &LADDER);
        assert_eq!(verdict(scene.end(90_000)), ("D37", "ignored", Certainty::Certain));
    }

    #[test]
    fn d37_is_not_a_request_that_arrives_or_goes_through_the_proxy() {
        for (goal, byes) in [("b", &LADDER[..1]), ("p", &LADDER[..])] {
            let mut scene = called("", goal, byes);
            assert!(!rules_of(&scene.end(90_000).diagnosis("call")).contains(&"D37"));
        }
    }

    #[test]
    fn d37_in_a_capture_that_ends_early_is_less_sure() {
        let mut scene = called("", "b", &LADDER[..4]);
        assert_eq!(verdict(scene.end(13_000)), ("D37", "missing", Certainty::Likely));
    }
}
