//! Sums over a k × k filter: down the columns, then along the lines.

use crate::architecture::Padding;

/// Pairs evaluated side by side.
pub(super) const LANES: usize = 8;

/// Which positions along one side of an image a filter meets, for each position of the next layer.
#[derive(Debug, Clone)]
pub(super) struct Taps {
    /// Where the positions of output i end in `sources`.
    ends: Vec<usize>,
    sources: Vec<usize>,
}

impl Taps {
    /// Along a side of `length` positions.
    pub(super) fn new(length: usize, filter: usize, padding: Padding) -> Self {
        let reach = if padding == Padding::Valid { 0 } else { filter as isize / 2 };
        let outputs = if padding == Padding::Valid { (length + 1).saturating_sub(filter) } else { length };
        let (mut ends, mut sources) = (Vec::with_capacity(outputs), Vec::with_capacity(outputs * filter));
        let side = length as isize;
        for output in 0..outputs {
            let first = output as isize - reach;
            sources.extend((first..first + filter as isize).filter_map(|place| {
                let inside = (0..side).contains(&place);
                (inside || padding == Padding::Circular).then(|| place.rem_euclid(side) as usize)
            }));
            ends.push(sources.len());
        }
        Taps { ends, sources }
    }

    /// Positions of the next layer.
    pub(super) fn outputs(&self) -> usize {
        self.ends.len()
    }

    /// What is met for one of them.
    #[inline(always)]
    pub(super) fn of(&self, output: usize) -> &[usize] {
        let start = if output == 0 { 0 } else { self.ends[output - 1] };
        &self.sources[start..self.ends[output]]
    }
}

/// `scale` times the sum over the filter, plus `bias`, of `input` (lines, width, [`LANES`]).
#[inline(always)]
pub(super) fn filtered(
    (lines, columns): (&Taps, &Taps),
    width: usize,
    input: &[f64],
    between: &mut [f64],
    output: &mut [f64],
    (scale, bias): (f64, f64),
) {
    let line = width * LANES;
    for y in 0..lines.outputs() {
        let to = &mut between[y * line..][..line];
        match lines.of(y) {
            [first, rest @ ..] => {
                to.copy_from_slice(&input[first * line..][..line]);
                for source in rest {
                    for (to, from) in to.iter_mut().zip(&input[source * line..][..line]) {
                        *to += from;
                    }
                }
            }
            [] => to.fill(0.0),
        }
    }
    let next = columns.outputs() * LANES;
    for y in 0..lines.outputs() {
        let from = &between[y * line..][..line];
        let to = &mut output[y * next..][..next];
        for (x, to) in to.chunks_exact_mut(LANES).enumerate() {
            let mut sums = [0.0; LANES];
            for source in columns.of(x) {
                let from = &from[source * LANES..][..LANES];
                for lane in 0..LANES {
                    sums[lane] += from[lane];
                }
            }
            for lane in 0..LANES {
                to[lane] = scale * sums[lane] + bias;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_meets_its_neighbours() {
        let taps = |padding| Taps::new(4, 3, padding);
        let zero = taps(Padding::Zero);
        assert_eq!([0, 1, 3].map(|at| zero.of(at).to_vec()), [vec![0, 1], vec![0, 1, 2], vec![2, 3]]);
        let circular = taps(Padding::Circular);
        assert_eq!([0, 3].map(|at| circular.of(at).to_vec()), [vec![3, 0, 1], vec![2, 3, 0]]);
        let valid = taps(Padding::Valid);
        assert_eq!((valid.outputs(), valid.of(1)), (2, [1, 2, 3].as_slice()));
        // An overlap may be narrower than the filter.
        assert_eq!(Taps::new(1, 5, Padding::Zero).of(0), [0]);
        assert_eq!(Taps::new(2, 3, Padding::Valid).outputs(), 0);
    }
}
