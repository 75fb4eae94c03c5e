//! Which contacts of a user a request may reach, and in what order (RFC 3841 §7).

use super::targets::can_be_sent_to;
use super::{Output, Server};
use crate::location::{Binding, Bindings, Q};
use crate::routing::{Disposition, Order, Preferences};
use core::cmp::Reverse;
use ringback_sip::journal::{Binding as Change, Entry, Fact, Unwanted};
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;

/// What a request makes of the bindings of a user.
#[derive(Clone, Debug)]
pub struct Preferred {
    /// Those that it may reach, in its order.
    pub bindings: Bindings,
    /// Those that it does not want, and why.
    pub unwanted: Vec<(Binding, Unwanted)>,
    /// Whether it wants any, or there is none.
    pub is_any: bool,
}

/// Sorts the bindings of a user as a request wishes. `is_told`: the caller is told where the user is, and goes there itself.
pub fn prefer(now: Instant, message: &Message<'_>, is_told: bool, bindings: Bindings) -> Preferred {
    let disposition = Disposition::of(message);
    let says_nothing = |b: &Binding| b.params().is_empty() && b.instance().is_empty();
    if !Preferences::are_given(message)
        && disposition == Disposition::default()
        && bindings.all().iter().all(says_nothing)
    {
        return Preferred { bindings, unwanted: Vec::new(), is_any: true };
    }
    let preferences = Preferences::of(message);
    let (mut kept, mut unwanted) = (Vec::new(), Vec::new());
    for binding in bindings.live(now).filter(|b| is_told || can_be_sent_to(b)) {
        match preferences.judge(binding) {
            Ok(preference) => kept.push((preference, binding.clone())),
            Err(why) => unwanted.push((binding.clone(), why)),
        }
    }
    // What only the method or the event rules out is tried nevertheless: its refusal says more than ours.
    if kept.is_empty() && !preferences.is_explicit {
        kept.extend(unwanted.drain(..).map(|(binding, _)| (0, binding)));
    }
    kept.sort_by_key(|(preference, binding)| Reverse((binding.q, *preference)));
    if disposition.no_fork && !is_told {
        let first = kept.first().map(|(_, binding)| binding.clone());
        let is_it = |b: &Binding| first.as_ref().is_none_or(|first| is_same_phone(first, b));
        unwanted.extend(kept.extract_if(.., |(_, b)| !is_it(b)).map(|(_, b)| (b, Unwanted::NoFork)));
    }
    // Whoever is told where the user is learns our order by the numbers (RFC 3841 §7.2.4).
    let in_order = disposition.order == Some(Order::Sequential) || (is_told && preferences.is_explicit);
    for (place, (_, binding)) in (0_u16..).zip(&mut kept) {
        if in_order {
            binding.q = Q::from_thousandths(1000_u16.saturating_sub(place));
        } else if disposition.order == Some(Order::Parallel) {
            binding.q = Q::ONE;
        }
    }
    let is_any = !kept.is_empty() || unwanted.is_empty();
    Preferred { bindings: Bindings::new(kept.into_iter().map(|(_, binding)| binding)), unwanted, is_any }
}

impl Server {
    /// The bindings that a request prefers, in its order; `false` when it wants none of those that there are.
    pub(super) fn preferred(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        aor: &[u8],
        is_told: bool,
        bindings: Bindings,
    ) -> (Bindings, bool) {
        let Preferred { bindings, unwanted, is_any } = prefer(now, message, is_told, bindings);
        for (binding, why) in unwanted {
            let (aor, contact) = (aor.into(), binding.contact().into());
            let fact = Fact::Binding { aor, contact, change: Change::Unwanted(why) };
            let entry = Entry::new(now, message.call_id().unwrap_or_default(), fact);
            self.outputs.push_back(Output::Journal(entry));
        }
        (bindings, is_any)
    }
}

fn is_same_phone(one: &Binding, other: &Binding) -> bool {
    let known = !one.instance().is_empty() && one.instance() == other.instance();
    known || one.contact() == other.contact()
}
