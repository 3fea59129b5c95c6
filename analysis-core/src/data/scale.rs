//! Scaling of the inputs: by rows, by columns, or by the columns of other rows.

use super::choices::Scaling;
use super::rows::named;
use crate::check;
use crate::error::{Error, Result};
use ndarray::{Array1, Array2, ArrayView1, Axis};

/// The mean and deviation of each column, after it was multiplied by a power of two where it had to be.
#[derive(Debug)]
pub(super) struct ColumnScales {
    exponents: Vec<i32>,
    mean: Array1<f64>,
    deviation: Array1<f64>,
    constant: Vec<bool>,
}

/// Scales x (n,d) in place; `ids` names the rows in errors. Standardised by its own columns, which are returned, or like
/// those of other rows.
pub(super) fn scale(
    x: &mut Array2<f64>,
    scaling: Scaling,
    ids: &[u32],
    like: Option<&ColumnScales>,
) -> Result<Option<ColumnScales>> {
    match (scaling, like) {
        (Scaling::None, _) => Ok(None),
        (Scaling::UnitNorm, _) => unit_norm(x, ids).map(|()| None),
        (Scaling::UnitInterval, _) => unit_interval(x, ids).map(|()| None),
        (Scaling::Standardised, Some(scales)) => standardise_like(x, scales).map(|()| None),
        (Scaling::Standardised, None) => standardise(x).map(Some),
    }
}

fn unit_norm(x: &mut Array2<f64>, ids: &[u32]) -> Result<()> {
    for (i, mut row) in x.rows_mut().into_iter().enumerate() {
        let largest = row.iter().fold(0.0_f64, |max, value| max.max(value.abs()));
        if largest == 0.0 {
            let other = ids.get(i).filter(|id| **id as usize != i);
            let whose = other.map_or(String::new(), |id| format!(" (of the row with id {id})"));
            return Err(Error::ZeroRow { row: i, needs: format!("unit-norm scaling{whose}") });
        }
        refuse_subnormal(largest, || format!("row {}", named(i, ids)))?;
        // Where squares would overflow or vanish, divide by the largest entry first; elsewhere do not, it would
        // round twice. A plain sum rather than `dot`, which may call the machine's own BLAS and round otherwise.
        if !(1e-100..1e100).contains(&largest) {
            row /= largest;
        }
        let norm = row.iter().map(|value| value * value).sum::<f64>().sqrt();
        row /= norm;
    }
    Ok(())
}

fn unit_interval(x: &mut Array2<f64>, ids: &[u32]) -> Result<()> {
    if let Some(((row, column), value)) = x.indexed_iter().find(|(_, value)| !(0.0..=255.0).contains(*value))
    {
        let requirement = format!(
            "divides pixels 0..=255 by 255, and row {}, column {column} is {value}; use `standardised` or `unit-norm`",
            named(row, ids)
        );
        return Err(Error::parameter("scaling", Scaling::UnitInterval, requirement));
    }
    *x /= 255.0;
    Ok(())
}

fn standardise(x: &mut Array2<f64>) -> Result<ColumnScales> {
    let n = x.nrows();
    if n < 2 {
        let requirement = format!("needs at least 2 rows, there are {n}");
        return Err(Error::parameter("scaling", Scaling::Standardised, requirement));
    }
    let first: Array1<f64> = x.row(0).to_owned();
    let is_constant = |(column, value): (ArrayView1<f64>, &f64)| column.iter().all(|v| v == value);
    let constant: Vec<bool> = x.columns().into_iter().zip(&first).map(is_constant).collect();
    let exponents = moderate(x)?;
    // Whole-row operations: columns of a row-major array are slow to walk.
    let mean = x.sum_axis(Axis(0)) / n as f64;
    *x -= &mean;
    let mut squares = Array1::<f64>::zeros(mean.len());
    for row in x.rows() {
        squares.zip_mut_with(&row, |sum, value| *sum += value * value);
    }
    let deviation = (squares / n as f64).mapv(f64::sqrt);
    let scales = ColumnScales { exponents, mean, deviation, constant };
    divide(x, &scales)?;
    Ok(scales)
}

/// The same with the means and deviations of other rows.
fn standardise_like(x: &mut Array2<f64>, scales: &ColumnScales) -> Result<()> {
    if x.ncols() != scales.mean.len() {
        let expected = format!("{}, as of the training rows", scales.mean.len());
        return Err(Error::shape("the features of the test rows", expected, x.ncols()));
    }
    multiply(x, &scales.exponents);
    *x -= &scales.mean;
    divide(x, scales)
}

