//! Two agents through the real server whose requests cross on the way (RFC 5407): whatever comes first, both end in the
//! same state, and nothing stays behind.
#![allow(clippy::unwrap_used)]

use ringback_roles::agent::{
    AgentSettings, CallId, Command, Ending, Event, Local, Outgoing, Registering, Secret, Side,
};
use ringback_sim::{
    AgentUser, Answer, Dice, HostId, House, Network, Orders, Puppet, Request, Weather, explore,
};
use ringback_sip::flow::Transport;
use ringback_sip::sdp::{Capabilities, Codec, Direction};
use ringback_sip::time::{Duration, Instant};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn section_3_1_1_a_copy_of_the_invite_that_crosses_the_200_is_no_new_call() {
    let plans = [&[][..], &[(When::Comes, Act::Answer)]];
    cross(&plans, |world| {
        world.talks_until_alice_hangs_up([Direction::SendRecv; 2])?;
        let answered = world.at(1, "->", &["SIP/2.0 200", " INVITE]"]).next()?;
        let copied = world.at(1, "<-", &["INVITE "]).any(|at| answered < at);
        (world.phone(1).calls == 1).then_some(copied)
    });
}

#[test]
fn section_3_1_2_a_cancel_and_an_answer_that_cross_leave_no_call() {
    let plans = [&[(When::Rings, Act::HangUp)][..], &[(When::Comes, Act::Ring), (When::Comes, Act::Answer)]];
    cross(&plans, |world| {
        let crossed = world.sends(0, "CANCEL ") && world.sends(0, "BYE ");
        // The answer may come before alice hangs up.
        let told = match world.endings() {
            ([Ending::Cancelled(Side::Us)], [Ending::HungUp(Side::Peer)]) => crossed,
            ([Ending::Cancelled(Side::Us)], [Ending::Cancelled(Side::Peer)])
            | ([Ending::HungUp(Side::Us)], [Ending::HungUp(Side::Peer)]) => !crossed,
            _ => false,
        };
        told.then_some(crossed)
    });
}

#[test]
fn section_3_1_4_a_re_invite_that_overtakes_the_ack_is_served_in_the_end() {
    let plans = [&[(When::Stands, Act::Hold)][..], &[(When::Comes, Act::Answer)]];
    cross(&plans, |world| {
        world.talks_until_alice_hangs_up([Direction::SendOnly, Direction::RecvOnly])?;
        Some(world.overtakes("INVITE ", 1, "ACK "))
    });
}

#[test]
fn section_3_1_5_a_re_invite_that_overtakes_an_ack_with_the_answer_is_491_and_comes_about_later() {
    let plans = [&[(When::Stands, Act::Hold)][..], &[(When::Comes, Act::Answer)]];
    let late_offer = Kind { late_offer: true, ..Kind::default() };
    cross_with(late_offer, &plans, |world| {
        world.talks_until_alice_hangs_up([Direction::SendOnly, Direction::RecvOnly])?;
        let overtakes = world.overtakes("INVITE ", 1, "ACK ");
        (overtakes == world.sends(1, "SIP/2.0 491")).then_some(overtakes)
    });
}

#[test]
fn section_3_1_6_a_bye_that_overtakes_the_ack_ends_the_call_for_good() {
    let plans = [&[(When::Stands, Act::HangUp)][..], &[(When::Comes, Act::Answer)]];
    cross(&plans, |world| {
        let ended = ([Ending::HungUp(Side::Us)], [Ending::HungUp(Side::Peer)]);
        (world.endings() == (&ended.0, &ended.1)).then(|| world.overtakes("BYE ", 0, "ACK "))
    });
}

#[test]
fn section_3_2_1_byes_that_cross_end_the_call_once() {
    let plans =
        [&[(When::Stands, Act::HangUp)][..], &[(When::Comes, Act::Answer), (When::Stands, Act::HangUp)]];
    cross(&plans, |world| {
        let is_hung_up = |endings: &[Ending]| matches!(endings, [Ending::HungUp(_)]);
        let (alice, bob) = world.endings();
        (is_hung_up(alice) && is_hung_up(bob)).then(|| world.sends(0, "BYE ") && world.sends(1, "BYE "))
    });
}

