//! Rows made ready for a Gram matrix: validated, extended by the bias, normalised.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::recursion::Recursion;
use crate::error::{Error, Result};
use crate::gaussian::Angle;

/// Beyond this cosine the angle is measured from differences, not from the dot product: at 63/64 the dot product's
/// rounding reaches θ multiplied by 1/sin θ < 6, and nearer to 1 without bound.
const CLOSE: f64 = 1.0 - 1.0 / 64.0;

/// Unit rows x̂ (n, d) or (n, d + 1), and the first pre-activations' standard deviations (n).
#[derive(Debug)]
pub(crate) struct UnitRows {
    pub(crate) directions: Array2<f64>,
    pub(crate) deviations: Vec<f64>,
}

impl UnitRows {
    /// `what` names the array in messages; x is (n, d).
    pub(crate) fn new(x: ArrayView2<f64>, recursion: &Recursion, what: &str) -> Result<Self> {
        let (n, d) = x.dim();
        if n == 0 || d == 0 {
            return Err(Error::shape(what, "at least one row and one column", format!("({n}, {d})")));
        }
        let (weight, bias) = recursion.first_layer(d);
        // Var = weight(‖x‖² + bias/weight): the row (x, √(bias/weight)), times √weight.
        let constant = (bias / weight).sqrt();
        let width = d + usize::from(bias > 0.0);
        let mut directions = Array2::zeros((n, width));
        let mut deviations = Vec::with_capacity(n);
        for (row, (source, mut target)) in x.rows().into_iter().zip(directions.rows_mut()).enumerate() {
            if let Some((column, &value)) = source.iter().enumerate().find(|(_, v)| !v.is_finite()) {
                return Err(Error::NotFinite { what: what.to_string(), row, column, value });
            }
            target.iter_mut().zip(source).for_each(|(t, s)| *t = *s);
            if bias > 0.0 {
                target[d] = constant;
            }
            let norm = norm(target.view());
            if norm == 0.0 {
                return Err(Error::ZeroRow { row, needs: "a kernel without bias".to_string() });
            }
            let deviation = weight.sqrt() * norm;
            if !(1e-150..=1e150).contains(&deviation) {
                return Err(Error::parameter(
                    what,
                    format!("row {row} of norm {norm:e}"),
                    "a row's square must neither overflow nor vanish: rescale the rows",
                ));
            }
            // Dividing keeps a row and its multiple by a power of two on the same direction to the bit.
            target.mapv_inplace(|v| v / norm);
            deviations.push(deviation);
        }
        Ok(UnitRows { directions, deviations })
    }

    /// The angle between row `i` and row `j` of `other`, whose dot product is `u` up to rounding.
    pub(crate) fn angle(&self, i: usize, other: &UnitRows, j: usize, u: f64) -> Angle {
        if u.abs() < CLOSE {
            return Angle::cosine_inside(u);
        }
        let (difference, sum) = distances(self.directions.row(i), other.directions.row(j));
        Angle::between(difference, sum)
    }
}

/// ‖v‖, without overflow.
fn norm(v: ArrayView1<f64>) -> f64 {
    let square = lanes(v, v, |a, _| a * a);
    if (1e-280..=1e280).contains(&square) {
        return square.sqrt();
    }
    let largest = v.iter().fold(0.0, |m: f64, a| m.max(a.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest * lanes(v, v, |a, _| (a / largest) * (a / largest)).sqrt()
}

/// ‖a − b‖ and ‖a + b‖.
fn distances(a: ArrayView1<f64>, b: ArrayView1<f64>) -> (f64, f64) {
    (lanes(a, b, |a, b| (a - b) * (a - b)).sqrt(), lanes(a, b, |a, b| (a + b) * (a + b)).sqrt())
}

/// Σ f(aᵢ, bᵢ) in eight interleaved sums: shorter chains of rounding, and vector instructions.
fn lanes(a: ArrayView1<f64>, b: ArrayView1<f64>, f: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; 8];
    match (a.as_slice(), b.as_slice()) {
        (Some(a), Some(b)) => {
            let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
            let (a_rest, b_rest) = (a_chunks.remainder(), b_chunks.remainder());
            for (a, b) in a_chunks.zip(b_chunks) {
                for lane in 0..8 {
                    sums[lane] += f(a[lane], b[lane]);
                }
            }
            for (lane, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
                sums[lane] += f(*a, *b);
            }
        }
        _ => a.iter().zip(b).enumerate().for_each(|(k, (a, b))| sums[k % 8] += f(*a, *b)),
    }
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
}
