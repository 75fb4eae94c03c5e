//! The non-INVITE server transaction (RFC 3261 §17.2.2, Figure 8; RFC 4320; transport errors by RFC 6026 §8.8).

use super::machine::{Ended, Output, Outputs, Sent, non_invite_trying_delay, unless_reliable};
use crate::registry::{Timer, TimerValues};

/// The machine of one request other than INVITE and ACK that we received.
///
/// Two arrows are not in the figure. A 100 goes out by itself when the user has given nothing in the time after
/// which it is allowed and due (RFC 4320 §4.1). And when the user gives no final response in 64·T1, the client
/// has long given up: the transaction ends without one (RFC 4320 §4.2), so Timer J runs from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonInviteServer {
    state: State,
    reliable: bool,
}

/// The states of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The user is at work on it; nothing was sent.
    Trying,
    /// A 100 was sent.
    Proceeding,
    /// The final response was sent.
    Completed,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A copy of the request arrived.
    Request,
    /// The user gives a 100; no other 1xx exists for such a request (RFC 4320 §4.1).
    Trying,
    /// The user gives a 2xx to 6xx.
    Final,
    /// A timer fired.
    Timer(Timer),
    /// A response could not be sent.
    TransportError,
}

use {Input as I, State as S, Timer as T};

impl NonInviteServer {
    /// Starts in [`State::Trying`].
    pub fn start(reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        let mut out = Outputs::new();
        out.push(Output::SetTimer(T::Trying, non_invite_trying_delay(values)));
        out.push(Output::SetTimer(T::J, values.t1_64()));
        (NonInviteServer { state: S::Trying, reliable }, out)
    }

    /// Takes one input; gives what must be done for it.
    pub fn handle(&mut self, input: Input, values: &TimerValues) -> Outputs {
        let mut outputs = Outputs::new();
        let out = &mut outputs;
        self.state = match (self.state, input) {
            (S::Trying, I::Request) => absorb(out, S::Trying),
            (S::Trying, I::Timer(T::Trying)) => send(out, Sent::Trying),
            (S::Trying, I::Trying) if self.reliable => progress(out),
            (S::Trying, I::Trying) => absorb(out, S::Trying), // too early: the timer sends it
            (S::Proceeding, I::Trying) => send(out, Sent::Response),
            (S::Trying | S::Proceeding, I::Final) => self.complete(out, values),
            (S::Trying | S::Proceeding, I::Timer(T::J)) => end(out, Ended::Unanswered),
            (state @ (S::Proceeding | S::Completed), I::Request) => repeat(out, state),
            (state @ (S::Proceeding | S::Completed), I::TransportError) => report(out, state),
            (S::Completed, I::Timer(T::J)) => end(out, Ended::Normal),
            (state, _) => ignore(out, state),
        };
        outputs
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    fn complete(&self, out: &mut Outputs, values: &TimerValues) -> State {
        out.push(Output::StopTimer(T::Trying));
        out.push(Output::Transmit(Sent::Response));
        out.push(Output::SetTimer(T::J, unless_reliable(self.reliable, values.t1_64())));
        S::Completed
    }
}

fn progress(out: &mut Outputs) -> State {
    out.push(Output::StopTimer(T::Trying));
    send(out, Sent::Response)
}

fn send(out: &mut Outputs, what: Sent) -> State {
    out.push(Output::Transmit(what));
    S::Proceeding
}

fn repeat(out: &mut Outputs, state: State) -> State {
    out.push(Output::Transmit(Sent::Response));
    absorb(out, state)
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
impl super::tables::Machine for NonInviteServer {
    const NAME: &'static str = "non-invite-server";
    const TITLE: &'static str = "non-INVITE server transaction (RFC 3261 §17.2.2, RFC 4320, RFC 6026 §8.8)";
    type State = State;
    type Input = Input;

    fn states() -> Vec<State> {
        vec![S::Trying, S::Proceeding, S::Completed, S::Terminated]
    }

    fn inputs() -> Vec<Input> {
        let timers = [T::Trying, T::J].map(I::Timer);
        [I::Request, I::Trying, I::Final, I::TransportError].into_iter().chain(timers).collect()
    }

    fn begin(reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        Self::start(reliable, values)
    }

    fn at(state: State, reliable: bool, _: &TimerValues) -> Self {
        NonInviteServer { state, reliable }
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
    fn final_response_is_repeated_for_each_copy_of_the_request_until_timer_j() {
        let mut run = Run::<NonInviteServer>::start(false);
        run.input(I::Request);
        run.until(100);
        run.input(I::Final);
        run.until(500);
        run.input(I::Request);
        run.input(I::Final);
        run.until(60_000);
        assert_eq!(run.sent(Sent::Response), [100, 500]);
        assert_eq!(run.ended(), Some((32_100, Ended::Normal)));
    }

    #[test]
    fn timer_j_is_zero_on_a_reliable_transport() {
        let mut run = Run::<NonInviteServer>::start(true);
        run.until(100);
        run.input(I::Final);
        assert_eq!(run.sent(Sent::Response), [100]);
        assert_eq!(run.ended(), Some((100, Ended::Normal)));
    }

    #[test]
    fn trying_is_sent_at_3500_ms_and_not_before_on_an_unreliable_transport() {
        let mut run = Run::<NonInviteServer>::start(false);
        run.until(1_000);
        run.input(I::Trying);
        run.until(4_000);
        run.input(I::Request);
        run.until(5_000);
        run.input(I::Trying);
        run.until(31_999);
        assert_eq!(run.sent(Sent::Trying), [3_500]);
        assert_eq!(run.sent(Sent::Response), [4_000, 5_000]);
    }

    #[test]
    fn trying_may_go_out_at_once_on_a_reliable_transport_and_must_at_3500_ms() {
        let mut run = Run::<NonInviteServer>::start(true);
        run.until(1_000);
        run.input(I::Trying);
        run.until(31_000);
        assert_eq!((run.sent(Sent::Response), run.sent(Sent::Trying)), (vec![1_000], vec![]));
        let mut run = Run::<NonInviteServer>::start(true);
        run.until(31_000);
        assert_eq!(run.sent(Sent::Trying), [3_500]);
    }

    #[test]
    fn without_a_final_response_it_ends_in_silence_after_64_t1() {
        for reliable in [false, true] {
            let mut run = Run::<NonInviteServer>::start(reliable);
            run.until(60_000);
            assert_eq!(run.sent(Sent::Response), []);
            assert_eq!(run.ended(), Some((32_000, Ended::Unanswered)));
        }
    }

    #[test]
    fn transport_error_leaves_it_in_its_state() {
        let mut run = Run::<NonInviteServer>::start(false);
        run.input(I::Final);
        run.input(I::TransportError);
        assert_eq!((run.machine.state(), run.ended()), (S::Completed, None));
    }
}
