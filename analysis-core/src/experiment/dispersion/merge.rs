//! Shards from files, put together.

use super::{Dispersion, DispersionPoint, DispersionResult};
use crate::error::{Error, Result};
use crate::experiment::Shard;
use crate::origin::Origins;

/// Which networks a point is of, to the bit.
fn name(p: &DispersionPoint) -> (usize, u64, u64, usize) {
    (p.width, p.sigma_w2.to_bits(), p.sigma_b2.to_bits(), p.depth)
}

impl Dispersion {
    /// The points of this shard of the grid, in their order: (M, σ_w², σ_b², H).
    fn names(&self) -> Vec<(usize, u64, u64, usize)> {
        let block = |place: super::Place| {
            let (w, b) = (place.sigma_w2.to_bits(), place.sigma_b2.to_bits());
            self.block_depths(place).iter().map(move |depth| (place.width, w, b, *depth)).collect::<Vec<_>>()
        };
        self.places().into_iter().flat_map(block).collect()
    }
}

impl DispersionResult {
    /// Refuses points that are not those of the parameters, in their order.
    pub(crate) fn check(&self) -> Result<()> {
        self.parameters.check()?;
        let expected = self.parameters.names();
        if self.points.iter().map(name).eq(expected.iter().copied()) {
            return Ok(());
        }
        Err(Error::shape(
            format!("the points of shard {}", self.parameters.shard),
            format!("the {} points of its parameters, in the grid's order", expected.len()),
            format!("{} points that are not those", self.points.len()),
        ))
    }

    /// All shards of one grid, put together in the grid's order, whatever theirs.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no shard, parameters that differ in more than the shard, a shard that is given twice or not at
    /// all; [`Error::Shape`] where a shard's points are not those of its parameters.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::{Dispersion, DispersionResult, Shard};
    /// let whole = Dispersion { widths: vec![16, 32], depths: vec![1, 4], ..Default::default() };
    /// let part = |index| Dispersion { shard: Shard { index, of: 2 }, ..whole.clone() };
    /// let run = |grid: &Dispersion| grid.run();
    /// let (first, second) = (run(&part(0))?, run(&part(1))?);
    /// assert_eq!(DispersionResult::merge(&[second, first])?, run(&whole)?);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn merge(shards: &[DispersionResult]) -> Result<DispersionResult> {
        let Some(first) = shards.first() else {
            return Err(Error::parameter("shards", "[]", "name at least one result"));
        };
        let whole = Dispersion { shard: Shard::default(), ..first.parameters.clone() };
        let of = first.parameters.shard.of;
        let mut parts: Vec<Option<&DispersionResult>> = vec![None; of.min(shards.len() + 1)];
        let mut computed_by = Origins::default();
        for result in shards {
            result.check()?;
            computed_by.unite(&result.computed_by);
            let shard = result.parameters.shard;
            let same = Dispersion { shard: Shard::default(), ..result.parameters.clone() } == whole;
            if !same || shard.of != of {
                let why =
                    format!("its parameters are not those of the first one, {}", first.parameters.shard);
                return Err(Error::parameter("shard", shard, why));
            }
            match parts.get_mut(shard.index) {
                Some(part @ None) => *part = Some(result),
                Some(Some(_)) => return Err(Error::parameter("shard", shard, "is given twice")),
                // More shards than there is room for: one before it is missing.
                None => {}
            }
        }
        if let Some(missing) = parts.iter().position(Option::is_none) {
            let missing = Shard { index: missing, of };
            return Err(Error::parameter("shard", missing, format!("is missing: give all {of}")));
        }
        // Points come in blocks of depths, block number k from shard k mod `of`: names say where each belongs.
        let mut points: Vec<&DispersionPoint> = parts.into_iter().flatten().flat_map(|r| &r.points).collect();
        let order: std::collections::HashMap<_, _> =
            whole.names().into_iter().enumerate().map(|(place, name)| (name, place)).collect();
        points.sort_by_key(|point| order.get(&name(point)).copied());
        Ok(DispersionResult { points: points.into_iter().cloned().collect(), parameters: whole, computed_by })
    }
}
