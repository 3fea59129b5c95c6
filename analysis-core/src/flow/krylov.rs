//! Predictions from a Krylov space, for n where n³ is too much.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

use super::accuracy::{Accuracy, KrylovReport};
use super::filter::Filter;
use super::lanczos::Lanczos;
use super::prediction::{Prediction, StartValues, Task};
use super::response::Response;
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::kernel::Gram;
use crate::linalg::{SymmetricEigen, blas_matmul, symmetric_matmul};
use crate::memory::Bytes;

/// Lanczos from the residual b = Y − f₀(X) with A = K/n: φ(A)b ≈ ‖b‖ V φ(T) e₁, for all filters from one basis V.
///
/// All columns step together, so that a step reads half of K once for every two of them: O(n²), and some fifty steps reach
/// t = 6n at n = 10⁴, d = 5.
///
/// # The error bound
/// Let g_φ = e_kᵀφ(T)e₁, β the last off-diagonal entry and A positive semidefinite. For the flow the error of the residual
/// e^{−tA}b obeys e' = −Ae − r with ‖r(s)‖ = ‖b‖β|e_kᵀe^{−sT}e₁|. Because T is tridiagonal with positive off-diagonal
/// entries, e_kᵀe^{−sT}e₁ never changes its sign, so ∫₀ᵗ ‖r‖ = ‖b‖β|g_φ|, and, with ψ_t = ∫₀ᵗ φ_s ds,
///
/// - on the training points, √Σ_i (error of f(xᵢ))² ≤ ‖b‖β|g_φ|;
/// - anywhere, |error of f(z)| ≤ √(K(z,z)/n) ‖A^{1/2}·error of φ(A)b‖ ≤ √(K(z,z)/n)·0.6382·‖b‖β √(|g_φ||g_ψ|), for
///   (1 − e^{−x})/√x ≤ 0.6382 and by Cauchy–Schwarz.
///
/// For gradient descent the same holds with 1 for 0.6382 where ηλ_1 ≤ 1; beyond that the signs may alternate and it is
/// an estimate. Ridge: ‖b‖β|g_φ| is exactly the norm of (A + δ/n)ŵ − b, and √(K(z,z)/n)·‖b‖β|g_φ|/(2√(δ/n)) bounds the
/// error at z. Limit: the same norm on the training points, at z an estimate with the smallest Ritz value. All in exact
/// arithmetic; rounding adds about k·ε.
///
/// # Examples
/// ```
/// use analysis_core::flow::{Filter, Krylov, StartValues};
/// use analysis_core::prelude::*;
/// let data = SphereQuadratic { n: 50, ..Default::default() }.run()?;
/// let gram = Kernel::default().gram(data.x.view())?;
/// let filters = [Filter::Flow { time: 10.0 }];
/// let start = StartValues::zero(50, 50, 1);
/// let path = Krylov::default().predict(&gram, data.y.view(), &start, gram.view(), &filters)?;
/// assert_eq!(path.accuracy.warning(), None);
/// // The training points as test points: two routes to the same numbers.
/// assert!((&path.train - &path.test).iter().all(|d| d.abs() < 1e-6));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Krylov {
    /// Stop when the bound on predictions is below this times the root mean square of Y − f₀(X).
    pub tolerance: f64,
    /// Stop after so many products with K in any case; the prediction then carries a warning.
    pub max_steps: usize,
}

impl Default for Krylov {
    fn default() -> Self {
        Krylov { tolerance: 1e-6, max_steps: 1000 }
    }
}

/// sup_x (1 − e^{−x})/√x = 0.63817…, at x = 1.2564.
const FLOW_CONSTANT: f64 = 0.6382;

impl Krylov {
    /// Refuses what has no meaning.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless the tolerance is positive and finite and there is at least one step.
    pub fn check(&self) -> Result<()> {
        check::positive("tolerance", self.tolerance)?;
        check::at_least_one("max_steps", self.max_steps)?;
        Ok(())
    }

