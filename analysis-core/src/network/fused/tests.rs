//! Against a plain implementation, against differences, and against itself.

#![allow(clippy::unwrap_used)]

use ndarray::{Array1, Array2, Axis};
use rand::RngExt;
use rand_distr::StandardNormal;

use super::lanes::InstructionSet;
use super::{FusedEngine, FusedParameters};
use crate::error::Error;
use crate::network::Precision;
use crate::seed::Seed;

/// A network, its points and its forces, all standard normal (x divided by √d).
#[derive(Clone)]
struct Case {
    p: FusedParameters,
    x: Array2<f64>,
    z: Array2<f64>,
    force: Vec<f64>,
}

impl Case {
    fn new([n, n_test, d, m]: [usize; 4], bias: bool) -> Self {
        let mut generator = Seed(1).stream("fused kernel", ((n * 1000 + d) * 10_000 + m) as u64);
        let mut draw = || generator.sample::<f64, _>(StandardNormal);
        let root = (d as f64).sqrt();
        Case {
            x: Array2::from_shape_simple_fn((n, d), || draw() / root),
            z: Array2::from_shape_simple_fn((n_test, d), || draw() / root),
            force: (0..n).map(|_| draw() / n as f64).collect(),
            p: FusedParameters {
                w: Array2::from_shape_simple_fn((m, d), &mut draw),
                b: bias.then(|| Array1::from_shape_simple_fn(m, &mut draw)),
                a: Array1::from_shape_simple_fn(m, &mut draw),
            },
        }
    }

    fn engine(&self, set: InstructionSet, precision: Precision, threads: usize) -> FusedEngine {
        let FusedParameters { w, b, a } = &self.p;
        let b = b.as_ref().map(|b| b.view());
        let (w, a, x, z) = (w.view(), a.view(), self.x.view(), self.z.view());
        FusedEngine::with_instructions(set, precision, w, b, a, x, z, threads).unwrap()
    }

    fn fastest(&self, precision: Precision, threads: usize) -> FusedEngine {
        self.engine(InstructionSet::available()[0], precision, threads)
    }

    /// Rounded to the precision, so that a reference starts from the same numbers.
    fn rounded(&self, precision: Precision) -> Self {
        let mut case = self.clone();
        if precision == Precision::Single {
            let round = |v: f64| f64::from(v as f32);
            for array in [&mut case.p.w, &mut case.x, &mut case.z] {
                array.mapv_inplace(round);
            }
            case.p.a.mapv_inplace(round);
            case.p.b = case.p.b.map(|b| b.mapv(round));
        }
        case
    }
}

/// Training and test points.
const SIZES: [[usize; 2]; 3] = [[1, 0], [7, 5], [400, 33]];
const WIDTHS: [usize; 4] = [1, 15, 33, 1000];
const DIMENSIONS: [usize; 5] = [1, 3, 5, 10, 17];
const PRECISIONS: [Precision; 2] = [Precision::Single, Precision::Double];

fn cases() -> impl Iterator<Item = Case> {
    SIZES.into_iter().flat_map(|[n, n_test]| {
        DIMENSIONS.into_iter().flat_map(move |d| {
            WIDTHS.into_iter().flat_map(move |m| [false, true].map(|bias| Case::new([n, n_test, d, m], bias)))
        })
    })
}

