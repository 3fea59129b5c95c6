#![allow(clippy::unwrap_used)]
use super::*;
use crate::network::{Activation, Network, Parametrisation};
use crate::seed::Seed;

/// Seven rows, two outputs.
fn rows() -> [Array2<f64>; 2] {
    let x = Array2::from_shape_fn((7, 4), |(i, j)| ((i * 4 + j) as f64).sin());
    [x, Array2::from_shape_fn((7, 2), |(i, j)| f64::from(i % 2 == j))]
}

fn network(activation: Activation) -> Network {
    Network {
        inputs: 4,
        hidden_layers: 3,
        width: 20,
        outputs: 2,
        activation,
        parametrisation: Parametrisation::EveryLayer { sigma_w2: 1.5, sigma_b2: 0.2 },
    }
}

fn flow<T: Number>(network: &Network, rate: f64) -> GradientFlow<T> {
    let ([x, y], parameters) = (rows(), network.draw(Seed(3)).unwrap());
    let plan = network.plan().unwrap();
    GradientFlow::new(plan, parameters.clone(), parameters, [x.view(), y.view()], rate).unwrap()
}

/// Against [`Network::gradient`], for activations with and without a derivative of their own: rounding of a few hundred terms.
#[test]
fn the_gradient_is_the_networks() {
    for activation in [Activation::Relu, Activation::Tanh, Activation::Erf, Activation::Gelu] {
        for parametrisation in [
            Parametrisation::EveryLayer { sigma_w2: 1.5, sigma_b2: 0.2 },
            Parametrisation::EveryLayerNtk { sigma_w2: 1.5, sigma_b2: 0.2 },
            Parametrisation::FirstLayerBias { bias: true },
        ] {
            let network = Network { parametrisation, ..network(activation.clone()) };
            let ([x, y], parameters) = (rows(), network.draw(Seed(3)).unwrap());
            let force = (network.outputs(&parameters, x.view()).unwrap() - &y) / 7.0;
            let expected = network.gradient(&parameters, x.view(), force.view()).unwrap();
            let largest = expected.slices().into_iter().flatten().fold(0.0f64, |m, g| m.max(g.abs()));
            let (double, single) = (flow::<f64>(&network, 0.1), flow::<f32>(&network, 0.1));
            let apart = |ours: f64, theirs: &f64| (ours - theirs).abs() / largest;
            let expected = expected.slices().concat();
            let double = double.now.slope.slices().concat();
            let single = single.now.slope.slices().concat();
            assert!(double.iter().zip(&expected).all(|(a, b)| apart(*a, b) < 1e-13), "{activation}");
            assert!(
                single.iter().zip(&expected).all(|(a, b)| apart(f64::from(*a), b) < 1e-5),
                "{activation}"
            );
        }
    }
}

/// A step over h, and the same over h/2 twice and h/4 four times: errors fall like h², and are what the estimate says within
/// a factor (it is of the third order, as the error of one step).
#[test]
fn steps_are_of_second_order_and_know_their_error() {
    let network = network(Activation::Tanh);
    let go = |parts: usize, stages: usize| {
        let mut flow = flow::<f64>(&network, 0.01);
        let mut error = 0.0;
        for _ in 0..parts {
            error += flow.attempt(40.0 / parts as f64, stages).error;
            flow.accept();
        }
        (flow.parameters().slices().concat(), error)
    };
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    for stages in [2, 5] {
        let exact = go(256, stages).0;
        let [one, two, four] = [8, 16, 32].map(|parts| go(parts, stages));
        let errors = [&one, &two, &four].map(|(p, _)| apart(p, &exact));
        for pair in errors.windows(2) {
            assert!((3.0..5.5).contains(&(pair[0] / pair[1])), "{stages} stages: {errors:?}");
        }
        assert!((0.2..10.0).contains(&(two.1 / errors[1])), "{stages} stages: {} for {}", two.1, errors[1]);
    }
}

/// A thousand steps of descent at a small rate are fifty of the flow, and the loss falls by η‖∇ℓ‖² a step.
#[test]
fn the_flow_is_descent_in_small_steps() {
    let network = network(Activation::Tanh);
    let mut flow = flow::<f64>(&network, 1e-3);
    let (before, fall) = (flow.loss(), flow.fall());
    flow.descend();
    assert!(((before - flow.loss()) / fall - 1.0).abs() < 0.02);
    let mut long = self::flow::<f64>(&network, 1e-3);
    for _ in 0..50 {
        let attempt = long.attempt(20.0, 4);
        assert!(attempt.error < 0.1 * attempt.distance);
        long.accept();
    }
    let mut small = self::flow::<f64>(&network, 1e-3);
    (0..1000).for_each(|_| small.descend());
    // RMS residuals as a share of the first: ηλ is 10⁻² at most, which descent and flow differ by a fifth of.
    let share = (long.loss().sqrt() - small.loss().sqrt()).abs() / before.sqrt();
    assert!(share < 2e-3, "{} {}", long.loss(), small.loss());
}

/// Against the eigenvalues of Θ/n where the residual is 0, so that ∇²ℓ = JᵀJ/n.
#[test]
fn the_sharpness_is_the_largest_eigenvalue_of_the_kernel_at_a_minimum() {
    let network = network(Activation::Tanh);
    let (x, parameters) = (rows()[0].clone(), network.draw(Seed(3)).unwrap());
    let y = network.outputs(&parameters, x.view()).unwrap();
    let theta = network.tangent_full(&parameters, x.view(), x.view()).unwrap() / 7.0;
    let largest = *crate::linalg::symmetric_eigen(theta).unwrap().values.last().unwrap();
    let plan = network.plan().unwrap();
    let start = parameters.clone();
    let mut flow = GradientFlow::<f64>::new(plan, start, parameters, [x.view(), y.view()], 0.5).unwrap();
    let found = flow.sharpness(Array2::ones(y.dim()).view());
    assert!((found / (0.5 * largest) - 1.0).abs() < 0.05, "{found}, {}", 0.5 * largest);
}
