//! What a training looks like, and how it came about.

use serde::Serialize;
use serde_json::{Value, json};

use super::smoothness::with_data;
use super::{Axis, Cell, Column, Figure, Manifest, Panel, Parts, Reference, Report, Series, Table};
use crate::data::{Dataset, DatasetOrigin};
use crate::error::Result;
use crate::network::{Snapshot, Training, TrainingResult};
use crate::origin::Origins;

impl TrainingResult {
    /// Loss and errors against the epoch, both logarithmic (so without epoch 0), and the epoch that was taken.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::{SphereQuadratic, TrainTestView};
    /// use analysis_core::network::{Network, Training};
    /// let data = SphereQuadratic { n: 20, ..Default::default() }.run()?;
    /// let training = Training { network: Network { width: 50, ..Network::default() }, epochs: 20, ..Training::default() };
    /// let figure = training.run(TrainTestView::of(&data, &data))?.curve_plot();
    /// assert_eq!(figure.panels[0].series.len(), 2); // loss and test error; the epoch taken is the last one: no line
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn curve_plot(&self) -> Figure {
        let curve = &self.curve;
        let mut panel = Panel::new("").x(Axis::log10("epoch")).y(Axis::log10("loss, mean squared error"));
        for (label, values) in [
            ("training loss", &curve.loss),
            ("test error", &curve.test_error),
            ("hold-out error", &curve.hold_out_error),
        ] {
            // What is exactly zero has no place on a logarithmic axis.
            let drawn = || {
                let pairs = curve.epoch.iter().zip(values);
                pairs.filter(|(epoch, value)| **epoch > 0 && **value > 0.0 && value.is_finite())
            };
            if drawn().next().is_some() {
                panel =
                    panel.series(Series::line(label, drawn().map(|p| *p.0 as f64), drawn().map(|p| *p.1)));
            }
        }
        if self.best.epoch > 0 && self.best.epoch < self.last.epoch {
            panel = panel.series(Series::vertical("taken", self.best.epoch as f64));
        }
        Figure::single(panel).caption(
            "Loss and errors of one training against the epoch; the dashed line is the epoch that was taken, where it is not the last.",
        )
    }

    /// The epoch that was taken, and the last one.
    pub fn table(&self) -> Table {
        let columns = ["epoch", "loss", "test error", "hold-out error"].map(Column::number);
        let table = Table::new([Column::text("")].into_iter().chain(columns));
        let row = |name: &str, at: &Snapshot| {
            let error = |value: Option<f64>| value.map(|value| Cell::significant(value, 5)).into();
            let loss = Cell::significant(at.loss, 5);
            [name.into(), Cell::count(at.epoch), loss, error(at.test_error), error(at.hold_out_error)]
        };
        let p = &self.parameters;
        table.row(row("taken", &self.best)).row(row("last", &self.last)).note(format!(
            "{} start, width {}, rate {}, stopping: {}; {} trained parameters, {} engine, {} precision. The loss rose at {} of \
             {} epochs.",
            p.initialisation,
            p.network.width,
            p.rate,
            p.stopping,
            self.diagnostics.trained,
            self.diagnostics.engine,
            p.precision,
            self.diagnostics.loss_rises,
            self.last.epoch
        ))
    }
}

/// A training with what it was made on, as `ntk train` reports it.
///
/// # Examples
/// ```
/// use analysis_core::data::TrainTestView;
/// use analysis_core::prelude::*;
/// use analysis_core::report::Trained;
/// let data = SphereQuadratic { n: 20, ..Default::default() }.run()?;
/// let training = Training { network: Network { width: 50, ..Network::default() }, epochs: 20, ..Training::default() };
/// let result = training.run(TrainTestView::of(&data, &data))?;
/// let report = Trained::ended(result, &data, Some(&data), training.stable_rate(data.x.view()).ok());
/// assert_eq!(report.json(0.1)?["result"]["failed"], false);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trained {
    /// The training.
    pub training: Training,
    /// How it ended.
    pub outcome: Outcome,
    /// 2/λ_max at the start, below which gradient descent is stable, where it is known.
    pub stable_rate: Option<f64>,
    /// What it was trained on.
    pub data: DatasetOrigin,
    /// What it was tested on.
    pub test: Option<DatasetOrigin>,
    /// The number of rows n and of features d it was trained on.
    pub shape: [usize; 2],
    /// What computed it.
    pub computed_by: Origins,
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It came to its end.
    Ended(Box<TrainingResult>),
    /// It left every bound.
    Diverged {
        /// At this epoch.
        epoch: usize,
        /// With this loss; it may not be finite.
        loss: f64,
    },
}