#[test]
fn section_3_2_2_a_re_invite_that_crosses_the_bye_does_not_keep_the_call() {
    let plans =
        [&[(When::Stands, Act::Hold)][..], &[(When::Comes, Act::Answer), (When::Stands, Act::HangUp)]];
    cross(&plans, |world| {
        let refused = world.sends(1, "SIP/2.0 481");
        // Alice hears of the end by the refusal, where that overtakes the BYE (RFC 5057 §5.1).
        let ended = match world.endings() {
            ([Ending::HungUp(Side::Peer)], [Ending::HungUp(Side::Us)]) => true,
            ([_], [Ending::HungUp(Side::Us)]) => refused,
            _ => false,
        };
        ended.then_some(refused)
    });
}

#[test]
fn section_3_2_3_a_200_to_a_re_invite_that_crosses_the_bye_is_acknowledged_and_keeps_nothing() {
    let plans =
        [&[(When::Stands, Act::Hold), (When::Stands, Act::HangUp)][..], &[(When::Comes, Act::Answer)]];
    cross(&plans, |world| {
        let ended = ([Ending::HungUp(Side::Us)], [Ending::HungUp(Side::Peer)]);
        if world.endings() != (&ended.0, &ended.1) {
            return None;
        }
        let invite = world.lines(0, "->").filter(|line| line.contains("INVITE ")).last()?;
        let number = invite.rsplit_once("[CSeq: ")?.1.split(' ').next()?.to_owned();
        let bye = world.at(0, "->", &["BYE "]).next()?;
        let answered = world.at(0, "<-", &["SIP/2.0 200", &format!(" {number} INVITE]")]).next();
        let acknowledged = world.at(0, "->", &["ACK ", &format!(" {number} ACK]")]).next();
        (answered.is_none() || answered < acknowledged).then(|| answered.is_some_and(|at| bye < at))
    });
}

#[test]
fn section_3_2_4_the_called_side_that_hangs_up_before_the_ack_waits_for_it_with_its_bye() {
    let plans = [&[][..], &[(When::Comes, Act::Answer), (When::Stands, Act::HangUp)]];
    cross(&plans, |world| {
        let ended = ([Ending::HungUp(Side::Peer)], [Ending::HungUp(Side::Us)]);
        let acknowledged = world.at(1, "<-", &["ACK "]).next()?;
        let waits = world.at(1, "->", &["BYE "]).all(|at| acknowledged < at);
        let bob = world.phone(1);
        (world.endings() == (&ended.0, &ended.1) && waits).then(|| bob.hangs_up_at < bob.confirmed_at)
    });
}

#[test]
fn section_3_3_1_re_invites_that_cross_both_come_about_one_after_the_other() {
    let plans = [&[(When::Stands, Act::Hold)][..], &[(When::Comes, Act::Answer), (When::Stands, Act::Hold)]];
    cross(&plans, |world| {
        world.talks_until_alice_hangs_up([Direction::Inactive, Direction::Inactive])?;
        Some(world.sends(0, "SIP/2.0 491") || world.sends(1, "SIP/2.0 491"))
    });
}

#[test]
fn section_3_3_2_an_update_and_a_re_invite_with_offers_that_cross_both_come_about() {
    let bob = &[(When::Comes, Act::Play), (When::Comes, Act::Answer), (When::Stands, Act::Hold)];
    cross(&[&[(When::Rings, Act::Hold)], bob], |world| {
        world.talks_until_alice_hangs_up([Direction::Inactive, Direction::Inactive])?;
        let refused = world.at(1, "->", &["SIP/2.0 491", " UPDATE]"]).next().is_some();
        Some(refused || world.at(0, "->", &["SIP/2.0 491", " INVITE]"]).next().is_some())
    });
}

