//! What a computation is given besides its parameters and its input: where results are kept, who is told of progress, which
//! part of a grid is wanted, and how it can be stopped.
//!
//! Nothing in a [`Session`] changes a number. Every computation of this crate has two forms: `run(…)`, which takes
//! [`Session::current`], and `run_in(…, &session)`.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::progress::{Event, Lines, Step};
use crate::shard::Shard;
use crate::store::{Kept, Key, Store};

/// Told of every [`Event`] of a computation, from any thread.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// What a computation is given. `Default` keeps nothing and says nothing.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// let x = ndarray::Array2::from_shape_fn((60, 3), |(i, j)| ((i * (j + 2) + 1) as f64).sin());
/// let y = ndarray::Array2::from_shape_fn((60, 1), |(i, _)| (i as f64).cos());
/// let data = Dataset::from_arrays(x, y)?;
/// let smoothness = Smoothness { window: "1..=20".parse()?, ..Default::default() };
///
/// let folder = tempfile::tempdir().unwrap();
/// let session = Session::default().store(Store::at(folder.path()));
/// let first = smoothness.run_in(&data, &session)?; // computed, and kept in the folder
/// assert_eq!(smoothness.run_in(&data, &session)?, first); // read
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Session {
    store: Store,
    observer: Option<Observer>,
    shard: Shard,
    checkpoint: Option<PathBuf>,
    checkpoint_every: Duration,
    cancellation: Cancellation,
}

impl Default for Session {
    fn default() -> Session {
        Session {
            store: Store::none(),
            observer: None,
            shard: Shard::default(),
            checkpoint: None,
            checkpoint_every: Duration::from_secs(20),
            cancellation: Cancellation::new(),
        }
    }
}

/// The session of this process, where somebody has made one current.
static CURRENT: RwLock<Option<Session>> = RwLock::new(None);

impl Session {
    /// Keeps results in the project's store ([`Store::project`]) and says nothing.
    pub fn project() -> Session {
        Session::default().store(Store::project())
    }

    /// A notebook's: the project's store, and progress as lines below the cell. With `NTK_PROGRESS=off` it says nothing, so
    /// that a notebook's outputs can be compared with those of another run.
    pub fn notebook() -> Session {
        let session = Session::project();
        match std::env::var("NTK_PROGRESS").as_deref() {
            Ok("off") => session,
            _ => session.lines(Lines::on_stdout()),
        }
    }

    /// The session that `run` takes: [`Session::default`], unless another one was made current.
    pub fn current() -> Session {
        CURRENT.read().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }

    /// Makes this the session of the process: from here on every `run()` uses it, in every thread. A notebook's first cell
    /// does so with [`Session::notebook`]; in a program of your own, call it once at the start of `main`.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::session::Session;
    /// // Every `run()` below now keeps its results in the project's store, and reads those that are there.
    /// Session::project().make_current();
    /// assert_eq!(Session::current().results(), Session::project().results());
    /// ```
    pub fn make_current(self) {
        *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Some(self);
    }

    /// With results kept in this store.
    pub fn store(self, store: Store) -> Session {
        Session { store, ..self }
    }

