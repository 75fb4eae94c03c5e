//! The answer to a call and its acknowledgement.

use super::super::facts::{Call, Dialog, Facts, Message, Point, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::super::timing::{LadderKind, fit};
use core::time::Duration;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::time::Instant;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "D36",
    level: Level::Root,
    explains: &["D01", "D38", "D45", "D46"],
    judge: Judge::Call(lost_ack),
}];

/// D36: the callee repeats its 2xx, for no ACK reaches it (RFC 3261 §13.3.1.4).
fn lost_ack(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    // The hop nearest to the callee shows it best: the others repeat what it does.
    for transaction in call.of(Method::Invite).collect::<Vec<_>>().into_iter().rev() {
        let Some(answers) = Answers::read(call, transaction) else { continue };
        if fit(&answers.times(), LadderKind::Capped).is_none() || answers.copies.len() < COPIES_MIN {
            judgement.rule_out("D36");
            continue;
        }
        // One ACK may be lost and the next come through; two that change nothing are not heard.
        let last = answers.copies.last().map_or(Instant::EPOCH, |last| last.at);
        let before = answers.acks.iter().filter(|ack| ack.at < last).count();
        if !answers.acks.is_empty() && before < ACKS_MIN {
            judgement.rule_out("D36");
            continue;
        }
        return judgement.found_absence(answers.finding(facts, call), answers.copies[0].at);
    }
}

/// A 2xx with its copies on one hop, and the ACKs to it on any.
struct Answers<'a> {
    transaction: &'a Transaction,
    copies: Vec<&'a Message>,
    acks: Vec<&'a Message>,
    /// The same 2xx on every hop.
    all: Vec<&'a Message>,
    dialog: Option<&'a Dialog>,
}

impl<'a> Answers<'a> {
    fn read(call: &'a Call, transaction: &'a Transaction) -> Option<Self> {
        let finals = transaction.finals.iter().map(|&place| &call.messages[place]);
        let finals: Vec<_> = finals.filter(|m| m.status.is_some_and(|s| s.is_success())).collect();
        let first = *finals.first()?;
        // Another 2xx of a fork has another tag.
        let copies: Vec<_> = finals.into_iter().filter(|copy| copy.to_tag == first.to_tag).collect();
        let acks = call.messages.iter().filter(|ack| {
            ack.is(Method::Ack) && ack.cseq == first.cseq && ack.to_tag == first.to_tag && ack.at >= first.at
        });
        let dialog = call.dialogs.iter().find(|dialog| dialog.callee_tag == first.to_tag);
        let all = call.messages.iter().filter(|message| {
            message.status.is_some_and(|status| status.is_success())
                && (message.method, message.cseq, &message.to_tag)
                    == (first.method, first.cseq, &first.to_tag)
        });
        Some(Answers { transaction, copies, acks: acks.collect(), all: all.collect(), dialog })
    }

    fn times(&self) -> Vec<Instant> {
        self.copies.iter().map(|copy| copy.at).collect()
    }

    fn finding(&self, facts: &Facts, call: &Call) -> Finding {
        let (first, last) = (self.copies[0], self.copies[self.copies.len() - 1]);
        let astray = self.acks.iter().find(|ack| self.is_astray(ack));
        let (case, certainty, actor) = match (self.acks.first(), facts.point(first)) {
            (None, Point::Receiver) => ("unsent", Certainty::Certain, Actor::Caller),
            (None, _) => ("unseen", Certainty::Certain, Actor::Caller),
            (Some(_), _) if astray.is_some() => ("astray", Certainty::Certain, Actor::Caller),
            (Some(_), _) => ("lost", Certainty::Likely, Actor::Network),
        };
        let mut finding = Finding::new("D36", certainty, actor)
            .case(case)
            .hop(self.transaction.server, self.transaction.client)
            .basis("RFC 3261 §13.3.1.4")
            .value("peer", self.transaction.server)
            .value("copies", self.copies.len())
            .value("seconds", last.at.since(first.at).as_secs())
            .evidence(first.no, "", "why-first", vec![])
            .evidence(last.no, "", "why-last", vec![("copies", self.copies.len().to_string())]);
        if let Some(ack) = astray.or(self.acks.first()) {
            let target = request_uri(ack);
            let contact = self.contact(ack).unwrap_or_default();
            finding = finding
                .value("target", &target)
                .value("contact", &contact)
                .value("sent-to", ack.dst)
                .value("before", if ack.dst == self.transaction.server { ack.src } else { ack.dst })
                .evidence(ack.no, "", "why-ack", vec![("target", target), ("sent-to", ack.dst.to_string())]);
        }
        let bye = call.messages.iter().find(|bye| {
            bye.is(Method::Bye) && bye.from_tag == first.to_tag && bye.at.since(first.at) >= BYE_FROM
        });
        if let Some(bye) = bye {
            let seconds = bye.at.since(first.at).as_secs().to_string();
            finding = finding.evidence(bye.no, "", "why-bye", vec![("after", seconds)]);
        }
        finding
    }

