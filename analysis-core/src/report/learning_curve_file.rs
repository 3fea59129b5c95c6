//! A learning curve as one JSON object: what `ntk learning-curve --json` prints, and what is read back from it.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::json_file::{JsonFile, with_missing};
use crate::error::Result;
use crate::experiment::{LearningCurve, LearningCurveResult, TrialError};
use crate::regression::MeanInterval;

/// The fields that say a slope or a difference of slopes; `name` is what its value is called.
fn interval(name: &str, s: &MeanInterval) -> Map<String, Value> {
    let fields = [
        (name, json!(s.mean)),
        ("interval", json!([s.low, s.high])),
        ("standard_error", json!(s.standard_error)),
        ("level", json!(s.level)),
        ("trials", json!(s.count)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

impl LearningCurveResult {
    /// The whole result as JSON, with its provenance; `seconds` is what it took. What a single trial or size does not tell
    /// (standard errors, slopes) is left out, never null.
    ///
    /// # Errors
    /// [`Error::Json`](crate::error::Error::Json) where a parameter cannot be written.
    pub fn json(&self, seconds: f64) -> Result<Value> {
        let with = |mut fields: Map<String, Value>, more: &[(&str, Value)]| {
            fields.extend(more.iter().map(|(name, value)| (name.to_string(), value.clone())));
            Value::Object(fields)
        };
        let slopes: Map<String, Value> = self
            .slopes
            .iter()
            .map(|s| (s.initialisation.to_string(), Value::Object(interval("slope", &s.slope))))
            .collect();
        let local: Vec<Value> = self
            .local_slopes
            .iter()
            .map(|l| {
                let range = [
                    ("initialisation", json!(l.initialisation)),
                    ("from", json!(l.from)),
                    ("to", json!(l.to)),
                ];
                with(interval("slope", &l.slope), &range)
            })
            .collect();
        let differences: Vec<Value> = self
            .differences
            .iter()
            .map(|d| {
                with(interval("value", &d.difference), &[("of", json!(d.of)), ("minus", json!(d.minus))])
            })
            .collect();
        let mut object = json!({
            "schema": 1,
            "points": self.points,
            "slopes": slopes,
            "local_slopes": local,
            "slope_differences": differences,
            "trials": self.errors,
            "parameters": self.parameters,
            "provenance": self.manifest()?.seconds(seconds),
        });
        if let (Some(first), Some(fields)) = (differences.first(), object.as_object_mut()) {
            fields.insert("slope_difference".into(), first.clone());
        }
        Ok(with_missing(self.missing(), object))
    }

    /// A result from a file that holds [`LearningCurveResult::json`]: points and slopes are made anew from its trials.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) where the file cannot be read, [`Error::Json`](crate::error::Error::Json) where it is something else, [`Error::Parameter`](crate::error::Error::Parameter) where
    /// trials are missing.
    pub fn read(path: impl AsRef<Path>) -> Result<LearningCurveResult> {
        let mut file = JsonFile::read(path.as_ref(), "ntk learning-curve --json")?;
        let errors: Vec<TrialError> = file.field("trials")?;
        let parameters: LearningCurve = file.field("parameters")?;
        LearningCurveResult::of_trials(parameters, errors, file.computed_by())
    }
}
