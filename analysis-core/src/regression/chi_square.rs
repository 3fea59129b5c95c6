//! Quantiles of χ².

use std::f64::consts::PI;

/// x with P(χ²_ν ≤ x) = `p`, 0 < p < 1, for ν = `freedom` > 0 degrees of freedom, whole or not.
pub(crate) fn chi_square_quantile(p: f64, freedom: f64) -> f64 {
    // Wilson and Hilferty's approximation lies within these for every ν; halving an interval 60 times leaves one unit in the
    // last place.
    let (mut low, mut high) = (0.0, 10.0 * freedom + 100.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if lower_gamma(0.5 * freedom, 0.5 * middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The regularised incomplete gamma function P(a, x), by its series below x = a + 1 and its continued fraction above (Abramowitz
/// and Stegun, 6.5.29 and 6.5.31).
fn lower_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - log_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > sum * f64::EPSILON {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        return front * sum;
    }
    // Lentz's method.
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / f64::MIN_POSITIVE, 1.0 / b);
    let mut fraction = d;
    for k in 1..100_000 {
        let k = f64::from(k);
        let part = -k * (k - a);
        b += 2.0;
        d = 1.0 / (part * d + b);
        c = b + part / c;
        let step = c * d;
        fraction *= step;
        if (step - 1.0).abs() < 4.0 * f64::EPSILON {
            break;
        }
    }
    1.0 - front * fraction
}

/// ln Γ(a), a > 0.
fn log_gamma(a: f64) -> f64 {
    // Stirling's series needs a of 10 or more for its last digits.
    let mut product = 1.0;
    let mut x = a;
    while x < 15.0 {
        product *= x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y * (1.0 / 1680.0 - y / 1188.0)))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `scipy.stats.chi2.ppf(p, freedom)`.
    #[test]
    fn quantiles_are_the_tabulated_ones() {
        for (p, freedom, expected) in QUANTILES {
            let found = chi_square_quantile(p, freedom);
            // P is right to some ν·ε (the power x^a in front), and x moves by that over its density.
            let bound = (20.0 + freedom) * 4.0 * f64::EPSILON * expected;
            assert!((found - expected).abs() < bound, "{p} {freedom}: {found} {expected}");
        }
    }

    const QUANTILES: [(f64, f64, f64); 9] = [
        (0.05, 1.0, 0.003932140000019522),
        (0.95, 1.0, 3.841458820694124),
        (0.95, 6.0, 12.591587243743977),
        (0.05, 6.0, 1.6353828943279067),
        (0.05, 270.0, 232.94738536281733),
        (0.95, 270.0, 309.32575902109704),
        (0.05, 5400.0, 5230.206355158375),
        (0.5, 2.5, 1.8738477677808791),
        (0.95, 3.7, 8.99713556762768),
    ];
}
