//! The filters' arithmetic against 900-digit references, and their limits and composition.
#![allow(clippy::unwrap_used)]

use ndarray::array;

use super::{Filter, Response};
use crate::error::Error;

fn on_unit_spectrum(filter: Filter) -> Response {
    filter.response(10, array![1e-3].view(), f64::EPSILON).unwrap()
}

fn close(found: f64, expected: f64, ulps: f64) -> bool {
    (found - expected).abs() <= ulps * f64::EPSILON * expected.abs()
}

// mpmath at 900 digits, from the definitions as they stand: λ, t, φ, e^{−λt}, (t − φ)/λ.
const FLOW: [[f64; 5]; 15] = [
    [0.0, 3.0, 3.0, 1.0, 4.5],
    [5e-324, 0.75, 0.75, 1.0, 0.28125],
    [1e-310, 7.0, 7.0, 1.0, 24.5],
    [3e-17, 100000.0, 99999.99999985, 0.999999999997, 4999999999.995],
    [1e-09, 9999.0, 9998.950010166116, 0.9999900010499898, 49989833.883744836],
    [1.1e-06, 9000.0, 8955.596651857135, 0.9901488436829572, 40366680.12987732],
    [0.3, 0.0, 0.0, 1.0, 0.0],
    [0.3, 0.033, 0.032837187723476165, 0.9901488436829572, 0.0005427075884127951],
    [0.3, 0.034, 0.03382718805968369, 0.9898518435820949, 0.0005760398010543834],
    [0.7, 1.3, 0.8535368228090915, 0.40252422403363597, 0.6378045388441551],
    [0.9, 40.0, 1.1111111111111107, 2.319522830243567e-16, 43.20987654320987],
    [0.61, 1000.0, 1.639344262295082, 1.2032781734912928e-265, 1636.6568126847621],
    [-2e-16, 60000.0, 60000.00000036, 1.000000000012, 1800000000.0072],
    [-1e-09, 1000000.0, 1000500.1667083417, 1.0010005001667084, 500166708341.668],
    [-3e-05, 100000.0, 636184.5641062557, 20.085536923187668, 17872818803.541855],
];
// λ, η, k, φ, (1 − ηλ)^k, (ηk − φ)/λ.
const DESCENT: [[f64; 6]; 18] = [
    [0.0, 0.6, 1000.0, 600.0, 1.0, 179820.0],
    [5e-324, 0.6, 1000.0, 600.0, 1.0, 179820.0],
    [1e-09, 0.6, 6000.0, 3599.993521087772, 0.9999964000064789, 6478912.227894559],
    [1e-05, 0.6, 1000.0, 598.2053838459497, 0.9940179461615405, 179461.6154050319],
    [3e-05, 0.6, 6000.0, 3412.4425357878295, 0.8976267239263651, 6251915.47373902],
    [0.3, 0.6, 1.0, 0.6, 0.8200000000000001, 0.0],
    [0.3, 0.6, 7.0, 2.5023817647744, 0.24928547056768002, 5.658727450752],
    [0.7, 1.3, 2.0, 1.417, 0.008100000000000005, 1.6900000000000002],
    [0.7, 1.5, 3.0, 1.4287500000000002, -0.0001249999999999995, 4.3875],
    [0.7, 1.5, 4.0, 1.4285625000000002, 6.249999999999966e-06, 6.530625000000001],
    [0.7, 2.857, 1001.0, 2.721060586098866, -0.9047424102692061, 4081.622770591288],
    [0.7, 2.857, 1000.0, 0.13595300920205433, 0.904832893558562, 4081.234352843998],
    [0.81, 2.469, 100001.0, 1.2345885058796306, -1.66897625008484e-05, 304816.33877962234],
    [0.5, 2.0, 3.0, 2.0, 0.0, 8.0],
    [-1e-15, 0.6, 60000.0, 36000.00000064799, 1.000000000036, 647989200.0077755],
    [-1e-06, 0.6, 60000.0, 36655.83529504512, 1.036655835295045, 655835295.0451242],
    [0.3, 0.6, 0.0, 0.0, 1.0, 0.0],
    [1.0, 0.9999, 2.0, 0.99999999, 9.999999999997797e-09, 0.9998000100000001],
];

