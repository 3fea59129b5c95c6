//! What a cell starts from: the data, a network, its kernel and its linearisation.

use ndarray::{Array2, ArrayView2};

use super::linear::Linearisation;
use super::measure::form;
use super::span::Span;
use super::{DriftData, KernelForm};
use crate::check;
use crate::checksum;
use crate::error::{Error, Result};
use crate::linalg::matmul;
use crate::network::{Network, Parameters};
use crate::seed::Seed;

/// Data with what every cell needs of them.
pub(super) struct Prepared<'a> {
    pub(super) data: &'a DriftData,
    /// Where there are fewer rows than inputs.
    pub(super) span: Option<Span>,
    pub(super) checksum: String,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(data: &'a DriftData) -> Result<Self> {
        let DriftData { x, y, z } = data;
        if x.is_empty() || y.nrows() != x.nrows() || y.ncols() == 0 || z.ncols() != x.ncols() {
            return Err(Error::shape(
                "x (n, d), y (n, k), z (p, d)",
                "as many rows in y as in x, as many columns in z as in x, none empty but z",
                format!("{:?}, {:?}, {:?}", x.dim(), y.dim(), z.dim()),
            ));
        }
        let why = "are all 0: there is nothing to learn, and no direction to align with";
        check::refuse(y.iter().all(|y| *y == 0.0), "targets", "y", why)?;
        for (what, array) in [("x", x), ("y", y), ("z", z)] {
            check::finite_array(what, array.view())?;
        }
        let span = (x.ncols() > x.nrows()).then(|| Span::of(x.view()));
        let shapes = [x.dim(), y.dim(), z.dim()];
        let checksum = format!("{shapes:?} {}", checksum::numbers_sha256([x.view(), y.view(), z.view()]));
        Ok(Prepared { data, span, checksum })
    }

    /// The rows as the descent sees them.
    pub(super) fn rows(&self) -> ArrayView2<'_, f64> {
        self.span.as_ref().map_or(self.data.x.view(), |span| span.coordinates.view())
    }

    pub(super) fn k(&self) -> usize {
        self.data.y.ncols()
    }
}

/// One network: at its start, as the descent sees it, and its linearisation.
pub(super) struct Start<'a> {
    pub(super) prepared: &'a Prepared<'a>,
    /// d inputs.
    pub(super) network: Network,
    pub(super) full: Parameters,
    /// As many inputs as the rows span.
    pub(super) reduced_network: Network,
    pub(super) reduced: Parameters,
    pub(super) theta: [Array2<f64>; 3],
    pub(super) outputs: Array2<f64>,
    pub(super) test: Array2<f64>,
    pub(super) linear: Linearisation,
}

pub(super) const FORMS: [KernelForm; 3] = [KernelForm::Full, KernelForm::Trace, KernelForm::One];

impl<'a> Start<'a> {
    pub(super) fn new(network: Network, prepared: &'a Prepared<'a>, seed: Seed) -> Result<Self> {
        let full = network.draw(seed)?;
        let mut reduced = full.clone();
        let mut reduced_network = network.clone();
        if let Some(span) = &prepared.span {
            reduced_network.inputs = span.basis.nrows();
            reduced.weights[0] = product(full.weights[0].view(), span.basis.t());
        }
        let (x, y, z) = (prepared.rows(), prepared.data.y.view(), prepared.data.z.view());
        let theta = reduced_network.tangent_full(&reduced, x, x)?;
        let square: f64 = theta.iter().map(|v| v * v).sum();
        if !square.is_normal() {
            let what = "‖Θ₀‖², which every change of the kernel is measured by";
            return Err(Error::NotFinite { what: what.into(), row: 0, column: 0, value: square });
        }
        let forms = FORMS.map(|f| form(theta.view(), prepared.k(), f));
        let cross = network.tangent_full(&full, z, prepared.data.x.view())?;
        let outputs = reduced_network.outputs(&reduced, x)?;
        let test = network.outputs(&full, z)?;
        let linear = Linearisation::new(theta, outputs.view(), y, cross, test.clone())?;
        Ok(Start { prepared, network, full, reduced_network, reduced, theta: forms, outputs, test, linear })
    }

    /// The network's outputs at z: what the rows do not span of its first weights has not moved.
    pub(super) fn test_outputs(&self, now: &Parameters) -> Result<Array2<f64>> {
        let mut full = now.clone();
        if let Some(span) = &self.prepared.span {
            let moved = &now.weights[0] - &self.reduced.weights[0];
            full.weights[0] = &self.full.weights[0] + &product(moved.view(), span.basis.view());
        }
        self.network.outputs(&full, self.prepared.data.z.view())
    }
}

fn product(a: ArrayView2<f64>, b: ArrayView2<f64>) -> Array2<f64> {
    let mut c = Array2::zeros((a.nrows(), b.ncols()));
    matmul(1.0, a, b, 0.0, c.view_mut());
    c
}
