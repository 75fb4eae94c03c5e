//! The INVITE server transaction (RFC 3261 §17.2.1, Figure 7 as replaced by RFC 6026 §8.6).

use super::machine::{Ended, INVITE_TRYING_DELAY, Output, Outputs, Sent, unless_reliable};
use crate::registry::{Timer, TimerValues};
use crate::time::Duration;

/// The machine of one INVITE that we received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteServer {
    state: State,
    reliable: bool,
    /// The time between the last copy of the failure response and the next: Timer G.
    interval: Duration,
}

/// The states of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The user is at work on it.
    Proceeding,
    /// A failure was sent; its ACK is awaited.
    Completed,
    /// The ACK to the failure came.
    Confirmed,
    /// A 2xx was sent.
    Accepted,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A copy of the INVITE arrived.
    Invite,
    /// An ACK that belongs to it arrived.
    Ack,
    /// The user gives a 1xx.
    Provisional,
    /// The user gives a 2xx.
    Success,
    /// The user gives a 3xx to 6xx.
    Failure,
    /// A timer fired.
    Timer(Timer),
    /// A response could not be sent.
    TransportError,
}

use {Input as I, State as S, Timer as T};

impl InviteServer {
    /// Starts in [`State::Proceeding`]; a 100 will go out when the user gives nothing in time.
    pub fn start(reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        let mut out = Outputs::new();
        out.push(Output::SetTimer(T::Trying, INVITE_TRYING_DELAY));
        (InviteServer { state: S::Proceeding, reliable, interval: values.t1 }, out)
    }

    /// Takes one input; gives what must be done for it.
    pub fn handle(&mut self, input: Input, values: &TimerValues) -> Outputs {
        let mut outputs = Outputs::new();
        let out = &mut outputs;
        self.state = match (self.state, input) {
            (S::Proceeding, I::Timer(T::Trying)) => send(out, Sent::Trying, S::Proceeding),
            (S::Proceeding, I::Provisional) => progress(out),
            (S::Proceeding, I::Success) => accept(out, values),
            (S::Proceeding, I::Failure) => self.refuse(out, values),
            (S::Completed, I::Timer(T::G)) => self.retransmit(out, values),
            (S::Completed, I::Timer(T::H)) => end(out, Ended::TimedOut(T::H)),
            (S::Completed, I::Ack) => self.confirm(out, values),
            (S::Confirmed, I::Timer(T::I)) => end(out, Ended::Normal),
            (S::Accepted, I::Success) => send(out, Sent::Response, S::Accepted),
            (S::Accepted, I::Ack) => deliver(out),
            (S::Accepted, I::Timer(T::L)) => end(out, Ended::Normal),
            (state @ (S::Proceeding | S::Completed), I::Invite) => repeat(out, state),
            (state @ (S::Accepted | S::Confirmed), I::Invite) => absorb(out, state),
            (S::Confirmed, I::Ack) => absorb(out, S::Confirmed),
            (state @ (S::Proceeding | S::Completed | S::Accepted), I::TransportError) => report(out, state),
            (state, _) => ignore(out, state),
        };
        outputs
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    fn refuse(&self, out: &mut Outputs, values: &TimerValues) -> State {
        out.push(Output::StopTimer(T::Trying));
        out.push(Output::Transmit(Sent::Response));
        if !self.reliable {
            out.push(Output::SetTimer(T::G, self.interval));
        }
        out.push(Output::SetTimer(T::H, values.t1_64()));
        S::Completed
    }

    fn retransmit(&mut self, out: &mut Outputs, values: &TimerValues) -> State {
        self.interval = (self.interval * 2).min(values.t2);
        out.push(Output::Transmit(Sent::Response));
        out.push(Output::SetTimer(T::G, self.interval));
        S::Completed
    }

    fn confirm(&self, out: &mut Outputs, values: &TimerValues) -> State {
        out.push(Output::StopTimer(T::G));
        out.push(Output::SetTimer(T::I, unless_reliable(self.reliable, values.t4)));
        out.push(Output::Absorb);
        S::Confirmed
    }
}

fn progress(out: &mut Outputs) -> State {
    out.push(Output::StopTimer(T::Trying));
    send(out, Sent::Response, S::Proceeding)
}

fn accept(out: &mut Outputs, values: &TimerValues) -> State {
    out.push(Output::StopTimer(T::Trying));
    out.push(Output::SetTimer(T::L, values.t1_64()));
    send(out, Sent::Response, S::Accepted)
}

fn repeat(out: &mut Outputs, state: State) -> State {
    out.push(Output::Transmit(Sent::Response));
    absorb(out, state)
}

fn send(out: &mut Outputs, what: Sent, state: State) -> State {
    out.push(Output::Transmit(what));
    state
}

fn deliver(out: &mut Outputs) -> State {
    out.push(Output::Deliver);
    S::Accepted
}

fn report(out: &mut Outputs, state: State) -> State {
    out.push(Output::Undelivered);
    state
}

fn absorb(out: &mut Outputs, state: State) -> State {
    out.push(Output::Absorb);
    state
}

fn end(out: &mut Outputs, why: Ended) -> State {
    out.push(Output::End(why));
    S::Terminated
}

fn ignore(out: &mut Outputs, state: State) -> State {
    out.push(Output::Ignore);
    state
}

#[cfg(test)]
impl super::tables::Machine for InviteServer {
    const NAME: &'static str = "invite-server";
    const TITLE: &'static str = "INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §8.6)";
    type State = State;
    type Input = Input;

