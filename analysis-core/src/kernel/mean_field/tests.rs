#![allow(clippy::unwrap_used)]
use super::*;
use crate::seed::Seed;

fn at(activation: Activation, sigma_w2: f64, sigma_b2: f64) -> MeanField {
    MeanField { activation, sigma_w2, sigma_b2 }
}

/// Known values, computed apart from this crate, to the digits given.
#[test]
fn edges_are_the_known_ones() {
    for (sigma_b2, expected) in
        [(0.1, 1.986), (0.3, 2.505), (0.5, 2.843), (0.7, 3.111), (0.9, 3.339), (1.0, 3.443)]
    {
        let edge = edge_of_chaos(&Activation::Tanh, sigma_b2).unwrap();
        assert!((edge.sigma_w2 - expected).abs() <= 5.001e-4, "{sigma_b2}: {}", edge.sigma_w2);
    }
    let erf = edge_of_chaos(&Activation::Erf, 1.0).unwrap().sigma_w2;
    assert_eq!((1000.0 * erf).round(), 2718.0, "{erf}");
    for sigma_b2 in [0.0, 0.1, 1.0] {
        assert_eq!(edge_of_chaos(&Activation::Relu, sigma_b2).unwrap().sigma_w2, 2.0);
    }
    assert_eq!(edge_of_chaos(&Activation::Tanh, 0.0).unwrap().sigma_w2, 1.0);
    // GELU at σ_w² = 1/φ'(0)² = 4: q = 0 has χ₁ = 1, but inputs of size 1 grow away from it.
    assert!(edge_of_chaos(&Activation::Gelu, 0.0).is_err());
    let chi1 = at(Activation::Erf, 2.8, 1.0).fixed_point().unwrap().chi1.unwrap();
    assert!((chi1 - 1.02).abs() <= 5.001e-3, "{chi1}");
}

/// The edge from q and the phase from (σ_w², σ_b²) are two computations: they agree on either side and on it.
#[test]
fn the_phase_changes_at_the_edge() {
    for activation in [Activation::Relu, Activation::Tanh, Activation::Erf] {
        for sigma_b2 in [0.01, 0.1, 1.0, 5.0] {
            let edge = edge_of_chaos(&activation, sigma_b2).unwrap().sigma_w2;
            let phase = |sigma_w2| at(activation.clone(), sigma_w2, sigma_b2).fixed_point().unwrap().phase;
            assert_eq!(phase(edge * (1.0 - 1e-6)), Phase::Ordered, "{activation} {sigma_b2}");
            assert_eq!(phase(edge), Phase::Edge, "{activation} {sigma_b2}");
            assert_eq!(phase(edge * (1.0 + 1e-6)), Phase::Chaotic, "{activation} {sigma_b2}");
        }
    }
}

/// erf by the quadrature and series that the others go through, against its closed forms; ReLU likewise.
#[test]
fn closed_forms_equal_quadrature() {
    let custom = |name: &str, function: fn(f64) -> f64, slope: fn(f64) -> f64, kinks: Vec<f64>| {
        Activation::Custom { name: name.into(), function, derivative: Some(slope), kinks }
    };
    let erf = custom("erf", libm::erf, |x| std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp(), vec![]);
    // The second kink is out of reach; with the first alone the function would be known as linear on either side of 0.
    let relu = custom("relu", |x| x.max(0.0), |x| f64::from(x > 0.0), vec![0.0, 1e9]);
    for (closed, numeric) in [(Activation::Erf, erf), (Activation::Relu, relu)] {
        for q in [0.01, 0.7, 3.0, 40.0] {
            let (a, b) = (at(closed.clone(), 1.7, 0.3), at(numeric.clone(), 1.7, 0.3));
            let close = |x: f64, y: f64, what: &str| {
                assert!((x / y - 1.0).abs() < 3e-12, "{closed} {q} {what}: {x} {y}")
            };
            close(a.variance_map(q).unwrap(), b.variance_map(q).unwrap(), "V");
            close(a.chi1(q).unwrap(), b.chi1(q).unwrap(), "χ₁");
            let slope = |m: &MeanField| moment::square_derivative(&m.activation, q).unwrap();
            close(slope(&a), slope(&b), "V'");
            let (a, b) = (a.correlation_map(q).unwrap(), b.correlation_map(q).unwrap());
            for c in [-0.9, -0.3, 0.0, 0.4, 0.9] {
                close(a.at(c).unwrap(), b.at(c).unwrap(), "C");
                close(a.slope(c).unwrap(), b.slope(c).unwrap(), "C'");
            }
        }
    }
}

