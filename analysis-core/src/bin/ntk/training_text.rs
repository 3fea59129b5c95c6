//! What `ntk train` prints.

use analysis_core::network::{Snapshot, TrainingResult};

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
