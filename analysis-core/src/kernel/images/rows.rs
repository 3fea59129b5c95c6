//! What is known of an image before it meets another: its pixels, and its standard deviation at every position of every layer.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::filter::{LANES, Taps, filtered};
use super::network::ImageKernel;
use crate::error::{Error, Result};

/// Images in panels of eight, whose numbers stand side by side.
#[derive(Debug)]
pub(crate) struct ImageRows {
    n: usize,
    panels: Vec<Panel>,
    /// The largest variance of a pre-activation.
    pub(in crate::kernel) largest_variance: f64,
}

/// Eight images.
#[derive(Debug)]
pub(super) struct Panel {
    /// (position, channel, lane)
    pub(super) pixels: Vec<f64>,
    /// Standard deviation r of every layer's pre-activations, and 1/r (0 where r is 0): (position, lane).
    pub(super) layers: Vec<[Vec<f64>; 2]>,
    largest: f64,
}

impl ImageRows {
    /// `what` names the array in messages; x is (n, c·h·w).
    pub(in crate::kernel) fn new(kernel: &ImageKernel, x: ArrayView2<f64>, what: &str) -> Result<Self> {
        let (n, d) = x.dim();
        let image = kernel.convolution.image;
        if n == 0 {
            return Err(Error::shape(what, "at least one row", format!("({n}, {d})")));
        }
        if d != image.d() {
            let expected =
                format!("{} columns, an image of {image} (height x width x channels) in each row", image.d());
            return Err(Error::shape(what, expected, d));
        }
        let panel = |first: usize| Panel::new(kernel, x, first * LANES, what);
        let panels = (0..n.div_ceil(LANES)).into_par_iter().map(panel).collect::<Vec<_>>();
        let panels = panels.into_iter().collect::<Result<Vec<_>>>()?;
        let largest_variance = panels.iter().fold(0.0, |most: f64, panel| most.max(panel.largest));
        Ok(ImageRows { n, panels, largest_variance })
    }

    pub(super) fn n(&self) -> usize {
        self.n
    }

    pub(super) fn panel(&self, panel: usize) -> &Panel {
        &self.panels[panel]
    }
}

impl Panel {
    fn new(kernel: &ImageKernel, x: ArrayView2<f64>, first: usize, what: &str) -> Result<Self> {
        let (n, image) = (x.nrows(), kernel.convolution.image);
        let (pixels, channels) = (image.pixels(), image.channels);
        let mut values = vec![0.0; pixels * channels * LANES];
        for (lane, row) in (first..n.min(first + LANES)).enumerate() {
            let mut nothing = kernel.bias == 0.0;
            for (column, &value) in x.row(row).iter().enumerate() {
                if !value.is_finite() {
                    return Err(Error::NotFinite { what: what.to_string(), row, column, value });
                }
                nothing &= value == 0.0;
                let (channel, position) = (column / pixels, column % pixels);
                values[(position * channels + channel) * LANES + lane] = value;
            }
            if nothing {
                return Err(Error::ZeroRow { row, needs: "a kernel without bias".to_string() });
            }
        }
        let mut squares = vec![0.0; pixels * LANES];
        for (to, from) in squares.chunks_exact_mut(LANES).zip(values.chunks_exact(channels * LANES)) {
            for from in from.chunks_exact(LANES) {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from * from);
            }
        }
        let (mut variances, mut between) = (squares.clone(), squares.clone());
        let (mut layers, mut largest) = (Vec::with_capacity(kernel.layers), 0.0_f64);
        for layer in 0..kernel.layers {
            let (height, width) = kernel.shapes[layer];
            let filters = kernel.convolution.filters;
            let taps = [height, width].map(|length| Taps::new(length, filters.size, filters.padding));
            let scale = kernel.weight / kernel.fan_in(layer);
            filtered(
                (&taps[0], &taps[1]),
                width,
                &squares,
                &mut between,
                &mut variances,
                (scale, kernel.bias),
            );
            let used = kernel.shapes[layer + 1].0 * kernel.shapes[layer + 1].1 * LANES;
            for (at, variance) in variances[..used].iter().enumerate() {
                let inside = *variance == 0.0 || (1e-200..=1e200).contains(variance);
                if !inside && first + at % LANES < n {
                    let row = first + at % LANES;
                    return Err(Error::parameter(
                        what,
                        format!(
                            "row {row}: variance {variance:e} at position {} of layer {}",
                            at / LANES,
                            layer + 1
                        ),
                        "must neither overflow nor vanish: rescale the rows, take fewer layers or another σ_w²",
                    ));
                }
                largest = largest.max(*variance);
            }
            let deviations: Vec<f64> = variances[..used].iter().map(|variance| variance.sqrt()).collect();
            let inverses = deviations.iter().map(|r| if *r > 0.0 { r.recip() } else { 0.0 }).collect();
            layers.push([deviations, inverses]);
            for (to, variance) in squares.iter_mut().zip(&variances[..used]) {
                *to = kernel.law.moment(*variance);
            }
        }
        Ok(Panel { pixels: values, layers, largest })
    }
}
