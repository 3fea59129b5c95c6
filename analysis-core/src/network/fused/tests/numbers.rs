//! Outputs and steps against plain matrix products and against central differences.

use ndarray::{Array1, Array2, Axis};

use super::{Case, FusedParameters, PRECISIONS, cases, wide};
use crate::network::Precision;

/// x with the column of ones, and w with the bias as its weight.
fn augmented(p: &FusedParameters, x: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let (mut w, mut x) = (p.w.clone(), x.clone());
    if let Some(b) = &p.b {
        w.push_column(b.view()).unwrap();
        x.push_column(Array1::ones(x.nrows()).view()).unwrap();
    }
    (w, x)
}

/// √(2/m) Σ_j a_j (h_ij)₊ by matrix products, and the same sum over absolute values |a_j| Σ_k |w_jk x_ik|.
fn plain_outputs(p: &FusedParameters, x: &Array2<f64>) -> [Array1<f64>; 2] {
    let (w, x) = augmented(p, x);
    let scale = (2.0 / p.a.len() as f64).sqrt();
    let h = x.dot(&w.t());
    let size = x.mapv(f64::abs).dot(&w.mapv(f64::abs).t());
    [h.mapv(|h| h.max(0.0)).dot(&p.a) * scale, size.dot(&p.a.mapv(f64::abs)) * scale]
}

/// The largest |found − expected|/allowed.
fn worst(found: impl IntoIterator<Item = f64>, expected: &Array1<f64>, allowed: &Array1<f64>) -> f64 {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).zip(allowed).fold(0.0, |worst, ((f, e), a)| {
        assert!(f.is_finite());
        f64::max(worst, if f == e { 0.0 } else { (f - e).abs() / a })
    })
}

/// Rounding bounds, to first order in u = ε/2, with q the length of the columns, the bias's among them:
/// h by q fused operations: q u Σ|w x|; a·relu(h) summed over at most 32 rows: 32 more; the reference in double precision
/// by sums of q and m terms. Reductions and the scale are in double precision.
#[test]
fn outputs_are_those_of_matrix_products() {
    for case in cases().chain([wide()]) {
        for precision in PRECISIONS {
            let case = case.rounded(precision);
            let engine = case.fastest(precision, 1);
            let (q, m) = ((case.x.ncols() + 1) as f64, case.p.a.len() as f64);
            let allowed = (q + 32.0) * precision.epsilon() / 2.0 + (q + m + 40.0) * f64::EPSILON / 2.0;
            for (x, found) in [(&case.x, engine.train_outputs()), (&case.z, engine.test_outputs())] {
                let [expected, size] = plain_outputs(&case.p, x);
                let ratio = worst(found.to_vec(), &expected, &(size * allowed));
                assert!(ratio <= 1.0, "{precision} {:?} m = {m}: {ratio}", case.x.dim());
            }
        }
    }
}

