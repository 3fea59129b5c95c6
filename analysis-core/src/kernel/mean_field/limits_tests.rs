//! Kinks at q* = 0, variances that grow or vanish, and the ends of f64's range.
#![allow(clippy::unwrap_used)]
use std::f64::consts::PI;

use super::*;
use crate::seed::Seed;

fn at(activation: Activation, sigma_w2: f64, sigma_b2: f64) -> MeanField {
    MeanField { activation, sigma_w2, sigma_b2 }
}

fn custom(function: fn(f64) -> f64, derivative: fn(f64) -> f64, kinks: &[f64]) -> Activation {
    Activation::Custom { name: "f".into(), function, derivative: Some(derivative), kinks: kinks.to_vec() }
}

fn leaky(kinks: &[f64]) -> Activation {
    custom(|x| if x > 0.0 { x } else { 0.1 * x }, |x| if x > 0.0 { 1.0 } else { 0.1 }, kinks)
}

/// E φ'² = (1 + 0.1²)/2 = 0.505 at every q. The kink out of reach sends the second one through quadrature and the limit
/// q → 0⁺ instead of the closed form.
#[test]
fn a_kink_at_0_is_seen_from_both_sides_where_the_variance_vanishes() {
    for activation in [leaky(&[0.0]), leaky(&[0.0, 1e9])] {
        let point = at(activation, 1.5, 0.0).fixed_point().unwrap();
        assert_eq!(point.variance, Some(0.0));
        assert!((point.chi1.unwrap() - 0.7575).abs() < 1e-15, "{point:?}");
        assert_eq!(
            (point.phase, point.correlation, point.correlation_slope),
            (Phase::Ordered, Some(1.0), Some(1.0))
        );
        // V' = χ₁: ξ_q = −1/ln 0.7575.
        assert!((point.variance_length.unwrap() + 1.0 / 0.7575f64.ln()).abs() < 1e-13, "{point:?}");
    }
    // Slopes 2 and 0.5 at a kink of something else: tanh on the right, half as steep on the left.
    let bent = custom(
        |x| if x > 0.0 { (2.0 * x).tanh() } else { (0.5 * x).tanh() },
        |x| if x > 0.0 { 2.0 / (2.0 * x).cosh().powi(2) } else { 0.5 / (0.5 * x).cosh().powi(2) },
        &[0.0],
    );
    let point = at(bent, 0.4, 0.0).fixed_point().unwrap();
    assert!((point.chi1.unwrap() - 0.4 * (4.0 + 0.25) / 2.0).abs() < 1e-15, "{point:?}");
    assert_eq!((point.variance, point.correlation), (Some(0.0), Some(1.0)));
    let relu: Activation = "relu^1".parse().unwrap();
    assert_eq!(at(relu, 1.0, 0.0).fixed_point().unwrap().chi1, Some(0.5));
}

#[test]
fn the_edge_of_a_leaky_relu_is_where_its_slopes_say() {
    let expected = 2.0 / 1.01;
    for sigma_b2 in [0.0, 0.3] {
        let edge = edge_of_chaos(&leaky(&[0.0]), sigma_b2).unwrap();
        assert!((edge.sigma_w2 / expected - 1.0).abs() < 1e-15, "{edge:?}");
        assert_eq!(edge.variance.is_some(), sigma_b2 == 0.0);
        let phase = |factor: f64| at(leaky(&[0.0]), factor * expected, sigma_b2).fixed_point().unwrap().phase;
        assert_eq!([0.999, 1.0, 1.001].map(phase), [Phase::Ordered, Phase::Edge, Phase::Chaotic]);
    }
    // The identity: χ₁ = σ_w².
    let identity = custom(|x| x, |_| 1.0, &[]);
    assert_eq!(edge_of_chaos(&identity, 1.0).unwrap().sigma_w2, 1.0);
    let grows = at(identity.clone(), 1.0, 1.0).fixed_point().unwrap();
    assert_eq!((grows.variance, grows.correlation, grows.correlation_length), (None, Some(1.0), None));
    assert_eq!(at(identity, 3.0, 1.0).fixed_point().unwrap().correlation, None);
}

