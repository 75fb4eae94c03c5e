//! The request as it leaves: by edit of the received bytes (RFC 3261 §16.6).

use super::overload::ANNOUNCED;
use crate::routing::{Place, Routed};
use bytes::Bytes;
use core::net::SocketAddr;
use ringback_sip::auth::Credentials;
use ringback_sip::dialog::{IntervalTooSmall, Passing, SessionPolicy};
use ringback_sip::entropy::{Seed, Token};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::{Edit, Line, Message, Uri, Via, is_sips};
use smallvec::SmallVec;

/// The hop limit given to a request without one (RFC 3261 §16.6 step 3).
pub const MAX_FORWARDS_DEFAULT: u32 = 70;
/// The breadth given to a request without one, and the most that is passed on (RFC 5393 §5.3.3).
pub const MAX_BREADTH_DEFAULT: u32 = 60;

/// What one forwarded request differs in.
pub(super) struct Forward<'a> {
    /// Where we are.
    pub place: &'a Place,
    /// Where the request came from.
    pub came_in: Flow,
    /// Over which transport it leaves.
    pub transport: Transport,
    /// From which address of ours.
    pub local: SocketAddr,
    /// That address as text.
    pub sent_by: &'a [u8],
    /// Our branch ([`whole_branch`]).
    pub branch: &'a [u8],
    /// The target, when the request gets a new one.
    pub target: Option<&'a [u8]>,
    /// The Path of the target's binding (RFC 3327).
    pub path: &'a [u8],
    /// The mark for our Record-Route, when we stay on the dialog's way.
    pub mark: Option<Token>,
    /// The ways to both ends, for our Record-Route; empty for none.
    pub ends: &'a str,
    /// Whether the next hop is told that we know overload control (RFC 7339).
    pub announces: bool,
    /// Its share of Max-Breadth.
    pub breadth: u32,
    /// What becomes of its session timer.
    pub session: Passing,
}

/// Into how many branches at once a request may be forked from here on (RFC 5393 §5.3.3).
pub(super) fn breadth_of(message: &Message<'_>) -> u32 {
    let asked = message.number(HeaderName::MAX_BREADTH, u32::MAX).ok().flatten();
    asked.map_or(MAX_BREADTH_DEFAULT, |breadth| breadth.min(MAX_BREADTH_DEFAULT))
}

impl Forward<'_> {
    /// Writes the request.
    pub(super) fn write(&self, routed: &Routed<'_>) -> Bytes {
        let message = routed.message;
        let mut edit = Edit::new(message);
        self.edit_request_uri(routed, &mut edit);
        edit.insert_top_with(HeaderName::VIA, |out| self.write_via(out));
        if let Some(mark) = self.mark {
            let is_protected = is_sips(self.target.unwrap_or(routed.request_uri));
            self.record_route(mark, is_protected, &mut edit);
        }
        if !self.path.is_empty() {
            edit.insert_top(HeaderName::ROUTE, self.path);
        }
        edit.stamp_top_via(&self.came_in);
        let hops =
            message.max_forwards().ok().flatten().map_or(MAX_FORWARDS_DEFAULT, |n| n.saturating_sub(1));
        edit.set(HeaderName::MAX_FORWARDS, Decimal::new(hops));
        for line in consumed(message, self.place) {
            edit.remove(*line);
        }
        edit.set(HeaderName::MAX_BREADTH, Decimal::new(self.breadth));
        if let Some(expires) = self.session.session_expires {
            edit.set(HeaderName::SESSION_EXPIRES, expires.write());
        }
        if let Some(min) = self.session.min_se {
            edit.set(HeaderName::MIN_SE, min.as_secs().to_string());
        }
        edit.finish()
    }

    /// The Request-URI and the Routes: ours go; the repair of RFC 3261 §16.4; a next hop that is a strict
    /// router gets its own URI as the Request-URI, and the target behind the Routes (§16.6 step 6).
    fn edit_request_uri(&self, routed: &Routed<'_>, edit: &mut Edit<'_, '_>) {
        let target = self.target.unwrap_or(routed.request_uri);
        let strict = routed.next_route.filter(|r| !Uri::parse(r).is_ok_and(|uri| uri.is_loose_router()));
        let uri = strict.unwrap_or(target);
        edit.start_line(uri);
        let own = routed.own_routes + usize::from(strict.is_some());
        let all = || routed.message.values(HeaderName::ROUTE).count();
        if routed.last_route_used && own + 1 >= all() {
            edit.remove_first_values(HeaderName::ROUTE, all());
        } else {
            edit.remove_first_values(HeaderName::ROUTE, own);
            if routed.last_route_used {
                edit.remove_last_value(HeaderName::ROUTE);
            }
        }
        if strict.is_some() {
            edit.append(HeaderName::ROUTE, [b"<", target, b">"].concat());
        }
    }

    fn write_via(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"SIP/2.0/");
        out.extend_from_slice(self.transport.via_name().as_bytes());
        out.push(b' ');
        out.extend_from_slice(self.sent_by);
        out.extend_from_slice(b";branch=");
        out.extend_from_slice(self.branch);
        if self.announces {
            out.extend_from_slice(ANNOUNCED);
        }
        // Who can prove his name may be called back over the connection (RFC 5923 §8.1).
        if self.transport == Transport::Tls && self.place.is_named() {
            out.extend_from_slice(b";alias");
        }
    }

    /// One Record-Route; two when the request leaves another way than it came, so that each side finds its own
    /// way back (RFC 5658). On the way of a `sips` request both are `sips` (RFC 3261 §16.6 step 4).
    fn record_route(&self, mark: Token, is_protected: bool, edit: &mut Edit<'_, '_>) {
        let write = |transport: Transport, local: SocketAddr, route: &mut Vec<u8>| {
            route.extend_from_slice(if is_protected { b"<sips:" } else { b"<sip:" });
            if !self.ends.is_empty() {
                route.extend_from_slice(self.ends.as_bytes());
                route.push(b'@');
            }
            self.place.push_host(route, transport, local);
            // `sips` says TLS already.
            if transport.is_web_socket() || (transport != Transport::Udp && !is_protected) {
                route.extend_from_slice(b";transport=");
                route.extend_from_slice(transport.uri_name().as_bytes());
            }
            route.extend_from_slice(b";lr;rb=");
            route.extend_from_slice(mark.as_bytes());
            route.push(b'>');
        };
        let (out, came_in) = ((self.transport, self.local), (self.came_in.transport, self.came_in.local));
        edit.insert_top_with(HeaderName::RECORD_ROUTE, |route| write(out.0, out.1, route));
        if out != came_in {
            edit.insert_top_with(HeaderName::RECORD_ROUTE, |route| write(came_in.0, came_in.1, route));
        }
    }
}

