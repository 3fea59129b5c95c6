//! A training from its first to its last epoch.

use super::params::Training;
use super::result::{Progress, TrainingResult};
use super::trainer::Trainer;
use crate::checkpoint::Checkpoint;
use crate::data::TrainTestView;
use crate::error::Result;

impl Training {
    /// Trains on x and y, and measures against the truth at the test rows z. There need be none where the stopping rule
    /// does not ask for a test error.
    ///
    /// # Errors
    /// As [`Training::check`]; [`Error::Shape`](crate::error::Error::Shape) and [`Error::NotFinite`](crate::error::Error::NotFinite) for data that do not fit; [`Error::Diverged`](crate::error::Error::Diverged)
    /// where the loss is no longer finite or exceeds a million times the larger of where it began and ‖y‖²/2n;
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn run(&self, rows: TrainTestView) -> Result<TrainingResult> {
        self.run_observed(rows, None, &mut |_| ())
    }

    /// As [`Training::run`], telling an observer of every epoch, and going on from a checkpoint where it has one.
    ///
    /// A resumed training ends with the bytes of an uninterrupted one; epochs before the checkpoint are not observed
    /// again.
    ///
    /// # Errors
    /// As [`Training::run`]; for the file [`Error::Io`](crate::error::Error::Io), [`Error::Format`](crate::error::Error::Format), and [`Error::Parameter`](crate::error::Error::Parameter) where it is another
    /// training's, or this one has an activation of the user's own (see [`Checkpoint`]).
    ///
    /// # Examples
    /// ```
    /// # use analysis_core::data::{SphereQuadratic, TrainTestView};
    /// use analysis_core::network::{Network, Stopping, Training};
    /// # let data = SphereQuadratic { n: 10, ..Default::default() }.run()?;
    /// let training = Training {
    ///     network: Network { width: 20, ..Network::default() },
    ///     epochs: 5,
    ///     stopping: Stopping::Never,
    ///     ..Training::default()
    /// };
    /// let rows = TrainTestView::untested(data.x.view(), data.y.view());
    /// let mut losses = Vec::new();
    /// let mut observe = |p: &analysis_core::network::Progress| losses.push(p.loss);
    /// training.run_observed(rows, None, &mut observe)?;
    /// assert_eq!(losses.len(), 6);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run_observed(
        &self,
        rows: TrainTestView,
        checkpoint: Option<&Checkpoint>,
        observe: &mut dyn FnMut(&Progress),
    ) -> Result<TrainingResult> {
        let mut trainer = Trainer::start(self, rows)?;
        let resumed = match checkpoint {
            Some(checkpoint) => trainer.resume(checkpoint)?,
            None => false,
        };
        if !resumed {
            // A file that cannot be written is better known now than after the first hour.
            checkpoint.map_or(Ok(()), |checkpoint| trainer.save(checkpoint))?;
            observe(&trainer.progress());
        }
        let mut last = std::time::Instant::now();
        while !trainer.finished() {
            trainer.advance()?;
            observe(&trainer.progress());
            if let Some(checkpoint) = checkpoint
                && (trainer.finished() || last.elapsed() >= checkpoint.every)
            {
                trainer.save(checkpoint)?;
                last = std::time::Instant::now();
            }
        }
        Ok(trainer.result())
    }
}
