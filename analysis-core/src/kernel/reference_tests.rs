//! Kernel values against the references of `tests/reference` (30 digits, mpmath).
#![allow(clippy::unwrap_used, clippy::panic)]

use super::{Angle, Kernel, KernelKind};

pub(super) struct Row<'a>(Vec<&'a str>);

impl Row<'_> {
    pub(super) fn text(&self, column: usize) -> &str {
        self.0[column]
    }
    pub(super) fn number(&self, column: usize) -> f64 {
        self.0[column].parse().unwrap()
    }
    /// Two columns: "theta" or "supplement", and its value.
    pub(super) fn angle(&self, column: usize) -> Angle {
        match self.text(column) {
            "theta" => Angle::new(self.number(column + 1)).unwrap(),
            "supplement" => Angle::from_supplement(self.number(column + 1)).unwrap(),
            other => panic!("{other}"),
        }
    }
}

pub(super) fn table(text: &str) -> Vec<Row<'_>> {
    let rows: Vec<Row> = text.lines().skip(1).map(|line| Row(line.split('\t').collect())).collect();
    assert!(rows.len() > 10);
    rows
}

/// Relative error of NNGP ≤ 8 ε·(1 + L/4), of NTK likewise against the sum of the sizes of its terms (NTK itself passes
/// through zero at θ ≈ 1.98). Each layer adds a handful of roundings, and κ₁ contracts the angles' errors.
#[test]
fn relu_networks_to_the_last_digits() {
    let (mut worst_nngp, mut worst_ntk) = (0.0_f64, 0.0_f64);
    for row in table(include_str!("../../tests/reference/relu.tsv")) {
        let hidden_layers: usize = row.text(2).parse().unwrap();
        let angle = row.angle(0);
        let bound = 8.0 * f64::EPSILON * (1.0 + hidden_layers as f64 / 4.0);
        let value =
            |kind| Kernel { kind, hidden_layers, ..Kernel::default() }.profile().unwrap().at(angle).unwrap();
        let (nngp, ntk) = (value(KernelKind::Nngp), value(KernelKind::Ntk));
        let nngp_error = (nngp / row.number(3) - 1.0).abs();
        // Θ = κ₁^(L) + κ₀ Θ_{L−1} with Θ₀ = u: the sizes of the terms are at most |Θ| + 2|u|κ₀·….
        let size = row.number(4).abs() + 2.0 * angle.cosine().abs() * angle.supplement().min(1.0);
        let ntk_error = (ntk - row.number(4)).abs() / size;
        assert!(nngp_error < bound, "NNGP {:?}: {nngp:e}, {nngp_error:e}", row.0);
        assert!(ntk_error < bound, "NTK {:?}: {ntk:e}, {ntk_error:e}", row.0);
        worst_nngp = worst_nngp.max(nngp_error);
        worst_ntk = worst_ntk.max(ntk_error);
    }
    println!("worst relative error: NNGP {worst_nngp:e}, NTK {worst_ntk:e}");
}

fn activation(name: &str) -> super::Activation {
    use super::Activation;
    let custom = |name: &str, function, derivative, kinks: &[f64]| Activation::Custom {
        name: name.into(),
        function,
        derivative: Some(derivative),
        kinks: kinks.to_vec(),
    };
    match name {
        "leaky" => {
            custom(name, |x| if x > 0.0 { x } else { 0.1 * x }, |x| if x > 0.0 { 1.0 } else { 0.1 }, &[0.0])
        }
        "hardtanh" => custom(name, |x| x.clamp(-1.0, 1.0), |x| f64::from(x.abs() < 1.0), &[-1.0, 1.0]),
        "shifted" => custom(name, |x| (x - 0.7).abs(), |x| if x > 0.7 { 1.0 } else { -1.0 }, &[0.7]),
        "steep-elu" => custom(
            name,
            |x| if x > 0.0 { x } else { 2.0 * x.exp_m1() },
            |x| if x > 0.0 { 1.0 } else { 2.0 * x.exp() },
            &[0.0],
        ),
        _ => name.parse().unwrap(),
    }
}

