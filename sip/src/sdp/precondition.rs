//! Preconditions of quality of service (RFC 3312, RFC 4032): who has reserved what, before a telephone rings.
//!
//! Each side answers for its own segment. Ours is reserved as soon as we know where media go: at once on the side
//! that is called, with the answer on the calling side, which then confirms it in a second offer.

use super::attribute::Attribute;
use super::description::Description;
use super::negotiate::decline_with;

/// How much a precondition matters (RFC 3312 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// The call goes on without it.
    Optional,
    /// Nobody rings without it.
    Mandatory,
}

/// What is known of the reservations of both segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preconditions {
    strength: Strength,
    /// Whether our segment is reserved.
    local: bool,
    /// Whether that of the peer is, as it says.
    remote: bool,
    /// Whether the peer has heard of ours.
    told: bool,
}

/// The tags of a direction: whether sending, whether receiving.
type Ways = (bool, bool);

/// One `a=des` line.
struct Desired<'a> {
    kind: &'a str,
    strength: &'a str,
    status: &'a str,
    ways: &'a str,
}

impl Preconditions {
    /// Those of a caller that has reserved nothing yet.
    pub fn asking(strength: Strength) -> Self {
        Preconditions { strength, local: false, remote: false, told: false }
    }

    /// Those of the called side: of the first section of an offer that has any. `None`: there are none, or the offer
    /// cannot be read.
    pub fn of_offer(offer: &[u8]) -> Option<Self> {
        let offer = Description::parse(offer).ok()?;
        let mut own = Preconditions { local: true, ..Self::asking(Strength::Optional) };
        offer.media.iter().any(|media| own.hear(&media.attributes)).then_some(own)
    }

    /// Whether everybody may ring: nothing mandatory is missing.
    pub fn is_met(&self) -> bool {
        self.strength == Strength::Optional || (self.local && self.remote)
    }

    /// Whether the peer waits for a confirmation of ours.
    pub(super) fn owes_confirmation(&self) -> bool {
        self.local && !self.told
    }

    /// Reads what the peer says; whether it says anything.
    pub(super) fn hear(&mut self, attributes: &[Attribute]) -> bool {
        let mut is_said = false;
        let (mut needed, mut reached): (Ways, Ways) = ((false, false), (false, false));
        for wanted in attributes.iter().filter_map(Desired::of) {
            is_said = true;
            if wanted.strength == "mandatory" {
                self.strength = Strength::Mandatory;
            }
            if wanted.status == "local" && matches!(wanted.strength, "mandatory" | "optional") {
                needed = ways(wanted.ways);
            }
        }
        for words in attributes.iter().filter_map(|a| words_of(a, "curr")) {
            if let [QOS, "local", tags] = words[..] {
                reached = ways(tags);
            }
        }
        self.remote = (reached.0 || !needed.0) && (reached.1 || !needed.1);
        is_said
    }

    /// The answer has come, so that we know where media go.
    pub(super) fn reserve(&mut self) {
        self.local = true;
    }

    /// The lines of our description; from now on the peer knows of our segment.
    pub(super) fn say(&mut self) -> impl Iterator<Item = Attribute> + use<> {
        self.told = self.local;
        let reached = |is: bool| if is { "sendrecv" } else { "none" };
        let strength = match self.strength {
            Strength::Optional => "optional",
            Strength::Mandatory => "mandatory",
        };
        let lines = [
            ("curr", format!("{QOS} local {}", reached(self.local))),
            ("curr", format!("{QOS} remote {}", reached(self.remote))),
            ("des", format!("{QOS} {strength} local sendrecv")),
            ("des", format!("{QOS} {strength} remote sendrecv")),
        ];
        let confirm = (!self.remote).then(|| ("conf", format!("{QOS} remote sendrecv")));
        lines.into_iter().chain(confirm).map(|(name, value)| Attribute::value(name, value))
    }
}

/// Whether an offer insists on what we never can do: another kind than quality of service, or both segments as one
/// (RFC 3312 §8).
pub fn is_beyond_us(offer: &[u8]) -> bool {
    let Ok(offer) = Description::parse(offer) else { return false };
    let wanted = offer.media.iter().flat_map(|media| &media.attributes).filter_map(Desired::of);
    wanted.into_iter().any(|w| w.strength == "mandatory" && (w.kind != QOS || w.status == "e2e"))
}

