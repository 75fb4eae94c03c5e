//! The registrar's rule: from the bindings before and a REGISTER to the bindings after, all or nothing
//! (RFC 3261 §10.3 steps 6 and 7).

use super::binding::{Binding, Bindings};
use super::policy::{Candidate, Operation, Policy};
use ringback_sip::flow::Flow;
use ringback_sip::journal;
use ringback_sip::syntax::Uri;
use ringback_sip::time::{Duration, Instant};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// Why a REGISTER is refused; the bindings stay as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// A wished lifetime is below this minimum (423).
    IntervalTooBrief(Duration),
    /// The Call-ID is that of a stored binding and the CSeq is not higher (500).
    Stale,
    /// The address of record would have more bindings than its limit (403).
    TooManyBindings,
    /// Two contacts of the request are equal (400).
    ContactRepeated,
    /// The store holds as many bindings as it may (503).
    StoreFull,
    /// More changes wait for the disk than may (503).
    StoreBusy,
    /// The change could not be made durable (500).
    NotDurable,
}

/// What a REGISTER does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The bindings after it.
    pub bindings: Bindings,
    /// What must be made durable before the answer; empty when memory suffices.
    pub changes: Vec<Change>,
}

/// A change that must be durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A binding that is new (`true`) or differs from the stored one.
    Put(Binding, bool),
    /// A binding that is gone.
    Remove(Binding),
}

impl Change {
    /// The binding that changes.
    pub fn binding(&self) -> &Binding {
        match self {
            Change::Put(binding, _) | Change::Remove(binding) => binding,
        }
    }

    /// The change as the journal tells it.
    pub fn fact(&self) -> journal::Binding {
        match self {
            Change::Put(binding, true) => journal::Binding::Added(binding.expires),
            Change::Put(binding, false) => journal::Binding::Refreshed(binding.expires),
            Change::Remove(_) => journal::Binding::Removed,
        }
    }
}

/// Applies a REGISTER to the bindings of its address of record.
///
/// A contact that only repeats what is stored, with a lifetime inside the stored lease, changes memory alone.
/// The very same request come again (same Call-ID, same CSeq, same contacts) succeeds and changes at most the way that
/// it came: REGISTER is answered without a transaction, and its answer may have been lost.
///
/// # Errors
/// See [`Refusal`].
pub fn apply(
    current: &Bindings,
    operation: &Operation,
    now: Instant,
    policy: &Policy,
) -> Result<Outcome, Refusal> {
    match operation {
        Operation::Query => Ok(Outcome { bindings: current.clone(), changes: Vec::new() }),
        Operation::RemoveAll { call_id, cseq } => remove_all(current, call_id, *cseq, now),
        Operation::Contacts(candidates) => Update::new(current, now, policy).run(candidates),
    }
}

/// Refreshes the only binding of an address of record where it stands, when a REGISTER just repeats it within its lease,
/// as nearly all do; `false`: it does not, or somebody reads the binding now, and nothing has changed.
pub(super) fn refresh(current: &mut Bindings, operation: &Operation, now: Instant, policy: &Policy) -> bool {
    let Operation::Contacts(candidates) = operation else { return false };
    let ([candidate], Some([stored])) = (&candidates[..], current.own()) else { return false };
    let repeats =
        stored.is_live(now) && stored.repeats(&candidate.binding) && stored.cseq < candidate.binding.cseq;
    match policy.grant(candidate.requested) {
        Ok(lifetime) if repeats && !lifetime.is_zero() && now + lifetime <= stored.lease => {
            (stored.cseq, stored.flow) = (candidate.binding.cseq, candidate.binding.flow);
            (stored.expires, stored.refreshed) = (now + lifetime, now);
            true
        }
        _ => false,
    }
}

fn remove_all(current: &Bindings, call_id: &[u8], cseq: u32, now: Instant) -> Result<Outcome, Refusal> {
    if current.live(now).any(|b| b.call_id() == call_id && b.cseq >= cseq) {
        return Err(Refusal::Stale);
    }
    let changes = current.all().iter().cloned().map(Change::Remove).collect();
    Ok(Outcome { bindings: Bindings::default(), changes })
}

/// A REGISTER with contacts, under way.
struct Update<'a> {
    now: Instant,
    policy: &'a Policy,
    /// The bindings so far; `true`: touched by this request.
    bindings: SmallVec<[(Binding, bool); 2]>,
    changes: Vec<Change>,
}

