//! The ReLU recursion for many pairs at once: one row against a line of others, layer by layer, with every layer's numbers
//! side by side. To a few ε, with one hidden layer to the bit, it is that of single pairs.

use std::sync::Arc;

use super::recursion::{LayerMap, RowState};
use crate::gaussian::{Angle, lanes, relu_at_the_top};
use crate::instructions::InstructionSet;

/// The most pairs of a line.
pub(super) const LINE: usize = 256;

/// What the recursion needs to know of rows, side by side.
#[derive(Debug)]
pub(super) struct Columns {
    scales: Vec<f64>,
    /// Standard deviation and variance ρ² of every layer (layer, row); none without a bias of the layers, as all rows then
    /// have those of norm 1.
    layers: Vec<[Vec<f64>; 2]>,
}

impl Columns {
    pub(super) fn new(map: &LayerMap, states: &[Arc<RowState>]) -> Self {
        let depth = if map.biased() { states.first().map_or(0, |s| s.layers.len()) } else { 0 };
        let all = |of: &dyn Fn(&RowState) -> f64| states.iter().map(|s| of(s)).collect::<Vec<f64>>();
        let layers = (0..depth)
            .map(|layer| [all(&|s| s.layers[layer].deviation), all(&|s| s.layers[layer].moment)])
            .collect();
        Columns { scales: all(&|s| s.scale), layers }
    }
}

/// Room for the numbers of a layer, from which the next one's are made.
#[derive(Debug)]
pub(super) struct Work {
    cosine: [f64; LINE],
    below: [f64; LINE],
    above: [f64; LINE],
    tangent: [f64; LINE],
}

impl Work {
    pub(super) fn new() -> Self {
        Work { cosine: [0.0; LINE], below: [0.0; LINE], above: [0.0; LINE], tangent: [0.0; LINE] }
    }
}

