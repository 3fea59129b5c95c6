#![allow(clippy::unwrap_used)]

use ndarray::Array2;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::kernel::KernelKind;
use crate::seed::Seed;
use crate::spectrum::{Resolution, SphereSpectrum};

fn kernel(kind: KernelKind, hidden_layers: usize, bias: bool) -> Kernel {
    let parametrisation = Parametrisation::FirstLayerBias { bias };
    Kernel { kind, hidden_layers, parametrisation, ..Kernel::default() }
}

fn moments(mean_square: f64, variances: &[f64]) -> DataMoments {
    DataMoments { mean_square, variances: variances.to_vec() }
}

/// Σ c_l s^l/l! is the kernel itself, from its own recursion: what is left out is below Σ_{l > 40} of coefficients no larger than κ(1),
/// at s = ± 0.4 tr Γ.
#[test]
fn the_series_of_the_levels_is_the_kernel() {
    for kind in [KernelKind::Ntk, KernelKind::Nngp] {
        for (layers, bias) in [(1, false), (1, true), (2, false), (3, true)] {
            for (rho, rest) in [(0.0, 1.0), (0.4, 0.6), (0.8, 0.2), (2.0, 1.0)] {
                let (own, data) = (kernel(kind, layers, bias), moments(rho, &[0.75 * rest, 0.25 * rest]));
                let profile = own.profile_at(rho + rest).unwrap();
                let levels = levels::coefficients(&own, &data, MAX_HERMITE_DEGREE);
                assert!(levels.iter().all(|c| *c >= 0.0), "{levels:?}");
                for s in [-0.4 * rest, 0.1 * rest, 0.4 * rest] {
                    let (mut power, mut sum) = (1.0, 0.0);
                    for (l, c) in levels.iter().enumerate() {
                        sum += c * power;
                        power *= s / (l + 1) as f64;
                    }
                    let expected = profile.evaluate((rho + s) / (rho + rest)).unwrap();
                    let scale = profile.evaluate(1.0).unwrap();
                    assert!((sum - expected).abs() < 1e-13 * scale, "{own:?} {rho} {s}: {sum} {expected}");
                }
            }
        }
    }
    // κ₁ + uκ₀ = 1/π + u + 3u²/(2π) + 0·u³ + ….
    let plain = levels::coefficients(&Kernel::default(), &moments(0.0, &[1.0]), 3);
    let pi = std::f64::consts::PI;
    for (c, expected) in plain.iter().zip([1.0 / pi, 1.0, 3.0 / pi, 0.0]) {
        assert!((c - expected).abs() < 1e-15, "{plain:?}");
    }
}

/// Every multi-index of degree 4 or less in three variables, sorted.
#[test]
fn the_heap_finds_what_sorting_finds() {
    let (levels, variances) = ([1.0, 0.8, 0.0, 2.5, 7.0], [0.5, 0.2, 0.07]);
    let mut all = Vec::new();
    for a in 0..5 {
        for b in 0..5 - a {
            for c in 0..5 - a - b {
                let value: f64 =
                    [a, b, c].iter().zip(variances).map(|(p, v): (&usize, f64)| v.powi(*p as i32)).product();
                all.push((levels[a + b + c] * value, a + b + c));
            }
        }
    }
    all.retain(|(value, _)| *value > 0.0);
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (values, degrees) = enumerate::descending(&levels, &variances, 1000);
    assert_eq!(values.len(), all.len());
    for (place, (value, degree)) in all.iter().enumerate() {
        assert!((values[place] / value - 1.0).abs() < 4.0 * f64::EPSILON, "{place}");
        assert_eq!(degrees[place], *degree);
    }
    assert_eq!(enumerate::descending(&levels, &variances, 7).0, values[..7]);
}

