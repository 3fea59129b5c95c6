//! Forward against hand-written loops, gradients against central differences, Θ against the explicit Jacobian.
#![allow(clippy::unwrap_used)]

use ndarray::{Array2, s};
use rand_distr::{Distribution, StandardNormal};

use super::{Activation, Initialisation, Model, Network, Parameters, Parametrisation};
use crate::error::Error;
use crate::seed::Seed;

pub(super) fn normal(rows: usize, columns: usize, index: u64) -> Array2<f64> {
    let mut stream = Seed(11).stream("gradient-tests", index);
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(&mut stream))
}

pub(super) fn networks(activation: &Activation) -> Vec<Network> {
    use Parametrisation::*;
    let every = [EveryLayer { sigma_w2: 1.7, sigma_b2: 0.3 }, EveryLayerNtk { sigma_w2: 1.7, sigma_b2: 0.3 }];
    let first = [FirstLayerBias { bias: true }, FirstLayerBias { bias: false }];
    let bare = [EveryLayer { sigma_w2: 2.0, sigma_b2: 0.0 }, EveryLayerNtk { sigma_w2: 2.0, sigma_b2: 0.0 }];
    let all = every.into_iter().chain(first).chain(bare);
    all.flat_map(|parametrisation| {
        [(1, 1), (2, 1), (3, 2), (4, 3)].map(|(hidden_layers, outputs)| Network {
            inputs: 3,
            hidden_layers,
            width: 5,
            outputs,
            activation: activation.clone(),
            parametrisation,
        })
    })
    .collect()
}

/// One row through the definition, entry by entry, c = 1/E φ(z)²: the outputs, and the least |h| of any hidden unit.
fn by_hand(network: &Network, parameters: &Parameters, c: f64, x: &[f64]) -> (Vec<f64>, f64) {
    let (mut row, mut nearest) = (x.to_vec(), f64::INFINITY);
    for (index, weights) in parameters.weights.iter().enumerate() {
        let fan_in = row.len() as f64;
        let (g, r) = match network.parametrisation {
            Parametrisation::FirstLayerBias { .. } => {
                (if index == 0 { 1.0 } else { (c / fan_in).sqrt() }, 1.0)
            }
            Parametrisation::EveryLayer { .. } => (1.0, 1.0),
            Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 } => {
                ((sigma_w2 / fan_in).sqrt(), sigma_b2.sqrt())
            }
        };
        let mut next = vec![0.0; weights.nrows()];
        for (unit, value) in next.iter_mut().enumerate() {
            *value = g * row.iter().zip(weights.row(unit)).map(|(a, b)| a * b).sum::<f64>();
            *value += parameters.biases.get(index).map_or(0.0, |b| r * b[unit]);
        }
        if index + 1 < parameters.weights.len() {
            nearest = next.iter().fold(nearest, |least, h| least.min(h.abs()));
            next.iter_mut().for_each(|h| *h = network.activation.value(*h));
        }
        row = next;
    }
    (row, nearest)
}

