//! What a width comparison finds.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::WidthGap;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::grid::whole;
use crate::frame::Frame;
use crate::network::Initialisation;
use crate::origin::Origins;
use crate::regression::MeanInterval;

/// The gap of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// m.
    pub width: usize,
    /// The trial, from 0.
    pub trial: usize,
    /// How training started.
    pub initialisation: Initialisation,
    /// sup |f_t(z) − f_t^∞(z)| over the epochs looked at and the test points z.
    pub gap: f64,
    /// The epoch where it is reached.
    pub epoch: usize,
}

/// ln gap against ln m, fitted in every trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GapSlope {
    /// How training started.
    pub initialisation: Initialisation,
    /// Mean over trials, with its interval; −1/2 in theory.
    pub slope: MeanInterval,
}

/// Gaps at every width, and their slopes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WidthGapResult {
    /// One a trial, width and initialisation.
    pub gaps: Vec<Gap>,
    /// One an initialisation; empty with one trial or one width.
    pub slopes: Vec<GapSlope>,
    /// The parameters.
    pub parameters: WidthGap,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

impl WidthGapResult {
    /// Itself, if it is the whole of what its parameters describe, in its order.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let p = &self.parameters;
        let name = |i: Initialisation, trial: usize, m: usize| format!("{i}, trial {trial}, m = {m}");
        let trials = |i: Initialisation| {
            let trials = p.trials.clone();
            trials.flat_map(move |trial| p.widths.iter().map(move |m| name(i, trial, *m)))
        };
        let places = p.initialisations.iter().flat_map(|i| trials(*i));
        whole("gap", places, self.gaps.iter().map(|gap| name(gap.initialisation, gap.trial, gap.width)))?;
        Ok(self)
    }

    /// One row a network: `width`, `trial`, `initialisation`, `gap`, `epoch`.
    ///
    /// # Errors
    /// [`Error::Frame`](crate::error::Error::Frame) if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        Frame::of(&self.gaps)
            .large("width", |g| g.width)
            .whole("trial", |g| g.trial)
            .text("initialisation", |g| g.initialisation)
            .number("gap", |g| g.gap)
            .large("epoch", |g| g.epoch)
            .build("the gaps of a width comparison")
    }
}
