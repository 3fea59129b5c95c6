//! Where ticks are and what they say: steps of 1, 2, 5 on linear axes, powers of ten on logarithmic ones.

use crate::report::axis::Scale;
use crate::report::text::minus;

/// A labelled tick.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// Its natural value.
    pub at: f64,
    /// What it says (with markup).
    pub label: String,
}

/// The ticks of one axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Ticks {
    pub major: Vec<Tick>,
    /// Natural values of ticks without a label.
    pub minor: Vec<f64>,
    /// The power of ten taken out of all labels, 0 for none.
    pub power: i32,
}

/// Rounding room at the ends of an axis, as a part of a step.
const EDGE: f64 = 1e-6;

/// Ticks from `low` to `high` (natural values), with at most `most` labels where that can be had.
pub(crate) fn ticks(scale: Scale, low: f64, high: f64, most: usize) -> Ticks {
    let most = most.max(2);
    match scale {
        Scale::Linear => linear(low, high, most),
        Scale::Log10 => powers(low, high, most),
        Scale::Log2 => powers_of_2(low, high, most),
        Scale::Log10Numbers => {
            let numbers = linear(low.log10(), high.log10(), most);
            Ticks {
                major: numbers.major.into_iter().map(|t| Tick { at: 10f64.powf(t.at), ..t }).collect(),
                minor: Vec::new(),
                power: numbers.power,
            }
        }
    }
}

/// Ticks where the caller wants them.
pub(crate) fn chosen(scale: Scale, at: &[f64]) -> Ticks {
    let label = |v: f64| match scale {
        Scale::Linear => number(v),
        Scale::Log10 => power_label("10", v.log10(), v),
        Scale::Log2 => power_label("2", v.log2(), v),
        Scale::Log10Numbers => number(round_to(v.log10(), 12)),
    };
    Ticks {
        major: at.iter().map(|&v| Tick { at: v, label: label(v) }).collect(),
        minor: Vec::new(),
        power: 0,
    }
}

/// The smallest step 1, 2 or 5 times a power of ten that gives at most `most` ticks.
fn linear(low: f64, high: f64, most: usize) -> Ticks {
    let raw = (high - low) / most as f64;
    let mut exponent = raw.log10().floor() as i32;
    let (mut mantissa, mut place) = (1.0, 0);
    for _ in 0..12 {
        mantissa = [1.0, 2.0, 5.0][place];
        let (first, last) = ends(low, high, mantissa, exponent);
        if last - first + 1.0 <= most as f64 {
            break;
        }
        place += 1;
        if place == 3 {
            (place, exponent) = (0, exponent + 1);
        }
    }
    let (first, last) = ends(low, high, mantissa, exponent);
    // Labels of more than five digits, or with more than three zeros after the point, share a power of ten.
    let largest = low.abs().max(high.abs());
    let power = if !(1e-2..1e5).contains(&largest) { largest.log10().floor() as i32 } else { 0 };
    let decimals = (power - exponent).max(0) as usize;
    let mut major = Vec::new();
    let mut k = first;
    while k <= last && major.len() < 64 {
        let value = scaled(k * mantissa, exponent);
        let shown = scaled(k * mantissa, exponent - power);
        major.push(Tick { at: value, label: minus(&format!("{:.decimals$}", shown + 0.0)) });
        k += 1.0;
    }
    Ticks { major, minor: Vec::new(), power }
}

/// v · 10^e, dividing by a whole power where e < 0 so that 3·10⁻¹ is 0.3 and not 0.30000000000000004.
fn scaled(v: f64, e: i32) -> f64 {
    if e >= 0 { v * 10f64.powi(e) } else { v / 10f64.powi(-e) }
}

fn ends(low: f64, high: f64, mantissa: f64, exponent: i32) -> (f64, f64) {
    let step = scaled(mantissa, exponent);
    ((low / step - EDGE).ceil(), (high / step + EDGE).floor())
}

/// Powers of ten, every one or every second, third, fifth, tenth; 1–2–5 or all digits where fewer than two fit.
fn powers(low: f64, high: f64, most: usize) -> Ticks {
    let (a, b) = (low.log10(), high.log10());
    let (first, last) = ((a - EDGE).ceil() as i32, (b + EDGE).floor() as i32);
    if last - first < 1 {
        return digits(low, high, most);
    }
    let step = [1, 2, 3, 5, 10, 20, 50, 100]
        .into_iter()
        .find(|step| (last.div_euclid(*step) - (first - 1).div_euclid(*step)) as usize <= most)
        .unwrap_or(200);
    let mut major = Vec::new();
    let mut minor = Vec::new();
    for n in first - 1..=last {
        if n >= first {
            if n.rem_euclid(step) == 0 {
                major.push(Tick { at: scaled(1.0, n), label: format!("10^{{{}}}", minus(&n.to_string())) });
            } else {
                minor.push(scaled(1.0, n));
            }
        }
        if step == 1 && last - first <= 12 {
            minor.extend((2..10).map(|m| scaled(f64::from(m), n)).filter(|v| *v >= low && *v <= high));
        }
    }
    Ticks { major, minor, power: 0 }
}

/// Powers of two at whole steps of the exponent; plain digits where fewer than two fit.
fn powers_of_2(low: f64, high: f64, most: usize) -> Ticks {
    let (first, last) = ((low.log2() - EDGE).ceil(), (high.log2() + EDGE).floor());
    if last - first < 1.0 {
        return digits(low, high, most);
    }
    let exponents = linear(first, last, most.min((last - first) as usize + 1)).major;
    let at = |tick: &Tick| 2f64.powf(tick.at);
    Ticks {
        major: exponents.iter().map(|t| Tick { at: at(t), label: power_label("2", t.at, at(t)) }).collect(),
        minor: Vec::new(),
        power: 0,
    }
}

