//! The rows of a block.

use super::lanes::Lane;

/// Rows a, …, a + m − 1, which lie in `count` lanes from lane number `first` on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rows {
    pub(super) a: usize,
    pub(super) m: usize,
    pub(super) first: usize,
    pub(super) count: usize,
}

impl Rows {
    pub(super) fn new(a: usize, m: usize) -> Self {
        let first = a / 8;
        Rows { a, m, first, count: (a + m).div_ceil(8) - first }
    }

    /// Zero in the rows that share the first and the last lane but are not of these.
    #[inline(always)]
    pub(super) fn clear_outside(self, lanes: &mut [Lane]) {
        let end = (self.a + self.m) % 8;
        if let Some(first) = lanes.first_mut() {
            first.0[..self.a % 8].fill(0.0);
        }
        if let (Some(last), true) = (lanes.get_mut(self.count - 1), end > 0) {
            last.0[end..].fill(0.0);
        }
    }

    /// Zero in these rows but the first, which becomes `head`.
    #[inline(always)]
    pub(super) fn keep_head(self, head: f64, lanes: &mut [Lane]) {
        let (start, end) = (self.a % 8, self.a % 8 + self.m);
        for (i, lane) in lanes.iter_mut().enumerate() {
            let from = start.saturating_sub(8 * i).min(8);
            let to = end.saturating_sub(8 * i).min(8);
            lane.0[from..to].fill(0.0);
        }
        lanes[0].0[start] = head;
    }
}
