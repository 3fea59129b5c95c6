#![allow(clippy::unwrap_used)]

use super::*;
use crate::smoothness::Estimator;

fn population(d: usize) -> Population {
    Population::of(&SphereOracle::default().spectrum(d)).unwrap()
}

/// With energies λ^{1+s}, a power of λ alone, B falls like κ^s: the exponents of f₀ are those of the theorem in the end.
#[test]
fn the_curve_of_f0_ends_at_the_theorem() {
    for d in [2, 3, 5] {
        let population = population(d);
        let curve = population.curve(10_000);
        let end = curve[curve.len() - 1];
        // The local exponent is right to the order of 1/k, k ~ N^{1/(d−1)}.
        let k = end[0].powf(1.0 / (d as f64 - 1.0));
        assert!((end[1] - population.theory()).abs() < (2.0 / k).max(2e-3), "d = {d}: {end:?}");
    }
}

/// A table that is cut elsewhere resolves as much: κ is n's, and N(κ) counts modes one by one where λ is known.
#[test]
fn the_population_resolves_as_many_modes_as_it_is_asked_for() {
    let population = population(5);
    for n in [10.0, 300.0, 3000.0] {
        let kappa = population.kappa(n);
        let spectrum = &population.ntk;
        let counted: f64 = (0..200)
            .map(|k| spectrum.multiplicities[k] * spectrum.eigenvalues[k] / (spectrum.eigenvalues[k] + kappa))
            .sum();
        let sum: f64 = (0..200).map(|k| spectrum.multiplicities[k] * spectrum.eigenvalues[k]).sum();
        // What lies beyond is below its trace over κ.
        let beyond = (spectrum.trace - sum) / kappa;
        assert!(
            counted <= n * (1.0 + 1e-9) && n <= (counted + beyond) * (1.0 + 1e-9),
            "{n}: {counted} {beyond}"
        );
    }
}

/// On 400 points of S²: the constant and the linear functions are within their first-order places, the estimators read all samples, and
/// the soft tail is where the exact spectra have it.
#[test]
fn a_small_sample_lies_where_the_exact_spectrum_has_it() {
    let small = SphereOracle { dimensions: vec![3], sizes: vec![400], draws: 4, ..SphereOracle::default() };
    let result = small.run_in(&Session::default()).unwrap();
    let cell = &result.cells[0];
    for level in &cell.levels[..2] {
        // Over 4 samples: three standard errors, and the second order in 1/n.
        let allowed = 3.0 * level.relative.standard_error + 0.02;
        assert!((level.relative.mean - level.expected / level.eigenvalue).abs() < allowed, "{level:?}");
    }
    assert_eq!(cell.levels[1].last, 4);
    let of = |estimator| cell.readings.iter().find(|reading| reading.estimator == estimator).unwrap();
    // In two dimensions the deterministic equivalent is not exact: leave-one-out stays within a tenth, and the soft tail, which on the
    // circle reads 0.88 where 0.8 was planted, within a fifth.
    for (estimator, allowed) in [(Estimator::LeaveOneOut, 0.1), (Estimator::SoftTail, 0.2)] {
        let (read, expected) = (of(estimator).s.unwrap(), of(estimator).expected.unwrap());
        let off = (read.mean - expected).abs();
        assert!(off < 3.0 * read.standard_error + allowed, "{estimator}: {read:?} {expected}");
    }
    let soft = of(Estimator::SoftTail);
    assert_eq!((soft.read, cell.jitter), (4, 0.0));
    assert_eq!(result.frame().unwrap().height(), 5);
    assert_eq!(result.levels_frame().unwrap().height(), cell.levels.len());
    assert_eq!(result.clone().checked().unwrap(), result);
}

#[test]
fn bad_parameters_are_refused() {
    let ok = SphereOracle::default();
    for bad in [
        SphereOracle { dimensions: vec![], ..ok.clone() },
        SphereOracle { dimensions: vec![1], ..ok.clone() },
        SphereOracle { sizes: vec![100], ..ok.clone() },
        SphereOracle { sizes: vec![], ..ok.clone() },
        SphereOracle { sizes: vec![10_000_000], ..ok.clone() },
        SphereOracle { draws: 1, ..ok.clone() },
        SphereOracle { draws: usize::MAX, ..ok.clone() },
        SphereOracle { tolerance: 0.0, ..ok.clone() },
    ] {
        assert!(bad.run_in(&Session::default()).is_err(), "{bad:?}");
    }
    assert!(ok.check().is_ok());
}
