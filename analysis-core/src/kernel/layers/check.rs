//! Which orders of layers have the limit that the recursion computes.

use super::{DEEPEST, Layer, WideNetwork};
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::kernel::{KernelKind, MAX_HIDDEN_LAYERS, check_activation};

/// What is known of the units behind a layer.
#[derive(Clone, Copy)]
struct Units {
    /// Gaussian with mean 0.
    gaussian: bool,
    /// Independent of what went into the block.
    fresh: bool,
}

impl WideNetwork {
    /// Refuses what has no limit kernel of this kind, or another than the recursion gives.
    ///
    /// # Errors
    /// [`Error::Parameter`], naming the layer: no layers; a first layer that is not dense; σ_w² ≤ 0, σ_b² < 0, a scale that is negative or
    /// not finite; an activation or LayerNorm behind units that are not Gaussian of mean 0 (behind another activation), LayerNorm behind
    /// LayerNorm; a block that is empty, that passes no dense layer, or that ends with an activation; a last layer that is an activation;
    /// blocks nested more than 16 deep; more than 10,000 layers; activations that [`Kernel::check`](crate::kernel::Kernel::check) refuses.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let twice = vec![Layer::dense(2.0, 0.0), Activation::Relu.into(), Activation::Relu.into(), Layer::dense(2.0, 0.0)];
    /// let error = WideNetwork { layers: twice }.check(KernelKind::Ntk).unwrap_err();
    /// assert!(error.to_string().starts_with("layer 3 = relu: needs Gaussian units"), "{error}");
    /// ```
    pub fn check(&self, kind: KernelKind) -> Result<()> {
        let why =
            "a network needs layers: Dense, an activation, Dense at the least for one that is not linear";
        check::refuse(self.layers.is_empty(), "layers", "[]", why)?;
        let first = &self.layers[0];
        let why = "the first layer must be Dense: the d features of a row are no Gaussian units, and are added to nothing";
        check::that(matches!(first, Layer::Dense { .. }), "layer 1", first, why)?;
        let mut count = 0;
        let units = walk(&self.layers, Units { gaussian: false, fresh: false }, ("", 0), kind, &mut count)?;
        let last = &self.layers[self.layers.len() - 1];
        let why = "the output must be linear: end with Dense";
        check::that(units.gaussian, &format!("layer {}", self.layers.len()), last, why)
    }
}

/// The units behind these layers. `place` is how the block is called, and how deep it is nested.
fn walk(
    layers: &[Layer],
    mut units: Units,
    (place, depth): (&str, usize),
    kind: KernelKind,
    count: &mut usize,
) -> Result<Units> {
    for (index, layer) in layers.iter().enumerate() {
        let name = format!("layer {place}{}", index + 1);
        *count += 1;
        let most = format!("a network has at most {MAX_HIDDEN_LAYERS} layers, those of its blocks included");
        check::that(*count <= MAX_HIDDEN_LAYERS, &name, *count, most)?;
        let gaussian = |what: &str| {
            let why = format!("needs Gaussian units of mean 0 {what}: put Dense before it");
            check::that(units.gaussian, &name, layer, why)
        };
        match layer {
            Layer::Dense { sigma_w2, sigma_b2 } => {
                check::positive(&format!("{name}, sigma_w2"), *sigma_w2)?;
                check::not_negative(&format!("{name}, sigma_b2"), *sigma_b2)?;
                units = Units { gaussian: true, fresh: true };
            }
            Layer::Activation(activation) => {
                gaussian("before an activation")?;
                check_activation(kind, activation)?;
                units.gaussian = false;
            }
            Layer::LayerNorm => {
                gaussian("before LayerNorm, where the mean over the units tends to 0")?;
                let twice = index > 0 && layers[index - 1] == Layer::LayerNorm;
                check::refuse(
                    twice,
                    &name,
                    layer,
                    "LayerNorm behind LayerNorm changes nothing: leave one out",
                )?;
            }
            Layer::Residual { block, scale } => {
                check::not_negative(&format!("{name}, scale"), *scale)?;
                check::refuse(
                    block.is_empty(),
                    &name,
                    "residual()",
                    "its block needs layers, the last one Dense",
                )?;
                let why = format!("blocks are nested at most {DEEPEST} deep");
                check::that(depth < DEEPEST, &name, depth + 1, why)?;
                let inside = Units { fresh: false, ..units };
                let inside =
                    walk(block, inside, (&format!("{place}{}.", index + 1), depth + 1), kind, count)?;
                let dependent = "its block must pass a Dense of its own: else it is no longer independent of what it is added to";
                check::that(inside.fresh, &name, layer, dependent)?;
                let why = "its block must end with Dense: else it has a mean, and a covariance with what it is added to";
                check::that(inside.gaussian, &name, layer, why)?;
            }
        }
    }
    Ok(units)
}
