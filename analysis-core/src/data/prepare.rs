//! From a frame to numbers: inputs, scaled, and encoded labels.

use super::choices::{Scaling, Target};
use super::dataset::Dataset;
use super::origin::DatasetOrigin;
use super::samples::Samples;
use super::scale::{self, ColumnScales};
use crate::error::{Error, Result};
use crate::memory::Bytes;
use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, Axis};

/// Labels beyond this many kinds are taken for a numeric target given by mistake.
const MOST_CLASSES: usize = 1000;

/// Rows to train on and rows to test on, prepared alike by [`Samples::prepare_with_test`].
///
/// # Examples
/// See [`Samples::prepare_with_test`].
#[derive(Debug, Clone, PartialEq)]
pub struct TrainTest {
    /// The training rows.
    pub training: Dataset,
    /// The test rows.
    pub test: Dataset,
}

impl Samples {
    /// The rows as numbers: x scaled, y encoded.
    ///
    /// # Errors
    /// [`Error::ZeroRow`] for a row of zeros under [`Scaling::UnitNorm`]; [`Error::Parameter`] when the scaling or the
    /// encoding does not fit the values (labels that are not whole, a class that does not occur, values outside
    /// 0 to 255 under [`Scaling::UnitInterval`], one row under [`Scaling::Standardised`]); [`Error::Memory`] when x does
    /// not fit.
    pub fn prepare(&self, scaling: Scaling, target: Target) -> Result<Dataset> {
        Ok(self.prepare_like(scaling, target, None)?.0)
    }

    /// These rows, to train on, as numbers, and `test` beside them, treated the same way: under [`Scaling::Standardised`]
    /// with the training rows' means and deviations (what is constant in training is 0 in both), under
    /// [`Target::CentredInteger`] with their mean, under [`Target::OneHot`] with their classes. Nothing of the test rows
    /// enters.
    ///
    /// # Errors
    /// As [`Samples::prepare`]; [`Error::Shape`] for test rows of another number of features; [`Error::Parameter`] for a
    /// test label that is none of the training rows' classes.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::{Columns, Dataset, Scaling, Split, Target};
    /// use polars::prelude::*;
    /// let frame = df!("a" => [1.0, 3.0, 4.0], "y" => [0.0, 1.0, 2.0], "split" => ["train", "train", "test"])?;
    /// let samples = Dataset::from_frame(&frame, &Columns::target("y"))?;
    /// let test = samples.split(Split::Test)?;
    /// let both = samples.split(Split::Train)?.prepare_with_test(&test, Scaling::Standardised, Target::Numeric)?;
    /// // Mean 2 and deviation 1.
    /// assert_eq!(both.training.x, ndarray::array![[-1.0], [1.0]]);
    /// assert_eq!(both.test.x, ndarray::array![[2.0]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepare_with_test(&self, test: &Samples, scaling: Scaling, target: Target) -> Result<TrainTest> {
        let (training, fitted) = self.prepare_like(scaling, target, None)?;
        let (mut test, _) = test.prepare_like(scaling, target, Some(&fitted))?;
        if scaling == Scaling::Standardised || matches!(target, Target::CentredInteger | Target::OneHot) {
            test.origin.prepared_like = Some(Box::new(training.origin.clone()));
        }
        Ok(TrainTest { training, test })
    }

    /// The numbers, and what other rows need to be prepared the same way.
    fn prepare_like(
        &self,
        scaling: Scaling,
        target: Target,
        like: Option<&Fitted>,
    ) -> Result<(Dataset, Fitted)> {
        let (mut x, ids) = (self.inputs()?, self.ids()?);
        let columns = scale::scale(&mut x, scaling, &ids, like.and_then(|fitted| fitted.columns.as_ref()))?;
        let (y, labels) = encode(self, target, like.map(|fitted| &fitted.labels))?;
        let origin = self.origin(scaling, target, &labels, (x.nrows(), x.ncols(), y.ncols()));
        Ok((Dataset { x, y, ids, origin }, Fitted { columns, labels }))
    }

    fn origin(
        &self,
        scaling: Scaling,
        target: Target,
        labels: &Labels,
        (n, d, k): (usize, usize, usize),
    ) -> DatasetOrigin {
        DatasetOrigin {
            data: self.data.clone(),
            split: self.split,
            rows: self.rows.unwrap_or_default(),
            scaling,
            target,
            classes: labels.classes.clone(),
            n,
            d,
            k,
            prepared_like: None,
        }
    }

    /// x of some of the rows alone, each as [`Samples::prepare`] gives it: what one of several processes holds. `places` are
    /// positions among these rows.
    ///
    /// # Errors
    /// As [`Samples::prepare`].
    #[cfg(feature = "mpi")]
    pub(crate) fn inputs_at(&self, scaling: Scaling, places: &[usize]) -> Result<Array2<f64>> {
        if scaling == Scaling::Standardised {
            // Its means and deviations are those of all rows.
            let (mut x, ids) = (self.inputs()?, self.ids()?);
            scale::scale(&mut x, scaling, &ids, None)?;
            return Ok(x.select(Axis(0), places));
        }
        let part = Samples { frame: self.taken(places)?, ..self.clone() };
        let (mut x, ids) = (part.inputs()?, part.ids()?);
        scale::scale(&mut x, scaling, &ids, None).map_err(|error| match error {
            Error::ZeroRow { row, needs } => Error::ZeroRow { row: places[row], needs },
            other => other,
        })?;
        Ok(x)
    }

    /// y (n,k) of all rows, and the origin of the whole.
    ///
    /// # Errors
    /// As [`Samples::prepare`].
    #[cfg(feature = "mpi")]
    pub(crate) fn targets(&self, scaling: Scaling, target: Target) -> Result<(Array2<f64>, DatasetOrigin)> {
        let (y, labels) = encode(self, target, None)?;
        let sides = (self.n(), self.d(), y.ncols());
        Ok((y, self.origin(scaling, target, &labels, sides)))
    }

    /// x (n,d), not yet scaled.
    fn inputs(&self) -> Result<Array2<f64>> {
        let (n, d) = (self.n(), self.d());
        Bytes::of::<f64>(n, d).require(&format!("the inputs x ({n}, {d})"))?;
        let mut x = Array2::zeros((n, d));
        let features = &self.layout.features;
        if self.layout.pixels.is_none() {
            for (feature, mut column) in features.iter().zip(x.columns_mut()) {
                column.assign(&Array1::from(self.numbers(feature)?));
            }
            return Ok(x);
        }
        let context = "reading the pixels";
        let pixels = self.frame.column(&features[0]).and_then(|column| column.binary());
        let images: Vec<Option<&[u8]>> = pixels.map_err(Error::polars(context))?.iter().collect();
        x.outer_iter_mut().into_par_iter().zip(images).enumerate().try_for_each(
            |(i, (mut row, image))| {
                let bytes = image.unwrap_or_default();
                if bytes.len() != d {
                    return Err(Error::table(context, format!("row {i} has {} bytes, not {d}", bytes.len())));
                }
                row.iter_mut().zip(bytes).for_each(|(value, &byte)| *value = f64::from(byte));
                Ok(())
            },
        )?;
        Ok(x)
    }
}