    /// f(X) and f(Z) for every filter: arguments and result as those of
    /// [`Decomposition::predict`](crate::spectrum::Decomposition::predict), K itself in place of its decomposition.
    ///
    /// # Errors
    /// [`Error::Memory`] before a block of the basis that does not fit; those of [`Krylov::check`] and of
    /// [`Decomposition::predict`](crate::spectrum::Decomposition::predict); gradient descent is refused as divergent by the
    /// largest Ritz value. Failure to converge is no error: see
    /// [`Accuracy::warning`](super::Accuracy::warning).
    pub fn predict(
        &self,
        gram: &Gram,
        y: ArrayView2<f64>,
        start: &StartValues,
        cross: ArrayView2<f64>,
        filters: &[Filter],
    ) -> Result<Prediction> {
        self.check()?;
        let n = gram.n();
        let task = Task::new(n, y, start, cross, filters)?;
        filters.iter().try_for_each(Filter::check)?;
        let (k, rows) = (task.k(), filters.len() * task.k());
        // How many steps there will be is not known: the basis is announced block by block, as it grows.
        let basis = Lanczos::first_bytes(n) * k;
        let answers = Bytes::of::<f64>(rows, n) * 4 + Bytes::of::<f64>(rows, cross.nrows()) * 2;
        (basis + answers).require(&format!("a Krylov basis of {k} columns"))?;
        let mut runs: Vec<Lanczos> = task.residual.rows().into_iter().map(Lanczos::new).collect();
        let largest = gram.view().diag().iter().fold(0.0f64, |m, v| m.max(*v));
        let mut done = vec![false; k];
        let (mut products, mut due) = (0, 0);
        let checks = loop {
            let open: Vec<usize> = (0..k).filter(|&j| !runs[j].exhausted && !done[j]).collect();
            if products >= due || open.is_empty() || products >= self.max_steps {
                let checks: Vec<Check> =
                    runs.iter().map(|run| Check::of(run, gram, largest, filters)).collect::<Result<_>>()?;
                for (done, check) in done.iter_mut().zip(&checks) {
                    *done = check.worst() <= self.tolerance * check.scale;
                }
                // Decomposing T costs k³: look the more seldom the larger it is.
                due = products + 5 + products / 12;
                let finished = (0..k).all(|j| done[j] || runs[j].exhausted);
                if finished || products >= self.max_steps {
                    break checks;
                }
                continue;
            }
            step(gram.view(), &mut runs, &open)?;
            products += 1;
        };
        self.assemble(&task, &runs, &checks, products, filters, cross)
    }

    fn assemble(
        &self,
        task: &Task,
        runs: &[Lanczos],
        checks: &[Check],
        products: usize,
        filters: &[Filter],
        cross: ArrayView2<f64>,
    ) -> Result<Prediction> {
        let (n, k) = (task.y.ncols(), task.k());
        let mut dual = Array2::zeros((filters.len() * k, n));
        let mut residual = Array2::zeros((filters.len() * k, n));
        for (j, (run, check)) in runs.iter().zip(checks).enumerate() {
            let Some(ritz) = &check.ritz else { continue };
            let on = |g: &dyn Fn(&Response, f64) -> f64| {
                let g = Array2::from_shape_fn((filters.len(), ritz.values.len()), |(t, i)| {
                    g(&check.responses[t], ritz.values[i])
                });
                blas_matmul(run.coordinates(ritz, &g)?.view(), run.basis()?)
            };
            dual.slice_mut(s![j..;k, ..]).assign(&(on(&Response::value)? / n as f64));
            residual.slice_mut(s![j..;k, ..]).assign(&on(&Response::residual)?);
        }
        let columns = |get: &dyn Fn(&Check) -> &Vec<f64>| {
            Array2::from_shape_fn((filters.len(), k), |(t, j)| get(&checks[j])[t])
        };
        let relative = |check: &Check| if check.scale > 0.0 { check.worst() / check.scale } else { 0.0 };
        let report = KrylovReport {
            steps: runs.iter().map(Lanczos::steps).collect(),
            products,
            tolerance: self.tolerance,
            train_bound: columns(&|check| &check.train),
            bound: columns(&|check| &check.bound),
            scale: checks.iter().map(|check| check.scale).collect(),
            // A comparison that NaN would lose, so it wins: nothing is known then.
            largest: checks.iter().map(relative).fold(0.0, |m, v| if v > m || v.is_nan() { v } else { m }),
            estimated: checks.iter().zip(runs).any(|(check, run)| !run.exhausted && check.estimated()),
        };
        task.predict(filters, dual.view(), residual.view(), cross, Accuracy::Krylov(report))
    }
}

