//! The least of a function of one variable, and the slope through points.

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

#[cfg(test)]
mod tests {
    use super::golden;

    #[test]
    fn the_least_of_a_parabola_in_the_logarithm_is_found() {
        // f is flat to rounding within √ε of its least.
        let found = golden(1e-3, 1e3, |x| (x.ln() - 1.0).powi(2));
        assert!((found.ln() - 1.0).abs() < 1e-7, "{found}");
        // At an end, too.
        assert!((golden(2.0, 8.0, |x| x) / 2.0 - 1.0).abs() < 1e-7);
    }
}
