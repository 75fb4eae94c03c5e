//! What a tree of processes used, from the kernel's accounts under /proc.

use std::fs;
use std::path::Path;

/// Processor time, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) nanos: u64,
}

impl Usage {
    pub(crate) fn minus(&self, earlier: &Usage) -> Usage {
        Usage { nanos: self.nanos.saturating_sub(earlier.nanos) }
    }
}

/// The processor time of a process and all its descendants, each thread by the scheduler's count.
pub(crate) fn cpu_of_tree(root: u32) -> Usage {
    let nanos = tree(root).iter().flat_map(|pid| threads(*pid)).sum();
    Usage { nanos }
}

/// The memory of a process and all its descendants, shared pages counted once (PSS), in bytes.
pub(crate) fn memory_of_tree(root: u32) -> u64 {
    let of = |pid: &u32| {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
    };
    tree(root).iter().map(of).sum()
}

fn threads(pid: u32) -> Vec<u64> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let nanos = |path: &Path| {
        let text = fs::read_to_string(path.join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    tasks.flatten().filter_map(|task| nanos(&task.path())).collect()
}

/// A process and all its descendants.
fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut at = 0;
    while at < found.len() {
        let pid = found[at];
        let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
            at += 1;
            continue;
        };
        for task in tasks.flatten() {
            let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(text.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_use_is_seen() {
        assert!(cpu_of_tree(std::process::id()).nanos > 0);
        assert!(memory_of_tree(std::process::id()) > 100_000);
    }
}
