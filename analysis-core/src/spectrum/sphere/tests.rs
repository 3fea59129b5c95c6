//! Eigenvalues against 25-digit references, and against what must hold of any spectrum.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::architecture::Parametrisation;
use crate::kernel::Kernel;

fn kernel(kind: KernelKind, hidden_layers: usize, bias: bool) -> Kernel {
    Kernel {
        kind,
        hidden_layers,
        parametrisation: Parametrisation::FirstLayerBias { bias },
        ..Kernel::default()
    }
}

const KINDS: [KernelKind; 2] = [KernelKind::Ntk, KernelKind::Nngp];

/// Every reference (d = 2..6 and 10, L = 1..3, with and without bias, degrees to 1001) lies within the stated error. What
/// is stated is not idle either: 1e-13 relative everywhere, and the last digit for the NTK to d = 6, where double-double
/// holds; and of the bound, a twentieth is used somewhere.
#[test]
fn references_lie_within_the_stated_errors() {
    let text = include_str!("../../../tests/reference/sphere.tsv");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    assert!(rows.len() > 1000);
    let mut groups: std::collections::BTreeMap<_, Vec<(usize, f64)>> = Default::default();
    for row in rows {
        let number = |i: usize| row[i].parse::<usize>().unwrap();
        let key = (row[0], number(1), number(2), number(3));
        groups.entry(key).or_default().push((number(4), row[5].parse().unwrap()));
    }
    let (mut worst_share, mut exact) = (0.0_f64, 0);
    for ((kind, layers, bias, d), references) in groups {
        let kernel = kernel(kind.parse().unwrap(), layers, bias == 1);
        let spectrum = SphereSpectrum { kernel, d, max_degree: 1001 }.run().unwrap();
        let mut worst = 0.0_f64;
        for (degree, reference) in references {
            let (value, error) = (spectrum.eigenvalues[degree], spectrum.errors[degree]);
            if reference == 0.0 {
                assert_eq!((value, error), (0.0, 0.0));
                assert_eq!(spectrum.origins[degree], EigenvalueOrigin::Symmetry);
                exact += 1;
                continue;
            }
            let off = (value - reference).abs();
            // The reference itself is rounded to a double.
            let allowed = error + f64::EPSILON * reference;
            assert!(
                off <= allowed,
                "{kind} L = {layers}, bias {bias}, d = {d}, k = {degree}: {value:e} {reference:e}"
            );
            worst_share = worst_share.max(off / allowed);
            worst = worst.max(error / reference);
        }
        let allowed = if kind == "ntk" && d <= 6 { 3e-16 } else { 1e-13 };
        assert!(worst < allowed, "{kind} L = {layers}, bias {bias}, d = {d}: states {worst:e} relative");
    }
    assert!(worst_share > 0.05, "at most {worst_share} of the stated error is used: the bound is idle");
    // Odd degrees from 3 on without bias and one layer, of both kinds and six dimensions.
    assert_eq!(exact, 96, "eigenvalues that vanish by symmetry");
}

/// The two sums, of doubles and of the trace, to what rounding and the midpoint rule leave: the first neglected term is
/// 0.03 g''' with g = N λ ~ C/k² at k = 200, C ≤ κ(1), so below 1e-10 of κ(1).
#[test]
fn the_eigenvalues_sum_to_the_diagonal() {
    for kind in KINDS {
        for (layers, bias) in [(1, false), (2, false), (3, false), (10, false), (1, true), (3, true)] {
            for d in [2, 3, 4, 5, 6, 10, 15] {
                let spectrum =
                    SphereSpectrum { kernel: kernel(kind, layers, bias), d, max_degree: 200 }.run().unwrap();
                let check = spectrum.trace_check();
                assert!(check.defect.abs() < 1e-10, "{kind} L = {layers}, bias {bias}, d = {d}: {check:?}");
                // Without the series the sum would fall short by far more.
                if kind == KernelKind::Ntk {
                    assert!(check.tail > 1e-4 * check.expected, "{check:?}");
                }
            }
        }
    }
}