/// The kernel e^⟨x,y⟩ (all c_l = 1) under N(0, Γ) has the eigenvalues Π_j (w_j/γ_j)^{1/2} w_j^{α_j}, γ = w/(1 + w²): Mehler's formula. The
/// ansatz has γ_j^{α_j} for it, so with the normalisation of the doc comment the two differ by Π (1 + w_j²)^{α_j + 1/2}, 1 + O(γ²), and by nothing else.
#[test]
fn on_gaussian_data_it_is_mehlers_formula_in_leading_order() {
    let w: [f64; 3] = [0.1, 0.06, 0.03];
    let variances = w.map(|w| w / (1.0 + w * w));
    let mut exact: Vec<f64> = Vec::new();
    for a in 0..7i32 {
        for b in 0..7 - a {
            for c in 0..7 - a - b {
                let powers = [a, b, c];
                exact.push(powers.iter().zip(w).map(|(p, w)| (1.0 + w * w).sqrt() * w.powi(*p)).product());
            }
        }
    }
    exact.sort_by(|a, b| b.total_cmp(a));
    let (values, degrees) = enumerate::descending(&[1.0; 7], &variances, 60);
    for ((value, degree), exact) in values.iter().zip(&degrees).zip(&exact) {
        let off = exact / value;
        let most = 1.01f64.powf(*degree as f64 + 1.5);
        assert!(off >= 1.0 && off <= most, "{degree}: {value} {exact}");
    }
}

/// On the sphere λ_l = Σ_j a_{l+2j} (l+2j)!/((2j)!! d(d+2)…(d+2(l+j)−2)), a the Taylor coefficients; the ansatz has its first term with
/// d^l for d(d+2)…: they differ by l(l−1)/d below and (l+1)(l+2)/(2d)·a_{l+2}/a_l above, and by terms of 1/d².
#[test]
fn on_the_sphere_the_levels_are_right_to_one_over_the_dimension() {
    for d in [100, 400] {
        for (layers, bias) in [(1, true), (2, false)] {
            let own = kernel(KernelKind::Ntk, layers, bias);
            let sphere = SphereSpectrum { kernel: own.clone(), d, max_degree: 128 }.run().unwrap();
            let data = moments(0.0, &vec![1.0 / d as f64; d]);
            let predicted = HermiteSpectrum { kernel: own.clone(), count: 2 * d, max_degree: Some(4) };
            let predicted = predicted.of(&data).unwrap();
            assert_eq!(predicted.by_degree(2 * d)[..2], [1, d]);
            let levels = levels::coefficients(&own, &data, 6);
            for l in 0..=3usize {
                let value = levels[l] / (d as f64).powi(l as i32);
                assert!(
                    l > 2 || predicted.eigenvalues.iter().any(|other| (other / value - 1.0).abs() < 1e-12)
                );
                let exact = sphere.degree(l as u64).unwrap();
                assert!(exact.error < 1e-6 * exact.eigenvalue, "{exact:?}");
                let k = l as f64;
                let bound = k * (k - 1.0) + 0.5 * levels[l + 2] / levels[l];
                let off = (value / exact.eigenvalue - 1.0).abs();
                assert!(off < 1.1 * bound / d as f64, "d = {d}, l = {l}: {off} {}", bound / d as f64);
            }
        }
    }
}

