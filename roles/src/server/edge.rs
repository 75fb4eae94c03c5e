//! The edge proxy: phones of other domains reach their home by way of us, and we keep the flows to them
//! (RFC 5626 §5, RFC 3327 §5.2).

use super::Server;
use super::settings::EdgeDomain;
use crate::access::{Denial, FlowTokens};
use crate::proxy::Destination;
use crate::registrar::PathPolicy;
use crate::routing::Routed;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Edit, Host, Message, Uri};
use ringback_sip::time::Instant;

impl Server {
    /// Over which flow the Routes of a request ask to go, if over one: each of ours that names a flow other than
    /// that on which the request came (RFC 5626 §5.3).
    ///
    /// # Errors
    /// 403 for a token that was not made here.
    pub(super) fn flow_asked(&self, routed: &Routed<'_>, source: &Flow) -> Result<Option<Flow>, Denial> {
        let mut asked = None;
        for user in routed.users.iter().flatten().filter(|user| FlowTokens::is_claimed(user)) {
            match self.tokens.open(user) {
                Some(flow) => {
                    let is_source = (flow.transport, flow.remote, flow.connection)
                        == (source.transport, source.remote, source.connection);
                    if !is_source {
                        asked = Some(flow);
                    }
                }
                None => return Err(Denial::new(StatusCode::FORBIDDEN, Cause::FlowToken)),
            }
        }
        Ok(asked)
    }

    /// Takes a request on its way to a domain that we are an edge of; whether it is one.
    pub(super) fn pass_edge(&mut self, now: Instant, routed: &Routed<'_>, flow: Flow) -> bool {
        let message = routed.message;
        let hop = routed.next_route.unwrap_or(routed.request_uri);
        let Some(host) = Uri::parse(hop).ok().filter(Uri::is_sip).map(|uri| uri.host) else { return false };
        let is_it = |domain: &&EdgeDomain| host.equals(&Host(domain.name.as_bytes()));
        let Some(domain) = self.edge.domains.iter().find(is_it) else { return false };
        let next = domain.next.as_ref().filter(|_| routed.next_route.is_none());
        let path = next.map_or(Box::default(), |next| format!("<{next}>").into_bytes().into());
        let home = Destination { path, ..Destination::as_it_is() };
        if let Err(denial) = self.may_go_on(message) {
            self.deny(now, message, &flow, &denial);
        } else if message.method() == Some(Method::Register) {
            match self.with_path(message, &flow) {
                Ok(bytes) => {
                    if let Ok(message) = Message::parse(&bytes)
                        && let Ok(routed) = Routed::read(&message, self.proxy.place())
                    {
                        self.forward(now, &routed, flow, vec![home]);
                    }
                }
                Err(denial) => self.deny(now, message, &flow, &denial),
            }
        } else {
            self.forward(now, routed, flow, vec![home]);
        }
        true
    }

    /// A REGISTER with our URI on top of its Path: the first hop puts the flow of the phone into it, and marks it
    /// (RFC 5626 §5.1).
    fn with_path(&self, message: &Message<'_>, flow: &Flow) -> Result<Vec<u8>, Denial> {
        let knows = message.lists(HeaderName::SUPPORTED, b"path");
        if !knows && self.edge.path == PathPolicy::Refuse {
            let cause = Cause::ExtensionNeeded(Shown::from(&b"path"[..]));
            return Err(Denial::new(StatusCode::EXTENSION_REQUIRED, cause).with(HeaderName::REQUIRE, "path"));
        }
        let (user, mark) = match message.vias().count() {
            1 => (format!("{}@", self.tokens.seal(flow)), ";ob"),
            _ => (String::new(), ""),
        };
        let mut edit = Edit::new(message);
        edit.insert_top(HeaderName::PATH, format!("<sip:{user}{};lr{mark}>", self.proxy.place().uri_host()));
        if knows && !message.lists(HeaderName::REQUIRE, b"path") {
            edit.append(HeaderName::REQUIRE, "path");
        }
        Ok(edit.finish().to_vec())
    }
}