/// Replaces the cosines between a row in state `x` and the rows of `y` from `first` on by K, to a few ε what
/// [`super::recursion::Recursion::pair`] gives, with one hidden layer to the bit. At most [`LINE`] of them; where a cosine is beyond ±1 the value means
/// nothing.
pub(super) fn evaluate(
    map: &LayerMap,
    x: &RowState,
    y: &Columns,
    first: usize,
    line: &mut [f64],
    work: &mut Work,
) {
    if x.layers.len() == 1 {
        return one_layer(map, x, y, first, line);
    }
    // SAFETY of both: the processor has what the function asks for.
    match InstructionSet::best() {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 => unsafe { x86::wide(map, x, y, first, line, work) },
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => unsafe { x86::narrow(map, x, y, first, line, work) },
        InstructionSet::Portable => either(map, x, y, first, line, work),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Columns, LayerMap, RowState, Work, either};

    #[target_feature(enable = "avx512f,avx2")]
    pub(super) fn wide(m: &LayerMap, x: &RowState, y: &Columns, f: usize, line: &mut [f64], w: &mut Work) {
        either(m, x, y, f, line, w);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn narrow(m: &LayerMap, x: &RowState, y: &Columns, f: usize, line: &mut [f64], w: &mut Work) {
        either(m, x, y, f, line, w);
    }
}

/// One layer, with the arc cosine of the system's library: the bytes of single pairs. The product of the rows takes most of
/// the time then.
fn one_layer(map: &LayerMap, x: &RowState, y: &Columns, first: usize, line: &mut [f64]) {
    let r = x.layers[0].deviation;
    for (j, entry) in line.iter_mut().enumerate() {
        let product = if map.biased() { r * y.layers[0][0][first + j] } else { r * r };
        let angle = Angle::cosine_inside(*entry);
        let pair = relu_at_the_top(product, angle);
        let value = if map.ntk() {
            map.tangent(&pair, map.input(product * angle.cosine()))
        } else {
            map.covariance(&pair)
        };
        *entry = x.scale * y.scales[first + j] * value;
    }
}

#[inline(always)]
fn either(map: &LayerMap, x: &RowState, y: &Columns, first: usize, line: &mut [f64], work: &mut Work) {
    if map.biased() {
        layers::<true>(map, x, y, first, line, work);
    } else {
        layers::<false>(map, x, y, first, line, work);
    }
}

#[inline(always)]
fn layers<const BIASED: bool>(
    map: &LayerMap,
    x: &RowState,
    y: &Columns,
    first: usize,
    line: &mut [f64],
    work: &mut Work,
) {
    let n = line.len();
    // Of a layer: r₁ and ρ₁², and the same of the other rows.
    let own = |layer: usize| (x.layers[layer].deviation, x.layers[layer].moment);
    let others = |layer: usize| -> [&[f64]; 2] {
        if BIASED { [0, 1].map(|which| &y.layers[layer][which][first..first + n]) } else { [&[], &[]] }
    };
    let scales = &y.scales[first..first + n];
    let Work { cosine, below, above, tangent } = work;
    let (cosine, below) = (&mut cosine[..n], &mut below[..n]);
    let (above, tangent) = (&mut above[..n], &mut tangent[..n]);
    let ((r, _), [s, _]) = (own(0), others(0));
    for j in 0..n {
        let u = line[j];
        let product = if BIASED { r * s[j] } else { r * r };
        (cosine[j], below[j], above[j]) = (u, 1.0 - u, 1.0 + u);
        tangent[j] = map.input(product * u);
    }
    let last = x.layers.len() - 1;
    for layer in 0..last {
        let ((r, moment), [s, moments]) = (own(layer), others(layer));
        let ((next_r, _), [next_s, _]) = (own(layer + 1), others(layer + 1));
        for j in 0..n {
            let product = if BIASED { r * s[j] } else { r * r };
            let pair = lanes::relu(product, below[j], above[j], cosine[j]);
            tangent[j] = map.tangent(&pair, tangent[j]);
            (below[j], above[j]) = if BIASED {
                map.next_biased(next_r * next_s[j], moment, moments[j], &pair)
            } else {
                map.next(next_r * next_r, &pair)
            };
            cosine[j] = lanes::cosine(below[j], above[j]);
        }
    }
    let ((r, _), [s, _]) = (own(last), others(last));
    let ntk = map.ntk();
    for j in 0..n {
        let product = if BIASED { r * s[j] } else { r * r };
        let pair = lanes::relu(product, below[j], above[j], cosine[j]);
        let value = if ntk { map.tangent(&pair, tangent[j]) } else { map.covariance(&pair) };
        line[j] = x.scale * scales[j] * value;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::kernel::recursion::Recursion;
    use crate::kernel::reference_tests::table;
    use crate::kernel::{Kernel, KernelKind, Parametrisation};

    /// Lines against single pairs, for every parametrisation, at angles that are dense in (0, π) and at both its ends, and
    /// the same to the bit with every instruction set.
    #[test]
    fn lines_equal_single_pairs() {
        let mut cosines: Vec<f64> = (0..=20_000).map(|k| -1.0 + f64::from(k) / 10_000.0).collect();
        cosines.extend((1..52).flat_map(|k| [1.0, -1.0].map(|s| s * (1.0 - 0.5_f64.powi(k)))));
        cosines.extend((1..300).flat_map(|k| [1.0, -1.0].map(|s| s * 0.5_f64.powi(k))));
        let mut worst = 0.0_f64;
        for kind in [KernelKind::Ntk, KernelKind::Nngp] {
            for parametrisation in [
                Parametrisation::FirstLayerBias { bias: false },
                Parametrisation::EveryLayer { sigma_w2: 1.5, sigma_b2: 0.1 },
                Parametrisation::EveryLayerNtk { sigma_w2: 2.0, sigma_b2: 0.3 },
            ] {
                for hidden_layers in [1, 2, 3, 8] {
                    let kernel = Kernel { kind, hidden_layers, parametrisation, ..Kernel::default() };
                    let recursion = Recursion::new(&kernel).unwrap();
                    let states = [0.7, 1.3].map(|r| Arc::new(recursion.row(r).unwrap()));
                    let [x, y] = &states;
                    let map = recursion.map();
                    let columns = Columns::new(map, &vec![Arc::clone(y); LINE]);
                    let diagonal = |s: &RowState| recursion.pair(s, s, Angle::new(0.0).unwrap()).unwrap();
                    let size = (diagonal(x) * diagonal(y)).sqrt();
                    for chunk in cosines.chunks(LINE - 3) {
                        let mut line = chunk.to_vec();
                        let mut work = Work::new();
                        evaluate(map, x, &columns, 2, &mut line, &mut work);
                        if hidden_layers == 1 {
                            for (found, u) in line.iter().zip(chunk) {
                                let angle = Angle::from_cosine(*u).unwrap();
                                assert_eq!(*found, recursion.pair(x, y, angle).unwrap(), "{kernel:?} at {u}");
                            }
                            // From here on what deeper ones are made of.
                            line.copy_from_slice(chunk);
                            either(map, x, &columns, 2, &mut line, &mut work);
                        }
                        let mut again = chunk.to_vec();
                        either(map, x, &columns, 2, &mut again, &mut work);
                        assert_eq!(line, again, "instruction sets: {kernel:?}");
                        #[cfg(target_arch = "x86_64")]
                        if is_x86_feature_detected!("avx2") {
                            let mut again = chunk.to_vec();
                            unsafe { x86::narrow(map, x, &columns, 2, &mut again, &mut work) };
                            assert_eq!(line, again, "AVX2: {kernel:?}");
                        }
                        for (found, u) in line.iter().zip(chunk) {
                            let angle = Angle::from_cosine(*u).unwrap();
                            let expected = recursion.pair(x, y, angle).unwrap();
                            let error = (found - expected).abs() / (f64::EPSILON * size);
                            assert!(error <= 4.0, "{kernel:?} at {u}: {found} {expected}, {error} ε");
                            worst = worst.max(error);
                        }
                    }
                }
            }
        }
        println!("at most {worst} ε apart");
    }

    /// The layers of a line against 30 digits (`tests/reference/relu.tsv`), within what single pairs are allowed.
    #[test]
    fn lines_keep_the_last_digits() {
        for row in table(include_str!("../../tests/reference/relu.tsv")) {
            let hidden_layers: usize = row.text(2).parse().unwrap();
            let angle = row.angle(0);
            let recursion = Recursion::new(&Kernel { hidden_layers, ..Kernel::default() }).unwrap();
            let (map, state) = (recursion.map(), recursion.row(1.0).unwrap());
            let (mut below, mut above) = (angle.one_minus_cosine(), angle.one_plus_cosine());
            let (mut cosine, mut tangent, mut covariance) = (angle.cosine(), angle.cosine(), 0.0);
            for layer in &state.layers {
                let pair = lanes::relu(layer.deviation * layer.deviation, below, above, cosine);
                (covariance, tangent) = (map.covariance(&pair), map.tangent(&pair, tangent));
                (below, above) = map.next(1.0, &pair);
                cosine = lanes::cosine(below, above);
            }
            let bound = 8.0 * f64::EPSILON * (1.0 + hidden_layers as f64 / 4.0);
            // Of NTK against the sizes of its terms, as in `reference_tests`.
            let size = row.number(4).abs() + 2.0 * angle.cosine().abs() * angle.supplement().min(1.0);
            assert!(
                (covariance / row.number(3) - 1.0).abs() < bound,
                "NNGP {covariance:e}: {}",
                row.number(3)
            );
            assert!((tangent - row.number(4)).abs() < bound * size, "NTK {tangent:e}: {}", row.number(4));
        }
    }
}
