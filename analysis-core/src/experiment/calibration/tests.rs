#![allow(clippy::unwrap_used)]

use ndarray::Array2;

use super::planted::Sample;
use super::*;
use crate::experiment::Shard;
use crate::smoothness::Estimator;

fn small() -> Calibration {
    Calibration {
        designs: vec![Design::Gaussian, Design::Sphere(3)],
        sizes: vec![200, 250],
        r: vec![0.4],
        noise: vec![0.0, 0.3],
        draws: 2,
        targets: 2,
        ..Default::default()
    }
}

fn sample(design: Design, coefficients: Coefficients, targets: usize) -> Sample {
    let planted = Planted { exponents: &[0.5, 1.0], targets, coefficients };
    design.sample(200, planted, &Calibration::default().kernel, None, Seed(7)).unwrap()
}

/// E f(x)² = Σ_i i^{−1−r} = ζ(1 + r), on a sphere 1/r (its tails are i^{−r}/r from i = 1 on); over 200 rows and 100 targets whose values
/// go together within a target, four standard errors are some 0.15 of it at r = 1, where a few harmonics have most of the energy.
#[test]
fn targets_have_the_energy_that_was_planted() {
    for (design, expected) in
        [(Design::Gaussian, [2.612_375_348_685_488, 1.644_934_066_848_226]), (Design::Sphere(4), [2.0, 1.0])]
    {
        for coefficients in [Coefficients::Gaussian, Coefficients::Signs] {
            let targets = sample(design, coefficients, 100).targets;
            for (place, expected) in expected.into_iter().enumerate() {
                let own = targets.slice(ndarray::s![.., place * 100..(place + 1) * 100]);
                let mean = own.mapv(|v| v * v).mean().unwrap();
                assert!((mean / expected - 1.0).abs() < 0.15, "{design} {coefficients}: {mean} {expected}");
            }
        }
    }
}

/// f₀'s second moments are the NNGP kernel's: an average over 400 functions of f₀(x) f₀(x') is R(x, x') within √((R_ii R_jj + R_ij²)/400), so
/// the mean of the squared differences, each over its variance, is 1 but for a few tenths (entries of one row go together).
#[test]
fn a_process_has_the_covariance_of_the_initial_function() {
    let kernel = Calibration::default().kernel;
    let planted = Planted { exponents: &[0.75], targets: 400, coefficients: Coefficients::Gaussian };
    let sample = Design::Process(5).sample(200, planted, &kernel, None, Seed(7)).unwrap();
    let x = crate::data::sphere_points(200, 5, &mut Seed(7).stream("points", 0));
    let nngp = Kernel { kind: crate::kernel::KernelKind::Nngp, ..kernel };
    let r = nngp.gram(x.view()).unwrap().into_array();
    let found = sample.targets.dot(&sample.targets.t()) / 400.0;
    let mut sum = 0.0;
    for ((i, j), value) in found.indexed_iter() {
        sum += (value - r[[i, j]]).powi(2) * 400.0 / (r[[i, i]] * r[[j, j]] + r[[i, j]].powi(2));
    }
    assert!((sum / 4e4 - 1.0).abs() < 0.5, "{}", sum / 4e4);
}

/// A process has one r, its own, whatever else is asked for; theorem 4.2's 3/(d' + 1) times β = (d' + 1)/d'.
#[test]
fn a_process_has_an_exponent_of_its_own() {
    let calibration = Calibration { designs: vec![Design::Process(5), Design::Sphere(3)], ..small() };
    let result = calibration.run().unwrap();
    assert_eq!(result.cells.len(), 2 * 2 * 2 * Estimator::ALL.len());
    assert_eq!(result.exponents(), [0.4, 0.75]);
    let own = |cell: &&CalibrationCell| cell.design == Design::Process(5);
    assert!(result.cells.iter().filter(own).all(|cell| cell.r == 0.75 && cell.targets == 4));
    assert_eq!(result.missing(), 0);
    let signs = Calibration { coefficients: Coefficients::Signs, ..calibration };
    assert!(signs.check().is_err());
}

