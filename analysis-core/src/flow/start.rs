//! Where training begins: the initial function f₀ of an infinitely wide network.

use std::fmt;
use std::str::FromStr;

use super::prediction::StartValues;
use crate::check;
use crate::error::{Error, Result};
use crate::kernel::{Gram, Kernel, KernelKind};
use crate::linalg::{Cholesky, cholesky};
use crate::memory::Bytes;
use crate::seed::Seed;
use crate::session::Session;
use crate::text::serde_as_text;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rand_distr::{Distribution, StandardNormal};

/// The initial function f₀. Written `zero`, `draw:7:0` (seed, index), `scaled:0.5:7:0` (factor, seed, index).
///
/// Source: Chen, Li and Lin 2024 (arXiv 2410.05626): mirrored initialisation is `Zero`, standard initialisation a draw of
/// GP(0, K^RFK), the NNGP kernel of the same network.
///
/// # Examples
/// ```
/// use analysis_core::{flow::Start, seed::Seed};
/// assert_eq!("draw:7:0".parse::<Start>()?, Start::Draw { seed: Seed(7), index: 0 });
/// assert_eq!(Start::default(), Start::Zero);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Start {
    /// f₀ = 0: mirrored initialisation.
    #[default]
    Zero,
    /// One draw of GP(0, NNGP), from the seed's stream `("gaussian-start", index)`: standard initialisation.
    Draw {
        /// The seed.
        seed: Seed,
        /// Which draw.
        index: u64,
    },
    /// The same draw times a factor: 0 is mirrored, 1 standard, 1/√M the mean of M independent networks (in law).
    Scaled {
        /// The factor.
        factor: f64,
        /// The seed.
        seed: Seed,
        /// Which draw.
        index: u64,
    },
}

impl Start {
    /// The factor before the draw: 0 for `Zero`, 1 for `Draw`.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(analysis_core::flow::Start::Zero.factor(), 0.0);
    /// ```
    pub fn factor(&self) -> f64 {
        match *self {
            Start::Zero => 0.0,
            Start::Draw { .. } => 1.0,
            Start::Scaled { factor, .. } => factor,
        }
    }

    /// The values of f₀ at `x` (n,d) and `z` (m,d), one column a start; `kernel` is the network's (its kind is not looked
    /// at: f₀ always has the NNGP kernel). Draws are joint on x and z; with the same seed and index, f₀(x) does not depend
    /// on z, nor on the kernel's other draws.
    ///
    /// If every factor is 0 nothing is factored; otherwise (n + m)³/3 multiplications and 8(n + m)² bytes.
    ///
    /// # Errors
    /// Those of [`GaussianStart::new`] and [`GaussianStart::draw`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{flow::Start, prelude::*};
    /// let x = SphereQuadratic { n: 5, ..Default::default() }.run()?.x;
    /// let z = SphereQuadratic { n: 3, seed: Seed(1), ..Default::default() }.run()?.x;
    /// let starts = [Start::Zero, Start::Draw { seed: Seed(7), index: 0 }];
    /// let values = Start::values(&starts, &Kernel::default(), x.view(), z.view())?;
    /// assert!(values.test.column(0).iter().all(|v| *v == 0.0));
    /// assert!(values.test.column(1).iter().all(|v| *v != 0.0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn values(
        starts: &[Start],
        kernel: &Kernel,
        x: ArrayView2<f64>,
        z: ArrayView2<f64>,
    ) -> Result<StartValues> {
        if starts.iter().all(|start| start.factor() == 0.0) {
            return Ok(StartValues::zero(x.nrows(), z.nrows(), starts.len()));
        }
        GaussianStart::new(kernel, x, z)?.draw(starts)
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Start::Zero => f.write_str("zero"),
            Start::Draw { seed, index } => write!(f, "draw:{}:{index}", seed.0),
            Start::Scaled { factor, seed, index } => write!(f, "scaled:{factor}:{}:{index}", seed.0),
        }
    }
}

impl FromStr for Start {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::parameter(
                "start",
                format!("{text:?}"),
                "write zero, draw:SEED:INDEX or scaled:FACTOR:SEED:INDEX",
            )
        };
        let parts: Vec<&str> = text.split(':').collect();
        let integer = |text: &str| text.parse::<u64>().map_err(|_| unknown());
        match parts[..] {
            ["zero"] => Ok(Start::Zero),
            ["draw", seed, index] => Ok(Start::Draw { seed: Seed(integer(seed)?), index: integer(index)? }),
            ["scaled", factor, seed, index] => {
                let factor: f64 = factor.parse().map_err(|_| unknown())?;
                check::finite("factor", factor)?;
                Ok(Start::Scaled { factor, seed: Seed(integer(seed)?), index: integer(index)? })
            }
            _ => Err(unknown()),
        }
    }
}

serde_as_text!(Start);

