//! One image against eight, over one [`Overlap`]: the layers of the recursion.

use super::filter::{LANES, filtered};
use super::near;
use super::network::{ImageKernel, Law, NEAR};
use super::overlap::Overlap;
use super::work::{Side, Work};
use crate::gaussian::lanes;
use crate::instructions::InstructionSet;

/// Σ_p E φφ of the last layer, and for the NTK Σ_p (E φφ + E φ'φ' Θ), of the left image with each of the right panel.
pub(super) fn sums(
    kernel: &ImageKernel,
    sides: [Side; 2],
    overlap: &Overlap,
    work: &mut Work,
) -> [f64; LANES] {
    // SAFETY of both: the processor has what the function asks for.
    match InstructionSet::best() {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 => unsafe { x86::wide(kernel, sides, overlap, work) },
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => unsafe { x86::narrow(kernel, sides, overlap, work) },
        InstructionSet::Portable => layers(kernel, sides, overlap, work),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{ImageKernel, LANES, Overlap, Side, Work, layers};

    #[target_feature(enable = "avx512f,avx2")]
    pub(super) fn wide(k: &ImageKernel, s: [Side; 2], o: &Overlap, w: &mut Work) -> [f64; LANES] {
        layers(k, s, o, w)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn narrow(k: &ImageKernel, s: [Side; 2], o: &Overlap, w: &mut Work) -> [f64; LANES] {
        layers(k, s, o, w)
    }
}

#[inline(always)]
pub(super) fn layers(
    kernel: &ImageKernel,
    sides: [Side; 2],
    overlap: &Overlap,
    work: &mut Work,
) -> [f64; LANES] {
    products(kernel, sides, overlap, work);
    let (_, width) = overlap.shapes[0];
    let scale = kernel.weight / kernel.fan_in(0);
    filtered(
        overlap.taps(0),
        width,
        &work.tangent,
        &mut work.between,
        &mut work.covariance,
        (scale, kernel.bias),
    );
    if kernel.ntk {
        let used = overlap.shapes[1].0 * overlap.shapes[1].1 * LANES;
        work.tangent[..used].copy_from_slice(&work.covariance[..used]);
    }
    for layer in 0..kernel.layers {
        let last = layer + 1 == kernel.layers;
        match (kernel.ntk, kernel.law) {
            (true, Law::Bent { left }) => activate::<true>(kernel, sides, overlap, layer, left, work),
            (false, Law::Bent { left }) => activate::<false>(kernel, sides, overlap, layer, left, work),
            (_, Law::Erf) => activate_erf(kernel, sides, overlap, layer, work),
        }
        if last {
            break;
        }
        std::mem::swap(&mut work.gap, &mut work.next_gap);
        let ((_, width), scale) = (overlap.shapes[layer + 1], kernel.weight / kernel.fan_in(layer + 1));
        let Work { covariance, tangent, between, filtered: room, .. } = work;
        let taps = overlap.taps(layer + 1);
        filtered(taps, width, covariance, between, room, (scale, kernel.bias));
        std::mem::swap(covariance, room);
        if kernel.ntk {
            filtered(taps, width, tangent, between, room, (scale, kernel.bias));
            std::mem::swap(tangent, room);
        }
    }
    let (height, width) = overlap.shapes[kernel.layers];
    let values = if kernel.ntk { &work.tangent } else { &work.covariance };
    let mut total = [0.0; LANES];
    for line in values[..height * width * LANES].chunks_exact(width * LANES) {
        let mut sums = [0.0; LANES];
        for entry in line.chunks_exact(LANES) {
            for lane in 0..LANES {
                sums[lane] += entry[lane];
            }
        }
        for lane in 0..LANES {
            total[lane] += sums[lane];
        }
    }
    total
}

/// ⟨x_p, y_{p+q}⟩ over the channels, written to `work.tangent`.
#[inline(always)]
fn products(kernel: &ImageKernel, [left, right]: [Side; 2], overlap: &Overlap, work: &mut Work) {
    let ((_, stride), channels) = (kernel.shapes[0], kernel.convolution.image.channels);
    let (height, width) = overlap.shapes[0];
    for y in 0..height {
        let own = overlap.lines[0][y] * stride;
        let other = overlap.lines[1][y] * stride;
        for (x, to) in work.tangent[y * width * LANES..][..width * LANES].chunks_exact_mut(LANES).enumerate()
        {
            let a =
                &left.panel.pixels[(own + overlap.columns[0][x]) * channels * LANES..][..channels * LANES];
            let b =
                &right.panel.pixels[(other + overlap.columns[1][x]) * channels * LANES..][..channels * LANES];
            let mut sums = [0.0; LANES];
            for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
                for lane in 0..LANES {
                    sums[lane] += a[left.lane] * b[lane];
                }
            }
            to.copy_from_slice(&sums);
        }
    }
}

/// rr', 1 ∓ cos θ of a line of positions; and the smallest of 1 − |cos θ| where rr' is not 0.
#[inline(always)]
fn angles(
    kernel: &ImageKernel,
    [left, right]: [Side; 2],
    overlap: &Overlap,
    (layer, y): (usize, usize),
    work: &mut Work,
) -> f64 {
    let (_, stride) = kernel.shapes[layer + 1];
    let (_, width) = overlap.shapes[layer + 1];
    let own = overlap.lines[0][y] * stride;
    let other = overlap.lines[1][y] * stride;
    let ([a, over_a], [b, over_b]) = (&left.panel.layers[layer], &right.panel.layers[layer]);
    let covariance = &work.covariance[y * width * LANES..][..width * LANES];
    let [product, below, above] = &mut work.line;
    let mut nearest = [2.0_f64; LANES];
    for x in 0..width {
        let (at, there) =
            ((own + overlap.columns[0][x]) * LANES + left.lane, (other + overlap.columns[1][x]) * LANES);
        let (a, over_a) = (a[at], over_a[at]);
        let (b, over_b) = (&b[there..][..LANES], &over_b[there..][..LANES]);
        let place = x * LANES;
        let (product, below) = (&mut product[place..][..LANES], &mut below[place..][..LANES]);
        let (above, covariance) = (&mut above[place..][..LANES], &covariance[place..][..LANES]);
        for lane in 0..LANES {
            let u = covariance[lane] * (over_a * over_b[lane]);
            // Rounding may leave [−1, 1] by some ε.
            let (under, over) = (1.0 - u, 1.0 + u);
            product[lane] = a * b[lane];
            below[lane] = if under > 0.0 { under } else { 0.0 };
            above[lane] = if over > 0.0 { over } else { 0.0 };
            let least = if below[lane] < above[lane] { below[lane] } else { above[lane] };
            let least = if product[lane] > 0.0 { least } else { 2.0 };
            nearest[lane] = if least < nearest[lane] { least } else { nearest[lane] };
        }
    }
    nearest.iter().fold(2.0, |least: f64, value| least.min(*value))
}

/// A layer of slopes `s` = `left` below 0 and 1 above: with R = rr'κ₁/2 of ReLU, E φφ = (1 − s)²R + s·rr'cos θ.
#[inline(always)]
fn activate<const NTK: bool>(
    kernel: &ImageKernel,
    sides: [Side; 2],
    overlap: &Overlap,
    layer: usize,
    left: f64,
    work: &mut Work,
) {
    let (bend, last) = ((1.0 - left) * (1.0 - left), layer + 1 == kernel.layers);
    let (height, width) = overlap.shapes[layer + 1];
    let length = width * LANES;
    for y in 0..height {
        let nearest = angles(kernel, sides, overlap, (layer, y), work);
        if NTK && nearest < NEAR {
            near::correct(kernel, sides, overlap, (layer, y), work);
        }
        let Work { covariance, tangent, next_gap, line: [product, below, above], .. } = &mut *work;
        let (covariance, tangent) =
            (&mut covariance[y * length..][..length], &mut tangent[y * length..][..length]);
        let gap = &mut next_gap[y * length..][..length];
        let (product, below, above) = (&product[..length], &below[..length], &above[..length]);
        for k in 0..length {
            let cosine = lanes::cosine(below[k], above[k]);
            let pair = lanes::relu(product[k], below[k], above[k], cosine);
            covariance[k] = bend * pair.value + left * (product[k] * cosine);
            if NTK {
                tangent[k] = covariance[k] + (bend * pair.derivative + left) * tangent[k];
                if !last {
                    gap[k] = bend * pair.gap + left * (product[k] * below[k]);
                }
            }
        }
    }
}

/// A layer of the error function: E φφ = (2/π) arcsin(2Σ/√((1 + 2r²)(1 + 2r'²))).
#[inline(always)]
fn activate_erf(kernel: &ImageKernel, sides: [Side; 2], overlap: &Overlap, layer: usize, work: &mut Work) {
    let (_, stride) = kernel.shapes[layer + 1];
    let (height, width) = overlap.shapes[layer + 1];
    let ([a, _], [b, _]) = (&sides[0].panel.layers[layer], &sides[1].panel.layers[layer]);
    for y in 0..height {
        angles(kernel, sides, overlap, (layer, y), work);
        let own = overlap.lines[0][y] * stride;
        let other = overlap.lines[1][y] * stride;
        for x in 0..width {
            let a = a[(own + overlap.columns[0][x]) * LANES + sides[0].lane];
            let b = &b[(other + overlap.columns[1][x]) * LANES..][..LANES];
            let ([product, below, above], at) = (&work.line, x * LANES);
            for (lane, b) in b.iter().enumerate() {
                let (k, place) = (at + lane, (y * width + x) * LANES + lane);
                let between = product[k] * product[k] * (below[k] * above[k]);
                let variances = a * a + b * b;
                let (value, derivative) = lanes::erf(work.covariance[place], variances, between);
                work.covariance[place] = value;
                work.tangent[place] = value + derivative * work.tangent[place];
            }
        }
    }
}
