//! Our own Gram matrices pass the spectrum's test of positive semidefiniteness, duplicates and close rows or not.
#![allow(clippy::unwrap_used)]

use ndarray::{Array2, s};

use super::{Activation, Angle, Kernel, KernelKind, Parametrisation};

fn leaky() -> Activation {
    Activation::Custom {
        name: "leaky".into(),
        function: |x| if x > 0.0 { x } else { 0.1 * x },
        derivative: Some(|x| if x > 0.0 { 1.0 } else { 0.1 }),
        kinks: vec![0.0],
    }
}

/// Angles of unit rows: ten times the same, then neighbours from 1e-7 on, then two far away.
const ANGLES: [f64; 18] = [
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.500_000_1,
    0.500_001,
    0.500_01,
    0.500_1,
    0.501,
    0.51,
    1.7,
    3.5,
];

fn rows(norm: f64) -> Array2<f64> {
    Array2::from_shape_fn((ANGLES.len(), 2), |(i, j)| norm * [ANGLES[i].cos(), ANGLES[i].sin()][j])
}

/// The nine eigenvalues of the duplicates are 0, those of the neighbours far below rounding for a smooth φ: the smallest
/// is the entries' error, of any sign.
#[test]
fn duplicates_and_neighbours_are_not_refused() {
    let y = Array2::ones((ANGLES.len(), 1));
    for activation in [Activation::Tanh, Activation::Gelu, Activation::ReluPower(2), leaky()] {
        for kind in [KernelKind::Ntk, KernelKind::Nngp] {
            for hidden_layers in [1, 3] {
                for norm in [1.0, 3.0] {
                    if norm > 1.0 && activation != Activation::Tanh {
                        continue;
                    }
                    let parametrisation = Parametrisation::default();
                    let kernel = Kernel {
                        kind,
                        hidden_layers,
                        activation: activation.clone(),
                        parametrisation,
                        convolution: None,
                    };
                    let x = rows(norm);
                    let gram = kernel.gram(x.view()).unwrap();
                    let measure = gram.measure(y.view()).unwrap();
                    let values = measure.eigenvalues;
                    let smallest = values[ANGLES.len() - 1] / values[0];
                    println!("{activation} {kind} L={hidden_layers} norm {norm}: {smallest:e} of λ_1");
                    // Few rows, among them the duplicates alone.
                    for n in [2, 10, 12] {
                        let gram = kernel.gram(x.slice(s![..n, ..])).unwrap();
                        gram.measure(y.slice(s![..n, ..])).unwrap();
                    }
                }
            }
        }
    }
}

/// What [`super::Gram::epsilon`] claims, held against every pair computed alone (the profile is never tabulated), and
/// not so wide that it would cover a wrong kernel.
#[test]
fn epsilon_covers_the_error_of_tables() {
    for (activation, norm) in [(leaky(), 1.0), (leaky(), 3.0), (Activation::ReluPower(2), 1.0)] {
        for hidden_layers in [1, 2] {
            let kernel = Kernel { hidden_layers, activation: activation.clone(), ..Kernel::default() };
            let gram = kernel.gram(rows(norm).view()).unwrap();
            let profile = kernel.profile_at(norm * norm).unwrap();
            let mut worst = 0.0_f64;
            for (j, other) in ANGLES.iter().enumerate().skip(9) {
                let difference = (other - ANGLES[0]).abs();
                let direct = profile.at(Angle::new(difference).unwrap()).unwrap();
                worst = worst.max((gram.view()[[0, j]] - direct).abs() / gram.view()[[0, 0]]);
            }
            println!("{activation} L={hidden_layers}: {worst:e}, ε = {:e}", gram.epsilon());
            assert!(worst < gram.epsilon(), "{activation}: {worst:e}");
            assert!((2e-13..1e-12).contains(&gram.epsilon()), "{activation}: {:e}", gram.epsilon());
        }
    }
    // Closed forms keep the rounding unit; a series is a quadrature.
    let epsilon =
        |activation| Kernel { activation, ..Kernel::default() }.gram(rows(1.0).view()).unwrap().epsilon();
    assert_eq!(epsilon(Activation::Relu), f64::EPSILON);
    assert_eq!(epsilon(Activation::Tanh), 1e-13);
}
