use super::*;
use matrices::{random, targets, types};

mod matrices;
mod roots;
mod speed;

fn no_one(_: f64) {}

/// Eigenvalues alone, by LAPACK's QL iteration without square roots.
fn dsterf(t: &Tridiagonal) -> Vec<f64> {
    let (mut d, mut e) = (t.diagonal.clone(), t.off_diagonal.clone());
    e.push(0.0);
    let (size, mut info) = (d.len() as i32, 0);
    unsafe { lapack_sys::dsterf_(&size, d.as_mut_ptr(), e.as_mut_ptr(), &mut info) };
    assert_eq!(info, 0);
    d
}

fn largest(t: &Tridiagonal) -> f64 {
    t.diagonal.iter().chain(&t.off_diagonal).fold(0.0f64, |most, x| most.max(x.abs()))
}

/// ‖T‖₁.
fn norm(t: &Tridiagonal) -> f64 {
    let off = |i: usize| t.off_diagonal.get(i).map_or(0.0, |e| e.abs());
    (0..t.diagonal.len()).map(|i| t.diagonal[i].abs() + off(i) + off(i.wrapping_sub(1))).fold(0.0, f64::max)
}

/// ‖T − UΛUᵀ‖₁/(n ε ‖T‖₁), ‖I − UᵀU‖₁/(n ε) and the largest error of an eigenvalue over n ε ‖T‖₁, where u (n,n) is
/// Uᵀ. ε as in LAPACK's tests is a unit in the last place.
fn ratios(t: &Tridiagonal, values: &[f64], u: &Array2<f64>) -> [f64; 3] {
    let n = values.len();
    // Norms near the ends of the range of f64 would overflow or vanish.
    let scale = largest(t).max(f64::MIN_POSITIVE * f64::EPSILON);
    let t = Tridiagonal {
        diagonal: t.diagonal.iter().map(|x| x / scale).collect(),
        off_diagonal: t.off_diagonal.iter().map(|x| x / scale).collect(),
    };
    let values: Vec<f64> = values.iter().map(|x| x / scale).collect();
    let full = Array2::from_shape_fn((n, n), |(i, j)| match i.abs_diff(j) {
        0 => t.diagonal[i],
        1 => t.off_diagonal[i.min(j)],
        _ => 0.0,
    });
    let one_norm = |a: &Array2<f64>| {
        a.columns().into_iter().map(|c| c.iter().map(|x| x.abs()).sum::<f64>()).fold(0.0, f64::max)
    };
    let mut lambda_u = u.clone();
    lambda_u.rows_mut().into_iter().zip(&values).for_each(|(mut row, value)| row *= *value);
    let residual = one_norm(&(full - u.t().dot(&lambda_u)));
    let orthogonal = one_norm(&(Array2::eye(n) - u.t().dot(u)));
    let error = values.iter().zip(dsterf(&t)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let unit = n as f64 * f64::EPSILON;
    let size = if norm(&t) == 0.0 { 1.0 } else { norm(&t) };
    [residual / unit / size, orthogonal / unit, error / unit / size]
}

#[test]
fn every_type_of_matrix_is_decomposed() {
    let mut worst = [0.0f64; 3];
    let sizes = [1, 2, 3, 31, 32, 33, 64, 100, 257, 500];
    for n in sizes {
        for (name, t) in types(n) {
            let mut u = Array2::eye(n);
            let values =
                eigenvalues(t.clone(), &mut u, &no_one).unwrap_or_else(|e| panic!("{name} {n}: {e:?}"));
            assert!(values.is_sorted(), "{name} {n}");
            let ratios = ratios(&t, &values, &u);
            // An element below the smallest normal number is itself only known to a few digits.
            let bound = if name == "subnormal" { 1e11 } else { 10.0 };
            assert!(ratios[0] < bound && ratios[1] < 10.0 && ratios[2] < bound, "{name} {n}: {ratios:?}");
            if name != "subnormal" {
                worst.iter_mut().zip(ratios).for_each(|(worst, r)| *worst = worst.max(r));
            }
            let z = targets(n, 3);
            let mut carried = z.clone();
            assert_eq!(eigenvalues(t.clone(), &mut carried, &no_one).unwrap(), values, "{name} {n}");
            let expected = u.dot(&z);
            let error = (&carried - &expected).iter().fold(0.0f64, |most, x| most.max(x.abs()));
            assert!(error < 20.0 * n as f64 * f64::EPSILON, "{name} {n}: {error}");
        }
    }
    println!("worst: residual {:.3}, orthogonality {:.3}, eigenvalue {:.3}", worst[0], worst[1], worst[2]);
}

#[test]
#[ignore = "ten seconds"]
fn large_matrices_are_decomposed() {
    for (name, t) in types(1500) {
        let mut u = Array2::eye(1500);
        let values = eigenvalues(t.clone(), &mut u, &no_one).unwrap();
        let ratios = ratios(&t, &values, &u);
        println!("{name}: {ratios:.3?}");
        assert!(name == "subnormal" || ratios.iter().all(|r| *r < 5.0), "{name}");
    }
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    for name in ["random", "1-2-1", "glued wilkinson", "zeros"] {
        let t = types(700).into_iter().find(|(other, _)| *other == name).unwrap().1;
        let solve = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut z = targets(700, 5);
            let values = pool.install(|| eigenvalues(t.clone(), &mut z, &no_one)).unwrap();
            (values, z)
        };
        let one = solve(1);
        for threads in [2, 3, 5] {
            assert_eq!(solve(threads), one, "{threads} threads");
        }
    }
}