#[test]
fn section_3_3_2_an_update_without_an_offer_that_crosses_a_re_invite_disturbs_nothing() {
    let plans = [&[][..], &[(When::Comes, Act::Answer), (When::Stands, Act::HoldAtRefresh)]];
    let refreshed = Kind { refresh: true, ..Kind::default() };
    cross_with(refreshed, &plans, |world| {
        world.talks_until_alice_hangs_up([Direction::RecvOnly, Direction::SendOnly])?;
        let invite = world.at(1, "->", &["INVITE "]).next()?;
        let answer = world.at(1, "<-", &["SIP/2.0 200", " INVITE]"]).next()?;
        let crossed = world.at(1, "<-", &["UPDATE "]).any(|at| (invite..answer).contains(&at));
        (!world.sends(0, "SIP/2.0 491") && !world.sends(1, "SIP/2.0 491")).then_some(crossed)
    });
}

#[test]
fn section_3_3_3_a_refer_that_crosses_the_bye_moves_nobody() {
    let plans =
        [&[(When::Stands, Act::Transfer)][..], &[(When::Comes, Act::Answer), (When::Stands, Act::HangUp)]];
    cross(&plans, |world| {
        let refused = world.at(1, "->", &["SIP/2.0 481", " REFER]"]).next().is_some();
        let is_ended = matches!(world.endings(), ([_], [Ending::HungUp(Side::Us)]));
        (is_ended && !(refused && world.phone(1).is_referred)).then_some(refused)
    });
}

#[test]
fn section_3_1_3_a_bye_in_the_early_dialog_that_crosses_the_200_ends_the_call() {
    leave_early(&[&[(When::Comes, Act::Ring), (When::Comes, Act::Answer)]], |world| {
        let [ending] = &world.phone(1).endings[..] else { return None };
        let answered = world.at(1, "->", &["SIP/2.0 200", " INVITE]"]).next();
        let left = world.at(1, "<-", &["BYE "]).next()?;
        let is_told = match ending {
            Ending::HungUp(Side::Peer) => answered < Some(left),
            Ending::Cancelled(Side::Peer) => answered.is_none() && world.hears(0, "SIP/2.0 487"),
            _ => false,
        };
        let answer = world.at(0, "<-", &["SIP/2.0 200", " INVITE]"]).next();
        let acknowledged = answer.is_none_or(|answer| world.at(0, "->", &["ACK "]).any(|at| answer < at));
        let bye = world.at(0, "->", &["BYE "]).next()?;
        let crossed = answered.is_some_and(|at| at < left) && answer.is_some_and(|at| bye < at);
        (is_told && acknowledged).then_some(crossed)
    });
}

#[test]
fn appendix_a_a_bye_in_one_early_dialog_leaves_the_call_to_the_other_phones() {
    let rings = &[(When::Comes, Act::Ring)][..];
    leave_early(&[rings, &[(When::Comes, Act::Ring), (When::Comes, Act::AnswerLate)]], |world| {
        let [rung, answered] = [1, 2].map(|number| &world.phone(number).endings[..]);
        let stood = world.at(0, "<-", &["SIP/2.0 200", " INVITE]"]).next().is_some();
        let [is_left, is_other_left] = [1, 2].map(|number| world.hears(number, "BYE "));
        let is_it = match (rung, answered) {
            ([Ending::Cancelled(Side::Peer)], [Ending::HungUp(Side::Peer)]) => stood,
            // The one that would have answered was left, and the other one rings in vain.
            ([Ending::Refused(_)], [Ending::Cancelled(Side::Peer)]) => !stood && !is_left,
            _ => false,
        };
        (is_it && is_other_left).then_some(is_left && stood)
    });
}

#[test]
fn appendix_e_of_phones_that_answer_at_once_one_has_the_call_and_the_others_are_hung_up() {
    let answers = &[(When::Comes, Act::Ring), (When::Comes, Act::Answer)][..];
    cross(&[&[], answers, answers], |world| {
        let [Ending::HungUp(Side::Us)] = &world.phone(0).endings[..] else { return None };
        let told = |number| match &world.phone(number).endings[..] {
            [Ending::HungUp(Side::Peer)] => Some(true),
            [Ending::Cancelled(Side::Peer)] => Some(false),
            _ => None,
        };
        let answered = [told(1)?, told(2)?];
        // Each 200 is acknowledged, and the second call hung up at once.
        let sent = [1, 2].map(|number| world.at(number, "->", &["SIP/2.0 200", " INVITE]"]).next().is_some());
        let acknowledged = [1, 2].iter().all(|number| world.hears(*number, "ACK "));
        (answered.contains(&true) && answered == sent && acknowledged).then_some(answered == [true; 2])
    });
}