impl<'a> Update<'a> {
    fn new(current: &Bindings, now: Instant, policy: &'a Policy) -> Self {
        let bindings = current.all().iter().map(|b| (b.clone(), false)).collect();
        Update { now, policy, bindings, changes: Vec::new() }
    }

    fn run(mut self, candidates: &[Candidate]) -> Result<Outcome, Refusal> {
        for candidate in candidates {
            let lifetime = self.policy.grant(candidate.requested).map_err(Refusal::IntervalTooBrief)?;
            match self.find(&candidate.binding) {
                Some(at) => self.change(at, &candidate.binding, lifetime)?,
                None if lifetime.is_zero() => {}
                None => self.add(&candidate.binding, lifetime),
            }
        }
        let live = self.bindings.iter().filter(|(b, _)| b.is_live(self.now)).count();
        let added = self.changes.iter().any(|c| matches!(c, Change::Put(_, true)));
        if added && live > self.policy.bindings_per_aor_max {
            return Err(Refusal::TooManyBindings);
        }
        Ok(Outcome {
            bindings: Bindings::new(self.bindings.into_iter().map(|(b, _)| b)),
            changes: self.changes,
        })
    }

    /// The binding that a contact names: for a flow, the one of the same instance with the same registration
    /// identifier, whatever its URI (RFC 5626 §6); else the one with the same URI. Equality of URIs is not
    /// transitive, so the same bytes go first.
    fn find(&self, wanted: &Binding) -> Option<usize> {
        if wanted.is_outbound() {
            let is_it = |b: &Binding| b.reg_id == wanted.reg_id && b.instance() == wanted.instance();
            return self.bindings.iter().position(|(b, _)| is_it(b));
        }
        let plain = |b: &Binding| !b.is_outbound();
        let same = self.bindings.iter().position(|(b, _)| plain(b) && b.contact() == wanted.contact());
        same.or_else(|| {
            let uri = Uri::parse(wanted.contact()).ok()?;
            self.bindings
                .iter()
                .position(|(b, _)| plain(b) && Uri::parse(b.contact()).is_ok_and(|u| u.equals(&uri)))
        })
    }

    fn add(&mut self, binding: &Binding, lifetime: Duration) {
        let mut binding = self.timed(binding, lifetime);
        binding.gruus_since = self.gruus_since(&binding);
        self.changes.push(Change::Put(binding.clone(), true));
        self.bindings.push((binding, true));
    }

    /// Since when the temporary GRUUs of the binding's instance are good, now that it registers: since before,
    /// unless its Call-ID is not the one that it had (RFC 5627 §5.1); then they are no longer, for all contacts of
    /// the instance.
    fn gruus_since(&mut self, binding: &Binding) -> Instant {
        if binding.instance().is_empty() {
            return Instant::EPOCH;
        }
        let now = self.now;
        let is_same = |b: &Binding| b.is_live(now) && b.instance() == binding.instance();
        let compared = self
            .bindings
            .iter()
            .map(|(b, _)| b)
            .filter(|b| is_same(b) && (!binding.is_outbound() || b.reg_id == binding.reg_id))
            .max_by_key(|b| b.refreshed);
        if compared.is_none_or(|b| b.call_id() == binding.call_id()) {
            let since =
                self.bindings.iter().map(|(b, _)| b).filter(|b| is_same(b)).map(|b| b.gruus_since).max();
            return since.unwrap_or(now);
        }
        for (other, _) in &mut self.bindings {
            let is_it = other.reg_id == binding.reg_id
                && (binding.is_outbound() || other.contact() == binding.contact());
            if is_same(other) && !is_it {
                other.gruus_since = now;
                self.changes.push(Change::Put(other.clone(), false));
            }
        }
        now
    }

    fn timed(&self, binding: &Binding, lifetime: Duration) -> Binding {
        let mut binding = binding.clone();
        binding.expires = self.now + lifetime;
        binding.lease = self.now + self.policy.lease(lifetime);
        binding.refreshed = self.now;
        binding
    }

    /// A copy of the request that made a binding came: the way that it took is the one that its sender hears of. A
    /// translator may have moved him between two copies; what he proved is bound to his address, so that nobody can
    /// move him to another one.
    fn follow(&mut self, at: usize, flow: Flow) {
        let (stored, touched) = &mut self.bindings[at];
        let before = stored.clone();
        (stored.flow, *touched) = (flow, true);
        if !stored.says_the_same(&before) {
            self.changes.push(Change::Put(stored.clone(), false));
        }
    }

