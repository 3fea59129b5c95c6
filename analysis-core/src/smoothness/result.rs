//! What an estimate says.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::curves::{CurvesOrigin, DecayCurves};
use super::estimate::LeaveOneOutCurve;
use super::parameters::Smoothness;
use crate::check;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::origin::Origins;
use crate::regression::{DecayFit, NullBand, Spacing, Window, quantile};

/// Curves of more numbers than this (a result of 600 permutations of 3000 rows, 40 MB of JSON) are not stored.
pub(super) const MOST_STORED: usize = 2_000_000;

/// Smoothness of a target: the fits, their null, the curves behind them, and how they came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmoothnessResult {
    /// The line through the tail: its slope is −r.
    pub fit: DecayFit,
    /// The line through the eigenvalues: its slope is −β.
    pub eigenvalue_fit: DecayFit,
    /// Slopes of the permuted target in the same window.
    pub null_band: NullBand,
    /// The curves.
    pub curves: DecayCurves,
    /// The leave-one-out learning curve, which needs K: see [`SmoothnessResult::with_leave_one_out`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave_one_out: Option<LeaveOneOutCurve>,
    /// The parameters.
    pub parameters: Smoothness,
    /// What computed the curves, and what fitted them.
    #[serde(default)]
    pub computed_by: Origins,
}

/// The largest differences between two results over a window, each relative to the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvesDifference {
    /// max |λ'_i/λ_i − 1|.
    pub eigenvalues: f64,
    /// max |tail'_i/tail_i − 1|.
    pub tail: f64,
    /// |r'/r − 1|.
    pub r: f64,
}

