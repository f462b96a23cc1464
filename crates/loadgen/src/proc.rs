//! What a process takes, read from `/proc`.

use std::fs;
use std::time::Duration;

/// Ticks per second of the times in `/proc/PID/stat`: `USER_HZ`, 100 on every Linux in use.
const TICKS: u64 = 100;

/// Processor time of a process so far, user and system together; `None`: no such process.
pub fn cpu(pid: u32) -> Option<Duration> {
    parse_cpu(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Our own.
pub fn own_cpu() -> Duration {
    cpu(std::process::id()).unwrap_or_default()
}

/// Resident memory of a process in bytes.
pub fn rss(pid: u32) -> Option<u64> {
    status(pid, "VmRSS:")
}

/// The most it has been since the last time the peak was forgotten.
pub fn peak(pid: u32) -> Option<u64> {
    status(pid, "VmHWM:")
}

/// Forgets the peak of a process, if the system allows it.
pub fn forget_peak(pid: u32) {
    // Then the peak is that of the whole life of the process, which can only be too much.
    fs::write(format!("/proc/{pid}/clear_refs"), "5").ok();
}

fn status(pid: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

fn parse_cpu(stat: &str) -> Option<Duration> {
    // The name in parentheses may hold blanks and parentheses itself.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 1000 / TICKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_times_behind_any_name() {
        let stat = "77 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0 1 2 3";
        assert_eq!(parse_cpu(stat), Some(Duration::from_secs(2)));
        assert!(rss(std::process::id()).is_some_and(|bytes| bytes > 100_000));
        assert_eq!(cpu(u32::MAX), None);
    }
}
