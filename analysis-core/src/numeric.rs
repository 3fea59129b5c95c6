//! The least of a function of one variable, the slope through points, tails of powers.

/// Where f is least between `low` and `high` (positive), by golden section in ln x.
pub(crate) fn golden(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    const RATIO: f64 = 0.618_033_988_749_894_9;
    let (mut a, mut b) = (low.ln(), high.ln());
    let (mut c, mut e) = (b - RATIO * (b - a), a + RATIO * (b - a));
    let (mut fc, mut fe) = (f(c.exp()), f(e.exp()));
    // √ε: finer differences in x leave f unchanged.
    while b - a > 1e-8 {
        if fc <= fe {
            (b, e, fe) = (e, c, fc);
            c = b - RATIO * (b - a);
            fc = f(c.exp());
        } else {
            (a, c, fc) = (c, e, fe);
            e = a + RATIO * (b - a);
            fe = f(e.exp());
        }
    }
    (0.5 * (a + b)).exp()
}

/// The least-squares slope alone, of two points or more at different x, as many y.
pub(crate) fn least_squares_slope(x: &[f64], y: &[f64]) -> f64 {
    let count = x.len() as f64;
    let (x_mean, y_mean) = (x.iter().sum::<f64>() / count, y.iter().sum::<f64>() / count);
    let products: f64 = x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    products / x.iter().map(|x| (x - x_mean) * (x - x_mean)).sum::<f64>()
}

/// Σ_{i > m} i^{−a}, a > 1, by Euler and Maclaurin's first terms: the error is below a/12 · m^{−a−1}.
pub(crate) fn tail_of_powers(m: usize, a: f64) -> f64 {
    let m = m as f64;
    m.powf(1.0 - a) / (a - 1.0) - 0.5 * m.powf(-a)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ζ(2) = π²/6, ζ(1.1) = 10.584448464950801.
    #[test]
    fn tails_of_powers() {
        let zeta = |a: f64| (1..=1000).map(|i| f64::from(i).powf(-a)).sum::<f64>() + tail_of_powers(1000, a);
        assert!((zeta(2.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 2.0 / 12.0 * 1e-9);
        assert!((zeta(1.1) - 10.584_448_464_950_801).abs() < 1.1 / 12.0 * 1000f64.powf(-2.1) + 1e-12);
    }

    #[test]
    fn the_least_of_a_parabola_in_the_logarithm_is_found() {
        // f is flat to rounding within √ε of its least.
        let found = golden(1e-3, 1e3, |x| (x.ln() - 1.0).powi(2));
        assert!((found.ln() - 1.0).abs() < 1e-7, "{found}");
        // At an end, too.
        assert!((golden(2.0, 8.0, |x| x) / 2.0 - 1.0).abs() < 1e-7);
    }
}
