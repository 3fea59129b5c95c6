//! All networks of a grid, block by block.

use super::inputs::Inputs;
use super::theory::Theory;
use super::trained::{BLOCK, Networks};
use super::{EnsemblePoint, OutputVariance, TrainedNetworks};
use crate::error::Result;
use crate::experiment::Piece;
use crate::experiment::Pieces;
use crate::experiment::side_by_side::parallel;
use crate::memory::Bytes;
use crate::session::Session;
use crate::store::Kept;

/// A block of networks: which set of theory, and which networks.
#[derive(Debug, Clone, Copy)]
struct Block {
    theory: usize,
    width: usize,
    start: usize,
}

impl OutputVariance {
    pub(super) fn ensembles(
        &self,
        setting: &TrainedNetworks,
        theory: &[Theory],
        inputs: &[Inputs],
        session: &Session,
    ) -> Result<Pieces<EnsemblePoint>> {
        let networks = |theory_index: usize, width: usize| {
            let theory = &theory[theory_index];
            let (w, b, depth) = (theory.point.sigma_w2, theory.point.sigma_b2, theory.point.kernel.depth);
            // The same networks whatever the inputs.
            let name = format!("output-variance {} M={width} w={w} b={b}", self.activation);
            Networks {
                theory,
                inputs: &inputs[theory_index % inputs.len()],
                network: self.network(width, w, b, depth),
                setting,
                seed: self.seed.child(&name, depth as u64),
            }
        };
        let mut blocks = Vec::new();
        for theory in 0..theory.len() {
            for &width in &setting.widths {
                let starts = (0..setting.count).step_by(BLOCK);
                blocks.extend(starts.map(|start| Block { theory, width, start }));
            }
        }
        let (widest, deepest) = (setting.widths.iter().max(), self.depths.last());
        let (widest, deepest) = (widest.copied().unwrap_or(0), deepest.copied().unwrap_or(0));
        let layer = Bytes::of::<f64>(widest, widest.saturating_add(1));
        let bytes = layer * deepest.saturating_add(1) * 8;
        bytes.require(&format!("networks of width {widest}"))?;
        let done = parallel(&blocks, bytes.0, session, |block: Block| {
            let networks = networks(block.theory, block.width);
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
            networks(blocks[0].theory, blocks[0].width).point(self, &own)
        });
        Ok(Pieces { values: points.collect::<Result<_>>()?, computed_by: done.computed_by })
    }
}
