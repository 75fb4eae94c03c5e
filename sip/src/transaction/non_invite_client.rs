//! The non-INVITE client transaction (RFC 3261 §17.1.2, Figure 6).

use super::machine::{Ended, Output, Outputs, Sent, unless_reliable};
use crate::registry::{Timer, TimerValues};
use crate::time::Duration;

/// The machine of one request other than INVITE and ACK that we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonInviteClient {
    state: State,
    reliable: bool,
    /// The time between the last copy of the request and the next: Timer E.
    interval: Duration,
}

/// The states of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The request is out, nothing came back.
    Trying,
    /// A 1xx came.
    Proceeding,
    /// A final response came.
    Completed,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A 1xx arrived.
    Provisional,
    /// A 2xx to 6xx arrived.
    Final,
    /// A timer fired.
    Timer(Timer),
    /// The request could not be sent.
    TransportError,
}

use {Input as I, State as S, Timer as T};

impl NonInviteClient {
    /// Starts in [`State::Trying`]: the request goes out, Timer F runs, and Timer E where loss is possible.
    pub fn start(reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        let mut out = Outputs::new();
        out.push(Output::Transmit(Sent::Request));
        if !reliable {
            out.push(Output::SetTimer(T::E, values.t1));
        }
        out.push(Output::SetTimer(T::F, values.t1_64()));
        (NonInviteClient { state: S::Trying, reliable, interval: values.t1 }, out)
    }

    /// Takes one input; gives what must be done for it.
    pub fn handle(&mut self, input: Input, values: &TimerValues) -> Outputs {
        let mut outputs = Outputs::new();
        let out = &mut outputs;
        self.state = match (self.state, input) {
            (S::Trying, I::Timer(T::E)) => self.retransmit(out, self.interval * 2, values),
            (S::Proceeding, I::Timer(T::E)) => self.retransmit(out, values.t2, values),
            (S::Trying | S::Proceeding, I::Timer(T::F)) => end(out, Ended::TimedOut(T::F)),
            (S::Trying | S::Proceeding, I::TransportError) => end(out, Ended::TransportError),
            (S::Trying | S::Proceeding, I::Provisional) => proceed(out),
            (S::Trying | S::Proceeding, I::Final) => self.complete(out, values),
            (S::Completed, I::Final) => absorb(out),
            (S::Completed, I::Timer(T::K)) => end(out, Ended::Normal),
            (state, _) => ignore(out, state),
        };
        outputs
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    fn retransmit(&mut self, out: &mut Outputs, interval: Duration, values: &TimerValues) -> State {
        self.interval = interval.min(values.t2);
        out.push(Output::Transmit(Sent::Request));
        out.push(Output::SetTimer(T::E, self.interval));
        self.state
    }

    fn complete(&self, out: &mut Outputs, values: &TimerValues) -> State {
        out.push(Output::StopTimer(T::E));
        out.push(Output::Deliver);
        out.push(Output::SetTimer(T::K, unless_reliable(self.reliable, values.t4)));
        S::Completed
    }
}

fn proceed(out: &mut Outputs) -> State {
    out.push(Output::Deliver);
    S::Proceeding
}

fn absorb(out: &mut Outputs) -> State {
    out.push(Output::Absorb);
    S::Completed
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
impl super::tables::Machine for NonInviteClient {
    const NAME: &'static str = "non-invite-client";
    const TITLE: &'static str = "non-INVITE client transaction (RFC 3261 §17.1.2)";
    type State = State;
    type Input = Input;

    fn states() -> Vec<State> {
        vec![S::Trying, S::Proceeding, S::Completed, S::Terminated]
    }

    fn inputs() -> Vec<Input> {
        let timers = [T::E, T::F, T::K].map(I::Timer);
        [I::Provisional, I::Final, I::TransportError].into_iter().chain(timers).collect()
    }

    fn begin(reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        Self::start(reliable, values)
    }

    fn at(state: State, reliable: bool, values: &TimerValues) -> Self {
        NonInviteClient { state, reliable, interval: values.t1 }
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
    fn unanswered_request_goes_out_eleven_times_capped_at_t2_and_ends_at_timer_f() {
        let mut run = Run::<NonInviteClient>::start(false);
        run.until(60_000);
        let schedule = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
        assert_eq!(run.sent(Sent::Request), schedule);
        assert_eq!(run.ended(), Some((32_000, Ended::TimedOut(T::F))));
    }

    #[test]
    fn provisional_slows_timer_e_to_t2_without_stopping_it() {
        let mut run = Run::<NonInviteClient>::start(false);
        run.until(1_000);
        run.input(I::Provisional);
        run.until(60_000);
        let schedule = [0, 500, 1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500];
        assert_eq!(run.sent(Sent::Request), schedule);
        assert_eq!(run.ended(), Some((32_000, Ended::TimedOut(T::F))));
    }

    #[test]
    fn one_copy_on_a_reliable_transport_and_timer_f_still_runs() {
        let mut run = Run::<NonInviteClient>::start(true);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Request), [0]);
        assert_eq!(run.ended(), Some((32_000, Ended::TimedOut(T::F))));
    }

    #[test]
    fn copies_of_the_final_response_are_absorbed_for_t4() {
        let mut run = Run::<NonInviteClient>::start(false);
        run.until(100);
        run.input(I::Final);
        run.until(2_000);
        run.input(I::Final);
        run.until(60_000);
        assert_eq!(run.delivered(), [100]);
        assert_eq!(run.sent(Sent::Request), [0]);
        assert_eq!(run.ended(), Some((5_100, Ended::Normal)));
    }

    #[test]
    fn timer_k_is_zero_on_a_reliable_transport() {
        let mut run = Run::<NonInviteClient>::start(true);
        run.until(100);
        run.input(I::Final);
        assert_eq!(run.ended(), Some((100, Ended::Normal)));
    }

    #[test]
    fn transport_error_ends_it_before_the_final_response_only() {
        for provisional in [false, true] {
            let mut run = Run::<NonInviteClient>::start(false);
            if provisional {
                run.input(I::Provisional);
            }
            run.input(I::TransportError);
            assert_eq!(run.ended(), Some((0, Ended::TransportError)));
        }
        let mut run = Run::<NonInviteClient>::start(false);
        run.input(I::Final);
        run.input(I::TransportError);
        assert_eq!(run.ended(), None);
    }
}
