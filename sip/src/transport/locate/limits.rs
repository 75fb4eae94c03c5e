//! What one search may grow to, whatever name servers say.

/// Most NAPTR records of one answer that are looked at.
pub const NAPTRS_MAX: usize = 32;
/// Most SRV records of one answer that are looked at.
pub const SERVICES_MAX: usize = 32;
/// Most addresses of one name that are looked at.
pub const ADDRESSES_MAX: usize = 16;
/// Most addresses that one search gives.
pub const TARGETS_MAX: usize = 16;
/// Most questions of one search.
pub const QUESTIONS_MAX: usize = 40;
/// Most steps that one search tells of.
pub const STEPS_MAX: usize = 96;
/// Most aliases that lead to one answer.
pub const ALIASES_MAX: usize = 8;