    fn change(&mut self, at: usize, binding: &Binding, lifetime: Duration) -> Result<(), Refusal> {
        let (stored, touched) = &self.bindings[at];
        if *touched {
            return Err(Refusal::ContactRepeated);
        }
        let was_live = stored.is_live(self.now);
        if was_live && stored.call_id() == binding.call_id() && binding.cseq <= stored.cseq {
            let mut copy = binding.clone();
            (copy.flow, copy.gruus_since) = (stored.flow, stored.gruus_since);
            if binding.cseq < stored.cseq || lifetime.is_zero() || !stored.says_the_same(&copy) {
                return Err(Refusal::Stale);
            }
            self.follow(at, binding.flow);
            return Ok(());
        }
        if lifetime.is_zero() {
            let (gone, _) = self.bindings.remove(at);
            self.changes.push(Change::Remove(gone));
            return Ok(());
        }
        let mut updated = self.timed(binding, lifetime);
        updated.gruus_since = self.gruus_since(&updated);
        let (stored, _) = &self.bindings[at];
        if was_live && stored.says_the_same(&updated) && updated.expires <= stored.lease {
            updated.lease = stored.lease;
            updated.share_text_of(stored);
        } else {
            if (stored.contact(), stored.instance()) != (binding.contact(), binding.instance()) {
                self.changes.push(Change::Remove(stored.clone()));
            }
            self.changes.push(Change::Put(updated.clone(), !was_live));
        }
        self.bindings[at] = (updated, true);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::{Parts, Q};
    use ringback_sip::flow::Transport;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn flow(port: u16) -> Flow {
        Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: ([198, 51, 100, 7], port).into(),
            connection: None,
            peer: None,
        }
    }

    fn contact(uri: &str, call_id: &str, cseq: u32, expires: impl Into<Option<u64>>) -> Candidate {
        let parts = Parts { contact: uri.as_bytes(), call_id: call_id.as_bytes(), ..Parts::default() };
        Candidate::new(parts, flow(5060), cseq, expires.into().map(secs)).unwrap()
    }

    fn register(
        current: &Bindings,
        at: Instant,
        candidates: impl IntoIterator<Item = Candidate>,
    ) -> Result<Outcome, Refusal> {
        apply(current, &Operation::Contacts(candidates.into_iter().collect()), at, &Policy::default())
    }

    fn bound(candidates: impl IntoIterator<Item = Candidate>) -> Bindings {
        register(&Bindings::default(), T0, candidates).unwrap().bindings
    }

    fn live(bindings: &Bindings, now: Instant) -> Vec<(String, u64)> {
        let left = |b: &Binding| b.expires.since(now).as_secs();
        bindings.live(now).map(|b| (String::from_utf8(b.contact().to_vec()).unwrap(), left(b))).collect()
    }

    fn remove_all(current: &Bindings, call_id: &str, cseq: u32) -> Result<Outcome, Refusal> {
        let operation = Operation::RemoveAll { call_id: call_id.as_bytes().into(), cseq };
        apply(current, &operation, T0, &Policy::default())
    }

    #[test]
    fn a_contact_is_added_refreshed_and_removed() {
        let added = register(&Bindings::default(), T0, [contact("sip:a@h", "c", 1, 600)]).unwrap();
        assert_eq!(live(&added.bindings, T0), [("sip:a@h".to_owned(), 600)]);
        assert!(matches!(added.changes[..], [Change::Put(_, true)]));
        let refreshed = register(&added.bindings, T0 + secs(500), [contact("sip:a@h", "c", 2, 600)]).unwrap();
        assert_eq!(live(&refreshed.bindings, T0 + secs(500)), [("sip:a@h".to_owned(), 600)]);
        let removed = register(&refreshed.bindings, T0 + secs(600), [contact("sip:a@h", "c", 3, 0)]).unwrap();
        assert_eq!(live(&removed.bindings, T0 + secs(600)), []);
        assert!(matches!(removed.changes[..], [Change::Remove(_)]));
    }

    #[test]
    fn a_query_tells_and_changes_nothing() {
        let before = bound([contact("sip:a@h", "c", 1, 600)]);
        let outcome = apply(&before, &Operation::Query, T0, &Policy::default()).unwrap();
        assert_eq!((outcome.bindings, outcome.changes.len()), (before, 0));
    }

