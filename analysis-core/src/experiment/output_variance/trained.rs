//! Networks of finite width: at the start, linearised about it, and trained.

use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, concatenate, s};
use serde::{Deserialize, Serialize};

use super::estimate::{Expected, VarianceEstimate, VarianceRatio};
use super::inputs::Inputs;
use super::params::{MOST_STEPS, OutputVariance, TrainedNetworks, too_many};
use super::targets::spread;
use super::theory::Theory;
use crate::data::TrainTestView;
use crate::error::{Error, Result};
use crate::flow::{Filter, StartValues};
use crate::kernel::{Gram, GramOrigin};
use crate::network::{
    Initialisation, Model, Network, Optimiser, Parametrisation, Stopping, Trainer, Training,
};
use crate::seed::Seed;
use crate::session::Session;
use crate::store::{Kept, Key};

/// Raised when the numbers of a block change for the same parameters.
///
/// 2: a training that ends above where it began counts as diverged; all other numbers are those of revision 1.
/// 3: with the start at the training inputs and zero targets at t → ∞; all other numbers are those of revision 2.
const REVISION: u32 = 3;

/// Networks that are stored together.
pub(super) const BLOCK: usize = 5;

/// One network's outputs at the test points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NetworkOutputs {
    start: Vec<f64>,
    /// f₀ at the training inputs.
    start_train: Vec<f64>,
    /// Linearised about its start, after the time and at t → ∞.
    linear: Vec<f64>,
    linear_limit: Vec<f64>,
    /// With zero targets, after the time.
    linear_zero: Vec<f64>,
    /// The same at t → ∞.
    linear_zero_limit: Vec<f64>,
    /// None where training diverged, or ended above where it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trained: Option<Vec<f64>>,
    /// 1/(2S) Σ (f − y)² at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loss: Option<f64>,
    condition: f64,
    steps: usize,
}

/// An ensemble at one place of the grid. Every `VarianceEstimate` has the value at infinite width beside it, but where rounding
/// means more than a hundredth of that variance: of images n ε min(condition, time) q̄, and everywhere the square of what the
/// outputs themselves are known to, (n ε min(condition, time))² (q̄ + ‖y‖²/S).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnsemblePoint {
    /// σ_w².
    pub sigma_w2: f64,
    /// σ_b².
    pub sigma_b2: f64,
    /// H.
    pub depth: usize,
    /// As in [`VariancePoint`](super::VariancePoint).
    pub cosine: f64,
    /// M.
    pub width: usize,
    /// f₀: at infinite width q̄, mean 0.
    pub start: VarianceEstimate,
    /// f_t of the networks linearised about their start, with their own Θ₀.
    pub linear: VarianceEstimate,
    /// The same at t → ∞; left out where rounding decides it at infinite width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linear_limit: Option<VarianceEstimate>,
    /// As `linear` with zero targets: f₀(x) − Θ₀(x,X)(…)f₀(X), the only part that varies at infinite width. What `linear` has
    /// beyond it is the kernel's own randomness, times the targets.
    pub linear_zero: VarianceEstimate,
    /// The same at t → ∞; left out with `linear_limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linear_zero_limit: Option<VarianceEstimate>,
    /// f₀(x) − v·f₀(X) with the networks' own f₀, but v = Θ(X)⁻¹Θ(X,x) of infinite width (t → ∞): apart from theory by what
    /// finite width does to the covariance of f₀ alone. What `linear_zero_limit` has beyond it comes with each network's
    /// own Θ₀. Left out with `linear_limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_weights: Option<VarianceEstimate>,
    /// The variance of `linear_zero_limit` over that of `limit_weights`, on the same networks: what it does that each network's
    /// weights are fitted by its own Θ₀. Left out with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_over_limit_weights: Option<VarianceRatio>,
    /// f_t of the trained networks; left out where fewer than 10 did not diverge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<VarianceEstimate>,
    /// E (trained − linearised)² over Var f_t at infinite width: what the kernel's change in training does. Left out with `trained`,
    /// and where that variance is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<f64>,
    /// The variance of the trained networks over that of the same ones linearised, t → ∞; left out where one of them is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_over_limit: Option<VarianceRatio>,
    /// ‖y − ȳ‖² = Σ (y − ȳ)² of the targets; results of older versions do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_spread: Option<f64>,
    /// How many trainings diverged or ended with a loss above where it began: these networks are not in `trained` and `gap`.
    pub diverged: usize,
    /// Mean training loss 1/(2S) Σ (f − y)² at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// The largest λ_max/λ_min of Θ₀(X) (of those whose λ_min is above rounding).
    pub largest_condition: f64,
    /// The most steps that a training took.
    pub most_steps: usize,
}

