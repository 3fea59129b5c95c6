//! How long a step of the flow may be, and whether the paper's steps are cheaper.

use serde::{Deserialize, Serialize};

use super::result::FlowSteps;
use crate::network::Attempt;

/// The largest eigenvalue is found anew after so many steps of descent, …
pub(super) const FRESH: usize = 100;
/// … of which one of the flow counts for so many.
const LONG: usize = 10;
/// A refused step has the eigenvalue found anew, where it is at least so far from fresh: finding it costs up to thirty gradients.
const STALE: usize = FRESH / 2;
/// Bounds of the change of a step's length, and the part taken of what the estimate allows.
const SHORTER: f64 = 0.1;
const LONGER: f64 = 5.0;
const SAFE: f64 = 0.8;
/// The change of the length of a step that led upwards.
const SHORTEN: f64 = 0.5;
/// The least and the most that [`FlowState::patience`] may be.
const LEAST: usize = 8;
const MOST: usize = 1024;

/// Where the flow is, beside parameters and losses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct FlowState {
    pub(super) taken: FlowSteps,
    /// How long the next step may be.
    pub(super) length: f64,
    /// So many steps of descent before the next of the flow.
    pub(super) plain: usize,
    /// How many there are where steps of the flow were refused, or did less than they cost: doubled every time, so that tries
    /// cost little where they bring nothing (a ReLU network that stays at a kink, whose descent moves to and fro).
    pub(super) patience: usize,
    /// η times the largest eigenvalue, and for how long that is known.
    pub(super) sharpness: f64,
    pub(super) fresh: usize,
}

impl Default for FlowState {
    fn default() -> Self {
        FlowState {
            taken: FlowSteps::default(),
            length: 1.0,
            plain: 0,
            patience: LEAST,
            sharpness: 0.0,
            fresh: 0,
        }
    }
}

/// A step to be tried.
pub(super) struct Trial {
    /// In steps of the paper's, a whole number.
    pub(super) length: f64,
    pub(super) stages: usize,
    /// How long it might have been, had the limit been further away.
    free: f64,
}

/// What the tries for one step have cost.
#[derive(Default)]
pub(super) struct Tries {
    pub(super) gradients: usize,
    refused: bool,
}

/// By what the length of a step is multiplied whose error is `share` of what is allowed, of order 3.
fn change(share: f64) -> f64 {
    (SAFE * share.powf(-1.0 / 3.0)).clamp(SHORTER, LONGER)
}

impl FlowState {
    /// The next step, with `left` of the paper's to the limit; nothing where plain ones are to be taken, for the network is too
    /// sharp or they are as cheap. `stages` of a length and a sharpness; a step may be `longest` and the sharpness `sharpest`.
    pub(super) fn propose(
        &mut self,
        left: usize,
        [longest, sharpest]: [f64; 2],
        stages: impl Fn(f64, f64) -> Option<usize>,
        tries: &Tries,
    ) -> Option<Trial> {
        // Also where it is NaN.
        let mild = self.sharpness <= sharpest;
        if !mild {
            self.plain = self.fresh;
            return None;
        }
        let left = left as f64;
        let free = self.length.min(longest);
        // Two equal steps rather than a long and a short one.
        let length = if free >= left {
            left
        } else if 2.0 * free > left {
            left / 2.0
        } else {
            free
        };
        let length = length.floor().max(1.0);
        let stages = stages(length, self.sharpness).unwrap_or(usize::MAX);
        if stages as f64 >= length {
            (self.plain, self.length) = (length as usize, self.length.max(1.0) * 2.0);
            if tries.refused {
                self.plain = self.plain.max(self.patience);
                self.patience = (2 * self.patience).min(MOST);
            }
            return None;
        }
        Some(Trial { length, stages, free })
    }

    /// After a step that went too far or `climbs`.
    pub(super) fn refuse(&mut self, trial: &Trial, share: f64, climbs: bool, tries: &mut Tries) {
        self.taken.refused += 1;
        self.length = trial.length * change(share).min(if climbs { SHORTEN } else { SAFE });
        // A wrong eigenvalue shows as an error; it is found once a step.
        self.fresh = if tries.refused || self.fresh > STALE { self.fresh } else { 0 };
        tries.refused = true;
    }

    /// After a step whose error is allowed.
    pub(super) fn lengthen(&mut self, trial: &Trial, share: f64) {
        let next = trial.length * change(share);
        self.length = if trial.length < trial.free { trial.free.max(next) } else { next };
    }

    /// After a step that was taken.
    pub(super) fn accept(&mut self, trial: &Trial, attempt: &Attempt, tries: &Tries) {
        let length = trial.length as usize;
        self.taken.steps += 1;
        self.taken.longest = self.taken.longest.max(length);
        self.taken.error += attempt.error / attempt.distance;
        self.fresh = self.fresh.saturating_sub(LONG);
        // Where tries cost more gradients than the paper's steps, these are taken for a while.
        if tries.gradients < length {
            self.patience = (self.patience / 2).max(LEAST);
        } else {
            (self.plain, self.patience) = (self.patience, (2 * self.patience).min(MOST));
        }
    }
}