#[test]
fn what_is_not_finite_or_does_not_fit_is_refused() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut t = random(100, 1);
        t.diagonal[40] = bad;
        let error = eigenvalues(t, &mut targets(100, 2), &no_one).unwrap_err();
        assert!(matches!(error, Error::NotFinite { row: 40, column: 40, .. }));
        let mut t = random(100, 1);
        t.off_diagonal[7] = bad;
        let error = eigenvalues(t, &mut targets(100, 2), &no_one).unwrap_err();
        assert!(matches!(error, Error::NotFinite { row: 7, column: 8, .. }));
        let mut z = targets(100, 2);
        z[[3, 1]] = bad;
        assert!(matches!(eigenvalues(random(100, 1), &mut z, &no_one), Err(Error::NotFinite { .. })));
    }
    assert!(matches!(eigenvalues(random(5, 1), &mut targets(4, 2), &no_one), Err(Error::Shape { .. })));
    let short = Tridiagonal { diagonal: vec![1.0; 5], off_diagonal: vec![1.0; 5] };
    assert!(matches!(eigenvalues(short, &mut targets(5, 2), &no_one), Err(Error::Shape { .. })));
    let huge = Tridiagonal { diagonal: vec![1.7e308; 2], off_diagonal: vec![1.7e308] };
    assert!(matches!(eigenvalues(huge, &mut targets(2, 1), &no_one), Err(Error::NotFinite { .. })));
}

#[test]
fn nothing_and_no_columns_are_fine() {
    let empty = Tridiagonal { diagonal: vec![], off_diagonal: vec![] };
    assert_eq!(eigenvalues(empty, &mut Array2::zeros((0, 2)), &no_one).unwrap(), Vec::<f64>::new());
    let two = Tridiagonal { diagonal: vec![2.0, 2.0], off_diagonal: vec![1.0] };
    let values = eigenvalues(two, &mut Array2::zeros((2, 0)), &no_one).unwrap();
    assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
}

#[test]
fn the_share_done_grows_to_one() {
    for t in [random(300, 2), types(300).swap_remove(11).1, types(300).swap_remove(1).1] {
        let shares = std::sync::Mutex::new(Vec::new());
        eigenvalues(t, &mut targets(300, 2), &|share| shares.lock().unwrap().push(share)).unwrap();
        let shares = shares.into_inner().unwrap();
        assert!(shares.is_sorted() && shares.last() == Some(&1.0) && shares[0] > 0.0, "{shares:?}");
    }
}
