//! Rows in coordinates of their own span: what a first layer of d inputs sees of n < d rows.

use ndarray::{Array1, Array2, ArrayView2, Axis};

/// X = RQ, Q (r, d) with orthonormal rows, R (n, r).
///
/// A network's first weights act on the rows through WQᵀ alone, and gradient descent on W moves it by δᵀRQ: descent on the
/// (m, r) matrix WQᵀ against the rows R is the same descent, at n instead of d inputs, to rounding.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) coordinates: Array2<f64>,
    pub(super) basis: Array2<f64>,
}

/// A row whose part outside the rows before it is smaller than this share of it adds no direction.
const DEPENDENT: f64 = 1e-10;

impl Span {
    /// Gram and Schmidt, each row twice, which leaves QQᵀ − I at rounding.
    pub(super) fn of(x: ArrayView2<f64>) -> Span {
        let mut basis: Vec<Array1<f64>> = Vec::new();
        for row in x.rows() {
            let mut rest = row.to_owned();
            for _ in 0..2 {
                for direction in &basis {
                    let share = rest.dot(direction);
                    rest.scaled_add(-share, direction);
                }
            }
            let (left, all) = (rest.dot(&rest).sqrt(), row.dot(&row).sqrt());
            if left > DEPENDENT * all && all > 0.0 {
                basis.push(rest / left);
            }
        }
        let mut q = Array2::zeros((basis.len(), x.ncols()));
        for (mut row, direction) in q.axis_iter_mut(Axis(0)).zip(&basis) {
            row.assign(direction);
        }
        Span { coordinates: x.dot(&q.t()), basis: q }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn rows_are_their_coordinates_times_an_orthonormal_basis() {
        let mut stream = crate::seed::Seed(2).stream("rows", 0);
        // Nearly parallel, as images are.
        let mut x = Array2::from_shape_simple_fn((12, 40), || 1.0 + 0.1 * stream.random::<f64>());
        let repeated = x.row(3).to_owned() * 2.0;
        x.row_mut(7).assign(&repeated);
        x.row_mut(9).fill(0.0);
        let Span { coordinates, basis } = Span::of(x.view());
        assert_eq!(basis.nrows(), 10);
        // r·d·ε bounds the rounding of products of rows of norm 1; the rows here have norms near 8.
        let bound = 400.0 * f64::EPSILON;
        assert!((basis.dot(&basis.t()) - Array2::<f64>::eye(10)).iter().all(|e| e.abs() < bound));
        assert!((coordinates.dot(&basis) - &x).iter().all(|e| e.abs() < 10.0 * bound));
    }
}
