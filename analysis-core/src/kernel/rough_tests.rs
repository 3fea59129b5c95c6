//! Functions that no quadrature resolves are refused, soon and by name; those that one does are not.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use ndarray::{Array2, array};

use crate::error::{Error, Result};
use crate::kernel::{Activation, Angle, Gram, Kernel, KernelKind};

fn custom(function: fn(f64) -> f64, derivative: fn(f64) -> f64, kinks: &[f64]) -> Activation {
    Activation::Custom { name: "own".into(), function, derivative: Some(derivative), kinks: kinks.to_vec() }
}

fn gram(activation: Activation, kind: KernelKind, x: &Array2<f64>) -> Result<Gram> {
    Kernel { kind, activation, ..Kernel::default() }.gram(x.view())
}

/// Three norms, so that pairs are integrated one by one as well.
fn rows() -> Array2<f64> {
    array![[1.0, 0.0], [0.6, 0.8], [0.0, 1.5], [2.0, 0.1]]
}

#[test]
fn rough_functions_are_refused_within_seconds() {
    let wild: fn(f64) -> f64 = |x| (1e6 * x).sin();
    let wild_slope: fn(f64) -> f64 = |x| 1e6 * (1e6 * x).cos();
    let cases = [
        ("a million oscillations", custom(wild, wild_slope, &[]), "declare its kinks"),
        ("the same with a kink", custom(wild, wild_slope, &[0.3]), "declare its kinks"),
        ("undeclared jump", custom(|x| f64::from(x > 0.3), |_| 0.0, &[]), "declare its kinks"),
        (
            "one of two jumps",
            custom(|x| f64::from(x > 0.3) + f64::from(x > 0.0), |_| 0.0, &[0.0]),
            "declare its kinks",
        ),
        ("pole", custom(|x| 1.0 / (x - 0.3), |x| -(x - 0.3).powi(-2), &[]), "declare its kinks"),
        ("NaN", custom(|x| if x > 2.0 { f64::NAN } else { x }, |_| 1.0, &[]), "= NaN"),
        ("NaN beside a kink", custom(|x| (x + 2.0).sqrt(), |x| 0.5 / (x + 2.0).sqrt(), &[0.0]), "= NaN"),
        ("infinite", custom(|x| if x < -2.0 { f64::INFINITY } else { x }, |_| 1.0, &[]), "= inf"),
        ("infinite slope", custom(f64::abs, |x| 1.0 / f64::from(x > 0.0), &[0.0]), "= inf"),
        ("growth", custom(|x| (0.4 * x * x).exp(), |x| 0.8 * x * (0.4 * x * x).exp(), &[0.0]), "too fast"),
    ];
    for (name, activation, hint) in cases {
        let start = Instant::now();
        match gram(activation, KernelKind::Ntk, &rows()) {
            Err(Error::Parameter { name: parameter, requirement, .. }) => {
                assert_eq!(parameter, "activation", "{name}");
                assert!(requirement.contains(hint), "{name}: {requirement}");
                println!("{name}: {requirement}");
            }
            other => panic!("{name}: {other:?}"),
        }
        // The budget of one pair is some seconds at most on a busy machine; without one it would be years.
        assert!(start.elapsed() < Duration::from_secs(60), "{name}: {:?}", start.elapsed());
    }
}

/// Whatever is wanted of it: E\[φφ\] alone would come out 3e-11 wrong.
#[test]
fn an_undeclared_kink_is_refused() {
    let bent: fn(f64) -> f64 = |x| (x - 0.3).abs();
    let slope: fn(f64) -> f64 = |x| if x > 0.3 { 1.0 } else { -1.0 };
    for kind in [KernelKind::Ntk, KernelKind::Nngp] {
        let refused = gram(custom(bent, slope, &[]), kind, &rows()).unwrap_err().to_string();
        assert!(refused.contains("declare its kinks"), "{refused}");
        gram(custom(bent, slope, &[0.3]), kind, &rows()).unwrap();
    }
}

/// No honest activation runs into the budget, at whatever angle and norms.
#[test]
fn declared_functions_converge_at_every_angle() {
    use crate::gaussian::Dual;
    let leaky = custom(|x| if x > 0.0 { x } else { 0.1 * x }, |x| if x > 0.0 { 1.0 } else { 0.1 }, &[0.0]);
    let hard = custom(|x| x.clamp(-1.0, 1.0), |x| f64::from(x.abs() < 1.0), &[-1.0, 1.0]);
    let stairs =
        custom(|x| f64::from(x > -0.7) + f64::from(x > 0.2) * x, |x| f64::from(x > 0.2), &[-0.7, 0.2]);
    let steep = custom(|x| (50.0 * x).tanh(), |x| 50.0 / (50.0 * x).cosh().powi(2), &[]);
    let mut pairs = 0;
    for activation in [leaky, hard, stairs, steep] {
        let dual = Dual::new(&activation).unwrap();
        for (r1, r2) in
            [(1.0, 1.0), (1e-3, 1e-3), (40.0, 40.0), (1.0, 1.0 + 1e-9), (0.2, 7.0), (1e-60, 1e-60)]
        {
            let marginal = |r| dual.marginal(r, true).unwrap();
            let (x, y) = (marginal(r1), marginal(r2));
            for tiny in [0.0, 1e-300, 1e-30, 1e-16, 1e-13, 1e-9, 1e-5, 1e-2, 0.4, 1.5] {
                for angle in [Angle::new(tiny).unwrap(), Angle::from_supplement(tiny).unwrap()] {
                    let moments = dual.pair(&x, &y, angle, true).unwrap();
                    assert!(moments.value.is_finite() && moments.derivative.is_finite());
                    pairs += 1;
                }
            }
        }
    }
    assert_eq!(pairs, 480);
}
