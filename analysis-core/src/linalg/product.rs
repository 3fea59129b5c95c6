//! Products and a QR in place, for the reduction of large matrices.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, ShapeBuilder, s};

use super::real::{Lead, LeadMut, NO_TRANSPOSE, Real, TRANSPOSE};
use super::threads::OneThread;

/// C ← αAB + βC, A (m,k), B (k,n), C (m,n) with rows in one piece. Called by many threads side by side, each with its own C:
/// that OpenBLAS brings no threads of its own is what the guard is for.
pub(crate) fn gemm<T: Real>(
    _one_thread: &OneThread,
    alpha: f64,
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    beta: f64,
    mut c: ArrayViewMut2<T>,
) {
    let ((m, k), n) = (a.dim(), b.ncols());
    assert!(b.nrows() == k && c.dim() == (m, n), "{:?} · {:?} = {:?}", a.dim(), b.dim(), c.dim());
    if m == 0 || n == 0 {
        return;
    }
    let (ta, lda) = layout(a.strides(), a.dim());
    let (tb, ldb) = layout(b.strides(), b.dim());
    let (tc, ldc) = layout(c.strides(), c.dim());
    assert!(tc == NO_TRANSPOSE, "C is in row-major order");
    let sizes = [m as i32, n as i32, k as i32];
    // SAFETY: the shapes were compared, the leading dimensions are the views' own, and C is borrowed mutably.
    unsafe {
        T::gemm(
            [ta, tb],
            sizes,
            T::of(alpha),
            Lead(a.as_ptr(), lda),
            Lead(b.as_ptr(), ldb),
            T::of(beta),
            LeadMut(c.as_mut_ptr(), ldc),
        );
    }
}

/// Whether a view is a transposed one, and how far its rows (or columns) are apart.
fn layout(strides: &[isize], (rows, columns): (usize, usize)) -> (i32, i32) {
    let lead = |stride: isize, least: usize| i32::try_from(stride.max(least.max(1) as isize));
    let (transposed, lead) = if strides[1] == 1 || columns <= 1 {
        (NO_TRANSPOSE, lead(strides[0], columns))
    } else {
        assert!(strides[0] == 1 || rows <= 1, "rows or columns are in one piece");
        (TRANSPOSE, lead(strides[1], rows))
    };
    // Tiles and panels are no wider than a few thousand numbers.
    (transposed, lead.unwrap_or(i32::MAX))
}

/// P = Q(R; 0) for a panel P (m,c), Q = I − VTVᵀ, in k = min(m,c) reflections.
#[derive(Debug)]
pub(crate) struct PanelQr<T> {
    /// V (m,k): 1 on the diagonal, 0 above it.
    pub(crate) v: Array2<T>,
    /// T (k,k): upper triangle.
    pub(crate) t: Array2<T>,
    /// R (k,c): 0 below the diagonal.
    pub(crate) r: Array2<T>,
}

/// See [`PanelQr`]; m ≥ 1, c ≥ 1.
pub(crate) fn panel_qr<T: Real>(_one_thread: &OneThread, panel: ArrayView2<T>) -> PanelQr<T> {
    let (m, c) = panel.dim();
    let k = m.min(c);
    let mut a = Array2::<T>::zeros((m, c).f());
    a.assign(&panel);
    let mut t = Array2::<T>::zeros((k, k).f());
    let (mut tau, mut work) = (vec![T::zero(); k], vec![T::zero(); 64 * c]);
    // SAFETY: `a` is (m,c) in column-major order, `tau` and `work` have the lengths that ?geqrf asks for (64 columns' block
    // at least 1), `t` is (k,k). Its only other answer than 0 is a wrong argument.
    unsafe {
        T::geqrf(m as i32, c as i32, a.as_mut_ptr(), tau.as_mut_ptr(), work.as_mut_ptr(), work.len() as i32);
        T::larft(m as i32, k as i32, a.as_mut_ptr(), tau.as_ptr(), t.as_mut_ptr());
    }
    let upper = |a: &Array2<T>, columns| {
        Array2::from_shape_fn((k, columns), |(i, j)| if i <= j { a[[i, j]] } else { T::zero() })
    };
    let (r, t) = (upper(&a, c), upper(&t, k));
    let mut v = Array2::zeros((m, k));
    v.assign(&a.slice(s![.., ..k]));
    for i in 0..k {
        v[[i, i]] = T::one();
        v.slice_mut(s![i, i + 1..]).fill(T::zero());
    }
    PanelQr { v, t, r }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    fn random(m: usize, n: usize) -> Array2<f64> {
        let mut stream = crate::seed::Seed(3).stream("product", 0);
        Array2::from_shape_fn((m, n), |_| stream.random::<f64>() - 0.5)
    }

    #[test]
    fn products_of_parts_and_transposed_ones() {
        let one = OneThread::new();
        let (a, b) = (random(9, 7), random(7, 8));
        let mut c = Array2::<f64>::ones((9, 8));
        gemm(&one, -2.0, a.slice(s![1..5, 2..7]), b.slice(s![2..7, 3..]), 0.5, c.slice_mut(s![4..8, 1..6]));
        let right = a.slice(s![1..5, 2..7]).dot(&b.slice(s![2..7, 3..])) * -2.0 + 0.5;
        assert!((&c.slice(s![4..8, 1..6]) - &right).iter().all(|d| d.abs() < 1e-14));
        assert_eq!(c.sum() - c.slice(s![4..8, 1..6]).sum(), 72.0 - 20.0, "the rest is not touched");
        let mut d = Array2::<f64>::zeros((8, 9));
        gemm(&one, 1.0, b.t(), a.t(), 0.0, d.view_mut());
        assert!((&d - &a.dot(&b).t()).iter().all(|d| d.abs() < 1e-14));
    }

    #[test]
    fn the_factors_of_a_panel_give_it_back() {
        let one = OneThread::new();
        for (m, c) in [(20, 6), (6, 6), (4, 7), (1, 3), (1, 1), (130, 70)] {
            let panel = random(m, c);
            let PanelQr { v, t, r } = panel_qr(&one, panel.view());
            let q = Array2::<f64>::eye(m) - v.dot(&t).dot(&v.t());
            let k = m.min(c);
            assert!((&q.t().dot(&q) - &Array2::<f64>::eye(m)).iter().all(|d| d.abs() < 1e-14), "{m} by {c}");
            let back = q.slice(s![.., ..k]).dot(&r);
            assert!((&back - &panel).iter().all(|d| d.abs() < 1e-14), "{m} by {c}");
        }
    }
}
