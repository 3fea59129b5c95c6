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
    for changed in ["build.rs", "source_hash.rs", "Cargo.toml", "Cargo.lock", "../Cargo.lock", "src"] {
        // A file that is not there would be taken for changed at every build.
        if std::path::Path::new(changed).exists() {
            println!("cargo::rerun-if-changed={changed}");
        }
    }
}
