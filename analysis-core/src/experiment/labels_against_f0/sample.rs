//! One subset of rows under one kernel: labels, permuted labels and f₀, by every estimator.

use std::ops::Range;

use ndarray::{Array2, Axis, concatenate, s};
use serde::{Deserialize, Serialize};

use super::target::ComparedTarget;
use super::{LabelsAgainstF0, Place};
use crate::data::{Dataset, Samples, Target};
use crate::error::Result;
use crate::experiment::LabelEncoding;
use crate::flow::{GaussianStart, Start};
use crate::kernel::{Gram, Kernel, KernelKind};
use crate::linalg::blas_matmul;
use crate::regression::permuted_targets;
use crate::session::Session;
use crate::smoothness::{Estimate, LeaveOneOut, LeaveOneOutCurve, estimates_of_energies};
use crate::spectrum::share;
use crate::store::{Kept, Key};

/// Raised when the estimates of a subset change for the same parameters.
///
/// 2: intervals that reach above r = 1.2 are warned of; numbers as in revision 1.
/// 3: the likelihood's r, noise and interval lie between the exponents and ratios tried; the other estimators as in revision 2.
/// 4: the leave-one-out curves beside them; the estimates are those of revision 3.
const REVISION: u32 = 4;

/// What the estimators say of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TargetEstimates {
    pub(super) target: ComparedTarget,
    pub(super) estimates: Vec<Estimate>,
    /// What the leave-one-out estimates are of; nothing of f₀ in expectation, and where K is singular to rounding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) curve: Option<LeaveOneOutCurve>,
}

/// What comes out of one subset under one kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sample {
    pub(super) targets: Vec<TargetEstimates>,
    /// What was added to the diagonal of K^{RFK} so that f₀ could be drawn.
    pub(super) jitter: f64,
}

/// The columns of all targets that have columns, and which are whose.
struct Columns {
    y: Array2<f64>,
    of: Vec<(ComparedTarget, Range<usize>)>,
}

impl LabelsAgainstF0 {
    pub(super) fn key(&self, place: Place) -> Result<Key> {
        let (source, rows) = (place.source, self.rows(place));
        let kernel = self.kernel(place);
        Key::new(
            "labels-against-f0",
            REVISION,
            &(source, rows, kernel, &self.encodings, self.functions, self.seed),
        )
    }

    pub(super) fn sample(&self, place: Place, samples: &Samples, session: &Session) -> Result<Kept<Sample>> {
        session.results().keep(&self.key(place)?, || {
            let data = samples.rows(self.rows(place))?.prepare(self.scaling, Target::OneHot)?;
            self.compute(place, &data)
        })
    }

    fn compute(&self, place: Place, data: &Dataset) -> Result<Sample> {
        let kernel = self.kernel(place);
        let gram = kernel.gram(data.x.view())?;
        let covariance = Kernel { kind: KernelKind::Nngp, ..kernel }.gram(data.x.view())?;
        let (columns, jitter) = self.columns(place, data, &covariance)?;
        let measure = gram.measure(columns.y.view())?;
        let eigenvalues = measure.eigenvalues.to_vec();

        // m_k = n c_k² of the targets that have columns, then E m_k = u_kᵀ K^{RFK} u_k of f₀ in expectation.
        let (n, all) = (data.n(), columns.of.len());
        let mut energies = Array2::zeros((n, all + 1));
        for (place, (_, own)) in columns.of.iter().enumerate() {
            energies.column_mut(place).assign(&(measure.energy_of(own.start, own.len()) * n as f64));
        }
        let vectors = gram.decompose()?.eigenvectors;
        let mut product = blas_matmul(vectors.view(), covariance.view())?;
        product *= &vectors;
        let mut expected = product.sum_axis(Axis(1));
        share(&measure.eigenspaces, &mut expected);
        energies.column_mut(all).assign(&expected);

        // An expectation does not vary at all: it is worth as many squares as it can have.
        let mut squares: Vec<usize> = columns.of.iter().map(|(_, own)| own.len()).collect();
        squares.push(usize::MAX);
        let mut estimates = estimates_of_energies(&eigenvalues, measure.epsilon, energies.view(), &squares)?;
        let expected = estimates.pop().unwrap_or_default();
        let groups: Vec<Range<usize>> = columns.of.iter().map(|(_, own)| own.clone()).collect();
        let curves = LeaveOneOut::default().add_to(&mut estimates, &gram, columns.y.view(), &groups)?;
        let mut curves = curves.into_iter();
        let with_curves = columns.of.into_iter().zip(estimates);
        let mut targets: Vec<TargetEstimates> = with_curves
            .map(|((target, _), estimates)| TargetEstimates { target, estimates, curve: curves.next() })
            .collect();
        let target = ComparedTarget::ExpectedFunction;
        targets.push(TargetEstimates { target, estimates: expected, curve: None });
        Ok(Sample { targets, jitter })
    }

    fn columns(&self, place: Place, data: &Dataset, covariance: &Gram) -> Result<(Columns, f64)> {
        let classes: Vec<i64> = (0..data.k() as i64).collect();
        let counts: Vec<usize> = data.y.columns().into_iter().map(|column| column.sum() as usize).collect();
        let encoded = |encoding: LabelEncoding| {
            let weights = encoding.weights(&classes, &counts);
            data.y.dot(&weights.classes) + &weights.constant
        };
        // Subsets, sets and kernels have f₀ and permutations of their own.
        let seed = self.seed.child(&format!("labels-against-f0 {}", place.source), place.subset as u64);
        let (mut parts, mut of, mut next) = (Vec::new(), Vec::new(), 0);
        let mut add = |target: ComparedTarget, part: Array2<f64>| {
            of.push((target, next..next + part.ncols()));
            next += part.ncols();
            parts.push(part);
        };
        for encoding in &self.encodings {
            add(ComparedTarget::Labels(*encoding), encoded(*encoding));
        }
        let permuted = permuted_targets(encoded(LabelEncoding::CentredInteger).view(), 1, seed)?;
        add(ComparedTarget::Permuted, permuted.slice(s![.., 1..]).to_owned());
        let starts: Vec<Start> =
            (0..self.functions as u64).map(|index| Start::Draw { seed, index }).collect();
        let values = GaussianStart::of(covariance)?.draw(&starts)?;
        for (function, column) in values.train.axis_iter(Axis(1)).enumerate() {
            add(ComparedTarget::Function { function }, column.insert_axis(Axis(1)).to_owned());
        }
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        let y = concatenate(Axis(1), &views)
            .map_err(|error| crate::error::Error::shape("targets", "as many rows each", error))?;
        Ok((Columns { y, of }, values.jitter))
    }
}
