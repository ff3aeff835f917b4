//! How much memory there is, so that a table that will not fit is refused instead of killed.

/// Assumed where the system does not tell.
const UNKNOWN: usize = 4 << 30;

/// Three quarters of the memory that is free, in bytes.
pub(crate) fn share() -> usize {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    available(&text).unwrap_or(UNKNOWN) / 4 * 3
}

/// `MemAvailable` of Linux, in bytes.
fn available(meminfo: &str) -> Option<usize> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_in_kib_and_nonsense_is_unknown() {
        assert_eq!(available("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), Some(2 << 20));
        assert_eq!(available("MemAvailable: much"), None);
        assert_eq!(available(""), None);
    }
}