/// The networks of one place: what is trained, on what, for how long.
pub(super) struct Networks<'a> {
    pub(super) theory: &'a Theory,
    pub(super) inputs: &'a Inputs,
    pub(super) network: Network,
    pub(super) setting: &'a TrainedNetworks,
    pub(super) seed: Seed,
}

impl Networks<'_> {
    /// Outputs of the networks `which`, from the store if they are there.
    pub(super) fn block(
        &self,
        grid: &OutputVariance,
        which: Range<usize>,
        session: &Session,
    ) -> Result<Kept<Vec<NetworkOutputs>>> {
        session.keep(&self.key(grid, which.clone())?, || {
            let rows = self.inputs.rows(grid.mean_square, self.network.width);
            which.clone().map(|index| self.outputs(&rows, self.seed.child("network", index as u64))).collect()
        })
    }

    /// Under which the outputs of the networks `which` are kept.
    pub(super) fn key(&self, grid: &OutputVariance, which: Range<usize>) -> Result<Key> {
        let (setting, inputs) = (self.setting, self.inputs);
        let data = crate::checksum::numbers_sha256([inputs.cosines.view(), inputs.y.view()]);
        let parameters =
            (&self.network, data, grid.mean_square, setting.time, setting.step, &which, self.seed);
        match setting.descent {
            true => Key::new("output-variance", REVISION, &parameters),
            false => Key::new("output-variance", REVISION, &(parameters, "no descent")),
        }
    }

    fn outputs(&self, rows: &Array2<f64>, seed: Seed) -> Result<NetworkOutputs> {
        let n = self.inputs.samples();
        let (x, z, y) = (rows.slice(s![..n, ..]), rows.slice(s![n.., ..]), self.inputs.y.view());
        let width = self.network.width as f64;
        let time = self.setting.time / (self.theory.largest * width);
        let model = Model::draw(&self.network, Initialisation::Standard, seed)?;
        let start = model.outputs(rows.view())?;
        let theta = model.tangent(rows.view(), x)?;
        // The products' sums of M terms are symmetric to their rounding only.
        let square = theta.slice(s![..n, ..]);
        let square = (&square + &square.t()) * 0.5;
        let flow = Gram::checked(square, width * f64::EPSILON, GramOrigin::Array)?.decompose()?;
        let values = StartValues {
            train: start.slice(s![..n, ..]).to_owned(),
            test: start.slice(s![n.., ..]).to_owned(),
            jitter: 0.0,
        };
        let filters = [Filter::Flow { time }, Filter::Limit];
        let both = concatenate![Axis(1), y, Array2::zeros((n, 1))];
        let linear = flow.predict(both.view(), &values, theta.slice(s![n.., ..]), &filters)?;
        let (largest, smallest) = (flow.eigenvalues[0], flow.eigenvalues[n - 1]);
        let steps = (time * largest / self.setting.step).ceil().max(1.0);
        let (mut ended, mut taken) = (None, 0);
        if self.setting.descent {
            if steps.is_nan() || steps > MOST_STEPS {
                return Err(too_many(steps));
            }
            taken = steps as usize;
            let training = Training {
                network: self.network.clone(),
                initialisation: Initialisation::Standard,
                optimiser: Optimiser::default(),
                rate: time / steps,
                epochs: taken,
                stopping: Stopping::Never,
                seed,
                threads: 1,
                ..Training::default()
            };
            ended = train(&training, x, y)?;
        }
        let trained = ended.as_ref().map(|trainer| trainer.model().outputs(z)).transpose()?;
        let column = |values: ArrayView1<f64>| values.to_vec();
        Ok(NetworkOutputs {
            start: column(values.test.column(0)),
            start_train: column(values.train.column(0)),
            linear: column(linear.test.slice(s![0, .., 0])),
            linear_limit: column(linear.test.slice(s![1, .., 0])),
            linear_zero: column(linear.test.slice(s![0, .., 1])),
            linear_zero_limit: column(linear.test.slice(s![1, .., 1])),
            trained: trained.map(|f| column(f.column(0))),
            loss: ended.map(|trainer| trainer.progress().loss),
            condition: largest / smallest.max(n as f64 * flow.epsilon * largest),
            steps: taken,
        })
    }

    /// The estimates, from all networks of the place.
    pub(super) fn point(&self, grid: &OutputVariance, networks: &[NetworkOutputs]) -> Result<EnsemblePoint> {
        let (theory, p) = (self.theory, &self.theory.point);
        let expected = theory.at;
        let estimate = |values: Vec<&Vec<f64>>, expected: Option<Expected>| {
            VarianceEstimate::of(rows(&values)?.view(), expected, grid.level)
        };
        let of = |field: fn(&NetworkOutputs) -> &Vec<f64>| networks.iter().map(field).collect::<Vec<_>>();
        let trained: Vec<&Vec<f64>> = networks.iter().filter_map(|n| n.trained.as_ref()).collect();
        let diverged = if self.setting.descent { networks.len() - trained.len() } else { 0 };
        let differences: Vec<f64> = networks
            .iter()
            .filter_map(|n| Some(n.trained.as_ref()?.iter().zip(&n.linear)))
            .flat_map(|pairs| pairs.map(|(a, b)| (a - b) * (a - b)))
            .collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let enough = trained.len() >= VarianceEstimate::FEWEST;
        let limits: Vec<&Vec<f64>> =
            networks.iter().filter(|n| n.trained.is_some()).map(|n| &n.linear_limit).collect();
        let trained_over_limit = match theory.limit.filter(|_| enough) {
            Some(_) => Some(VarianceRatio::of(rows(&trained)?.view(), rows(&limits)?.view(), grid.level)?),
            None => None,
        };
        // f₀(x) − v·f₀(X) of every network.
        let weighted: Vec<Vec<f64>> = networks
            .iter()
            .map(|n| {
                let fitted = theory.weights.dot(&ArrayView1::from(&n.start_train));
                n.start.iter().zip(&fitted).map(|(start, fitted)| start - fitted).collect()
            })
            .collect();
        let zero = theory.limit.map(|limit| Expected { mean: 0.0, ..limit });
        let at_limit = |values: Vec<&Vec<f64>>| zero.map(|zero| estimate(values, Some(zero))).transpose();
        let zero_limits = of(|n| &n.linear_zero_limit);
        let fixed: Vec<&Vec<f64>> = weighted.iter().collect();
        let own_over_limit_weights = match zero {
            Some(_) => Some(VarianceRatio::of(rows(&zero_limits)?.view(), rows(&fixed)?.view(), grid.level)?),
            None => None,
        };
        let losses: Vec<f64> = networks.iter().filter_map(|n| n.loss).collect();
        Ok(EnsemblePoint {
            sigma_w2: p.sigma_w2,
            sigma_b2: p.sigma_b2,
            depth: p.kernel.depth,
            cosine: p.cosine,
            width: self.network.width,
            start: estimate(of(|n| &n.start), Some(Expected { mean: 0.0, variance: p.kernel.variance }))?,
            linear: estimate(of(|n| &n.linear), expected)?,
            linear_limit: match theory.limit {
                Some(limit) => Some(estimate(of(|n| &n.linear_limit), Some(limit))?),
                None => None,
            },
            linear_zero: estimate(of(|n| &n.linear_zero), expected.map(|now| Expected { mean: 0.0, ..now }))?,
            linear_zero_limit: at_limit(of(|n| &n.linear_zero_limit))?,
            limit_weights: at_limit(weighted.iter().collect())?,
            own_over_limit_weights,
            trained: if enough { Some(estimate(trained, expected)?) } else { None },
            gap: expected.filter(|_| enough).map(|now| mean(&differences) / now.variance),
            trained_over_limit,
            target_spread: Some(spread(self.inputs.y.view())),
            diverged,
            loss: enough.then(|| mean(&losses)),
            largest_condition: networks.iter().fold(0.0, |most, n| most.max(n.condition)),
            most_steps: networks.iter().map(|n| n.steps).max().unwrap_or(0),
        })
    }
}

