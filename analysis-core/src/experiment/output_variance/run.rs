//! The run over a grid: theory first, then the networks beside it.

use super::inputs::Inputs;
use super::params::{OutputVariance, Place};
use super::result::OutputVarianceResult;
use super::theory::Theory;
use crate::error::Result;
use crate::experiment::grid::Places;
use crate::experiment::{Piece, Pieces, Plan};
use crate::flow::Ensemble;
use crate::kernel::LimitKernel;
use crate::memory::Bytes;
use crate::origin::Origins;
use crate::session::Session;

impl OutputVariance {
    /// Computes the grid, or the session's shard of its σ_b², σ_w² and depths. Blocks of five networks are kept in the store as they are finished, and taken from
    /// there when they are asked for again; the session's observer is told of every tenth. A network depends on the seed and on the parameters of its
    /// own point alone: a grid within a larger one has the same, more networks begin with the fewer ones.
    ///
    /// # Errors
    /// As [`OutputVariance::check`], [`MeanField::limit_kernels`](crate::kernel::MeanField::limit_kernels), the kernels, [`Error::Memory`](crate::error::Error::Memory), and of images
    /// [`Error::DataMissing`](crate::error::Error::DataMissing).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::experiment::OutputVariance;
    /// let grid = OutputVariance { depths: vec![1, 5], cosines: vec![0.5], ..Default::default() };
    /// let result = grid.run()?;
    /// assert_eq!(result.points.len(), 6);
    /// for p in &result.points {
    ///     // Theorem 3 is exact for equal cosines.
    ///     assert!((p.exact.unwrap() - p.formula).abs() <= p.rounding);
    /// }
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run(&self) -> Result<OutputVarianceResult> {
        self.run_in(&Session::current())
    }

    /// As [`OutputVariance::run`], in a session of one's own.
    ///
    /// # Errors
    /// As [`OutputVariance::run`].
    pub fn run_in(&self, session: &Session) -> Result<OutputVarianceResult> {
        self.check()?;
        let inputs = self.inputs()?;
        let theory = self.theory_in(&inputs, session)?;
        let (theory, mut computed_by) = (theory.values, theory.computed_by);
        let ensembles = match &self.networks {
            Some(setting) => {
                let pieces = self.ensembles(setting, &theory, &inputs, session)?;
                computed_by.unite(&pieces.computed_by);
                // What comes from the store is compared with theory now.
                computed_by.unite(&Origins::now());
                pieces.values
            }
            None => Vec::new(),
        };
        Ok(OutputVarianceResult {
            points: theory.iter().map(|t| t.point).collect(),
            ensembles,
            limits: self.depth_limits()?,
            parameters: self.clone(),
            computed_by,
        })
    }

    /// What [`OutputVariance::run_in`] would have to do in this session: of finite networks, since theory alone is never kept.
    /// Theory is computed to say so.
    ///
    /// # Errors
    /// As [`OutputVariance::run_in`].
    pub fn plan(&self, session: &Session) -> Result<Plan> {
        self.check()?;
        let inputs = self.inputs()?;
        match &self.networks {
            Some(setting) => {
                let theory = self.theory_in(&inputs, session)?.values;
                self.plan_ensembles(setting, &theory, &inputs, session)
            }
            None => self.theory_places()?.plan_unkept(session),
        }
    }

    /// The points of theory, and what one takes: the Gram matrices of one set of inputs, and what is made of them.
    fn theory_places(&self) -> Result<Places<Place>> {
        let total = self.samples + self.test_points;
        let gram = Bytes::of::<f64>(total, total);
        let work = gram * 3 + Ensemble::bytes(self.samples, self.test_points);
        work.require(&format!(
            "the limit on {} training and {} test inputs",
            self.samples, self.test_points
        ))?;
        Ok(Places {
            what: "points",
            all: self.places(),
            work,
            result: Bytes::of::<Theory>(2, 1) + Bytes::of::<f64>(self.samples, self.test_points),
        })
    }

    fn theory_in(&self, inputs: &[Inputs], session: &Session) -> Result<Pieces<Theory>> {
        let lines = self.lines(inputs)?;
        let pieces = self.theory_places()?.run(session, |place| {
            let kernels: Vec<LimitKernel> =
                lines[place.line].iter().map(|line| line[place.depth - 1]).collect();
            let value = self.theory(place.sigma_w2, place.sigma_b2, &kernels, inputs, &session.within())?;
            Ok(Piece { value, origins: Origins::now(), line: String::new() })
        })?;
        let values = pieces.values.into_iter().flatten().collect();
        Ok(Pieces { values, computed_by: pieces.computed_by })
    }

    /// Kernels by (σ_b², σ_w²), input, depth.
    fn lines(&self, inputs: &[Inputs]) -> Result<Vec<Vec<Vec<LimitKernel>>>> {
        let cosines: Vec<f64> = inputs.iter().map(|i| i.cosine).collect();
        let deepest = self.depths.last().copied().unwrap_or(1);
        let lines = self.sigma_w2.len().saturating_mul(self.sigma_b2.len());
        let kernels = lines.saturating_mul(cosines.len());
        Bytes::of::<LimitKernel>(kernels, deepest)
            .require(&format!("{kernels} lines of limit kernels, {deepest} layers each"))?;
        let mut lines = Vec::new();
        for &sigma_b2 in &self.sigma_b2 {
            for &sigma_w2 in &self.sigma_w2 {
                lines.push(self.field(sigma_w2, sigma_b2).limit_kernels_at(
                    &cosines,
                    self.mean_square,
                    deepest,
                )?);
            }
        }
        Ok(lines)
    }
}
