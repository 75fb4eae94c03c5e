//! Our half of one audio session through all its offers and answers (RFC 3264 §5 to §8).

use super::codec::Codec;
use super::description::{Address, Connection, Description, Origin, Timing};
use super::direction::Direction;
use super::error::{AnswerFault, OfferRefusal};
use super::negotiate::{
    Agreed, Capabilities, Chosen, Formats, agree, answered_keys, audio_section, check_answer, choose,
    offered_keys, rejected_section,
};
use super::precondition::Preconditions;

/// Whose turn it is (RFC 3264 §4: at most one offer is open at a time).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Nobody's.
    Stable,
    /// We made an offer; its answer is due.
    Offered,
}

/// An exchange that is out of turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// Our offer is still open.
    OfferOpen,
    /// No offer of ours is open.
    NoOffer,
}

/// Our half of one audio session.
#[derive(Clone, Debug)]
pub struct AudioSession {
    own: Capabilities,
    session_id: u64,
    /// The highest version that any description of ours had.
    version: u64,
    wish: Direction,
    /// What we sent last and is in force.
    local: Option<Description>,
    /// Our open offer, with what we wished before it.
    open: Option<(Description, Direction)>,
    /// The position of the audio section.
    section: Option<usize>,
    agreed: Option<Agreed>,
    /// What must be reserved before anybody rings (RFC 3312).
    preconditions: Option<Preconditions>,
}

impl AudioSession {
    /// A session in which nothing was said. `session_id` goes into `o=`.
    pub fn new(own: Capabilities, session_id: u64) -> Self {
        AudioSession {
            own,
            // RFC 8866 §5.2 leaves the number free; some peers read it into 63 bits.
            session_id: session_id >> 2,
            version: 0,
            wish: Direction::SendRecv,
            local: None,
            open: None,
            section: None,
            agreed: None,
            preconditions: None,
        }
    }

    /// Whose turn it is.
    pub fn exchange(&self) -> Exchange {
        if self.open.is_some() { Exchange::Offered } else { Exchange::Stable }
    }

    /// What is agreed now; `None` before the first answer, and when the audio section was ended.
    pub fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    /// What we wish to do: `SendOnly` or `Inactive` while we hold the call.
    pub fn wish(&self) -> Direction {
        self.wish
    }

    /// From now on our descriptions say what is reserved; `None`: nothing of it any more (RFC 3312).
    pub fn set_preconditions(&mut self, preconditions: Option<Preconditions>) {
        self.preconditions = preconditions;
    }

    /// Whether everybody may ring.
    pub fn is_ready(&self) -> bool {
        self.preconditions.is_none_or(|own| own.is_met())
    }

    /// Whether the peer waits for an offer of ours that confirms our reservation.
    pub fn owes_confirmation(&self) -> bool {
        self.preconditions.is_some_and(|own| own.owes_confirmation())
    }

    /// Makes an offer. Sections of before keep their places; only the audio section is alive (RFC 3264 §8).
    ///
    /// # Errors
    /// [`ExchangeError::OfferOpen`].
    pub fn offer(&mut self, wish: Direction) -> Result<String, ExchangeError> {
        if self.open.is_some() {
            return Err(ExchangeError::OfferOpen);
        }
        let section = self.section.unwrap_or(self.local.as_ref().map_or(0, |l| l.media.len()));
        let formats = self.offered_formats();
        let mut audio = audio_section(&self.own, &formats, &offered_keys(&self.own), wish);
        audio.attributes.extend(self.preconditions.iter_mut().flat_map(Preconditions::say));
        let mut media: Vec<_> = self.local.iter().flat_map(|l| &l.media).map(rejected_section).collect();
        match media.get_mut(section) {
            Some(place) => *place = audio,
            None => media.push(audio),
        }
        let mut description = self.describe(vec![Timing::default()]);
        description.media = media;
        self.stamp(&mut description);
        self.section = Some(section);
        let text = description.write();
        self.open = Some((description, core::mem::replace(&mut self.wish, wish)));
        Ok(text)
    }

    /// Offers what we said last once more, unchanged also in its version: for a request that must carry an offer and
    /// wants no change (RFC 4028 §7.4). Before anything was said it is a first offer.
    ///
    /// # Errors
    /// [`ExchangeError::OfferOpen`].
    pub fn offer_again(&mut self) -> Result<String, ExchangeError> {
        let Some(local) = self.local.clone().filter(|_| self.open.is_none() && self.agreed.is_some()) else {
            return self.offer(self.wish);
        };
        let text = local.write();
        self.open = Some((local, self.wish));
        Ok(text)
    }

