//! A block of units: what one thread works on at a time.

use super::element::Element;
use super::points::Shape;

/// Rows of units in a block: with ten columns its weights take 22 kB and stay in the first-level cache while the points
/// pass by. The bytes of the result depend on it: each block's share of an output is summed apart.
pub(super) const BLOCK_ROWS: usize = 32;

/// Units, filled up with zeros to an even number of rows. Everything is kept by groups of `Shape::rows` rows.
pub(super) struct Block<T: Element> {
    /// [group][column][row of the group].
    pub(super) w: Vec<T::Row>,
    /// [group][row of the group].
    pub(super) a: Vec<T::Row>,
    /// Which units are active at which training point: [group][point][row of the group].
    pub(super) masks: Vec<T::Mask>,
    /// Σ_j a_j relu(h_ij) over the block's rows, lane by lane: training points, then test points.
    pub(super) sums: Vec<T::Row>,
    /// The gradient of one group's weights: [column][row of the group].
    pub(super) gradient: Vec<T::Row>,
}

impl<T: Element> Block<T> {
    /// Of `units` units, of which `w(unit, column)` and `a(unit)` are the weights.
    pub(super) fn new(
        units: usize,
        d: usize,
        train: usize,
        test: usize,
        shape: Shape,
        w: impl Fn(usize, usize) -> f64,
        a: impl Fn(usize) -> f64,
    ) -> Self {
        let rows = units.div_ceil(T::LANES).next_multiple_of(2);
        let mut block = Block {
            w: vec![T::ZERO_ROW; rows * d],
            a: vec![T::ZERO_ROW; rows],
            masks: vec![T::NO_UNIT; rows * train],
            sums: vec![T::ZERO_ROW; train + test],
            gradient: vec![T::ZERO_ROW; d * shape.rows],
        };
        for unit in 0..units {
            let (row, lane) = (unit / T::LANES, unit % T::LANES);
            let set = |row: &mut T::Row, value| {
                let lanes: &mut [T] = row.as_mut();
                lanes[lane] = T::from_f64(value);
            };
            set(&mut block.a[row], a(unit));
            for k in 0..d {
                set(&mut block.w[weight_row(row, k, d, shape)], w(unit, k));
            }
        }
        block
    }

    pub(super) fn a(&self, unit: usize) -> f64 {
        lane::<T>(&self.a[unit / T::LANES], unit % T::LANES)
    }

    pub(super) fn w(&self, unit: usize, k: usize, d: usize, shape: Shape) -> f64 {
        lane::<T>(&self.w[weight_row(unit / T::LANES, k, d, shape)], unit % T::LANES)
    }
}

fn lane<T: Element>(row: &T::Row, lane: usize) -> f64 {
    let lanes: &[T] = row.as_ref();
    lanes[lane].to_f64()
}

/// Where column k of a row of units stands in [`Block::w`].
fn weight_row(row: usize, k: usize, d: usize, shape: Shape) -> usize {
    (row / shape.rows * d + k) * shape.rows + row % shape.rows
}