    #[test]
    fn two_agents_of_one_user_do_not_touch_each_other() {
        let both = bound([contact("sip:a@h1", "one", 7, 600)]);
        let both = register(&both, T0, [contact("sip:a@h2", "two", 1, 300)]).unwrap().bindings;
        let left = register(&both, T0, [contact("sip:a@h2", "two", 2, 0)]).unwrap().bindings;
        assert_eq!(live(&left, T0), [("sip:a@h1".to_owned(), 600)]);
    }

    #[test]
    fn an_older_request_of_the_same_call_id_fails_and_the_binding_stays() {
        let before = bound([contact("sip:a@h", "c", 5, 600)]);
        for late in
            [contact("sip:a@h", "c", 4, 60), contact("sip:a@h", "c", 4, 0), contact("sip:a@h", "c", 5, 0)]
        {
            assert_eq!(register(&before, T0, [late]), Err(Refusal::Stale));
        }
        let changed = contact("sip:a@h;x=1", "c", 5, 600);
        assert_eq!(register(&before, T0, [changed]), Err(Refusal::Stale), "same CSeq, other contact");
    }

    #[test]
    fn a_copy_that_took_another_way_changes_the_way_alone() {
        let before = bound([contact("sip:a@h", "c", 5, 600)]);
        let mut copy = contact("sip:a@h", "c", 5, 600);
        copy.binding.flow = flow(40_001);
        let outcome = register(&before, T0 + secs(2), [copy]).unwrap();
        assert!(matches!(&outcome.changes[..], [Change::Put(b, false)] if b.flow == flow(40_001)), "durable");
        let (then, now) = (&before.all()[0], &outcome.bindings.all()[0]);
        let mut there = then.clone();
        there.flow = flow(40_001);
        assert_eq!(*now, there, "the lifetime is not extended");
    }

    #[test]
    fn another_call_id_wins_whatever_its_cseq() {
        let before = bound([contact("sip:a@h", "c", 5, 600)]);
        let after = register(&before, T0, [contact("sip:a@h", "d", 1, 300)]).unwrap();
        assert_eq!(live(&after.bindings, T0), [("sip:a@h".to_owned(), 300)]);
        assert_eq!(after.changes.len(), 1, "a change of the Call-ID is made durable");
        let gone = register(&before, T0, [contact("sip:a@h", "d", 1, 0)]).unwrap();
        assert_eq!(live(&gone.bindings, T0), []);
    }

    #[test]
    fn the_same_request_again_succeeds_without_effect() {
        let before = bound([contact("sip:a@h", "c", 5, 600)]);
        let again = register(&before, T0 + secs(2), [contact("sip:a@h", "c", 5, 600)]).unwrap();
        assert_eq!((&again.bindings, again.changes.len()), (&before, 0), "the lifetime is not extended");
        let gone = register(&before, T0, [contact("sip:a@h", "c", 6, 0)]).unwrap().bindings;
        assert_eq!(register(&gone, T0, [contact("sip:a@h", "c", 6, 0)]).unwrap().changes.len(), 0);
    }

    #[test]
    fn one_bad_contact_spoils_the_whole_request() {
        let before = bound([contact("sip:a@h", "c", 5, 600)]);
        let outcome =
            register(&before, T0, [contact("sip:new@h", "c", 5, 600), contact("sip:a@h", "c", 5, 0)]);
        assert_eq!(outcome, Err(Refusal::Stale));
        let brief = register(&before, T0, [contact("sip:new@h", "c", 6, 600), contact("sip:b@h", "c", 6, 1)]);
        assert_eq!(brief, Err(Refusal::IntervalTooBrief(secs(60))));
        let twice =
            register(&before, T0, [contact("sip:n@h", "c", 6, 600), contact("sip:%6e@h", "c", 6, 300)]);
        assert_eq!(twice, Err(Refusal::ContactRepeated));
    }

    #[test]
    fn removing_all_spares_nothing_and_refuses_old_requests() {
        let before = bound([contact("sip:a@h1", "c", 5, 600), contact("sip:a@h2", "c", 5, 600)]);
        let before = register(&before, T0, [contact("sip:a@h3", "other", 9, 600)]).unwrap().bindings;
        assert_eq!(remove_all(&before, "c", 5), Err(Refusal::Stale));
        let after = remove_all(&before, "c", 6).unwrap();
        assert_eq!((live(&after.bindings, T0), after.changes.len()), (vec![], 3));
        assert_eq!(remove_all(&after.bindings, "c", 6).unwrap().changes.len(), 0);
    }

