//! How large the experiments of a notebook are.

#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::text::{not_one_of, plain_enum};

/// The size of a notebook's experiments, from the environment variable `NTK_PROFILE`.
///
/// # Examples
/// ```
/// use analysis_core::experiment::Settings;
/// assert_eq!("smoke".parse::<Settings>()?, Settings::Smoke);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Settings {
    /// The paper's sizes.
    #[default]
    Paper,
    /// Small enough for a test: the code runs, the numbers mean little.
    Smoke,
}

plain_enum!(Settings, "profile", Paper = "paper", Smoke = "smoke");

impl Settings {
    /// What `NTK_PROFILE` says (`paper` or `smoke`); the paper's sizes where it is not set, or empty.
    ///
    /// # Errors
    /// [`Error::Parameter`] for any other value.
    pub fn from_environment() -> Result<Settings> {
        match std::env::var("NTK_PROFILE") {
            Ok(text) if !text.is_empty() => {
                text.parse().map_err(|_| not_one_of("NTK_PROFILE", &text, &["paper", "smoke"]))
            }
            _ => Ok(Settings::Paper),
        }
    }
}