/// An image's columns: many strips on the way back.
fn wide() -> Case {
    Case::new([9, 3, 784, 300], true)
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// Everything an engine shows, to the bit.
fn state(engine: &FusedEngine) -> Vec<u64> {
    let FusedParameters { w, b, a } = engine.parameters();
    let mut all = bits(engine.train_outputs());
    all.extend(bits(engine.test_outputs()));
    all.extend(w.iter().chain(b.iter().flatten()).chain(&a).map(|v| v.to_bits()));
    all
}

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

#[test]
fn every_instruction_set_gives_the_same_bytes() {
    let sets = InstructionSet::available();
    assert!(sets.contains(&InstructionSet::Portable));
    for case in cases().chain([wide()]) {
        for precision in PRECISIONS {
            let states: Vec<_> = sets
                .iter()
                .map(|&set| {
                    let mut engine = case.engine(set, precision, 1);
                    engine.step(&case.force);
                    state(&engine)
                })
                .collect();
            for (other, set) in states.iter().zip(&sets) {
                assert_eq!(other, &states[0], "{set:?} {precision} {:?}", case.x.dim());
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let case = Case::new([100, 50, 10, 3000], true);
    for precision in PRECISIONS {
        let states = [1, 2, 3, 64].map(|threads| {
            pool.install(|| {
                let mut engine = case.fastest(precision, threads);
                for _ in 0..5 {
                    engine.step(&case.force);
                }
                state(&engine)
            })
        });
        assert!(states.iter().all(|other| *other == states[0]), "{precision}");
    }
}

#[test]
fn parameters_restore_an_engine_to_the_bit() {
    for precision in PRECISIONS {
        for bias in [false, true] {
            let case = Case::new([30, 11, 5, 1100], bias);
            let mut engine = case.fastest(precision, 1);
            for _ in 0..3 {
                engine.step(&case.force);
            }
            let mut restored = Case { p: engine.parameters(), ..case.clone() }.fastest(precision, 2);
            assert_eq!(state(&restored), state(&engine));
            for _ in 0..3 {
                engine.step(&case.force);
                restored.step(&case.force);
            }
            assert_eq!(state(&restored), state(&engine));
        }
    }
}

#[test]
fn no_force_changes_nothing() {
    for zero in [0.0, -0.0] {
        for precision in PRECISIONS {
            let case = Case::new([13, 4, 3, 70], true);
            let mut engine = case.fastest(precision, 1);
            let before = state(&engine);
            engine.step(&[zero; 13]);
            assert_eq!(state(&engine), before);
        }
    }
}

/// Mirrored: exactly 0.0 at the start, not afterwards.
#[test]
fn a_mirrored_pair_starts_at_exactly_zero() {
    for precision in PRECISIONS {
        let case = Case::new([20, 30, 5, 700], false);
        let [mut one, mut two] = [1, 2].map(|threads| case.fastest(precision, threads));
        let differences = |one: &FusedEngine, two: &FusedEngine| -> Vec<f64> {
            let of = |e: &FusedEngine| [e.train_outputs(), e.test_outputs()].concat();
            of(one).iter().zip(of(two)).map(|(f, g)| f - g).collect()
        };
        assert!(one.train_outputs().iter().all(|f| f.abs() > 0.0));
        assert!(differences(&one, &two).iter().all(|d| d.to_bits() == 0));
        one.step(&case.force);
        two.step(&case.force.iter().map(|g| -g).collect::<Vec<_>>());
        assert!(differences(&one, &two).iter().all(|d| *d != 0.0));
    }
}

/// A learning rate far too large: the outputs leave the finite numbers and do not come back, on any processor.
#[test]
fn divergence_shows_in_the_outputs() {
    for set in InstructionSet::available() {
        for precision in PRECISIONS {
            let case = Case::new([10, 4, 3, 50], true);
            let mut engine = case.engine(set, precision, 1);
            let mut finite = Vec::new();
            for _ in 0..30 {
                let force: Vec<f64> = engine.train_outputs().iter().map(|f| 1e3 * f).collect();
                engine.step(&force);
                finite.push(engine.train_outputs().iter().all(|f| f.is_finite()));
            }
            let lost = finite.iter().position(|finite| !finite).unwrap();
            assert!(
                lost > 0 && finite[lost..].iter().all(|finite| !finite),
                "{set:?} {precision} {finite:?}"
            );
        }
    }
}

#[test]
fn bad_arrays_are_refused() {
    let case = Case::new([6, 2, 3, 4], true);
    let FusedParameters { w, b, a } = &case.p;
    let b = b.as_ref().unwrap();
    let new =
        |w: &Array2<f64>, b: &Array1<f64>, a: &Array1<f64>, x: &Array2<f64>, z: &Array2<f64>, threads| {
            let (w, b, a, x, z) = (w.view(), Some(b.view()), a.view(), x.view(), z.view());
            FusedEngine::new(Precision::Single, w, b, a, x, z, threads).err()
        };
    let (x, z) = (&case.x, &case.z);
    assert_eq!(new(w, b, a, x, z, 1), None);
    let shown = format!("{:?}", case.fastest(Precision::Single, 1));
    assert_eq!(shown, "FusedEngine { precision: single, m: 4, n: 6, n_test: 2 }");
    assert_eq!(new(w, b, a, x, &Array2::zeros((0, 0)), 1), None);
    let (none, short) = (Array2::zeros((0, 3)), Array1::zeros(3));
    let wide = Array2::zeros((2, 4));
    for refused in [
        new(&none, &Array1::zeros(0), &Array1::zeros(0), x, z, 1),
        new(w, &short, a, x, z, 1),
        new(w, b, &short, x, z, 1),
        new(w, b, a, &none, z, 1),
        new(w, b, a, &wide, z, 1),
        new(w, b, a, x, &wide, 1),
    ] {
        assert!(matches!(refused, Some(Error::Shape { .. })), "{refused:?}");
    }
    assert!(matches!(new(w, b, a, x, z, 0), Some(Error::Parameter { .. })));
    for value in [f64::NAN, f64::INFINITY, 1e39] {
        let mut bad = x.clone();
        bad[[2, 1]] = value;
        let refused = new(w, b, a, &bad, z, 1);
        assert!(matches!(refused, Some(Error::NotFinite { row: 2, column: 1, .. })), "{refused:?}");
    }
    let mut engine = case.fastest(Precision::Double, 1);
    let before = state(&engine);
    assert!(matches!(engine.descend(&[0.0; 5]), Err(Error::Shape { .. })));
    assert_eq!(state(&engine), before);
}
