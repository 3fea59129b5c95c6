//! One block of depths: sampled, kept, compared with theory.

use super::{Dispersion, DispersionPoint, Place, RatioEstimate};
use crate::architecture::Activation;
use crate::error::Result;
use crate::network::{RandomNetworks, ThetaMoments};
use crate::origin::Origin;
use crate::seed::Seed;
use crate::session::Session;
use crate::store::{Kept, Key};

/// Raised when the numbers of a block change for the same parameters.
///
/// 3: samples in which the square of a layer leaves the range of f64 are refused; all other numbers are those of revision 2.
const REVISION: u32 = 3;

impl Dispersion {
    pub(super) fn block(&self, place: Place, session: &Session) -> Result<(Vec<DispersionPoint>, Origin)> {
        let networks = self.networks(place.width, place.sigma_w2, place.sigma_b2);
        let depths = self.block_depths(place);
        let key = self.key(&networks, depths)?;
        let sample = || depths.iter().map(|depth| self.sample(&networks, *depth)).collect();
        let Kept { value: estimates, origin, .. }: Kept<Vec<RatioEstimate>> = session.keep(&key, sample)?;
        let exact = self.exact(&networks, depths)?;
        let points = depths
            .iter()
            .zip(estimates)
            .enumerate()
            .map(|(k, (depth, estimate))| self.point(&networks, *depth, &estimate, exact[k]));
        Ok((points.collect::<Result<_>>()?, origin))
    }

    /// Everything that decides a block's numbers, and nothing else: shards and larger grids share their blocks.
    pub(super) fn key(&self, networks: &RandomNetworks, depths: &[usize]) -> Result<Key> {
        let parameters = (networks, depths, self.initialisations, self.cosine, self.sampler, self.seed);
        Key::new("dispersion", REVISION, &parameters)
    }

    fn sample(&self, networks: &RandomNetworks, depth: usize) -> Result<RatioEstimate> {
        let which = 0..self.initialisations;
        let seed = self.point_seed(networks, depth);
        match self.cosine {
            None => RatioEstimate::of(&networks.sample(depth, which, self.sampler, seed)?),
            Some(cosine) => {
                let pairs = networks.sample_pairs(depth, cosine, which, self.sampler, seed)?;
                RatioEstimate::of(&pairs.iter().map(|k| k.between).collect::<Vec<_>>())
            }
        }
    }

    /// A seed for every point of every grid, from what the point is.
    fn point_seed(&self, networks: &RandomNetworks, depth: usize) -> Seed {
        let name = format!("dispersion {} c={:?}", networks.name(), self.cosine);
        self.seed.child(&name, depth as u64)
    }

    /// The exact moments at these depths, where they are known and exact: of Θ(x,x) at every depth, of Θ(x,x') at one.
    fn exact(&self, networks: &RandomNetworks, depths: &[usize]) -> Result<Vec<Option<ThetaMoments>>> {
        if networks.activation != Activation::Relu {
            return Ok(vec![None; depths.len()]);
        }
        if let Some(cosine) = self.cosine {
            let one = networks.exact_pair_moments(cosine)?;
            return Ok(depths.iter().map(|depth| (*depth == 1).then_some(one)).collect());
        }
        let known = |depth: &&usize| networks.moments_are_exact(**depth);
        let Some(deepest) = depths.iter().take_while(known).last() else {
            return Ok(vec![None; depths.len()]);
        };
        // A moment beyond floating point is not known either.
        let all = networks.exact_moments(*deepest)?;
        Ok(depths.iter().map(|depth| all.get(depth - 1).copied()).collect())
    }

    fn point(
        &self,
        networks: &RandomNetworks,
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
            width: networks.width,
            sigma_w2: networks.sigma_w2,
            sigma_b2: networks.sigma_b2,
            initialisations: estimate.count,
            ratio: estimate.ratio,
            interval,
            exact_ratio: exact.map(|exact| exact.ratio()),
            mean: estimate.mean,
            mean_error: estimate.mean_error,
            exact_mean: exact.map(|exact| exact.mean),
            z,
            largest_share: estimate.largest_share,
            tail_unseen: estimate.decided_by_one()
                || estimate.tail_unseen(exact.map_or(interval[1], |exact| exact.ratio())),
        })
    }
}
