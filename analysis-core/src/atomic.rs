//! Files that are either whole or not there.
//!
//! A file is written under a temporary name in its folder and then renamed. The name is `tempfile`'s, made with `O_EXCL`,
//! so no other thread, process or machine that shares the folder writes the same one. The finished file has the
//! permissions of any new file (what the umask leaves of 0666), or those of the file it replaces: a shared folder can be
//! read by the others. A symbolic link is followed, as by any program that writes; what is no plain file (a pipe,
//! `/dev/stdout`) is written into.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};

/// Nobody takes an hour to write a file: an older temporary one was left by a process that was killed.
pub(crate) const STALE: Duration = Duration::from_secs(3600);

/// So many bytes of a file's name are seen in its temporary one: together they must not be longer than a name may be.
const SHOWN: usize = 100;

/// Whether a file must be on the disk before it takes its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// What a user asked for, and what takes long to compute again.
    Synced,
    /// What counts as absent where a power cut has damaged it, and is then computed again.
    Quick,
}

/// Writes `bytes` to a temporary file and renames it to `path`.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// The same for what is too large to be held as bytes a second time: `fill` writes it piece by piece.
pub(crate) fn write_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    put(path, Care::Synced, fill).map_err(|cause| Error::io(path, "write", &cause))
}

/// As [`write()`], without waiting for the disk: for what a reader recognises as damaged and computes again.
pub(crate) fn write_quickly(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, Care::Quick, |file| file.write_all(bytes)).map_err(|cause| Error::io(path, "write", &cause))
}

fn put(path: &Path, care: Care, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let before = fs::metadata(path).ok();
    if let Some(before) = &before {
        if before.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        if !before.is_file() {
            // By the name that was given: the link of an open pipe (`/dev/stdout`, the shell's `>(…)`) leads to no path.
            let mut file = BufWriter::new(OpenOptions::new().write(true).open(path)?);
            fill(&mut file)?;
            return file.flush();
        }
    }
    let path = followed(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Not tempfile's own way to open, which lets nobody else read.
    let new = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
    let mut partial =
        tempfile::Builder::new().prefix(&beginning(&path)).suffix(".tmp").make_in(folder, new)?;
    fill_file(partial.as_file_mut(), care, fill)?;
    if let Some(before) = before {
        // Best effort: another user's file cannot always be imitated.
        let _ = partial.as_file().set_permissions(before.permissions());
    }
    // Where anything fails, dropping it removes the temporary file.
    partial.persist(&path).map(drop).map_err(|failed| failed.error)
}

fn fill_file(
    file: &mut File,
    care: Care,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = BufWriter::new(&mut *file);
    fill(&mut buffer)?;
    buffer.flush()?;
    drop(buffer);
    if care == Care::Synced { file.sync_all() } else { Ok(()) }
}

/// The path that a chain of symbolic links ends in; it need not exist.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    // As many as Linux follows.
    for _ in 0..40 {
        if !fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        path = path.parent().map_or_else(|| target.clone(), |folder| folder.join(&target));
    }
    Err(io::Error::other("too many symbolic links, one to the next"))
}

