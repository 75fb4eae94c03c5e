//! Subscriptions as lines of text, for the store that keeps them over a restart.

use super::package::Package;
use super::policy::Watcher;
use super::subscription::{Due, Subscription};
use crate::event::{Kept, Standing};
use crate::location::Aor;
use core::net::SocketAddr;
use ringback_sip::dialog::Dialog;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::syntax::parse_u32;
use ringback_sip::time::{Duration, Instant};

impl Subscription {
    /// What the store shall keep.
    pub(super) fn kept(&self, now: Instant) -> Kept {
        let mut rest = self.dialog.write();
        let mut line = |name: &str, value: &[u8]| {
            rest.extend_from_slice(&[name.as_bytes(), b" ", value, b"\n"].concat());
        };
        line("at", now.unix_secs().to_string().as_bytes());
        line("contact", self.contact.as_bytes());
        line("type", self.media_type.as_bytes());
        line("gap-ms", (self.gap.as_micros() / 1000).to_string().as_bytes());
        if let Some(id) = &self.event_id {
            line("event-id", id);
        }
        if let Some(user) = &self.watcher.user {
            line("user", user.as_bytes());
        }
        if let Some(flow) = &self.flow {
            let only = if self.flow_only { " only" } else { "" };
            let way = format!("{} {} {}{only}", flow.transport.via_name(), flow.local, flow.remote);
            line("flow", way.as_bytes());
        }
        Kept::write_members(&self.members, &mut rest);
        Kept {
            id: self.id(),
            resource: self.resource.clone(),
            watcher: self.watcher.name.clone(),
            expires: self.expires,
            is_pending: self.standing == Standing::Pending,
            rest: rest.into(),
        }
    }

    /// A subscription that was kept before this start. What its watcher was told last is not known, so it is told again.
    pub(super) fn from_kept(now: Instant, kept: Kept) -> Option<Self> {
        let package = Package::of(kept.resource.package)?;
        let find = |name: &[u8]| {
            let mut lines = kept.rest.split(|&b| b == b'\n');
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(b" "))
        };
        let text = |name: &[u8]| core::str::from_utf8(find(name)?).ok();
        let mut dialog = Dialog::read(&kept.rest)?;
        // Numbers went on after it was kept: at most so many in a second.
        let at = Instant::from_unix_secs(text(b"at")?.parse().ok()?);
        let passed = u32::try_from(now.since(at).as_secs()).unwrap_or(u32::MAX);
        let ahead = passed.saturating_mul(NUMBERS_PER_SECOND).saturating_add(NUMBERS_AT_ONCE);
        dialog.used_cseq(dialog.local_cseq().saturating_add(ahead));
        // At least as many documents as notifications were sent.
        let version = dialog.local_cseq();
        let flow = text(b"flow");
        let wanted = text(b"type")?;
        Some(Subscription {
            dialog,
            package,
            event_id: find(b"event-id").map(Into::into),
            media_type: package.types.iter().copied().find(|t| *t == wanted)?,
            members: kept.members().collect(),
            watcher: Watcher { user: find(b"user").map(Aor::from_canonical), name: kept.watcher },
            contact: text(b"contact")?.into(),
            flow_only: flow.is_some_and(|flow| flow.ends_with(" only")),
            flow: flow.and_then(read_flow),
            standing: if kept.is_pending { Standing::Pending } else { Standing::Active },
            resource: kept.resource,
            expires: kept.expires,
            gap: Duration::from_millis(parse_u32(find(b"gap-ms")?)?.into()),
            // Who waits for a decision has nothing to be told.
            due: if kept.is_pending { Due::Change } else { Due::Whole },
            next_at: now,
            told: None,
            told_known: None,
            version,
            telling: None,
            failures: 0,
            is_kept: true,
            is_waiting: false,
            alarm: None,
        })
    }
}

fn read_flow(text: &str) -> Option<Flow> {
    let mut words = text.split(' ');
    let transport = Transport::from_name(words.next()?.as_bytes())?;
    let mut address = || words.next()?.parse::<SocketAddr>().ok();
    Some(Flow { transport, local: address()?, remote: address()?, connection: None, peer: None })
}

/// More notifications than this in a second, on the average, no subscription gets.
const NUMBERS_PER_SECOND: u32 = 8;
/// And so many at once.
const NUMBERS_AT_ONCE: u32 = 64;
