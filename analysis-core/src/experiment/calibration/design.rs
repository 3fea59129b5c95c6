//! Populations in which a power law can be planted.

use std::fmt;
use std::str::FromStr;

use ndarray::{Array2, Axis, Zip, s};

use super::images::Population;
use super::planted::{NoisyRows, Planted, Sample, normals};
use super::sphere;
use crate::data::Source;
use crate::error::{Error, Result};
use crate::kernel::{Gram, Kernel};
use crate::linalg::{OneThread, gemm};
use crate::numeric::tail_of_powers;
use crate::regression::quantile;
use crate::seed::Seed;
use crate::text::serde_as_text;

/// Eigenfunctions of the Gaussian design that are drawn one by one; the rest are a multiple of the identity in K and independent noise
/// in f, their limit for i ≫ n.
const MODES: usize = 20_000;
/// So many of them at a time.
const BLOCK: usize = 1000;

/// Where samples and targets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// Eigenfunctions that are independent N(0, 1) variables, λ_i = i^{−1.15}, written `gaussian`: the deterministic equivalent is
    /// exact.
    Gaussian,
    /// x uniform on S^{d−1} under the kernel; a target's energy on the harmonics of each degree is what i^{−r} has on their indices,
    /// evenly. Written `sphere:5`.
    Sphere(usize),
    /// x uniform on S^{d−1}, f₀ ~ GP(0, NNGP) as the target: r = 3/(d − 1) in the limit, by theorem 4.2 of Chen, Li and Lin (2024), and no
    /// other; what a range of i holds is a part of the way there. Written `process:5`.
    Process(usize),
    /// Rows drawn from the first 8000 training images of a set, on whose own eigenvectors under the kernel the power law lies. Written
    /// as the set.
    Images(Source),
}

impl fmt::Display for Design {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Design::Gaussian => f.pad("gaussian"),
            Design::Sphere(d) => f.pad(&format!("sphere:{d}")),
            Design::Process(d) => f.pad(&format!("process:{d}")),
            Design::Images(source) => f.pad(&source.to_string()),
        }
    }
}

impl FromStr for Design {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            let known =
                "must be gaussian, sphere:D or process:D with D ≥ 2, mnist, fashion-mnist or cifar-10";
            Error::parameter("design", format!("{text:?}"), known)
        };
        let dimension = |d: &str| d.parse().ok().filter(|d| *d >= 2).ok_or_else(unknown);
        match text.split_once(':') {
            None if text == "gaussian" => Ok(Design::Gaussian),
            None => text.parse().map(Design::Images).map_err(|_| unknown()),
            Some(("sphere", d)) => dimension(d).map(Design::Sphere),
            Some(("process", d)) => dimension(d).map(Design::Process),
            Some(_) => Err(unknown()),
        }
    }
}

serde_as_text!(Design);

impl Design {
    /// Every r of its targets: those that are asked for, or its own.
    pub(super) fn exponents(self, asked: &[f64]) -> Vec<f64> {
        match self {
            Design::Process(d) => vec![3.0 / (d as f64 - 1.0)],
            _ => asked.to_vec(),
        }
    }

    /// Coordinates of its points; 0 where there are none.
    pub(super) fn coordinates(self) -> usize {
        match self {
            Design::Sphere(d) | Design::Process(d) => d,
            Design::Gaussian | Design::Images(_) => 0,
        }
    }

    /// A sample of n. `population` is there for images.
    pub(super) fn sample(
        self,
        n: usize,
        planted: Planted,
        kernel: &Kernel,
        population: Option<&Population>,
        seed: Seed,
    ) -> Result<Sample> {
        match (self, population) {
            (Design::Gaussian, _) => gaussian(n, planted, seed),
            (Design::Sphere(d), _) => sphere::sample(n, d, planted, kernel, seed),
            (Design::Process(d), _) => sphere::process(n, d, planted.targets, kernel, seed),
            (Design::Images(_), Some(population)) => population.sample(n, planted, seed),
            (Design::Images(source), None) => {
                Err(Error::parameter("population", source, "is needed to draw rows from it"))
            }
        }
    }
}

/// β of the Gaussian design, near that of images.
pub(super) const BETA: f64 = 1.15;

fn gaussian(n: usize, planted: Planted, seed: Seed) -> Result<Sample> {
    let one = OneThread::new();
    let (mut features, mut theta) = (seed.stream("features", 0), seed.stream("theta", 0));
    let mut k = Array2::from_diag_elem(n, tail_of_powers(MODES, BETA));
    let mut targets = Array2::zeros((n, planted.columns()));
    for first in (1..=MODES).step_by(BLOCK) {
        let mut x = normals(&mut features, n, BLOCK);
        let own = planted.theta(first, BLOCK, &mut theta);
        gemm(&one, 1.0, x.view(), own.view(), 1.0, targets.view_mut());
        for (i, mut column) in x.axis_iter_mut(Axis(1)).enumerate() {
            column *= ((first + i) as f64).powf(-0.5 * BETA);
        }
        gemm(&one, 1.0, x.view(), x.t(), 1.0, k.view_mut());
    }
    planted.add_rest(&mut targets, MODES, &mut seed.stream("beyond", 0));
    Ok(Sample { gram: Gram::from_array(symmetric(k))?, targets })
}

/// (A + Aᵀ)/2: a product's two triangles may differ by rounding.
fn symmetric(mut a: Array2<f64>) -> Array2<f64> {
    for i in 0..a.nrows() {
        for j in 0..i {
            let mean = 0.5 * (a[[i, j]] + a[[j, i]]);
            (a[[i, j]], a[[j, i]]) = (mean, mean);
        }
    }
    a
}

/// The targets once for each share of noise (n, shares · columns): noise of so large a share of each target's mean square, independent
/// from row to row and normal with mean 0, on the rows that `on` names; the draws of all shares are one but for their scale.
pub(super) fn with_noise(
    targets: &Array2<f64>,
    shares: &[f64],
    on: NoisyRows,
    seed: Seed,
) -> Result<Array2<f64>> {
    let (n, columns) = targets.dim();
    let drawn = normals(&mut seed.stream("noise", 0), n, columns);
    let mut all = Array2::zeros((n, columns * shares.len()));
    for (place, share) in shares.iter().enumerate() {
        for column in 0..columns {
            let f = targets.column(column);
            let deviation = (f.dot(&f) / n as f64 * share / (1.0 - share)).sqrt();
            let middle = match on {
                NoisyRows::All => f64::NEG_INFINITY,
                NoisyRows::AboveMedian => quantile(&f.to_vec(), 0.5)?,
            };
            // Half of the rows have twice the variance: the share stays what it is.
            let scale = if on == NoisyRows::All { deviation } else { deviation * std::f64::consts::SQRT_2 };
            let noisy = Zip::from(f)
                .and(drawn.column(column))
                .map_collect(|f, z| if *f > middle { f + z * scale } else { *f });
            all.slice_mut(s![.., place * columns + column]).assign(&noisy);
        }
    }
    Ok(all)
}