/// Noise is N(0, σ²) with a fixed seed, the same draws whichever rows have it: its mean square over 200 · 100 entries is its share within
/// 4·√(2/20000), or √(2·2/20000) and a half of the rows; where f is low there is none.
#[test]
fn noise_is_where_and_as_much_as_it_should_be() {
    let targets = sample(Design::Sphere(4), Coefficients::Gaussian, 100).targets;
    for (rows, error) in [(NoisyRows::All, 0.04), (NoisyRows::AboveMedian, 0.06)] {
        let noisy = with_noise(&targets, &[0.0, 0.25], rows, Seed(3)).unwrap();
        let columns = targets.ncols();
        let noise = noisy.slice(ndarray::s![.., columns..]).to_owned() - &targets;
        assert_eq!(noisy.slice(ndarray::s![.., ..columns]), targets);
        let mut ratios = 0.0;
        for (noise, f) in noise.columns().into_iter().zip(targets.columns()) {
            ratios += noise.dot(&noise) / f.dot(&f) * 3.0 / columns as f64;
            let clean = noise.iter().zip(f).filter(|(noise, _)| **noise == 0.0).count();
            assert_eq!(clean, if rows == NoisyRows::All { 0 } else { 100 });
        }
        assert!((ratios - 1.0).abs() < error, "{rows}: {ratios}");
    }
}

/// A field's covariance at two points is Σ_l E_l P_l of their cosine, whatever the coefficients.
#[test]
fn fields_on_spheres_have_their_covariance() {
    let of = |coefficients| {
        let targets = sample(Design::Sphere(3), coefficients, 400).targets;
        let own = targets.slice(ndarray::s![.., 400..]).to_owned();
        own.dot(&own.t()) / 400.0
    };
    let (one, other): (Array2<f64>, Array2<f64>) = (of(Coefficients::Gaussian), of(Coefficients::Signs));
    // Entries of variance (C_ii C_jj + C_ij²)/400 or less each, with C_ii = 1: differences have a mean square below 4/400.
    let difference = (&one - &other).mapv(|v| v * v).mean().unwrap();
    assert!(difference < 4.0 / 400.0, "{difference}");
    let size = one.mapv(|v| v * v).mean().unwrap();
    assert!(size > 5.0 * difference, "{size} {difference}");
}

#[test]
fn shards_are_the_whole() {
    let whole = small().run().unwrap();
    assert_eq!(whole.cells.len(), 2 * 2 * 2 * Estimator::ALL.len());
    assert_eq!(whole.missing(), 0);
    let part = |index| small().run_in(&Session::default().shard(Shard { index, of: 3 })).unwrap();
    let parts: Vec<CalibrationResult> = (0..3).rev().map(part).collect();
    assert_eq!(CalibrationResult::merge(&parts).unwrap().cells, whole.cells);
    let recommended = whole.of(Estimator::Likelihood);
    assert!(recommended.iter().all(|cell| cell.held.is_some() && cell.unwarned_held <= cell.unwarned));
    assert_eq!(whole.frame().unwrap().height(), whole.cells.len());
}

#[test]
fn what_means_nothing_is_refused() {
    for bad in [
        Calibration { designs: vec![], ..small() },
        Calibration { designs: vec![Design::Sphere(3); 2], ..small() },
        Calibration { sizes: vec![199], ..small() },
        Calibration { sizes: vec![4001], designs: vec![Design::Images(Source::Mnist)], ..small() },
        Calibration { r: vec![0.0], ..small() },
        Calibration { noise: vec![1.0], ..small() },
        Calibration { draws: 0, ..small() },
        Calibration { targets: 0, ..small() },
    ] {
        assert!(bad.run().is_err(), "{bad:?}");
    }
    for text in ["gaussian", "sphere:10", "process:3", "cifar-10"] {
        assert_eq!(text.parse::<Design>().unwrap().to_string(), text);
    }
    for text in ["sphere:1", "process:1", "process", "sphere", "torus:3", "images", ""] {
        assert!(text.parse::<Design>().is_err(), "{text}");
    }
}
