#![allow(clippy::unwrap_used)]

use super::*;

/// With two times the slope is a quotient of differences; the variances are those of simulated trainings, draw by draw of f₀
/// and noise, within what the simulation knows of them.
#[test]
fn exponents_of_simulated_trainings() {
    use crate::flow::Risk;
    let small = RiskInTime {
        sizes: vec![40],
        draws: 2,
        windows: vec![[5.0, 80.0]],
        points: 2,
        test_points: 60,
        ..RiskInTime::default()
    };
    let result = small.run().unwrap();
    let mut simulated = [[0.0; 2]; 2];
    for draw in 0..2 {
        let seed = small.seed.child("risk in time 5 40", draw);
        let data = Task::Sphere { d: 5, noise: 0.0 }.draw(40, 60, seed).unwrap();
        // A target of 0 has no bias: without noise the error is f₀'s part, from f₀ = 0 it is the noise's.
        let (y, truth) = (&data.y * 0.0, &data.truth * 0.0);
        let rows = crate::data::TrainTestView { y: y.view(), truth: truth.view(), ..data.view() };
        for (k, time) in [5.0, 80.0].into_iter().enumerate() {
            let mean = |noise: f64, factor: f64| {
                let risk = Risk { noise, ..Risk::default() };
                risk.simulate(rows, Filter::Flow { time }, factor, 4000, Seed(3)).unwrap().mean
            };
            simulated[0][k] += mean(0.0, 1.0) / 2.0;
            simulated[1][k] += mean(0.2, 0.0) / 2.0;
        }
    }
    for (exponent, [first, last]) in result.exponents.iter().zip(simulated) {
        // 4000 trainings know a mean of squares to about 1 %; the mean of two logarithms is no logarithm of a mean, but
        // two samples differ by a tenth, which is 0.005 in it.
        let by_hand = (last / first).ln() / 16f64.ln();
        assert!((exponent.measured.mean - by_hand).abs() < 0.02, "{exponent:?}, {by_hand}");
    }
    let [first, last] = [result.curves[0], result.curves[1]];
    assert!((first.start / simulated[0][0] - 1.0).abs() < 0.05, "{first:?}, {simulated:?}");
    assert!((last.noise / simulated[1][1] - 1.0).abs() < 0.05, "{last:?}, {simulated:?}");
}

/// Far out the population model has the theory's exponents; for f₀ the next term is smaller by t^{−1/d}.
#[test]
fn exponents_of_the_population_tend_to_the_limits() {
    for d in [3, 5] {
        let far = RiskInTime {
            d,
            sizes: vec![10],
            draws: 2,
            windows: vec![[1e2, 1e3], [1e10, 1e11]],
            test_points: 10,
            ..RiskInTime::default()
        };
        let result = far.run().unwrap();
        for pair in result.exponents.chunks(2) {
            let [near, far] = [0, 1].map(|k| (pair[k].population - pair[k].limit).abs());
            assert!(far < 0.01 && far < near, "d = {d}: {pair:?}");
        }
    }
}

#[test]
fn parameters_without_meaning_are_refused() {
    let ok = RiskInTime::default();
    for parameters in [
        RiskInTime { sizes: vec![], ..ok.clone() },
        RiskInTime { sizes: vec![100, 50], ..ok.clone() },
        RiskInTime { draws: 1, ..ok.clone() },
        RiskInTime { windows: vec![], ..ok.clone() },
        RiskInTime { windows: vec![[10.0, 10.0]], ..ok.clone() },
        RiskInTime { windows: vec![[0.0, 10.0]], ..ok.clone() },
        RiskInTime { windows: vec![[f64::NAN, 10.0]], ..ok.clone() },
        RiskInTime { points: 1, ..ok.clone() },
        RiskInTime { test_points: 0, ..ok.clone() },
        RiskInTime { level: 1.0, ..ok.clone() },
        RiskInTime { d: 1, ..ok.clone() },
        RiskInTime { noise: 0.0, ..ok.clone() },
        RiskInTime { sizes: vec![100_000_000], ..ok.clone() },
    ] {
        assert!(parameters.check().is_err(), "{parameters:?}");
    }
    ok.check().unwrap();
}
