//! A binding: one contact of an address of record, in few bytes.

use core::fmt;
use ringback_sip::flow::Flow;
use ringback_sip::journal::Shown;
use ringback_sip::time::Instant;
use std::sync::Arc;

/// A preference from 0 to 1 in thousandths (RFC 3261 §20.10 `q`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Q(u16);

impl Q {
    /// The preference of a contact that names none.
    pub const ONE: Q = Q(1000);

    /// Reads `0`, `0.5`, `1.000`; `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (whole, decimals) = match text {
            [whole] => (whole, &b""[..]),
            [whole, b'.', decimals @ ..] if decimals.len() <= 3 => (whole, decimals),
            _ => return None,
        };
        let digits = decimals.iter().chain(b"000").take(3);
        let value = digits.chain([]).try_fold(u16::from(whole.checked_sub(b'0')?), |n, &b| {
            b.is_ascii_digit().then(|| n.checked_mul(10)?.checked_add(u16::from(b - b'0'))).flatten()
        })?;
        (value <= 1000).then_some(Q(value))
    }

    /// The preference as a store keeps it; more than 1000 counts as 1000.
    pub fn from_thousandths(value: u16) -> Self {
        Q(value.min(1000))
    }

    /// In thousandths.
    pub fn thousandths(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Q {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 1000 {
            return f.write_str("1");
        }
        let text = format!("0.{:03}", self.0);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The texts of a binding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The contact's URI as it came.
    pub contact: &'a [u8],
    /// The Call-ID of the REGISTER.
    pub call_id: &'a [u8],
    /// The Path of the REGISTER, rows joined by commas (RFC 3327).
    pub path: &'a [u8],
    /// The User-Agent of the REGISTER, cut short.
    pub user_agent: &'a [u8],
    /// The instance identifier, `+sip.instance` (RFC 5626 §4.1), with its quotes.
    pub instance: &'a [u8],
    /// The other parameters of the contact, such as the features of RFC 3840, each with its `;` and as it came.
    pub params: &'a [u8],
}

/// One contact of an address of record.
#[derive(Clone, PartialEq, Eq)]
pub struct Binding {
    /// All texts one after the other; `ends` says where each ends.
    text: Arc<[u8]>,
    ends: [u16; 6],
    /// The preference.
    pub q: Q,
    /// The registration identifier of the instance, 0 for none (RFC 5626 §4.2).
    pub reg_id: u32,
    /// The CSeq number of the REGISTER.
    pub cseq: u32,
    /// Until when the contact may be used.
    pub expires: Instant,
    /// Until when the store keeps it; not before `expires`.
    pub lease: Instant,
    /// Where the REGISTER came from.
    pub flow: Flow,
    /// When the last REGISTER for it came; the epoch when that is not known.
    pub refreshed: Instant,
    /// Since when the temporary GRUUs of its instance are good (RFC 5627 §5.1); the epoch without an instance.
    pub gruus_since: Instant,
}

impl Binding {
    /// A binding of these texts, without times; `None` when they are longer than 65,535 bytes together.
    pub fn new(parts: Parts<'_>, flow: Flow) -> Option<Self> {
        let Parts { contact, call_id, path, user_agent, instance, params } = parts;
        let all = [contact, call_id, path, user_agent, instance, params];
        let mut ends = [0; 6];
        let mut length = 0;
        for (end, part) in ends.iter_mut().zip(all) {
            length += part.len();
            *end = u16::try_from(length).ok()?;
        }
        let mut text = smallvec::SmallVec::<[u8; 256]>::new();
        all.iter().filter(|part| !part.is_empty()).for_each(|part| text.extend_from_slice(part));
        Some(Binding {
            text: Arc::from(&text[..]),
            ends,
            q: Q::ONE,
            reg_id: 0,
            cseq: 0,
            expires: Instant::EPOCH,
            lease: Instant::EPOCH,
            flow,
            refreshed: Instant::EPOCH,
            gruus_since: Instant::EPOCH,
        })
    }

    fn part(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { usize::from(self.ends[index - 1]) };
        &self.text[start..usize::from(self.ends[index])]
    }

    /// The contact's URI as it came.
    pub fn contact(&self) -> &[u8] {
        self.part(0)
    }

    /// The Call-ID of the REGISTER.
    pub fn call_id(&self) -> &[u8] {
        self.part(1)
    }

    /// The Path of the REGISTER, rows joined by commas; empty for none.
    pub fn path(&self) -> &[u8] {
        self.part(2)
    }

    /// The User-Agent of the REGISTER; empty for none.
    pub fn user_agent(&self) -> &[u8] {
        self.part(3)
    }

    /// The instance identifier; empty for none.
    pub fn instance(&self) -> &[u8] {
        self.part(4)
    }

    /// The other parameters of the contact, each with its `;`; empty for none.
    pub fn params(&self) -> &[u8] {
        self.part(5)
    }

    /// Whether it is one of the flows of an instance, which has a registration identifier (RFC 5626 §6).
    pub fn is_outbound(&self) -> bool {
        self.reg_id != 0
    }

    /// Whether the contact may be used at `now`.
    pub fn is_live(&self, now: Instant) -> bool {
        self.expires > now
    }

    /// Whether the other binding says the same in everything that a store keeps, times and CSeq aside. A
    /// connection's number means nothing after a restart, so it does not count.
    pub(super) fn says_the_same(&self, other: &Binding) -> bool {
        self.gruus_since == other.gruus_since && self.repeats(other)
    }

    /// The same, since when its temporary names are good aside.
    pub(super) fn repeats(&self, other: &Binding) -> bool {
        let path = |b: &Binding| (b.flow.transport, b.flow.local, b.flow.remote);
        self.ends == other.ends
            && self.text == other.text
            && (self.q, self.reg_id) == (other.q, other.reg_id)
            && path(self) == path(other)
    }

    /// Takes over texts that are equal, so that two copies of them do not live on.
    pub(super) fn share_text_of(&mut self, other: &Binding) {
        self.text = Arc::clone(&other.text);
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binding")
            .field("contact", &Shown::from(self.contact()))
            .field("call_id", &Shown::from(self.call_id()))
            .field("cseq", &self.cseq)
            .field("q", &self.q)
            .field("expires", &self.expires)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// The bindings of an address of record at one moment: a snapshot that is cheap to hand around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bindings(Arc<[Binding]>);

impl Bindings {
    /// These bindings.
    pub fn new(bindings: impl IntoIterator<Item = Binding>) -> Self {
        Bindings(bindings.into_iter().collect::<smallvec::SmallVec<[Binding; 2]>>().into_iter().collect())
    }

    /// All, out-of-date ones included.
    pub fn all(&self) -> &[Binding] {
        &self.0
    }

    /// All, to be changed where they stand, when nobody else has this snapshot.
    pub(super) fn own(&mut self) -> Option<&mut [Binding]> {
        Arc::get_mut(&mut self.0)
    }

    /// Those that may be used at `now`.
    pub fn live(&self, now: Instant) -> impl Iterator<Item = &Binding> {
        self.0.iter().filter(move |b| b.is_live(now))
    }
}

impl Default for Bindings {
    fn default() -> Self {
        Bindings(Arc::new([]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_values_are_read_and_written_as_the_grammar_has_them() {
        for (text, value, written) in
            [("1", 1000, "1"), ("0.5", 500, "0.5"), ("0", 0, "0"), ("0.", 0, "0"), ("1.000", 1000, "1")]
        {
            let q = Q::parse(text.as_bytes()).unwrap();
            assert_eq!((q.thousandths(), q.to_string().as_str()), (value, written), "{text}");
        }
        assert_eq!(Q::parse(b"0.007").unwrap().to_string(), "0.007");
        for bad in ["", "2", "1.001", "0.1234", ".5", "-1", "0,5", "0.x", "abc"] {
            assert_eq!(Q::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
