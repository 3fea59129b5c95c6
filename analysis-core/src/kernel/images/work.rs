//! Two sets of images that meet, and room for the numbers of a layer.

use super::filter::LANES;
use super::rows::{ImageRows, Panel};

/// One of the two sets of images.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) panel: &'a Panel,
    /// Which of the panel's images; of the other side it is all eight.
    pub(super) lane: usize,
}

impl<'a> Side<'a> {
    pub(super) fn row(rows: &'a ImageRows, row: usize) -> Self {
        Side { panel: rows.panel(row / LANES), lane: row % LANES }
    }

    pub(super) fn panel(rows: &'a ImageRows, panel: usize) -> Self {
        Side { panel: rows.panel(panel), lane: 0 }
    }
}

/// Room for the numbers of a layer: all (position, lane).
pub(super) struct Work {
    /// Σ, then E φφ.
    pub(super) covariance: Vec<f64>,
    /// Θ, then E φφ + E φ'φ' Θ.
    pub(super) tangent: Vec<f64>,
    /// ρρ' − E φφ of the layer before, and of this one.
    pub(super) gap: Vec<f64>,
    pub(super) next_gap: Vec<f64>,
    pub(super) between: Vec<f64>,
    pub(super) filtered: Vec<f64>,
    /// Of one line of positions: rr', 1 − cos θ and 1 + cos θ.
    pub(super) line: [Vec<f64>; 3],
}

impl Work {
    pub(super) fn new(shapes: &[(usize, usize)]) -> Self {
        let (height, width) = shapes[0];
        let room = || vec![0.0; height * width * LANES];
        Work {
            covariance: room(),
            tangent: room(),
            gap: room(),
            next_gap: room(),
            between: room(),
            filtered: room(),
            line: std::array::from_fn(|_| vec![0.0; width * LANES]),
        }
    }
}