/// The closed form of leaky ReLU's correlation map against the series that a kink out of reach sends it through, and the
/// quadrature where the series has not converged.
#[test]
fn slopes_and_series_have_one_correlation_map() {
    let maps = [leaky(&[0.0]), leaky(&[0.0, 1e9])];
    let [closed, series] = maps.map(|activation| at(activation, 1.7, 0.3).correlation_map(2.0).unwrap());
    for c in [-0.9, -0.3, 0.0, 0.4, 0.9] {
        assert!((closed.at(c).unwrap() - series.at(c).unwrap()).abs() < 1e-11, "{c}");
        assert!((closed.slope(c).unwrap() - series.slope(c).unwrap()).abs() < 1e-9, "{c}");
        let gaps = [&closed, &series].map(|map| map.gap(1.0 - c));
        assert!((gaps[0].as_ref().unwrap() / gaps[1].as_ref().unwrap() - 1.0).abs() < 1e-8, "{c}");
        let at_one = closed.at(1.0).unwrap() - closed.at(c).unwrap();
        assert!((2.0 * at_one - gaps[0].as_ref().unwrap()).abs() < 1e-14, "{c}");
        let slopes = closed.slope(1.0).unwrap() - closed.slope(c).unwrap();
        assert!((slopes - closed.slope_gap(1.0 - c).unwrap()).abs() < 1e-14, "{c}");
    }
    for d in [1e-11, 1e-6, 1e-3, 0.05, 1.99] {
        let gaps = [&closed, &series].map(|map| [map.gap(d).unwrap(), map.slope_gap(d).unwrap()]);
        for place in 0..2 {
            assert!((gaps[0][place] / gaps[1][place] - 1.0).abs() < 1e-8, "{d} {place}: {gaps:?}");
        }
    }
    assert!(series.slope_gap(1e-13).is_err() && series.gap(1e-40).is_err());
    assert_eq!(series.slope_gap(0.0).unwrap(), 0.0);
    assert!((closed.at(1.0).unwrap() - (1.7 * 0.505 * 2.0 + 0.3) / 2.0).abs() < 1e-15);
}

/// relu²: E φφ' ∝ 3 sin θ cos θ + (π − θ)(1 + 2 cos² θ) (Cho and Saul 2009), iterated until it stands still.
fn relu2_map(c: f64) -> f64 {
    let theta = c.acos();
    (3.0 * theta.sin() * c + (PI - theta) * (1.0 + 2.0 * c * c)) / (3.0 * PI)
}

#[test]
fn powers_of_relu_have_a_correlation_below_1_whether_the_variance_grows_or_vanishes() {
    let mut c = 0.9;
    for _ in 0..2000 {
        c = relu2_map(c);
    }
    assert!((c - 0.38).abs() < 5e-3, "{c}");
    let h = 1e-6;
    let slope = (relu2_map(c + h) - relu2_map(c - h)) / (2.0 * h);
    let relu2 = Activation::ReluPower(2);
    for (sigma_w2, sigma_b2, phase, variance) in [
        (1.0, 0.1, Phase::Chaotic, None),
        (3.0, 0.1, Phase::Chaotic, None),
        (0.3, 0.0, Phase::Ordered, Some(0.0)),
    ] {
        let point = at(relu2.clone(), sigma_w2, sigma_b2).fixed_point().unwrap();
        assert_eq!((point.phase, point.variance), (phase, variance));
        assert!((point.correlation.unwrap() - c).abs() < 1e-12, "{point:?} {c}");
        assert!((point.correlation_slope.unwrap() - slope).abs() < 1e-8, "{point:?} {slope}");
        assert!((point.correlation_length.unwrap() + 1.0 / slope.ln()).abs() < 1e-6, "{point:?}");
    }
    // C'(1) = K²/(2K − 1), so 1 is not stable; the whole map at q = 10³ is the limit's, biases and all, to σ_b²/V.
    for degree in 2..=6 {
        let field = at(Activation::ReluPower(degree), 1.0, 0.0);
        let map = field.correlation_map(1.0).unwrap();
        let k = f64::from(degree);
        let slope = field.chi1(1.0).unwrap() / field.variance_map(1.0).unwrap();
        assert!((slope / (k * k / (2.0 * k - 1.0)) - 1.0).abs() < 1e-12, "{degree}: {slope}");
        let point = at(Activation::ReluPower(degree), 2.0, 0.5).fixed_point().unwrap();
        let (c, one) = (point.correlation.unwrap(), map.at(1.0).unwrap());
        assert!((map.at(c).unwrap() / one - c).abs() < 1e-12, "{degree}: {c}");
    }
}

