//! Hands the compiler's version and a hash of the sources to `report::Provenance`.
#![allow(clippy::print_stdout)]

use std::process::Command;

include!("source_hash.rs");

fn main() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string())
        .unwrap_or_else(|_| "unknown".into());
    println!("cargo::rustc-env=ANALYSIS_CORE_RUSTC={version}");
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(std::path::PathBuf::from);
    let sources = folder.and_then(|folder| source_hash(&folder)).unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=ANALYSIS_CORE_SOURCES={sources}");
    if std::env::var_os("CARGO_FEATURE_MPI").is_some() {
        link_scalapack();
    }
    for changed in ["build.rs", "source_hash.rs", "Cargo.toml", "Cargo.lock", "../Cargo.lock", "src"] {
        // A file that is not there would be taken for changed at every build.
        if std::path::Path::new(changed).exists() {
            println!("cargo::rerun-if-changed={changed}");
        }
    }
}

/// ScaLAPACK under the name that NTK_SCALAPACK gives it, else the one that pkg-config knows: that of Debian for Open MPI, else the
/// plain one of other systems.
fn link_scalapack() {
    println!("cargo::rerun-if-env-changed=NTK_SCALAPACK");
    let known = |name: &str| {
        Command::new("pkg-config").args(["--exists", name]).status().is_ok_and(|status| status.success())
    };
    let given = std::env::var("NTK_SCALAPACK").ok().filter(|name| !name.is_empty());
    let found = ["scalapack-openmpi", "scalapack"].into_iter().find(|name| known(name)).map(String::from);
    match given.or(found) {
        Some(name) => println!("cargo::rustc-link-lib={name}"),
        None => println!(
            "cargo::error=ScaLAPACK was not found: scripts/setup mpi installs it on Debian (libscalapack-openmpi-dev); elsewhere name its \
             library, NTK_SCALAPACK=scalapack for -lscalapack"
        ),
    }
}
