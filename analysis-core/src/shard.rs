//! Parts of a grid: what one of several processes or machines computes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Part `index` (from 0) of `of` parts of a grid: shards in one store add up.
///
/// Written I/N with I from 1, as other tools count: 1/4 is `index` 0 of 4.
///
/// # Examples
/// ```
/// use analysis_core::shard::Shard;
/// let shard: Shard = "2/3".parse()?;
/// assert_eq!(shard, Shard { index: 1, of: 3 });
/// assert_eq!(shard.part(vec![10, 11, 12, 13, 14]), [11, 14]);
/// assert!("0/3".parse::<Shard>().is_err());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, from 0.
    pub index: usize,
    /// How many parts.
    pub of: usize,
}

impl Default for Shard {
    fn default() -> Self {
        Shard { index: 0, of: 1 }
    }
}

impl Shard {
    /// Every `of`-th job, from number `index` on: parts that take about the same time.
    pub fn part<J>(self, jobs: Vec<J>) -> Vec<J> {
        jobs.into_iter().skip(self.index).step_by(self.of.max(1)).collect()
    }

    pub(crate) fn check(self) -> Result<()> {
        if self.index < self.of {
            return Ok(());
        }
        Err(Error::parameter("shard", self, "I/N counts parts from 1: I must be from 1 to N"))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index.saturating_add(1), self.of)
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::parameter("shard", text, "must be I/N, for instance 1/4");
        let (part, of) = text.split_once('/').ok_or_else(wrong)?;
        let (part, of): (usize, usize) =
            (part.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        let Some(index) = part.checked_sub(1) else {
            let first = format!("I/N counts parts from 1: the first one is 1/{of}, the last one {of}/{of}");
            return Err(Error::parameter("shard", text, first));
        };
        let shard = Shard { index, of };
        shard.check()?;
        Ok(shard)
    }
}