/// What training rows decide for test rows.
struct Fitted {
    columns: Option<ColumnScales>,
    labels: Labels,
}

/// What an encoding takes from the labels as a whole.
#[derive(Default)]
struct Labels {
    /// The label of each column of y, if it is one-hot.
    classes: Vec<i64>,
    /// The mean label, where it is subtracted.
    mean: f64,
}

/// y (n,k), and what its encoding took from the labels as a whole: their own, or `like` those of other rows.
fn encode(samples: &Samples, encoding: Target, like: Option<&Labels>) -> Result<(Array2<f64>, Labels)> {
    if encoding == Target::Numeric {
        return Ok((single(samples.numbers(&samples.layout.target)?), Labels::default()));
    }
    let labels = samples.whole_labels(&format!("`{encoding}`"))?;
    let refuse = |requirement: String| Err(Error::parameter("labels", encoding, requirement));
    let each = |value: &dyn Fn(i64) -> f64| single(labels.iter().map(|label| value(*label)).collect());
    let y = match encoding {
        Target::OneHot => return one_hot(samples, &labels, like),
        Target::CentredInteger => {
            // Labels are whole, so the sum is exact.
            let sum: i128 = labels.iter().map(|&label| i128::from(label)).sum();
            let mean = like.map_or(sum as f64 / labels.len() as f64, |like| like.mean);
            return Ok((each(&|label| label as f64 - mean), Labels { mean, ..Labels::default() }));
        }
        Target::Numeric | Target::Integer => each(&|label| label as f64),
        Target::Parity => {
            let sign = |label: i64| if label.rem_euclid(2) == 0 { 1.0 } else { -1.0 };
            let other = labels.iter().find(|label| **label != labels[0]);
            // Labels ±1 are all odd. (Rows of one class are alike, whatever the encoding.)
            if let Some(other) = other
                && like.is_none()
                && labels.iter().all(|label| sign(*label) == sign(labels[0]))
                && samples.source().is_none()
            {
                let kind = if sign(*other) > 0.0 { "even" } else { "odd" };
                return refuse(format!(
                    "{} and {other}, as all other labels, are {kind}, which makes one class of them; use `numeric`, or \
                     `one-vs-rest:CLASS`",
                    labels[0]
                ));
            }
            each(&sign)
        }
        Target::OneVsRest { class } => {
            let class = i64::from(class);
            if like.is_none() && !labels.contains(&class) {
                return refuse(format!("none of the {} rows has the label {class}", labels.len()));
            }
            each(&|label| if label == class { 1.0 } else { -1.0 })
        }
    };
    Ok((y, Labels::default()))
}

/// y of one column.
fn single(values: Vec<f64>) -> Array2<f64> {
    Array1::from(values).insert_axis(Axis(1))
}

fn one_hot(samples: &Samples, labels: &[i64], like: Option<&Labels>) -> Result<(Array2<f64>, Labels)> {
    let mut classes = match (like, samples.source()) {
        (Some(like), _) => like.classes.clone(),
        (None, Some(_)) => (0..10).collect(),
        (None, None) => labels.to_vec(),
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
