//! Media that belong to a call: by where its descriptions want them, or by the name that its checks carry.

use super::book::{Facts, MEDIA_MAX};
use super::call::CallId;
use super::world::{Check, Checks};
use core::net::SocketAddr;
use ringback_sip::sdp::Description;
use ringback_sip::time::Instant;

/// Most pairs of addresses of one call whose checks are counted.
pub const CHECKS_MAX: usize = 64;

impl Facts {
    /// Notes where a description of a call wants media, and the names of its checks (RFC 8839 §5.4).
    pub(super) fn note_media(&mut self, id: &CallId, description: &Description) {
        for address in addresses(description) {
            self.expect_media(address, id);
        }
        let of_media = description.media.iter().flat_map(|media| &media.attributes);
        let names = description.attributes.iter().chain(of_media).filter(|own| own.name == "ice-ufrag");
        for name in names.filter_map(|own| own.value.as_ref()) {
            if self.check_names.len() < MEDIA_MAX || self.check_names.contains_key(name) {
                self.check_names.insert(name.clone(), id.clone());
            }
        }
    }

    /// Says that media of a call are to be sent here.
    pub fn expect_media(&mut self, address: SocketAddr, call: &CallId) {
        if self.media.len() < MEDIA_MAX || self.media.contains_key(&address) {
            self.media.insert(address, call.clone());
        }
    }

    /// Adds a message of a check from `src` to `dst`. Media that take a way which is open belong to its call.
    pub fn add_check(&mut self, at: Instant, [src, dst]: [SocketAddr; 2], check: Check<'_>) {
        let ends = if matches!(check, Check::Request { .. }) { (src, dst) } else { (dst, src) };
        let owner = match check {
            Check::Request { name, .. } => self.check_names.get(name).cloned(),
            _ => self.checked.get(&ends).cloned(),
        };
        let Some((id, call)) = owner.and_then(|id| Some((id.clone(), self.calls.get_mut(&id)?))) else {
            return;
        };
        let known = call.checks.iter_mut().find(|one| (one.client, one.server) == ends);
        match (known, check) {
            (Some(checks), Check::Request { nominates, .. }) => {
                checks.span.1 = at;
                checks.requests += 1;
                checks.is_nominated |= nominates;
            }
            (None, Check::Request { nominates, .. }) => {
                if call.checks.len() < CHECKS_MAX && self.checked.len() < MEDIA_MAX {
                    call.checks.push(Checks {
                        client: src,
                        server: dst,
                        span: (at, at),
                        requests: 1,
                        answers: 0,
                        conflicts: 0,
                        is_nominated: nominates,
                    });
                    self.checked.insert(ends, id);
                }
            }
            (Some(checks), Check::Open) => {
                checks.answers += 1;
                for end in
                    [src, dst].into_iter().filter(|end| self.media_owner(*end).is_none()).collect::<Vec<_>>()
                {
                    self.expect_media(end, &id);
                }
            }
            (Some(checks), Check::Refused(code)) => checks.conflicts += u32::from(code == ROLE_CONFLICT),
            (None, _) => {}
        }
    }
}

/// Where a description asks media to be sent: each active section's address.
fn addresses(description: &Description) -> impl Iterator<Item = SocketAddr> + '_ {
    description.media.iter().filter(|media| media.port != 0).filter_map(|media| {
        let ip = description.connection_of(media)?.address.ip().filter(|ip| !ip.is_unspecified())?;
        Some(SocketAddr::new(ip, media.port))
    })
}

/// Both ends want to choose, or neither does (RFC 8445 §7.3.1.1).
const ROLE_CONFLICT: u16 = 487;
