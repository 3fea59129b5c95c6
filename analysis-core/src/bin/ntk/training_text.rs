//! What `ntk train` prints.

use analysis_core::network::{Snapshot, Training, TrainingResult};
use serde_json::{Value, json};

/// How a training left every bound.
pub struct Divergence {
    pub epoch: usize,
    pub loss: f64,
    /// The loss before the first step.
    pub first: Option<f64>,
    /// 2/λ_max at the start, where it is known.
    pub stable: Option<f64>,
}

fn snapshot(at: &Snapshot) -> Value {
    let mut value = json!({"epoch": at.epoch, "loss": at.loss});
    for (name, error) in [("test_error", at.test_error), ("hold_out_error", at.hold_out_error)] {
        if let Some(error) = error {
            value[name] = json!(error);
        }
    }
    value
}

/// What JSON says of every training, however it ended.
pub fn head(training: &Training) -> Value {
    json!({
        "schema": 1,
        "initialisation": training.initialisation,
        "width": training.network.width,
        "rate": training.rate,
        "stopping": training.stopping,
        "precision": training.precision,
    })
}

/// The result as JSON.
pub fn as_json(result: &TrainingResult, stable: Option<f64>) -> Value {
    let training = &result.parameters;
    let mut value = head(training);
    value["best"] = snapshot(&result.best);
    value["last"] = snapshot(&result.last);
    value["curve"] = json!(result.curve);
    value["engine"] = json!(result.diagnostics.engine);
    value["trained_parameters"] = json!(result.diagnostics.trained);
    value["loss_rises"] = json!(result.diagnostics.loss_rises);
    value["failed"] = json!(result.failed());
    if let Some(stable) = stable {
        value["stable_rate"] = json!(stable);
    }
    value
}

/// The result for people.
pub fn as_text(result: &TrainingResult, stable: Option<f64>) -> String {
    let training = &result.parameters;
    let at = |name: &str, at: &Snapshot| {
        let error =
            |name: &str, value: Option<f64>| value.map_or(String::new(), |v| format!(", {name} {v:.6}"));
        format!(
            "{name}: epoch {}, loss {:.6}{}{}\n",
            at.epoch,
            at.loss,
            error("test error", at.test_error),
            error("hold-out error", at.hold_out_error)
        )
    };
    let stable = stable.map_or(String::new(), |rate| {
        format!(
            "rate {}; at the start, gradient descent is stable below 2/λ_max = {rate:.4}\n",
            training.rate
        )
    });
    format!(
        "{} start, width {}, {} trained parameters, {} engine, {} precision\n{}{}{stable}\
         the loss rose at {} of {} epochs\n",
        training.initialisation,
        training.network.width,
        result.diagnostics.trained,
        result.diagnostics.engine,
        training.precision,
        at(&format!("taken ({})", training.stopping), &result.best),
        at("last", &result.last),
        result.diagnostics.loss_rises,
        result.last.epoch,
    )
}
