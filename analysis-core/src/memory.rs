//! How much memory there is, and the refusal to start what will not fit.
//!
//! Every large array of this crate is announced with [`require`] before it is allocated, so a Gram matrix that is too
//! large is an error with two numbers in it, not a killed process.

use std::iter::Sum;
use std::ops::{Add, Mul};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::names::bytes;

/// The environment variable that replaces what the machine says: bytes (`536870912`), or `512M`, `2G`.
pub const LIMIT_VARIABLE: &str = "NTK_MEMORY_LIMIT";

/// Less than this is not worth the question whether it is there.
const SMALL: u64 = 1 << 20;

/// Bytes that may still be allocated.
///
/// [`LIMIT_VARIABLE`] if it is set; otherwise the smaller of the kernel's `MemAvailable` and, for every control group
/// (v1 or v2) this process is in, its limit minus what it uses. Pages the kernel can drop at once (`inactive_file`) do
/// not count as used. Where there is no `/proc` (macOS: best effort, untested) it is the machine's physical memory.
///
/// # Errors
/// [`Error::Parameter`] if `NTK_MEMORY_LIMIT` is not a size; [`Error::Io`] if the system does not say.
///
/// # Examples
/// ```
/// assert!(analysis_core::memory::available()? > 0);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn available() -> Result<u64> {
    match std::env::var_os(LIMIT_VARIABLE) {
        Some(text) => parse_size(&text.to_string_lossy()),
        None => free(),
    }
}

/// Refuses if `what` would need more than is [`available`].
///
/// `needed` in bytes. Call it before the allocation, with everything that will live at the same time. Where no limit is set
/// the system is not asked for less than 1 MiB: its answer takes longer than a small network's outputs.
///
/// # Errors
/// [`Error::Memory`] with both numbers, and those of [`available`].
///
/// # Examples
/// ```
/// use analysis_core::memory::require;
/// require("a small table", 1024)?;
/// assert!(require("a Gram matrix of 10^9 rows", u64::MAX).is_err());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn require(what: &str, needed: u64) -> Result<()> {
    if needed < SMALL && std::env::var_os(LIMIT_VARIABLE).is_none() {
        return Ok(());
    }
    compare(what, needed, available()?)
}

/// How many bytes something takes, computed before it is allocated.
///
/// Sums and products stop at the largest `u64` instead of wrapping around, so a size that no machine has is refused like any
/// other that is too large.
///
/// # Examples
/// ```
/// use analysis_core::memory::Bytes;
/// // K (n,n) and two copies of y (n,k).
/// let (n, k) = (1000, 10);
/// assert_eq!(Bytes::of::<f64>(n, n) + Bytes::of::<f64>(n, k) * 2, Bytes(8_160_000));
/// assert_eq!(Bytes::of::<f64>(usize::MAX, 2) + Bytes(1), Bytes(u64::MAX));
/// assert!(Bytes::of::<f64>(usize::MAX, 1).require("a list").is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Bytes(pub u64);

/// For people: `3.20 GB`, `0.4 MB`, `120 bytes`.
impl std::fmt::Display for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&bytes(self.0))
    }
}

impl Bytes {
    /// `rows` times `columns` values of type `T`.
    pub fn of<T>(rows: usize, columns: usize) -> Bytes {
        Bytes(size_of::<T>() as u64) * rows * columns
    }

    /// As [`require`].
    ///
    /// # Errors
    /// Those of [`require`].
    pub fn require(self, what: &str) -> Result<()> {
        require(what, self.0)
    }
}

impl Add for Bytes {
    type Output = Bytes;

    fn add(self, other: Bytes) -> Bytes {
        Bytes(self.0.saturating_add(other.0))
    }
}

impl Mul<usize> for Bytes {
    type Output = Bytes;

    fn mul(self, count: usize) -> Bytes {
        Bytes(self.0.saturating_mul(count as u64))
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Bytes>>(parts: I) -> Bytes {
        parts.fold(Bytes(0), Bytes::add)
    }
}

fn compare(what: &str, needed: u64, available: u64) -> Result<()> {
    if needed > available {
        return Err(Error::Memory { what: what.to_string(), needed, available });
    }
    Ok(())
}

/// A size as `NTK_MEMORY_LIMIT` spells it: digits, then nothing, K, M, G or T (powers of 1024; `B`/`iB` may follow).
fn parse_size(text: &str) -> Result<u64> {
    let wrong =
        || Error::parameter(LIMIT_VARIABLE, text, "must be a number of bytes such as 536870912, 512M or 2G");
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = upper.split_at(digits);
    let shift = match unit.trim() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

#[cfg(target_os = "linux")]
fn free() -> Result<u64> {
    let path = Path::new("/proc/meminfo");
    let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", &e))?;
    let machine = mem_available(&text).ok_or_else(|| Error::Format {
        path: path.to_path_buf(),
        offset: 0,
        problem: "no line MemAvailable".to_string(),
    })?;
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let root = Path::new("/sys/fs/cgroup");
    Ok(group_folders(&groups, root).iter().filter_map(|f| group_free(f)).fold(machine, u64::min))
}

#[cfg(not(target_os = "linux"))]
fn free() -> Result<u64> {
    let output = std::process::Command::new("sysctl")
        .args(["-n", "hw.memsize"])
        .output()
        .map_err(|e| Error::io("sysctl", "read", &e))?;
    parse_size(&String::from_utf8_lossy(&output.stdout))
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn mem_available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The folders of this process's control groups and of all their parents: a parent's limit binds too. Inside a
/// container the path in `/proc/self/cgroup` may not exist below the mount, so the root is always among them.
fn group_folders(self_cgroup: &str, root: &Path) -> Vec<PathBuf> {
    let mut folders = vec![root.to_path_buf(), root.join("memory")];
    for line in self_cgroup.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let base = match controllers {
            "" => root.to_path_buf(),
            list if list.split(',').any(|c| c == "memory") => root.join("memory"),
            _ => continue,
        };
        let mut folder = base.join(path.trim_start_matches('/'));
        while folder != base && folder.starts_with(&base) {
            folders.push(folder.clone());
            if !folder.pop() {
                break;
            }
        }
    }
    folders
}

/// Limit minus use of one control group; `None` without a limit. v1 says "no limit" with a number near 2⁶³.
fn group_free(folder: &Path) -> Option<u64> {
    let number =
        |name: &str| -> Option<u64> { std::fs::read_to_string(folder.join(name)).ok()?.trim().parse().ok() };
    let (limit, used) = match number("memory.max") {
        Some(limit) => (limit, number("memory.current")?),
        None => (number("memory.limit_in_bytes")?, number("memory.usage_in_bytes")?),
    };
    if limit > 1 << 60 {
        return None;
    }
    let stat = std::fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    Some(limit.saturating_sub(used.saturating_sub(droppable(&stat))))
}

/// Bytes of file cache that the kernel would drop rather than refuse memory.
fn droppable(stat: &str) -> u64 {
    let field = |name: &str| {
        stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<u64>().ok())
    };
    field("total_inactive_file").or_else(|| field("inactive_file")).unwrap_or(0)
}

/// Runs `body` in a process of its own under a limit: the variable is the whole process's. `test` is the calling test's
/// full name; its binary is run again for that test alone.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn limited(test: &str, limit: &str, body: impl FnOnce()) {
    const CHILD: &str = "NTK_MEMORY_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return body();
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(LIMIT_VARIABLE, limit)
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