    fn states() -> Vec<State> {
        vec![S::Proceeding, S::Completed, S::Confirmed, S::Accepted, S::Terminated]
    }

    fn inputs() -> Vec<Input> {
        let timers = [T::Trying, T::G, T::H, T::I, T::L].map(I::Timer);
        [I::Invite, I::Ack, I::Provisional, I::Success, I::Failure, I::TransportError]
            .into_iter()
            .chain(timers)
            .collect()
    }

    fn begin(reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        Self::start(reliable, values)
    }

    fn at(state: State, reliable: bool, values: &TimerValues) -> Self {
        InviteServer { state, reliable, interval: values.t1 }
    }

    fn state(&self) -> State {
        self.state
    }

    fn step(&mut self, input: Input, values: &TimerValues) -> Outputs {
        self.handle(input, values)
    }

    fn timer(timer: Timer) -> Input {
        I::Timer(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::Run;
    use super::*;

    const REPEATS: [u64; 11] = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];

    #[test]
    fn failure_is_repeated_until_timer_h_when_no_ack_comes() {
        let mut run = Run::<InviteServer>::start(false);
        run.input(I::Failure);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Response), REPEATS);
        assert_eq!(run.ended(), Some((32_000, Ended::TimedOut(T::H))));
    }

    #[test]
    fn failure_goes_out_once_on_a_reliable_transport_and_timer_h_still_runs() {
        let mut run = Run::<InviteServer>::start(true);
        run.input(I::Failure);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Response), [0]);
        assert_eq!(run.ended(), Some((32_000, Ended::TimedOut(T::H))));
    }

    #[test]
    fn ack_stops_the_repetition_and_its_copies_are_absorbed_for_t4() {
        let mut run = Run::<InviteServer>::start(false);
        run.input(I::Failure);
        run.until(700);
        run.input(I::Ack);
        run.until(900);
        run.input(I::Ack);
        run.input(I::Invite);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Response), [0, 500]);
        assert_eq!(run.delivered(), []);
        assert_eq!(run.ended(), Some((5_700, Ended::Normal)));
    }

    #[test]
    fn timer_i_is_zero_on_a_reliable_transport() {
        let mut run = Run::<InviteServer>::start(true);
        run.input(I::Failure);
        run.until(700);
        run.input(I::Ack);
        assert_eq!(run.ended(), Some((700, Ended::Normal)));
    }

    #[test]
    fn trying_goes_out_after_200_ms_unless_the_user_answers() {
        let mut run = Run::<InviteServer>::start(true);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Trying), [200]);
        for answer in [I::Provisional, I::Success, I::Failure] {
            let mut run = Run::<InviteServer>::start(true);
            run.until(199);
            run.input(answer);
            run.until(60_000);
            assert_eq!(run.sent(Sent::Trying), []);
            assert_eq!(run.sent(Sent::Response), [199]);
        }
    }

    #[test]
    fn copies_of_an_accepted_invite_are_absorbed_and_the_2xx_is_not_repeated_by_the_transaction() {
        for reliable in [false, true] {
            let mut run = Run::<InviteServer>::start(reliable);
            run.input(I::Success);
            run.until(1_000);
            run.input(I::Invite);
            run.input(I::Ack);
            run.until(2_000);
            run.input(I::Success);
            run.until(60_000);
            assert_eq!(run.sent(Sent::Response), [0, 2_000]);
            assert_eq!(run.delivered(), [1_000]);
            assert_eq!(run.ended(), Some((32_000, Ended::Normal)));
        }
    }

    #[test]
    fn transport_error_leaves_it_in_its_state() {
        for answer in [I::Provisional, I::Success, I::Failure] {
            let mut run = Run::<InviteServer>::start(false);
            run.input(answer);
            let state = run.machine.state();
            run.input(I::TransportError);
            assert_eq!((run.machine.state(), run.ended()), (state, None));
        }
    }
}
