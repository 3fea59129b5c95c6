//! One block of depths: sampled, kept, compared with theory.

use super::{Dispersion, DispersionPoint, Place, RatioEstimate};
use crate::architecture::Activation;
use crate::error::Result;
use crate::network::{RandomNetworks, ThetaMoments};
use crate::seed::Seed;
use crate::store::{Key, Store};

/// Raised when the numbers of a block change for the same parameters.
const REVISION: u32 = 2;

/// Above this relative error of order H·2^{−M} the formulas are not called exact (σ_b = 0 with trained biases).
const EXACT: f64 = 1e-6;

impl Dispersion {
    pub(super) fn block(&self, place: Place, store: &Store) -> Result<Vec<DispersionPoint>> {
        let ensemble = self.ensemble(place.width, place.sigma_w2, place.sigma_b2);
        let depths = self.block_depths(place);
        let key = self.key(&ensemble, depths)?;
        let estimates: Vec<RatioEstimate> = store
            .get_or_compute(&key, || depths.iter().map(|depth| self.sample(&ensemble, *depth)).collect())?;
        let exact = self.exact(&ensemble, depths)?;
        let points = depths
            .iter()
            .zip(estimates)
            .enumerate()
            .map(|(k, (depth, estimate))| self.point(&ensemble, *depth, &estimate, exact[k]));
        points.collect()
    }

    /// Everything that decides a block's numbers, and nothing else: shards and larger grids share their blocks.
    fn key(&self, ensemble: &RandomNetworks, depths: &[usize]) -> Result<Key> {
        let parameters = (ensemble, depths, self.initialisations, self.cosine, self.sampler, self.seed);
        Key::new("dispersion", REVISION, &parameters)
    }

    fn sample(&self, ensemble: &RandomNetworks, depth: usize) -> Result<RatioEstimate> {
        let which = 0..self.initialisations;
        let seed = self.point_seed(ensemble, depth);
        match self.cosine {
            None => RatioEstimate::of(&ensemble.sample(depth, which, self.sampler, seed)?),
            Some(cosine) => {
                let pairs = ensemble.sample_pairs(depth, cosine, which, self.sampler, seed)?;
                RatioEstimate::of(&pairs.iter().map(|k| k.between).collect::<Vec<_>>())
            }
        }
    }

    /// A seed for every point of every grid, from what the point is.
    fn point_seed(&self, e: &RandomNetworks, depth: usize) -> Seed {
        let name = format!(
            "dispersion {} M={} n0={} k={} w={} b={} x={} e={} c={:?}",
            e.activation,
            e.width,
            e.input_dimension,
            e.outputs,
            e.sigma_w2,
            e.sigma_b2,
            e.input_norm,
            e.trained_biases,
            self.cosine
        );
        self.seed.child(&name, depth as u64)
    }

    /// The exact moments at these depths, where they are known and exact: of Θ(x,x) at every depth, of Θ(x,x') at one.
    fn exact(&self, ensemble: &RandomNetworks, depths: &[usize]) -> Result<Vec<Option<ThetaMoments>>> {
        if ensemble.activation != Activation::Relu {
            return Ok(vec![None; depths.len()]);
        }
        if let Some(cosine) = self.cosine {
            let one = ensemble.exact_pair_moments(cosine)?;
            return Ok(depths.iter().map(|depth| (*depth == 1).then_some(one)).collect());
        }
        let deepest = depths[depths.len() - 1];
        let dead = deepest as f64 * 0.5f64.powi(ensemble.width.min(1000) as i32);
        if ensemble.sigma_b2 == 0.0 && ensemble.trained_biases && dead > EXACT {
            return Ok(vec![None; depths.len()]);
        }
        let all = ensemble.exact_moments(deepest)?;
        Ok(depths.iter().map(|depth| Some(all[depth - 1])).collect())
    }

    fn point(
        &self,
        ensemble: &RandomNetworks,
        depth: usize,
        estimate: &RatioEstimate,
        exact: Option<ThetaMoments>,
    ) -> Result<DispersionPoint> {
        let interval = estimate.interval(self.level)?;
        let z = exact.and_then(|exact| {
            let error = exact.standard_deviation() / (estimate.count as f64).sqrt();
            (error > 0.0).then(|| (estimate.mean - exact.mean) / error)
        });
        Ok(DispersionPoint {
            depth,
            width: ensemble.width,
            sigma_w2: ensemble.sigma_w2,
            sigma_b2: ensemble.sigma_b2,
            initialisations: estimate.count,
            ratio: estimate.ratio,
            interval,
            exact_ratio: exact.map(|exact| exact.ratio()),
            mean: estimate.mean,
            mean_error: estimate.mean_error,
            exact_mean: exact.map(|exact| exact.mean),
            z,
            largest_share: estimate.largest_share,
            tail_unseen: estimate.tail_unseen(exact.map_or(interval[1], |exact| exact.ratio())),
        })
    }
}
