//! From rows to the measure of all targets.

use std::time::Instant;

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate, s};

use super::function;
use super::params::WholeSet;
use super::reading::WholeReading;
use super::result::{StageSeconds, WholeSetResult, WholeTail};
use super::tails::{EVERY, SPACED, at_indices, stored_indices};
use super::target::{LabelEncoding, WholeTarget};
use crate::checksum;
use crate::data::{Dataset, Samples, Target};
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::origin::{Origin, Origins};
use crate::progress::{Event, Part};
use crate::regression::permuted_targets;
use crate::session::Session;
use crate::spectrum::{Eigenspace, Evidence, SpectralMeasure, share, tail_sums};
use crate::store::{Kept, Key};

/// Raised when the numbers of [`WholeSetResult`] change for the same parameters.
const REVISION: u32 = 1;

/// Raised when an initial function changes for the same parameters.
const FUNCTION_REVISION: u32 = 1;

/// A measure with the whole tails of all targets: n numbers each, not kept.
pub(super) struct Measured {
    pub(super) eigenvalues: Vec<f64>,
    pub(super) tails: Vec<(WholeTarget, Vec<f64>)>,
    pub(super) eigenspaces: Vec<Eigenspace>,
    pub(super) evidence: Evidence,
    pub(super) seconds: StageSeconds,
    pub(super) origins: Origins,
}

impl Measured {
    pub(super) fn reading(&self, set: &WholeSet) -> WholeReading {
        let tails = self.tails.iter().map(|(target, tail)| (*target, tail.as_slice()));
        WholeReading::of(set.rows, &self.eigenvalues, set.epsilon(), &set.windows, tails)
    }
}

impl WholeSet {
    /// Measures the set: the initial functions (each kept in the store as it is drawn), then one decomposition for all targets.
    /// The result is kept in the store.
    ///
    /// # Errors
    /// As [`WholeSet::check`], [`Dataset::load`], [`Samples::prepare`] and [`Gram::measure`](crate::kernel::Gram::measure).
    pub fn run(&self) -> Result<WholeSetResult> {
        self.run_in(&Session::current())
    }

    /// As [`WholeSet::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`WholeSet::run`].
    pub fn run_in(&self, session: &Session) -> Result<WholeSetResult> {
        session.refuse_shard("the measure of a whole set")?;
        self.check()?;
        let data = self.prepared(self.load()?)?;
        let key = Key::new("whole-set", REVISION, &(self, &data.origin))?;
        let kept = session.keep(&key, || self.of(&data, session))?;
        // A file that somebody edited is not believed.
        let mut result = match kept.value.checked() {
            Ok(result) => result,
            Err(_) => self.of(&data, session)?,
        };
        result.computed_by.insert(kept.origin);
        Ok(result)
    }

    /// The rows as numbers, with one-hot labels.
    pub(super) fn prepared(&self, samples: Samples) -> Result<Dataset> {
        samples.rows(self.rows)?.prepare(self.scaling, Target::OneHot)
    }

    /// The result on rows that mean nothing, for tests of what is done with one.
    #[cfg(test)]
    pub(crate) fn of_made_up_rows(&self) -> Result<WholeSetResult> {
        self.of(&self.prepared(super::tests::samples(self.n()))?, &Session::default())
    }

    /// The result on rows with one-hot labels.
    pub(super) fn of(&self, data: &Dataset, session: &Session) -> Result<WholeSetResult> {
        let measured = self.measured(data, session)?;
        let reading = measured.reading(self);
        let indices = stored_indices(data.n(), EVERY, SPACED);
        let tails = measured.tails.iter();
        let tails =
            tails.map(|(target, tail)| WholeTail { target: *target, tail: at_indices(tail, &indices) });
        Ok(WholeSetResult {
            tails: tails.collect(),
            indices,
            reading,
            eigenvalues: measured.eigenvalues,
            eigenspaces: measured.eigenspaces,
            evidence: measured.evidence,
            classes: data.origin.classes.clone(),
            counts: counts(data),
            data: data.origin.clone(),
            seconds: Some(measured.seconds),
            parameters: self.clone(),
            computed_by: measured.origins,
        })
    }

