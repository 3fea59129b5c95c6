//! Rows of a frame, before they are numbers.

use super::choices::Split;
use super::origin::DataOrigin;
use super::rows::{Rows, named};
use super::source::Source;
use crate::error::{Error, Result};
use crate::names::quoted;
use polars::prelude::*;

/// Rows of a set as a polars frame, to be looked at, chosen from, and then [prepared](Samples::prepare) as a [`Dataset`](super::Dataset).
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
pub(super) struct Layout {
    /// Float64 columns, all finite; or one binary column of equally many bytes a row.
    pub(super) features: Vec<String>,
    pub(super) target: String,
    /// The bytes of a row, where the feature is a binary column.
    pub(super) pixels: Option<usize>,
}

impl Samples {
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
        self.layout.pixels.unwrap_or(self.layout.features.len())
    }

    /// The published set that these rows are of, if they are of one.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::data::{Columns, Dataset};
    /// use polars::prelude::*;
    /// let frame = df!("u" => [1.0], "v" => [2.0])?;
    /// assert_eq!(Dataset::from_frame(&frame, &Columns::target("v"))?.source(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn source(&self) -> Option<Source> {
        match &self.data {
            DataOrigin::Published { source, .. } => Some(*source),
            _ => None,
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
    pub fn split(&self, split: Split) -> Result<Samples> {
        if self.rows.is_some() || (self.split != Split::All && self.split != split) {
            let requirement = "choose the split once, before the rows: rows count from 0 within it";
            return Err(Error::parameter("split", split, requirement));
        }
        let mut frame = self.frame.clone();
        if split != Split::All {
            let name = split.to_string();
            let column = self.frame.column("split").map_err(|_| {
                let why = "these data have no column \"split\": add one that says train or test in every row, or \
                           choose no split and no test rows";
                Error::parameter("split", split, why)
            })?;
            let keep = |values: &StringChunked| -> BooleanChunked {
                values.iter().map(|value| value == Some(name.as_str())).collect()
            };
            let kept = column.str().map(keep).and_then(|keep| self.frame.filter(&keep));
            frame = kept.map_err(Error::polars(&format!("choosing the {name} split")))?;
            if frame.height() == 0 {
                return Err(Error::parameter("split", split, "holds no row of this data"));
            }
        }
        Ok(Samples { frame, split, ..self.clone() })
    }

    /// Keeps some rows: `0..3000`, `0..=2999`, `..`, or any [`Rows`].
    ///
    /// # Errors
    /// [`Error::Parameter`] for rows that are not there, none, or chosen a second time (the origin records one choice);
    /// for a stratified sample also when the labels are not whole numbers.
    pub fn rows(&self, rows: impl Into<Rows>) -> Result<Samples> {
        let rows = rows.into();
        if let Some(before) = self.rows {
            let requirement =
                format!("rows {before} were chosen already; choose once, so that the origin is complete");
            return Err(Error::parameter("rows", rows, requirement));
        }
        let positions = rows.positions_by(self.n(), || self.whole_labels("a stratified sample"))?;
        let frame = match rows {
            Rows::All => self.frame.clone(),
            Rows::Range { start, end } => self.frame.slice(start as i64, end - start),
            Rows::Sample { .. } | Rows::Part { .. } => self.taken(&positions)?,
        };
        Ok(Samples { frame, rows: Some(rows), ..self.clone() })
    }

    /// The frame's rows at these positions.
    pub(super) fn taken(&self, positions: &[usize]) -> Result<DataFrame> {
        let indices: Vec<IdxSize> = positions.iter().map(|row| *row as IdxSize).collect();
        let taken = self.frame.take(&IdxCa::from_vec("row".into(), indices));
        taken.map_err(Error::polars(&format!("choosing {} rows", positions.len())))
    }

    /// The values of a column, as `read` takes them out of it; none may be empty.
    pub(super) fn values<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Column) -> PolarsResult<Vec<Option<T>>>,
    ) -> Result<Vec<T>> {
        let context = format!("reading column {}", quoted(name));
        let values = self.frame.column(name).and_then(read).map_err(Error::polars(&context))?;
        let there = |(row, value): (usize, Option<T>)| {
            value.ok_or_else(|| Error::table(&context, format!("row {row} is empty")))
        };
        values.into_iter().enumerate().map(there).collect()
    }

    /// The ids of the rows.
    pub(super) fn ids(&self) -> Result<Vec<u32>> {
        self.values("id", |column| Ok(column.u32()?.iter().collect()))
    }

    /// A column as numbers; that they are finite was seen to when the samples were made.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        self.values(name, |column| Ok(column.cast(&DataType::Float64)?.f64()?.iter().collect()))
    }

    /// The target column as whole numbers, for what `purpose` says.
    pub(super) fn whole_labels(&self, purpose: &str) -> Result<Vec<i64>> {
        let (ids, target) = (self.ids()?, &self.layout.target);
        let whole = |(row, value): (usize, f64)| {
            // Beyond 2^53 neighbouring whole numbers are no longer different f64s.
            if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
                return Ok(value as i64);
            }
            let requirement = format!(
                "{purpose} needs labels that are whole numbers, and row {} is {value}; for a target that is a quantity use `numeric`",
                named(row, &ids)
            );
            Err(Error::parameter(target, value, requirement))
        };
        self.numbers(target)?.into_iter().enumerate().map(whole).collect()
    }
}
