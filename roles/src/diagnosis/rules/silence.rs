//! Calls without any sound.

use super::super::facts::{Call, Facts, Message, Stream};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::offer::Exchange;
use super::shared::{bye_after, side};
use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::registry::HeaderName;
use ringback_sip::sdp::{Description, Direction};

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D46", level: Level::Root, explains: &["D44"], judge: Judge::Call(no_sound) }];

/// D46: a call is answered and nobody's sound passes, or it is ended since none came any more (RFC 3264 §8.4, RFC 3550).
fn no_sound(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let exchanges = Exchange::all(call);
    // Media that were moved or held are another story.
    let [exchange] = &exchanges[..] else { return };
    let (Some(asked), Some(given)) = (wanted(&exchange.offered), wanted(&exchange.answered)) else { return };
    let end = bye_after(call, exchange.answer);
    let until = end.map_or(facts.ended(), |bye| bye.at);
    if until.since(exchange.answer.at) < LONG {
        return;
    }
    let ends = [asked, given];
    let is_own = |stream: &&Stream| ends.contains(&stream.key.dst) || ends.contains(&stream.key.src);
    let mut own: Vec<_> = facts.streams_of(call).collect();
    if own.is_empty() {
        // Another call may have got its port.
        own.extend(facts.streams().take(STREAMS_LOOKED_AT).filter(is_own));
    }
    if let Some(last) = own.iter().map(|stream| stream.last).max() {
        match end.filter(|bye| is_timeout(bye, bye.at.since(last))) {
            Some(bye) => judgement.found(
                finding(exchange, ends, "stopped", side(call, bye.src))
                    .value("seconds", bye.at.since(last).as_secs())
                    .value("party", bye.src)
                    .evidence(bye.no, "", "why-bye", vec![]),
            ),
            None => judgement.rule_out("D46"),
        }
        return;
    }
    // Only where other calls of the same hosts show their media would those of this one have been seen.
    let is_all_seen = facts.streams().nth(STREAMS_LOOKED_AT).is_none();
    let would_show = is_all_seen
        && facts.streams().any(|stream| {
            let hosts = [stream.key.src.ip(), stream.key.dst.ip()];
            ends.iter().all(|end| hosts.contains(&end.ip())) && stream.packets >= MANY
        });
    if would_show {
        let finding = finding(exchange, ends, "none", Actor::Network);
        judgement.found(finding.value("seconds", until.since(exchange.answer.at).as_secs()));
    }
}

fn finding(
    exchange: &Exchange<'_>,
    [asked, given]: [SocketAddr; 2],
    case: &'static str,
    actor: Actor,
) -> Finding {
    Finding::new("D46", Certainty::Likely, actor)
        .case(case)
        .hop(exchange.transaction.client, exchange.transaction.server)
        .basis("RFC 3264 §8.4")
        .value("one", asked)
        .value("other", given)
        .evidence(exchange.offer.no, "m=", "why-wants", vec![("wants", asked.to_string())])
        .evidence(exchange.answer.no, "m=", "why-wants", vec![("wants", given.to_string())])
}

/// Whether a BYE says that media had stopped, or comes as long after them as people configure.
fn is_timeout(bye: &Message, quiet: Duration) -> bool {
    let told = bye.header(HeaderName::REASON).unwrap_or_default().to_ascii_lowercase();
    let is_told = ["media timeout", "rtp timeout", "media inactivity", "rtp inactivity"];
    is_told.iter().any(|words| told.contains(words))
        || ROUND.iter().any(|&seconds| quiet.abs_diff(Duration::from_secs(seconds)) <= NEAR)
}

/// Where a description wants its sound, when it wants it in both directions.
fn wanted(description: &Description) -> Option<SocketAddr> {
    let sound = description.media.iter().find(|media| media.kind == "audio" && media.port != 0)?;
    let ip = description.connection_of(sound)?.address.ip().filter(|ip| !ip.is_unspecified())?;
    (description.direction_of(sound) == Direction::SendRecv).then(|| SocketAddr::new(ip, sound.port))
}

/// Sound that has not come by then will not come.
const LONG: Duration = Duration::from_secs(5);
/// Packets of a stream that works.
const MANY: u64 = 50;
const STREAMS_LOOKED_AT: usize = 2_000;
/// Seconds without media after which servers hang up.
const ROUND: &[u64] = &[30, 60, 120, 300];
const NEAR: Duration = Duration::from_millis(700);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::super::media::tests::stream;
    use super::*;

    fn body(ip: &str, port: u16) -> String {
        format!(
            "Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 8\r\n"
        )
    }

    /// A call between these ports that is hung up then.
    fn talked(scene: &mut Scene, call: &str, port: u16, end: u64, more: &str) {
        scene.request_with(0, "a", "b", "INVITE", call, &body("198.51.100.1", port));
        scene.response_with(1000, "b", "a", "200 OK", "INVITE", call, &body("198.51.100.2", port));
        scene.request_in(end, "b", "a", "BYE", call, more);
        scene.response(end + 20, "a", "b", "200 OK", "BYE", call).end(end + 60_000);
    }

    const HERE: &str = "198.51.100.1:4000";
    const THERE: &str = "198.51.100.2:4000";

    #[test]
    fn d46_no_sound_where_other_calls_of_the_same_hosts_have_some() {
        let mut scene = Scene::new();
        talked(&mut scene, "call", 6000, 30_000, "");
        assert_eq!(any_verdict(&scene, "call"), None);
        talked(&mut scene, "other", 4000, 30_000, "");
        stream(&mut scene, HERE, THERE, 400);
        assert_eq!(any_verdict(&scene, "call"), Some(("D46", "none", Certainty::Likely)));
    }

    #[test]
    fn d46_a_call_that_is_ended_a_round_time_after_its_sound_was_cut_off_by_a_server() {
        for (end, more, expected) in [
            // The sound ends at 9.1 s.
            (69_100, "", Some(("D46", "stopped", Certainty::Likely))),
            (
                17_000,
                "Reason: Q.850;cause=16;text=\"Media Timeout\"",
                Some(("D46", "stopped", Certainty::Likely)),
            ),
            (17_000, "", None),
        ] {
            let mut scene = Scene::new();
            talked(&mut scene, "call", 4000, end, more);
            stream(&mut scene, HERE, THERE, 400);
            stream(&mut scene, THERE, HERE, 400);
            assert_eq!(any_verdict(&scene, "call"), expected);
        }
    }

    #[test]
    fn d46_in_a_capture_that_ends_soon_after_the_answer_says_nothing() {
        let mut scene = Scene::new();
        talked(&mut scene, "other", 4000, 3000, "");
        stream(&mut scene, HERE, THERE, 60);
        talked(&mut scene, "call", 6000, 4000, "");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D46"));
    }
}