/// Errors of E\[φφ\] and E\[φ'φ'\] of one layer, relative to √(Eφ(x)²Eφ(y)²) and √(Eφ'(x)²Eφ'(y)²).
///
/// Required: 1e-12 for closed forms and smooth φ, 1e-9 with kinks. Asserted: about ten times what was measured (printed),
/// so that a lost digit shows; and all within what [`super::Gram::epsilon`] counts on.
#[test]
fn dual_activations_keep_their_digits() {
    use crate::gaussian::Dual;
    use std::collections::BTreeMap;
    let zero = Angle::new(0.0).unwrap();
    let mut worst: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for row in table(include_str!("../../tests/reference/dual.tsv")) {
        let dual = Dual::new(&activation(row.text(0))).unwrap();
        let (x, y) =
            (dual.marginal(row.number(1), true).unwrap(), dual.marginal(row.number(2), true).unwrap());
        let pair = dual.pair(&x, &y, row.angle(3), true).unwrap();
        let scale = (x.moment * y.moment).sqrt();
        let slopes = [&x, &y].map(|m| dual.pair(m, m, zero, true).unwrap().derivative);
        let value = (pair.value - row.number(5)).abs() / scale;
        let derivative = (pair.derivative - row.number(6)).abs() / (slopes[0] * slopes[1]).sqrt();
        let bound = match row.text(0) {
            "leaky" | "shifted" => 8e-14,
            "tanh" => 4e-14,
            "steep-elu" => 3e-14,
            "sigmoid" => 2e-14,
            // At a small deviation E φ'² is a hundredth of E φ², whose rounding it has.
            "cos" => 8e-14,
            _ => 8e-15, // erf, gelu, hardtanh, relu^k
        };
        assert!(bound <= crate::gaussian::QUADRATURE_ERROR);
        assert!(value < bound && derivative < bound, "{:?}: {value:e} {derivative:e}", row.0);
        assert!((pair.gap - (scale - pair.value)).abs() < 10.0 * bound * scale, "{:?}", row.0);
        assert!((pair.sum - (scale + pair.value)).abs() < 10.0 * bound * scale, "{:?}", row.0);
        let entry = worst.entry(row.text(0).to_string()).or_default();
        *entry = (entry.0.max(value), entry.1.max(derivative));
    }
    for (name, (value, derivative)) in worst {
        println!("{name}: E[φφ] {value:.1e}, E[φ'φ'] {derivative:.1e}");
    }
}

/// A smooth φ through the other engine: a kink declared where there is none sends it to the piecewise quadrature.
#[test]
fn both_quadratures_agree_on_a_smooth_activation() {
    use crate::gaussian::Dual;
    let series = Dual::new(&super::Activation::Tanh).unwrap();
    let pieces = Dual::new(&super::Activation::Custom {
        name: "tanh".into(),
        function: f64::tanh,
        derivative: Some(|x| 1.0 / x.cosh().powi(2)),
        kinks: vec![0.0],
    })
    .unwrap();
    let mut compared = 0;
    for (r1, r2, theta) in
        [(0.3, 0.3, 0.2), (1.0, 2.0, 1.0), (6.0, 6.0, 0.05), (6.0, 3.0, 3.1), (11.0, 11.0, 0.3)]
    {
        let angle = Angle::new(theta).unwrap();
        let [a, b] = [&series, &pieces].map(|dual| {
            let (x, y) = (dual.marginal(r1, true).unwrap(), dual.marginal(r2, true).unwrap());
            dual.pair(&x, &y, angle, true).unwrap()
        });
        let both = [(a.value, b.value), (a.gap, b.gap), (a.sum, b.sum), (a.derivative, b.derivative)];
        for (a, b) in both {
            assert!((a - b).abs() < 1e-12, "{r1} {r2} {theta}: {a:e} {b:e}");
            compared += 1;
        }
    }
    assert_eq!(compared, 20);
}