#[test]
fn flow_equals_900_digits() {
    for [lambda, time, value, residual, accumulated] in FLOW {
        let response = on_unit_spectrum(Filter::Flow { time });
        check(&response, lambda, [value, residual, accumulated], lambda * time);
    }
}

#[test]
fn descent_equals_900_digits() {
    for [lambda, rate, steps, value, residual, accumulated] in DESCENT {
        let response = on_unit_spectrum(Filter::GradientDescent { rate, steps: steps as u64 });
        check(&response, lambda, [value, residual, accumulated], lambda * rate * steps);
    }
}

fn check(response: &Response, lambda: f64, [value, residual, accumulated]: [f64; 3], u: f64) {
    let what = format!("{} at {lambda:e}", response.filter());
    let found = response.value(lambda);
    // exp and expm1 are right to 1 ulp, of an argument rounded once; growth (λ < 0) amplifies that by |λt|.
    let growth = 1.0 + (-u).max(0.0);
    assert!(close(found, value, 4.0 * growth), "{what}: φ = {found:e}, not {value:e}");
    let found = response.residual(lambda);
    let ulps = 4.0 + residual.abs().ln().abs();
    assert!(
        residual == 0.0 && found == 0.0 || close(found, residual, ulps),
        "{what}: {found:e}, not {residual:e}"
    );
    let found = response.accumulated(lambda).unwrap();
    // Beyond the series t − φ cancels by a factor 2/|λt| at most: 200 at its border.
    let ulps = 4.0 * growth + 6.0 / u.abs().max(super::response::SERIES);
    assert!(close(found, accumulated, ulps), "{what}: ψ = {found:e}, not {accumulated:e}");
}

#[test]
fn ridge_and_limit_are_what_they_say() {
    let ridge = Filter::Ridge { delta: 3.0 }.response(4, array![1.0].view(), f64::EPSILON).unwrap();
    assert_eq!((ridge.value(0.25), ridge.residual(0.25)), (1.0, 0.75));
    let limit = Filter::Limit.response(1000, array![0.5, 1e-20, -1e-17].view(), f64::EPSILON).unwrap();
    assert_eq!((limit.value(0.5), limit.residual(0.5)), (2.0, 0.0));
    for rounding in [1e-20, 0.0, -1e-17] {
        assert_eq!((limit.value(rounding), limit.residual(rounding)), (0.0, 1.0));
    }
}

/// residual = 1 − λ·value, two routes to one number; the sum cancels, so in units of ε absolutely.
#[test]
fn value_and_residual_belong_together() {
    for text in [
        "flow:0",
        "flow:0.3",
        "flow:17",
        "flow:1e5",
        "gd:0.6x1",
        "gd:1.9x7",
        "gd:1.9x8",
        "ridge:0.1",
        "limit",
    ] {
        let filter: Filter = text.parse().unwrap();
        let response = filter.response(10, array![1.0].view(), f64::EPSILON).unwrap();
        for lambda in [1.0, 0.7, 0.31, 1e-2, 1e-6, 1e-12] {
            let (value, residual) = (response.value(lambda), response.residual(lambda));
            assert!((1.0 - lambda * value - residual).abs() <= 6.0 * f64::EPSILON, "{text} at {lambda}");
        }
    }
}

