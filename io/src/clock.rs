//! The clock of the process, and its random seed: the two things that a pure node is given.

use ringback_sip::entropy::Seed;
use ringback_sip::time::Instant;
use std::time::SystemTime;

/// The wall clock at the start of the process, plus the monotonic time since: it never goes back.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: std::time::Instant,
    unix_micros: u64,
}

impl Clock {
    /// A clock that starts at the wall clock's present.
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let unix_micros = u64::try_from(wall.as_micros()).unwrap_or(u64::MAX);
        Clock { start: std::time::Instant::now(), unix_micros }
    }

    /// The present.
    pub fn now(&self) -> Instant {
        Instant::from_unix_micros(self.unix_micros) + self.start.elapsed()
    }
}

/// 128 bits from the operating system.
///
/// # Errors
/// When the kernel has no randomness to give, which on Linux happens only before the system has booted.
pub fn seed_from_system() -> std::io::Result<Seed> {
    use std::io::Read;
    let mut bytes = [[0; 8]; 2];
    std::fs::File::open("/dev/urandom")?.read_exact(bytes.as_flattened_mut())?;
    Ok(Seed(bytes.map(u64::from_le_bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_goes_forward_from_the_wall_clock() {
        let clock = Clock::start();
        let (first, second) = (clock.now(), clock.now());
        assert!(first <= second);
        assert!(first.unix_secs() > 1_700_000_000);
    }

    #[test]
    fn two_seeds_differ() {
        assert!(seed_from_system().unwrap() != seed_from_system().unwrap());
    }
}