    /// Whether the ACK asks for something else than what the 2xx on its own hop told. Loose routes only: with strict ones the
    /// Request-URI is a route.
    fn is_astray(&self, ack: &Message) -> bool {
        let Some(contact) = self.contact(ack) else { return false };
        let routes = self.dialog.map(|dialog| dialog.route_set.as_slice()).unwrap_or_default();
        if !routes.iter().all(|route| route.contains(";lr")) {
            return false;
        }
        // Further on, proxies have taken their own routes out.
        let is_first_hop = ack.src == self.transaction.client && ack.dst != self.transaction.server;
        let lacks_route = is_first_hop && !routes.is_empty() && ack.header(HeaderName::ROUTE).is_none();
        plain(&request_uri(ack)) != plain(&contact) || lacks_route
    }

    /// The Contact that the sender of the ACK was told.
    fn contact(&self, ack: &Message) -> Option<String> {
        let told = self.all.iter().find(|told| told.dst == ack.src)?;
        let contact = told.syntax()?.contacts().flatten().next()?;
        Some(String::from_utf8_lossy(contact.uri).into_owned())
    }
}

/// The URI without its parameters.
fn plain(uri: &str) -> &str {
    uri.split([';', '?']).next().unwrap_or_default()
}

fn request_uri(request: &Message) -> String {
    let uri = request.syntax().map(|syntax| String::from_utf8_lossy(syntax.request_uri()).into_owned());
    uri.unwrap_or_default()
}

/// Fewer copies than this may wait for a slow ACK.
const COPIES_MIN: usize = 4;
/// Fewer ACKs than this may have been lost by chance.
const ACKS_MIN: usize = 2;
/// A callee that gives up for want of an ACK does so after 64·T1; some stop sooner.
const BYE_FROM: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, rules_of, verdict};
    use super::*;

    const LADDER: [u64; 11] = [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500];
    const CONTACT: &str = "Contact: <sip:b@x.test>";

    fn answered(copies: usize) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", "Contact: <sip:a@x.test>");
        for at in &LADDER[..copies] {
            scene.response_with(1000 + at, "b", "a", "200 OK", "INVITE", "call", CONTACT);
        }
        scene
    }

    #[test]
    fn d36_a_200_repeated_until_the_callee_hangs_up_lacks_its_ack() {
        let mut scene = answered(11);
        scene.number(8).request_in(33_000, "b", "a", "BYE", "call", "").end(70_000);
        assert_eq!(verdict(&scene), ("D36", "unseen", Certainty::Certain));
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.roots[0].evidence.iter().any(|evidence| evidence.why == "why-bye"));
    }

    #[test]
    fn d36_tells_an_ack_that_goes_elsewhere_from_one_that_is_lost() {
        let mut scene = answered(11);
        for at in &LADDER {
            scene.number(1).request_in(1010 + at, "a", "b", "ACK", "call", "");
        }
        scene.end(70_000);
        assert_eq!(verdict(&scene), ("D36", "lost", Certainty::Likely));
        let values = &scene.diagnosis("call").roots[0].values;
        let value =
            |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        assert_ne!(value("before"), value("peer"), "it is lost between two places");
        let mut scene = answered(11);
        for at in &LADDER {
            let ack = "ACK sip:a@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK77\r\nFrom: <sip:a@x.test>;tag=tag-a\r\n\
                 To: <sip:b@x.test>;tag=tag-b\r\nCall-ID: call\r\nCSeq: 2 ACK\r\nContent-Length: 0\r\n\r\n";
            scene.bytes(1010 + at, "a", "c", ack.as_bytes());
        }
        assert_eq!(verdict(scene.end(70_000)), ("D36", "astray", Certainty::Certain));
    }

    #[test]
    fn d36_the_unanswered_bye_after_it_is_its_consequence() {
        let mut scene = answered(11);
        for at in &LADDER {
            scene.number(8).request_in(33_000 + at, "b", "a", "BYE", "call", "");
        }
        let diagnosis = scene.end(110_000).diagnosis("call");
        assert_eq!(diagnosis.roots.iter().map(|root| root.rule).collect::<Vec<_>>(), ["D36"]);
        assert_eq!(diagnosis.symptoms.iter().map(|root| root.rule).collect::<Vec<_>>(), ["D01", "D38"]);
    }

    #[test]
    fn d36_is_not_a_late_ack() {
        let mut scene = answered(4);
        scene.number(1).request_in(4600, "a", "b", "ACK", "call", "").end(70_000);
        assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
        assert!(scene.diagnosis("call").ruled_out.contains(&"D36"));
    }

    #[test]
    fn d36_in_a_capture_that_ends_early_is_less_sure() {
        let mut scene = answered(5);
        assert_eq!(verdict(scene.end(9000)), ("D36", "unseen", Certainty::Likely));
    }
}
