//! Rows of a frame, before they are numbers.

use super::choices::{Scaling, Split, Target};
use super::dataset::Dataset;
use super::origin::{DataOrigin, DatasetOrigin};
use super::prepare::{self, Labels};
use super::rows::Rows;
use super::scale::{self, ColumnScales};
use super::source::Source;
use crate::error::{Error, Result};
use polars::prelude::*;

/// Rows of a set as a polars frame, to be looked at, chosen from, and then [prepared](Samples::prepare) as a [`Dataset`].
///
/// # Examples
/// ```
/// use analysis_core::data::{Columns, Dataset, Rows, Scaling, Target};
/// use polars::prelude::*;
/// let frame = df!("u" => [1.0, 2.0, 3.0, 4.0], "label" => [0, 1, 0, 1])?;
/// let samples = Dataset::from_frame(&frame, &Columns::target("label"))?;
/// let half = samples.rows(Rows::Sample { n: 2, seed: 1, stratified: true })?;
/// assert_eq!(half.n(), 2);
/// let data = half.prepare(Scaling::None, Target::Parity)?;
/// assert_eq!(data.y.sum(), 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Samples {
    pub(super) frame: DataFrame,
    pub(super) layout: Layout,
    pub(super) data: DataOrigin,
    pub(super) split: Split,
    pub(super) rows: Option<Rows>,
    pub(super) notes: Vec<String>,
}

/// How the frame's columns become x and the label.
#[derive(Debug, Clone)]
pub(super) enum Layout {
    /// A binary column of d bytes a row, and the label column.
    Pixels { d: usize, pixels: String, label: String },
    /// Float64 columns, all finite: the features and the target.
    Numbers { features: Vec<String>, target: String },
}

impl Layout {
    pub(super) fn target(&self) -> &str {
        match self {
            Layout::Pixels { label, .. } => label,
            Layout::Numbers { target, .. } => target,
        }
    }
}

impl Samples {
    pub(super) fn published(source: Source, frame: DataFrame, notes: Vec<String>) -> Samples {
        Samples {
            frame,
            layout: Layout::Pixels {
                d: source.d(),
                pixels: "pixels".to_string(),
                label: "label".to_string(),
            },
            data: DataOrigin::Published { source, files: source.checksums() },
            split: Split::All,
            rows: None,
            notes,
        }
    }

    /// The rows chosen so far. A published set has the columns `id`, `split`, `label`, `pixels`; other data has `id`,
    /// `split` where there was one, the features and the target.
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// The number of rows chosen so far.
    pub fn n(&self) -> usize {
        self.frame.height()
    }

    /// The number of features, or of pixels and channels of an image.
    pub fn d(&self) -> usize {
        match &self.layout {
            Layout::Pixels { d, .. } => *d,
            Layout::Numbers { features, .. } => features.len(),
        }
    }

    /// What happened on the way that the reader should know, for instance that a damaged cache was made anew; mostly empty.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Keeps one split. To be chosen before the rows, which count within it.
    ///
    /// # Errors
    /// [`Error::Parameter`] after [`Samples::rows`] or when another split was chosen before, and if the split is empty;
    /// [`Error::Parameter`] for data without splits.
    pub fn split(mut self, split: Split) -> Result<Samples> {
        if self.rows.is_some() || (self.split != Split::All && self.split != split) {
            let requirement = "choose the split once, before the rows: rows count from 0 within it";
            return Err(Error::parameter("split", split, requirement));
        }
        if split != Split::All {
            let name = split.to_string();
            let column = self.frame.column("split").map_err(|_| {
                let why = "these data have no column \"split\": add one that says train or test in every row, or \
                           choose no split and no test rows";
                Error::parameter("split", split, why)
            })?;
            let context = || format!("choosing the {name} split");
            let is_split: BooleanChunked = (|| {
                let values = column.str()?;
                PolarsResult::Ok(values.iter().map(|value| value == Some(name.as_str())).collect())
            })()
            .map_err(|cause| Error::frame(context(), &cause))?;
            self.frame = self.frame.filter(&is_split).map_err(|cause| Error::frame(context(), &cause))?;
            if self.frame.height() == 0 {
                return Err(Error::parameter("split", split, "holds no row of this data"));
            }
        }
        self.split = split;
        Ok(self)
    }