/// On S^{d−1} the exponents are d and d + 2 (the paper's d + 1 and d + 3 on S^d), reached as 1/k² in k + (d − 2)/2.
#[test]
fn exponents_are_those_of_theory() {
    for (kind, extra) in KINDS.into_iter().zip([0.0, 2.0]) {
        for (layers, bias) in [(1, false), (2, false), (3, false), (1, true)] {
            for d in [2, 3, 4, 5, 6] {
                let spectrum =
                    SphereSpectrum { kernel: kernel(kind, layers, bias), d, max_degree: 400 }.run().unwrap();
                let exponents = spectrum.local_exponents();
                let late: Vec<_> = exponents.iter().filter(|e| e.degree >= 160).collect();
                assert!(late.len() > 100);
                for e in late {
                    let limit = d as f64 + extra;
                    assert!((e.by_degree - limit).abs() < 0.01, "{kind} {layers} {bias} d = {d}: {e:?}");
                    let beta = limit / (d as f64 - 1.0);
                    // i is k^{d−1} up to a relative O(1/k): the few functions missing or added at low degrees.
                    let allowed = 0.01 + 3.0 * beta / e.degree as f64;
                    assert!((e.by_index - beta).abs() < allowed, "{kind} {layers} {bias} d = {d}: {e:?}");
                }
            }
        }
    }
}

/// The series fitted below 128 against integrals at 1000, and against itself at 10⁵ when fitted below 1000.
#[test]
fn the_series_continues_the_integrals() {
    for kind in KINDS {
        for (layers, bias) in [(1, false), (3, false), (1, true)] {
            for d in [2, 5, 10] {
                let at = |max_degree| {
                    SphereSpectrum { kernel: kernel(kind, layers, bias), d, max_degree }.run().unwrap()
                };
                let (short, long) = (at(128), at(1000));
                for degree in [500, 998, 999, 1000, 100_000, 100_001] {
                    let (a, b) = (short.degree(degree).unwrap(), long.degree(degree).unwrap());
                    if a.origin == EigenvalueOrigin::Symmetry {
                        continue;
                    }
                    assert_eq!(a.origin, EigenvalueOrigin::Series);
                    let off = (a.eigenvalue - b.eigenvalue).abs();
                    let allowed = a.error + b.error;
                    assert!(off <= allowed, "{kind} {layers} {bias} d = {d} k = {degree}: {a:?} {b:?}");
                    assert!(a.error < 1e-8 * a.eigenvalue, "{a:?}");
                }
            }
        }
    }
}

/// κ in double-double is the library's κ, in all three parametrisations: both in double precision's terms.
#[test]
fn the_two_profiles_agree() {
    let parametrisations = [
        Parametrisation::FirstLayerBias { bias: false },
        Parametrisation::FirstLayerBias { bias: true },
        Parametrisation::EveryLayer { sigma_w2: 1.5, sigma_b2: 0.3 },
        Parametrisation::EveryLayer { sigma_w2: 2.0, sigma_b2: 0.0 },
        Parametrisation::EveryLayerNtk { sigma_w2: 3.0, sigma_b2: 1.0 },
        Parametrisation::EveryLayerNtk { sigma_w2: 1.0, sigma_b2: 1e-3 },
    ];
    for parametrisation in parametrisations {
        for kind in KINDS {
            for hidden_layers in [1, 2, 5] {
                let kernel = Kernel { kind, hidden_layers, parametrisation, ..Kernel::default() };
                let (fine, coarse) = (ReluProfile::new(&kernel), kernel.profile().unwrap());
                let scale = coarse.evaluate(1.0).unwrap();
                for i in 0..=100 {
                    let theta = std::f64::consts::FRAC_PI_2 * f64::from(i) / 100.0;
                    let corner = relu::Corner::acute(theta.into());
                    let angle = crate::kernel::Angle::new(theta).unwrap();
                    let opposite = crate::kernel::Angle::from_supplement(theta).unwrap();
                    // Each layer rounds a dozen times.
                    let bound = 16.0 * (1.0 + hidden_layers as f64) * f64::EPSILON * scale;
                    for (corner, angle) in [(corner, angle), (corner.mirrored(), opposite)] {
                        let (a, b) = (f64::from(fine.at(corner)), coarse.at(angle).unwrap());
                        assert!((a - b).abs() <= bound, "{kernel:?} θ = {theta}: {a} {b}");
                    }
                }
            }
        }
    }
}

/// The way of every other activation, κ in doubles, on a kernel that is known better: within the error it states.
#[test]
fn kappa_in_doubles_states_its_error() {
    for d in [2, 5, 10] {
        let spectrum = SphereSpectrum { kernel: kernel(KernelKind::Ntk, 2, true), d, max_degree: 128 };
        let exact = spectrum.run().unwrap();
        let source = Source::Profile(Box::new(spectrum.kernel.profile().unwrap()));
        let coarse = Folded::new(&source, d, 2, 128).unwrap().project(d, 128);
        let mut share = 0.0_f64;
        for (k, integral) in coarse.iter().enumerate() {
            let off = (integral.value - exact.eigenvalues[k]).abs();
            assert!(off <= integral.error + exact.errors[k], "d = {d}, k = {k}: {off:e} {integral:?}");
            share = share.max(off / integral.error);
        }
        // The bound is not idle: rounding errors that all had one sign would reach it.
        assert!(share > 1e-4, "d = {d}: {share}");
    }
}