    /// The answer to our open offer came.
    ///
    /// # Errors
    /// [`AnswerFault`]: the session cannot go on with it; the offer stays open.
    pub fn accept_answer(&mut self, answer: &[u8]) -> Result<Option<&Agreed>, AnswerFault> {
        let Some((offer, _)) = &self.open else { return Ok(self.agreed.as_ref()) };
        let answer = Description::parse(answer).map_err(AnswerFault::Unreadable)?;
        let section = self.section.unwrap_or_default();
        let sent = check_answer(offer, &answer, section)?;
        let received: Formats = offer.media[section].codecs().into_iter().collect();
        let keys = answered_keys(&self.own, &answer.media[section]);
        if self.own.srtp.is_some() && keys.is_none() {
            return Err(AnswerFault::NoCommonKeys);
        }
        let agreed = agree(&self.own, &answer, section, (&sent, received), keys, self.wish)
            .ok_or(AnswerFault::NoAddress)?;
        if let Some(own) = &mut self.preconditions {
            // A peer that says nothing of them does not know them.
            let is_known = own.hear(&answer.media[section].attributes);
            own.reserve();
            self.preconditions = self.preconditions.filter(|_| is_known);
        }
        self.agreed = Some(agreed);
        self.local = self.open.take().map(|(offer, _)| offer);
        Ok(self.agreed.as_ref())
    }

    /// Our open offer was refused, or its request failed: all is as it was before (RFC 3261 §14.1).
    pub fn withdraw(&mut self) {
        if let Some((_, wish)) = self.open.take() {
            self.wish = wish;
        }
    }

    /// Answers an offer of the peer. Nothing changes when it is refused.
    ///
    /// # Errors
    /// [`OfferRefusal`]; [`ExchangeError`] as the outer error when our own offer is open (a glare).
    pub fn answer(&mut self, offer: &[u8]) -> Result<Result<String, OfferRefusal>, ExchangeError> {
        if self.open.is_some() {
            return Err(ExchangeError::OfferOpen);
        }
        Ok(self.answer_now(offer))
    }

    fn answer_now(&mut self, offer: &[u8]) -> Result<String, OfferRefusal> {
        let offer = Description::parse(offer).map_err(OfferRefusal::Unreadable)?;
        if self.local.as_ref().is_some_and(|l| l.media.len() > offer.media.len()) {
            return Err(OfferRefusal::FewerSections);
        }
        let chosen = choose(&self.own, &offer, self.section)?;
        let mut media: Vec<_> = offer.media.iter().map(rejected_section).collect();
        let agreed = match &chosen {
            None => None,
            Some(Chosen { section, formats, keys }) => {
                let both = keys.map(|(_, keys)| keys);
                let agreed = agree(&self.own, &offer, *section, (formats, formats.clone()), both, self.wish)
                    .ok_or(OfferRefusal::NoAddress)?;
                let line: Vec<_> = keys.iter().map(|(line, _)| *line).collect();
                media[*section] = audio_section(&self.own, formats, &line, agreed.direction);
                if let Some(own) = &mut self.preconditions {
                    own.hear(&offer.media[*section].attributes);
                    media[*section].attributes.extend(own.say());
                }
                Some(agreed)
            }
        };
        let timings = if offer.timings.is_empty() { vec![Timing::default()] } else { offer.timings };
        let mut description = self.describe(timings);
        description.media = media;
        self.stamp(&mut description);
        self.section = chosen.map(|c| c.section).or(self.section);
        self.agreed = agreed;
        let text = description.write();
        self.local = Some(description);
        Ok(text)
    }

    /// The formats of an offer: payload types keep the meaning that they have in the session (RFC 3264 §8.3.2).
    fn offered_formats(&self) -> Formats {
        let known = self.agreed.as_ref().map(|a| a.receive.as_slice()).unwrap_or_default();
        let number = |codec: Codec| known.iter().find(|(_, c)| *c == codec).map(|(pt, _)| *pt);
        self.own.codecs.iter().map(|c| (number(*c).unwrap_or(c.payload_type()), *c)).collect()
    }

    fn describe(&self, timings: Vec<Timing>) -> Description {
        let address = Address::Ip(self.own.address.ip());
        Description {
            origin: Origin {
                username: "-".to_owned(),
                session_id: self.session_id,
                version: self.local.as_ref().map_or(0, |l| l.origin.version),
                address: address.clone(),
            },
            name: "-".to_owned(),
            connection: Some(Connection { address, multicast: None }),
            timings,
            ..Description::default()
        }
    }

    /// Sets the version of `o=`: that of the description in force when nothing changed, else one more than any
    /// before (RFC 3264 §8).
    fn stamp(&mut self, description: &mut Description) {
        if self.local.as_ref() != Some(description) {
            self.version += 1;
            description.origin.version = self.version;
        }
    }
}
