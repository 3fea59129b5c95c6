//! Spectral analysis of Neural Tangent Kernel (NTK) Gram matrices: from data to a measured exponent.
//!
//! The modules, in the order in which a paper is written. A module uses only those above it in this list:
//!
//! | module | what it does |
//! |---|---|
//! | [`data`] | files → polars frame → [`Dataset`](data::Dataset): x (n,d), y (n,k) |
//! | [`architecture`] | activation, parametrisation and filters of a network, finite or infinitely wide |
//! | [`gaussian`] | E φφ', E φ'φ' and their gaps near ±1 for Gaussian pre-activations, once for everybody |
//! | [`kernel`] | NTK and NNGP of a network, plain or with residual connections and LayerNorm; sums and products; its profile κ(u); [`Gram`](kernel::Gram) matrices; mean-field theory: phases, limits in depth |
//! | [`spectrum`] | Gram matrix → [`SpectralMeasure`](spectrum::SpectralMeasure): eigenvalues and the targets' coefficients |
//! | [`regression`] | log–log lines, their windows, the permuted-target null |
//! | [`smoothness`] | r, β and s of a target (Chen, Li and Lin 2024, Table 1) |
//! | `distributed` | the same with K dealt to many machines (feature `mpi`) |
//! | [`flow`] | training at infinite width: f_t in the eigenbasis, random starts, risk and its parts |
//! | [`network`] | finite width: initialisation, training, empirical NTK, random networks |
//! | [`experiment`] | the papers' tables and figures, as computations |
//! | [`report`] | figures, tables, export, provenance, display in notebooks |
//!
//! Below them, used by all: [`error`] (one enum), [`session`] (what a run is given), [`store`] (results on disk), [`origin`]
//! (which program computed a number), [`shard`] (parts of a grid), [`progress`] (what a long computation is doing), [`seed`]
//! (named random streams), [`memory`] (whether a computation fits into memory), [`npy`] (arrays from and for Python), [`linalg`] (the few BLAS and LAPACK
//! calls), `reduction` (eigenvalues without eigenvectors).
//!
//! # Notation and conventions
//!
//! | symbol | meaning |
//! |---|---|
//! | n, d, k | samples, input dimension, target columns |
//! | K | Gram matrix (n,n), **never** divided by n |
//! | λ_i | eigenvalues of K/n, descending; i counts from 1 |
//! | φ | eigenvectors with φφᵀ/n = I, so entries are of order 1 |
//! | c_i | coefficients φᵀY/n; Σ c_i² = ‖Y‖²/n |
//! | H, M | hidden layers and their width in Seleznova and Kutyniok (2021); `depth` and `width` in code |
//! | σ_w², σ_b² | variances of weights (times the fan-in) and of biases |
//! | Θ | empirical tangent kernel of a finite network, not divided by M |
//! | r | −slope of ln Σ_{k≥i} c_k² against ln i |
//! | β | −slope of ln λ_i against ln i |
//! | s | r/β |
//!
//! Logarithms are natural unless a name says log₁₀. Rows and draws count from 0, indices i and depths from 1. `f64`
//! throughout.

pub mod architecture;
mod atomic;
mod check;
mod checkpoint;
mod checksum;
pub mod data;
// Its layout has tests that need no MPI.
#[cfg(any(test, feature = "mpi"))]
pub mod distributed;
pub mod error;
pub mod experiment;
pub mod flow;
mod frame;
pub mod gaussian;
mod identity;
mod instructions;
pub mod kernel;
pub mod linalg;
pub mod memory;
mod names;
pub mod network;
pub mod npy;
mod numeric;
pub mod origin;
mod precision;
pub mod progress;
mod project;
mod reduction;
pub mod regression;
pub mod report;
pub mod seed;
pub mod session;
pub mod shard;
pub mod smoothness;
pub mod spectrum;
pub mod store;
mod text;

pub use ndarray;
pub use plotters;
pub use polars;
pub use rand;
pub use rand_chacha;
pub use rand_distr;
pub use serde;
pub use serde_json;

/// What a notebook cell needs, in one `use`.
///
/// `Series` and `Column` are also names of polars, `Axis` of ndarray. Where two glob imports bring the same name,
/// a `use` that names it decides which is meant:
///
/// ```
/// use analysis_core::polars::prelude::*;
/// use analysis_core::prelude::*;
/// use analysis_core::report::Series; // and not polars' Series
/// let line = Series::line("", [1.0, 2.0], [1.0, 0.5]);
/// let frame = df!("x" => &line.x)?;
/// assert_eq!(frame.height(), 2);
/// # Ok::<(), PolarsError>(())
/// ```
pub mod prelude {
    pub use crate::data::{
        Columns, DataOrigin, Dataset, DatasetOrigin, Rows, Samples, Scaling, Source, SphereQuadratic, Split,
        Target, TrainTestView,
    };
    pub use crate::error::{Error, Result};
    pub use crate::experiment::{
        Acceleration, Bootstrap, BootstrapResult, Calibration, CalibrationResult, ComparedTarget, Coverage,
        CoverageResult, Dispersion, DispersionResult, Drift, DriftResult, FiniteWidth, Forecast,
        ForecastResult, InfiniteWidth, InitialFunction, InitialFunctionResult, LabelEncoding,
        LabelsAgainstF0, LabelsAgainstF0Result, LearningCurve, LearningCurveResult, NoisyFunctions,
        NoisyFunctionsResult, OutputVariance, OutputVarianceResult, PhaseDiagram, PhaseDiagramResult,
        PlantedDecay, PlantedDecayResult, Regime, RiskInTime, RiskInTimeResult, Settings, Shard,
        SmoothnessDraws, SmoothnessDrawsResult, SmoothnessTable, SmoothnessTableResult, SphereOracle,
        SphereOracleResult, Subsets, SubsetsResult, Task, WholeSet, WholeSetResult, WholeTarget,
    };
    pub use crate::flow::{Ensemble, Filter, Krylov, Method, Risk, Start, StartValues, Times, Trial};
    pub use crate::kernel::{
        Activation, Composed, Convolution, DeepKernel, Filters, Gram, ImageShape, Kernel, KernelKind, Layer,
        LimitKernel, MeanField, Padding, Parametrisation, Phase, Profile, Readout, WideNetwork,
        edge_of_chaos,
    };
    pub use crate::network::{
        Initialisation, Model, Network, Optimiser, Precision, RandomNetworks, Sampler, Stopping,
        TangentOutputs, Trainer, Training, TrainingResult, UpdateRule,
    };
    pub use crate::origin::{Origin, Origins};
    pub use crate::regression::{DecayFit, LineFit, MeanInterval, MeanSd, NullBand, Spacing, Window};
    pub use crate::report;
    pub use crate::report::{
        Axis, Cell, Colour, Column, Dash, Digits, Figure, HeatMap, Legend, Manifest, NotebookDisplay,
        NotebookFallback, Panel, Picture, Reference, Report, Series, Shape, Style, Table,
    };
    pub use crate::seed::Seed;
    pub use crate::session::{Cancellation, Session};
    pub use crate::smoothness::{Estimate, Estimator, Interval, LeaveOneOut, Smoothness, SmoothnessResult};
    pub use crate::spectrum::{
        DataMoments, Decomposition, HermiteEigenvalues, HermiteSpectrum, Reduction, SpectralMeasure,
        SpectrumHead, SpectrumHeadResult, SphereEigenvalues, SphereSpectrum,
    };
    pub use crate::store::Store;
}