#[test]
fn two_trainings_after_each_other_are_one() {
    let flow = |time: f64| on_unit_spectrum(Filter::Flow { time });
    let descent = |steps: u64| on_unit_spectrum(Filter::GradientDescent { rate: 0.6, steps });
    for lambda in [1.4, 0.3, 1e-3, 0.0, -1e-12] {
        for (first, second, both) in
            [(flow(1.5), flow(7.25), flow(8.75)), (descent(13), descent(8), descent(21))]
        {
            let (a, b) = (first.residual(lambda), second.residual(lambda));
            let ulps = 12.0 + 3.0 * (a * b).abs().ln().abs();
            assert!(close(a * b, both.residual(lambda), ulps), "residual at {lambda}");
            // φ_{s+t} = φ_s + (1 − λφ_s) φ_t.
            let value = first.value(lambda) + a * second.value(lambda);
            assert!(close(value, both.value(lambda), 24.0), "value at {lambda}");
        }
    }
}

#[test]
fn long_flow_is_the_limit_and_no_flow_is_nothing() {
    let spectrum = array![1.0, 0.01];
    let at =
        |filter: Filter, lambda| filter.response(10, spectrum.view(), f64::EPSILON).unwrap().value(lambda);
    for lambda in spectrum.iter().copied() {
        assert_eq!(at(Filter::Flow { time: 0.0 }, lambda), 0.0);
        assert_eq!(at(Filter::GradientDescent { rate: 0.6, steps: 0 }, lambda), 0.0);
        // e^{−50} is below ε.
        assert_eq!(at(Filter::Flow { time: 5000.0 }, lambda), at(Filter::Limit, lambda));
    }
}

/// Halving η at fixed ηk halves the distance to the flow: the measured order is 1.
#[test]
fn descent_tends_to_flow_at_order_one() {
    let (time, lambda) = (2.0, 0.8);
    let flow = on_unit_spectrum(Filter::Flow { time }).value(lambda);
    let error = |steps: u64| {
        let rate = time / steps as f64;
        (on_unit_spectrum(Filter::GradientDescent { rate, steps }).value(lambda) - flow).abs()
    };
    for steps in [64, 256, 1024, 4096] {
        let order = (error(steps) / error(2 * steps)).log2();
        // The next term of the expansion is λη times the first.
        let bound = 2.0 * lambda * time / steps as f64;
        assert!((order - 1.0).abs() < bound, "order {order} at {steps} steps");
    }
}

#[test]
fn what_diverges_or_means_nothing_is_refused() {
    let spectrum = array![0.5, 0.1];
    let response = |filter: Filter| filter.response(10, spectrum.view(), f64::EPSILON);
    let refused = response(Filter::GradientDescent { rate: 4.0, steps: 1 }).unwrap_err().to_string();
    assert!(refused.contains("2/λ_1 = 4"), "{refused}");
    assert!(response(Filter::GradientDescent { rate: 3.99, steps: 1 }).is_ok());
    for filter in [
        Filter::Flow { time: f64::NAN },
        Filter::Flow { time: -1.0 },
        Filter::Flow { time: f64::INFINITY },
        Filter::GradientDescent { rate: 0.0, steps: 1 },
        Filter::Ridge { delta: 0.0 },
        Filter::Ridge { delta: 1e-15 },
    ] {
        assert!(matches!(response(filter), Err(Error::Parameter { .. })), "{filter}");
    }
    assert!(matches!(
        Filter::Limit.response(2, array![1.0, f64::NAN].view(), f64::EPSILON),
        Err(Error::NotFinite { row: 1, .. })
    ));
}

#[test]
fn text_goes_both_ways() {
    for text in ["flow:12.5", "gd:0.6x1000", "ridge:0.1", "limit", "flow:0.00000000000000000000000000001"] {
        let filter: Filter = text.parse().unwrap();
        assert_eq!(filter.to_string(), text);
        let json = serde_json::to_string(&filter).unwrap();
        assert_eq!(serde_json::from_str::<Filter>(&json).unwrap(), filter);
    }
    for text in
        ["", "flow", "flow:", "flow:inf", "gd:0.6", "gd:0.6x", "gd:0.6x-1", "ridge:-1", "limit:1", "x:1"]
    {
        assert!(matches!(text.parse::<Filter>(), Err(Error::Parameter { .. })), "{text}");
    }
}
