//! Any network, any optimiser: matrix products.

use ndarray::{Array2, ArrayView2, Axis};

use super::course::mean_square;
use crate::error::Result;
use crate::memory::Bytes;
use crate::network::backward::Backward;
use crate::network::forward::{Activations, block_rows, evaluate};
use crate::network::optimiser::RuleState;
use crate::network::{Parameters, Plan, UpdateRule};

/// One network on its way, with its outputs on training and test rows.
#[derive(Debug)]
pub(crate) struct General {
    plan: Plan,
    rule: UpdateRule,
    parameters: Parameters,
    pub(super) state: RuleState,
    x: Array2<f64>,
    z: Array2<f64>,
    /// f(x) and f(z) at the parameters.
    train: Array2<f64>,
    test: Array2<f64>,
    /// Whether a step is about all of x; else `rows` is the last batch.
    full: bool,
    rows: Array2<f64>,
    activations: Activations,
    backward: Backward,
    gradient: Parameters,
}

impl General {
    /// An engine at these parameters, for x (n, d) and z (p, d) and steps of `batch` rows of x. Sizes are checked already.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub(crate) fn new(
        plan: Plan,
        rule: UpdateRule,
        parameters: Parameters,
        rows: [ArrayView2<f64>; 2],
        batch: usize,
    ) -> Result<Self> {
        let [x, z] = rows;
        let n = x.nrows();
        let batch = batch.min(n);
        let numbers = Bytes::of::<f64>(parameters.count(), 4);
        let units = Activations::bytes(
            &plan.layers,
            batch.saturating_mul(2).saturating_add(block_rows(&plan.layers)),
        );
        let data = Bytes::of::<f64>(n.saturating_mul(2).saturating_add(z.nrows()), x.ncols());
        (numbers + units + data).require("training a network")?;
        let mut engine = General {
            rule,
            state: RuleState::new(rule, &plan.layers),
            x: x.to_owned(),
            z: z.to_owned(),
            train: Array2::zeros((0, 0)),
            test: Array2::zeros((0, 0)),
            full: batch == n,
            rows: Array2::zeros((0, x.ncols())),
            activations: Activations::new(&plan.layers, batch),
            backward: Backward::new(&plan.layers, batch),
            gradient: Parameters::zeros(&plan.layers),
            parameters,
            plan,
        };
        engine.refresh();
        Ok(engine)
    }

    /// f(x) (n, k).
    pub(crate) fn train_outputs(&self) -> &Array2<f64> {
        &self.train
    }

    /// f(z) (p, k).
    pub(super) fn test_outputs(&self) -> &Array2<f64> {
        &self.test
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// f of some training rows, which the next [`General::step`] is about.
    pub(super) fn batch(&mut self, rows: &[usize]) -> &Array2<f64> {
        self.rows = self.x.select(Axis(0), rows);
        if self.activations.outputs.nrows() != rows.len() {
            self.activations = Activations::new(&self.plan.layers, rows.len());
            self.backward = Backward::new(&self.plan.layers, rows.len());
        }
        self.activations.fill(&self.plan, &self.parameters, self.rows.view());
        &self.activations.outputs
    }

    /// One step of the rule against Σ_i force_i ∂f(x_i)/∂p over the rows at hand.
    pub(super) fn step(&mut self, rate: f64, force: ArrayView2<f64>) {
        self.backward.gradient(
            &self.plan,
            &self.parameters,
            if self.full { self.x.view() } else { self.rows.view() },
            &self.activations,
            force,
            &mut self.gradient,
        );
        self.state.step(self.rule, rate, &mut self.parameters, &mut self.gradient);
    }

    /// Outputs at the new parameters.
    pub(super) fn refresh(&mut self) {
        if self.full {
            self.activations.fill(&self.plan, &self.parameters, self.x.view());
            self.train.clone_from(&self.activations.outputs);
        } else {
            self.train = evaluate(&self.plan, &self.parameters, self.x.view());
        }
        self.test = evaluate(&self.plan, &self.parameters, self.z.view());
    }

    /// One full-batch step down 1/(2n) Σ ‖f(x_i) − y_i‖², for callers whose rate changes from step to step.
    pub(crate) fn descend(&mut self, rate: f64, y: ArrayView2<f64>) {
        let force = (&self.train - &y) / y.nrows() as f64;
        self.step(rate, force.view());
        self.refresh();
    }

    /// 1/(2n) Σ ‖f(x_i) − y_i‖².
    pub(crate) fn loss(&self, y: ArrayView2<f64>) -> f64 {
        0.5 * mean_square(self.train.view(), y)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::TrainTestView;
    use crate::error::Error;
    use crate::network::{Activation, Initialisation, Network, Parametrisation, Stopping, Trainer, Training};
    use crate::seed::Seed;

    fn engine(network: &Network, seed: u64, x: &Array2<f64>) -> Result<General> {
        let (plan, parameters) = (network.plan().unwrap(), network.draw(Seed(seed)).unwrap());
        let none = Array2::zeros((0, x.ncols()));
        General::new(plan, UpdateRule::Plain, parameters, [x.view(), none.view()], x.nrows())
    }

    /// n = 1000, two hidden layers of 100: 16·201·2512 bytes of units, 512 rows of them for the outputs, and 8·10,000 of x.
    #[test]
    fn what_does_not_fit_is_refused() {
        crate::memory::limited(
            "network::training::general::tests::what_does_not_fit_is_refused",
            "6M",
            || {
                let network =
                    Network { inputs: 5, hidden_layers: 2, width: 100, outputs: 1, ..Network::default() };
                let run = |n: usize| engine(&network, 0, &Array2::ones((n, 5)));
                let parameters = run(500).unwrap().parameters().count() as u64;
                let needed = 16 * 201 * 2512 + 8 * (4 * parameters + 10_000);
                assert!(matches!(run(1000), Err(Error::Memory { needed: found, .. }) if found == needed));
            },
        );
    }

    /// Step by step at a fixed rate it is [`Trainer`]'s full-batch descent, bit for bit.
    #[test]
    fn at_a_fixed_rate_it_is_the_trainer() {
        for activation in [Activation::Relu, Activation::Tanh] {
            let network = Network {
                inputs: 4,
                hidden_layers: 3,
                width: 20,
                outputs: 2,
                activation,
                parametrisation: Parametrisation::EveryLayer { sigma_w2: 1.5, sigma_b2: 0.2 },
            };
            let x = Array2::from_shape_fn((7, 4), |(i, j)| ((i * 4 + j) as f64).sin());
            let y = Array2::from_shape_fn((7, 2), |(i, j)| f64::from(i % 2 == j));
            let training = Training {
                network: network.clone(),
                initialisation: Initialisation::Standard,
                rate: 0.01,
                epochs: 20,
                stopping: Stopping::Never,
                seed: Seed(3),
                ..Training::default()
            };
            let rows = TrainTestView::untested(x.view(), y.view());
            let mut trainer = Trainer::start(&training, rows).unwrap();
            let mut descent = engine(&network, 3, &x).unwrap();
            for _ in 0..20 {
                trainer.advance().unwrap();
                descent.descend(0.01, y.view());
                assert_eq!(trainer.progress().loss, descent.loss(y.view()));
                assert_eq!(trainer.train_outputs(), descent.train_outputs());
            }
            assert_eq!(trainer.model().copies[0], *descent.parameters());
        }
    }
}
