//! The numbers of a network.

use ndarray::{Array1, Array2, Axis};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::layers::{Layer, Network};
use crate::check::finite_array;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::seed::Seed;

/// The weights and biases of a [`Network`], layer by layer; also the shape of a gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// W^l, l = 1..L+1, each (units of layer l, units of layer l − 1).
    pub weights: Vec<Array2<f64>>,
    /// b^l of the layers that have one: none, the first, or all (L+1).
    pub biases: Vec<Array1<f64>>,
}

impl Parameters {
    /// Zeros of the layers' shapes.
    pub(crate) fn zeros(layers: &[Layer]) -> Self {
        Parameters {
            weights: layers.iter().map(|l| Array2::zeros((l.outputs, l.inputs))).collect(),
            biases: layers.iter().filter(|l| l.bias.is_some()).map(|l| Array1::zeros(l.outputs)).collect(),
        }
    }

    /// How many numbers these are.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{network::Network, seed::Seed};
    /// let network = Network { inputs: 3, width: 10, ..Network::default() };
    /// assert_eq!(network.draw(Seed(0))?.count(), 40); // 10·3 + 10
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn count(&self) -> usize {
        self.slices().iter().map(|s| s.len()).sum()
    }

    /// Every array as one run of numbers: the weights, then the biases, row by row.
    pub(crate) fn slices(&self) -> Vec<&[f64]> {
        let weights = self.weights.iter().filter_map(|w| w.as_slice());
        weights.chain(self.biases.iter().filter_map(|b| b.as_slice())).collect()
    }

    pub(crate) fn slices_mut(&mut self) -> Vec<&mut [f64]> {
        let weights = self.weights.iter_mut().filter_map(|w| w.as_slice_mut());
        weights.chain(self.biases.iter_mut().filter_map(|b| b.as_slice_mut())).collect()
    }

    /// Refuses other shapes than the network's, arrays that are not stored row by row, NaN and infinity.
    pub(crate) fn check(&self, layers: &[Layer]) -> Result<()> {
        let shapes = |p: &Parameters| {
            let weights: Vec<_> = p.weights.iter().map(Array2::dim).collect();
            (weights, p.biases.iter().map(Array1::len).collect::<Vec<_>>())
        };
        let expected = (
            layers.iter().map(|l| (l.outputs, l.inputs)).collect(),
            layers.iter().filter(|l| l.bias.is_some()).map(|l| l.outputs).collect(),
        );
        let standard = self.weights.iter().all(|w| w.is_standard_layout())
            && self.biases.iter().all(|b| b.as_slice().is_some());
        if shapes(self) != expected || !standard {
            let found = format!("{:?}{}", shapes(self), if standard { "" } else { ", another order" });
            let what = "parameters of the network (stored row by row)";
            return Err(Error::shape(what, format!("{expected:?}"), found));
        }
        for (index, weights) in self.weights.iter().enumerate() {
            finite_array(&format!("the weights of layer {}", index + 1), weights.view())?;
        }
        let biased = layers.iter().enumerate().filter(|(_, layer)| layer.bias.is_some());
        for ((index, _), biases) in biased.zip(&self.biases) {
            finite_array(&format!("the biases of layer {}", index + 1), biases.view().insert_axis(Axis(0)))?;
        }
        Ok(())
    }

    /// Whether every number is finite. An infinite weight may hide behind φ: the unit is then off, or saturated.
    pub(crate) fn are_finite(&self) -> bool {
        // 0·p is 0 for a finite p and NaN for the others; eight sums, so that the processor adds eight at a time.
        let zero = |numbers: &[f64]| {
            let (chunks, rest) = numbers.as_chunks::<8>();
            let mut sums = [0.0; 8];
            chunks.iter().for_each(|chunk| (0..8).for_each(|i| sums[i] += 0.0 * chunk[i]));
            sums.iter().sum::<f64>() + rest.iter().map(|p| 0.0 * p).sum::<f64>() == 0.0
        };
        self.slices().into_iter().all(zero)
    }
}

