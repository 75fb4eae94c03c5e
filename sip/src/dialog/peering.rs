//! A dialog: the state that two user agents share (RFC 3261 §12).

use super::id::{DialogFault, DialogId};
use super::request::{InDialog, write_rows};
use super::route::RouteSet;
use crate::registry::{HeaderName, Method, StatusCode};
use crate::syntax::{Malformed, Message, NameAddr, RequestBuilder, Uri};

/// Who made the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We sent the request that made it.
    Caller,
    /// We received it.
    Callee,
}

/// How far the dialog has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A provisional response made it; it may still come to nothing.
    Early,
    /// A 2xx made or confirmed it.
    Confirmed,
}

/// A dialog as we know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    id: DialogId,
    role: Role,
    state: State,
    /// The value of From in our requests, with our tag.
    local: Box<[u8]>,
    /// The value of To in our requests, with the peer's tag.
    remote: Box<[u8]>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    target: Box<[u8]>,
    routes: RouteSet,
}

impl Dialog {
    /// The dialog that a 101-199 or 2xx to our `request` makes (RFC 3261 §12.1.2).
    ///
    /// # Errors
    /// [`DialogFault`]: the response lacks what a dialog needs.
    pub fn of_response(request: &Message<'_>, response: &Message<'_>) -> Result<Self, DialogFault> {
        let confirmed = response.status().is_some_and(StatusCode::is_success);
        Ok(Dialog {
            id: DialogId::of_received(response)?,
            role: Role::Caller,
            state: if confirmed { State::Confirmed } else { State::Early },
            local: header(request, HeaderName::FROM),
            remote: header(response, HeaderName::TO),
            local_cseq: request.cseq()?.number,
            remote_cseq: None,
            target: contact(response)?,
            routes: RouteSet::of_response(response)?,
        })
    }

    /// What a 2xx to our `request` needs to be acknowledged and ended though it makes no dialog: for a Contact or a route
    /// set that cannot be used stands the way of the request. Without it the peer would think that a call stands.
    ///
    /// # Errors
    /// From, To, Call-ID or CSeq cannot be read.
    pub fn to_end(request: &Message<'_>, response: &Message<'_>) -> Result<Self, Malformed> {
        let target = request.request_uri();
        let sent = || RouteSet::preloaded(request.values(HeaderName::ROUTE));
        Ok(Dialog {
            id: DialogId::of_received(response)?,
            role: Role::Caller,
            state: State::Confirmed,
            local: header(request, HeaderName::FROM),
            remote: header(response, HeaderName::TO),
            local_cseq: request.cseq()?.number,
            remote_cseq: None,
            target: contact(response).unwrap_or_else(|_| target.into()),
            routes: RouteSet::of_response(response).unwrap_or_else(|_| sent()),
        })
    }

    /// The dialog that our answer with `local_tag` to the peer's `request` makes (RFC 3261 §12.1.1).
    ///
    /// # Errors
    /// [`DialogFault`]: the request lacks what a dialog needs; it is answered with 400.
    pub fn of_request(request: &Message<'_>, local_tag: &[u8]) -> Result<Self, DialogFault> {
        let mut local = header(request, HeaderName::TO).into_vec();
        local.extend_from_slice(b";tag=");
        local.extend_from_slice(local_tag);
        let id = DialogId::of_received(request)?;
        Ok(Dialog {
            id: DialogId { local_tag: local_tag.into(), ..id },
            role: Role::Callee,
            state: State::Early,
            local: local.into(),
            remote: header(request, HeaderName::FROM),
            local_cseq: 0,
            remote_cseq: Some(request.cseq()?.number),
            target: contact(request)?,
            routes: RouteSet::of_request(request)?,
        })
    }