impl SmoothnessResult {
    /// How far another result lies from this one, over this one's window: one in single precision, or on other software's Gram
    /// matrix of the same rows.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of samples, [`Error::Parameter`] for lines in another window or with another spacing,
    /// [`Error::NotFinite`] where a value of this one is 0; as [`DecayCurves::check`](super::DecayCurves::check).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use analysis_core::spectrum::Reduction;
    /// use ndarray::Array2;
    /// let x = Array2::from_shape_fn((200, 4), |(i, j)| ((i * (2 * j + 3) + j) as f64).sin());
    /// let y = Array2::from_shape_fn((200, 1), |(i, _)| (i as f64).cos());
    /// let data = Dataset::from_arrays(x, y)?;
    /// let double = Smoothness { window: "1..=30".parse()?, ..Default::default() };
    /// let precision = Reduction { precision: Precision::Single, ..Default::default() };
    /// let single = Smoothness { reduction: precision, ..double.clone() };
    /// let difference = double.run(&data)?.difference(&single.run(&data)?)?;
    /// assert!(difference.r < 1e-3 && difference.eigenvalues > 0.0);
    /// let elsewhere = single.run(&data)?.refit("1..=20".parse()?, Spacing::EveryIndex)?;
    /// assert!(double.run(&data)?.difference(&elsewhere).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn difference(&self, other: &SmoothnessResult) -> Result<CurvesDifference> {
        self.curves.check()?;
        other.curves.check()?;
        if self.n() != other.n() {
            let expected = format!("{} samples each", self.n());
            return Err(Error::shape("results to be compared", expected, other.n()));
        }
        let lines = [self, other].map(|result| (result.fit.window, result.fit.spacing));
        let why = format!("must be fitted in the same window as the other, {}: refit it", self.fit.window);
        check::refuse(lines[0] != lines[1], "window", other.fit.window, why)?;
        let range = self.fit.window.resolve(self.n())?;
        let largest = |of: fn(&SmoothnessResult) -> &Vec<f64>| {
            let pairs = of(self).iter().zip(of(other)).take(range.last).skip(range.first - 1);
            // A NaN is the greatest in this order: it is refused below, not dropped.
            pairs.map(|(one, other)| (other / one - 1.0).abs()).max_by(f64::total_cmp).unwrap_or(f64::NAN)
        };
        let eigenvalues = largest(|result| &result.curves.eigenvalues);
        let tail = largest(|result| &result.curves.tail);
        let r = (other.r() / self.r() - 1.0).abs();
        check::finite_values("relative differences of eigenvalues, tails and r", &[eigenvalues, tail, r])?;
        Ok(CurvesDifference { eigenvalues, tail, r })
    }

    /// n, the number of samples.
    pub fn n(&self) -> usize {
        self.curves.tail.len()
    }

    /// r = −slope of the tail: what paper 1's Table 1 prints.
    pub fn r(&self) -> f64 {
        -self.fit.line.slope
    }

    /// β = −slope of the eigenvalues.
    pub fn beta(&self) -> f64 {
        -self.eigenvalue_fit.line.slope
    }

    /// s = r/β, the smoothness in the paper's definition.
    pub fn s(&self) -> f64 {
        self.r() / self.beta()
    }

    /// The same curves in another window (or with another spacing), without recomputing them. The eigenvalues are
    /// fitted in the same window, whatever theirs was before.
    ///
    /// # Errors
    /// As [`DecayCurves::fit`](super::DecayCurves::fit).
    pub fn refit(&self, window: Window, spacing: Spacing) -> Result<SmoothnessResult> {
        let parameters = Smoothness { window, eigenvalue_window: None, spacing, ..self.parameters.clone() };
        let mut result = self.curves.clone().fit(&parameters)?;
        result.computed_by.unite(&self.computed_by);
        result.leave_one_out.clone_from(&self.leave_one_out);
        Ok(result)
    }

    /// The same with the leave-one-out learning curve of the same target under the same K, which gives two estimates more.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a curve of other sizes than parts of these n rows.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use analysis_core::smoothness::LeaveOneOut;
    /// use ndarray::Array2;
    /// let x = Array2::from_shape_fn((240, 3), |(i, j)| ((i * (j + 2) + 1) as f64).sin());
    /// let y = Array2::from_shape_fn((240, 1), |(i, _)| x[[i, 0]]);
    /// let data = Dataset::from_arrays(x, y)?;
    /// let smoothness = Smoothness { window: "1..=30".parse()?, ..Default::default() };
    /// let curve = LeaveOneOut::default().run(&smoothness.kernel.gram(data.x.view())?, data.y.view())?;
    /// let result = smoothness.run(&data)?.with_leave_one_out(curve)?;
    /// assert_eq!(result.estimates()?.len(), 5);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn with_leave_one_out(self, curve: LeaveOneOutCurve) -> Result<SmoothnessResult> {
        let sizes: Vec<usize> = curve.points.iter().map(|point| point.n).collect();
        let n = self.n();
        let parts =
            sizes.len() > 1 && sizes.iter().all(|size| (2..=n).contains(size) && n / (n / size) == *size);
        let why = format!("must be of two parts n/p or more of these {n} rows");
        check::refuse(!parts, "leave_one_out", format!("{sizes:?}"), why)?;
        Ok(SmoothnessResult { leave_one_out: Some(curve), ..self })
    }

    /// What a reader of the numbers must know, in sentences; empty where there is nothing.
    ///
    /// - A window that ends (or starts) within an [`Eigenspace`](crate::spectrum::Eigenspace): the tail is known at the
    ///   eigenspace's ends only.
    /// - Permutations that all give the target's own slope to a thousandth: then r says nothing of how the target depends on
    ///   the inputs (a target that is a constant but for a little, or rows that can be exchanged).
    /// - Curves that are too many numbers to be kept in a store.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::{Array1, Array2};
    /// let values = |i: usize| (1.0 + (i / 4) as f64).powf(-1.5); // four times each
    /// let k = Array2::from_diag(&Array1::from_shape_fn(40, values));
    /// let y = Array2::from_shape_fn((40, 1), |(i, _)| (i as f64 + 1.0).powf(-1.0));
    /// let smoothness = Smoothness { window: "1..=20".parse()?, ..Default::default() };
    /// let result = smoothness.run((&Gram::from_array(k)?, y.view()))?;
    /// assert!(result.warnings().is_empty());
    /// let cut = result.refit("1..=18".parse()?, Spacing::EveryIndex)?;
    /// assert!(cut.warnings()[0].contains("i = 17..=20"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn warnings(&self) -> Vec<String> {
        let (range, curves) = (self.fit.range, &self.curves);
        let cut = curves.eigenspaces.iter().filter(|space| space.is_cut_by(range.first, range.last));
        let mut warnings: Vec<String> = cut
            .map(|space| {
                let (first, last) = (space.first, space.last);
                let better = match (range.first > first, range.last < last) {
                    (true, true) => "one that holds it whole, or leaves it out, depends on nothing of the kind".into(),
                    (false, _) if first == 1 => format!("let it end at i = {last}"),
                    (false, _) => format!("let it end at i = {} or i = {last}", first - 1),
                    (true, false) => format!("let it start at i = {first} or i = {}", last + 1),
                };
                format!(
                    "the window i = {range} holds only a part of the eigenspace i = {first}..={last}, whose {} eigenvalues \
                     are one to rounding: of the target's energy there only the sum is known, and r rests on its even \
                     share; {better}",
                    space.dimension()
                )
            })
            .collect();
        let (slope, null) = (self.fit.line.slope, &self.null_band.slopes);
        if null.iter().all(|other| (other - slope).abs() <= 1e-3 * slope.abs()) {
            warnings.push(
                "every permutation of the target gives its own slope to a thousandth, so r says nothing of how the \
                 target depends on the inputs; is it a constant but for a little (then subtract its mean), or can the \
                 rows be exchanged?"
                    .into(),
            );
        }
        let numbers = curves.null_tails.len().saturating_mul(self.n());
        if numbers > MOST_STORED && matches!(curves.origin, CurvesOrigin::Data(_)) {
            warnings.push(format!(
                "{} permutations of {} rows are {numbers} numbers, more than the {MOST_STORED} that a store keeps: they are \
                 computed every time",
                curves.null_tails.len(),
                self.n()
            ));
        }
        warnings
    }

    /// One row an index: `i`, `eigenvalue`, `tail`, and the 5 %, 50 % and 95 % points of the permuted tails
    /// (`null_q05`, `null_q50`, `null_q95`).
    ///
    /// # Errors
    /// As [`DecayCurves::check`](super::DecayCurves::check); [`Error::Frame`](crate::error::Error::Frame) if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        self.curves.check()?;
        let mut frame = Frame::of(0..self.n())
            .whole("i", |i| i + 1)
            .number("eigenvalue", |i| self.curves.eigenvalues[i])
            .number("tail", |i| self.curves.tail[i]);
        for (name, p) in [("null_q05", 0.05), ("null_q50", 0.5), ("null_q95", 0.95)] {
            let tail = self.null_tail(p)?;
            frame = frame.number(name, |i| tail[i]);
        }
        frame.build("the frame of a smoothness result")
    }

    /// The p-quantile over the permutations of the tail at each i (n).
    ///
    /// # Errors
    /// As [`DecayCurves::check`](super::DecayCurves::check); [`Error::Parameter`](crate::error::Error::Parameter) for p outside [0, 1].
    pub fn null_tail(&self, p: f64) -> Result<Vec<f64>> {
        self.curves.check()?;
        (0..self.n())
            .map(|i| {
                let values: Vec<f64> = self.curves.null_tails.iter().map(|tail| tail[i]).collect();
                quantile(&values, p)
            })
            .collect()
    }
}
