//! Runs a scenario under many seeds, and one seed again with its trace.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs `scenario` under the seeds `0..seeds`, on all cores, and fails with the lowest failing seed and the trace
/// of its replay. The scenario gets the seed and whether to keep a trace.
///
/// `RINGBACK_SEED=n` replays one seed with its trace; `RINGBACK_SEEDS=n` overrides how many are run.
///
/// # Panics
/// When a seed fails.
pub fn explore(seeds: u64, scenario: impl Fn(u64, bool) -> Result<(), String> + Sync) {
    if let Some(seed) = number("RINGBACK_SEED") {
        if let Err(complaint) = run(&scenario, seed, true) {
            panic!("seed {seed}: {complaint}");
        }
        return;
    }
    let seeds = number("RINGBACK_SEEDS").unwrap_or(seeds);
    let next = AtomicU64::new(0);
    let worst: Mutex<Option<u64>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds || worst.lock().is_ok_and(|w| w.is_some()) {
                        return;
                    }
                    if run(&scenario, seed, false).is_err()
                        && let Ok(mut worst) = worst.lock()
                    {
                        *worst = Some(worst.map_or(seed, |w| w.min(seed)));
                    }
                }
            });
        }
    });
    if let Some(seed) = worst.into_inner().ok().flatten() {
        let complaint = run(&scenario, seed, true).err();
        let text = complaint.unwrap_or_else(|| {
            "fails, but not when it is replayed: the scenario is not deterministic".into()
        });
        panic!("seed {seed} of {seeds} (replay: RINGBACK_SEED={seed}): {text}");
    }
}

fn run(
    scenario: &(impl Fn(u64, bool) -> Result<(), String> + Sync),
    seed: u64,
    traced: bool,
) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| scenario(seed, traced))).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failing_seed_is_named() {
        let failed = catch_unwind(|| {
            explore(
                50,
                |seed, traced| if seed == 20 { Err(format!("broken, traced: {traced}")) } else { Ok(()) },
            );
        });
        let text = failed.unwrap_err().downcast::<String>().unwrap();
        assert!(text.starts_with("seed 20 of 50") && text.ends_with("broken, traced: true"), "{text}");
    }

    #[test]
    fn a_panic_fails_its_seed_only() {
        let failed =
            catch_unwind(|| explore(10, |seed, _| if seed == 3 { panic!("at {seed}") } else { Ok(()) }));
        let text = failed.unwrap_err().downcast::<String>().unwrap();
        assert!(text.starts_with("seed 3 ") && text.contains("panic: at 3"), "{text}");
    }
}
