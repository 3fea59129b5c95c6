//! What is trained and how.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::stopping::Stopping;
use crate::architecture::Activation;
use crate::check;
use crate::data::TrainTestView;
use crate::error::{Error, Result};
use crate::network::{Initialisation, Model, Network, Optimiser, Parametrisation, Precision, UpdateRule};
use crate::seed::Seed;

/// A mistyped number of threads is an error, not a machine that starts them.
const MOST_THREADS: usize = 1024;

/// One training; `Default` is one trial of paper 1's Fig. 1 at d = 5, n = 200: width 20n, full-batch gradient descent at
/// rate 0.6 for 10n epochs, the least test error taken.
///
/// # Examples
/// ```
/// use analysis_core::data::{SphereQuadratic, TrainTestView};
/// use analysis_core::network::{Initialisation, Network, Training};
/// let data = SphereQuadratic { n: 20, ..Default::default() }.run()?;
/// let test = SphereQuadratic { n: 50, noise: 0.0, seed: analysis_core::seed::Seed(1), ..Default::default() }.run()?;
/// let training = Training {
///     network: Network { width: 100, ..Network::default() },
///     initialisation: Initialisation::Mirrored,
///     epochs: 50,
///     ..Training::default()
/// };
/// let result = training.run(TrainTestView::of(&data, &test))?;
/// assert!(result.last.loss < result.curve.loss[0]);
/// println!("least test error {:?} at epoch {}", result.best.test_error, result.best.epoch);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The network; its inputs are the columns of x, its outputs those of y.
    pub network: Network,
    /// Where it starts.
    pub initialisation: Initialisation,
    /// Which rows a step looks at, and the rule of the step.
    pub optimiser: Optimiser,
    /// η > 0. One full-batch step of plain descent moves the flow's time on by η.
    pub rate: f64,
    /// How many passes over the rows, at most; 0 only looks at the start.
    pub epochs: usize,
    /// Which epoch is the result.
    pub stopping: Stopping,
    /// Single precision is there for one hidden ReLU layer with one output in paper 1's parametrisation, trained by plain
    /// full-batch descent; sums of outputs and errors are in double precision all the same.
    pub precision: Precision,
    /// About how many epochs [`Curve`](super::Curve) keeps: all if there are fewer, else log-spaced ones. At least 3.
    pub curve_points: usize,
    /// The seed of the parameters ([`Network::draw`]), shuffles and the rows held out.
    pub seed: Seed,
    /// Threads; 0 for all there are. The result does not depend on it, so it is not written down.
    #[serde(skip)]
    pub threads: usize,
}

impl Default for Training {
    fn default() -> Self {
        Training {
            network: Network::default(),
            initialisation: Initialisation::default(),
            optimiser: Optimiser::default(),
            rate: 0.6,
            epochs: 2000,
            stopping: Stopping::default(),
            precision: Precision::default(),
            curve_points: 200,
            seed: Seed(0),
            threads: 0,
        }
    }
}

impl Training {
    /// Refuses parameters outside their domain.
    ///
    /// # Errors
    /// [`Error::Parameter`]: those of [`Network::check`]; an activation without a derivative; an α that is not finite or a
    /// width without a half; η ≤ 0; a batch of 0; a rule's or a stopping rule's constants; single precision where it is not there; fewer
    /// than 3 curve points.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::Training;
    /// assert!(Training { rate: -0.1, ..Training::default() }.check().is_err());
    /// ```
    pub fn check(&self) -> Result<()> {
        self.network.check()?;
        self.network.check_differentiable()?;
        self.initialisation.check()?;
        self.initialisation.copy_of(&self.network)?;
        self.optimiser.check()?;
        self.stopping.check()?;
        check::positive("rate", self.rate)?;
        check::that(self.curve_points >= 3, "curve_points", self.curve_points, "must be at least 3")?;
        let why = format!("must be at most {MOST_THREADS}");
        check::that(self.threads <= MOST_THREADS, "threads", self.threads, why)?;
        let why = "there is only for one hidden relu layer with one output in the parametrisation with a first-layer \
                   bias or none, trained by plain full-batch descent; take double";
        check::that(self.precision == Precision::Double || self.fusable(), "precision", self.precision, why)
    }

    /// Whether the fused engine can train it.
    pub(super) fn fusable(&self) -> bool {
        self.network.hidden_layers == 1
            && self.network.outputs == 1
            && self.network.activation == Activation::Relu
            && matches!(self.network.parametrisation, Parametrisation::FirstLayerBias { .. })
            && self.optimiser == Optimiser { rule: UpdateRule::Plain, batch: None }
    }

    /// 2/λ_max of Θ/n at the start, Θ the empirical tangent kernel on x (n, d): plain full-batch descent is stable below
    /// it, as long as the kernel stays what it is.
    ///
    /// # Errors
    /// As [`Model::draw`] and [`Model::largest_eigenvalue`].
    ///
    /// # Examples
    /// ```
    /// # use analysis_core::data::SphereQuadratic;
    /// use analysis_core::network::Training;
    /// # let data = SphereQuadratic { n: 20, ..Default::default() }.run()?;
    /// assert!(Training::default().stable_rate(data.x.view())? > 0.6);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn stable_rate(&self, x: ArrayView2<f64>) -> Result<f64> {
        let model = Model::draw(&self.network, self.initialisation, self.seed)?;
        Ok(2.0 / model.largest_eigenvalue(x)?)
    }

    /// Refuses rows that do not fit the network or each other.
    pub(super) fn check_rows(&self, rows: TrainTestView) -> Result<()> {
        let TrainTestView { x, y, z, truth } = rows;
        let network = &self.network;
        network.check_rows("x", x)?;
        network.check_rows("z", z)?;
        let targets = |what: &str, targets: ArrayView2<f64>, rows: usize| {
            if targets.dim() != (rows, network.outputs) {
                let what = format!("{what} of a network of {} outputs", network.outputs);
                let expected = format!("({rows}, {})", network.outputs);
                return Err(Error::shape(what, expected, format!("{:?}", targets.dim())));
            }
            check::finite_array(what, targets)
        };
        targets("y", y, x.nrows())?;
        targets("the truth", truth, z.nrows())?;
        if x.nrows() == 0 {
            return Err(Error::shape("training rows x", "(n, d), n ≥ 1", format!("{:?}", x.dim())));
        }
        let (enough, why) = match self.stopping {
            Stopping::Oracle => (z.nrows() > 0, "needs test rows: give some, or stop by hold-out or never"),
            Stopping::HoldOut { .. } => (x.nrows() > 1, "needs at least 2 training rows"),
            Stopping::Never | Stopping::Plateau { .. } => (true, ""),
        };
        check::that(enough, "stopping", self.stopping, why)
    }
}