    #[test]
    fn lifetimes_are_cut_defaulted_and_refused_below_the_minimum_only() {
        let granted = |wish: Option<u64>| {
            let outcome = register(&Bindings::default(), T0, [contact("sip:a@h", "c", 1, wish)])?;
            Ok(live(&outcome.bindings, T0)[0].1)
        };
        assert_eq!(granted(None), Ok(3600));
        assert_eq!(granted(Some(60)), Ok(60));
        assert_eq!(granted(Some(59)), Err(Refusal::IntervalTooBrief(secs(60))));
        assert_eq!(granted(Some(u32::MAX.into())), Ok(7200));
        let strict = Policy { expires_min: secs(7200), ..Policy::default() };
        assert_eq!(strict.grant(Some(secs(3600))), Ok(secs(3600)), "one hour is never too brief");
        assert_eq!(strict.grant(Some(secs(3599))), Err(secs(3600)));
        assert_eq!(strict.grant(Some(Duration::ZERO)), Ok(Duration::ZERO));
    }

    #[test]
    fn contacts_are_compared_as_uris() {
        let before = bound([contact("sip:Al@h;transport=udp", "c", 1, 600)]);
        let count = |uri: &str| {
            let outcome = register(&before, T0, [contact(uri, "d", 1, 600)]).unwrap();
            live(&outcome.bindings, T0).len()
        };
        for same in ["sip:%41l@H;transport=UDP", "sip:Al@h;transport=udp;x=1", "SIP:Al@h;transport=udp"] {
            assert_eq!(count(same), 1, "{same}");
        }
        for other in
            ["sip:Al@h", "sip:al@h;transport=udp", "sip:Al@h:5060;transport=udp", "sips:Al@h;transport=udp"]
        {
            assert_eq!(count(other), 2, "{other}");
        }
        assert_eq!(count("sip:Al@h;transport=udp?Route=%3Csip:x%3E"), 2, "header fields count");
    }

    #[test]
    fn the_exact_contact_is_found_before_an_equal_one() {
        let before = bound([contact("sip:a@h;x=1", "c", 1, 600), contact("sip:a@h;x=2", "c", 1, 600)]);
        let after = register(&before, T0, [contact("sip:a@h;x=2", "c", 2, 0)]).unwrap().bindings;
        assert_eq!(live(&after, T0), [("sip:a@h;x=1".to_owned(), 600)]);
    }

    #[test]
    fn refreshes_within_the_lease_need_no_disk_and_those_beyond_do() {
        let mut bindings = bound([contact("sip:a@h", "c", 1, 600)]);
        let mut written = 0;
        for n in 1_u32..=40 {
            let now = T0 + secs(300) * n;
            let outcome = register(&bindings, now, [contact("sip:a@h", "c", n + 1, 600)]).unwrap();
            bindings = outcome.bindings;
            written += outcome.changes.len();
            let b = &bindings.all()[0];
            assert_eq!((b.expires, b.cseq), (now + secs(600), n + 1));
            assert!(b.lease >= b.expires);
        }
        assert_eq!(written, 5, "of 40 refreshes at half the lifetime");
    }

    #[test]
    fn what_changes_beside_the_lifetime_is_made_durable() {
        let before = bound([contact("sip:a@h", "c", 1, 600)]);
        let mut moved = contact("sip:a@h", "c", 2, 600);
        moved.binding.flow = flow(6000);
        assert_eq!(register(&before, T0, [moved]).unwrap().changes.len(), 1);
        let mut preferred = contact("sip:a@h", "c", 2, 600);
        preferred.binding.q = Q::parse(b"0.5").unwrap();
        assert_eq!(register(&before, T0, [preferred]).unwrap().changes.len(), 1);
        let rewritten = register(&before, T0, [contact("sip:a@H", "c", 2, 600)]).unwrap();
        assert!(matches!(rewritten.changes[..], [Change::Remove(_), Change::Put(_, false)]));
    }