#[test]
fn a_hold_ordered_while_the_call_begins_comes_about() {
    let plans: [&[_]; 2] = [&[], &[(When::Comes, Act::Play), (When::Comes, Act::Answer)]];
    cross_with(Kind { holds: true, ..Kind::default() }, &plans, |world| {
        world.talks_until_alice_hangs_up([Direction::SendOnly, Direction::RecvOnly])?;
        Some(world.sends(0, "UPDATE "))
    });
}

// ---------------------------------------------------------------------------------------------------------------

/// Schedules of each race.
const SEEDS: u64 = 80;
const SECOND: Duration = Duration::from_secs(1);
/// The most that a plan waits: as long as a message may be under way.
const PAUSE_MAX: Duration = Duration::from_millis(400);
/// Half of the shortest session interval (RFC 4028 §4).
const REFRESH: Duration = Duration::from_secs(45);

/// What is unlike a plain call.
#[derive(Clone, Copy, Default)]
struct Kind {
    /// The called side makes the offer.
    late_offer: bool,
    /// Alice refreshes the session, at [`REFRESH`] after it began.
    refresh: bool,
    /// Alice puts the peer on hold soon after she began to call, whatever has become of that.
    holds: bool,
    /// Alice is a scripted peer, who leaves the first early dialog by BYE.
    leaves: bool,
}

/// What somebody does.
type Plan = &'static [(When, Act)];

fn cross(plans: &[Plan], judge: impl Fn(&World) -> Option<bool> + Sync) {
    cross_with(Kind::default(), plans, judge);
}

/// Alice leaves the first early dialog by BYE, while the phones of bob do as planned.
fn leave_early(plans: &[Plan], judge: impl Fn(&World) -> Option<bool> + Sync) {
    let plans: Vec<Plan> = [&[][..]].into_iter().chain(plans.iter().copied()).collect();
    cross_with(Kind { leaves: true, ..Kind::default() }, &plans, judge);
}

/// What alice and bob do. `judge` gives whether the requests crossed, or nothing when the world is not as it must be.
/// In a good part of the seeds they have to cross, and in some not.
fn cross_with(kind: Kind, plans: &[Plan], judge: impl Fn(&World) -> Option<bool> + Sync) {
    let crossed = AtomicU64::new(0);
    explore(SEEDS, |seed, _| {
        let mut world = World::new(seed, kind, plans);
        world.net.run_for(SECOND * 300);
        world.net.settle(SECOND * 60).map_err(|e| world.net.with_trace(&e))?;
        world.net.verdict()?;
        let fault = |text: &str| Err(world.net.with_trace(text));
        for id in world.phones.iter().copied().skip(usize::from(kind.leaves)) {
            if world.net.machine::<Phone>(id).node().is_some_and(|agent| !agent.is_at_rest()) {
                return fault(world.net.name_of(id));
            }
        }
        let Some(has_crossed) = judge(&world) else { return fault("not as it must be") };
        crossed.fetch_add(u64::from(has_crossed), Ordering::Relaxed);
        Ok(())
    });
    let is_whole = std::env::var("RINGBACK_SEED").is_err() && std::env::var("RINGBACK_SEEDS").is_err();
    let crossed = crossed.load(Ordering::Relaxed);
    assert!(!is_whole || (SEEDS / 20..SEEDS).contains(&crossed), "{crossed} of {SEEDS} crossed");
}

/// When a phone does something: when a call comes, when the peer's phone rings, when the call stands.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Comes,
    Rings,
    Stands,
}

#[derive(Clone, Copy)]
enum Act {
    Ring,
    /// Early media.
    Play,
    Answer,
    /// A good while later.
    AnswerLate,
    Hold,
    /// When the session is refreshed.
    HoldAtRefresh,
    Transfer,
    HangUp,
}

struct World {
    net: Network,
    /// Alice, and the phones of bob.
    phones: Vec<HostId>,
}

