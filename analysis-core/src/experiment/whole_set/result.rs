//! The measure of a whole set, as far as it is kept.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::params::WholeSet;
use super::reading::{LocalDecay, WholeFit, WholeReading, local_decays};
use super::tails::{EVERY, SPACED, fit_kept, stored_indices};
use super::target::WholeTarget;
use crate::data::DatasetOrigin;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::origin::Origins;
use crate::regression::{DecayFit, Spacing, Window, fit_decay};
use crate::spectrum::{Eigenspace, Evidence, refuse_vanished};

/// The tail of a target at the indices that are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WholeTail {
    /// Whose.
    pub target: WholeTarget,
    /// Σ_{k≥i} c_k² at [`WholeSetResult::indices`]; the first of them is ‖y‖²/n.
    pub tail: Vec<f64>,
}

/// Seconds of the stages of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StageSeconds {
    /// The initial functions, as far as they were not in the store.
    pub functions: f64,
    /// The kernel matrix and its measure.
    pub measure: f64,
}

/// Every eigenvalue of a whole set, and the tails of its targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WholeSetResult {
    /// λ_1 ≥ λ_2 ≥ … (n): the eigenvalues of K/n.
    pub eigenvalues: Vec<f64>,
    /// The indices, from 1, at which tails are kept: [`stored_indices`] of n.
    pub indices: Vec<usize>,
    /// By target, in the order of [`WholeTarget::all`].
    pub tails: Vec<WholeTail>,
    /// The lines in the windows of the run, through every index.
    pub reading: WholeReading,
    /// The eigenvalues that are one to rounding.
    pub eigenspaces: Vec<Eigenspace>,
    /// How far the measure can be trusted.
    pub evidence: Evidence,
    /// The labels, ascending.
    pub classes: Vec<i64>,
    /// How many rows have each of them.
    pub counts: Vec<usize>,
    /// The rows.
    pub data: DatasetOrigin,
    /// What the stages took, where that is known: in what [`WholeSetResult::write`] has written, and not in JSON alone, which is
    /// the same for the same numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<StageSeconds>,
    /// The parameters.
    pub parameters: WholeSet,
    /// What computed it.
    #[serde(default)]
    pub computed_by: Origins,
}

impl WholeSetResult {
    /// n, the number of rows.
    pub fn n(&self) -> usize {
        self.eigenvalues.len()
    }

    /// Σ_{k≥i} c_k² of a target at [`WholeSetResult::indices`].
    ///
    /// # Errors
    /// [`Error::Parameter`] for a target that was not measured.
    pub fn tail(&self, target: WholeTarget) -> Result<&[f64]> {
        let found = self.tails.iter().find(|tail| tail.target == target);
        found.map(|tail| tail.tail.as_slice()).ok_or_else(|| {
            let (p, f) = (self.parameters.permutations, self.parameters.functions);
            Error::parameter("target", target, format!("measured are {p} permutations and {f} functions"))
        })
    }

    /// The line through ln Σ_{k≥i} c_k² against ln i.
    ///
    /// With [`Spacing::EveryIndex`] the window must be one of the run's ([`WholeSet::windows`]) or end at i = 2000 at most, where
    /// every tail is kept. With [`Spacing::LogSpaced`] any window is read: of the indices asked for, those beyond 2000 are replaced
    /// by the nearest kept ones, 0.4 % away at most; values are never interpolated.
    ///
    /// # Errors
    /// [`Error::Window`] for a window that is not kept, or does not fit n; [`Error::EigenvalueVanished`] where it reaches eigenvalues
    /// below n·ε·λ_1.
    pub fn fit(&self, target: WholeTarget, window: Window, spacing: Spacing) -> Result<DecayFit> {
        refuse_vanished(&self.eigenvalues, window.resolve(self.n())?.last, self.parameters.epsilon())?;
        let own = |own: &&WholeFit| own.target == target && own.fit.window == window;
        match self.reading.fits.iter().find(own) {
            Some(own) if own.fit.spacing == spacing => Ok(own.fit),
            _ => fit_kept(self.n(), &self.indices, self.tail(target)?, window, spacing),
        }
    }

