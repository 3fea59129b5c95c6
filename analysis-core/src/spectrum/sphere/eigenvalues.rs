//! What the sphere's spectrum says.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::multiplicity::multiplicity;
use super::parameters::SphereSpectrum;
use super::quadrature::Integral;
use super::tail::Tail;
use crate::error::{Error, Result};
use crate::frame::Frame;

/// Where an eigenvalue comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EigenvalueOrigin {
    /// The integral.
    Quadrature,
    /// The asymptotic series fitted to lower degrees.
    Series,
    /// Zero by symmetry, exactly.
    Symmetry,
}

/// The eigenvalue of one degree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SphereEigenvalue {
    /// k.
    pub degree: u64,
    /// λ_k.
    pub eigenvalue: f64,
    /// A bound on |error of λ_k|; for [`EigenvalueOrigin::Series`] an estimate.
    pub error: f64,
    /// N(d, k).
    pub multiplicity: f64,
    /// Where λ_k comes from.
    pub origin: EigenvalueOrigin,
}

/// Equal eigenvalues in descending order: λ_i for i = `first_index`..=`last_index`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SphereGroup {
    /// k.
    pub degree: u64,
    /// λ.
    pub eigenvalue: f64,
    /// The first index, from 1 (a whole number; `f64` because it grows like k^{d−1}).
    pub first_index: f64,
    /// The last index.
    pub last_index: f64,
}

/// Exponents between degrees k − 2 and k.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LocalExponent {
    /// k.
    pub degree: u64,
    /// −d ln λ/d ln(k + (d − 2)/2): tends to d (NTK) and d + 2 (NNGP) with an error of order 1/k².
    pub by_degree: f64,
    /// β = −d ln λ/d ln i, i the middle of each degree's indices when counted by degree (by size, even and odd degrees
    /// may interleave): tends to d/(d − 1) and (d + 2)/(d − 1).
    pub by_index: f64,
}

/// Σ_k N(d, k) λ_k against κ(1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TraceCheck {
    /// κ(1), from the profile.
    pub expected: f64,
    /// The sum over the computed degrees.
    pub table: f64,
    /// The series' sum over all the others (0 where there is no series).
    pub tail: f64,
    /// (table + tail − expected)/expected.
    pub defect: f64,
}

/// λ_k for k = 0..=K, and beyond by [`SphereEigenvalues::degree`]; K = `max_degree`, or 128 where that is less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SphereEigenvalues {
    /// What was asked for.
    pub parameters: SphereSpectrum,
    /// κ(1) = Σ N λ.
    pub trace: f64,
    /// λ_k (K + 1), by degree, not by size: for two and more layers an odd degree can lie below the next even
    /// one.
    pub eigenvalues: Vec<f64>,
    /// Bounds on their absolute errors (K + 1).
    pub errors: Vec<f64>,
    /// N(d, k) (K + 1).
    pub multiplicities: Vec<f64>,
    /// Where each comes from (K + 1).
    pub origins: Vec<EigenvalueOrigin>,
    /// The series of even and of odd degrees.
    pub(super) tails: [Option<Tail>; 2],
    /// Odd degrees from here on are zero.
    pub(super) vanishing_from: Option<u64>,
}

impl SphereEigenvalues {
    /// Takes for every degree the better of integral and series.
    pub(super) fn assemble(
        parameters: &SphereSpectrum,
        trace: f64,
        integrals: &[Integral],
        tails: [Option<Tail>; 2],
        vanishing_from: Option<u64>,
    ) -> Result<Self> {
        let count = integrals.len();
        let mut result = SphereEigenvalues {
            parameters: parameters.clone(),
            trace,
            eigenvalues: Vec::with_capacity(count),
            errors: Vec::with_capacity(count),
            multiplicities: Vec::with_capacity(count),
            origins: Vec::with_capacity(count),
            tails,
            vanishing_from,
        };
        for (degree, integral) in integrals.iter().enumerate() {
            let series = result.series(degree as u64).filter(|s| s.1 < integral.error);
            let (value, error, origin) = match series {
                _ if result.vanishes(degree as u64) => (0.0, 0.0, EigenvalueOrigin::Symmetry),
                Some((value, error)) => (value, error, EigenvalueOrigin::Series),
                None => (integral.value, integral.error, EigenvalueOrigin::Quadrature),
            };
            result.eigenvalues.push(value);
            result.errors.push(error);
            result.multiplicities.push(multiplicity(parameters.d, degree as u64)?);
            result.origins.push(origin);
        }
        Ok(result)
    }

