//! All dialogs that one INVITE of ours made: a proxy may fork it to many (RFC 3261 §12.1.2, §13.2.2).

use super::id::DialogFault;
use super::peering::{Dialog, State};
use crate::registry::StatusCode;
use crate::syntax::Message;

/// Most dialogs of one INVITE.
pub const EARLY_DIALOGS_MAX: usize = 32;

/// The dialogs of one INVITE, in the order in which they came about.
#[derive(Clone, Debug, Default)]
pub struct Forks(Vec<Dialog>);

/// What a response to the INVITE did to its dialogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It made an early dialog.
    NewEarly,
    /// It belongs to an early dialog that is known.
    KnownEarly,
    /// It is the first 2xx of its dialog, which is confirmed now.
    Confirmed,
    /// It is a 2xx without what a dialog needs: the one kept now is just good enough to acknowledge and end it.
    Unfit(DialogFault),
    /// It is another copy of a 2xx.
    AgainConfirmed,
    /// It ended its early dialog (199, RFC 6228).
    Ended,
    /// It has nothing to do with dialogs: 100, or a provisional response without To tag or Contact.
    NoDialog,
}

impl Forks {
    /// Takes a provisional response or 2xx to `request`.
    ///
    /// # Errors
    /// [`DialogFault`]: a provisional response that makes no dialog, or one dialog too many.
    pub fn hear(&mut self, request: &Message<'_>, response: &Message<'_>) -> Result<Heard, DialogFault> {
        let Some(status) = response.status() else { return Ok(Heard::NoDialog) };
        let tag = response.to()?.tag().unwrap_or_default();
        let known = self.0.iter().position(|d| &*d.id().remote_tag == tag);
        if status == StatusCode::EARLY_DIALOG_TERMINATED {
            return Ok(match known.filter(|i| self.0[*i].state() == State::Early) {
                Some(index) => {
                    self.0.remove(index);
                    Heard::Ended
                }
                None => Heard::NoDialog,
            });
        }
        match (known, status.is_success()) {
            (Some(index), true) if self.0[index].state() == State::Confirmed => Ok(Heard::AgainConfirmed),
            (Some(index), true) => Ok(match self.0[index].confirm(response) {
                Ok(()) => Heard::Confirmed,
                Err(fault) => {
                    self.0[index].confirm_ours();
                    Heard::Unfit(fault)
                }
            }),
            (Some(_), false) => Ok(Heard::KnownEarly),
            (None, true) => match Dialog::of_response(request, response) {
                Ok(dialog) => self.add(dialog).map(|()| Heard::Confirmed),
                Err(fault) => self.add(Dialog::to_end(request, response)?).map(|()| Heard::Unfit(fault)),
            },
            (None, false) if status == StatusCode::TRYING || tag.is_empty() => Ok(Heard::NoDialog),
            (None, false) => match Dialog::of_response(request, response) {
                Ok(dialog) => self.add(dialog).map(|()| Heard::NewEarly),
                // Progress can be shown without a dialog; requests just cannot be sent in it.
                Err(DialogFault::Contact) => Ok(Heard::NoDialog),
                Err(fault) => Err(fault),
            },
        }
    }

    fn add(&mut self, dialog: Dialog) -> Result<(), DialogFault> {
        if self.0.len() >= EARLY_DIALOGS_MAX {
            // A 2xx must get its ACK, so it takes the place of one that may come to nothing.
            let oldest = self.0.iter().position(|d| d.state() == State::Early);
            let place = oldest.filter(|_| dialog.state() == State::Confirmed);
            self.0.remove(place.ok_or(DialogFault::TooManyDialogs)?);
        }
        self.0.push(dialog);
        Ok(())
    }

    /// The dialog with the peer's tag.
    pub fn get(&self, remote_tag: &[u8]) -> Option<&Dialog> {
        self.0.iter().find(|d| &*d.id().remote_tag == remote_tag)
    }

    /// The dialog with the peer's tag, to send requests in.
    pub fn get_mut(&mut self, remote_tag: &[u8]) -> Option<&mut Dialog> {
        self.0.iter_mut().find(|d| &*d.id().remote_tag == remote_tag)
    }

    /// Every dialog.
    pub fn iter(&self) -> impl Iterator<Item = &Dialog> {
        self.0.iter()
    }

    /// Takes the dialog with the peer's tag out.
    pub fn take(&mut self, remote_tag: &[u8]) -> Option<Dialog> {
        let index = self.0.iter().position(|d| &*d.id().remote_tag == remote_tag)?;
        Some(self.0.remove(index))
    }

    /// A final failure, or the end of the wait for further 2xx, ends all early dialogs (RFC 3261 §12.3,
    /// §13.2.2.4).
    pub fn end_early(&mut self) {
        self.0.retain(|d| d.state() == State::Confirmed);
    }

    /// How many dialogs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