impl World {
    /// Alice calls bob, and hangs up after two minutes if nothing else ends the call.
    fn new(seed: u64, kind: Kind, plans: &[Plan]) -> Self {
        let mut net = Network::new(seed, true);
        House::found(&mut net, seed, !kind.leaves);
        let named = [("alice", "alice"), ("bob", "bob"), ("bob2", "bob")].into_iter().zip(plans).zip(10..);
        let mut phones = Vec::new();
        for (((name, user), plan), number) in named {
            let address = SocketAddr::from(([198, 51, 100, number], 5060));
            if kind.leaves && phones.is_empty() {
                let puppet = Puppet::new(Transport::Udp, address, Answer::silent());
                phones.push(net.add(name, puppet, &[(Transport::Udp, address)], None));
                continue;
            }
            let local = Local { transport: Transport::Udp, address };
            let mut settings = AgentSettings::new(&format!("sip:{user}@example.test"), local);
            settings.proxy = Some(format!("sip:{}", House::address()));
            settings.password = Some(Secret::new(House::PASSWORD.as_bytes()));
            if kind.refresh {
                settings.session.expires = Some(REFRESH * 2);
            }
            let phone = Phone {
                settings,
                plan,
                dice: net.split_dice(),
                endings: Vec::new(),
                direction: Direction::SendRecv,
                calls: 0,
                hangs_up_at: None,
                confirmed_at: None,
                is_referred: false,
            };
            let id = net.add(name, phone, &[(Transport::Udp, address)], None);
            net.order::<Phone>(id, SECOND / 10, Command::Register(Registering::Once));
            phones.push(id);
        }
        net.run_for(SECOND * 5);
        net.set_weather(Weather {
            delay_max: PAUSE_MAX,
            loss: 20_000,
            duplication: 50_000,
            reordering: 100_000,
            ..Weather::calm()
        });
        if kind.leaves {
            let early_bye_after = Some(net.split_dice().between(Duration::ZERO, PAUSE_MAX));
            let request = Request::new("INVITE", "sip:bob@example.test", House::address());
            let body = OFFER.to_owned();
            let request = Request { early_bye_after, bye_after: Some(SECOND * 20), body, ..request };
            net.order::<Puppet>(phones[0], SECOND, request);
            return World { net, phones };
        }
        let outgoing = Outgoing {
            target: "sip:bob@example.test".to_owned(),
            audio: audio(10),
            late_offer: kind.late_offer,
            patience: None,
            duration: Some(SECOND * 120),
            referral: None,
        };
        let call = Command::Call { call: CallId(1), outgoing: Box::new(outgoing) };
        net.order::<Phone>(phones[0], SECOND, call);
        if kind.holds {
            let pause = net.split_dice().between(Duration::ZERO, PAUSE_MAX * 4);
            net.order::<Phone>(phones[0], SECOND + pause, Command::Hold(CallId(1)));
        }
        World { net, phones }
    }

    fn phone(&self, number: usize) -> &Phone {
        &self.net.machine::<Phone>(self.phones[number]).around
    }

    fn endings(&self) -> (&[Ending], &[Ending]) {
        (&self.phone(0).endings, &self.phone(1).endings)
    }

    /// Whether the call stood until alice ended it, with this direction at either side.
    fn talks_until_alice_hangs_up(&self, directions: [Direction; 2]) -> Option<()> {
        let ended = ([Ending::HungUp(Side::Us)], [Ending::HungUp(Side::Peer)]);
        let is_it = self.endings() == (&ended.0, &ended.1);
        (is_it && directions == [0, 1].map(|number| self.phone(number).direction)).then_some(())
    }

    /// Whether a phone sent what begins so.
    fn sends(&self, number: usize, start: &str) -> bool {
        self.lines(number, "->").any(|line| line.contains(start))
    }

    /// Whether somebody heard what begins so.
    fn hears(&self, number: usize, start: &str) -> bool {
        self.lines(number, "<-").any(|line| line.contains(start))
    }

