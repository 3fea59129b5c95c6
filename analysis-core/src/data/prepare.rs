//! From a frame to numbers: inputs, encoding of labels.

use super::choices::Target;
use super::numeric::frame_error;
use super::origin::DataOrigin;
use super::samples::{Layout, Samples};
use crate::error::{Error, Result};
use crate::memory;
use ndarray::{Array1, Array2, Axis};
use polars::prelude::*;
use rayon::prelude::*;

/// Labels beyond this many kinds are taken for a numeric target given by mistake.
const MOST_CLASSES: usize = 1000;

/// x (n,d), not yet scaled.
pub(super) fn inputs(samples: &Samples) -> Result<Array2<f64>> {
    let (n, d) = (samples.n(), samples.d());
    memory::require(&format!("the inputs x ({n}, {d})"), n as u64 * d as u64 * 8)?;
    match &samples.layout {
        Layout::Pixels { d, pixels, .. } => {
            let context = "reading the pixels";
            let column = samples.frame.column(pixels).map_err(frame_error(context))?;
            let rows: Vec<Option<&[u8]>> = column.binary().map_err(frame_error(context))?.iter().collect();
            let mut x = vec![0.0; n * d];
            x.par_chunks_mut(*d).zip(&rows).enumerate().try_for_each(|(i, (row, bytes))| {
                let bytes = bytes.unwrap_or_default();
                if bytes.len() != *d {
                    return Err(Error::Frame {
                        context: context.to_string(),
                        reason: format!("row {i} has {} bytes, not {d}", bytes.len()),
                    });
                }
                row.iter_mut().zip(bytes).for_each(|(value, &byte)| *value = f64::from(byte));
                Ok(())
            })?;
            Array2::from_shape_vec((n, *d), x).map_err(|cause| Error::Shape {
                what: "pixels".to_string(),
                expected: format!("({n}, {d})"),
                found: cause.to_string(),
            })
        }
        Layout::Numbers { features, .. } => {
            let mut x = Array2::zeros((n, features.len()));
            for (feature, mut column) in features.iter().zip(x.columns_mut()) {
                for (place, value) in column.iter_mut().zip(numbers(samples, feature)?) {
                    *place = value;
                }
            }
            Ok(x)
        }
    }
}

/// A column as numbers; that all are there and finite was seen to when the samples were made.
fn numbers(samples: &Samples, name: &str) -> Result<Vec<f64>> {
    let context = format!("reading column {name:?}");
    let column = samples.frame.column(name).map_err(frame_error(&context))?;
    let column = column.cast(&DataType::Float64).map_err(frame_error(&context))?;
    let values = column.f64().map_err(frame_error(&context))?;
    values
        .iter()
        .enumerate()
        .map(|(row, value)| {
            value.ok_or_else(|| Error::Frame {
                context: context.clone(),
                reason: format!("row {row} is empty"),
            })
        })
        .collect()
}

/// The target column as it is.
fn target(samples: &Samples) -> Result<Vec<f64>> {
    numbers(samples, samples.layout.target())
}

/// The target column as whole numbers, for what `purpose` says.
pub(super) fn whole_labels(samples: &Samples, purpose: &str) -> Result<Vec<i64>> {
    let ids = ids(samples)?;
    let whole = |(row, value): (usize, f64)| {
        // Beyond 2^53 neighbouring whole numbers are no longer different f64s.
        if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
            return Ok(value as i64);
        }
        let requirement = format!(
            "{purpose} needs labels that are whole numbers, and row {} is {value}; for a target that is a quantity use `numeric`",
            named(row, &ids)
        );
        Err(Error::parameter(samples.layout.target(), value, requirement))
    };
    target(samples)?.into_iter().enumerate().map(whole).collect()
}

/// A row among those chosen, and what it is called in its set where that is something else.
pub(super) fn named(row: usize, ids: &[u32]) -> String {
    match ids.get(row) {
        Some(&id) if id as usize != row => format!("{row} of the chosen (its id is {id})"),
        _ => row.to_string(),
    }
}

/// What an encoding takes from the labels as a whole.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// The label of each column of y, if it is one-hot.
    pub classes: Vec<i64>,
    /// The mean label, where it is subtracted.
    mean: f64,
}