/// Far from the edge on the chaotic side the series needs its terms: q* = 14.
#[test]
fn deep_in_the_chaotic_phase() {
    let field = at(Activation::Tanh, 10.0, 5.0);
    let point = field.fixed_point().unwrap();
    assert_eq!(point.phase, Phase::Chaotic);
    let map = field.correlation_map(point.variance.unwrap()).unwrap();
    let c = point.correlation.unwrap();
    assert!((map.at(c).unwrap() - c).abs() < 1e-12);
    assert!(point.correlation_slope.unwrap() < 1.0 && point.chi1 > Some(1.0), "{point:?}");
    // erf far out has the same closed-form c* as the series finds.
    let custom = Activation::Custom {
        name: "erf".into(),
        function: libm::erf,
        derivative: Some(|x| std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp()),
        kinks: vec![],
    };
    let (closed, series) = (at(Activation::Erf, 5.0, 1.0).fixed_point(), at(custom, 5.0, 1.0).fixed_point());
    let (closed, series) = (closed.unwrap(), series.unwrap());
    assert!((closed.correlation.unwrap() - series.correlation.unwrap()).abs() < 1e-9);
    assert!((closed.correlation_slope.unwrap() - series.correlation_slope.unwrap()).abs() < 1e-8);
}

/// Where a thousand terms of the series are too few at c*: a longer one, against the quadrature that a kink out of reach
/// sends the same function through. Where tanh is a step to either, c* is not known.
#[test]
fn a_correlation_that_is_not_found_is_left_out() {
    let near = at(Activation::Tanh, 30.0, 100.0).fixed_point().unwrap();
    assert!(near.phase == Phase::Chaotic && near.variance.unwrap() > 120.0 && near.variance_length.is_some());
    let kinked = Activation::Custom {
        name: "tanh".into(),
        function: f64::tanh,
        derivative: Some(|x| 1.0 / x.cosh().powi(2)),
        kinks: vec![1e9],
    };
    let other = at(kinked, 30.0, 100.0).fixed_point().unwrap();
    let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() / b.unwrap() - 1.0).abs() < 1e-9;
    assert!(
        close(near.correlation, other.correlation) && near.correlation.unwrap() > 0.9,
        "{near:?} {other:?}"
    );
    assert!(close(near.correlation_slope, other.correlation_slope), "{near:?} {other:?}");
    let step = at(Activation::Tanh, 1e8, 1e12).fixed_point().unwrap();
    assert_eq!((step.correlation, step.correlation_slope, step.correlation_length), (None, None, None));
    assert!(step.phase == Phase::Chaotic && step.variance.is_some(), "{step:?}");
    // erf(x) has the same tails: its closed form says where c* is.
    let erf = at(Activation::Erf, 30.0, 100.0).fixed_point().unwrap();
    assert!(erf.correlation.unwrap() > 0.9, "{erf:?}");
    assert!(at(Activation::Tanh, 300.0, 100.0).fixed_point().unwrap().correlation.is_some());
}

/// C'(1) = χ₁, C(1) = 1, V' and C' are derivatives, and length scales are those of the iterated maps.
#[test]
fn tanh_is_consistent() {
    for (sigma_w2, sigma_b2) in [(1.5, 0.5), (4.0, 1.0), (3.0, 0.05)] {
        let field = at(Activation::Tanh, sigma_w2, sigma_b2);
        let point = field.fixed_point().unwrap();
        let q = point.variance.unwrap();
        assert!((field.variance_map(q).unwrap() / q - 1.0).abs() < 1e-13);
        let map = field.correlation_map(q).unwrap();
        assert!((map.at(1.0).unwrap() - 1.0).abs() < 1e-13);
        assert!((map.slope(1.0).unwrap() / point.chi1.unwrap() - 1.0).abs() < 1e-9);
        let c = point.correlation.unwrap();
        assert!((map.at(c).unwrap() - c).abs() < 1e-12);
        // Central differences: error h²/6 times a third derivative of order 1, and ε/h.
        let h = 1e-5;
        let slope = (map.at(0.5 + h).unwrap() - map.at(0.5 - h).unwrap()) / (2.0 * h);
        assert!((slope - map.slope(0.5).unwrap()).abs() < 1e-8);
        let rate = (field.variance_map(q + h).unwrap() - field.variance_map(q - h).unwrap()) / (2.0 * h);
        assert!((-1.0 / rate.ln() / point.variance_length.unwrap() - 1.0).abs() < 1e-6);
        // 40 layers from 10⁻⁶ off the fixed point shrink by e^{−40/ξ}; the second-order term is 10⁻⁶ of that.
        let mut moved = c - 1e-6;
        for _ in 0..40 {
            moved = map.at(moved).unwrap();
        }
        let expected = 1e-6 * (-40.0 / point.correlation_length.unwrap()).exp();
        assert!((c - moved - expected).abs() < 1e-4 * expected + 1e-13, "{} {expected}", c - moved);
    }
}