    /// Everything that is known of rows with one-hot labels.
    pub(super) fn measured(&self, data: &Dataset, session: &Session) -> Result<Measured> {
        let (n, d, classes) = (data.n(), data.d(), data.k());
        let copies = self.permutations.saturating_add(1);
        let columns = copies.saturating_mul(classes).saturating_add(self.functions).saturating_add(1);
        let bytes = self.memory(n, d, columns);
        session.note(&format!("n = {n}, d = {d}, {columns} columns of targets: {bytes}"));
        bytes.require(&format!("the measure of {n} rows with {columns} columns of targets"))?;
        let start = Instant::now();
        let (functions, mut origins) = self.initial_functions(data, session)?;
        let drawn = start.elapsed().as_secs_f64();
        let y = self.columns(data, functions.view())?;
        drop(functions);
        let start = Instant::now();
        let measure = self.kernel.measure_in(data.x.view(), y.view(), &self.reduction, session)?;
        drop(y);
        let seconds = StageSeconds { functions: drawn, measure: start.elapsed().as_secs_f64() };
        origins.insert(Origin::now());
        let counts = counts(data);
        let tails = WholeTarget::all(self.permutations, self.functions)
            .into_iter()
            .map(|target| (target, tail_sums(&self.energy(&measure, data, &counts, target)).to_vec()))
            .collect();
        Ok(Measured {
            tails,
            eigenvalues: measure.eigenvalues.to_vec(),
            eigenspaces: measure.eigenspaces,
            evidence: measure.evidence,
            seconds,
            origins,
        })
    }

    /// Bytes that a run needs beside x (n,d).
    pub(super) fn memory(&self, n: usize, d: usize, columns: usize) -> Bytes {
        Bytes::of::<f64>(n, columns)
            + Bytes::of::<f64>(n, d.saturating_add(1))
            + self.reduction.memory(n, columns)
    }

    /// The initial functions (n, functions), each kept in the store.
    fn initial_functions(&self, data: &Dataset, session: &Session) -> Result<(Array2<f64>, Origins)> {
        let (network, mut origins) = (self.network(data.d()), Origins::default());
        let mut functions = Array2::zeros((data.n(), self.functions));
        if self.functions == 0 {
            return Ok((functions, origins));
        }
        let what = format!("initial functions of networks of width {}", network.width);
        (function::memory(&network) + Bytes::of::<f64>(data.n(), self.functions)).require(&what)?;
        let contents = checksum::numbers_sha256([data.x.view()]);
        for (function, mut column) in functions.columns_mut().into_iter().enumerate() {
            session.check_cancelled()?;
            let (start, seed) = (Instant::now(), self.seed.child("initial-function", function as u64));
            let key = Key::new("wide-function", FUNCTION_REVISION, &(&network, seed, &contents))?;
            let draw = || Ok(function::initial_function(&network, data.x.view(), seed, session)?.to_vec());
            let Kept { value, origin, .. } = session.keep(&key, draw)?;
            let values = if value.len() == data.n() { value } else { draw()? };
            column.assign(&Array1::from(values));
            origins.insert(origin);
            let seconds = start.elapsed().as_secs_f64();
            let line = format!("f₀ {} of {} ({seconds:.1} s)", function + 1, self.functions);
            session.tell(&Event::Part(Part { done: function + 1, of: self.functions, line: &line }));
        }
        Ok((functions, origins))
    }

    /// The targets as columns: one-hot labels, permutations of them, the constant, the initial functions.
    fn columns(&self, data: &Dataset, functions: ArrayView2<f64>) -> Result<Array2<f64>> {
        let labels = permuted_targets(data.y.view(), self.permutations, self.seed)?;
        let constant = Array2::ones((data.n(), 1));
        concatenate(Axis(1), &[labels.view(), constant.view(), functions])
            .map_err(|e| Error::shape("the columns of a whole set", format!("{} rows each", data.n()), e))
    }

    /// Σ_j c_ij² of a target (n), from the coefficients of the columns; `counts` has the rows of each class.
    fn energy(
        &self,
        measure: &SpectralMeasure,
        data: &Dataset,
        counts: &[usize],
        target: WholeTarget,
    ) -> Array1<f64> {
        let classes = data.k();
        let constant = classes * (1 + self.permutations);
        let c = &measure.coefficients;
        let labels = |copy: usize, encoding: LabelEncoding| {
            let weights = encoding.weights(&data.origin.classes, counts);
            let own = c.slice(s![.., copy * classes..(copy + 1) * classes]);
            own.outer_iter()
                .zip(c.column(constant))
                .map(|(row, one)| {
                    let column = |(weights, of_one): (ndarray::ArrayView1<f64>, &f64)| {
                        let sum = row.iter().zip(weights).fold(of_one * one, |sum, (c, w)| sum + c * w);
                        sum * sum
                    };
                    weights.classes.columns().into_iter().zip(&weights.constant).map(column).sum()
                })
                .collect::<Array1<f64>>()
        };
        let single = |column: usize| c.column(column).mapv(|c| c * c);
        let mut energy = match target {
            WholeTarget::Labels(encoding) => labels(0, encoding),
            WholeTarget::Permuted { permutation, encoding } => labels(permutation + 1, encoding),
            WholeTarget::Constant => single(constant),
            WholeTarget::Function { function } => single(constant + 1 + function),
        };
        share(&measure.eigenspaces, &mut energy);
        energy
    }
}

/// How many rows each class has.
fn counts(data: &Dataset) -> Vec<usize> {
    data.y.columns().into_iter().map(|column| column.iter().filter(|v| **v > 0.5).count()).collect()
}
