//! What a process used: processor time and memory, as the kernel counts them.

use std::collections::BTreeSet;

/// The kernel counts processor time for programs in hundredths of a second.
const TICK_MICROS: u64 = 10_000;

/// Processor time in microseconds since the processes began.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    pub program: u64,
    pub database: Option<u64>,
}

/// Whose processor time is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meter {
    program: u32,
    postmaster: Option<u32>,
}

impl Meter {
    pub fn of_this_process(postmaster: Option<u32>) -> Self {
        Self { program: std::process::id(), postmaster }
    }

    pub const fn of(program: u32, postmaster: Option<u32>) -> Self {
        Self { program, postmaster }
    }

    pub fn read(&self) -> Used {
        Used { program: times(self.program).map_or(0, |t| t.own), database: self.postmaster.map(family) }
    }
}

struct Times {
    parent: u32,
    own: u64,
    /// Of children that ended.
    ended: u64,
}

fn times(pid: u32) -> Option<Times> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; the fields after it are numbered from 3.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Times {
        parent: u32::try_from(number(4)?).ok()?,
        own: (number(14)? + number(15)?) * TICK_MICROS,
        ended: (number(16)? + number(17)?) * TICK_MICROS,
    })
}

/// A process with its children, those that ended included.
fn family(head: u32) -> u64 {
    let mut sum = times(head).map_or(0, |t| t.own + t.ended);
    for pid in processes() {
        if let Some(t) = times(pid).filter(|t| t.parent == head) {
            sum += t.own;
        }
    }
    sum
}

fn processes() -> BTreeSet<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return BTreeSet::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// The parent of a process: PostgreSQL's own, given one of its connections.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    times(pid).map(|t| t.parent)
}

/// Memory in use (resident), in MB.
pub(crate) fn memory_mb(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

/// A load above this, before anything was measured, is other people's work.
const OTHERS: f64 = 0.5;

/// What the figures are taken on, and whether it is shared. To be asked before there is a load of our own.
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, m)| m));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let gb = kib.and_then(|kib| kib.parse::<f64>().ok()).map_or(0.0, |kib| kib * 1024.0 / 1e9);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_ascii_whitespace().next().and_then(|load| load.parse::<f64>().ok()).unwrap_or(0.0);
    let shared = if load > OTHERS {
        format!(", a shared machine: load {load:.1} before it began")
    } else {
        String::new()
    };
    format!("{cores} × {}, {gb:.0} GB{shared}", model.unwrap_or("unknown processor").trim())
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_a_parent_and_memory() {
        assert!(super::parent(std::process::id()).is_some_and(|parent| parent > 0));
        assert!(super::memory_mb(std::process::id()).is_some_and(|mb| mb > 1.0));
    }
}
