//! What a long computation is doing, for whoever waits for it, and what there is to say on standard error.
//!
//! `println!` and `eprintln!` panic where their stream is closed or its disk is full. A computation of hours must not end
//! because nobody reads its progress any more, so nothing in this crate uses them (clippy refuses them); what there is to
//! say goes through [`say`], [`warn()`] and [`show`].

use std::io::{self, Write};

/// A step that has begun, or how far it has come.
///
/// # Examples
/// ```
/// use analysis_core::kernel::Kernel;
/// use analysis_core::ndarray::Array2;
/// use analysis_core::progress::Step;
/// use std::sync::Mutex;
/// let x = Array2::from_shape_fn((300, 2), |(i, j)| (i + 3 * j) as f64 + 1.0);
/// let last = Mutex::new(0.0_f64);
/// Kernel::default().gram_watched(x.view(), &|step| {
///     if let Step::Gram { done } = step {
///         let mut last = last.lock().unwrap();
///         *last = last.max(done);
///     }
/// })?;
/// assert_eq!(last.into_inner().unwrap(), 1.0);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
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
    /// LAPACK decomposes K (n,n); it says nothing before it is done. The time grows with n³.
    Decomposition {
        /// Rows of K.
        n: usize,
    },
}

/// Told of every step, from any thread and in no fixed order: only the largest part done means something. It is on the
/// way of the computation, so it must return at once.
pub type Watch<'a> = &'a (dyn Fn(Step) + Sync);

/// Watches nothing.
///
/// # Examples
/// ```
/// use analysis_core::progress::{Step, unwatched};
/// unwatched(Step::Gram { done: 0.5 });
/// ```
pub fn unwatched(_step: Step) {}

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
    // In one call, so that no other thread's line comes between; and see above for the error that is not looked at.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