/// The credentials that were meant for us: what they prove is nobody else's business, and another element of the same
/// realm would take them for a copy. Those of other realms stay (RFC 3261 §22.3).
fn consumed<'m>(message: &'m Message<'_>, place: &'m Place) -> impl Iterator<Item = &'m Line> {
    let is_ours = |line: &&Line| {
        let realm = Credentials::realm_of(message.value_of(line));
        realm.is_some_and(|realm| place.domains().mains().any(|main| *main == *realm))
    };
    message.lines().iter().filter(|line| line.name == HeaderName::PROXY_AUTHORIZATION).filter(is_ours)
}

/// Whether a request sets up a dialog whose later requests we want to see.
pub(super) fn makes_dialog(message: &Message<'_>) -> bool {
    matches!(message.method(), Some(Method::Invite | Method::Subscribe | Method::Refer))
        && message.to().is_ok_and(|to| to.tag().is_none())
}

/// What becomes of the session timer of a request: with a policy, and in an INVITE or UPDATE (RFC 4028 §8.1).
pub(super) fn session_of(
    policy: Option<SessionPolicy>,
    message: &Message<'_>,
) -> Result<Passing, IntervalTooSmall> {
    match (policy, message.method()) {
        (Some(policy), Some(Method::Invite | Method::Update)) => policy.pass(message),
        _ => Ok(Passing::default()),
    }
}

/// A branch of ours: what tells its transaction from all others, and the hash of what decides where its request goes.
pub(super) fn whole_branch(unique: Token, loop_mark: Token) -> [u8; BRANCH_BYTES] {
    let mut branch = *b"z9hG4bK0000000000000.0000000000000";
    branch[7..20].copy_from_slice(unique.as_bytes());
    branch[21..].copy_from_slice(loop_mark.as_bytes());
    branch
}

/// The length of our branches.
const BRANCH_BYTES: usize = 34;

/// The hash of all that decides where a request goes: the second part of our branches (RFC 5393 §4.2). A
/// request that comes back with the same hash loops; with another one it spirals. Credentials decide nothing here, and
/// a request comes back without those that were ours.
pub(super) fn loop_mark(message: &Message<'_>, key: Seed) -> Token {
    let mut text = SmallVec::<[u8; 512]>::from_slice(message.request_uri());
    let fields = [HeaderName::ROUTE, HeaderName::PROXY_REQUIRE].into_iter();
    for value in fields.flat_map(|name| message.headers(name)).chain(message.call_id().ok()) {
        text.push(b'\n');
        text.extend_from_slice(value);
    }
    for address in [message.from(), message.to()] {
        text.push(b'\n');
        text.extend_from_slice(address.ok().and_then(|a| a.tag()).unwrap_or_default());
    }
    text.extend_from_slice(&message.cseq().map_or(0, |c| c.number).to_be_bytes());
    Token::from_u64(key.hash(&text))
}

/// Whether a branch has a second part as ours have one.
fn has_mark(branch: &[u8]) -> bool {
    branch.len().checked_sub(size_of::<Token>() + 1).is_some_and(|dot| branch[dot] == b'.')
}

/// Whether a request has been here with the same hash (RFC 3261 §16.3 step 4, RFC 5393 §4.2).
pub(super) fn is_loop(message: &Message<'_>, place: &Place, key: Seed) -> bool {
    let mut mark = None;
    let mut is_mine = |via: Via<'_>| {
        let Some(branch) = via.branch().filter(|branch| has_mark(branch) && place.wrote(&via)) else {
            return false;
        };
        let mark = mark.get_or_insert_with(|| loop_mark(message, key));
        branch.ends_with(mark.as_bytes())
    };
    if message.top_via().is_ok_and(|via| is_mine(*via)) {
        return true;
    }
    let mut others = message.values(HeaderName::VIA).skip(1).filter_map(|value| Via::parse(value).ok());
    message.has_second_via() && others.any(is_mine)
}

/// A number in decimal, without a heap.
struct Decimal {
    text: [u8; 10],
    start: usize,
}

impl Decimal {
    fn new(mut value: u32) -> Self {
        let mut text = [b'0'; 10];
        let mut start = 10;
        loop {
            start -= 1;
            text[start] += (value % 10) as u8;
            value /= 10;
            if value == 0 {
                return Decimal { text, start };
            }
        }
    }
}

impl AsRef<[u8]> for Decimal {
    fn as_ref(&self) -> &[u8] {
        &self.text[self.start..]
    }
}
