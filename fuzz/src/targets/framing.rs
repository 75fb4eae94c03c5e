//! Streams: where a message ends.

use ringback_sip::syntax::stream::{Framer, Step, StreamLimits};
use ringback_sip::syntax::{Deviation, DeviationKind, Message};

/// The first octets say how the stream is cut; the steps must not depend on it.
pub fn framing(data: &[u8]) {
    let (cuts, stream) = data.split_at(data.len().min(2));
    let limits = StreamLimits { head_bytes_max: 2048, message_bytes_max: 4096 };
    let whole = steps(stream, limits, usize::MAX, usize::MAX);
    let [first, second] = [0, 1].map(|n| usize::from(cuts.get(n).copied().unwrap_or(0)) + 1);
    assert_eq!(steps(stream, limits, first, second), whole, "cut at {first} and {second}");
    let mut taken = 0;
    for step in whole {
        taken += match step {
            Step::Blank(length) | Step::Ping(length) => length,
            Step::Message(length) => {
                agree(&stream[taken..taken + length]);
                length
            }
            Step::Need | Step::Fault { .. } => 0,
        };
    }
}

/// What the framer takes for one message is one for the parser too: else a peer could hide a message in another.
fn agree(frame: &[u8]) {
    let Ok(message) = Message::parse(frame) else { return };
    assert!(message.content_length().is_ok(), "{:?}", message.content_length());
    assert!(message.body_is_whole());
    let is_longer = |d: &Deviation| matches!(d.kind, DeviationKind::BytesAfterBody);
    assert!(!message.deviations().iter().any(is_longer), "the frame ends with the body");
}

/// The steps of a framer that is shown `first`, then `second`, then `first` bytes more, and so on.
fn steps(stream: &[u8], limits: StreamLimits, first: usize, second: usize) -> Vec<Step> {
    let mut framer = Framer::new(limits);
    let (mut taken, mut shown, mut turn) = (0, 0, 0);
    let mut steps = Vec::new();
    loop {
        match framer.next(&stream[taken..shown]) {
            Step::Need if shown == stream.len() => return steps,
            Step::Need => {
                shown = shown.saturating_add(if turn % 2 == 0 { first } else { second }).min(stream.len());
                turn += 1;
            }
            step @ (Step::Blank(length) | Step::Ping(length) | Step::Message(length)) => {
                assert!(length > 0 && taken + length <= shown, "takes what was shown, and something");
                taken += length;
                steps.push(step);
            }
            fault @ Step::Fault { .. } => {
                steps.push(fault);
                return steps;
            }
        }
    }
}
