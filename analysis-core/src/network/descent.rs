//! Plain full-batch gradient descent whose rate may change from step to step.

use ndarray::{Array2, ArrayView2};

use super::backward::Backward;
use super::forward::Activations;
use super::{Network, Parameters, Plan};
use crate::error::{Error, Result};
use crate::memory;

/// A network on its way down 1/(2n) Σ ‖f(x_i) − y_i‖². Where a fixed rate will do, [`Training`](super::Training) does more.
#[derive(Debug)]
pub(crate) struct Descent {
    plan: Plan,
    parameters: Parameters,
    x: Array2<f64>,
    y: Array2<f64>,
    activations: Activations,
    backward: Backward,
    gradient: Parameters,
}

impl Descent {
    /// At these parameters, for x (n, d) and y (n, k).
    ///
    /// # Errors
    /// [`Error::Parameter`] and [`Error::Shape`] for what does not fit; [`Error::Memory`].
    pub(crate) fn start(
        network: &Network,
        parameters: Parameters,
        x: ArrayView2<f64>,
        y: ArrayView2<f64>,
    ) -> Result<Self> {
        network.check()?;
        network.check_differentiable()?;
        network.check_rows("x", x)?;
        let plan = network.plan()?;
        parameters.check(&plan.layers)?;
        if y.dim() != (x.nrows(), network.outputs) || y.is_empty() {
            return Err(Error::Shape {
                what: "the targets of a descent".into(),
                expected: format!("({}, {}), not empty", x.nrows(), network.outputs),
                found: format!("{:?}", y.dim()),
            });
        }
        let n = x.nrows();
        let numbers = (parameters.count() as u64).saturating_add((x.len() + y.len()) as u64);
        let units = Activations::bytes(&plan.layers, n).saturating_mul(2);
        memory::require("the descent of a network", numbers.saturating_mul(8).saturating_add(units))?;
        let mut descent = Descent {
            activations: Activations::new(&plan.layers, n),
            backward: Backward::new(&plan.layers, n),
            gradient: Parameters::zeros(&plan.layers),
            x: x.to_owned(),
            y: y.to_owned(),
            parameters,
            plan,
        };
        descent.refresh();
        Ok(descent)
    }

    /// p ← p − η∇.
    pub(crate) fn step(&mut self, rate: f64) {
        let force = (&self.activations.outputs - &self.y) / self.y.nrows() as f64;
        let (plan, parameters) = (&self.plan, &self.parameters);
        self.backward.gradient(
            plan,
            parameters,
            self.x.view(),
            &self.activations,
            force.view(),
            &mut self.gradient,
        );
        for (p, g) in self.parameters.slices_mut().into_iter().zip(self.gradient.slices()) {
            p.iter_mut().zip(g).for_each(|(p, g)| *p -= rate * g);
        }
        self.refresh();
    }

    /// 1/(2n) Σ ‖f(x_i) − y_i‖².
    pub(crate) fn loss(&self) -> f64 {
        let squares = self.activations.outputs.iter().zip(&self.y).map(|(f, y)| (f - y) * (f - y));
        0.5 * squares.sum::<f64>() / self.y.nrows() as f64
    }

    /// f(x), (n, k).
    pub(crate) fn outputs(&self) -> ArrayView2<'_, f64> {
        self.activations.outputs.view()
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn refresh(&mut self) {
        self.activations.fill(&self.plan, &self.parameters, self.x.view());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::network::{Activation, Initialisation, Parametrisation, Stopping, Trainer, Training};
    use crate::seed::Seed;

    /// n = 1000, two hidden layers of 100: 2·16·201,000 bytes of units and 8·(10,000 + 10,500 + 6000) of the rest.
    #[test]
    fn what_does_not_fit_is_refused() {
        memory::limited("network::descent::tests::what_does_not_fit_is_refused", "4M", || {
            let network =
                Network { inputs: 5, hidden_layers: 2, width: 100, outputs: 1, ..Network::default() };
            let start = || network.draw(Seed(0)).unwrap();
            let run = |n: usize| {
                let (x, y) = (Array2::<f64>::ones((n, 5)), Array2::<f64>::ones((n, 1)));
                Descent::start(&network, start(), x.view(), y.view())
            };
            assert!(run(500).is_ok());
            let parameters = start().count() as u64;
            let needed = 2 * 16 * 201_000 + 8 * (parameters + 6000);
            assert!(matches!(run(1000), Err(Error::Memory { needed: found, .. }) if found == needed));
        });
    }

    /// At a fixed rate it is [`Trainer`]'s full-batch descent, bit for bit: the same products in the same order.
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
            let none = (Array2::zeros((0, 4)), Array2::zeros((0, 2)));
            let training = Training {
                network: network.clone(),
                initialisation: Initialisation::Standard,
                rate: 0.01,
                epochs: 20,
                stopping: Stopping::Never,
                seed: Seed(3),
                ..Training::default()
            };
            let mut trainer =
                Trainer::start(&training, x.view(), y.view(), none.0.view(), none.1.view()).unwrap();
            let start = network.draw(Seed(3)).unwrap();
            let mut descent = Descent::start(&network, start, x.view(), y.view()).unwrap();
            for _ in 0..20 {
                trainer.advance().unwrap();
                descent.step(0.01);
                assert_eq!(trainer.progress().loss, descent.loss());
            }
            assert_eq!(trainer.model().copies[0], *descent.parameters());
            assert_eq!(trainer.progress().train_outputs, descent.outputs());
        }
    }
}
