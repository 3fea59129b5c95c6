//! One input at one layer, and what the layer says of two.

/// A longer series (some microseconds a pair) is worth a table.
const LONG_SERIES: usize = 4096;

/// One input at one layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marginal {
    /// r: the standard deviation of the pre-activation.
    pub(crate) deviation: f64,
    /// ρ² = E φ(rz)².
    pub(crate) moment: f64,
    /// Hermite coefficients of φ(rz); empty where there is a closed form, or where they do not decay.
    pub(super) series: Vec<f64>,
    /// Edges of the pieces of φ(rz); empty where there is a closed form.
    pub(super) edges: Vec<f64>,
}

impl Marginal {
    pub(super) fn closed(deviation: f64, moment: f64) -> Self {
        Marginal { deviation, moment, series: Vec::new(), edges: Vec::new() }
    }

    /// Whether a pair with this one takes a two-dimensional quadrature, or a very long series.
    pub(crate) fn costly(&self) -> bool {
        self.series.len() > LONG_SERIES || (self.series.is_empty() && !self.edges.is_empty())
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        8 * (self.series.len() + self.edges.len() + 8) as u64
    }
}

/// What a layer says of a pair.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PairMoments {
    /// E\[φ(x)φ(y)\]
    pub(crate) value: f64,
    /// ρ₁ρ₂ − E\[φ(x)φ(y)\] ≥ 0
    pub(crate) gap: f64,
    /// ρ₁ρ₂ + E\[φ(x)φ(y)\] ≥ 0
    pub(crate) sum: f64,
    /// E\[φ'(x)φ'(y)\]; 0 unless asked for
    pub(crate) derivative: f64,
}