/// Less than two powers of ten in sight: digits times powers.
fn digits(low: f64, high: f64, most: usize) -> Ticks {
    let exponents = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let within = |v: &f64| *v >= low * (1.0 - EDGE) && *v <= high * (1.0 + EDGE);
    let all = |set: &[u8]| -> Vec<f64> {
        exponents
            .clone()
            .flat_map(|e| set.iter().map(move |m| scaled(f64::from(*m), e)))
            .filter(within)
            .collect()
    };
    let every = all(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let sets: [&[u8]; 3] = [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 5], &[1, 3]];
    // "1" and "2" alone say little of what is between.
    let fewest = most.min(3);
    let fitting = sets.iter().map(|set| all(set)).find(|found| (fewest..=most).contains(&found.len()));
    match fitting {
        Some(found) => Ticks {
            minor: every.into_iter().filter(|v| !found.contains(v)).collect(),
            major: found.into_iter().map(|v| Tick { at: v, label: number(v) }).collect(),
            power: 0,
        },
        None => linear(low, high, most),
    }
}

/// v as a power of `base`, n its logarithm, where that is whole.
fn power_label(base: &str, n: f64, v: f64) -> String {
    if (n - n.round()).abs() < 1e-9 {
        // + 0.0: no minus before a zero.
        format!("{base}^{{{}}}", minus(&format!("{}", n.round() + 0.0)))
    } else {
        number(v)
    }
}

/// A number in the fewest digits, with a power of ten where it is very large or small.
pub(crate) fn number(v: f64) -> String {
    let size = v.abs();
    if v == 0.0 || (1e-3..1e5).contains(&size) {
        return minus(&format!("{v}"));
    }
    let text = format!("{v:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent = minus(exponent);
    match mantissa {
        "1" => format!("10^{{{exponent}}}"),
        "-1" => format!("−10^{{{exponent}}}"),
        m => format!("{}×10^{{{exponent}}}", minus(m)),
    }
}

fn round_to(v: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    (v * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(t: &Ticks) -> Vec<&str> {
        t.major.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn linear_ticks_step_by_1_2_5() {
        assert_eq!(labels(&ticks(Scale::Linear, 0.0, 1.0, 6)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&ticks(Scale::Linear, -1.1, 1.1, 5)), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(labels(&ticks(Scale::Linear, 3.0, 97.0, 5)), ["20", "40", "60", "80"]);
        let large = ticks(Scale::Linear, 0.0, 3e6, 4);
        assert_eq!((labels(&large), large.power), (vec!["0", "1", "2", "3"], 6));
        let small = ticks(Scale::Linear, 0.0, 4e-5, 5);
        assert_eq!((labels(&small), small.power), (vec!["0", "1", "2", "3", "4"], -5));
    }

    #[test]
    fn never_more_labels_than_asked_for_on_a_linear_axis() {
        for most in 2..10 {
            for (low, high) in [(0.0, 1.0), (-3.7, 12.9), (1e-9, 2e-9), (-1e12, 4e12), (99.0, 101.0)] {
                let found = ticks(Scale::Linear, low, high, most);
                assert!(found.major.len() <= most && !found.major.is_empty(), "{low} {high} {most}");
                let step = high - low;
                assert!(found.major.iter().all(|t| t.at >= low - 1e-5 * step && t.at <= high + 1e-5 * step));
            }
        }
    }

    #[test]
    fn log_ticks_are_powers_then_digits() {
        let wide = ticks(Scale::Log10, 1.0, 3000.0, 6);
        assert_eq!(labels(&wide), ["10^{0}", "10^{1}", "10^{2}", "10^{3}"]);
        assert!(wide.minor.contains(&20.0) && wide.minor.contains(&2000.0) && !wide.minor.contains(&4000.0));
        assert_eq!(
            labels(&ticks(Scale::Log10, 1e-12, 1.0, 5)),
            ["10^{−12}", "10^{−9}", "10^{−6}", "10^{−3}", "10^{0}"]
        );
        assert_eq!(labels(&ticks(Scale::Log10, 0.15, 0.9, 5)), ["0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(labels(&ticks(Scale::Log10, 0.41, 0.47, 4)), ["0.42", "0.44", "0.46"]);
        assert_eq!(labels(&ticks(Scale::Log10Numbers, 1.0, 1000.0, 4)), ["0", "1", "2", "3"]);
        let two = ticks(Scale::Log2, 1.0, 128.0, 8);
        assert_eq!(labels(&two), ["0", "1", "2", "3", "4", "5", "6", "7"].map(|n| format!("2^{{{n}}}")));
        assert!(two.major.iter().enumerate().all(|(n, t)| t.at == 2f64.powi(n as i32)));
        assert_eq!(labels(&ticks(Scale::Log2, 0.3, 9.0, 3)), ["2^{0}", "2^{2}"]);
        assert_eq!(labels(&ticks(Scale::Log2, 2.1, 3.9, 5)), ["2.5", "3.0", "3.5"]);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(-0.25), "−0.25");
        assert_eq!(number(1e7), "10^{7}");
        assert_eq!(number(-2.5e-7), "−2.5×10^{−7}");
        assert_eq!(number(0.0), "0");
    }
}