    #[test]
    fn the_number_of_bindings_is_limited_and_refreshes_still_pass() {
        let many = (0..16).map(|n| contact(&format!("sip:a@h{n}"), "c", 1, 600));
        let full = bound(many);
        assert_eq!(register(&full, T0, [contact("sip:a@h99", "c", 2, 600)]), Err(Refusal::TooManyBindings));
        assert!(register(&full, T0, [contact("sip:a@h3", "c", 2, 600)]).is_ok());
        let swap = [contact("sip:a@h3", "c", 2, 0), contact("sip:a@h99", "c", 2, 600)];
        assert!(register(&full, T0, swap).is_ok(), "one goes, one comes");
        let later = T0 + secs(600);
        assert!(register(&full, later, [contact("sip:a@h99", "c", 2, 600)]).is_ok(), "the old ones are over");
    }

    #[test]
    fn an_expired_binding_counts_as_absent() {
        let before = bound([contact("sip:a@h", "c", 9, 600)]);
        let later = T0 + secs(600);
        assert_eq!(live(&before, later), []);
        let outcome = register(&before, later, [contact("sip:a@h", "c", 3, 600)]).unwrap();
        assert!(matches!(outcome.changes[..], [Change::Put(_, true)]), "an older CSeq is no matter any more");
        assert_eq!(outcome.bindings.all().len(), 1);
    }

    /// A contact of an instance: a flow with a registration identifier, or plain with 0.
    fn flow_of(instance: &str, reg_id: u32, uri: &str, call_id: &str, cseq: u32) -> Candidate {
        let parts = Parts {
            contact: uri.as_bytes(),
            call_id: call_id.as_bytes(),
            instance: instance.as_bytes(),
            ..Parts::default()
        };
        let mut candidate = Candidate::new(parts, flow(5060), cseq, Some(secs(600))).unwrap();
        candidate.binding.reg_id = reg_id;
        candidate
    }

    fn flows(bindings: &Bindings) -> Vec<(u32, String)> {
        bindings.all().iter().map(|b| (b.reg_id, String::from_utf8(b.contact().to_vec()).unwrap())).collect()
    }

    #[test]
    fn a_flow_is_known_by_its_instance_and_registration_identifier_not_by_its_contact() {
        let two = [flow_of("<i>", 1, "sip:a@h;ob", "c1", 1), flow_of("<i>", 2, "sip:a@h;ob", "c2", 1)];
        let [one, other] = two.clone();
        let both = register(&bound([one]), T0, [other]).unwrap().bindings;
        assert_eq!(flows(&both), [(1, "sip:a@h;ob".to_owned()), (2, "sip:a@h;ob".to_owned())]);
        let moved = register(&both, T0, [flow_of("<i>", 1, "sip:a@new;ob", "c1", 2)]).unwrap();
        assert_eq!(flows(&moved.bindings), [(1, "sip:a@new;ob".to_owned()), (2, "sip:a@h;ob".to_owned())]);
        assert!(matches!(moved.changes[..], [Change::Remove(_), Change::Put(_, false)]));
        let others = register(&both, T0, [flow_of("<j>", 1, "sip:a@h;ob", "c3", 1)]).unwrap().bindings;
        assert_eq!(others.all().len(), 3, "another instance has its own flows");
        let plain = register(&both, T0, [contact("sip:a@h;ob", "p", 1, 600)]).unwrap().bindings;
        assert_eq!(plain.all().len(), 3, "a contact without identifier touches no flow");
        let mut gone = flow_of("<i>", 2, "sip:whatever@h", "c2", 2);
        gone.requested = Some(Duration::ZERO);
        assert_eq!(flows(&register(&both, T0, [gone]).unwrap().bindings), [(1, "sip:a@h;ob".to_owned())]);
    }

    #[test]
    fn a_contact_whose_instance_changes_leaves_no_row_behind() {
        let before = bound([contact("sip:a@h", "c", 1, 600)]);
        let outcome = register(&before, T0, [flow_of("<i>", 0, "sip:a@h", "c", 2)]).unwrap();
        assert!(matches!(outcome.changes[..], [Change::Remove(_), Change::Put(_, false)]));
        assert_eq!(outcome.bindings.all().len(), 1);
    }

