//! Hands the compiler's version to `report::Provenance`.

use std::process::Command;

fn main() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string())
        .unwrap_or_else(|_| "unknown".into());
    println!("cargo::rustc-env=ANALYSIS_CORE_RUSTC={version}");
    println!("cargo::rerun-if-changed=build.rs");
}