impl Network {
    /// Fresh random parameters.
    ///
    /// W^l comes from the stream `("network-weights", l)`, row by row, b^l from `("network-biases", l)`, l from 1: standard
    /// normals times the parametrisation's deviation. So [`Parametrisation::EveryLayer`](super::Parametrisation) and its
    /// NTK form draw the same function, and a wider network begins with the narrower one's first layer.
    ///
    /// # Errors
    /// [`Error::Parameter`] from [`Network::check`]; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{network::Network, seed::Seed};
    /// let network = Network { width: 8, ..Network::default() };
    /// assert_eq!(network.draw(Seed(3))?, network.draw(Seed(3))?);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn draw(&self, seed: Seed) -> Result<Parameters> {
        self.check()?;
        let layers = self.plan()?.layers;
        let bytes: Bytes =
            layers.iter().map(|l| Bytes::of::<f64>(l.outputs, l.inputs.saturating_add(1))).sum();
        bytes.require(&format!("a network of {} parameters", bytes.0 / 8))?;
        let mut parameters = Parameters::zeros(&layers);
        for (index, (layer, weights)) in layers.iter().zip(&mut parameters.weights).enumerate() {
            let mut stream = seed.stream("network-weights", index as u64 + 1);
            weights.mapv_inplace(|_| layer.weight_deviation * normal(&mut stream));
        }
        for (index, (layer, biases)) in layers.iter().zip(&mut parameters.biases).enumerate() {
            let mut stream = seed.stream("network-biases", index as u64 + 1);
            biases.mapv_inplace(|_| layer.bias_deviation * normal(&mut stream));
        }
        Ok(parameters)
    }
}

fn normal(stream: &mut impl rand::Rng) -> f64 {
    StandardNormal.sample(stream)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::network::Parametrisation;

    /// Mean and variance of every array within 5 standard errors: σ/√N, and σ²√(2/N) for a normal variance.
    #[test]
    fn draws_have_the_variances_of_the_parametrisation() {
        let (sigma_w2, sigma_b2) = (1.7, 0.3);
        let (d, m, k) = (7, 300, 40);
        let size = Network { inputs: d, hidden_layers: 2, width: m, outputs: k, ..Network::default() };
        let fan_in = [d as f64, m as f64, m as f64];
        for (parametrisation, weights, bias, biases) in [
            (Parametrisation::FirstLayerBias { bias: true }, [1.0; 3], 1.0, 1),
            (Parametrisation::FirstLayerBias { bias: false }, [1.0; 3], 1.0, 0),
            (Parametrisation::EveryLayer { sigma_w2, sigma_b2 }, fan_in.map(|n| sigma_w2 / n), sigma_b2, 3),
            (Parametrisation::EveryLayerNtk { sigma_w2, sigma_b2 }, [1.0; 3], 1.0, 3),
        ] {
            let p = Network { parametrisation, ..size.clone() }.draw(Seed(9)).unwrap();
            assert_eq!((p.weights.len(), p.biases.len()), (3, biases));
            let expected = weights.into_iter().chain(std::iter::repeat_n(bias, biases));
            for (values, variance) in p.slices().into_iter().zip(expected) {
                let n = values.len() as f64;
                let mean = values.iter().sum::<f64>() / n;
                let square = values.iter().map(|v| v * v).sum::<f64>() / n;
                assert!(mean.abs() < 5.0 * (variance / n).sqrt(), "{parametrisation:?}: mean {mean}");
                assert!(
                    (square / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(),
                    "{parametrisation:?}: {square}"
                );
            }
        }
    }

    #[test]
    fn a_wider_network_begins_with_the_narrower_ones_units() {
        let draw = |width| Network { width, ..Network::default() }.draw(Seed(1)).unwrap();
        let (narrow, wide) = (draw(10), draw(30));
        assert_eq!(narrow.weights[0], wide.weights[0].slice(ndarray::s![..10, ..]));
        assert_eq!(narrow.weights[1], wide.weights[1].slice(ndarray::s![.., ..10]));
    }
}
