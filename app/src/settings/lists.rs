//! The resource lists of a file (RFC 4662).

use super::document::{Document, Found, Value};
use super::fault::{Fault, FaultKind};
use super::routing::account;
use ringback_roles::location::Aor;
use ringback_roles::presence::{LIST_MEMBERS_MAX, List};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The lists by their addresses; each member is a user of our domains.
pub(super) fn build(
    document: &Document,
    domains: &[String],
    faults: &mut Vec<Fault>,
) -> Arc<BTreeMap<Aor, Arc<List>>> {
    let mut lists = BTreeMap::new();
    let mut note = |kind, found: &Found| faults.push(Fault { kind, at: found.at.clone(), see: None });
    let not_ours = |found: &Found| FaultKind::NotAUser {
        text: found.text().unwrap_or_default().to_owned(),
        domains: domains.to_vec(),
    };
    let user = |found: &Found| account(found.text()?, domains);
    for table in document.tables("list") {
        let (Some(name), Some(members)) = (table.find("name"), table.find("members")) else { continue };
        let Value::List(rows) = &members.value else { continue };
        if rows.len() > LIST_MEMBERS_MAX {
            note(FaultKind::TooMany { what: "members", most: LIST_MEMBERS_MAX }, members);
        }
        let Some(aor) = user(name) else {
            note(not_ours(name), name);
            continue;
        };
        let mut list = List { title: table.text("title").map(Into::into), members: Vec::new() };
        for row in rows {
            match user(row) {
                Some(member) if list.members.contains(&member) => {
                    note(FaultKind::Twice { text: member.to_string() }, row);
                }
                Some(member) => list.members.push(member),
                None => note(not_ours(row), row),
            }
        }
        if lists.insert(aor.clone(), Arc::new(list)).is_some() {
            note(FaultKind::Twice { text: aor.to_string() }, name);
        }
    }
    Arc::new(lists)
}
