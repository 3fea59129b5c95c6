// Included by build.rs and by report::provenance: the same hash at build time and at run time.

/// FNV-1a (64 bits) over the names and contents of the sources in `folder` (`src`, `Cargo.toml`, what builds them, and the
/// lock file, where it is there), in order of name; nothing where they cannot be read. It tells whether sources are those a binary was built from; it is no checksum
/// against an adversary.
fn source_hash(folder: &std::path::Path) -> Option<String> {
    fn collect(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                collect(&path, found)?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
        Ok(())
    }
    let mut files = ["Cargo.toml", "build.rs", "source_hash.rs"].map(|name| folder.join(name)).to_vec();
    collect(&folder.join("src"), &mut files).ok()?;
    files.sort();
    // The versions of dependencies: beside the workspace, or in the folder of a published crate.
    let locks = [folder.join("Cargo.lock"), folder.join("../Cargo.lock")];
    files.extend(locks.into_iter().find(|lock| lock.is_file()));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let name = file.strip_prefix(folder).ok()?.to_string_lossy().into_owned();
        let bytes = std::fs::read(&file).ok()?;
        for byte in name.bytes().chain([0]).chain(bytes).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Some(format!("{hash:016x}"))
}
