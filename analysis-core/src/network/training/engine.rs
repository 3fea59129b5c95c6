//! Where one copy of the network lives while it is trained.

use std::fmt;

use ndarray::{Array2, ArrayView2, Axis};

use super::Training;
use crate::error::Result;
use crate::memory::Bytes;
use crate::network::backward::Backward;
use crate::network::forward::{Activations, block_rows, evaluate};
use crate::network::optimiser::RuleState;
use crate::network::{FusedEngine, FusedParameters, Parameters, Plan, UpdateRule};

/// Any network, any optimiser: matrix products.
#[derive(Debug)]
pub(super) struct General {
    plan: Plan,
    rule: UpdateRule,
    rate: f64,
    pub(super) parameters: Parameters,
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
    /// An engine at these parameters, for steps of `batch` rows.
    pub(super) fn new(
        plan: Plan,
        rule: UpdateRule,
        rate: f64,
        parameters: Parameters,
        rows: [ArrayView2<f64>; 2],
        batch: usize,
    ) -> Result<Self> {
        let [x, z] = rows;
        let (n, p) = (x.nrows(), z.nrows());
        let numbers = Bytes::of::<f64>(parameters.count(), 4);
        let units = Bytes(Activations::bytes(
            &plan.layers,
            batch.saturating_mul(2).saturating_add(block_rows(&plan.layers)),
        ));
        let data = Bytes::of::<f64>(n.saturating_mul(2).saturating_add(p), x.ncols());
        (numbers + units + data).require("training a network")?;
        let full = batch >= n;
        let mut engine = General {
            rule,
            rate,
            state: RuleState::new(rule, &plan.layers),
            x: x.to_owned(),
            z: z.to_owned(),
            train: Array2::zeros((0, 0)),
            test: Array2::zeros((0, 0)),
            full,
            rows: Array2::zeros((0, x.ncols())),
            activations: Activations::new(&plan.layers, batch.min(n)),
            backward: Backward::new(&plan.layers, batch.min(n)),
            gradient: Parameters::zeros(&plan.layers),
            parameters,
            plan,
        };
        engine.refresh();
        Ok(engine)
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
    pub(super) fn step(&mut self, force: ArrayView2<f64>) {
        self.backward.gradient(
            &self.plan,
            &self.parameters,
            if self.full { self.x.view() } else { self.rows.view() },
            &self.activations,
            force,
            &mut self.gradient,
        );
        self.state.step(self.rule, self.rate, &mut self.parameters, &mut self.gradient);
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
}

/// The fastest engine for a training.
pub(super) enum Engine {
    /// One hidden ReLU layer, full batch: one pass over memory.
    Fused {
        /// The parameters and outputs.
        engine: Box<FusedEngine>,
        /// η, which the fused step takes with the force.
        rate: f64,
    },
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
            return Ok(Engine::Fused { engine: Box::new(engine), rate: training.rate });
        }
        let plan = training.initialisation.copy_of(&training.network)?.plan()?;
        let batch = training.optimiser.batch.unwrap_or(usize::MAX).min(x.nrows());
        let engine = General::new(plan, training.optimiser.rule, training.rate, parameters, rows, batch)?;
        Ok(Engine::General(Box::new(engine)))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Engine::Fused { .. } => "fused",
            Engine::General(_) => "general",
        }
    }

    /// f of all training rows (n, k).
    pub(super) fn train_outputs(&self) -> Array2<f64> {
        match self {
            Engine::Fused { engine, .. } => column(engine.train_outputs()),
            Engine::General(engine) => engine.train.clone(),
        }
    }

    /// f of all test rows.
    pub(super) fn test_outputs(&self) -> Array2<f64> {
        match self {
            Engine::Fused { engine, .. } => column(engine.test_outputs()),
            Engine::General(engine) => engine.test.clone(),
        }
    }

    /// f of some training rows, which the next step is about. The fused engine's steps are about all of them.
    pub(super) fn batch(&mut self, rows: &[usize]) -> Array2<f64> {
        match self {
            Engine::Fused { engine, .. } => column(engine.train_outputs()).select(Axis(0), rows),
            Engine::General(engine) => engine.batch(rows).clone(),
        }
    }

    /// One step against Σ_i force_i ∂f(x_i)/∂p.
    pub(super) fn step(&mut self, force: ArrayView2<f64>) {
        match self {
            Engine::Fused { engine, rate } => {
                engine.step(&force.iter().map(|force| *rate * force).collect::<Vec<_>>());
            }
            Engine::General(engine) => engine.step(force),
        }
    }

    /// Outputs at the new parameters.
    pub(super) fn refresh(&mut self) {
        match self {
            Engine::Fused { .. } => (), // its step has seen to it
            Engine::General(engine) => engine.refresh(),
        }
    }

    /// Whether all parameters are finite. The fused engine's outputs are not where its parameters are not; deeper down, an
    /// infinite weight can hide behind a unit that is off or saturated.
    pub(super) fn finite(&self) -> bool {
        match self {
            Engine::Fused { .. } => true,
            Engine::General(engine) => engine.parameters.are_finite(),
        }
    }

    pub(super) fn parameters(&self) -> Parameters {
        match self {
            Engine::Fused { engine, .. } => {
                let FusedParameters { w, b, a } = engine.parameters();
                Parameters { weights: vec![w, a.insert_axis(Axis(0))], biases: b.into_iter().collect() }
            }
            Engine::General(engine) => engine.parameters.clone(),
        }
    }

    /// What the rule remembers; plain descent, the only one of the fused engine, has no memory.
    pub(super) fn state(&self) -> Option<&RuleState> {
        match self {
            Engine::Fused { .. } => None,
            Engine::General(engine) => Some(&engine.state),
        }
    }

    pub(super) fn state_mut(&mut self) -> Option<&mut RuleState> {
        match self {
            Engine::Fused { .. } => None,
            Engine::General(engine) => Some(&mut engine.state),
        }
    }
}

fn column(values: &[f64]) -> Array2<f64> {
    Array2::from_shape_fn((values.len(), 1), |(row, _)| values[row])
}
