//! How large the experiments of a notebook are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The size of a notebook's experiments, from the environment variable `NTK_PROFILE`.
///
/// # Examples
/// ```
/// use analysis_core::experiment::Settings;
/// assert_eq!("smoke".parse::<Settings>()?, Settings::Smoke);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settings {
    /// The paper's sizes.
    #[default]
    Paper,
    /// Small enough for a test: the code runs, the numbers mean little.
    Smoke,
}

impl Settings {
    /// What `NTK_PROFILE` says (`paper` or `smoke`); the paper's sizes where it is not set.
    ///
    /// # Errors
    /// [`Error::Parameter`] for any other value.
    pub fn from_environment() -> Result<Settings> {
        match std::env::var("NTK_PROFILE") {
            Ok(text) => text.parse(),
            Err(_) => Ok(Settings::Paper),
        }
    }
}

impl FromStr for Settings {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "paper" => Ok(Settings::Paper),
            "smoke" => Ok(Settings::Smoke),
            _ => Err(Error::parameter("NTK_PROFILE", text, "must be paper or smoke")),
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Settings::Paper => "paper",
            Settings::Smoke => "smoke",
        })
    }
}