/// The description in a 580: what was mandatory in the offer, and is not met or not even known (RFC 3312 §8).
pub fn unmet(offer: &[u8]) -> Option<String> {
    decline_with(offer, |media| {
        let wanted = media.attributes.iter().filter_map(Desired::of).filter(|w| w.strength == "mandatory");
        let lines = wanted.map(|Desired { kind, status, ways, .. }| {
            let strength = if kind == QOS { "failure" } else { "unknown" };
            Attribute::value("des", format!("{kind} {strength} {status} {ways}"))
        });
        lines.collect()
    })
}

impl<'a> Desired<'a> {
    fn of(attribute: &'a Attribute) -> Option<Self> {
        match words_of(attribute, "des")?[..] {
            [kind, strength, status, ways] => Some(Desired { kind, strength, status, ways }),
            _ => None,
        }
    }
}

fn words_of<'a>(attribute: &'a Attribute, name: &str) -> Option<Vec<&'a str>> {
    let value = attribute.value.as_deref().filter(|_| attribute.name == name)?;
    Some(value.split_ascii_whitespace().collect())
}

fn ways(tags: &str) -> Ways {
    (matches!(tags, "send" | "sendrecv"), matches!(tags, "recv" | "sendrecv"))
}

/// The one kind of precondition that we know: quality of service.
const QOS: &str = "qos";

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(lines: &[&str]) -> Vec<u8> {
        let lines: String = lines.iter().map(|line| format!("a={line}\r\n")).collect();
        format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n{lines}"
        )
        .into_bytes()
    }

    #[test]
    fn what_is_mandatory_is_met_when_each_side_has_reserved_what_its_segment_needs() {
        for (lines, wanted) in [
            (&["curr:qos local none", "des:qos mandatory local sendrecv"][..], Some(false)),
            (&["curr:qos local send", "des:qos mandatory local sendrecv"], Some(false)),
            (&["curr:qos local send", "des:qos mandatory local send"], Some(true)),
            (&["curr:qos local sendrecv", "des:qos mandatory local sendrecv"], Some(true)),
            (&["des:qos mandatory remote sendrecv"], Some(true)),
            (&["curr:qos local none", "des:qos optional local sendrecv"], Some(true)),
            (&["curr:qos local none", "des:qos"], None),
            (&[], None),
        ] {
            let found = Preconditions::of_offer(&offer(lines)).map(|own| own.is_met());
            assert_eq!(found, wanted, "{lines:?}");
        }
    }

    #[test]
    fn a_caller_says_none_first_and_confirms_once_it_knows_the_answer() {
        let mut own = Preconditions::asking(Strength::Mandatory);
        let said = |own: &mut Preconditions| {
            own.say().map(|a| format!("{}:{}", a.name, a.value.unwrap())).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            said(&mut own),
            "curr:qos local none, curr:qos remote none, des:qos mandatory local sendrecv, \
             des:qos mandatory remote sendrecv, conf:qos remote sendrecv"
        );
        assert!(!own.owes_confirmation() && !own.is_met());
        let theirs = ["curr:qos local sendrecv", "des:qos mandatory local sendrecv"]
            .map(|l| l.split_once(':').unwrap());
        assert!(own.hear(&theirs.map(|(name, value)| Attribute::value(name, value))));
        own.reserve();
        assert!(own.owes_confirmation() && own.is_met());
        assert!(said(&mut own).starts_with("curr:qos local sendrecv, curr:qos remote sendrecv, "));
        assert!(!own.owes_confirmation());
    }

    #[test]
    fn a_580_names_what_failed_and_what_nobody_knows() {
        let lines = offer(&[
            "des:qos mandatory e2e send",
            "des:sec mandatory e2e sendrecv",
            "des:qos optional local recv",
        ]);
        assert!(is_beyond_us(&lines));
        let body = unmet(&lines).unwrap();
        assert!(body.ends_with(
            "m=audio 0 RTP/AVP 0\r\na=des:qos failure e2e send\r\na=des:sec unknown e2e sendrecv\r\n"
        ));
        assert!(!is_beyond_us(&offer(&["des:qos mandatory local sendrecv", "des:qos optional e2e send"])));
    }
}
