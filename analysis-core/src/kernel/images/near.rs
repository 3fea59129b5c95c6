//! Angles between two nearly parallel neighbourhoods, from their difference.
//!
//! E φ'φ' bends like √(1 − cos θ) at θ = 0, so that an error of ε in cos θ would be one of √ε there. With a = (√s a_j, √b) the
//! standard deviations of the layer below under the filter, scaled by what the layer does to them, ‖a‖ = r, and g_j = a_j b_j − E φφ
//! at each of them: 1 − cos θ = ½‖a/r − b/r'‖² + s Σ_j g_j/(rr'), a sum of terms that are never negative. In the first layer the pixels
//! themselves take the place of a, and 1 + cos θ = ½‖a/r + b/r'‖² is had the same way.

use super::filter::LANES;
use super::network::{ImageKernel, Law, NEAR};
use super::overlap::Overlap;
use super::work::{Side, Work};

/// Rewrites 1 ∓ cos θ, where small, of a line of positions.
#[cold]
#[inline(never)]
pub(super) fn correct(
    kernel: &ImageKernel,
    [left, right]: [Side; 2],
    overlap: &Overlap,
    (layer, y): (usize, usize),
    work: &mut Work,
) {
    let (_, stride) = kernel.shapes[layer + 1];
    let (_, width) = overlap.shapes[layer + 1];
    let own = overlap.lines[0][y] * stride;
    let other = overlap.lines[1][y] * stride;
    let scale = kernel.weight / kernel.fan_in(layer);
    for x in 0..width {
        let (at, there) =
            ((own + overlap.columns[0][x]) * LANES + left.lane, (other + overlap.columns[1][x]) * LANES);
        let over_a = left.panel.layers[layer][1][at];
        for lane in 0..LANES {
            let k = x * LANES + lane;
            let [product, below, above] = &mut work.line;
            let (close, opposite) = (below[k] < NEAR, above[k] < NEAR && layer == 0);
            if product[k] == 0.0 || !(close || opposite) {
                continue;
            }
            let over_b = right.panel.layers[layer][1][there + lane];
            let sign = if close { -1.0 } else { 1.0 };
            let inputs = Neighbours { kernel, sides: [left, right], overlap, layer };
            let ends = kernel.bias * (over_a + sign * over_b).powi(2);
            let mut half = ends;
            let mut gaps = 0.0;
            inputs.each((y, x), lane, |a, b, place| {
                half += scale * (a * over_a + sign * (b * over_b)).powi(2);
                gaps += if layer > 0 { work.gap[place] } else { 0.0 };
            });
            let value = 0.5 * half + scale * gaps * (over_a * over_b);
            if close { below[k] = value } else { above[k] = value }
        }
    }
}

/// What the filter of a layer meets in both images.
struct Neighbours<'a> {
    kernel: &'a ImageKernel,
    sides: [Side<'a>; 2],
    overlap: &'a Overlap,
    layer: usize,
}

impl Neighbours<'_> {
    /// Calls `see` with the two standard deviations of the layer below, or pixels, and with the place in arrays (position, lane).
    fn each(&self, (y, x): (usize, usize), lane: usize, mut see: impl FnMut(f64, f64, usize)) {
        let Neighbours { kernel, sides: [left, right], overlap, layer, .. } = *self;
        let ((lines, columns), (_, stride)) = (overlap.taps(layer), kernel.shapes[layer]);
        let (_, width) = overlap.shapes[layer];
        let channels = kernel.convolution.image.channels;
        for &y in lines.of(y) {
            for &x in columns.of(x) {
                let own = overlap.lines[0][y] * stride + overlap.columns[0][x];
                let other = overlap.lines[1][y] * stride + overlap.columns[1][x];
                let place = (y * width + x) * LANES + lane;
                if layer > 0 {
                    let [a, b] = [&left.panel.layers[layer - 1][0], &right.panel.layers[layer - 1][0]];
                    let factor = match kernel.law {
                        Law::Bent { left } => (0.5 * (1.0 + left * left)).sqrt(),
                        Law::Erf => 1.0,
                    };
                    see(factor * a[own * LANES + left.lane], factor * b[other * LANES + lane], place);
                    continue;
                }
                for channel in 0..channels {
                    let a = left.panel.pixels[(own * channels + channel) * LANES + left.lane];
                    see(a, right.panel.pixels[(other * channels + channel) * LANES + lane], place);
                }
            }
        }
    }
}