/// y (n,k), and what its encoding took from the labels as a whole: their own, or `like` those of other rows.
pub(super) fn encode(
    samples: &Samples,
    encoding: Target,
    like: Option<&Labels>,
) -> Result<(Array2<f64>, Labels)> {
    let purpose = format!("`{encoding}`");
    let column = |values: Vec<f64>| Ok((Array1::from(values).insert_axis(Axis(1)), Labels::default()));
    let labels = || whole_labels(samples, &purpose);
    match encoding {
        Target::Numeric => column(target(samples)?),
        Target::Integer => column(labels()?.into_iter().map(|label| label as f64).collect()),
        Target::CentredInteger => {
            let labels = labels()?;
            // Labels are whole, so the sum is exact.
            let sum: i128 = labels.iter().map(|&label| i128::from(label)).sum();
            let mean = like.map_or(sum as f64 / labels.len() as f64, |like| like.mean);
            let (y, _) = column(labels.into_iter().map(|label| label as f64 - mean).collect())?;
            Ok((y, Labels { mean, ..Labels::default() }))
        }
        Target::Parity => {
            let sign = |label: i64| if label.rem_euclid(2) == 0 { 1.0 } else { -1.0 };
            let labels = labels()?;
            let other = labels.iter().find(|label| **label != labels[0]);
            // Labels ±1 are all odd. (Rows of one class are alike, whatever the encoding.)
            if let Some(other) = other
                && like.is_none()
                && labels.iter().all(|label| sign(*label) == sign(labels[0]))
                && !matches!(samples.data, DataOrigin::Published { .. })
            {
                let kind = if sign(*other) > 0.0 { "even" } else { "odd" };
                let requirement = format!(
                    "{} and {other}, as all other labels, are {kind}, which makes one class of them; use `numeric`, or \
                     `one-vs-rest:CLASS`",
                    labels[0]
                );
                return Err(Error::parameter("labels", encoding, requirement));
            }
            column(labels.into_iter().map(sign).collect())
        }
        Target::OneVsRest { class } => {
            let labels = labels()?;
            let class = i64::from(class);
            if like.is_none() && !labels.contains(&class) {
                let requirement = format!("none of the {} rows has the label {class}", labels.len());
                return Err(Error::parameter("labels", encoding, requirement));
            }
            column(labels.into_iter().map(|label| if label == class { 1.0 } else { -1.0 }).collect())
        }
        Target::OneHot => one_hot(samples, &labels()?, like),
    }
}

fn one_hot(samples: &Samples, labels: &[i64], like: Option<&Labels>) -> Result<(Array2<f64>, Labels)> {
    let mut classes = match (like, &samples.data) {
        (Some(like), _) => like.classes.clone(),
        (None, DataOrigin::Published { .. }) => (0..10).collect(),
        (None, _) => labels.to_vec(),
    };
    classes.sort_unstable();
    classes.dedup();
    if classes.len() > MOST_CLASSES {
        let requirement = format!(
            "{} different labels, more than {MOST_CLASSES}: is the target a quantity? then use `numeric`",
            classes.len()
        );
        return Err(Error::parameter("labels", Target::OneHot, requirement));
    }
    let mut y = Array2::zeros((labels.len(), classes.len()));
    for (mut row, label) in y.rows_mut().into_iter().zip(labels) {
        match classes.binary_search(label) {
            Ok(place) => row[place] = 1.0,
            Err(_) => {
                let whose = if like.is_some() { "that the training rows have" } else { "of the set, 0 to 9" };
                return Err(Error::parameter("labels", label, format!("is none of the classes {whose}")));
            }
        }
    }
    Ok((y, Labels { classes, ..Labels::default() }))
}

/// The ids of the rows.
pub(super) fn ids(samples: &Samples) -> Result<Vec<u32>> {
    let context = "reading the ids";
    let column = samples.frame.column("id").map_err(frame_error(context))?;
    let ids = column.u32().map_err(frame_error(context))?;
    ids.iter()
        .map(|id| {
            id.ok_or_else(|| Error::Frame {
                context: context.to_string(),
                reason: "an id is empty".to_string(),
            })
        })
        .collect()
}