    /// Tells `observer` of every event. It is called in the middle of the computation, so it must return at once.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::Kernel;
    /// use analysis_core::progress::{Event, Step};
    /// use analysis_core::session::Session;
    /// use std::sync::{Arc, Mutex};
    /// let most = Arc::new(Mutex::new(0.0_f64));
    /// let seen = Arc::clone(&most);
    /// let session = Session::default().observer(move |event| {
    ///     if let Event::Step(Step::Gram { done }) = event {
    ///         let mut most = seen.lock().unwrap();
    ///         *most = most.max(*done);
    ///     }
    /// });
    /// session.step(Step::Gram { done: 1.0 });
    /// assert_eq!(*most.lock().unwrap(), 1.0);
    /// ```
    pub fn observer(self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Session {
        Session { observer: Some(Arc::new(observer)), ..self }
    }

    /// Shows progress as lines of text.
    pub fn lines(self, lines: Lines) -> Session {
        self.observer(move |event| lines.show(event))
    }

    /// Computes only this part of a grid.
    pub fn shard(self, shard: Shard) -> Session {
        Session { shard, ..self }
    }

    /// Writes a training under way to this file, and goes on from it where it is there.
    pub fn checkpoint(self, file: impl Into<PathBuf>) -> Session {
        Session { checkpoint: Some(file.into()), ..self }
    }

    /// Writes an unfinished computation after every pause of this length (default: 20 seconds). An interrupt costs the
    /// work of one pause at most.
    pub fn checkpoint_every(self, pause: Duration) -> Session {
        Session { checkpoint_every: pause, ..self }
    }

    /// Can be stopped by this.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::session::{Cancellation, Session};
    /// let cancellation = Cancellation::new();
    /// let session = Session::default().cancellation(&cancellation);
    /// assert!(session.check_cancelled().is_ok());
    /// cancellation.cancel();
    /// assert!(session.check_cancelled().is_err());
    /// ```
    pub fn cancellation(self, cancellation: &Cancellation) -> Session {
        Session { cancellation: cancellation.clone(), ..self }
    }

    /// Where results are kept.
    pub fn results(&self) -> &Store {
        &self.store
    }

    /// The part of a grid that is wanted.
    pub fn part(&self) -> Shard {
        self.shard
    }

    /// The file of a training under way.
    pub fn checkpoint_file(&self) -> Option<&Path> {
        self.checkpoint.as_deref()
    }

    /// The pause between two writings of an unfinished computation.
    pub fn checkpoint_pause(&self) -> Duration {
        self.checkpoint_every
    }

    /// Tells the observer.
    pub fn tell(&self, event: &Event) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }

    /// Tells the observer of a step.
    pub fn step(&self, step: Step) {
        self.tell(&Event::Step(step));
    }

    /// Tells the observer something that is said once.
    pub fn note(&self, text: &str) {
        self.tell(&Event::Note(text));
    }

    /// For a computation within another one. It can be stopped as the whole can; it keeps nothing, tells nobody, goes on
    /// from no checkpoint and is no part of a grid: all that is the whole computation's.
    pub(crate) fn within(&self) -> Session {
        Session::default().cancellation(&self.cancellation)
    }

    /// Without an observer.
    pub(crate) fn silent(&self) -> Session {
        Session { observer: None, ..self.clone() }
    }

    /// # Errors
    /// [`Error::Parameter`] for a session with a shard, where `what` is computed whole.
    pub(crate) fn refuse_shard(&self, what: &str) -> Result<()> {
        if self.shard == Shard::default() {
            return Ok(());
        }
        let why = format!("{what} has no parts that shards could share: compute it whole");
        Err(Error::parameter("shard", self.shard, why))
    }

    /// # Errors
    /// [`Error::Cancelled`] once somebody has asked for the end. What is finished by then is in the session's store, if it
    /// has one.
    pub fn check_cancelled(&self) -> Result<()> {
        if self.cancellation.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// [`Store::keep`] in this session's store.
    ///
    /// # Errors
    /// As `compute`.
    pub fn keep<T, F>(&self, key: &Key, compute: F) -> Result<Kept<T>>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Result<T>,
    {
        self.store.keep(key, compute)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("store", &self.store)
            .field("observer", &self.observer.is_some())
            .field("shard", &self.shard)
            .field("checkpoint", &self.checkpoint)
            .field("checkpoint_every", &self.checkpoint_every)
            .field("cancellation", &self.cancellation)
            .finish()
    }
}

/// A wish to stop, which a signal handler or another thread can express. Copies are of the same wish.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// Nobody wishes to stop yet.
    pub fn new() -> Cancellation {
        Cancellation::default()
    }

    /// The computation ends with [`Error::Cancelled`] after the piece that is under way.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody wishes to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
