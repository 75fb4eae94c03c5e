//! INFO inside a call (RFC 6086): packages that were agreed on, and digits as phones have always sent them.

use super::call::{Dialling, Up};
use super::command::{CallId, RequestId};
use super::draft::Draft;
use super::event::{Event, Outcome};
use super::exchange::{Exchange, InboundId, Purpose};
use super::reply::Reply;
use super::state::{Agent, PRODUCT};
use bytes::Bytes;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Message, Wanted};

/// The bodies of INFO without a package that we understand, whether they are said to be a signal or not.
pub(super) const DIGITS: Wanted<'_> =
    Wanted { kinds: &[DTMF_RELAY, "application/dtmf"], dispositions: &["render", "signal"] };
const DTMF_RELAY: &str = "application/dtmf-relay";
/// Most packages of a peer that are remembered.
const PACKAGES_MAX: usize = 32;

impl Agent {
    /// What Recv-Info says: the packages that we take; an empty value says that we know the header field.
    pub(super) fn recv_info(&self) -> String {
        self.settings.info_packages.join(", ")
    }

    /// What a response to `request` says about packages, when the request spoke of them (RFC 6086 §5.2.3).
    pub(super) fn recv_info_row(&self, request: &Message<'_>) -> Option<(HeaderName, Vec<u8>)> {
        request.header(HeaderName::RECV_INFO)?;
        Some((HeaderName::RECV_INFO, self.recv_info().into_bytes()))
    }

    /// An INFO: 469 to a package that we did not agree to, else 200 (RFC 6086 §4.2.2).
    pub(super) fn serve_info(&mut self, inbound: InboundId, call: Option<CallId>, request: &Message<'_>) {
        let Some(id) = call.filter(|id| self.calls.contains_key(id)) else {
            let gone = Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog);
            return self.reply(inbound, request, gone);
        };
        let package = request.header(HeaderName::INFO_PACKAGE).map(name_of);
        let is_agreed = |name: &[u8]| self.settings.info_packages.iter().any(|p| p.as_bytes() == name);
        if let Some(package) = package.filter(|name| !is_agreed(name)) {
            let reply = Reply::of(StatusCode::BAD_INFO_PACKAGE, Cause::InfoPackage(Shown::from(package)));
            return self.reply(inbound, request, reply.with(HeaderName::RECV_INFO, self.recv_info()));
        }
        let event = match package {
            Some(package) => Some(Event::Info {
                call: id,
                package: Shown::from(package),
                kind: Shown::from(request.content_type().unwrap_or_default()),
                body: Bytes::copy_from_slice(request.body()),
            }),
            None => match request.body_of(&DIGITS).map(|body| digit_of(body.kind(), body.bytes)) {
                None => None,
                Some(Some(digit)) => Some(Event::Digit { call: id, digit }),
                Some(None) => {
                    let cause = Cause::Malformed { header: None, at: 0 };
                    return self.reply(inbound, request, Reply::of(StatusCode::BAD_REQUEST, cause));
                }
            },
        };
        self.reply(inbound, request, Reply::of(StatusCode::OK, Cause::Done));
        if let Some(event) = event {
            self.tell(event);
        }
    }

    /// Sends what belongs to a package, if the peer takes it (RFC 6086 §4.2.1).
    pub(super) fn info(
        &mut self,
        request: RequestId,
        call: CallId,
        package: &str,
        body: Option<(&'static str, String)>,
    ) {
        let inside = self.up(call).filter(|up| up.packages.iter().any(|p| **p == *package.as_bytes()));
        let Some(draft) = inside.map(|up| Draft::inside(up.dialog.request(Method::Info))) else {
            return self.refuse_ask(request, Outcome::Package);
        };
        let mut draft = draft.with(HeaderName::INFO_PACKAGE, package).with(HeaderName::USER_AGENT, PRODUCT);
        if let Some((kind, text)) = body {
            draft = draft.with(HeaderName::CONTENT_DISPOSITION, "Info-Package");
            draft.body = Some((kind, text.into()));
        }
        let id = self.new_exchange();
        self.send(id, draft, Purpose::Ask(request));
    }

    /// Sends digits, each when the one before it is answered, so that none overtakes another.
    pub(super) fn dial(&mut self, request: RequestId, call: CallId, digits: &str) {
        match self.up(call) {
            Some(up) if up.dialling.is_none() => {
                up.dialling = Some(Dialling { request, left: digits.chars().collect() });
                self.dial_next(call);
            }
            _ => self.refuse_ask(request, Outcome::Target),
        }
    }

    fn dial_next(&mut self, call: CallId) {
        let Some(up) = self.up(call) else { return };
        let Some(digit) = up.dialling.as_mut().and_then(|dialling| dialling.left.pop_front()) else { return };
        let mut draft = Draft::inside(up.dialog.request(Method::Info)).with(HeaderName::USER_AGENT, PRODUCT);
        let text = format!("Signal={digit}\r\nDuration={DIGIT_MILLIS}\r\n");
        draft.body = Some((DTMF_RELAY, text.into()));
        let id = self.new_exchange();
        self.send(id, draft, Purpose::Digit(call));
    }

    /// A digit was taken, or not: then the others are of no use either.
    pub(super) fn digit_ended(
        &mut self,
        call: CallId,
        exchange: &Exchange,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let Some(up) = self.up(call) else { return };
        let is_taken = matches!(outcome, Outcome::Status(status) if status.is_success());
        let Some(dialling) = up.dialling.take_if(|d| d.left.is_empty() || !is_taken) else {
            return self.dial_next(call);
        };
        self.asked(dialling.request, exchange, outcome, response);
    }
}

impl Up {
    /// Keeps which packages the peer takes, when a message speaks of them (RFC 6086 §5.2.2).
    pub(super) fn hear_packages(&mut self, message: &Message<'_>) {
        if message.header(HeaderName::RECV_INFO).is_some() {
            let names = message.values(HeaderName::RECV_INFO).map(name_of).filter(|name| !name.is_empty());
            self.packages = names.take(PACKAGES_MAX).map(Into::into).collect();
        }
    }
}

/// The name of a package, without its parameters (RFC 6086 §7.2).
fn name_of(value: &[u8]) -> &[u8] {
    value.split(|&b| b == b';').next().unwrap_or_default().trim_ascii()
}

/// The digit in a body; some phones write the star as 10 and the hash as 11.
fn digit_of(kind: &[u8], body: &[u8]) -> Option<char> {
    let text = core::str::from_utf8(body).ok()?;
    let value = if kind.eq_ignore_ascii_case(DTMF_RELAY.as_bytes()) {
        let rows = text.lines().filter_map(|line| line.split_once('='));
        rows.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"))?.1
    } else {
        text
    };
    match value.trim() {
        "10" => Some('*'),
        "11" => Some('#'),
        value => {
            let mut symbols = value.chars();
            let symbol = symbols.next()?.to_ascii_uppercase();
            let is_digit = matches!(symbol, '0'..='9' | '*' | '#' | 'A'..='D');
            (is_digit && symbols.next().is_none()).then_some(symbol)
        }
    }
}

/// How long a digit is said to sound.
const DIGIT_MILLIS: u32 = 160;