impl Trained {
    /// A training that came to its end.
    pub fn ended(
        result: TrainingResult,
        data: &Dataset,
        test: Option<&Dataset>,
        stable_rate: Option<f64>,
    ) -> Self {
        let training = result.parameters.clone();
        Trained::new(training, Outcome::Ended(Box::new(result)), data, test, stable_rate)
    }

    /// A training that diverged at this epoch with this loss.
    pub fn diverged(
        training: Training,
        (epoch, loss): (usize, f64),
        data: &Dataset,
        test: Option<&Dataset>,
        stable_rate: Option<f64>,
    ) -> Self {
        Trained::new(training, Outcome::Diverged { epoch, loss }, data, test, stable_rate)
    }

    fn new(
        training: Training,
        outcome: Outcome,
        data: &Dataset,
        test: Option<&Dataset>,
        stable_rate: Option<f64>,
    ) -> Self {
        Trained {
            training,
            stable_rate,
            data: data.origin.clone(),
            test: test.map(|test| test.origin.clone()),
            shape: [data.n(), data.d()],
            computed_by: match &outcome {
                Outcome::Ended(result) => result.computed_by.clone(),
                Outcome::Diverged { .. } => Origins::now(),
            },
            outcome,
        }
    }

    fn ending(&self) -> Option<&TrainingResult> {
        match &self.outcome {
            Outcome::Ended(result) => Some(result),
            Outcome::Diverged { .. } => None,
        }
    }
}

impl Report for Trained {
    const NAME: &'static str = "train";
    const CITES: &'static [Reference] = &[Reference::ChenLiLin2024];

    fn parameters(&self) -> Result<Value> {
        Ok(json!({"training": self.training, "data": self.data, "test": self.test}))
    }

    fn computed_by(&self) -> &Origins {
        &self.computed_by
    }

    fn basis(&self, manifest: Manifest) -> Manifest {
        with_data(manifest.seed(self.training.seed.0), &self.data.data)
    }

    fn table(&self) -> Table {
        match &self.outcome {
            Outcome::Ended(result) => result.table(),
            Outcome::Diverged { epoch, loss } => {
                Table::new(["diverged at epoch", "loss", "rate", "stable below"].map(Column::number)).row([
                    Cell::count(*epoch),
                    Cell::significant(*loss, 4),
                    Cell::parameter(self.training.rate),
                    self.stable_rate.map(|rate| Cell::significant(rate, 4)).into(),
                ])
            }
        }
    }

    fn parts(&self) -> Parts {
        let parts = Parts::default().table("-table", self.table());
        match self.ending() {
            Some(result) => parts.frame("-curve", result.frame()).figure("", Ok(result.curve_plot())),
            None => parts,
        }
    }

    /// `best` (the epoch taken) and `last` with their errors, the `curve`, how the training went, `failed`; where it
    /// `diverged`, at which epoch. `n`, `d` and `stable_rate` in any case.
    fn result(&self) -> Result<Value> {
        let training = &self.training;
        let mut value = json!({
            "initialisation": training.initialisation,
            "width": training.network.width,
            "rate": training.rate,
            "stopping": training.stopping,
            "precision": training.precision,
            "n": self.shape[0],
            "d": self.shape[1],
            "failed": self.ending().is_none_or(TrainingResult::failed),
        });
        match &self.outcome {
            Outcome::Ended(result) => {
                value["best"] = snapshot(&result.best);
                value["last"] = snapshot(&result.last);
                value["curve"] = json!(result.curve);
                value["engine"] = json!(result.diagnostics.engine);
                value["trained_parameters"] = json!(result.diagnostics.trained);
                value["loss_rises"] = json!(result.diagnostics.loss_rises);
            }
            Outcome::Diverged { epoch, loss } => {
                value["diverged"] = json!({"epoch": epoch});
                // JSON has no infinity and no NaN.
                if loss.is_finite() {
                    value["diverged"]["loss"] = json!(loss);
                }
            }
        }
        if let Some(stable) = self.stable_rate {
            value["stable_rate"] = json!(stable);
        }
        Ok(value)
    }
}

/// An epoch without the network's outputs.
fn snapshot(at: &Snapshot) -> Value {
    let mut value = json!({"epoch": at.epoch, "loss": at.loss});
    for (name, error) in [("test_error", at.test_error), ("hold_out_error", at.hold_out_error)] {
        if let Some(error) = error {
            value[name] = json!(error);
        }
    }
    value
}