/// Monte Carlo of E tanh² and E tanh tanh' at q = 2, c = 0.6: 400,000 pairs see relative errors of 0.5 and 1.1 % at 4σ.
#[test]
fn tanh_expectations_equal_their_definition() {
    use rand_distr::{Distribution, StandardNormal};
    let mut stream = Seed(3).stream("mean-field", 0);
    let (mut sums, mut squares) = ([0.0; 2], [0.0; 2]);
    let draws = 400_000;
    for _ in 0..draws {
        let (z, y): (f64, f64) = (StandardNormal.sample(&mut stream), StandardNormal.sample(&mut stream));
        let (u, v) = (2f64.sqrt() * z, 2f64.sqrt() * (0.6 * z + 0.8 * y));
        for (place, value) in [u.tanh().powi(2), u.tanh() * v.tanh()].into_iter().enumerate() {
            sums[place] += value;
            squares[place] += value * value;
        }
    }
    let field = at(Activation::Tanh, 1.0, 0.0);
    let expected =
        [field.variance_map(2.0).unwrap(), 2.0 * field.correlation_map(2.0).unwrap().at(0.6).unwrap()];
    for place in 0..2 {
        let mean = sums[place] / f64::from(draws);
        let error = ((squares[place] / f64::from(draws) - mean * mean) / f64::from(draws)).sqrt();
        assert!((mean - expected[place]).abs() < 4.0 * error, "{place}: {mean} {}", expected[place]);
        assert!(4.0 * error < [0.005, 0.011][place] * mean, "{place}: {}", 4.0 * error / mean);
    }
}

#[test]
fn growing_and_vanishing_variances() {
    let grows = at(Activation::Relu, 2.5, 1.0).fixed_point().unwrap();
    assert_eq!((grows.variance, grows.chi1, grows.phase), (None, Some(1.25), Phase::Chaotic));
    assert_eq!(at(Activation::Relu, 2.0, 1.0).fixed_point().unwrap().variance, None);
    assert_eq!(at(Activation::Relu, 2.0, 0.0).fixed_point().unwrap().phase, Phase::Edge);
    let vanishes = at(Activation::Tanh, 0.5, 0.0).fixed_point().unwrap();
    // Linear in the end: tanh's correlations stay where they are, ReLU's angles close, but not exponentially.
    assert_eq!((vanishes.variance, vanishes.chi1, vanishes.correlation), (Some(0.0), Some(0.5), None));
    let closes = at(Activation::Relu, 1.0, 0.0).fixed_point().unwrap();
    assert_eq!((closes.correlation, closes.correlation_length), (Some(1.0), None));
    let gelu = at(Activation::Gelu, 3.0, 1.0).fixed_point().unwrap();
    assert_eq!((gelu.variance, gelu.phase), (None, Phase::Chaotic));
    // GELU is ReLU far out.
    assert!((gelu.chi1.unwrap() - 1.5).abs() < 1e-5, "{gelu:?}");
    let squared = at("relu^2".parse().unwrap(), 1.0, 1.0).fixed_point().unwrap();
    assert_eq!((squared.variance, squared.chi1, squared.phase), (None, None, Phase::Chaotic));
}

#[test]
fn what_means_nothing_is_refused() {
    for (sigma_w2, sigma_b2) in [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, -0.1), (1.0, f64::INFINITY)]
    {
        assert!(at(Activation::Tanh, sigma_w2, sigma_b2).fixed_point().is_err());
    }
    let map = at(Activation::Tanh, 1.0, 1.0).correlation_map(1.0).unwrap();
    assert!(map.at(1.1).is_err() && map.slope(f64::NAN).is_err());
    assert!(at(Activation::Tanh, 1.0, 1.0).variance_map(-1.0).is_err());
    // Its E φ'² is infinite, not the 0 that its φ' has away from the step.
    assert!(at(Activation::ReluPower(0), 1.0, 1.0).fixed_point().is_err());
    assert!(at(Activation::Tanh, 1.0, 1.0).correlation_map(0.0).is_err());
    assert!(edge_of_chaos(&Activation::Tanh, -1.0).is_err());
    let nothing =
        Activation::Custom { name: "0".into(), function: |_| 0.0, derivative: Some(|_| 0.0), kinks: vec![] };
    assert!(edge_of_chaos(&nothing, 1.0).is_err());
    let unknown =
        Activation::Custom { name: "f".into(), function: f64::sin, derivative: None, kinks: vec![] };
    assert!(edge_of_chaos(&unknown, 1.0).is_err());
}
