//! The INVITE client transaction (RFC 3261 §17.1.1, Figure 5 as replaced by RFC 6026 §8.4).

use super::machine::{Ended, Output, Outputs, Sent, TIMER_D_MIN, unless_reliable};
use crate::registry::{Timer, TimerValues};
use crate::time::Duration;

/// The machine of one INVITE that we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteClient {
    state: State,
    reliable: bool,
    /// The time between the last copy of the INVITE and the next: Timer A.
    interval: Duration,
}

/// The states of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The INVITE is out, nothing came back.
    Calling,
    /// A 1xx came.
    Proceeding,
    /// A failure came and was acknowledged.
    Completed,
    /// A 2xx came.
    Accepted,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A 1xx arrived.
    Provisional,
    /// A 2xx arrived.
    Success,
    /// A 3xx to 6xx arrived.
    Failure,
    /// A CANCEL for it was sent (RFC 3261 §9.1).
    Cancelled,
    /// A timer fired.
    Timer(Timer),
    /// The INVITE or its ACK could not be sent.
    TransportError,
}

use {Input as I, State as S, Timer as T};

impl InviteClient {
    /// Starts in [`State::Calling`]: the INVITE goes out, Timer B runs, and Timer A where loss is possible.
    pub fn start(reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        let mut out = Outputs::new();
        out.push(Output::Transmit(Sent::Request));
        if !reliable {
            out.push(Output::SetTimer(T::A, values.t1));
        }
        out.push(Output::SetTimer(T::B, values.t1_64()));
        (InviteClient { state: S::Calling, reliable, interval: values.t1 }, out)
    }

    /// Takes one input; gives what must be done for it.
    pub fn handle(&mut self, input: Input, values: &TimerValues) -> Outputs {
        let mut outputs = Outputs::new();
        let out = &mut outputs;
        self.state = match (self.state, input) {
            (S::Calling, I::Timer(T::A)) => self.retransmit(out),
            (S::Calling, I::Timer(T::B)) => end(out, Ended::TimedOut(T::B)),
            (S::Calling, I::Provisional) => proceed(out),
            (S::Proceeding, I::Provisional) => deliver(out, S::Proceeding),
            (S::Proceeding, I::Cancelled) => limit(out, values),
            (S::Proceeding, I::Timer(T::Cancel)) => end(out, Ended::TimedOut(T::Cancel)),
            (S::Calling | S::Proceeding, I::Success) => accept(out, values),
            (S::Calling | S::Proceeding, I::Failure) => self.acknowledge(out, values),
            (S::Completed, I::Failure) => acknowledge_again(out),
            (S::Accepted, I::Success) => deliver(out, S::Accepted),
            (S::Completed, I::Timer(T::D)) => end(out, Ended::Normal),
            (S::Accepted, I::Timer(T::M)) => end(out, Ended::Normal),
            (S::Calling | S::Completed, I::TransportError) => end(out, Ended::TransportError),
            (state, _) => ignore(out, state),
        };
        outputs
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    fn retransmit(&mut self, out: &mut Outputs) -> State {
        self.interval *= 2;
        out.push(Output::Transmit(Sent::Request));
        out.push(Output::SetTimer(T::A, self.interval));
        S::Calling
    }

    fn acknowledge(&self, out: &mut Outputs, values: &TimerValues) -> State {
        out.push(Output::StopTimer(T::A));
        out.push(Output::Transmit(Sent::Ack));
        out.push(Output::Deliver);
        out.push(Output::SetTimer(T::D, unless_reliable(self.reliable, TIMER_D_MIN.max(values.t1_64()))));
        S::Completed
    }
}

fn proceed(out: &mut Outputs) -> State {
    out.push(Output::StopTimer(T::A));
    out.push(Output::StopTimer(T::B));
    deliver(out, S::Proceeding)
}

fn limit(out: &mut Outputs, values: &TimerValues) -> State {
    out.push(Output::SetTimer(T::Cancel, values.t1_64()));
    S::Proceeding
}

fn accept(out: &mut Outputs, values: &TimerValues) -> State {
    out.push(Output::StopTimer(T::A));
    out.push(Output::SetTimer(T::M, values.t1_64()));
    deliver(out, S::Accepted)
}

fn acknowledge_again(out: &mut Outputs) -> State {
    out.push(Output::Transmit(Sent::Ack));
    out.push(Output::Absorb);
    S::Completed
}

fn deliver(out: &mut Outputs, state: State) -> State {
    out.push(Output::Deliver);
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
impl super::tables::Machine for InviteClient {
    const NAME: &'static str = "invite-client";
    const TITLE: &'static str = "INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §8.4)";
    type State = State;
    type Input = Input;

    fn states() -> Vec<State> {
        vec![S::Calling, S::Proceeding, S::Completed, S::Accepted, S::Terminated]
    }

    fn inputs() -> Vec<Input> {
        let timers = [T::A, T::B, T::D, T::M, T::Cancel].map(I::Timer);
        let others = [I::Provisional, I::Success, I::Failure, I::Cancelled, I::TransportError];
        others.into_iter().chain(timers).collect()
    }

    fn begin(reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        Self::start(reliable, values)
    }

    fn at(state: State, reliable: bool, values: &TimerValues) -> Self {
        InviteClient { state, reliable, interval: values.t1 }
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

    #[test]
    fn unanswered_invite_goes_out_seven_times_and_ends_at_timer_b() {
        let mut run = Run::<InviteClient>::start(false);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Request), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
        assert_eq!(run.ended(), Some((32_000, Ended::TimedOut(T::B))));
    }

    #[test]
    fn one_copy_on_a_reliable_transport_and_timer_b_still_runs() {
        let mut run = Run::<InviteClient>::start(true);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Request), [0]);
        assert_eq!(run.ended(), Some((32_000, Ended::TimedOut(T::B))));
    }

