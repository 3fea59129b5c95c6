//! Activations: names, values, derivatives, slopes.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::architecture::Slopes;

#[test]
fn names_round_trip_and_wrong_ones_are_refused() {
    use Activation::*;
    for activation in [
        Relu,
        Erf,
        Tanh,
        Gelu,
        Sigmoid,
        ReluPower(0),
        ReluPower(3),
        LeakyRelu(-0.25),
        Silu,
        Softplus,
        Elu,
        Sin,
        Cos,
    ] {
        let json = serde_json::to_string(&activation).unwrap();
        assert_eq!(serde_json::from_str::<Activation>(&json).unwrap(), activation);
    }
    for text in [
        "",
        "ReLU",
        "relu^",
        "relu^-1",
        "relu^13",
        "relu^x",
        "custom:f",
        "leaky-relu",
        "leaky-relu:",
        "leaky-relu:0",
        "leaky-relu:inf",
        "leaky-relu:NaN",
    ] {
        assert!(text.parse::<Activation>().is_err(), "{text}");
    }
    let custom = Custom { name: "relu".into(), function: |x| x, derivative: None, kinks: vec![] };
    let json = serde_json::to_string(&custom).unwrap();
    assert_eq!(json, "\"custom:relu\"");
    let refused = serde_json::from_str::<Activation>(&json).unwrap_err().to_string();
    assert!(refused.contains("cannot be read back"), "{refused}");
}

/// One function, one name: parsed, read by serde, constructed.
#[test]
fn the_first_power_of_relu_is_relu() {
    use Activation::*;
    let parsed: Activation = "relu^1".parse().unwrap();
    let read: Activation = serde_json::from_str("\"relu^1\"").unwrap();
    assert!([parsed, read, Activation::relu_power(1)].iter().all(|a| *a == Relu && a.to_string() == "relu"));
    assert!(ReluPower(1).check().unwrap_err().to_string().contains("Activation::Relu"));
    assert_eq!(Activation::relu_power(0), ReluPower(0));
}

/// NaN is not 0, and everything else keeps the bits that `f64::max` gives.
#[test]
fn relu_passes_nan_and_nothing_else_changes() {
    use Activation::*;
    for activation in [
        Relu,
        Erf,
        Tanh,
        Gelu,
        Sigmoid,
        ReluPower(0),
        ReluPower(2),
        LeakyRelu(0.1),
        Silu,
        Softplus,
        Elu,
        Sin,
        Cos,
    ] {
        assert!(activation.value(f64::NAN).is_nan(), "{activation}");
    }
    let ordinary = [0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, f64::MAX, f64::MIN, f64::INFINITY, -f64::INFINITY];
    for x in ordinary.map(std::hint::black_box) {
        assert_eq!(Relu.value(x).to_bits(), x.max(0.0).to_bits(), "{x}");
    }
}

#[test]
fn slopes_are_those_of_functions_linear_on_either_side_of_0() {
    let custom = |function, derivative, kinks: &[f64]| Custom {
        name: "f".into(),
        function,
        derivative: Some(derivative),
        kinks: kinks.to_vec(),
    };
    use Activation::*;
    assert_eq!(Relu.slopes(), Some(Slopes { left: 0.0, right: 1.0 }));
    let leaky = custom(|x| if x > 0.0 { x } else { 0.1 * x }, |x| if x > 0.0 { 1.0 } else { 0.1 }, &[0.0]);
    assert_eq!(leaky.slopes(), Some(Slopes { left: 0.1, right: 1.0 }));
    assert_eq!(leaky.slopes().unwrap().mean_square(), 0.505);
    assert_eq!(LeakyRelu(0.1).slopes(), leaky.slopes());
    assert!(!custom(|x| 3.0 * x, |_| 3.0, &[]).slopes().unwrap().bent());
    for other in [
        Tanh,
        ReluPower(2),
        custom(|x| x.clamp(0.0, 6.0), |x| f64::from(x > 0.0 && x < 6.0), &[0.0, 6.0]),
        custom(|x| x.clamp(0.0, 6.0), |x| f64::from(x > 0.0 && x < 6.0), &[0.0]),
        custom(|x| x + 0.1 * x.sin(), |x| 1.0 + 0.1 * x.cos(), &[]),
        custom(|x| x.max(0.0) + 1.0, |x| f64::from(x > 0.0), &[0.0]),
        custom(|x| x * x, |x| 2.0 * x, &[]),
    ] {
        assert_eq!(other.slopes(), None, "{other}");
    }
}

/// Central differences: error h²φ'''/6 + ε/h, h = 1e-5.
#[test]
fn derivatives_are_derivatives() {
    use Activation::*;
    for activation in [
        Relu,
        Erf,
        Tanh,
        Gelu,
        Sigmoid,
        ReluPower(2),
        ReluPower(3),
        LeakyRelu(0.1),
        Silu,
        Softplus,
        Elu,
        Sin,
        Cos,
    ] {
        for x in [-3.1, -1.2, -0.3, 0.2, 0.9, 2.7] {
            let h = 1e-5;
            let slope = (activation.value(x + h) - activation.value(x - h)) / (2.0 * h);
            assert!((slope - activation.derivative(x).unwrap()).abs() < 1e-9, "{activation} {x}");
        }
    }
}

/// Far from 0, where a careless formula overflows or loses everything.
#[test]
fn the_tails_keep_their_digits() {
    use Activation::*;
    assert_eq!(Softplus.value(1000.0), 1000.0);
    assert!((Softplus.value(-40.0) / (-40f64).exp() - 1.0).abs() < 4.0 * f64::EPSILON);
    assert!((Silu.value(-40.0) / (-40.0 * (-40f64).exp()) - 1.0).abs() < 4.0 * f64::EPSILON);
    assert_eq!((Elu.value(-1e-20), Elu.value(-1000.0), Silu.value(800.0)), (-1e-20, -1.0, 800.0));
    assert_eq!([Silu, Softplus, Elu].map(|a| a.derivative(-800.0)), [Some(0.0); 3]);
}
