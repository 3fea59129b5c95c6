//! Grids of parameters: their lists, and parts of them.

use std::fmt;

use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::session::Session;
use crate::shard::Shard;

/// Refuses a grid whose list of cells, or whose results, would not fit into memory, before either is made. `axes` are how many
/// values each axis has, `place` what a cell takes in the list, `result` what comes out of it; only a shard has results.
pub(super) fn refuse_large(
    what: &str,
    axes: &[usize],
    shard: Shard,
    place: Bytes,
    result: Bytes,
) -> Result<()> {
    let cells = axes.iter().fold(1usize, |cells, axis| cells.saturating_mul(*axis));
    let own = cells.div_ceil(shard.of.max(1));
    (place * cells + result * own).require(&format!("a grid of {cells} {what}"))
}

/// Tells of a shard that has nothing to do, which is no error: there are fewer cells than shards.
pub(super) fn tell_empty(what: &str, shard: Shard, own: usize, session: &Session) {
    if own == 0 {
        session.note(&format!(
            "shard {shard} has none of the grid's {what}: there are no more than {} of them",
            shard.index
        ));
    }
}

/// Every `step`-th value, the first among them.
pub(super) fn every<T: Copy>(values: &[T], step: usize) -> Vec<T> {
    values.iter().copied().step_by(step).collect()
}

/// Refuses a list that is empty or does not ascend.
pub(super) fn ascending<T: PartialOrd + fmt::Debug>(name: &str, values: &[T]) -> Result<()> {
    let text = || format!("{values:?}");
    if values.is_empty() {
        return Err(Error::parameter(name, text(), "name at least one value"));
    }
    // A NaN is in no order.
    if values.windows(2).any(|pair| pair[0].partial_cmp(&pair[1]) != Some(std::cmp::Ordering::Less)) {
        return Err(Error::parameter(name, text(), "must ascend, each value once"));
    }
    Ok(())
}
