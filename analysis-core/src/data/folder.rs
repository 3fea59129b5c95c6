//! Where data lies on this machine.

use super::source::Source;
use crate::project::project_folder;
use std::path::{Path, PathBuf};

/// The folder of the published sets: `NTK_DATA_DIR` if it is set, else `data` beside the `Cargo.toml` of the nearest
/// folder, from the current one upwards, which has both `Cargo.toml` and `data/README.md` (this project), else `./data`.
///
/// # Examples
/// ```
/// assert!(analysis_core::data::data_folder().ends_with("data") || std::env::var_os("NTK_DATA_DIR").is_some());
/// ```
pub fn data_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("NTK_DATA_DIR").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    project_folder().map_or_else(|| PathBuf::from("data"), |project| project.join("data"))
}

/// The folder of one set in `folder`. MNIST's and Fashion-MNIST's files have the same names, so each set has its own.
pub(super) fn set_folder(folder: &Path, source: Source) -> PathBuf {
    folder.join(source.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_run_inside_the_project() {
        if std::env::var_os("NTK_DATA_DIR").is_none() {
            assert!(data_folder().join("README.md").is_file());
        }
        assert!(set_folder(Path::new("x"), Source::FashionMnist).ends_with("x/fashion-mnist"));
    }
}
