//! How many files and sockets the process may have open at once (`RLIMIT_NOFILE`).

#![allow(unsafe_code)]

use std::fmt;
use std::io;

/// The machine does not let the process open as much as it needs.
#[derive(Debug)]
pub enum TooFewDescriptors {
    /// The hard limit, which only an administrator raises, is below what is needed.
    HardLimit {
        /// How many were asked for.
        needed: u64,
        /// How many there are at most, and are allowed now.
        hard: u64,
    },
    /// The system tells or changes no limit.
    System(io::Error),
}

impl fmt::Display for TooFewDescriptors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TooFewDescriptors::HardLimit { needed, hard } => write!(
                f,
                "{needed} open files are needed, and the hard limit is {hard}; raise it (`ulimit -Hn`, `LimitNOFILE=` of systemd)"
            ),
            TooFewDescriptors::System(error) => {
                write!(f, "the limit of open files cannot be changed: {error}")
            }
        }
    }
}

impl std::error::Error for TooFewDescriptors {}

/// Raises the soft limit to `needed`, if it is lower. Where the hard limit is in the way, the soft one is raised to it.
///
/// # Errors
/// When fewer than `needed` are allowed now.
pub fn allow(needed: u64) -> Result<(), TooFewDescriptors> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel writes one `rlimit` into a place that is one.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(TooFewDescriptors::System(io::Error::last_os_error()));
    }
    if limit.rlim_cur >= needed {
        return Ok(());
    }
    let hard = limit.rlim_max;
    limit.rlim_cur = needed.min(hard);
    // SAFETY: the kernel reads one `rlimit`.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 {
        return Err(TooFewDescriptors::System(io::Error::last_os_error()));
    }
    if hard < needed { Err(TooFewDescriptors::HardLimit { needed, hard }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hard_limit_that_is_too_low_is_told() {
        assert!(allow(16).is_ok(), "what is allowed already");
        let error = allow(u64::MAX).unwrap_err();
        let TooFewDescriptors::HardLimit { needed: u64::MAX, hard } = error else { panic!("{error}") };
        assert!(allow(hard).is_ok(), "the soft limit can reach the hard one");
    }
}
