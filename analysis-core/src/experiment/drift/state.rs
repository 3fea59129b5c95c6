//! What a training under way knows, beside its parameters.

use serde::{Deserialize, Serialize};

use super::DriftLook;
use super::result::FlowSteps;
use crate::network::Course;
use crate::origin::Origin;

/// The least that [`FlowState::patience`] may be.
pub(super) const LEAST: usize = 8;

/// What, beside the parameters, a training knows at a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// In steps of the rate η, and with the paper's loss.
    #[serde(flatten)]
    pub(super) course: Course,
    /// Gradient steps taken.
    pub(super) taken: usize,
    pub(super) smallest: f64,
    pub(super) looks: Vec<DriftLook>,
    /// Where the flow is, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) flow: Option<FlowState>,
    /// Which program began it.
    #[serde(default = "Origin::unknown")]
    pub(super) begun_by: Origin,
}

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