/// Outputs (networks, test points).
fn rows(values: &[&Vec<f64>]) -> Result<Array2<f64>> {
    let columns = values.first().map_or(0, |row| row.len());
    let flat: Vec<f64> = values.iter().flat_map(|row| row.iter().copied()).collect();
    let shape = (flat.len() / columns.max(1), columns);
    Array2::from_shape_vec(shape, flat)
        .map_err(|e| Error::shape("outputs of networks", format!("{shape:?}"), e))
}

/// The training at its end, or none where it diverged or ended above where it began.
fn train(training: &Training, x: ArrayView2<f64>, y: ArrayView2<f64>) -> Result<Option<Trainer>> {
    let mut trainer = Trainer::start(training, TrainTestView::untested(x, y))?;
    let began = trainer.progress().loss;
    while !trainer.finished() {
        match trainer.advance() {
            Err(Error::Diverged { .. }) => return Ok(None),
            outcome => outcome?,
        }
    }
    // Below 10⁻¹² of ½ y² everything is learnt, and rounding decides.
    let learnt = 0.5e-12 * y.iter().map(|y| y * y).sum::<f64>() / y.len() as f64;
    Ok(Some(trainer).filter(|trainer| trainer.progress().loss <= began.max(learnt)))
}

impl OutputVariance {
    /// The network of finite width at a place.
    pub(super) fn network(&self, width: usize, sigma_w2: f64, sigma_b2: f64, depth: usize) -> Network {
        Network {
            inputs: width,
            hidden_layers: depth,
            width,
            outputs: 1,
            activation: self.activation.clone(),
            parametrisation: Parametrisation::EveryLayer { sigma_w2, sigma_b2 },
        }
    }
}
