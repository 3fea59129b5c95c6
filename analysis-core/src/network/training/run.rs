//! A training from its first to its last epoch.

use std::time::Instant;

use super::params::Training;
use super::result::TrainingResult;
use super::trainer::Trainer;
use crate::checkpoint::Checkpoint;
use crate::data::TrainTestView;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::progress::Event;
use crate::session::Session;

impl Training {
    /// Trains on x and y, and measures against the truth at the test rows z. There need be none where the stopping rule
    /// does not ask for a test error.
    ///
    /// # Errors
    /// As [`Training::check`]; [`Error::Shape`](crate::error::Error::Shape) and
    /// [`Error::NotFinite`](crate::error::Error::NotFinite) for data that do not fit;
    /// [`Error::Diverged`](crate::error::Error::Diverged) where the loss is no longer finite or exceeds a million times the
    /// larger of where it began and ‖y‖²/2n; [`Error::Memory`](crate::error::Error::Memory); those of
    /// [`Training::run_in`].
    pub fn run(&self, rows: TrainTestView) -> Result<TrainingResult> {
        self.run_in(rows, &Session::current())
    }

    /// As [`Training::run`], in a session of one's own: its observer is told of every epoch, and the training goes on from
    /// the session's [checkpoint](Session::checkpoint) where there is one.
    ///
    /// The file of a checkpoint belongs to one training on one set of data; another's is refused, never overwritten. It is
    /// written after the first epoch that ends [so long](Session::checkpoint_every) after the last time, and after the last
    /// epoch. It stays, so running the same training again only reads the result. A resumed training ends with the bytes of
    /// an uninterrupted one; epochs before the checkpoint are not observed again. A network with an activation of the user's
    /// own ([`Activation::Custom`](crate::architecture::Activation::Custom)) has no checkpoint: its function is known by name
    /// only, so the training could go on from another function's weights.
    ///
    /// # Errors
    /// As [`Training::run`]; [`Error::Cancelled`](crate::error::Error::Cancelled); for the file of a checkpoint
    /// [`Error::Io`](crate::error::Error::Io), [`Error::Format`](crate::error::Error::Format), and
    /// [`Error::Parameter`](crate::error::Error::Parameter) where it is another training's, or this one's activation has no
    /// identity on disk.
    ///
    /// # Examples
    /// ```
    /// # use analysis_core::data::{SphereQuadratic, TrainTestView};
    /// use analysis_core::network::{Network, Training};
    /// use analysis_core::progress::Event;
    /// use analysis_core::session::Session;
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    /// # let data = SphereQuadratic { n: 10, ..Default::default() }.run()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// let training = Training { network: Network { width: 20, ..Network::default() }, epochs: 5, ..Training::default() };
    /// static EPOCHS: AtomicUsize = AtomicUsize::new(0);
    /// let count = |event: &Event| {
    ///     EPOCHS.fetch_add(usize::from(matches!(event, Event::Epoch(_))), Relaxed);
    /// };
    /// let session = Session::default().observer(count).checkpoint(folder.path().join("training.bin"));
    /// let rows = TrainTestView::of(&data, &data);
    /// let first = training.run_in(rows, &session)?;
    /// assert_eq!(EPOCHS.load(Relaxed), 6);
    /// assert_eq!(training.run_in(rows, &session)?, first); // read
    /// assert_eq!(EPOCHS.load(Relaxed), 6);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn run_in(&self, rows: TrainTestView, session: &Session) -> Result<TrainingResult> {
        session.refuse_shard("a training")?;
        let mut trainer = Trainer::start(self, rows)?;
        let checkpoint = session.checkpoint_file().map(Checkpoint::at);
        let save = |trainer: &Trainer| checkpoint.as_ref().map_or(Ok(()), |file| trainer.save(file));
        let resumed = checkpoint.as_ref().map_or(Ok(false), |file| trainer.resume(file))?;
        if !resumed {
            // A file that cannot be written is better known now than after the first hour.
            save(&trainer)?;
            session.tell(&Event::Epoch(trainer.progress()));
        }
        let mut last = Instant::now();
        while !trainer.finished() {
            let cancelled = session.check_cancelled();
            if cancelled.is_err() {
                save(&trainer)?;
                cancelled?;
            }
            trainer.advance()?;
            session.tell(&Event::Epoch(trainer.progress()));
            if trainer.finished() || last.elapsed() >= session.checkpoint_pause() {
                save(&trainer)?;
                last = Instant::now();
            }
        }
        Ok(trainer.result())
    }
}