/// How the temporary names of `path` begin.
fn beginning(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let end = (0..=SHOWN.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!(".{}.", &name[..end])
}

/// Removes temporary files for `path` that a killed process left behind: those older than `age`.
pub(crate) fn remove_stale(path: &Path, age: Duration) {
    if let Some(folder) = path.parent() {
        remove(folder, age, &beginning(path));
    }
}

/// The same for every temporary file in a folder that holds nothing but ours.
pub(crate) fn remove_all_stale(folder: &Path, age: Duration) {
    remove(folder, age, ".");
}

fn remove(folder: &Path, age: Duration, beginning: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // By its name first: a folder of many results is listed, not looked at file by file.
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with(beginning) && name.ends_with(".tmp")) {
            continue;
        }
        let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        // A time in the future is no age.
        if modified.and_then(|time| time.elapsed().ok()).is_some_and(|elapsed| elapsed >= age) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    fn names(folder: &Path) -> BTreeSet<String> {
        let names = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    /// A temporary file as a process that is killed while writing leaves it.
    fn left_behind(path: &Path) -> PathBuf {
        let before = names(path.parent().unwrap());
        let mut left = None;
        let failed = write_with(path, |file| {
            file.write_all(b"half")?;
            let now = names(path.parent().unwrap());
            let name = now.difference(&before).next().unwrap().clone();
            left = Some(path.with_file_name(name));
            Err(io::Error::other("killed"))
        });
        assert!(failed.is_err());
        let left = left.unwrap();
        assert!(!left.exists());
        fs::write(&left, b"half").unwrap();
        left
    }

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        let (left, other) = (left_behind(&path), left_behind(&folder.path().join("b.bin")));
        // As an older version named them.
        let old = folder.path().join(".a.bin.4711.0.tmp");
        fs::write(&old, b"half").unwrap();
        let (own, hidden) = (folder.path().join("a.bin.tmp"), folder.path().join(".a.bin.kept"));
        fs::write(&own, b"a user's").unwrap();
        fs::write(&hidden, b"a user's").unwrap();
        remove_stale(&path, STALE);
        assert!(left.exists() && old.exists(), "too young");
        remove_stale(&path, Duration::ZERO);
        assert!(!left.exists() && !old.exists() && other.exists() && own.exists() && hidden.exists());
        remove_all_stale(folder.path(), Duration::ZERO);
        assert!(!other.exists() && own.exists() && hidden.exists());
        write(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn a_write_that_fails_midway_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write(&path, b"before").unwrap();
        let failed = write_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        assert!(failed.unwrap_err().to_string().contains("the disk is full"));
        assert_eq!(fs::read(&path).unwrap(), b"before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no half file stays");
    }

    /// Two writers of one file at once: each has a name of its own, and one of the two files stays, whole.
    #[test]
    fn two_writers_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write_with(&path, |outer| {
            outer.write_all(b"outer")?;
            write(&path, b"inner").unwrap();
            assert_eq!(names(folder.path()).len(), 2, "the inner file and the outer one's temporary file");
            assert_eq!(fs::read(&path).unwrap(), b"inner");
            outer.write_all(b" again")
        })
        .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"outer again");
        assert_eq!(names(folder.path()).len(), 1);
    }

    #[test]
    fn a_folder_and_a_missing_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = write(folder.path(), b"x").unwrap_err().to_string();
        assert!(refused.contains("it is a folder"), "{refused}");
        let missing = write(&folder.path().join("no/a.bin"), b"x").unwrap_err();
        assert!(matches!(missing, Error::Io { .. }) && !missing.to_string().contains(".a.bin."), "{missing}");
        assert!(names(folder.path()).is_empty());
    }

    /// 255 bytes are the longest name there may be; letters of several bytes are not cut.
    #[test]
    fn a_long_name_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a".repeat(255), "é".repeat(127), format!("a{}", "é".repeat(127))] {
            write(&folder.path().join(&name), b"x").unwrap();
            assert_eq!(fs::read(folder.path().join(&name)).unwrap(), b"x");
        }
        assert_eq!(names(folder.path()).len(), 3);
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, symlink};

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        /// As those of a file that is made in the ordinary way, whatever the umask; and kept by who replaces a file.
        #[test]
        fn permissions_are_those_of_any_file() {
            let folder = tempfile::tempdir().unwrap();
            let (ours, any) = (folder.path().join("a"), folder.path().join("b"));
            write(&ours, b"x").unwrap();
            fs::write(&any, b"x").unwrap();
            assert_eq!(mode(&ours), mode(&any));
            fs::set_permissions(&ours, fs::Permissions::from_mode(0o640)).unwrap();
            write(&ours, b"y").unwrap();
            assert_eq!((mode(&ours), fs::read(&ours).unwrap()), (0o640, b"y".to_vec()));
        }

        #[test]
        fn a_link_stays_a_link() {
            let folder = tempfile::tempdir().unwrap();
            let below = folder.path().join("below");
            fs::create_dir(&below).unwrap();
            symlink("below/target", folder.path().join("first")).unwrap();
            symlink("first", folder.path().join("second")).unwrap();
            let path = folder.path().join("second");
            // The target is not there yet, then it is.
            for text in [&b"one"[..], b"two"] {
                write(&path, text).unwrap();
                assert_eq!(fs::read(below.join("target")).unwrap(), text);
                assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
                assert_eq!((names(folder.path()).len(), names(&below).len()), (3, 1));
            }
            symlink("ring", folder.path().join("ring")).unwrap();
            assert!(write(&folder.path().join("ring"), b"x").is_err());
        }

        /// A full disk says so, and a device is not replaced by a file.
        #[test]
        #[cfg(target_os = "linux")]
        fn a_device_is_written_into() {
            let full = write(Path::new("/dev/full"), b"x").unwrap_err().to_string();
            assert!(full.contains("No space left"), "{full}");
            write(Path::new("/dev/null"), b"x").unwrap();
            assert!(!fs::metadata("/dev/null").unwrap().is_file());
        }

        /// `/dev/stdout` before a pipe, and the shell's `>(…)`, are links to open pipes, which have no path.
        #[test]
        #[cfg(target_os = "linux")]
        fn an_open_pipe_is_written_into() {
            use std::io::Read;
            use std::os::fd::AsRawFd;
            let (mut reader, writer) = io::pipe().unwrap();
            write(Path::new(&format!("/dev/fd/{}", writer.as_raw_fd())), b"x").unwrap();
            drop(writer);
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "x");
        }
    }
}
