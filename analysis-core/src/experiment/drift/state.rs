//! What a training under way knows, beside its parameters.

use serde::{Deserialize, Serialize};

use super::DriftLook;
use super::step_length::FlowState;
use crate::network::Course;
use crate::origin::Origin;

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