    /// Whether bob heard a later `one`, after that many of its kind, before the first `other`.
    fn overtakes(&self, one: &str, earlier: usize, other: &str) -> bool {
        let of = |start: &str, skipped: usize| {
            let heard = self.lines(1, "<-").enumerate().filter(|(_, line)| line.contains(start));
            let mut names = std::collections::BTreeSet::new();
            let fresh = heard
                .filter(|(_, line)| names.insert(line.rsplit_once("CSeq").map(|(_, rest)| rest.to_owned())));
            fresh.map(|(at, _)| at).nth(skipped)
        };
        of(one, earlier).is_some_and(|at| of(other, 0).is_none_or(|late| at < late))
    }

    /// Where in the trace a phone sent or heard what has all these parts.
    fn at(&self, number: usize, way: &str, parts: &[&str]) -> impl Iterator<Item = usize> {
        let mark = format!(" {} {way} ", self.net.name_of(self.phones[number]));
        let text = self.net.with_trace("");
        let is_it = |line: &str| line.contains(&mark) && parts.iter().all(|part| line.contains(part));
        let places: Vec<usize> =
            text.lines().enumerate().filter(|(_, line)| is_it(line)).map(|(at, _)| at).collect();
        places.into_iter()
    }

    /// What a phone sent or heard, line by line of the trace.
    fn lines(&self, number: usize, way: &str) -> impl Iterator<Item = String> {
        let mark = format!(" {} {way} ", self.net.name_of(self.phones[number]));
        let text = self.net.with_trace("");
        let lines: Vec<String> =
            text.lines().filter(|line| line.contains(&mark)).map(str::to_owned).collect();
        lines.into_iter()
    }
}

/// What a scripted caller offers.
const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 198.51.100.10\r\ns=-\r\nc=IN IP4 198.51.100.10\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 0\r\n";

fn audio(number: u8) -> Capabilities {
    Capabilities::new(SocketAddr::from(([198, 51, 100, number], 4000)), &Codec::ALL)
}

/// Somebody who follows a plan, each step after a random pause.
struct Phone {
    settings: AgentSettings,
    plan: &'static [(When, Act)],
    dice: Dice,
    endings: Vec<Ending>,
    direction: Direction,
    /// How many calls came.
    calls: usize,
    hangs_up_at: Option<Instant>,
    confirmed_at: Option<Instant>,
    /// Whether it was asked to call somebody else.
    is_referred: bool,
}

impl AgentUser for Phone {
    fn settings(&self) -> &AgentSettings {
        &self.settings
    }

    fn hear(&mut self, now: Instant, event: Event, orders: &mut Orders<Command>) {
        let (call, when) = match event {
            Event::Incoming { call, .. } => {
                self.calls += 1;
                (call, When::Comes)
            }
            Event::Progress { call, .. } => (call, When::Rings),
            Event::Established { call, .. } => (call, When::Stands),
            Event::Media { agreed: Some(agreed), .. } => return self.direction = agreed.direction,
            Event::Confirmed(_) => return self.confirmed_at = Some(now),
            Event::Referred { .. } => return self.is_referred = true,
            Event::Ended { ending, .. } => return self.endings.push(ending),
            _ => return,
        };
        for (_, act) in self.plan.iter().filter(|(then, _)| *then == when) {
            let pause = match act {
                Act::Ring | Act::Play => Duration::ZERO,
                Act::AnswerLate => SECOND * 10,
                Act::HoldAtRefresh => REFRESH + self.dice.between(Duration::ZERO, PAUSE_MAX),
                _ => self.dice.between(Duration::ZERO, PAUSE_MAX),
            };
            let (after, audio) = (Duration::ZERO, audio(11));
            let order = match act {
                Act::Ring => Command::Ring { call, audio: None },
                Act::Play => Command::Ring { call, audio: Some(audio) },
                Act::Answer | Act::AnswerLate => Command::Answer { call, after, audio, duration: None },
                Act::Hold | Act::HoldAtRefresh => Command::Hold(call),
                Act::Transfer => Command::Transfer { call, target: "sip:carol@example.test".to_owned() },
                Act::HangUp => {
                    self.hangs_up_at = Some(now + pause);
                    Command::Hangup(call)
                }
            };
            orders.give(pause, order);
        }
    }
}
