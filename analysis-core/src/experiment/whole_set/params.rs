//! What is measured: which set, which rows, which kernel, which targets.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::function;
use crate::check;
use crate::data::{Dataset, Rows, Samples, Scaling, Source, Split};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::experiment::Settings;
use crate::kernel::Kernel;
use crate::network::Network;
use crate::regression::Window;
use crate::seed::Seed;
use crate::spectrum::Reduction;

/// The spectral measure of all training rows of a published set; `Default` is that of MNIST under the paper's kernel.
///
/// # Examples
/// ```no_run
/// use analysis_core::experiment::{LabelEncoding, WholeSet, WholeTarget};
/// use analysis_core::prelude::*;
/// let whole = WholeSet { rows: (0..6000).into(), ..Default::default() }.run_in(&Session::project())?;
/// let fit = whole.fit(WholeTarget::Labels(LabelEncoding::Integer), "1..=501".parse()?, Spacing::EveryIndex)?;
/// println!("r = {:.3}", -fit.line.slope);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WholeSet {
    /// The data set (default: MNIST).
    pub source: Source,
    /// Where its files are; `None`: the project's data folder. Read, never written: a folder of this machine says nothing of the
    /// result.
    #[serde(default, skip_serializing)]
    pub folder: Option<PathBuf>,
    /// Which training rows (default: all).
    pub rows: Rows,
    /// How rows are scaled (default: unit norm).
    pub scaling: Scaling,
    /// The kernel (default: the paper's).
    pub kernel: Kernel,
    /// How many times the labels are permuted (default 20). Permutation j is that of
    /// [`Smoothness`](crate::smoothness::Smoothness) with the same seed and rows.
    pub permutations: usize,
    /// How many initial functions (default 20).
    pub functions: usize,
    /// Units of a hidden layer of the networks that the initial functions are of (default 16,384; at most 4096 with more than one
    /// hidden layer).
    ///
    /// With one hidden layer an initial function is a sum of so many independent terms: its covariance is the NNGP kernel
    /// exactly. Given the hidden weights it is jointly Gaussian, with a covariance that differs from the NNGP kernel by a relative
    /// O(1/√width) and has at most this rank. With more hidden layers its covariance is the NNGP kernel to O(1/width).
    pub function_width: usize,
    /// Windows i ≤ … in which lines are fitted through every index (default: i ≤ 300, log₁₀ i < 2.7, the first 16.7 % of the
    /// indices, which for 3000 rows are i ≤ 501 too). What is kept allows others, see [`WholeSetResult::fit`](super::WholeSetResult::fit).
    pub windows: Vec<Window>,
    /// The seed of permutations and functions.
    pub seed: Seed,
    /// How the eigenvalues and coefficients are computed (default: in double precision).
    #[serde(default)]
    pub reduction: Reduction,
}

impl Default for WholeSet {
    fn default() -> Self {
        WholeSet {
            source: Source::Mnist,
            folder: None,
            rows: Rows::All,
            scaling: Scaling::UnitNorm,
            kernel: Kernel::default(),
            permutations: 20,
            functions: 20,
            function_width: 16_384,
            windows: vec![
                Window::Indices { first: 1, last: 300 },
                Window::Log10Below(2.7),
                Window::FirstFraction(0.167),
            ],
            seed: Seed(0),
            reduction: Reduction::default(),
        }
    }
}

impl WholeSet {
    /// At a notebook's settings: all rows, or 1000 of them with three narrow functions.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Settings, WholeSet};
    /// assert_eq!(WholeSet::at(Settings::Paper), WholeSet::default());
    /// assert!(WholeSet::at(Settings::Smoke).check().is_ok());
    /// ```
    pub fn at(settings: Settings) -> Self {
        let paper = WholeSet::default();
        match settings {
            Settings::Paper => paper,
            Settings::Smoke => WholeSet {
                rows: (0..1000).into(),
                functions: 3,
                function_width: 1024,
                windows: vec![Window::Indices { first: 1, last: 50 }, Window::FirstFraction(0.167)],
                ..paper
            },
        }
    }

    /// The number of rows that the parameters name.
    pub fn n(&self) -> usize {
        match self.rows {
            Rows::All => training_rows(self.source),
            Rows::Range { start, end } => end.saturating_sub(start),
            Rows::Sample { n, .. } | Rows::Part { n, .. } => n,
        }
    }

    /// Refuses parameters that mean nothing, before anything is loaded.
    ///
    /// # Errors
    /// [`Error::Parameter`] for rows that the set does not have, a kernel that is none, or networks too wide to be drawn;
    /// [`Error::Window`] for a window that does not fit n.
    pub fn check(&self) -> Result<()> {
        self.rows.check()?;
        let (n, all) = (self.n(), training_rows(self.source));
        let last = match self.rows {
            Rows::Range { end, .. } => end,
            Rows::Part { part, .. } => part.saturating_add(1).saturating_mul(n),
            _ => n,
        };
        let requirement = format!("{} has {all} training rows", self.source);
        check::refuse(last > all, "rows", self.rows, requirement)?;
        self.kernel.check()?;
        if self.functions > 0 {
            self.kernel.check_fully_connected("a drawn initial function of a whole set")?;
            function::check(self.kernel.hidden_layers, self.function_width)?;
        }
        check::not_empty("windows", &self.windows)?;
        self.windows.iter().try_for_each(|window| window.resolve(n).map(|_| ()))
    }

    /// The precision of the eigenvalues.
    pub(super) fn epsilon(&self) -> f64 {
        self.reduction.precision.epsilon()
    }

    /// The network whose initial functions are drawn, for rows of d columns.
    pub(super) fn network(&self, d: usize) -> Network {
        Network {
            inputs: d,
            hidden_layers: self.kernel.hidden_layers,
            width: self.function_width,
            outputs: 1,
            activation: self.kernel.activation.clone(),
            parametrisation: self.kernel.parametrisation,
        }
    }

    /// The training rows to choose from.
    pub(super) fn load(&self) -> Result<Samples> {
        Dataset::load_in(self.source, self.folder.as_deref())?.split(Split::Train)
    }
}

/// How many training rows a set has.
pub(in crate::experiment) fn training_rows(source: Source) -> usize {
    match source {
        Source::Mnist | Source::FashionMnist => 60_000,
        Source::Cifar10 => 50_000,
    }
}
