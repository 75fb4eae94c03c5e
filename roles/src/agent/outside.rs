//! REFER outside of calls: ours, whose first notification makes the dialog (RFC 3515 §2.4.1, RFC 6665 §4.4.1), and
//! that of a peer who shows that it knows of a call (RFC 4538).

use super::call::{Call, Refer};
use super::command::CallId;
use super::draft::Draft;
use super::event::{Event, Outcome, Transferring};
use super::exchange::Purpose;
use super::state::{Agent, tag_of};
use ringback_sip::dialog::{Dialog, DialogId, ReferTo};
use ringback_sip::registry::{HeaderName, Method, OptionTag};
use ringback_sip::syntax::Message;

impl Agent {
    /// Asks somebody to call `target`, without a call between us.
    pub(super) fn refer_outside(&mut self, call: CallId, who: &str, target: &str, is_silent: bool) {
        let is_new = !self.calls.contains_key(&call) && !self.refers.contains_key(&call);
        let to = ReferTo::parse(format!("<{target}>").as_bytes()).ok().filter(|_| is_new);
        let Some(to) = to else {
            return self.tell(Event::Transfer { call, news: Transferring::Failed(Outcome::Target) });
        };
        let mut draft = self
            .ask(Method::Refer, who)
            .with(HeaderName::REFER_TO, to.write())
            .with(HeaderName::REFERRED_BY, format!("<{}>", self.settings.aor));
        if is_silent {
            // One of several receivers alone would be heard (RFC 4488 §5).
            draft =
                draft.with(HeaderName::REFER_SUB, "false").with(HeaderName::REQUEST_DISPOSITION, "no-fork");
        }
        self.send_outside(call, draft, None);
    }

    /// Asks the peer of a call, by a request outside of its dialog that names it: whoever is reached by a name of its own
    /// shares the dialog of a call with nothing else (RFC 7647 §4, RFC 4538 §3).
    pub(super) fn refer_beside(&mut self, about: CallId, to: &ReferTo) {
        let Some(up) = self.up(about) else { return };
        let (peer, named) = (up.dialog.target().to_vec(), up.dialog.id().write_target_dialog());
        let draft = self
            .ask(Method::Refer, &String::from_utf8_lossy(&peer))
            .with(HeaderName::REFER_TO, to.write())
            .with(HeaderName::REFERRED_BY, format!("<{}>", self.settings.aor))
            .with(HeaderName::TARGET_DIALOG, named)
            .with(HeaderName::REQUIRE, OptionTag::TDIALOG.as_str());
        let call = self.new_incoming();
        self.send_outside(call, draft, Some(about));
    }

    fn send_outside(&mut self, call: CallId, mut draft: Draft, about: Option<CallId>) {
        draft.contact = self.dialog_contact(true);
        let end = (draft.call_id.clone(), tag_of(&draft.from));
        self.ends.insert(end.clone(), call);
        self.refers.insert(call, Refer { outside: Some(end), about, ..Refer::default() });
        let id = self.new_exchange();
        self.send(id, draft, Purpose::Refer(call));
    }

    /// Takes the dialog of the first that tells about a REFER outside of calls; others are refused.
    pub(super) fn open_refer_dialog(&mut self, call: CallId, notify: &Message<'_>) -> bool {
        let is_ours = self.refers.get(&call).is_some_and(|refer| refer.outside.is_some());
        if !is_ours || self.remains.contains_key(&call) || notify.method() != Some(Method::Notify) {
            return false;
        }
        let Ok(dialog) = Dialog::of_notify(notify, 1) else { return false };
        self.remains.insert(call, dialog);
        true
    }

    /// Whether a request outside of calls names one that stands: only who is on its way knows the tags (RFC 4538 §4).
    pub(super) fn names_call(&self, request: &Message<'_>) -> bool {
        let Some(named) = DialogId::of_target_dialog(request) else { return false };
        let call = self.ends.get(&(named.call_id.clone(), named.local_tag.clone()));
        matches!(call.and_then(|call| self.calls.get(call)), Some(Call::Up(up)) if *up.dialog.id() == named)
    }
}