#[test]
fn outputs_are_those_of_the_definition() {
    for activation in [Activation::Relu, Activation::Tanh] {
        for network in networks(&activation) {
            let parameters = network.draw(Seed(5)).unwrap();
            let c = 1.0 / activation.mean_square().unwrap();
            // More rows than one block of the evaluation.
            let x = normal(1100, 3, 0);
            let outputs = network.outputs(&parameters, x.view()).unwrap();
            for (row, output) in x.rows().into_iter().zip(outputs.rows()) {
                let (expected, _) = by_hand(&network, &parameters, c, row.as_slice().unwrap());
                // At most 5 layers of sums of at most 6 terms of size below 100.
                assert!(output.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{network:?}");
            }
        }
    }
}

/// Σ force·f at parameters moved by h in one place, by the forward pass.
fn moved(
    network: &Network,
    p: &Parameters,
    x: &Array2<f64>,
    force: &Array2<f64>,
    place: (usize, usize),
    h: f64,
) -> f64 {
    let mut p = p.clone();
    p.slices_mut()[place.0][place.1] += h;
    (network.outputs(&p, x.view()).unwrap() * force).sum()
}

/// Every parameter of every network: |central difference − gradient| ≤ 10⁻⁶ of the largest entry of its array. With
/// h = 10⁻⁵ the difference itself is off by h²f'''/6 ≈ 10⁻¹¹ and εf/h ≈ 10⁻¹⁰.
fn check_gradients(activation: &Activation, x: impl Fn(&Network, &Parameters) -> Array2<f64>) {
    for network in networks(activation) {
        let p = network.draw(Seed(6)).unwrap();
        let x = x(&network, &p);
        let force = normal(x.nrows(), network.outputs, 1);
        let gradient = network.gradient(&p, x.view(), force.view()).unwrap();
        for (array, slice) in gradient.slices().iter().enumerate() {
            let largest = slice.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
            assert!(largest > 0.0, "{network:?}: array {array} has no gradient");
            for (entry, g) in slice.iter().enumerate() {
                let h = 1e-5;
                let at = |h: f64| moved(&network, &p, &x, &force, (array, entry), h);
                let difference = (at(h) - at(-h)) / (2.0 * h);
                assert!(
                    (difference - g).abs() <= 1e-6 * largest,
                    "{network:?} {array} {entry}: {difference} {g}"
                );
            }
        }
    }
}

#[test]
fn gradients_are_central_differences_for_smooth_activations() {
    use Activation::{Cos, Erf, Gelu, Sigmoid, Silu, Sin, Softplus, Tanh};
    for activation in [Tanh, Erf, Gelu, Sigmoid, Silu, Softplus, Sin, Cos] {
        check_gradients(&activation, |_, _| normal(4, 3, 2));
    }
}

/// Rows at which no unit is within 10⁻³ of its kink, where a difference of 10⁻⁵ could cross it.
#[test]
fn gradients_are_central_differences_for_relu_away_from_kinks() {
    for activation in
        [Activation::Relu, Activation::ReluPower(2), Activation::LeakyRelu(0.2), Activation::Elu]
    {
        check_gradients(&activation, |network, p| {
            let all = normal(400, 3, 3);
            let c = 1.0 / network.activation.mean_square().unwrap();
            let far = |row: &usize| by_hand(network, p, c, all.row(*row).as_slice().unwrap()).1 >= 1e-3;
            // A narrow deep network may be dead at a row: one at which it is not.
            let alive = |row: &usize| {
                let x = all.slice(s![*row..row + 1, ..]);
                let ones = Array2::ones((1, network.outputs));
                let g = network.gradient(p, x, ones.view()).unwrap();
                g.weights.iter().all(|w| w.iter().any(|v| *v != 0.0))
            };
            let rows: Vec<usize> = (0..400).filter(far).filter(alive).take(4).collect();
            assert_eq!(rows.len(), 4, "{network:?}");
            all.select(ndarray::Axis(0), &rows)
        });
    }
}

/// The Jacobian, row by row, each from a force with a single one.
pub(super) fn jacobian(network: &Network, p: &Parameters, x: &Array2<f64>) -> Array2<f64> {
    let (n, k) = (x.nrows(), network.outputs);
    let mut jacobian = Array2::zeros((n * k, p.count()));
    for (row, mut target) in jacobian.rows_mut().into_iter().enumerate() {
        let mut force = Array2::zeros((n, k));
        force[[row / k, row % k]] = 1.0;
        let gradient = network.gradient(p, x.view(), force.view()).unwrap();
        target.iter_mut().zip(gradient.slices().concat()).for_each(|(t, g)| *t = g);
    }
    jacobian
}

/// Sums of P products in another order: 2Pε times the norms of the two gradients.
#[test]
fn the_tangent_kernel_is_the_jacobians() {
    for activation in [Activation::Relu, Activation::Erf] {
        for network in networks(&activation) {
            let p = network.draw(Seed(7)).unwrap();
            let (x, z) = (normal(6, 3, 4), normal(5, 3, 5));
            let (left, right) = (jacobian(&network, &p, &x), jacobian(&network, &p, &z));
            let expected = left.dot(&right.t());
            let full = network.tangent_full(&p, x.view(), z.view()).unwrap();
            let norm = |j: &Array2<f64>, row: usize| j.row(row).dot(&j.row(row)).sqrt();
            for ((i, j), value) in full.indexed_iter() {
                let bound = 2.0 * p.count() as f64 * f64::EPSILON * norm(&left, i) * norm(&right, j);
                assert!((value - expected[[i, j]]).abs() <= bound, "{network:?} {i} {j}");
            }
        }
    }
}

#[test]
fn a_mirrored_model_starts_at_exactly_zero_with_the_kernel_of_one_copy() {
    for network in networks(&Activation::Relu).into_iter().chain(networks(&Activation::Gelu)) {
        let network = Network { width: 6, ..network };
        let (x, z) = (normal(7, 3, 8), normal(4, 3, 9));
        for initialisation in [Initialisation::Mirrored, Initialisation::MirroredHalf] {
            let model = Model::draw(&network, initialisation, Seed(2)).unwrap();
            assert!(model.outputs(x.view()).unwrap().iter().all(|f| f.to_bits() == 0));
            let copy = initialisation.copy_of(&network).unwrap();
            let one = copy.tangent(&model.copies[0], x.view(), z.view()).unwrap();
            assert_eq!(model.tangent(x.view(), z.view()).unwrap(), one); // (a + a)/2 is exact
        }
        let standard = Model::draw(&network, Initialisation::Standard, Seed(2)).unwrap();
        let centred = Model::draw(&network, Initialisation::Centred, Seed(2)).unwrap();
        assert!(centred.outputs(x.view()).unwrap().iter().all(|f| *f == 0.0));
        let f = standard.outputs(x.view()).unwrap();
        assert!(f.iter().any(|f| *f != 0.0));
        let scaled = Model::draw(&network, Initialisation::Scaled(1.5), Seed(2)).unwrap();
        let difference = scaled.outputs(x.view()).unwrap() - &f * 1.5;
        assert!(difference.iter().zip(&f).all(|(d, f)| d.abs() <= 2.0 * f64::EPSILON * f.abs()));
    }
}

/// λ_max against LAPACK. The last step of the iteration added less than 10⁻⁹; with the gap of these kernels what is left
/// is of that order.
#[test]
fn the_largest_eigenvalue_is_lapacks() {
    for outputs in [1, 3] {
        let network = Network { inputs: 3, width: 200, outputs, ..Network::default() };
        let model = Model::draw(&network, Initialisation::Mirrored, Seed(4)).unwrap();
        let x = normal(30, 3, 10);
        let theta = model.tangent_full(x.view(), x.view()).unwrap() / 30.0;
        let values = crate::linalg::symmetric_eigen(theta).unwrap().values;
        let ratio = model.largest_eigenvalue(x.view()).unwrap() / values[values.len() - 1];
        assert!((ratio - 1.0).abs() < 1e-7, "{ratio}");
    }
}

#[test]
fn mistakes_are_refused() {
    let network = Network { inputs: 3, width: 4, ..Network::default() };
    let p = network.draw(Seed(0)).unwrap();
    let x = normal(2, 3, 0);
    assert!(matches!(network.outputs(&p, normal(2, 4, 0).view()), Err(Error::Shape { .. })));
    let nan = Array2::from_elem((2, 3), f64::NAN);
    assert!(matches!(network.outputs(&p, nan.view()), Err(Error::NotFinite { .. })));
    let wider = Network { width: 5, ..network.clone() };
    assert!(matches!(wider.outputs(&p, x.view()), Err(Error::Shape { .. })));
    assert!(matches!(network.gradient(&p, x.view(), normal(2, 2, 0).view()), Err(Error::Shape { .. })));
    let step = Network { activation: Activation::ReluPower(0), ..network.clone() };
    assert!(matches!(step.tangent(&p, x.view(), x.view()), Err(Error::Parameter { .. })));
    let custom =
        |derivative| Activation::Custom { name: "f".into(), function: |v| v, derivative, kinks: vec![] };
    let unknown = Network { activation: custom(None), ..network.clone() };
    assert!(unknown.outputs(&p, x.view()).is_ok());
    assert!(matches!(unknown.gradient(&p, x.view(), normal(2, 1, 0).view()), Err(Error::Parameter { .. })));
    for bad in [
        Network { inputs: 0, ..network.clone() },
        Network { outputs: 0, ..network.clone() },
        Network { hidden_layers: 0, ..network.clone() },
        Network { hidden_layers: 9, width: usize::MAX / 2, ..network.clone() },
        Network {
            parametrisation: Parametrisation::EveryLayer { sigma_w2: 0.0, sigma_b2: 0.0 },
            ..network.clone()
        },
    ] {
        assert!(matches!(bad.draw(Seed(0)), Err(Error::Parameter { .. })), "{bad:?}");
    }
}

/// A NaN or an infinite weight is refused by name: ReLU would make the one 0, a unit that is off would hide the other.
#[test]
fn parameters_and_results_that_are_no_numbers_are_refused() {
    let network = Network {
        inputs: 2,
        hidden_layers: 2,
        width: 3,
        parametrisation: Parametrisation::EveryLayer { sigma_w2: 2.0, sigma_b2: 0.1 },
        ..Network::default()
    };
    let good = network.draw(Seed(1)).unwrap();
    let (x, force) = (ndarray::array![[1.0, -0.5]], ndarray::array![[1.0]]);
    let refused = |p: &Parameters, named: &str| {
        let errors = [
            network.outputs(p, x.view()).err(),
            network.gradient(p, x.view(), force.view()).err(),
            network.tangent(p, x.view(), x.view()).err(),
        ];
        for error in errors {
            let error = error.unwrap();
            assert!(
                matches!(&error, Error::NotFinite { what, .. } if what.contains(named)),
                "{named}: {error}"
            );
        }
    };
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut bad = good.clone();
        bad.weights[0].fill(value);
        refused(&bad, "the weights of layer 1");
        let mut bad = good.clone();
        bad.biases[2][0] = value;
        refused(&bad, "the biases of layer 3");
    }
    // Finite parameters whose outputs are not.
    let mut large = good.clone();
    large.weights.iter_mut().for_each(|w| w.fill(1e160));
    assert!(matches!(network.outputs(&large, x.view()), Err(Error::NotFinite { .. })));
    assert!(matches!(network.tangent(&large, x.view(), x.view()), Err(Error::NotFinite { .. })));
    assert!(good.are_finite() && !large.weights.iter().any(|w| w.iter().any(|v| v.is_nan())));
    let mut last = good.clone();
    last.biases[2][0] = f64::NAN;
    assert!(!last.are_finite());
}