/// A smooth activation: the trace is full, the decay faster than any power, and no series is made up for it.
#[test]
fn a_smooth_activation_has_no_power_law() {
    for activation in [Activation::Erf, Activation::Tanh] {
        let kernel = Kernel { activation, kind: KernelKind::Nngp, ..Kernel::default() };
        let spectrum = SphereSpectrum { kernel, d: 4, max_degree: 60 }.run().unwrap();
        let check = spectrum.trace_check();
        // Σ N(4, k)·error, N = (k + 1)², with κ in doubles.
        let bound: f64 = spectrum.errors.iter().zip(&spectrum.multiplicities).map(|(e, n)| e * n).sum();
        assert!(check.defect.abs() * check.expected <= bound, "{check:?} {bound:e}");
        assert!(spectrum.eigenvalues[9] > 0.0 && spectrum.eigenvalues[31].abs() < 1e-12);
        assert!(spectrum.degree(1000).is_err());
        assert!(spectrum.levels().is_err());
        // An odd activation without bias has odd degrees only.
        assert!(
            spectrum
                .eigenvalues
                .iter()
                .step_by(2)
                .zip(spectrum.errors.iter().step_by(2))
                .all(|(v, e)| v.abs() <= *e)
        );
    }
}

/// A bias so small that κ bends within 0.1 of θ = π: panels are halved there, and nothing is lost.
#[test]
fn a_sharp_bend_is_resolved() {
    let parametrisation = Parametrisation::EveryLayerNtk { sigma_w2: 2.0, sigma_b2: 1e-4 };
    for kind in KINDS {
        let kernel = Kernel { kind, parametrisation, ..Kernel::default() };
        let spectrum = SphereSpectrum { kernel, d: 3, max_degree: 1000 }.run().unwrap();
        let table: f64 = spectrum.eigenvalues.iter().zip(&spectrum.multiplicities).map(|(v, n)| v * n).sum();
        // The odd degrees, 0 without a bias, are there, and far smaller than their neighbours.
        assert!(spectrum.eigenvalues[101] > spectrum.errors[101]);
        assert!(spectrum.eigenvalues[101] < 0.5 * spectrum.eigenvalues[102]);
        assert!((table / spectrum.trace - 1.0).abs() < 2e-3);
    }
}

#[test]
fn indices_count_multiplicities() {
    let spectrum =
        SphereSpectrum { kernel: kernel(KernelKind::Ntk, 2, false), d: 4, max_degree: 200 }.run().unwrap();
    let groups = spectrum.groups();
    assert_eq!((groups[0].first_index, groups[0].last_index), (1.0, 1.0));
    assert!(
        groups
            .windows(2)
            .all(|w| w[0].eigenvalue > w[1].eigenvalue && w[0].last_index + 1.0 == w[1].first_index)
    );
    assert_eq!(spectrum.index(2), Some(spectrum.eigenvalues[1]));
    let frame = spectrum.frame().unwrap();
    assert_eq!(frame.height(), 201);
    // Past the last complete place nothing is claimed.
    assert_eq!(spectrum.index(u64::MAX), None);
}

/// Fields are public and files are edited: cut lists give fewer degrees or an error, never a panic.
#[test]
fn cut_lists_do_not_panic() {
    let whole = SphereSpectrum::default().run().unwrap();
    let cut: [fn(&mut SphereEigenvalues); 5] = [
        |s| s.eigenvalues.truncate(7),
        |s| s.errors.truncate(7),
        |s| s.multiplicities.truncate(7),
        |s| s.origins.truncate(1),
        |s| s.eigenvalues.clear(),
    ];
    for cut in cut {
        let mut spectrum = whole.clone();
        cut(&mut spectrum);
        assert!(spectrum.frame().unwrap().height() <= 7);
        assert!(spectrum.groups().len() <= 7 && spectrum.local_exponents().len() <= 4);
        assert!(spectrum.degree(8).is_err());
        let _ = (spectrum.trace_check(), spectrum.levels(), spectrum.index(1000));
    }
}

#[test]
fn bad_parameters_are_refused() {
    for bad in [
        SphereSpectrum { d: 1, ..Default::default() },
        SphereSpectrum { max_degree: MAX_SPHERE_DEGREE + 1, ..Default::default() },
        SphereSpectrum { d: 100_000, ..Default::default() },
        SphereSpectrum { kernel: Kernel { hidden_layers: 0, ..Kernel::default() }, ..Default::default() },
    ] {
        assert!(bad.run().is_err(), "{bad:?}");
    }
}