    /// Keeps some rows: `0..3000`, `0..=2999`, `..`, or any [`Rows`].
    ///
    /// # Errors
    /// [`Error::Parameter`] for rows that are not there, none, or chosen a second time (the origin records one choice);
    /// for a stratified sample also when the labels are not whole numbers.
    pub fn rows(mut self, rows: impl Into<Rows>) -> Result<Samples> {
        let rows = rows.into();
        if let Some(before) = self.rows {
            let requirement =
                format!("rows {before} were chosen already; choose once, so that the origin is complete");
            return Err(Error::parameter("rows", rows, requirement));
        }
        let positions =
            rows.positions_by(self.n(), || prepare::whole_labels(&self, "a stratified sample"))?;
        self.frame = match rows {
            Rows::All => self.frame,
            Rows::Range { start, end } => self.frame.slice(start as i64, end - start),
            Rows::Sample { .. } => {
                let indices: Vec<IdxSize> = positions.into_iter().map(|row| row as IdxSize).collect();
                let indices = IdxCa::from_vec("row".into(), indices);
                self.frame
                    .take(&indices)
                    .map_err(|cause| Error::frame(format!("choosing rows {rows}"), &cause))?
            }
        };
        self.rows = Some(rows);
        Ok(self)
    }

    /// The rows as numbers: x scaled, y encoded.
    ///
    /// # Errors
    /// [`Error::ZeroRow`] for a row of zeros under [`Scaling::UnitNorm`]; [`Error::Parameter`] when the scaling or the
    /// encoding does not fit the values (labels that are not whole, a class that does not occur, values outside
    /// 0 to 255 under [`Scaling::UnitInterval`], one row under [`Scaling::Standardised`]); [`Error::Memory`] when x does
    /// not fit.
    pub fn prepare(self, scaling: Scaling, target: Target) -> Result<Dataset> {
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
    /// let test = samples.clone().split(Split::Test)?;
    /// let both = samples.split(Split::Train)?.prepare_with_test(test, Scaling::Standardised, Target::Numeric)?;
    /// // Mean 2 and deviation 1.
    /// assert_eq!(both.training.x, ndarray::array![[-1.0], [1.0]]);
    /// assert_eq!(both.test.x, ndarray::array![[2.0]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepare_with_test(self, test: Samples, scaling: Scaling, target: Target) -> Result<TrainTest> {
        let (training, fitted) = self.prepare_like(scaling, target, None)?;
        let (mut test, _) = test.prepare_like(scaling, target, Some(&fitted))?;
        if scaling == Scaling::Standardised || matches!(target, Target::CentredInteger | Target::OneHot) {
            test.origin.prepared_like = Some(Box::new(training.origin.clone()));
        }
        Ok(TrainTest { training, test })
    }

    /// The numbers, and what other rows need to be prepared the same way.
    fn prepare_like(
        self,
        scaling: Scaling,
        target: Target,
        like: Option<&Fitted>,
    ) -> Result<(Dataset, Fitted)> {
        let mut x = prepare::inputs(&self)?;
        let ids = prepare::ids(&self)?;
        let columns = scale::scale(&mut x, scaling, &ids, like.and_then(|fitted| fitted.columns.as_ref()))?;
        let (y, labels) = prepare::encode(&self, target, like.map(|fitted| &fitted.labels))?;
        let (n, d, k) = (x.nrows(), x.ncols(), y.ncols());
        let rows = self.rows.unwrap_or_default();
        let (classes, prepared_like) = (labels.classes.clone(), None);
        let origin = DatasetOrigin {
            data: self.data,
            split: self.split,
            rows,
            scaling,
            target,
            classes,
            n,
            d,
            k,
            prepared_like,
        };
        Ok((Dataset { x, y, ids, origin }, Fitted { columns, labels }))
    }
}

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

/// What training rows decide for test rows.
struct Fitted {
    columns: Option<ColumnScales>,
    labels: Labels,
}
