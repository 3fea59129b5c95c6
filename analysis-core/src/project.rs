//! Where this project is.

use std::path::{Path, PathBuf};

/// This project's folder: the nearest one, from the current one upwards, which has both `Cargo.toml` and
/// `data/README.md`.
pub(crate) fn project_folder() -> Option<PathBuf> {
    let current = std::env::current_dir().unwrap_or_default();
    let is_project =
        |folder: &&Path| folder.join("Cargo.toml").is_file() && folder.join("data/README.md").is_file();
    current.ancestors().find(is_project).map(Path::to_owned)
}
