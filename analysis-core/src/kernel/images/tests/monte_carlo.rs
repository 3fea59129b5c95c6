//! Against random convolutional networks of finite width, by z-scores.

use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, s};
use rand_distr::{Distribution, StandardNormal};

use super::{images, kernel};
use crate::architecture::{Filters, ImageShape, Padding, Readout};
use crate::kernel::KernelKind;
use crate::seed::Seed;

const IMAGE: ImageShape = ImageShape { height: 4, width: 4, channels: 2 };
const SIGMA: (f64, f64) = (1.5, 0.3);
/// Channels of the hidden layers. What two layers of them are off by is of order 1/256, below the standard error of 150 networks.
const WIDTH: usize = 256;
const NETWORKS: u64 = 150;
/// Last layers per network, for the outputs.
const HEADS: usize = 16;

/// Two convolutional ReLU layers and a readout, as explicit weights.
struct Net {
    filters: Filters,
}

impl Net {
    /// Which position stands under each place of the filter at each position, if any.
    fn neighbours(&self) -> Vec<[Option<usize>; 9]> {
        let (height, width) = (IMAGE.height as isize, IMAGE.width as isize);
        let at = |p: isize| {
            std::array::from_fn(|tap| {
                let (y, x) = (p / width + tap as isize / 3 - 1, p % width + tap as isize % 3 - 1);
                let inside = (0..height).contains(&y) && (0..width).contains(&x);
                let torus = self.filters.padding == Padding::Circular;
                let place = y.rem_euclid(height) * width + x.rem_euclid(width);
                (inside || torus).then_some(place as usize)
            })
        };
        (0..height * width).map(at).collect()
    }

    /// (position, filter × channel) of (position, channel).
    fn patches(&self, a: &Array2<f64>) -> Array2<f64> {
        let channels = a.ncols();
        let mut patches = Array2::zeros((a.nrows(), 9 * channels));
        for (p, places) in self.neighbours().iter().enumerate() {
            for (tap, place) in places.iter().enumerate() {
                if let Some(place) = place {
                    patches.slice_mut(s![p, tap * channels..(tap + 1) * channels]).assign(&a.row(*place));
                }
            }
        }
        patches
    }

    /// The transpose of [`Net::patches`].
    fn gathered(&self, patches: &Array2<f64>) -> Array2<f64> {
        let channels = patches.ncols() / 9;
        let mut sum = Array2::zeros((patches.nrows(), channels));
        for (p, places) in self.neighbours().iter().enumerate() {
            for (tap, place) in places.iter().enumerate() {
                if let Some(place) = place {
                    let mut row = sum.row_mut(*place);
                    row += &patches.slice(s![p, tap * channels..(tap + 1) * channels]);
                }
            }
        }
        sum
    }

    /// The mean over heads of f(x)f(y), and ⟨∇f(x), ∇f(y)⟩ with the first head.
    fn sample(&self, rows: &Array2<f64>, index: u64) -> [f64; 2] {
        let mut generator = Seed(5).stream("convolutional", index);
        let mut normal = |rows: usize, columns: usize| -> Array2<f64> {
            Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(&mut generator))
        };
        let (pixels, (w, b), m) = (IMAGE.pixels(), SIGMA, WIDTH as f64);
        // (position, channel) of each image.
        let input =
            |i: usize| Array2::from_shape_fn((pixels, IMAGE.channels), |(p, c)| rows[[i, c * pixels + p]]);
        let scales = [w / (9.0 * IMAGE.channels as f64), w / (9.0 * m)];
        let weights = [normal(9 * IMAGE.channels, WIDTH), normal(9 * WIDTH, WIDTH)];
        let biases = [normal(1, WIDTH), normal(1, WIDTH)];
        let relu = |h: &Array2<f64>| h.mapv(|v| v.max(0.0));
        let slope = |h: &Array2<f64>| h.mapv(|v| f64::from(v > 0.0));
        let layer = |a: &Array2<f64>, l: usize| {
            let patches = self.patches(a);
            let h = patches.dot(&weights[l]) * scales[l].sqrt() + &biases[l] * b.sqrt();
            (patches, h)
        };
        let forward = [0, 1].map(|i| {
            let (first, h1) = layer(&input(i), 0);
            let (second, h2) = layer(&relu(&h1), 1);
            ([first, second], [h1, h2])
        });
        // The readout's weights (position, channel); pooling has the same at every position.
        let pool = self.filters.readout == Readout::Pool;
        let scale = if pool { w / m / (pixels as f64).powi(2) } else { w / m / pixels as f64 };
        let heads: Vec<(Array2<f64>, f64)> = (0..HEADS)
            .map(|_| {
                let weights = normal(if pool { 1 } else { pixels }, WIDTH);
                (
                    weights.broadcast((pixels, WIDTH)).map_or(weights.clone(), |all| all.to_owned()),
                    normal(1, 1)[[0, 0]],
                )
            })
            .collect();
        let output = |i: usize, (v, beta): &(Array2<f64>, f64)| {
            scale.sqrt() * (v * &relu(&forward[i].1[1])).sum() + b.sqrt() * beta
        };
        let product = heads.iter().map(|head| output(0, head) * output(1, head)).sum::<f64>() / HEADS as f64;

