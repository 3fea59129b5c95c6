//! Small tridiagonal matrices, by the implicit QL and QR iteration of LAPACK's `dsteqr`.

use crate::error::{Error, Result};

/// T = UΛUᵀ for T (n,n) with diagonal `values` and off-diagonal `off` (n − 1): `values` becomes Λ, ascending, and the
/// `columns` of `rows` (n,columns) become Uᵀ times themselves. The last two of them are first set to e_first and
/// e_last.
pub(super) fn solve(values: &mut [f64], off: &mut [f64], rows: &mut [f64], columns: usize) -> Result<()> {
    let n = values.len();
    rows[columns - 2] = 1.0;
    rows[n * columns - 1] = 1.0;
    if n == 1 {
        return Ok(());
    }
    let mut vectors = vec![0.0; n * n];
    let mut workspace = vec![0.0; 2 * n - 2];
    let (size, mut info) = (n as i32, 0);
    // SAFETY: the buffers have the lengths that dsteqr documents for COMPZ = 'I': n, n − 1, n² and 2n − 2.
    unsafe {
        lapack_sys::dsteqr_(
            c"I".as_ptr(),
            &size,
            values.as_mut_ptr(),
            off.as_mut_ptr(),
            vectors.as_mut_ptr(),
            &size,
            workspace.as_mut_ptr(),
            &mut info,
        );
    }
    if info != 0 {
        return Err(Error::Lapack { routine: "dsteqr", n, info });
    }
    // LAPACK's columns are rows here: row i of `vectors` is eigenvector i.
    let before = rows.to_vec();
    rows.fill(0.0);
    for (row, vector) in rows.chunks_exact_mut(columns).zip(vectors.chunks_exact(n)) {
        for (u, from) in vector.iter().zip(before.chunks_exact(columns)) {
            row.iter_mut().zip(from).for_each(|(sum, x)| *sum += u * x);
        }
    }
    Ok(())
}
