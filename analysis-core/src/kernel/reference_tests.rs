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
        let value = |kind| Kernel { kind, hidden_layers, ..Kernel::default() }.profile().unwrap().at(angle);
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