    #[test]
    fn temporary_names_of_an_instance_are_good_until_its_call_id_changes_or_its_last_contact_goes() {
        let since =
            |b: &Bindings| b.all().iter().map(|b| b.gruus_since.since(T0).as_secs()).collect::<Vec<_>>();
        let one = bound([flow_of("<i>", 1, "sip:a@h1", "c1", 1), contact("sip:b@h", "p", 1, 600)]);
        assert_eq!(one.all()[0].gruus_since, T0);
        assert_eq!(one.all()[1].gruus_since, Instant::EPOCH, "without an instance there are none");
        let kept = register(&one, T0 + secs(10), [flow_of("<i>", 1, "sip:a@h1", "c1", 2)]).unwrap().bindings;
        assert_eq!(kept.all()[0].gruus_since, T0);
        let more = register(&kept, T0 + secs(20), [flow_of("<i>", 2, "sip:a@h1", "c2", 1)]).unwrap().bindings;
        assert_eq!(more.all()[2].gruus_since, T0, "another flow has its own Call-ID and changes nothing");
        let anew = register(&more, T0 + secs(30), [flow_of("<i>", 2, "sip:a@h1", "c3", 1)]).unwrap();
        assert_eq!((since(&anew.bindings)[0], since(&anew.bindings)[2]), (30, 30), "for all its flows");
        assert_eq!(anew.changes.len(), 2, "and that is made durable");
        let gone = register(&one, T0 + secs(700), [flow_of("<i>", 1, "sip:a@h1", "c1", 3)]).unwrap().bindings;
        assert_eq!(since(&gone)[0], 700, "what expired takes its names along");
        // Without registration identifiers the contact that was refreshed last is compared.
        let plain = bound([flow_of("<i>", 0, "sip:a@h1", "c1", 1)]);
        let other =
            register(&plain, T0 + secs(5), [flow_of("<i>", 0, "sip:a@h2", "c2", 1)]).unwrap().bindings;
        assert_eq!(since(&other), [5, 5]);
    }

    /// A naive registrar: a list of contacts that never differ in spelling, each with its Call-ID, CSeq and end.
    fn naive(
        list: &mut Vec<(String, String, u32, u64)>,
        now: u64,
        (call_id, cseq): (&str, u32),
        wishes: &[(String, u64)],
    ) -> bool {
        let before = list.clone();
        for (uri, wish) in wishes {
            let found = list.iter().position(|(u, .., end)| u == uri && *end > now);
            let stale = found.is_some_and(|i| list[i].1 == call_id && list[i].2 >= cseq);
            let brief = (1..60).contains(wish);
            if stale || brief {
                *list = before;
                return false;
            }
            list.retain(|(u, ..)| u != uri);
            if *wish > 0 {
                list.push((uri.clone(), call_id.to_owned(), cseq, now + (*wish).min(7200)));
            }
        }
        list.retain(|(.., end)| *end > now);
        true
    }

    #[test]
    fn random_requests_leave_what_a_naive_registrar_has() {
        for seed in 0..300 {
            let mut dice =
                ringback_sip::entropy::Entropy::new(ringback_sip::entropy::Seed::from_number(seed));
            let (mut list, mut bindings, mut now) = (Vec::new(), Bindings::default(), 0_u64);
            let mut cseqs = [0_u32; 2];
            for step in 0..40 {
                now += dice.below(400);
                let agent = dice.below(2) as usize;
                // Mostly in order, now and then late. The same number twice is not asked of the naive one.
                cseqs[agent] += 2;
                let cseq = if dice.below(5) == 0 { cseqs[agent].saturating_sub(5) } else { cseqs[agent] };
                let call_id = format!("call-{agent}");
                let first = dice.below(4);
                let wishes: Vec<_> = (0..=dice.below(2))
                    .map(|i| {
                        let wish = [0, 30, 60, 600, 9000][dice.below(5) as usize];
                        (format!("sip:u@h{}", (first + i) % 4), wish)
                    })
                    .collect();
                let candidates: Vec<_> =
                    wishes.iter().map(|(uri, wish)| contact(uri, &call_id, cseq, *wish)).collect();
                let at = T0 + secs(now);
                let result = register(&bindings, at, candidates);
                let agreed = naive(&mut list, now, (&call_id, cseq), &wishes);
                assert_eq!(result.is_ok(), agreed, "seed {seed} step {step}: {result:?}");
                if let Ok(outcome) = result {
                    bindings = outcome.bindings;
                }
                let mut has = live(&bindings, at);
                let mut should: Vec<_> = list
                    .iter()
                    .filter(|(.., end)| *end > now)
                    .map(|(u, .., end)| (u.clone(), end - now))
                    .collect();
                has.sort();
                should.sort();
                assert_eq!(has, should, "seed {seed} step {step}");
                assert!(bindings.all().iter().all(|b| b.lease >= b.expires));
            }
        }
    }
}
