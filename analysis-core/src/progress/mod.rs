//! What a long computation is doing, for whoever waits for it, and what there is to say on standard error.
//!
//! `println!` and `eprintln!` panic where their stream is closed or its disk is full. A computation of hours must not end
//! because nobody reads its progress any more, so nothing in this crate uses them (clippy refuses them); what there is to
//! say goes through [`say`], [`warn()`] and [`show`].

mod lines;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub use lines::Lines;

/// What a computation tells its [`Session`](crate::session::Session)'s observer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A step has begun, or how far it has come.
    Step(Step),
    /// A part of a grid is finished.
    Part(Part<'a>),
    /// An epoch of a training is done.
    Epoch(Epoch),
    /// Something that is said once.
    Note(&'a str),
}

/// A finished part of a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part<'a> {
    /// How many parts are finished, this one included.
    pub done: usize,
    /// How many there are.
    pub of: usize,
    /// What came out of it, in one line.
    pub line: &'a str,
}

/// Where a training is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// The epoch; 0 is before the first step.
    pub epoch: usize,
    /// How many there are at most.
    pub epochs: usize,
    /// The training loss.
    pub loss: f64,
    /// The test error, with test rows.
    pub test_error: Option<f64>,
    /// The error on the rows held out, where there are any.
    pub hold_out_error: Option<f64>,
}

/// A step of one computation that has begun, or how far it has come. It comes from any thread and in no fixed order: only the
/// largest part done means something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// What a kernel needs of every row by itself: series and tables of its norm. The part of the rows that is done, 0
    /// to 1.
    Rows {
        /// From 0 to 1.
        done: f64,
    },
    /// The kernel of every pair of rows. The part of the pairs that is done, 0 to 1.
    Gram {
        /// From 0 to 1.
        done: f64,
    },
    /// K (n,n) is reduced to its eigenvalues and the targets' coefficients, without eigenvectors. The part of the work that is
    /// done, 0 to 1, by an estimate of what each step takes.
    Reduction {
        /// Rows of K.
        n: usize,
        /// From 0 to 1.
        done: f64,
    },
    /// Passes over a kernel matrix that is computed anew in each. The part that is done of as many passes as there may be, 0
    /// to 1.
    Passes {
        /// From 0 to 1.
        done: f64,
    },
    /// LAPACK decomposes K (n,n); it says nothing before it is done. The time grows with n³.
    Decomposition {
        /// Rows of K.
        n: usize,
    },
}

/// Things that are finished on any thread, counted, and told as the part of all that they are.
pub(crate) struct Share<'a> {
    all: usize,
    done: AtomicUsize,
    told: &'a (dyn Fn(f64) + Sync),
}

impl<'a> Share<'a> {
    pub(crate) fn new(all: usize, told: &'a (dyn Fn(f64) + Sync)) -> Self {
        Share { all, done: AtomicUsize::new(0), told }
    }

    /// So many more are finished.
    pub(crate) fn add(&self, count: usize) {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        (self.told)(done as f64 / self.all as f64);
    }
}

/// Whether this process has nothing to say.
static SILENT: AtomicBool = AtomicBool::new(false);

/// From here on this process says nothing here: of several that do the same, one speaks.
#[cfg(feature = "mpi")]
pub(crate) fn be_silent() {
    SILENT.store(true, Ordering::Relaxed);
}

/// A line on standard error, in one piece. Where it cannot be written (closed, or a full disk behind it), it is not: that
/// is no reason to stop computing.
///
/// # Examples
/// ```
/// analysis_core::progress::say("trial 3 of 10");
/// ```
pub fn say(line: &str) {
    show(&format!("{line}\n"));
}

/// A line on standard error that begins with "warning: ".
///
/// # Examples
/// ```
/// analysis_core::progress::warn("the result is not kept for next time");
/// ```
pub fn warn(text: &str) {
    say(&format!("warning: {text}"));
}

/// Text on standard error as it is, without an end of line: for a line that the next one replaces.
///
/// # Examples
/// ```
/// analysis_core::progress::show("\rkernel matrix: 50 %");
/// ```
pub fn show(text: &str) {
    if SILENT.load(Ordering::Relaxed) {
        return;
    }
    // In one call, so that no other thread's line comes between; and see above for the error that is not looked at.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