/// One step of every open run: one product with K, then each run by itself.
fn step(k: ArrayView2<f64>, runs: &mut [Lanczos], open: &[usize]) -> Result<()> {
    let n = k.nrows();
    let needed: Bytes = open.iter().map(|&j| runs[j].next_bytes()).sum();
    if needed > Bytes(0) {
        let what = format!("step {} of a Krylov basis of {} columns", runs[open[0]].steps() + 1, open.len());
        needed.require(&what)?;
    }
    let vectors = Array2::from_shape_fn((open.len(), n), |(r, i)| runs[open[r]].next()[i]);
    let mut images = symmetric_matmul(k, vectors.view())?;
    images /= n as f64;
    let mut chosen: Vec<&mut Lanczos> =
        runs.iter_mut().enumerate().filter(|(j, _)| open.contains(j)).map(|(_, run)| run).collect();
    let mut rows: Vec<_> = images.axis_iter_mut(Axis(0)).collect();
    chosen.par_iter_mut().zip(rows.par_iter_mut()).for_each(|(run, image)| {
        if let Some(image) = image.as_slice_mut() {
            run.advance(image);
        }
    });
    Ok(())
}

/// Where one column stands: the Ritz values, the filters on them and the bounds.
struct Check {
    ritz: Option<SymmetricEigen>,
    responses: Vec<Response>,
    /// ‖b‖/√n.
    scale: f64,
    /// On the training points (root mean square), for each filter.
    train: Vec<f64>,
    /// At any point, for each filter.
    bound: Vec<f64>,
}

impl Check {
    fn of(run: &Lanczos, gram: &Gram, largest: f64, filters: &[Filter]) -> Result<Self> {
        let n = gram.n();
        let root = (n as f64).sqrt();
        let scale = run.norm / root;
        if run.steps() == 0 {
            // Nothing is known yet, unless b = 0, where all is.
            let unknown = vec![if run.exhausted { 0.0 } else { f64::INFINITY }; filters.len()];
            return Ok(Check {
                ritz: None,
                responses: vec![],
                scale,
                train: unknown.clone(),
                bound: unknown,
            });
        }
        let ritz = run.ritz()?;
        let responses: Vec<Response> = filters
            .iter()
            .map(|f| f.response(n, ritz.values.view(), gram.epsilon()))
            .collect::<Result<_>>()?;
        let out = run.norm * run.beta();
        let last = ritz.vectors.column(ritz.values.len() - 1).to_owned();
        let ends: Vec<f64> = last.iter().zip(ritz.vectors.column(0)).map(|(a, b)| a * b).collect();
        let corner = |g: &dyn Fn(f64) -> f64| {
            ends.iter().zip(&ritz.values).map(|(end, value)| end * g(*value)).sum::<f64>().abs()
        };
        let (mut train, mut bound) = (Vec::new(), Vec::new());
        for response in &responses {
            let on_train = out * corner(&|v| response.value(v));
            let energy = match response.filter() {
                Filter::Ridge { delta } => on_train / (2.0 * (delta / n as f64).sqrt()),
                Filter::Limit => {
                    let kept = ritz.values.iter().filter(|v| response.value(**v) > 0.0);
                    on_train / kept.fold(f64::INFINITY, |m, v| m.min(*v)).sqrt()
                }
                filter => {
                    let constant = if matches!(filter, Filter::Flow { .. }) { FLOW_CONSTANT } else { 1.0 };
                    let accumulated = out * corner(&|v| response.accumulated(v).unwrap_or(0.0));
                    constant * (on_train * accumulated).sqrt()
                }
            };
            train.push(on_train / root);
            bound.push(energy * (largest / n as f64).sqrt());
        }
        Ok(Check { ritz: Some(ritz), responses, scale, train, bound })
    }

    /// The largest bound; NaN where one is NaN.
    fn worst(&self) -> f64 {
        self.bound.iter().fold(0.0, |m, v| if *v > m || v.is_nan() { *v } else { m })
    }

    /// Whether a filter's bound is an estimate.
    fn estimated(&self) -> bool {
        let largest =
            self.ritz.as_ref().map_or(0.0, |ritz| ritz.values.iter().fold(0.0, |m: f64, v| m.max(*v)));
        self.responses.iter().any(|response| match response.filter() {
            Filter::Limit => true,
            Filter::GradientDescent { rate, .. } => rate * largest > 1.0,
            Filter::Flow { .. } | Filter::Ridge { .. } => false,
        })
    }
}
