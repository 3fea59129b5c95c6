//! The crate's one error type: each variant carries the offending numbers and says what to do next.

mod make;

use std::path::PathBuf;

use crate::names::bytes;

/// Everything that can go wrong in this crate.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// let error = "3..1".parse::<Rows>().unwrap_err();
/// assert!(error.to_string().contains("3..1"));
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {action} failed: {reason}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done: "read", "write", "create", "rename".
        action: &'static str,
        /// What the operating system said.
        reason: String,
    },
    /// Parts of a result could not be written; all others are there.
    #[error("{}: of the export, {written} files are written and these parts are missing:\n{}", folder.display(), failed.iter().map(|f| format!("  - {f}")).collect::<Vec<_>>().join("\n"))]
    Export {
        /// The folder.
        folder: PathBuf,
        /// Each part by name, with the reason.
        failed: Vec<String>,
        /// How many files were written.
        written: usize,
    },
    /// A file does not have the form its format asks for.
    #[error("{}: at byte {offset}: {problem}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where in the (unpacked) file, from 0.
        offset: u64,
        /// What was expected, and what was found.
        problem: String,
    },
    /// A file's bytes are not the published ones.
    #[error("{}: SHA-256 is {found}, expected {expected}; delete the file and run `ntk fetch` again", path.display())]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The published checksum, in hexadecimal.
        expected: String,
        /// The checksum of what is there.
        found: String,
    },
    /// A data set is not on this machine.
    #[error("{name} is not in {}: {detail}; run `ntk fetch {name}`, or put the files there by hand", folder.display())]
    DataMissing {
        /// The data set, as `ntk fetch` names it.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// Which files are missing.
        detail: String,
    },
    /// No source of a download answered.
    #[error("{name} could not be downloaded; tried:\n{}", tried.iter().map(|t| format!("  - {t}")).collect::<Vec<_>>().join("\n"))]
    Download {
        /// The data set, as `ntk fetch` names it.
        name: String,
        /// Each source with what it answered.
        tried: Vec<String>,
    },
    /// Another process of a run on many machines met an error.
    #[error("rank {rank}: {reason}")]
    Rank {
        /// Its number, from 0.
        rank: usize,
        /// What it said.
        reason: String,
    },
    /// A parameter is outside its domain.
    #[error("{name} = {value}: {requirement}")]
    Parameter {
        /// The parameter's name, as the struct or the command line spells it.
        name: String,
        /// What was given.
        value: String,
        /// What is allowed, and what to try.
        requirement: String,
    },
    /// Two arrays do not fit together.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// Which arrays.
        what: String,
        /// The shape that would fit.
        expected: String,
        /// The shape that was given.
        found: String,
    },
    /// A value is NaN or infinite.
    #[error("{what}: row {row}, column {column} is {value}; every value must be finite")]
    NotFinite {
        /// Which array.
        what: String,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value: NaN or infinite.
        value: f64,
    },
    /// A row is all zeros where it must have a direction.
    #[error(
        "row {row} is all zeros: it has no direction, and {needs} needs one; drop the row, or choose a scaling or a bias that does without"
    )]
    ZeroRow {
        /// Row, from 0.
        row: usize,
        /// What needs a direction.
        needs: String,
    },
    /// A column that a frame does not have.
    #[error("no column {column:?}; {}", crate::names::instead_of(column, available))]
    MissingColumn {
        /// The column asked for.
        column: String,
        /// Those that exist.
        available: Vec<String>,
    },
    /// polars refused a frame operation.
    #[error("{context}: {reason}")]
    Frame {
        /// What was being done.
        context: String,
        /// What polars said.
        reason: String,
    },
    /// A computation would need more memory than there is.
    #[error(
        "{what}: {} are needed, {available} are available; ask for less (or raise NTK_MEMORY_LIMIT if that is what limits)",
        if *needed == u64::MAX { bytes(*needed) } else { format!("{needed} bytes ({})", bytes(*needed)) }
    )]
    Memory {
        /// What would be allocated.
        what: String,
        /// Bytes needed.
        needed: u64,
        /// Bytes available: `NTK_MEMORY_LIMIT` where it is set, else the smaller of free memory and what the control
        /// group's limit leaves.
        available: u64,
    },
    /// A regression window does not fit the data.
    #[error("window {window}: {problem}")]
    Window {
        /// The window, as the command line spells it.
        window: String,
        /// Why it does not fit, and what to try.
        problem: String,
    },
    /// A Gram matrix is not symmetric.
    #[error(
        "the Gram matrix is not symmetric: K[{row},{column}] = {upper:e}, K[{column},{row}] = {lower:e}, a difference beyond rounding ({tolerance:e}); was it made in single precision? then save it as float32, else symmetrise it where it is made"
    )]
    NotSymmetric {
        /// Row of the largest difference, from 0.
        row: usize,
        /// Its column, from 0.
        column: usize,
        /// The entry above the diagonal.
        upper: f64,
        /// The entry below the diagonal.
        lower: f64,
        /// The largest difference allowed.
        tolerance: f64,
    },
    /// A Gram matrix has an eigenvalue that is negative beyond rounding.
    #[error(
        "the Gram matrix is not positive semidefinite: its smallest eigenvalue is {smallest:e}, beyond rounding ({tolerance:e}); if it was made in single precision, save it as float32"
    )]
    NotPositiveSemidefinite {
        /// The smallest eigenvalue of K.
        smallest: f64,
        /// The size that rounding explains.
        tolerance: f64,
    },
    /// An eigenvalue in the regression window has no logarithm.
    #[error(
        "eigenvalue λ_{index} = {value:e} of the window is not positive; choose a window that ends before i = {index}"
    )]
    NonPositiveEigenvalue {
        /// Its index, from 1.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// An eigenvalue in the regression window is rounding error.
    #[error(
        "eigenvalue λ_{index} = {value:e} of the window is below rounding (n·ε·λ_1 = {threshold:e}); choose a window that ends before i = {index}"
    )]
    EigenvalueVanished {
        /// Its index, from 1.
        index: usize,
        /// Its value.
        value: f64,
        /// n·ε times the largest eigenvalue.
        threshold: f64,
    },
    /// The tail sum in the regression window is rounding error.
    #[error(
        "the tail Σ_(k≥{index}) c_k² = {value:e} is below rounding ({threshold:e}): the target, or one of its permutations, has no energy there (is it constant?); choose a window that ends earlier"
    )]
    TailVanished {
        /// Its index, from 1.
        index: usize,
        /// Its value.
        value: f64,
        /// n·ε times the whole sum.
        threshold: f64,
    },
    /// A LAPACK routine failed.
    #[error(
        "LAPACK {routine} on a matrix of size {n} returned info = {info}: it did not converge; are all entries of moderate size?"
    )]
    Lapack {
        /// The routine.
        routine: &'static str,
        /// The size of the matrix.
        n: usize,
        /// LAPACK's return code.
        info: i32,
    },
    /// Training left every bound.
    #[error(
        "training diverged at epoch {epoch}: the loss is {loss:e} at learning rate {rate}; {}",
        match stable_rate {
            Some(stable) => format!("at the start gradient descent is stable below 2/λ_max = {stable:.4}: take a smaller rate"),
            None => "take a smaller rate (λ_max at the start could not be computed: too large for memory?)".to_string(),
        }
    )]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The training loss there: NaN, infinite or huge.
        loss: f64,
        /// The learning rate.
        rate: f64,
        /// 2/λ_max of Θ/n, the empirical tangent kernel at the start, where it could be computed.
        stable_rate: Option<f64>,
    },
    /// The session's cancellation was asked for.
    #[error(
        "cancelled: the same call goes on from what the session's store or checkpoint holds; without either it starts again"
    )]
    Cancelled,
    /// A figure or table could not be drawn or written.
    #[error("drawing {what}: {reason}")]
    Drawing {
        /// The figure, panel or table.
        what: String,
        /// What went wrong.
        reason: String,
    },
    /// A stored result could not be written as, or read from, JSON.
    #[error("{what}: {reason}")]
    Json {
        /// What was being (de)serialised.
        what: String,
        /// What serde said.
        reason: String,
    },
}

/// This crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;
