//! Drawing Θ over initialisations.

use std::ops::Range;

use super::draws::{check_range, draw_all, refuse, require};
use super::random_networks::RandomNetworks;
use super::sampler::Sampler;
use super::{dense, norms, several, vectors};
use crate::error::Result;
use crate::seed::Seed;

impl RandomNetworks {
    /// Θ(x,x), the trace over outputs, of the initialisations `which` (the end left out) of networks with `hidden_layers`
    /// hidden layers. Initialisation i is the same whatever range it is in and however many threads run.
    ///
    /// # Errors
    /// As [`RandomNetworks::check`] and [`Sampler::resolve`]; [`Error::Parameter`](crate::error::Error::Parameter) for no layer or an empty range;
    /// [`Error::Memory`](crate::error::Error::Memory); [`Error::NotFinite`](crate::error::Error::NotFinite) where Θ or a layer's square leaves the range of `f64`, above or below.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{RandomNetworks, Sampler};
    /// use analysis_core::seed::Seed;
    /// let networks = RandomNetworks::square(64).variances(1.5, 1.0);
    /// let theta = networks.sample(10, 0..2000, Sampler::Automatic, Seed(1))?;
    /// let mean = theta.iter().sum::<f64>() / 2000.0;
    /// let exact = networks.exact_moments(10)?[9];
    /// assert!((mean - exact.mean).abs() < 4.0 * exact.standard_deviation() / 2000f64.sqrt());
    /// assert_eq!(theta[7..9], networks.sample(10, 7..9, Sampler::Automatic, Seed(1))?[..]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn sample(
        &self,
        hidden_layers: usize,
        which: Range<usize>,
        sampler: Sampler,
        seed: Seed,
    ) -> Result<Vec<f64>> {
        self.check()?;
        RandomNetworks::check_depth(hidden_layers)?;
        check_range(&which)?;
        let sampler = sampler.resolve(self)?;
        let one = match sampler {
            Sampler::Vectors => several::VectorScratch::memory(self, hidden_layers),
            Sampler::Dense => dense::memory(self, hidden_layers),
            _ => several::Scratch::memory(self, hidden_layers),
        };
        require::<f64>(one, which.len())?;
        let all = which.clone();
        let theta = match (sampler, self.outputs) {
            (Sampler::Dense, _) => draw_all(
                all,
                seed,
                1,
                || (),
                |(), stream| dense::Drawn::draw(self, hidden_layers, stream).theta(self),
            ),
            (Sampler::Vectors, 1) => {
                let room = || vectors::Scratch::new(self, hidden_layers);
                draw_all(all, seed, 8, room, |room, stream| vectors::draw(self, room, stream))
            }
            (Sampler::Vectors, _) => {
                let room = || several::VectorScratch::new(self, hidden_layers);
                draw_all(all, seed, 4, room, |room, stream| several::draw_vectors(self, room, stream))
            }
            (_, 1) => {
                let squares = norms::ChiSquares::new(self.width)?;
                draw_all(all, seed, 256, Vec::new, |layers, stream| {
                    norms::draw(self, hidden_layers, &squares, layers, stream)
                })
            }
            _ => {
                let squares = norms::ChiSquares::new(self.width)?;
                let room = || several::Scratch::new(self);
                draw_all(all, seed, 64, room, |room, stream| {
                    several::draw_norms(self, hidden_layers, &squares, room, stream)
                })
            }
        };
        refuse(self, hidden_layers, which.start, &theta)?;
        Ok(theta)
    }
}
