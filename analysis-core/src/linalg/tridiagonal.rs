//! Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by LAPACK's divide and conquer, `dstevd`.

use ndarray::Array2;

use super::eigen::{MAX_SIZE, SymmetricEigen};
use super::threads::OneThread;
use crate::check;
use crate::error::{Error, Result};

/// Eigenvalues (ascending) and unit eigenvectors (rows) of the symmetric tridiagonal matrix T (k,k) with `diagonal` (k)
/// and `off_diagonal` (k − 1).
///
/// # Errors
/// [`Error::Shape`] where the lengths do not fit or are 0, [`Error::Parameter`] beyond [`MAX_SIZE`], [`Error::Lapack`] where
/// the iteration does not converge.
///
/// # Examples
/// ```
/// let eigen = analysis_core::linalg::tridiagonal_eigen(&[2.0, 2.0], &[1.0])?;
/// assert!((eigen.values[0] - 1.0).abs() < 1e-15 && (eigen.values[1] - 3.0).abs() < 1e-15);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn tridiagonal_eigen(diagonal: &[f64], off_diagonal: &[f64]) -> Result<SymmetricEigen> {
    let k = diagonal.len();
    if k == 0 || off_diagonal.len() != k - 1 {
        return Err(Error::shape(
            "the diagonals of a tridiagonal matrix",
            "k and k − 1 numbers, k ≥ 1",
            format!("{k} and {}", off_diagonal.len()),
        ));
    }
    let why = format!("LAPACK's workspace is counted in 32 bits: at most {MAX_SIZE}");
    check::refuse(k > MAX_SIZE, "steps", k, why)?;
    let mut values = diagonal.to_vec();
    let mut off = off_diagonal.to_vec();
    // LAPACK wants room for one number even where there is none.
    off.resize(k, 0.0);
    let mut vectors = Array2::zeros((k, k));
    let mut work = vec![0.0; 1 + 4 * k + k * k];
    let mut iwork = vec![0i32; 3 + 5 * k];
    let mut info = 0;
    let (size, lwork, liwork) = (k as i32, work.len() as i32, iwork.len() as i32);
    let _one_thread = OneThread::inside_a_pool();
    // SAFETY: the buffers have the lengths that dstevd documents for JOBZ = 'V', and k ≤ MAX_SIZE keeps the lengths
    // within an i32. Column-major on LAPACK's side makes eigenvector i row i here.
    unsafe {
        lapack_sys::dstevd_(
            c"V".as_ptr(),
            &size,
            values.as_mut_ptr(),
            off.as_mut_ptr(),
            vectors.as_mut_ptr(),
            &size,
            work.as_mut_ptr(),
            &lwork,
            iwork.as_mut_ptr(),
            &liwork,
            &mut info,
        );
    }
    if info != 0 {
        return Err(Error::Lapack { routine: "dstevd", n: k, info });
    }
    Ok(SymmetricEigen { values: values.into(), vectors })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The second difference has eigenvalues 2 − 2cos(jπ/(k+1)) and eigenvectors sin(ijπ/(k+1)).
    #[test]
    fn the_second_difference_is_diagonalised() {
        for k in [1, 2, 25, 26, 120] {
            let eigen = tridiagonal_eigen(&vec![2.0; k], &vec![-1.0; k - 1]).unwrap();
            let angle = std::f64::consts::PI / (k + 1) as f64;
            let bound = 10.0 * k as f64 * f64::EPSILON;
            for (j, value) in eigen.values.iter().enumerate() {
                let expected = 2.0 - 2.0 * ((j + 1) as f64 * angle).cos();
                assert!((value - expected).abs() <= 4.0 * bound, "k = {k}: {value} {expected}");
                let norm = ((k + 1) as f64 / 2.0).sqrt();
                let sign = eigen.vectors[[j, 0]].signum();
                // Davis–Kahan: an eigenvector moves by the error over the gap to the next eigenvalue.
                let gap = 4.0 * (angle / 2.0).sin().powi(2);
                for (i, entry) in eigen.vectors.row(j).iter().enumerate() {
                    let expected = ((i + 1) as f64 * (j + 1) as f64 * angle).sin() / norm;
                    assert!((sign * entry - expected).abs() <= 4.0 * bound / gap, "k = {k}, {j}, {i}");
                }
            }
        }
    }

    #[test]
    fn lengths_are_checked() {
        assert!(matches!(tridiagonal_eigen(&[], &[]), Err(Error::Shape { .. })));
        assert!(matches!(tridiagonal_eigen(&[1.0, 1.0], &[]), Err(Error::Shape { .. })));
    }
}