    #[test]
    fn any_provisional_stops_timers_a_and_b() {
        let mut run = Run::<InviteClient>::start(false);
        run.until(700);
        run.input(I::Provisional);
        run.until(600_000);
        assert_eq!(run.sent(Sent::Request), [0, 500]);
        assert_eq!((run.machine.state(), run.ended()), (S::Proceeding, None));
    }

    #[test]
    fn each_copy_of_a_failure_is_acknowledged_and_only_the_first_delivered() {
        let mut run = Run::<InviteClient>::start(false);
        run.until(100);
        run.input(I::Failure);
        run.until(600);
        run.input(I::Failure);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Ack), [100, 600]);
        assert_eq!(run.delivered(), [100]);
        assert_eq!(run.ended(), Some((32_100, Ended::Normal)));
    }

    #[test]
    fn timer_d_is_zero_on_a_reliable_transport() {
        let mut run = Run::<InviteClient>::start(true);
        run.until(100);
        run.input(I::Failure);
        assert_eq!(run.sent(Sent::Ack), [100]);
        assert_eq!(run.ended(), Some((100, Ended::Normal)));
    }

    #[test]
    fn timer_d_is_never_below_32_seconds() {
        let mut values = TimerValues { t1: Duration::from_millis(100), ..TimerValues::default() };
        let mut run = Run::<InviteClient>::start_with(false, values);
        run.input(I::Failure);
        run.until(60_000);
        assert_eq!(run.ended(), Some((32_000, Ended::Normal)));
        values.t1 = Duration::from_secs(1);
        let mut run = Run::<InviteClient>::start_with(false, values);
        run.input(I::Failure);
        run.until(99_000);
        assert_eq!(run.ended(), Some((64_000, Ended::Normal)));
    }

    #[test]
    fn every_2xx_is_delivered_until_timer_m_on_all_transports() {
        for reliable in [false, true] {
            let mut run = Run::<InviteClient>::start(reliable);
            run.until(100);
            run.input(I::Success);
            run.until(20_000);
            run.input(I::Success);
            run.input(I::Failure);
            run.until(60_000);
            assert_eq!(run.delivered(), [100, 20_000]);
            assert_eq!(run.sent(Sent::Ack), []);
            assert_eq!(run.ended(), Some((32_100, Ended::Normal)));
        }
    }

    #[test]
    fn invite_ends_64_t1_after_a_cancel_that_brings_no_final_response() {
        let mut run = Run::<InviteClient>::start(false);
        run.until(100);
        run.input(I::Provisional);
        run.until(1_000);
        run.input(I::Cancelled);
        run.until(5_000);
        run.input(I::Provisional);
        run.until(60_000);
        assert_eq!(run.ended(), Some((33_000, Ended::TimedOut(T::Cancel))));
    }

    #[test]
    fn transport_error_ends_it_while_calling_and_not_while_proceeding() {
        let mut run = Run::<InviteClient>::start(false);
        run.input(I::TransportError);
        assert_eq!(run.ended(), Some((0, Ended::TransportError)));
        let mut run = Run::<InviteClient>::start(false);
        run.input(I::Provisional);
        run.input(I::TransportError);
        assert_eq!(run.ended(), None);
    }
}