/// Monte Carlo of E φφ'/E φ² of relu² at c = 0.38: z-scores below 4, which see an error of 4 %.
#[test]
fn the_limit_map_of_relu_squared_is_its_definition() {
    use rand_distr::{Distribution, StandardNormal};
    let mut stream = Seed(5).stream("limit-map", 0);
    let (c, draws) = (0.38f64, 400_000);
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..draws {
        let (z, y): (f64, f64) = (StandardNormal.sample(&mut stream), StandardNormal.sample(&mut stream));
        let other = c * z + (1.0 - c * c).sqrt() * y;
        // E φ² = 3/2.
        let value = z.max(0.0).powi(2) * other.max(0.0).powi(2) / 1.5;
        (sum, squares) = (sum + value, squares + value * value);
    }
    let mean = sum / f64::from(draws);
    let error = ((squares / f64::from(draws) - mean * mean) / f64::from(draws)).sqrt();
    let field = at(Activation::ReluPower(2), 1.0 / 1.5, 0.0);
    let expected = field.correlation_map(1.0).unwrap().at(c).unwrap();
    assert!((expected - relu2_map(c)).abs() < 1e-12);
    assert!((mean - expected).abs() < 4.0 * error && 4.0 * error < 0.04 * mean, "{mean} {expected} {error}");
}

/// What grows without bound and is no power of ReLU: leaky ReLU and GELU close their angles, x² and x³ have a c* of their
/// own, x + tanh x is linear far out and leaves correlations where they are.
#[test]
fn other_activations_whose_variance_grows() {
    for growing in [leaky(&[0.0]), leaky(&[0.0, 1e9]), Activation::Gelu] {
        let point = at(growing, 3.0, 0.5).fixed_point().unwrap();
        assert_eq!((point.variance, point.phase), (None, Phase::Chaotic));
        assert_eq!((point.correlation, point.correlation_length), (Some(1.0), None));
    }
    // E x²y² = 1 + 2c² over 3: c* = 1/2, slope 4c/3. E x³y³ = 9c + 6c³ over 15: the only other fixed point is 0.
    let square = at(custom(|x| x * x, |x| 2.0 * x, &[]), 1.0, 1.0).fixed_point().unwrap();
    assert!((square.correlation.unwrap() - 0.5).abs() < 1e-9, "{square:?}");
    assert!((square.correlation_slope.unwrap() - 2.0 / 3.0).abs() < 1e-9, "{square:?}");
    let cube = at(custom(|x| x * x * x, |x| 3.0 * x * x, &[]), 1.0, 1.0).fixed_point().unwrap();
    assert!(
        cube.correlation.unwrap() < 1e-9 && (cube.correlation_slope.unwrap() - 0.6).abs() < 1e-9,
        "{cube:?}"
    );
    let vanishing = at(custom(|x| x * x, |x| 2.0 * x, &[]), 0.1, 0.0).fixed_point().unwrap();
    assert_eq!(vanishing.variance, Some(0.0));
    assert!((vanishing.correlation.unwrap() - 0.5).abs() < 1e-9, "{vanishing:?}");
    let linear = custom(|x| x + x.tanh(), |x| 1.0 + 1.0 / x.cosh().powi(2), &[]);
    let point = at(linear, 2.0, 0.5).fixed_point().unwrap();
    assert_eq!((point.variance, point.correlation), (None, None));
}