/// The plain step: full matrices, every gradient from its definition. Bounds as above: G by n fused operations on rounded
/// forces, (n + 1) u Σ|g x|, and its points within q u Σ|w x| of a kink may count or not; then
/// δw ≤ |a| δG + u |w'|, δa ≤ Σ_k |w_k| (δG_k + q u |G|_k) + u |a'|; the reference's error is of the same form with u of
/// double precision.
#[test]
fn a_step_is_that_of_the_plain_gradient() {
    for case in cases().chain([wide()]) {
        for precision in PRECISIONS {
            let case = case.rounded(precision);
            let mut engine = case.fastest(precision, 1);
            engine.step(&case.force);
            let found = engine.parameters();

            let u = precision.epsilon() / 2.0 + f64::EPSILON / 2.0;
            let (w, x) = augmented(&case.p, &case.x);
            let (n, q, m) = (x.nrows() as f64, x.ncols() as f64, case.p.a.len());
            let g = Array1::from(case.force.clone()) * (2.0 / m as f64).sqrt();
            let h = w.dot(&x.t());
            let near = w.mapv(f64::abs).dot(&x.mapv(f64::abs).t()) * (q + 1.0) * u;
            let gradient = (h.mapv(|h| f64::from(h > 0.0)) * &g).dot(&x);
            let absolute = (x.mapv(f64::abs).t().to_owned() * g.mapv(f64::abs)).t().to_owned();
            let kinks = ndarray::Zip::from(&h).and(&near).map_collect(|h, near| f64::from(h.abs() <= *near));
            let slack = absolute.sum_axis(Axis(0)) * ((n + 2.0) * u) + kinks.dot(&absolute);

            let a = case.p.a.view().insert_axis(Axis(1));
            let new_w = &w - &(&gradient * &a);
            let new_a = &case.p.a - &h.mapv(|h| h.max(0.0)).dot(&g);
            let allowed_w = &slack * &a.mapv(f64::abs) + new_w.mapv(f64::abs) * u;
            // Through relu(h) itself the reference has a kink's error of h·g, not of G: continuous, so the same bound.
            let allowed_a = (w.mapv(f64::abs) * (slack + absolute.sum_axis(Axis(0)) * (2.0 * (q + 1.0) * u)))
                .sum_axis(Axis(1))
                + new_a.mapv(f64::abs) * u;

            let flat = |v: &Array2<f64>| Array1::from_iter(v.iter().copied());
            let (found_w, _) = augmented(&found, &case.x);
            let ratio = worst(found_w, &flat(&new_w), &flat(&allowed_w));
            assert!(ratio <= 1.0, "w, {precision} {:?} m = {m}: {ratio}", case.x.dim());
            let ratio = worst(found.a, &new_a, &allowed_a);
            assert!(ratio <= 1.0, "a, {precision} {:?} m = {m}: {ratio}", case.x.dim());
        }
    }
}

/// Away from every kink f is linear in each single parameter, so a central difference of step 1e-4 has no error but
/// rounding's: of Σ_i g_i f(x_i), 4 operations for h, 4 rows of units, 4 additions over the lanes, the scale, 7 for the sum
/// over the points, and the shifted parameter's own, 21 u Σ|g a w x| at most on either side.
#[test]
fn a_step_is_the_gradient_by_central_differences() {
    let step = 1e-4;
    let mut compared = 0;
    for index in 0..20 {
        let case = Case::new([6, 0, 3, 5 + index], true);
        let (w, x) = augmented(&case.p, &case.x);
        if w.dot(&x.t()).iter().any(|h| h.abs() < 1e-3) {
            continue;
        }
        let along = |p: &FusedParameters| -> f64 {
            let engine = Case { p: p.clone(), ..case.clone() }.fastest(Precision::Double, 1);
            engine.train_outputs().iter().zip(&case.force).map(|(f, g)| f * g).sum()
        };
        let [_, size] = plain_outputs(&case.p, &case.x);
        let size: f64 = size.iter().zip(&case.force).map(|(s, g)| s * g.abs()).sum();
        let allowed = 21.0 * size * (f64::EPSILON / 2.0) / step;
        assert!(allowed < 1e-9);

        let mut engine = case.fastest(Precision::Double, 1);
        engine.step(&case.force);
        let after = engine.parameters();
        let mut compare = |place: &dyn Fn(&mut FusedParameters) -> &mut f64| {
            let at = |shift: f64| {
                let mut p = case.p.clone();
                *place(&mut p) += shift;
                along(&p)
            };
            let difference = (at(step) - at(-step)) / (2.0 * step);
            let taken = *place(&mut case.p.clone()) - *place(&mut after.clone());
            assert!((taken - difference).abs() <= allowed, "{taken} {difference} {allowed}");
            compared += 1;
        };
        for j in 0..case.p.a.len() {
            compare(&|p| &mut p.a[j]);
            compare(&|p| &mut p.b.as_mut().unwrap()[j]);
            for k in 0..3 {
                compare(&|p| &mut p.w[[j, k]]);
            }
        }
    }
    assert!(compared >= 200, "{compared} parameters away from every kink");
}
