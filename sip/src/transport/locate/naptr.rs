//! NAPTR records: over which transports a domain is served (RFC 3263 §4.1, RFC 3403 §4.1).

use super::limits::NAPTRS_MAX;
use crate::flow::{Reach, Transport};
use crate::journal::{Shown, Step, Verdict};

/// One NAPTR record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Naptr {
    /// Lower ones go first; once one is taken, those of higher order do not count.
    pub order: u16,
    /// Among those of one order, lower ones go first.
    pub preference: u16,
    /// What the replacement is: `s` for the name of SRV records.
    pub flags: Box<[u8]>,
    /// The service, such as `SIP+D2T`.
    pub services: Box<[u8]>,
    /// The regular expression; empty in records that are meant for us.
    pub expression: Box<[u8]>,
    /// The name to go on with, without a final dot.
    pub replacement: Box<str>,
}

/// What the NAPTR records of a domain come to.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// The names of SRV records, each with its transport, in the order in which to try them.
    pub(super) services: Vec<(Transport, Box<str>)>,
    /// Whether the domain speaks of SIP at all: then what it does not name is not there.
    pub(super) speaks_of_sip: bool,
}

/// Judges the records of a domain, and tells of each.
pub(super) fn choose(
    mut records: Vec<Naptr>,
    reach: Reach,
    secure: bool,
    mut tell: impl FnMut(Step),
) -> Chosen {
    records.sort();
    let over = records.len() > NAPTRS_MAX;
    records.truncate(NAPTRS_MAX);
    let mut chosen = Chosen::default();
    let mut order = None;
    for record in records {
        let judged = judge(&record, reach, secure);
        chosen.speaks_of_sip |= judged != Err(Verdict::OtherService);
        let verdict = match judged {
            Err(verdict) => verdict,
            Ok(_) if order.is_some_and(|order| order != record.order) => Verdict::LaterOrder,
            Ok(transport) => {
                order = Some(record.order);
                chosen.services.push((transport, record.replacement.clone()));
                Verdict::Taken
            }
        };
        tell(Step::Naptr {
            order: record.order,
            preference: record.preference,
            service: Shown(record.services),
            replacement: Shown::from(&*record.replacement),
            verdict,
        });
    }
    if over {
        tell(Step::Limit("NAPTRS_MAX".into()));
    }
    chosen
}

/// The transport that a record leads to, or why it does not count.
fn judge(record: &Naptr, reach: Reach, secure: bool) -> Result<Transport, Verdict> {
    let transport = transport_of(&record.services).ok_or(Verdict::OtherService)?;
    let Some(transport) = transport else { return Err(Verdict::NoTransport) };
    if !record.expression.is_empty() {
        return Err(Verdict::Expression);
    }
    if !record.flags.eq_ignore_ascii_case(b"s") || record.replacement.is_empty() {
        return Err(Verdict::OtherFlag);
    }
    if secure && !matches!(transport, Transport::Tls | Transport::Wss) {
        return Err(Verdict::NotSecure);
    }
    if reach.has(transport) { Ok(transport) } else { Err(Verdict::NoTransport) }
}

/// The transport of a service field: `Some(None)` for one of SIP that we do not know, such as SCTP.
fn transport_of(services: &[u8]) -> Option<Option<Transport>> {
    const KNOWN: [(&[u8], Transport); 5] = [
        (b"SIP+D2U", Transport::Udp),
        (b"SIP+D2T", Transport::Tcp),
        (b"SIPS+D2T", Transport::Tls),
        (b"SIP+D2W", Transport::Ws),
        (b"SIPS+D2W", Transport::Wss),
    ];
    if let Some((_, transport)) = KNOWN.iter().find(|(name, _)| name.eq_ignore_ascii_case(services)) {
        return Some(Some(*transport));
    }
    let of_sip =
        |prefix: &[u8]| services.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    (of_sip(b"SIP+D2") || of_sip(b"SIPS+D2")).then_some(None)
}
