//! The tables and figures of the papers: parameters → rows of a polars frame, resumed part by part.

mod bootstrap;
mod calibration;
mod coverage;
mod dispersion;
mod drift;
mod forecast;
mod grid;
mod initial_function;
mod labels_against_f0;
mod learning_curve;
mod noisy_functions;
mod output_variance;
mod phase_diagram;
mod planted_decay;
mod risk_in_time;
mod settings;
mod side_by_side;
mod smoothness_draws;
mod smoothness_table;
mod sphere_oracle;
mod theory;
mod whole_set;
mod width_gap;

pub use crate::shard::Shard;
pub use bootstrap::{Bootstrap, BootstrapReading, BootstrapResult, BootstrapRow};
pub use calibration::{
    Calibration, CalibrationCell, CalibrationResult, Coefficients, Design, Held, NoisyRows,
};
pub use coverage::{Coverage, CoveragePoint, CoverageResult};
pub use dispersion::{Dispersion, DispersionPoint, DispersionResult, RatioEstimate};
pub use drift::{
    Acceleration, Drift, DriftCell, DriftData, DriftLook, DriftResult, Ending, FlowSteps, KernelChange,
    KernelForm, PaperReading, paper_readings,
};
pub use forecast::{EffectiveExponent, Forecast, ForecastResult, ForecastRow, ForecastSample, RidgeError};
pub use grid::Plan;
pub use initial_function::{InitialFunction, InitialFunctionResult, InitialReading, InitialRow, InitialTail};
pub use labels_against_f0::{
    ArchitectureDifference, ComparedCurve, ComparedError, ComparedReading, ComparedRow, ComparedTarget,
    ErrorDifference, LabelsAgainstF0, LabelsAgainstF0Result,
};
pub use learning_curve::{
    CurveLevel, CurvePoint, CurveSlope, FiniteWidth, InfiniteWidth, LearningCurve, LearningCurveResult,
    LocalSlope, PairedCurve, PairedPoint, PooledSlope, Regime, SlopeChange, SlopeDifference, SmallestAtEnd,
    StartTheory, Task, TheorySlope, TrialData, TrialError,
};
pub use noisy_functions::{NoisyFunctions, NoisyFunctionsResult, NoisyReading, NoisyRow};
pub use output_variance::{
    DepthLimit, EnsemblePoint, ExcessLine, ExcessRow, Expected, Images, OutputVariance, OutputVarianceResult,
    TargetExcess, TrainedNetworks, VarianceEstimate, VariancePoint, VarianceRatio, VarianceTarget,
};
pub use phase_diagram::{PhaseDiagram, PhaseDiagramResult, PhasePoint, WithoutEdge};
pub use planted_decay::{PlantedDecay, PlantedDecayResult, PlantedRow};
pub use risk_in_time::{MeanRisk, RiskExponent, RiskInTime, RiskInTimeResult, RiskPart};
pub use settings::Settings;
use side_by_side::{Piece, Pieces, session_of_each, side_by_side};
pub use smoothness_draws::{OverDraws, SmoothnessDraws, SmoothnessDrawsResult};
pub use smoothness_table::{
    Draw, RefusedWindow, SensitivityRow, SmoothnessTable, SmoothnessTableResult, TableRow, paper_value,
};
pub use sphere_oracle::{
    Resolved, SphereLevel, SphereOracle, SphereOracleCell, SphereOracleResult, SphereReading,
};
pub use theory::{CurveTheory, DriftReading, VarianceCurve};
pub use whole_set::{
    EVERY, LabelEncoding, LocalDecay, SPACED, StageSeconds, Subsets, SubsetsResult, WholeFit, WholeReading,
    WholeSet, WholeSetResult, WholeTail, WholeTarget, inverse_trace_line, stored_indices,
};
pub(crate) use whole_set::{inverse_traces, sizes};
pub use width_gap::{Gap, GapSlope, WidthGap, WidthGapResult};
