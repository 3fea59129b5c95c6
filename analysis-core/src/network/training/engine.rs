//! Where one copy of the network lives while it is trained.

use std::fmt;

use ndarray::{Array2, ArrayView2, Axis};

use super::general::General;
use super::params::Training;
use crate::error::Result;
use crate::network::optimiser::RuleState;
use crate::network::{FusedEngine, FusedParameters, Parameters};

/// The fastest engine for a training.
pub(super) enum Engine {
    /// One hidden ReLU layer, full batch: one pass over memory.
    Fused(Box<FusedEngine>),
    /// Matrix products.
    General(Box<General>),
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Engine {
    /// An engine for one copy at `parameters`, with training rows and test rows; `general` asks for the general one.
    pub(super) fn new(
        training: &Training,
        parameters: Parameters,
        rows: [ArrayView2<f64>; 2],
        general: bool,
    ) -> Result<Self> {
        let [x, z] = rows;
        if training.fusable() && !general {
            let (w, a) = (&parameters.weights[0], &parameters.weights[1]);
            let b = parameters.biases.first().map(|b| b.view());
            let threads = rayon::current_num_threads();
            let engine = FusedEngine::new(training.precision, w.view(), b, a.row(0), x, z, threads)?;
            return Ok(Engine::Fused(Box::new(engine)));
        }
        let plan = training.initialisation.copy_of(&training.network)?.plan()?;
        let batch = training.optimiser.batch.unwrap_or(usize::MAX);
        let engine = General::new(plan, training.optimiser.rule, parameters, rows, batch)?;
        Ok(Engine::General(Box::new(engine)))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Engine::Fused(_) => "fused",
            Engine::General(_) => "general",
        }
    }

    /// f of all training rows (n, k).
    pub(super) fn train_outputs(&self) -> Array2<f64> {
        match self {
            Engine::Fused(engine) => column(engine.train_outputs()),
            Engine::General(engine) => engine.train_outputs().clone(),
        }
    }

    /// f of all test rows.
    pub(super) fn test_outputs(&self) -> Array2<f64> {
        match self {
            Engine::Fused(engine) => column(engine.test_outputs()),
            Engine::General(engine) => engine.test_outputs().clone(),
        }
    }

    /// f of some training rows, which the next step is about. The fused engine's steps are about all of them.
    pub(super) fn batch(&mut self, rows: &[usize]) -> Array2<f64> {
        match self {
            Engine::Fused(engine) => column(engine.train_outputs()).select(Axis(0), rows),
            Engine::General(engine) => engine.batch(rows).clone(),
        }
    }

    /// One step at rate η against Σ_i force_i ∂f(x_i)/∂p.
    pub(super) fn step(&mut self, rate: f64, force: ArrayView2<f64>) {
        match self {
            Engine::Fused(engine) => {
                engine.step(&force.iter().map(|force| rate * force).collect::<Vec<_>>());
            }
            Engine::General(engine) => engine.step(rate, force),
        }
    }

    /// Outputs at the new parameters.
    pub(super) fn refresh(&mut self) {
        match self {
            Engine::Fused(_) => (), // its step has seen to it
            Engine::General(engine) => engine.refresh(),
        }
    }

    /// Whether all parameters are finite. The fused engine's outputs are not where its parameters are not; deeper down, an
    /// infinite weight can hide behind a unit that is off or saturated.
    pub(super) fn finite(&self) -> bool {
        match self {
            Engine::Fused(_) => true,
            Engine::General(engine) => engine.parameters().are_finite(),
        }
    }

    pub(super) fn parameters(&self) -> Parameters {
        match self {
            Engine::Fused(engine) => {
                let FusedParameters { w, b, a } = engine.parameters();
                Parameters { weights: vec![w, a.insert_axis(Axis(0))], biases: b.into_iter().collect() }
            }
            Engine::General(engine) => engine.parameters().clone(),
        }
    }

    /// What the rule remembers; plain descent, the only one of the fused engine, has no memory.
    pub(super) fn state(&self) -> Option<&RuleState> {
        match self {
            Engine::Fused(_) => None,
            Engine::General(engine) => Some(&engine.state),
        }
    }

    pub(super) fn state_mut(&mut self) -> Option<&mut RuleState> {
        match self {
            Engine::Fused(_) => None,
            Engine::General(engine) => Some(&mut engine.state),
        }
    }
}

fn column(values: &[f64]) -> Array2<f64> {
    Array2::from_shape_fn((values.len(), 1), |(row, _)| values[row])
}