        // The readout's own share, then layer by layer backwards: δ (position, channel).
        let last = [0, 1].map(|i| relu(&forward[i].1[1]));
        let sums = |a: &Array2<f64>| -> Array1<f64> { a.sum_axis(ndarray::Axis(0)) };
        let shared = if pool { sums(&last[0]).dot(&sums(&last[1])) } else { (&last[0] * &last[1]).sum() };
        let mut tangent = scale * shared + b;
        let mut delta = [0, 1].map(|i| &heads[0].0 * &slope(&forward[i].1[1]) * scale.sqrt());
        for l in [1, 0] {
            // ⟨G(x), G(y)⟩ of G = Σ_p patch(p) δ(p)ᵀ: a sum over pairs of positions.
            let [x, y] = [0, 1].map(|i| &forward[i].0[l]);
            tangent += scales[l] * (x.dot(&y.t()) * delta[0].dot(&delta[1].t())).sum();
            tangent += b * sums(&delta[0]).dot(&sums(&delta[1]));
            if l == 1 {
                delta = [0, 1].map(|i| {
                    let below = self.gathered(&delta[i].dot(&weights[1].t())) * scales[1].sqrt();
                    below * slope(&forward[i].1[0])
                });
            }
        }
        [product, tangent]
    }
}

/// NNGP and NTK of two layers, both paddings, both readouts; x with y and x with itself.
#[test]
fn random_networks_have_these_kernels() {
    let x = images(2, IMAGE, "monte carlo");
    let equal = ndarray::stack![ndarray::Axis(0), x.row(0), x.row(0)];
    for filters in ["3:zero:flatten", "3:circular:flatten", "3:zero:pool"] {
        let net = Net { filters: filters.parse().unwrap() };
        for (name, rows) in [("two", &x), ("one", &equal)] {
            let samples: Vec<[f64; 2]> =
                (0..NETWORKS).into_par_iter().map(|index| net.sample(rows, index)).collect();
            for (which, kind) in [KernelKind::Nngp, KernelKind::Ntk].into_iter().enumerate() {
                let expected =
                    kernel(kind, 2, filters, IMAGE, SIGMA).gram(rows.view()).unwrap().view()[[0, 1]];
                let n = NETWORKS as f64;
                let mean = samples.iter().map(|s| s[which]).sum::<f64>() / n;
                let variance = samples.iter().map(|s| (s[which] - mean).powi(2)).sum::<f64>() / (n - 1.0);
                let error = (variance / n).sqrt();
                let z = (mean - expected) / error;
                println!(
                    "{filters} {name} {kind}: {mean:.4} {expected:.4}, z = {z:.2}, 3σ excludes {:.1} %",
                    300.0 * error / expected
                );
                assert!(z.abs() < 3.5, "{filters} {name} {kind}: {mean} {expected}, z = {z}");
            }
        }
    }
}