/// GP(0, NNGP) on fixed training and test points, factored once for any number of draws.
///
/// # Examples
/// ```
/// use analysis_core::{flow::{GaussianStart, Start}, prelude::*};
/// let x = SphereQuadratic { n: 6, ..Default::default() }.run()?.x;
/// let process = GaussianStart::new(&Kernel::default(), x.slice(ndarray::s![..4, ..]), x.slice(ndarray::s![4.., ..]))?;
/// assert_eq!(process.jitter, 0.0);
/// let starts: Vec<Start> = (0..10).map(|index| Start::Draw { seed: Seed(1), index }).collect();
/// assert_eq!(process.draw(&starts)?.train.dim(), (4, 10));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianStart {
    factor: Cholesky,
    /// n: training points.
    train: usize,
    /// What was added to the diagonal, 0 where the matrix could be factored as it is.
    pub jitter: f64,
}

/// How often the jitter may grow tenfold: from N·ε to 10⁵ N·ε times the largest variance.
const JITTERS: i32 = 6;

impl GaussianStart {
    /// Factors the NNGP Gram matrix R of x (n,d) and z (m,d) together, R = LLᵀ.
    ///
    /// Where R is singular to rounding (repeated points), (n + m)·ε·max R_ii is added to its
    /// diagonal, then ten times as much, up to 10⁵ times; [`GaussianStart::jitter`] says how much it was. It is the variance
    /// of independent noise on f₀, 2e-12 at n + m = 10⁴ at the least.
    ///
    /// # Errors
    /// Those of [`Kernel::gram`] and [`cholesky`]; [`Error::NotPositiveSemidefinite`] where no jitter helped.
    pub fn new(kernel: &Kernel, x: ArrayView2<f64>, z: ArrayView2<f64>) -> Result<Self> {
        let both = concatenate(Axis(0), &[x, z])
            .map_err(|_| Error::shape("columns of x and z", x.ncols(), z.ncols()))?;
        let kernel = Kernel { kind: KernelKind::Nngp, ..kernel.clone() };
        let gram = || Ok(kernel.gram_in(both.view(), &Session::default())?.into_array());
        Self::factored(x.nrows(), both.nrows(), gram)
    }

    /// The same from the NNGP Gram matrix of x (n,d) itself, for no other points.
    ///
    /// # Errors
    /// Those of [`cholesky`], [`Error::Memory`]; [`Error::NotPositiveSemidefinite`] where no jitter helped.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{flow::{GaussianStart, Start}, ndarray::array, prelude::*};
    /// let nngp = Kernel { kind: KernelKind::Nngp, ..Kernel::default() }.gram(array![[1.0, 0.0], [0.6, 0.8]].view())?;
    /// let start = GaussianStart::of(&nngp)?;
    /// assert_eq!(start.draw(&[Start::Draw { seed: Seed(1), index: 0 }])?.train.dim(), (2, 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of(nngp: &Gram) -> Result<Self> {
        let n = nngp.n();
        let copy = || {
            Bytes::of::<f64>(n, n).require("a copy of a Gram matrix")?;
            Ok(nngp.view().to_owned())
        };
        Self::factored(n, n, copy)
    }

    /// `gram` makes R of the training points and others, `total` in all.
    fn factored(train: usize, total: usize, gram: impl Fn() -> Result<Array2<f64>>) -> Result<Self> {
        let first = gram()?;
        let largest = first.diag().iter().fold(0.0f64, |m, v| m.max(*v));
        let unit = total as f64 * f64::EPSILON * largest;
        if let Some(factor) = cholesky(first)? {
            return Ok(GaussianStart { factor, train, jitter: 0.0 });
        }
        for power in 0..JITTERS {
            // LAPACK destroyed the last attempt; making R again is n², the factor n³, a copy kept in case 8n² bytes.
            let jitter = unit * 10f64.powi(power);
            let mut r = gram()?;
            r.diag_mut().mapv_inplace(|v| v + jitter);
            if let Some(factor) = cholesky(r)? {
                return Ok(GaussianStart { factor, train, jitter });
            }
        }
        // At least this negative: else the last jitter had made it positive.
        let tolerance = unit * 10f64.powi(JITTERS - 1);
        Err(Error::NotPositiveSemidefinite { smallest: -tolerance, tolerance })
    }

    /// f₀ at both sets of points for each start (columns); a factor of 0 gives exact zeros.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a factor that is not finite, [`Error::Memory`].
    pub fn draw(&self, starts: &[Start]) -> Result<StartValues> {
        let (total, n) = (self.factor.n(), self.train);
        (Bytes::of::<f64>(total, starts.len()) * 3)
            .require(&format!("{} initial functions", starts.len()))?;
        let mut normals = Array2::zeros((total, starts.len()));
        for (start, mut column) in starts.iter().zip(normals.axis_iter_mut(Axis(1))) {
            let (Start::Draw { seed, index } | Start::Scaled { seed, index, .. }) = *start else { continue };
            let factor = start.factor();
            check::finite("factor", factor)?;
            if factor == 0.0 {
                continue;
            }
            let mut stream = seed.stream("gaussian-start", index);
            column.mapv_inplace(|_: f64| {
                let normal: f64 = StandardNormal.sample(&mut stream);
                factor * normal
            });
        }
        let values = self.factor.blas_matmul(normals.view())?;
        let (train, test) = (values.slice(s![..n, ..]).to_owned(), values.slice(s![n.., ..]).to_owned());
        Ok(StartValues { train, test, jitter: self.jitter })
    }
}
