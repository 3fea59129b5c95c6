//! The secular equation's roots, and the kernels.

use super::super::instructions::InstructionSet;
use super::super::kernels::{COLUMNS, LANES, Lanes};
use super::super::secular::Secular;
use super::matrices::targets;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The kernels agree on all instruction sets: the sums of the secular equation to the last byte, the products to
/// rounding.
#[test]
fn instruction_sets_agree() {
    let numbers = targets(400, 3);
    let poles: Vec<f64> = (0..400).map(|j| j as f64 / 400.0).collect();
    let column = |c: usize| numbers.column(c).to_vec();
    let (weights, shifts) = (column(0), column(1).iter().map(|x| (x + 0.6) / 1000.0).collect::<Vec<_>>());
    let (d, w) = (poles.as_chunks::<LANES>().0, weights.as_chunks::<LANES>().0);
    let carried: Vec<[f64; COLUMNS]> =
        (0..400).map(|j| std::array::from_fn(|c| weights[(j * 7 + c) % 400])).collect();
    let run = |set: InstructionSet| {
        let sums: Vec<String> =
            (0..400).map(|j| format!("{:?}", set.sums(d, w, j, poles[j], shifts[j]))).collect();
        let lowner: Vec<Lanes> = d.iter().map(|group| set.lowner(group, &poles, &poles, &shifts)).collect();
        let (mut panel, mut squares) = (vec![[0.0; LANES]; 400], [1.0; LANES]);
        let [origins, steps] = [&poles, &shifts].map(|numbers| numbers.as_chunks::<LANES>().0[3]);
        set.vectors(&poles, &weights, &origins, &steps, &mut panel, &mut squares);
        let mut products = [[1.0; LANES]; COLUMNS];
        set.multiply(&panel, &carried, &mut products);
        ((sums, lowner, panel, squares), products)
    };
    let (portable, products) = run(InstructionSet::Portable);
    // Against the sums written out.
    let direct: f64 = (0..200).map(|j| weights[j].powi(2) / ((poles[j] - poles[200]) - shifts[200])).sum();
    let sums = InstructionSet::Portable.sums(d, w, 200, poles[200], shifts[200]);
    assert!((sums.below / direct - 1.0).abs() < 1e-13);
    let direct: f64 = (0..400).map(|j| portable.2[j][5] * carried[j][7]).sum();
    assert!((products[7][5] - 1.0 - direct).abs() < 1e-12 * portable.3[5]);
    for set in InstructionSet::available() {
        let (exact, close) = run(set);
        assert!(exact == portable, "{set:?}");
        for (x, y) in close.as_flattened().iter().zip(products.as_flattened()) {
            assert!((x - y).abs() < 1e-13 * portable.3.iter().sum::<f64>(), "{set:?}: {x} {y}");
        }
    }
}

/// Weights and poles over many orders of magnitude, poles in clusters: as hard as deflation lets them be.
fn hostile(count: usize, seed: u64) -> (Vec<f64>, Vec<f64>, f64) {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |low: f64, high: f64| low + (high - low) * stream.random::<f64>();
    let rho = 10f64.powf(draw(-6.0, 0.5));
    let spread = draw(0.0, 14.0);
    let mut weights: Vec<f64> =
        (0..count).map(|_| 10f64.powf(-draw(0.0, spread)) * draw(-1.0, 1.0).signum()).collect();
    let length = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    weights.iter_mut().for_each(|w| *w /= length);
    let closeness = draw(0.0, 14.0);
    let mut poles: Vec<f64> = (0..count).map(|_| 10f64.powf(-draw(0.0, closeness))).collect();
    for i in 1..count {
        poles[i] += poles[i - 1];
    }
    let end = poles[count - 1];
    poles.iter_mut().for_each(|d| *d = *d / end - 0.5);
    poles.dedup();
    weights.truncate(poles.len());
    (poles, weights, rho)
}

unsafe extern "C" {
    fn dlaed4_(
        n: *const i32,
        i: *const i32,
        d: *const f64,
        z: *const f64,
        delta: *mut f64,
        rho: *const f64,
        value: *mut f64,
        info: *mut i32,
    );
}

/// Against LAPACK's dlaed4: both stop where f is zero to rounding, so the roots differ by no more than its rounding
/// over its slope.
#[test]
fn roots_equal_those_of_dlaed4() {
    let (mut worst, mut solved, mut failed, mut closed, mut noisy) = (0.0f64, 0, 0, 0, 0);
    for seed in 0..400 {
        let (poles, weights, rho) = hostile(3 + (seed as usize * 7) % 90, seed);
        let count = poles.len();
        let group = |numbers: &[f64], fill| {
            let mut padded = numbers.to_vec();
            padded.resize(count.next_multiple_of(16), fill);
            padded.as_chunks::<16>().0.to_vec()
        };
        let (d, w) = (group(&poles, 1e300), group(&weights, 0.0));
        let secular = Secular { poles: &d, weights: &w, count, rho, set: InstructionSet::best() };
        for i in 0..count {
            let root = secular.root(i).unwrap();
            solved += 1;
            let (mut delta, mut value, mut info) = (vec![0.0; count], 0.0, 0);
            unsafe {
                dlaed4_(
                    &(count as i32),
                    &(i as i32 + 1),
                    poles.as_ptr(),
                    weights.as_ptr(),
                    delta.as_mut_ptr(),
                    &rho,
                    &mut value,
                    &mut info,
                );
            }
            failed += usize::from(info != 0);
            if info != 0 {
                continue;
            }
            let point = secular.at(root.origin, root.shift);
            let theirs = -delta[root.origin];
            let bound = f64::EPSILON * (point.noise / point.slope + root.shift.abs());
            // dlaed4 sums up its steps, which can lose digits; then ours must be the better root.
            let ratio = (root.shift - theirs).abs() / bound;
            let better = point.value.abs() < secular.at(root.origin, theirs).value.abs();
            assert!(
                ratio <= 8.0 || better,
                "{seed} {i}/{count}: {root:?} {theirs:e} {} noise {:e} slope {:e} theirs {:e} rho {rho} gap {:e}",
                point.value,
                point.noise,
                point.slope,
                secular.at(root.origin, theirs).value,
                poles[(i + 1).min(count - 1)] - poles[i]
            );
            worst = worst.max(if better { 0.0 } else { ratio });
            closed += usize::from(ratio <= 8.0);
            noisy += usize::from(point.value.abs() > 4.0 * f64::EPSILON * point.noise);
        }
    }
    println!("worst {worst}, solved {solved}, close {closed}, noisy {noisy}, dlaed4 failed {failed}");
}
