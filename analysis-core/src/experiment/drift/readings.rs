//! What the paper's heat maps say, where it can be read off.

use crate::architecture::Activation;

/// The median over σ_b² of the drift at the right edge of one heat map of Figs 3 and 4 (M = 256), read off its colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaperReading {
    /// H.
    pub depth: usize,
    /// σ_w² of the right edge: 2.5 (ReLU), 3.5 (tanh).
    pub sigma_w2: f64,
    /// ‖Θ_t − Θ₀‖_F/‖Θ₀‖_F at the end of training.
    pub drift: f64,
}

/// The readings for ReLU and tanh; none for other activations.
///
/// # Examples
/// ```
/// use analysis_core::architecture::Activation;
/// use analysis_core::experiment::paper_readings;
/// assert_eq!(paper_readings(&Activation::Relu)[2].drift, 1.27);
/// assert!(paper_readings(&Activation::Erf).is_empty());
/// ```
pub fn paper_readings(activation: &Activation) -> Vec<PaperReading> {
    let at = |sigma_w2: f64, drifts: [f64; 3]| {
        let depths = [3, 10, 20].into_iter();
        depths.zip(drifts).map(|(depth, drift)| PaperReading { depth, sigma_w2, drift }).collect()
    };
    match activation {
        Activation::Relu => at(2.5, [0.30, 0.60, 1.27]),
        Activation::Tanh => at(3.5, [0.15, 0.42, 0.73]),
        _ => Vec::new(),
    }
}