/// Right or refused, never a silent 0 or NaN. At σ_w² = s tanh's variance is s, E tanh'² = (4/3)/√(2πs), to 1/√s; erf's in
/// closed form.
#[test]
fn extreme_variances_are_right_or_refused() {
    for exponent in [4, 8, 20, 100, 300] {
        let s = 10f64.powi(exponent);
        let point = at(Activation::Tanh, s, 0.0).fixed_point().unwrap();
        let (q, chi1) = (point.variance.unwrap(), point.chi1.unwrap());
        let near = 4.0 / s.sqrt();
        assert!((q / s - 1.0).abs() < near.max(1e-14), "{s:e}: {q:e}");
        let expected = s * 4.0 / 3.0 / (2.0 * PI * q).sqrt();
        assert!((chi1 / expected - 1.0).abs() < near.max(1e-11), "{s:e}: {chi1:e} {expected:e}");
        assert_eq!(point.phase, Phase::Chaotic);
        // sgn's map: C(0) = 0, and 0 is stable, with slope 2/π.
        assert!(point.correlation.unwrap() < 1e-9, "{point:?}");
        assert!((point.correlation_slope.unwrap() - 2.0 / PI).abs() < near.max(1e-9), "{point:?}");
        // V' = O(1/√q).
        assert!(point.variance_length.unwrap() < 1.0);
    }
    // Small biases hold q up: q* = σ_b²/(1 − σ_w² φ'(0)²), to q.
    for tiny in [1e-16, 1e-60, 1e-300] {
        for activation in [Activation::Tanh, Activation::Relu] {
            let slope = if activation == Activation::Tanh { 0.5 } else { 0.25 };
            let point = at(activation, 0.5, tiny).fixed_point().unwrap();
            let q = point.variance.unwrap();
            assert!((q * (1.0 - slope) / tiny - 1.0).abs() < 1e-13, "{tiny:e}: {q:e}");
            assert!((point.chi1.unwrap() / slope - 1.0).abs() < 1e-13 && point.correlation == Some(1.0));
        }
    }
    assert_eq!(at(Activation::Tanh, 1e-300, 0.0).fixed_point().unwrap().variance, Some(0.0));
    for activation in [Activation::Relu, Activation::Gelu, Activation::ReluPower(3), Activation::Erf] {
        for (sigma_w2, sigma_b2) in
            [(1e300, 0.0), (1e300, 1e300), (1e-300, 1e300), (1e-300, 1e-300), (1.0, 1e-300)]
        {
            let Ok(point) = at(activation.clone(), sigma_w2, sigma_b2).fixed_point() else { continue };
            let numbers = [point.variance, point.chi1, point.correlation, point.correlation_slope];
            assert!(numbers.into_iter().flatten().all(f64::is_finite), "{activation} {point:?}");
            assert!(point.variance.is_none_or(|q| q >= sigma_b2), "{activation} {point:?}");
        }
    }
}

/// One sample has one eigenvalue; a negative κ₂ makes κ₁ + (S − 1)κ₂ the smaller one.
#[test]
fn condition_numbers_are_at_least_1() {
    let kernel = at(Activation::Erf, 1.0, 0.0).limit_kernels(-0.05, 1.0, 1).unwrap()[0];
    assert!(kernel.off_diagonal < 0.0);
    for samples in 1..=15 {
        let s = samples as f64;
        let values = [kernel.gap, kernel.diagonal + (s - 1.0) * kernel.off_diagonal];
        let expected = if samples == 1 { 1.0 } else { values[0].max(values[1]) / values[0].min(values[1]) };
        let condition = kernel.trained_variance(samples).unwrap().condition;
        assert_eq!(condition, expected);
        assert!(condition >= 1.0 && (samples == 1 || condition > 1.0));
    }
}

/// With θ the angle of correlation c = 1 − d: E u₊²u'₊² = q² (3 sin θ cos θ + (π − θ)(1 + 2 cos² θ))/2π, 3q²/2 where θ = 0, and
/// E φ'φ' = 4 E u₊u'₊ = 2q (sin θ + (π − θ) cos θ)/π (Cho and Saul 2009). The Hermite series of relu^2 is too short for all of these.
#[test]
fn gaps_of_relu_powers_have_a_closed_form() {
    let (q, sigma_w2) = (2.0, 1.5);
    let map = at(Activation::ReluPower(2), sigma_w2, 0.1).correlation_map(q).unwrap();
    for d in [0.1, 0.45, 1.0, 1.7, 2.0] {
        let (c, theta) = (1.0 - d, f64::acos(1.0 - d));
        let (sine, open) = (theta.sin(), PI - theta);
        let value = (3.0 * sine * c + open * (1.0 + 2.0 * c * c)) / (2.0 * PI);
        let gap = sigma_w2 * q * q * (1.5 - value);
        let slope_gap = sigma_w2 * 2.0 * q * (1.0 - (sine + open * c) / PI);
        // To what the series may leave where it converges.
        assert!((map.gap(d).unwrap() / gap - 1.0).abs() < 1e-9, "{d}");
        assert!((map.slope_gap(d).unwrap() / slope_gap - 1.0).abs() < 1e-9, "{d}");
    }
    // φ² near 1: E (u₊² − u'₊²)²/2 = q²·(4 d E z₊²)/2·2 = 2q²d + O(d^{3/2}).
    let small = map.gap(1e-12).unwrap() / (sigma_w2 * q * q * 2.0 * 1e-12);
    assert!((small - 1.0).abs() < 1e-5, "{small}");
}

#[test]
fn a_variance_of_nothing_is_refused_with_its_cause() {
    let none = at(Activation::Erf, 1e-300, 0.0).correlation_map(0.0).unwrap_err().to_string();
    assert!(none.contains("σ_w² = 1e-300, σ_b² = 0 leave none"), "{none}");
}