/// Centred columns over their deviations.
fn divide(x: &mut Array2<f64>, scales: &ColumnScales) -> Result<()> {
    for mut row in x.rows_mut() {
        for ((value, &deviation), &constant) in row.iter_mut().zip(&scales.deviation).zip(&scales.constant) {
            // A constant column's deviation is 0 or rounding.
            *value = if constant { 0.0 } else { *value / deviation };
        }
    }
    check::finite_array("the standardised inputs", x.view())
}

/// Multiplies every column whose squares, or their sum, would over- or underflow by a power of two that brings its largest
/// entry near 1: standardised columns are the same, and other columns are not touched. Returned are the powers (d), 0 for
/// a column that is left alone.
fn moderate(x: &mut Array2<f64>) -> Result<Vec<i32>> {
    let mut largest = Array1::<f64>::zeros(x.ncols());
    for row in x.rows() {
        largest.zip_mut_with(&row, |max, value| *max = max.max(value.abs()));
    }
    let exponent = |(place, &largest): (usize, &f64)| {
        // Deviations are at least a rounding of the largest entry, so those of 1e-100 have squares of 1e-232.
        if largest == 0.0 || (1e-100..=1e100).contains(&largest) {
            return Ok(0);
        }
        refuse_subnormal(largest, || format!("column {place}"))?;
        Ok(-largest.log2().floor() as i32)
    };
    let exponents = largest.iter().enumerate().map(exponent).collect::<Result<Vec<i32>>>()?;
    multiply(x, &exponents);
    Ok(exponents)
}

/// Multiplies each column by its power of two; 0 touches nothing.
fn multiply(x: &mut Array2<f64>, exponents: &[i32]) {
    for (mut column, &exponent) in x.columns_mut().into_iter().zip(exponents).filter(|(_, e)| **e != 0) {
        // In two halves: 2^1074 is no double.
        let (half, rest) = (2f64.powi(exponent / 2), 2f64.powi(exponent - exponent / 2));
        column.mapv_inplace(|value| value * half * rest);
    }
}

/// Numbers below 2.2e-308 have lost digits when they were read: what they are scaled to is not what was meant.
fn refuse_subnormal(largest: f64, place: impl FnOnce() -> String) -> Result<()> {
    if largest >= f64::MIN_POSITIVE {
        return Ok(());
    }
    let requirement = "numbers below 2.2e-308 have fewer digits the smaller they are: rescale the data";
    Err(Error::parameter("x", format!("{}, whose largest entry is {largest:e}", place()), requirement))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ordinary() -> Array2<f64> {
        Array2::from_shape_fn((9, 3), |(i, j)| ((i * (j + 2) + j) as f64).sin() + 0.3)
    }

    /// A column times a power of two is the same column when standardised, and a row times a power of two the same row
    /// at unit norm, to the bit wherever the powers are: also where squares, or sums, are no doubles.
    #[test]
    fn scaling_neither_over_nor_underflows() {
        let (mut plain, mut unit) = (ordinary(), ordinary());
        scale(&mut plain, Scaling::Standardised, &[], None).unwrap();
        scale(&mut unit, Scaling::UnitNorm, &[], None).unwrap();
        for exponent in [-1000, -700, -530, -340, -60, 3, 200, 400, 531, 1000, 1022] {
            let factor = 2f64.powi(exponent);
            let mut x = ordinary();
            x.column_mut(1).mapv_inplace(|value| value * factor);
            scale(&mut x, Scaling::Standardised, &[], None).unwrap();
            assert_eq!(x, plain, "2^{exponent}");
            // Other rows by these rows' means and deviations.
            let like = |factor: f64| {
                let mut own = ordinary();
                own.column_mut(1).mapv_inplace(|value| value * factor);
                let mut other = own.slice(ndarray::s![2..5, ..]).to_owned();
                let scales = scale(&mut own, Scaling::Standardised, &[], None).unwrap();
                scale(&mut other, Scaling::Standardised, &[], scales.as_ref()).unwrap();
                other
            };
            assert_eq!(like(factor), like(1.0), "2^{exponent}");
            let mut x = ordinary() * factor;
            scale(&mut x, Scaling::UnitNorm, &[], None).unwrap();
            // Beyond 1e±100 a row is divided by its largest entry first: one more rounding.
            let close = (&x - &unit).iter().all(|e| e.abs() <= 4.0 * f64::EPSILON);
            assert!(close, "2^{exponent}");
        }
    }

    #[test]
    fn numbers_that_have_lost_their_digits_are_refused() {
        for scaling in [Scaling::Standardised, Scaling::UnitNorm] {
            let mut x = ordinary() * 1e-315;
            let refused = scale(&mut x, scaling, &[], None).unwrap_err();
            assert!(refused.to_string().contains("fewer digits"), "{refused}");
        }
    }
}
