//! The block Krylov process: passes over K, the basis, and T = QᵀAQ.

use std::path::PathBuf;

use ndarray::{Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};

use super::SpectrumHead;
use super::basis::{accumulate, inner, orthonormal, project, squares};
use super::operator::{Image, Tiles, pass};
use super::probes::{Probes, normals};
use super::result::SpectrumHeadResult;
use super::ritz::Ritz;
use super::tails::Tails;
use crate::checkpoint::Checkpoint;
use crate::error::Result;
use crate::progress::Step;
use crate::session::Session;
use crate::store::Key;

/// Below so many rows, rounding is judged as for so many.
const FEWEST: usize = 512;

/// A run under way.
struct Run<'a> {
    parameters: &'a SpectrumHead,
    n: usize,
    /// Blocks of the basis that have been through a pass.
    done: Vec<Array2<f64>>,
    /// The block that the next pass takes: empty where the basis is the whole space.
    next: Array2<f64>,
    /// QᵀA of each block, one column of blocks of T each.
    columns: Vec<Array2<f64>>,
    /// nextᵀA of the last block.
    coupling: Array2<f64>,
    probes: Probes,
    /// Qᵀy/√n of the first block (b,k), and ‖y‖²/n (k).
    targets: Array2<f64>,
    whole: Vec<f64>,
    trace: f64,
    squares: f64,
    outside: f64,
    /// The square of what left-out directions and the recurrence's own rounding have cost so far.
    defect: f64,
}

/// What is written beside the image of a pass.
#[derive(Serialize, Deserialize)]
struct Kept {
    pass: usize,
    trace: f64,
    squares: f64,
}

/// The head of `tiles`, with the images of finished passes in the session's checkpoint; `key` names the computation.
pub(super) fn run(
    parameters: &SpectrumHead,
    tiles: &dyn Tiles,
    y: ArrayView2<f64>,
    key: &Key,
    session: &Session,
) -> Result<SpectrumHeadResult> {
    let mut run = Run::start(parameters, tiles.n(), y)?;
    let components = parameters.components.min(tiles.n());
    let files = session.checkpoint_file();
    let file = |pass: usize| files.map(|path| (key, Checkpoint::at(numbered(path.into(), pass))));
    let mut finished = 0;
    let (ritz, tails) = loop {
        finished += 1;
        let image = run.image(tiles, finished, file(finished), session)?;
        run.advance(image)?;
        session.check_cancelled()?;
        let last = finished == parameters.passes || run.next.ncols() == 0;
        let ritz = run.ritz()?;
        let tails = Tails::new(&ritz, &run.whole, components.min(ritz.values.len()))?;
        let known = tails.known_to(&run.whole, parameters.tolerance);
        session.note(&format!(
            "pass {finished} of at most {}: {} vectors, tails known to {} % up to i = {known}",
            parameters.passes,
            ritz.values.len(),
            100.0 * parameters.tolerance
        ));
        if last || known > components {
            break (ritz, tails);
        }
    };
    let result = SpectrumHeadResult::new(
        parameters,
        (&run.whole, run.n, finished),
        (run.trace, run.squares),
        &ritz,
        tails,
    )?;
    (1..=finished).filter_map(file).for_each(|(_, file)| file.remove());
    Ok(result)
}

/// The file of one pass.
fn numbered(path: PathBuf, pass: usize) -> PathBuf {
    let mut name = path.into_os_string();
    name.push(format!(".pass-{pass}"));
    name.into()
}

