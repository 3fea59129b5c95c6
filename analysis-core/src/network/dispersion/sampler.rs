//! Which way Θ is drawn.

use super::random_networks::RandomNetworks;
use crate::architecture::Activation;
use crate::error::{Error, Result};
use crate::text::plain_enum;

/// How Θ is drawn. All three have the same law (and different numbers for one seed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sampler {
    /// [`Sampler::Norms`] for ReLU, [`Sampler::Vectors`] for the others.
    #[default]
    Automatic,
    /// ReLU: a few numbers a layer, whatever the width; of order k² for k outputs.
    Norms,
    /// Any activation: (1 + k) M normals a layer for k outputs.
    Vectors,
    /// Any activation: every weight is drawn, M² a layer.
    Dense,
}

plain_enum!(
    Sampler,
    "sampler",
    Automatic = "automatic",
    Norms = "norms",
    Vectors = "vectors",
    Dense = "dense"
);

impl Sampler {
    /// The sampler that is meant, for these networks.
    ///
    /// # Errors
    /// [`Error::Parameter`] where it cannot sample them.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::{RandomNetworks, Sampler};
    /// assert_eq!(Sampler::Automatic.resolve(&RandomNetworks::default())?, Sampler::Norms);
    /// let ten = RandomNetworks { outputs: 10, ..RandomNetworks::default() };
    /// assert_eq!(Sampler::Automatic.resolve(&ten)?, Sampler::Norms);
    /// let tanh = RandomNetworks { activation: "tanh".parse()?, ..ten };
    /// assert_eq!(Sampler::Automatic.resolve(&tanh)?, Sampler::Vectors);
    /// assert!(Sampler::Norms.resolve(&tanh).is_err());
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn resolve(self, networks: &RandomNetworks) -> Result<Sampler> {
        let relu = networks.activation == Activation::Relu;
        if networks.activation.derivative(0.5).is_none() {
            let why = "Θ needs φ': give the activation its derivative";
            return Err(Error::parameter("activation", &networks.activation, why));
        }
        match self {
            Sampler::Automatic if relu => Ok(Sampler::Norms),
            Sampler::Automatic => Ok(Sampler::Vectors),
            Sampler::Norms if !relu => {
                Err(Error::parameter("sampler", self, "is for relu; use vectors or dense"))
            }
            _ => Ok(self),
        }
    }
}
