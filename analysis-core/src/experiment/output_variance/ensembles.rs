//! All networks of a grid, block by block.

use super::inputs::Inputs;
use super::params::{OutputVariance, TrainedNetworks};
use super::theory::Theory;
use super::trained::{BLOCK, EnsemblePoint, Networks};
use crate::error::Result;
use crate::experiment::grid::Places;
use crate::experiment::side_by_side::parallel;
use crate::experiment::{Piece, Pieces, Plan};
use crate::memory::Bytes;
use crate::session::Session;
use crate::shard::Shard;
use crate::store::Kept;

/// A block of networks: which set of theory, and which networks.
#[derive(Debug, Clone, Copy)]
struct Block {
    theory: usize,
    width: usize,
    start: usize,
}

impl OutputVariance {
    /// The networks of a block's point.
    fn networks<'a>(
        &self,
        block: Block,
        setting: &'a TrainedNetworks,
        theory: &'a [Theory],
        inputs: &'a [Inputs],
    ) -> Networks<'a> {
        let own = &theory[block.theory];
        let (w, b, depth) = (own.point.sigma_w2, own.point.sigma_b2, own.point.kernel.depth);
        let width = block.width;
        // The same networks whatever the inputs.
        let name = format!("output-variance {} M={width} w={w} b={b}", self.activation);
        Networks {
            theory: own,
            inputs: &inputs[block.theory % inputs.len()],
            network: self.network(width, w, b, depth),
            setting,
            seed: self.seed.child(&name, depth as u64),
        }
    }

    /// The blocks of the points of theory, which are those of the shard.
    fn blocks(&self, setting: &TrainedNetworks, theory: &[Theory]) -> Result<Places<Block>> {
        let mut all = Vec::new();
        for theory in 0..theory.len() {
            for &width in &setting.widths {
                let starts = (0..setting.count).step_by(BLOCK);
                all.extend(starts.map(|start| Block { theory, width, start }));
            }
        }
        let (widest, deepest) = (setting.widths.iter().max(), self.depths.last());
        let (widest, deepest) = (widest.copied().unwrap_or(0), deepest.copied().unwrap_or(0));
        let layer = Bytes::of::<f64>(widest, widest.saturating_add(1));
        let work = layer * deepest.saturating_add(1) * 8;
        work.require(&format!("networks of width {widest}"))?;
        Ok(Places { what: "blocks of networks", all, work, result: Bytes(0) })
    }

    /// What [`OutputVariance::ensembles`] would have to do.
    pub(super) fn plan_ensembles(
        &self,
        setting: &TrainedNetworks,
        theory: &[Theory],
        inputs: &[Inputs],
        session: &Session,
    ) -> Result<Plan> {
        // The theory is that of the shard already.
        let session = session.clone().shard(Shard::default());
        self.blocks(setting, theory)?.plan(&session, |block| {
            let end = (block.start + BLOCK).min(setting.count);
            Ok(vec![self.networks(block, setting, theory, inputs).key(self, block.start..end)?])
        })
    }

    pub(super) fn ensembles(
        &self,
        setting: &TrainedNetworks,
        theory: &[Theory],
        inputs: &[Inputs],
        session: &Session,
    ) -> Result<Pieces<EnsemblePoint>> {
        let Places { all: blocks, work, .. } = self.blocks(setting, theory)?;
        let done = parallel(&blocks, work.0, session, |block: Block| {
            let networks = self.networks(block, setting, theory, inputs);
            let end = (block.start + BLOCK).min(setting.count);
            let Kept { value, origin, .. } = networks.block(self, block.start..end, session)?;
            // A line every fifty networks is enough.
            if end < setting.count && !end.is_multiple_of(50) {
                return Ok(Piece { value, origins: origin.into(), line: String::new() });
            }
            let p = &networks.theory.point;
            let (width, w, b, depth) = (block.width, p.sigma_w2, p.sigma_b2, p.kernel.depth);
            let line = format!(
                "M = {width}, σ_w² = {w}, σ_b² = {b}, H = {depth}, c = {:.3}: {end} of {} networks",
                p.cosine, setting.count
            );
            Ok(Piece { value, origins: origin.into(), line })
        })?;
        let each = setting.count.div_ceil(BLOCK);
        let points = blocks.chunks(each).zip(done.values.chunks(each)).map(|(blocks, done)| {
            let own: Vec<_> = done.iter().flatten().cloned().collect();
            self.networks(blocks[0], setting, theory, inputs).point(self, &own)
        });
        Ok(Pieces { values: points.collect::<Result<_>>()?, computed_by: done.computed_by })
    }
}