impl<'a> Run<'a> {
    /// The first block: the targets, and random vectors.
    fn start(parameters: &'a SpectrumHead, n: usize, y: ArrayView2<f64>) -> Result<Run<'a>> {
        let whole: Vec<f64> = y.columns().into_iter().map(|c| c.dot(&c) / n as f64).collect();
        let mut own = y.as_standard_layout().into_owned();
        for mut column in own.columns_mut() {
            let norm = column.dot(&column).sqrt();
            if norm > 0.0 {
                column /= norm;
            }
        }
        let floor = rounding(n);
        let first = orthonormal(&[], own, floor)?;
        let count = parameters.block.min(n).saturating_sub(first.ncols());
        let random = fresh(parameters, n, 0, count, std::slice::from_ref(&first))?;
        let next = beside(&first, &random);
        let targets = inner(next.view(), y) / (n as f64).sqrt();
        let probes = Probes::new(parameters.seed, n, parameters.block);
        Ok(Run {
            parameters,
            n,
            done: vec![],
            next,
            columns: vec![],
            coupling: Array2::zeros((0, 0)),
            probes,
            targets,
            whole,
            trace: 0.0,
            squares: 0.0,
            outside: f64::INFINITY,
            defect: 0.0,
        })
    }

    /// A times the next block and the probes: from its file, or computed and kept.
    fn image(
        &self,
        tiles: &dyn Tiles,
        number: usize,
        file: Option<(&Key, Checkpoint)>,
        session: &Session,
    ) -> Result<Image> {
        let probes = self.probes.vectors.view();
        if let Some((key, file)) = &file {
            file.make_folder()?;
            let mut vectors = Array2::zeros((self.n, self.next.ncols() + probes.ncols()));
            let place = vectors.as_slice_mut().unwrap_or_default();
            if let Some(kept) = file.read::<Kept>(key, vec![place])? {
                if kept.pass != number {
                    return Err(file.damaged(0, "it holds another pass than its name says"));
                }
                return Ok(Image { vectors, trace: kept.trace, squares: kept.squares });
            }
        }
        let all = self.parameters.passes as f64;
        let told = |done: f64| session.step(Step::Passes { done: ((number - 1) as f64 + done) / all });
        let image = pass(tiles, &[self.next.view(), probes], session, &told)?;
        if let Some((key, file)) = &file {
            let kept = Kept { pass: number, trace: image.trace, squares: image.squares };
            file.write(key, &kept, &[image.vectors.as_slice().unwrap_or_default()])?;
        }
        Ok(image)
    }

    /// The basis grows by the block that has been through the pass, T by its columns.
    fn advance(&mut self, image: Image) -> Result<()> {
        (self.trace, self.squares) = (image.trace, image.squares);
        let width = self.next.ncols();
        let mut w = image.vectors.slice(s![.., ..width]).to_owned();
        let probed = image.vectors.slice(s![.., width..]).to_owned();
        drop(image);
        if let Some(bound) = self.probes.bound(&self.done, probed)? {
            self.outside = bound;
        }
        let block = std::mem::take(&mut self.next);
        self.done.push(block);
        let overlaps = project(&self.done, &mut w)?;
        // Above the block's own rows there is the last coupling, and nothing else, but for rounding.
        let above = overlaps.nrows() - width;
        let mut expected = Array2::zeros((above, width));
        let before = self.coupling.ncols();
        if above > 0 {
            expected.slice_mut(s![above - before.., ..]).assign(&self.coupling.t());
        }
        self.defect += squares((&overlaps.slice(s![..above, ..]) - &expected).view());
        let own = overlaps.slice(s![above.., ..]);
        self.defect += squares((&own - &own.t()).view());
        self.columns.push(overlaps);
        let found = orthonormal(&self.done, w.clone(), self.noise())?;
        let coupling = inner(found.view(), w.view());
        accumulate(-1.0, found.view(), coupling.view(), &mut w);
        self.defect += squares(w.view());
        drop(w);
        // Directions that K does not lead to: random ones find eigenvectors of an eigenvalue with more of them than a block has
        // vectors.
        let room = self.n - self.done.iter().map(|block| block.ncols()).sum::<usize>();
        let missing = self.parameters.block.min(room).saturating_sub(found.ncols());
        if missing > 0 {
            self.done.push(found);
            let more = fresh(self.parameters, self.n, self.columns.len() as u64, missing, &self.done)?;
            let found = self.done.pop().unwrap_or_default();
            self.next = beside(&found, &more);
        } else {
            self.next = found;
        }
        self.coupling = Array2::zeros((self.next.ncols(), width));
        self.coupling.slice_mut(s![..coupling.nrows(), ..]).assign(&coupling);
        let block = &self.done[self.done.len() - 1];
        self.probes.advance(block, &self.next, &self.coupling)
    }

    fn ritz(&self) -> Result<Ritz> {
        let m = self.columns[self.columns.len() - 1].nrows();
        let mut t = Array2::zeros((m, m));
        let mut first = 0;
        for columns in &self.columns {
            let last = first + columns.ncols();
            t.slice_mut(s![..last, first..last]).assign(columns);
            t.slice_mut(s![first..last, ..first]).assign(&columns.slice(s![..first, ..]).t());
            let own = columns.slice(s![first.., ..]);
            t.slice_mut(s![first..last, first..last]).assign(&((&own + &own.t()) / 2.0));
            first = last;
        }
        let outside = if self.next.ncols() == 0 { 0.0 } else { self.outside.min(self.remainder(&t)) };
        Ritz::new(t, self.coupling.view(), self.targets.view(), outside, self.noise())
    }

    /// ‖D‖_F, from ‖K/n‖_F² = ‖T‖_F² + 2‖B‖_F² + ‖D‖_F².
    fn remainder(&self, t: &Array2<f64>) -> f64 {
        let rest = self.squares - squares(t.view()) - 2.0 * squares(self.coupling.view());
        (rest.max(0.0) + rounding(self.n) * self.squares).sqrt()
    }

    /// 2(n·ε·‖K/n‖_F + the measured defect).
    fn noise(&self) -> f64 {
        2.0 * (rounding(self.n) * self.squares.sqrt() + self.defect.sqrt())
    }
}

fn rounding(n: usize) -> f64 {
    n.max(FEWEST) as f64 * f64::EPSILON
}

/// Random orthonormal columns orthogonal to the blocks.
fn fresh(
    parameters: &SpectrumHead,
    n: usize,
    index: u64,
    count: usize,
    blocks: &[Array2<f64>],
) -> Result<Array2<f64>> {
    let mut columns = normals(parameters.seed, "spectrum-head-start", index, n, count);
    columns /= (n as f64).sqrt();
    project(blocks, &mut columns)?;
    orthonormal(blocks, columns, rounding(n))
}

/// Two blocks side by side.
fn beside(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    let mut both = Array2::zeros((a.nrows(), a.ncols() + b.ncols()));
    both.slice_mut(s![.., ..a.ncols()]).assign(a);
    both.slice_mut(s![.., a.ncols()..]).assign(b);
    both
}