/// Gaussian rows of known covariance: the κ at which N modes are resolved, from the covariance and from the eigenvalues of K/n. The ansatz is off by
/// the order of 1/d_eff (1.2 %) and γ_1/tr Γ (2 %), a sample of 1500 by 1/√n (2.6 %).
#[test]
fn on_gaussian_rows_it_gives_what_the_sample_resolves() {
    let (n, wide, d) = (1500, 20, 120);
    let variances: Vec<f64> = (0..d).map(|j| if j < wide { 0.02 } else { 0.006 }).collect();
    let data = moments(0.0, &variances);
    assert!((data.variance() - 1.0).abs() < 1e-12 && data.effective_dimension() > 80.0);
    let own = kernel(KernelKind::Ntk, 1, true);
    let predicted =
        HermiteSpectrum { kernel: own.clone(), count: 20_000, max_degree: None }.of(&data).unwrap();
    let mut stream = Seed(12).stream("gaussian rows", 0);
    let x = Array2::from_shape_fn((n, d), |(_, j)| {
        let z: f64 = StandardNormal.sample(&mut stream);
        variances[j].sqrt() * z
    });
    // What the rows themselves say of their covariance.
    let measured = DataMoments::of(x.view()).unwrap();
    assert!((measured.variance() - 1.0).abs() < 0.02, "{}", measured.variance());
    let measure = own.gram(x.view()).unwrap().measure(Array2::ones((n, 1)).view()).unwrap();
    let resolution = Resolution::of(&measure.eigenvalues.to_vec(), f64::EPSILON).unwrap();
    for modes in [10.0, 30.0, 100.0, 300.0, 1000.0] {
        let found = resolution.kappa(resolution.ridge(modes));
        let ratio = predicted.kappa(modes).unwrap() / found;
        assert!((ratio - 1.0).abs() < 0.06, "N = {modes}: {ratio}");
    }
    // The mean over the widest directions lies where the first order in 1/n has it; single ones are spread by 2√(20/n) = 23 %.
    let (level, own) = (predicted.eigenvalues[1], 1..=wide);
    let mut others: f64 = (predicted.eigenvalues.iter().enumerate())
        .filter(|(i, _)| !own.contains(i))
        .map(|(_, value)| value / (level - value))
        .sum();
    others += (predicted.trace - predicted.eigenvalues.iter().sum::<f64>()) / level;
    let mean = measure.eigenvalues.iter().skip(1).take(wide).sum::<f64>() / wide as f64;
    let ratio = mean / (level * (1.0 + others / n as f64));
    assert!((ratio - 1.0).abs() < 0.06, "{ratio}");
}

#[test]
fn the_expansion_ends_at_its_smallest_term() {
    // l!/l^1.5 (γ_1/tr Γ)^l is least about l = tr Γ/γ_1 + 1.5.
    let flat = HermiteSpectrum { count: 10, ..Default::default() };
    let biased = HermiteSpectrum { kernel: kernel(KernelKind::Ntk, 1, true), ..flat.clone() };
    let of =
        |variances: &[f64], mean_square: f64| flat.of(&moments(mean_square, variances)).unwrap().max_degree();
    assert!((4..=8).contains(&of(&[0.1; 6], 0.4)));
    assert!(of(&[0.01; 60], 0.4) > 30);
    // One variance is all there is: l!/l^1.5 rises from the second or third term on.
    assert!(of(&[0.6], 0.4) <= 4);
    let one = biased.of(&moments(0.0, &[1.0])).unwrap();
    assert_eq!(one.eigenvalues.len(), one.max_degree() + 1);
}

#[test]
fn what_cannot_be_is_refused() {
    let ok = moments(0.0, &[0.5, 0.5]);
    let run = |change: fn(&mut HermiteSpectrum)| {
        let mut spectrum = HermiteSpectrum { count: 5, ..Default::default() };
        change(&mut spectrum);
        spectrum.of(&ok)
    };
    assert!(run(|_| ()).is_ok());
    assert!(run(|s| s.count = 0).is_err());
    assert!(run(|s| s.count = usize::MAX).is_err());
    assert!(run(|s| s.max_degree = Some(41)).is_err());
    assert!(run(|s| s.kernel.activation = Activation::Erf).is_err());
    let every = Parametrisation::EveryLayer { sigma_w2: 1.0, sigma_b2: 0.0 };
    let other = Kernel { parametrisation: every, ..Kernel::default() };
    assert!(HermiteSpectrum { kernel: other, ..Default::default() }.of(&ok).is_err());
    let spectrum = HermiteSpectrum { count: 5, ..Default::default() };
    for bad in [
        moments(-1.0, &[1.0]),
        moments(0.0, &[]),
        moments(0.0, &[0.0]),
        moments(0.0, &[0.1, 0.2]),
        moments(0.0, &[f64::NAN]),
    ] {
        assert!(spectrum.of(&bad).is_err(), "{bad:?}");
    }
    assert!(DataMoments::of(Array2::ones((5, 3)).view()).is_err());
    assert!(DataMoments::of(Array2::zeros((0, 3)).view()).is_err());
    assert!(spectrum.of(&ok).unwrap().octaves(&[1.0, -1.0, 1.0], 3).is_err());
    assert!(spectrum.of(&ok).unwrap().kappa(0.0).is_err());
}