    /// d: the sphere is S^{d−1}.
    pub fn d(&self) -> usize {
        self.parameters.d
    }

    /// K + 1, the degrees that every list has: fields are public, and lists can be cut.
    pub(super) fn computed(&self) -> usize {
        let lengths = [self.errors.len(), self.multiplicities.len(), self.origins.len()];
        lengths.into_iter().fold(self.eigenvalues.len(), usize::min)
    }

    pub(super) fn vanishes(&self, degree: u64) -> bool {
        degree % 2 == 1 && self.vanishing_from.is_some_and(|from| degree >= from)
    }

    /// The series is no use below the degrees it was fitted to.
    fn series(&self, degree: u64) -> Option<(f64, f64)> {
        let tail = self.tails[(degree % 2) as usize].as_ref()?;
        (degree as f64 > tail.last()).then(|| tail.at(degree as f64))
    }

    /// λ_k of any degree.
    ///
    /// # Errors
    /// [`Error::Parameter`] beyond the computed degrees where there is no series: for an activation other than ReLU, or
    /// too few accurate degrees to fit.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::spectrum::{EigenvalueOrigin, SphereSpectrum};
    /// let far = SphereSpectrum::default().run()?.degree(100_000)?;
    /// assert_eq!(far.origin, EigenvalueOrigin::Series);
    /// assert!(far.error < 1e-10 * far.eigenvalue);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn degree(&self, degree: u64) -> Result<SphereEigenvalue> {
        let multiplicity = multiplicity(self.d(), degree)?;
        let at =
            |eigenvalue, error, origin| SphereEigenvalue { degree, eigenvalue, error, multiplicity, origin };
        if let Ok(k) = usize::try_from(degree)
            && k < self.computed()
        {
            return Ok(at(self.eigenvalues[k], self.errors[k], self.origins[k]));
        }
        if self.vanishes(degree) {
            return Ok(at(0.0, 0.0, EigenvalueOrigin::Symmetry));
        }
        match self.series(degree) {
            Some((value, error)) => Ok(at(value, error, EigenvalueOrigin::Series)),
            None => Err(self.no_series(degree)),
        }
    }

    pub(super) fn no_series(&self, degree: u64) -> Error {
        let why = format!(
            "lies beyond the {} computed degrees (from 0), and there is no asymptotic series to continue them: it \
             needs a ReLU kernel and enough degrees to fit; raise max_degree",
            self.computed()
        );
        Error::parameter("degree", degree, why)
    }

    /// The computed degrees in descending order of λ with their indices i; vanishing ones are left out, and so are the
    /// degrees at the end which uncomputed ones may precede.
    pub fn groups(&self) -> Vec<SphereGroup> {
        let mut order: Vec<usize> = (0..self.computed())
            .filter(|&k| {
                self.origins[k] != EigenvalueOrigin::Symmetry && self.eigenvalues[k] > self.errors[k]
            })
            .collect();
        order.sort_by(|&a, &b| self.eigenvalues[b].total_cmp(&self.eigenvalues[a]));
        let next = [0, 1].map(|step| self.degree((self.computed() + step) as u64));
        let bound = next.iter().flatten().map(|e| e.eigenvalue).fold(0.0, f64::max);
        let mut last = 0.0;
        let mut groups = Vec::with_capacity(order.len());
        for k in order.into_iter().filter(|&k| self.eigenvalues[k] > bound) {
            let first_index = last + 1.0;
            last += self.multiplicities[k];
            let (degree, eigenvalue) = (k as u64, self.eigenvalues[k]);
            groups.push(SphereGroup { degree, eigenvalue, first_index, last_index: last });
        }
        groups
    }

    /// λ_i, i from 1 in descending order; `None` beyond the computed degrees.
    ///
    /// # Examples
    /// ```
    /// let spectrum = analysis_core::spectrum::SphereSpectrum::default().run()?;
    /// assert_eq!(spectrum.index(1), Some(spectrum.eigenvalues[0]));
    /// assert_eq!(spectrum.index(6), Some(spectrum.eigenvalues[1])); // five of degree 1
    /// assert_eq!(spectrum.index(0), None);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn index(&self, i: u64) -> Option<f64> {
        let i = i as f64;
        self.groups().iter().find(|g| g.first_index <= i && i <= g.last_index).map(|g| g.eigenvalue)
    }

    /// The exponents between neighbouring degrees of the same parity, from k = 3 on, as far as both eigenvalues are
    /// positive beyond their errors.
    pub fn local_exponents(&self) -> Vec<LocalExponent> {
        let shift = 0.5 * (self.d() as f64 - 2.0);
        // The middle of each degree's indices, counting by degree.
        let mut below = 0.0;
        let middles: Vec<f64> = (0..self.computed())
            .map(|k| {
                let count =
                    if self.origins[k] == EigenvalueOrigin::Symmetry { 0.0 } else { self.multiplicities[k] };
                below += count;
                below - 0.5 * (count - 1.0)
            })
            .collect();
        let known = |k: usize| self.eigenvalues[k] > self.errors[k];
        (3..self.computed())
            .filter(|&k| known(k - 2) && known(k))
            .map(|k| {
                let fall = (self.eigenvalues[k - 2] / self.eigenvalues[k]).ln();
                LocalExponent {
                    degree: k as u64,
                    by_degree: fall / ((k as f64 + shift) / (k as f64 - 2.0 + shift)).ln(),
                    by_index: fall / (middles[k] / middles[k - 2]).ln(),
                }
            })
            .collect()
    }

    /// Σ N λ against κ(1): the spectrum's one check that needs no other implementation.
    ///
    /// # Examples
    /// ```
    /// let spectrum = analysis_core::spectrum::SphereSpectrum::default().run()?;
    /// assert!(spectrum.trace_check().defect.abs() < 1e-9);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn trace_check(&self) -> TraceCheck {
        // From the small end.
        let table: f64 =
            self.eigenvalues.iter().zip(&self.multiplicities).rev().map(|(value, count)| value * count).sum();
        let whole: f64 = match self.levels() {
            Ok(levels) => levels.iter().rev().map(|level| level.multiplicity * level.eigenvalue).sum(),
            Err(_) => table,
        };
        let expected = self.trace;
        TraceCheck { expected, table, tail: whole - table, defect: (whole - expected) / expected }
    }

    /// One row a degree: `degree`, `eigenvalue`, `error`, `multiplicity`, `origin`, and, where they are known,
    /// `first_index`, `last_index` and the local exponents `exponent_degree`, `exponent_index`.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let rows = self.computed();
        let mut known = vec![[None; 4]; rows];
        for g in self.groups() {
            (known[g.degree as usize][0], known[g.degree as usize][1]) =
                (Some(g.first_index), Some(g.last_index));
        }
        for e in self.local_exponents() {
            (known[e.degree as usize][2], known[e.degree as usize][3]) =
                (Some(e.by_degree), Some(e.by_index));
        }
        let origin = |degree: usize| match self.origins[degree] {
            EigenvalueOrigin::Quadrature => "quadrature",
            EigenvalueOrigin::Series => "series",
            EigenvalueOrigin::Symmetry => "symmetry",
        };
        Frame::of(0..rows)
            .whole("degree", |degree| degree)
            .number("eigenvalue", |degree| self.eigenvalues[degree])
            .number("error", |degree| self.errors[degree])
            .number("multiplicity", |degree| self.multiplicities[degree])
            .text("origin", origin)
            .known("first_index", |degree| known[degree][0])
            .known("last_index", |degree| known[degree][1])
            .known("exponent_degree", |degree| known[degree][2])
            .known("exponent_index", |degree| known[degree][3])
            .build("the frame of a sphere's spectrum")
    }
}