    /// The line through ln λ_i against ln i; every eigenvalue is kept.
    ///
    /// # Errors
    /// As [`fit_decay`]; [`Error::EigenvalueVanished`] where the window reaches eigenvalues below n·ε·λ_1.
    pub fn eigenvalue_fit(&self, window: Window, spacing: Spacing) -> Result<DecayFit> {
        refuse_vanished(&self.eigenvalues, window.resolve(self.n())?.last, self.parameters.epsilon())?;
        fit_decay(&self.eigenvalues, window, spacing)
    }

    /// −Δ ln Σ_{k≥i} c_k² / Δ ln i between kept indices that are at least a factor `ratio` apart.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a ratio that is not above 1, or a target that was not measured.
    pub fn local_slopes(&self, target: WholeTarget, ratio: f64) -> Result<Vec<LocalDecay>> {
        check_ratio(ratio)?;
        Ok(local_decays(&self.indices, self.tail(target)?, ratio))
    }

    /// The same of the eigenvalues.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a ratio that is not above 1.
    pub fn local_eigenvalue_slopes(&self, ratio: f64) -> Result<Vec<LocalDecay>> {
        check_ratio(ratio)?;
        let indices: Vec<usize> = (1..=self.n()).collect();
        Ok(local_decays(&indices, &self.eigenvalues, ratio))
    }

    /// One row an eigenvalue: `i` (from 1), `eigenvalue` of K/n.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn eigenvalue_frame(&self) -> Result<DataFrame> {
        Frame::of(0..self.n())
            .whole("i", |i| i + 1)
            .number("eigenvalue", |i| self.eigenvalues[i])
            .build("the eigenvalues of a whole set")
    }

    /// One row a kept index: `i`, and a column for each target, named as [`WholeTarget`] is written.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn tail_frame(&self) -> Result<DataFrame> {
        let indices = self.indices.iter().map(|i| *i as u32).collect::<Vec<_>>();
        let tails = self.tails.iter().map(|t| Column::new(t.target.to_string().into(), &t.tail));
        let columns = std::iter::once(Column::new("i".into(), indices)).chain(tails).collect();
        DataFrame::new(self.indices.len(), columns).map_err(Error::polars("the tails of a whole set"))
    }

    /// Itself, if it is the whole of what its parameters describe.
    pub(crate) fn checked(self) -> Result<Self> {
        self.parameters.check()?;
        let (n, p) = (self.n(), &self.parameters);
        let shape = |what: &str, expected: usize, found: usize| match expected == found {
            true => Ok(()),
            false => Err(Error::shape(what, expected, found)),
        };
        shape("eigenvalues of a whole set", p.n(), n)?;
        if self.indices != stored_indices(n, EVERY, SPACED) {
            let found = format!("{} indices", self.indices.len());
            return Err(Error::shape("kept indices of a whole set", format!("those of n = {n}"), found));
        }
        let targets = WholeTarget::all(p.permutations, p.functions);
        if !self.tails.iter().map(|tail| tail.target).eq(targets) {
            let expected = format!("{} permutations and {} functions", p.permutations, p.functions);
            return Err(Error::shape("targets of a whole set", expected, self.tails.len()));
        }
        self.tails.iter().try_for_each(|tail| shape("a kept tail", self.indices.len(), tail.tail.len()))?;
        crate::check::finite_values("an eigenvalue of a whole set", &self.eigenvalues)?;
        crate::check::finite_values("a tail of a whole set", self.tails.iter().flat_map(|tail| &tail.tail))?;
        Ok(self)
    }
}

fn check_ratio(ratio: f64) -> Result<()> {
    crate::check::refuse(!(ratio > 1.0 && ratio.is_finite()), "ratio", ratio, "must be above 1")
}