    /// The dialog that the peer's NOTIFY makes: the answer to our SUBSCRIBE with the number `local_cseq`
    /// (RFC 6665 §4.4.1).
    ///
    /// # Errors
    /// [`DialogFault`]: the request lacks what a dialog needs; it is answered with 400.
    pub fn of_notify(notify: &Message<'_>, local_cseq: u32) -> Result<Self, DialogFault> {
        Ok(Dialog {
            id: DialogId::of_received(notify)?,
            role: Role::Caller,
            state: State::Confirmed,
            local: header(notify, HeaderName::TO),
            remote: header(notify, HeaderName::FROM),
            local_cseq,
            remote_cseq: Some(notify.cseq()?.number),
            target: contact(notify)?,
            routes: RouteSet::of_request(notify)?,
        })
    }

    /// What the dialog is known by.
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Who made it.
    pub fn role(&self) -> Role {
        self.role
    }

    /// How far it has come.
    pub fn state(&self) -> State {
        self.state
    }

    /// The URI to which requests inside the dialog are addressed.
    pub fn target(&self) -> &[u8] {
        &self.target
    }

    /// The proxies that want to see every request.
    pub fn routes(&self) -> &RouteSet {
        &self.routes
    }

    /// The number of our last request.
    pub fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// The value of To in our requests: the peer with its tag.
    pub fn remote(&self) -> &[u8] {
        &self.remote
    }

    /// A 2xx confirms the dialog. On the calling side its Record-Route replaces the route set of the provisional
    /// response, once (RFC 3261 §13.2.2.4).
    ///
    /// # Errors
    /// [`DialogFault`]; the dialog is unchanged.
    pub fn confirm(&mut self, response: &Message<'_>) -> Result<(), DialogFault> {
        if self.state == State::Confirmed {
            return Ok(());
        }
        if self.role == Role::Caller {
            (self.target, self.routes) = (contact(response)?, RouteSet::of_response(response)?);
        }
        self.state = State::Confirmed;
        Ok(())
    }

    /// We sent a 2xx: the dialog is confirmed (RFC 3261 §13.3.1.4).
    pub fn confirm_ours(&mut self) {
        self.state = State::Confirmed;
    }

    /// Takes note of a sequence number that a request of ours in this dialog used; an answered challenge, for
    /// example, uses one more.
    pub fn used_cseq(&mut self, number: u32) {
        self.local_cseq = self.local_cseq.max(number);
    }

    /// A new request of ours inside the dialog, with the next sequence number (RFC 3261 §12.2.1.1). Not for ACK
    /// and CANCEL.
    pub fn request(&mut self, method: Method) -> InDialog {
        let cseq = self.next_cseq();
        self.written(method, cseq)
    }

    /// Starts writing such a request without a Via, for who does not know yet over which way it leaves. Where many dialogs
    /// get one at a time, what it holds is copied but once.
    pub fn write_request(&mut self, method: Method) -> RequestBuilder {
        let cseq = self.next_cseq();
        let way = (!self.routes.is_empty()).then(|| self.routes.follow(&self.target));
        let (uri, routes) =
            way.as_ref().map_or((&self.target, &[][..]), |way| (&way.request_uri, &way.routes[..]));
        let start = RequestBuilder::new(method.as_str(), uri);
        write_rows(start, routes, [&*self.local, &*self.remote, &*self.id.call_id], cseq, method)
    }

    fn next_cseq(&mut self) -> u32 {
        self.local_cseq = (self.local_cseq + 1).min(CSEQ_MAX);
        self.local_cseq
    }

    /// The ACK to the 2xx of the INVITE with the number `cseq` (RFC 3261 §13.2.2.4).
    pub fn ack(&self, cseq: u32) -> InDialog {
        self.written(Method::Ack, cseq)
    }

    fn written(&self, method: Method, cseq: u32) -> InDialog {
        InDialog {
            method,
            cseq,
            way: self.routes.follow(&self.target),
            from: self.local.clone(),
            to: self.remote.clone(),
            call_id: self.id.call_id.clone(),
        }
    }

