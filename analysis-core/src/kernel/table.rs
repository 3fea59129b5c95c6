//! K as a function of the angle alone, tabulated: for kernels whose pairs are dear to compute.

use std::f64::consts::{FRAC_PI_2, PI};

use ndarray::parallel::prelude::*;

use crate::error::Result;
use crate::gaussian::Angle;

const DEGREE: usize = 24;
/// The deepest bisection of [0, π/2]; a function that still bends then is left untabulated.
const DEEPEST: u32 = 14;
/// The error a piece may show at points that were not used to make it, relative to the largest value.
const ALLOWED: f64 = 1e-13;
/// The error of a table anywhere, relative to the largest value: between the points looked at it may be a little larger.
pub(crate) const ERROR: f64 = 2.0 * ALLOWED;

/// Chebyshev polynomials on pieces of [0, π/2] in θ, and of [0, π/2] in π − θ: κ is piecewise analytic in these, also
/// where it is singular in u = cos θ.
#[derive(Debug, Clone)]
pub(crate) struct AngleTable {
    near: Vec<Piece>,
    far: Vec<Piece>,
    equal: f64,
    opposite: f64,
}

#[derive(Debug, Clone)]
struct Piece {
    from: f64,
    to: f64,
    coefficients: [f64; DEGREE + 1],
}

impl AngleTable {
    /// Samples `f` until every piece is right to [`ALLOWED`]; `None` if it cannot be.
    ///
    /// # Errors
    /// The first that `f` returns.
    pub(crate) fn new(f: impl Fn(Angle) -> Result<f64> + Sync) -> Result<Option<Self>> {
        let near = |t: f64| f(Angle::new(t.clamp(0.0, PI))?);
        let far = |t: f64| f(Angle::from_supplement(t.clamp(0.0, PI))?);
        let (equal, opposite) = (near(0.0)?, far(0.0)?);
        let scale = equal.abs().max(opposite.abs()).max(near(FRAC_PI_2)?.abs());
        let Some(near) = pieces(&near, scale)? else { return Ok(None) };
        let Some(far) = pieces(&far, scale)? else { return Ok(None) };
        Ok(Some(AngleTable { near, far, equal, opposite }))
    }

    pub(crate) fn value(&self, angle: Angle) -> f64 {
        let (pieces, t) = if angle.cosine() >= 0.0 {
            if angle.radians() == 0.0 {
                return self.equal;
            }
            (&self.near, angle.radians())
        } else {
            if angle.supplement() == 0.0 {
                return self.opposite;
            }
            (&self.far, angle.supplement())
        };
        let index = pieces.partition_point(|p| p.to < t).min(pieces.len() - 1);
        pieces[index].value(t)
    }
}

/// Rounds of bisection; every round's samples in parallel, in a fixed order.
fn pieces(f: &(impl Fn(f64) -> Result<f64> + Sync), scale: f64) -> Result<Option<Vec<Piece>>> {
    let mut pending = vec![(0.0, 0.5 * FRAC_PI_2), (0.5 * FRAC_PI_2, FRAC_PI_2)];
    let mut done = Vec::new();
    for _ in 0..=DEEPEST {
        let tried: Vec<(Piece, f64)> =
            pending.par_iter().map(|&(a, b)| Piece::fit(f, a, b)).collect::<Result<_>>()?;
        pending.clear();
        for (piece, error) in tried {
            if error <= ALLOWED * scale {
                done.push(piece);
            } else if error.is_finite() {
                let middle = 0.5 * (piece.from + piece.to);
                pending.extend([(piece.from, middle), (middle, piece.to)]);
            } else {
                return Ok(None);
            }
        }
        if pending.is_empty() {
            done.sort_by(|a, b| a.from.total_cmp(&b.from));
            return Ok(Some(done));
        }
    }
    Ok(None)
}

impl Piece {
    /// The interpolant at Chebyshev points of the first kind, and its largest error at six points between.
    fn fit(f: impl Fn(f64) -> Result<f64>, from: f64, to: f64) -> Result<(Self, f64)> {
        let count = DEGREE + 1;
        let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
        let values: Vec<f64> = (0..count)
            .map(|i| f(middle + half * (PI * (i as f64 + 0.5) / count as f64).cos()))
            .collect::<Result<_>>()?;
        let mut coefficients = [0.0; DEGREE + 1];
        for (k, c) in coefficients.iter_mut().enumerate() {
            let sum: f64 =
                (0..count).map(|i| values[i] * (PI * k as f64 * (i as f64 + 0.5) / count as f64).cos()).sum();
            *c = sum * if k == 0 { 1.0 } else { 2.0 } / count as f64;
        }
        let piece = Piece { from, to, coefficients };
        let mut error = 0.0;
        for x in [-0.9995, -0.93, -0.41, 0.07, 0.66, 0.985] {
            let t = middle + half * x;
            let difference = (piece.value(t) - f(t)?).abs();
            // NaN must win.
            error = if difference > error || difference.is_nan() { difference } else { error };
        }
        Ok((piece, error))
    }

    /// Clenshaw's recurrence.
    fn value(&self, t: f64) -> f64 {
        let x = (2.0 * t - self.from - self.to) / (self.to - self.from);
        let (mut before, mut current) = (0.0, 0.0);
        for c in self.coefficients[1..].iter().rev() {
            (before, current) = (current, 2.0 * x * current - before + c);
        }
        x * current - before + self.coefficients[0]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_function_with_kinks_at_both_ends() {
        let f = |a: Angle| (a.supplement() * 3.0).exp() + a.radians().powi(3) * a.cosine();
        let table = AngleTable::new(|a| Ok(f(a))).unwrap().unwrap();
        let scale = f(Angle::new(0.0).unwrap());
        for i in 0..=1000 {
            let angle = Angle::new(PI * f64::from(i) / 1000.0).unwrap();
            assert!((table.value(angle) - f(angle)).abs() < ERROR * scale, "{i}");
        }
        assert!(AngleTable::new(|a| Ok((1e9 * a.radians()).sin())).unwrap().is_none());
        let broken = |a: Angle| Ok(if a.radians() > 1.0 { f64::NAN } else { 0.0 });
        assert!(AngleTable::new(broken).unwrap().is_none());
    }
}
