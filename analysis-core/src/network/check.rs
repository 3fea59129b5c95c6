//! What a network refuses.

use ndarray::ArrayView2;

use super::layers::Network;
use crate::architecture::{Activation, MOST_LAYERS};
use crate::check;
use crate::error::{Error, Result};

impl Network {
    /// Refuses parameters outside their domain.
    ///
    /// # Errors
    /// [`Error::Parameter`]: a size of 0, more parameters than 2⁵³, σ_w² ≤ 0 or σ_b² < 0 or not finite, a ReLU power
    /// beyond its bound, an activation whose E\[φ(z)²\] does not exist where the parametrisation needs it.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::network::Network;
    /// assert!(Network { width: 0, ..Network::default() }.check().is_err());
    /// ```
    pub fn check(&self) -> Result<()> {
        for (name, value) in [
            ("inputs", self.inputs),
            ("hidden_layers", self.hidden_layers),
            ("width", self.width),
            ("outputs", self.outputs),
        ] {
            check::at_least_one(name, value)?;
        }
        check_layers(self.hidden_layers)?;
        self.activation.check()?;
        self.parametrisation.check()?;
        if self.count().is_none_or(|count| count > 1 << 53) {
            let Network { inputs, hidden_layers, width, outputs, .. } = self;
            let sizes =
                format!("{inputs} inputs, {hidden_layers} hidden layers of {width} units, {outputs} outputs");
            return Err(Error::parameter("network", sizes, "has more parameters than any machine holds"));
        }
        self.plan().map(|_| ())
    }

    /// Also refuses an activation without a derivative, or with one that is zero everywhere.
    pub(crate) fn check_differentiable(&self) -> Result<()> {
        if self.activation == Activation::ReluPower(0) {
            let why = "a step function has derivative 0: no layer below it would be trained";
            return Err(Error::parameter("activation", &self.activation, why));
        }
        if self.activation.derivative(0.0).is_none() {
            let why = "training and the tangent kernel need φ': give the custom activation its derivative";
            return Err(Error::parameter("activation", &self.activation, why));
        }
        Ok(())
    }

    /// How many numbers are trained, if it fits.
    fn count(&self) -> Option<u64> {
        let (d, m, k, l) =
            (self.inputs as u64, self.width as u64, self.outputs as u64, self.hidden_layers as u64);
        let weights = m.checked_mul(d)?.checked_add(m.checked_mul(m)?.checked_mul(l - 1)?)?;
        weights.checked_add(m.checked_mul(k)?)?.checked_add(m.checked_mul(l)?)?.checked_add(k)
    }

    /// x as an array that BLAS-like code takes: finite, (n, d).
    pub(crate) fn check_rows(&self, what: &str, x: ArrayView2<f64>) -> Result<()> {
        if x.ncols() != self.inputs {
            let what = format!("{what} for a network of {} inputs", self.inputs);
            return Err(Error::shape(what, format!("(n, {})", self.inputs), format!("{:?}", x.dim())));
        }
        check::finite_array(what, x)
    }
}

/// Refuses no hidden layer, or far too many.
pub(crate) fn check_layers(hidden_layers: usize) -> Result<()> {
    check::at_least_one("hidden_layers", hidden_layers)?;
    check::that(hidden_layers <= MOST_LAYERS, "hidden_layers", hidden_layers, "at most a million")
}