    /// A request of the peer inside the dialog arrived; its number must be higher than before, with any gap
    /// (RFC 3261 §12.2.2). ACK and CANCEL carry the number of their INVITE and are not for here.
    ///
    /// # Errors
    /// [`DialogFault::CSeqOrder`]: answered with 500.
    pub fn receive(&mut self, request: &Message<'_>) -> Result<(), DialogFault> {
        let number = request.cseq()?.number;
        if self.remote_cseq.is_some_and(|last| number <= last) {
            return Err(DialogFault::CSeqOrder);
        }
        self.remote_cseq = Some(number);
        Ok(())
    }

    /// The dialog as lines of text, from which [`Dialog::read`] makes it again: for who keeps it.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let mut line =
            |name: &str, value: &[u8]| out.extend_from_slice(&[name.as_bytes(), b" ", value, b"\n"].concat());
        line("call-id", &self.id.call_id);
        line("local-tag", &self.id.local_tag);
        line("remote-tag", &self.id.remote_tag);
        line("role", if self.role == Role::Caller { b"caller" } else { b"callee" });
        line("state", if self.state == State::Early { b"early" } else { b"confirmed" });
        line("local", &self.local);
        line("remote", &self.remote);
        line("local-cseq", self.local_cseq.to_string().as_bytes());
        if let Some(number) = self.remote_cseq {
            line("remote-cseq", number.to_string().as_bytes());
        }
        line("target", &self.target);
        self.routes.values().for_each(|route| line("route", route));
        out
    }

    /// Makes a dialog from its lines; others among them are left alone.
    pub fn read(text: &[u8]) -> Option<Self> {
        let lines = || {
            text.split(|&b| b == b'\n').filter_map(|line| {
                let space = line.iter().position(|&b| b == b' ')?;
                Some((&line[..space], &line[space + 1..]))
            })
        };
        let find = |name: &[u8]| lines().find(|(n, _)| *n == name).map(|(_, value)| value);
        let text = |name: &[u8]| find(name).map(Box::<[u8]>::from);
        let number = |name: &[u8]| find(name).and_then(crate::syntax::parse_u32);
        Some(Dialog {
            id: DialogId {
                call_id: text(b"call-id")?,
                local_tag: text(b"local-tag")?,
                remote_tag: text(b"remote-tag")?,
            },
            role: if find(b"role")? == b"caller" { Role::Caller } else { Role::Callee },
            state: if find(b"state")? == b"early" { State::Early } else { State::Confirmed },
            local: text(b"local")?,
            remote: text(b"remote")?,
            local_cseq: number(b"local-cseq")?,
            remote_cseq: number(b"remote-cseq"),
            target: text(b"target")?,
            routes: RouteSet::preloaded(lines().filter(|(n, _)| *n == b"route").map(|(_, value)| value)),
        })
    }

    /// Moves the remote target to the Contact of a message that succeeded: a 2xx to a target refresh request of
    /// ours, or such a request that we answered with 2xx (RFC 3261 §12.2.1.2, §12.2.2, RFC 5057 §5.4).
    /// Without a Contact that can be used it stays.
    pub fn refresh_target(&mut self, message: &Message<'_>) {
        if let Ok(target) = contact(message) {
            self.target = target;
        }
    }
}

/// Highest sequence number (RFC 3261 §8.1.1.5).
const CSEQ_MAX: u32 = (1 << 31) - 1;

fn header(message: &Message<'_>, name: HeaderName) -> Box<[u8]> {
    let value = message.header(name).unwrap_or_default();
    value.iter().map(|&b| if b == b'\r' || b == b'\n' { b' ' } else { b }).collect()
}

/// The URI of the one Contact of a message that makes or moves a dialog.
fn contact(message: &Message<'_>) -> Result<Box<[u8]>, DialogFault> {
    let mut contacts = message.contacts();
    let (Some(only), None) = (contacts.next(), contacts.next()) else { return Err(DialogFault::Contact) };
    let NameAddr { uri, .. } = only?;
    match Uri::parse(uri) {
        Ok(parsed) if parsed.is_sip() => Ok(uri.into()),
        _ => Err(DialogFault::Contact),
    }
}
