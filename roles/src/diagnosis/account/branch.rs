//! The branches of a forked request: whom we asked, what came of it, and why it was or was not the answer
//! (RFC 3261 §16.7).

use super::super::record::{Record, What};
use core::net::SocketAddr;
use ringback_sip::journal::{BranchEnd, Cause, Fact, Lost, Shown};
use ringback_sip::registry::StatusCode;
use serde::Serialize;

/// One branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BranchAccount {
    /// Its number within the request, from 0.
    pub branch: u32,
    /// The target URI.
    pub target: String,
    /// The addresses that were tried, in order.
    pub peers: Vec<SocketAddr>,
    /// How it ended.
    pub end: Option<BranchEnd>,
    /// Why we gave it up, if we did.
    #[serde(skip)]
    pub cancelled: Option<Cause>,
    /// What became of its answer.
    pub fate: BranchFate,
}

/// What became of the answer of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BranchFate {
    /// The caller got it.
    Chosen,
    /// The caller got another one, since.
    Lost(Lost),
    /// It was called off, since another phone took the call or refused it for all.
    CalledOff,
    /// It did not count: another way to the same phone or next hop was tried instead.
    Replaced,
    /// It has not ended.
    Open,
}

/// The branches among the records of one request, which ended with `status`.
pub(super) fn of(records: &[Record], status: Option<StatusCode>) -> Vec<BranchAccount> {
    let mut branches: Vec<BranchAccount> = Vec::new();
    let (mut chosen, mut choice) = (None, None);
    let mut rounds = 0_u32;
    for record in records {
        let What::Fact(fact) = &record.what else { continue };
        match fact {
            // The same number, still open, to somebody else: the request came back to us on its way. That round is not this one.
            Fact::Branch { branch, target, .. } if is_open_to_another(&branches, *branch, target) => {
                rounds += 1
            }
            Fact::Answered { status, .. } | Fact::Passed { status, .. } if rounds > 0 => {
                rounds -= u32::from(status.is_final());
            }
            _ if rounds > 0 => {}
            Fact::Branch { branch, target, peer } => {
                let row = row(&mut branches, *branch);
                row.target = target.to_string();
                row.peers.push(*peer);
            }
            Fact::BranchEnded { branch, end } => row(&mut branches, *branch).end = Some(*end),
            Fact::Cancelling { branch, cause } => {
                row(&mut branches, *branch).cancelled = Some(cause.clone());
            }
            Fact::Chose { branch, outvoted, .. } => {
                chosen = Some(*branch);
                choice = Some(outvoted.clone());
            }
            Fact::Passed { branch, status, .. } if status.is_final() => chosen = Some(*branch),
            _ => {}
        }
    }
    let is_lone = branches.len() == 1;
    for row in &mut branches {
        let lost = choice.iter().flatten().find(|lost| lost.branch == row.branch);
        row.fate = match (chosen, lost, &row.cancelled) {
            (Some(chosen), ..) if chosen == row.branch => BranchFate::Chosen,
            (_, Some(lost), _) => BranchFate::Lost(lost.why),
            (.., Some(Cause::Best(_))) => BranchFate::CalledOff,
            // Nobody is told of a silence that lasted too long (RFC 4320 §4.2).
            _ if status.is_none() && matches!(row.end, Some(BranchEnd::Timeout(_))) => {
                BranchFate::Lost(Lost::TooLate)
            }
            _ if status.is_none() => BranchFate::Open,
            _ if is_lone => BranchFate::Chosen,
            _ => BranchFate::Replaced,
        };
    }
    branches.sort_by_key(|row| row.branch);
    branches
}

/// Whether the branch with this number has another target, and has not ended.
fn is_open_to_another(branches: &[BranchAccount], number: u32, target: &Shown) -> bool {
    let is_it = |row: &BranchAccount| row.branch == number && row.end.is_none() && !row.peers.is_empty();
    branches.iter().any(|row| is_it(row) && row.target != target.to_string())
}

fn row(branches: &mut Vec<BranchAccount>, branch: u32) -> &mut BranchAccount {
    let place = branches.iter().position(|row| row.branch == branch).unwrap_or_else(|| {
        branches.push(BranchAccount {
            branch,
            target: String::new(),
            peers: Vec::new(),
            end: None,
            cancelled: None,
            fate: BranchFate::Open,
        });
        branches.len() - 1
    });
    &mut branches[place]
}
